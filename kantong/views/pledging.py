"""Promises of companies: recorded as interventions that name the packages they take on."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from kantong.analysis.packages import BUDGET_RP, PEOPLE
from kantong.geo.schema import KODE, PERIOD
from kantong.store import database, interventions
from kantong.store.interventions import Correction
from kantong.views import offering
from kantong.views.data import City
from kantong.views.draft import area
from kantong.views.offering import ID, LINE, Menu, Pledge

_NAMED = re.compile(r"Paket (\S+/\S+/\d+-\d+)")


def pledges(city: City, year: str) -> list[Pledge]:
    """Return the promises of a year that name packages, in their order.

    Whatever has become of them since: a promise that runs by now still meets its need.
    """
    engine = database.for_reading()
    if engine is None:
        return []
    kept = interventions.interventions(engine, area(city))
    rows = kept[(kept[PERIOD] == year) & _names_packages(kept)]
    return [_pledge(row) for row in rows.to_dict("records")]


def _names_packages(kept: pd.DataFrame) -> "pd.Series[bool]":
    return kept["note"].map(lambda note: _NAMED.search(note) is not None).astype(bool)


def _pledge(row: Mapping[Any, Any]) -> Pledge:
    counts = [0 if pd.isna(row[name]) else int(row[name]) for name in ("target", "budget_rp")]
    return Pledge(
        int(row["id"]),
        (str(row["programme"]), str(row[KODE]), str(row[PERIOD]), str(row["funder"])),
        tuple(_NAMED.findall(str(row["note"]))),
        *counts,
    )


def pledge(city: City, menu: Menu, package: Mapping[Any, Any], company: str, who: str) -> None:
    """Record that a company takes on a package.

    What it has promised of the same before is raised; else a new entry is made, whose status is
    ``pledged``.

    Parameters
    ----------
    package
        A row of :func:`kantong.views.offering.menu_packages`.
    company
        Who promises.
    who
        Who records it.

    Raises
    ------
    DataError
        It cannot be kept.
    """
    line = menu.lines[int(package[LINE])]
    entry = {
        "programme": offering.name_of(city, line),
        "strategy": "direct",
        "kind": line.kind,
        "funder": company,
        KODE: str(package[KODE]),
        PERIOD: menu.year,
        "target": int(package[PEOPLE]),
        "reached": None,
        "budget_rp": int(package[BUDGET_RP]),
        "status": "pledged",
        "source": company,
        "note": f"Paket {package[ID]}",
    }
    codes = [str(kode) for kode in city.every[KODE]]
    engine = database.for_writing()
    before = _same(city, entry)
    if before is None:
        interventions.enter(engine, area(city), pd.DataFrame([entry]), codes, who)
        return
    changes = {
        "target": int(before["target"]) + int(package[PEOPLE]),
        "budget_rp": int(before["budget_rp"]) + int(package[BUDGET_RP]),
        "note": f"{before['note']}; {entry['note']}",
    }
    given = Correction(version=int(before["version"]), changes=changes, reason=str(entry["note"]))
    interventions.correct(engine, int(before["id"]), given, codes, who)


def _same(city: City, entry: Mapping[str, Any]) -> Mapping[Any, Any] | None:
    """Return what the company has promised of the same already."""
    kept = interventions.interventions(database.for_writing(), area(city))
    keys = ("programme", KODE, PERIOD, "funder")
    same = kept[_names_packages(kept) & (kept["status"] == "pledged")]
    for name in keys:
        same = same[same[name].str.casefold() == str(entry[name]).casefold()]
    rows = same.to_dict("records")
    return rows[0] if rows else None
