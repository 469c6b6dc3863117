import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from kantong.cli import main
from kantong.geo.details import load_details
from kantong.maps.binding import pages_of
from tests.conftest import DATA, ROOT, SOURCES, TUTORIAL
from tests.maps import towns


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


@pytest.mark.parametrize("said", [True, False])
def test_a_table_is_checked_in_the_data_folder_that_the_other_commands_use(
    tmp_path, monkeypatch, said
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KANTONG_DATA", str(DATA if said else TUTORIAL))
    told = ("--data", TUTORIAL) if said else ()
    answer = run("check", TUTORIAL / "counts" / "counts.csv", *told)
    assert answer.exit_code == 0, answer.output
    assert "18 lines, 17 with a figure" in answer.output


def test_a_layer_and_an_example_are_written_into_the_data_folder(tmp_path, monkeypatch):
    home = tmp_path / "kota"
    monkeypatch.setenv("KANTONG_DATA", str(home))
    monkeypatch.chdir(tmp_path)
    answer = run(
        "boundaries", "build", SOURCES / "malang_bps_2020.geojson",
        "--codes", DATA / "kelurahan_codes.csv",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert run("example").exit_code == 0
    assert {path.name for path in home.iterdir()} == {
        "kelurahan.geojson", "kelurahan.report.txt", "context.geojson", "example",
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["kota"]


def test_help_needs_no_data():
    assert run("--help").exit_code == 0
    assert run("boundaries", "build", "--help").exit_code == 0


# --- an atlas ---


def atlas_of(folder, *options):
    return subprocess.run(
        [sys.executable, "-m", "kantong", "--lang", "en", "atlas", *map(str, options)],
        env={**os.environ, "KANTONG_DATA": str(folder)}, cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_an_atlas_is_printed_as_one_file(tmp_path):
    out = tmp_path / "atlas.pdf"
    answer = atlas_of(TUTORIAL, "--out", out, "--by", "dapil", "--paper", "A3")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "atlas.pdf: " in answer.stdout
    assert pages_of(out.read_bytes()) == 3 + 9 + 1


def test_single_files_are_named_by_code_and_kelurahan(tmp_path):
    out = tmp_path / "lembar.zip"
    codes = ("99.01.01.1001", "99.01.02.1008")
    only = [part for kode in codes for part in ("--only", kode)]
    answer = atlas_of(TUTORIAL, "poor_rate", "--period", "2025", "--out", out, *only)
    assert answer.returncode == 0, answer.stderr
    with zipfile.ZipFile(out) as packed:
        names = packed.namelist()
        assert [name[: len(codes[0])] for name in sorted(names)] == sorted(codes)
        assert all(pages_of(packed.read(name)) == 1 for name in names)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("nothing",), "'nothing' is no indicator with figures"),
        (("--period", "1999"), "no figures for '1999'"),
        (("--only", "35.73.01.1001", "--only", "x"), "'35.73.01.1001', 'x' are no kelurahan"),
    ],
)
def test_what_cannot_be_printed_is_said_and_no_file_written(tmp_path, options, said):
    answer = atlas_of(TUTORIAL, *options, "--out", tmp_path / "atlas.pdf")
    assert answer.returncode == 1
    assert said in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "berkas").write_text("x", "utf-8")
    answer = atlas_of(TUTORIAL, "--out", tmp_path / "berkas" / "atlas.pdf")
    assert answer.returncode == 1
    assert "berkas cannot be read or written" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_list_of_interventions_is_checked_kept_and_corrected(tmp_path, monkeypatch):
    home = tmp_path / "kota"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(home))
    table = tmp_path / "daftar.csv"
    table.write_text("Kelurahan;Program;Sasaran\nKauman;Jamban;5\nKaumam;Jamban;7\n", "utf-8")
    said = ["--say", "kind=sanitasi", "--say", "strategy=langsung", "--say", "funder=Baznas",
            "--say", "period=2026", "--say", "status=rencana"]  # fmt: skip
    checked = run("interventions", "import", table, *said)
    assert checked.exit_code == 0, checked.output
    assert "2 rows = 1 matched + 1 to be reviewed + 0 refused" in checked.output
    assert "→ Kauman" in checked.output
    assert "1 new, 0 with other content" in checked.output
    refused = run("interventions", "import", table, *said, "--keep", "--who", "Dinsos")
    assert refused.exit_code == 1
    assert "--leave" in refused.output
    kept = run("interventions", "import", table, *said, "--keep", "--leave", "--who", "Dinsos")
    assert kept.exit_code == 0, kept.output
    assert "1 entered, 0 corrected" in kept.output
    strange = run("interventions", "import", table, "--say", "warna=merah")
    assert strange.exit_code == 1
    assert "'warna' cannot be said for all rows" in strange.output


def test_the_template_of_interventions_is_written(tmp_path):
    out = tmp_path / "templat.xlsx"
    answer = run("interventions", "template", "--out", out, "--data", TUTORIAL)
    assert answer.exit_code == 0, answer.output
    with zipfile.ZipFile(out) as book:
        assert "xl/worksheets/sheet3.xml" in book.namelist()


def test_a_register_is_counted_beside_a_list_of_the_paid_and_an_earlier_one(tmp_path):
    heading = "kode_kelurahan_desa,kelurahan_desa,kecamatan,nomor_kartu_keluarga,desil_nasional"
    rows = [f"9901011001,Anggrek,Lor,99010900000000{one:02},{one}" for one in range(1, 7)]
    now, before = tmp_path / "kini.csv", tmp_path / "dulu.csv"
    now.write_text("\n".join([f"{heading},status_kepemilikan_rumah", *(f"{one}," for one in rows)]))
    before.write_text(now.read_text())
    paid = tmp_path / "bayar.csv"
    listed = [f"Contoh,99010900000000{one:02},Lor,Anggrek" for one in (1, 2, 6)]
    paid.write_text("\n".join(["NAMA_PENERIMA,NOKK_DTKS,NMKEC,NMKEL", *listed]))
    out = tmp_path / "hasil.csv"
    asked = [
        "count", now, "--period", "2026", "--source", "Dinsos", "--paid", f"pkh={paid}",
        "--out", out, "--data", TUTORIAL,
    ]  # fmt: skip
    answer = run(*asked)
    assert answer.exit_code == 0, answer.output
    assert "PKH: the list names 3 families. In the register: 3." in answer.output
    then = ["--before", before, "--before-paid", f"pkh={paid}"]
    silent = run(*asked, *then)
    assert silent.exit_code == 1
    assert "--before-period 2021" in silent.output
    assert run(*asked, *then, "--before-period", "2021").exit_code == 0
    odd = run(*asked, "--paid", "bpnt")
    assert odd.exit_code == 1
    assert "Write it as pkh=file.csv" in odd.output


def test_roads_and_the_like_are_taken_for_the_sheets(tmp_path, malang):
    home = tmp_path / "kota"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("*.db*"))
    zone = malang.estimate_utm_crs()
    area = malang.to_crs(zone).set_index("kode").geometry["35.73.02.1007"]
    file = towns.write(towns.town(area, zone), tmp_path / "jalan.gpkg")
    answer = run("layers", file, "--data", home)
    assert answer.exit_code == 0, answer.output
    assert "sungai: 1 of 1 lie here." in answer.output
    kept = load_details(home)
    assert kept is not None
    assert kept.counts()["rw"] == 2
    refused = run("layers", DATA / "indicators.toml", "--data", home)
    assert refused.exit_code == 1
    assert "use a GeoPackage" in refused.output


def test_people_are_given_roles_on_the_machine(tmp_path):
    data = ("--data", tmp_path)
    assert "Nobody has a role yet" in run("people", "list", *data).output
    added = run(
        "people", "add", "Ani@kota.example", "--role", "admin", "--position", "Kepala TI", *data
    )
    assert (added.exit_code, added.output) == (0, "Kepala TI may log in.\n")
    again = run("people", "add", "ani@kota.example", "--role", "field", "--position", "x", *data)
    assert again.exit_code == 1
    assert "known already" in again.output
    run("people", "add", "budi@kota.example", "--role", "council", "--position", "Komisi D", *data)
    changed = run("people", "change", "budi@kota.example", "--role", "none", *data)
    assert changed.output == "Komisi D is now: none.\n"
    assert run("people", "list", *data).output.splitlines() == [
        "ani@kota.example\tadmin\tKepala TI", "budi@kota.example\tnone\tKomisi D",
    ]  # fmt: skip
    assert "is forgotten" in run("people", "forget", "budi@kota.example", *data).output
    last = run("people", "forget", "ani@kota.example", *data)
    assert last.exit_code == 1
    assert "only admin" in last.output


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--address", "0.0.0.0"], {}, "would be open to whoever reaches 0.0.0.0"),  # noqa: S104
        ([], {"KANTONG_HOSTS": "localhost, peta.kota.example"}, "reaches peta.kota.example"),
        ([], {"KANTONG_SECRETS": "tidak-ada.toml"}, "names a file that is not there"),
    ],
)
def test_a_server_that_would_be_open_does_not_start(arguments, environment, words):
    command = [sys.executable, "-m", "kantong", "--lang", "en", "serve", "--port", "8599"]
    answer = subprocess.run(
        [*command, *arguments], env=os.environ | environment, cwd=ROOT,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert answer.returncode == 1
    assert words in answer.stderr
    assert "answers at" not in answer.stdout
