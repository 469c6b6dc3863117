"""Whom programmes reach: where nothing is, where two do the same, who is left out or let in."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kantong.analysis.rates import REASON, headcount_ratio
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import KODE, PERIOD, VALUE

PROGRAMME, KIND, FUNDER = "programme", "kind", "funder"
TARGET, REACHED, BUDGET_RP = "target", "reached", "budget_rp"
COLUMNS = (PROGRAMME, KIND, FUNDER, KODE, PERIOD, TARGET, REACHED, BUDGET_RP)

# Who pays, by the name that stands in the table.
NATIONAL, PROVINCE, CITY, OTHER = "national", "province", "city", "other"
LEVELS: Mapping[str, str] = {
    "APBN": NATIONAL,
    "PUPR": NATIONAL,
    "APBD provinsi": PROVINCE,
    "APBD kota": CITY,
    "Baznas": OTHER,
    "CSR (Forum TSP)": OTHER,
}
UNKNOWN_AREA = "The kelurahan is not among the boundaries."
NO_PROGRAMME = "The programme has no name."
UNCLEAR_PERIOD = "The period is neither a year nor a quarter."

GAP, SERVED, UNCLEAR, NO_NEED, NOT_KNOWN = "gap", "served", "unclear", "no_need", "not_known"
PLEDGED = "pledged"
STATUS = "status"
AHEAD = ("planned", "pledged")  # statuses of what has not begun
NEED, STATE, UNKNOWN = "need", "state", "unknown"
EXCLUSION, INCLUSION = "exclusion", "inclusion"
EXCLUDED, POOR, INCLUDED, RECIPIENTS = "excluded", "poor", "included", "recipients"
YEARS, MOVED, STAYED, PERCENT = "years", "moved", "stayed", "percent"
POOREST, ELIGIBLE, DECILES = 2, 5, 10
_PERIOD = r"^(\d{4})(?:-Q([1-4]))?$"
_FROM, _TO, _LEVEL, _ROW = "from", "to", "level", "row"
_ONE = [KODE, PROGRAMME, FUNDER]


@dataclass(frozen=True)
class Interventions:
    """Interventions that can be placed, and what is odd about them.

    Parameters
    ----------
    rows
        Those of known kelurahan and periods, as they came, numbered by their place in the table.
    aside
        The others, with ``reason``. Together with ``rows`` they are all.
    kodes
        The kelurahan asked about, with or without interventions.
    told
        What a reader must know: rows set aside, funders not known, counts that may be double.
    """

    rows: pd.DataFrame
    aside: pd.DataFrame
    kodes: "pd.Index[str]"
    told: tuple[Fault, ...]

    def in_period(self, period: str) -> pd.DataFrame:
        """Return the rows whose period overlaps one (a year overlaps its quarters)."""
        start, end = _span(period)
        spans = _spans(self.rows[PERIOD])
        return self.rows[(spans[_FROM] <= end) & (spans[_TO] >= start)]


def interventions(
    table: pd.DataFrame, kodes: Collection[str], *, levels: Mapping[str, str] = LEVELS
) -> Interventions:
    """Check interventions, and set aside those that can be placed nowhere or in no time.

    Parameters
    ----------
    table
        ``COLUMNS``, others as they like; one row a programme, funder, kelurahan and period.
        ``target`` and ``reached`` in people, families or houses; NaN where not known. Texts that
        are not known are NaN or empty.
    kodes
        ``kode`` of all kelurahan.
    levels
        Who each funder is.

    Raises
    ------
    TableError
        Columns are missing, or numbers are negative or not finite.

    Examples
    --------
    >>> row = ["PKH", "cash", "APBN", "a", "2025", 5, 5, None]
    >>> found = interventions(pd.DataFrame([row, [*row[:3], "x", *row[4:]]], columns=COLUMNS), "ab")
    >>> len(found.rows), found.aside["reason"].tolist()
    (1, ['The kelurahan is not among the boundaries.'])
    """
    _refuse(table)
    numbers = dict.fromkeys((TARGET, REACHED, BUDGET_RP), float)
    table = table.reset_index(drop=True).astype(numbers)
    known = table[KODE].isin(list(kodes))
    timed = table[PERIOD].astype(str).str.match(_PERIOD)
    named = table[PROGRAMME].notna() & (table[PROGRAMME] != "")
    why = [UNKNOWN_AREA, UNCLEAR_PERIOD, NO_PROGRAMME]
    reason = np.select([~known, ~timed, ~named], why, default="")
    aside = table.assign(**{REASON: reason})[reason != ""]
    rows = table[reason == ""]
    told = (*_told_aside(aside), *_told_funders(table, levels), *_told_double(rows))
    return Interventions(rows, aside, pd.Index(list(kodes), name=KODE, dtype=str), told)


@dataclass(frozen=True)
class Reach:
    """How many each programme reached in each kelurahan in one period.

    Parameters
    ----------
    reached
        By ``kode`` and programme. NaN where nothing is recorded, or no row says how many.
    recorded
        How many rows there are; 0 does not mean that nobody was reached, only that nobody says so.
    unknown
        How many of these do not say how many were reached: ``reached`` is then at least so many.
    period
        The period asked for.
    """

    reached: pd.DataFrame
    recorded: pd.DataFrame
    unknown: pd.DataFrame
    period: str


def reach(found: Interventions, period: str) -> Reach:
    """Return how many each programme reached, kelurahan by kelurahan.

    Parameters
    ----------
    found
        Checked interventions.
    period
        A year or a quarter; whatever overlaps it counts.

    Notes
    -----
    Rows of one programme and funder for the same period are added. Of several periods (quarters
    of a year) the largest is taken, for the same people may be served in each. Funders are added.
    Programmes must not be added: one person may be in several.
    """
    rows = found.in_period(period)
    times = rows.groupby([*_ONE, PERIOD], dropna=False)[REACHED].sum(min_count=1)
    each = times.groupby(level=_ONE, dropna=False).max()
    cell = each.groupby(level=[KODE, PROGRAMME]).sum(min_count=1)
    counts = rows[REACHED].isna().groupby([rows[KODE], rows[PROGRAMME]]).agg(["size", "sum"])
    programmes = sorted(rows[PROGRAMME].unique())
    cells = pd.MultiIndex.from_product([found.kodes, programmes])

    def wide(column: "pd.Series[float]") -> pd.DataFrame:
        shape = len(found.kodes), len(programmes)
        values = column.reindex(cells).to_numpy(dtype=float).reshape(shape)
        return pd.DataFrame(values, found.kodes, programmes)

    return Reach(
        reached=wide(cell),
        recorded=wide(counts["size"]).fillna(0).astype(int),
        unknown=wide(counts["sum"]).fillna(0).astype(int),
        period=period,
    )


def rupiah_per_poor(found: Interventions, period: str, poor: "pd.Series[float]") -> pd.DataFrame:
    """Return what is spent for each poor person.

    Parameters
    ----------
    found
        Checked interventions.
    period
        A year or a quarter; whatever overlaps it counts in full.
    poor
        Poor people by ``kode``; NaN where not known.

    Returns
    -------
    DataFrame
        By ``kode``: ``budget_rp``, the sum of the known budgets; ``unknown``, how many
        interventions do not say theirs, so that it is at least so much; ``value`` = budget / poor
        people (rupiah), and ``reason`` where that is NaN: nothing recorded is not known, not 0.
    """
    rows = found.in_period(period).groupby(KODE)[BUDGET_RP]
    budget = rows.sum(min_count=1).reindex(found.kodes).astype(float)
    silent = (rows.size() - rows.count()).reindex(found.kodes).fillna(0).astype(int)
    ratio = headcount_ratio(budget, poor.reindex(found.kodes), scale=1.0)
    ratio[BUDGET_RP], ratio[UNKNOWN] = budget, silent
    return ratio[[BUDGET_RP, UNKNOWN, VALUE, REASON]]


def gaps(
    found: Interventions,
    need: "pd.Series[float]",
    at_least: float,
    *,
    period: str,
    kinds: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return where there is need and nothing there to meet it.

    Parameters
    ----------
    found
        Checked interventions.
    need
        By ``kode``, in any unit; NaN where not known.
    at_least
        From here on it is need.
    period
        A year or a quarter.
    kinds
        Kinds of intervention that would meet it; None for all.

    Returns
    -------
    DataFrame
        By ``kode``: ``need`` and ``state``. Where there is need: ``gap``, nothing recorded or
        nobody reached; ``served``, somebody reached; ``unclear``, something under way, but not
        whether anybody was reached; ``pledged``, nobody reached yet, but something is planned or
        pledged (where the table has a ``status``). Else ``no_need``, or ``not_known`` where the
        need is not.
    """
    rows = found.in_period(period)
    if kinds is not None:
        rows = rows[rows[KIND].isin(list(kinds))]
    most = rows.groupby(KODE)[REACHED].max().reindex(found.kodes)
    ahead = is_ahead(rows)
    silent = found.kodes.isin(rows.loc[~ahead & rows[REACHED].isna(), KODE])
    promised = found.kodes.isin(rows.loc[ahead, KODE])
    asked = need.reindex(found.kodes).astype(float)
    state = np.select(
        [asked.isna(), asked < at_least, most > 0, silent, promised],
        [NOT_KNOWN, NO_NEED, SERVED, UNCLEAR, PLEDGED],
        default=GAP,
    )
    return pd.DataFrame({NEED: asked, STATE: state}, index=found.kodes)


def is_ahead(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Return which interventions are planned or pledged, and have not begun.

    Parameters
    ----------
    rows
        Interventions; without a column ``status`` none is known to be.
    """
    if STATUS not in rows:
        return pd.Series(data=False, index=rows.index)
    return rows[STATUS].isin(AHEAD)


def double_service(found: Interventions, *, levels: Mapping[str, str] = LEVELS) -> pd.DataFrame:
    """Return what may serve the same people twice.

    Parameters
    ----------
    found
        Checked interventions.
    levels
        Who each funder is.

    Returns
    -------
    DataFrame
        One row a pair of interventions of the same kind in the same kelurahan with overlapping
        periods, of two programmes or two funders: ``kode``, ``kind``; ``programme``, ``funder``,
        ``period`` and ``reached`` of both (``_1``, ``_2``); ``city_and_province``, whether one is
        paid by the city and the other by the province; ``at_most``, how many can be served twice,
        the smaller of both counts (NaN where one is not known). Counts cannot tell how many are.
    """
    shown = [PROGRAMME, FUNDER, PERIOD, REACHED]
    rows = found.rows[found.rows[KIND].notna() & (found.rows[KIND] != "")]
    held = rows[[KODE, KIND, *shown]].join(_spans(rows[PERIOD]))
    held[_LEVEL], held[_ROW] = held[FUNDER].map(dict(levels)), held.index
    pairs = held.merge(held, on=[KODE, KIND], suffixes=("_1", "_2"))
    together = (pairs[_FROM + "_1"] <= pairs[_TO + "_2"]) & (
        pairs[_FROM + "_2"] <= pairs[_TO + "_1"]
    )
    pairs = pairs[together & (pairs[_ROW + "_1"] < pairs[_ROW + "_2"])]
    payers = pairs[["funder_1", "funder_2"]].fillna("")
    other = (pairs["programme_1"] != pairs["programme_2"]) | (
        payers["funder_1"] != payers["funder_2"]
    )
    first, second = pairs[_LEVEL + "_1"], pairs[_LEVEL + "_2"]
    pairs["city_and_province"] = ((first == CITY) & (second == PROVINCE)) | (
        (first == PROVINCE) & (second == CITY)
    )
    pairs["at_most"] = pairs[["reached_1", "reached_2"]].min(axis=1, skipna=False)
    columns = [KODE, KIND, *(f"{name}_{side}" for side in (1, 2) for name in shown)]
    answer = pairs.loc[other, [*columns, "city_and_province", "at_most"]]
    return answer.sort_values([KODE, KIND], kind="stable").reset_index(drop=True)


def coverage(found: Reach, group: "pd.Series[float]") -> pd.DataFrame:
    """Set what each programme reached against those it is meant for.

    Parameters
    ----------
    found
        As :func:`reach` returns it.
    group
        People (families) it is meant for, e.g. those in deciles 1 and 2, by ``kode``, in the unit
        the programme counts in; NaN where not known.

    Returns
    -------
    DataFrame
        By programme: ``reached`` and ``group``, summed over the kelurahan where both are known;
        ``percent``, the ratio of these sums, above 100 where more are reached than there are
        (others are among them, or the units differ); ``areas``, how many those are, and
        ``unknown``, how many are not among them. NaN where there are none.
    """
    meant = group.reindex(found.reached.index).astype(float)
    both = found.reached.notna().mul(meant.notna(), axis=0)
    reached = found.reached.where(both).sum(min_count=1)
    whole = both.mul(meant.fillna(0), axis=0).sum().where(both.any())
    table = pd.DataFrame({REACHED: reached, "group": whole})
    table[PERCENT] = headcount_ratio(reached, whole)[VALUE]
    table["areas"], table[UNKNOWN] = both.sum(), (~both).sum()
    return table.rename_axis(PROGRAMME)


@dataclass(frozen=True)
class Targeting:
    """Who is left out and who is let in.

    Parameters
    ----------
    frame
        By ``kode``: ``excluded`` of the ``poor`` families, ``exclusion`` in per cent; ``included``
        of the ``recipients``, ``inclusion`` in per cent. NaN where not known.
    exclusion, inclusion
        Per cent over all kelurahan where they are known: ratios of the sums.
    told
        What cannot be: more families receiving than there are.
    """

    frame: pd.DataFrame
    exclusion: float
    inclusion: float
    told: tuple[Fault, ...]


def targeting(
    families: pd.DataFrame,
    receiving: pd.DataFrame,
    *,
    poorest: int = POOREST,
    eligible: int = ELIGIBLE,
) -> Targeting:
    """Return exclusion and inclusion error of a programme.

    Parameters
    ----------
    families
        All families by ``kode``, columns 1 to 10: their decile in the register. NaN where not
        counted.
    receiving
        Those of them who receive, in the same shape.
    poorest
        The poor are deciles 1 to this.
    eligible
        Those above this decile should not receive. Between the two neither error is made.

    Raises
    ------
    ValueError
        The deciles asked for cannot be, or columns are missing.

    Notes
    -----
    Coady, Grosh and Hoddinott (2004), Targeting of Transfers in Developing Countries: exclusion
    (undercoverage) = poor families not receiving / poor families; inclusion (leakage) = receiving
    families who should not / all receiving families. Theirs has one line, ``eligible`` =
    ``poorest``.

    Examples
    --------
    >>> counted = pd.DataFrame([[10] * 10], index=["a"], columns=range(1, 11))
    >>> paid = pd.DataFrame([[9, 6, 0, 0, 0, 0, 5, 0, 0, 0]], index=["a"], columns=range(1, 11))
    >>> found = targeting(counted, paid)
    >>> found.exclusion, found.inclusion
    (25.0, 25.0)
    """
    if not 1 <= poorest <= eligible < DECILES:
        message = f"no deciles 1 to {poorest} and above {eligible}"
        raise ValueError(message)
    every = list(range(1, DECILES + 1))
    whole, paid = families[every].astype(float), receiving[every].astype(float)
    whole = whole.reindex(whole.index.union(paid.index, sort=False))
    paid = paid.reindex(whole.index)
    low, high = every[:poorest], every[eligible:]
    frame = pd.DataFrame(
        {
            EXCLUDED: (whole - paid)[low].sum(axis=1, skipna=False),
            POOR: whole[low].sum(axis=1, skipna=False),
            INCLUDED: paid[high].sum(axis=1, skipna=False),
            RECIPIENTS: paid.sum(axis=1, skipna=False),
        }
    )
    too_many = (paid > whole).any(axis=1)
    frame.loc[too_many] = np.nan
    frame[EXCLUSION] = headcount_ratio(frame[EXCLUDED], frame[POOR])[VALUE]
    frame[INCLUSION] = headcount_ratio(frame[INCLUDED], frame[RECIPIENTS])[VALUE]
    return Targeting(
        frame=frame[[EXCLUDED, POOR, EXCLUSION, INCLUDED, RECIPIENTS, INCLUSION]],
        exclusion=_ratio(frame[EXCLUDED], frame[POOR]),
        inclusion=_ratio(frame[INCLUDED], frame[RECIPIENTS]),
        told=tuple(_told_too_many(whole.index[too_many])),
    )


def long_stayers(counts: pd.DataFrame, *, years: float = 10) -> pd.DataFrame:
    """Return the share of recipients served for long without their decile having changed.

    Parameters
    ----------
    counts
        One row a group of recipients: ``kode``; ``years`` they have been served; ``moved``,
        whether their decile has changed since; ``recipients``, how many they are. NaN where not
        known.
    years
        Served longer than this is long.

    Returns
    -------
    DataFrame
        By ``kode``: ``stayed``, how many; ``recipients``, all of whom it is known whether they
        are; ``percent``; ``unknown``, of how many it is not. NaN where of nobody it is known, or
        a group is not counted.

    Examples
    --------
    >>> counted = {"kode": list("aaa"), "years": [12, 12, 3], "moved": [False, True, False]}
    >>> long_stayers(pd.DataFrame(counted | {"recipients": [30, 10, 60]}))["percent"].tolist()
    [30.0]
    """
    served = counts[YEARS].astype(float)
    moved = counts[MOVED].astype("boolean")
    # Whoever moved, or is not yet served for long, is settled whatever the other answer.
    stayed = (served > years).astype("boolean").mask(served.isna()) & ~moved
    people = counts[RECIPIENTS].astype(float)
    split = pd.DataFrame(
        {
            KODE: counts[KODE],
            STAYED: people.where(stayed.fillna(value=False), 0).where(stayed.notna()),
            RECIPIENTS: people.where(stayed.notna()),
            UNKNOWN: people.where(stayed.isna(), 0),
        }
    )
    table = split.groupby(KODE)[[STAYED, RECIPIENTS, UNKNOWN]].sum(min_count=1)
    table[table.index.isin(counts.loc[people.isna(), KODE])] = np.nan
    table.insert(2, PERCENT, headcount_ratio(table[STAYED], table[RECIPIENTS])[VALUE])
    return table


def _ratio(part: "pd.Series[float]", whole: "pd.Series[float]") -> float:
    both = part.notna() & whole.notna()
    total = float(whole[both].sum())
    return float(part[both].sum()) / total * 100 if total else float("nan")


def _span(period: str) -> tuple[int, int]:
    spans = _spans(pd.Series([period]))
    if spans.isna().to_numpy().any():
        message = f"{period!r} is neither a year nor a quarter"
        raise ValueError(message)
    return int(spans[_FROM].iloc[0]), int(spans[_TO].iloc[0])


def _spans(period: "pd.Series[str]") -> pd.DataFrame:
    """Return the first and last quarter of each period, counted from the year 0."""
    parts = period.astype(str).str.extract(_PERIOD).astype(float)
    begins = parts[0] * 4 + (parts[1].fillna(1) - 1)
    return pd.DataFrame({_FROM: begins, _TO: begins + 3 * parts[1].isna()})


def _refuse(table: pd.DataFrame) -> None:
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        message = "The interventions lack the columns {columns}. Add them."
        raise TableError(Fault(message, columns=shorten(missing, len(COLUMNS))))
    faults = []
    for name in (TARGET, REACHED, BUDGET_RP):
        numbers = table[name].astype(float)
        wrong = table.loc[(numbers < 0) | np.isinf(numbers), [PROGRAMME, KODE]]
        if len(wrong):
            message = "{column} is negative or not finite: {rows}. Correct it first."
            rows = shorten(
                f"{quote(row.programme)} {quote(row.kode)}" for row in wrong.itertuples()
            )
            faults.append(Fault(message, column=name, rows=rows))
    if faults:
        raise TableError(*faults)


def _told_aside(aside: pd.DataFrame) -> Iterator[Fault]:
    for reason, rows in aside.groupby(REASON):
        column = PERIOD if reason == UNCLEAR_PERIOD else KODE
        values = shorten(quote(value) for value in rows[column].unique())
        if reason == UNKNOWN_AREA:
            message = (
                "{count} interventions are in kelurahan that are not among the boundaries: "
                "{values}. Correct their codes."
            )
        elif reason == UNCLEAR_PERIOD:
            message = (
                "{count} interventions have a period that is neither a year nor a quarter: "
                "{values}. Write 2025 or 2025-Q3."
            )
        else:
            message = "{count} interventions in {values} have no programme. Name it."
        yield Fault(message, count=len(rows), values=values)


def _told_funders(table: pd.DataFrame, levels: Mapping[str, str]) -> Iterator[Fault]:
    blank = table[FUNDER].isna() | (table[FUNDER] == "")
    if blank.any():
        message = "{count} interventions do not say who pays."
        yield Fault(message, count=int(blank.sum()))
    strange = table.loc[~blank & ~table[FUNDER].isin(list(levels)), FUNDER]
    if len(strange):
        message = (
            "{count} interventions are paid by funders that are not known: {values}. Whether city "
            "and province pay for the same cannot be told of them."
        )
        values = shorten(quote(value) for value in strange.unique())
        yield Fault(message, count=len(strange), values=values)


def _told_double(rows: pd.DataFrame) -> Iterator[Fault]:
    """Yield what of one programme and funder stands in one kelurahan twice, or by halves."""
    spans = rows[[*_ONE, KIND, PERIOD]].join(_spans(rows[PERIOD]))
    same = spans[spans.duplicated([*_ONE, KIND, PERIOD], keep=False)]
    for (programme, period), part in same.groupby([PROGRAMME, PERIOD]):
        message = (
            "{programme} stands several times for {period} in {codes}. Their numbers are added; "
            "take out what is the same."
        )
        codes = shorten(part[KODE].unique())
        yield Fault(message, programme=programme, period=period, codes=codes)
    years = spans[spans[_TO] > spans[_FROM]].assign(_year=lambda one: one[_FROM] // 4)
    quarters = spans[spans[_TO] == spans[_FROM]].assign(_year=lambda one: one[_FROM] // 4)
    keys = [*_ONE, KIND, "_year"]
    both = years.merge(quarters[keys].drop_duplicates(), on=keys)
    for (programme, period), part in both.groupby([PROGRAMME, PERIOD]):
        message = (
            "{programme} stands for the whole of {period} and for quarters of it in {codes}. The "
            "larger count is taken, but budgets are added; keep one of them."
        )
        codes = shorten(part[KODE].unique())
        yield Fault(message, programme=programme, period=period, codes=codes)


def _told_too_many(kodes: "pd.Index[str]") -> Iterator[Fault]:
    if len(kodes):
        message = (
            "In {codes} more families of a decile receive than there are. Both counts must be of "
            "the same register and period; these are left out."
        )
        yield Fault(message, codes=shorten(kodes))
