"""Invented counts by kelurahan: neighbours resemble each other, published totals hold exactly.

Nothing here says anything about a real kelurahan. Pockets are drawn by the seed.
"""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kantong.example import margins
from kantong.geo.schema import AREA_KM2, KECAMATAN, KODE

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

QUARTERS = ("2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3")
TRAINING_KINDS = ("menjahit", "tata_boga", "otomotif", "digital", "tata_rias", "pertukangan")
_TRAINING_ASKED = (620, 740, 430, 560, 310, 380)
_STEEPNESS = {1: 0.55, 2: 0.5, 3: 0.42, 4: 0.34, 5: 0.26}
_GROWTH_A_QUARTER_BACK = 0.006
_TOUCHING_M = 5.0
# Invented: how targeting of PKH and BPNT goes wrong, and who has long been served.
_CHOSEN_BY_DECILE = (1.0, 0.85, 0.6, 0.4, 0.25)
_LEAKED, _ABOVE = 0.07, (6, 4)
_STAYED, _MOVED, _YEARS_BETWEEN = 0.9, 0.6, 8


def share_out(weights: npt.ArrayLike, total: int, caps: npt.ArrayLike | None = None) -> Counts:
    """Return whole numbers in proportion to weights that sum to a total exactly.

    Parameters
    ----------
    weights
        Shares, zero or more, at least one of them positive when ``total`` is.
    total
        What the result sums to.
    caps
        Largest count for each entry; what would lie above goes to the others.

    Returns
    -------
    ndarray
        Whole numbers, one a weight.

    Raises
    ------
    ValueError
        The caps of the entries with weight cannot hold the total.

    Notes
    -----
    Without caps the method of Hare and Niemeyer: whole parts first, then one each by largest
    remainder, the earlier entry first among equals. What lies above a cap is shared out again in
    the same way among the entries that are not full, until nothing is left; an entry may then get
    more than its share rounded up, while another has none.

    Examples
    --------
    >>> share_out([1, 1, 1], 10).tolist()
    [4, 3, 3]
    >>> share_out([8, 1, 1], 10, caps=[4, 9, 9]).tolist()
    [4, 3, 3]
    """
    share = np.asarray(weights, dtype=np.float64)
    limit = np.full(share.shape, total) if caps is None else np.asarray(caps, dtype=np.int64)
    if limit[share > 0].sum() < total:
        raise ValueError("the caps cannot hold the total")
    counts = np.zeros(share.shape, dtype=np.int64)
    free = share > 0
    while (left := total - int(counts.sum())) > 0:
        counts[free] += _round_to_total(share[free], left)
        counts = np.minimum(counts, limit)
        free = (share > 0) & (counts < limit)
    return counts


def _round_to_total(share: Numbers, total: int) -> Counts:
    exact = np.round(share / share.sum() * total, 9)
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return np.asarray(whole, dtype=np.int64)


def neighbour_means(layer: gpd.GeoDataFrame) -> Numbers:
    """Return the matrix that takes values to the mean of each area's queen neighbours.

    Parameters
    ----------
    layer
        Polygons with a CRS; areas within 5 m of each other are neighbours.

    Returns
    -------
    ndarray
        Square; rows sum to 1, or to 0 for an area without neighbours.
    """
    metric = layer.geometry.to_crs(layer.estimate_utm_crs()).to_numpy()
    left, right = shapely.STRtree(metric).query(metric, predicate="dwithin", distance=_TOUCHING_M)
    matrix = np.zeros((len(layer), len(layer)))
    matrix[left, right] = 1.0
    np.fill_diagonal(matrix, 0.0)
    return np.asarray(matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1.0))


class City:
    """One simulated city: population, latent deprivation and the counts that follow from them.

    Parameters
    ----------
    layer
        Canonical boundaries of Kota Malang, in any row order.
    seed
        Seed of every draw; the same layer and seed give the same counts.
    """

    def __init__(self, layer: gpd.GeoDataFrame, seed: int) -> None:
        self.places = layer.sort_values(KODE, ignore_index=True)
        self.means = neighbour_means(self.places)
        self._rng = np.random.default_rng(seed)
        self.population = self._draw_population()
        self.deprivation = self._draw_deprivation()

    def within_kecamatan(
        self,
        weights: Numbers,
        totals: Mapping[str, int],
        fixed: tuple[str, int] | None = None,
        areas: int | None = None,
    ) -> Counts:
        """Return counts that meet a total in each kecamatan.

        Parameters
        ----------
        weights
            One a kelurahan.
        totals
            By kecamatan.
        fixed
            ``kode`` and count of the one kelurahan whose figure is published.
        areas
            How many kelurahan get anything: those of largest weight in each kecamatan.
        """
        counts = np.zeros(len(self.places), dtype=np.int64)
        names = self.places[KECAMATAN].to_numpy()
        open_to = np.ones(len(counts), dtype=bool)
        left = dict(totals)
        if fixed is not None:
            place = self.row_of(fixed[0])
            counts[place], open_to[place] = fixed[1], False
            left[names[place]] -= fixed[1]
        sizes = [int((names == name).sum()) for name in totals]
        chosen = sizes if areas is None else share_out([*totals.values()], areas, sizes)
        for name, most in zip(totals, chosen, strict=True):
            rows = np.flatnonzero((names == name) & open_to)
            rows = np.sort(rows[np.argsort(-weights[rows], kind="stable")][:most])
            counts[rows] = _at_least_one(weights[rows], left[name], spread=areas is not None)
        return counts

    def row_of(self, kode: str) -> int:
        """Return the row of a kelurahan."""
        return int(np.flatnonzero(self.places[KODE].to_numpy() == kode)[0])

    def noise(self, spread: float, *, smooth: int = 0) -> Numbers:
        """Return positive factors around 1: log-normal, alike among neighbours when smoothed."""
        values = self._rng.standard_normal(len(self.places))
        for _ in range(smooth):
            values = _standardise(0.5 * values + 0.5 * self.means @ values)
        return np.asarray(np.exp(spread * values).round(6), dtype=np.float64)

    def need(self, steepness: float) -> Numbers:
        """Return population times a factor that rises with deprivation."""
        factor = np.exp(steepness * self.deprivation)
        return np.asarray((self.population * factor).round(6), dtype=np.float64)

    def choose(self, size: int) -> Counts:
        """Return the rows of some kelurahan, each at most once."""
        return np.sort(self._rng.choice(len(self.places), size=size, replace=False))

    def _draw_population(self) -> Counts:
        area = self.places[AREA_KM2].to_numpy(dtype=np.float64).round(2)
        return self.within_kecamatan(
            area**0.5 * self.noise(0.25, smooth=1), margins.POPULATION_2023
        )

    def _draw_deprivation(self) -> Numbers:
        values = np.log(self.noise(1.0, smooth=2))
        for centre in self.choose(4):
            values[centre] += 1.6
            values += 0.9 * (self.means[:, centre] > 0)
        return np.asarray(np.clip(_standardise(values), -2.2, 2.6).round(6), dtype=np.float64)


def _standardise(values: Numbers) -> Numbers:
    return np.asarray((values - values.mean()) / values.std())


def _at_least_one(weights: Numbers, total: int, *, spread: bool) -> Counts:
    base = 1 if spread else 0
    return base + share_out(weights, total - base * len(weights))


def poor_people(city: City) -> dict[str, Counts]:
    """Return people below the poverty line by year; the years resemble each other."""
    drift = city.noise(0.08, smooth=1)
    factors = {"2024": np.ones_like(drift), "2025": drift}
    return {
        year: share_out(city.need(0.55) * factors[year], total, city.population)
        for year, total in margins.POOR_PEOPLE.items()
    }


def dtsen(city: City) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return people and families in deciles 1 to 5 by quarter.

    Returns
    -------
    tuple
        People and families: one row a kelurahan and quarter (``row``, ``period``), one column a
        decile (1 to 5). Only the people of 2025-Q3 follow published totals.
    """
    household = 3.05 * city.noise(0.05)
    drift = np.ones(len(city.places))
    people: list[pd.DataFrame] = []
    families: list[pd.DataFrame] = []
    for back, quarter in enumerate(reversed(QUARTERS)):
        counts = _deciles(city, drift, 1 + _GROWTH_A_QUARTER_BACK * back)
        sizes = {decile: household * (1.15 - 0.05 * decile) for decile in counts}
        homes = {
            decile: np.floor(counts[decile] / sizes[decile]).astype(np.int64) for decile in counts
        }
        place: dict[Any, Any] = {"row": np.arange(len(drift)), "period": quarter}
        people.insert(0, pd.DataFrame(place | counts))
        families.insert(0, pd.DataFrame(place | homes))
        drift = drift * city.noise(0.04, smooth=1)
    return pd.concat(people, ignore_index=True), pd.concat(families, ignore_index=True)


def _deciles(city: City, drift: Numbers, growth: float) -> dict[Any, Counts]:
    counts: dict[Any, Counts] = {}
    left = city.population.copy()
    for decile, total in margins.DTSEN_PEOPLE_2025Q3.items():
        weights = city.need(_STEEPNESS[decile]) * drift
        counts[decile] = share_out(weights, round(total * growth), left)
        left = left - counts[decile]
    return counts


def recipients(city: City, families: pd.DataFrame) -> dict[tuple[str, str], Counts]:
    """Return recipients by indicator and year.

    Parameters
    ----------
    families
        DTSEN families as :func:`dtsen` gives them; those of 2023-Q4 are the caps.

    Returns
    -------
    dict
        Families for PKH, BPNT and BPNTD, people for Rantang Kasih. Aid follows need only
        loosely. BPNTD goes to families that get neither PKH nor BPNT.
    """
    then = families.loc[families["period"] == QUARTERS[0], [1, 2, 3, 4, 5]].to_numpy()
    listed, poorest = then.sum(axis=1), then[:, :3].sum(axis=1)
    pkh = share_out(poorest * city.noise(0.25), margins.PKH_2023, listed)
    bpnt = share_out(listed * city.noise(0.2), margins.BPNT_2023, listed)
    others = listed - np.maximum(pkh, bpnt)
    bpntd = share_out(others * city.noise(0.35), margins.BPNTD_2023, others)
    served: dict[tuple[str, str], Counts] = {
        ("recipients_pkh", "2023"): pkh,
        ("recipients_bpnt", "2023"): bpnt,
        ("recipients_bpntd", "2023"): bpntd,
    }
    return served | _rantang_kasih(city)


def recipient_details(
    city: City, families: pd.DataFrame, served: Mapping[tuple[str, str], Counts]
) -> dict[tuple[str, str], Counts]:
    """Return what a register would tell of recipients: deciles, and since when.

    Parameters
    ----------
    families
        DTSEN families as :func:`dtsen` gives them; those of 2023-Q4 are the caps.
    served
        As :func:`recipients` gives it.

    Returns
    -------
    dict
        Families by indicator and year, for PKH and BPNT. Deciles sum to the recipients; those
        who were served in the earlier register too, and those who were not, do so as well.
    """
    then = families.loc[families["period"] == QUARTERS[0], [1, 2, 3, 4, 5]].to_numpy()
    told: dict[tuple[str, str], Counts] = {}
    for name in ("recipients_pkh", "recipients_bpnt"):
        counts = served[(name, "2023")]
        leaked = np.minimum(np.rint(counts * _LEAKED * city.noise(0.5)), counts // 4)
        chosen = then * np.array(_CHOSEN_BY_DECILE) * city.noise(0.2)[:, None]
        low = [
            share_out(weights, int(count - above), caps)
            for weights, count, above, caps in zip(chosen, counts, leaked, then, strict=True)
        ]
        high = [share_out(_ABOVE, int(above)) for above in leaked]
        by_decile = np.column_stack([low, high, np.zeros((len(counts), 3), dtype=np.int64)])
        for place, column in enumerate(by_decile.T, start=1):
            told[(f"{name}_d{place}", "2023")] = column
        shares = np.column_stack(
            [_STAYED * city.noise(0.3, smooth=1), _MOVED * city.noise(0.3), np.ones(len(counts))]
        )
        split = [share_out(row, int(n)) for row, n in zip(shares, counts, strict=True)]
        for stay, column in zip(("stayed", "moved", "fresh"), np.array(split).T, strict=True):
            told[(f"{name}_{stay}", "2023")] = column
        told[(f"{name}_years", "2023")] = np.full(len(counts), _YEARS_BETWEEN)
    return told


def _rantang_kasih(city: City) -> dict[tuple[str, str], Counts]:
    weights = city.need(0.3) * city.noise(0.4)
    kode, known = margins.RANTANG_KASIH_DINOYO_2023
    place = city.row_of(kode)
    served = {}
    for year, total in margins.RANTANG_KASIH.items():
        fixed = known if year == "2023" else 0
        share = np.where((np.arange(len(weights)) == place) & (fixed > 0), 0.0, weights)
        counts = share_out(share, total - fixed)
        counts[place] += fixed
        served[("recipients_rantang_kasih", year)] = counts
        weights = weights * city.noise(0.1)
    return served


def training_needs(city: City) -> dict[str, Counts]:
    """Return people asking for each kind of training; the totals are invented too."""
    return {
        kind: share_out(city.need(0.35) * city.noise(0.35, smooth=1), asked)
        for kind, asked in zip(TRAINING_KINDS, _TRAINING_ASKED, strict=True)
    }
