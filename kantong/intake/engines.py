"""Engines that count registers: DuckDB inside the process, Apache Spark beyond one machine.

Both read only the columns that are asked for, and keep what does not fit into memory in a private
folder that is gone when the work is done. An engine's own messages can quote rows, so none of
them leaves this module: a fault names the file and the line, never a cell.
"""

import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import duckdb as duckdb_module
import ibis  # type: ignore[import-untyped]
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import csv, dataset

from kantong.geo.errors import Fault, TableError
from kantong.intake.registerfile import RegisterFile

if TYPE_CHECKING:
    from ibis.expr.types import Table  # type: ignore[import-untyped]

# With what Python itself holds this stays below a gigabyte.
MEMORY_MB = 600
# Of the memory, when rows are put together by their numbers beside those that are kept.
_BYTES_A_ROW = 160
_PREFIX = "kantong-register-"
_ALIVE = "alive"
# Holds what stands beyond the last column of the heading.
BEYOND = "beyond"
_NO_CELL = "\x01\x02\x01"
_BREAKS_IN_CELLS = "does not support null_padding in conjunction with quoted new lines"
_LINE = re.compile(r"\b(?:CSV Error on Line: |Row #)(\d+)")


@dataclass(frozen=True)
class Engine:
    """An engine that is ready to count.

    Parameters
    ----------
    name
        ``duckdb`` or ``spark``.
    read
        Opens a text file as a table of texts whose columns are ``c0``, ``c1`` ... in the order
        of the file, and ``beyond`` where lines of another width do not end the work by
        themselves. Empty cells are empty texts. Nothing is read yet.
    run
        Works out an expression.
    keep
        Works out an expression of many rows and keeps them for a second look, if that costs less
        than to read the file again; else returns it as it is.
    at_once
        About as many rows can be put together by their numbers without going to disk; None where
        the engine sees to that itself.
    """

    name: str
    read: "Callable[[RegisterFile], Table]"
    run: "Callable[[Table], pa.Table]"
    keep: "Callable[[Table], Table]"
    at_once: int | None = None


def fetch(engine: Engine, table: "Table", file: str) -> pd.DataFrame:
    """Work out a table and return it as a frame.

    Parameters
    ----------
    engine
        Where the table lives.
    table
        Expression; its result must be small.
    file
        Name of the file, for messages.

    Raises
    ------
    TableError
        The engine gave up; the line is named where the engine knows it.
    """
    frame: pd.DataFrame = _guarded(lambda: engine.run(table).to_pandas(), file)
    return frame


def keep(engine: Engine, table: "Table", file: str) -> "Table":
    """Keep the rows of a table on an engine, as ``Engine.keep`` does.

    Raises
    ------
    TableError
        As of :func:`fetch`.
    """
    return _guarded(lambda: engine.keep(table), file)


def _guarded(work: "Callable[[], Any]", file: str) -> Any:  # noqa: ANN401 - what the work returns
    try:
        done = work()
    except Exception as error:  # noqa: BLE001 - whatever an engine says could quote a person
        fault = _fault(error, file)
    else:
        return done
    # Outside the handler: else the engine's own exception would stay attached as the context.
    raise TableError(fault)


def _fault(error: Exception, file: str) -> Fault:
    said = f"{type(error).__name__}: {error}"
    if "OutOfMemory" in said or "No space left" in said:
        message = (
            "{file}: memory or disk space ran out while counting. "
            "Free some space, or count on a larger machine."
        )
        return Fault(message, file=file)
    line = _LINE.search(said)
    if line:
        message = (
            "{file}, line {line}: does not have the cells of the heading, or a quotation mark in "
            "it is not closed. Correct the line, or export the register again."
        )
        return Fault(message, file=file, line=line.group(1))
    message = (
        "{file}: could not be counted ({reason}). Check that every line has the cells of the "
        "heading and that line breaks are all alike, or export the register again."
    )
    return Fault(message, file=file, reason=type(error).__name__)


@contextmanager
def duckdb(
    files: Sequence[Path], *, memory_mb: int = MEMORY_MB, threads: int | None = None
) -> Iterator[Engine]:
    """Open DuckDB inside the process.

    Parameters
    ----------
    files
        The only files that the engine may read.
    memory_mb
        Beyond this it works on disk.
    threads
        All cores where None.
    """
    with private_folder() as folder:
        backend = ibis.duckdb.connect(
            memory_limit=f"{memory_mb}MB",
            threads=threads or os.cpu_count() or 1,
            temp_directory=str(folder),
        )
        try:
            for setting in _settings(files):
                backend.raw_sql(f"SET {setting}")
            inside = _DuckDB(backend)
            at_once = memory_mb * 1_000_000 // _BYTES_A_ROW
            yield Engine("duckdb", inside.read, inside.run, inside.keep, at_once)
        finally:
            backend.disconnect()


def _settings(files: Sequence[Path]) -> tuple[str, ...]:
    allowed = ", ".join(_quoted(str(path.absolute())) for path in files)
    return (
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        # Without its network extension DuckDB encrypts by mbedtls, whose random numbers it does
        # not trust for files that stay. These go with the process, and the folder is ours alone.
        "force_mbedtls_unsafe = true",
        "temp_file_encryption = true",
        "enable_progress_bar = false",
        f"allowed_paths = [{allowed}]",
        "enable_external_access = false",
        "lock_configuration = true",
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class _DuckDB:
    """Tables of DuckDB that are read again, by one thread, where cells hold line breaks."""

    def __init__(self, backend: Any) -> None:  # noqa: ANN401 - Ibis's backends share no type
        self.backend = backend
        self.files: dict[str, RegisterFile] = {}
        self.kept = 0

    def read(self, file: RegisterFile) -> "Table":
        name = f"register_{len(self.files)}"
        if file.encoding == "cp1252":
            # DuckDB knows this encoding through an extension only.
            self.backend.con.register(name, _arrow(file))
            return self.backend.table(name)
        self.files[name] = file
        return self._open(name, parallel=True)

    def run(self, table: "Table") -> "pa.Table":
        return self._again(lambda: self.backend.to_pyarrow(table))

    def keep(self, table: "Table") -> "Table":
        return self._again(lambda: self._keep(table))

    def _again(self, work: "Callable[[], Any]") -> Any:  # noqa: ANN401 - what the work returns
        try:
            return work()
        except duckdb_module.Error as error:
            if _BREAKS_IN_CELLS not in str(error):
                raise
        for name in self.files:
            self._open(name, parallel=False)
        return work()

    def _keep(self, table: "Table") -> "Table":
        self.kept += 1
        return self.backend.create_table(f"kept_{self.kept}", table, temp=True)

    def _open(self, name: str, *, parallel: bool) -> "Table":
        file = self.files[name]
        return self.backend.read_csv(
            str(file.path.absolute()),
            table_name=name,
            columns=dict.fromkeys((*columns(file), BEYOND), "string"),
            auto_detect=False,
            header=False,
            # Rows, of which one can have several lines; Arrow below wants lines.
            skip=file.rows_above,
            delim=file.delimiter,
            quote='"',
            escape='"',
            # A cell that is not there is NULL, one that is empty is not.
            null_padding=True,
            nullstr=_NO_CELL,
            parallel=parallel,
        )


def _arrow(file: RegisterFile) -> dataset.Dataset:
    """Open a file by Arrow, which hands it over in batches, in UTF-8."""
    names = columns(file)
    schema = pa.schema([(name, pa.string()) for name in names])
    form = dataset.CsvFileFormat(
        read_options=csv.ReadOptions(
            column_names=names, skip_rows=file.above, encoding=file.encoding
        ),
        parse_options=csv.ParseOptions(delimiter=file.delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=schema, strings_can_be_null=False),
    )
    return dataset.dataset(str(file.path.absolute()), schema=schema, format=form)


def columns(file: RegisterFile) -> tuple[str, ...]:
    """Return the names that the columns of a register have on an engine."""
    return tuple(f"c{position}" for position in range(len(file.register.headers)))


@contextmanager
def spark(master: str) -> Iterator[Engine]:
    """Open Apache Spark.

    Parameters
    ----------
    master
        Address of the cluster, or ``local[2]`` for two cores of this machine.

    Raises
    ------
    TableError
        PySpark or Java is missing.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(private_folder())
        session = stack.enter_context(_session(master, folder))
        backend = ibis.pyspark.connect(session)
        yield Engine(
            "spark",
            lambda file: _read_spark(backend, file),
            lambda table: _run_spark(backend, table),
            lambda table: table,
        )


@contextmanager
def _session(master: str, folder: Path) -> Iterator[Any]:
    """Start Spark with its scratch files encrypted and in our folder, and stop it again."""
    session, fault = None, None
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

        builder = SparkSession.builder.master(master).appName("kantong")
        for key, value in _spark_settings(folder).items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
    except ImportError:
        message = "Apache Spark is not installed. Add it with: pip install 'kantong[spark]'"
        fault = Fault(message)
    except Exception:  # noqa: BLE001 - Py4J and Java raise what they like
        message = "Apache Spark did not start at {master}. Check that Java 17 is installed."
        fault = Fault(message, master=master)
    if fault:
        raise TableError(fault)
    try:
        yield session
    finally:
        if session is not None:
            session.stop()


def _spark_settings(folder: Path) -> dict[str, str]:
    return {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.io.encryption.enabled": "true",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        # Lines with too few or too many cells are found only if all cells are looked at.
        "spark.sql.csv.parser.columnPruning.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }


def _read_spark(backend: Any, file: RegisterFile) -> "Table":  # noqa: ANN401 - Ibis's backends share no type
    if file.above != 1:
        message = (
            "{file}: titles stand above the heading. For Apache Spark save the file with its "
            "heading in the first line."
        )
        raise TableError(Fault(message, file=file.path.name))
    table: Table = backend.read_csv(
        str(file.path.absolute()),
        inferSchema=False,
        header=True,
        schema=", ".join(f"{column} STRING" for column in columns(file)),
        sep=file.delimiter,
        quote='"',
        escape='"',
        encoding="windows-1252" if file.encoding == "cp1252" else "UTF-8",
        mode="FAILFAST",
    )
    # Spark does not tell an empty cell from one that is not there; the latter it has refused.
    return table.select(**{name: table[name].fill_null("") for name in columns(file)})


def _run_spark(backend: Any, table: "Table") -> "pa.Table":  # noqa: ANN401 - Ibis's backends share no type
    with warnings.catch_warnings():
        # PySpark and Ibis call what pandas is about to drop; both work with the pinned versions.
        warnings.simplefilter("ignore")
        return backend.to_pyarrow(table)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only this user can enter, and remove it with all that it holds.

    Folders that a crashed process has left are removed first: a folder is in use as long as its
    process holds the lock on the file ``alive`` in it.
    """
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        with (folder / _ALIVE).open("wb") as alive:
            _lock(alive)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    """Tell whether the process that made a folder is gone."""
    try:
        with (folder / _ALIVE).open("rb+") as alive:
            _lock(alive)
    except OSError:
        return False
    return True


def _lock(file: IO[bytes]) -> None:
    """Take the lock of a file at once or raise OSError; it is let go with the file."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - of Windows only

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - of other systems only

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
