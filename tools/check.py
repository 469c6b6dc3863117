"""Report on the state of the code: make check.

Longest functions, slowest tests, branch coverage by package, dependencies that nothing uses, and
the licences of all that is installed. Ends with a fault where a test fails or a figure misses its
aim.
"""

import ast
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kantong"
LEAST_COVERED = {"geo": 95.0, "analysis": 95.0, "intake": 95.0}
_LONGEST_SHOWN, _SLOWEST_SHOWN = 15, 15
_BIN = Path(sys.executable).parent


def main() -> int:
    """Print the report; return 1 where an aim is missed."""
    _title("Longest functions (lines without docstring)")
    for lines, name in longest()[:_LONGEST_SHOWN]:
        print(f"{lines:5d}  {name}")
    _title("Dependencies")
    unused = _run([str(_BIN / "deptry"), "kantong"]).returncode != 0
    _title("Licences of what is installed")
    for licence, count in licences().most_common():
        print(f"{count:5d}  {licence}")
    _title(f"Tests without a browser: the {_SLOWEST_SHOWN} slowest, and coverage")
    passed, covered = coverage()
    for package, percent in sorted(covered.items()):
        aim = LEAST_COVERED.get(package)
        print(f"{percent:6.1f} %  {package}{f'  (aim {aim:.0f} %)' if aim else ''}")
    missed = [name for name, aim in LEAST_COVERED.items() if covered.get(name, 0.0) < aim]
    missed += [name for name, well in (("dependencies", not unused), ("tests", passed)) if not well]
    if missed:
        print("\nMissed:", ", ".join(missed))
    return int(bool(missed))


def longest() -> list[tuple[int, str]]:
    """Return all functions with their lines of code, the longest first."""
    return sorted(_functions(), reverse=True)


def _functions() -> Iterator[tuple[int, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                text = ast.get_docstring(node, clean=False)
                start = (first.end_lineno or first.lineno) if text else first.lineno - 1
                end = node.end_lineno or start
                yield end - start, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def licences() -> Counter[str]:
    """Return how many packages are under each licence."""
    command = [str(_BIN / "pip-licenses"), "--format=json", "--from=mixed"]
    told = json.loads(_run(command, quiet=True).stdout)
    return Counter(one["License"] for one in told)


def coverage() -> tuple[bool, dict[str, float]]:
    """Run the tests that need no browser.

    Returns
    -------
    tuple
        Whether they pass, and branch coverage in per cent by package; empty where they could not
        be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        ran = _run([
            str(_BIN / "pytest"), "--numprocesses", "2", "--quiet", "-m", "not browser",
            "--cov=kantong", "--cov-branch", f"--cov-report=json:{report}", "--cov-report=",
            f"--durations={_SLOWEST_SHOWN}",
        ])  # fmt: skip
        if not report.exists():
            return False, {}
        files = json.loads(report.read_text("utf-8"))["files"]
    done: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for name, file in files.items():
        parts = Path(name).parts
        package = parts[1] if len(parts) > 2 else "kantong"  # noqa: PLR2004 - package, room, file
        told = file["summary"]
        done[package] += told["covered_lines"] + told["covered_branches"]
        whole[package] += told["num_statements"] + told["num_branches"]
    share = {name: 100 * done[name] / whole[name] for name in whole if whole[name]}
    return ran.returncode == 0, share


def _title(text: str) -> None:
    print(f"\n# {text}\n", flush=True)


def _run(command: list[str], *, quiet: bool = False) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, text=True, check=False, stdout=subprocess.PIPE if quiet else None
    )


if __name__ == "__main__":
    sys.exit(main())
