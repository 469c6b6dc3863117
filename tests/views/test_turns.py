"""Costly work takes turns: in order, never more than there is room for."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from kantong.geo.errors import DataError
from kantong.intake.sandbox import CancelledError
from kantong.views import work
from kantong.views.turns import PLACES, Allowance, BusyError, Line, places

PATIENCE_S = 30


class Someone(threading.Thread):
    """Takes a turn and holds it until let go."""

    def __init__(self, line):
        super().__init__(daemon=True)
        self.line = line
        self.inside, self.leave, self.told, self.stop = (threading.Event() for _ in range(4))
        self.before, self.error = [], None
        self.start()

    def note(self, before):
        self.before.append(before)
        self.told.set()

    def run(self):
        try:
            with self.line.turn(self.note, self.stop):
                self.inside.set()
                self.leave.wait(PATIENCE_S)
        except (DataError, CancelledError) as error:
            self.error = error


def test_work_runs_at_once_up_to_the_places_and_then_in_order():
    line = Line(places=2)
    first, second = Someone(line), Someone(line)
    assert first.inside.wait(PATIENCE_S)
    assert second.inside.wait(PATIENCE_S)
    third = Someone(line)
    assert third.told.wait(PATIENCE_S)
    fourth = Someone(line)
    assert fourth.told.wait(PATIENCE_S)
    assert third.before[0] == 2
    assert fourth.before[0] == 3
    assert (line.state().running, line.state().waiting) == (2, 2)
    first.leave.set()
    assert third.inside.wait(PATIENCE_S)
    assert not fourth.inside.is_set()
    for one in (second, third, fourth):
        one.leave.set()
    for one in (first, second, third, fourth):
        one.join(PATIENCE_S)
    assert (line.state().running, line.state().waiting, line.state().done) == (0, 0, 4)


def test_what_is_cancelled_while_it_waits_leaves_the_row():
    line = Line(places=1)
    first = Someone(line)
    assert first.inside.wait(PATIENCE_S)
    second = Someone(line)
    assert second.told.wait(PATIENCE_S)
    second.stop.set()
    second.join(PATIENCE_S)
    assert isinstance(second.error, CancelledError)
    assert line.state().waiting == 0
    first.leave.set()
    first.join(PATIENCE_S)


def test_a_row_that_is_full_refuses_in_words_and_goes_on():
    line = Line(places=1, most_waiting=1)
    first = Someone(line)
    assert first.inside.wait(PATIENCE_S)
    second = Someone(line)
    assert second.told.wait(PATIENCE_S)
    refused = pytest.raises(BusyError, match="Others have 1 large jobs waiting")
    with refused, line.turn(lambda _before: None):
        pytest.fail("let in")
    assert line.state().refused == 1
    first.leave.set()
    assert second.inside.wait(PATIENCE_S)
    second.leave.set()
    second.join(PATIENCE_S)


def page_with_work():
    import streamlit as st  # noqa: PLC0415 - the body is a script of its own

    from kantong.geo.errors import DataError  # noqa: PLC0415
    from kantong.views import work  # noqa: PLC0415

    try:
        st.text(work.result("once", lambda _report, _stop: "found", patience_s=30))
    except DataError as error:
        st.error(str(error))


def test_work_that_found_no_room_can_be_begun_again(monkeypatch):
    line = Line(places=1, most_waiting=0)
    monkeypatch.setattr(work, "LINE", line)
    other = Someone(line)
    assert other.inside.wait(PATIENCE_S)
    app = AppTest.from_function(page_with_work, default_timeout=60).run()
    assert "this one was not begun" in app.error[0].value
    other.leave.set()
    other.join(PATIENCE_S)
    app.button(key="begin again").click().run()
    assert not app.error
    assert app.text[0].value == "found"


def test_work_that_took_too_long_can_be_begun_again(monkeypatch):
    monkeypatch.setattr(work, "_LONGEST_S", 0.0)
    monkeypatch.setattr(work, "LINE", line := Line(places=1))
    other = Someone(line)
    assert other.inside.wait(PATIENCE_S)
    app = AppTest.from_function(page_with_work, default_timeout=60).run()
    assert "was ended" in app.error[0].value
    monkeypatch.setattr(work, "_LONGEST_S", 1800.0)
    other.leave.set()
    other.join(PATIENCE_S)
    app.button(key="begin again").click().run()
    assert app.text[0].value == "found"


def test_work_that_fails_gives_its_place_back():
    line = Line(places=1)
    with pytest.raises(ZeroDivisionError), line.turn(lambda _before: None):
        raise ZeroDivisionError
    with line.turn(lambda _before: pytest.fail("had to wait")):
        assert line.state().running == 1


def test_one_visitor_may_begin_so_much_within_a_time_and_is_told_when_more():
    allowance = Allowance(most=2, within_s=60)
    allowance.take(now=0)
    allowance.take(now=10)
    with pytest.raises(BusyError, match=r"begun 2 large jobs within 1 minutes\. Go on in 41 sec"):
        allowance.take(now=20)
    allowance.take(now=60)


@pytest.mark.parametrize(("given", "wanted"), [("5", 5), ("0", 1)])
def test_the_places_can_be_set(monkeypatch, given, wanted):
    monkeypatch.setenv(PLACES, given)
    assert places() == wanted


@pytest.mark.parametrize("given", ["", "viele", "-3"])
def test_there_are_two_places_or_half_of_the_cores(monkeypatch, given):
    monkeypatch.setenv(PLACES, given)
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert places() == 8
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert places() == 2
