"""Damaged files end in words or in a proposal that accounts for every row, never otherwise.

``KANTONG_FUZZ`` says how many files (2000), ``KANTONG_FUZZ_SEED`` which ones. A failure names
its file: ``tests.intake.mutants.mutant(seed, number)`` makes it again.
"""

import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from kantong.geo.errors import TableError
from kantong.intake import checks, layout, privacy, proposal, sandbox
from kantong.intake.matching import Status
from tests.intake import mutants
from tests.intake.tabulated import INDICATORS, NOTHING_BEFORE

MANY = int(os.environ.get("KANTONG_FUZZ", "2000"))
SEED = os.environ.get("KANTONG_FUZZ_SEED", "kantong")
_SHARES = 4
_FEWEST_UNDERSTOOD = 0.3


@pytest.fixture(autouse=True)
def _nothing_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = children()
    yield
    assert list(tmp_path.iterdir()) == []
    assert children() == before


def children():
    if sys.platform != "linux":
        return set()
    listed = Path("/proc/self/task").glob("*/children")
    return {child for path in listed for child in path.read_text("ascii").split()}


def outcome(grids, layer):
    """Go the whole way with what was read and return how far it went."""
    if isinstance(grids, TableError):
        assert str(grids)
        return "not read"
    told = {understand(sheet, layer) for sheet in grids}
    assert "without a word" not in told
    return "proposed" if "proposed" in told else "not understood"


def understand(sheet, layer):
    assert all(str(fault) for fault in privacy.personal_columns(sheet))
    try:
        guessed = layout.guess(sheet, INDICATORS)
        guessed = replace(
            guessed, indicator=guessed.indicator or "poor_people", period=guessed.period or "2025"
        )
        result = proposal.propose(sheet, guessed, layer, INDICATORS)
    except TableError as error:
        return "not understood" if str(error) else "without a word"
    assert list(result.rows.index) == list(sheet.lines[guessed.first :])
    assert sum(result.count(status) for status in Status) == len(result.rows)
    matched = result.rows["status"] == Status.MATCHED
    assert set(result.rows.loc[matched, "kode"]) <= set(layer["kode"])
    assert all(str(fault) for fault in result.rows.loc[~matched, "reason"])
    assert (result.figures["value"].dropna() >= 0).all()
    assert all(str(one.fault) for one in checks.check(result, layer, INDICATORS, NOTHING_BEFORE))
    assert layout.Layout.from_json(guessed.to_json()) == guessed
    return "proposed"


@pytest.mark.parametrize("share", range(_SHARES))
def test_damaged_files_end_in_words_or_with_every_row_accounted_for(nine, share):
    made = [mutants.mutant(SEED, number) for number in range(share, MANY, _SHARES)]
    read = sandbox.read_in_batch([(one.content, one.name) for one in made])
    ends: Counter[str] = Counter()
    for one, grids in zip(made, read, strict=True):
        try:
            ends[outcome(grids, nine)] += 1
        except Exception as error:
            error.add_note(one.made)
            raise
    print(dict(ends))  # noqa: T201 - shown with -s, and where it fails
    assert ends["proposed"] > _FEWEST_UNDERSTOOD * len(made)
    assert ends["not read"]


@pytest.mark.parametrize("name", sorted(mutants.FORMATS))
def test_the_good_files_are_understood_in_every_format(nine, name):
    rows = [mutants.TITLE, mutants.HEAD, *mutants.TABLE]
    (grids,) = sandbox.read_in_batch([(mutants.FORMATS[name](rows), name)])
    assert not isinstance(grids, TableError), grids
    sheet = grids[-1]  # a GeoPackage has an empty layer before it
    result = proposal.propose(sheet, layout.guess(sheet, INDICATORS), nine, INDICATORS)
    # Ilalan is proposed; Jumlah, Lain-lain and Total are no kelurahan.
    assert [result.count(status) for status in Status] == [8, 1, 3]
    poor = result.figures[result.figures["indicator"] == "poor_people"]
    assert poor["value"].sum() == 650


def test_a_damaged_file_can_be_made_again():
    for number in range(40):
        assert mutants.mutant(SEED, number) == mutants.mutant(SEED, number)
    assert mutants.mutant(SEED, 1).made.startswith(f"seed {SEED}, file 1: ")
