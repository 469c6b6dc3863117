"""The web map: a Folium map that never changes, and the state that repaints it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

# From the frame of streamlit-folium (/component/<name>/index.html) up to the root of the app.
_ROOT = "../.."
# How far the map steps in and out; farthest, first and nearest.
ZOOM_SNAP, ZOOMS = 0.25, (6, 12, 17)


@dataclass(frozen=True)
class Base:
    """What the map is drawn from, once.

    Parameters
    ----------
    areas, context
        GeoJSON (EPSG:4326): an address below the root of the server, or the collection itself.
        ``context`` may be empty.
    outlines
        By name (``kecamatan``, ``dapil``): address or collection.
    bounds
        West, south, east, north in degrees.
    attribution
        Source of the boundaries, shown in the corner.
    patterns
        Inside of an SVG ``<defs>``, our own text and never data, or its address.
    home
        Words of the button that shows the whole again.
    memory
        Name under which the browser keeps the position; empty to forget it.
    linked
        Maps of the same name move together; empty for none.
    popups
        True where a click opens a box on the map itself.
    """

    areas: str | dict[str, Any]
    bounds: tuple[float, float, float, float]
    context: str | dict[str, Any] = ""
    outlines: Mapping[str, str | dict[str, Any]] = field(default_factory=dict)
    attribution: str = ""
    patterns: str = ""
    home: str = ""
    memory: str = ""
    linked: str = ""
    popups: bool = False


@dataclass(frozen=True)
class State:
    """What the map shows; sent as JSON on every change, without geometry.

    Parameters
    ----------
    shown
        Key of what is shown, e.g. ``poor_rate 2025``: tells a waiting reader that it is there.
    title
        Name of the map for screen readers.
    fills
        SVG fill by ``kode``.
    labels, tips
        Headings of the figures at an area, and by ``kode`` their texts in the same order; an
        empty text leaves the row out. Never markup.
    note
        Line below every tooltip, e.g. SIMULASI; may be empty.
    outside
        Words for the surroundings, which are drawn but not counted.
    dimmed, marked
        ``kode`` of the areas outside the filter, and of those marked in a chart.
    chosen
        ``kode`` of the chosen area, or empty.
    outline
        Which of the outlines is drawn, or empty.
    theme
        ``light`` or ``dark``.
    """

    shown: str
    title: str
    fills: Mapping[str, str]
    labels: Sequence[str] = ()
    tips: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""
    outside: str = ""
    dimmed: Sequence[str] = ()
    marked: Sequence[str] = ()
    chosen: str = ""
    outline: str = ""
    theme: str = "light"


class _Call(MacroElement):
    """A call of our script with one argument as JSON that cannot leave its script element."""

    _template = Template("{% macro script(this, kwargs) %}{{ this.text() }}{% endmacro %}")

    def __init__(self, function: str, argument: dict[str, Any], *, on_map: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Call"
        self.function, self.argument, self.on_map = function, argument, on_map

    def text(self) -> str:
        first = f"{self._parent.get_name()}, " if self.on_map and self._parent else ""
        return f"kantong.{self.function}({first}{to_script(self.argument)});"


def to_script(value: object) -> str:
    r"""Return JSON that may stand in a script: no text in it can end the script or open markup.

    Nor can it give orders to Jinja, which folium lets read every script a second time. Two braces
    in a row, or a brace before a per cent or number sign, stand in texts only.

    Examples
    --------
    >>> to_script("</script>")
    '"\\u003c/script\\u003e"'
    >>> to_script({"a": "{{ 6 * 7 }}"})
    '{"a":"\\u007b\\u007b 6 * 7 }}"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&'\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    for opening in ("{{", "{%", "{#"):
        text = text.replace(opening, opening.replace("{", "\\u007b"))
    return text


def start_options(base: Base) -> dict[str, Any]:
    """Return what ``kantong.start`` takes, addresses as given."""
    west, south, east, north = base.bounds
    return {**asdict(base), "bounds": [[south, west], [north, east]]}


def base_map(base: Base, addresses: Mapping[str, str]) -> folium.Map:
    """Return the empty map; the browser fetches geometry, script and style by address.

    Parameters
    ----------
    base
        What is drawn, by address.
    addresses
        As :func:`kantong.maps.assets.addresses` returns them.
    """
    west, south, east, north = base.bounds
    chart = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=ZOOMS[1],
        tiles=None,
        control_scale=False,
        zoom_snap=ZOOM_SNAP,
        min_zoom=ZOOMS[0],
        max_zoom=ZOOMS[2],
    )
    # Of this map, not of a class made for it: a class for each drawing would never be forgotten.
    chart.default_js = [(one, _ROOT + addresses[one]) for one in ("leaflet.js", "map.js")]
    chart.default_css = [(one, _ROOT + addresses[one]) for one in ("leaflet.css", "map.css")]
    options = start_options(base)
    options["areas"] = _from_frame(base.areas)
    options["context"] = _from_frame(base.context)
    options["patterns"] = _from_frame(base.patterns)
    options["outlines"] = {name: _from_frame(one) for name, one in base.outlines.items()}
    chart.add_child(_Call("start", options, on_map=True))
    return chart


def _from_frame(address: str | dict[str, Any]) -> str | dict[str, Any]:
    return _ROOT + address if isinstance(address, str) and address else address


def painted(state: State) -> folium.FeatureGroup:
    """Return the feature group that carries a state to the map in the browser."""
    group = folium.FeatureGroup(name="state")
    group.add_child(_Call("show", compact(state)))
    return group


def compact(state: State) -> dict[str, Any]:
    """Return a state as ``kantong.show`` takes it: every code and every fill named once.

    ``palette`` holds the fills, ``areas`` by ``kode`` the place of the fill in it and the texts.
    """
    told = asdict(state)
    fills, tips = told.pop("fills"), told.pop("tips")
    palette = list(dict.fromkeys(fills.values()))
    places = {fill: place for place, fill in enumerate(palette)}
    areas = {kode: [places[fill], *tips.get(kode, ())] for kode, fill in fills.items()}
    return {**told, "palette": palette, "areas": areas}
