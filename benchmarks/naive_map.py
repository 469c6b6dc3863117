"""The peer of bench_map: the page a tutorial would write, a choropleth rebuilt on every change."""

import json
import os
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import streamlit as st
from streamlit_folium import st_folium

from kantong.analysis.measures import measure, periods
from kantong.geo import boundaries
from kantong.store.library import Library, load

DATA = Path(__file__).resolve().parents[1] / "data"
# Leaflet from this machine: folium's own addresses lie on the internet.
LEAFLET = os.environ["NAIVE_LEAFLET"]


@st.cache_resource
def read() -> tuple[gpd.GeoDataFrame, dict[str, Any], Library]:
    """Read layer, geometry and figures once."""
    layer = boundaries.load(DATA / "kelurahan.geojson")
    return layer, json.loads(layer.to_json()), load(DATA)


def draw(indicator: str) -> None:
    """Draw map and panel of an indicator."""
    layer, geometry, library = read()
    newest = periods(library.observations, library.indicators, indicator)[-1]
    found = measure(library.observations, library.indicators, indicator, newest, layer)
    table = found.value.rename("value").reset_index()
    chart = folium.Map(location=[-7.98, 112.63], zoom_start=12, tiles=None)
    folium.Map.default_js = [("leaflet", f"{LEAFLET}/leaflet.js")]
    folium.Map.default_css = [("leaflet", f"{LEAFLET}/leaflet.css")]
    choropleth = folium.Choropleth(
        geo_data=geometry,
        data=table,
        columns=["kode", "value"],
        key_on="feature.properties.kode",
        fill_color="YlOrRd",
    ).add_to(chart)
    for name in [name for name in choropleth._children if name.startswith("color_map")]:  # noqa: SLF001
        del choropleth._children[name]  # noqa: SLF001 - it would load d3 from the internet
    answer = st_folium(
        chart, key="map", height=560, use_container_width=True,
        returned_objects=["last_active_drawing"],
    )  # fmt: skip
    clicked = (answer or {}).get("last_active_drawing")
    if clicked:
        properties = clicked["properties"]
        st.subheader(properties["kelurahan"])
        st.write(found.value[properties["kode"]])
    st.caption(f"shown {indicator}")


st.set_page_config(layout="wide")
everything = read()[2]
known = [
    key for key in everything.indicators
    if periods(everything.observations, everything.indicators, key)
]  # fmt: skip
draw(st.selectbox("Indikator", known, index=known.index("poor_people")))
