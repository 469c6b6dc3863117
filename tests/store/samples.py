"""Imports made up for the tests of the store; codes are of the nine-kelurahan city."""

import hashlib

import pandas as pd

from kantong.store.datasets import FIGURE_COLUMNS, REFUSED_COLUMNS, Import

AREA = "99.01"
CODES = ("99.01.01.1001", "99.01.01.1002", "99.01.02.1003")


def figures(*rows):
    """Return figures from (kode, rw, indicator, period, value)."""
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS))


def poor(values, period="2025", indicator="poor_people"):
    """Return one figure for each of the codes."""
    return figures(
        *((kode, "", indicator, period, value) for kode, value in zip(CODES, values, strict=True))
    )


def refusals(*rows):
    """Return refused rows from (line, count, reason, details)."""
    return pd.DataFrame(rows, columns=list(REFUSED_COLUMNS))


def sample(observations=None, **changes):
    """Return an import of three kelurahan with two refused rows."""
    content = poor((100.0, 50.0, float("nan"))) if observations is None else observations
    given = {
        "area": AREA,
        "name": "dtsen",
        "title": "DTSEN 2025",
        "source": "Dinsos",
        "file_name": "dtsen.csv",
        "sha256": hashlib.sha256(b"dtsen").hexdigest(),
        "rows_in": 5,
        "rows_matched": 3,
        "rows_refused": 2,
        "refused": refusals(
            (6, 1, "Line {line}: no kelurahan.", {"line": 6}),
            (9, 1, "Line {line}: {given} lies outside.", {"line": 9, "given": "LUAR DAERAH"}),
        ),
        "mapping": {"kelurahan": "Nama Kelurahan"},
        "findings": [{"check": "total", "decision": "keep"}],
    }
    return Import(observations=content, **(given | changes))
