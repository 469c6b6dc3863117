"""Charts: the numbers of their tooltips are written as the reader's language does."""

import pandas as pd
import pytest

from kantong.language import activate
from kantong.views import charts

BANDS = pd.DataFrame(
    {"name": ["a"], "value": [34_840.0], "lower": [30_000.0], "upper": [40_000.0], "text": ["x"]}
)
YEARS = pd.DataFrame(
    {"year": [2025], "value": [34_840.0], "kind": ["a"], "lower": [None], "upper": [None]}
)
# Years are written without separators in both languages.
YEAR = {"field": "year", "format": "d", "type": "quantitative"}


@pytest.mark.parametrize("chart", [charts.target(YEARS, "Poor"), charts.bands(BANDS, "Reached")])
def test_no_number_of_a_tooltip_is_left_to_the_browser(chart):
    told = chart.to_dict()
    for layer in told.get("layer", [told]):
        types = [one["type"] for one in layer["encoding"]["tooltip"] if one != YEAR]
        assert set(types) == {"nominal"}


@pytest.mark.parametrize(("spoken", "number"), [("id", "34.840"), ("en", "34,840")])
def test_numbers_of_tooltips_are_written_as_the_language_does(spoken, number):
    activate(spoken)
    for chart in (charts.target(YEARS, "Poor"), charts.bands(BANDS, "Reached")):
        (rows,) = chart.to_dict()["datasets"].values()
        assert number in rows[0].values()
