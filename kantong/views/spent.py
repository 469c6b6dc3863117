"""What follows from a plan: sentences, the rules side by side, and who gets what."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from kantong.analysis.allocation import COVERED, NEED, REACHED, SPENT_RP, Plan
from kantong.analysis.optimum import LARGEST
from kantong.geo.errors import Fault, TableError, quote
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.views import charts, spending
from kantong.views.data import City
from kantong.views.places import names_of
from kantong.views.spending import DRAWS, MILLION, Wish, rule_label
from kantong.views.words import plain, table

if TYPE_CHECKING:
    from kantong.analysis.filling import Rule

_CLOSE = 0.5


def reached(plan: Plan) -> int:
    """Return how many a plan reaches, all programmes together."""
    return int(plan.reached.sum().sum())


def faults_words(city: City, wish: Wish, error: TableError) -> list[str]:
    """Return why there is no plan, one text for each reason; programmes by their names."""
    called = {quote(each): f"“{name}”" for each, name in _names(city, wish).items()}
    return [_named(fault, called).describe(_, number) for fault in error.faults]


def _named(fault: Fault, called: dict[str, str]) -> Fault:
    details = dict(fault.details)
    if "name" in details:
        details["name"] = called.get(str(details["name"]), details["name"])
    return Fault(fault.message, **details)


def _names(city: City, wish: Wish) -> dict[str, str]:
    return dict(zip(spending.ids(wish), spending.names(city, wish), strict=True))


# --- sentences ---------------------------------------------------------------------------------


def told(city: City, wish: Wish, plan: Plan) -> Iterator[str]:
    """Yield what the plan does, as it would be read aloud."""
    words = _(
        "With {spent} the plan reaches {reached} ({units}): {covered} % of the need that is known. "
        "{unspent} are left."
    )
    yield words.format(
        spent=rupiah(int(plan.spent_rp.sum())), reached=number(reached(plan)),
        units=spending.units(city, wish), covered=number(plan.covered * 100, 1),
        unspent=rupiah(plan.unspent_rp),
    )  # fmt: skip
    yield from _against(city, wish, plan)
    yield from _by_chance(city, wish, plan)
    yield from _fairness(plan)
    yield from _left_out(city, wish, plan)
    for fault in plan.missed:
        yield _("Not kept: {what}").format(what=fault.describe(_, number))
    if plan.gap and plan.gap > 1e-6:  # noqa: PLR2004 - the solver's own rounding
        words = _(
            "The search was ended after {seconds} seconds: the best may be up to {percent} % "
            "better."
        )
        more = number(max(plan.gap * 100, 0.1), 1)
        yield words.format(seconds=number(wish.seconds * LARGEST, 1), percent=more)


def _against(city: City, wish: Wish, plan: Plan) -> Iterator[str]:
    """Yield how much the plan differs from another rule, and whether more than by chance."""
    other: Rule = "optimal" if plan.rule == "uniform" else "uniform"
    beside = spending.found(city, wish, other)
    if not isinstance(beside, Plan):
        return
    more = reached(plan) - reached(beside)
    words = _("That is as many as by the rule “{rule}”.")
    if more:
        words = _("That is {more} more than by the rule “{rule}” ({other}).")
    if more < 0:
        words = _("That is {more} fewer than by the rule “{rule}” ({other}).")
    yield words.format(
        more=number(abs(more)), rule=rule_label(other), other=number(reached(beside))
    )
    low, high = spending.ahead(city, wish, plan.rule, other)
    if high - low >= _CLOSE:
        yield _ahead_words(low, high)


def _ahead_words(low: float, high: float) -> str:
    """Return how many more in need a plan meets than another, as far as chance lets it be told."""
    words = _(
        "Counting those in need again, the plan meets between {low} and {high} more of them than "
        "that rule (95 %): that is larger than chance."
    )
    if high < 0:
        low, high = -high, -low
        words = _(
            "Counting those in need again, the plan meets between {low} and {high} fewer of them "
            "than that rule (95 %): that is larger than chance."
        )
    elif low <= 0:
        words = _(
            "Counting those in need again, the plan meets between {low} and {high} more of them "
            "than that rule (95 %): that is no larger than chance, and which rule meets more is "
            "not sure."
        )
        return words.format(
            low=number(round(low), signed=True), high=number(round(high), signed=True)
        )
    return words.format(low=number(round(low)), high=number(round(high)))


def _by_chance(city: City, wish: Wish, plan: Plan) -> Iterator[str]:
    around = spending.banded(city, wish, plan.rule)
    low, high = around.in_need
    if low > reached(plan) - _CLOSE or math.isnan(around.leakage[1]):
        return
    words = _(
        "By chance of the counts alone {low} to {high} of these places would meet somebody in need "
        "(95 %), if the plan finds them; up to {leak} % would not."
    )
    yield words.format(
        low=number(round(low)), high=number(round(high)),
        leak=number(around.leakage[1] * 100, 1),
    )  # fmt: skip


def _fairness(plan: Plan) -> Iterator[str]:
    served = plan.by_kecamatan[COVERED].dropna()
    if len(served) < 2 or math.isnan(plan.lowest_to_highest):  # noqa: PLR2004 - one has no other
        return
    words = _(
        "Fairness: in kecamatan {least} {low} % of the need is met, in {most} {high} %; that is "
        "{ratio} % of it, where 100 % would be alike."
    )
    yield words.format(
        least=served.idxmin(), most=served.idxmax(), low=number(served.min() * 100, 1),
        high=number(served.max() * 100, 1), ratio=number(plan.lowest_to_highest * 100),
    )  # fmt: skip
    apart = 2 * plan.gini * served.mean() * len(served) / (len(served) - 1)
    words = _(
        "Two kecamatan differ by {apart} percentage points on average (Gini {gini}; 0 is alike, "
        "near 1 one has all)."
    )
    yield words.format(apart=number(apart * 100, 1), gini=number(plan.gini, 2))


def _left_out(city: City, wish: Wish, plan: Plan) -> Iterator[str]:
    """Yield where nothing goes, and why."""
    known = plan.reached.dropna(how="all")
    empty = known.index[known.fillna(0).sum(axis=1) == 0]
    if len(empty):
        words = _("Nothing goes to {count} kelurahan: {names}.")
        yield words.format(count=number(len(empty)), names=names_of(city, [str(k) for k in empty]))
    called = _names(city, wish)
    for each, count in plan.left_out[plan.left_out > 0].items():
        words = _("“{name}” is not known, or too small to show, in {count} kelurahan: left out.")
        yield words.format(name=called[str(each)], count=number(int(count)))
    need = spending.need(city, wish)
    for each, line in zip(called, wish.lines, strict=True):
        least = -(-max(line.floor, 1) // line.size) * line.size  # whole classes
        few = int(((need[each] > 0) & (need[each] < least)).sum())
        if few:
            words = _(
                "“{name}”: in {count} kelurahan fewer than {least} are in need, too few for a "
                "class or for the fewest that it goes to; nothing goes there."
            )
            yield words.format(name=called[each], count=number(few), least=number(least))


# --- rules side by side ------------------------------------------------------------------------


def compared(city: City, wish: Wish) -> None:
    """Draw the four rules side by side; where a rule has no plan, why."""
    plans = spending.every(city, wish)
    there = [plan for plan in plans.values() if isinstance(plan, Plan)]
    for rule, plan in plans.items():
        if not isinstance(plan, Plan):
            st.caption(
                f"{plain(rule_label(rule))}: {plain(' '.join(faults_words(city, wish, plan)))}"
            )
    if not there:
        return
    st.subheader(_("Rules side by side"), anchor=False)
    st.altair_chart(charts.bands(_drawn(city, wish, there), _("In need and reached")),
                    width="stretch")  # fmt: skip
    rows = pd.DataFrame([row(city, wish, plan) for plan in there])
    st.dataframe(rows, hide_index=True, height="content")
    st.caption(" ".join(band_words()))


def band_words() -> list[str]:
    """Return what the bands mean, and what is not in them."""
    return [
        _(
            "Bands (95 %): counts could have come out otherwise by chance; each need is drawn "
            "{draws} times again and meets the plan as it stands. Lists of those served are taken "
            "as they are. Not in the bands: wrong entries in a list, and people who are not found."
        ).format(draws=number(DRAWS)),
        _(
            "Not in need: share of those reached for whom nobody in need would be there (leakage); "
            "how many recipients are not poor is not known by kelurahan."
        ),
        _(
            "Lowest to highest: share of need met in the worst served kecamatan over that in the "
            "best served; 100 % is alike. Gini: 0 is alike, 1 is all to one."
        ),
    ]  # fmt: skip


def _drawn(city: City, wish: Wish, plans: list[Plan]) -> pd.DataFrame:
    rows = []
    for plan in plans:
        low, high = spending.banded(city, wish, plan.rule).in_need
        text = _("{lower} to {upper}").format(lower=number(round(low)), upper=number(round(high)))
        rows.append((rule_label(plan.rule), reached(plan), low, high, text))
    return pd.DataFrame(rows, columns=["name", "value", "lower", "upper", "text"])


def row(city: City, wish: Wish, plan: Plan) -> dict[str, str]:
    """Return what a plan is worth, as a row of the table of rules."""
    around = spending.banded(city, wish, plan.rule)
    return {
        _("Rule"): rule_label(plan.rule),
        _("Reached"): number(reached(plan)),
        _("In need"): _between(around.in_need, 1, 0),
        _("% of need"): f"{number(plan.covered * 100, 1)} ({_between(around.covered, 100, 1)})",
        _("% not in need"): _between(around.leakage, 100, 1),
        _("Spent"): rupiah(int(plan.spent_rp.sum())),
        _("Lowest to highest"): percent(plan.lowest_to_highest),
        "Gini": number(plan.gini, 2),
    }


def _between(bounds: tuple[float, float], times: int, decimals: int) -> str:
    low, high = (number(round(one * times, decimals), decimals) for one in bounds)
    return low if low == high else _("{lower} to {upper}").format(lower=low, upper=high)


def percent(share_of: float) -> str:
    """Return a share between 0 and 1 as per cent; a dash where it is not known."""
    return "–" if pd.isna(share_of) else f"{number(share_of * 100)} %"


# --- who gets what -----------------------------------------------------------------------------


def programmes(city: City, wish: Wish, plan: Plan) -> str:
    """Return what each programme reaches, as a small table in HTML."""
    known = spending.need(city, wish).sum()
    units = [pick(city.library.indicators[one.need].unit) for one in wish.lines]
    rows = [
        (
            name, f"{number(int(plan.reached[each].sum()))} {unit}", number(known[each]),
            number(int((plan.reached[each] > 0).sum())), _million(plan.spent_rp[each]),
        )
        for (each, name), unit in zip(_names(city, wish).items(), units, strict=True)
    ]  # fmt: skip
    headings = (_("Programme"), _("Reached"), _("In need"), _("Kelurahan"), _("Million Rp"))
    return table(headings, rows, figures=4)


def kecamatan(plan: Plan) -> str:
    """Return what each kecamatan gets, as a small table in HTML."""
    rows = [
        (
            str(name), number(each[REACHED]), number(each[NEED]),
            "–" if pd.isna(each[COVERED]) else number(each[COVERED] * 100, 1),
            _million(each[SPENT_RP]),
        )
        for name, each in plan.by_kecamatan.iterrows()
    ]  # fmt: skip
    headings = (_("Kecamatan"), _("Reached"), _("In need"), _("% of need"), _("Million Rp"))
    return table(headings, rows, figures=4)


def _million(amount_rp: float) -> str:
    return number(amount_rp / MILLION, 1)


def costs(wish: Wish, plan: Plan) -> "pd.Series[float]":
    """Return what is spent in each kelurahan, in rupiah."""
    cost = pd.Series([one.cost_rp for one in wish.lines], plan.reached.columns, dtype=float)
    return plan.reached.fillna(0).mul(cost, axis=1).sum(axis=1)


def covered(city: City, wish: Wish, plan: Plan) -> "pd.Series[float]":
    """Return the share of the known need that is met, by ``kode``; NaN where none is known."""
    known = spending.need(city, wish).sum(axis=1, min_count=1)
    return plan.reached.sum(axis=1, min_count=1) / known.where(known > 0)
