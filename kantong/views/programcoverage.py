"""What programmes reach, set against the families or people they are meant for."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from kantong.analysis import reach
from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.reach import PERCENT, PROGRAMME, REACHED, UNKNOWN
from kantong.analysis.suppression import is_suppressed
from kantong.language import gettext as _
from kantong.language import number
from kantong.views import charts, frame, programmes, state
from kantong.views.data import City
from kantong.views.programmes import Choice
from kantong.views.state import Selection
from kantong.views.words import paragraphs, table

FAMILIES, PEOPLE = "keluarga", "orang"
_INDICATORS = {
    FAMILIES: ("dtsen_families_d1", "dtsen_families_d2"),
    PEOPLE: ("dtsen_people_d1", "dtsen_people_d2"),
}


def show(city: City, selection: Selection, choice: Choice) -> None:
    """Draw how many programmes reach for each hundred in deciles 1 and 2."""
    st.subheader(_("Would it be enough for the poorest fifth?"), anchor=False)
    there = [one for one, keys in _INDICATORS.items() if set(keys) <= set(city.indicators())]
    if not there:
        st.info(_("There are no figures of deciles 1 and 2 yet. Import a register to have them."))
        return
    group = state.select(
        _("Set against"), there, there[0], _group_label, key="golongan", draw=st.segmented_control,
        required=True,
    )  # fmt: skip
    found = [_measure(city, key, choice.year) for key in _INDICATORS[group]]
    told = covered_coverage(city, choice, found)
    if told.empty:
        st.info(_("Nothing is recorded that fits these choices."))
        return
    st.html(paragraphs(_words(group, found)))
    _draw(told)
    if not selection.keeps(city).all():
        st.caption(_("These are sums of the whole city, whatever the filter."))
    frame.source_line(city, _joined(found))


def _group_label(group: str) -> str:
    return {FAMILIES: _("families in deciles 1 and 2"), PEOPLE: _("people in deciles 1 and 2")}[
        group
    ]


def _measure(city: City, key: str, year: str) -> Measure:
    return city.measure(key, nearest_period(year, city.periods(key)))


def _periods(found: list[Measure]) -> str:
    """Return the periods of some measures, each once."""
    return ", ".join(dict.fromkeys(one.period for one in found))


def _joined(found: list[Measure]) -> Measure:
    """Return the first measure, with periods and data sets of all."""
    datasets = dict.fromkeys(name for one in found for name in one.datasets)
    return replace(found[0], period=_periods(found), datasets=tuple(datasets))


def _words(group: str, found: list[Measure]) -> list[str]:
    words = _(
        "Of each programme: how many it reached for each 100 {group} ({period}), where both are "
        "known. It does not say that the poorest were reached: others may be among them. Whether "
        "they were is told by registers, not by sums."
    )
    return [
        words.format(group=_group_label(group), period=_periods(found)),
        _(
            "A programme may count families, people or houses. Set it against what it counts; "
            "where the units differ the share means little, and above 100 is possible."
        ),
    ]


def covered_coverage(city: City, choice: Choice, found: list[Measure]) -> pd.DataFrame:
    """Return the coverage of each programme, with sums that give no covered count away.

    Parameters
    ----------
    found
        Who is meant, as parts that are added: each as it may be shown.

    Returns
    -------
    DataFrame
        As :func:`kantong.analysis.reach.coverage` returns it, and ``hidden``: whether sums are
        left out.
    """
    whole = [city.whole(one.indicator, one.period).numerator for one in found]
    group = sum(whole[1:], start=whole[0])
    secret = pd.concat([is_suppressed(one) for one in found], axis=1).any(axis=1)
    every = programmes.kept(city, choice)
    reached = reach.reach(every, choice.year)
    told = reach.coverage(reached, group)
    hidden = programmes.hidden(city, choice)
    both = reached.reached.notna().mul(group.notna(), axis=0)
    told["hidden"] = [
        programmes.gives_away(city, every.rows.index[every.rows[PROGRAMME] == name], REACHED)
        or _tells(hidden[name], both[name])
        or _tells(secret.reindex(both.index), both[name])
        for name in told.index
    ]
    told.loc[told["hidden"], [REACHED, "group", PERCENT]] = float("nan")
    return told


def _tells(hidden: "pd.Series[bool]", summed: "pd.Series[bool]") -> bool:
    """Return whether a sum would give covered counts away: it holds some of them, not all.

    Or holds nothing else.
    """
    inside = hidden & summed
    return bool(inside.any()) and (not inside.equals(hidden) or inside.equals(summed))


def _draw(told: pd.DataFrame) -> None:
    order = told.sort_values(PERCENT, ascending=False, na_position="last", kind="stable")
    known_of = _("{count} of {all}")
    rows = [
        (
            str(name),
            _sum(row[REACHED], hidden=row["hidden"]), _sum(row["group"], hidden=row["hidden"]),
            f"{number(row[PERCENT], 1)} %" if pd.notna(row[PERCENT]) else "–",
            known_of.format(
                count=number(int(row["areas"])), all=number(int(row["areas"] + row[UNKNOWN]))
            ),
        )
        for name, row in order.iterrows()
    ]  # fmt: skip
    left, right = st.columns([3, 2], gap="medium")
    headings = [
        _("Programme"), _("Reached"), _("In deciles 1 and 2"), _("For each 100"),
        _("Kelurahan"),
    ]  # fmt: skip
    with left:
        st.html(table(headings, rows, figures=4))
        st.caption(
            _("Kelurahan where nothing is recorded of the programme, or no number, or where the "
              "deciles are not known, are in neither sum.")
        )  # fmt: skip
    known = order.dropna(subset=PERCENT)
    with right:
        if len(known):
            frame_ = pd.DataFrame(
                {
                    "name": list(map(str, known.index)),
                    "value": known[PERCENT].to_numpy(),
                    "text": [f"{number(value, 1)} %" for value in known[PERCENT]],
                    "kind": "own",
                }
            )
            st.altair_chart(charts.lollipops(frame_, _("For each 100")), width="stretch")


def _sum(value: float, *, hidden: bool) -> str:
    if hidden:
        return _("too small to show")
    return number(value)
