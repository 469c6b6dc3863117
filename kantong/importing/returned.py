"""Return sheets of a Musykel, from a file to the store."""

import pandas as pd

from kantong.geo.schema import KODE
from kantong.store import database, datasets
from kantong.store.datasets import RW


def rw_numbers(area: str) -> dict[str, tuple[str, ...]]:
    """Return the numbers of the RW that data cuts have figures of, by ``kode``, sorted."""
    engine = database.for_reading()
    if engine is None:
        return {}
    cuts = [one.id for one in datasets.datasets(engine, area, withdrawn=False)]
    every = [datasets.observations_of(engine, number)[[KODE, RW]] for number in cuts]
    held = pd.concat(every).drop_duplicates() if every else pd.DataFrame(columns=[KODE, RW])
    held = held[held[RW] != ""].sort_values(RW)
    return {str(kode): tuple(some) for kode, some in held.groupby(KODE)[RW]}
