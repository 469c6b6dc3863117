import pandas as pd
import pytest

from kantong.intake.matching import Decision, Status, Verdict, judged, match
from tests.intake.tabulated import grid, proposed, reason, statuses

MATCHED, REVIEW, REFUSED = Status


def judge(layer, kelurahan="", kecamatan="", code="", decisions=()):
    places = pd.DataFrame([{"code": code, "kelurahan": kelurahan, "kecamatan": kecamatan}])
    return match(places, layer, decisions).iloc[0]


def kode_of(layer, name):
    (kode,) = layer.loc[layer["kelurahan"] == name, "kode"]
    return kode


def kecamatan_of(layer, name):
    (kecamatan,) = layer.loc[layer["kelurahan"] == name, "kecamatan"]
    return kecamatan


# Spellings met in real tables of the city, gathered from public files; the second is the standard.
SPELLINGS = """
GadingKasri=Gading Kasri|Kidul Dalem=Kiduldalem|Oro Oro Dowo=Oro-oro Dowo
Rampal Celaket=Rampalcelaket|CemoroKandang=Cemorokandang|Bakalan Krajan=Bakalankrajan
BandungRejosari=Bandungrejosari|Karang Besuki=Karangbesuki|Pisang Candi=Pisangcandi
 Balearjosari=Balearjosari| Purwantoro=Purwantoro|Oro-Oro Dowo=Oro-oro Dowo
RAMPAL CELAKET=Rampalcelaket|KIDUL DALEM=Kiduldalem|GADINGKASRI=Gading Kasri
BAKALAN KRAJAN=Bakalankrajan|TASIKMADU=Tasik Madu|KOTA LAMA=Kotalama|Oroorodowo=Oro-oro Dowo
GADING KASRI=Gading Kasri|ORO-ORO DOWO=Oro-oro Dowo|TASIK MADU=Tasik Madu
RAMPALCELAKET=Rampalcelaket|BAKALANKRAJAN=Bakalankrajan|PISANGCANDI=Pisangcandi
KARANGBESUKI=Karangbesuki|Gadingkasri=Gading Kasri|Kelurahan Rampal Celaket=Rampalcelaket
Kelurahan Gading Kasri=Gading Kasri|Kelurahan Kotalama=Kotalama
KEL. RAMPALCELAKET=Rampalcelaket|KEL. PURWANTORO=Purwantoro|TUNJUNG SEKAR=Tunjungsekar
Tunjung Sekar=Tunjungsekar|Bandung Rejosari=Bandungrejosari|Tasik Madu=Tasik Madu
Gading Kasri=Gading Kasri|Rampalcelaket=Rampalcelaket
KEL RAMPALCELAKET=Rampalcelaket|KEL.PURWANTORO=Purwantoro|Kel: Kotalama=Kotalama
"""
MISSPELT = """
Arjowinangu=Arjowinangun|Tlogoawaru=Tlogowaru|Tanjungsekar=Tunjungsekar|Badulan=Bandulan
Badungrejosari=Bandungrejosari|PENANGGUNAGAN=Penanggungan|Kidulkalem=Kiduldalem
ARJOWILANGUN=Arjowinangun
"""


def pairs(text):
    return [
        tuple(pair.split("=")) for line in text.strip("\n").split("\n") for pair in line.split("|")
    ]


@pytest.mark.parametrize(("variant", "standard"), pairs(SPELLINGS))
def test_spacing_capitals_and_prefixes_are_the_same_name(malang, variant, standard):
    assert judge(malang, variant).to_dict() == {
        "status": MATCHED, "kode": kode_of(malang, standard), "proposed": "", "candidates": (),
        "reason": None, "parent": "",
    }  # fmt: skip


@pytest.mark.parametrize(("variant", "standard"), pairs(MISSPELT))
@pytest.mark.parametrize("with_kecamatan", [True, False])
def test_one_wrong_letter_is_proposed_and_not_taken(malang, variant, standard, with_kecamatan):
    found = judge(malang, variant, kecamatan_of(malang, standard) if with_kecamatan else "")
    assert (found["status"], found["kode"]) == (REVIEW, "")
    assert found["proposed"] == kode_of(malang, standard)
    assert found["candidates"][0] == found["proposed"]
    assert len(found["candidates"]) == 5
    assert variant in str(found["reason"])


def test_a_misspelt_namesake_of_a_kecamatan_is_proposed_only_within_it(malang):
    kode = kode_of(malang, "Kedungkandang")
    assert judge(malang, "Kendungkandang", "Kedungkandang")["proposed"] == kode
    alone = judge(malang, "Kendungkandang")
    assert (alone["status"], alone["proposed"]) == (REVIEW, "")
    assert alone["candidates"][0] == kode


def test_a_misspelt_name_is_not_proposed_in_another_kecamatan(malang):
    assert judge(malang, "Arjosar", "Blimbing")["proposed"] == kode_of(malang, "Arjosari")
    assert judge(malang, "Arjosar", "Lowokwaru")["proposed"] == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bareng", "Buring"), ("Arjosari", "Merjosari"), ("Tanjungrejo", "Tunjungsekar")],
)
@pytest.mark.parametrize("write", [str, str.upper, lambda name: f"Kelurahan {name}"])
def test_near_names_are_never_confused(malang, one, other, write):
    for name, wrong in ((one, other), (other, one)):
        assert judge(malang, write(name))["kode"] == kode_of(malang, name)
        assert judge(malang, write(name), kecamatan_of(malang, name))["kode"] == kode_of(
            malang, name
        )
        assert judge(malang, write(name), kecamatan_of(malang, wrong))["status"] == REVIEW


@pytest.mark.parametrize("name", ["Lain-lain", "LUAR DAERAH", "Lainnya", "Luar Kota", "lain lain"])
@pytest.mark.parametrize("kecamatan", ["", "Sukun"])
def test_what_is_no_kelurahan_is_refused(malang, name, kecamatan):
    found = judge(malang, name, kecamatan)
    assert (found["status"], found["parent"]) == (REFUSED, "")
    assert "is no kelurahan of this city" in str(found["reason"])


# --- codes


def written_codes(kode, kode_bps):
    digits = kode.replace(".", "")
    dotted_bps = f"{kode_bps[:2]}.{kode_bps[2:4]}.{kode_bps[4:7]}.{kode_bps[7:]}"
    return [
        kode, digits, f"{digits}.0", f"'{digits}", f" {digits} ", f"'{kode}", kode_bps, dotted_bps,
        f"{kode_bps}.0", f"ID{kode_bps}", f"{kode[:8]} {kode[8:]}",
    ]  # fmt: skip


def test_every_kelurahan_is_known_by_its_codes_in_every_form(malang):
    places = pd.DataFrame(
        {"code": code, "kelurahan": beside, "kecamatan": "", "meant": kode}
        for kode, bps, name in malang[["kode", "kode_bps", "kelurahan"]].itertuples(index=False)
        for code in written_codes(kode, bps)
        for beside in ("", name.upper())
    )
    assert list(match(places, malang)["kode"]) == list(places["meant"])


# Met in real tables: the order of Kemendagri written in the digits of BPS.
@pytest.mark.parametrize(
    ("code", "listed", "beside"),
    [
        ("3573050001", "Merjosari", "Tunggulwulung"),
        ("3573010001", "Arjowinangun", "Rampal Celaket"),
        ("3573011002", "Arjosari", "Merjosari"),
    ],
)
@pytest.mark.parametrize("form", ["{}", "{}.0", "'{}"])
def test_a_code_that_contradicts_its_name_is_held_with_both(malang, code, listed, beside, form):
    found = judge(malang, beside, code=form.format(code))
    assert (found["status"], found["kode"], found["proposed"]) == (REVIEW, "", "")
    standard = beside.replace(" C", "c")
    assert found["candidates"][:2] == (kode_of(malang, listed), kode_of(malang, standard))
    assert f"is {listed}, but '{beside}' stands beside it" in str(found["reason"])


def test_a_code_beside_a_misspelt_name_proposes_its_kelurahan(malang):
    found = judge(malang, "Badulan", code="35.73.04.1008")
    assert (found["status"], found["proposed"]) == (REVIEW, "35.73.04.1008")


def test_a_code_without_name_is_checked_against_the_kecamatan(malang):
    assert judge(malang, "", "Lowokwaru", "3573050001")["kode"] == kode_of(malang, "Merjosari")
    assert judge(malang, "-", "Lowokwaru", "3573050001")["kode"] == kode_of(malang, "Merjosari")
    held = judge(malang, "", "Klojen", "3573010001")
    assert held["status"] == REVIEW
    assert "is Arjowinangun, but 'Klojen' stands beside it" in str(held["reason"])


@pytest.mark.parametrize("code", ["3.573E+09", "3,57301E+09", "1001", "abc", "357301100", "35731"])
def test_what_is_no_code_is_held_with_what_the_name_says(malang, code):
    found = judge(malang, "Bareng", code=code)
    assert (found["status"], found["proposed"]) == (REVIEW, kode_of(malang, "Bareng"))
    assert "is no code of a kelurahan" in str(found["reason"])


def test_codes_of_elsewhere_are_refused_unless_a_name_stands_beside(malang):
    assert judge(malang, code="35.07.01.2001")["status"] == REFUSED
    found = judge(malang, "Bareng", code="35.07.01.2001")
    assert (found["status"], found["proposed"]) == (REVIEW, kode_of(malang, "Bareng"))


def test_numbers_of_persons_are_not_told(malang):
    for code in ("3573019901800001", "3573 0199 0180 0001", "'3573.0199.0180.0001"):
        assert "0001" not in str(judge(malang, "Bareng", code=code)["reason"])


# --- kelurahan that bear their kecamatan's name

NAMESAKES = ["Blimbing", "Klojen", "Kedungkandang", "Sukun", "Lowokwaru"]


@pytest.mark.parametrize("name", NAMESAKES)
def test_a_namesake_is_a_kelurahan_within_its_kecamatan_and_open_without(malang, name):
    kode = kode_of(malang, name)
    assert judge(malang, name, name)["kode"] == kode
    assert judge(malang, name.upper(), f"Kec. {name}")["kode"] == kode
    assert judge(malang, name, code=kode)["kode"] == kode
    alone = judge(malang, name.upper())
    assert (alone["status"], alone["proposed"], alone["parent"]) == (REVIEW, "", "")
    assert alone["candidates"][0] == kode
    assert "is a kelurahan and a kecamatan" in str(alone["reason"])
    other = NAMESAKES[NAMESAKES.index(name) - 1]
    assert judge(malang, name, other)["status"] == REVIEW


@pytest.mark.parametrize("name", NAMESAKES)
@pytest.mark.parametrize(
    "form",
    ["Kec. {}", "KECAMATAN {}", "Kec {}", "Jumlah {}", "TOTAL KEC. {}", "Sub Total Kecamatan {}"],
)
def test_sums_of_a_kecamatan_are_known_by_their_name(malang, name, form):
    for found in (
        judge(malang, form.format(name)),
        judge(malang, form.format(name.upper()), name),
        judge(malang, "", form.format(name)),
    ):
        assert (found["status"], found["parent"]) == (REFUSED, name)


@pytest.mark.parametrize(
    ("code", "kelurahan", "kecamatan", "parent"),
    [
        ("35.73.04", "", "", "Sukun"),
        ("357304", "SUKUN", "", "Sukun"),
        ("3573020", "Sukun", "Sukun", "Sukun"),
        ("35.73.04", "Jumlah", "", "Sukun"),
        ("", "", "Sukun", "Sukun"),
        ("", "-", "Sukun", "Sukun"),
        ("", "Jumlah", "Sukun", "Sukun"),
        ("35.73", "", "", "*"),
        ("3573", "KOTA MALANG", "", "*"),
        ("", "KOTA MALANG", "", "*"),
        ("", "Kota Malang", "Malang", "*"),
        ("", "Malang", "", "*"),
        ("", "Jumlah Total", "", "*"),
        ("", "TOTAL KOTA MALANG", "Lowokwaru", "*"),
        ("", "Grand Total", "", "*"),
        ("", "", "Jumlah", "*"),
        ("Jumlah", "", "", "*"),
        ("TOTAL", "TOTAL", "TOTAL", "*"),
        ("", "", "Kota Malang", "*"),
        ("", "Jumlah penduduk usia lanjut", "", ""),
    ],
)
def test_sums_are_known_by_code_or_name(malang, code, kelurahan, kecamatan, parent):
    found = judge(malang, kelurahan, kecamatan, code)
    assert (found["status"], found["parent"]) == (REFUSED, parent)
    assert "sum" in str(found["reason"])


@pytest.mark.parametrize("code", ["35.73.01", "3573"])
def test_the_code_of_a_kecamatan_beside_a_kelurahan_is_no_sum(malang, code):
    found = judge(malang, "Arjosari", "Blimbing", code)
    assert (found["status"], found["parent"]) == (REVIEW, "")
    assert found["proposed"] == kode_of(malang, "Arjosari")


@pytest.mark.parametrize("kecamatan", ["LUAR DAERAH", "Dau", "Lowokwaru"])
def test_a_kelurahan_in_a_wrong_kecamatan_is_held(malang, kecamatan):
    found = judge(malang, "Arjosari", kecamatan)
    assert (found["status"], found["proposed"]) == (REVIEW, "")
    assert "lies in another kecamatan" in str(found["reason"])


def test_two_kelurahan_of_a_name_in_two_kecamatan_of_a_name_are_held_as_such(nine):
    # Bakung of Lor, and one called so too in a Lor of another kabupaten.
    other = nine.iloc[[1]].assign(kode="99.02.01.1002", kode_bps="9902010002")
    found = judge(pd.concat([nine, other]), "Bakung", "Lor")
    assert found["status"] == REVIEW
    assert str(found["reason"]) == "'Bakung' stands for several kelurahan."
    assert set(found["candidates"]) >= {"99.01.01.1002", "99.02.01.1002"}


def test_a_kelurahan_in_a_misspelt_kecamatan_is_proposed(malang):
    assert judge(malang, "Arjosari", "Blimbng")["proposed"] == kode_of(malang, "Arjosari")
    assert judge(malang, "Sukun", "Sukum")["proposed"] == ""


def test_a_kecamatan_can_be_named_by_its_code(malang):
    for code in ("35.73.04", "357304", "3573020", "3573020.0"):
        assert judge(malang, "Sukun", code)["kode"] == kode_of(malang, "Sukun")


@pytest.mark.parametrize("texts", [("", "", ""), ("-", "-", ""), ("", "–", "")])
def test_lines_without_a_place_are_refused(malang, texts):
    code, kelurahan, kecamatan = texts
    found = judge(malang, kelurahan, kecamatan, code)
    assert (found["status"], str(found["reason"])) == (
        REFUSED,
        "No kelurahan is named in this line.",
    )


@pytest.mark.parametrize("column", ["code", "kelurahan", "kecamatan"])
def test_notes_are_refused(malang, column):
    found = judge(malang, **{column: "Sumber: Dinas Sosial, 35.73.01.1001"})
    assert (found["status"], str(found["reason"])) == (REFUSED, "This line is a note.")


# --- the nine-kelurahan city of the drawing: a name in two kecamatan


def test_a_name_in_two_kecamatan_needs_its_kecamatan(nine):
    twice = nine.assign(kelurahan=nine["kelurahan"].replace("Dahlia", "Anggrek"))
    assert judge(twice, "Anggrek", "Kidul")["kode"] == "99.01.02.1004"
    assert judge(twice, "Anggrek", "Lor")["kode"] == "99.01.01.1001"
    alone = judge(twice, "Anggrek")
    assert alone["status"] == REVIEW
    assert set(alone["candidates"][:2]) == {"99.01.01.1001", "99.01.02.1004"}


# --- decisions


def test_a_decision_is_remembered_for_the_same_texts_only(malang):
    kode = kode_of(malang, "Arjowinangun")
    told = [Decision("", "ARJOWILANGUN", "", kode), Decision("", "Perumahan X", "", "")]
    assert judge(malang, "ARJOWILANGUN", decisions=told)["kode"] == kode
    assert judge(malang, " ARJOWILANGUN ", decisions=told)["kode"] == kode
    assert judge(malang, "ARJOWILANGUN", "Sukun", decisions=told)["status"] == REVIEW
    refused = judge(malang, "Perumahan X", decisions=told)
    assert (refused["status"], str(refused["reason"])) == (
        REFUSED, "'Perumahan X' was refused by a person.",
    )  # fmt: skip


def test_a_decision_for_a_kelurahan_that_is_no_more_is_not_used(malang):
    told = [Decision("", "Bareng", "", "35.73.99.1001")]
    assert judge(malang, "Bareng", decisions=told)["kode"] == kode_of(malang, "Bareng")


def test_other_verdicts_replace_some_rows_and_leave_the_order():
    plain = {"kode": "", "proposed": "", "candidates": (), "reason": None, "parent": ""}
    rows = pd.DataFrame(
        [{"status": "a", "kelurahan": "x"} | plain, {"status": "b", "kelurahan": "y"} | plain],
        index=[7, 3],
    )
    changed = judged(rows, {3: Verdict(MATCHED, "k"), 99: Verdict(REFUSED)})
    assert list(changed.index) == [7, 3]
    assert list(changed["status"]) == ["a", MATCHED]
    assert list(changed["kelurahan"]) == ["x", "y"]


def test_the_same_in_a_table(malang):
    sheet = grid(
        ["kelurahan", "Penduduk miskin 2024"],
        ["SUKUN", 12], ["Bandulan", 5], ["Sukun", 7],
    )  # fmt: skip
    result = proposed(sheet, malang)
    assert statuses(result) == {2: "review", 3: "matched", 4: "review"}
    assert "is a kelurahan and a kecamatan" in reason(result, 4)
