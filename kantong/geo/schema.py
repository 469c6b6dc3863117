"""Names of columns, coordinate systems and the records that every room shares."""

from dataclasses import dataclass
from typing import Literal

KODE = "kode"
KODE_BPS = "kode_bps"
KELURAHAN = "kelurahan"
KECAMATAN = "kecamatan"
KABUPATEN = "kabupaten"
DAPIL = "dapil"
AREA_KM2 = "area_km2"
GEOMETRY = "geometry"
LAYER_COLUMNS = (KODE, KODE_BPS, KELURAHAN, KECAMATAN, KABUPATEN, DAPIL, AREA_KM2, GEOMETRY)

INDICATOR = "indicator"
PERIOD = "period"
VALUE = "value"
DATASET = "dataset"
OBSERVATION_COLUMNS = (KODE, KELURAHAN, INDICATOR, PERIOD, VALUE, DATASET)
INTERVENTION_COLUMNS = (
    "programme", "strategy", "kind", "funder", KODE, KELURAHAN, PERIOD,
    "target", "reached", "budget_rp", "status", DATASET,
)  # fmt: skip

CRS_STORED = "EPSG:4326"

# How far a built layer is simplified, and how wide the gaps are that are closed (metres).
TOLERANCE_M, GAP_WIDTH_M = 2.0, 20.0

# Longitude and latitude of Indonesia, with half a degree to spare (degrees, EPSG:4326).
INDONESIA_BOUNDS = (94.5, -11.5, 141.5, 6.5)


@dataclass(frozen=True)
class Indicator:
    """One entry of the indicator catalogue.

    Parameters
    ----------
    id
        Key used in files and URLs, e.g. ``poor_people``.
    label, unit, definition
        Texts by language (``id`` and ``en``).
    kind
        ``count`` and ``amount`` are observed; ``rate`` is ``numerator`` / ``denominator``.
    numerator, denominator
        For rates: indicator ids, or ``area_km2`` as denominator. Empty otherwise.
    scale
        Factor shown with a rate: 100 for per cent, 1 for people per km².
    higher_is_worse
        Direction: True where a high value means more need.
    smallest_shown
        Counts below this are suppressed in public views.
    adds_to
        For a part of a whole: the count that all its parts make up together. A small part must not
        follow from the whole and the other parts.
    detailed
        True for recipients of whom a register tells the decile, and since when they are so.
    part_of
        For such a detail: the indicator whose detail it is. It is never shown by itself.
    """

    id: str
    label: dict[str, str]
    unit: dict[str, str]
    definition: dict[str, str]
    kind: Literal["count", "rate", "amount"]
    numerator: str = ""
    denominator: str = ""
    scale: float = 1.0
    higher_is_worse: bool = True
    smallest_shown: int = 5
    adds_to: str = ""
    detailed: bool = False
    part_of: str = ""


@dataclass(frozen=True)
class Dataset:
    """Where observations come from: one file, immutable.

    Parameters
    ----------
    id
        Key that stands in the ``dataset`` column of every observation.
    title
        By language (``id`` and ``en``).
    source
        Publisher and address, or seed and generator of a simulation.
    licence
        Licence or terms of the data.
    simulated
        True for invented figures: every view, print and download says SIMULASI.
    path, sha256
        File name inside the data folder and the hash of its bytes.
    note
        By language: what a reader must know (gaps, sums that do not add up).
    imported
        True for what a user brought: nobody here vouches that it was published.
    """

    id: str
    title: dict[str, str]
    source: str
    licence: str
    simulated: bool
    path: str
    sha256: str
    note: dict[str, str]
    imported: bool = False
