import json
import re
import zipfile

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kantong.cli import main
from kantong.geo.errors import StoreError
from kantong.geo.files import sha256
from kantong.store import (
    audit,
    backup,
    database,
    datasets,
    decisions,
    interventions,
    people,
    scenarios,
    tables,
)
from kantong.store.interventions import Correction
from kantong.store.rights import Role
from tests.store.conftest import DATABASES
from tests.store.samples import AREA, CODES, figures, poor, refusals, sample
from tests.store.test_decisions import mapping, sukun
from tests.store.test_interventions import three
from tests.store.test_scenarios import choices


def fill(engine):
    """Keep something in every table, with all that is hard to write down."""
    datasets.keep(engine, sample(poor((1e-17, 0.1 + 0.2, float("nan")))), "ani")
    by_rw = figures(("99.01.01.1001", "01", "poor_people", "2025-Q3", 1e300))
    odd = refusals((7, 2, "Line {line}: “—” é ' \" \n {given}", {"given": "=1+1", "n": None}))
    datasets.keep(engine, sample(by_rw, refused=odd, title="é 🏠 'x'", simulated=True), "budi")
    datasets.withdraw(engine, 1, "ani", "salah")
    decisions.remember_alias(engine, AREA, sukun(), "ani")
    decisions.remember_alias(engine, AREA, sukun(given_kelurahan="lain", kode=None), "ani")
    decisions.save_mapping(engine, AREA, mapping())
    scenarios.save(engine, AREA, choices(), "bappeda")
    scenarios.withdraw(engine, 1, "bappeda")
    odd = {"é 🏠": [1e-17, None, {"a": True, "b": 2**53}]}
    for note in ("", "“—” \n"):
        scenarios.save(engine, AREA, choices(settings=odd, note=note), "bappeda")
    interventions.enter(engine, AREA, three(), CODES, "dinsos")
    largest = Correction(version=1, changes={"budget_rp": 2**53, "note": "é 🏠 'x'"})
    interventions.correct(engine, 1, largest, CODES, "dinsos")
    interventions.withdraw(engine, [2], "dinsos")
    people.add(engine, "ani@kota.example", Role.ADMIN, "Kepala TI", "dinsos")


def content(engine):
    """Return every row of every table, without the lines of the trail that tell of restoring."""
    with database.reading(engine) as connection:
        rows = {
            table.name: [
                dict(row)
                for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in tables.ALL
        }
    assert all(rows.values())
    rows["audit"] = [line for line in rows["audit"] if line["action"] != "restore"]
    return rows


@pytest.fixture
def saved(place_of, tmp_path):
    """A backup of a filled SQLite store."""
    place_of("sqlite")
    engine = database.for_writing()
    fill(engine)
    backup.back_up(engine, tmp_path / "cadangan.zip")
    return tmp_path / "cadangan.zip"


@pytest.mark.parametrize("first", DATABASES)
@pytest.mark.parametrize("second", DATABASES)
def test_a_backup_brings_every_table_back_on_either_database(place_of, tmp_path, first, second):
    place_of(first)
    engine = database.for_writing()
    fill(engine)
    before = content(engine)
    for step, kind in enumerate((second, first)):
        file = tmp_path / f"{step}.zip"
        rows = backup.back_up(engine, file)
        place_of(kind)
        assert backup.restore(file, "citra") == rows
        engine = database.for_writing()
        assert content(engine) == before
    trail = audit.trail(engine, AREA)
    assert trail[trail["action"] == "restore"]["who"].tolist() == ["citra", "citra"]


def test_numbers_go_on_behind_those_of_the_backup(saved, where):
    backup.restore(saved, "citra")
    engine = database.for_writing()
    assert datasets.keep(engine, sample(), "ani").id > 2
    assert scenarios.save(engine, AREA, choices(name="Lain"), "ani").id > 2
    assert scenarios.save(engine, AREA, choices(), "ani").version == 3
    (number,) = interventions.enter(engine, AREA, three().iloc[[1]], CODES, "ani")
    assert number > 3
    for table in ("observations", "scenario_versions", "intervention_versions", "interventions"):
        with pytest.raises(DBAPIError, match="must not be deleted"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names


def test_a_store_that_holds_something_is_not_written_over(saved, where):
    engine = database.for_writing()
    datasets.keep(engine, sample(title="yang baru"), "ani")
    revision = audit.revision(engine)
    with pytest.raises(StoreError, match=r"holds data already\. Restore into an empty one"):
        backup.restore(saved, "citra")
    assert [one.title for one in datasets.datasets(engine, AREA)] == ["yang baru"]
    assert audit.revision(engine) == revision


def test_replacing_is_told_and_loses_no_line_of_the_trail(saved, where):
    engine = database.for_writing()
    for _ in range(20):
        datasets.keep(engine, sample(title="yang baru"), "dewi")
    revision = audit.revision(engine)
    backup.restore(saved, "citra", replace=True)
    assert audit.revision(engine) > revision
    assert [one.version for one in datasets.datasets(engine, AREA)] == [2, 1]
    last = audit.trail(engine, AREA).iloc[-1]
    assert (last["who"], last["action"], last["subject"]) == ("citra", "restore", "cadangan.zip")
    assert last["detail"]["replaced"]["datasets"] == 20
    assert [line["who"] for line in last["detail"]["trail"]] == ["dewi"] * 20
    for table in ("audit", "observations"):
        with pytest.raises(DBAPIError, match="must not be deleted"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names


def rewrite(file, change, *, honest=False):
    """Change the members of a backup; an honest editor records the new hashes."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    if honest:
        manifest = json.loads(members["manifest.json"])
        for name, told in manifest["members"].items():
            payload = members[f"{name}.jsonl"]
            told.update(sha256=sha256(payload), rows=payload.count(b"\n"))
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, payload in members.items():
            archive.writestr(name, payload)


def in_manifest(**changes):
    def change(members):
        told = json.loads(members["manifest.json"]) | changes
        members["manifest.json"] = json.dumps(told).encode()

    return change


def in_member(name, old, new):
    def change(members):
        assert re.search(old, members[name])
        members[name] = re.sub(old, new, members[name], count=1)

    return change


DAMAGES = {
    "changed figure": in_member("observations.jsonl", b"1e-17", b"2e-17"),
    "lost line": in_member("observations.jsonl", rb"[^\n]*\n", b""),
    "lost table": lambda members: members.pop("aliases.jsonl"),
    "lost manifest": lambda members: members.pop("manifest.json"),
    "foreign manifest": in_manifest(format="lain"),
    "manifest without members": in_manifest(members=None),
    "manifest that is a list": lambda members: members.update({"manifest.json": b"[]"}),
    "manifest that is no JSON": lambda members: members.update({"manifest.json": b"\xff"}),
}


def refused_and_unchanged(file, message):
    engine = database.for_writing()
    datasets.keep(engine, sample(title="yang ada"), "ani")
    before = content_of_any(engine)
    with pytest.raises(StoreError, match=message):
        backup.restore(file, "citra", replace=True)
    assert content_of_any(engine) == before


def content_of_any(engine):
    with database.reading(engine) as connection:
        return [connection.execute(select(table)).all() for table in tables.ALL]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused(saved, place_of, damage):
    rewrite(saved, DAMAGES[damage])
    place_of("sqlite")
    refused_and_unchanged(saved, "cadangan.zip: is damaged or no backup")


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.9])
def test_a_backup_cut_off_is_refused(saved, place_of, cut):
    payload = saved.read_bytes()
    saved.write_bytes(payload[: int(len(payload) * cut)])
    place_of("sqlite")
    refused_and_unchanged(saved, "is damaged or no backup")


@pytest.mark.parametrize("at", [0.05, 0.2, 0.4, 0.6, 0.8])
def test_a_flipped_byte_is_refused_or_harmless(saved, place_of, at):
    place_of("sqlite")
    backup.restore(saved, "citra")
    whole = content(database.for_writing())
    payload = bytearray(saved.read_bytes())
    payload[int(len(payload) * at)] ^= 0xFF
    saved.write_bytes(payload)
    place_of("sqlite")
    try:
        backup.restore(saved, "citra")
    except StoreError as error:
        assert "is damaged or no backup" in str(error)  # noqa: PT017 - either is right
        assert not any(content_of_any(database.for_writing()))
    else:  # it fell on what says when a member was packed, or the like
        assert content(database.for_writing()) == whole


def test_another_version_is_refused_by_its_name(saved, place_of):
    rewrite(saved, in_manifest(schema="v999", program="9.9"))
    place_of("sqlite")
    refused_and_unchanged(saved, "was written by Kantong 9.9, whose store differs")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("observations.jsonl", b'"dataset": 1', b'"dataset": 77'),
        ("observations.jsonl", b"1e-17", b'"banyak"'),
        ("observations.jsonl", b"1e-17", b"Infinity"),
        ("observations.jsonl", b'"kode"', b'"code"'),
        ("observations.jsonl", rb"([^\n]*\n)", rb"\1\1"),
        ("datasets.jsonl", b'"rows_in": 5', b'"rows_in": 6'),
        ("datasets.jsonl", b'"rows_in": 5', b'"rows_in": 99999999999999999999'),
        ("datasets.jsonl", b'"withdrawn"', b'"hilang"'),
        ("datasets.jsonl", b'"simulated": false', b'"simulated": 0'),
        ("datasets.jsonl", b'"title": "', b'"title": "\\\\u0000'),
        ("scenarios.jsonl", b'"withdrawn"', b'"kept"'),
        ("scenario_versions.jsonl", b'"scenario": 1', b'"scenario": 77'),
        ("scenario_versions.jsonl", b"1e-17", b"NaN"),
        ("interventions.jsonl", b'"withdrawn"', b'"hilang"'),
        ("intervention_versions.jsonl", b'"target": 100', b'"target": -1'),
        ("intervention_versions.jsonl", b'"target": 100', b'"target": 0.5'),
        ("intervention_versions.jsonl", b"9007199254740992", b"9999999999999999999"),
        ("audit.jsonl", b'"at": "', b'"at": "x'),
        ("audit.jsonl", rb"\+00:00", b""),
        ("audit.jsonl", b'"detail": {', b'"detail": 3, "x": {'),
    ],
)
def test_rows_that_contradict_each_other_are_refused(saved, where, name, old, new):
    rewrite(saved, in_member(name, old, new), honest=True)
    refused_and_unchanged(saved, "its rows contradict each other")


LATER = ("scenarios", "scenario_versions", "interventions", "intervention_versions", "people")


def as_wrote(schema, lacking):
    """Return what takes out the tables that an earlier version did not have."""

    def take_out(members):
        manifest = json.loads(members["manifest.json"])
        for name in lacking:
            del members[f"{name}.jsonl"], manifest["members"][name]
        members["manifest.json"] = json.dumps(manifest | {"schema": schema}).encode()

    return take_out


def test_a_backup_of_the_second_version_is_taken_in(saved, where):
    rewrite(saved, as_wrote("v2", ["people"]))
    rows = backup.restore(saved, "citra")
    engine = database.for_writing()
    assert "people" not in rows
    assert len(scenarios.scenarios(engine, AREA, withdrawn=True)) == 2
    assert people.people(engine) == []


def test_a_backup_of_the_first_version_is_taken_in(saved, where):
    rewrite(saved, as_wrote("v1", LATER))
    rows = backup.restore(saved, "citra")
    engine = database.for_writing()
    assert not set(rows) & set(LATER)
    assert [one.version for one in datasets.datasets(engine, AREA)] == [2, 1]
    assert len(audit.trail(engine, AREA)) == rows["audit"] + 1
    assert scenarios.scenarios(engine, AREA, withdrawn=True) == []
    assert interventions.interventions(engine, AREA, withdrawn=True).empty


@pytest.mark.parametrize("name", LATER)
def test_a_backup_of_this_version_lacks_no_table(saved, place_of, name):
    rewrite(saved, lambda members: members.pop(f"{name}.jsonl"))
    place_of("sqlite")
    refused_and_unchanged(saved, "is damaged or no backup")


def test_a_backup_is_not_written_over(saved):
    with pytest.raises(StoreError, match="is there already"):
        backup.back_up(database.for_writing(), saved)


def run(*arguments):
    return CliRunner().invoke(main, ["--lang", "en", *map(str, arguments)])


def test_the_command_line_backs_up_and_restores(saved, place_of, tmp_path):
    out = tmp_path / "dari-perintah.zip"
    answer = run("backup", "--out", out)
    assert answer.exit_code == 0, answer.output
    assert "rows of 2 datasets written" in answer.output
    place_of("sqlite")
    answer = run("backup", "--out", tmp_path / "kosong.zip")
    assert answer.exit_code == 1
    assert "There is no store yet" in answer.output
    answer = run("restore", out, "--who", "citra")
    assert answer.exit_code == 0, answer.output
    assert "rows of 2 datasets restored" in answer.output
    assert "Roles are those of the backup, for 1 people" in answer.output
    answer = run("restore", out)
    assert answer.exit_code == 1
    assert "holds data already" in answer.output
    assert run("restore", out, "--replace").exit_code == 0
    rewrite(out, as_wrote("v2", ["people"]))
    assert "Nobody has a role" in run("restore", out, "--replace").output
    answer = run("restore", tmp_path / "hilang.zip")
    assert "hilang.zip: is damaged or no backup" in answer.output
