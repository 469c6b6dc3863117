"""Page Metode: where every number comes from and how it is worked out."""

import pandas as pd
import streamlit as st

from kantong.geo.schema import AREA_KM2, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import state
from kantong.views.data import City
from kantong.views.words import kind_of_data, plain

_MOST_PERIODS = 3


def show() -> None:
    """Draw the page."""
    city = state.city()
    st.header(_("Method and sources"), anchor=False)
    _formulas()
    _uncertainty(city)
    _hotspots()
    _indicators(city)
    _sources(city)
    _published(city)
    _boundaries(city)


def _formulas() -> None:
    st.subheader(_("How the figures are worked out"), anchor=False)
    st.markdown(_("**Headcount ratio.** People counted, divided by all residents, times 100:"))
    st.latex(r"P_0 = \frac{q}{n} \times 100")
    st.caption("Foster, Greer, Thorbecke (1984), Econometrica 52(3), α = 0.")
    st.markdown(
        _(
            "**People per km²:** the count divided by the area of the kelurahan, measured in the "
            "UTM zone of the layer. **Share of the city's total:** the count divided by the sum "
            "of all known counts."
        )
    )
    st.markdown(
        _(
            "**Missing is missing, never zero.** Where the count or the denominator is not known, "
            "or the denominator is zero, there is no rate; the map is hatched and "
            "the table says why."
        )
    )
    st.markdown(
        _(
            "**Ranks.** Equal figures share the best rank and the next ranks are skipped "
            "(1, 1, 3). A sign = marks them."
        )
    )
    st.markdown(
        _(
            "**Classes on the map.** Quantiles put equal numbers of areas in each class; natural "
            "breaks (Fisher 1958, Jenks 1977) keep similar figures together; equal intervals "
            "divide the range; standard deviations set apart what is far from the mean; head/tail "
            "breaks (Jiang 2013) part the few large from the many small. The fit (goodness of "
            "absolute deviation, Slocum 2005) says how much of the spread the classes take up, 1 "
            "being all. The same figures can look different in each: compare them before you "
            "conclude."
        )
    )


def _uncertainty(city: City) -> None:
    st.markdown(
        _(
            "**Intervals (95 %).** Shares of residents: Wilson (1927). Counts and densities: the "
            "exact Poisson interval (Garwood 1936). They show chance alone, not faults of a "
            "register."
        )
    )
    st.markdown(
        _(
            "**Small counts** could point to a person and are covered; where a single one could be "
            "worked out from the total, one more is covered with it. Sums of the city keep them. "
            "Small is: {limits}."
        ).format(limits=plain(_limits(city)))
    )


def _limits(city: City) -> str:
    """Return from which count on indicators are shown, by the catalogue."""
    named: dict[int, list[str]] = {}
    for one in city.indicators().values():
        if one.kind != "rate":
            named.setdefault(one.smallest_shown, []).append(pick(one.label))
    usual = max(named, key=lambda limit: (len(named[limit]), limit), default=0)
    others = "".join(
        f"; {', '.join(names)}: {_small(limit)}"
        for limit, names in sorted(named.items())
        if limit != usual
    )
    return f"{_small(usual)}{others}"


def _small(limit: int) -> str:
    """Return which counts are covered where so many are the smallest shown."""
    if limit <= 1:
        return _("none")
    return _("{first} to {last}").format(first=number(1), last=number(limit - 1))


def _hotspots() -> None:
    st.subheader(_("How hotspots are found"), anchor=False)
    st.markdown(
        _(
            "**Neighbours** are kelurahan that touch, corners too (queen contiguity; Cliff and Ord "
            "1973), with 5 m of tolerance for borders that do not quite meet. Others can be chosen."
        )
    )
    st.markdown(
        _(
            "**Gi\\*** (Ord and Getis 1995) compares the figures of a kelurahan and its neighbours "
            "with those of the city; **local Moran** (Anselin 1995) also finds exceptions, high "
            "among low and low among high:"
        )
    )
    st.latex(r"G_i^* = \frac{\sum_j w_{ij} x_j - \bar{x} W_i}{s \sqrt{(n S_i - W_i^2)/(n-1)}}")
    st.latex(r"I_i = (n-1)\, \frac{z_i \sum_j w_{ij} z_j}{\sum_j z_j^2}")
    st.markdown(
        _(
            "**p** is by conditional permutation: a kelurahan keeps its figure, all others are "
            "dealt out to its neighbours about 100,000 times; each answer says how often. It is "
            "two-sided: twice the smaller share of draws at least, or at most, as large. It is "
            "never below 2 in 100,000."
        )
    )
    st.markdown(
        _(
            "**Correction.** Whoever looks at many kelurahan finds some by chance. The false "
            "discovery rate (Benjamini and Hochberg 1995) holds the expected share of false ones "
            "among those found; Bonferroni the chance of even one."
        )
    )
    st.markdown(
        _(
            "**Shares made steady.** Empirical Bayes (Marshall 1991) draws shares of few residents "
            "towards the city's; the adjusted share (Assunção and Reis 1999) measures each by what "
            "chance allows at its number of residents. Shares smoothed over neighbours are never "
            "tested: smoothing would make pockets of noise."
        )
    )
    st.markdown(
        _(
            "**Ranks** are simulated: shares from the Beta, counts from the Gamma distribution "
            "that belongs to the count (Jeffreys). **Through time** the Gi\\* of each period is "
            "tested for a trend (Mann 1945, Kendall 1975). **Circles** are those of Kulldorff "
            "(1997): in which circle do more people fall than residents would explain?"
        )
    )
    st.markdown(
        _(
            "All of it speaks of the figures as they were counted. Whom a register misses, no "
            "statistic finds."
        )
    )


def _indicators(city: City) -> None:
    st.subheader(_("Indicators and their denominators"), anchor=False)
    rows = [
        (
            pick(indicator.label),
            pick(indicator.unit),
            _formula(city, indicator),
            _span(city.periods(indicator.id)),
            pick(indicator.definition),
        )
        for indicator in city.indicators().values()
    ]
    headings = [_("Indicator"), _("Unit"), _("Formula"), _("Periods"), _("Definition")]
    st.dataframe(
        pd.DataFrame(rows, columns=headings),
        hide_index=True,
        column_config={_("Formula"): st.column_config.TextColumn(width="medium")},
    )
    st.caption(
        _(
            "Numerator and denominator may be of different periods: the denominator is the latest "
            "one that is not after the numerator, else the first there is. Both are stated."
        )
    )


def _span(periods: list[str]) -> str:
    """Return periods as text: the first and the last where there are many."""
    many = len(periods) > _MOST_PERIODS
    return f"{periods[0]} – {periods[-1]} ({len(periods)})" if many else ", ".join(periods)


def _formula(city: City, indicator: Indicator) -> str:
    if indicator.kind != "rate":
        return "–"
    labels = city.library.indicators
    above = pick(labels[indicator.numerator].label)
    area = indicator.denominator == AREA_KM2
    below = _("area in km²") if area else pick(labels[indicator.denominator].label)
    return f"{above} / {below} × {number(indicator.scale)}"


def _sources(city: City) -> None:
    st.subheader(_("Sources"), anchor=False)
    rows = [
        (
            kind_of_data([dataset]),
            pick(dataset.title),
            dataset.source,
            dataset.licence,
            pick(dataset.note),
            dataset.path,
            dataset.sha256[:16],
        )
        for dataset in city.datasets_in_use()
    ]
    headings = [
        _("Kind of data"), _("Data set"), _("Source"), _("Licence"), _("Note"), _("File"),
        "SHA-256",
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=headings), hide_index=True)


def _published(city: City) -> None:
    series = city.library.city_series
    if series.empty:
        return
    st.subheader(_("Published figures of the whole city (BPS)"), anchor=False)
    table = pd.DataFrame(
        {
            _("Year"): [f"{year:.0f}" for year in series["year"]],
            _("Poor people (thousand)"): [number(value, 2) for value in series["poor_thousand"]],
            "P0 (%)": [number(value, 2) for value in series["p0_percent"]],
            "P1": [number(value, 2) for value in series["p1"]],
            "P2": [number(value, 2) for value in series["p2"]],
            _("Poverty line (Rp a head and month)"): [
                number(value) for value in series["poverty_line_rp"]
            ],
            _("Source"): series["source"],
        }
    )
    st.dataframe(table, hide_index=True)
    st.caption(_("A dash means that the figure was not found, not zero."))


def _boundaries(city: City) -> None:
    st.subheader(_("Boundaries"), anchor=False)
    st.markdown(
        _("{source}. Simplified to {metres} m; areas measured in {crs}.").format(
            source=plain(city.about.get("attribution", "")),
            metres=number(float(city.about.get("tolerance_m", "nan")), 1),
            crs=plain(city.about.get("measured_in", "")),
        )
    )
    if city.report:
        with st.expander(_("What was changed in building them")):
            st.code(city.report, language=None)


if __name__ == "__main__":  # as Streamlit runs a page
    show()
