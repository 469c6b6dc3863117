"""What an import would keep: every row accounted for, nothing stored yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from kantong.geo.codes import comparable
from kantong.geo.errors import Fault, shorten
from kantong.geo.schema import INDICATOR, KELURAHAN, KODE, PERIOD, VALUE, Indicator
from kantong.intake.grid import Grid
from kantong.intake.layout import LINE, PARTS, Layout, Records, read
from kantong.intake.matching import (
    CODE,
    MATCH_COLUMNS,
    PARENT,
    PLACE_COLUMNS,
    PROPOSED,
    STATUS,
    Decision,
    Status,
    Verdict,
    as_settled,
    judged,
    match,
)

FIGURE_COLUMNS = (LINE, KODE, INDICATOR, PERIOD, VALUE)


@dataclass(frozen=True)
class Proposal:
    """A table as it would be kept.

    Parameters
    ----------
    rows
        One row for each row of the table, indexed by its line: ``code``, ``kelurahan``,
        ``kecamatan`` as written, and ``status``, ``kode``, ``proposed``, ``candidates``,
        ``reason``, ``parent`` as :func:`kantong.intake.matching.match` gives them.
    figures
        ``FIGURE_COLUMNS`` of the matched rows; NaN where a figure is not known.
    stated
        ``line``, ``parent``, ``indicator``, ``period``, ``value``: sums of kecamatan (their name)
        and of all (``*``) that the table itself gives.
    totals
        ``line``, ``kode``, ``kelurahan``, ``value``, ``parts``: what the table gives as the sum
        of a matched line, and what its cells sum to.
    certain
        Lines of kelurahan that were known without a person.
    """

    rows: pd.DataFrame
    figures: pd.DataFrame
    stated: pd.DataFrame
    totals: pd.DataFrame
    certain: frozenset[int] = frozenset()

    @classmethod
    def of_figures(cls, figures: pd.DataFrame, rows: pd.DataFrame | None = None) -> "Proposal":
        """Return figures that come from no table, as the checks look at them.

        Parameters
        ----------
        figures
            ``kode``, ``indicator``, ``period``, ``value`` of whole kelurahan.
        rows
            As above; none where there are none to account for.
        """
        some = pd.DataFrame(columns=[*PLACE_COLUMNS, *MATCH_COLUMNS]) if rows is None else rows
        numbered = figures.assign(**{LINE: 0}).astype({VALUE: float}).reset_index(drop=True)
        stated = pd.DataFrame(columns=[LINE, PARENT, INDICATOR, PERIOD, VALUE])
        totals = pd.DataFrame(columns=[LINE, KODE, KELURAHAN, VALUE, PARTS])
        return cls(some, numbered[list(FIGURE_COLUMNS)], stated, totals)

    def count(self, status: Status) -> int:
        """Return how many rows have a status; the three sum to the rows of the table."""
        return int((self.rows[STATUS] == status).sum())

    def open(self) -> pd.DataFrame:
        """Return the rows held for review."""
        return self.rows[self.rows[STATUS] == Status.REVIEW]

    def refused(self) -> pd.DataFrame:
        """Return the rows that are refused."""
        return self.rows[self.rows[STATUS] == Status.REFUSED]


def propose(
    grid: Grid,
    layout: Layout,
    layer: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    *,
    remembered: Iterable[Decision] = (),
    settled: Mapping[int, str] | None = None,
) -> Proposal:
    """Match the rows of a table and account for each of them.

    Parameters
    ----------
    grid, layout
        The sheet and how it is laid out.
    layer
        ``kode``, ``kode_bps``, ``kelurahan``, ``kecamatan``.
    indicators
        The catalogue.
    remembered
        Decisions about places of this source, from earlier imports.
    settled
        By line: the ``kode`` that a person chose, or an empty text for a row refused.

    Returns
    -------
    Proposal
        Rows in = matched + held for review + refused. Two rows for the same kelurahan,
        indicator and period are both held for review.

    Raises
    ------
    TableError
        The layout cannot be used, or the sheet has no rows.
    """
    records = read(grid, layout, indicators)
    found = match(records.places, layer, remembered)
    rows = records.places.join(found)
    certain = frozenset(map(int, rows.index[rows[STATUS] == Status.MATCHED]))
    rows = _refuse_empty(rows, records, set(map(comparable, layer[KELURAHAN])))
    rows = as_settled(rows, settled or {}, set(layer[KODE]))
    rows = _refuse_faulty(rows, records)
    rows = _hold_duplicates(rows, records)
    return Proposal(
        rows, _figures(rows, records), _stated(rows, records), _totals(rows, records), certain
    )


def decisions(proposal: Proposal, settled: Mapping[int, str]) -> list[Decision]:
    """Return what was settled, to be remembered.

    Left out are texts decided in two ways, lines that name no place, and the refusal of a line
    whose kelurahan was certain: it was refused as the second of two, and would be lost next time.
    """
    chosen: dict[tuple[str, ...], set[str]] = {}
    for line, kode in settled.items():
        if line in proposal.rows.index and (kode or line not in proposal.certain):
            texts = tuple(proposal.rows.loc[line, list(PLACE_COLUMNS)])
            chosen.setdefault(texts, set()).add(kode)
    return [
        Decision(code, kelurahan, kecamatan, kodes.pop())
        for (code, kelurahan, kecamatan), kodes in chosen.items()
        if len(kodes) == 1 and (code or kelurahan)
    ]


def _refuse_empty(rows: pd.DataFrame, records: Records, names: set[str]) -> pd.DataFrame:
    """Refuse lines that have neither a figure nor the name of a kelurahan, as notes have."""
    filled = records.figures.groupby(LINE)[VALUE].count() > 0
    is_open = (rows[STATUS] == Status.REVIEW) & (rows[PROPOSED] == "")
    is_named = rows[KELURAHAN].map(comparable).isin(names)
    is_coded = rows[CODE].str.contains(r"\d") & ~rows[CODE].str.contains(r"[^\W\d_]{3}")
    reason = Fault("This line has no figure and names no kelurahan.")
    verdicts = {
        line: Verdict(Status.REFUSED, reason=reason)
        for line in rows.index[is_open & ~is_named & ~is_coded]
        if not filled[line] and line not in records.faults
    }
    return judged(rows, verdicts)


def _refuse_faulty(rows: pd.DataFrame, records: Records) -> pd.DataFrame:
    """Refuse kelurahan whose cells cannot be read; sums and strangers keep their own reason."""
    standing = rows[STATUS] != Status.REFUSED
    verdicts = {
        line: Verdict(Status.REFUSED, reason=fault)
        for line, fault in records.faults.items()
        if standing[line]
    }
    return judged(rows, verdicts)


def _hold_duplicates(rows: pd.DataFrame, records: Records) -> pd.DataFrame:
    """Hold lines of the same kelurahan, indicator and period: which one counts is not guessed."""
    figures = _figures(rows, records)
    twice = figures[figures.duplicated([KODE, INDICATOR, PERIOD], keep=False)]
    lines = {kode: tuple(same[LINE].unique()) for kode, same in twice.groupby(KODE)}
    message = "The same kelurahan stands on the lines {lines}. Refuse all but one."
    verdicts = {
        line: Verdict(
            Status.REVIEW, candidates=(str(kode),), reason=Fault(message, lines=shorten(same))
        )
        for kode, same in lines.items()
        for line in same
    }
    return judged(rows, verdicts)


def _figures(rows: pd.DataFrame, records: Records) -> pd.DataFrame:
    matched = rows.loc[rows[STATUS] == Status.MATCHED, [KODE]]
    figures = records.figures.merge(matched, left_on=LINE, right_index=True, validate="many_to_one")
    return figures[list(FIGURE_COLUMNS)].reset_index(drop=True)


def _stated(rows: pd.DataFrame, records: Records) -> pd.DataFrame:
    sums = rows.loc[rows[PARENT] != "", [PARENT]]
    stated = records.figures.merge(sums, left_on=LINE, right_index=True, validate="many_to_one")
    return stated[[LINE, PARENT, INDICATOR, PERIOD, VALUE]].dropna(subset=[VALUE])


def _totals(rows: pd.DataFrame, records: Records) -> pd.DataFrame:
    matched = rows.loc[rows[STATUS] == Status.MATCHED, [KODE, KELURAHAN]]
    return records.totals.merge(matched, left_on=LINE, right_index=True, validate="many_to_one")
