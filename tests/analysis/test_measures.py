import numpy as np
import pandas as pd
import pytest

from kantong.analysis.measures import measure, nearest_period, periods
from kantong.geo.errors import JoinError, TableError


def test_a_count_is_what_was_observed(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_people", "2025", nine)
    expected = [50, 100, 100, 100, 200, 0, np.nan, 100, 150]
    np.testing.assert_allclose(found.value, expected)
    assert found.value.index.tolist() == nine["kode"].tolist()
    assert found.reason["99.01.02.1007"] == "The count is not known."
    assert found.datasets == ("SIMULASI-tutorial",)


def test_a_rate_carries_its_parts_and_their_periods(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_rate", "2025", nine)
    assert found.value["99.01.02.1008"] == 25
    assert (found.numerator["99.01.02.1008"], found.denominator["99.01.02.1008"]) == (100, 400)
    assert found.denominator_period == "2025"
    assert found.reason["99.01.02.1006"] == "The denominator is zero."


def test_a_density_divides_by_the_area_of_the_layer(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_density", "2025", nine)
    assert found.value["99.01.02.1005"] == pytest.approx(200, rel=2e-4)
    assert found.denominator_period == ""


@pytest.mark.parametrize(
    ("wanted", "known", "chosen"),
    [
        ("2025-Q3", ["2023", "2024"], "2024"),
        ("2024-Q2", ["2023", "2024"], "2023"),
        ("2024-Q4", ["2023", "2024"], "2024"),
        ("2022", ["2023", "2024"], "2023"),
        ("2025", ["2025-Q1", "2025-Q3"], "2025-Q3"),
    ],
)
def test_the_denominator_is_the_nearest_that_is_not_later(wanted, known, chosen):
    assert nearest_period(wanted, known) == chosen


def test_figures_of_two_periods_are_never_mixed_silently(nine, nine_library):
    library = nine_library
    older = library.observations.assign(
        period=library.observations["period"].where(
            library.observations["indicator"] != "population", "2023"
        )
    )
    found = measure(older, library.indicators, "poor_rate", "2025", nine)
    assert (found.period, found.denominator_period) == ("2025", "2023")


def test_a_rate_without_a_denominator_has_no_periods(nine_library):
    poor = nine_library.observations[nine_library.observations["indicator"] == "poor_people"]
    assert periods(poor, nine_library.indicators, "poor_rate") == []
    assert periods(poor, nine_library.indicators, "poor_people") == ["2025"]


def test_an_unknown_period_is_refused(nine, nine_library):
    library = nine_library
    with pytest.raises(TableError, match="no figures of poor_people for 1999"):
        measure(library.observations, library.indicators, "poor_people", "1999", nine)


def test_two_figures_for_one_kelurahan_are_held(nine, nine_library):
    library = nine_library
    doubled = pd.concat([library.observations, library.observations.assign(dataset="lain")])
    with pytest.raises(
        JoinError, match=r"poor_people 2025 \(SIMULASI-tutorial, lain\): .* have two figures"
    ):
        measure(doubled, library.indicators, "poor_people", "2025", nine)
