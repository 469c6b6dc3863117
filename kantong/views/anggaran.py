"""Page Anggaran: whom a budget reaches under four rules, side by side, and where."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from kantong.analysis.allocation import RULES, Plan
from kantong.analysis.filling import Rule
from kantong.analysis.measures import Measure
from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, Dataset
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.maps.style import MISSING, ramp
from kantong.views import frame, mapview, saved, share, spending, state
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.pocketwords import names, places
from kantong.views.spending import Wish, rule_label
from kantong.views.state import Selection
from kantong.views.words import paragraphs, plain

_CLOSE = 0.005


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    if not spending.needs(city):
        st.info(_("There are no counts of need to spend a budget on. Import some first."))
        return
    st.header(_("What does a budget reach?"), anchor=False)
    with st.expander(_("Budget and programmes"), icon=":material/tune:", expanded=True):
        st.caption(
            _(
                "Costs are yours to state. Published ones: a house repaired Rp 20,000,000; BPNTD "
                "Rp 125,000 a month for each family (Pemkot Malang)."
            )
        )
        wish = spending.choose(city, selection)
    rule = _choose_rule()
    try:
        plan = spending.planned(city, wish, rule)
    except DataError as error:
        st.warning(plain(error.describe(_)).replace("\n", "\n\n"), icon=":material/block:")
        _compared(city, wish)
        return
    _draw(city, selection, wish, plan)


def _choose_rule() -> Rule:
    chosen = state.select(
        _("Rule"), list(RULES), "optimal", rule_label, key="aturan", draw=st.segmented_control,
        required=True, width="stretch",
    )  # fmt: skip
    return next(rule for rule in RULES if rule == chosen)


def _draw(city: City, selection: Selection, wish: Wish, plan: Plan) -> None:
    found = spending.measures(city, wish)
    datasets = _datasets(city, found)
    frame.title(_("Plan: {rule}").format(rule=rule_label(plan.rule)), datasets)
    st.html(paragraphs(_told(city, wish, plan)))
    _compared(city, wish)
    left, right = st.columns([3, 2], gap="medium")
    seen = _picture(city, selection, wish, plan)
    with left:
        st.subheader(_("On the map"), anchor=False)
        mapview.draw(city, seen, height=420)
    with right:
        st.subheader(_("By kecamatan"), anchor=False)
        _kecamatan(plan)
    st.subheader(_("By kelurahan"), anchor=False)
    table = _table(city, wish, plan)
    st.dataframe(table, hide_index=True, height=560 if len(table) > 14 else "content")  # noqa: PLR2004
    gives = share.Offer(
        ("csv", "xlsx", "png", "html"), settings(city, wish, plan),
        lambda: _rows(city, wish, plan),
    )  # fmt: skip
    share.offer(city, selection, found[0], seen, gives=gives)
    for one in {each.indicator: each for each in found}.values():
        frame.source_line(city, one)
    saved.offer(
        city,
        saved.Panel(
            kind="allocation", page="anggaran", datasets=tuple(datasets), keys=spending.KEYS,
            forget=spending.OWN_WIDGETS, compare=partial(_compare, city),
        ),
    )  # fmt: skip


def _datasets(city: City, found: Sequence[Measure]) -> list[Dataset]:
    every = [dataset for one in found for dataset in city.datasets(one)]
    return list({one.id: one for one in every}.values())


# --- words -------------------------------------------------------------------------------------


def _told(city: City, wish: Wish, plan: Plan) -> Iterator[str]:
    """Yield what the plan does, as it would be read aloud."""
    reached = int(plan.reached.sum().sum())
    spent = int(plan.spent_rp.sum())
    low, high = spending.banded(city, wish, plan.rule).in_need
    words = _(
        "With {spent} the plan reaches {reached} places of people, families or houses: {covered} % "
        "of the need that is known. {unspent} are left."
    )
    yield words.format(
        spent=rupiah(spent), reached=number(reached), covered=number(plan.covered * 100, 1),
        unspent=rupiah(plan.unspent_rp),
    )  # fmt: skip
    if low < reached - _CLOSE:
        words = _(
            "By chance of the counts alone {low} to {high} of these places would meet somebody in "
            "need (95 %), if the plan finds them."
        )
        yield words.format(low=number(round(low)), high=number(round(high)))
    yield from _against(city, wish, plan)
    empty = plan.reached.index[(plan.reached.fillna(0).sum(axis=1) == 0)]
    if len(empty):
        words = _("Nothing goes to {count} kelurahan: {names}.")
        yield words.format(count=number(len(empty)), names=names(city, [str(k) for k in empty]))
    unknown = plan.left_out[plan.left_out > 0]
    for name, count in unknown.items():
        words = _("“{name}” is not known, or too small to show, in {count} kelurahan: left out.")
        yield words.format(name=name, count=number(int(count)))
    for fault in plan.missed:
        yield _("Not kept: {what}").format(what=fault.describe(_, number))
    if plan.gap:
        words = _("The search was ended: at most {percent} % more might be reached.")
        yield words.format(percent=number(plan.gap * 100, 1))


def _against(city: City, wish: Wish, plan: Plan) -> Iterator[str]:
    """Yield how much the plan differs from spending alike everywhere, and whether that counts."""
    other = spending.every(city, wish)["uniform"]
    if plan.rule == "uniform" or not isinstance(other, Plan):
        return
    more = int(plan.reached.sum().sum() - other.reached.sum().sum())
    words = _("That is {more} more than with the same for every kelurahan ({other}).")
    if more < 0:
        words = _("That is {more} fewer than with the same for every kelurahan ({other}).")
    if more:
        yield words.format(more=number(abs(more)), other=number(int(other.reached.sum().sum())))
    if plan.lowest_to_highest == plan.lowest_to_highest:
        words = _(
            "Fairness: the kecamatan with the smallest share of its need met gets {percent} % of "
            "what the one with the largest gets."
        )
        yield words.format(percent=number(plan.lowest_to_highest * 100))


# --- rules side by side ------------------------------------------------------------------------


def _compared(city: City, wish: Wish) -> None:
    """Draw the four rules side by side; where a rule has no plan, why."""
    rows = []
    for rule, plan in spending.every(city, wish).items():
        if isinstance(plan, Plan):
            rows.append(_row(city, wish, plan))
        else:
            st.caption(f"{plain(rule_label(rule))}: {plain(plan.describe(_))}")
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption(
            _(
                "In need: how many of those reached would be in need by chance of the counts "
                "(95 %). Lowest to highest: share of need met in the worst served kecamatan over "
                "that in the best served; 100 % is alike. Gini: 0 is alike, 1 is all to one."
            )
        )


def _row(city: City, wish: Wish, plan: Plan) -> dict[str, str]:
    around = spending.banded(city, wish, plan.rule)
    low, high = (number(round(one)) for one in around.in_need)
    return {
        _("Rule"): rule_label(plan.rule),
        _("Reached"): number(int(plan.reached.sum().sum())),
        _("In need"): _("{lower} to {upper}").format(lower=low, upper=high),
        _("% of need"): number(plan.covered * 100, 1),
        _("Spent"): rupiah(int(plan.spent_rp.sum())),
        _("Lowest to highest"): _percent(plan.lowest_to_highest),
        "Gini": number(plan.gini, 2),
    }


def _percent(share_of: float) -> str:
    return "–" if pd.isna(share_of) else f"{number(share_of * 100)} %"


def _compare(city: City, first: Mapping[str, str], second: Mapping[str, str]) -> None:
    """Draw two scenarios side by side, each by its own rule."""
    rows = []
    for settings_of in (first, second):
        wish = spending.wish_of(city, settings_of)
        rule = settings_of.get("aturan", "optimal")
        if wish is None or rule not in RULES:
            st.warning(_("One of them spends on what is not there any more."))
            return
        try:
            plan = spending.planned(city, wish, next(one for one in RULES if one == rule))
        except DataError as error:
            st.warning(plain(error.describe(_)), icon=":material/block:")
            return
        rows.append(_row(city, wish, plan))
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _kecamatan(plan: Plan) -> None:
    told = plan.by_kecamatan
    table = pd.DataFrame(
        {
            _("Kecamatan"): told.index,
            _("Reached"): told["reached"].map(number),
            _("% of need"): (told["covered"] * 100).map(lambda value: number(value, 1)),
            _("Spent"): told["spent_rp"].map(rupiah),
        }
    )
    st.dataframe(table, hide_index=True, height="content")


# --- table and map -----------------------------------------------------------------------------


def _costs(wish: Wish, plan: Plan) -> "pd.Series[float]":
    cost = pd.Series([one.cost_rp for one in wish.lines], plan.reached.columns, dtype=float)
    return plan.reached.fillna(0).mul(cost, axis=1).sum(axis=1)


def _covered(city: City, wish: Wish, plan: Plan) -> "pd.Series[float]":
    """Return the share of the known need that is met, by ``kode``; NaN where none is known."""
    need, *_others = spending.asked(city, wish)
    known = need.where(plan.reached.notna()).sum(axis=1, min_count=1)
    return plan.reached.sum(axis=1, min_count=1) / known.where(known > 0)


def _table(city: City, wish: Wish, plan: Plan) -> pd.DataFrame:
    where = places(city).reindex(plan.reached.index)
    order = _costs(wish, plan).sort_values(ascending=False, kind="stable").index
    table = {_("Kelurahan"): where[KELURAHAN]}
    table |= {str(name): plan.reached[name].map(number) for name in plan.reached}
    table[_("Spent")] = _costs(wish, plan).map(rupiah)
    covered = _covered(city, wish, plan)
    table[_("% of need")] = covered.map(_percent)
    return pd.DataFrame(table).reindex(order)


def _rows(city: City, wish: Wish, plan: Plan) -> pd.DataFrame:
    """Return the plan as taken home: numbers, not words."""
    where = places(city).reindex(plan.reached.index)
    need, *_others = spending.asked(city, wish)
    sides = {}
    for name in plan.reached:
        sides[_("{name}: need").format(name=name)] = need[name]
        sides[_("{name}: reached").format(name=name)] = plan.reached[name]
    return pd.DataFrame(
        {
            _("Code"): plan.reached.index,
            _("Kelurahan"): where[KELURAHAN],
            _("Kecamatan"): where[KECAMATAN],
            **sides,
            f"{_('Spent')} (Rp)": _costs(wish, plan),
            _("% of need"): _covered(city, wish, plan) * 100,
        }
    )


def _picture(city: City, selection: Selection, wish: Wish, plan: Plan) -> Picture:
    covered = _covered(city, wish, plan).reindex(city.layer["kode"])
    fills = ramp(5, worse=False)
    legend = {
        "none": (fills[0], _("nothing")),
        "few": (fills[1], _("under 25 % of need")),
        "some": (fills[2], _("25 to 50 %")),
        "most": (fills[3], _("50 to under 100 %")),
        "all": (fills[4], _("all of the known need")),
        "missing": (MISSING.fill, _("need not known, or not planned for")),
    }
    bins = [-1, 0, 0.25, 0.5, 1 - 1e-9, 2]
    classes = pd.cut(covered, bins, labels=list(legend)[:5]).astype(object).fillna("missing")
    spent = _costs(wish, plan)
    labels = [*map(str, plan.reached.columns), _("Spent"), _("% of need")]
    tips = {
        str(kode): [
            *(number(plan.reached[name][kode]) for name in plan.reached),
            rupiah(spent[kode]),
            _percent(covered[kode]),
        ]
        for kode in plan.reached.index
    }
    title = _("Share of need met: {rule}").format(rule=rule_label(plan.rule))
    told = mapview.Told(title, f"{title} {wish}", classes, labels, tips)
    return mapview.of_classes(city, selection, spending.measures(city, wish)[0], legend, told)


def settings(city: City, wish: Wish, plan: Plan) -> list[tuple[str, str]]:
    """Return what was stated, as label and text: it stands on every download."""
    ids = spending.names(city, wish)
    programmes = [
        _("{name}: {cost} each, budget {budget}, class of {size}, {floor} to {cap} people").format(
            name=name, cost=rupiah(one.cost_rp), size=number(one.size), floor=number(one.floor),
            cap=number(one.cap) if one.cap else "–",
            budget=rupiah(one.budget_million * 1_000_000) if one.budget_million else "–",
        )
        for name, one in zip(ids, wish.lines, strict=True)
    ]  # fmt: skip
    by = pick(city.library.indicators[wish.indicator].label)
    return [
        (_("Rule"), rule_label(plan.rule)),
        (_("Budget for all together (million Rp)"), number(wish.common_million)),
        (_("Programmes"), "; ".join(programmes)),
        (_("Each kecamatan gets at least (% of the budget)"), number(wish.share_percent)),
        (_("Worst off by"), f"{by} {wish.period}"),
        (_("Reached"), number(int(plan.reached.sum().sum()))),
    ]


if __name__ == "__main__":  # as Streamlit runs a page
    show()
