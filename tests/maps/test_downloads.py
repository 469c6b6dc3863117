import io
import json

import geopandas as gpd
import pandas as pd
import pytest
from openpyxl import load_workbook

from kantong.maps import downloads

TABLE = pd.DataFrame({"Kelurahan": ["Anggrek", "=1+1"], "Jumlah": [50.0, float("nan")]})
NOTES = [("Jenis data", "SIMULASI"), ("Periode", "2025")]


def test_csv_opens_in_a_spreadsheet_and_keeps_missing_cells_empty():
    content = downloads.to_csv(TABLE)
    assert content.startswith(b"\xef\xbb\xbf")
    again = pd.read_csv(io.BytesIO(content))
    assert again["Jumlah"].isna().tolist() == [False, True]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_csv_is_a_formula(start):
    text = downloads.to_csv(pd.DataFrame({"a": [f"{start}cmd()"]})).decode("utf-8-sig")
    assert f"'{start}cmd()" in text


def test_a_negative_number_stays_a_number():
    assert "\r\n-1.5" in downloads.to_csv(pd.DataFrame({"a": [-1.5]})).decode("utf-8-sig")


def test_xlsx_holds_the_table_and_what_must_be_known_about_it():
    book = load_workbook(io.BytesIO(downloads.to_xlsx(TABLE, NOTES, sheets=("Data", "Sumber"))))
    assert [cell.value for cell in book["Data"][1]] == ["Kelurahan", "Jumlah"]
    assert [cell.value for cell in book["Data"][2]] == ["Anggrek", 50]
    assert book["Data"]["B3"].value is None
    assert book["Data"]["A3"].data_type == "s"
    assert [cell.value for cell in book["Sumber"][1]] == ["Jenis data", "SIMULASI"]


def test_geojson_carries_geometry_and_notes(nine):
    frame = gpd.GeoDataFrame(nine[["kode", "geometry"]].assign(Jumlah=[None] * 9), crs=nine.crs)
    content = json.loads(downloads.to_geojson(frame, NOTES))
    assert content["kantong"] == {"Jenis data": "SIMULASI", "Periode": "2025"}
    assert len(content["features"]) == 9
    first = content["features"][0]
    assert first["geometry"]["type"] == "Polygon"
    assert first["properties"] == {"kode": "99.01.01.1001", "Jumlah": None}
