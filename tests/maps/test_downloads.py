"""What is taken away can be opened elsewhere, says where it comes from, and runs nothing."""

import csv
import io
import json

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from kantong.maps import downloads

TABLE = pd.DataFrame(
    {
        "Kelurahan": ["Anggrek", "=1+1"],
        "Jumlah": [50.0, float("nan")],
        "Peringkat": pd.array([1, None], dtype="Int64"),
    }
)
NOTES = [("Jenis data", "SIMULASI"), ("Periode", "2025"), ("SHA-256", "=ab")]
FORMULA_STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]


def cells_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def drawn(nine):
    """The drawing of data/tutorial/README.md: Gardenia's figure is missing."""
    poor = [50, 100, 100, 100, 200, 0, None, 100, 150]
    columns = {"Jumlah": poor, "Peringkat": pd.array([7, 3, 3, 3, 1, 8, None, 3, 2], "Int64")}
    return gpd.GeoDataFrame(nine[["kode", "kelurahan", "geometry"]].assign(**columns), crs=nine.crs)


def test_csv_opens_in_a_spreadsheet_and_keeps_missing_cells_empty():
    content = downloads.to_csv(TABLE)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3
    assert cells_of(content)[2] == ["'=1+1", "", ""]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_of_the_csv_is_a_formula(start):
    for table in (pd.DataFrame({"a": [f"{start}cmd()"]}), pd.DataFrame({f"{start}cmd()": ["a"]})):
        assert ["'" + f"{start}cmd()"] in cells_of(downloads.to_csv(table))


@given(st.text(max_size=20))
def test_no_text_makes_a_formula_of_a_csv_cell(text):
    (cell,) = cells_of(downloads.to_csv(pd.DataFrame({"a": [text], "b": ["x"]})))[1][:1]
    assert cell in (text, f"'{text}")
    assert not cell.startswith(tuple(FORMULA_STARTS))


def test_a_negative_number_stays_a_number():
    assert cells_of(downloads.to_csv(pd.DataFrame({"a": [-1.5]}))) == [["a"], ["-1.5"]]


def test_xlsx_holds_the_table_and_what_must_be_known_about_it():
    book = load_workbook(io.BytesIO(downloads.to_xlsx(TABLE, NOTES, sheets=("Data", "Sumber"))))
    assert book.sheetnames == ["Data", "Sumber"]
    rows = [[cell.value for cell in row] for row in book["Data"]]
    assert rows == [["Kelurahan", "Jumlah", "Peringkat"], ["Anggrek", 50, 1], ["=1+1", None, None]]
    assert [tuple(cell.value for cell in row) for row in book["Sumber"]] == NOTES


@pytest.mark.parametrize("start", [*FORMULA_STARTS, "{=", "https://example.org/", "mailto:"])
def test_no_cell_of_the_workbook_is_a_formula_or_a_link(start):
    text = f"{start}1+1}}"
    table = pd.DataFrame({text: [text]})
    book = load_workbook(io.BytesIO(downloads.to_xlsx(table, [(text, text)], sheets=("a", "b"))))
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert len(cells) == 4
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_geojson_carries_geometry_and_notes(drawn):
    content = json.loads(downloads.to_geojson(drawn, NOTES))
    assert content["kantong"] == dict(NOTES)
    assert len(content["features"]) == 9
    first, missing = content["features"][0], content["features"][6]
    assert first["geometry"]["type"] == "Polygon"
    assert first["properties"] == {
        "kode": "99.01.01.1001", "kelurahan": "Anggrek", "Jumlah": 50, "Peringkat": 7,
    }  # fmt: skip
    assert (missing["properties"]["Jumlah"], missing["properties"]["Peringkat"]) == (None, None)


def test_geojson_is_in_degrees_whatever_the_layer_is_in(drawn):
    stored, measured = (
        gpd.read_file(io.BytesIO(downloads.to_geojson(frame, NOTES)))
        for frame in (drawn, drawn.to_crs("EPSG:32749"))
    )
    assert measured.geometry.geom_equals_exact(stored.geometry, 1e-9).all()


@pytest.fixture
def geopackage(drawn, tmp_path):
    path = tmp_path / "kantong.gpkg"
    path.write_bytes(downloads.to_geopackage(drawn, NOTES))
    return path


def test_geopackage_holds_the_areas_as_they_are_stored(geopackage, drawn):
    assert {name for name, _type in pyogrio.list_layers(geopackage)} == {"kantong", "sumber"}
    areas = pyogrio.read_dataframe(geopackage, layer="kantong")
    assert len(areas) == 9
    assert areas.crs == "EPSG:4326"
    assert areas["kode"].tolist() == drawn["kode"].tolist()
    assert areas["Jumlah"].isna().tolist() == [False] * 6 + [True, False, False]
    assert areas["Peringkat"].isna().tolist() == [False] * 6 + [True, False, False]
    assert areas["Jumlah"].sum() == 800
    assert areas.geometry.geom_equals_exact(drawn.geometry, 1e-12).all()


def test_geopackage_holds_its_sources_as_a_table(geopackage):
    told = pyogrio.read_dataframe(geopackage, layer="sumber", read_geometry=False)
    assert list(told.itertuples(index=False, name=None)) == NOTES


def test_the_web_map_draws_the_areas_of_the_layer(nine):
    collection = downloads.geometry(nine)
    kode = [feature["properties"]["kode"] for feature in collection["features"]]
    assert kode == nine["kode"].tolist()
    drawn = gpd.GeoDataFrame.from_features(collection["features"], crs="EPSG:4326")
    # Six decimals, a tenth of a metre, are what the map is given.
    assert drawn.geometry.geom_equals_exact(nine.geometry.reset_index(drop=True), 1e-6).all()
