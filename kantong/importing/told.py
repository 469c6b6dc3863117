"""What was found and refused, as the store keeps it and as it is told again."""

from collections.abc import Iterator, Mapping
from typing import Any

from kantong.geo.errors import Fault
from kantong.store import database, datasets
from kantong.store.datasets import Stored


def as_told(fault: Fault) -> dict[str, Any]:
    """Return a fault as it is stored: its template and its details."""
    return {
        "message": fault.message,
        "details": {
            key: as_told(one)
            if isinstance(one, Fault)
            else one
            if isinstance(one, int | float)
            else str(one)
            for key, one in fault.details.items()
        },
    }


def as_fault(told: Mapping[str, Any]) -> Fault:
    """Return the fault that :func:`as_told` wrote, to be shown in the user's language."""
    details = {
        key: as_fault(one) if isinstance(one, Mapping) else one
        for key, one in told["details"].items()
    }
    return Fault(told["message"], **details)


def refused_lines(stored: Stored) -> Iterator[tuple[int, int, Fault]]:
    """Yield line (0 where none), number of rows and reason of what a data cut left out."""
    engine = database.for_reading()
    if engine is None:
        return
    rows = datasets.refused(engine, stored.id)
    for line, count, message, details in rows.itertuples(index=False, name=None):
        yield int(line), int(count), as_fault({"message": message, "details": details})
