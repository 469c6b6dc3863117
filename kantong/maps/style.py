"""How figures look: classes, colours and decimals have their one home here."""

import warnings
from dataclasses import dataclass

import mapclassify
import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.geo.schema import Indicator

SCHEMES = ("quantiles", "natural_breaks", "equal_interval")
CLASSES = 5
# The hatching that maps/static/map.js defines; the legend draws the same with CSS.
MISSING_FILL = "url(#missing)"

# ColorBrewer YlOrRd and PuBu, five classes: told apart by colour-blind readers and in print.
_NEED = ("#ffffb2", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026")
_SERVICE = ("#f1eef6", "#bdc9e1", "#74a9cf", "#2b8cbe", "#045a8d")
_CLASSIFIERS = {
    "quantiles": mapclassify.Quantiles,
    "natural_breaks": mapclassify.FisherJenks,
    "equal_interval": mapclassify.EqualInterval,
}


@dataclass(frozen=True)
class Classes:
    """Values sorted into classes.

    Parameters
    ----------
    member
        Number of the class from 0, by ``kode``; NA where the value is missing.
    lower, upper
        First and last value of each class, in the decimals shown: every shown value lies in
        exactly one class.
    colours
        One a class.
    counts
        Areas in each class.
    """

    member: "pd.Series[int]"
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    colours: tuple[str, ...]
    counts: tuple[int, ...]


def decimals(indicator: Indicator) -> int:
    """Return the decimals an indicator is shown with: none for counts, two for rates."""
    return 2 if indicator.kind == "rate" else 0


def classify(value: "pd.Series[float]", indicator: Indicator, scheme: str) -> Classes:
    """Sort values into at most five classes.

    Parameters
    ----------
    value
        By ``kode``; NaN where not known.
    indicator
        Gives decimals and direction.
    scheme
        One of ``SCHEMES``: quantiles; natural breaks (Fisher 1958, Jenks 1977); equal intervals.

    Notes
    -----
    Values are classed as they are shown, rounded, so that legend and figures never disagree.
    Fewer distinct values than classes give one class each.
    """
    places = decimals(indicator)
    shown = value.dropna().round(places)
    figures = np.asarray(shown, dtype=np.float64)
    upper = _upper_bounds(figures, scheme, places)
    position = np.searchsorted(upper, figures, side="left")
    member = pd.Series(position, index=shown.index, dtype="Int64").reindex(value.index)
    step = 10.0**-places
    lower = [float(shown.min()), *(np.round(upper[:-1] + step, places))] if len(upper) else []
    counts = np.bincount(position, minlength=len(upper)) if len(upper) else np.zeros(0, int)
    return Classes(
        member=member,
        lower=tuple(float(bound) for bound in lower),
        upper=tuple(float(bound) for bound in upper),
        colours=_colours(len(upper), worse=indicator.higher_is_worse),
        counts=tuple(int(count) for count in counts),
    )


def _upper_bounds(
    shown: npt.NDArray[np.float64], scheme: str, places: int
) -> npt.NDArray[np.float64]:
    distinct = np.unique(shown)
    if distinct.size <= CLASSES:
        return distinct
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # tells of a faster variant, not of a fault
        bins = _CLASSIFIERS[scheme](shown, k=CLASSES).bins
    floor = np.floor(np.asarray(bins, dtype=float) * 10**places + 1e-9) / 10**places
    floor[-1] = distinct[-1]
    return np.asarray(np.unique(np.maximum(floor.round(places), distinct[0])))


def _colours(classes: int, *, worse: bool) -> tuple[str, ...]:
    palette = _NEED if worse else _SERVICE
    if classes <= 1:
        return palette[2:3] * classes
    steps = np.linspace(0, len(palette) - 1, classes).round().astype(int)
    return tuple(palette[step] for step in steps)


def colours_by_kode(classes: Classes) -> dict[str, str]:
    """Return the fill of every area; hatched where the value is missing."""
    return {
        str(kode): MISSING_FILL if pd.isna(number) else classes.colours[int(number)]
        for kode, number in classes.member.items()
    }
