import dataclasses
import datetime as dt
import io
import re
from html import unescape
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import segno
import shapely
from PIL import Image

from kantong.maps import fonts
from kantong.maps import sheet as module
from kantong.maps.drawing import prepare
from kantong.maps.sheet import (
    Sheet,
    Words,
    area_preview,
    free_corner,
    grid_step,
    sheets,
    squares,
)
from kantong.maps.theme import Swatch, Theme
from kantong.maps.thumbnail import shapes
from kantong.maps.tiling import A2, A4, PAPERS, lay_out
from kantong.maps.typeset import Output, typeset
from tests.maps.ground import EVIL, HATCH, characters, context, read, rings, strokes, unpacked

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
RED = (255, 0, 0)
ROUND = (2_500, 3_000, 4_000, 5_000, 7_500, 10_000, 12_500, 15_000, 20_000, 25_000, 30_000, 40_000)
# A4 less the edges, the coordinates, the heading and the strip below: upright and lying.
MAPS_MM = ((181, 195.5), (268, 117.5))
WORDS = Words(
    title="Lembar", scale="Skala", north="U", chosen="ini", other="lain", outside="luar",
    outlines="kecamatan", projection="Kisi UTM", print_advice="Cetak 100 %", locator="Letak",
    qr="Kode QR",
)  # fmt: skip


def page(kode, **changes):
    theme = Theme(
        "Orang", {kode: "#ff0000"}, (Swatch("#0000ff", "1 – 2"),), HATCH, "SIMULASI", ("a",)
    )
    told: dict[str, Any] = {
        "kode": kode,
        "title": "Kelurahan",
        "subtitle": "Kecamatan",
        "theme": theme,
        "alt": "Peta",
    }
    return Sheet(**(told | changes))


def first_page(ground, told) -> Any:
    """What is handed to the template for one page."""
    small = shapes(ground, 34, 40, unit="mm")
    return next(module._pages(ground, small, told, WORDS, A4))  # noqa: SLF001


def replaced(record: Any, **changes: Any) -> Any:
    return dataclasses.replace(record, **changes)


def pixels(content):
    with Image.open(io.BytesIO(content)) as opened:
        return np.asarray(opened.convert("RGB"))


@pytest.fixture(scope="module")
def ground(malang):
    return prepare(malang, context(), [malang.dissolve("kecamatan")])


@pytest.fixture(scope="module")
def edelweis(nine):
    return nine.loc[nine["kelurahan"] == "Edelweis", "kode"].item()


# --- scale ---------------------------------------------------------------------------------------


def test_every_kelurahan_is_drawn_at_the_largest_round_scale_that_fits(malang, ground):
    shapes = malang.set_index("kode").to_crs("EPSG:32749").bounds
    for kode, box in shapes.iterrows():
        sides = (box["maxx"] - box["minx"], box["maxy"] - box["miny"])
        fits = [
            scale
            for scale in ROUND
            if any(
                all(
                    side * 1000 / scale <= mm - 2 * 4 for side, mm in zip(sides, paper, strict=True)
                )
                for paper in MAPS_MM
            )
        ]
        assert lay_out(ground, kode).frame.scale == fits[0]


def test_the_area_stands_in_the_middle_of_its_map(ground):
    for kode, area in ground.areas.items():
        frame = lay_out(ground, kode).frame
        x, y = area.envelope.centroid.coords[0]
        assert frame.x_mm(x) == pytest.approx(frame.width_mm / 2)
        assert frame.y_mm(y) == pytest.approx(frame.height_mm / 2)


def test_wide_areas_lie_and_tall_areas_stand(malang, ground):
    kode = malang.set_index("kelurahan")["kode"]
    assert lay_out(ground, kode["Merjosari"]).is_lying
    assert lay_out(ground, kode["Tasik Madu"]).is_lying  # at 1 : 20 000 it fits either way
    assert not lay_out(ground, kode["Lesanpuro"]).is_lying


def test_a_kilometre_is_as_long_on_the_page_as_the_scale_says(nine, edelweis):
    """Measured on the page itself: 1 km at 1 : 7 500 is 133.3 mm, less the casing on both sides."""
    ground = prepare(nine)
    assert lay_out(ground, edelweis).frame.scale == 7_500
    image = pixels(area_preview(ground, page(edelweis), WORDS, created=NOW, ppi=254))
    image = image[330:2280]  # the map: the small one shows the same red
    red = (np.abs(image.astype(int) - RED).sum(axis=2) < 60).any(axis=0)
    wide = np.flatnonzero(red)[-1] - np.flatnonzero(red)[0] + 1
    assert wide / 10 == pytest.approx(133.33 - 1.3, abs=0.4)


@pytest.mark.parametrize("paper", PAPERS)
def test_grid_lines_stand_as_far_apart_as_the_scale_says(malang, ground, paper):
    """Measured between the lines of the PDF itself, to a tenth of a millimetre."""
    kode = malang.set_index("kelurahan")["kode"]
    kodes = [kode[name] for name in ("Kauman", "Merjosari", "Lesanpuro")]
    pdf = sheets(ground, [page(one) for one in kodes], WORDS, created=NOW, paper=PAPERS[paper])
    for one, pieces in zip(kodes, strokes(pdf, "#3b6ea5"), strict=True):
        frame = lay_out(ground, one, PAPERS[paper]).frame
        apart = grid_step(frame.scale) * 1000 / frame.scale
        upright = sorted({round(x1, 3) for x1, _y1, x2, _y2 in pieces if abs(x1 - x2) < 0.01})
        flat = sorted({round(y1, 3) for _x1, y1, _x2, y2 in pieces if abs(y1 - y2) < 0.01})
        assert len(pieces) == len(upright) + len(flat)
        for lines in (upright, flat):
            assert len(lines) > 1
            assert np.diff(lines) == pytest.approx(apart, abs=0.1)
            assert lines[-1] - lines[0] == pytest.approx(apart * (len(lines) - 1), abs=0.1)


def test_larger_paper_shows_more(malang, ground):
    for one in malang["kode"]:
        scales = [lay_out(ground, one, paper).frame.scale for paper in PAPERS.values()]
        assert scales == sorted(scales, reverse=True)
        assert scales[0] > scales[2]
    assert page_sizes(sheets(ground, [page(malang["kode"][0])], WORDS, created=NOW, paper=A2)) in (
        [(420, 594)], [(594, 420)],
    )  # fmt: skip


def test_squares_between_grid_lines_have_names_from_the_north_west(nine, edelweis):
    """A at the left edge, 1 at the upper; the frame cuts the outermost squares."""
    ground = prepare(nine)
    layout = lay_out(ground, edelweis)
    columns, rows = squares(layout.frame, 250)
    assert (columns[0], columns[-1]) == (0, layout.frame.width_mm)
    assert (rows[0], rows[-1]) == (0, layout.frame.height_mm)
    grid = first_page(ground, page(edelweis))["grid"]
    lines = {at for at, _word in grid["x"]}
    assert lines <= set(columns)
    for at, word in grid["columns"]:
        place = "ABCDEFGHIJ".index(word)
        assert columns[place] < at < columns[place + 1]
    for at, word in grid["rows"]:
        assert rows[int(word) - 1] < at < rows[int(word)]


def test_the_north_arrow_keeps_off_the_area(malang, ground):
    for kode in malang["kode"]:
        frame = lay_out(ground, kode).frame
        shape = frame.project(ground.areas[kode])
        x1, y1, x2, y2 = free_corner(ground, kode, frame)
        assert (x2 - x1, y2 - y1) == (9, 15)
        assert not shape.intersects(shapely.box(x1, y1, x2, y2))


@pytest.mark.parametrize(
    ("scale", "step_m"),
    # 32 mm on paper are 80, 240, 320, 400, 640 and 1280 m.
    [(2_500, 100), (7_500, 250), (10_000, 500), (12_500, 500), (20_000, 1000), (40_000, 2000)],
)
def test_grid_lines_have_the_smallest_round_distance_that_leaves_room(scale, step_m):
    assert grid_step(scale) == step_m


def test_coordinates_at_the_frame_are_those_of_the_grid(nine, edelweis):
    frame = lay_out(prepare(nine), edelweis).frame
    entries_by_axis = first_page(prepare(nine), page(edelweis))["grid"]
    west, south, _, _ = frame.extent
    for axis, start, length in (("x", west, frame.width_mm), ("y", south, frame.height_mm)):
        entries = entries_by_axis[axis]
        assert entries
        for at, word in entries:
            assert int(word) % 250 == 0
            from_start = at if axis == "x" else length - at
            assert start + from_start * 7.5 == pytest.approx(int(word), abs=0.01)


# --- pages ---------------------------------------------------------------------------------------


def page_sizes(pdf):
    found = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", unpacked(pdf))
    return [tuple(round(float(side) / 72 * 25.4) for side in box.split()[2:]) for box in found]


def test_each_record_is_a_page_with_the_shape_of_its_area(malang, ground):
    kode = malang.set_index("kelurahan")["kode"]
    records = [page(kode[name]) for name in ("Kauman", "Merjosari", "Lesanpuro")]
    pdf = sheets(ground, records, WORDS, created=NOW)
    assert page_sizes(pdf) == [(210, 297), (297, 210), (210, 297)]


def test_the_preview_is_the_same_page(nine, edelweis):
    image = pixels(area_preview(prepare(nine), page(edelweis), WORDS, created=NOW, ppi=25.4))
    assert image.shape == (297, 210, 3)


def test_a_picture_of_several_pages_is_refused(nine, edelweis):
    data = module._document(WORDS, [first_page(prepare(nine), page(edelweis))] * 2)  # noqa: SLF001
    with pytest.raises(ValueError, match="single page"):
        typeset("sheet", data, created=NOW, output=Output("png"))


def test_a_time_without_zone_is_refused(nine, edelweis):
    with pytest.raises(ValueError, match="time zone"):
        sheets(prepare(nine), [page(edelweis)], WORDS, created=NOW.replace(tzinfo=None))


def test_it_is_an_archivable_and_accessible_pdf_with_its_fonts(nine, edelweis):
    pdf = sheets(prepare(nine), [page(edelweis)], WORDS, created=NOW)
    text = unpacked(pdf)
    assert b"<pdfaid:part>2</pdfaid:part>" in text
    assert b"<pdfuaid:part>1</pdfuaid:part>" in text
    fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([\w-]+)", text))
    assert fonts >= {b"SourceSansPro-Regular", b"SourceSansPro-Semibold", b"SourceSansPro-Bold"}
    assert all(font.startswith(b"SourceSansPro") for font in fonts)
    assert len(re.findall(rb"/FontFile2", text)) == len(fonts)
    assert b"2026-11-24T00:00:00" in text


def test_the_same_input_gives_the_same_bytes(nine, edelweis):
    ground = prepare(nine)
    one, same = (sheets(ground, [page(edelweis)], WORDS, created=NOW) for _ in range(2))
    assert one == same


# --- words ---------------------------------------------------------------------------------------

HOSTILE = '#panic("x") *b* $y$ \\z <img src=x onerror=alert(1)> ${a} [q] @r ~ `k`'


def test_hostile_texts_stay_text_and_can_be_searched(nine, edelweis):
    ground = prepare(nine.assign(kelurahan=(EVIL * 3)[:9]))
    words = dataclasses.replace(WORDS, title=HOSTILE)
    told = page(
        edelweis,
        title=HOSTILE,
        subtitle=HOSTILE,
        alt=HOSTILE,
        heads=(HOSTILE, HOSTILE),
        figures=((HOSTILE, HOSTILE),),
        url=f"https://x.id/{HOSTILE}",
        url_label=HOSTILE,
    )
    pdf = sheets(ground, [told], words, created=NOW)
    title = re.search(rb"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", unpacked(pdf), re.DOTALL)
    assert title is not None
    assert unescape(title[1].decode()) == HOSTILE
    assert set(HOSTILE) - {" "} <= characters(pdf)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Kau\u200bman", "Kauman"),
        ("a\tb\nc", "a b c"),
        ("中\x07", "??"),
        ("5–9 km² · é", "5–9 km² · é"),
    ],
)
def test_texts_keep_the_signs_that_the_typeface_has(given, shown):
    assert fonts.printable({"a": [given], "b": 1}) == {"a": [shown], "b": 1}


def test_signs_that_the_typeface_lacks_do_not_stop_the_print(nine, edelweis):
    ground = prepare(nine.assign(kelurahan="Kau\u200bman 中\x07\U0001f600"))
    told = page(edelweis, title="中文 Kauman", figures=(("\u0628", "1"),), heads=("a", "b"))
    found = characters(sheets(ground, [told], WORDS, created=NOW))
    assert set("Kauman?") <= found
    assert not set("中文\u0628\U0001f600\x07") & found


def test_the_signs_of_markup_come_from_the_data_alone(nine, edelweis):
    """Else the test above proves nothing."""
    pdf = sheets(prepare(nine), [page(edelweis)], WORDS, created=NOW)
    assert set("KelurahanSIMULASIEDELWEISCempaka") <= characters(pdf)
    assert not set("#*$\\<>{}[]@~`") & characters(pdf)


def test_every_word_is_shown(nine, edelweis):
    ground = prepare(nine, None, [nine.dissolve("kecamatan")])
    told = page(
        edelweis, heads=("Indikator", "Angka"), figures=(("Miskin", "200"),), url="https://x.id"
    )
    plain = area_preview(ground, told, WORDS, created=NOW)
    for field in ("scale", "north", "chosen", "other", "outside", "outlines", "projection",
                  "print_advice"):  # fmt: skip
        words = replaced(WORDS, **{field: "Zz"})
        assert area_preview(ground, told, words, created=NOW) != plain, field
    changes = {
        "title": "Zz",
        "subtitle": "Zz",
        "heads": ("Zz", "Zz"),
        "figures": (("Miskin", "201"),),
        "url": "https://y.id",
        "url_label": "Zz",
    }
    for field, value in changes.items():
        changed = replaced(told, **{field: value})
        assert area_preview(ground, changed, WORDS, created=NOW) != plain, field
    for field, value in {"title": "Zz", "badge": "Zz", "notes": ("Zz",), "legend": ()}.items():
        theme = replaced(told.theme, **{field: value})
        changed = replaced(told, theme=theme)
        assert area_preview(ground, changed, WORDS, created=NOW) != plain, field


def test_alternative_texts_are_in_the_file(nine, edelweis):
    told = page(edelweis, alt="Gambar peta", url="https://x.id")
    words = dataclasses.replace(WORDS, locator="Letak di kota", qr="Kode ke profil")
    text = unpacked(sheets(prepare(nine), [told], words, created=NOW))
    for alt in (b"Gambar peta", b"Letak di kota", b"Kode ke profil"):
        assert alt in text


def test_the_neighbours_are_plain_and_the_locator_shows_all_fills(nine, edelweis):
    fills = dict.fromkeys(nine["kode"], "#00ffff") | {edelweis: "#ff0000"}
    theme = Theme("Orang", fills, ())
    record = first_page(prepare(nine), page(edelweis, theme=theme))
    assert "#00ffff" not in record["map"]
    assert "#ff0000" in record["map"]
    assert record["locator"].count("#00ffff") == 8


def test_the_qr_code_is_left_out_without_address(nine, edelweis):
    ground = prepare(nine)
    without = pixels(area_preview(ground, page(edelweis), WORDS, created=NOW, ppi=127))
    address = "https://kantong.id/profil?kelurahan=99"
    given = page(edelweis, url=address)
    image = pixels(area_preview(ground, given, WORDS, created=NOW, ppi=127))
    corner = (slice(30, 128), slice(-170, -60))
    assert without[100:128, -170:-60].min() == 255  # below the scale bar, which moves there
    dark = (image[corner] < 128).all(axis=2).sum()
    modules = [cell for row in segno.make(address, error="m", micro=False).matrix for cell in row]
    side = 21 * 5 / (len(modules) ** 0.5 + 8)
    assert dark == pytest.approx(sum(modules) * side**2, rel=0.1)


def test_a_short_title_is_set_in_20_point(nine, edelweis):
    image = pixels(
        area_preview(prepare(nine), page(edelweis, title="H"), WORDS, created=NOW, ppi=254)
    )
    stem = (image[60:160, 140:180] < 128).all(axis=2).any(axis=1).sum()
    assert stem / 10 == pytest.approx(20 / 72 * 25.4 * 0.66, abs=0.3)


@pytest.mark.parametrize("name", ["Kelurahan " + "Sumberpucungrejosari " * 3, "Kelurahan A"])
def test_heading_keeps_off_the_map(nine, edelweis, name):
    ground = prepare(nine)
    image = pixels(area_preview(ground, page(edelweis, title=name), WORDS, created=NOW, ppi=127))
    # From the map's upper edge, 33 mm down, up to the coordinates, which are 3.5 mm tall.
    gap = image[int(28.6 * 5) : int(29.4 * 5), : 105 * 5]
    assert gap.min() == 255


def test_the_strip_below_keeps_within_the_page(malang, ground):
    theme = Theme(
        "Penduduk miskin · 2025 (orang)",
        {},
        tuple(Swatch("#0000ff", f"{n}.000 – {n}.999 (11)") for n in range(9)),
        badge="SIMULASI",
        notes=("Sumber: " + "SIMULASI kantong, " * 8, "Kelas: kuantil", "SHA-256 0", "2026"),
    )
    rows = tuple(
        ("Kepadatan penduduk miskin, 2025", "1.545 orang/km²", "1 – 2", "10 dari 57")
        for _ in range(5)
    )
    # The gap to the right of the figures: 34 mm of small map and, lying, 48 mm of notes follow.
    for name, gap_mm in (("Kauman", 195.5 - 34 - 6), ("Merjosari", 282.5 - 34 - 5 - 48 - 5)):
        kode = malang.set_index("kelurahan")["kode"][name]
        told = page(
            kode, theme=theme, heads=("Indikator", "Angka", "Selang", "Peringkat"), figures=rows
        )
        image = pixels(area_preview(ground, told, WORDS, created=NOW, ppi=127))
        assert image[-6 * 5 :].min() == 255, name
        layout = lay_out(ground, kode)
        below = image[round((layout.top_mm + layout.frame.height_mm + 6) * 5) :]
        assert below[:, : 14 * 5].min() == below[:, -14 * 5 :].min() == 255, name
        assert below[:, round((gap_mm + 1) * 5) : round((gap_mm + 4) * 5)].min() == 255, name


def test_drawings_of_a_page_are_well_formed(ground, malang):
    told = page(malang["kode"][0], url="https://x.id")
    record = first_page(ground, told)
    for drawing in ("map", "locator", "qr"):
        read(record[drawing])
    assert rings(read(record["map"]).find(".//*[@stroke-width='0.55']").get("d"))


# --- areas and names at the edge of the possible --------------------------------------------------

METRES = 680_000, 9_120_000
EXTREMES = {
    "0.01 km²": shapely.box(*METRES, METRES[0] + 100, METRES[1] + 100),
    "500 km²": shapely.box(*METRES, METRES[0] + 50_000, METRES[1] + 10_000),
    "islands": shapely.MultiPolygon(
        [
            shapely.box(*METRES, METRES[0] + 50, METRES[1] + 50),
            shapely.box(METRES[0] + 30_000, METRES[1] + 500, METRES[0] + 30_060, METRES[1] + 560),
        ]
    ),
    "sliver": shapely.box(*METRES, METRES[0] + 9_000, METRES[1] + 1),
}
NAMES = (
    "Desa " + "Sumberpucungrejosari" * 3, "\u0642\u0631\u064a\u0629", "\ua98f\ua9a4\ua9a2",
    '#panic() $x$ \\ " ] <b>', "",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", EXTREMES)
def test_any_area_with_any_name_has_a_sheet_at_a_scale_that_shows_it_whole(shape, name):
    area = EXTREMES[shape]
    around = area.envelope.buffer(2_000).difference(area)
    layer = gpd.GeoDataFrame(
        {"kode": ["a", "b"], "kelurahan": [name, name]}, geometry=[area, around], crs=32749
    )
    ground = prepare(layer)
    empty = Theme("Tidak ada angka", {}, ())
    pdf = sheets(ground, [page("a", title=name, theme=empty)], WORDS, created=NOW)
    assert len(page_sizes(pdf)) == 1
    frame = lay_out(ground, "a").frame
    assert shapely.box(*frame.extent).contains(area)
    assert frame.scale >= 2_500
