"""Find a kelurahan: by name, with typing errors, and by the codes of both systems."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.views.search import find


@pytest.fixture(scope="module")
def names(malang):
    return malang.set_index("kode")["kelurahan"]


def test_every_kelurahan_is_found_first_by_its_own_name(malang, names):
    for kode, name in names.items():
        assert find(malang, name)[0] == kode
        assert find(malang, name.upper())[0] == kode


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Dinojo", "Dinoyo"),
        ("Kedung kandang", "Kedungkandang"),
        ("Bunulrjo", "Bunulrejo"),
        ("Arjosri", "Arjosari"),
        ("  dinoyo ", "Dinoyo"),
        ("bunul", "Bunulrejo"),
        ("dowo", "Oro-oro Dowo"),
        ("madu tasik", "Tasik Madu"),
    ],
)
def test_typing_errors_are_forgiven(malang, names, typed, meant):
    assert names[find(malang, typed)[0]] == meant


def test_no_more_are_offered_than_can_be_read(malang):
    assert len(find(malang, "a")) <= 5
    assert len(find(malang, "3573")) == 5


def dotted_bps(kode):
    return f"{kode[:2]}.{kode[2:4]}.{kode[4:7]}.{kode[7:]}"


def test_a_code_of_either_system_is_found_with_and_without_dots(malang):
    for kode, bps in zip(malang["kode"], malang["kode_bps"], strict=True):
        for typed in (kode, kode.replace(".", ""), bps, dotted_bps(bps), kode.replace(".", " ")):
            assert find(malang, typed) == [kode], typed


# Balearjosari is 35.73.01.1001 of the Kemendagri and 3573040011 of the BPS.
@pytest.mark.parametrize("end", ["011001", "01.1001", "040011", "0011"])
def test_the_end_of_a_code_of_either_system_is_enough(malang, end):
    assert "35.73.01.1001" in find(malang, end)


@pytest.mark.parametrize("start", ["35.73.05", "357305", "3573050"])
def test_the_start_of_a_code_finds_what_lies_in_it(malang, start):
    plain = start.replace(".", "")
    found = malang.set_index("kode").loc[find(malang, start)]
    assert len(found) == 5
    kemendagri = found.index.str.replace(".", "").str.startswith(plain)
    assert (kemendagri | found["kode_bps"].str.startswith(plain)).all()


@pytest.mark.parametrize("typed", ["1", "35", "3.5.7"])
def test_a_few_digits_mean_too_many(malang, typed):
    assert find(malang, typed) == []


@pytest.mark.parametrize("typed", ["", ".", "-", "xqzvw", "Jakarta Pusat?", "99999999", "²²²²"])
def test_nonsense_finds_nothing(malang, typed):
    assert find(malang, typed) == []


@pytest.mark.parametrize("typed", ["a", "1", ".", "Dinoyo ", "\N{SNOWMAN}"])
def test_ten_thousand_characters_are_answered(malang, typed):
    start = time.monotonic()
    assert len(find(malang, typed * 10_000)) <= 5
    assert time.monotonic() - start < 1  # some milliseconds; a whole text compared takes longer


@given(st.text(max_size=40))
def test_any_text_is_answered_by_codes_of_the_layer(malang, typed):
    found = find(malang, typed)
    assert set(found) <= set(malang["kode"])
    assert len(found) == len(set(found)) <= 5
