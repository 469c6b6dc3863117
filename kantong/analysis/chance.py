"""Figures as they could have been counted by chance."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kantong.analysis.measures import Measure


def draws_of(
    measures: Sequence[Measure], shares: Sequence[bool], draws: int, seed: int
) -> npt.NDArray[np.float64]:
    """Draw several figures of every area again, as they could have been counted.

    Parameters
    ----------
    measures
        Of the same areas in the same order.
    shares
        Of each: whether it is a share of people, so that no more can be counted than live there.
    draws
        How often.
    seed
        The same seed gives the same draws.

    Returns
    -------
    ndarray
        Draws x areas x measures, in the units of the measures; NaN where a figure is not known,
        or its count is not between 0 and the people of a share.

    Notes
    -----
    A share is drawn from Beta(x + 1/2, n - x + 1/2), a count from Gamma(x + 1/2), the posteriors
    under the prior of Jeffreys; a rate that is no share, as people by km², from the Gamma of its
    count. Figures are drawn independently of each other.

    Examples
    --------
    >>> import pandas as pd
    >>> counted = pd.Series([900.0, 100.0])
    >>> one = Measure("poor", "2025", counted, counted.astype(str), counted, counted, "", ())
    >>> draws_of([one], [False], 2000, seed=1).mean(axis=0).round(-1).ravel().tolist()
    [900.0, 100.0]
    """
    generator = np.random.default_rng(seed)
    drawn = [
        _drawn(found, draws, generator, is_share=is_share)
        for found, is_share in zip(measures, shares, strict=True)
    ]
    return np.stack(drawn, axis=2)


def draw(
    count: npt.NDArray[np.float64],
    below: npt.NDArray[np.float64],
    draws: int,
    generator: np.random.Generator,
    *,
    is_share: bool,
) -> npt.NDArray[np.float64]:
    """Draw one figure of every area again: see :func:`draws_of`.

    Parameters
    ----------
    count, below
        The parts of the figure, all known and possible; ``below`` is 1 for a plain count.
    draws
        How often.
    generator
        Goes on from where it stands.
    is_share
        Whether ``below`` are the people of whom some are counted.

    Returns
    -------
    ndarray
        Draws x areas: count over below.
    """
    size = draws, len(count)
    if is_share:
        return generator.beta(count + 0.5, below - count + 0.5, size=size)
    return generator.gamma(count + 0.5, size=size) / below


def _drawn(
    found: Measure, draws: int, generator: np.random.Generator, *, is_share: bool
) -> npt.NDArray[np.float64]:
    x = np.asarray(found.numerator, dtype=np.float64)
    scale = found.scale or 1.0
    below = np.ones(len(x)) if found.scale is None else np.asarray(found.denominator, dtype=float)
    possible = np.isfinite(x) & (x >= 0) & (below > 0) & (~np.array(is_share) | (x <= below))
    result = np.full((draws, len(x)), np.nan)
    figures = draw(x[possible], below[possible], draws, generator, is_share=is_share)
    result[:, possible] = figures * scale
    return result
