"""What every answer carries, and what TLS adds."""

import pytest

from kantong.serving.headers import HEADERS, SafeHeaders
from tests.serving.asked import ask, behind


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("name", HEADERS)
def test_every_answer_carries_every_header(kind, name):
    assert ask(SafeHeaders(behind), kind=kind)[1][name] == HEADERS[name]


def test_cookies_are_bound_to_tls_where_the_browser_came_by_it():
    headers = ask(SafeHeaders(behind), scheme="https")[1]
    assert headers["set-cookie"] == "_streamlit_xsrf=2|x; Path=/; Secure"
    assert headers["strict-transport-security"] == "max-age=63072000"


def test_without_tls_nothing_is_promised_that_would_lock_the_browser_out():
    headers = ask(SafeHeaders(behind))[1]
    assert headers["set-cookie"] == "_streamlit_xsrf=2|x; Path=/"
    assert "strict-transport-security" not in headers


def test_no_other_site_may_frame_us_and_no_sensor_is_asked_for():
    assert HEADERS["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in HEADERS["content-security-policy"]
    for feature in ("camera", "microphone", "geolocation", "payment", "usb"):
        assert f"{feature}=()" in HEADERS["permissions-policy"]
