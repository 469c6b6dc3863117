"""How a server is meant, and what is refused before anyone could reach it."""

import pytest
from streamlit import config

from kantong.geo.errors import DataError
from kantong.views import access, mode
from kantong.views.access import Standing, Visitor
from kantong.views.mode import AccessError, Mode

WHOLE = {
    "redirect_uri": "https://peta.kota.example/oauth2callback",
    "cookie_secret": "s" * 40,
    "client_id": "kantong",
    "client_secret": "rahasia",
    "server_metadata_url": "https://masuk.kota.example/.well-known/openid-configuration",
}


@pytest.fixture
def secrets(monkeypatch, tmp_path):
    """Lets a test write the file that the login is read from."""
    before = config.get_option("secrets.files")

    def write(text=None, **auth):
        file = tmp_path / "secrets.toml"
        given = WHOLE | auth
        lines = [f'{key} = "{value}"' for key, value in given.items() if value is not None]
        file.write_text("\n".join(["[auth]", *lines]) if text is None else text)
        monkeypatch.setenv(mode.SECRETS, str(file))
        mode.settled.cache_clear()

    yield write
    config.set_option("secrets.files", before)
    mode.settled.cache_clear()


def test_a_whole_login_lets_a_server_be_reached(secrets):
    secrets()
    assert mode.settled() == Mode(login=True, public=False)
    mode.refuse_open("0.0.0.0", ["peta.kota.example"])  # noqa: S104 - what is asked


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_secret": None}, "lacks client_secret"),
        ({"client_id": " "}, "lacks client_id"),
        ({"cookie_secret": "pendek"}, "shorter than 32 signs"),
        ({"redirect_uri": "https://peta.kota.example/"}, "must end with /oauth2callback"),
        ({"redirect_uri": "http://peta.kota.example/oauth2callback"}, "redirect_uri .* https://"),
        ({"server_metadata_url": "http://masuk.kota.example/x"}, "server_metadata_url .* https://"),
        (
            {"server_metadata_url": "https://login.example/common/v2.0/.well-known/x"},
            "accounts of every organisation \\(common\\)",
        ),
        ({"text": "auth = 1"}, "lacks redirect_uri, cookie_secret"),
        ({"text": "[auth"}, "secrets.toml cannot be read as TOML"),
        ({"text": "[lain]\nx = 1"}, "has no \\[auth\\]"),
    ],
)
def test_a_login_that_cannot_work_or_is_not_safe_is_refused(secrets, change, words):
    secrets(**change)
    with pytest.raises(AccessError, match=words) as refused:
        mode.refuse_open("127.0.0.1", [])
    assert "rahasia" not in str(refused.value)


def test_a_file_of_secrets_that_is_gone_opens_nothing(secrets, tmp_path):
    secrets()
    (tmp_path / "secrets.toml").unlink()
    with pytest.raises(AccessError, match="names a file that is not there"):
        mode.refuse_open("127.0.0.1", [])
    secrets()
    assert mode.settled().login
    (tmp_path / "secrets.toml").unlink()
    assert mode.settled().login  # settled when the server started


@pytest.mark.parametrize(
    ("address", "hosts"),
    [("0.0.0.0", []), ("10.1.2.3", []), ("::", []), ("127.0.0.1", ["peta.kota.example"])],  # noqa: S104
)
def test_without_a_login_nobody_else_may_reach_the_server(monkeypatch, address, hosts):
    mode.settled.cache_clear()
    with pytest.raises(DataError, match="would be open to whoever reaches"):
        mode.refuse_open(address, hosts)
    monkeypatch.setenv(mode.PUBLIC, "1")
    mode.settled.cache_clear()
    mode.refuse_open(address, hosts)
    assert access.look_up() == Visitor(Standing.PUBLIC)
    monkeypatch.delenv(mode.PUBLIC)
    mode.settled.cache_clear()
    mode.refuse_open("127.0.0.1", [])
    assert access.look_up() == Visitor(Standing.ALONE)
