import pandas as pd
import pytest

from kantong.geo.codes import (
    System,
    agree,
    candidates,
    comparable,
    identify,
    is_kode,
    parse,
    read_code_list,
)
from kantong.geo.errors import CodeError, TableError
from tests.conftest import DATA, SOURCES

HEADING = "kode_kemendagri,kode_bps,kelurahan,kelurahan_bps,kecamatan,dapil\n"


@pytest.fixture(scope="module")
def listing():
    return read_code_list(DATA / "kelurahan_codes.csv")


@pytest.mark.parametrize(
    ("text", "system", "standard"),
    [
        ("35.73.01.1001", System.KEMENDAGRI, "35.73.01.1001"),
        ("3573011001", System.KEMENDAGRI, "35.73.01.1001"),
        ("35.79.01.2005", System.KEMENDAGRI, "35.79.01.2005"),
        ("3573040010", System.BPS, "3573040010"),
        ("35.73.040.010", System.BPS, "3573040010"),
        ("ID3573040010", System.BPS, "3573040010"),
        (" 3573040010 ", System.BPS, "3573040010"),
    ],
)
def test_both_systems_are_told_apart(text, system, standard):
    assert (parse(text).system, parse(text).text) == (system, standard)


@pytest.mark.parametrize("text", ["", "3573", "35.73.1.1001", "3573944001", "Sukun", "35730110011"])
def test_what_is_no_code_is_refused(text):
    with pytest.raises(CodeError, match=r"is no code of a kelurahan\. Write it as 35\.73"):
        parse(text)


def test_an_identity_number_is_not_repeated_in_the_message():
    with pytest.raises(CodeError) as caught:
        parse("3573014101800001")
    assert "3573014101800001" not in str(caught.value)


def test_all_57_pairs_of_the_two_systems_are_read(listing):
    assert len(listing) == 57
    paired = dict(zip(listing["kode"], listing["kode_bps"], strict=True))
    assert paired["35.73.05.1001"] == "3573050011"


def test_codes_are_never_converted_by_arithmetic(listing):
    """Blimbing is 01 for Kemendagri and 040 for BPS; BPS 010 is Kedungkandang."""
    kecamatan = listing.set_index("kode")["kecamatan"]
    by_bps = listing.set_index("kode_bps")["kecamatan"]
    assert set(kecamatan[kecamatan.index.str.startswith("35.73.01.")]) == {"Blimbing"}
    assert set(by_bps[by_bps.index.str.startswith("3573010")]) == {"Kedungkandang"}


def test_a_hybrid_code_is_held_because_its_name_disagrees(listing):
    """35.73.05.1001 (Tunggulwulung) written 3573050001 is Merjosari for BPS."""
    with pytest.raises(CodeError, match="is Merjosari in the code list, but 'Tunggulwulung'"):
        identify(pd.Series(["3573050001"]), pd.Series(["Tunggulwulung"]), listing)


def test_every_disagreement_is_named_at_once(listing):
    codes = pd.Series(["35.73.01.1001", "35.73.01.1002", "35.73.01.1003"])
    with pytest.raises(CodeError) as caught:
        identify(codes, pd.Series(["Bareng", "Arjosari", "Buring"]), listing)
    assert len(caught.value.faults) == 2


def test_the_bps_spelling_of_a_name_is_accepted(listing):
    found = identify(pd.Series(["35.73.02.1008"]), pd.Series(["ORO ORO DOWO"]), listing)
    assert listing.loc[found[0], "kelurahan"] == "Oro-oro Dowo"


def test_a_code_outside_the_list_gives_missing(listing):
    found = identify(pd.Series(["35.07.14.2008"]), None, listing)
    assert found.isna().tolist() == [True]


def test_a_code_with_dots_is_looked_up_in_its_own_system_only():
    twins = pd.DataFrame(
        {"kode": ["12.34.10.1001", "12.34.56.1001"], "kode_bps": ["1", "1234101001"]}
    )
    assert candidates("12.34.10.1001", twins) == [0]
    assert candidates("ID1234101001", twins) == [1]


def test_bare_digits_that_mean_two_places_are_held():
    twins = pd.DataFrame(
        {
            "kode": ["12.34.10.1001", "12.34.56.1001"],
            "kode_bps": ["1234560001", "1234101001"],
            "kelurahan": ["Satu", "Dua"],
            "kelurahan_bps": ["Satu", "Dua"],
        }
    )
    with pytest.raises(CodeError, match=r"means two places \(Satu, Dua\)"):
        identify(pd.Series(["1234101001"]), None, twins)


def test_near_names_stay_two_places():
    assert not agree("Buring", "Bareng")
    assert not agree("Arjosari", "Merjosari")
    assert comparable("Kel. Bandungrejosari") == comparable("BANDUNG REJOSARI")


def test_forest_without_a_code_is_kept_in_the_list():
    batu = read_code_list(SOURCES / "kota_batu_codes.csv")
    assert batu.loc[batu["kode"] == "", "kelurahan"].tolist() == ["Kehutanan", "Kehutanan"]
    assert (batu["dapil"] == "").all()


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", TableError, "is not a CSV table"),
        ("a,b\n1,2\n", TableError, "lacks the columns kode_kemendagri, kode_bps"),
        (HEADING, TableError, "holds no rows"),
        (HEADING + "35.73,3573040011,A,A,K,1\n", CodeError, r"35\.73' on line 2 are no Kemendagri"),
        (
            HEADING + "3573040010,3573011001,A,A,K,1\n",
            CodeError,
            r"'3573040010' on line 2 are no Kemendagri codes.*like 35\.73\.01\.1001",
        ),
        (
            HEADING + "35.73.01.1001,35.73.01.1001,A,A,K,1\n",
            CodeError,
            r"'35\.73\.01\.1001' on line 2 are no BPS codes.*like 3573040010",
        ),
        (
            HEADING + "\n\n35.73.01.1001,3573040011,,A,K,1\n",
            CodeError,
            "no name of a kelurahan on line 4",
        ),
        (
            HEADING + '35.73.01.1001,3573040011,"A\nB",A,K,1\n35.73.01.1002,3573040012,,B,K,1\n',
            CodeError,
            "no name of a kelurahan on line 4",
        ),
        (
            HEADING + "35.73.01.1001,3573040011,A,A,K,1,Lor\n",
            TableError,
            "line 2 has more cells than the heading",
        ),
        (HEADING + '35.73.01.1001,3573040011,"A', TableError, "is not a CSV table"),
        (
            HEADING + "35.73.01.1001,3573040011,A,A,K,1\n3573011001,3573040012,B,B,K,1\n",
            CodeError,
            r"stand there twice \(lines 2, 3\)",
        ),
        (HEADING + "35.73.01.1001,3573040011,,A,K,1\n", CodeError, "no name of a kelurahan"),
    ],
)
def test_a_faulty_code_list_is_refused(tmp_path, text, error, message):
    path = tmp_path / "kode.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(error, match=message):
        read_code_list(path)


@pytest.mark.parametrize("heading", [HEADING, HEADING.replace("\n", ",\n")])
def test_empty_columns_and_rows_of_a_spreadsheet_are_passed_over(tmp_path, heading):
    path = tmp_path / "kode.csv"
    rows = "35.73.01.1001,3573040011,A,A,K,1,\n,,,,,,\n35.73.01.1002,3573040012,B,B,K\n"
    path.write_text(heading + rows, "utf-8-sig")
    found = read_code_list(path)
    assert found["kode"].tolist() == ["35.73.01.1001", "35.73.01.1002"]
    assert found["dapil"].tolist() == ["1", ""]
    assert found.index.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "is_key"),
    [("35.73.01.1001", True), ("3573011001", False), ("3573040010", False), ("", False)],
)
def test_only_the_dotted_kemendagri_form_is_the_key(text, is_key):
    assert is_kode(text) is is_key
