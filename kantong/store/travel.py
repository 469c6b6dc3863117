"""Travel times between kelurahan, where a city has them: a table in the data folder."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from kantong.geo.errors import Fault, TableError, quote, shorten

FILE = "waktu_tempuh.csv"
FROM, TO, MINUTES = "dari", "ke", "menit"
_COLUMNS = (FROM, TO, MINUTES)
_LONGEST_MIN = 24 * 60


def travel_minutes(folder: Path, codes: Collection[str]) -> pd.DataFrame | None:
    """Return the travel times of a city; None where it has none.

    Parameters
    ----------
    folder
        The data folder. ``waktu_tempuh.csv`` in it has the columns ``dari``, ``ke`` (``kode``) and
        ``menit``, a row for each way; with a comma or a semicolon between the cells.
    codes
        ``kode`` of the boundary layer.

    Returns
    -------
    DataFrame
        Minutes from each ``kode`` (rows) to each (columns), in the order of ``codes``. A way that
        is given in one direction only takes as long back; within a kelurahan it takes 0 minutes
        unless it is given. NaN where no way is given.

    Raises
    ------
    TableError
        Columns are missing, codes are not of the layer, times are no times, or a way is given
        twice; all faults, with their lines.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    rows = _read(path)
    faults = list(_faults(rows, set(codes), path.name))
    if faults:
        raise TableError(*faults)
    times = rows.assign(**{MINUTES: rows[MINUTES].map(_minutes)})
    table = times.pivot_table(index=FROM, columns=TO, values=MINUTES, aggfunc="first")
    there = table.reindex(index=list(codes), columns=list(codes)).to_numpy(dtype=float)
    both = np.where(np.isnan(there), there.T, there)
    inside = np.eye(len(both), dtype=bool) & np.isnan(both)
    return pd.DataFrame(np.where(inside, 0.0, both), index=list(codes), columns=list(codes))


def _read(path: Path) -> pd.DataFrame:
    """Return the table as texts by line."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = "{file}: cannot be read. Save it as CSV UTF-8 again."
        raise TableError(Fault(message, file=path.name)) from error
    head = text.split("\n", 1)[0]
    rows = list(csv.reader(text.splitlines(), delimiter=";" if ";" in head else ","))
    found = [cell.strip().casefold() for cell in rows[0]] if rows else []
    missing = [name for name in _COLUMNS if name not in found]
    if missing:
        message = "{file}: lacks the columns {columns}. Name them in the first line."
        raise TableError(Fault(message, file=path.name, columns=", ".join(missing)))
    places = [found.index(name) for name in _COLUMNS]
    kept = {
        line: [row[place].strip() if place < len(row) else "" for place in places]
        for line, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    }
    return pd.DataFrame.from_dict(kept, orient="index", columns=list(_COLUMNS), dtype=str)


def _minutes(text: str) -> float:
    """Return a time; NaN where it is none."""
    try:
        minutes = float(text.replace(",", "."))
    except ValueError:
        return float("nan")
    return minutes if 0 <= minutes <= _LONGEST_MIN else float("nan")


def _faults(rows: pd.DataFrame, codes: set[str], file: str) -> Iterator[Fault]:
    strange = rows[~(rows[FROM].isin(codes) & rows[TO].isin(codes))]
    if len(strange):
        both = pd.concat([strange[FROM], strange[TO]])
        message = "{file}, lines {lines}: {codes} are not among the boundaries. Correct the codes."
        unknown = dict.fromkeys(code for code in both if code not in codes)
        yield Fault(message, file=file, lines=shorten(strange.index),
                    codes=shorten(map(quote, unknown)))  # fmt: skip
    odd = rows[rows[MINUTES].map(_minutes).isna()]
    if len(odd):
        message = "{file}, lines {lines}: {given} is no time in minutes, 0 to {most}."
        given = shorten(map(quote, dict.fromkeys(odd[MINUTES])))
        yield Fault(message, file=file, lines=shorten(odd.index), given=given, most=_LONGEST_MIN)
    twice = rows[rows.duplicated([FROM, TO], keep=False)]
    if len(twice):
        message = "{file}, lines {lines}: the same way is given twice. Keep one."
        yield Fault(message, file=file, lines=shorten(twice.index))
