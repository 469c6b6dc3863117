"""Promises of companies: recorded as interventions that name the packages they take on."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from kantong.analysis.packages import BUDGET_RP, PEOPLE
from kantong.geo.errors import Fault, StoreError
from kantong.geo.schema import KODE, PERIOD
from kantong.language import DEFAULT, pick
from kantong.store import database, interventions
from kantong.store.interventions import Correction
from kantong.views import offering
from kantong.views.data import City
from kantong.views.draft import area
from kantong.views.offering import ID, LINE, TAKEN, Menu, Pledge

# As it stands in a note: "Paket 35.73.01.1001/poor_people/food/1,3..5-12" names four of twelve.
_NAMED = re.compile(r"Paket (\S+)/(\d[\d.,]*)-(\d{1,4})(?!\d)")
_PARTS = re.compile(r"(\d{1,4})(?:\.\.(\d{1,4}))?")
_STRATEGIES = {
    "cash": "raise_income", "training": "raise_income", "food": "cut_spending",
}  # fmt: skip


def pledges(city: City, year: str) -> list[Pledge]:
    """Return the promises of a year that name packages, in their order.

    Whatever has become of them since: a promise that runs by now still meets its need.
    """
    engine = database.for_reading()
    if engine is None:
        return []
    return _pledges(city, year, interventions.interventions(engine, area(city)))


def _pledges(city: City, year: str, kept: pd.DataFrame) -> list[Pledge]:
    rows = kept[(kept[PERIOD] == year) & _names_packages(kept)]
    hidden = offering.hidden(city, year)
    return [_pledge(row, hidden) for row in rows.to_dict("records")]


def _names_packages(kept: pd.DataFrame) -> "pd.Series[bool]":
    return kept["note"].map(lambda note: _NAMED.search(note) is not None).astype(bool)


def _pledge(row: Mapping[Any, Any], hidden: Collection[object]) -> Pledge:
    key = (str(row["programme"]), str(row[KODE]), str(row[PERIOD]), str(row["funder"]))
    return Pledge(
        entry=int(row["id"]),
        key=key,
        packages=tuple(_packages(str(row["note"]))),
        people=float(row["target"]),
        budget_rp=float(row["budget_rp"]),
        hidden=key in hidden,
    )


def _packages(note: str) -> Iterator[str]:
    for prefix, parts, whole in _NAMED.findall(note):
        for first, last in _PARTS.findall(parts):
            for part in range(int(first), int(last or first) + 1):
                yield f"{prefix}/{part}-{whole}"


def _named(packages: Iterable[str]) -> str:
    """Return packages as they stand in a note, those that follow each other as one.

    Examples
    --------
    >>> _named(["a/food/1-12", "a/food/2-12", "a/food/3-12", "a/food/7-12"])
    'Paket a/food/1..3,7-12'
    """
    wholes: dict[tuple[str, str], set[int]] = {}
    for package in packages:
        prefix, _slash, last = package.rpartition("/")
        part, _dash, whole = last.partition("-")
        wholes.setdefault((prefix, whole), set()).add(int(part))
    return "; ".join(
        f"Paket {prefix}/{','.join(_spans(sorted(parts)))}-{whole}"
        for (prefix, whole), parts in wholes.items()
    )


def _spans(parts: Sequence[int]) -> Iterator[str]:
    for _place, span in groupby(enumerate(parts), lambda pair: pair[1] - pair[0]):
        numbers = [part for _at, part in span]
        yield str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}..{numbers[-1]}"


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
        It cannot be kept, or somebody has promised the package meanwhile.
    """
    codes = [str(kode) for kode in city.every[KODE]]

    def upon(kept: pd.DataFrame) -> pd.DataFrame | tuple[int, Correction]:
        _refuse_taken(city, menu, package, kept)
        entry = _entry(city, menu, package, company)
        before = _same(kept, entry)
        return pd.DataFrame([entry]) if before is None else _raised(before, entry, package)

    interventions.decide(database.for_writing(), area(city), codes, who, upon)


def _raised(
    before: Mapping[Any, Any], entry: Mapping[str, Any], package: Mapping[Any, Any]
) -> tuple[int, Correction]:
    changes = {
        "target": _added(before["target"], entry["target"]),
        "budget_rp": _added(before["budget_rp"], entry["budget_rp"]),
        "note": _note(str(before["note"]), str(package[ID])),
    }
    given = Correction(version=int(before["version"]), changes=changes, reason=str(entry["note"]))
    return int(before["id"]), given


def _entry(city: City, menu: Menu, package: Mapping[Any, Any], company: str) -> dict[str, Any]:
    line = menu.lines[int(package[LINE])]
    label = city.library.indicators[line.need].label
    return {
        "programme": line.name or label.get(DEFAULT) or pick(label),
        "strategy": _STRATEGIES.get(line.kind, "direct"),
        "kind": line.kind,
        "funder": company,
        KODE: str(package[KODE]),
        PERIOD: menu.year,
        "target": int(package[PEOPLE]),
        "reached": None,
        "budget_rp": int(package[BUDGET_RP]),
        "status": "pledged",
        "source": company,
        "note": _named([str(package[ID])]),
    }


def _added(before: float, more: int) -> int | None:
    """Return the sum; unknown stays unknown."""
    return None if pd.isna(before) else int(before) + more


def _note(before: str, package: str) -> str:
    """Return a note with one more package; what else stands in it stays, before them."""
    words = [part.strip() for part in _NAMED.sub("", before).split(";")]
    named = _named([*_packages(before), package])
    return "; ".join([*(part for part in words if part), named])


def _refuse_taken(city: City, menu: Menu, package: Mapping[Any, Any], kept: pd.DataFrame) -> None:
    found = offering.menu_packages(city, menu, _pledges(city, menu.year, kept))
    own = found[(found[ID] == package[ID]) & (found[PEOPLE] == package[PEOPLE])]
    if own.empty or own[TAKEN].iloc[0]:
        message = "The package {package} is promised meanwhile. Look at the list again."
        raise StoreError(Fault(message, package=str(package[ID])))


def _same(kept: pd.DataFrame, entry: Mapping[str, Any]) -> Mapping[Any, Any] | None:
    """Return what the company has promised of the same already."""
    same = kept[_names_packages(kept) & (kept["status"] == "pledged")]
    for name in ("programme", KODE, PERIOD, "funder"):
        same = same[same[name].str.casefold() == str(entry[name]).casefold()]
    rows = same.to_dict("records")
    if rows and rows[0]["kind"] != entry["kind"]:
        message = (
            "{company} has promised {programme} there as another kind of help. Give this need "
            "another name, so that the two are told apart."
        )
        raise StoreError(Fault(message, company=entry["funder"], programme=entry["programme"]))
    return rows[0] if rows else None
