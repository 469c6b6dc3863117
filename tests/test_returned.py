"""Return sheets that came back: read, judged and kept; figures of the nine-kelurahan city."""

import datetime as dt
import io
import shutil

import openpyxl
import pikepdf
import pytest

from kantong.geo import returnsheet as returns
from kantong.geo.errors import TableError
from kantong.importing import returned
from kantong.importing.returned import Label
from kantong.intake.returned import Correction, Tallied
from kantong.maps import returnsheet
from kantong.store import audit, database, datasets, figures
from kantong.store.library import load
from tests.conftest import DATA, TUTORIAL
from tests.maps.test_musykel import BACK, figure, pack

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
AREA, HERBRAS = "99.01", "99.01.02.1008"
LABEL = Label(AREA, "Musykel Herbras", "Musyawarah Kelurahan Herbras", "Kelurahan Herbras")
RECOUNT, MOVED, LPMK, RW_HEAD = "1 · x", "2 · y", "2 · Ketua LPMK", "3 · z"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The nine kelurahan with the whole catalogue, which knows what a tally is kept as."""
    target = tmp_path / "kota"
    shutil.copytree(TUTORIAL, target)
    shutil.copy(DATA / "indicators.toml", target)
    monkeypatch.setenv("KANTONG_DATA", str(target))
    return target


@pytest.fixture
def kodes(nine):
    return list(nine["kode"])


def library(folder, nine):
    return load(folder, figures.stored(nine.set_index("kode")["kelurahan"]))


def filled(cells=None, tally=None, **changes):
    """The workbook of Herbras (100 poor of 400 people) with some cells filled in."""
    content = returnsheet.workbook(pack(**changes), BACK, created=NOW)
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet, given in zip(book.worksheets, (cells or {}, tally or {}), strict=False):
        for place, value in given.items():
            sheet[place] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def typed(**values):
    """The form of Herbras with some fields filled in; ``c_poor_people_2025_said`` by its parts."""
    content = returnsheet.form(pack(), BACK, created=NOW)
    with pikepdf.open(io.BytesIO(content)) as document:
        names = {str(one.T): one for one in document.Root.AcroForm.Fields}
        for name, value in values.items():
            names[name].V = pikepdf.String(value)
        target = io.BytesIO()
        document.save(target)
    return target.getvalue()


@pytest.fixture
def read(folder, nine, kodes):
    def opened(content, name="balik.xlsx"):
        return returned.open_return(content, name, library(folder, nine), kodes)

    return opened


CORRECTED = {"E9": 120, "F9": RECOUNT, "G9": LPMK}


# --- what it says --------------------------------------------------------------------------------


def test_an_empty_sheet_says_nothing(read):
    said = read(filled()).said
    assert said.entries() == []
    assert said.stamp == pack().stamp(NOW.date())
    assert (said.period, said.complete, said.warnings) == ("2026-Q4", False, ())


@pytest.mark.parametrize("said", [120, 120.0, "120", " 120 "])
def test_a_correction_says_figure_reason_and_office(read, said):
    (one,) = read(filled({**CORRECTED, "E9": said, "H9": "daftar ganda"})).said.corrections
    assert (one.indicator, one.period, one.printed, one.said) == ("poor_people", "2025", 100, 120)
    assert (one.reason, one.office, one.note) == ("recount", "lpmk", "daftar ganda")
    assert (one.faults, one.warnings) == ((), ())


def test_the_form_says_the_same_as_the_workbook(read):
    said = read(
        typed(**{
            "c:poor_people:2025:said": "120", "c:poor_people:2025:reason": RECOUNT,
            "c:poor_people:2025:office": LPMK, "t:1:rw": "1", "t:1:families": "1.040",
            "c:poor_people:2025:note": "daftar ganda", returns.COMPLETE: "1 · ya",
        }),
        "balik.pdf",
    ).said  # fmt: skip
    (one,), (rw,) = said.corrections, said.tally
    assert one.note == "daftar ganda"
    assert (one.said, one.printed, one.reason, one.office) == (120, 100, "recount", "lpmk")
    assert (rw.rw, rw.counts["families"], rw.counts["poor"]) == ("001", 1040, None)
    assert said.complete
    assert said.warnings == ()


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"E9": 1.5}, "is no whole number"),
        ({"E9": -3}, "is no whole number"),
        ({"E9": "seratus"}, "is no whole number"),
        ({"E9": "1,200"}, "is no whole number"),  # 1.2 as Indonesian writes it
        ({"E9": "1,000"}, "'1,000' can be read in two ways"),
        ({"E9": 2_000_000}, "is no whole number"),
        ({"E9": None}, "not said what the figure should be"),
        ({"F9": None}, "No reason"),
        ({"F9": "sudah pindah"}, "No reason"),
        ({"F9": "99 · x"}, "No reason"),
        ({"G9": None}, "No office"),
        ({"G9": "Siti Aminah"}, "No office"),
        ({"A9": "poor_people 2031"}, "is no count of this city"),
        ({"A9": "poor_rate 2025"}, "is no count of this city"),
        ({"A9": None}, "is no count of this city"),
    ],
)
def test_what_cannot_be_accepted_says_why(read, cells, message):
    (one,) = read(filled({**CORRECTED, **cells})).said.corrections
    assert message in " ".join(map(str, one.faults))


def test_a_figure_corrected_twice_is_held_on_both_lines(read):
    cells = {**CORRECTED, "A10": "poor_people 2025", "E10": 130, "F10": RECOUNT, "G10": LPMK}
    both = read(filled(cells)).said.corrections
    assert ["two lines" in str(one.faults) for one in both] == [True, True]


def test_protected_cells_that_were_changed_are_noticed(read):
    assert "Protected cells" in str(read(filled({"D9": 90})).said.warnings)
    assert read(filled({"E9": 90})).said.warnings == ()


def test_rt_are_summed_to_their_rw_and_unknown_is_not_zero(read):
    tally = {
        "B12": 1, "C12": 1, "D12": 30, "E12": 4, "F12": 0,
        "B13": "RW 01", "C13": "002", "D13": 20, "F13": 0,
        "B14": 3, "C14": None, "D14": 50,
    }  # fmt: skip
    first, second = read(filled(tally=tally, rw=())).said.tally
    assert (first.rw, first.lines, second.rw) == ("001", (12, 13), "003")
    assert first.counts == {
        "families": 50, "poor": None, "not_found": 0, "moved": None, "died": None, "new": None
    }  # fmt: skip
    assert "not counted in every RT" in str(first.warnings)
    assert (first.faults, second.faults) == ((), ())


@pytest.mark.parametrize(
    ("tally", "message"),
    [
        ({"B12": None, "D12": 5}, "number of the RW is missing"),
        ({"B12": 100, "D12": 5}, "number of the RW is missing"),
        ({"B12": 1, "C12": "x", "D12": 5}, "is no number of an RT"),
        ({"B12": 1, "C12": 1}, "Nothing was counted"),
        ({"B12": 1, "D12": 5, "E12": 6}, "more than the 5 families"),
        ({"B12": 1, "D12": -5}, "is no whole number"),
        ({"B12": 1, "D12": 5, "B13": 1, "D13": 6}, "stands on two lines"),
        ({"B12": 1, "C12": 1, "D12": 5, "B13": 1, "C13": 1, "D13": 6}, "stands on two lines"),
        ({"B12": 1, "D12": 5, "B13": 1, "C13": 1, "D13": 6}, "its RT sum to 6"),
        (
            {
                "B12": 1,
                "D12": 10,
                "B13": 1,
                "C13": 1,
                "D13": 8,
                "B14": 1,
                "C14": 2,
                "D14": 5,
                "B15": 1,
                "C15": 3,
                "E15": 1,
            },
            "the RW says 10, its RT sum to 13",
        ),
        ({"A12": None, "B12": 1, "D12": 5}, "none of the sheet's own"),
    ],
)
def test_a_tally_that_cannot_be_accepted_says_why(read, tally, message):
    (one,) = read(filled(tally=tally, rw=())).said.tally
    assert message in " ".join(map(str, one.faults))


def test_rw_that_were_filled_in_already_are_no_entries(read):
    assert read(filled(rw=("001", "002"))).said.entries() == []


# --- persons, strangers and hostile files --------------------------------------------------------

NIK = "3573010101800001"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({**CORRECTED, "H9": f"milik {NIK}"}, "15 or 16 digits"),
        ({**CORRECTED, "E9": int(NIK)}, "15 or 16 digits"),
        ({"I8": "Nama"}, "speak of persons"),
        ({"I8": "NIK"}, "speak of persons"),
    ],
)
def test_a_sheet_with_persons_is_turned_away(read, cells, message):
    with pytest.raises(TableError, match=message) as caught:
        read(filled(cells))
    assert NIK not in str(caught.value)


def test_a_form_with_persons_is_turned_away(read):
    with pytest.raises(TableError, match="15 or 16 digits") as caught:
        read(typed(**{"t:1:poor": NIK}), "a.pdf")
    assert NIK not in str(caught.value)


@pytest.mark.parametrize(
    "note",
    ["Bu Siti sudah pindah", "bapak Ahmad", "a.n. Budi", "Sdr. Joko", "hubungi 0812-3456-7890",
     "NIK 3573", "kk: 35730", "Alm. Karto", "ibu siti"],
)  # fmt: skip
def test_a_note_that_may_point_to_a_person_is_left_out(read, note):
    (one,) = read(filled({**CORRECTED, "H9": note})).said.corrections
    assert one.note == ""
    assert "may point to a person" in str(one.warnings)
    assert one.faults == ()


@pytest.mark.parametrize(
    "note", ["Pak Lurah setuju", "Bu RT 3 menghitung lagi", "12 KK pindah ke RW 5", "sejak 2024"]
)
def test_notes_on_offices_and_numbers_stay(read, note):
    (one,) = read(filled({**CORRECTED, "H9": note})).said.corrections
    assert one.note == note


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"kelurahan;jumlah\nAnggrek;1\n", "a.csv", "is no return sheet"),
        (b"%PDF-1.7 broken", "a.pdf", "cut off or damaged"),
        (b"", "a.xlsx", "empty"),
        (b"PK\x03\x04broken", "a.xlsx", "cut off or damaged"),
    ],
)
def test_what_is_no_return_sheet_says_so(read, content, name, message):
    with pytest.raises(TableError, match=message):
        read(content, name)


def test_a_scan_has_nothing_to_read_and_says_what_to_do(read):
    from kantong.maps.musykel import forms  # noqa: PLC0415
    from tests.maps.test_musykel import WORDS  # noqa: PLC0415

    with pytest.raises(TableError, match=r"has no fields.*XLSX"):
        read(forms([pack()], WORDS, created=NOW), "scan.pdf")


def test_a_sheet_of_another_city_or_of_two_is_refused(read):
    with pytest.raises(TableError, match=r"35\.73\.01\.1001.*not in the boundaries"):
        read(filled(kode="35.73.01.1001"))
    other = pack(kode="99.01.02.1007").stamp(NOW.date()).text()
    with pytest.raises(TableError, match="put together of several"):
        read(filled(tally={"B6": other}))
    with pytest.raises(TableError, match="is no return sheet"):
        read(filled({"B6": "KANTONG-1 x"}, {"B6": "KANTONG-1 x"}))


def test_fields_that_bear_each_other_end(read):
    """A form whose fields are their own children."""
    with pikepdf.open(io.BytesIO(typed())) as document:
        one = document.make_indirect(pikepdf.Dictionary(T=pikepdf.String("a")))
        one.Kids = pikepdf.Array([one, one])
        document.Root.AcroForm.Fields.append(one)
        target = io.BytesIO()
        document.save(target)
    assert read(target.getvalue(), "a.pdf").said.entries() == []


def test_a_locked_form_asks_for_one_without_password(read):
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(typed())) as document:
        document.save(target, encryption=pikepdf.Encryption(user="a", owner="b"))
    with pytest.raises(TableError, match="protected by a password"):
        read(target.getvalue(), "a.pdf")


# --- keeping -------------------------------------------------------------------------------------


def test_an_accepted_correction_changes_one_figure_and_no_other(folder, nine, read):
    before = library(folder, nine)
    sheet = read(filled(CORRECTED))
    (stored,) = returned.keep_return(sheet, sheet.said.entries(), {}, before, LABEL)
    held = library(folder, nine).observations
    now = held[held["indicator"] == "poor_people"].set_index("kelurahan")["value"]
    assert now.dropna().to_dict() == {
        "Anggrek": 50, "Bakung": 100, "Cempaka": 100, "Dahlia": 100, "Edelweis": 200,
        "Flamboyan": 0, "Herbras": 120, "Ilalang": 150,
    }  # fmt: skip
    assert now.isna().sum() == 1  # Gardenia: not known, before and after
    assert (stored.rows_in, stored.rows_matched, stored.rows_refused) == (1, 1, 0)
    assert stored.simulated
    assert stored.source.startswith("Musyawarah Kelurahan Herbras; ")
    assert before.datasets["SIMULASI-tutorial"].source.split("; ")[0] in stored.source


def test_withdrawn_the_figures_before_hold_again(folder, nine, read):
    sheet = read(filled(CORRECTED))
    (stored,) = returned.keep_return(sheet, sheet.said.entries(), {}, library(folder, nine), LABEL)
    datasets.withdraw(database.for_writing(), stored.id, "Bappeda", "wrong")
    held = library(folder, nine).observations
    own = held[(held["indicator"] == "poor_people") & (held["kode"] == HERBRAS)]
    assert own["value"].tolist() == [100]


def test_a_second_kelurahan_keeps_the_correction_of_the_first(folder, nine, read):
    for kode, said in ((HERBRAS, 120), ("99.01.01.1001", 60)):
        sheet = read(filled({**CORRECTED, "E9": said}, kode=kode))
        returned.keep_return(sheet, sheet.said.entries(), {}, library(folder, nine), LABEL)
    held = library(folder, nine).observations
    now = held[held["indicator"] == "poor_people"].set_index("kelurahan")["value"]
    assert (now["Herbras"], now["Anggrek"], now["Edelweis"]) == (120, 60, 200)


def test_lines_are_accepted_left_or_refused_with_their_reason(folder, nine, read):
    cells = {**CORRECTED, "E10": "banyak", "F10": RECOUNT, "G10": LPMK}
    tally = {"B12": 1, "C12": 1, "D12": 30, "B13": 1, "C13": 2, "D13": 5, "B14": 2, "D14": 9}
    sheet = read(filled(cells, tally, rw=()))
    corrected, faulty, first, second = sheet.said.entries()
    assert (type(corrected), type(second)) == (Correction, Tallied)
    assert faulty.faults
    kept = returned.keep_return(
        sheet, [corrected], {first.key: "belum semua RT"}, library(folder, nine), LABEL
    )
    (stored,) = kept
    assert (stored.rows_in, stored.rows_matched, stored.rows_review, stored.rows_refused) == (
        2, 1, 0, 1,
    )  # fmt: skip
    reasons = datasets.refused(database.for_writing(), stored.id)["reason"].tolist()
    assert "no whole number" in reasons[0]
    told = audit.trail(database.for_writing(), AREA)
    (line,) = told[told["action"] == "refuse return"].to_dict("records")
    assert line["subject"] == sheet.said.stamp.text()
    assert "belum semua RT" in str(line["detail"])


def test_a_person_in_the_reason_of_a_refusal_is_not_kept(folder, nine, read):
    sheet = read(filled(CORRECTED))
    (one,) = sheet.said.entries()
    said = {one.key: "bukan Pak Slamet, sudah meninggal"}
    returned.keep_return(sheet, [], said, library(folder, nine), LABEL)
    (line,) = audit.trail(database.for_writing(), AREA).to_dict("records")
    assert "refused by a person" in str(line["detail"])
    assert "Slamet" not in str(line)


def test_a_whole_tally_gives_the_sum_of_the_kelurahan_and_a_part_does_not(folder, nine, read):
    tally = {"B12": 1, "D12": 30, "E12": 4, "B13": 2, "D13": 20, "B8": "1 · ya"}
    sheet = read(filled(tally=tally, rw=()))
    (stored,) = returned.keep_return(sheet, sheet.said.entries(), {}, library(folder, nine), LABEL)
    kept = datasets.observations_of(database.for_writing(), stored.id)
    by_key = kept.set_index(["indicator", "rw"])["value"].to_dict()
    assert by_key["musykel_families", "001"] == 30
    assert by_key["musykel_families", ""] == 50
    assert by_key["musykel_poor", "001"] == 4
    assert by_key["musykel_poor", ""] != by_key["musykel_poor", ""]  # not counted in RW 2
    assert not stored.simulated
    assert returned.rw_numbers(AREA) == {HERBRAS: ("001", "002")}
    period = sheet.said.period
    assert returned.tallied_before(AREA, HERBRAS, period)["002", "families"] == 20
    assert returned.tallied_before(AREA, HERBRAS, "2019-Q1") == {}
    first, _second = sheet.said.entries()
    figures_ = returned.figures_of(sheet.said, [first], load(folder))
    whole = figures_[figures_["rw"] == ""]
    assert whole["value"].isna().all()


def test_what_is_told_of_a_refusal_gives_no_small_count_away(folder, nine, read):
    sheet = read(filled({**CORRECTED, "E9": 3}))
    (one,) = sheet.said.entries()
    shown = returned.described(one, library(folder, nine).indicators)
    assert "3" not in str(shown)
    assert "120" in str(
        returned.described(
            read(filled(CORRECTED)).said.entries()[0], library(folder, nine).indicators
        )
    )
    returned.keep_return(sheet, [one], {}, library(folder, nine), LABEL)
    (stored,) = datasets.datasets(database.for_writing(), AREA)
    assert "3" not in {str(one) for told in stored.findings for one in told["details"].values()}


def test_a_catalogue_without_tallies_says_what_it_lacks(folder, nine, kodes):
    shutil.copy(TUTORIAL / "indicators.toml", folder)
    sheet = returned.open_return(
        filled(tally={"B12": 1, "D12": 5}, rw=()), "a.xlsx", library(folder, nine), kodes
    )
    assert "Add them to indicators.toml" in str(sheet.said.tally[0].faults)


def test_an_entry_with_a_fault_is_never_kept(folder, nine, read):
    sheet = read(filled({**CORRECTED, "G9": "Siti"}))
    assert returned.keep_return(sheet, sheet.said.entries(), {}, library(folder, nine), LABEL) == []
    assert datasets.datasets(database.for_writing(), AREA) == []
    assert audit.trail(database.for_writing(), AREA)["action"].tolist() == ["refuse return"]


def test_the_digest_is_that_of_the_figures_shown():
    """Worked with sha256sum: kode, then indicator, period and figure parted by tabs."""
    figures_ = [("poor_people", "2025", "100"), ("population", "2025", "400")]
    assert pack(figures=(figure(),)).stamp(NOW.date()).digest == "8e656845"
    assert returns.digest_of(HERBRAS, figures_) == "ac229248"
