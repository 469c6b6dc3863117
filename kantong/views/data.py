"""What the pages read, kept in memory until a file changes.

What follows from it is kept where it is worked out.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import streamlit as st

from kantong.analysis import suppression
from kantong.analysis.measures import Measure, aggregate, measure, periods
from kantong.analysis.neighbours import Neighbours, queen
from kantong.analysis.standout import city_figure
from kantong.analysis.suppression import is_suppressed
from kantong.geo import boundaries, levels
from kantong.geo.files import sha256
from kantong.geo.levels import Level
from kantong.geo.schema import (
    DAPIL,
    DATASET,
    KABUPATEN,
    KECAMATAN,
    KELURAHAN,
    KODE,
    Dataset,
    Indicator,
)
from kantong.maps import assets
from kantong.maps.style import pattern_definitions
from kantong.maps.webmap import Base
from kantong.store import figures, place
from kantong.store.library import Library, data_folder, load

TUTORIAL = Path(__file__).resolve().parents[2] / "data" / "tutorial"
TUTORIAL_NAME = "latihan"
_OUTLINE_COLUMNS = (KECAMATAN, DAPIL)
_Changed = tuple[str, tuple[int, str]]


@dataclass(frozen=True, eq=False)
class City:
    """Boundaries and figures as one view shows them; shared by all sessions, never changed.

    Parameters
    ----------
    layer
        The areas drawn, ``LAYER_COLUMNS``, sorted by ``kode``. For layers larger than a city
        these may be kabupaten or kecamatan, ``kode`` and ``kelurahan`` being theirs.
    areas
        The kelurahan in view; the same as ``layer`` in a city.
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
        Region by ``kode`` of ``areas``, where the areas drawn are regions; else None.
    covered
        True where small counts are suppressed.
    outlines
        Kecamatan and dapil, named in ``kelurahan``.
    trail
        Code and name of the regions from the whole to the one looked into.
    home
        The data folder.
    """

    layer: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    every: gpd.GeoDataFrame
    about: dict[str, str]
    report: str
    library: Library
    base: Base
    context: gpd.GeoDataFrame | None
    strangers: tuple[str, ...]
    level: Level = "kelurahan"
    region: str = ""
    parts: "pd.Series[str] | None" = None
    covered: bool = False
    outlines: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    trail: tuple[tuple[str, str], ...] = ()
    home: Path = Path()

    def name(self) -> str:
        """Return the name of the kabupaten or kota; empty where it is not known or not one."""
        names = set(self.every[KABUPATEN]) - {""}
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

    def together(self, found: Measure) -> float:
        """Return the figure of all areas in view; covered counts are in it.

        NaN where the sum would tell a covered count: no other area has any, or the region looked
        into is covered itself on the map above.
        """
        indicator = self.library.indicators[found.indicator]
        shown = (found.numerator > 0).any()
        if (is_suppressed(found).any() and not shown) or self._is_hidden_above(found):
            return float("nan")
        return city_figure(self.whole(found.indicator, found.period), indicator)

    def _is_hidden_above(self, found: Measure) -> bool:
        if not (self.covered and self.region):
            return False
        level = levels.LEVELS[self.region.count(".") - 1]
        return bool(_hidden(self, found.indicator, found.period)[level][self.region])

    def datasets(self, found: Measure) -> list[Dataset]:
        """Return the data sets a measure comes from."""
        return [self.library.datasets[key] for key in found.datasets]

    def datasets_in_use(self) -> list[Dataset]:
        """Return the data sets of which something is left; an import may replace all of one."""
        held = self.library
        tables = (held.observations, held.interventions, held.city_series, held.kecamatan)
        named = {key for table in tables for key in table[DATASET].unique()}
        return [dataset for key, dataset in held.datasets.items() if key in named]

    def is_simulated(self, found: Measure) -> bool:
        """Tell whether any figure of a measure is invented."""
        return any(dataset.simulated for dataset in self.datasets(found))

    def indicators(self) -> dict[str, Indicator]:
        """Return the indicators that have figures, without details of others."""
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
        return neighbours(self).of(kode)


@lru_cache(maxsize=8)
def _indicators(library: Library) -> dict[str, Indicator]:
    return {
        key: one
        for key, one in library.indicators.items()
        if not one.part_of and _periods(library, key)
    }


@lru_cache(maxsize=1024)
def _periods(library: Library, indicator: str) -> list[str]:
    return periods(library.observations, library.indicators, indicator)


@lru_cache(maxsize=1024)
def _whole(city: City, indicator: str, period: str) -> Measure:
    library = city.library
    found = measure(library.observations, library.indicators, indicator, period, city.areas)
    return found if city.parts is None else aggregate(found, city.parts)


@lru_cache(maxsize=1024)
def _measure(city: City, indicator: str, period: str) -> Measure:
    found = _whole(city, indicator, period)
    if not city.covered:
        return found
    return suppression.cover(found, _hidden(city, indicator, period)[city.level])


def _hidden(city: City, indicator: str, period: str) -> dict[Level, "pd.Series[bool]"]:
    """Return, by level and ``kode``, which figures of a whole layer may not be shown.

    All views of a level take from it: what one view hides, another must not give away.
    """
    chosen = city.library.indicators[indicator]
    counted = chosen.numerator or indicator
    whole = city.library.indicators[counted].adds_to or counted
    alone = period not in _periods(city.library, whole)
    every = unbound(city)
    return _hidden_with_parts(every, counted if alone else whole, period)[counted]


@lru_cache(maxsize=1024)
def _hidden_with_parts(
    city: City, whole: str, period: str
) -> dict[str, dict[Level, "pd.Series[bool]"]]:
    """Return the same of a count and of the parts that make it up, as far as there are any."""
    known = city.library.indicators
    parts = [name for name, one in known.items() if one.adds_to == whole]
    told = [name for name in parts if period in _periods(city.library, name)]
    counts = {name: _whole(city, name, period).numerator for name in [whole, *told]}
    kecamatan = levels.region_of(city.every, KECAMATAN)
    parents: list[pd.Series[str]] = []
    if len(city.every) > levels.MOST_AREAS_AT_ONCE:
        regions = pd.DataFrame({KODE: sorted(set(kecamatan))})
        parents = [kecamatan, levels.region_of(regions, KABUPATEN)]

    def hide(name: str, besides: list["pd.Series[bool]"]) -> list["pd.Series[bool]"]:
        smallest = known[name].smallest_shown
        if parents:
            return suppression.hidden_by_level(counts[name], parents, smallest, besides=besides)
        return [suppression.hidden(counts[name], smallest, groups=kecamatan, besides=besides[0])]

    leveled = {name: suppression.by_level(count, parents) for name, count in counts.items()}
    found = suppression.hidden_together(leveled, whole, known[whole].smallest_shown, hide)
    names = list(reversed(levels.LEVELS))[: len(parents) + 1]
    return {name: dict(zip(names, one, strict=True)) for name, one in found.items()}


@lru_cache(maxsize=64)
def unbound(city: City) -> City:
    """Return the same city with all its areas in view."""
    return replace(city, layer=city.every, areas=city.every, parts=None)


@lru_cache(maxsize=64)
def neighbours(city: City) -> Neighbours:
    """Return which areas in view touch."""
    return queen(city.layer)


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


def version(folder: str) -> str:
    """Return what changes whenever anything does that a view of a data folder is made from.

    Parameters
    ----------
    folder
        A key of :func:`folders`.
    """
    return repr(_newest_change(folders()[folder]))


def _newest_change(folder: Path) -> _Changed:
    """Return what changes whenever a file of the data folder does, or the store."""
    files = (path for path in sorted(folder.rglob("*")) if not place.belongs_to_store(path))
    seen = [(str(path), path.stat()) for path in files if path.is_file()]
    told = [(name, about.st_mtime_ns, about.st_size) for name, about in seen]
    return sha256(repr(told).encode()), figures.revision()


@st.cache_resource(max_entries=256, show_spinner=False)
def _seen(folder: str, changed: _Changed, region: str, covered: bool) -> City:  # noqa: FBT001 - key
    return replace(look_into(_read(folder, changed), region), covered=covered)


def look_into(whole: City, region: str) -> City:
    """Return the view of a region in a layer larger than a city; a city is seen whole."""
    step = levels.step(whole.every, region)
    if len(whole.every) <= levels.MOST_AREAS_AT_ONCE:
        return whole
    shown, parts = step.areas, None
    if step.level != levels.LEVELS[-1]:
        tolerance = levels.OVERVIEW_TOLERANCE_M[step.level]
        shown = levels.dissolve(step.areas, step.level, tolerance_m=tolerance)
        parts = levels.region_of(step.areas, step.level).set_axis(step.areas[KODE])
    name = f"{step.level}-{region or 'semua'}.geojson"
    west, south, east, north = (float(edge) for edge in shown.total_bounds)
    base = replace(
        whole.base,
        areas=_publish(name, boundaries.to_geojson(shown)),
        bounds=(west, south, east, north),
    )
    return replace(
        whole, layer=shown, areas=step.areas, base=base, level=step.level, region=region,
        parts=parts, trail=(("", whole.name()), *step.trail),
    )  # fmt: skip


def regions(folder: str) -> frozenset[str]:
    """Return the codes of the regions that may be looked into, and the empty one for all."""
    home = folders()[folder]
    return _regions(_read(str(home), _newest_change(home)))


@lru_cache(maxsize=8)
def _regions(whole: City) -> frozenset[str]:
    if len(whole.every) <= levels.MOST_AREAS_AT_ONCE:
        return frozenset({""})
    both = (levels.region_of(whole.every, level) for level in levels.LEVELS[:-1])
    return frozenset({"", *(code for codes in both for code in codes)})


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, changed: _Changed) -> City:  # noqa: ARG001 - part of the cache key
    home = Path(folder)
    layer_file = home / "kelurahan.geojson"
    report = layer_file.with_suffix(".report.txt")
    layer = boundaries.load(layer_file)
    library = load(home, figures.stored(layer.set_index(KODE)[KELURAHAN]))
    named = pd.concat([library.observations[KODE], library.interventions[KODE]])
    about = boundaries.read_about(layer_file)
    around = home / "context.geojson"
    outlines = {} if len(layer) > levels.MOST_AREAS_AT_ONCE else _outlines(layer)
    return City(
        layer=layer,
        areas=layer,
        every=layer,
        about=about,
        report=report.read_text("utf-8") if report.exists() else "",
        library=library,
        base=_base(layer, home, about, outlines),
        context=gpd.read_file(around) if around.exists() else None,
        strangers=tuple(sorted(set(named) - set(layer[KODE]))),
        outlines=outlines,
        home=home,
    )


def _outlines(layer: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return the lines of kecamatan and dapil, where there are any."""
    made = {column: levels.dissolve(layer, column) for column in _OUTLINE_COLUMNS}
    words = made[DAPIL][DAPIL].map(lambda dapil: f"Dapil {dapil}")
    made[DAPIL] = made[DAPIL].assign(**{KELURAHAN: words})
    return {column: frame for column, frame in made.items() if len(frame)}


def _base(
    layer: gpd.GeoDataFrame,
    home: Path,
    about: dict[str, str],
    outlines: dict[str, gpd.GeoDataFrame],
) -> Base:
    """Publish the geometry of a city and return what its map is drawn from."""
    west, south, east, north = (float(edge) for edge in layer.total_bounds)
    around = home / "context.geojson"
    whole = home / "kelurahan.geojson"
    is_city = len(layer) <= levels.MOST_AREAS_AT_ONCE
    return Base(
        areas=_publish(whole.name, whole.read_bytes()) if is_city else "",
        context=_publish("context.geojson", around.read_bytes()) if around.exists() else "",
        outlines={
            column: _publish(f"{column}.geojson", boundaries.to_geojson(frame))
            for column, frame in outlines.items()
        },
        bounds=(west, south, east, north),
        attribution=about.get("attribution", ""),
        patterns=assets.publish("patterns.svg", pattern_definitions().encode(), "image/svg+xml"),
    )


def _publish(name: str, content: bytes) -> str:
    return assets.publish(name, content, assets.GEOJSON)
