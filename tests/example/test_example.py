import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libpysal.weights import Queen

from kantong.example.package import example_tables, write_example
from kantong.example.simulate import QUARTERS, City, neighbour_means, share_out
from kantong.geo.errors import BoundaryError
from tests.conftest import DATA

SEED = 20250930


@pytest.fixture(scope="module")
def tables(malang):
    return {table.name: table.frame for table in example_tables(malang, SEED)}


def sums(frame, indicator):
    rows = frame[frame["indicator"] == indicator]
    return rows.groupby("period")["value"].sum().to_dict()


def test_the_committed_example_is_what_the_command_writes(malang, tmp_path):
    files = write_example(malang, tmp_path / "example", SEED)
    assert set(files) == {path.name for path in (DATA / "example").iterdir()}
    for name in files:
        written = (tmp_path / "example" / name).read_bytes()
        assert written == (DATA / "example" / name).read_bytes(), name


def test_kecamatan_populations_are_the_published_ones(tables, malang):
    """Kota Malang Dalam Angka 2023."""
    people = tables["population"].merge(malang[["kode", "kecamatan"]], on="kode")
    assert people.groupby("kecamatan")["value"].sum().to_dict() == {
        "Blimbing": 182_851,
        "Kedungkandang": 209_375,
        "Klojen": 93_990,
        "Lowokwaru": 164_106,
        "Sukun": 196_860,
    }
    assert people["value"].sum() == 847_182


def test_poor_people_sum_to_the_figures_of_bps(tables):
    assert sums(tables["poor_people"], "poor_people") == {"2024": 34_840, "2025": 34_410}


def test_recipients_sum_to_the_published_totals(tables):
    recipients = tables["recipients"]
    assert sums(recipients, "recipients_pkh") == {"2023": 9_537}
    assert sums(recipients, "recipients_bpnt") == {"2023": 15_011}
    assert sums(recipients, "recipients_bpntd") == {"2023": 6_226}
    assert sums(recipients, "recipients_rantang_kasih") == {"2023": 171, "2024": 136, "2025": 136}


@pytest.mark.parametrize("name", ["recipients_pkh", "recipients_bpnt"])
def test_deciles_and_durations_sum_to_the_recipients(tables, name):
    details = tables["recipient_details"].pivot_table(
        index="kode", columns="indicator", values="value", aggfunc="sum"
    )
    whole = tables["recipients"].query("indicator == @name").set_index("kode")["value"]
    deciles = [f"{name}_d{one}" for one in range(1, 11)]
    assert details[deciles].sum(axis=1).astype(int).equals(whole.astype(int))
    stays = [f"{name}_{one}" for one in ("stayed", "moved", "fresh")]
    assert details[stays].sum(axis=1).astype(int).equals(whole.astype(int))
    families = (
        tables["dtsen_families"]
        .query("period == '2023-Q4'")
        .pivot_table(index="kode", columns="indicator", values="value", aggfunc="sum")
    )
    for one in range(1, 6):
        assert (details[f"{name}_d{one}"] <= families[f"dtsen_families_d{one}"]).all()


def test_dtsen_deciles_are_those_reported_for_2025_q3(tables):
    people = tables["dtsen_people"]
    found = [sums(people, f"dtsen_people_d{decile}")["2025-Q3"] for decile in range(1, 6)]
    assert found == [28_000, 38_000, 33_000, 24_000, 19_000]
    assert sums(people, "dtsen_people")["2025-Q3"] == 142_000


def test_there_are_eight_quarters_up_to_2025_q3_of_people_and_families(tables):
    assert len(QUARTERS) == 8
    for name in ("dtsen_people", "dtsen_families"):
        assert sorted(tables[name]["period"].unique()) == list(QUARTERS)
    assert QUARTERS[-1] == "2025-Q3"


def test_deciles_sum_to_their_total_in_every_kelurahan(tables):
    people = tables["dtsen_people"].set_index(["kode", "period", "indicator"])["value"]
    wide = people.unstack("indicator")  # noqa: PD010 - must not aggregate
    parts = wide[[f"dtsen_people_d{decile}" for decile in range(1, 6)]].sum(axis=1, skipna=False)
    assert parts.dropna().tolist() == wide["dtsen_people"].dropna().tolist()
    assert parts.isna().tolist() == wide["dtsen_people"].isna().tolist()


def test_nobody_is_counted_beyond_the_population(tables):
    people = tables["population"].set_index("kode")["value"]
    listed = tables["dtsen_people"].query("indicator == 'dtsen_people'")
    assert (listed["value"] <= listed["kode"].map(people)).loc[listed["value"].notna()].all()
    poor = tables["poor_people"]
    assert (poor["value"] <= poor["kode"].map(people)).all()


def test_gaps_are_realistic_and_never_where_a_total_must_hold(tables):
    assert tables["dtsen_people"]["value"].isna().any()
    assert tables["training_needs"]["value"].isna().any()
    late = tables["dtsen_people"].query("period == '2025-Q3'")
    assert late["value"].notna().all()
    for name in ("population", "poor_people", "recipients"):
        assert tables[name]["value"].notna().all()


def test_neighbours_resemble_each_other(tables, malang):
    """Moran's I by libpysal weights; chance gives -1/56 with a standard error of about 0.08."""
    rate = (
        tables["poor_people"].query("period == '2025'").set_index("kode")["value"]
        / tables["population"].set_index("kode")["value"]
    ).astype(float)
    deviation = rate.reindex(malang["kode"]).to_numpy() - rate.mean()
    weights = Queen.from_dataframe(malang, use_index=False).full()[0]
    weights = weights / weights.sum(axis=1, keepdims=True)
    moran = deviation @ weights @ deviation / (deviation @ deviation)
    assert moran > 0.3


def test_interventions_meet_programme_totals_and_budgets(tables):
    rows = tables["interventions"].groupby(["programme", "funder", "period"])
    targets, budgets = rows["target"].sum(), rows["budget_rp"].sum()
    assert targets["Bedah rumah", "APBD kota", "2023"] == 185
    assert budgets["Bedah rumah", "APBD kota", "2023"] == 3_700_000_000
    assert targets["Bedah rumah", "PUPR", "2023"] == 206
    assert targets["Bedah rumah", "Baznas", "2023"] == 5
    assert budgets["Bedah rumah", "APBD kota", "2024"] == 2_000_000_000
    assert targets["PKH", "APBN", "2023"] == 9_537
    assert targets["BLT DBHCHT", "APBD kota", "2025"] == 9_761
    csr = tables["interventions"].query("funder == 'CSR (Forum TSP)'")
    assert csr.groupby("period")["budget_rp"].sum().to_dict() == {
        "2024": 4_870_000_000,
        "2025": 7_160_000_000,
    }


def test_published_single_figures_are_kept(tables):
    """Eight houses in Tulusrejo (2024) and three Rantang Kasih in Dinoyo (2023)."""
    houses = tables["interventions"].query(
        "kode == '35.73.05.1010' and programme == 'Bedah rumah' and period == '2024'"
    )
    assert houses["target"].tolist() == [8]
    meals = tables["recipients"].query(
        "kode == '35.73.05.1004' and indicator == 'recipients_rantang_kasih' and period == '2023'"
    )
    assert meals["value"].tolist() == [3]


def test_every_row_says_simulasi(tables):
    for frame in tables.values():
        assert frame["dataset"].str.startswith("SIMULASI").all()
    assert (DATA / "example" / "README.md").read_text("utf-8").startswith("# SIMULASI")


def test_another_seed_gives_other_pockets_with_the_same_totals(malang, tables):
    other = {table.name: table.frame for table in example_tables(malang, 7)}
    assert sums(other["poor_people"], "poor_people") == {"2024": 34_840, "2025": 34_410}
    assert not other["poor_people"]["value"].equals(tables["poor_people"]["value"])


def test_row_order_of_the_layer_is_irrelevant(malang):
    mixed = City(malang.sample(frac=1, random_state=3), SEED)
    assert mixed.population.tolist() == City(malang, SEED).population.tolist()


def test_another_city_is_refused(nine, tmp_path):
    with pytest.raises(BoundaryError, match="describe the 57 kelurahan of Kota Malang"):
        write_example(nine, tmp_path / "example", SEED)


@pytest.mark.parametrize("kode", ["35.73.05.1004", "35.73.05.1010", "35.73.03.1012"])
def test_a_layer_of_malang_that_lacks_a_kelurahan_is_refused(malang, tmp_path, kode):
    with pytest.raises(BoundaryError, match="the 57 kelurahan of Kota Malang"):
        write_example(malang[malang["kode"] != kode], tmp_path / "example", SEED)


def test_files_of_others_are_never_overwritten(malang, tmp_path):
    (tmp_path / "laporan.docx").write_text("penting", "utf-8")
    with pytest.raises(BoundaryError, match="Nothing was changed"):
        write_example(malang, tmp_path, SEED)
    assert [path.name for path in tmp_path.iterdir()] == ["laporan.docx"]


def test_figures_of_another_package_are_never_overwritten(malang, tmp_path):
    """Real counts lie in the same form: a description, its tables, a word to read."""
    resources = [{"name": "miskin-2024", "path": "miskin_2024.csv"}]
    described = json.dumps({"name": "bps", "resources": resources})
    held = {"datapackage.json": described, "miskin_2024.csv": "kode\n", "README.md": "BPS"}
    for name, text in held.items():
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(BoundaryError, match="Nothing was changed"):
        write_example(malang, tmp_path, SEED)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == held


def test_an_example_is_written_anew_unless_a_file_was_put_beside_it(malang, tmp_path):
    folder = tmp_path / "example"
    files = write_example(malang, folder, SEED)
    assert write_example(malang, folder, SEED) == files
    (folder / "catatan.csv").write_text("penting", "utf-8")
    with pytest.raises(BoundaryError, match="Nothing was changed"):
        write_example(malang, folder, SEED)
    assert (folder / "catatan.csv").read_text("utf-8") == "penting"


@given(st.lists(st.integers(0, 50), min_size=1).filter(any), st.integers(0, 1000))
def test_shares_in_whole_numbers_sum_to_the_total(weights, total):
    counts = share_out(weights, total)
    assert counts.sum() == total
    exact = np.array(weights) / sum(weights) * total
    assert (np.abs(counts - exact) < 1).all()


@given(st.lists(st.integers(1, 50), min_size=1), st.data())
def test_caps_hold(weights, data):
    caps = data.draw(st.lists(st.integers(0, 20), min_size=len(weights), max_size=len(weights)))
    total = data.draw(st.integers(0, sum(caps)))
    counts = share_out(weights, total, caps)
    assert counts.sum() == total
    assert (counts <= caps).all()


def test_caps_that_cannot_hold_the_total_are_refused():
    with pytest.raises(ValueError, match="cannot hold the total"):
        share_out([1, 1], 10, caps=[4, 4])


def test_means_of_neighbours_are_those_of_the_drawing(nine):
    """Edelweis touches all eight others, Anggrek touches Bakung, Dahlia and Edelweis."""
    means = neighbour_means(nine)
    values = pd.Series([50, 100, 100, 100, 200, 0, 0, 100, 150.0])
    assert (means @ values)[4] == pytest.approx((800 - 200) / 8)
    assert (means @ values)[0] == pytest.approx((100 + 100 + 200) / 3)
