"""Choices of a page kept under a name, so that a decision can be shown again.

Saving under a name that is there already adds a version; all versions stay readable. A name that
was withdrawn is free for another scenario.
"""

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from kantong.geo.errors import Fault, StoreError, quote, shorten
from kantong.store import audit
from kantong.store.database import reading, writing
from kantong.store.tables import KEPT, SCENARIO_VERSIONS, SCENARIOS, WITHDRAWN

LONGEST_NAME = 120
LONGEST_NOTE = 2_000
LARGEST_BYTES = 20_000
_DEEPEST = 4
_EXACT = 2**53  # whole numbers up to here are the same in every reader of JSON
_KIND = re.compile(r"[a-z][a-z_]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What is to be kept.

    Parameters
    ----------
    name
        By which users find it again.
    kind
        Which page reads it: ``priority``, ``allocation`` ...
    settings
        Texts, finite numbers, truth values, None, and lists or mappings of these, by name.
    figures_sha256
        Hash of the data sets that the choices were made with, in hexadecimal digits.
    note
        For readers, in the words of whoever saves.
    """

    name: str
    kind: str
    settings: dict[str, Any]
    figures_sha256: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One version of a scenario as it is kept; other fields as in :class:`Choices`.

    Parameters
    ----------
    id
        Number of the scenario, the same for all its versions.
    version
        1, 2, 3 ...
    status
        Of the scenario as a whole; one that is withdrawn can still be read by its id.
    saved_by, saved_at
        By whom and when (UTC).
    """

    id: int
    area: str
    name: str
    kind: str
    status: Literal["kept", "withdrawn"]
    version: int
    settings: dict[str, Any]
    figures_sha256: str
    note: str
    saved_by: str
    saved_at: dt.datetime

    @property
    def key(self) -> str:
        """The id that stands in the trail."""
        return _key(self.id)


def save(engine: Engine, area: str, given: Choices, who: str) -> Scenario:
    """Keep choices under a name, as its next version where there is one.

    Parameters
    ----------
    engine
        :func:`kantong.store.database.for_writing`.
    area
        :func:`kantong.store.datasets.area_of` the boundary layer.
    given
        What to keep.
    who
        Name of the user.

    Raises
    ------
    StoreError
        The choices cannot be kept as they are, or the name belongs to another kind of scenario;
        nothing was kept.
    """
    faults = list(_faults(given))
    if faults:
        raise StoreError(*faults)
    name = _tidy(given.name)
    with writing(engine) as connection:
        number = _named(connection, area, name) or _begun(connection, area, name, given.kind)
        before = _newest(connection, number)
        if before is not None and before.kind != given.kind:
            message = "{name}: is the name of another kind of scenario. Choose another name."
            raise StoreError(Fault(message, name=name))
        row = {
            "scenario": number,
            "version": 1 if before is None else before.version + 1,
            "settings": given.settings,
            "figures_sha256": given.figures_sha256,
            "note": given.note.strip(),
            "saved_by": audit.clean(who),
            "saved_at": audit.now(),
        }
        connection.execute(insert(SCENARIO_VERSIONS).values(**row))
        audit.record(
            connection, who, area, "save scenario", subject=_key(number), name=name,
            version=row["version"], kind=given.kind,
        )  # fmt: skip
        return _one(connection, number)


def scenarios(
    engine: Engine, area: str, kind: str | None = None, *, withdrawn: bool = False
) -> list[Scenario]:
    """Return the newest version of each scenario of an area, the last saved first.

    Parameters
    ----------
    engine
        Of the store.
    area
        Of the boundary layer.
    kind
        Of this kind only; all where None.
    withdrawn
        True for those withdrawn too.
    """
    wanted = _versions_wanted(newest=True).where(SCENARIOS.c.area == area)
    if kind is not None:
        wanted = wanted.where(SCENARIOS.c.kind == kind)
    if not withdrawn:
        wanted = wanted.where(SCENARIOS.c.status == KEPT)
    order = (SCENARIO_VERSIONS.c.saved_at.desc(), SCENARIOS.c.id.desc())
    with reading(engine) as connection:
        return _read(connection, wanted.order_by(*order))


def one(engine: Engine, area: str, which: int | str, version: int | None = None) -> Scenario:
    """Return a scenario by its id, or by the name of one that is kept.

    Parameters
    ----------
    engine
        Of the store.
    area
        Of the boundary layer.
    which
        Id or name.
    version
        The newest where None.

    Raises
    ------
    StoreError
        There is none in this area, or not this version of it.
    """
    with reading(engine) as connection:
        number = _named(connection, area, _tidy(which)) if isinstance(which, str) else which
        found = None if number is None else _newest(connection, number)
        if found is None or found.area != area:
            raise StoreError(_unknown(which))
        if version is None:
            return found
        wanted = _versions_wanted().where(
            SCENARIOS.c.id == number, SCENARIO_VERSIONS.c.version == version
        )
        rows = _read(connection, wanted)
    if not rows:
        message = "{name}: there is no version {version} of it. Look at the list again."
        raise StoreError(Fault(message, name=found.name, version=version))
    return rows[0]


def versions(engine: Engine, number: int) -> list[Scenario]:
    """Return all versions of a scenario, newest first.

    Raises
    ------
    StoreError
        There is no such scenario.
    """
    wanted = _versions_wanted().where(SCENARIOS.c.id == number)
    with reading(engine) as connection:
        found = _read(connection, wanted.order_by(SCENARIO_VERSIONS.c.version.desc()))
    if not found:
        raise StoreError(_unknown(number))
    return found


def withdraw(engine: Engine, number: int, who: str, reason: str = "") -> Scenario:
    """Take a scenario with all its versions out of the list; it stays in the store.

    Raises
    ------
    StoreError
        There is no such scenario, or it is withdrawn already.
    """
    return _turn(engine, number, who, to=WITHDRAWN, reason=reason)


def bring_back(engine: Engine, number: int, who: str, reason: str = "") -> Scenario:
    """Put a withdrawn scenario back on the list.

    Raises
    ------
    StoreError
        There is no such scenario, it is not withdrawn, or another has its name by now.
    """
    return _turn(engine, number, who, to=KEPT, reason=reason)


def _turn(engine: Engine, number: int, who: str, *, to: str, reason: str) -> Scenario:
    with writing(engine) as connection:
        before = _one(connection, number)
        if before.status == to:
            message = "{name}: is kept already. Look at the list again."
            if to == WITHDRAWN:
                message = "{name}: is withdrawn already. Look at the list again."
            raise StoreError(Fault(message, name=before.name))
        if to == KEPT and _named(connection, before.area, before.name) is not None:
            message = (
                "{name}: another scenario has this name by now. Withdraw that one first, or save "
                "it under another name."
            )
            raise StoreError(Fault(message, name=before.name))
        connection.execute(update(SCENARIOS).where(SCENARIOS.c.id == number).values(status=to))
        action = "withdraw scenario" if to == WITHDRAWN else "bring back scenario"
        audit.record(
            connection, who, before.area, action, subject=before.key, name=before.name,
            reason=reason,
        )  # fmt: skip
        return _one(connection, number)


def _key(number: int) -> str:
    return f"skenario-{number}"


def _unknown(which: int | str) -> Fault:
    given = quote(which) if isinstance(which, str) else _key(which)
    return Fault("{scenario}: there is no such scenario. Look at the list again.", scenario=given)


def _tidy(name: str) -> str:
    """Return a name so that those that look alike are alike."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _named(connection: Connection, area: str, name: str) -> int | None:
    same = (SCENARIOS.c.area == area, SCENARIOS.c.name == name, SCENARIOS.c.status == KEPT)
    return connection.scalar(select(SCENARIOS.c.id).where(*same))


def _begun(connection: Connection, area: str, name: str, kind: str) -> int:
    row = {"area": area, "name": name, "kind": kind, "status": KEPT}
    made = insert(SCENARIOS).values(**row).returning(SCENARIOS.c.id)
    return int(connection.execute(made).scalar_one())


def _one(connection: Connection, number: int) -> Scenario:
    found = _newest(connection, number)
    if found is None:
        raise StoreError(_unknown(number))
    return found


def _newest(connection: Connection, number: int) -> Scenario | None:
    found = _read(connection, _versions_wanted(newest=True).where(SCENARIOS.c.id == number))
    return found[0] if found else None


def _versions_wanted(*, newest: bool = False) -> Select[Any]:
    held = [column for column in SCENARIO_VERSIONS.c if column.name != "scenario"]
    wanted = select(*SCENARIOS.c, *held).join(
        SCENARIO_VERSIONS, SCENARIO_VERSIONS.c.scenario == SCENARIOS.c.id
    )
    if not newest:
        return wanted
    other = SCENARIO_VERSIONS.alias()
    last = select(func.max(other.c.version)).where(other.c.scenario == SCENARIOS.c.id)
    return wanted.where(SCENARIO_VERSIONS.c.version == last.scalar_subquery())


def _read(connection: Connection, wanted: Select[Any]) -> list[Scenario]:
    return [Scenario(**row) for row in connection.execute(wanted).mappings()]


# --- what can be kept ------------------------------------------------------------------------


def _faults(given: Choices) -> Iterator[Fault]:
    yield from _faults_of_texts(given)
    if _KIND.fullmatch(given.kind) is None or _SHA256.fullmatch(given.figures_sha256) is None:
        message = "The page did not say what its choices are for. Load it again and save once more."
        yield Fault(message)
    yield from _faults_of_settings(given.settings)


def _faults_of_texts(given: Choices) -> Iterator[Fault]:
    name = _tidy(given.name)
    if not name:
        yield Fault("A scenario needs a name. Give it one.")
    if len(name) > LONGEST_NAME:
        message = "The name has {count} letters. Use {longest} at most."
        yield Fault(message, count=len(name), longest=LONGEST_NAME)
    if len(given.note) > LONGEST_NOTE:
        message = "The note has {count} letters. Use {longest} at most."
        yield Fault(message, count=len(given.note), longest=LONGEST_NOTE)
    if audit.clean(name) != name or audit.clean(given.note) != given.note:
        message = (
            "The name or the note holds what may be an identity number, or signs that cannot be "
            "kept. Take it out."
        )
        yield Fault(message)


def _faults_of_settings(settings: object) -> Iterator[Fault]:
    if not isinstance(settings, dict):
        message = "The choices of the page have no names. Load the page again and save once more."
        yield Fault(message)
        return
    wrong = list(_not_plain(settings, "", _DEEPEST))
    if wrong:
        message = (
            "The choices {names} are neither texts nor finite numbers, so they cannot be kept. "
            "Choose them again."
        )
        yield Fault(message, names=shorten(map(quote, wrong)))
        return
    # As they would come back: lists for tuples.
    written = json.dumps(settings, ensure_ascii=False)
    plain = json.loads(written)
    if audit.clean(plain) != plain:
        message = (
            "The choices hold what may be an identity number, or signs that cannot be kept. "
            "Take it out."
        )
        yield Fault(message)
        return
    size = len(written.encode())
    if size > LARGEST_BYTES:
        message = "The choices take {size} bytes; {largest} is the most. Choose less at once."
        yield Fault(message, size=size, largest=LARGEST_BYTES)


def _not_plain(value: object, path: str, deeper: int) -> Iterator[str]:
    """Yield where a value is not what JSON, and every reader of it, holds as it is."""
    if isinstance(value, dict | list | tuple) and deeper:
        named = isinstance(value, dict)
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value, start=1):
            here = f"{path}.{key}".removeprefix(".")
            if named and not isinstance(key, str):
                yield here
            else:
                yield from _not_plain(inner, here, deeper - 1)
    elif not _is_plain(value):
        yield path


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) <= _EXACT
    return value is None or isinstance(value, str)
