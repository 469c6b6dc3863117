"""Lists of interventions: columns, words and places, each row accounted for."""

import pytest

from kantong.geo.errors import TableError
from kantong.intake.grid import Grid, Merged
from kantong.intake.interventions import (
    KIND,
    STATE,
    STRATEGY,
    WORDS,
    code_of,
    columns_of,
    listed,
)
from kantong.intake.matching import Status
from kantong.language import activate
from kantong.store.interventions import KINDS, STATUSES, STRATEGIES
from kantong.views.words import code_label

KAUMAN, KASIN = "35.73.02.1007", "35.73.02.1006"
HEADING = (
    "Kode", "Kelurahan", "Program", "Jenis", "Strategi", "Penyandang Dana", "Periode", "Sasaran",
    "Terlayani", "Anggaran (Rp)", "Status",
)  # fmt: skip
SAID = {
    "programme": "Jambanisasi", "kind": "sanitasi", "strategy": "langsung", "funder": "Baznas",
    "period": "2026", "status": "rencana",
}  # fmt: skip


def row(**changes):
    cells = {
        "Kode": KAUMAN, "Kelurahan": "Kauman", "Program": "Jambanisasi", "Jenis": "Sanitasi",
        "Strategi": "Intervensi langsung", "Penyandang Dana": "Baznas", "Periode": 2026.0,
        "Sasaran": 12.0, "Terlayani": None, "Anggaran (Rp)": "Rp 36.000.000,-",
        "Status": "Direncanakan",
    } | changes  # fmt: skip
    return tuple(cells[name] for name in HEADING)


def grid(*rows, heading=HEADING, above=(), merged=()):
    cells = (*above, heading, *rows)
    return Grid("Daftar", cells, tuple(range(1, len(cells) + 1)), merged)


def statuses(found):
    return [str(one) for one in found.rows["status"]]


def reason(found, line):
    return found.rows.loc[line, "reason"].describe(str)


def test_a_row_is_understood_as_it_is_written(malang):
    found = listed(grid(row()), malang)
    (entry,) = found.entries.to_dict("records")
    assert entry == {
        "programme": "Jambanisasi", "strategy": "direct", "kind": "sanitation",
        "funder": "Baznas", "period": "2026", "status": "planned", "source": "", "note": "",
        "target": 12, "reached": None, "budget_rp": 36_000_000, "kode": KAUMAN,
    }  # fmt: skip


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    ("column", "codes"), [(STRATEGY, STRATEGIES), (KIND, KINDS), (STATE, STATUSES)]
)
def test_the_words_of_the_page_are_understood(language, column, codes):
    activate(language)
    for code in codes:
        assert code_of(column, code_label(code)) == code
        assert code_of(column, code) == code


def test_no_word_means_two_codes():
    for column, codes in ((STRATEGY, STRATEGIES), (KIND, KINDS), (STATE, STATUSES)):
        words = [word for code in codes for word in WORDS[column][code]]
        assert len(words) == len(set(words))
        assert set(WORDS[column]) == set(codes)


def test_titles_above_and_sums_below_are_no_rows_of_interventions(malang):
    blank = (None,) * len(HEADING)
    title = ("DAFTAR INTERVENSI 2026", *blank[1:])
    total = (None, "JUMLAH", *blank[2:7], 24.0, None, 72_000_000.0, None)
    found = listed(
        grid(row(), row(Kode=None, Kelurahan="KASIN"), total, above=(title, blank)), malang
    )
    assert found.entries["kode"].tolist() == [KAUMAN, KASIN]
    assert statuses(found) == ["matched", "matched", "refused"]
    assert found.entries["target"].sum() == 24


def test_what_the_list_lacks_can_be_said_for_all_rows(malang):
    heading = ("Kelurahan", "Sasaran")
    short = grid(("Kauman", 5.0), ("Kasin", 7.0), heading=heading)
    assert columns_of(short).lacking == (
        "programme", "strategy", "kind", "funder", "period", "status",
    )  # fmt: skip
    found = listed(short, malang, stated=SAID)
    assert found.entries[["programme", "kind", "status"]].drop_duplicates().to_numpy().tolist() == [
        ["Jambanisasi", "sanitation", "planned"]
    ]
    assert found.entries["target"].tolist() == [5, 7]
    silent = listed(short, malang, stated=SAID | {"funder": ""})
    assert statuses(silent) == ["refused", "refused"]
    assert "Who pays is empty" in reason(silent, 2)


def test_a_cell_of_the_list_holds_before_what_is_said_for_all(malang):
    found = listed(grid(row(Status="Selesai"), row(Kode=KASIN, Kelurahan="Kasin", Status=None)),
                   malang, stated={"status": "berjalan"})  # fmt: skip
    assert found.entries["status"].tolist() == ["done", "running"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Jenis": "sulap"}, "'sulap' is not known as Kind"),
        ({"Periode": "tahun depan"}, "'tahun depan' is no period"),
        ({"Sasaran": "banyak"}, "'banyak' in Target is no whole number"),
        ({"Sasaran": -3.0}, "'-3' in Target is no whole number"),
        ({"Anggaran (Rp)": "1,5 miliar"}, "'1,5 miliar' in Budget (Rp) is no whole number"),
        ({"Program": None}, "Programme is empty"),
        ({"Status": None}, "Status is empty"),
    ],
)
def test_a_row_that_cannot_be_kept_is_refused_with_its_reason(malang, changes, told):
    found = listed(grid(row(**changes), row(Kode=KASIN, Kelurahan="Kasin")), malang)
    assert statuses(found) == ["refused", "matched"]
    assert told in reason(found, 2)


@pytest.mark.parametrize("text", ["-", "", "belum terdata", None])
def test_no_number_is_not_zero(malang, text):
    found = listed(grid(row(Terlayani=text or None)), malang)
    assert found.entries["reached"].tolist() == [None]


def test_a_misspelt_kelurahan_is_asked_about_and_can_be_settled(malang):
    odd = grid(row(Kode=None, Kelurahan="Kaumam"))
    found = listed(odd, malang)
    assert statuses(found) == ["review"]
    assert found.rows.loc[2, "proposed"] == KAUMAN
    assert listed(odd, malang, settled={2: KAUMAN}).entries["kode"].tolist() == [KAUMAN]
    assert statuses(listed(odd, malang, settled={2: ""})) == ["refused"]


def test_rows_that_say_the_same_are_held_until_one_is_refused(malang):
    twice = grid(row(), row(Program="JAMBANISASI", Sasaran=13.0), row(Periode="2025"))
    found = listed(twice, malang)
    assert statuses(found) == ["review", "review", "matched"]
    assert "2, 3" in reason(found, 2)
    settled = listed(twice, malang, settled={3: ""})
    assert statuses(settled) == ["matched", "refused", "matched"]
    assert settled.entries.loc[2, "target"] == 12


def test_a_merged_text_holds_for_its_rows_and_a_merged_number_for_none(malang):
    second = row(Kode=KASIN, Kelurahan="Kasin", Program=None, Sasaran=None)
    merged = (Merged(1, 2, 2, 2), Merged(1, 7, 2, 7))
    found = listed(grid(row(), second, merged=merged), malang)
    assert found.entries["programme"].tolist() == ["Jambanisasi", "Jambanisasi"]
    assert found.entries["target"].tolist() == [12, None]


def test_rows_in_are_matched_held_or_refused(malang):
    found = listed(
        grid(row(), row(Kode=None, Kelurahan="Kaumam"), row(Jenis="?"), row(Kelurahan="Atlantis",
             Kode=None)), malang)  # fmt: skip
    counted = [found.count(one) for one in Status]
    assert sum(counted) == len(found.rows) == 4
    assert len(found.entries) == found.count(Status.MATCHED) == 1


def test_no_list_of_interventions_is_refused():
    with pytest.raises(TableError, match="No row of headings"):
        columns_of(grid(heading=("Kelurahan", "Penduduk")))
    with pytest.raises(TableError, match="No row of headings"):
        columns_of(grid(heading=("Program", "Sasaran")))


def test_headings_without_rows_are_refused(malang):
    with pytest.raises(TableError, match="there is no row"):
        listed(grid(), malang)
