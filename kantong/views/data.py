"""What the pages read, kept in memory until a file changes; the only place that caches."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure, measure, periods
from kantong.geo import boundaries
from kantong.geo.schema import KODE, Dataset, Indicator
from kantong.maps.assets import addresses
from kantong.store.library import Library, data_folder, load


@dataclass(frozen=True)
class City:
    """Boundaries and figures of one city; shared by all sessions, never changed.

    Parameters
    ----------
    layer
        ``LAYER_COLUMNS``, sorted by ``kode``.
    about
        What the layer says about its own making.
    report
        Report of its building, as text; empty where there is none.
    library
        Catalogue, figures and data sets.
    addresses
        Addresses of the files that the map fetches.
    strangers
        ``kode`` of figures and interventions that are not in the layer, so are not shown.
    """

    layer: gpd.GeoDataFrame
    about: dict[str, str]
    report: str
    library: Library
    addresses: dict[str, str]
    strangers: tuple[str, ...]

    def periods(self, indicator: str) -> list[str]:
        """Return the periods of an indicator, oldest first."""
        return periods(self.library.observations, self.library.indicators, indicator)

    def measure(self, indicator: str, period: str) -> Measure:
        """Return an indicator in a period."""
        library = self.library
        return measure(library.observations, library.indicators, indicator, period, self.layer)

    def datasets(self, found: Measure) -> list[Dataset]:
        """Return the data sets a measure comes from."""
        return [self.library.datasets[key] for key in found.datasets]

    def indicators(self) -> dict[str, Indicator]:
        """Return the indicators that have figures."""
        return {
            key: indicator
            for key, indicator in self.library.indicators.items()
            if self.periods(key)
        }

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


def city() -> City:
    """Return the city of the data folder."""
    folder = data_folder()
    return _read(str(folder), _newest_change(folder))


def _newest_change(folder: Path) -> tuple[int, int]:
    """Return what changes whenever a file of the data folder does."""
    times = [path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()]
    return len(times), max(times, default=0)


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, changed: tuple[int, int]) -> City:  # noqa: ARG001 - part of the cache key
    home = Path(folder)
    layer_file = home / "kelurahan.geojson"
    report = layer_file.with_suffix(".report.txt")
    layer, library = boundaries.load(layer_file), load(home)
    named = pd.concat([library.observations[KODE], library.interventions[KODE]])
    return City(
        layer=layer,
        about=boundaries.read_about(layer_file),
        report=report.read_text("utf-8") if report.exists() else "",
        library=library,
        addresses=addresses(home),
        strangers=tuple(sorted(set(named) - set(layer[KODE]))),
    )
