"""Charts by Altair: marks, axes and words; what they show is worked out elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from kantong.language import gettext as _
from kantong.language import language, number

_BLUE, _ORANGE, _GREY = "#2f6fa8", "#c04d00", "#8a8f98"


def _axis() -> alt.Axis:
    """Return an axis whose numbers are written as the user's locale does.

    Vega's own locale would do it, but Streamlit does not hand it on; English is Vega's default.
    """
    if language() == "en":
        return alt.Axis()
    parted = "replace(datum.label, regexp(',', 'g'), ' ')"
    return alt.Axis(labelExpr=f"replace(replace({parted}, '.', ','), regexp(' ', 'g'), '.')")


def scatter(frame: pd.DataFrame, across: str, up: str, *, chosen: str) -> Any:  # noqa: ANN401
    """Return points of two figures; a rectangle selects areas, a click lets go of them.

    Parameters
    ----------
    frame
        Columns ``kode``, ``name``, ``x``, ``y``, all known, and these as text: ``x_text``,
        ``y_text``.
    across, up
        Titles of the axes.
    chosen
        ``kode`` drawn larger.
    """
    brush = alt.selection_interval(name="areas", encodings=["x", "y"])
    mark = alt.when(brush, empty=False).then(alt.value(_ORANGE)).otherwise(alt.value(_GREY))
    return (
        alt.Chart(frame)
        .mark_circle(opacity=0.85)
        .encode(
            x=alt.X("x:Q", title=across, axis=_axis(), scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", title=up, axis=_axis(), scale=alt.Scale(zero=False)),
            color=mark,
            size=alt.condition(f"datum.kode == {chosen!r}", alt.value(220), alt.value(70)),
            tooltip=[
                alt.Tooltip("name:N", title=_("Kelurahan")),
                alt.Tooltip("x_text:N", title=across),
                alt.Tooltip("y_text:N", title=up),
            ],
        )
        .add_params(brush)
        .properties(height=420)
    )


def moran(frame: pd.DataFrame, across: str, up: str, *, chosen: str, slope: float) -> Any:  # noqa: ANN401
    """Return a scatter with lines through the middle and one that rises by a slope.

    Parameters
    ----------
    frame, across, up, chosen
        As for :func:`scatter`; both figures have the mean 0.
    slope
        Of the line through the middle.
    """
    points = scatter(frame, across, up, chosen=chosen)
    ends = frame["x"].agg(["min", "max"]).tolist() if len(frame) else []
    line = pd.DataFrame({"x": ends, "y": [slope * x for x in ends]})
    middle = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=_GREY, strokeDash=[3, 3])
    rising = alt.Chart(line).mark_line(color=_BLUE, strokeWidth=2).encode(x="x:Q", y="y:Q")
    layers = (middle.encode(x="at:Q"), middle.encode(y="at:Q"), rising, points)
    return alt.layer(*layers).properties(height=420)


def target(frame: pd.DataFrame, title: str) -> Any:  # noqa: ANN401
    """Return what was observed over the years, with intervals where known, and ways to a target.

    Parameters
    ----------
    frame
        Columns ``year``, ``value``, ``kind`` (its first is what was observed), ``lower`` and
        ``upper`` (NaN where not known).
    title
        Of the vertical axis.
    """
    observed = frame["kind"] == frame["kind"].iloc[0]
    years = alt.X("year:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1),
                  scale=alt.Scale(zero=False))  # fmt: skip
    value = alt.Y("value:Q", title=title, axis=_axis(), scale=alt.Scale(zero=False))
    colour = alt.Color(
        "kind:N", title=None, sort=None,
        legend=alt.Legend(orient="top", direction="vertical"),
        scale=alt.Scale(range=[_ORANGE, _BLUE, _GREY]),
    )  # fmt: skip
    told = [alt.Tooltip("year:Q", format="d"), alt.Tooltip("text:N", title=title)]
    frame = frame.assign(text=frame["value"].map(number))
    lines = alt.Chart(frame).mark_line(point=True).encode(
        x=years, y=value, color=colour, tooltip=told,
        strokeDash=alt.StrokeDash("kind:N", sort=None, legend=None),
    )  # fmt: skip
    known = frame[observed].dropna()
    if known.empty:  # a layer without marks is a picture without words for the blind
        return lines.properties(height=320)
    spans = alt.Chart(known).mark_rule(color=_ORANGE, strokeWidth=2)
    bounds = spans.encode(x=years, y=alt.Y("lower:Q", title=title), y2="upper:Q")
    return alt.layer(bounds, lines).properties(height=320)


def inside(points: pd.DataFrame, area: Mapping[str, Sequence[float]]) -> list[str]:
    """Return the areas whose points ``x`` and ``y`` lie in the rectangle drawn, by the index."""
    across = points["x"].between(min(area["x"]), max(area["x"]))
    up = points["y"].between(min(area["y"]), max(area["y"]))
    return [str(kode) for kode in points.index[across & up]]


def trend(frame: pd.DataFrame, title: str) -> Any:  # noqa: ANN401
    """Return lines over periods with intervals where they are known.

    Parameters
    ----------
    frame
        Columns ``period``, ``value``, ``who`` (area or city), ``text``, ``lower``, ``upper``;
        only the first of ``who`` has an interval.
    title
        Of the vertical axis.
    """
    who = sorted(frame["who"].unique(), key=list(frame["who"]).index)
    colours = alt.Scale(domain=who, range=[_ORANGE, _GREY, _BLUE][: len(who)])
    base = alt.Chart(frame).encode(x=alt.X("period:O", title=None, axis=alt.Axis(labelAngle=0)))
    hover = [
        alt.Tooltip("who:N", title=" "),
        alt.Tooltip("period:O", title=_("Period")),
        alt.Tooltip("text:N", title=title),
    ]
    band = base.mark_area(opacity=0.18, color=_ORANGE).encode(
        y="lower:Q", y2="upper:Q", detail="who:N"
    )
    line = base.mark_line(point=alt.OverlayMarkDef(size=60), strokeWidth=2.5).encode(
        y=alt.Y("value:Q", title=title, axis=_axis(), scale=alt.Scale(zero=False)),
        color=alt.Color("who:N", scale=colours, title=None, legend=alt.Legend(orient="top")),
        strokeDash=alt.StrokeDash("who:N", sort=who, legend=None),
        tooltip=hover,
    )
    return alt.layer(band, line).properties(height=230)


def bars(frame: pd.DataFrame, title: str) -> Any:  # noqa: ANN401
    """Return bars side by side.

    Parameters
    ----------
    frame
        Columns ``group``, ``who``, ``value``, ``text``, in the order shown.
    title
        Of the vertical axis.
    """
    groups, who = list(frame["group"].unique()), list(frame["who"].unique())
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("group:N", sort=groups, title=None, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("who:N", sort=who),
            y=alt.Y("value:Q", title=title, axis=_axis()),
            color=alt.Color(
                "who:N",
                scale=alt.Scale(domain=who, range=[_ORANGE, _GREY][: len(who)]),
                title=None,
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("who:N", title=" "),
                alt.Tooltip("group:N", title=" "),
                alt.Tooltip("text:N", title=title),
            ],
        )
        .properties(height=230)
    )


def lollipops(frame: pd.DataFrame, title: str) -> Any:  # noqa: ANN401
    """Return one figure of several areas, the area itself first.

    Parameters
    ----------
    frame
        Columns ``name``, ``value``, ``text``, ``kind`` (``own``, ``neighbour``, ``city``).
    title
        Of the horizontal axis.
    """
    colours = alt.Scale(domain=["own", "neighbour", "city"], range=[_ORANGE, _GREY, _BLUE])
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", sort=list(frame["name"]), title=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X("value:Q", title=title, axis=_axis()),
        color=alt.Color("kind:N", scale=colours, legend=None),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title=title)],
    )
    both = alt.layer(base.mark_bar(height=4), base.mark_circle(size=140, opacity=1))
    return both.properties(height=alt.Step(24))


def rank_intervals(frame: pd.DataFrame, cut: int) -> Any:  # noqa: ANN401
    """Return ranks with their intervals; those on neither side of the cut for sure are grey.

    Parameters
    ----------
    frame
        Columns ``name``, ``rank``, ``lower``, ``upper``, ``undecided`` (bool), ``text``, in the
        order shown.
    cut
        The list ends with this rank.
    """
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", sort=list(frame["name"]), title=None, axis=alt.Axis(labelLimit=220)),
        color=alt.condition("datum.undecided", alt.value(_GREY), alt.value(_ORANGE)),
        tooltip=[
            alt.Tooltip("name:N", title=_("Kelurahan")),
            alt.Tooltip("text:N", title=_("Rank")),
        ],
    )
    scale = alt.Scale(domain=[1, max(cut + 1, int(frame["upper"].max()))], nice=False)
    across = alt.X("lower:Q", title=_("Rank"), scale=scale)
    lines = base.mark_rule(strokeWidth=4, strokeCap="round", opacity=0.55).encode(
        x=across, x2="upper:Q"
    )
    dots = base.mark_circle(size=90, opacity=1).encode(x=alt.X("rank:Q", scale=scale))
    end = (
        alt.Chart(pd.DataFrame({"cut": [cut + 0.5]}))
        .mark_rule(strokeDash=[5, 4], color=_BLUE)
        .encode(x=alt.X("cut:Q", scale=scale))
    )
    return alt.layer(end, lines, dots).properties(height=alt.Step(22))


def bands(frame: pd.DataFrame, title: str) -> Any:  # noqa: ANN401
    """Return a figure of each choice as a dot, and the band that chance puts it in as a bar.

    Parameters
    ----------
    frame
        Columns ``name``, ``value``, ``lower``, ``upper``, ``text`` (of the band), in the order
        shown.
    title
        Of the horizontal axis.
    """
    base = alt.Chart(frame.assign(reached=frame["value"].map(number))).encode(
        y=alt.Y("name:N", sort=list(frame["name"]), title=None, axis=alt.Axis(labelLimit=220)),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("reached:N", title=_("Reached")),
            alt.Tooltip("text:N", title=title),
        ],
    )
    across = alt.X("lower:Q", title=title, axis=_axis(), scale=alt.Scale(zero=False))
    bars = base.mark_rule(strokeWidth=6, strokeCap="round", opacity=0.55, color=_ORANGE)
    dots = base.mark_circle(size=110, opacity=1, color=_BLUE).encode(x="value:Q")
    return alt.layer(bars.encode(x=across, x2="upper:Q"), dots).properties(height=alt.Step(28))
