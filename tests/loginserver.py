"""A login server (OIDC) beside the app, the app's secrets for it, and what browsers then carry."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from kantong.store import database, people
from kantong.store.rights import Right, Role
from tests.conftest import free_port, wait_for

SECRET = "rahasia-yang-cukup-panjang-untuk-diuji"  # noqa: S105 - of the tests
CLIENT_SECRET = "kunci-klien"  # noqa: S105 - of the tests
_USER = "_streamlit_user"


def login(name: str) -> str:
    """Return the address of somebody."""
    return f"{name}@kota.example"


def log_in(page: Page, name: str) -> None:
    """Go in at the entrance of the app, by way of the login server."""
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("textbox", name="sub").fill(name)
    page.get_by_role("button", name="Authorize", exact=True).click()


@contextmanager
def login_server(folder: Path, address: str, names: list[str]) -> Iterator[Path]:
    """Run a login server that knows these people and yield the secrets of an app at an address."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    for name in names:
        claims = {"sub": name, "email": login(name), "email_verified": True}
        command += ["--user-claims", json.dumps(claims)]
    metadata = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "{address}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
        f'client_id = "kantong"\nclient_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{metadata}"\n'
    )
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as running:
        try:
            wait_for(metadata)
            yield secrets
        finally:
            running.terminate()


def give_roles(known: Mapping[str, tuple[Role, str]]) -> None:
    """Write people with their role and position into the store."""
    store = database.for_writing(Right.MANAGE)
    for name, (role, position) in known.items():
        people.add(store, login(name), role, position, "mesin")
    store.dispose()


def cookie_of(address: str, name: str, secret: str = SECRET) -> str:
    """Return what the browser of somebody carries who has logged in; nothing for nobody."""
    if not name:
        return ""
    said = {
        "email": login(name), "email_verified": True, "is_logged_in": True, "origin": address,
        "provider": "default",
    }  # fmt: skip
    return f"{_USER}={create_signed_value(secret, _USER, json.dumps(said)).decode()}"
