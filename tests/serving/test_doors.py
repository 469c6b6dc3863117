"""Who may come in: names of ours, sockets of our own pages, questions of sane size."""

import pytest

from kantong.serving.doors import HOSTS, LARGEST_HEADERS, LONGEST_QUERY, Doors
from tests.serving.asked import ask, behind

OURS = [("Host", "127.0.0.1:8501")]
STREAM = "/_stcore/stream"


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost", "LOCALHOST:80", "[::1]:8501"])
def test_a_name_of_loopback_is_let_in(host):
    message, _headers, body = ask(Doors(behind), headers=[("Host", host)])
    assert (message["status"], body) == (200, "yes")


@pytest.mark.parametrize(
    "headers",
    [
        [("Host", "evil.example")],
        [("Host", "localhost.evil.example")],
        [("Host", "evil.example@localhost")],
        [("Host", "localhost@evil.example")],
        [("Host", "localhost/evil")],
        [("Host", "localhost:80:90")],
        [("Host", "localhost:port")],
        [("Host", "")],
        [],
        [("Host", "localhost"), ("Host", "evil.example")],
        [("Host", "*")],
    ],
)
def test_a_host_of_another_name_is_refused_in_both_languages(headers):
    message, _headers, body = ask(Doors(behind), headers=headers)
    assert message["status"] == 421
    assert "tidak dikenal" in body
    assert "does not go by that name" in body
    assert "evil" not in body


def test_a_name_that_is_configured_is_let_in_and_its_neighbours_are_not(monkeypatch):
    monkeypatch.setenv(HOSTS, "peta.kota.go.id, *.dinas.kota.go.id")
    for host, status in {
        "peta.kota.go.id": 200,
        "PETA.kota.go.id.:443": 200,
        "a.dinas.kota.go.id": 200,
        "dinas.kota.go.id": 421,
        "xdinas.kota.go.id": 421,
        "kota.go.id": 421,
        "localhost": 200,
    }.items():
        assert ask(Doors(behind), headers=[("Host", host)])[0]["status"] == status, host


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        ("http://127.0.0.1:8501", "websocket.accept"),
        ("http://evil.example", "websocket.close"),
        # Another program of this machine is another site, though Streamlit would let it in.
        ("http://127.0.0.1:9999", "websocket.close"),
        ("http://localhost:8501", "websocket.close"),
        ("null", "websocket.close"),
        ("http://[", "websocket.close"),
    ],
)
def test_a_socket_is_opened_by_our_own_page_only(origin, kind):
    headers = [*OURS, ("Origin", origin)]
    assert ask(Doors(behind), STREAM, kind="websocket", headers=headers)[0]["type"] == kind


def test_a_socket_to_a_foreign_name_is_refused_though_its_page_has_the_same_name():
    headers = [("Host", "evil.example"), ("Origin", "http://evil.example")]
    message = ask(Doors(behind), STREAM, kind="websocket", headers=headers)[0]
    assert message == {"type": "websocket.close", "code": 1008}


@pytest.mark.parametrize("trace", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via"])
def test_what_a_proxy_passed_on_is_refused_where_there_is_no_login(trace):
    headers = [*OURS, (trace, "192.168.1.7")]
    alone = Doors(behind, is_alone=lambda: True)
    message, _headers, body = ask(alone, headers=headers)
    assert message["status"] == 403
    assert "atur login" in body
    assert "configure a login" in body
    assert ask(alone, STREAM, kind="websocket", headers=headers)[0]["type"] == "websocket.close"
    assert ask(alone, headers=OURS)[0]["status"] == 200
    assert ask(Doors(behind), headers=headers)[0]["status"] == 200


def test_a_long_address_is_refused_in_words_and_the_longest_is_not():
    longest = b"x" * LONGEST_QUERY
    assert ask(Doors(behind), headers=OURS, query=longest)[0]["status"] == 200
    message, _headers, body = ask(Doors(behind), headers=OURS, query=longest + b"x")
    assert message["status"] == 414
    assert "Alamat terlalu panjang" in body
    assert "The address is too long" in body
    socket = ask(Doors(behind), STREAM, kind="websocket", headers=OURS, query=longest + b"x")[0]
    assert socket["type"] == "websocket.close"


def test_headers_beyond_measure_are_refused():
    headers = [*OURS, ("Cookie", "x" * LARGEST_HEADERS)]
    assert ask(Doors(behind), headers=headers)[0]["status"] == 431
