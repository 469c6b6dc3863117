import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from kantong.geo import boundaries, coverage
from kantong.geo.errors import BoundaryError, CodeError, DataError
from kantong.geo.levels import dissolve
from kantong.geo.schema import LAYER_COLUMNS
from kantong.language import activate, gettext, number
from tests.conftest import DATA, SOURCES

CODES = DATA / "kelurahan_codes.csv"
UTM = "EPSG:32749"


@pytest.fixture(scope="module")
def bps():
    ring = SOURCES / "ring_kabupaten_malang_2025.geojson"
    return boundaries.build(SOURCES / "malang_bps_2020.geojson", CODES, context=ring)


@pytest.fixture(scope="module")
def kemendagri():
    return boundaries.build(SOURCES / "malang_kemendagri_2025.geojson", CODES)


@pytest.fixture(scope="module")
def batu():
    return boundaries.build(SOURCES / "kota_batu_bps_2020.geojson", SOURCES / "kota_batu_codes.csv")


def write_squares(folder, names="squares.geojson", **changes):
    """Write two squares side by side with a code list; ``changes`` replace columns."""
    columns = {"kode": ["99.01.01.1001", "99.01.01.1002"], "nama": ["Anggrek", "Bakung"]}
    squares = [shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)]
    geometry = [
        shapely.transform(square, lambda xy: xy + np.array([600_000, 9_000_000]))
        for square in squares
    ]
    frame = gpd.GeoDataFrame(
        columns | {"geometry": geometry} | changes, geometry="geometry", crs=UTM
    )
    path = folder / names
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".geojson":
        frame.to_crs("EPSG:4326").to_file(path)
    else:
        frame.to_file(path)
    codes = folder / "kode.csv"
    codes.write_text(
        "kode_kemendagri,kode_bps,kelurahan,kelurahan_bps,kecamatan,dapil\n"
        "99.01.01.1001,9901010001,Anggrek,Anggrek,Lor,1\n"
        "99.01.01.1002,9901010002,Bakung,Bakung,Lor,1\n",
        "utf-8",
    )
    return path, codes


def moved(x, y, size=1000):
    return shapely.box(600_000 + x, 9_000_000 + y, 600_000 + x + size, 9_000_000 + y + size)


def test_the_layer_in_the_project_is_what_its_own_command_builds(bps, malang):
    pd.testing.assert_frame_equal(
        pd.DataFrame(bps.layer.drop(columns="geometry")),
        pd.DataFrame(malang.drop(columns="geometry")),
    )
    assert bps.layer.geometry.geom_equals_exact(malang.geometry, tolerance=1e-6).all()


def test_all_57_kelurahan_form_a_valid_coverage_in_4326(malang):
    assert tuple(malang.columns) == LAYER_COLUMNS
    assert len(malang) == 57
    assert malang.crs == "EPSG:4326"
    assert shapely.coverage_is_valid(malang.geometry.to_numpy())
    assert coverage.gaps(malang.geometry.to_crs(UTM)).count == 0


def test_coordinates_have_six_decimals(malang):
    coordinates = shapely.get_coordinates(malang.geometry.to_numpy())
    assert np.abs(coordinates - coordinates.round(6)).max() < 1e-12


def test_the_area_is_the_published_one_and_the_geodesic_one(malang):
    """109.95 km² in the description of the source; UTM differs from the ellipsoid by 0.1 %."""
    assert malang["area_km2"].sum() == pytest.approx(109.95, abs=0.005)
    geod = Geod(ellps="WGS84")
    for area_km2, shape in zip(malang["area_km2"], malang.geometry, strict=True):
        assert area_km2 == pytest.approx(geod.geometry_area_perimeter(shape)[0] / 1e6, rel=1e-3)


def test_simplifying_changes_no_area_by_more_than_a_thousandth(bps):
    assert bps.report.changes["change_percent"].abs().max() < 0.1
    assert bps.report.vertices_before == 24_670
    assert bps.report.vertices_after < bps.report.vertices_before


def test_the_layer_of_103_overlaps_and_207_holes_becomes_a_valid_coverage(kemendagri):
    """The two counts stand in the description of the source."""
    assert kemendagri.report.overlaps.count == 103
    assert kemendagri.report.overlaps.m2 == pytest.approx(64_000, rel=0.01)
    assert kemendagri.report.gaps.count == 207
    assert kemendagri.report.gaps_left.count == 0
    assert len(kemendagri.layer) == 57
    assert shapely.coverage_is_valid(kemendagri.layer.geometry.to_numpy())
    assert coverage.gaps(kemendagri.layer.geometry.to_crs(UTM)).count == 0
    assert kemendagri.report.changes["change_percent"].abs().max() < 1


def test_another_city_with_forest_builds_and_keeps_the_forest_as_context(batu):
    assert len(batu.layer) == 24
    assert batu.report.to_context == ("Kehutanan", "Kehutanan")
    assert batu.context["kelurahan"].tolist() == ["Kehutanan", "Kehutanan"]
    whole = [*batu.layer.geometry, *batu.context.geometry]
    assert shapely.coverage_is_valid(whole)


def test_villages_around_the_city_are_kept_apart_and_off_its_ground(bps):
    assert len(bps.context) == 66
    assert not set(bps.context["kode"]) & set(bps.layer["kode"])
    city = shapely.union_all(bps.layer.geometry.to_crs(UTM).to_numpy())
    inside = bps.context.geometry.to_crs(UTM).intersection(city).area.sum()
    assert inside < 100


def test_largest_area_change_stands_first_and_names_that_differ_are_told(bps):
    changes = bps.report.changes["change_percent"].abs()
    assert changes.is_monotonic_decreasing
    assert "Rampal Celaket" in set(bps.report.names["in_source"])
    text = bps.report.describe(gettext, number)
    assert "35.73.02.1002 Rampalcelaket: Rampal Celaket in the source" in text


def test_the_utm_zone_is_found_from_the_layer(tmp_path):
    """Squares at 98.7° E lie in zone 47, north of the equator."""
    squares = [shapely.box(98.7, 3.5, 98.71, 3.51), shapely.box(98.71, 3.5, 98.72, 3.51)]
    path, codes = write_squares(tmp_path)
    gpd.read_file(path).set_geometry(squares, crs="EPSG:4326").to_file(path)
    assert boundaries.build(path, codes).report.crs == "EPSG:32647"


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp", ".fgb", ".parquet"])
def test_every_promised_format_is_read(tmp_path, suffix):
    path, codes = write_squares(tmp_path, f"squares{suffix}")
    layer = boundaries.build(path, codes).layer
    assert layer["area_km2"].tolist() == pytest.approx([1, 1], rel=2e-4)


def test_overlap_goes_to_one_area_and_the_gap_to_a_neighbour(tmp_path):
    """Bakung reaches 5 m over Anggrek in the south and leaves 5 m free in the north."""
    second = shapely.Polygon(
        [(600_995, 9_000_000), (602_000, 9_000_000), (602_000, 9_001_000), (601_005, 9_001_000)]
    )
    cap = shapely.box(600_000, 9_001_000, 602_000, 9_001_000.5)
    path, codes = write_squares(tmp_path, geometry=[moved(0, 0).union(cap), second])
    built = boundaries.build(path, codes, settings=boundaries.Settings(tolerance_m=0))
    assert built.report.overlaps.count == 1
    assert built.report.overlaps.m2 > 1000
    assert shapely.coverage_is_valid(built.layer.geometry.to_numpy())
    assert coverage.overlaps(built.layer.geometry.to_crs(UTM)).count == 0


def test_a_bow_tie_is_repaired_and_reported(tmp_path):
    tie = shapely.Polygon(
        [(601_000, 9_000_000), (602_000, 9_001_000), (602_000, 9_000_000), (601_000, 9_001_000)]
    )
    path, codes = write_squares(tmp_path, geometry=[moved(0, 0), tie])
    built = boundaries.build(path, codes)
    assert built.report.repaired["kelurahan"].tolist() == ["Bakung"]
    assert "Self-intersection" in built.report.repaired["reason"][0]
    assert built.layer["area_km2"][1] == pytest.approx(0.5, rel=1e-3)


def test_two_repaired_areas_of_one_name_are_both_told(tmp_path):
    ties = [
        shapely.Polygon([(x, 9e6), (x + 1000, 9_001_000), (x + 1000, 9e6), (x, 9_001_000)])
        for x in (600_000, 602_000)
    ]
    path, codes = write_squares(tmp_path, geometry=ties, nama=["Sukorejo", "Sukorejo"])
    codes.write_text(
        codes.read_text("utf-8").replace("Anggrek", "Sukorejo").replace("Bakung", "Sukorejo"),
        "utf-8",
    )
    told = boundaries.build(path, codes).report.describe(gettext, number)
    assert "Shapes repaired: 99.01.01.1001 Sukorejo (Self-intersection" in told
    assert "; 99.01.01.1002 Sukorejo (Self-intersection" in told


def test_ten_thousand_narrow_holes_are_closed_and_counted(tmp_path):
    holes = [
        shapely.box(x, y, x + 2, y + 2).exterior.coords
        for x in range(600_005, 600_995, 10)
        for y in range(9_000_005, 9_000_995, 10)
    ]
    holes += [
        shapely.box(x, 9_000_500, x + 1, 9_000_501).exterior.coords
        for x in range(601_010, 601_408, 2)
    ]
    first = shapely.Polygon(moved(0, 0).exterior.coords, holes[:9801])
    second = shapely.Polygon(moved(1000, 0).exterior.coords, holes[9801:])
    path, codes = write_squares(tmp_path, "squares.gpkg", geometry=[first, second])
    built = boundaries.build(path, codes)
    assert built.report.gaps.count == 10_000
    assert built.report.gaps.m2 == pytest.approx(9801 * 4 + 199, rel=1e-3)
    assert built.report.gaps_left.count == 0
    assert built.layer["area_km2"].tolist() == pytest.approx([1, 1], rel=2e-4)


def test_a_wide_hole_stays_open_and_is_reported(tmp_path):
    lake = shapely.box(600_300, 9_000_300, 600_500, 9_000_500)
    path, codes = write_squares(tmp_path, geometry=[moved(0, 0) - lake, moved(1000, 0)])
    report = boundaries.build(path, codes).report
    assert (report.gaps_left.count, round(report.gaps_left.m2, -2)) == (1, 40_000)


def write_text(text):
    def write(path, _codes):
        path.write_text(text, "utf-8")

    return write


def change(**columns):
    def write(path, _codes):
        frame = gpd.read_file(path)
        frame.assign(**columns).to_file(path)

    return write


def cut(path, _codes):
    path.write_bytes(path.read_bytes()[:-200])


def null_crs(path, _codes):
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "crs": None}), "utf-8")


def wrong_crs(path, _codes):
    frame = gpd.read_file(path).to_crs(UTM)
    content = json.loads(frame.to_json(to_wgs84=False, drop_id=True))
    content.pop("crs", None)
    path.write_text(json.dumps(content), "utf-8")


def centres(path, _codes):
    frame = gpd.read_file(path)
    frame.set_geometry(frame.to_crs(UTM).centroid.to_crs("EPSG:4326")).to_file(path)


def without_second(path, _codes):
    gpd.read_file(path).iloc[:1].to_file(path)


def twice(path, _codes):
    frame = gpd.read_file(path)
    pd.concat([frame, frame.iloc[:1]]).to_file(path)


def covered(path, _codes):
    frame = gpd.read_file(path)
    shapes = [frame.geometry[0], frame.geometry[0].buffer(-0.001)]
    frame.set_geometry(shapes, crs=frame.crs).to_file(path)


@pytest.mark.parametrize(
    ("break_it", "error", "message"),
    [
        (null_crs, BoundaryError, r"states no coordinate system \(CRS\)"),
        (wrong_crs, BoundaryError, "2 areas lie outside Indonesia.*set the right one"),
        (centres, BoundaryError, "holds Point where polygons are needed, at feature 1, 2"),
        (write_text(""), BoundaryError, r"squares\.geojson: is empty\. Export"),
        (
            write_text('{"type":"FeatureCollection","features":[]}'),
            BoundaryError,
            "holds no areas",
        ),
        (write_text("<VRTDataset/>"), BoundaryError, "its content is not what its name"),
        (twice, BoundaryError, "Anggrek stands there twice or more, at feature 1, 3"),
        (without_second, BoundaryError, r"1 areas .* missing: 99\.01\.01\.1002 Bakung"),
        (change(nama=["Anggrek", "Cempaka"]), CodeError, "is Bakung in the code list"),
        (
            change(kode=["99.01.01.1001", "x"]),
            CodeError,
            r"^squares\.geojson, feature 2: 'x' is no code",
        ),
        (change(kode=["99.01.01.1001", "99.01.01.1009"]), BoundaryError, "not in the code list"),
        (change(kode=["88.01.01.1001", "88.01.01.1002"]), BoundaryError, "none of its areas"),
        (cut, BoundaryError, "damaged or cut off"),
        (covered, BoundaryError, "nothing is left of 'Bakung'"),
    ],
)
def test_a_faulty_source_says_what_where_and_what_to_do(tmp_path, break_it, error, message):
    path, codes = write_squares(tmp_path)
    break_it(path, codes)
    with pytest.raises(error, match=message):
        boundaries.build(path, codes)


def test_faults_are_told_in_the_language_of_the_user(tmp_path):
    path, codes = write_squares(tmp_path)
    without_second(path, codes)
    with pytest.raises(DataError) as caught:
        boundaries.build(path, codes)
    activate("id")
    assert "1 wilayah dalam daftar kode tidak ada" in caught.value.describe(gettext)


def test_unknown_headings_are_listed_and_can_be_named(tmp_path):
    path, codes = write_squares(tmp_path)
    frame = gpd.read_file(path).rename(columns={"kode": "xkode", "nama": "xnama"})
    frame.to_file(path)
    with pytest.raises(BoundaryError, match=r"columns are: 'xkode, xnama'.*--code-column"):
        boundaries.build(path, codes)
    told = boundaries.Settings(code_column="xkode", name_column="xnama")
    assert len(boundaries.build(path, codes, settings=told).layer) == 2


def test_a_faulty_code_around_the_city_is_found_by_file_and_feature(tmp_path):
    path, codes = write_squares(tmp_path)
    around, _ = write_squares(tmp_path, "sekitar.geojson", kode=["88.01.01.1001", ""])
    with pytest.raises(CodeError, match=r"^sekitar\.geojson, feature 2: '' is no code"):
        boundaries.build(path, codes, context=around)


def test_areas_of_another_kabupaten_are_left_out_and_named(tmp_path):
    path, codes = write_squares(tmp_path)
    frame = gpd.read_file(path)
    other = frame.iloc[:1].assign(kode="88.01.01.1001", nama="Luar")
    pd.concat([frame, other]).to_file(path)
    built = boundaries.build(path, codes)
    assert built.report.left_out == ("Luar",)
    assert built.layer["kelurahan"].tolist() == ["Anggrek", "Bakung"]


def test_a_shapefile_without_prj_is_refused(tmp_path):
    path, codes = write_squares(tmp_path, "squares.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(BoundaryError, match=r"a Shapefile needs its \.prj file"):
        boundaries.build(path, codes)


@pytest.mark.parametrize(
    ("change_layer", "message"),
    [
        (lambda frame: frame.drop(columns="dapil"), "lacks the columns dapil"),
        (lambda frame: pd.concat([frame, frame.iloc[:1]]), "stand there twice"),
        (lambda frame: frame.assign(kode="3573011001"), "no Kemendagri codes with dots"),
        (lambda frame: frame.assign(area_km2=0.0), "areas without a size"),
        (lambda frame: frame.assign(area_km2="luas"), "areas without a size"),
    ],
)
def test_a_changed_layer_is_refused_on_loading(tmp_path, nine, change_layer, message):
    path = tmp_path / "kelurahan.geojson"
    gpd.GeoDataFrame(change_layer(nine), crs=nine.crs).to_file(path)
    with pytest.raises(BoundaryError, match=message):
        boundaries.load(path)


def test_a_layer_in_metres_is_refused_on_loading(tmp_path, nine):
    path = tmp_path / "kelurahan.geojson"
    nine.to_crs(UTM).to_file(path)
    with pytest.raises(BoundaryError, match="coordinates are in EPSG:32749, not in EPSG:4326"):
        boundaries.load(path)


def test_areas_written_as_text_load_as_numbers(tmp_path, nine):
    path = tmp_path / "kelurahan.geojson"
    nine.assign(area_km2="1.25").to_file(path)
    assert boundaries.load(path)["area_km2"].sum() == 9 * 1.25


@pytest.fixture
def two_cities(nine):
    """Lor is made a city of its own, with the same two dapil as Kidul."""
    lor = nine["kode"].str.startswith("99.01.01.")
    return nine.assign(
        kode=nine["kode"].where(~lor, nine["kode"].str.replace("99.01.01.", "99.02.01.")),
        kabupaten=nine["kabupaten"].where(~lor, "Kota Lor"),
        dapil=[*"12", "", *"111222"],
    )


def test_dapil_of_two_kabupaten_are_told_apart(tmp_path, two_cities):
    path = tmp_path / "kelurahan.geojson"
    two_cities.to_file(path)
    loaded = boundaries.load(path)
    assert loaded["dapil"].tolist() == [
        *["Kota Sembilan 1"] * 3, *["Kota Sembilan 2"] * 3, "Kota Lor 1", "Kota Lor 2", "",
    ]  # fmt: skip
    found = dissolve(loaded, "dapil")
    assert found["kelurahan"].tolist() == found["kode"].tolist()
    assert found["area_km2"].tolist() == pytest.approx([1, 1, 3, 3], rel=2e-4)
    two_cities.assign(kabupaten="").to_file(path)
    assert set(boundaries.load(path)["dapil"]) == {"99.01 1", "99.01 2", "99.02 1", "99.02 2", ""}


def test_dapil_that_only_one_kabupaten_has_keep_their_text(tmp_path, two_cities):
    path = tmp_path / "kelurahan.geojson"
    apart = [*"12", "", *"333444"]
    two_cities.assign(dapil=apart).to_file(path)
    loaded = boundaries.load(path).set_index("kode")["dapil"]
    assert loaded.reindex(two_cities["kode"]).tolist() == apart


def test_a_layer_built_before_kabupaten_was_known_still_loads(tmp_path, nine):
    path = tmp_path / "kelurahan.geojson"
    nine.drop(columns="kabupaten").to_file(path)
    loaded = boundaries.load(path)
    assert tuple(loaded.columns) == LAYER_COLUMNS
    assert loaded["kabupaten"].tolist() == [""] * 9


def test_the_code_list_names_the_kabupaten(malang, batu, nine):
    assert set(malang["kabupaten"]) == {"Kota Malang"}
    assert set(batu.layer["kabupaten"]) == set(batu.context["kabupaten"]) == {"Kota Batu"}
    assert set(nine["kabupaten"]) == {"Kota Sembilan"}


@pytest.mark.parametrize(
    ("listed", "given", "expected"),
    [
        (None, None, ["", ""]),
        (None, ["Kota X", "Kota Y"], ["Kota X", "Kota Y"]),
        (["Kota A", ""], ["Kota X", "Kota Y"], ["Kota A", "Kota Y"]),
        (["Kota A", ""], None, ["Kota A", ""]),
    ],
)
def test_where_the_code_list_names_no_kabupaten_the_source_does(tmp_path, listed, given, expected):
    path, codes = write_squares(tmp_path, **({} if given is None else {"regency": given}))
    if listed is not None:
        pd.read_csv(codes, dtype=str).assign(kabupaten=listed).to_csv(codes, index=False)
    assert boundaries.build(path, codes).layer["kabupaten"].tolist() == expected


def test_the_layer_tells_its_own_making():
    about = boundaries.read_about(DATA / "kelurahan.geojson")
    assert about["source"] == "malang_bps_2020.geojson"
    assert about["measured_in"] == "EPSG:32749"
    assert "BPS" in about["attribution"]
    assert len(about["sha256"]) == 64
