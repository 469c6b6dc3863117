import geopandas as gpd
import pytest
import shapely
from libpysal.weights import Queen

from kantong.analysis.neighbours import contiguous

# The drawing in data/tutorial/README.md, read as a chessboard: the end of each kode.
TOUCHING = {
    "1001": "1002 1004 1005",
    "1002": "1001 1003 1004 1005 1006",
    "1003": "1002 1005 1006",
    "1004": "1001 1002 1005 1007 1008",
    "1005": "1001 1002 1003 1004 1006 1007 1008 1009",
    "1006": "1002 1003 1005 1008 1009",
    "1007": "1004 1005 1008",
    "1008": "1004 1005 1006 1007 1009",
    "1009": "1005 1006 1008",
}


def test_neighbours_are_those_of_the_drawing(nine):
    found = contiguous(nine)
    ends = {kode[-4:]: " ".join(one[-4:] for one in near) for kode, near in found.items()}
    assert ends == TOUCHING
    assert list(found) == nine["kode"].tolist()


@pytest.mark.parametrize("layer", ["nine", "malang"])
def test_neighbours_agree_with_libpysal(request, layer):
    areas = request.getfixturevalue(layer)
    weights = Queen.from_dataframe(areas, ids=areas["kode"].tolist(), use_index=False)
    expected = {kode: tuple(sorted(near)) for kode, near in weights.neighbors.items()}
    assert contiguous(areas) == expected


def test_neighbours_are_mutual_and_nobody_is_its_own(malang):
    found = contiguous(malang)
    assert all(kode in found[other] for kode, near in found.items() for other in near)
    assert not any(kode in near for kode, near in found.items())


def test_row_order_is_irrelevant(malang):
    mixed = malang.sample(frac=1, random_state=3)
    found = contiguous(mixed)
    assert found == contiguous(malang)
    assert list(found) == mixed["kode"].tolist()


def test_an_area_without_neighbours_has_an_empty_tuple():
    squares = shapely.box([0, 3, 1], [0, 0, 1], [1, 4, 2], [1, 1, 2])
    layer = gpd.GeoDataFrame({"kode": ["c", "b", "a", "d"]}, geometry=[*squares, None], crs=4326)
    assert contiguous(layer) == {"c": ("a",), "b": (), "a": ("c",), "d": ()}


def test_a_layer_without_areas_has_no_neighbours(nine):
    assert contiguous(nine.iloc[:0]) == {}
    assert contiguous(nine.iloc[:1]) == {"99.01.01.1001": ()}
