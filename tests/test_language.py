import re
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po

from kantong import language
from kantong.store.library import load
from tests.conftest import DATA, ROOT
from tools.messages import CATALOGUE, messages

FIELD = re.compile(r"{(\w*)}")


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


def test_messages_of_every_kind_are_collected():
    found = messages()
    assert "Share of the city's total" in found
    assert "The denominator is zero." in found
    assert any("negative" in message for message in found)


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


def test_data_sets_are_titled_in_both_languages():
    for dataset in load(DATA).datasets.values():
        assert set(dataset.title) == {"id", "en"}
        assert set(dataset.note) == {"id", "en"}


def test_the_command_line_answers_in_indonesian_by_default(tmp_path):
    command = [sys.executable, "-m", "kantong", "check", str(tmp_path / "hilang.csv")]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "hilang.csv: tidak dapat dibaca" in answer.stderr
