"""Several programs that do the same thing to the store at the same moment."""

import subprocess
import sys

from tests.conftest import ROOT

_WAIT = """
import sys
from kantong.store import database, datasets, migrations
from tests.store.samples import sample
print("ready", flush=True)
sys.stdin.readline()
"""


def together(program, count):
    """Run a program several times at once, all loaded before any begins; return what they said."""
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _WAIT + program],
            cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe,
        )
        for _ in range(count)
    ]  # fmt: skip
    for one in running:
        assert one.stdout
        one.stdout.readline()
    for one in running:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    return [one.communicate(timeout=60)[1] for one in running]
