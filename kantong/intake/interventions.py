"""Lists of interventions as offices send them: columns, words and places understood, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, PERIOD
from kantong.intake import figures
from kantong.intake.grid import Cell, Grid
from kantong.intake.headings import CODE, ROLES, bare, period_in
from kantong.intake.layout import LINE
from kantong.intake.matching import (
    PLACE_COLUMNS,
    STATUS,
    Decision,
    Status,
    Verdict,
    as_settled,
    judged,
    match,
)

PROGRAMME, STRATEGY, KIND, FUNDER, STATE = "programme", "strategy", "kind", "funder", "status"
TEXT_COLUMNS = (PROGRAMME, STRATEGY, KIND, FUNDER, PERIOD, STATE)
WHOLE_COLUMNS = ("target", "reached", "budget_rp")
REMARK_COLUMNS = ("source", "note")

# Headings of each column, without case, spaces and signs.
_HEADINGS: Mapping[str, frozenset[str]] = {
    **{role: ROLES[role] for role in (CODE, KELURAHAN, KECAMATAN, PERIOD)},
    PROGRAMME: frozenset({
        "program", "programme", "namaprogram", "kegiatan", "namakegiatan", "programkegiatan",
        "intervensi", "namaintervensi", "bantuan", "namabantuan",
    }),
    STRATEGY: frozenset({"strategi", "strategy", "strategiprogram"}),
    KIND: frozenset({"jenis", "kind", "jenisintervensi", "jenisbantuan", "bentukbantuan"}),
    FUNDER: frozenset({
        "penyandangdana", "pendana", "sumberdana", "sumberanggaran", "funder", "whopays",
        "pemberibantuan", "donatur",
    }),
    STATE: frozenset({"status", "statuspelaksanaan", "keadaan"}),
    "target": frozenset({
        "target", "sasaran", "jumlahsasaran", "targetpenerima", "kuota", "targetorangkeluargarumah",
        "targetpeoplefamilieshouses", "jumlahtarget",
    }),
    "reached": frozenset({
        "reached", "terlayani", "realisasi", "penerima", "jumlahpenerima", "realisasipenerima",
        "tercapai", "capaian",
    }),
    "budget_rp": frozenset({
        "anggaran", "anggaranrp", "budget", "budgetrp", "pagu", "paguanggaran", "paguanggaranrp",
        "biaya", "biayarp", "nilairp", "jumlahanggaran",
    }),
    "source": frozenset({"sumber", "source", "sumberdata"}),
    "note": frozenset({"catatan", "note", "keterangan", "ket"}),
}  # fmt: skip
# Words for the codes, as above. The three strategies are those of Inpres 4/2022.
WORDS: Mapping[str, Mapping[str, frozenset[str]]] = {
    STRATEGY: {
        "raise_income": frozenset({
            "raiseincome", "menaikkanpendapatan", "meningkatkanpendapatan", "pendapatan",
            "peningkatanpendapatan",
        }),
        "cut_spending": frozenset({
            "cutspending", "menekanpengeluaran", "mengurangibebanpengeluaran", "pengeluaran",
            "penguranganbebanpengeluaran", "menurunkanbebanpengeluaran",
        }),
        "direct": frozenset({
            "direct", "directintervention", "intervensilangsung", "langsung",
            "mengurangikantongkemiskinan", "penurunankantongkemiskinan",
            "meminimalkanwilayahkantongkemiskinan", "kantongkemiskinan",
        }),
    },
    KIND: {
        "cash": frozenset({"cash", "uangtunai", "tunai", "bantuantunai", "uang"}),
        "food": frozenset({"food", "pangan", "sembako", "makanan", "bahanpangan"}),
        "housing": frozenset({"housing", "perumahan", "rumah", "rtlh", "bedahrumah"}),
        "health": frozenset({"health", "kesehatan", "jaminankesehatan"}),
        "training": frozenset({"training", "pelatihan", "kursus"}),
        "sanitation": frozenset({"sanitation", "sanitasi", "jamban", "airbersih", "mck"}),
        "business_capital": frozenset({
            "businesscapital", "modalusaha", "modal", "bantuanmodal", "usaha",
        }),
    },
    STATE: {
        "planned": frozenset({"planned", "direncanakan", "rencana", "usulan"}),
        "pledged": frozenset({"pledged", "dijanjikan", "komitmen", "janji"}),
        "running": frozenset({"running", "berjalan", "berlangsung", "sedangberjalan", "proses"}),
        "done": frozenset({"done", "selesai", "terlaksana", "sudahselesai"}),
    },
}  # fmt: skip
# What a person reads of a column, and what may be chosen there.
_NAMED: Mapping[str, Fault] = {
    PROGRAMME: Fault("Programme"),
    STRATEGY: Fault("Strategy"),
    KIND: Fault("Kind"),
    FUNDER: Fault("Who pays"),
    PERIOD: Fault("Period"),
    STATE: Fault("Status"),
    "target": Fault("Target"),
    "reached": Fault("Reached"),
    "budget_rp": Fault("Budget (Rp)"),
}
_CHOSEN: Mapping[str, Fault] = {
    STRATEGY: Fault("raise income, cut spending, direct intervention"),
    KIND: Fault("cash, food, housing, health, training, sanitation, business capital"),
    STATE: Fault("planned, pledged, running, done"),
}
_DEEPEST_HEADING = 40


@dataclass(frozen=True)
class Columns:
    """Where the columns of a list stand.

    Parameters
    ----------
    row
        Index of the heading in ``Grid.rows``.
    places
        Index of each column that was found.
    """

    row: int
    places: Mapping[str, int]

    @property
    def lacking(self) -> tuple[str, ...]:
        """Those of ``TEXT_COLUMNS`` that a person must say for all rows."""
        return tuple(name for name in TEXT_COLUMNS if name not in self.places)


@dataclass(frozen=True)
class Listed:
    """A list of interventions, every row accounted for.

    Parameters
    ----------
    rows
        One row for each row of the list, indexed by its line: ``code``, ``kelurahan``,
        ``kecamatan`` as written, and what :func:`kantong.intake.matching.match` says of them.
    entries
        Of the matched rows, by line: programme, strategy, kind, funder, ``kode``, period, target,
        reached, budget_rp, status, source and note. Numbers are None where not known.
    """

    rows: pd.DataFrame
    entries: pd.DataFrame

    def count(self, status: Status) -> int:
        """Return how many rows have a status; the three sum to the rows of the list."""
        return int((self.rows[STATUS] == status).sum())

    def of(self, status: Status) -> pd.DataFrame:
        """Return the rows with a status."""
        return self.rows[self.rows[STATUS] == status]


def code_of(column: str, text: str) -> str:
    """Return the code that a word of a column means; empty where it means none.

    Examples
    --------
    >>> code_of("kind", "Modal usaha"), code_of("status", "SELESAI"), code_of("kind", "sulap")
    ('business_capital', 'done', '')
    """
    said = bare(text)
    return next(
        (code for code, words in WORDS[column].items() if said in words or said == bare(code)), ""
    )


def columns_of(grid: Grid) -> Columns:
    """Return where the columns of a list stand.

    Raises
    ------
    TableError
        No row of headings names a kelurahan and something of an intervention.
    """
    found = [
        Columns(row, _headed(grid.rows[row]))
        for row in range(min(_DEEPEST_HEADING, len(grid.rows)))
    ]
    fitting = [one for one in found if _is_heading(one.places)]
    if not fitting:
        message = (
            "No row of headings with a kelurahan and a programme, target, number reached or "
            "budget is found. Take the template, or name the columns as it does."
        )
        raise TableError(Fault(message))
    return max(fitting, key=lambda one: (len(one.places), -one.row))


def listed(
    grid: Grid,
    layer: pd.DataFrame,
    *,
    stated: Mapping[str, str] | None = None,
    remembered: Iterable[Decision] = (),
    settled: Mapping[int, str] | None = None,
) -> Listed:
    """Understand a list of interventions and account for each of its rows.

    Parameters
    ----------
    grid
        The sheet, with a heading.
    layer
        ``kode``, ``kode_bps``, ``kelurahan``, ``kecamatan``.
    stated
        What a person says, by column of ``TEXT_COLUMNS``, for the rows that do not say it
        themselves: all where the list lacks the column, else those with an empty cell.
    remembered
        Decisions about places of this source, from earlier imports.
    settled
        By line: the ``kode`` that a person chose, or an empty text for a row refused.

    Returns
    -------
    Listed
        Rows in = matched + held for review + refused. Rows that say the same programme,
        kelurahan, period and funder are all held for review.

    Raises
    ------
    TableError
        There is no heading, or there are no rows.
    """
    columns = columns_of(grid)
    body = range(columns.row + 1, len(grid.rows))
    if not body:
        raise TableError(Fault("Below the headings there is no row. Fill in one at least."))
    index = pd.Index([grid.lines[row] for row in body], name=LINE, dtype="int64")
    told = _cells(grid, body, columns, index)
    places = pd.DataFrame({name: told[name].map(_text) for name in PLACE_COLUMNS}, index=index)
    rows = places.join(match(places, layer, remembered))
    rows = as_settled(rows, settled or {}, set(layer[KODE]))
    entries, faults = _entries(told, stated or {})
    rows = _refuse(rows, faults)
    rows = _hold_twice(rows, entries)
    kept = rows.index[rows[STATUS] == Status.MATCHED]
    entries = entries.loc[kept].assign(**{KODE: rows.loc[kept, KODE]})
    return Listed(rows, entries)


def _headed(cells: Sequence[Cell]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        said = bare(cell) if isinstance(cell, str) else ""
        for name, words in _HEADINGS.items():
            if said and said in words and name not in places:
                places[name] = place
                break
    return places


def _is_heading(places: Mapping[str, int]) -> bool:
    own = {PROGRAMME, *WHOLE_COLUMNS}
    return bool({CODE, KELURAHAN} & set(places)) and bool(own & set(places))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _cells(grid: Grid, body: range, columns: Columns, index: "pd.Index[int]") -> pd.DataFrame:
    """Return the cells of the rows by column; None where the list has no such column.

    A merged cell of texts holds for all rows it spans; a merged number would be counted twice.
    """
    every = [*PLACE_COLUMNS, *TEXT_COLUMNS, *REMARK_COLUMNS]
    at = columns.places
    shared = {
        (row, block.left): grid.rows[block.top][block.left]
        for block in grid.merged
        for row in range(block.top, block.bottom + 1)
        if block.left in {at[name] for name in every if name in at}
    }
    return pd.DataFrame(
        {
            name: [shared.get((row, at[name]), grid.rows[row][at[name]]) for row in body]
            if name in at else [None] * len(body)
            for name in (*every, *WHOLE_COLUMNS)
        },
        index=index,
        dtype=object,
    )  # fmt: skip


def _entries(
    told: pd.DataFrame, stated: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[int, Fault]]:
    """Return what the rows say, and why of some it cannot be kept."""
    faults: dict[int, Fault] = {}
    entries: dict[str, list[object]] = {}
    for name in (*TEXT_COLUMNS, *REMARK_COLUMNS):
        texts = [_text(cell) or stated.get(name, "") for cell in told[name]]
        entries[name] = [_coded(name, text) for text in texts]
        for line, text, code in zip(told.index, texts, entries[name], strict=True):
            if name in TEXT_COLUMNS and not code:
                faults.setdefault(int(line), _no_text(name, text))
    for name in WHOLE_COLUMNS:
        style = figures.style_of(told[name], whole=True) or "id"
        entries[name] = [_whole(cell, style) for cell in told[name]]
        for line, cell, value in zip(told.index, told[name], entries[name], strict=True):
            if value is None and not figures.is_unknown(cell):
                faults.setdefault(int(line), _no_number(name, cell))
    return pd.DataFrame(entries, index=told.index, dtype=object), faults


def _coded(column: str, text: str) -> str:
    if column in WORDS:
        return code_of(column, text)
    return period_in(text) if column == PERIOD else text


def _whole(cell: Cell, style: figures.Style) -> int | None:
    value = None if figures.is_unknown(cell) else figures.parse(cell, style)
    return int(value) if value is not None and value >= 0 and value.is_integer() else None


def _no_text(column: str, text: str) -> Fault:
    if not text:
        message = "{column} is empty. Fill it in, or say it for all rows."
        return Fault(message, column=_NAMED[column])
    if column == PERIOD:
        message = "{given} is no period. Write 2025 for a year, 2025-Q3 for a quarter."
        return Fault(message, given=quote(text))
    message = "{given} is not known as {column}. Use one of: {known}."
    return Fault(message, given=quote(text), column=_NAMED[column], known=_CHOSEN[column])


def _no_number(column: str, cell: Cell) -> Fault:
    message = (
        "{given} in {column} is no whole number from 0 up. Correct it, or leave it empty where it "
        "is not known."
    )
    return Fault(message, given=quote(_text(cell)), column=_NAMED[column])


def _refuse(rows: pd.DataFrame, faults: Mapping[int, Fault]) -> pd.DataFrame:
    """Refuse rows that cannot be kept; sums and strangers keep the reason they have."""
    standing = rows[STATUS] != Status.REFUSED
    verdicts = {
        line: Verdict(Status.REFUSED, reason=fault)
        for line, fault in faults.items()
        if standing[line]
    }
    return judged(rows, verdicts)


def _hold_twice(rows: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Hold rows that say the same: which of them counts is not guessed."""
    kept = rows[rows[STATUS] == Status.MATCHED]
    texts = [entries.loc[kept.index, name].str.casefold() for name in (PROGRAMME, PERIOD, FUNDER)]
    keys = pd.Series(list(zip(*texts, kept[KODE], strict=True)), index=kept.index, dtype=object)
    verdicts = {}
    for _key, same in keys[keys.duplicated(keep=False)].groupby(keys, sort=False):
        message = (
            "The same programme, kelurahan, period and funder stand on the lines {lines}. Refuse "
            "all but one."
        )
        reason = Fault(message, lines=shorten(same.index))
        for line in same.index:
            kode = str(kept.loc[line, KODE])
            verdicts[int(line)] = Verdict(Status.REVIEW, candidates=(kode,), reason=reason)
    return judged(rows, verdicts)
