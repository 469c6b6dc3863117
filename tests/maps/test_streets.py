"""Streets on a sheet: names lie along their lines, collide with nothing, and stand in the index."""

import datetime as dt
import math
import subprocess
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from kantong.geo.details import Details
from kantong.maps import streets
from kantong.maps.drawing import Ink, draw, prepare, seen_details
from kantong.maps.sheet import grid_step, layouts, page_count, sheets, squares
from kantong.maps.streets import OnPaper
from kantong.maps.tiling import A3, A4
from tests.conftest import needs
from tests.maps import towns
from tests.maps.test_sheet import WORDS
from tests.maps.test_sheet import page as a_page

KAUMAN = "35.73.02.1007"
CREATED = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def lines(**named):
    """Roads on paper (mm), class 3."""
    return gpd.GeoDataFrame(
        {"nama": list(named), "kelas": 3}, geometry=[shapely.LineString(p) for p in named.values()]
    )


def nothing(*columns):
    return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[])


def seen(roads):
    return OnPaper(roads, nothing("nama"), nothing("nama", "jenis"), nothing("rw"))


def test_a_name_runs_along_its_line_and_is_never_upside_down():
    road = lines(Melati=[(10, 90), (90, 10)], Mawar=[(90, 95), (10, 95)], Anggrek=[(5, 90), (5, 5)])
    found = {one.text: one for one in streets.written(seen(road), [], (100, 100))}
    assert found["Melati"].angle == -45
    assert found["Mawar"].angle == 0
    assert abs(found["Anggrek"].angle) == 90
    for name, line in zip(road["nama"], road.geometry, strict=True):
        assert line.distance(shapely.Point(found[name].x, found[name].y)) < 0.05


def test_a_line_too_short_or_too_bent_bears_no_name():
    bent = [(20 + 8 * math.cos(t), 50 + 8 * math.sin(t)) for t in np.linspace(0, 6, 60)]
    road = lines(**{"Jalan Panjang Sekali": [(60, 60), (64, 60)], "Jalan Lingkar Dalam": bent})
    assert streets.written(seen(road), [], (100, 100)) == []


def test_no_name_lies_over_another_or_over_what_is_taken():
    crossing = {f"Jalan {tree}": [(5, 10 + 4 * n), (95, 12 + 4 * n)]
                for n, tree in enumerate(towns.TREES)}  # fmt: skip
    taken = (40.0, 0.0, 60.0, 100.0)
    found = streets.written(seen(lines(**crossing)), [taken], (100, 100))
    boxes = [one.box() for one in found]
    assert len(found) == len(crossing)
    for at, box in enumerate(boxes):
        assert not box.intersects(shapely.box(*taken))
        assert not any(box.intersects(other) for other in boxes[at + 1 :])


def test_the_index_names_the_squares_a_street_runs_through():
    road = lines(Kenanga=[(5, 5), (55, 5)], Anyelir=[(25, 5), (25, 35)], Luar=[(70, 5), (90, 5)])
    area = shapely.box(0, 0, 60, 40)
    found = streets.index(seen(road), area, [0, 20, 40, 60], [0, 20, 40])
    assert found == {"Anyelir": [(1, 0), (1, 1)], "Kenanga": [(0, 0), (1, 0), (2, 0)]}
    assert list(found) == ["Anyelir", "Kenanga"]


# --- on a sheet -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ground(malang):
    bare = prepare(malang)
    frames = towns.town(bare.areas.loc[KAUMAN], bare.crs)
    return replace(bare, details=Details(*frames.values()))


def words():
    return replace(WORDS, index="jalan", details={"jalan": "jalan", "sungai": "sungai"})


def said(pdf, folder):
    needs("pdftotext")
    file = folder / "sheet.pdf"
    file.write_bytes(pdf)
    command = ["pdftotext", "-raw", str(file), "-"]
    pages = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return pages.split("\f")[:-1]


@pytest.mark.parametrize("paper", [A4, A3])
def test_streets_are_searchable_and_listed_behind_the_map(ground, tmp_path, paper):
    sheet = a_page(KAUMAN)
    pages = said(sheets(ground, [sheet], words(), created=CREATED, paper=paper), tmp_path)
    assert len(pages) == page_count(ground, sheet, paper) == 2
    assert "Jalan Nangka 1" in pages[0]
    assert "Kali Contoh" in pages[0]
    every = set(ground.details.roads["nama"])
    assert sum(name in pages[1] for name in every) > 15


def test_the_index_agrees_with_the_ground(ground):
    """A street is found in the square that a surveyor would look in: worked out in metres."""
    sheet = a_page(KAUMAN)
    (layout,) = layouts(ground, sheet)
    frame = layout.frame
    columns, rows = squares(frame, grid_step(frame.scale))
    area = frame.project(ground.areas.loc[KAUMAN], spill_mm=0)
    shown = seen_details(ground, frame)
    assert shown is not None
    found = streets.index(shown, area, columns, rows)
    roads = ground.details.roads
    per_mm = frame.scale / 1000
    for name, where in found.items():
        inside = roads[roads["nama"] == name].union_all() & ground.areas.loc[KAUMAN]
        for x, y in where:
            west, east = (frame.west + columns[x + step] * per_mm for step in (0, 1))
            north, south = (frame.north - rows[y + step] * per_mm for step in (0, 1))
            assert inside.intersection(shapely.box(west, south, east, north)).length > 0


def test_without_details_a_sheet_is_what_it_was(malang, ground):
    bare = prepare(malang)
    sheet = a_page(KAUMAN)
    before = sheets(bare, [sheet], WORDS, created=CREATED)
    assert sheets(ground, [replace(sheet, detailed=False)], words(), created=CREATED) == before
    assert page_count(bare, sheet) == 1


def test_pages_of_several_sheets_keep_their_place(ground, tmp_path):
    two = [a_page(kode) for kode in (KAUMAN, "35.73.02.1006")]
    pages = said(sheets(ground, two, words(), created=CREATED), tmp_path)
    assert len(pages) == sum(page_count(ground, one) for one in two)


@pytest.mark.parametrize("name", ["#eval(1)", "$x$", '"quoted" \\', "]&<b>x</b>", "شارع", "ꦗꦭꦤ꧀",
                                  "Jalan " + "Panjang " * 8])  # fmt: skip
def test_hostile_names_of_streets_are_names(ground, tmp_path, name):
    roads = ground.details.roads.assign(nama=name)
    evil = replace(ground, details=replace(ground.details, roads=roads))
    sheet = a_page(KAUMAN)
    pages = said(sheets(evil, [sheet], words(), created=CREATED), tmp_path)
    assert len(pages) == page_count(evil, sheet) == 2
    drawn = draw(evil, layouts(evil, sheet)[0].frame, Ink(chosen=KAUMAN, detailed=True))
    assert "<b>x</b>" not in drawn.svg


def test_time_of_making_is_all_that_a_sheet_takes_from_the_clock(ground):
    sheet = a_page(KAUMAN)
    made = [sheets(ground, [sheet], words(), created=CREATED) for _again in range(2)]
    assert made[0] == made[1]
