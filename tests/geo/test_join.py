import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kantong.geo.errors import JoinError
from kantong.geo.join import join_counts

KODE = [f"99.01.01.1{n:03d}" for n in range(1, 13)]


def layer_of(kode):
    shapes = [shapely.box(n, 0, n + 1, 1) for n in range(len(kode))]
    return gpd.GeoDataFrame({"kode": kode}, geometry=shapes, crs="EPSG:4326")


def test_every_area_stays_and_both_kinds_of_strangers_are_reported(nine):
    counts = pd.DataFrame(
        {"kode": ["99.01.01.1002", "99.01.02.1009", "99.09.09.1009"], "value": [100.0, 150.0, 7.0]}
    )
    joined = join_counts(nine, counts, name="uji")
    assert joined.frame["kode"].tolist() == nine["kode"].tolist()
    assert joined.frame.set_index("kode")["value"].dropna().to_dict() == {
        "99.01.01.1002": 100,
        "99.01.02.1009": 150,
    }
    assert len(joined.without_count) == 7
    assert joined.without_area["kode"].tolist() == ["99.09.09.1009"]


def test_57_kelurahan_stay_on_the_left(malang):
    counts = pd.DataFrame({"kode": malang["kode"][:10], "value": 1.0})
    joined = join_counts(malang, counts, name="uji")
    assert len(joined.frame) == 57
    assert isinstance(joined.frame, gpd.GeoDataFrame)
    assert joined.frame.crs == malang.crs
    assert len(joined.without_count) == 47


def test_a_kode_twice_is_refused_on_either_side(nine):
    counts = pd.DataFrame({"kode": ["99.01.01.1001"] * 2, "value": [1.0, 2.0]})
    with pytest.raises(JoinError, match=r"uji: '99\.01\.01\.1001' have two figures"):
        join_counts(nine, counts, name="uji")
    doubled = pd.concat([nine, nine.iloc[:1]])
    with pytest.raises(JoinError, match=r"boundaries hold '99\.01\.01\.1001' twice"):
        join_counts(doubled, counts.iloc[:1], name="uji")


def test_an_index_of_any_kind_is_kept(nine):
    shuffled = nine.iloc[[4, 0, 8]].set_index(pd.Index(["c", "a", "b"]))
    counts = pd.DataFrame({"kode": nine["kode"], "value": range(9)})
    assert join_counts(shuffled, counts, name="uji").frame["value"].to_dict() == {
        "c": 4,
        "a": 0,
        "b": 8,
    }


@given(
    areas=st.lists(st.sampled_from(KODE), unique=True, min_size=1),
    values=st.dictionaries(st.sampled_from(KODE), st.integers(0, 10_000)),
)
def test_totals_are_conserved(areas, values):
    counts = pd.DataFrame({"kode": list(values), "value": list(values.values())}, dtype=object)
    joined = join_counts(layer_of(areas), counts, name="uji")
    assert joined.frame["value"].sum() + joined.without_area["value"].sum() == sum(values.values())
    assert set(joined.without_count) == set(areas) - set(values)


@given(order=st.permutations(range(9)))
def test_the_order_of_the_counts_is_irrelevant(nine, order):
    counts = pd.DataFrame({"kode": nine["kode"], "value": [float(n) for n in range(9)]})
    joined = join_counts(nine, counts.iloc[list(order)], name="uji")
    assert joined.frame["value"].tolist() == [float(n) for n in range(9)]
