"""Write the pages of the guide that follow from the code: make reference.

Commands, settings, messages, the data dictionary and the table of reference values. A test holds
that what lies in docs/reference is what this module makes.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
from babel.messages.pofile import read_po

from kantong.cli import main
from kantong.geo.schema import AREA_KM2, Indicator
from kantong.settings import SETTINGS
from kantong.store import library
from tools import reference_values
from tools.messages import CATALOGUE, faults

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
_MADE = {
    "id": "<!-- Dibuat oleh make reference; jangan disunting di sini. -->",
    "en": "<!-- Made by make reference; not to be edited here. -->",
}
_MOST_PERIODS = 3
_WIDTH = 96
_ENDING = {"id": ".md", "en": ".en.md"}


def pages() -> dict[str, str]:
    """Return the content of every page by the name of its file."""
    makers: Mapping[str, Callable[[str], str]] = {
        "commands": commands,
        "settings": settings,
        "messages": messages,
        "data": dictionary,
        "values": values,
    }
    return {
        f"{name}{_ENDING[language]}": f"{_MADE[language]}\n\n{make(language)}"
        for name, make in makers.items()
        for language in _ENDING
    }


def write(folder: Path = FOLDER) -> None:
    """Write all pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (folder / name).write_text(content, "utf-8")


# --- commands and settings -----------------------------------------------------------------------


def commands(language: str) -> str:
    """Return every command with its help."""
    opening = {
        "id": "# Perintah\n\n`.venv/bin/kantong PERINTAH --help` menampilkan hal yang sama. "
        "`--lang en` atau `KANTONG_LANG=en` mengganti bahasa jawaban.\n",
        "en": "# Commands\n\n`.venv/bin/kantong COMMAND --help` says the same. "
        "`--lang en` or `KANTONG_LANG=en` changes the language of the answers.\n",
    }[language]
    parts = [opening]
    for name, command in _commands(main, "kantong"):
        context = click.Context(
            command, info_name=name, max_content_width=_WIDTH, terminal_width=_WIDTH,
            help_option_names=main.context_settings["help_option_names"],
        )  # fmt: skip
        parts.append(f"\n## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "".join(parts)


def _commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    for short, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _commands(command, f"{name} {short}")
        else:
            yield f"{name} {short}", command


def settings(language: str) -> str:
    """Return every variable of the environment that is read."""
    head = {
        "id": "# Setelan\n\nDibaca dari lingkungan proses; di server dari "
        "`/etc/kantong/kantong.env`.\n\n"
        "| variabel | arti | bila kosong |\n|---|---|---|\n",
        "en": "# Settings\n\nRead from the environment; on a server from "
        "`/etc/kantong/kantong.env`.\n\n"
        "| variable | meaning | where empty |\n|---|---|---|\n",
    }[language]
    lines = (
        f"| `{name}` | {one.meaning[language]} | {one.default[language]} |\n"
        for name, one in SETTINGS.items()
    )
    return head + "".join(lines)


# --- messages -------------------------------------------------------------------------------------


def messages(language: str) -> str:
    """Return every fault that the program can tell, by the part that tells it."""
    head = {
        "id": "# Pesan\n\nSetiap pesan kesalahan menyebut apa yang salah, di mana, dan apa yang "
        "dilakukan. `{…}` diisi saat tampil. Tanpa tindakan berarti cukup dibaca.\n",
        "en": "# Messages\n\nEvery message says what is wrong, where, and what to do. `{…}` is "
        "filled in when it is shown.\n",
    }[language]
    with CATALOGUE.open("rb") as file:
        told = {str(one.id): str(one.string) for one in read_po(file) if one.id}
    parts = [head]
    for room, texts in _faults().items():
        parts.append(f"\n## {room}\n\n")
        for text in texts:
            shown = told.get(text, text) if language == "id" else text
            parts.append(f"- {_plain(shown)}\n")
    return "".join(parts)


def _faults() -> dict[str, list[str]]:
    """Return the messages of faults by package, as they stand in the source."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "kantong").rglob("*.py")):
        room = path.relative_to(ROOT / "kantong").parts[0].removesuffix(".py")
        found.setdefault(room, set()).update(faults(path))
    return {room: sorted(texts) for room, texts in found.items() if texts}


def _plain(text: str) -> str:
    """Return a text in which nothing is markup."""
    for sign in "\\`*_<>[]|#":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


# --- data dictionary ------------------------------------------------------------------------------


def dictionary(language: str) -> str:
    """Return every indicator of the catalogue, with its periods in the example data."""
    held = library.load(ROOT / "data")
    periods = held.observations.groupby("indicator")["period"].unique()
    words = {
        "id": (
            ("# Kamus data\n\nIndikator dalam `data/indicators.toml`. Persentase dihitung dari "
            "jumlah, tidak pernah disimpan. **Tutup**: jumlah terkecil yang boleh ditampilkan.\n"),
            "| indikator | satuan | rumus | tutup | periode contoh | definisi |",
            "luas (km²)", "dihitung",
        ),
        "en": (
            ("# Data dictionary\n\nIndicators of `data/indicators.toml`. Shares are worked out "
            "from counts, never stored. **Cover** is the smallest count that may be shown.\n"),
            "| indicator | unit | formula | cover | periods of the example | definition |",
            "area (km²)", "worked out",
        ),
    }[language]  # fmt: skip
    head, columns, area, computed = words

    def row(one: Indicator) -> str:
        own = sorted(periods.get(one.id, []))
        many = len(own) > _MOST_PERIODS
        span = f"{own[0]} – {own[-1]} ({len(own)})" if many else ", ".join(own)
        below = area if one.denominator == AREA_KM2 else f"`{one.denominator}`"
        formula = f"`{one.numerator}` / {below} × {one.scale:g}" if one.kind == "rate" else "–"
        cover = str(one.smallest_shown) if one.smallest_shown > 1 else "–"
        when = span or (computed if one.kind == "rate" else "–")
        name = f"**{one.label[language]}**<br>`{one.id}`"
        return (
            f"| {name} | {one.unit[language]} | {formula} | {cover} | {when} "
            f"| {one.definition[language]} |\n"
        )

    shown = (one for one in held.indicators.values() if not one.part_of)
    return f"{head}\n{columns}\n|---|---|---|---|---|---|\n{''.join(map(row, shown))}"


# --- reference values -----------------------------------------------------------------------------


def values(language: str) -> str:
    """Return published values with ours beside them."""
    head = {
        "id": "# Nilai acuan\n\nNilai terbitan atau yang dihitung oleh program lain, dan angka "
        "Kantong pada data yang sama. Tabel ini dibuat oleh program dan diperiksa oleh uji: "
        "bila satu angka bergeser lebih dari batas di kolom terakhir, uji gagal.\n\n"
        "| statistik | data | acuan | Kantong | sumber | batas |\n|---|---|---|---|---|---|\n",
        "en": "# Reference values\n\nPublished values, or values that another program worked out, "
        "and Kantong's figures on the same data. The table is made by a program and held by a "
        "test: it fails where a figure moves by more than the last column allows.\n\n"
        "| statistic | data | reference | Kantong | source | within |\n|---|---|---|---|---|---|\n",
    }[language]
    lines = (
        f"| {one.statistic[language]} | {one.data} | {one.expected:.10g} | {one.found():.10g} "
        f"| {one.source} | {one.within:.0e} |\n"
        for one in reference_values.VALUES
    )
    return head + "".join(lines)


if __name__ == "__main__":
    write()
