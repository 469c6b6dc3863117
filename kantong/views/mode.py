"""How a server is meant: alone, with a login, open to look at; and whether that is safe.

The login is ``[auth]`` in the file that ``KANTONG_SECRETS`` names, or in
``.streamlit/secrets.toml``. ``KANTONG_PUBLIC=1`` lets everyone else look at what may be published.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from streamlit import config

from kantong.geo.errors import DataError, Fault

PUBLIC, SECRETS = "KANTONG_PUBLIC", "KANTONG_SECRETS"
_HOSTS = "KANTONG_HOSTS"
_YES = {"1", "ya", "yes", "true"}
_CALLBACK = "/oauth2callback"
_SHORTEST_SECRET = 32
# Parts of an address of Microsoft Entra under which strangers choose what their e-mail says.
_FOR_EVERYONE = {"common", "organizations", "consumers"}


class AccessError(DataError):
    """The server would be open to whoever reaches it, or nobody could log in."""


@dataclass(frozen=True)
class Mode:
    """How a server is meant.

    Parameters
    ----------
    login
        People log in.
    public
        Whoever does not may look.
    """

    login: bool
    public: bool


@cache
def settled() -> Mode:
    """Return how this server is meant, as it was when it started.

    Were it asked again later, a lost file of secrets would open the server to everyone.

    Raises
    ------
    AccessError
        A login is configured in a way that is not safe or cannot work.
    """
    public = os.environ.get(PUBLIC, "").strip().lower() in _YES
    return Mode(login=_is_login_configured(), public=public)


def _is_login_configured() -> bool:
    named = os.environ.get(SECRETS, "").strip()
    if named:
        if not Path(named).is_file():
            message = "{name} names a file that is not there or may not be read."
            raise AccessError(Fault(message, name=SECRETS))
        config.set_option("secrets.files", [named])
    auth = _auth()
    if auth is not None:
        _refuse_unsafe(auth)
    elif named:
        message = "The file that {name} names has no [auth]. docs/deploy.md shows a whole one."
        raise AccessError(Fault(message, name=SECRETS))
    return auth is not None


def _auth() -> Mapping[str, object] | None:
    """Return what the secrets say of the login, read as strictly as Streamlit does not."""
    found: dict[str, Any] = {}
    for file in map(Path, config.get_option("secrets.files")):
        try:
            found |= tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
        except (OSError, ValueError) as error:
            message = "{file} cannot be read as TOML. Correct it, or take it away."
            raise AccessError(Fault(message, file=file.name)) from error
    auth = found.get("auth")
    return auth if auth is None or isinstance(auth, dict) else {}


def _refuse_unsafe(auth: Mapping[str, object]) -> None:
    wanted = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
    missing = [key for key in wanted if not str(auth.get(key, "")).strip()]
    if missing:
        message = "[auth] in secrets.toml lacks {keys}. docs/deploy.md shows a whole one."
        raise AccessError(Fault(message, keys=", ".join(missing)))
    if len(str(auth["cookie_secret"])) < _SHORTEST_SECRET:
        message = (
            "cookie_secret in secrets.toml is shorter than {least} signs; who guesses it can pass "
            "for anyone. Make one with: python -c 'import secrets; print(secrets.token_hex())'"
        )
        raise AccessError(Fault(message, least=_SHORTEST_SECRET))
    if urlsplit(str(auth["redirect_uri"])).path != _CALLBACK:
        message = "redirect_uri in secrets.toml must end with {path}, right behind the host."
        raise AccessError(Fault(message, path=_CALLBACK))
    for key in ("redirect_uri", "server_metadata_url"):
        where = urlsplit(str(auth[key]))
        if where.scheme != "https" and not is_loopback(where.hostname or ""):
            message = (
                "{key} in secrets.toml must begin with https://, or whoever stands on the way can "
                "be anyone."
            )
            raise AccessError(Fault(message, key=key))
    theirs = _FOR_EVERYONE & set(urlsplit(str(auth["server_metadata_url"])).path.split("/"))
    if theirs:
        message = (
            "server_metadata_url in secrets.toml lets in accounts of every organisation ({part}). "
            "Name your own tenant there."
        )
        raise AccessError(Fault(message, part=", ".join(sorted(theirs))))


def refuse_open(address: str, hosts: list[str]) -> None:
    """Refuse to serve others where nobody would have to log in.

    Parameters
    ----------
    address
        That the server is to be bound to.
    hosts
        Names by which it is to answer, beside those of loopback.

    Raises
    ------
    AccessError
        It would be open, or its login is not safe or cannot work.
    """
    found = settled()
    if found.login or found.public or (is_loopback(address) and not hosts):
        return
    message = (
        "Kantong would be open to whoever reaches {where}. Configure a login ({secrets}, see "
        "docs/deploy.md), or set {public}=1 to let everyone look and nobody write. Alone on this "
        "machine: kantong serve without --address and {hosts}."
    )
    where = ", ".join([] if is_loopback(address) else [address]) or ", ".join(hosts)
    raise AccessError(Fault(message, where=where, secrets=SECRETS, public=PUBLIC, hosts=_HOSTS))


def is_loopback(address: str) -> bool:
    """Tell whether an address is reached from this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("::1")
    (True, False, True)
    """
    return address in {"localhost", "::1"} or address.startswith("127.")
