"""Figures of which a statistic of neighbourhood can be told, and why there is none of others."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from kantong.analysis.neighbours import Neighbours
from kantong.analysis.permutation import Floats
from kantong.geo.errors import Fault, TableError, shorten

if TYPE_CHECKING:
    import pandas as pd

LEAST_AREAS = 8
_MOST_MISSING = 1 / 3
# Figures that differ by less of their size differ by rounding.
_SAME = 1e-9


def eligible(
    value: "pd.Series[float]", neighbours: Neighbours
) -> tuple["pd.Index[str]", Floats, Neighbours]:
    """Return the areas that have a figure, these figures, and the neighbours among them.

    Parameters
    ----------
    value
        Figures by ``kode``, matched to the areas by it; NaN where not known.
    neighbours
        Of all areas.

    Returns
    -------
    tuple
        ``kode`` in the order of the neighbours; n finite figures; their neighbours.

    Raises
    ------
    TableError
        Nothing could be said: too few areas, more than a third of them without a figure, all
        figures equal, none with a neighbour, figures that are not finite, unknown areas, or an
        area twice.
    """
    kodes = list(neighbours.kodes)
    _refuse_twice(value.index)
    strangers = value.index.difference(kodes)
    if len(strangers):
        message = "{count} areas with figures are not among the boundaries: {codes}."
        raise TableError(Fault(message, count=len(strangers), codes=shorten(strangers)))
    figures = value.reindex(kodes).astype(float)
    known = figures.dropna()
    near = neighbours.take(known.index.to_list())
    faults = list(_faults(figures, known, near))
    if faults:
        raise TableError(*faults)
    return known.index, np.asarray(known, dtype=np.float64), near


def refuse_impossible(count: "pd.Series[float]", population: "pd.Series[float] | None") -> None:
    """Refuse counts that cannot be, before anything is worked out from them.

    Parameters
    ----------
    count
        By ``kode``; NaN where not known.
    population
        All people of the same areas; None where the count is of no population.

    Raises
    ------
    TableError
        Counts are negative or not finite, or larger than their population; no area has any
        population; or an area stands twice.
    """
    _refuse_twice(count.index)
    wrong = {
        "The figures of {codes} are negative or not finite. Correct them first.": (
            (count < 0) | np.isinf(count)
        )
    }
    if population is not None:
        whole = population.reindex(count.index)
        wrong["The population of {codes} is negative or not finite. Correct it first."] = (
            whole < 0
        ) | np.isinf(whole)
        wrong["More people are counted in {codes} than live there. Check both figures."] = (
            (count > whole) & np.isfinite(count) & (whole >= 0)
        )
    faults = [
        Fault(message, codes=shorten(is_wrong.index[is_wrong]))
        for message, is_wrong in wrong.items()
        if is_wrong.any()
    ]
    if population is not None and not (population > 0).any():
        faults.append(Fault("No area has a population, so there is no rate. Bring the population."))
    if faults:
        raise TableError(*faults)


def _refuse_twice(index: "pd.Index[str]") -> None:
    twice = index[index.duplicated()].unique()
    if len(twice):
        message = "{codes} stand twice. Keep one row for each kelurahan."
        raise TableError(Fault(message, codes=shorten(twice)))


def _faults(
    figures: "pd.Series[float]", known: "pd.Series[float]", near: Neighbours
) -> Iterator[Fault]:
    endless = known.index[np.isinf(known)]
    if len(endless):
        message = "The figures of {codes} are not finite. Correct them first."
        yield Fault(message, codes=shorten(endless))
        return
    missing = len(figures) - len(known)
    if len(figures) < LEAST_AREAS:
        message = (
            "There are {areas} areas. Of fewer than {least} no statistic of neighbourhood can be "
            "told from chance; compare their figures and intervals instead."
        )
        yield Fault(message, areas=len(figures), least=LEAST_AREAS)
    elif missing > _MOST_MISSING * len(figures):
        message = (
            "{missing} of {areas} areas have no figure. With more than a third missing a pocket "
            "would only show where figures are known. Choose another period or complete the data."
        )
        yield Fault(message, missing=missing, areas=len(figures))
    elif len(known) < LEAST_AREAS:
        message = (
            "{missing} of {areas} areas have no figure. Of fewer than {least} with one no "
            "statistic of neighbourhood can be told from chance; compare their figures and "
            "intervals instead."
        )
        yield Fault(message, missing=missing, areas=len(figures), least=LEAST_AREAS)
    elif known.max() - known.min() <= _SAME * known.abs().max():
        message = "All areas have the same figure, so none stands out. Choose another indicator."
        yield Fault(message)
    elif not near.weights.nnz:
        message = (
            "No area with a figure has a neighbour with one. Choose the nearest areas as "
            "neighbours, or look at the boundaries."
        )
        yield Fault(message)
