"""Write environment.yml from uv.lock: the pinned runtime set for conda users."""

import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def pinned(lock: dict[str, Any], root: str = "kantong") -> list[str]:
    """Return ``name==version ; marker`` for every package that the runtime needs, sorted.

    A marker is kept where a package is needed on some systems only.
    """
    packages = {package["name"]: package for package in lock["package"]}
    markers: dict[str, set[str]] = {}
    waiting = [(root, "")]
    while waiting:
        name, marker = waiting.pop()
        if marker in markers.setdefault(name, set()):
            continue
        markers[name].add(marker)
        waiting += [
            (needed["name"], needed.get("marker", marker))
            for needed in packages[name].get("dependencies", [])
        ]
    return sorted(
        f"{name}=={packages[name]['version']}{_condition(found)}"
        for name, found in markers.items()
        if name != root
    )


def _condition(markers: set[str]) -> str:
    return "" if "" in markers else " ; " + " or ".join(sorted(markers))


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
