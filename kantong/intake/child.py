"""The child process in which files are read that nobody vouches for.

Started by ``sandbox`` with ``python -I``. It shuts itself in before it looks at a file: limits on
memory, time and files, a network of its own with nothing in it (Linux), and a hook that refuses
what no reader of tables needs. Answers leave as lines of JSON.
"""

import contextlib
import ctypes
import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from kantong.geo.errors import DataError, Fault

# What a child may be asked to do: module and function. Nothing else can be called.
JOBS = {
    "readers.answer": ("kantong.intake.readers", "answer"),
    "counting.survey": ("kantong.intake.counting", "survey"),
    "counting.count": ("kantong.intake.counting", "count"),
    "returned.fields": ("kantong.intake.returned", "fields"),
}

_MEGABYTE = 1 << 20
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_WRITING = os.O_WRONLY | os.O_RDWR
_LONGEST_DETAIL = 500
_CHUNK = 1 << 16

_NEVER = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
    "os.startfile", "os.kill", "pty.", "ctypes.dlopen", "ctypes.dlsym", "urllib.", "ftplib.",
    "smtplib.", "http.client", "webbrowser.", "sqlite3.load_extension",
    "sqlite3.enable_load_extension",
)  # fmt: skip
_ON_DISK = (
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.chown", "shutil.", "tempfile.",
)  # fmt: skip
# GDAL follows a file to others; whatever needs it has no place here.
_GDAL = {"pyogrio._io", "osgeo", "fiona"}


@dataclass(frozen=True)
class Task:
    """What a job is given.

    Parameters
    ----------
    arguments
        As the parent passed them.
    content
        Of the file to read; empty for jobs that take ``files``.
    files
        That the job may read.
    progress
        Sends a value to the parent while the job goes on.
    """

    arguments: Mapping[str, Any]
    content: bytes
    files: tuple[Path, ...]
    progress: Callable[[object], None]


def main() -> NoReturn:
    """Do one job: the order is the first line of standard input, the content all that follows."""
    out = _take_output()
    order = json.loads(sys.stdin.buffer.readline())
    shut_in()
    set_limits(order["limits"])
    refuse_all_else(writing=order["limits"]["written_mb"] > 0)
    _work(order, sys.stdin.buffer.read(), out)


def serve() -> NoReturn:
    """Do one job after the other, each in a fork that has what readers import already.

    The first line of standard input holds the limits, each that follows an order with the size of
    the content behind it. A fork that dies or is late is answered for with ``null``.
    """
    out = _take_output()
    limits = json.loads(sys.stdin.buffer.readline())
    shut_in()
    for module in ("layer", "opendocument", "textfile", "workbook"):
        importlib.import_module(f"kantong.intake.{module}")
    for module in ("numpy", "pyproj", "shapely"):
        importlib.import_module(module)
    while line := sys.stdin.buffer.readline():
        order = json.loads(line) | {"limits": limits}
        _write(out, _in_fork(order, sys.stdin.buffer.read(order["size"])))
    os._exit(0)


def _in_fork(order: dict[str, Any], content: bytes) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        set_limits(order["limits"])
        refuse_all_else(writing=False)
        _work(order, content, writing)
    os.close(writing)
    try:
        return _collect(reading, order["limits"])
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _collect(reading: int, limits: Mapping[str, float]) -> bytes:
    """Return the one line that a fork says, or ``null``."""
    deadline = time.monotonic() + limits["wall_s"]
    heard = bytearray()
    while len(heard) < limits["answer_mb"] * _MEGABYTE:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(reading, _CHUNK) if ready else b""
        if not chunk:
            break
        heard += chunk
        if chunk.endswith(b"\n"):
            return bytes(heard) if heard.count(b"\n") == 1 else b"null\n"
    return b"null\n"


def _take_output() -> int:
    """Keep the pipe to the parent for answers, whatever a library prints."""
    out = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    return out


def shut_in() -> None:
    """Leave the network, and die with the parent; where the kernel does not allow it, go on."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def set_limits(limits: Mapping[str, float]) -> None:
    """Set hard limits of the operating system; Windows has none of them, macOS not all."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    for name, limit in (
        ("RLIMIT_AS", limits["memory_mb"] * _MEGABYTE),
        ("RLIMIT_CPU", limits["cpu_s"]),
        ("RLIMIT_FSIZE", limits["written_mb"] * _MEGABYTE),
        ("RLIMIT_NOFILE", limits["open_files"]),
        ("RLIMIT_CORE", 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some
            resource.setrlimit(getattr(resource, name), (int(limit), int(limit)))


def refuse_all_else(*, writing: bool) -> None:
    """Refuse network, programs, libraries and, unless ``writing``, files on disk, for good."""
    refused = _NEVER if writing else (*_NEVER, *_ON_DISK)

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event.startswith(refused) or (event == "import" and details[0] in _GDAL):
            raise PermissionError(event)
        if event == "open" and not writing and _is_written(details):
            raise PermissionError(event)

    sys.addaudithook(hook)


def _is_written(details: tuple[Any, ...]) -> bool:
    path, _, flags = details
    return not isinstance(path, int) and bool(flags & _WRITING) and path != os.devnull


def _work(order: Mapping[str, Any], content: bytes, out: int) -> NoReturn:
    """Answer the order and leave; what is no fault of the data leaves without a word."""

    def say(key: str, value: object) -> None:
        line = json.dumps({key: value}, separators=(",", ":"), allow_nan=False)
        _write(out, line.encode("ascii") + b"\n")

    task = Task(
        arguments=order["arguments"],
        content=content,
        files=tuple(Path(path) for path in order["files"]),
        progress=lambda value: say("progress", value),
    )
    try:
        module, function = JOBS[order["job"]]
        say("answer", getattr(importlib.import_module(module), function)(task))
    except DataError as error:
        say("faults", [pack(fault) for fault in error.faults])
    except BaseException:  # noqa: BLE001 - a traceback could quote the data
        os._exit(1)
    os._exit(0)


def _write(out: int, line: bytes) -> None:
    with memoryview(line) as rest:
        sent = 0
        while sent < len(rest):
            sent += os.write(out, rest[sent:])


def pack(fault: Fault) -> dict[str, object]:
    """Return a fault as what JSON can carry; its message is translated by the parent."""
    details = {
        field: pack(detail)
        if isinstance(detail, Fault)
        else detail
        if isinstance(detail, int | float)
        else str(detail)[:_LONGEST_DETAIL]
        for field, detail in fault.details.items()
    }
    return {"message": fault.message, "details": details}
