"""The store on both databases: SQLite in a folder, PostgreSQL in a private server."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from kantong.store import database
from tests.conftest import free_port

DATABASES = ("sqlite", "postgresql")
_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_PATIENCE_S = 60


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a PostgreSQL server of our own, without a database name."""
    if not _BINARIES or not shutil.which("initdb", path=str(_BINARIES[-1])):
        pytest.skip("Debian's package postgresql is not installed")
    folder = Path(tempfile.mkdtemp(prefix="kantong-pg-"))
    # initdb refuses root, so that nobody's database may do what root may.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, log, port = folder / "data", folder / "log", free_port()
    options = f"-c fsync=off -c listen_addresses=127.0.0.1 -k {folder} -p {port}"
    _run(user, "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", f"-D{data}")
    _run(user, "pg_ctl", "start", "-w", f"-D{data}", f"-l{log}", "-o", options)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        _run(user, "pg_ctl", "stop", "-m", "immediate", f"-D{data}")
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str | None, program: str, *arguments: str) -> None:
    command = [str(_BINARIES[-1] / program), *arguments]
    subprocess.run(
        command, user=user, cwd="/", check=True, timeout=_PATIENCE_S, stdout=subprocess.DEVNULL
    )


@pytest.fixture
def place_of(request, tmp_path, monkeypatch):
    """Return a function that points the store to a fresh place on one of the databases."""
    made = []

    def point(kind):
        if kind == "sqlite":
            folder = tmp_path / f"data{time.monotonic_ns()}"
            folder.mkdir()
            monkeypatch.setenv("KANTONG_DATA", str(folder))
            monkeypatch.delenv("KANTONG_DATABASE_URL", raising=False)
            return folder
        server = request.getfixturevalue("server")
        name = f"kantong{time.monotonic_ns()}"
        administrator = create_engine(
            f"{server}/postgres".replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="AUTOCOMMIT",
        )
        with administrator.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        made.append((administrator, name))
        monkeypatch.setenv("KANTONG_DATABASE_URL", f"{server}/{name}")
        monkeypatch.setenv("KANTONG_DATA", str(tmp_path))
        return f"{server}/{name}"

    yield point
    for administrator, name in made:
        database.engine_at(f"{request.getfixturevalue('server')}/{name}").dispose()
        with administrator.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        administrator.dispose()


@pytest.fixture(params=DATABASES)
def where(request, place_of):
    """An address or folder of an empty store, on each of the databases in turn."""
    return place_of(request.param)


@pytest.fixture
def store(where) -> Iterator[Engine]:
    """A store with nothing in it, on each of the databases in turn."""
    engine = database.for_writing()
    yield engine
    engine.dispose()
