"""What is taken away: CSV, XLSX, GeoJSON and GeoPackage, each with its sources inside."""

import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import xlsxwriter

from kantong.geo.boundaries import to_geojson as layer_to_geojson

# For every workbook that is written: no text in it becomes a formula or a link.
INERT = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _inert(cell: object) -> object:
    """Return a cell that no spreadsheet reads as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def to_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8 with a byte order mark, as spreadsheets expect it.

    Missing values are empty cells; texts that look like formulas are preceded by an apostrophe.
    """
    safe = table.map(_inert).rename(columns=_inert)
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def to_xlsx(
    table: pd.DataFrame, notes: Sequence[tuple[str, str]], *, sheets: tuple[str, str]
) -> bytes:
    """Return a workbook: the table on the first sheet, what must be known about it on the second.

    Parameters
    ----------
    table
        Rows as shown; missing values are empty cells.
    notes
        Label and text: title, sources, period, denominator, SIMULASI.
    sheets
        Names of the two sheets.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, INERT) as book:
        bold = book.add_format({"bold": True})
        first, second = (book.add_worksheet(name) for name in sheets)
        first.write_row(0, 0, table.columns, bold)
        for number, row in enumerate(table.itertuples(index=False), start=1):
            first.write_row(number, 0, [None if pd.isna(cell) else cell for cell in row])
        first.freeze_panes(1, 0)
        first.autofit()
        for number, (label, text) in enumerate(notes):
            second.write_string(number, 0, label, bold)
            second.write_string(number, 1, text)
        second.autofit()
    return target.getvalue()


def to_geojson(frame: gpd.GeoDataFrame, notes: Sequence[tuple[str, str]]) -> bytes:
    """Return areas with their geometry (EPSG:4326) and the notes as foreign member ``kantong``."""
    collection = json.loads(frame.to_json(na="null", drop_id=True, to_wgs84=True))
    collection["kantong"] = dict(notes)
    return json.dumps(collection, ensure_ascii=False, allow_nan=False).encode()


def to_geopackage(frame: gpd.GeoDataFrame, notes: Sequence[tuple[str, str]]) -> bytes:
    """Return areas as GeoPackage: the layer ``kantong``, and the notes as the table ``sumber``."""
    told = pd.DataFrame(list(notes), columns=["label", "text"])
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "kantong.gpkg"
        pyogrio.write_dataframe(frame, target, layer="kantong", dataset_metadata=dict(notes))
        pyogrio.write_dataframe(told, target, layer="sumber", append=True)
        return target.read_bytes()


def geometry(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a layer (EPSG:4326) as the GeoJSON collection that the web map draws."""
    collection: dict[str, Any] = json.loads(layer_to_geojson(frame))
    return collection
