"""What a planner states of a budget: the money, the programmes, and their limits."""

from collections.abc import Mapping, Sequence

import streamlit as st

from kantong.geo.schema import KECAMATAN
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.views import spending, state
from kantong.views.data import City
from kantong.views.spending import (
    LONGEST_NAME,
    MILLION,
    MOST_EFFECT,
    MOST_MILLION,
    MOST_PEOPLE,
    MOST_PROGRAMMES,
    MOST_RP,
    SECONDS,
    Line,
    Shares,
    Wish,
)
from kantong.views.state import Selection
from kantong.views.words import plain

# Beginnings of the names of widgets that fill themselves from the address only once.
OWN_WIDGETS = ("_plan ", "_plans", "_bersama", "_least", "_seconds")
_FIELDS = ("need", "name", "cost", "budget", "size", "floor", "cap", "effect", "less")
_HOUSE_RP, _BPNTD_RP = 20_000_000, 1_500_000
Slot = "st.delta_generator.DeltaGenerator"


def choose(city: City, selection: Selection) -> Wish:
    """Draw the budget, the programmes and their limits, and return them."""
    counts = spending.needs(city)
    lines, seconds = spending.read(
        state.recall("rencana", "", lambda text: not text or spending.is_plan(text, counts)), counts
    )
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    common = _choose_common(left)
    kecamatan = sorted(set(city.layer[KECAMATAN]))
    given = state.recall(
        "minimal", "0", lambda text: spending.read_shares(text, kecamatan) is not None
    )
    start = spending.read_shares(given, kecamatan) or Shares()
    percent = middle.number_input(
        _("Each kecamatan gets at least (%)"), 0, 100, start.percent, 1, key="_least"
    )
    with right.popover(_("More limits"), icon=":material/tune:", width="stretch"):
        shares = _choose_shares(kecamatan, start, percent)
        seconds = st.select_slider(
            _("Seconds to search for the largest plan"), SECONDS, seconds, key="_seconds",
            help=_("If it is not proven by then, the page says how much larger it might be."),
        )  # fmt: skip
    state.keep("minimal", spending.write_shares(shares), "0")
    st.caption(plain(_limits_words(common, shares)))
    lines = _choose_lines(city, counts, lines or _usual(counts))
    state.keep("rencana", spending.write(lines, seconds), "")
    kept = selection.keeps(city)
    kodes = tuple(str(kode) for kode in kept.index[kept])
    return Wish(tuple(lines), common, shares, selection.indicator, selection.period, kodes, seconds)


def _choose_common(slot: Slot) -> int:  # type: ignore[valid-type]
    start = int(state.recall("bersama", "2000", spending.is_figure))
    given = int(
        slot.number_input(  # type: ignore[attr-defined]
            _("Budget for all together (million Rp)"), 0, MOST_MILLION, start, 100, key="_bersama"
        )
    )  # fmt: skip
    state.keep("bersama", str(given), "2000")
    return given


def _choose_shares(kecamatan: Sequence[str], start: Shares, percent: int) -> Shares:
    """Draw of what the shares are, and which kecamatan have another; return all of it."""
    labels = {"budget": _("the budget"), "people": _("those reached")}
    of = st.segmented_control(
        _("The smallest share is of"), list(labels), default=start.of, key="_least of",
        format_func=labels.__getitem__, required=True, width="stretch",
    )  # fmt: skip
    own = dict(start.own)
    chosen = st.multiselect(
        _("Kecamatan with a smallest share of their own"), kecamatan, list(own), key="_least own",
        placeholder=_("Choose"),
    )  # fmt: skip
    given = tuple(
        (name, int(st.number_input(f"{plain(name)} (%)", 0, 100, own.get(name, percent), 1,
                                   key=f"_least own {name}")))
        for name in kecamatan if name in chosen
    )  # fmt: skip
    return Shares(int(percent), given, "people" if of == "people" else "budget")


def _limits_words(common: int, shares: Shares) -> str:
    told = [
        rupiah(common * MILLION) if common else _("no common budget, each programme has its own")
    ]
    if shares.percent or shares.own:
        told.append(shares_words(shares))
    return " · ".join(told)


def shares_words(shares: Shares) -> str:
    """Return the minimum shares in words."""
    words = _("each kecamatan at least {percent} % of the budget")
    if shares.of == "people":
        words = _("each kecamatan at least {percent} % of those reached")
    told = [words.format(percent=number(shares.percent))]
    told += [f"{name} {number(percent)} %" for name, percent in shares.own]
    return ", ".join(told)


# --- programmes --------------------------------------------------------------------------------


def _usual(counts: Mapping[str, object]) -> list[Line]:
    """Return what is offered first; costs only where they are published (page: their source)."""
    first = (
        Line("training_need_menjahit"),
        Line("dtsen_families_d1", _BPNTD_RP, name="BPNTD"),
        Line("rtlh_assisted", _HOUSE_RP, name="Bedah rumah"),
    )
    return [one for one in first if one.need in counts] or [Line(next(iter(counts)))]


def _choose_lines(
    city: City, counts: Mapping[str, Sequence[str]], usual: Sequence[Line]
) -> list[Line]:
    many = int(st.session_state.setdefault("_plans", len(usual)))
    fresh = Line(next(iter(counts)))
    lines = [
        _choose_line(city, counts, place, usual[place] if place < len(usual) else fresh, many)
        for place in range(many)
    ]
    st.button(
        _("Add a programme"), on_click=_add, icon=":material/add:", width="stretch",
        disabled=many >= MOST_PROGRAMMES,
    )  # fmt: skip
    return lines


def _add() -> None:
    st.session_state["_plans"] += 1


def drop(beginning: str, fields: Sequence[str], place: int) -> None:
    """Drop a line of widgets: those behind it move up.

    Parameters
    ----------
    beginning
        Of their names, ``_plan`` for ``_plan 0 cost``; how many there are stands in ``_plans``.
    fields
        Ends of their names.
    place
        Of the line, from 0.
    """
    kept, many = st.session_state, st.session_state[f"{beginning}s"]
    for field in fields:
        for at in range(place, many):
            after = f"{beginning} {at + 1} {field}"
            is_there, value = after in kept, kept.pop(after, None)
            kept.pop(f"{beginning} {at} {field}", None)
            if is_there:  # empty too: else the cost of the one before would be filled in
                kept[f"{beginning} {at} {field}"] = value
    kept[f"{beginning}s"] = many - 1


def _choose_line(
    city: City, counts: Mapping[str, Sequence[str]], place: int, start: Line, many: int
) -> Line:
    indicators = city.indicators()
    with st.container(border=True):
        first, second, third, fourth = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
        need = first.selectbox(
            _("Programme {place}: whom it reaches").format(place=number(place + 1)),
            list(counts), list(counts).index(start.need), key=f"_plan {place} need",
            format_func=lambda one: pick(indicators[one].label),
        )  # fmt: skip
        name = second.text_input(
            _("Name, if another"), start.name, LONGEST_NAME, key=f"_plan {place} name",
            placeholder=pick(indicators[need].label),
            help=_("Letters, figures and -.() only; it stands in the address."),
        )  # fmt: skip
        cost = third.number_input(
            _("Cost for each (Rp)"), 0, MOST_RP, start.cost_rp or None, 50_000,
            key=f"_plan {place} cost", placeholder=_("please state"),
        )  # fmt: skip
        budget = fourth.number_input(
            _("Own budget (million Rp)"), 0, MOST_MILLION, start.budget_million, 50,
            key=f"_plan {place} budget", help=_("0 where only the common budget limits it."),
        )  # fmt: skip
        told, buttons = st.columns([3, 2], vertical_alignment="center")
        row = buttons.container(horizontal=True)
        with row.popover(_("Limits"), icon=":material/tune:", width="stretch"):
            limits = _choose_limits(counts[need], place, start, city)
        row.button(
            _("Remove"), key=f"_plan {place} drop", on_click=drop,
            args=("_plan", _FIELDS, place),
            icon=":material/close:", width="stretch", disabled=many <= 1,
        )  # fmt: skip
        line = Line(need, int(cost or 0), int(budget), *limits, name=spending.clean(name))
        told.caption(plain(line_words(city, line)))
    return line


def _choose_limits(
    served: Sequence[str], place: int, start: Line, city: City
) -> tuple[int, int, int, int, str]:
    """Draw class, fewest, most, worth and who is taken off, and return them in this order."""
    fields = (
        (_("Class of"), "size", 1), (_("Fewest of a kelurahan"), "floor", 0),
        (_("Most of a kelurahan (0 no limit)"), "cap", 0),
    )  # fmt: skip
    size, floor, cap = (
        int(
            st.number_input(
                label, least, MOST_PEOPLE, getattr(start, field), key=f"_plan {place} {field}"
            )
        )
        for label, field, least in fields
    )
    effect = st.number_input(
        _("Worth of reaching one"), 0.1, MOST_EFFECT / 10, start.effect / 10, 0.1,
        key=f"_plan {place} effect",
        help=_("Beside the other programmes; only “As many as possible” asks."),
    )  # fmt: skip
    less = ""
    if served:
        options = ["", *served]
        less = st.selectbox(
            _("Taken off: served already"), options,
            options.index(start.less) if start.less in options else 0, key=f"_plan {place} less",
            format_func=lambda one: pick(city.library.indicators[one].label) if one else _("none"),
            help=_("Only if those served are among those in need; where either is not known, the "
                   "kelurahan is left out."),
        )  # fmt: skip
    return size, floor, cap, round(effect * 10), less


def line_words(city: City, line: Line) -> str:
    """Return the limits of a programme in words; those that do not hold are left out."""
    unit = pick(city.library.indicators[line.need].unit)
    told = [_("counted in {unit}").format(unit=unit)]
    if line.size > 1:
        told.append(_("classes of {size}").format(size=number(line.size)))
    if line.floor:
        told.append(_("at least {few} in a kelurahan").format(few=number(line.floor)))
    if line.cap:
        told.append(_("at most {many} in a kelurahan").format(many=number(line.cap)))
    if line.effect != Line.effect:
        told.append(_("worth {effect}").format(effect=number(line.effect / 10, 1)))
    if line.less:
        label = pick(city.library.indicators[line.less].label)
        told.append(_("less {served}").format(served=label))
    if spending.is_list(line.need):
        told.append(_("those served now; who else is in need is not counted"))
    return " · ".join(told)
