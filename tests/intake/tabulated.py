"""Tables for the tests: rows as a sheet has them, and what becomes of them."""

from dataclasses import replace

import pandas as pd

from kantong.intake import layout, proposal
from kantong.intake.grid import Grid
from kantong.store.catalogue import read_indicators
from tests.conftest import DATA

INDICATORS = read_indicators(DATA / "indicators.toml")
NOTHING_BEFORE = pd.DataFrame(
    {"kode": [], "indicator": [], "period": [], "value": pd.Series([], dtype=float)}
)


def grid(*rows, merged=(), name="", first_line=1):
    """Return a sheet of rows of any length; lines are numbered as they stand."""
    width = max(map(len, rows))
    cells = tuple(
        tuple(float(cell) if type(cell) is int else cell for cell in row)
        + (None,) * (width - len(row))
        for row in rows
    )
    kept = [
        (line, row) for line, row in enumerate(cells, first_line) if any(c is not None for c in row)
    ]
    return Grid(
        name, tuple(row for _line, row in kept), tuple(line for line, _row in kept), tuple(merged)
    )


def proposed(sheet, layer, **choices):
    """Return the proposal of a sheet, its layout guessed."""
    settled = {name: choices.pop(name) for name in ("settled", "remembered") if name in choices}
    guessed = layout.guess(sheet, INDICATORS)
    for name, value in choices.items():
        guessed = replace(guessed, **{name: value})
    return proposal.propose(sheet, guessed, layer, INDICATORS, **settled)


def figures_of(result):
    """Return the figures as a dict: kode, indicator and period."""
    columns = ["kode", "indicator", "period", "value"]
    return {
        (kode, indicator, period): value
        for kode, indicator, period, value in result.figures[columns].itertuples(index=False)
    }


def statuses(result):
    return {line: str(status) for line, status in result.rows["status"].items()}


def reason(result, line):
    return str(result.rows["reason"][line])
