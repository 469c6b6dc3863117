import ast
import datetime as dt
import io
import itertools
import re
import subprocess
import sys
import tokenize

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from kantong import language
from kantong.store.library import load
from tests.conftest import DATA, ROOT
from tools.messages import CATALOGUE, messages

FIELD = re.compile(r"{(\w*)}")
SPACING = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}
NO_TEXT = re.compile(r"[a-z]*[fb][a-z]*[\"']")
ERRORS = {"ValueError(", "TypeError("}


@pytest.fixture(scope="module")
def indonesian():
    with CATALOGUE.open("rb") as source:
        return {message.id: message.string for message in read_po(source) if message.id}


def test_every_message_is_translated_and_none_is_left_over(indonesian):
    assert set(indonesian) == set(messages())
    assert [message for message, text in indonesian.items() if not text] == []


def test_translations_keep_the_fields_of_the_message(indonesian):
    for message, text in indonesian.items():
        assert sorted(FIELD.findall(message)) == sorted(FIELD.findall(text)), message


def test_translations_keep_the_steps_and_the_emphasis_of_the_message(indonesian):
    marks = re.compile(r"^\d+\.|^- |\*\*|\n\n", re.MULTILINE)
    for message, told in indonesian.items():
        assert marks.findall(told) == marks.findall(message), message


def test_messages_of_every_kind_are_collected():
    found = messages()
    assert "Share of the city's total" in found
    assert "The denominator is zero." in found
    assert any("negative" in message for message in found)


@pytest.mark.parametrize(
    "message",
    [
        "This line is a note.",  # handed on by a function
        "{indicators}: the same in every area, so they decide nothing.",  # constant
        "Kecamatan {kecamatan} gets {got} % of the budget, less than {percent} %.",  # either of two
        "{name}: it has no budget, and there is no common one. Give either.",  # key of a table
        "{count} interventions in {values} have no programme. Name it.",  # value of a table
    ],
)
def test_messages_are_collected_however_they_come_to_their_fault(message):
    assert message in messages()


# Bilingual by themselves or read by machines; the last is a source, the same in all languages.
UNTRANSLATED = ("cli.py", "example/", "serving/")
SOURCES_CITED = {"Foster, Greer, Thorbecke (1984), Econometrica 52(3), α = 0."}


def test_no_sentence_of_the_program_is_forgotten():
    """Sentences are found here by the words of the source, not by what it does with them."""
    every = messages()
    for path in (ROOT / "kantong").rglob("*.py"):
        if path.relative_to(ROOT / "kantong").as_posix().startswith(UNTRANSLATED):
            continue
        before = ""
        lines = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        told = [one for one in lines if one.type not in SPACING]
        for last, texts in itertools.groupby(told, key=lambda one: one.type == tokenize.STRING):
            words = list(texts)
            if not last:
                before = "".join(one.string for one in words[-2:])
                continue
            plain = [one.string for one in words if not NO_TEXT.match(one.string)]
            text = "".join(ast.literal_eval(one) for one in plain)
            is_sentence = len(plain) == len(words) and " " in text and text.endswith(".")
            is_for_programmers = words[0].string.startswith(('"""', 'r"""')) or before in ERRORS
            if is_sentence and not is_for_programmers and text not in SOURCES_CITED:
                assert text in every, f"{path.name}, line {words[0].start[0]}"


def test_indonesian_is_the_default():
    assert language.activate(None) == "id"
    assert language.gettext("Rank") == "Peringkat"
    assert language.activate("fr") == "id"


@pytest.mark.parametrize(
    ("code", "value", "places", "text"),
    [
        ("id", 34840, 0, "34.840"),
        ("id", 3.914, 2, "3,91"),
        ("en", 34840, 0, "34,840"),
        ("id", float("nan"), 2, "–"),
        ("id", None, 0, "–"),
        ("id", 0, 0, "0"),
    ],
)
def test_numbers_are_written_as_the_locale_does(code, value, places, text):
    language.activate(code)
    assert language.number(value, places) == text


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("id", 20_000_000, "Rp\N{NO-BREAK SPACE}20.000.000"),
        ("id", 1234.5, "Rp\N{NO-BREAK SPACE}1.234"),  # no cents; halves go to the even rupiah
        ("id", 0, "Rp\N{NO-BREAK SPACE}0"),
        ("en", 20_000_000, "IDR\N{NO-BREAK SPACE}20,000,000"),
        ("en", -1500, "-IDR\N{NO-BREAK SPACE}1,500"),
        ("id", float("nan"), "–"),
        ("id", None, "–"),
    ],
)
def test_rupiah_are_written_as_the_locale_does(code, value, text):
    language.activate(code)
    assert language.rupiah(value) == text


@pytest.mark.parametrize(
    ("code", "text"), [("id", "24 November 2026"), ("en", "November 24, 2026")]
)
def test_dates_are_written_as_the_locale_does(code, text):
    language.activate(code)
    assert language.date(dt.date(2026, 11, 24)) == text


def test_months_are_named_in_indonesian():
    language.activate("id")
    assert language.date(dt.date(2025, 8, 17)) == "17 Agustus 2025"


@pytest.mark.parametrize(
    ("code", "text", "values"),
    [
        ("id", "1.000; 2,5", (1000, 2.5)),
        ("en", "1,000; 2.5", (1000, 2.5)),
        ("id", "100;250;400", (100, 250, 400)),
        ("id", " -3 ;; ", (-3,)),
        ("id", "", ()),
    ],
)
def test_numbers_are_read_as_the_locale_writes_them(code, text, values):
    language.activate(code)
    assert language.numbers(text) == values


@pytest.mark.parametrize("text", ["a", "1; b", "1; 2 3 x", "=1+1", "1" * 5000 + "x"])
def test_what_is_no_number_is_told_from_no_numbers(text):
    assert language.numbers(text) is None


# Six decimals are written; breaks of classes have no more.
BREAKS = st.lists(st.integers(-(10**14), 10**14).map(lambda millionths: millionths / 10**6))


@given(st.sampled_from(sorted(language.LANGUAGES)), BREAKS)
def test_numbers_are_read_as_they_were_written(code, values):
    language.activate(code)
    assert language.numbers(language.write_numbers(values)) == tuple(values)


@given(st.sampled_from(sorted(language.LANGUAGES)), st.text())
def test_any_text_is_read_or_refused(code, text):
    language.activate(code)
    found = language.numbers(text)
    assert found is None or len(found) <= text.count(";") + 1


def test_data_sets_are_titled_in_both_languages():
    for dataset in load(DATA).datasets.values():
        assert set(dataset.title) == {"id", "en"}
        assert set(dataset.note) == {"id", "en"}


def test_the_command_line_answers_in_indonesian_by_default(tmp_path):
    command = [sys.executable, "-m", "kantong", "check", str(tmp_path / "hilang.csv")]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "hilang.csv: tidak dapat dibaca" in answer.stderr
