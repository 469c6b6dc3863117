"""Tables of counts as they come in: every cell checked, every fault named at once."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from kantong.geo.codes import KELURAHAN_BPS, identify
from kantong.geo.errors import CodeError, Fault, TableError, quote, shorten
from kantong.geo.schema import (
    DATASET,
    INDICATOR,
    KELURAHAN,
    KODE,
    OBSERVATION_COLUMNS,
    PERIOD,
    VALUE,
    Indicator,
)
from kantong.intake.headings import is_period

_NUMBER = r"-?\d+(?:\.\d+)?"
# Twelve thousand as people write it, or twelve with three decimals: nobody can tell.
_GROUPED = r"-?\d{1,3}\.\d{3}"


def read_counts(
    path: Path, layer: pd.DataFrame, indicators: Mapping[str, Indicator]
) -> pd.DataFrame:
    """Read a table of counts in the standard form.

    Parameters
    ----------
    path
        CSV in UTF-8 with the columns ``kode,kelurahan,indicator,period,value,dataset``. One line
        for each kelurahan, indicator and period; ``value`` is empty where not known.
    layer
        Columns ``kode``, ``kode_bps`` and ``kelurahan``.
    indicators
        The catalogue; only counts and amounts are stored.

    Returns
    -------
    DataFrame
        ``OBSERVATION_COLUMNS`` in the order of the file; ``kode`` in the Kemendagri form,
        ``value`` a number or NaN.

    Raises
    ------
    TableError
        Every fault of the file, with its column and lines.
    """
    table = _read_text(path)
    faults = list(_faults_in_columns(table, path.name))
    if faults:
        raise TableError(*faults)
    listing = layer.reset_index(drop=True).assign(**{KELURAHAN_BPS: layer[KELURAHAN].to_numpy()})
    rows, code_faults = _identify(table, listing, path.name)
    kode = listing[KODE].reindex(rows.to_numpy(dtype=float)).set_axis(table.index)
    written = table[VALUE].where(table[VALUE].str.fullmatch(_NUMBER))
    numbers = pd.to_numeric(written, errors="coerce").astype(float)
    counts = table.assign(**{KODE: kode, VALUE: numbers})
    faults = [
        *code_faults,
        *_faults_in_indicators(table, indicators, path.name),
        *_faults_in_values(table, numbers, indicators, path.name),
        *_faults_in_rows(counts, listing, path.name),
    ]
    if faults:
        raise TableError(*faults)
    return counts[list(OBSERVATION_COLUMNS)].reset_index(drop=True)


def _read_text(path: Path) -> pd.DataFrame:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        message = "{file}: cannot be read. Check that the file is there."
        raise TableError(Fault(message, file=path.name)) from error
    except UnicodeDecodeError as error:
        message = "{file}: is not a CSV table in UTF-8. Save it as CSV UTF-8 again."
        raise TableError(Fault(message, file=path.name)) from error
    rows = dict(_rows(text, path.name))
    if len(rows) <= 1:
        message = "{file}: holds no rows. Add one line for each kelurahan."
        raise TableError(Fault(message, file=path.name))
    heading = rows.pop(next(iter(rows)))
    uneven = [line for line, cells in rows.items() if len(cells) != len(heading)]
    if uneven:
        message = (
            "{file}: line {lines} does not have {count} cells like the heading. "
            "Check for missing or extra commas."
        )
        raise TableError(Fault(message, file=path.name, lines=shorten(uneven), count=len(heading)))
    return pd.DataFrame(list(rows.values()), index=list(rows), columns=pd.Index(heading), dtype=str)


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row begins, and its cells; empty lines hold no row."""
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        message = (
            "{file}, line {line}: a quotation mark is not closed, or stands inside a cell. "
            "Correct it, or save the table as XLSX."
        )
        raise TableError(Fault(message, file=file, line=line)) from error


def _faults_in_columns(table: pd.DataFrame, file: str) -> Iterator[Fault]:
    expected = ", ".join(OBSERVATION_COLUMNS)
    unknown = [column for column in table.columns if column not in OBSERVATION_COLUMNS]
    missing = [column for column in OBSERVATION_COLUMNS if column not in table.columns]
    if unknown:
        yield Fault(
            "{file}: has the unknown columns {columns}. The heading is {expected}.",
            file=file,
            columns=shorten(quote(column) for column in unknown),
            expected=expected,
        )
    if missing:
        yield Fault(
            "{file}: lacks the columns {columns}. Add them; the heading is {expected}.",
            file=file,
            columns=", ".join(missing),
            expected=expected,
        )
    if not unknown and not missing and table.columns.has_duplicates:
        yield Fault(
            "{file}: has a column twice. The heading is {expected}.", file=file, expected=expected
        )


def _identify(
    table: pd.DataFrame, listing: pd.DataFrame, file: str
) -> tuple["pd.Series[int]", list[Fault]]:
    """Find each line in the layer; each code and name is looked up once."""
    found = pd.Series(pd.NA, index=table.index, dtype="Int64")
    faults: list[Fault] = []
    for (_, _), same in table.groupby([KODE, KELURAHAN], sort=False):
        first = same.iloc[:1]
        try:
            row = identify(first[KODE], first[KELURAHAN], listing).iloc[0]
        except CodeError as error:
            faults.extend(
                Fault(
                    "{file}, line {lines}: {reason}",
                    file=file,
                    lines=shorten(same.index),
                    reason=reason,
                )
                for reason in error.faults
            )
            continue
        if pd.isna(row):
            message = (
                "{file}, line {lines}: {code} is no kelurahan of these boundaries. "
                "Correct the code or take the line out."
            )
            code = quote(first[KODE].iloc[0])
            faults.append(Fault(message, file=file, lines=shorten(same.index), code=code))
        found[same.index] = row
    return found, faults


def _faults_in_indicators(
    table: pd.DataFrame, indicators: Mapping[str, Indicator], file: str
) -> Iterator[Fault]:
    stored = {name for name, indicator in indicators.items() if indicator.kind != "rate"}
    for column, wrong, message in (
        (
            INDICATOR,
            ~table[INDICATOR].isin(stored),
            (
                "{file}, line {lines}: {given} is no count or amount of the indicator catalogue. "
                "Correct it, or add it to indicators.toml."
            ),
        ),
        (
            PERIOD,
            ~table[PERIOD].map(is_period),
            "{file}, line {lines}: {given} is no period. Write 2025 or 2025-Q3.",
        ),
        (
            DATASET,
            table[DATASET] == "",
            "{file}, line {lines}: the data set is not named. Fill in the column dataset.",
        ),
    ):
        if wrong.any():
            yield Fault(
                message,
                file=file,
                lines=shorten(table.index[wrong]),
                given=shorten(quote(text) for text in table.loc[wrong, column].unique()),
            )


def _faults_in_values(
    table: pd.DataFrame,
    numbers: "pd.Series[float]",
    indicators: Mapping[str, Indicator],
    file: str,
) -> Iterator[Fault]:
    given = table[VALUE] != ""
    counted = table[INDICATOR].map(
        lambda name: name in indicators and indicators[name].kind == "count"
    )
    grouped = table[VALUE].str.fullmatch(_GROUPED)
    readable = pd.Series(np.isfinite(numbers), index=table.index) & (counted | ~grouped)
    for wrong, message in (
        (
            given & ~readable,
            (
                "{file}, line {lines}: {given} in the column value is no number. "
                "Write digits only; leave the cell empty where the figure is not known."
            ),
        ),
        (
            readable & (numbers < 0),
            (
                "{file}, line {lines}: {given} in the column value is negative. "
                "Counts are zero or more."
            ),
        ),
        (
            readable & counted & ((numbers % 1 != 0) | grouped),
            (
                "{file}, line {lines}: {given} in the column value is no whole number. "
                "Write counts without separators: 34840."
            ),
        ),
    ):
        if wrong.any():
            yield Fault(
                message,
                file=file,
                lines=shorten(table.index[wrong]),
                given=shorten(quote(text) for text in table.loc[wrong, VALUE].unique()),
            )


def _faults_in_rows(counts: pd.DataFrame, listing: pd.DataFrame, file: str) -> Iterator[Fault]:
    known = counts[counts[KODE].notna()]
    for (indicator, period), rows in known.groupby([INDICATOR, PERIOD], sort=False):
        where = {"file": file, "indicator": quote(indicator), "period": quote(period)}
        twice = rows[rows[KODE].duplicated(keep=False)]
        if len(twice):
            names = shorten(listing.loc[listing[KODE].isin(twice[KODE]), KELURAHAN])
            yield Fault(
                "{file}, line {lines}: {names} stand there twice for {indicator} in {period}. "
                "Keep one line for each.",
                lines=shorten(twice.index),
                names=names,
                **where,
            )
        absent = listing.loc[~listing[KODE].isin(rows[KODE])]
        if len(absent):
            yield Fault(
                "{file}: {count} kelurahan have no line for {indicator} in {period}: {names}. "
                "Add them; leave value empty where the figure is not known.",
                count=len(absent),
                names=shorten(absent[KELURAHAN]),
                **where,
            )
