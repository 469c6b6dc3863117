"""Write environment.yml from uv.lock: the pinned runtime set for conda users."""

import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.13"
PLATFORMS = ("win32", "linux", "darwin")


def pinned(lock: dict[str, Any], platform: str, root: str = "kantong") -> set[str]:
    """Return ``name==version`` for every package that the runtime needs on a platform.

    Parameters
    ----------
    lock
        Content of uv.lock.
    platform
        ``sys_platform`` of the machine; its Python is ``PYTHON``.
    """
    systems = {"python_full_version": f"{PYTHON}.0", "python_version": PYTHON}
    where = {**systems, "sys_platform": platform}

    def holds(markers: list[str]) -> bool:
        return not markers or any(Marker(marker).evaluate(where) for marker in markers)

    versions = {
        package["name"]: package
        for package in lock["package"]
        if holds(package.get("resolution-markers", []))
    }
    found: set[tuple[str, str]] = set()  # package, and one of its extras or none
    waiting = [(root, "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        package = versions[name]
        extras = package.get("optional-dependencies", {})
        waiting += [
            (needed["name"], asked)
            for needed in (extras[extra] if extra else package.get("dependencies", []))
            if holds([needed["marker"]] if "marker" in needed else [])
            for asked in ("", *needed.get("extra", []))
        ]
    names = {name for name, _extra in found} - {root}
    return {f"{name}=={versions[name]['version']}" for name in names}


def requirements(lock: dict[str, Any]) -> list[str]:
    """Return the lines of all platforms; what only some need says which."""
    sets = {platform: pinned(lock, platform) for platform in PLATFORMS}
    lines = []
    for line in sorted(set().union(*sets.values())):
        users = [platform for platform in PLATFORMS if line in sets[platform]]
        only = " or ".join(f"sys_platform == '{platform}'" for platform in users)
        lines.append(line if len(users) == len(PLATFORMS) else f"{line} ; {only}")
    return lines


def render(lock: dict[str, Any]) -> str:
    """Return the text of environment.yml."""
    lines = [
        "# Written by tools/environment.py from uv.lock; a test holds the two together.",
        "# conda env create -f environment.yml",
        "# conda activate kantong",
        "# pip install --no-deps -e .",
        "# kantong serve",
        "name: kantong",
        "channels: [conda-forge, nodefaults]",
        "dependencies:",
        f"  - python={PYTHON}",
        "  - pip",
        "  - pip:",
        *(f'      - "{requirement}"' for requirement in requirements(lock)),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    content = render(tomllib.loads((ROOT / "uv.lock").read_text("utf-8")))
    (ROOT / "environment.yml").write_text(content, "utf-8")
    sys.stdout.write("environment.yml\n")
