"""Several programs that do the same thing to the store at the same moment."""

import subprocess
import sys

from tests.conftest import ROOT

# Loaded once, then forked; the children wait until the parent closes the pipe.
_PROGRAM = """
import os
import sys
import traceback
from kantong.store import database, datasets, migrations
from tests.store.samples import sample

def act():
    {act}

waiting, gate = os.pipe()
children = []
for _ in range({count}):
    child = os.fork()
    if not child:
        os.close(gate)
        os.read(waiting, 1)
        try:
            act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    children.append(child)
os.close(gate)
sys.exit(any([os.waitpid(child, 0)[1] for child in children]))
"""


def together(act, count):
    """Do the same in several programs at once; return what went wrong, empty if nothing did."""
    program = _PROGRAM.format(act=act, count=count)
    command = [sys.executable, "-W", "ignore", "-c", program]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return f"{answer.returncode} {answer.stderr}" if answer.returncode else ""
