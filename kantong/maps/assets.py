"""Files that the browser fetches from this server: Leaflet, our map script, the boundaries."""

from dataclasses import dataclass
from pathlib import Path

from xstatic.pkg import leaflet

from kantong.geo.files import sha256

PREFIX = "/kantong"
_OWN = Path(__file__).with_name("static")
_LEAFLET = Path(leaflet.BASE_DIR)


@dataclass(frozen=True)
class Asset:
    """One file and the type it is sent as."""

    path: Path
    media_type: str

    @property
    def digest(self) -> str:
        """Start of the SHA-256 of the bytes: a new content has a new address."""
        return sha256(self.path.read_bytes())[:16]


def assets(data: Path) -> dict[str, Asset]:
    """Return the files by the name in their address.

    Parameters
    ----------
    data
        The data folder, which holds the two layers.
    """
    return {
        "leaflet.js": Asset(_LEAFLET / "leaflet.js", "text/javascript"),
        "leaflet.css": Asset(_LEAFLET / "leaflet.css", "text/css"),
        "map.js": Asset(_OWN / "map.js", "text/javascript"),
        "map.css": Asset(_OWN / "map.css", "text/css"),
        "kelurahan.geojson": Asset(data / "kelurahan.geojson", "application/geo+json"),
        "context.geojson": Asset(data / "context.geojson", "application/geo+json"),
    }


def addresses(data: Path) -> dict[str, str]:
    """Return the address of every asset by name, below the root of the server."""
    return {
        name: f"{PREFIX}/{asset.digest}/{name}"
        for name, asset in assets(data).items()
        if asset.path.exists()
    }
