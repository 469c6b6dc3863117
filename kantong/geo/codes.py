"""Codes of kelurahan and desa in the two official systems, and the list that pairs them.

Kemendagri (Kepmendagri 300.2.2-2430/2025) writes ``35.73.01.1001``, BPS ``3573040010``. The two
number the same places in different orders, so one is never computed from the other: only a code
list pairs them.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd

from kantong.geo.errors import CodeError, Fault, TableError, quote, shorten
from kantong.geo.schema import DAPIL, KABUPATEN, KECAMATAN, KELURAHAN, KODE, KODE_BPS

KELURAHAN_BPS = "kelurahan_bps"
CODE_LIST_COLUMNS = ("kode_kemendagri", KODE_BPS, KELURAHAN, KELURAHAN_BPS, KECAMATAN)
CODE_LIST_EXTRAS = (KABUPATEN, DAPIL)
KABUPATEN_DIGITS = 4

_KEMENDAGRI_DOTTED = re.compile(r"(\d\d)\.(\d\d)\.(\d\d)\.([123]\d{3})")
_BPS_DOTTED = re.compile(r"(\d\d)\.(\d\d)\.(\d{3})\.(\d{3})")
_PLAIN = re.compile(r"(?:ID)?(\d{10})")
_PREFIX = re.compile(r"^\s*(?:kelurahan|desa|kel\.|ds\.)\s+", re.IGNORECASE)


class System(StrEnum):
    """The authority whose code it is."""

    KEMENDAGRI = "Kemendagri"
    BPS = "BPS"


_EXAMPLES = {System.KEMENDAGRI: "35.73.01.1001", System.BPS: "3573040010"}


@dataclass(frozen=True)
class Code:
    """A code in its standard form.

    Parameters
    ----------
    system
        Whose code it is.
    text
        ``35.73.01.1001`` for Kemendagri, ``3573040010`` for BPS.
    """

    system: System
    text: str

    @property
    def digits(self) -> str:
        """The ten digits without dots."""
        return self.text.replace(".", "")


def parse(text: str) -> Code:
    """Read a code of either system, with or without dots.

    Without dots both have ten digits. The seventh then tells them apart: in Kemendagri codes it
    is the kind of place (1 kelurahan, 2 desa, 3 desa adat), in BPS codes the last digit of the
    kecamatan, 0 unless the kecamatan was split off after the numbering was made. Where such
    kecamatan exist, :func:`candidates` looks the code up in the code list instead.

    Raises
    ------
    CodeError
        The text has neither form.

    Examples
    --------
    >>> parse("3573011001"), parse("35.73.040.010").text
    (Code(system=<System.KEMENDAGRI: 'Kemendagri'>, text='35.73.01.1001'), '3573040010')
    """
    given = text.strip()
    if match := _KEMENDAGRI_DOTTED.fullmatch(given):
        return Code(System.KEMENDAGRI, given)
    if match := _BPS_DOTTED.fullmatch(given):
        return Code(System.BPS, "".join(match.groups()))
    if match := _PLAIN.fullmatch(given):
        digits = match.group(1)
        if digits[6] == "0" or given.startswith("ID"):
            return Code(System.BPS, digits)
        if digits[6] in "123":
            return Code(System.KEMENDAGRI, dotted(digits))
    message = (
        "{code} is no code of a kelurahan. Write it as 35.73.01.1001 (Kemendagri) "
        "or 3573040010 (BPS), as text."
    )
    raise CodeError(Fault(message, code=quote(given)))


def is_kode(text: str) -> bool:
    """Tell whether a text is a Kemendagri code with its dots, the key of every frame."""
    return _KEMENDAGRI_DOTTED.fullmatch(text) is not None


def dotted(digits: str) -> str:
    """Return the ten digits of a Kemendagri code with its dots."""
    return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"


def comparable(name: str) -> str:
    """Return a name reduced to what two spellings of it share.

    Capitals, spaces, hyphens, dots, apostrophes and a leading ``Kelurahan`` or ``Desa`` are
    taken away. Letters are not: Buring and Bareng stay two places.

    Examples
    --------
    >>> comparable("Kelurahan Oro-Oro Dowo") == comparable("Oro oro dowo")
    True
    """
    return re.sub(r"[\s.'’`\-]+", "", _PREFIX.sub("", name)).casefold()


def agree(name: str, *accepted: str) -> bool:
    """Tell whether a name is one of the accepted ones, however it is spaced or capitalised."""
    return comparable(name) in {comparable(one) for one in accepted if one}


def read_code_list(path: Path) -> pd.DataFrame:
    """Read the list that pairs the codes of both systems.

    Parameters
    ----------
    path
        CSV in UTF-8 with the columns ``kode_kemendagri``, ``kode_bps``, ``kelurahan``,
        ``kelurahan_bps``, ``kecamatan`` and, where known, ``kabupaten`` (or kota) and ``dapil``.
        ``kode_kemendagri`` is empty for areas that are no kelurahan or desa, such as forest.

    Returns
    -------
    DataFrame
        Text columns ``kode``, ``kode_bps``, ``kelurahan``, ``kelurahan_bps``, ``kecamatan``,
        ``kabupaten`` and ``dapil``; an empty text means none.

    Raises
    ------
    TableError
        The file cannot be read, is empty, or lacks columns.
    CodeError
        Codes are malformed, of the wrong system or listed twice; every line is named.
    """
    listing = _read_text_table(path)
    faults = list(_faults_in_list(listing, path.name))
    if faults:
        raise CodeError(*faults)
    for column, system in ((KODE, System.KEMENDAGRI), (KODE_BPS, System.BPS)):
        listing[column] = [_in_system(text, system) or "" for text in listing[column]]
    return listing[[KODE, *CODE_LIST_COLUMNS[1:], *CODE_LIST_EXTRAS]].reset_index(drop=True)


def _read_text_table(path: Path) -> pd.DataFrame:
    """Return the columns of a code list as text, indexed by the lines on which its rows end."""
    rows = _read_rows(path)
    heading = rows.pop(min(rows))
    wide = [line for line, cells in rows.items() if any(cells[len(heading) :])]
    if wide:
        message = (
            "{file}: line {lines} has more cells than the heading. Put names that hold commas "
            "between quotation marks."
        )
        raise TableError(Fault(message, file=path.name, lines=shorten(wide)))
    padding = [""] * len(heading)
    cells = [(cells + padding)[: len(heading)] for cells in rows.values()]
    table = pd.DataFrame(cells, index=list(rows), columns=heading, dtype=str)
    table = table.loc[:, ~table.columns.duplicated()].copy()
    missing = [column for column in CODE_LIST_COLUMNS if column not in table.columns]
    if missing:
        message = "{file}: lacks the columns {columns}. Add them; the heading is {expected}."
        expected = ", ".join((*CODE_LIST_COLUMNS, *CODE_LIST_EXTRAS))
        raise TableError(
            Fault(message, file=path.name, columns=", ".join(missing), expected=expected)
        )
    if table.empty:
        raise TableError(Fault("{file}: holds no rows. Add the kelurahan.", file=path.name))
    for column in CODE_LIST_EXTRAS:
        if column not in table.columns:
            table[column] = ""
    return table.rename(columns={"kode_kemendagri": KODE})


def _read_rows(path: Path) -> dict[int, list[str]]:
    """Return the rows of a CSV in which anything stands, by the line on which each ends."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except OSError as error:
        message = "{file}: cannot be read. Check that the file is there."
        raise TableError(Fault(message, file=path.name)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _no_csv(path) from error
    filled = {line: cells for line, cells in rows if any(cells)}
    if not filled:
        raise _no_csv(path)
    return filled


def _no_csv(path: Path) -> TableError:
    message = "{file}: is not a CSV table in UTF-8. Save it as CSV UTF-8 again."
    return TableError(Fault(message, file=path.name))


def _in_system(text: str, system: System) -> str | None:
    """Return the standard form of a code in a column whose system is known; None for no such."""
    if system is System.KEMENDAGRI:
        code = dotted(text.replace(".", ""))
        return code if is_kode(code) else None
    digits = text.replace(".", "").removeprefix("ID")
    return None if is_kode(text) or re.fullmatch(r"\d{10}", digits) is None else digits


def _faults_in_list(listing: pd.DataFrame, file: str) -> Iterator[Fault]:
    for column, system in ((KODE, System.KEMENDAGRI), (KODE_BPS, System.BPS)):
        texts = listing.loc[listing[column] != "", column]
        standard = texts.map(lambda text, system=system: _in_system(text, system))
        wrong = texts[standard.isna()]
        if len(wrong):
            message = (
                "{file}: {codes} on line {lines} are no {system} codes. Correct them; "
                "they are text like {example}."
            )
            yield Fault(
                message, file=file, codes=shorten(quote(text) for text in wrong),
                lines=shorten(wrong.index), system=system, example=_EXAMPLES[system],
            )  # fmt: skip
        twice = standard[standard.notna() & standard.duplicated(keep=False)]
        if len(twice):
            message = "{file}: {codes} stand there twice (lines {lines}). Keep one line for each."
            lines = shorten(twice.index)
            yield Fault(message, file=file, codes=shorten(twice.unique()), lines=lines)
    nameless = listing.index[listing[KELURAHAN] == ""]
    if len(nameless):
        message = "{file}: no name of a kelurahan on line {lines}. Add it."
        yield Fault(message, file=file, lines=shorten(nameless))


def candidates(text: str, listing: pd.DataFrame) -> list[int]:
    """Return the rows of a code list that a code may mean.

    A code with dots, or with the prefix ``ID``, names its system by its form. Ten bare digits are
    looked up in both columns, so that two rows come back where the systems collide.

    Parameters
    ----------
    text
        Code of either system.
    listing
        As :func:`read_code_list` returns it.

    Raises
    ------
    CodeError
        The text is no code.
    """
    given = text.strip()
    digits = given.removeprefix("ID").replace(".", "")
    bare = given == digits
    code = None if bare and _PLAIN.fullmatch(given) else parse(given)
    rows: list[int] = []
    if code is None or code.system is System.KEMENDAGRI:
        rows += listing.index[listing[KODE].str.replace(".", "") == digits].tolist()
    if code is None or code.system is System.BPS:
        rows += listing.index[listing[KODE_BPS] == digits].tolist()
    return list(dict.fromkeys(rows))


def identify(
    codes: pd.Series, names: pd.Series | None, listing: pd.DataFrame, *, file: str = ""
) -> pd.Series:
    """Find each record in the code list by its code, and check the name beside it.

    Parameters
    ----------
    codes
        Codes of either system, as text.
    names
        Names of the same records, on the same index; None where the data have none.
    listing
        As :func:`read_code_list` returns it.
    file
        Name of the boundary file whose features these are, in its order; it and the feature are
        then told with every fault.

    Returns
    -------
    Series
        Row of the code list for each record, ``Int64``; NA for a code that is well formed but
        not in the list.

    Raises
    ------
    CodeError
        Codes are malformed, mean two places, or contradict the name beside them. A disagreement
        is never resolved here: a person decides which of the two is right.
    """
    found: list[int | None] = []
    faults: list[Fault] = []
    for position, text in enumerate(codes):
        name = None if names is None else str(names.iloc[position])
        try:
            found.append(_identify_one(str(text), name, listing))
        except CodeError as error:
            faults += at_feature(file, position, error) if file else error.faults
    if faults:
        raise CodeError(*faults)
    return pd.Series(found, index=codes.index, dtype="Int64")


def at_feature(file: str, index: int, error: CodeError) -> list[Fault]:
    """Return the faults of a feature of a boundary file, by its index from 0, with their place."""
    message = "{file}, feature {feature}: {fault}"
    return [Fault(message, file=file, feature=index + 1, fault=fault) for fault in error.faults]


def _identify_one(text: str, name: str | None, listing: pd.DataFrame) -> int | None:
    rows = candidates(text, listing)
    if len(rows) > 1:
        both = shorten(listing.loc[rows, KELURAHAN])
        message = "{code} means two places ({names}). Write the Kemendagri code with its dots."
        raise CodeError(Fault(message, code=quote(text), names=both))
    if not rows:
        parse(text)
        return None
    listed, listed_bps = (
        str(listing.loc[rows[0], column]) for column in (KELURAHAN, KELURAHAN_BPS)
    )
    if name is not None and not agree(name, listed, listed_bps):
        message = (
            "{code} is {listed} in the code list, but {given} stands beside it. "
            "Find out which is right and correct the other."
        )
        raise CodeError(Fault(message, code=quote(text), listed=listed, given=quote(name)))
    return rows[0]
