"""Where printed maps lie, as GDAL reads it from the file, against the true boundaries."""

import json
import re
import subprocess

import numpy as np
import pytest
import shapely
from PIL import Image
from pyproj import CRS
from scipy.ndimage import map_coordinates
from shapely.affinity import translate

from kantong.maps.drawing import prepare
from kantong.maps.georeference import Window, georeferenced
from kantong.maps.sheet import sheets
from kantong.maps.tiling import A4, lay_out
from tests.conftest import needs
from tests.maps.ground import context, unpacked
from tests.maps.test_sheet import NOW, WORDS, page

DPI = 300
# Half the width of the profile across the outline, in pixels, and its steps.
REACH, STEP = 9.0, 0.25


@pytest.fixture(scope="module")
def ground(malang):
    return prepare(malang, context(), [malang.dissolve("kecamatan")])


@pytest.fixture(scope="module")
def printed(ground, malang, tmp_path_factory):
    """The sheets of three kelurahan in one file, and their kode."""
    by_name = malang.set_index("kelurahan")["kode"]
    kodes = [by_name[name] for name in ("Kauman", "Merjosari", "Lesanpuro")]
    pdf = sheets(ground, [page(kode) for kode in kodes], WORDS, created=NOW)
    file = tmp_path_factory.mktemp("sheets") / "sheets.pdf"
    file.write_bytes(pdf)
    return file, kodes


def gdal(*command):
    needs("gdalinfo", "gdal_translate")
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def seen(file, number, folder):
    """A page as GDAL draws it, how dark it is, and its six numbers of georeference."""
    source, drawn = f"PDF:{number}:{file}", folder / f"{number}.png"
    dots = ("--config", "GDAL_PDF_DPI", str(DPI))
    told = json.loads(gdal("gdalinfo", "-json", *dots, source))
    gdal("gdal_translate", "-q", "-of", "PNG", *dots, source, str(drawn))
    with Image.open(drawn) as opened:
        light = np.asarray(opened.convert("RGB"), dtype=float).max(axis=2)
    return told, light


def offsets(line, light, transform):
    """Metres east and north from the true line to the middle of the dark line drawn along it."""
    west, across, _, north, _, down = transform
    distances = np.arange(0, line.length, across * 3)
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, distances))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, distances + across))
    along = ahead - points
    is_straight = np.hypot(*along.T) > 0.99 * across  # corners have no side
    points, along = points[is_straight], along[is_straight]
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    steps = np.arange(-REACH, REACH + STEP, STEP) * across
    spots = points[:, None, :] + steps[None, :, None] * normal[:, None, :]
    columns, rows = (spots[..., 0] - west) / across - 0.5, (spots[..., 1] - north) / down - 0.5
    dark = np.clip(128 - map_coordinates(light, [rows, columns], order=1, cval=255), 0, None)
    # Where names or other lines come near, the profile is no single line.
    width = (dark > 0).sum(axis=1) * STEP
    kept = (width > 4) & (width < 9) & (dark[:, [0, -1]].sum(axis=1) == 0)
    middle = (dark[kept] * steps).sum(axis=1) / dark[kept].sum(axis=1)
    assert kept.sum() > 1000
    shift, *_ = np.linalg.lstsq(normal[kept], middle, rcond=None)
    return shift


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_drawn_outline_lies_on_the_true_boundary(printed, ground, tmp_path, place):
    file, kodes = printed
    told, light = seen(file, place + 1, tmp_path)
    assert 'ID["EPSG",32749]' in told["coordinateSystem"]["wkt"]
    border = ground.areas[kodes[place]].exterior
    east, north = offsets(border, light, told["geoTransform"])
    assert np.hypot(east, north) < 1


def test_the_measurement_would_see_a_shift_of_two_metres(printed, ground, tmp_path):
    """Else the test above proves nothing."""
    file, kodes = printed
    told, light = seen(file, 1, tmp_path)
    border = translate(ground.areas[kodes[0]].exterior, xoff=2)
    east, north = offsets(border, light, told["geoTransform"])
    assert east == pytest.approx(-2, abs=0.5)
    assert north == pytest.approx(0, abs=0.5)


def test_the_neatline_is_the_frame_of_the_map(printed, ground, tmp_path):
    file, kodes = printed
    for number, kode in enumerate(kodes, start=1):
        told, _light = seen(file, number, tmp_path)
        line = shapely.from_wkt(told["metadata"][""]["NEATLINE"])
        assert line.bounds == pytest.approx(lay_out(ground, kode, A4).frame.extent, abs=0.05)


def test_standards_text_and_tags_stay(printed):
    file, _kodes = printed
    text = unpacked(file.read_bytes())
    for mark in (b"<pdfaid:part>2</pdfaid:part>", b"<pdfuaid:part>1</pdfuaid:part>",
                 b"/StructTreeRoot", b"/MarkInfo"):  # fmt: skip
        assert mark in text


def test_degrees_are_refused(printed):
    file, _kodes = printed
    with pytest.raises(ValueError, match="not projected"):
        georeferenced(file.read_bytes(), {}, CRS.from_epsg(4326))


def test_two_maps_of_a_page_are_two_viewports(printed, ground):
    file, _kodes = printed
    extent = (680_000.0, 9_120_000.0, 681_000.0, 9_121_000.0)
    both = [Window(10, 10, 50, 50, extent, name) for name in ("Peta (1)", "Letak \\ #")]
    text = unpacked(georeferenced(file.read_bytes(), {0: both}, ground.crs))
    found = re.findall(rb"/Subtype /GEO\b", text)
    assert len(found) == 2 + 2  # the other two pages have theirs
    assert b"(Peta \\(1\\))" in text
