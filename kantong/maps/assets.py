"""Files that the browser fetches from this server: Leaflet, our map script, the geometry.

The address of each holds the hash of its content, so a browser may keep it for good.
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from xstatic.pkg import leaflet

from kantong.geo.files import sha256

PREFIX = "/kantong"
GEOJSON = "application/geo+json"
_OWN = Path(__file__).with_name("static")
_LEAFLET = Path(leaflet.BASE_DIR)
_FILES = {
    "leaflet.js": (_LEAFLET / "leaflet.js", "text/javascript"),
    "leaflet.css": (_LEAFLET / "leaflet.css", "text/css"),
    "map.js": (_OWN / "map.js", "text/javascript"),
    "map.css": (_OWN / "map.css", "text/css"),
}
# Geometry of a province by its kecamatan comes to some hundreds; older ones make room.
_MOST = 2000


@dataclass(frozen=True)
class Asset:
    """Bytes and the type they are sent as."""

    content: bytes
    media_type: str


_published: dict[str, Asset] = {}
_lock = Lock()


def publish(name: str, content: bytes, media_type: str) -> str:
    """Make bytes available and return their address below the root of the server."""
    digest = sha256(content)[:16]
    with _lock:
        _published.pop(digest, None)
        _published[digest] = Asset(content, media_type)
        while len(_published) > _MOST:
            _published.pop(next(iter(_published)))
    return f"{PREFIX}/{digest}/{name}"


def find(digest: str, name: str) -> Asset | None:
    """Return what was published at an address; our own files even after a new start."""
    if name in _FILES:
        path, media_type = _FILES[name]
        asset = Asset(path.read_bytes(), media_type)
        return asset if sha256(asset.content)[:16] == digest else None
    with _lock:  # an address that is being published again is never away
        return _published.get(digest)


def addresses() -> dict[str, str]:
    """Return the address of Leaflet and of our script and style, by name."""
    return {
        name: f"{PREFIX}/{sha256(path.read_bytes())[:16]}/{name}"
        for name, (path, _media_type) in _FILES.items()
    }


def publish_file(path: Path, media_type: str) -> str:
    """Make a file of the package available and return its address."""
    return publish(path.name, path.read_bytes(), media_type)


def text_of(name: str) -> str:
    """Return one of our own files as text, to be put into a page that stands alone."""
    return _FILES[name][0].read_text("utf-8")
