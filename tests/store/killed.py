"""Imports in children that are killed while they keep; run as a program of its own.

One program loads everything once and forks for each import, so that 200 take seconds. It prints
how many children had said that they were done.
"""

import os
import random
import signal
import sys
import time

import numpy as np
import pandas as pd

from kantong.store import database, datasets
from tests.store.samples import sample

COUNT = 200
ROWS = 400
_SEED = 20250930


def made(number):
    """Return the import of a number: as many figures as no other, and a sum of their own."""
    values = np.random.default_rng(number).integers(1, 1000, ROWS + number).astype(float)
    content = pd.DataFrame(
        {
            "kode": [f"99.01.01.{1000 + place}" for place in range(len(values))],
            "rw": "",
            "indicator": "poor_people",
            "period": "2025",
            "value": values,
        }
    )
    return sample(content, title=str(number))


def keep_in_a_child(number):
    """Fork a child that keeps an import; return its id and a pipe to what it says."""
    said, saying = os.pipe()
    child = os.fork()
    if child:
        os.close(saying)
        return child, said
    try:
        engine = database.for_writing()
        given = made(number)
        os.write(saying, b"begin")
        datasets.keep(engine, given, "ani")
        os.write(saying, b"done")
    finally:
        os._exit(0)


def usual_seconds():
    """Return how long one import takes that nobody kills."""
    taken = []
    for number in range(3):
        child, said = keep_in_a_child(number)
        os.read(said, 5)
        began = time.perf_counter()
        os.waitpid(child, 0)
        taken.append(time.perf_counter() - began)
        os.close(said)
    return sorted(taken)[1]


def main():
    """Kill each child at a moment drawn from a little more than the time that it needs."""
    database.for_writing().dispose()
    chance, whole = random.Random(_SEED), 0  # noqa: S311 - no secret
    usual = usual_seconds()
    for number in range(3, COUNT + 3):
        child, said = keep_in_a_child(number)
        os.read(said, 5)
        time.sleep(chance.uniform(0, 1.3 * usual))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        whole += os.read(said, 4) == b"done"
        os.close(said)
    sys.stdout.write(f"{whole}\n")


if __name__ == "__main__":
    main()
