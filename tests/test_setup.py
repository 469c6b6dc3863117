"""pyproject.toml, uv.lock and environment.yml say the same; the doors are in place."""

import itertools
import json
import os
import re
import subprocess
import sysconfig
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT
from tools import check, environment


@pytest.fixture(scope="module")
def lock():
    return tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def as_pairs(texts):
    requirements = [Requirement(text) for text in texts]
    return {(one.name, str(one.specifier)) for one in requirements}


def locked_pairs(entries):
    return {
        (entry["name"], str(Requirement(f"x{entry.get('specifier', '')}").specifier))
        for entry in entries
    }


def requirements(project):
    """Return what running, the extras and the work on it need, each in a list."""
    extras = project["project"]["optional-dependencies"].values()
    dev = project["dependency-groups"]["dev"]
    return (
        project["project"]["dependencies"],
        [text for extra in extras for text in extra],
        [text for text in dev if Requirement(text).name != "kantong"],
    )


def test_the_lock_was_made_from_this_pyproject(lock, project):
    own = next(package for package in lock["package"] if package["name"] == "kantong")
    running, extras, dev = requirements(project)
    assert locked_pairs(own["metadata"]["requires-dist"]) == as_pairs([*running, *extras])
    others = [one for one in own["metadata"]["requires-dev"]["dev"] if one["name"] != "kantong"]
    assert locked_pairs(others) == as_pairs(dev)
    assert own["version"] == project["project"]["version"]


def test_environment_yml_is_written_from_the_lock(lock):
    assert (ROOT / "environment.yml").read_text("utf-8") == environment.render(lock)


def test_environment_yml_holds_every_runtime_dependency(project):
    text = (ROOT / "environment.yml").read_text("utf-8")
    for requirement in map(Requirement, project["project"]["dependencies"]):
        assert f'"{requirement.name}==' in text, requirement.name


def test_environment_yml_holds_what_uv_would_install():
    asked = ["export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--offline"]
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    told = subprocess.run([uv, *asked], cwd=ROOT, check=True, capture_output=True, text=True)
    where = {"python_full_version": "3.13.0", "python_version": "3.13"}
    lines = [Requirement(line) for line in told.stdout.splitlines() if line[0].isalpha()]
    text = (ROOT / "environment.yml").read_text("utf-8")
    ours = [Requirement(line) for line in re.findall(r'- "(.*)"', text)]
    for platform in ("win32", "linux", "darwin"):
        systems = {**where, "sys_platform": platform}
        wanted, held = (
            {str(one.name) for one in some if not one.marker or one.marker.evaluate(systems)}
            for some in (lines, ours)
        )
        assert held == wanted, platform


def test_what_is_installed_here_is_what_the_lock_says(lock):
    locked: dict[str, set[str]] = {}
    for package in lock["package"]:
        locked.setdefault(package["name"], set()).add(package.get("version", ""))
    for name in ("streamlit", "geopandas", "shapely", "folium", "mapclassify", "babel", "pandas"):
        assert version(name) in locked[name]


def test_lower_bounds_have_a_reason(project):
    reasons = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    for text in itertools.chain(*requirements(project)):
        assert f"`{Requirement(text).name}`" in reasons


def test_ci_runs_the_command_of_the_readme():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make run" in readme
    assert "make test" in readme


def test_the_lock_names_public_hosts_only(lock):
    hosts = {
        address.split("/")[2]
        for package in lock["package"]
        for address in [item.get("url", "") for item in package.get("wheels", [])]
        if address
    }
    assert hosts == {"files.pythonhosted.org"}


@pytest.mark.parametrize(("code", "fault"), [(0, 0), (1, 1)])
def test_the_report_on_the_code_ends_with_a_fault_where_a_test_fails(monkeypatch, code, fault):
    told = {"covered_lines": 1, "covered_branches": 0, "num_statements": 1, "num_branches": 0}
    files = {f"kantong/{room}/a.py": {"summary": told} for room in check.LEAST_COVERED}

    def run(command, **_how):
        for part in command:
            if part.startswith("--cov-report=json:"):
                Path(part.split(":", 1)[1]).write_text(json.dumps({"files": files}), "utf-8")
        is_tests = command[0].endswith("pytest")
        return subprocess.CompletedProcess(command, code if is_tests else 0, stdout="[]")

    monkeypatch.setattr(check, "_run", run)
    assert check.main() == fault
