"""How figures look: classes, colours, patterns and decimals have their one home here."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.analysis.measures import Measure
from kantong.analysis.suppression import is_suppressed
from kantong.geo.schema import Indicator

Figures = npt.NDArray[np.float64]

OWN = "own"
STD_MEAN = "std_mean"
SCHEMES = ("quantiles", "natural_breaks", "equal_interval", STD_MEAN, "head_tail", OWN)
CLASSES = 5
FEWEST_CLASSES, MOST_CLASSES = 2, 7
_QUANTILES = "quantiles"
_SCHEMES_WITH_K = {"natural_breaks": "FisherJenks", "equal_interval": "EqualInterval"}
_CHANGE_SHARES = (1 / 3, 2 / 3)

# Hues after ColorBrewer YlOrRd and PuBu, set at even steps of lightness (L* 96 to 29 and 96 to 25)
# so that any number of classes stays apart in grey; tests/maps/test_style.py holds the distances.
_NEED = {
    1: "#fd6830",
    2: "#fff5b4 #8d0026",
    3: "#fff5b4 #fd6830 #8d0026",
    4: "#fff5b4 #fe9f43 #ea2d20 #8d0026",
    5: "#fff5b4 #feb651 #fd6830 #d71320 #8d0026",
    6: "#fff5b4 #ffc45f #fd8b3b #f64326 #c90923 #8d0026",
    7: "#fff5b4 #ffcd69 #fe9f43 #fd6830 #ea2d20 #c00225 #8d0026",
}
_SERVICE = {
    1: "#5199c6",
    2: "#f8f1f8 #023f62",
    3: "#f8f1f8 #5199c6 #023f62",
    4: "#f8f1f8 #93b5d6 #1b79b5 #023f62",
    5: "#f8f1f8 #b2c3de #5199c6 #056aa6 #023f62",
    6: "#f8f1f8 #c4cbe3 #78aad0 #2d87bb #046198 #023f62",
    7: "#f8f1f8 #cfd1e6 #93b5d6 #5199c6 #1b79b5 #045b8e #023f62",
}
# Around a middle: both sides grow darker, so in grey the lower side is told by its stripes.
_ORANGE = ("#ffc884", "#d97c12", "#904408")
_BLUE = ("#c8e0ed", "#529bc7", "#16518f")
_NEUTRAL = "#f4f4f4"


@dataclass(frozen=True)
class Pattern:
    """A fill told by its strokes: on the web map, in legends, pictures and prints alike.

    Parameters
    ----------
    name
        As in ``url(#name)``.
    ground, ink
        Colours of the ground and of the strokes or dots.
    kind
        ``diagonal`` (rising), ``falling``, ``dots``, ``stripes`` (horizontal) or ``crossed``
        (falling over stripes).
    """

    name: str
    ground: str
    ink: str
    kind: str

    @property
    def fill(self) -> str:
        """The value of an SVG ``fill``."""
        return f"url(#{self.name})"

    def svg(self) -> str:
        """Return the SVG ``<pattern>``, six units wide, or eight to leave more of the ground."""
        size = 8 if self.kind == "falling" else 6
        across = f'<path d="M0,3H6" stroke="{self.ink}"/>'
        stroke = {
            "diagonal": f'<path d="M-1,1L1,-1M0,6L6,0M5,7L7,5" stroke="{self.ink}"/>',
            "falling": f'<path d="M-1,7l2,2M-1,-1l10,10M7,-1l2,2" stroke="{self.ink}" '
            'stroke-width=".7"/>',
            "dots": f'<circle cx="3" cy="3" r="1" fill="{self.ink}"/>',
            "stripes": across,
            "crossed": f'{across}<path d="M-1,5l2,2M-1,-1l8,8M5,-1l2,2" stroke="{self.ink}"/>',
        }[self.kind]
        return (
            f'<pattern id="{self.name}" width="{size}" height="{size}" '
            f'patternUnits="userSpaceOnUse"><rect width="{size}" height="{size}" '
            f'fill="{self.ground}"/>{stroke}</pattern>'
        )

    def css(self) -> str:
        """Return the CSS ``background`` that looks like it."""
        across = (
            f"repeating-linear-gradient({self.ground} 0 2.5px,{self.ink} 2.5px 3.5px,"
            f"{self.ground} 3.5px 6px)"
        )
        return {
            "diagonal": f"repeating-linear-gradient(135deg,{self.ink} 0 1px,{self.ground} 1px 4px)",
            "falling": f"repeating-linear-gradient(45deg,{self.ink} 0 1px,{self.ground} 1px 6px)",
            "dots": f"radial-gradient({self.ink} 1px,{self.ground} 1.5px) 0 0/6px 6px",
            "stripes": across,
            "crossed": f"repeating-linear-gradient(45deg,{self.ink} 0 1px,transparent 1px 4px),"
            f"{across}",
        }[self.kind]


MISSING = Pattern("missing", "#e4e4e4", "#757575", "diagonal")
SUPPRESSED = Pattern("suppressed", "#ffffff", "#555555", "dots")
ALONE = Pattern("alone", "#ffffff", "#757575", "stripes")
UNCERTAIN = Pattern("uncertain", "#ffffff", "#000000", "falling")
_STRIPED = tuple(
    Pattern(f"below-{colour[1:]}", colour, "#ffffff" if step else "#5b6b77", "stripes")
    for side in (_ORANGE, _BLUE)
    for step, colour in enumerate(side)
)


def _hatched(colour: str) -> Pattern:
    """Return the pattern of a class colour whose figure is too uncertain."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    is_dark = 0.299 * red + 0.587 * green + 0.114 * blue < _DARK
    return Pattern(f"uncertain-{colour[1:]}", colour, _ON_DARK if is_dark else "#000000", "falling")


# Brightness (ITU-R BT.601, 0 to 255) below which black strokes are not seen. Light ones make a
# class look lighter than it is: they are grey, and on the darkest classes only.
_DARK, _ON_DARK = 60, "#929292"
_HATCHED = {
    colour: _hatched(colour)
    for palette in (_NEED, _SERVICE, {0: " ".join((*_ORANGE, *_BLUE, _NEUTRAL))})
    for colours in palette.values()
    for colour in colours.split()
} | {
    pattern.fill: replace(pattern, name=f"uncertain-{pattern.name}", kind="crossed")
    for pattern in _STRIPED
}
# Two figures at once: a row a class of the first, a column a class of the second. From the first
# row's last to the last row's first each is darker, so grey keeps the order; orange to blue tells
# the second to every eye.
BIVARIATE = (
    ("#ffb573", "#e6dac9", "#e8f5ff"),
    ("#c26b00", "#9d968c", "#89b3cf"),
    ("#693800", "#605647", "#357293"),
)
# The same rows where the second figure is not known.
BIVARIATE_UNKNOWN = tuple(
    Pattern(f"unknown-{row[0][1:]}", row[0], ink, "diagonal")
    for row, ink in zip(BIVARIATE, ("#7a3f00", "#ffffff", "#ffffff"), strict=True)
)
_PATTERNS = {
    pattern.fill: pattern
    for pattern in (
        MISSING, SUPPRESSED, ALONE, UNCERTAIN, *_STRIPED, *_HATCHED.values(), *BIVARIATE_UNKNOWN
    )
}  # fmt: skip


# The surer a pocket, the darker. Cold sides are striped, so that grey tells them from hot ones.
_HOTSPOTS: dict[str, Pattern | str] = {
    **dict(zip(("hot_90", "hot_95", "hot_99"), _ORANGE, strict=True)),
    **dict(zip(("cold_90", "cold_95", "cold_99"), _STRIPED[len(_ORANGE) :], strict=True)),
    "high_high": _ORANGE[2],
    "low_low": _STRIPED[len(_ORANGE) + 2],
    "high_low": _ORANGE[0],
    "low_high": _STRIPED[len(_ORANGE)],
    "not_significant": _NEUTRAL,
    "no_neighbours": ALONE,
    "missing": MISSING,
}


def hotspot_fill(name: str) -> str:
    """Return the SVG fill of a class of hotspots (:mod:`kantong.analysis.hotspots`)."""
    found = _HOTSPOTS[name]
    return found.fill if isinstance(found, Pattern) else found


def hatched(fill: str) -> str:
    """Return the SVG fill of a class whose figure is too uncertain; patterns of no figure stay."""
    return _HATCHED[fill].fill if fill in _HATCHED else fill


def pattern_definitions(fills: Iterable[str] = ()) -> str:
    """Return the inside of an SVG ``<defs>`` for the patterns that fills name.

    Parameters
    ----------
    fills
        SVG fills, colours among them. None given: every pattern there is.
    """
    used = set(fills) or set(_PATTERNS)
    return "".join(pattern.svg() for fill, pattern in _PATTERNS.items() if fill in used)


def background(fill: str) -> str:
    """Return the CSS ``background`` of a fill: a colour or one of the patterns."""
    return _PATTERNS[fill].css() if fill in _PATTERNS else fill


def ground_of(fill: str) -> str:
    """Return the colour of a fill, of a pattern that of its ground; white where it is not ours."""
    if fill in _PATTERNS:
        return _PATTERNS[fill].ground
    return "#ffffff" if fill.startswith("url(") else fill


@dataclass(frozen=True)
class Scheme:
    """How figures are put into classes.

    Parameters
    ----------
    name
        One of ``SCHEMES``: quantiles; natural breaks (Fisher 1958, Jenks 1977); equal intervals;
        mean and standard deviations; head/tail breaks (Jiang 2013); own breaks.
    classes
        Number of classes wanted; the last three schemes find theirs.
    breaks
        For own breaks: the last value of every class but the last, rising.
    """

    name: str = SCHEMES[0]
    classes: int = CLASSES
    breaks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Classes:
    """Values sorted into classes.

    Parameters
    ----------
    member
        Number of the class from 0, by ``kode``; NA where the value is missing.
    lower, upper
        First and last value of each class, in the decimals shown: every shown value lies in
        exactly one class. Own breaks leave the outer two open: minus and plus infinity.
    fills
        SVG fill of each class: a colour, or ``url(#…)`` of a pattern.
    counts
        Areas in each class.
    fit
        Goodness of absolute deviation fit (Slocum 2005), 0 to 1: how much of the spread about
        the median the classes take up. NaN without values.
    """

    member: "pd.Series[int]"
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    fills: tuple[str, ...]
    counts: tuple[int, ...]
    fit: float

    @property
    def breaks(self) -> tuple[float, ...]:
        """The last value of every class but the last: own breaks that give the same classes."""
        return self.upper[:-1]


def decimals(indicator: Indicator) -> int:
    """Return the decimals an indicator is shown with: none for counts, two for rates."""
    return 2 if indicator.kind == "rate" else 0


def classify(value: "pd.Series[float]", indicator: Indicator, scheme: Scheme) -> Classes:
    """Sort values into classes.

    Parameters
    ----------
    value
        By ``kode``; NaN where not known.
    indicator
        Gives decimals and direction.
    scheme
        How, and into how many at most.

    Notes
    -----
    Values are classed as they are shown, rounded, so that legend and figures never disagree.
    Fewer distinct values than classes give one class each.
    """
    places = decimals(indicator)
    figures = np.asarray(_shown(value, places), dtype=np.float64)
    upper, fills = _bounds_and_fills(figures, scheme, indicator)
    is_open = scheme.name == OWN
    return _sort(value, upper, fills, places=places, is_open=is_open)


def common_breaks(
    values: Sequence["pd.Series[float]"], indicator: Indicator, scheme: Scheme
) -> Scheme:
    """Return own breaks that serve several periods alike, so that colours mean the same.

    The wanted scheme is applied to the figures of all of them together.
    """
    pooled = pd.concat(values, ignore_index=True)
    return Scheme(OWN, scheme.classes, classify(pooled, indicator, scheme).breaks)


def classify_change(value: "pd.Series[float]", indicator: Indicator) -> Classes:
    """Sort differences into classes on both sides of zero, equal steps up and down.

    Parameters
    ----------
    value
        After minus before, by ``kode``; NaN where not known.
    indicator
        Gives decimals and direction: orange is the worse side.

    Notes
    -----
    The steps are the thirds of the differences' sizes, rounded up to what is shown. Zero is a
    class of its own. Both sides are kept, even where one holds no area; where nothing has changed
    zero is the only class.
    """
    places = decimals(indicator)
    step = 10.0**-places
    figures = np.asarray(_shown(value, places), dtype=np.float64)
    sizes = np.abs(figures[figures != 0])
    if not sizes.size:
        unmoved = np.zeros(min(figures.size, 1))
        return _sort(value, unmoved, [_NEUTRAL] * len(unmoved), places=places)
    largest = float(sizes.max())
    inner = [float(size) for size in _ceil(np.quantile(sizes, _CHANGE_SHARES), places)]
    steps = sorted({size for size in inner if size < largest})
    upper = np.array([*(-size - step for size in reversed(steps)), -step, 0.0, *steps, largest])
    fills = _around_middle(len(steps) + 1, worse=indicator.higher_is_worse)
    return _sort(value, np.round(upper, places), fills, places=places, first=-largest)


def _shown(value: "pd.Series[float]", places: int) -> "pd.Series[float]":
    """Round as texts are rounded: numpy takes 0.325 for a tie, which it is not, and gives 0.32."""
    return value.dropna().map(lambda one: round(float(one), places)).astype(np.float64)


def _ceil(values: Figures, places: int) -> Figures:
    return np.asarray(np.ceil(values * 10**places - 1e-9) / 10**places)


def _sort(
    value: "pd.Series[float]",
    upper: Figures,
    fills: Sequence[str],
    *,
    places: int,
    is_open: bool = False,
    first: float | None = None,
) -> Classes:
    """Put values below the upper bounds; ``first`` is where the lowest class begins."""
    shown = _shown(value, places)
    figures = np.asarray(shown, dtype=np.float64)
    position = np.searchsorted(upper, figures, side="left")
    lower: list[float] = []
    if upper.size:
        start = -np.inf if is_open else float(figures.min()) if first is None else first
        lower = [start, *np.round(upper[:-1] + 10.0**-places, places)]
    counts = np.bincount(position, minlength=upper.size) if upper.size else np.zeros(0, int)
    return Classes(
        member=pd.Series(position, index=shown.index, dtype="Int64").reindex(value.index),
        lower=tuple(float(bound) + 0.0 for bound in lower),  # -0 is shown as 0
        upper=tuple(float(bound) + 0.0 for bound in upper),
        fills=tuple(fills),
        counts=tuple(int(count) for count in counts),
        fit=_fit(figures, upper),
    )


def _fit(figures: Figures, upper: Figures) -> float:
    if not figures.size:
        return float("nan")
    member = np.searchsorted(upper, figures, side="left")
    within = sum(_deviation(figures[member == one]) for one in np.unique(member))
    whole = _deviation(figures)
    return 1 - within / whole if whole else 1.0


def _deviation(figures: Figures) -> float:
    """Return the sum of the absolute deviations from the median."""
    return float(np.abs(figures - np.median(figures)).sum())


def _bounds_and_fills(
    figures: Figures, scheme: Scheme, indicator: Indicator
) -> tuple[Figures, Sequence[str]]:
    """Return the last value of each class and its fill."""
    worse, places = indicator.higher_is_worse, decimals(indicator)
    distinct = np.unique(figures)
    if scheme.name == OWN:
        upper = np.append(np.unique(np.round(np.array(scheme.breaks, dtype=float), places)), np.inf)
        return upper, ramp(len(upper), worse=worse)
    if not distinct.size:
        return distinct, ()
    if scheme.name == STD_MEAN and distinct.size > 1:
        return _about_the_mean(figures, places, worse=worse)
    upper = distinct
    if distinct.size > scheme.classes:
        upper = _as_shown(_bins(figures, scheme), distinct, places)
    return upper, ramp(len(upper), worse=worse)


def _bins(figures: Figures, scheme: Scheme) -> Figures:
    """Return the last value of each class.

    Quantiles are those of mapclassify, worked out here: it takes a second to load, which the usual
    map and an atlas need not wait for.
    """
    if scheme.name == _QUANTILES:
        shares = np.arange(1, scheme.classes + 1) / scheme.classes
        return np.unique(np.quantile(figures, shares))
    import mapclassify  # noqa: PLC0415 - slow to load

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # tells of a faster variant, not of a fault
        if scheme.name == "head_tail":
            bins = np.asarray(mapclassify.HeadTailBreaks(figures).bins, dtype=float)
            return np.append(bins[: MOST_CLASSES - 1], bins[-1])
        classifier = getattr(mapclassify, _SCHEMES_WITH_K[scheme.name])
        return np.asarray(classifier(figures, k=scheme.classes).bins, dtype=float)


def _as_shown(bins: Figures, distinct: Figures, places: int) -> Figures:
    """Round bounds down to what is shown, and leave out those that part no figures."""
    floor = np.floor(bins * 10**places + 1e-9) / 10**places
    floor[-1] = distinct[-1]
    return np.asarray(np.unique(np.maximum(floor.round(places), distinct[0])))


def _about_the_mean(figures: Figures, places: int, *, worse: bool) -> tuple[Figures, Sequence[str]]:
    """Return classes one standard deviation wide about the mean; the middle is neutral."""
    mean, spread = float(figures.mean()), float(figures.std(ddof=1))
    bins = np.append(mean + spread * np.array([-1.5, -0.5, 0.5, 1.5]), np.inf)
    upper = np.floor(bins * 10**places + 1e-9) / 10**places
    fills = _around_middle(2, worse=worse)
    used = [
        place
        for place in range(len(upper))
        if upper[place] >= figures.min()
        and (place == 0 or upper[place - 1] < min(upper[place], figures.max()))
    ]
    kept = upper[used]
    kept[-1] = figures.max()
    return kept, [fills[place] for place in used]


def ramp(classes: int, *, worse: bool) -> Sequence[str]:
    """Return the fills of so many classes, lightest first, ``MOST_CLASSES`` at most.

    ``worse`` takes the colours of need, else those of service.
    """
    palette = _NEED if worse else _SERVICE
    return palette[classes].split() if classes else ()


def _around_middle(steps: int, *, worse: bool) -> Sequence[str]:
    """Return the fills of ``steps`` classes below, one in the middle, ``steps`` above."""
    above, below = (_ORANGE, _BLUE) if worse else (_BLUE, _ORANGE)
    chosen = {1: (1,), 2: (0, 2), 3: (0, 1, 2)}[steps]
    striped = [f"url(#below-{below[place][1:]})" for place in reversed(chosen)]
    return [*striped, _NEUTRAL, *(above[place] for place in chosen)]


def fills_by_kode(
    classes: Classes, found: Measure, uncertain: "pd.Series[bool] | None" = None
) -> dict[str, str]:
    """Return the fill of every area.

    Missing and suppressed figures have patterns of their own.

    Parameters
    ----------
    classes
        As :func:`classify` returns them.
    found
        What was classed.
    uncertain
        By ``kode``: figures to be hatched in the colour of their class; None for none.
    """
    hidden = is_suppressed(found)

    def fill(kode: str, number: object) -> str:
        if pd.isna(number):  # type: ignore[call-overload]
            return (SUPPRESSED if hidden[kode] else MISSING).fill
        usual = classes.fills[int(number)]  # type: ignore[call-overload]
        return _HATCHED[usual].fill if uncertain is not None and uncertain[kode] else usual

    return {str(kode): fill(str(kode), number) for kode, number in classes.member.items()}
