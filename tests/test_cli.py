import json

import pytest
from click.testing import CliRunner

from kantong.cli import main
from tests.conftest import DATA, SOURCES, TUTORIAL


def run(*arguments, language="en"):
    return CliRunner().invoke(main, ["--lang", language, *map(str, arguments)])


def test_boundaries_are_built_with_report_and_context(tmp_path):
    out = tmp_path / "kelurahan.geojson"
    answer = run(
        "boundaries", "build", SOURCES / "kota_batu_bps_2020.geojson",
        "--codes", SOURCES / "kota_batu_codes.csv", "--out", out, "--attribution", "BPS",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert "Areas in the layer: 24" in answer.output
    assert (tmp_path / "kelurahan.report.txt").read_text("utf-8") in answer.output
    layer = json.loads(out.read_text("utf-8"))
    assert len(layer["features"]) == 24
    assert layer["kantong"]["attribution"] == "BPS"
    context = json.loads((tmp_path / "context.geojson").read_text("utf-8"))
    assert [one["properties"]["kelurahan"] for one in context["features"]] == ["Kehutanan"] * 2


def test_a_fault_changes_no_file(tmp_path):
    out = tmp_path / "kelurahan.geojson"
    out.write_text("lama", "utf-8")
    answer = run(
        "boundaries", "build", SOURCES / "kota_batu_bps_2020.geojson",
        "--codes", DATA / "kelurahan_codes.csv", "--out", out,
    )  # fmt: skip
    assert answer.exit_code == 1
    assert "none of its areas is in the code list" in answer.output
    assert [path.name for path in tmp_path.iterdir()] == ["kelurahan.geojson"]
    assert out.read_text("utf-8") == "lama"


def test_the_layer_is_under_400_kb():
    assert (DATA / "kelurahan.geojson").stat().st_size < 400_000


def test_the_example_is_written(tmp_path):
    answer = run(
        "example", "--layer", DATA / "kelurahan.geojson", "--out", tmp_path / "contoh", "--seed", 3
    )
    assert answer.exit_code == 0, answer.output
    assert "SIMULATED" in answer.output
    assert "seed 3" in (tmp_path / "contoh" / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "18 lines, 17 with a figure"), ("id", "18 baris, 17 berisi angka")],
)
def test_a_good_table_is_said_to_be_good(language, words):
    answer = run("check", TUTORIAL / "counts" / "counts.csv", "--data", TUTORIAL, language=language)
    assert answer.exit_code == 0, answer.output
    assert words in answer.output


def test_help_needs_no_data():
    assert run("--help").exit_code == 0
    assert run("boundaries", "build", "--help").exit_code == 0
