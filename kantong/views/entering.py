"""Interventions recorded by hand or from a list, corrected, withdrawn and brought back."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from kantong.analysis.reach import LEVELS
from kantong.geo.errors import DataError
from kantong.geo.schema import KELURAHAN, KODE, PERIOD
from kantong.language import date, number, rupiah
from kantong.language import gettext as _
from kantong.store import database, interventions
from kantong.store.interventions import KINDS, STATUSES, STRATEGIES, Correction
from kantong.views import entryfile
from kantong.views.data import City
from kantong.views.draft import area, ask_who, tell
from kantong.views.words import code_label, plain

_TOLD, _ROUND = "_entry_told", "_entry_round"
_MOST = 10**12
_SHOWN = ("programme", "kind", "funder", KELURAHAN, PERIOD, "target", "reached", "status")
_Fields = dict[str, Any]


def show(city: City) -> None:
    """Draw the ways to record interventions, and what was entered before."""
    told = st.session_state.pop(_TOLD, "")
    if told:
        st.success(plain(told))
    st.subheader(_("Record interventions"), anchor=False)
    one, many = st.tabs([_("One by one"), _("From a list")])
    with one:
        _new(city)
    with many:
        entryfile.show(city)
    engine = database.for_reading()
    if engine is None:
        return
    kept = interventions.interventions(engine, area(city), _names(city), withdrawn=True)
    if kept.empty:
        return
    st.subheader(_("What was entered here"), anchor=False)
    _list(kept)
    _one(city, engine, kept)


def _names(city: City) -> "pd.Series[str]":
    return city.every.set_index(KODE)[KELURAHAN]


def _codes(city: City) -> list[str]:
    return list(city.every[KODE])


# --- the fields --------------------------------------------------------------------------------


def _known(city: City, column: str, more: Sequence[str] = ()) -> list[str]:
    """Return what stands in a column already, to be chosen again."""
    return sorted({*city.library.interventions[column].dropna(), *more} - {""})


def _fields(city: City, key: str, start: Mapping[str, Any]) -> _Fields:
    """Draw the fields of an entry but its kelurahan, and return what stands in them."""
    left, middle, right = st.columns(3)
    given: _Fields = {
        "programme": _text_of(
            left, _("Programme"), _known(city, "programme"), start, "programme", key
        ),
        "funder": _text_of(
            middle, _("Who pays"), _known(city, "funder", list(LEVELS)), start, "funder", key
        ),
        "status": _one_of(right, _("Status"), STATUSES, start, "status", key),
        "kind": _one_of(left, _("Kind"), KINDS, start, "kind", key),
        "strategy": _one_of(middle, _("Strategy"), STRATEGIES, start, "strategy", key),
        PERIOD: right.text_input(
            _("Period: 2026, or 2026-Q1"), start.get(PERIOD, ""), key=f"{key} period", max_chars=7
        ).strip(),
        "target": _count(left, _("Target (people, families, houses)"), start, "target", key),
        "reached": _count(middle, _("Reached"), start, "reached", key),
        "budget_rp": _count(right, _("Budget (Rp)"), start, "budget_rp", key),
    }
    source, note = st.columns(2)
    given["source"] = source.text_input(
        _("Source"), start.get("source", ""), key=f"{key} source", max_chars=500
    ).strip()
    given["note"] = note.text_input(
        _("Note"), start.get("note", ""), key=f"{key} note", max_chars=500
    ).strip()
    st.caption(_("Leave a number empty where it is not known; 0 means none."))
    if given["budget_rp"] is not None:
        st.caption(plain(rupiah(given["budget_rp"])))
    if given["funder"] and given["funder"] not in LEVELS:
        words = _("“{funder}” is no funder known here; it is kept as it is written.")
        st.caption(plain(words.format(funder=given["funder"])))
    return given


def _text_of(
    slot: "st.delta_generator.DeltaGenerator", label: str, options: Sequence[str],
    start: Mapping[str, Any], column: str, key: str,
) -> str:  # fmt: skip
    own = str(start.get(column, ""))
    every = ["", *sorted({*options, own} - {""})]
    chosen = slot.selectbox(
        label, every, every.index(own), key=f"{key} {column}",
        format_func=lambda one: one or _("another, written below"),
    )  # fmt: skip
    if chosen:
        return str(chosen)
    written = slot.text_input(
        _("{what}, written anew").format(what=label), key=f"{key} {column} new", max_chars=120
    )
    return str(written).strip()


def _one_of(
    slot: "st.delta_generator.DeltaGenerator", label: str, options: Sequence[str],
    start: Mapping[str, Any], column: str, key: str,
) -> str:  # fmt: skip
    own = start.get(column, options[0])
    chosen = slot.selectbox(
        label, options, options.index(own), format_func=code_label, key=f"{key} {column}"
    )
    return str(chosen)


def _count(
    slot: "st.delta_generator.DeltaGenerator", label: str, start: Mapping[str, Any], column: str,
    key: str,
) -> int | None:  # fmt: skip
    own = start.get(column)
    known = None if own is None or pd.isna(own) else int(own)
    given = slot.number_input(label, 0, _MOST, known, 1, key=f"{key} {column}")
    return None if given is None else int(given)


# --- a new one ---------------------------------------------------------------------------------


def _new(city: City) -> None:
    """Draw the form; what is typed stays when it cannot be kept."""
    key = f"_entry {st.session_state.setdefault(_ROUND, 0)}"
    names = _names(city)
    chosen = st.multiselect(
        _("Kelurahan (the numbers below hold for each)"), list(names.index), key=f"{key} kode",
        format_func=lambda kode: f"{names[kode]} ({kode})", placeholder=_("Choose"),
    )  # fmt: skip
    given = _fields(city, key, {})
    who = ask_who(st.container(), key=f"{key} who")
    if not (chosen and given["programme"] and given["funder"] and given[PERIOD]):
        st.caption(_("Programme, who pays, period and kelurahan are needed."))
        return
    rows = pd.DataFrame([{**given, KODE: kode} for kode in chosen])
    if _warned(city, rows) and st.button(
        _("Record {count} rows").format(count=number(len(rows))), type="primary", disabled=not who
    ):
        _do(
            lambda: interventions.enter(
                database.for_writing(), area(city), rows, _codes(city), who
            ),
            _("Recorded: {count} rows.").format(count=number(len(rows))),
        )


def _warned(city: City, rows: pd.DataFrame) -> bool:
    """Say what is wrong or odd about entries; return whether they can be kept."""
    engine = database.for_reading()
    kept = None if engine is None else interventions.interventions(engine, area(city))
    try:
        odd = interventions.check(rows, _codes(city), kept)
    except DataError as error:
        tell(error)
        return False
    for fault in odd:
        st.warning(plain(fault.describe(_, number)), icon=":material/rule:")
    return True


def _do(act: Callable[[], object], told: str) -> None:
    try:
        act()
    except DataError as error:
        tell(error)
        return
    st.session_state[_TOLD] = told
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


# --- those entered before ----------------------------------------------------------------------


def _list(kept: pd.DataFrame) -> None:
    shown = kept[kept["kept"]]
    table = pd.DataFrame({"#": shown["id"], **{name: shown[name] for name in _SHOWN}})
    for column in ("kind", "status"):
        table[column] = table[column].map(code_label)
    for column in ("target", "reached"):
        table[column] = table[column].map(number)
    heads = ["#", *map(entryfile.heading, _SHOWN)]
    st.dataframe(table.set_axis(heads, axis=1), hide_index=True, height="content")


def _one(city: City, engine: Engine, kept: pd.DataFrame) -> None:
    """Draw one entry to be corrected, withdrawn or brought back, and its history."""
    by_id = kept.set_index("id")

    def words(one: int) -> str:
        row = by_id.loc[one]
        mark = "" if row["kept"] else f" · {_('withdrawn')}"
        return f"#{one} · {row['programme']} · {row[KELURAHAN]} · {row[PERIOD]}{mark}"

    chosen = st.selectbox(
        _("Correct or withdraw"), list(by_id.index), None, format_func=words, key="_entry_chosen",
        placeholder=_("Choose"),
    )  # fmt: skip
    if chosen is None:
        return
    row = {str(name): value for name, value in by_id.loc[chosen].items()}
    key = f"_entry {chosen} v{row['version']} {st.session_state.get(_ROUND, 0)}"
    with st.container(border=True):
        if row["kept"]:
            given = _fields(city, key, row)
            _change(city, int(chosen), row, given, key)
        else:
            _bring_back(int(chosen), key)
    _history(engine, int(chosen))


def _change(city: City, entry: int, row: _Fields, given: _Fields, key: str) -> None:
    left, right = st.columns(2)
    who = ask_who(left, key=f"{key} who")
    reason = right.text_input(_("Reason"), key=f"{key} reason", max_chars=200).strip()
    first, second = st.columns(2)
    if first.button(_("Correct"), key=f"{key} correct", disabled=not (who and reason)):
        change = Correction(version=int(row["version"]), changes=given, reason=reason)
        _do(
            lambda: interventions.correct(database.for_writing(), entry, change, _codes(city), who),
            _("Corrected: #{entry}.").format(entry=entry),
        )
    if second.button(_("Withdraw"), key=f"{key} withdraw", disabled=not (who and reason)):
        _do(
            lambda: interventions.withdraw(database.for_writing(), [entry], who, reason),
            _("Withdrawn: #{entry}.").format(entry=entry),
        )


def _bring_back(entry: int, key: str) -> None:
    left, right = st.columns(2)
    who = ask_who(left, key=f"{key} who")
    reason = right.text_input(_("Reason"), key=f"{key} reason", max_chars=200).strip()
    if st.button(_("Bring back"), key=f"{key} turn", disabled=not (who and reason)):
        _do(
            lambda: interventions.bring_back(database.for_writing(), [entry], who, reason),
            _("Brought back: #{entry}.").format(entry=entry),
        )


def _history(engine: Engine, entry: int) -> None:
    found = interventions.history(engine, entry)
    if len(found) == 1:
        return
    table = pd.DataFrame(
        {
            _("Version"): found["version"],
            _("When"): found["entered_at"].map(_day),
            _("Who"): found["entered_by"],
            _("What changed"): _changes(found),
            _("Reason"): found["reason"],
        }
    )
    st.dataframe(table, hide_index=True, height="content")


def _day(at: pd.Timestamp) -> str:
    return date(at.to_pydatetime().astimezone().date())


def _changes(found: pd.DataFrame) -> list[str]:
    """Return what each version changed of the one before, column by column."""
    versions = [
        {column: _written(column, row[column]) for column in interventions.ENTRY_COLUMNS}
        for row in found.to_dict("records")
    ]
    changes = [
        [
            f"{entryfile.heading(column)}: {before[column]} → {after[column]}"
            for column in after
            if before[column] != after[column]
        ]
        for before, after in pairwise(versions)
    ]
    return ["", *map("; ".join, changes)]


def _written(column: str, cell: Any) -> str:  # noqa: ANN401 - of any column
    if column in interventions.WHOLE_COLUMNS:
        return number(cell)
    return code_label(cell) if column in {"kind", "strategy", "status"} else str(cell) or "–"
