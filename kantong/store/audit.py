"""The trail of who did what, and what may stand in it and in any other kept text."""

import datetime as dt
import re
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, insert, select

from kantong.store.database import reading
from kantong.store.tables import AUDIT

# The digits in a hash are no number of a person; the first of the two is taken.
_HASH_OR_NUMBER = re.compile(r"(\b[0-9a-f]{64}\b)|\d{12,}")
_CANNOT_BE_KEPT = re.compile("[\x00\ud800-\udfff]")


def clean(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return a text, or all texts in a list or mapping, without what must not be kept.

    Numbers as long as those of persons and families are blotted out, but not in a SHA-256;
    characters that PostgreSQL or UTF-8 cannot hold are left out.

    Examples
    --------
    >>> clean({"given": ["Sukun", "3573010101800001"]})
    {'given': ['Sukun', '…']}
    """
    if isinstance(value, str):
        return _HASH_OR_NUMBER.sub(_hash_alone, _CANNOT_BE_KEPT.sub("", value))
    if isinstance(value, dict):
        return {clean(str(key)): clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    return value


def _hash_alone(found: re.Match[str]) -> str:
    return found[1] or "…"


def now() -> dt.datetime:
    """Return this moment, UTC."""
    return dt.datetime.now(dt.UTC)


def record(connection: Connection, who: str, area: str, action: str, **subject: Any) -> None:  # noqa: ANN401 - JSON
    """Add a line to the trail, inside the transaction that does what it tells.

    Parameters
    ----------
    connection
        Of the transaction.
    who
        Name of the user.
    area
        Code of the boundary layer; empty for the store as a whole.
    action
        What was done: ``keep``, ``withdraw`` ...
    subject
        ``subject``, what it was done to, and whatever else is worth telling.
    """
    name, detail = subject.pop("subject"), subject
    line = {"who": who, "area": area, "action": action, "subject": str(name), "detail": detail}
    connection.execute(insert(AUDIT).values(at=now(), **clean(line)))


def trail(engine: Engine, area: str) -> pd.DataFrame:
    """Return what was done in an area and to the store as a whole, oldest first.

    Returns
    -------
    DataFrame
        ``id``, ``at`` (UTC), ``who``, ``area``, ``action``, ``subject`` and ``detail`` (a
        mapping), one row an act.
    """
    wanted = select(AUDIT).where(AUDIT.c.area.in_([area, ""])).order_by(AUDIT.c.id)
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
    return pd.DataFrame(rows, columns=list(AUDIT.c.keys()))


def revision(engine: Engine) -> tuple[int, str]:
    """Return number and moment of the last line of the trail, for caches; 0 for an empty store.

    The number grows with every write. After a backup was taken in beside a damaged store it can be
    one that was there before; the moment is another.
    """
    last = select(AUDIT.c.id, AUDIT.c.at).order_by(AUDIT.c.id.desc()).limit(1)
    with reading(engine) as connection:
        found = connection.execute(last).one_or_none()
    return (0, "") if found is None else (found.id, found.at.isoformat())
