"""The command line: one short function a command, each importing what it needs."""

from pathlib import Path
from typing import Any

import click

from kantong.geo.errors import DataError
from kantong.language import LANGUAGES, activate, gettext, number

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
DATA = Path("data")


class _Door(click.Group):
    """A group that shows faults in data in the user's language and ends with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except DataError as error:
            click.echo(error.describe(gettext), err=True)
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
@click.option("--out", type=_FILE, default=DATA / "kelurahan.geojson", show_default=True)
@click.option("--context", type=_FILE, help="Desa sekitar / surrounding villages.")
@click.option("--tolerance-m", type=click.FloatRange(min=0), default=2.0, show_default=True)
@click.option("--gap-width-m", type=click.FloatRange(min=0), default=20.0, show_default=True)
@click.option("--code-column", help="Judul kolom kode / heading of the codes.")
@click.option("--name-column", help="Judul kolom nama / heading of the names.")
@click.option("--attribution", default="", help="Sumber dan lisensi / source and licence.")
def build(source: Path, code_list: Path, out: Path, context: Path | None, **options: Any) -> None:  # noqa: ANN401 - passed to Settings
    """Bangun lapisan batas kelurahan / build the layer of kelurahan from SOURCE.

    Next to OUT stand its report and context.geojson, the surroundings that are drawn but never
    counted.
    """
    from kantong.geo import boundaries as layers
    from kantong.geo.files import write_whole

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
@click.option("--layer", type=_FILE, default=DATA / "kelurahan.geojson", show_default=True)
@click.option("--out", type=_FOLDER, default=DATA / "example", show_default=True)
@click.option("--seed", type=int, default=20250930, show_default=True)
def example(layer: Path, out: Path, seed: int) -> None:
    """Tulis data contoh SIMULASI / write the simulated example data of Kota Malang."""
    from kantong.example.package import write_example
    from kantong.geo.boundaries import load

    files = write_example(load(layer), out, seed)
    click.echo(
        gettext("SIMULATED data written to {folder}: {files}").format(
            folder=out.name, files=", ".join(files)
        )
    )


@main.command()
@click.argument("table", type=_FILE)
@click.option("--data", type=_FOLDER, default=DATA, show_default=True)
def check(table: Path, data: Path) -> None:
    """Periksa tabel jumlah / check a table of counts against the boundaries."""
    from kantong.geo.boundaries import load
    from kantong.intake.tables import read_counts
    from kantong.store.catalogue import read_indicators

    counts = read_counts(
        table, load(data / "kelurahan.geojson"), read_indicators(data / "indicators.toml")
    )
    known = int(counts["value"].notna().sum())
    click.echo(
        gettext("{file}: {rows} lines, {known} with a figure; no fault found.").format(
            file=table.name, rows=number(len(counts)), known=number(known)
        )
    )


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
def serve(port: int) -> None:
    """Jalankan aplikasi / run the app on http://127.0.0.1:PORT."""
    from kantong.server import run

    click.echo(gettext("Kantong answers at {address}").format(address=f"http://127.0.0.1:{port}"))
    run(port)
