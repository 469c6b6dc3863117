"""A budget and programmes as a planner states them, and the plans that follow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st

from kantong.analysis.allocation import (
    RULES,
    Bands,
    Limits,
    Plan,
    Programme,
    allocate,
    bands,
)
from kantong.analysis.chance import draws_of
from kantong.analysis.filling import PRIORITY, Rule
from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.permutation import SEED
from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import KECAMATAN, KODE
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.views import state
from kantong.views.data import City
from kantong.views.state import Selection
from kantong.views.words import plain

KEYS = (
    "indikator", "periode", "kecamatan", "dapil", "tutup", "rencana", "bersama", "minimal",
    "aturan",
)  # fmt: skip
# Beginnings of the names of widgets that fill themselves from the address only once.
OWN_WIDGETS = ("_plan ", "_plans", "_bersama")
MOST_PROGRAMMES = 8
SHARES = ("0", "2", "5", "10", "15")
_MILLION = 1_000_000
_MOST_RP, _MOST_PEOPLE = 99_999_999_999, 999_999
_DRAWS, _SECONDS = 400, 5.0
_FIELDS = 7
_LONGEST = 1_200
_STARTS = ("training_need_menjahit", "training_need_tata_boga", "dtsen_families_d1")


@dataclass(frozen=True)
class Line:
    """One programme as it is stated.

    Parameters
    ----------
    need
        Indicator that counts whom it may reach.
    cost_rp
        What reaching one costs; 0 where that was not said.
    budget_million
        Of its own, in million rupiah; 0 for none.
    size, floor, cap
        People in a class; fewest and most of a kelurahan, 0 for no such limit.
    effect
        Tenths of what reaching one is worth beside the others; 10 for the same.
    """

    need: str
    cost_rp: int = 0
    budget_million: int = 0
    size: int = 1
    floor: int = 0
    cap: int = 0
    effect: int = 10


@dataclass(frozen=True)
class Wish:
    """What is to be spent.

    Parameters
    ----------
    lines
        The programmes, in their order.
    common_million
        Million rupiah for all of them together; 0 for no such limit.
    share_percent
        What each kecamatan must get of it at least, in per cent; 0 for no such limit.
    indicator, period
        By which kelurahan are served first under the rule that asks for it.
    kodes
        The kelurahan that are planned for.
    """

    lines: tuple[Line, ...]
    common_million: int
    share_percent: int
    indicator: str
    period: str
    kodes: tuple[str, ...]


def rule_label(rule: str) -> str:
    """Return the words for a rule of spending."""
    return {
        "uniform": _("The same for every kelurahan"),
        "proportional": _("In proportion to need"),
        "need_ranked": _("The worst off first"),
        "optimal": _("As many as possible"),
    }[rule]


# --- choices -----------------------------------------------------------------------------------


def choose(city: City, selection: Selection) -> Wish:
    """Draw the budget, the programmes and their limits, and return them."""
    counts = needs(city)
    left, right = st.columns(2)
    common = _amount(left, _("Budget for all together (million Rp)"), "bersama", "_bersama")
    with right:
        share = state.select(
            _("Each kecamatan gets at least (% of the budget)"), list(SHARES), "0", key="minimal"
        )
    lines = _choose_lines(city, counts)
    state.remember("rencana", write(lines), "")
    kept = selection.keeps(city)
    kodes = tuple(str(kode) for kode in kept.index[kept])
    return Wish(tuple(lines), common, int(share), selection.indicator, selection.period, kodes)


def needs(city: City) -> list[str]:
    """Return the indicators that count whom a programme may reach."""
    return [
        name
        for name, one in city.indicators().items()
        if one.kind == "count" and one.higher_is_worse and not name.startswith("recipients")
    ]


def _choose_lines(city: City, counts: Sequence[str]) -> list[Line]:
    started = read(state.recall("rencana", "", lambda text: _is_plan(text, counts)), counts)
    usual = started or [Line(name) for name in _STARTS if name in counts][:3] or [Line(counts[0])]
    many = int(st.session_state.setdefault("_plans", len(usual)))
    lines = [
        _choose_line(city, counts, place, usual[place] if place < len(usual) else Line(counts[0]))
        for place in range(many)
    ]
    more, fewer = st.columns(2)
    more.button(
        _("Add a programme"), on_click=_change, args=(1,), icon=":material/add:", width="stretch",
        disabled=many >= MOST_PROGRAMMES,
    )  # fmt: skip
    fewer.button(
        _("Drop the last"), on_click=_change, args=(-1,), icon=":material/remove:",
        width="stretch", disabled=many <= 1,
    )  # fmt: skip
    return lines


def _change(by: int) -> None:
    st.session_state["_plans"] += by


def _choose_line(city: City, counts: Sequence[str], place: int, start: Line) -> Line:
    indicators = city.indicators()
    with st.container(border=True):
        first, second, third = st.columns([2, 1, 1])
        need = first.selectbox(
            _("Programme {place}: whom it reaches").format(place=number(place + 1)),
            counts, counts.index(start.need), key=f"_plan {place} need",
            format_func=lambda one: pick(indicators[one].label),
        )  # fmt: skip
        cost = second.number_input(
            _("Cost for each (Rp)"), 0, _MOST_RP, start.cost_rp, 50_000,
            key=f"_plan {place} cost",
        )  # fmt: skip
        budget = third.number_input(
            _("Own budget (million Rp, 0 none)"), 0, _MOST_PEOPLE, start.budget_million, 50,
            key=f"_plan {place} budget",
        )  # fmt: skip
        columns = st.columns(4)
        labels = (_("Class of"), _("Fewest of a kelurahan"), _("Most of a kelurahan (0 no limit)"))
        fields = zip(columns, labels, ("size", "floor", "cap"), strict=False)
        limits = {
            field: column.number_input(
                label, 1 if field == "size" else 0, _MOST_PEOPLE, getattr(start, field),
                key=f"_plan {place} {field}",
            )
            for column, label, field in fields
        }  # fmt: skip
        effect = columns[3].number_input(
            _("Worth of reaching one"), 0.1, 10.0, start.effect / 10, 0.1,
            key=f"_plan {place} effect",
            help=_("Beside the other programmes; only “As many as possible” asks."),
        )  # fmt: skip
    return Line(need, cost, budget, **limits, effect=round(effect * 10))


def _amount(slot: "st.delta_generator.DeltaGenerator", label: str, key: str, widget: str) -> int:
    start = int(state.recall(key, "2000", _is_amount))
    given = slot.number_input(label, 0, _MOST_PEOPLE, start, 100, key=widget)
    slot.caption(plain(rupiah(given * _MILLION)))
    state.remember(key, str(given), "2000")
    return int(given)


def _is_amount(text: str) -> bool:
    return text.isdecimal() and text.isascii() and int(text[:12]) <= _MOST_PEOPLE


def write(lines: Sequence[Line]) -> str:
    """Return programmes as they stand in the address: ``need,cost,budget,size,floor,cap,effect``.

    Examples
    --------
    >>> write([Line("poor_people", 125_000, 500)])
    'poor_people,125000,500,1,0,0,10'
    """
    return ";".join(
        f"{one.need},{one.cost_rp},{one.budget_million},{one.size},{one.floor},{one.cap},"
        f"{one.effect}"
        for one in lines
    )


def read(text: str, counts: Sequence[str]) -> list[Line]:
    """Return the programmes of an address; none where it is no plan."""
    if not text or not _is_plan(text, counts):
        return []
    rows = [part.split(",") for part in text.split(";")]
    return [Line(row[0], *map(int, row[1:])) for row in rows]


def _is_plan(text: str, counts: Sequence[str]) -> bool:
    rows = [part.split(",") for part in text.split(";")]
    return len(text) <= _LONGEST and len(rows) <= MOST_PROGRAMMES and all(
        len(row) == _FIELDS
        and row[0] in counts
        and all(one.isdecimal() and one.isascii() and len(one) < len(str(_MOST_RP)) + 1
                for one in row[1:])
        and int(row[1]) <= _MOST_RP
        and int(row[2]) <= _MOST_PEOPLE
        and 1 <= int(row[3]) <= _MOST_PEOPLE
        and 1 <= int(row[6]) <= 100  # noqa: PLR2004 - ten times the largest worth
        for row in rows
    )  # fmt: skip


def wish_of(city: City, settings: Mapping[str, str]) -> Wish | None:
    """Return what the address of this page spends; None where that cannot be spent any more."""
    lines = read(settings.get("rencana", ""), needs(city))
    common, share = settings.get("bersama", "2000"), settings.get("minimal", "0")
    indicator = settings.get("indikator", state.FIRST_INDICATOR)
    if not lines or not _is_amount(common) or share not in SHARES:
        return None
    if indicator not in city.indicators():
        return None
    kept = city.layer[KODE].notna()
    for key, column in ((KECAMATAN, KECAMATAN), ("dapil", "dapil")):
        if settings.get(key, state.ALL) != state.ALL:
            kept &= city.layer[column] == settings[key]
    period = settings.get("periode", city.periods(indicator)[-1])
    return Wish(
        tuple(lines), int(common), int(share), indicator, period, tuple(city.layer[KODE][kept])
    )


# --- what follows ------------------------------------------------------------------------------


def names(city: City, wish: Wish) -> list[str]:
    """Return the names of the programmes: of each the need, numbered where it stands twice."""
    labels = [pick(city.library.indicators[one.need].label) for one in wish.lines]
    return [
        f"{label} ({labels[: place + 1].count(label)})" if labels.count(label) > 1 else label
        for place, label in enumerate(labels)
    ]


def measures(city: City, wish: Wish) -> list[Measure]:
    """Return the needs, covered counts left out: else a plan would tell them."""
    return [
        city.measure(one.need, nearest_period(wish.period, city.periods(one.need)))
        for one in wish.lines
    ]


def asked(city: City, wish: Wish) -> tuple[pd.DataFrame, list[Programme], pd.DataFrame, Limits]:
    """Return what :func:`kantong.analysis.allocation.allocate` needs.

    Raises
    ------
    TableError
        A cost was not said, or no kelurahan is planned for.
    """
    faults = list(_not_said(city, wish))
    if faults:
        raise TableError(*faults)
    kodes = list(wish.kodes)
    ids = names(city, wish)
    need = pd.DataFrame(
        {
            name: one.value.reindex(kodes)
            for name, one in zip(ids, measures(city, wish), strict=True)
        }
    )
    programmes = [
        Programme(
            name, one.cost_rp, one.budget_million * _MILLION or None, one.size, one.floor,
            one.cap or None, one.effect / 10,
        )
        for name, one in zip(ids, wish.lines, strict=True)
    ]  # fmt: skip
    places = city.layer.set_index(KODE)
    areas = pd.DataFrame({KECAMATAN: places[KECAMATAN].reindex(kodes)})
    areas[PRIORITY] = _priority(city, wish).reindex(kodes)
    kecamatan = sorted(set(areas[KECAMATAN]))
    limits = Limits(
        common_budget_rp=wish.common_million * _MILLION or None,
        minimum_share=dict.fromkeys(kecamatan, wish.share_percent / 100),
    )
    return need, programmes, areas, limits


def _not_said(city: City, wish: Wish) -> Iterator[Fault]:
    for name, one in zip(names(city, wish), wish.lines, strict=True):
        if not one.cost_rp:
            message = "{name}: state what reaching one costs."
            yield Fault(message, name=name)
    if not wish.kodes:
        yield Fault("No kelurahan passes the filter. Widen it.")


def _priority(city: City, wish: Wish) -> "pd.Series[float]":
    """Return by what the worst off are served first: the share where there is one."""
    indicator = city.library.indicators[wish.indicator]
    shown = city.rate_of(indicator) or indicator
    value = city.measure(shown.id, nearest_period(wish.period, city.periods(shown.id))).value
    return value if indicator.higher_is_worse else -value


@lru_cache(maxsize=256)
def planned(city: City, wish: Wish, rule: Rule) -> Plan:
    """Return the plan of a rule; the search for the largest ends after five seconds.

    Raises
    ------
    TableError
        What was stated cannot be.
    """
    need, programmes, areas, limits = asked(city, wish)
    return allocate(need, programmes, areas, rule=rule, limits=limits, time_limit_s=_SECONDS)


@lru_cache(maxsize=256)
def banded(city: City, wish: Wish, rule: Rule) -> Bands:
    """Return how far chance in the counts moves what a plan is worth."""
    found = measures(city, wish)
    drawn = draws_of(found, [False] * len(found), _DRAWS, SEED)
    rows = found[0].value.index.get_indexer(pd.Index(wish.kodes))
    return bands(planned(city, wish, rule), np.nan_to_num(drawn[:, rows, :]))


def every(city: City, wish: Wish) -> dict[Rule, Plan | TableError]:
    """Return the plan of each rule, or why there is none."""
    found: dict[Rule, Plan | TableError] = {}
    for rule in RULES:
        try:
            found[rule] = planned(city, wish, rule)
        except TableError as error:
            found[rule] = error
    return found
