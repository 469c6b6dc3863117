"""What the store adds to the data folder; loads the database only where there is one."""

from typing import TYPE_CHECKING

from kantong.geo.schema import DATASET, INDICATOR, KELURAHAN, KODE, OBSERVATION_COLUMNS
from kantong.store import place
from kantong.store.library import StoredFigures

if TYPE_CHECKING:
    import pandas as pd


def revision() -> tuple[int, str]:
    """Return what changes with every write, and with another store; 0 where there is none."""
    if not place.may_hold_something():
        return 0, ""
    from kantong.store import audit, database  # noqa: PLC0415 - see place

    engine = database.for_reading()
    return (0, "") if engine is None else audit.revision(engine)


def stored(names: "pd.Series[str]") -> StoredFigures | None:
    """Return the figures and interventions that hold now in an area, None without a store.

    Parameters
    ----------
    names
        Names of the kelurahan of the boundary layer, by ``kode``.

    Raises
    ------
    StoreError
        The store cannot be read.
    """
    if not place.may_hold_something():
        return None
    from kantong.store import database, datasets, interventions  # noqa: PLC0415 - see place

    engine = database.for_reading()
    if engine is None:
        return None
    area = datasets.area_of(names.index)
    found, kept = datasets.holding(engine, area)
    told = {one.id: one.describe() for one in kept}
    frame = found.assign(
        **{
            KELURAHAN: found[KODE].map(names).fillna("").astype(str),
            DATASET: found["id"].map({number: one.id for number, one in told.items()}).astype(str),
        }
    )
    entered = interventions.stored_interventions(engine, area, names)
    return StoredFigures(
        observations=frame[list(OBSERVATION_COLUMNS)].sort_values([INDICATOR, KODE], kind="stable"),
        datasets={one.id: one for one in told.values()} | entered.datasets,
        interventions=entered.interventions,
    )
