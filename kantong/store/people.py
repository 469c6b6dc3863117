"""Who has which role, looked up whenever someone asks.

The trail names a person by position, never by login: a login stands here and nowhere else, so that
whoever leaves can be forgotten while what was done stays told.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select, update

from kantong.geo.errors import Fault, StoreError, quote
from kantong.store import audit
from kantong.store.database import reading, writing
from kantong.store.rights import Role
from kantong.store.tables import PEOPLE

LONGEST = 80
_LOGIN = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone who may log in.

    Parameters
    ----------
    login
        Address that the login server vouches for, in small letters.
    role
        What the person may do now.
    position
        Office or position, by which the trail knows the person; nobody else has the same.
    since
        When the role was given (UTC).
    """

    login: str
    role: Role
    position: str
    since: dt.datetime


def normalised(login: str) -> str:
    """Return a login as it is kept.

    Examples
    --------
    >>> normalised(" Ani@Malangkota.GO.ID ")
    'ani@malangkota.go.id'
    """
    return login.strip().lower()


def one(engine: Engine, login: str) -> Person | None:
    """Return the person with a login, or None."""
    wanted = select(PEOPLE).where(PEOPLE.c.login == normalised(login))
    with reading(engine) as connection:
        row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else _person(row)


def people(engine: Engine) -> list[Person]:
    """Return everyone, by position."""
    with reading(engine) as connection:
        rows = connection.execute(select(PEOPLE).order_by(PEOPLE.c.position)).mappings().all()
    return [_person(row) for row in rows]


def _person(row: RowMapping | dict[str, Any]) -> Person:
    return Person(**{**row, "role": Role(row["role"])})


def add(engine: Engine, login: str, role: Role, position: str, who: str) -> Person:
    """Give someone new a role.

    Raises
    ------
    StoreError
        The login is no address, the position is empty, or either is taken.
    """
    login, position = normalised(login), _position(position)
    if _LOGIN.fullmatch(login) is None:
        message = "{login} is no address such as nama@kota.go.id. Write what the login server says."
        raise StoreError(Fault(message, login=quote(login)))
    row = {"login": login, "role": str(role), "position": position, "since": audit.now()}
    with writing(engine) as connection:
        if _row(connection, login) is not None:
            message = "This person is known already. Change the role instead."
            raise StoreError(Fault(message))
        _refuse_taken(connection, position, login)
        connection.execute(insert(PEOPLE).values(**row))
        audit.record(connection, who, "", "add person", subject=position, role=str(role))
    return _person(row)


def change(
    engine: Engine, login: str, who: str, *, role: Role | None = None, position: str = ""
) -> Person:
    """Give a person another role or position; ``Role.NONE`` takes the role away.

    Raises
    ------
    StoreError
        Nobody has this login, the position is taken, or nobody would be left to give roles.
    """
    login = normalised(login)
    with writing(engine) as connection:
        before = _known(connection, login)
        after: dict[str, Any] = {
            "role": str(before.role if role is None else role),
            "position": _position(position) if position else before.position,
        }
        _refuse_taken(connection, after["position"], login)
        if after["role"] != before.role:
            after["since"] = audit.now()
        connection.execute(update(PEOPLE).where(PEOPLE.c.login == login).values(**after))
        _keep_one_admin(connection, before)
        audit.record(
            connection, who, "", "change person", subject=after["position"], role=after["role"],
            before={"role": str(before.role), "position": before.position},
        )  # fmt: skip
        return _known(connection, login)


def forget(engine: Engine, login: str, who: str) -> Person:
    """Take a person out for good: the login is kept nowhere any more but in earlier backups.

    Raises
    ------
    StoreError
        Nobody has this login, or nobody would be left to give roles.
    """
    login = normalised(login)
    with writing(engine) as connection:
        before = _known(connection, login)
        connection.execute(delete(PEOPLE).where(PEOPLE.c.login == login))
        _keep_one_admin(connection, before)
        audit.record(
            connection, who, "", "forget person", subject=before.position, role=str(before.role)
        )
    return before


def _position(given: str) -> str:
    position = str(audit.clean(" ".join(given.split())))
    if not position or len(position) > LONGEST:
        message = "An office or position of 1 to {most} signs is needed; the trail shows it."
        raise StoreError(Fault(message, most=LONGEST))
    return position


def _row(connection: Connection, login: str) -> RowMapping | None:
    wanted = select(PEOPLE).where(PEOPLE.c.login == login)
    return connection.execute(wanted).mappings().one_or_none()


def _known(connection: Connection, login: str) -> Person:
    row = _row(connection, login)
    if row is None:
        raise StoreError(Fault("Nobody has this login. Look at the list of people."))
    return _person(row)


def _refuse_taken(connection: Connection, position: str, login: str) -> None:
    same = func.lower(PEOPLE.c.position) == position.lower()
    wanted = select(PEOPLE.c.login).where(same, PEOPLE.c.login != login)
    if connection.execute(wanted).first() is not None:
        message = (
            "{position}: somebody else goes by this position. The trail must tell them apart; add "
            "a number or a field of work."
        )
        raise StoreError(Fault(message, position=position))


def _keep_one_admin(connection: Connection, before: Person) -> None:
    """Refuse what leaves nobody who could give roles."""
    admins = select(func.count()).where(PEOPLE.c.role == str(Role.ADMIN))
    if before.role is Role.ADMIN and not connection.scalar(admins):
        message = "This is the only admin; nobody could give roles any more. Name another first."
        raise StoreError(Fault(message))
