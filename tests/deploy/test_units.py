"""The files for systemd say what systemd understands, and shut the service in."""

import re
import shutil
import subprocess

import pytest
from streamlit import config

from kantong.views import mode
from tests.conftest import ROOT, needs
from tests.deploy.conftest import DEPLOY

UNITS = ("kantong@.service", "kantong-backup.service", "kantong-backup.timer")


@pytest.fixture
def units(tmp_path):
    """Our units with programs that are on this machine."""
    for name in UNITS:
        words = (DEPLOY / name).read_text("utf-8")
        words = re.sub(r"/opt/kantong/current/\S*(kantong|backup\.sh)\b", "/bin/true", words)
        words = words.replace("/usr/bin/curl", "/bin/true")
        (tmp_path / name.replace("@", "@8501")).write_text(words)
    return tmp_path


def test_systemd_understands_the_units(units):
    needs("systemd-analyze")
    command = ["systemd-analyze", "verify", "--recursive-errors=no", *map(str, units.iterdir())]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_the_service_is_shut_in(units):
    needs("systemd-analyze")
    service = str(units / "kantong@8501.service")
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=25", service]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout[-300:]


def test_a_backup_is_written_and_old_ones_go_but_never_the_last_seven(tmp_path):
    import os  # noqa: PLC0415

    program = tmp_path / "kantong"
    program.write_text('#!/bin/sh\n[ "$1 $2" = "backup --out" ] && echo new > "$3"\n')
    program.chmod(0o755)
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(10, 20):
        old = folder / f"kantong-202001{day}T013000Z.zip"
        old.write_text("old")
        os.utime(old, (0, 0))
    (folder / "surat.zip").write_text("not ours")
    os.utime(folder / "surat.zip", (0, 0))
    script = [str(DEPLOY / "backup.sh"), str(folder)]
    subprocess.run(script, check=True, env={"KANTONG": str(program), "PATH": os.environ["PATH"]})
    left = sorted(path.name for path in folder.iterdir())
    ours = [name for name in left if name.startswith("kantong-")]
    assert len(ours) == 7
    assert (folder / ours[-1]).read_text() == "new\n"
    assert ours[0] == "kantong-20200114T013000Z.zip"
    assert "surat.zip" in left


def test_a_backup_that_fails_takes_no_old_one_away(tmp_path):
    import os  # noqa: PLC0415

    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(10, 20):
        (folder / f"kantong-202001{day}T013000Z.zip").write_text("old")
        os.utime(folder / f"kantong-202001{day}T013000Z.zip", (0, 0))
    script = [str(DEPLOY / "backup.sh"), str(folder)]
    false = shutil.which("false") or ""
    told = {"KANTONG": false, "PATH": os.environ["PATH"]}
    assert subprocess.run(script, check=False, env=told).returncode != 0
    assert len(list(folder.iterdir())) == 10


def test_the_example_of_the_secrets_needs_only_what_is_secret(tmp_path, monkeypatch):
    text = (DEPLOY / "secrets.toml").read_text("utf-8")
    for key, value in (("cookie_secret", "s" * 64), ("client_id", "x"), ("client_secret", "y")):
        assert f'{key} = ""' in text
        text = text.replace(f'{key} = ""', f'{key} = "{value}"')
    (tmp_path / "secrets.toml").write_text(text)
    monkeypatch.setenv(mode.SECRETS, str(tmp_path / "secrets.toml"))
    before = config.get_option("secrets.files")
    mode.settled.cache_clear()
    assert mode.settled().login
    mode.settled.cache_clear()
    config.set_option("secrets.files", before)


def test_every_setting_in_the_file_of_settings_is_one_that_the_program_reads():
    named = set(re.findall("KANTONG_[A-Z_]+", (DEPLOY / "kantong.env").read_text("utf-8")))
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "kantong").rglob("*.py"))
    assert {name for name in named if f'"{name}"' not in sources} == set()
