"""Coordinates of register rows turned into kelurahan, inside the engine that counts them."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import ibis  # type: ignore[import-untyped]
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from kantong.geo.points import Places

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import StringValue  # type: ignore[import-untyped]


def placer(layer: gpd.GeoDataFrame) -> "Callable[[StringValue, StringValue], StringValue]":
    """Return an expression that places longitude and latitude, as text, in a layer.

    Parameters
    ----------
    layer
        ``kode`` and polygons, EPSG:4326.

    Returns
    -------
    callable
        Gives ``kode``, empty where the texts are no coordinates or lie in no area. Decimal
        commas are read as points.
    """
    places = Places(layer)

    @ibis.udf.scalar.pyarrow(signature=((str, str), str), name="kode_at")  # type: ignore[untyped-decorator]
    def kode_at(longitude: Any, latitude: Any) -> Any:  # noqa: ANN401 - arrays of Arrow
        degrees = (_degrees(texts) for texts in (longitude, latitude))
        return pa.array(places.kodes(*degrees).tolist(), type=pa.string())

    def expression(longitude: "StringValue", latitude: "StringValue") -> "StringValue":
        # DuckDB 1.5 lets go of texts that came from Python while a CASE still points at them;
        # joining makes it copy them.
        return ibis.literal("") + kode_at(longitude, latitude)

    return expression


def _degrees(texts: Any) -> Any:  # noqa: ANN401 - an array of Arrow, to one of NumPy
    written = pd.Series(texts.to_pylist(), dtype=str).str.strip().str.replace(",", ".")
    return pd.to_numeric(written, errors="coerce").to_numpy(dtype=float)
