"""Whether a hotspot would still be one under other reasonable choices."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kantong.analysis.hotspots import Correction, P, Statistic, least_draws, under
from kantong.analysis.neighbours import Neighbours
from kantong.analysis.permutation import SEED
from kantong.geo.errors import TableError
from kantong.geo.schema import KODE

RATE, RULE, STATISTIC, CORRECTION = "rate", "rule", "statistic", "correction"
SETTING = (RATE, RULE, STATISTIC, CORRECTION)
HOT, COLD, TESTED = "hot", "cold", "tested"
STATISTICS: tuple[Statistic, ...] = ("gi_star", "local_moran")
CORRECTIONS: tuple[Correction, ...] = ("fdr", "none")
PERMUTATIONS = 9_999


@dataclass(frozen=True)
class Consensus:
    """In how many settings each area is hot.

    Parameters
    ----------
    frame
        By ``kode``: in how many settings it is ``hot`` and ``cold`` at 95 %, and in how many it
        was ``tested``.
    hot
        By ``kode``, one column of bool a setting: rate, neighbour rule, statistic, correction.
    """

    frame: pd.DataFrame
    hot: pd.DataFrame

    @property
    def settings(self) -> int:
        """How many settings were tried."""
        return self.hot.shape[1]

    @property
    def distinct(self) -> int:
        """How many of the settings give different answers: which areas are hot."""
        return len(np.unique(self.hot.to_numpy(), axis=1).T)

    def by(self, choice: str) -> pd.DataFrame:
        """Return in which share of its settings each option of one choice finds an area hot.

        Parameters
        ----------
        choice
            One of ``SETTING``.

        Returns
        -------
        DataFrame
            By ``kode``, one column an option: between 0 and 1.
        """
        return self.hot.T.groupby(level=choice, sort=False).mean().T


def consensus(
    values: Mapping[str, "pd.Series[float]"],
    rules: Mapping[str, Neighbours],
    *,
    permutations: int | None = None,
    seed: int = SEED,
) -> Consensus:
    """Try every combination of rate, neighbour rule, statistic and correction.

    Rates and rules of which together nothing can be told are left out.

    Parameters
    ----------
    values
        Figures by ``kode`` under the name of how they were made: raw, steadied, adjusted.
    rules
        Neighbours under the name of their rule, all of the same areas in the same order.
    permutations, seed
        As for :func:`kantong.analysis.hotspots.hotspots`; None for fewer, since an area is counted
        over many settings, but enough for a pocket that stands alone.

    Raises
    ------
    TableError
        As for :func:`kantong.analysis.eligible.eligible`, where nothing can be told of any.
    """
    rows = pd.Index(next(iter(rules.values())).kodes, name=KODE)
    draws = permutations or max(PERMUTATIONS, least_draws(len(rows)))
    hot, cold, tested = {}, {}, {}
    refused: list[TableError] = []
    for (rate, value), (rule, near) in itertools.product(values.items(), rules.items()):
        settings = list(itertools.product(STATISTICS, CORRECTIONS))
        try:
            answers = under(value, near, settings, permutations=draws, seed=seed)
        except TableError as error:
            refused.append(error)
            continue
        for setting, found in answers.items():
            name = (rate, rule, *setting)
            hot[name], cold[name] = found.is_hot().to_numpy(), found.is_cold().to_numpy()
            tested[name] = found.frame[P].notna().to_numpy()
    if not hot:
        raise refused[0]
    counted = {HOT: hot, COLD: cold, TESTED: tested}
    frame = pd.DataFrame(
        {name: np.sum(list(each.values()), axis=0) for name, each in counted.items()}, index=rows
    )
    columns = pd.MultiIndex.from_tuples(list(hot), names=SETTING)
    every = pd.DataFrame(np.column_stack(list(hot.values())), index=rows, columns=columns)
    return Consensus(frame, every)
