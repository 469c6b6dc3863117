"""What the pages read, kept in memory until a file changes; the only place that caches."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure, measure, periods
from kantong.analysis.neighbours import contiguous
from kantong.analysis.suppression import suppress
from kantong.geo import boundaries
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, KODE, Dataset, Indicator
from kantong.maps import assets
from kantong.maps.style import pattern_definitions
from kantong.maps.webmap import Base
from kantong.store.library import Library, data_folder, load

TUTORIAL = Path(__file__).resolve().parents[2] / "data" / "tutorial"
TUTORIAL_NAME = "latihan"
_OUTLINE_COLUMNS = (KECAMATAN, DAPIL)


@dataclass(frozen=True, eq=False)
class City:
    """Boundaries and figures as one view shows them; shared by all sessions, never changed.

    Parameters
    ----------
    layer
        The areas drawn, ``LAYER_COLUMNS``, sorted by ``kode``. For layers larger than a city
        these may be kabupaten or kecamatan, ``kode`` and ``kelurahan`` being theirs.
    every
        All kelurahan of the data folder.
    about
        What the layer says about its own making.
    report
        Report of its building, as text; empty where there is none.
    library
        Catalogue, figures and data sets.
    base
        What the web map is drawn from.
    context
        Surroundings, drawn and never counted; None where there are none.
    strangers
        ``kode`` of figures and interventions that are not in the layer, so are not shown.
    level, region
        What the areas are, and the code of the region they lie in; empty for all.
    parts
        Region by ``kode`` of ``every``, where the areas drawn are regions; else None.
    covered
        True where small counts are suppressed.
    outlines
        Kecamatan and dapil, named in ``kelurahan``.
    trail
        Code and name of the regions from the whole to the one looked into.
    """

    layer: gpd.GeoDataFrame
    every: gpd.GeoDataFrame
    about: dict[str, str]
    report: str
    library: Library
    base: Base
    context: gpd.GeoDataFrame | None
    strangers: tuple[str, ...]
    level: str = "kelurahan"
    region: str = ""
    parts: "pd.Series[str] | None" = None
    covered: bool = False
    outlines: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    trail: tuple[tuple[str, str], ...] = ()

    def name(self) -> str:
        """Return the name of the kabupaten or kota; empty where it is not known or not one."""
        names = set(self.every.get("kabupaten", [])) - {""}
        return names.pop() if len(names) == 1 else ""

    def periods(self, indicator: str) -> list[str]:
        """Return the periods of an indicator, oldest first."""
        return _periods(self.library, indicator)

    def measure(self, indicator: str, period: str) -> Measure:
        """Return an indicator in a period, small counts suppressed where they must be."""
        return _measure(self, indicator, period)

    def whole(self, indicator: str, period: str) -> Measure:
        """Return the same without suppression: for sums only, never to be shown by area."""
        return _whole(self, indicator, period)

    def datasets(self, found: Measure) -> list[Dataset]:
        """Return the data sets a measure comes from."""
        return [self.library.datasets[key] for key in found.datasets]

    def is_simulated(self, found: Measure) -> bool:
        """Tell whether any figure of a measure is invented."""
        return any(dataset.simulated for dataset in self.datasets(found))

    def indicators(self) -> dict[str, Indicator]:
        """Return the indicators that have figures."""
        return _indicators(self.library)

    def rate_of(self, indicator: Indicator) -> Indicator | None:
        """Return the rate of a count against the population, or the rate itself."""
        if indicator.kind == "rate":
            return indicator if indicator.denominator == "population" else None
        rates = (
            other
            for other in self.library.indicators.values()
            if other.numerator == indicator.id and other.denominator == "population"
        )
        return next(rates, None)

    def place(self, kode: str) -> dict[str, str]:
        """Return what the layer says of an area, its shape aside."""
        row = self.layer[self.layer[KODE] == kode].drop(columns="geometry").iloc[0]
        return {str(column): value for column, value in row.items()}

    def neighbours(self, kode: str) -> tuple[str, ...]:
        """Return the ``kode`` of the areas that touch an area."""
        return _neighbours(self)[kode]


@lru_cache(maxsize=8)
def _indicators(library: Library) -> dict[str, Indicator]:
    return {key: one for key, one in library.indicators.items() if _periods(library, key)}


@lru_cache(maxsize=1024)
def _periods(library: Library, indicator: str) -> list[str]:
    return periods(library.observations, library.indicators, indicator)


@lru_cache(maxsize=1024)
def _whole(city: City, indicator: str, period: str) -> Measure:
    library = city.library
    return measure(library.observations, library.indicators, indicator, period, city.layer)


@lru_cache(maxsize=1024)
def _measure(city: City, indicator: str, period: str) -> Measure:
    found = _whole(city, indicator, period)
    chosen = city.library.indicators[indicator]
    counted = city.library.indicators.get(chosen.numerator, chosen)
    return suppress(found, counted.smallest_shown) if city.covered else found


@lru_cache(maxsize=64)
def _neighbours(city: City) -> dict[str, tuple[str, ...]]:
    return contiguous(city.layer)


def folders() -> dict[str, Path]:
    """Return the data folders a user may look at, by the name in the URL; the first is usual."""
    own = data_folder()
    tutorial = {} if own.resolve() == TUTORIAL else {TUTORIAL_NAME: TUTORIAL}
    return {"": own, **tutorial}


def city(folder: str = "", region: str = "", *, covered: bool = False) -> City:
    """Return a city as it is to be shown.

    Parameters
    ----------
    folder
        A key of :func:`folders`.
    region
        Code of a kabupaten or kecamatan to look into; empty, and in layers no larger than a
        city, for the whole.
    covered
        True to suppress small counts.

    Raises
    ------
    DataError
        The data folder cannot be read.
    """
    home = folders()[folder]
    return _seen(str(home), _newest_change(home), region, covered)


def _newest_change(folder: Path) -> tuple[int, int]:
    """Return what changes whenever a file of the data folder does."""
    times = [path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()]
    return len(times), max(times, default=0)


@st.cache_resource(max_entries=256, show_spinner=False)
def _seen(folder: str, changed: tuple[int, int], region: str, covered: bool) -> City:  # noqa: FBT001 - key
    del region
    return replace(_read(folder, changed), covered=covered)


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, changed: tuple[int, int]) -> City:  # noqa: ARG001 - part of the cache key
    home = Path(folder)
    layer_file = home / "kelurahan.geojson"
    report = layer_file.with_suffix(".report.txt")
    layer, library = boundaries.load(layer_file), load(home)
    named = pd.concat([library.observations[KODE], library.interventions[KODE]])
    about = boundaries.read_about(layer_file)
    around = home / "context.geojson"
    return City(
        layer=layer,
        every=layer,
        about=about,
        report=report.read_text("utf-8") if report.exists() else "",
        library=library,
        base=_base(layer, home, about),
        context=gpd.read_file(around) if around.exists() else None,
        strangers=tuple(sorted(set(named) - set(layer[KODE]))),
        outlines={column: _outline(layer, column) for column in _OUTLINE_COLUMNS},
    )


def _base(layer: gpd.GeoDataFrame, home: Path, about: dict[str, str]) -> Base:
    """Publish the geometry of a city and return what its map is drawn from."""
    west, south, east, north = (float(edge) for edge in layer.total_bounds)
    around = home / "context.geojson"
    outlines = {column: _outline(layer, column) for column in _OUTLINE_COLUMNS}
    return Base(
        areas=_publish("kelurahan.geojson", (home / "kelurahan.geojson").read_bytes()),
        context=_publish("context.geojson", around.read_bytes()) if around.exists() else "",
        outlines={
            column: _publish(f"{column}.geojson", boundaries.to_geojson(frame))
            for column, frame in outlines.items()
            if len(frame)
        },
        bounds=(west, south, east, north),
        attribution=about.get("attribution", ""),
        patterns=pattern_definitions(),
    )


def _publish(name: str, content: bytes) -> str:
    return assets.publish(name, content, assets.GEOJSON)


def _outline(layer: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """Return the outlines of kecamatan or dapil, named in ``kelurahan``."""
    known = layer.loc[layer[column] != "", [column, "geometry"]]
    merged = known.dissolve(by=column, method="coverage").reset_index()
    words = merged[column] if column == KECAMATAN else "Dapil " + merged[column].astype(str)
    return merged.assign(**{KODE: merged[column], KELURAHAN: words})[[KODE, KELURAHAN, "geometry"]]
