"""Kantong as a city runs it: nginx with TLS before two processes that share PostgreSQL."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from kantong.store.rights import Role
from tests.conftest import DATA, ROOT, free_port, needs, wait_for
from tests.loginserver import give_roles, login_server
from tests.store.conftest import server  # noqa: F401 - PostgreSQL, as the store's tests start it

DEPLOY = ROOT / "deploy"
NAME = "peta.kota.example"
PATIENCE_S = 60


@dataclass
class Site:
    """What runs: ports, the processes by their name, and where the certificate is."""

    tls: int
    plain: int
    certificate: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.tls}"

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def get(self, path: str, cookie: str = "", **headers: str):
        """Return status, headers and body, asked as a browser does."""
        told = {"Host": f"{NAME}:{self.tls}", "Cookie": cookie, **headers}
        wanted = urllib.request.Request(f"https://{NAME}:{self.tls}{path}", headers=told)
        opener = urllib.request.build_opener(_Here(context=self.trust()))
        try:
            with opener.open(wanted, timeout=PATIENCE_S) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def kill(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait(PATIENCE_S)


class _Here(urllib.request.HTTPSHandler):
    """Finds the name of the site on this machine."""

    def https_open(self, request):
        return self.do_open(_connection, request, context=self._context)  # type: ignore[attr-defined]


def _connection(host, **kwargs):
    import http.client  # noqa: PLC0415

    made = http.client.HTTPSConnection(host, **kwargs)
    made._create_connection = lambda address, *rest: socket.create_connection(  # type: ignore[attr-defined] # noqa: SLF001
        ("127.0.0.1", address[1]), *rest
    )
    return made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    needs("openssl")
    folder: Path = tmp_path_factory.mktemp("tls")
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
        "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder / "fullchain.pem"


def rendered(site: Site, ports: dict[str, int]) -> str:
    """Our file for nginx, with the ports and the certificate of a test and nothing else changed."""
    words = (DEPLOY / "nginx.conf").read_text("utf-8")
    words = words.replace("/etc/kantong/tls", str(site.certificate.parent))
    words = words.replace("listen 443", f"listen 127.0.0.1:{site.tls}")
    words = words.replace("listen 80;", f"listen 127.0.0.1:{site.plain};")
    return re.sub("850[12]", lambda found: str(ports[found[0]]), words)


@contextmanager
def nginx(site: Site, ports: dict[str, int], folder: Path) -> Iterator[None]:
    needs("nginx")
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "site.conf").write_text(rendered(site, ports))
    (folder / "nginx.conf").write_text(
        f"{user} pid {folder}/pid; daemon off; worker_processes 1; error_log {folder}/error.log;"
        f"events {{}} http {{ {paths} include {folder}/site.conf; }}"
    )
    program = shutil.which("nginx") or ""
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            yield
        finally:
            running.terminate()


@contextmanager
def process(
    port: int, data: Path, database: str, secrets: Path, log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    told = os.environ | {
        "KANTONG_DATA": str(data),
        "KANTONG_DATABASE_URL": database,
        "KANTONG_HOSTS": NAME,
        "KANTONG_SECRETS": str(secrets),
        "KANTONG_PROCESS": str(port),
    }
    command = [sys.executable, "-m", "kantong", "serve", "--port", str(port)]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=ROOT, env=told, stdout=out, stderr=out) as running,
    ):
        try:
            yield running
        finally:
            running.kill()


@pytest.fixture
def site(request, tmp_path, certificate) -> Iterator[Site]:
    """Two processes with one PostgreSQL and one login behind nginx, all ready."""
    address = request.getfixturevalue("server")
    engine = create_engine(
        f"{address}/postgres".replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    database = f"site{free_port()}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {database}"))
    engine.dispose()
    ports = {"8501": free_port(), "8502": free_port()}
    made = Site(tls=free_port(), plain=free_port(), certificate=certificate)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("KANTONG_DATABASE_URL", f"{address}/{database}")
        give_roles({"peni": (Role.PLANNER, "Bappeda 1")})
        secrets = stack.enter_context(login_server(tmp_path, made.origin, ["peni"]))
        for port in ports.values():
            log = tmp_path / f"{port}.log"
            running = process(port, DATA, f"{address}/{database}", secrets, log)
            made.processes[str(port)] = stack.enter_context(running)
        stack.enter_context(nginx(made, ports, tmp_path))
        for port in ports.values():
            wait_for(f"http://127.0.0.1:{port}/readyz")
        yield made
