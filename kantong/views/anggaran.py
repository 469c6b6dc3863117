"""Page Anggaran: whom a budget reaches under four rules, side by side, and where."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from kantong.analysis.allocation import RULES, Plan
from kantong.analysis.filling import Rule
from kantong.analysis.measures import Measure
from kantong.geo.errors import TableError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.intake.sandbox import CancelledError
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.maps.style import MISSING, ramp
from kantong.views import frame, mapview, saved, share, spending, spent, state, stating, work
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.places import places
from kantong.views.spending import MILLION, Wish, rule_label
from kantong.views.spent import percent
from kantong.views.state import Selection
from kantong.views.words import paragraphs, plain

_ROWS_IN_VIEW, _HEIGHT = 14, 560


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
                "Costs are yours to state. Published ones (Pemkot Malang): a house repaired Rp "
                "20,000,000; BPNTD Rp 125,000 a month for each family (2021), so Rp 1,500,000 a "
                "year."
            )
        )
        wish = stating.choose(city, selection)
    rule = _choose_rule(city, wish)
    if not work.is_done(f"plans {id(city)} {wish!r}", partial(_search, city, wish)):
        return
    plan = spending.found(city, wish, rule)
    if isinstance(plan, TableError):
        for words in spent.faults_words(city, wish, plan):
            st.warning(plain(words), icon=":material/block:")
        spent.compared(city, wish)
    else:
        _draw(city, selection, wish, plan)


def _search(city: City, wish: Wish, report: Callable[[str], None], stop: threading.Event) -> None:
    """Work out the plan of each rule; they are kept where they are worked out."""
    report("plans")
    for rule in RULES:
        if stop.is_set():
            raise CancelledError
        spending.found(city, wish, rule)


def _choose_rule(city: City, wish: Wish) -> Rule:
    chosen = state.select(
        _("Rule"), list(RULES), "optimal", rule_label, key="aturan", draw=st.segmented_control,
        required=True, width="stretch",
    )  # fmt: skip
    rule = next(rule for rule in RULES if rule == chosen)
    st.caption(plain(_rule_words(city, wish, rule)))
    return rule


def _rule_words(city: City, wish: Wish, rule: Rule) -> str:
    """Return what a rule does."""
    worst = pick(city.library.indicators[spending.worst_off(city, wish).indicator].label)
    return {
        "uniform": _("The same number in every kelurahan, or all of its need where that is less."),
        "proportional": _("To each kelurahan in proportion to its need."),
        "need_ranked": _(
            "Kelurahan one after the other, all of the need of each, until the money ends: first "
            "those where “{what}” is worst (indicator at the side)."
        ),
        "optimal": _(
            "The plan that reaches most, each times its worth. Cheap places come first; where that "
            "does not matter, those where “{what}” is worst."
        ),
    }[rule].format(what=worst)


def _draw(city: City, selection: Selection, wish: Wish, plan: Plan) -> None:
    datasets = spending.datasets(city, wish)
    frame.title(_("Plan: {rule}").format(rule=rule_label(plan.rule)), datasets)
    st.html(paragraphs(spent.told(city, wish, plan)))
    seen = _picture(city, selection, wish, plan)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader(_("On the map"), anchor=False)
        mapview.draw(city, seen, height=420)
    with right:
        st.subheader(_("By programme"), anchor=False)
        st.html(spent.programmes(city, wish, plan))
        st.subheader(_("By kecamatan"), anchor=False)
        st.html(spent.kecamatan(plan))
    spent.compared(city, wish)
    st.subheader(_("By kelurahan"), anchor=False)
    _table(city, wish, plan)
    gives = share.Offer(
        ("csv", "xlsx", "png", "html"), settings(city, wish, plan),
        lambda: rows(city, wish, plan), name=f"anggaran-{wish.period}-{plan.rule}",
        definition=_("What a budget reaches, and the share of the known need that is met."),
    )  # fmt: skip
    share.offer(city, selection, together(city, wish), seen, gives=gives)
    for one in spending.every_measure(city, wish):
        st.caption(plain(frame.title_of(city.library.indicators[one.indicator], one)))
        frame.source_line(city, one)
    panel = saved.Panel(
        kind="allocation", page="anggaran", datasets=tuple(datasets), keys=spending.KEYS,
        forget=stating.OWN_WIDGETS, compare=partial(_compare, city),
    )  # fmt: skip
    saved.offer(city, panel)


def together(city: City, wish: Wish) -> Measure:
    """Return the first need with the data sets of all that the plan is worked out from."""
    names = tuple(one.id for one in spending.datasets(city, wish))
    return replace(spending.measures(city, wish)[0], period=wish.period, datasets=names)


def _compare(city: City, first: Mapping[str, str], second: Mapping[str, str]) -> None:
    """Draw two scenarios side by side, each by its own rule."""
    rows = []
    for settings_of in (first, second):
        wish = spending.wish_of(city, settings_of)
        rule = settings_of.get("aturan", "optimal")
        if wish is None or rule not in RULES:
            st.warning(_("One of them spends on what is not there any more."))
            return
        plan = spending.found(city, wish, next(one for one in RULES if one == rule))
        if isinstance(plan, TableError):
            st.warning(
                plain(" ".join(spent.faults_words(city, wish, plan))), icon=":material/block:"
            )
            return
        rows.append(spent.row(city, wish, plan))
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


# --- table and map -----------------------------------------------------------------------------


def _table(city: City, wish: Wish, plan: Plan) -> None:
    """Draw who gets what by kelurahan; figures stay numbers, so that they sort."""
    where = places(city).reindex(plan.reached.index)
    costs = spent.costs(wish, plan)
    called = {
        name: plan.reached[each]
        for each, name in zip(spending.ids(wish), spending.names(city, wish), strict=True)
    }
    table = pd.DataFrame(
        {
            _("Kelurahan"): where[KELURAHAN],
            **called,
            _("Spent"): costs,
            _("% of need"): spent.covered(city, wish, plan) * 100,
            _("Kecamatan"): where[KECAMATAN],
        }
    ).reindex(costs.sort_values(ascending=False, kind="stable").index)
    formats: dict[str, Any] = dict.fromkeys(called, number)
    formats |= {_("Spent"): rupiah, _("% of need"): partial(number, decimals=1)}
    st.dataframe(
        table.style.format(formats, na_rep="–"), hide_index=True, placeholder="–",
        height=_HEIGHT if len(table) > _ROWS_IN_VIEW else "content",
    )  # fmt: skip


def rows(city: City, wish: Wish, plan: Plan) -> pd.DataFrame:
    """Return the plan as taken home: numbers, not words."""
    where = places(city).reindex(plan.reached.index)
    need = spending.need(city, wish)
    sides = {}
    for each, name in zip(spending.ids(wish), spending.names(city, wish), strict=True):
        sides[_("{name}: need").format(name=name)] = need[each]
        sides[_("{name}: reached").format(name=name)] = plan.reached[each]
    return pd.DataFrame(
        {
            _("Code"): plan.reached.index,
            _("Kelurahan"): where[KELURAHAN],
            _("Kecamatan"): where[KECAMATAN],
            **sides,
            f"{_('Spent')} (Rp)": spent.costs(wish, plan),
            _("% of need"): spent.covered(city, wish, plan) * 100,
        }
    )


def classes(city: City, wish: Wish, plan: Plan) -> "pd.Series[str]":
    """Return how much of the known need is met, in classes, by ``kode`` of the map."""
    kodes = city.layer[KODE]
    covered = spent.covered(city, wish, plan).reindex(kodes)
    bins = [0, 1e-9, 0.25, 0.5, 1 - 1e-9, float("inf")]  # a quarter begins the class of quarters
    labels = ["none", "few", "some", "most", "all"]
    classes = pd.cut(covered, bins, labels=labels, right=False).astype(object)
    need = spending.need(city, wish).sum(axis=1, min_count=1).reindex(kodes)
    return classes.mask(need == 0, "nobody").fillna("missing")


def _picture(city: City, selection: Selection, wish: Wish, plan: Plan) -> Picture:
    fills = ramp(5, worse=False)
    legend = {
        "none": (fills[0], _("nothing")),
        "few": (fills[1], _("under 25 % of need")),
        "some": (fills[2], _("25 to 50 %")),
        "most": (fills[3], _("50 to under 100 %")),
        "all": (fills[4], _("all of the known need")),
        "nobody": (MISSING.fill, _("nobody known to be in need")),
        "missing": (MISSING.fill, _("need not known, or not planned for")),
    }
    costs, covered = spent.costs(wish, plan), spent.covered(city, wish, plan)
    labels = [*spending.names(city, wish), _("Spent"), _("% of need")]
    tips = {
        str(kode): [
            *(number(plan.reached[name][kode]) for name in plan.reached),
            rupiah(costs[kode]),
            percent(covered[kode]),
        ]
        for kode in plan.reached.index
    }
    title = _("Share of need met: {rule}").format(rule=rule_label(plan.rule))
    told = mapview.Told(title, f"{title} {wish}", classes(city, wish, plan), labels, tips)
    return mapview.of_classes(city, selection, together(city, wish), legend, told)


# --- what is taken home ------------------------------------------------------------------------


def settings(city: City, wish: Wish, plan: Plan) -> list[tuple[str, str]]:
    """Return what was stated and what each rule gives: it stands on every download."""
    found = spending.worst_off(city, wish)
    by = frame.title_of(city.library.indicators[found.indicator], found)
    return [
        (_("Rule"), rule_label(plan.rule)),
        (
            _("Budget for all together (million Rp)"),
            number(wish.common_million) if wish.common_million else "–",
        ),
        (_("Programmes"), "; ".join(_programme_words(city, wish))),
        (_("Each kecamatan gets at least (%)"), stating.shares_words(wish.shares)),
        (_("Worst off by"), by),
        (_("Seconds to search for the largest plan"), number(wish.seconds)),
        *_results(city, wish),
        (_("Bands"), " ".join(spent.band_words())),
    ]


def _programme_words(city: City, wish: Wish) -> list[str]:
    """Return each programme as it was stated: need and period, cost, budget and limits."""
    words = _("{name} ({need}): {cost} each, own budget {budget}, {limits}")
    told = zip(spending.names(city, wish), wish.lines, spending.measures(city, wish), strict=True)
    return [
        words.format(
            name=name, need=frame.title_of(city.library.indicators[one.need], found),
            cost=rupiah(one.cost_rp), limits=stating.line_words(city, one),
            budget=rupiah(one.budget_million * MILLION) if one.budget_million else "–",
        )
        for name, one, found in told
    ]  # fmt: skip


def _results(city: City, wish: Wish) -> list[tuple[str, str]]:
    """Return what each rule gives, or why it has no plan."""
    return [
        (
            rule_label(rule),
            "; ".join(
                f"{label}: {text}" for label, text in list(spent.row(city, wish, plan).items())[1:]
            )
            if isinstance(plan, Plan)
            else " ".join(spent.faults_words(city, wish, plan)),
        )
        for rule, plan in spending.every(city, wish).items()
    ]


if __name__ == "__main__":  # as Streamlit runs a page
    show()
