import json
import shutil

import pytest

from kantong.geo.errors import TableError
from kantong.geo.files import sha256
from kantong.store.library import data_folder, load
from tests.conftest import DATA, TUTORIAL


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(TUTORIAL, tmp_path / "kota")
    return tmp_path / "kota"


def rewrite(folder, change):
    """Change the table and record its new hash, as an honest editor would."""
    table, package = folder / "counts" / "counts.csv", folder / "counts" / "datapackage.json"
    table.write_text(change(table.read_text("utf-8")), "utf-8")
    described = json.loads(package.read_text("utf-8"))
    described["resources"][0]["hash"] = f"sha256:{sha256(table.read_bytes())}"
    package.write_text(json.dumps(described), "utf-8")


def describe(folder, change):
    package = folder / "counts" / "datapackage.json"
    described = json.loads(package.read_text("utf-8"))
    change(described)
    package.write_text(json.dumps(described), "utf-8")


def test_the_data_folder_holds_simulated_and_published_sets_side_by_side():
    library = load(DATA)
    simulated = {key for key, one in library.datasets.items() if one.simulated}
    assert all(key.startswith("SIMULASI-") for key in simulated)
    assert {"bps-city-series", "rtlh-2025", "published-kecamatan"} <= set(library.datasets)
    assert not {"bps-city-series", "rtlh-2025"} & simulated
    assert all(one.source and one.licence for one in library.datasets.values())


def test_the_published_city_series_is_the_one_of_bps():
    series = load(DATA).city_series.set_index("year")
    latest = series.to_dict("index")[2025.0]
    assert (latest["poor_thousand"], latest["p0_percent"]) == (34.41, 3.85)
    assert latest["poverty_line_rp"] == 737_954
    assert series["poor_thousand"].isna()[2006]


def test_a_changed_byte_is_noticed(copy):
    table = copy / "counts" / "counts.csv"
    table.write_text(table.read_text("utf-8").replace(",150,", ",151,"), "utf-8")
    with pytest.raises(TableError, match="no longer matches the hash"):
        load(copy)


def test_missing_values_are_missing_and_not_zero(nine_library):
    poor = nine_library.observations.set_index(["kode", "indicator"])["value"]
    assert poor.isna()["99.01.02.1007", "poor_people"]
    assert poor["99.01.02.1006", "poor_people"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace(",150,", ",banyak,"), "column value holds no number on line"),
        (lambda text: text.replace("poor_people", "kaya"), "indicators kaya are not in the"),
        (lambda text: text.replace("SIMULASI-tutorial", "lain", 1), "rows name the data sets lain"),
        (lambda text: text.replace("kode,", "code,", 1), "its columns are not kode, kelurahan"),
    ],
)
def test_a_table_that_is_not_as_described_is_refused(copy, change, message):
    rewrite(copy, change)
    with pytest.raises(TableError, match=message):
        load(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.pop("resources"), "is not a data package"),
        (lambda one: one["resources"][0].pop("sources"), "lacks its name, title, path, sources"),
        (
            lambda one: one["resources"][0].update(path="../indicators.toml"),
            "outside the folder of its data package",
        ),
        (lambda one: one["resources"][0].update(path="hilang.csv"), "cannot be read. Restore"),
        (
            lambda one: one["resources"][0]["kantong"].update(content="foto"),
            "holds foto, which is not known",
        ),
        (
            lambda one: one["resources"][0]["kantong"].update(content=["observations"]),
            r"holds \['observations'\], which",
        ),
        (lambda one: one["resources"][0].update(path=["a.csv"]), "lacks its name, title, path"),
    ],
)
def test_a_faulty_description_is_refused(copy, change, message):
    describe(copy, change)
    with pytest.raises(TableError, match=message):
        load(copy)


def test_a_data_set_stands_in_the_folder_once(copy):
    shutil.copytree(copy / "counts", copy / "lagi")
    with pytest.raises(TableError, match="stands in the data folder twice"):
        load(copy)


def test_figures_whose_origin_is_not_told_count_as_simulated(copy):
    describe(copy, lambda one: one["resources"][0]["kantong"].update(simulated=None))
    assert load(copy).datasets["SIMULASI-tutorial"].simulated


def test_the_data_folder_can_be_named(monkeypatch):
    monkeypatch.delenv("KANTONG_DATA", raising=False)
    assert data_folder() == DATA
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    assert data_folder() == TUTORIAL
