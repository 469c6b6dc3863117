"""A process tells browsers its name, so that a proxy can send them back to it."""

import pytest

from kantong.serving.processes import NAME, Named
from tests.serving.asked import ask, behind


@pytest.fixture
def named(monkeypatch):
    monkeypatch.setenv(NAME, "8501")
    return Named(behind, pages={"/", "/peta"})


COOKIE = "kantong_process=8501; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("known", [[], [("Cookie", "kantong_process=8502")]])
def test_page_and_socket_say_which_process_answers(named, kind, known):
    assert COOKIE in ask(named, "/peta", kind=kind, headers=known)[1].getlist("set-cookie")


def test_it_is_not_said_again_to_who_knows_it(named):
    known = [("Cookie", "kantong_process=8501")]
    assert COOKIE not in ask(named, headers=known)[1].getlist("set-cookie")


def test_a_file_moves_nobody_to_another_process(named):
    assert COOKIE not in ask(named, "/media/x.pdf")[1].getlist("set-cookie")


@pytest.mark.parametrize("name", ["", "a; Path=/evil", "a\r\nx: y", "x" * 40])
def test_a_process_without_a_plain_name_says_nothing(monkeypatch, name):
    monkeypatch.setenv(NAME, name)
    cookies = ask(Named(behind, pages={"/"}))[1].getlist("set-cookie")
    assert not any("kantong_process" in one for one in cookies)
