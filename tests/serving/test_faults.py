"""What a browser gets when a request fails without being foreseen."""

import logging
import re
import socket

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from kantong import server
from kantong.geo.errors import DataError
from kantong.serving.faults import Caught
from kantong.serving.headers import HEADERS
from tests.serving.asked import ask
from tests.serving.test_metrics import figure

PERSON = "Budi Santoso"
HOST = [("Host", "127.0.0.1:8501")]


async def fail(_request):
    raise RuntimeError(PERSON)


@pytest.fixture
def whole():
    """The stack of the server in front of an address that fails."""
    return Starlette(routes=[Route("/media/x", fail)], middleware=server.MIDDLEWARE)


def test_a_fault_is_answered_in_calm_words_with_every_header(whole, caplog):
    with caplog.at_level(logging.ERROR, "kantong"):
        message, headers, body = ask(whole, "/media/x", headers=HOST, scheme="https")
    assert message["status"] == 500
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "strict-transport-security" in headers
    assert "Ada yang gagal tanpa diduga" in body
    assert "Something failed that nobody foresaw" in body
    assert PERSON not in body
    numbers = [one.reference for one in caplog.records if one.message == "unforeseen"]
    assert set(re.findall(r"\b[0-9A-F]{8}\b", body)) == set(numbers)
    assert len(numbers) == 1


def test_a_fault_is_counted_as_a_request_and_as_unforeseen(whole, caplog):
    asked = {"kind": "media", "status": "500"}
    before = figure("kantong_requests_total", **asked), figure("kantong_unforeseen_total")
    with caplog.at_level(logging.ERROR, "kantong"):
        ask(whole, "/media/x", headers=HOST)
    after = figure("kantong_requests_total", **asked), figure("kantong_unforeseen_total")
    assert after == (before[0] + 1, before[1] + 1)
    assert [one.status for one in caplog.records if one.name == "kantong.requests"] == [500]


def test_an_answer_that_fails_half_way_is_broken_off_and_noted():
    noted = []

    async def half(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(PERSON)

    def note(error):
        noted.append(error)
        return "1"

    with pytest.raises(RuntimeError):
        ask(Caught(half, note))
    assert [type(error) for error in noted] == [RuntimeError]


def test_a_port_that_another_program_has_is_said_before_anything_is_promised():
    promised = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(DataError, match=rf"cannot answer at 127\.0\.0\.1, port {port}"):
            server.run(port, ready=lambda: promised.append(True))
    assert promised == []
