"""What users decided once: which place a name means, which column is what.

A later decision takes the place of an earlier one; the trail holds both.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, select

from kantong.geo.errors import Fault, StoreError
from kantong.store import audit
from kantong.store.database import reading, writing
from kantong.store.tables import ALIASES, MAPPINGS

_TEXTS = ("given_kelurahan", "given_kecamatan", "given_code")


@dataclass(frozen=True, kw_only=True)
class Alias:
    """What a place that a source names stands for.

    Parameters
    ----------
    source
        Whose name it is: decisions hold for this source only.
    kind
        What the row was taken for, such as ``kelurahan`` or ``outside``.
    given_kelurahan, given_kecamatan, given_code
        As the file says them, or empty; normalised by the caller.
    kode
        The kelurahan meant; None where rows of this name are to be refused.
    """

    source: str
    given_kelurahan: str = ""
    given_kecamatan: str = ""
    given_code: str = ""
    kode: str | None = None
    kind: str = "kelurahan"


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Which column is what, for files with the same headers.

    Parameters
    ----------
    name
        By which users find it again.
    signature
        Hash of the headers.
    content
        Whatever the reader of tables needs.
    saved_by, saved_at
        By whom and when (UTC).
    """

    name: str
    signature: str
    content: dict[str, Any]
    saved_by: str
    saved_at: dt.datetime


def remember_alias(engine: Engine, area: str, alias: Alias, who: str) -> None:
    """Keep a decision on a name; see :func:`remember_aliases`."""
    with writing(engine) as connection:
        remember_aliases(connection, area, [alias], who)


def remember_aliases(connection: Connection, area: str, aliases: Iterable[Alias], who: str) -> None:
    """Keep decisions on names, inside a transaction; earlier ones on the same names give way.

    Raises
    ------
    StoreError
        The name holds a number as long as those of persons, or says nothing.
    """
    for alias in aliases:
        _remember(connection, area, alias, who)


def _remember(connection: Connection, area: str, alias: Alias, who: str) -> None:
    given = _given(alias)
    if audit.clean(given) != given:
        message = (
            "A name or code to be remembered holds what may be an identity number. "
            "Choose the right column."
        )
        raise StoreError(Fault(message))
    if not any(given[text] for text in _TEXTS):
        message = "A decision without a name or code cannot be remembered. Name the place."
        raise StoreError(Fault(message))
    made = {"decided_by": audit.clean(who), "decided_at": audit.now()}
    row = {"area": area, **vars(alias), "refused": alias.kode is None, **made}
    before = _replace(connection, ALIASES, {"area": area, **given}, row)
    told = None if before is None else before["kode"]
    audit.record(
        connection, who, area, "remember", subject=_subject(alias), source=alias.source,
        kode=alias.kode, replaced=before is not None, before=told,
    )  # fmt: skip


def forget_alias(engine: Engine, area: str, alias: Alias, who: str) -> bool:
    """Drop the decision on a name; False where there was none."""
    with writing(engine) as connection:
        before = _remove(connection, ALIASES, {"area": area, **_given(alias)})
        if before is not None:
            audit.record(
                connection, who, area, "forget", subject=_subject(alias), source=alias.source,
                before=before["kode"],
            )  # fmt: skip
    return before is not None


def aliases(engine: Engine, area: str, source: str | None = None) -> list[Alias]:
    """Return the decisions on names, of one source or of all, oldest first."""
    columns = [ALIASES.c[name] for name in ("source", *_TEXTS, "kode", "kind")]
    wanted = select(*columns).where(ALIASES.c.area == area).order_by(ALIASES.c.id)
    if source is not None:
        wanted = wanted.where(ALIASES.c.source == source)
    with reading(engine) as connection:
        return [Alias(**row) for row in connection.execute(wanted).mappings()]


def save_mapping(engine: Engine, area: str, mapping: Mapping) -> None:
    """Keep which column is what under a name; what stood under it before gives way."""
    row = audit.clean(vars(mapping)) | {"area": area, "signature": mapping.signature}
    key = {"area": area, "name": row["name"]}
    with writing(engine) as connection:
        before = _replace(connection, MAPPINGS, key, row)
        audit.record(
            connection, mapping.saved_by, area, "save mapping", subject=mapping.name,
            replaced=before is not None,
        )  # fmt: skip


def mappings(engine: Engine, area: str, signature: str | None = None) -> list[Mapping]:
    """Return what is saved, newest first; for files with these headers only, where given."""
    names = ("name", "signature", "content", "saved_by", "saved_at")
    wanted = select(*(MAPPINGS.c[name] for name in names)).where(MAPPINGS.c.area == area)
    if signature is not None:
        wanted = wanted.where(MAPPINGS.c.signature == signature)
    with reading(engine) as connection:
        rows = connection.execute(wanted.order_by(MAPPINGS.c.id.desc())).mappings()
        return [Mapping(**row) for row in rows]


def _given(alias: Alias) -> dict[str, str]:
    return {key: getattr(alias, key) for key in ("source", *_TEXTS)}


def _subject(alias: Alias) -> str:
    return " / ".join(filter(None, (getattr(alias, text) for text in _TEXTS)))


def _replace(
    connection: Connection, table: Table, key: dict[str, str], row: dict[str, Any]
) -> dict[str, Any] | None:
    before = _remove(connection, table, key)
    connection.execute(insert(table).values(**row))
    return before


def _remove(connection: Connection, table: Table, key: dict[str, str]) -> dict[str, Any] | None:
    """Delete the row with a key and return it, None where there is none."""
    same = [table.c[name] == value for name, value in key.items()]
    before = connection.execute(select(table).where(*same)).mappings().one_or_none()
    connection.execute(delete(table).where(*same))
    return None if before is None else dict(before)
