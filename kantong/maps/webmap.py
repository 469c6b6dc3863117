"""The web map: a Folium map that never changes, and the state that repaints it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import folium
import geopandas as gpd
from branca.element import MacroElement
from folium.template import Template

# From the frame of streamlit-folium (/component/<name>/index.html) up to the root of the app.
_ROOT = "../.."


@dataclass(frozen=True)
class State:
    """What the map shows; sent as JSON on every change, without geometry.

    Parameters
    ----------
    shown
        Key of what is shown, e.g. ``poor_rate 2025``: tells a waiting reader that it is there.
    colours
        By ``kode``.
    tips
        By ``kode``: rows of label and text. Never markup.
    note
        Line below every tooltip, e.g. SIMULASI; may be empty.
    dimmed
        ``kode`` of the areas outside the filter.
    chosen
        ``kode`` of the chosen area, or empty.
    """

    shown: str
    colours: Mapping[str, str]
    tips: Mapping[str, Sequence[tuple[str, str]]]
    note: str = ""
    dimmed: Sequence[str] = ()
    chosen: str = ""


class _Start(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "kantong.start({{ this._parent.get_name() }}, {{ this.options | tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self.options = options


class _Show(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}kantong.show({{ this.state | tojson }});{% endmacro %}"
    )

    def __init__(self, state: State) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Show"
        self.state = asdict(state)


def base_map(
    layer: gpd.GeoDataFrame, addresses: Mapping[str, str], *, attribution: str, outside: str
) -> folium.Map:
    """Return the empty map; the browser fetches geometry, script and style by address.

    Parameters
    ----------
    layer
        Canonical layer: gives the extent (EPSG:4326).
    addresses
        As :func:`kantong.maps.assets.addresses` returns them.
    attribution
        Source of the boundaries, shown in the corner.
    outside
        Words for the surroundings, which are drawn but not counted.
    """

    class LocalMap(folium.Map):
        default_js = [  # noqa: RUF012 - as folium declares it
            ("leaflet", _ROOT + addresses["leaflet.js"]),
            ("map", _ROOT + addresses["map.js"]),
        ]
        default_css = [  # noqa: RUF012
            ("leaflet", _ROOT + addresses["leaflet.css"]),
            ("map", _ROOT + addresses["map.css"]),
        ]

    around = addresses.get("context.geojson", "")
    west, south, east, north = (float(edge) for edge in layer.total_bounds)
    chart = LocalMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=12,
        tiles=None,
        control_scale=False,
        zoom_snap=0.25,
        min_zoom=9,
        max_zoom=17,
    )
    chart._name = "Map"  # noqa: SLF001 - streamlit-folium looks the variable up by this name
    chart.add_child(
        _Start(
            {
                "city": _ROOT + addresses["kelurahan.geojson"],
                "context": _ROOT + around if around else "",
                "bounds": [[south, west], [north, east]],
                "attribution": attribution,
                "outside": outside,
            }
        )
    )
    return chart


def painted(state: State) -> folium.FeatureGroup:
    """Return the feature group that carries a state to the map in the browser."""
    group = folium.FeatureGroup(name="state")
    group.add_child(_Show(state))
    return group
