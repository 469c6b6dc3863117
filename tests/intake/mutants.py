"""Good tables of the nine-kelurahan city in every format, and damaged ones made from them."""

import io
import json
import random
import sqlite3
import zipfile
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from tests.intake import hostile

HEAD: list[Any] = ["Kode", "Kecamatan", "Kelurahan", "Penduduk miskin 2025", "Penduduk 2025"]
# The drawing of the nine-kelurahan city; a dash where a figure is not known.
TABLE: list[list[Any]] = [
    ["99.01.01.1001", "Lor", "Anggrek", 50, 1000],
    ["99.01.01.1002", "Lor", "Bakung", 100, 1000],
    ["99.01.01.1003", "Lor", "Cempaka", 100, 2000],
    [None, "Jumlah", None, 250, 4000],
    ["9901020004", "Kidul", "Dahlia", 100, 500],
    ["9901021005", "Kidul", "Edelweis", 200, 1000],
    [9901021006, None, "Flamboyan", 0, 0],
    [None, "Kidul", "Gardenia", "-", 800],
    [None, "Kidul", "Kel. Herbras", 100, 400],
    [None, "Kidul", "Ilalan", 150, 2500],
    [None, None, "Lain-lain", 3, 5],
    ["Total", None, None, 803, 9205],
]
TITLE: list[Any] = ["Data Penduduk Miskin Kota Sembilan", None, None, None, None]
ODD = [
    None, "", "-", "0", "1.234", "1,234.5", "1e9", "=1+1", '=HYPERLINK("http://x")', "\ufeff", "é",
    "Kec. Lor", "Jumlah", "kelurahan", "Kelurahan", "kode", "2025", "Q3 2025", "(1)", "Sumber: x",
    "99.01", "9901", "3573019901800001", "'12", "a" * 5000, "\u202e", "%s{0}{x}", "<b>", "\\", '"',
    "Lor", "99.01.01.1001", "9901010001.0", "Anggrek", -5, 1e300, 0.1, 2025, True, False, "NaN",
    "inf", "Rp 5", "\t", "a;b", "a,b", "line\nbreak", "Desil 1", "Keluarga DTSEN", 1e15,
]  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A damaged file and how it was damaged."""

    content: bytes
    name: str
    made: str


# --- good files


def as_text(rows, delimiter=";", encoding="utf-8"):
    def cell(value):
        text = "" if value is None else str(value)
        is_quoted = any(sign in text for sign in f'{delimiter}"\r\n')
        return '"' + text.replace('"', '""') + '"' if is_quoted else text

    lines = (delimiter.join(map(cell, row)) for row in rows)
    return ("\n".join(lines) + "\n").encode(encoding, "replace")


def as_xlsx(rows):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "nan_inf_to_errors": True})
    sheet = book.add_worksheet("2025")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write(number, column, value)
    with suppress(xlsxwriter.exceptions.OverlappingRange):
        sheet.merge_range(1, 1, 2, 1, "Kecamatan")
        sheet.merge_range(3, 1, 4, 1, "Lor")
    book.close()
    return target.getvalue()


def as_ods(rows):
    def cell(value):
        if isinstance(value, str):
            value = value.replace("&", "&amp;").replace("<", "&lt;")
        elif value is not None:
            value = float(value)
        return hostile.ods_cell(value)

    return hostile.ods("".join(hostile.ods_row("".join(map(cell, row))) for row in rows))


def as_geojson(rows):
    head = [str(name) for name in rows[1]]
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(head, row, strict=True)),
            "geometry": {"type": "Point", "coordinates": [111.9 + number / 100, -9.05]},
        }
        for number, row in enumerate(rows[2:])
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def as_geopackage(rows):
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(hostile.GEOPACKAGE)
        columns = ["kode", "kecamatan", "kelurahan", "penduduk_miskin_2025", "penduduk_2025"]
        database.execute(f"CREATE TABLE tabel (fid INTEGER PRIMARY KEY, {', '.join(columns)})")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('tabel', 'attributes')"
        )
        marks = ", ".join("?" * len(columns))
        for row in rows[2:]:
            database.execute(f"INSERT INTO tabel ({', '.join(columns)}) VALUES ({marks})", row)  # noqa: S608
        database.commit()
        return database.serialize()


FORMATS = {
    "a.csv": as_text,
    "b.csv": lambda rows: as_text(rows, ","),
    "c.tsv": lambda rows: as_text(rows, "\t"),
    "d.csv": lambda rows: as_text(rows, ";", "utf-16"),
    "e.csv": lambda rows: as_text(rows, ";", "cp1252"),
    "f.xlsx": as_xlsx,
    "g.ods": as_ods,
    "h.geojson": as_geojson,
    "i.gpkg": as_geopackage,
}


# --- damage to cells, before a file is written


def odd_cells(rng, rows):
    for _ in range(rng.randint(1, 5)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(ODD)


def swapped_cells(rng, rows):
    for _ in range(rng.randint(1, 6)):
        one, other = rng.choice(rows), rng.choice(rows)
        here, there = rng.randrange(len(one)), rng.randrange(len(other))
        one[here], other[there] = other[there], one[here]


def moved_rows(rng, rows):
    some = rng.sample(range(len(rows)), rng.randint(2, 6))
    for place in some:
        rows.insert(rng.randrange(len(rows)), list(rows[place]))
    for _ in range(rng.randint(0, 4)):
        rows.pop(rng.randrange(len(rows)))
    if rng.random() < 1 / 2:
        rng.shuffle(rows)


def moved_columns(rng, rows):
    order = [rng.randrange(len(HEAD)) for _ in HEAD]
    for row in rows:
        row[:] = [row[place] for place in order]


CELLS = [odd_cells, swapped_cells, moved_rows, moved_columns]


# --- damage to bytes


def flipped_bytes(rng, content):
    damaged = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def cut(rng, content):
    at = rng.randrange(len(content))
    return content[:at] if rng.random() < 2 / 3 else content[at:]


def doubled(rng, content):
    start = rng.randrange(len(content))
    piece = content[start : start + rng.randint(1, 400)]
    return content[:start] + piece * rng.randint(2, 5) + content[start + len(piece) :]


def left_out(rng, content):
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randint(1, 200) :]


def strange_bytes(rng, content):
    at = rng.randrange(len(content))
    odd = [b"\0", b'"', b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n\n", b";" * 400, b"\x1a", b"'"]
    return content[:at] + rng.choice(odd) + content[at:]


def other_encoding(rng, content):
    text = content.decode("utf-8", "replace")
    encoding = rng.choice(["utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "utf-7"])
    half = rng.choice([0, len(text) // 2])
    return text[:half].encode("utf-8", "replace") + text[half:].encode(encoding, "replace")


BYTES = [flipped_bytes, cut, doubled, left_out, strange_bytes, other_encoding]


def damaged_member(rng, content):
    """Damage one part of a zip file, or its place in it, and keep the rest whole."""
    parts = hostile.parts_of(content)
    path = rng.choice(sorted(parts))
    match rng.randrange(4):
        case 0:
            del parts[path]
        case 1:
            parts[rng.choice(["../x", "/etc/x", "xl/x.xml", path.upper()])] = parts.pop(path)
        case _:
            parts[path] = rng.choice(BYTES)(rng, parts[path] or b" ")
    return hostile.zipped(parts, rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))


def odd_properties(rng, content):
    """Give features of a GeoJSON odd properties, geometries and members."""
    collection = json.loads(content)
    for _ in range(rng.randint(1, 4)):
        feature = rng.choice(collection["features"])
        values = [{"a": [1, {"b": 2}]}, [], [1, "x"], {}, 10**400, 1e308, None, True, *ODD]
        places: list[Any] = [
            None, {}, [], {"type": "Point"}, {"type": "Point", "coordinates": ["a", None]},
            {"type": "Point", "coordinates": [1e308, -1e308]},
            {"type": "Polygon", "coordinates": [[[0, 0]]]},
            {"type": "GeometryCollection", "geometries": []},
        ]  # fmt: skip
        match rng.randrange(5):
            case 0:
                feature["geometry"] = rng.choice(places)
            case 1:
                feature["properties"] = rng.choice([None, {}, [], "x", {"": 1}])
            case 2:
                feature[rng.choice(["type", "id", "bbox"])] = rng.choice(values)
            case _:
                if isinstance(feature.get("properties"), dict):
                    key = rng.choice([*HEAD, "", "kelurahan", "nama"])
                    feature["properties"][key] = rng.choice(values)
    return json.dumps(collection).encode()


def odd_records(rng, content):
    """Change records of a GeoPackage to values of other types."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        for _ in range(rng.randint(1, 4)):
            column = rng.choice(["kode", "kecamatan", "kelurahan", "penduduk_2025"])
            value = rng.choice([b"\0\xff", 2**62, -1.5, *ODD])
            database.execute(
                f"UPDATE tabel SET {column} = ? WHERE fid = ?",  # noqa: S608 - the tests' own
                (value, rng.randint(1, 12)),
            )
        database.commit()
        return database.serialize()


PARTS = {"f.xlsx": damaged_member, "g.ods": damaged_member, "h.geojson": odd_properties,
         "i.gpkg": odd_records}  # fmt: skip


def mutant(seed, number):
    """Return the damaged file of a number; the same for the same seed."""
    rng = random.Random(f"{seed} {number}")  # noqa: S311 - no secret
    name = rng.choice(sorted(FORMATS))
    rows = [list(row) for row in (TITLE, HEAD, *TABLE)]
    made = []
    kind = rng.randrange(3)
    if kind == 0 or rng.random() < 1 / 4:
        damage = rng.choice(CELLS)
        damage(rng, rows)
        made.append(damage.__name__)
    rows = rows if len(rows) > 1 else [TITLE, HEAD]
    content = FORMATS[name](rows)
    if kind:
        damages = BYTES if kind == 1 or name not in PARTS else [PARTS[name]]
        damage = rng.choice(damages)
        content = damage(rng, content)
        made.append(damage.__name__)
    return Mutant(content, name, f"seed {seed}, file {number}: {name}, {', '.join(made)}")
