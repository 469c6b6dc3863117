"""Untrusted files are read in a child process that can harm nothing.

On Linux the child has hard limits on memory, time, written bytes and open files, no network, and
dies with its parent. macOS knows most of the limits, but not the empty network; Windows knows
neither, so that time, the size of the answer and the hook inside the child
(``child.refuse_all_else``) are all that holds there.

Nothing is written to disk: the content goes through anonymous memory on Linux, elsewhere through
a temporary file without a name (or that the system deletes with its last reader). What the child
prints is thrown away, since it could quote the data.
"""

import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from kantong.geo.errors import Fault, TableError
from kantong.intake.child import JOBS
from kantong.intake.grid import Grid, Merged

MOST_MB = 50

_ROOT = Path(__file__).resolve().parents[2]
# The interpreter's isolated mode knows no folder of ours: it comes as an argument.
_PROLOGUE = "import sys; sys.path.insert(0, sys.argv[1]); from kantong.intake import child; "
_MEGABYTE = 1 << 20
_CHECK_S = 0.05
_FIELD = re.compile(r"\{\w+\}")
_CELL_TYPES = frozenset({str, float, bool, type(None)})
# A child that serves counts the time of each fork by itself.
_GRACE_S = 5.0
_READ = "readers.answer"


@dataclass(frozen=True)
class Limits:
    """What a child may use.

    Parameters
    ----------
    memory_mb
        Address space.
    cpu_s
        Time of the processor, in whole seconds.
    wall_s
        Time on the clock.
    written_mb
        Size of any file it writes; with 0 it can write none at all.
    open_files
        At once.
    answer_mb
        What the parent listens to.
    """

    memory_mb: int = 2048
    cpu_s: int = 30
    wall_s: float = 40.0
    written_mb: int = 0
    open_files: int = 64
    answer_mb: int = 256


class CancelledError(Exception):
    """The user has cancelled the work; the child is gone."""


def read(content: bytes, name: str, limits: Limits | None = None) -> tuple[Grid, ...]:
    """Read every table of an untrusted file.

    Parameters
    ----------
    content
        The whole file: CSV and the like, XLSX, XLS, ODS, GeoJSON or GeoPackage.
    name
        Of the file, for messages.
    limits
        Of the child.

    Returns
    -------
    tuple of Grid
        Sheets or layers in their order, hidden ones too.

    Raises
    ------
    TableError
        What is wrong with the file and what to do about it; also where the child died of it.
    """
    _refuse_large(content, name)
    order = _Order(_READ, {"name": name}, content=content)
    return _grids(_run(order, limits or Limits()), name)


def run(
    job: str,
    arguments: Mapping[str, Any],
    *,
    limits: Limits,
    given: bytes | Sequence[Path] = (),
    progress: Callable[[Any], None] | None = None,
    cancelled: threading.Event | None = None,
) -> Any:  # noqa: ANN401 - what the job returns, through JSON
    """Do a job in a child process.

    Parameters
    ----------
    job
        Key of ``child.JOBS``.
    arguments
        What JSON can carry; ``name`` is the file that messages speak of.
    limits
        Of the child.
    given
        Content of the file that the job works on, or files that it reads by itself.
    progress
        Called with what the job reports, in the calling thread.
    cancelled
        Once set, the child is killed.

    Returns
    -------
    object
        The job's answer, as JSON carries it.

    Raises
    ------
    TableError
        Faults that the job found, or its death.
    CancelledError
        After ``cancelled`` was set.
    KeyError
        No such job.
    """
    if job not in JOBS:
        raise KeyError(job)
    content, files = (given, ()) if isinstance(given, bytes) else (b"", tuple(given))
    order = _Order(job, arguments, content, files)
    return _run(order, limits, progress, cancelled)


def read_in_batch(
    files: Sequence[tuple[bytes, str]], limits: Limits | None = None
) -> Iterator[tuple[Grid, ...] | TableError]:
    """Read many files, each as :func:`read` does, but in forks of one child (not on Windows).

    Parameters
    ----------
    files
        Content and name of each.
    limits
        Of each fork.

    Yields
    ------
    tuple of Grid or TableError
        What :func:`read` returns or raises, in the order of the files.
    """
    limits = limits or Limits()
    child: _Child | None = None
    try:
        for content, name in files:
            if child is None:
                child = _Child("serve", subprocess.PIPE, limits)
                child.tell(_line(asdict(limits)))
            try:
                yield _read_next(child, content, name)
            except TableError as error:
                yield error
            except _DiedError:
                child.close()
                child = None
                yield TableError(_died(name))
    finally:
        if child:
            child.close()


def _read_next(child: "_Child", content: bytes, name: str) -> tuple[Grid, ...]:
    _refuse_large(content, name)
    order = {"job": _READ, "arguments": {"name": name}, "files": [], "size": len(content)}
    child.tell(_line(order) + content)
    return _grids(_understand(child.listen(), name), name)


@dataclass(frozen=True)
class _Order:
    job: str
    arguments: Mapping[str, Any]
    content: bytes = b""
    files: tuple[Path, ...] = ()


class _DiedError(Exception):
    """The child is gone, late, or talks nonsense."""


def _run(
    order: _Order,
    limits: Limits,
    progress: Callable[[Any], None] | None = None,
    cancelled: threading.Event | None = None,
) -> Any:  # noqa: ANN401 - through JSON
    name = str(order.arguments.get("name", order.job))
    told = {
        "job": order.job,
        "arguments": order.arguments,
        "files": [str(path.resolve()) for path in order.files],
        "limits": asdict(limits),
    }
    with _anonymous(_line(told), order.content) as stdin:
        child = _Child("main", stdin, limits)
    try:
        while True:
            message = child.listen(cancelled)
            if "progress" not in message:
                return _understand(message, name)
            if progress:
                progress(message["progress"])
    except _DiedError as error:
        raise TableError(_died(name)) from error
    finally:
        child.close()


class _Child:
    """A child process and the lines it says."""

    def __init__(self, call: str, stdin: IO[bytes] | int, limits: Limits) -> None:
        self.limits = limits
        self.heard = 0
        self.deadline = time.monotonic() + limits.wall_s
        self.lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-B", "-c", f"{_PROLOGUE}child.{call}()", str(_ROOT)],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=Path(sys.executable).anchor,
        )
        # A pipe cannot be waited on with a time limit on Windows; a thread can.
        self.ear = threading.Thread(target=self._hear, daemon=True)
        self.ear.start()

    def _hear(self) -> None:
        most = self.limits.answer_mb * _MEGABYTE
        with _pipe(self.process.stdout) as pipe:
            while (line := pipe.readline(most)).endswith(b"\n"):
                self.heard += len(line)
                if self.heard > most:
                    break
                self.lines.put(line)
        self.lines.put(b"")

    def tell(self, content: bytes) -> None:
        """Send bytes to a child that serves, and give it time anew."""
        pipe = _pipe(self.process.stdin)
        self.heard = 0
        try:
            pipe.write(content)
            pipe.flush()
        except OSError as error:
            raise _DiedError from error
        self.deadline = time.monotonic() + self.limits.wall_s + _GRACE_S

    def listen(self, cancelled: threading.Event | None = None) -> dict[str, Any]:
        """Return the next thing the child says."""
        while True:
            if cancelled is not None and cancelled.is_set():
                raise CancelledError
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise _DiedError
            try:
                line = self.lines.get(timeout=min(left, _CHECK_S))
            except queue.Empty:
                continue
            return _parse(line)

    def close(self) -> None:
        """Kill the child and let go of its pipes."""
        self.process.kill()
        self.process.wait()
        self.ear.join()
        if self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise _DiedError
    return pipe


def _line(value: object) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"


def _parse(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _DiedError from error
    if not isinstance(message, dict):
        raise _DiedError
    return message


@contextmanager
def _anonymous(*parts: bytes) -> Iterator[IO[bytes]]:
    """Yield a file without a name that holds these bytes, to be read from its start."""
    with _memory() if sys.platform == "linux" else tempfile.TemporaryFile() as file:
        for part in parts:
            file.write(part)
        file.seek(0)
        yield file


def _memory() -> IO[bytes]:
    return os.fdopen(os.memfd_create("kantong"), "w+b")


def _environment() -> dict[str, str]:
    """Return all that a child learns of its surroundings."""
    kept = {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
    return kept | {
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PROJ_NETWORK": "OFF",
    }


def _refuse_large(content: bytes, name: str) -> None:
    if len(content) > MOST_MB * _MEGABYTE:
        message = "{file}: is larger than {most} MB. Save only the table that is needed."
        raise TableError(Fault(message, file=name, most=MOST_MB))


def _died(name: str) -> Fault:
    message = (
        "{file}: could not be read within the limits of memory and time, or is damaged. "
        "Save it as CSV or XLSX again, with one table only."
    )
    return Fault(message, file=name)


def _understand(message: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - through JSON
    """Return the answer of a child, or raise the faults it found."""
    if "answer" in message:
        return message["answer"]
    try:
        faults = [_unpack(fault) for fault in message["faults"]]
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        faults = []
    raise TableError(*(faults or [_died(name)]))


def _unpack(packed: Mapping[str, Any]) -> Fault:
    """Return a fault of the child; only plain fields, since a broken child may say anything."""
    message = str(packed["message"])
    if re.search(r"[{}]", _FIELD.sub("", message)):
        raise ValueError(message)
    details = {
        str(field): _unpack(detail) if isinstance(detail, dict) else detail
        for field, detail in packed["details"].items()
    }
    fault = Fault(message, **details)
    fault.describe()
    return fault


def _grids(answer: object, name: str) -> tuple[Grid, ...]:
    """Return the answer of the readers as grids, after checking that it is just that."""
    try:
        return tuple(_grid(*parts) for parts in answer)  # type: ignore[attr-defined]
    except (IndexError, TypeError, ValueError) as error:
        raise TableError(_died(name)) from error


def _grid(
    name: str,
    rows: list[list[Any]],
    lines: list[int],
    merged: list[list[int]],
    points: list[list[float] | None],
) -> Grid:
    width = len(rows[0])
    sound = (
        isinstance(name, str)
        and len(rows) == len(lines)
        and all(len(row) == width and _CELL_TYPES.issuperset(map(type, row)) for row in rows)
        and all(type(line) is int for line in lines)
        and len(points) in {0, len(rows)}
    )
    if not sound:
        raise ValueError(name)
    return Grid(
        name=name,
        rows=tuple(map(tuple, rows)),
        lines=tuple(lines),
        merged=tuple(Merged(*map(int, block)) for block in merged),
        points=tuple(None if point is None else _point(*point) for point in points),
    )


def _point(lon: float, lat: float) -> tuple[float, float]:
    return float(lon), float(lat)
