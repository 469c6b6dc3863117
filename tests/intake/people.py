"""Made-up registers for the tests: nobody in them lives anywhere.

Numbers of persons and families begin with 9901, which is no place of Indonesia.
"""

import re

NAMES = ("Contoh Satu", "Contoh Dua", "Contoh Tiga", "Contoh Empat", "Contoh Lima")
# Any number of a person or family of ours, and any name.
PERSONAL = re.compile(r"99010\d{8,}|Contoh (?:Satu|Dua|Tiga|Empat|Lima)|Jalan Rekaan")


def nik(number):
    """Return the number of a person who does not exist."""
    return f"99010{number:011}"


def kk(number):
    """Return the number of a family that does not exist."""
    return f"99010900{number:08}"


def write(path, lines, *, delimiter=",", encoding="utf-8"):
    """Write lines of cells; cells are given as they stand in the file."""
    text = "".join(delimiter.join(line) + "\n" for line in lines)
    path.write_bytes(text.encode(encoding))
    return path


def table(heading, rows):
    """Return lines under a heading; rows say the cells that matter, by heading."""
    names = heading.split(",")
    unknown = {name for row in rows for name in row} - set(names)
    assert not unknown, unknown
    return [names, *([row.get(name, "") for name in names] for row in rows)]
