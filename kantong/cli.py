"""The command line: one short function a command, each importing what it needs."""

import errno
import logging
import os
from pathlib import Path
from typing import Any

import click

from kantong.geo.errors import DataError
from kantong.geo.schema import GAP_WIDTH_M, TOLERANCE_M
from kantong.language import LANGUAGES, activate, gettext, number
from kantong.store.rights import Right, Role

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_METRES = click.FloatRange(min=0)
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


def _use(_context: click.Context, _option: click.Parameter, folder: Path | None) -> None:
    """Let what follows read and write in a folder."""
    if folder is not None:
        os.environ["KANTONG_DATA"] = str(folder)


_DATA = click.option(
    "--data", type=_FOLDER, expose_value=False, callback=_use, help="Folder data / data folder."
)


class _Door(click.Group):
    """A group that shows faults in data in the user's language and ends with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except DataError as error:
            click.echo(error.describe(gettext), err=True)
            ctx.exit(1)
        except OSError as error:
            if error.errno in _FULL:
                words = gettext("The disk is full; {file} was not written. Make room, try again.")
            else:
                words = gettext(
                    "{file} cannot be read or written. Check the folder and its rights."
                )
            click.echo(words.format(file=error.filename or error.strerror), err=True)
            ctx.exit(1)


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(sorted(LANGUAGES)),
    default="id",
    envvar="KANTONG_LANG",
    help="Bahasa / language.",
)
def main(lang: str) -> None:
    """Peta kantong kemiskinan per kelurahan / poverty pockets by kelurahan."""
    activate(lang)


@main.group()
def boundaries() -> None:
    """Batas kelurahan / boundaries of kelurahan."""


@boundaries.command()
@click.argument("source", type=_FILE)
@click.option("--codes", "code_list", type=_FILE, required=True, help="Daftar kode / code list.")
@click.option(
    "--out", type=_FILE, help="Biasanya kelurahan.geojson di folder data / usually there."
)
@click.option("--context", type=_FILE, help="Desa sekitar / surrounding villages.")
@click.option("--tolerance-m", type=_METRES, default=TOLERANCE_M, show_default=True)
@click.option("--gap-width-m", type=_METRES, default=GAP_WIDTH_M, show_default=True)
@click.option("--code-column", help="Judul kolom kode / heading of the codes.")
@click.option("--name-column", help="Judul kolom nama / heading of the names.")
@click.option("--attribution", default="", help="Sumber dan lisensi / source and licence.")
@_DATA
def build(
    source: Path,
    code_list: Path,
    out: Path | None,
    context: Path | None,
    **options: Any,  # noqa: ANN401 - passed to Settings
) -> None:
    """Bangun lapisan batas kelurahan / build the layer of kelurahan from SOURCE.

    Next to OUT stand its report and context.geojson, the surroundings that are drawn but never
    counted.
    """
    from kantong.geo import boundaries as layers
    from kantong.geo.files import write_whole
    from kantong.store.library import data_folder

    out = out or data_folder() / "kelurahan.geojson"
    settings = layers.Settings(**options)
    built = layers.build(source, code_list, context=context, settings=settings)
    text = built.report.describe(gettext, number)
    about = layers.about(built.report, settings)
    surroundings = {"source": context.name if context else source.name}
    write_whole(out.with_name("context.geojson"), layers.to_geojson(built.context, **surroundings))
    write_whole(out.with_suffix(".report.txt"), text.encode())
    write_whole(out, layers.to_geojson(built.layer, **about))
    click.echo(text)


@main.command()
@click.option("--layer", type=_FILE, help="Biasanya kelurahan.geojson di folder data / usually.")
@click.option("--out", type=_FOLDER, help="Biasanya example di folder data / usually there.")
@click.option("--seed", type=int, default=20250930, show_default=True)
@_DATA
def example(layer: Path | None, out: Path | None, seed: int) -> None:
    """Tulis data contoh SIMULASI / write the simulated example data of Kota Malang."""
    from kantong.example.package import write_example
    from kantong.geo.boundaries import load
    from kantong.store.library import data_folder

    out = out or data_folder() / "example"
    files = write_example(load(layer or data_folder() / "kelurahan.geojson"), out, seed)
    click.echo(
        gettext("SIMULATED data written to {folder}: {files}").format(
            folder=out.name, files=", ".join(files)
        )
    )


@main.command()
@click.argument("table", type=_FILE)
@_DATA
def check(table: Path) -> None:
    """Periksa tabel jumlah / check a table of counts against the boundaries."""
    from kantong.geo.boundaries import load
    from kantong.intake.tables import read_counts
    from kantong.store.catalogue import read_indicators
    from kantong.store.library import data_folder

    data = data_folder()
    counts = read_counts(
        table, load(data / "kelurahan.geojson"), read_indicators(data / "indicators.toml")
    )
    known = int(counts["value"].notna().sum())
    click.echo(
        gettext("{file}: {rows} lines, {known} with a figure; no fault found.").format(
            file=table.name, rows=number(len(counts)), known=number(known)
        )
    )


def _user() -> str:
    """Return the name of whoever runs the command; empty where the system knows none."""
    from getpass import getuser

    try:
        return getuser()
    except (OSError, KeyError):
        return ""


@main.command("import")
@click.argument("file", type=_FILE)
@click.option("--source", required=True, help="Sumber, mis. Dinsos Kota Malang / source.")
@click.option("--title", default="", help="Judul; bila kosong nama berkas / title.")
@click.option("--indicator", default="", help="Yang diukur, bila judul kolom tidak menyebutnya.")
@click.option("--period", default="", help="2025 / 2025-Q3, bila tabel tidak menyebutnya.")
@click.option("--sheet", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--simulated", is_flag=True, help="Angka rekaan / invented figures.")
@click.option("--keep", is_flag=True, help="Simpan; tanpa ini hanya diperiksa / keep, else check.")
@click.option("--accept", is_flag=True, help="Simpan walau ada temuan / keep despite findings.")
@click.option("--leave", is_flag=True, help="Biarkan baris yang meragukan / leave rows in doubt.")
@click.option("--who", default=_user, help="Nama untuk jejak audit / for the audit trail.")
@_DATA
def import_table(file: Path, **options: Any) -> None:  # noqa: ANN401 - to the report
    """Masukkan tabel jumlah / take in a table of counts: CSV, XLSX, XLS, ODS, GeoJSON, GPKG.

    Rows in doubt are settled on the page Data.
    """
    from kantong.importing import tables

    outcome = tables.from_file(file, tables.Wishes(**options))
    for line in outcome.report(gettext, number):
        click.echo(line)
    if options["keep"] and outcome.stored is None:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("file", type=_FILE)
@click.option("--period", required=True, help="2025 / 2025-Q3.")
@click.option("--source", required=True, help="Sumber, mis. Dinsos Kota Malang / source.")
@click.option("--people", type=_FILE, help="Berkas anggota DTSEN / DTSEN file of persons.")
@click.option("--programme", default="", help="Program daftar bayar / of a payment list: pkh.")
@click.option("--paid", multiple=True, help="Daftar bayar per program / of a programme: pkh=A.csv.")
@click.option("--before", type=_FILE, help="Data lama untuk dibandingkan / an earlier register.")
@click.option("--before-period", default="", help="Periode data lama / of the earlier register.")
@click.option("--before-paid", multiple=True, help="Daftar bayar waktu itu / paid then: pkh=B.csv.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb")
@click.option("--master", default="local[*]", show_default=True, help="Alamat Spark / of Spark.")
@click.option("--out", type=_FILE, help="CSV.")
@click.option("--keep", is_flag=True, help="Simpan sebagai rilis data / keep as a data cut.")
@click.option("--accept", is_flag=True, help="Simpan walau ada temuan / keep despite findings.")
@click.option("--leave", is_flag=True, help="Biarkan baris yang meragukan / leave rows in doubt.")
@click.option("--title", default="", help="Judul; bila kosong nama berkas / title.")
@click.option("--simulated", is_flag=True, help="Angka rekaan / invented figures.")
@click.option("--who", default=_user, help="Nama untuk jejak audit / for the audit trail.")
@_DATA
def count(file: Path, out: Path | None, **options: Any) -> None:  # noqa: ANN401 - to the count
    """Hitung data keluarga / count a register of families: DTSEN, DTKS, P3KE, BDT, payments."""
    from kantong.geo.files import write_whole
    from kantong.importing import registers

    outcome = registers.from_file(file, registers.Wishes(**options))
    for note in outcome.notes:
        click.echo(note.describe(gettext, number))
    if out is not None:
        write_whole(out, outcome.observations.to_csv(index=False).encode())
    for fault in [*(one.fault for one in outcome.findings), *outcome.hindrances]:
        click.echo(f"! {fault.describe(gettext, number)}")
    if outcome.stored is not None:
        click.echo(gettext("Kept as version {version}.").format(version=outcome.stored.version))
    elif options["keep"]:
        raise click.exceptions.Exit(1)


@main.group()
def interventions() -> None:
    """Daftar intervensi / lists of interventions: who does what, where."""


@interventions.command("template")
@click.option("--out", type=_FILE, required=True, help="XLSX.")
@_DATA
def list_template(out: Path) -> None:
    """Tulis templat kosong / write an empty list to fill in."""
    logging.disable(logging.WARNING)  # Streamlit wonders that no page is drawn
    from kantong.geo.boundaries import load
    from kantong.geo.files import write_whole
    from kantong.store.library import data_folder
    from kantong.views.entryfile import template

    write_whole(out, template(load(data_folder() / "kelurahan.geojson")))
    click.echo(gettext("{file} written.").format(file=out.name))


@interventions.command("import")
@click.argument("file", type=_FILE)
@click.option("--say", multiple=True, help="Untuk semua baris / for all rows: funder=Baznas.")
@click.option("--keep", is_flag=True, help="Simpan; tanpa ini hanya diperiksa / keep, else check.")
@click.option("--leave", is_flag=True, help="Biarkan baris yang meragukan / leave rows in doubt.")
@click.option("--who", default=_user, help="Nama untuk jejak audit / for the audit trail.")
@_DATA
def import_list(file: Path, say: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401 - to the report
    """Masukkan daftar intervensi / take in a list: new rows are entered, changed ones corrected."""
    from kantong.importing import interventions as lists

    stated = dict(one.partition("=")[::2] for one in say)
    outcome = lists.from_file(file, lists.Wishes(stated=stated, **options))
    for line in outcome.report(gettext, number):
        click.echo(line)
    if options["keep"] and not outcome.kept:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("file", type=_FILE)
@_DATA
def layers(file: Path) -> None:
    """Ambil jalan, sungai, tempat, RW / take roads, rivers, landmarks, RW for the sheets from FILE.

    FILE is a GeoPackage, or an extract of OpenStreetMap (.osm, .osm.pbf).
    """
    from kantong.geo import details
    from kantong.geo.boundaries import load
    from kantong.geo.files import write_whole
    from kantong.store.library import data_folder

    read = details.read_details(file)
    kept = details.around(read, load(data_folder() / "kelurahan.geojson"))
    write_whole(data_folder() / details.FILE, details.to_geopackage(kept))
    for name, count in kept.counts().items():
        of = read.counts()[name]
        click.echo(
            gettext("{layer}: {kept} of {all} lie here.").format(
                layer=name, kept=number(count), all=number(of)
            )
        )


@main.command()
@click.argument("indicator", default="poor_people")
@click.option(
    "--out", type=_FILE, required=True, help="PDF, atau ZIP / PDF, or ZIP of single files."
)
@click.option("--period", default="", help="2025 / 2025-Q3; bila kosong yang terbaru / the newest.")
@click.option(
    "--only", multiple=True, help="Kode kelurahan; boleh beberapa / code, may be repeated."
)
@click.option("--by", type=click.Choice(["kecamatan", "dapil", "prioritas"]), default="kecamatan")
@click.option("--paper", type=click.Choice(["A4", "A3", "A2"]), default="A4", show_default=True)
@click.option("--scale", type=click.IntRange(min=500), help="Penyebut; bila kosong yang terbesar.")
@_DATA
def atlas(indicator: str, out: Path, **options: Any) -> None:  # noqa: ANN401 - to the atlas
    """Cetak atlas kelurahan / print an atlas of INDICATOR: PDF, or ZIP with one file each."""
    logging.disable(logging.WARNING)  # Streamlit wonders that no page is drawn
    from kantong.geo.files import write_whole
    from kantong.views import atlases

    content = atlases.from_command(indicator, packed=out.suffix.lower() == ".zip", **options)
    write_whole(out, content)
    size = number(len(content) / 1e6, 1)
    click.echo(gettext("{file}: {size} MB written.").format(file=out.name, size=size))


@main.command()
@click.option("--out", type=_FILE, required=True, help="Berkas baru / new file.")
@_DATA
def backup(out: Path) -> None:
    """Cadangkan semua data impor ke satu berkas / write all imported data to one file."""
    from kantong.geo.errors import Fault, StoreError
    from kantong.store import backup as backups
    from kantong.store import database

    store = database.for_reading()
    if store is None:
        message = "There is no store yet, so nothing to back up. Import a table first."
        raise StoreError(Fault(message))
    rows = backups.back_up(store, out)
    click.echo(
        gettext("{file}: {rows} rows of {datasets} datasets written.").format(
            file=out.name, rows=number(sum(rows.values())), datasets=number(rows["datasets"])
        )
    )


@main.command()
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Ganti isi yang ada / replace what is there.")
@click.option("--who", default=_user, help="Nama untuk jejak audit / name for the audit trail.")
@_DATA
def restore(file: Path, who: str, *, replace: bool) -> None:
    """Pulihkan data impor dari cadangan / take in a backup made with `kantong backup`."""
    from kantong.store import backup as backups

    rows = backups.restore(file, who, replace=replace)
    click.echo(
        gettext("{file}: {rows} rows of {datasets} datasets restored.").format(
            file=file.name, rows=number(sum(rows.values())), datasets=number(rows["datasets"])
        )
    )
    if rows.get("people"):
        told = gettext(
            "Roles are those of the backup, for {people} people, also for whoever was forgotten "
            "since. Look at kantong people list."
        )
        click.echo(told.format(people=number(rows["people"])))
    elif replace:
        click.echo(gettext("Nobody has a role yet."))


_ROLES = [str(role) for role in Role]


@main.group()
def people() -> None:
    """Orang dan perannya / people and their roles, on a server with login."""


@people.command("list")
@_DATA
def list_people() -> None:
    """Daftar orang / who has which role."""
    from kantong.store import database
    from kantong.store import people as known

    store = database.for_reading()
    everyone = [] if store is None else known.people(store)
    for one in everyone:
        click.echo(f"{one.login}\t{one.role}\t{one.position}")
    if not everyone:
        click.echo(gettext("Nobody has a role yet."))


@people.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(_ROLES[:-1]), required=True, help="Peran / role.")
@click.option("--position", required=True, help="Jabatan untuk jejak audit / for the audit trail.")
@click.option("--who", default=_user, help="Nama untuk jejak audit / for the audit trail.")
@_DATA
def add_person(login: str, role: str, position: str, who: str) -> None:
    """Beri LOGIN sebuah peran / give someone new a role; LOGIN is the e-mail of the account."""
    from kantong.store import database
    from kantong.store import people as known

    made = known.add(database.for_writing(Right.MANAGE), login, Role(role), position, who)
    click.echo(gettext("{position} may log in.").format(position=made.position))


@people.command("change")
@click.argument("login")
@click.option("--role", type=click.Choice(_ROLES), help="Peran / role; none takes it away.")
@click.option("--position", default="", help="Jabatan baru / new position.")
@click.option("--who", default=_user, help="Nama untuk jejak audit / for the audit trail.")
@_DATA
def change_person(login: str, role: str | None, who: str, position: str) -> None:
    """Ganti peran atau jabatan / change a role or position; takes effect at once."""
    from kantong.store import database
    from kantong.store import people as known

    store = database.for_writing(Right.MANAGE)
    wanted = Role(role) if role else None
    made = known.change(store, login, who, role=wanted, position=position)
    click.echo(gettext("{position} is now: {role}.").format(position=made.position, role=made.role))


@people.command("forget")
@click.argument("login")
@click.option("--who", default=_user, help="Nama untuk jejak audit / for the audit trail.")
@_DATA
def forget_person(login: str, who: str) -> None:
    """Hapus LOGIN untuk seterusnya / delete a login for good; the trail keeps the position."""
    from kantong.store import database
    from kantong.store import people as known

    made = known.forget(database.for_writing(Right.MANAGE), login, who)
    click.echo(gettext("{position} is forgotten.").format(position=made.position))


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option("--address", default="127.0.0.1", show_default=True, help="Alamat mesin ini / of us.")
@_DATA
def serve(port: int, address: str) -> None:
    """Jalankan aplikasi / run the app on http://ADDRESS:PORT.

    Beyond this machine only with a login or KANTONG_PUBLIC=1; docs/deploy.md says how.
    """
    from kantong.server import run

    where = f"http://{address}:{port}"
    run(
        port,
        address,
        lambda: click.echo(gettext("Kantong answers at {address}").format(address=where)),
    )
