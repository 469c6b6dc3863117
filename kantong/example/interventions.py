"""Invented interventions by kelurahan; programme totals are the published ones."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kantong.example import margins
from kantong.example.simulate import City, Counts, share_out
from kantong.geo.schema import KELURAHAN, KODE, PERIOD

Row = dict[str, Any]

_CITY, _STATE, _CSR = "APBD kota", "APBN", "CSR (Forum TSP)"
_RAISE, _CUT, _DIRECT = "raise_income", "cut_spending", "direct"
_LAST_PERIOD = "2025"
_ROUND_RP = 100_000


def interventions(city: City, served: Mapping[tuple[str, str], Counts]) -> list[Row]:
    """Return invented interventions, one row for each programme, period and kelurahan.

    Parameters
    ----------
    city
        The simulated city.
    served
        Recipients by indicator and year, as :func:`kantong.example.simulate.recipients` gives.

    Returns
    -------
    list
        Rows with the columns of ``INTERVENTION_COLUMNS`` but ``dataset``; None where not known.
    """
    return [
        *_assistance(city, served),
        *_houses(city),
        *_cigarette_tax(city),
        *_companies(city),
    ]


def _rows(city: City, what: Row, targets: Counts, **columns: Any) -> Iterator[Row]:  # noqa: ANN401
    """Yield a row for each kelurahan with a target; ``columns`` hold one entry a kelurahan."""
    for place in np.flatnonzero(targets > 0):
        own = {name: values[place] for name, values in columns.items()}
        target = int(targets[place])
        where = {name: city.places[name].iloc[place] for name in (KODE, KELURAHAN)}
        status = "running" if what[PERIOD] == _LAST_PERIOD else "done"
        defaults = {"target": target, "reached": target, "budget_rp": None, "status": status}
        yield what | where | defaults | own


def _what(programme: str, strategy: str, kind: str, funder: str, period: str) -> Row:
    return {
        "programme": programme,
        "strategy": strategy,
        "kind": kind,
        "funder": funder,
        PERIOD: period,
    }


def _assistance(city: City, served: Mapping[tuple[str, str], Counts]) -> Iterator[Row]:
    for name, strategy, kind, funder in (
        ("PKH", _RAISE, "cash", _STATE),
        ("BPNT", _CUT, "food", _STATE),
        ("BPNTD", _CUT, "food", _CITY),
        ("Rantang Kasih", _CUT, "food", _CITY),
    ):
        indicator = "recipients_" + name.lower().replace(" ", "_")
        for year, counts in (
            (year, got) for (key, year), got in served.items() if key == indicator
        ):
            yearly = [int(count) * 12 * margins.BPNTD_RP_A_MONTH for count in counts]
            budget = {"budget_rp": yearly} if name == "BPNTD" else {}
            yield from _rows(city, _what(name, strategy, kind, funder, year), counts, **budget)
    meals = share_out(city.need(0.4), margins.RANTANG_KASIH_CSR_2024)
    yield from _rows(city, _what("Rantang Kasih", _CUT, "food", _CSR, "2024"), meals)


def _houses(city: City) -> Iterator[Row]:
    weights = city.need(0.6) * city.noise(0.3)
    for period, funder, counts in (
        (
            "2023",
            _CITY,
            city.within_kecamatan(
                weights, margins.HOUSES_2023, areas=margins.HOUSES_2023_KELURAHAN
            ),
        ),
        ("2023", "PUPR", share_out(weights, margins.HOUSES_2023_OTHERS["PUPR"])),
        ("2023", "Baznas", share_out(weights, margins.HOUSES_2023_OTHERS["Baznas"])),
        (
            "2024",
            _CITY,
            city.within_kecamatan(
                weights, margins.HOUSES_2024, fixed=margins.HOUSES_2024_TULUSREJO
            ),
        ),
    ):
        what = _what("Bedah rumah", _DIRECT, "housing", funder, period)
        yield from _rows(
            city, what, counts, budget_rp=[int(count) * margins.HOUSE_RP for count in counts]
        )


def _cigarette_tax(city: City) -> Iterator[Row]:
    near_factories = city.population * city.noise(0.6, smooth=1)
    cash = share_out(near_factories, margins.BLT_DBHCHT_2025)
    yield from _rows(city, _what("BLT DBHCHT", _RAISE, "cash", _CITY, _LAST_PERIOD), cash)
    asked = share_out(near_factories, margins.DBHCHT_TRAINING_2025)
    what = _what("Pelatihan DBHCHT", _RAISE, "training", _CITY, _LAST_PERIOD)
    began = [None if place % 5 == 0 else int(count) for place, count in enumerate(asked)]
    yield from _rows(city, what, asked, reached=began)


def _companies(city: City) -> Iterator[Row]:
    social = margins.CSR_SOCIAL_RP_2025
    for period, programme, kind, total in (
        ("2024", "CSR", "sanitation", margins.CSR_RP["2024"]),
        ("2025", "CSR sosial", "business_capital", social),
        ("2025", "CSR", "sanitation", margins.CSR_RP["2025"] - social),
    ):
        places = city.choose(14)
        weights = np.zeros(len(city.places))
        weights[places] = city.noise(0.5)[places]
        # Whole hundred thousands: the published totals are such sums.
        money = share_out(weights, total // _ROUND_RP) * _ROUND_RP
        families = np.maximum(money // 5_000_000, 1) * (money > 0)
        what = _what(programme, _DIRECT, kind, _CSR, period)
        yield from _rows(city, what, families, budget_rp=[int(amount) for amount in money])
