"""Counts joined to boundaries: every area stays, every row is accounted for."""

from dataclasses import dataclass

import pandas as pd

from kantong.geo.errors import Fault, JoinError, quote, shorten
from kantong.geo.schema import KODE, VALUE


@dataclass(frozen=True)
class Joined:
    """Counts on boundaries, and what found no partner.

    Parameters
    ----------
    frame
        Every row of the layer with ``value``; NaN where the counts say nothing.
    without_count
        ``kode`` of areas for which the counts hold no row.
    without_area
        Rows of the counts whose ``kode`` is not in the layer. Their values and those in
        ``frame`` sum to the total of the counts.
    """

    frame: pd.DataFrame
    without_count: tuple[str, ...]
    without_area: pd.DataFrame


def join_counts(layer: pd.DataFrame, counts: pd.DataFrame, *, name: str) -> Joined:
    """Join counts to the areas of a layer.

    Parameters
    ----------
    layer
        Column ``kode``, each once.
    counts
        Columns ``kode`` (Kemendagri, text) and ``value``; each ``kode`` at most once.
    name
        What the counts are, for messages: indicator, period, data sets.

    Returns
    -------
    Joined
        Frame in the order, on the index and of the type of the layer.

    Raises
    ------
    JoinError
        A ``kode`` stands twice in the counts or in the layer: which one counts is not guessed.
    """
    faults = []
    for frame, message in (
        (counts, "{name}: {codes} have two figures. Keep one for each kelurahan."),
        (layer, "The boundaries hold {codes} twice. Keep one area for each kelurahan."),
    ):
        twice = frame.loc[frame[KODE].duplicated(), KODE].unique()
        if len(twice):
            codes = shorten(quote(kode) for kode in twice)
            faults.append(Fault(message, name=name, codes=codes))
    if faults:
        raise JoinError(*faults)
    values = counts[[KODE, VALUE]]
    joined = layer.drop(columns=VALUE, errors="ignore").merge(
        values, on=KODE, how="left", validate="one_to_one"
    )
    return Joined(
        frame=joined.set_index(layer.index),
        without_count=tuple(layer.loc[~layer[KODE].isin(counts[KODE]), KODE]),
        without_area=counts[~counts[KODE].isin(layer[KODE])],
    )
