"""The web map as one HTML file that works without a server: script, style and geometry inside."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from kantong.maps.assets import text_of
from kantong.maps.style import background
from kantong.maps.webmap import (
    ZOOM_SNAP,
    ZOOMS,
    Base,
    State,
    compact,
    start_options,
    to_script,
)

# Nothing is fetched, from nowhere: the page is whole.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_STYLE = """
body { font: 15px/1.4 "Source Sans", "Source Sans Pro", "Noto Sans", sans-serif; color: #1c2024;
  background: #ffffff; }
main { max-width: 1200px; margin: 0 auto; padding: 12px; }
h1 { font-size: 22px; margin: 0 0 6px; }
h1 em { font-style: normal; font-size: 15px; background: #fff3d6; color: #6b3d00;
  border-radius: 6px; padding: 2px 8px; }
#map_div { height: 70vh !important; border: 1px solid #c4c4c4; }
ul { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 6px 0; padding: 0; list-style: none; }
ul span { display: inline-block; width: 20px; height: 13px; margin-right: 6px;
  border: 1px solid #6f6f6f; vertical-align: -2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: 13px; }
dt { color: #555555; }
dd { margin: 0; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Caption:
    """What stands around a map that is taken home.

    Parameters
    ----------
    title
        Indicator, period and unit.
    legend
        SVG fill and text of each class.
    notes
        Label and text: source, period, denominator, settings, hash.
    language
        Of the words.
    """

    title: str
    legend: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str]]
    language: str = "id"


def to_html(base: Base, state: State, caption: Caption) -> bytes:
    """Return the page; no text in it is ever read as markup.

    Parameters
    ----------
    base
        With the geometry itself in place of addresses.
    state
        What is shown; its note (SIMULASI) stands in the heading too.
    caption
        Title, legend and notes.
    """
    e = html.escape
    legend = "".join(
        f'<li><span style="background:{background(fill)}"></span>{e(text)}</li>'
        for fill, text in caption.legend
    )
    notes = "".join(f"<dt>{e(label)}</dt><dd>{e(text)}</dd>" for label, text in caption.notes)
    mark = f" <em>{e(state.note)}</em>" if state.note else ""
    body = (
        f"<main><h1>{e(caption.title)}{mark}</h1><ul>{legend}</ul>"
        f'<div id="map_div"></div><dl>{notes}</dl></main>'
    )
    return f"{_head(caption)}{body}{_script(base, state)}</html>\n".encode()


def _head(caption: Caption) -> str:
    style = f"{_without_pictures(text_of('leaflet.css'))}{text_of('map.css')}{_STYLE}"
    return (
        f'<!doctype html><html lang="{html.escape(caption.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{html.escape(caption.title)}</title><style>{style}</style></head><body>"
    )


def _without_pictures(style: str) -> str:
    """Leave out Leaflet's rules that fetch pictures for controls that we don't use."""
    return "\n".join(line for line in style.splitlines() if "url(images/" not in line)


def _without_map(script: str) -> str:
    """Leave out the comment by which developer tools fetch another file."""
    return "\n".join(
        line for line in script.splitlines() if not line.startswith("//# sourceMappingURL=")
    )


def _script(base: Base, state: State) -> str:
    west, south, east, north = base.bounds
    centre = [(south + north) / 2, (west + east) / 2]
    farthest, first, nearest = ZOOMS
    options = {
        "zoomSnap": ZOOM_SNAP, "minZoom": farthest, "maxZoom": nearest, "center": centre,
        "zoom": first,
    }  # fmt: skip
    return (
        f"<script>{_without_map(text_of('leaflet.js'))}</script><script>{text_of('map.js')}</script>"
        f"<script>const map = L.map('map_div', {to_script(options)});"
        f"kantong.start(map, {to_script(start_options(base))});"
        f"kantong.show({to_script(compact(state))});</script></body>"
    )
