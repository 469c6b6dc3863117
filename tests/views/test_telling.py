"""What stands out about a kelurahan, in sentences that hold."""

import numpy as np
import pandas as pd
import pytest

from kantong.analysis.measures import measure
from kantong.analysis.standout import stand_out
from kantong.views import data, telling
from tests.conftest import TUTORIAL

ANGGREK, BAKUNG, CEMPAKA = "99.01.01.1001", "99.01.01.1002", "99.01.01.1003"


@pytest.fixture
def city(monkeypatch):
    """The drawing of nine kelurahan."""
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    return data.city()


def told(city, figures, *, near=(BAKUNG, CEMPAKA), whole=None):
    """Return the sentences of Anggrek, given poor people by kelurahan."""
    layer = city.layer[["kode"]]
    seen = pd.DataFrame(
        {"kode": list(figures), "value": np.array([*figures.values()], dtype=float)}
    )
    seen = seen.assign(indicator="poor_people", period="2025", dataset="register")
    indicators = city.library.indicators
    found = measure(seen, indicators, "poor_people", "2025", layer)
    facts = stand_out(found, indicators["poor_people"], ANGGREK, neighbours=near, city=whole)
    return " ".join(telling.sentences(city, facts))


@pytest.mark.parametrize(
    ("bakung", "cempaka", "words"),
    [
        (3, 4, "That is more than in any of its 2 neighbours."),
        (3, 5, "Of its 2 neighbours none has more, and some have as much."),
        (3, 7, "Of its 2 neighbours some have more and some have less."),
        (5, 7, "Of its 2 neighbours none has less, and some have as much."),
        (6, 7, "That is less than in any of its 2 neighbours."),
        (5, 5, "That is as much as in each of its 2 neighbours."),
        (6, None, "That is less than in any of its 1 neighbours whose figure is shown."),
    ],
)
def test_neighbours_are_told_as_they_are(city, bakung, cempaka, words):
    assert words in told(city, {ANGGREK: 5, BAKUNG: bakung, CEMPAKA: cempaka})


@pytest.mark.parametrize(("figure", "whole"), [(5, float("nan")), (0, None)])
def test_there_is_no_share_of_a_total_that_is_not_told_or_nothing(city, figure, whole):
    words = told(city, {ANGGREK: figure}, whole=whole)
    assert words == f"Anggrek: Poor people 2025 is {figure} people; rank 1 of 1."
