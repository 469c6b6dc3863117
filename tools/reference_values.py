"""Published values of statistics, and how Kantong works them out on the same data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from kantong.analysis.clustering import geary, moran
from kantong.analysis.hotspots import around, getis_ord, local_moran
from kantong.analysis.neighbours import Neighbours, rook
from kantong.analysis.rates import poisson_interval, wilson_interval
from kantong.analysis.scan import scan
from kantong.analysis.steady import empirical_bayes
from tests.analysis.layers import figures, neighbours_of, published

_PYSAL = "PySAL / GeoDa"
_MARSHALL = "Marshall 1991; spdep"


@dataclass(frozen=True)
class Value:
    """One value that somebody else has published.

    Parameters
    ----------
    statistic
        Its name, by language.
    data
        What it is worked out from.
    expected
        As published.
    found
        Works it out with Kantong.
    source
        Who published it.
    within
        How far ours may be away, absolute.
    """

    statistic: Mapping[str, str]
    data: str
    expected: float
    found: Callable[[], float]
    source: str
    within: float


@cache
def _columbus(column: str = "CRIME") -> "tuple[pd.Series[float], Neighbours]":
    frame, contiguity = published("columbus")
    near = neighbours_of(contiguity)
    return figures(frame[column], near), near


@cache
def _sids(column: str) -> "tuple[pd.Series[float], Neighbours]":
    frame, contiguity = published("sids2")
    near = neighbours_of(contiguity)
    return figures(frame[column], near), near


def _by_rook() -> float:
    frame, _contiguity = published("columbus")
    areas = frame.assign(kode=[str(place) for place in range(len(frame))])
    near = rook(areas.set_crs("EPSG:32749", allow_override=True), 0)
    return moran(figures(frame["CRIME"], near), near).value


def _local(place: int) -> float:
    found, near = _columbus()
    values = np.asarray(found, dtype=np.float64)
    return float(local_moran(values, around(values, near))[place])


def _gi_star(place: int) -> float:
    found, near = _columbus()
    values = np.asarray(found, dtype=np.float64)
    return float(getis_ord(values, around(values, near))[place])


def _steady(year: str, place: int) -> float:
    count, _near = _sids(f"SID{year}")
    births, _near = _sids(f"BIR{year}")
    return float(empirical_bayes(count, births, scale=1).iloc[place])


def _wilson(end: str) -> float:
    ends = wilson_interval(pd.Series([81.0]), pd.Series([263.0]), scale=1)
    return float(ends[end].iloc[0])


def _poisson(end: str) -> float:
    return float(poisson_interval(pd.Series([10.0]))[end].iloc[0])


def _ratio(cases: int, population: int) -> float:
    """Return the log likelihood ratio of a circle; all else lies in two areas far away."""
    rest, others = 552 - cases, 1_057_673 - population
    kodes = ["cluster", "else", "far"]
    spots = pd.DataFrame({"x": [0, 9e5, 9e6], "y": [0.0, 0, 0]}, index=kodes)
    found = scan(
        pd.Series([cases, rest // 2, rest - rest // 2], kodes, dtype=float),
        pd.Series([population, others // 2, others - others // 2], kodes, dtype=float),
        spots, simulations=9,
    )  # fmt: skip
    return found.pockets[0].llr


def _named(id_: str, en: str) -> Mapping[str, str]:
    return {"id": id_, "en": en}


def _same(name: str) -> Mapping[str, str]:
    return _named(name, name)


_SATSCAN = "SaTScan 9.6 (Waller et al. 1994)"
VALUES: tuple[Value, ...] = (
    Value(_same("Moran's I"), "Columbus, CRIME, queen", 0.5001885571828611,
          lambda: moran(*_columbus()).value, _PYSAL, 1e-9),
    Value(_same("Moran's I"), "Columbus, CRIME, rook", 0.5236702127502532, _by_rook, _PYSAL, 1e-9),
    Value(_same("Moran's I"), "Columbus, HOVAL, queen", 0.180093114317273,
          lambda: moran(*_columbus("HOVAL")).value, _PYSAL, 1e-9),
    Value(_same("Moran's I"), "Columbus, INC, queen", 0.4156287782784237,
          lambda: moran(*_columbus("INC")).value, _PYSAL, 1e-9),
    Value(_named("Moran's I, ragam", "Moran's I, variance"), "Columbus, CRIME, queen",
          0.008689289201, lambda: moran(*_columbus()).variance, _PYSAL, 1e-9),
    Value(_same("Moran's I, z"), "Columbus, CRIME, queen", 5.58938267504,
          lambda: moran(*_columbus()).z, _PYSAL, 1e-6),
    Value(_same("Moran's I"), "NC SIDS, SIDR74", 0.24772519320480135,
          lambda: moran(*_sids("SIDR74")).value, _PYSAL, 1e-9),
    Value(_same("Geary's C"), "Columbus, CRIME, queen", 0.5405282027020684,
          lambda: geary(*_columbus()).value, _PYSAL, 1e-9),
    *(
        Value(_same(f"Moran lokal / local Moran [{place + 1}]"), "Columbus, CRIME", expected,
              partial(_local, place), _PYSAL, 5e-9)
        for place, expected in enumerate(
            (0.72178138, 0.51798565, 0.09193542, 0.00472258, 0.29741008)
        )
    ),
    *(
        Value(_same(f"Gi* [{place + 1}]"), "Columbus, CRIME", expected,
              partial(_gi_star, place), _PYSAL, 5e-9)
        for place, expected in enumerate(
            (-1.43277965, -1.34000810, -0.77199868, -0.13173336, 1.28536280)
        )
    ),
    *(
        Value(_named(f"Bayes empiris [{place + 1}]", f"empirical Bayes [{place + 1}]"),
              f"NC SIDS, SID{year}/BIR{year}", expected,
              partial(_steady, year, place), _MARSHALL, 6e-8)
        for year, all_expected in (
            ("74", (0.0016973, 0.0017054, 0.0017731, 0.0020129, 0.0035349)),
            ("79", (0.00162492, 0.00226271, 0.00186202, 0.00202962, 0.00195649)),
        )
        for place, expected in enumerate(all_expected)
    ),
    Value(_named("Wilson 95 %, bawah", "Wilson 95 %, lower"), "81 / 263", 0.2553,
          partial(_wilson, "lower"), "Newcombe 1998", 5e-5),
    Value(_named("Wilson 95 %, atas", "Wilson 95 %, upper"), "81 / 263", 0.3662,
          partial(_wilson, "upper"), "Newcombe 1998", 5e-5),
    Value(_named("Poisson 95 %, bawah", "Poisson 95 %, lower"), "10", 4.7954,
          partial(_poisson, "lower"), "Garwood 1936", 5e-5),
    Value(_named("Poisson 95 %, atas", "Poisson 95 %, upper"), "10", 18.3904,
          partial(_poisson, "upper"), "Garwood 1936", 5e-5),
    *(
        Value(_named("LLR lingkaran", "LLR of a circle"),
              f"New York leukaemia, {cases} / {population:,}", expected,
              partial(_ratio, cases, population), _SATSCAN, 6e-7)
        for cases, population, expected in (
            (100, 111_674, 14.083511), (38, 34_083, 9.019716), (64, 78_280, 6.114140),
            (25, 24_571, 4.651839), (12, 9_840, 3.363518), (11, 8_839, 3.209485),
        )
    ),
)  # fmt: skip
