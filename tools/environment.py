"""Write environment.yml from uv.lock: the pinned runtime set for conda users."""

import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def pinned(lock: dict[str, Any], root: str = "kantong") -> list[str]:
    """Return ``name==version ; marker`` for every package that the runtime needs, sorted.

    A marker is kept where a package, or one version of it, is needed on some systems only.
    """
    packages: dict[str, list[dict[str, Any]]] = {}
    for package in lock["package"]:
        packages.setdefault(package["name"], []).append(package)
    needed: set[tuple[str, str]] = set()
    markers: dict[str, set[str]] = {}
    waiting = [(package, "") for package in packages[root]]
    while waiting:
        package, marker = waiting.pop()
        markers.setdefault(package["name"], set()).add(marker)
        key = (package["name"], package["version"])
        if key in needed:
            continue
        needed.add(key)
        for one in package.get("dependencies", []):
            waiting += [
                (other, one.get("marker", "")) for other in _meant(packages[one["name"]], one)
            ]
    return sorted(
        _requirement(package, markers[name])
        for name, versions in packages.items()
        for package in versions
        if (name, package["version"]) in needed and name != root
    )


def _meant(versions: list[dict[str, Any]], dependency: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = dependency.get("version")
    return [one for one in versions if wanted is None or one["version"] == wanted]


def _requirement(package: dict[str, Any], markers: set[str]) -> str:
    """Return one line; where a package has a version for each Python, the lock says for which."""
    conditions = package.get("resolution-markers") or ([] if "" in markers else sorted(markers))
    line = f"{package['name']}=={package['version']}"
    return f"{line} ; {' or '.join(conditions)}" if conditions else line


def render(lock: dict[str, Any]) -> str:
    """Return the text of environment.yml."""
    lines = [
        "# Written by tools/environment.py from uv.lock; a test holds the two together.",
        "# conda env create -f environment.yml && conda activate kantong",
        "# pip install --no-deps -e . && kantong serve",
        "name: kantong",
        "channels: [conda-forge, nodefaults]",
        "dependencies:",
        "  - python>=3.11,<3.14",
        "  - pip",
        "  - pip:",
        *(f'      - "{requirement}"' for requirement in pinned(lock)),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    content = render(tomllib.loads((ROOT / "uv.lock").read_text("utf-8")))
    (ROOT / "environment.yml").write_text(content, "utf-8")
    sys.stdout.write("environment.yml\n")
