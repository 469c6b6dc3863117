import datetime as dt
from dataclasses import replace

import pytest

from kantong.geo.errors import StoreError
from kantong.store import audit, decisions
from kantong.store.decisions import Alias, Mapping
from tests.store.samples import AREA


def sukun(**changes):
    given = {"source": "dtsen", "given_kelurahan": "SUKUN KIDUL", "given_kecamatan": "SUKUN"}
    return replace(Alias(**given, kode="99.01.01.1001"), **changes)


def mapping(**changes):
    made = Mapping(
        name="DTSEN triwulan", signature="ab12", content={"kode": "Kode Wilayah", "skip": [1, 2]},
        saved_by="ani", saved_at=dt.datetime(2025, 9, 30, 7, 15, tzinfo=dt.UTC),
    )  # fmt: skip
    return replace(made, **changes)


def test_decisions_on_names_are_remembered_by_area_and_source(store):
    outside = Alias(source="dtsen", given_code="35.07", kode=None, kind="outside")
    elsewhere = sukun(source="p3ke")
    for one in (sukun(), outside, elsewhere):
        decisions.remember_alias(store, AREA, one, "ani")
    assert decisions.aliases(store, AREA) == [sukun(), outside, elsewhere]
    assert decisions.aliases(store, AREA, "dtsen") == [sukun(), outside]
    assert decisions.aliases(store, "35.73") == []


def test_a_later_decision_replaces_the_earlier_and_the_trail_holds_both(store):
    decisions.remember_alias(store, AREA, sukun(), "ani")
    decisions.remember_alias(store, AREA, sukun(kode=None, kind="outside"), "budi")
    assert decisions.aliases(store, AREA) == [sukun(kode=None, kind="outside")]
    trail = audit.trail(store, AREA)
    assert trail["who"].tolist() == ["ani", "budi"]
    assert trail["subject"].tolist() == ["SUKUN KIDUL / SUKUN"] * 2
    assert [(one["replaced"], one["before"], one["kode"]) for one in trail["detail"]] == [
        (False, None, "99.01.01.1001"),
        (True, "99.01.01.1001", None),
    ]


def test_a_decision_can_be_forgotten(store):
    decisions.remember_alias(store, AREA, sukun(), "ani")
    assert not decisions.forget_alias(store, "35.73", sukun(), "budi")
    assert decisions.forget_alias(store, AREA, sukun(kode=None), "budi")
    assert not decisions.forget_alias(store, AREA, sukun(), "budi")
    assert decisions.aliases(store, AREA) == []
    assert audit.trail(store, AREA)["action"].tolist() == ["remember", "forget"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"given_kelurahan": "3573010101800001"}, "may be an identity number"),
        ({"given_kelurahan": "", "given_kecamatan": ""}, "without a name or code"),
    ],
)
def test_what_is_no_name_is_not_remembered(store, wrong, message):
    with pytest.raises(StoreError, match=message):
        decisions.remember_alias(store, AREA, sukun(**wrong), "ani")
    assert decisions.aliases(store, AREA) == []
    assert audit.revision(store)[0] == 0


def test_mappings_are_found_by_the_headers_of_a_file(store):
    other = mapping(name="P3KE", signature="cd34")
    for one in (mapping(), other):
        decisions.save_mapping(store, AREA, one)
    assert decisions.mappings(store, AREA) == [other, mapping()]
    assert decisions.mappings(store, AREA, "ab12") == [mapping()]
    assert decisions.mappings(store, "35.73") == []


def test_a_mapping_saved_under_the_same_name_replaces_the_other(store):
    decisions.save_mapping(store, AREA, mapping())
    changed = mapping(content={"kode": "lain"}, saved_by="budi")
    decisions.save_mapping(store, AREA, changed)
    assert decisions.mappings(store, AREA) == [changed]
    assert [one["replaced"] for one in audit.trail(store, AREA)["detail"]] == [False, True]
