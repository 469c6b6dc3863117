"""Small counts in a layer that is looked at one region at a time: Malang, as if it were too large.

Somebody asks for sewing in six kelurahan only: 3 in Kedungkandang (01), 20 and 30 in Sukun (02),
40 and 60 in Klojen (03). The 3 must not be shown, and no other view may tell it.
"""

from dataclasses import replace

import pandas as pd
import pytest

from kantong.geo import levels
from kantong.views import data

NEED, PERIOD = "training_need_menjahit", "2025"
COUNTS = {
    "35.73.01.1001": 3, "35.73.02.1001": 20, "35.73.02.1002": 30, "35.73.03.1001": 40,
    "35.73.03.1002": 60,
}  # fmt: skip


@pytest.fixture
def look(monkeypatch):
    """Looks into a region of the layer."""
    monkeypatch.setattr(levels, "MOST_AREAS_AT_ONCE", 10)
    whole = data.city(covered=True)

    def into(region=""):
        seen = whole.library.observations
        other = seen[(seen["indicator"] != NEED) | (seen["period"] != PERIOD)]
        own = pd.DataFrame({"kode": list(whole.every["kode"]), "indicator": NEED, "period": PERIOD})
        own["value"] = own["kode"].map(COUNTS).fillna(0).astype(float)
        own["dataset"] = seen["dataset"].iloc[0]
        library = replace(whole.library, observations=pd.concat([other, own], ignore_index=True))
        return data.look_into(replace(whole, library=library), region)

    return into


def known(city):
    found = city.measure(NEED, PERIOD)
    return {str(kode): value for kode, value in found.value.items() if value > 0}


def test_what_a_region_hides_no_total_of_its_parts_tells(look):
    """Of the city are shown 153 and Klojen's 100: a total of Sukun, 50, would leave the 3."""
    city = look()
    assert known(city) == {"35.73.03": 100}
    assert city.together(city.measure(NEED, PERIOD)) == 153
    for region in ("35.73.01", "35.73.02"):
        part = look(region)
        assert pd.isna(part.together(part.measure(NEED, PERIOD)))
    part = look("35.73.03")
    assert part.together(part.measure(NEED, PERIOD)) == 100


def test_where_a_region_is_hidden_so_are_its_parts(look):
    """Sukun's parts together are its total, so they are not shown either."""
    assert known(look("35.73.01")) == {}
    assert known(look("35.73.02")) == {}
    assert known(look("35.73.03")) == {"35.73.03.1001": 40, "35.73.03.1002": 60}


def test_a_region_is_small_even_where_its_parts_hide_each_other(look, monkeypatch):
    """Two of 1 and 2 make 3 in Kedungkandang; Sukun is hidden with it, and so are its parts."""
    monkeypatch.setitem(COUNTS, "35.73.01.1001", 1)
    monkeypatch.setitem(COUNTS, "35.73.01.1002", 2)
    assert known(look()) == {"35.73.03": 100}
    assert known(look("35.73.02")) == {}


def test_a_planner_sees_all(look):
    city = replace(look(), covered=False)
    assert known(city) == {"35.73.01": 3, "35.73.02": 50, "35.73.03": 100}
