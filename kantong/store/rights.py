"""Who may write what, asked before every write.

The program that is running says how to tell who asks (:func:`ask`); a command on the machine of
the data may do all, as whoever runs it may change the files themselves.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from kantong.geo.errors import DataError, Fault


class Role(StrEnum):
    """What a person is to the tool; ``NONE`` for one whose role was taken away."""

    PLANNER = "planner"
    FIELD = "field"
    COUNCIL = "council"
    ADMIN = "admin"
    NONE = "none"


class Right(StrEnum):
    """What a write changes: figures and plans; or people, their roles and the store as a whole."""

    PLAN = "plan"
    MANAGE = "manage"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.PLANNER: frozenset({Right.PLAN}),
    Role.FIELD: frozenset(),
    Role.COUNCIL: frozenset(),
    Role.ADMIN: frozenset(Right),
    Role.NONE: frozenset(),
}


class RightsError(DataError):
    """Whoever asks may not write this."""


def _all(_right: Right) -> bool:
    return True


_asked: list[Callable[[Right], bool]] = [_all]


def ask(may: Callable[[Right], bool] = _all) -> None:
    """Ask a function from now on whether whoever is at work has a right; without one, all have."""
    _asked[0] = may


def require(right: Right) -> None:
    """Refuse a write to whoever has no right to it.

    Raises
    ------
    RightsError
        The right is missing, or was taken away meanwhile.
    """
    if not _asked[0](right):
        message = (
            "Your role does not allow this, or it was taken away. Nothing was changed. "
            "Ask whoever looks after Kantong in your city."
        )
        raise RightsError(Fault(message))
