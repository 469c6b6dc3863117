"""The example data of Kota Malang as a data package: tables, their description, a word to read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from kantong.example import margins
from kantong.example.interventions import interventions
from kantong.example.simulate import (
    TRAINING_KINDS,
    City,
    dtsen,
    poor_people,
    recipient_details,
    recipients,
    training_needs,
)
from kantong.geo.errors import BoundaryError, Fault
from kantong.geo.files import replace_folder, sha256
from kantong.geo.schema import (
    DATASET,
    INDICATOR,
    INTERVENTION_COLUMNS,
    KECAMATAN,
    KELURAHAN,
    KODE,
    OBSERVATION_COLUMNS,
    PERIOD,
    VALUE,
)

# Quarters in which some kelurahan delivered nothing; no published total has to hold there.
_LATE_QUARTERS = {"2024-Q2": 3, "2024-Q4": 1, "2025-Q1": 2}
_NOT_SURVEYED = 4
_PACKAGE, _DESCRIPTION, _README = "kantong-example", "datapackage.json", "README.md"


@dataclass(frozen=True)
class Table:
    """One file of the package.

    Parameters
    ----------
    name
        File name without its ending; ``SIMULASI-<name>`` is the id of the data set.
    content
        ``observations`` or ``interventions``.
    title, note
        By language (``id`` and ``en``).
    frame
        Rows as written, the data set's id among them.
    """

    name: str
    content: str
    title: dict[str, str]
    note: dict[str, str]
    frame: pd.DataFrame


def write_example(layer: gpd.GeoDataFrame, folder: Path, seed: int) -> list[str]:
    """Write the simulated data of Kota Malang; the old folder stays until the new one is whole.

    Parameters
    ----------
    layer
        Canonical boundaries of Kota Malang.
    folder
        Replaced as a whole.
    seed
        Seed of every draw.

    Returns
    -------
    list
        Names of the files written.

    Raises
    ------
    BoundaryError
        The layer is not Kota Malang, whose published totals the figures must meet, or the folder
        holds files that are no example data.
    """
    _refuse_other_city(layer)
    _refuse_foreign_files(folder)
    tables = example_tables(layer, seed)
    files = {f"{table.name}.csv": _csv(table.frame) for table in tables}
    files[_DESCRIPTION] = _describe(tables, files, seed)
    files[_README] = _readme(tables, seed)
    replace_folder(folder, files)
    return sorted(files)


def _refuse_other_city(layer: gpd.GeoDataFrame) -> None:
    kode = {
        f"{kecamatan}.{1000 + place}"
        for kecamatan, count in margins.KELURAHAN.items()
        for place in range(1, count + 1)
    }
    if set(layer[KODE]) != kode or set(layer[KECAMATAN]) != set(margins.POPULATION_2023):
        message = (
            "The example data describe the 57 kelurahan of Kota Malang. Import the figures of your "
            "own city."
        )
        raise BoundaryError(Fault(message))


def _refuse_foreign_files(folder: Path) -> None:
    held = {path.name for path in folder.glob("*")}
    if not held <= _written_before(folder):
        message = (
            "{folder} holds files that are no example data. Nothing was changed; "
            "choose another folder with --out."
        )
        raise BoundaryError(Fault(message, folder=folder.name))


def _written_before(folder: Path) -> set[str]:
    """Return the files of an example that lies in a folder; none where its package is another."""
    try:
        told = json.loads((folder / _DESCRIPTION).read_bytes())
    except (OSError, ValueError):
        return set()
    if not isinstance(told, dict) or told.get("name") != _PACKAGE:
        return set()
    tables = {str(resource.get("path")) for resource in told.get("resources", [])}
    return {_DESCRIPTION, _README, *tables}


def example_tables(layer: gpd.GeoDataFrame, seed: int) -> list[Table]:
    """Return all tables of the example, in the order of the package."""
    city = City(layer, seed)
    rng = np.random.default_rng([seed, 1])
    people, families = dtsen(city)
    served = recipients(city, families)
    poor = poor_people(city)
    asked = training_needs(city)
    whole = {("population", "2023"): city.population} | {
        ("poor_people", year): counts for year, counts in poor.items()
    }
    late = _late(rng, len(city.places))
    return [
        _observed(city, "population", _pick(whole, "population")),
        _observed(city, "poor_people", _pick(whole, "poor_people")),
        _observed(city, "dtsen_people", _by_decile("dtsen_people", people, late)),
        _observed(city, "dtsen_families", _by_decile("dtsen_families", families, late)),
        _observed(city, "recipients", served),
        _observed(city, "training_needs", _asked(asked, rng)),
        _interventions(city, served),
        _observed(city, "recipient_details", recipient_details(city, families, served)),
    ]


def _pick(figures: dict[tuple[str, str], Any], indicator: str) -> dict[tuple[str, str], Any]:
    return {key: counts for key, counts in figures.items() if key[0] == indicator}


def _late(rng: np.random.Generator, places: int) -> dict[str, Any]:
    return {
        quarter: rng.choice(places, size=size, replace=False)
        for quarter, size in _LATE_QUARTERS.items()
    }


def _by_decile(
    indicator: str, frame: pd.DataFrame, late: dict[str, Any]
) -> dict[tuple[str, str], Any]:
    """Return the counts by decile and their sum; a late kelurahan has neither."""
    figures: dict[tuple[str, str], Any] = {}
    for quarter, rows in frame.groupby(PERIOD, sort=True):
        deciles = [column for column in frame.columns if isinstance(column, int)]
        counts = rows[deciles].to_numpy(dtype=float, copy=True)
        counts[late.get(str(quarter), [])] = np.nan
        figures[(indicator, str(quarter))] = counts.sum(axis=1)
        for position, decile in enumerate(deciles):
            figures[(f"{indicator}_d{decile}", str(quarter))] = counts[:, position]
    return figures


def _asked(asked: dict[str, Any], rng: np.random.Generator) -> dict[tuple[str, str], Any]:
    counts = np.column_stack([asked[kind] for kind in TRAINING_KINDS]).astype(float)
    counts[rng.choice(len(counts), size=_NOT_SURVEYED, replace=False)] = np.nan
    kinds = {
        (f"training_need_{kind}", "2025"): counts[:, position]
        for position, kind in enumerate(TRAINING_KINDS)
    }
    return {("training_need", "2025"): counts.sum(axis=1)} | kinds


def _observed(city: City, name: str, figures: dict[tuple[str, str], Any]) -> Table:
    parts = []
    for (indicator, period), counts in figures.items():
        part = city.places[[KODE, KELURAHAN]].assign(
            **{INDICATOR: indicator, PERIOD: period, VALUE: pd.array(counts, dtype="Int64")}
        )
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True).assign(**{DATASET: f"SIMULASI-{name}"})
    title, note = _WORDS[name]
    return Table(name, "observations", title, note, frame[list(OBSERVATION_COLUMNS)])


def _interventions(city: City, served: dict[tuple[str, str], Any]) -> Table:
    frame = pd.DataFrame(interventions(city, served))
    for column in ("target", "reached", "budget_rp"):
        frame[column] = frame[column].astype("Int64")
    frame = frame.assign(**{DATASET: "SIMULASI-interventions"})
    title, note = _WORDS["interventions"]
    columns = list(INTERVENTION_COLUMNS)
    return Table("interventions", "interventions", title, note, frame[columns])


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _describe(tables: list[Table], files: dict[str, bytes], seed: int) -> bytes:
    package = {
        "profile": "tabular-data-package",
        "name": _PACKAGE,
        "title": "SIMULASI: data contoh Kota Malang / simulated example data",
        "resources": [_resource(table, files[f"{table.name}.csv"], seed) for table in tables],
    }
    return (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()


def _resource(table: Table, content: bytes, seed: int) -> dict[str, Any]:
    numbers = {VALUE, "target", "reached", "budget_rp"}
    return {
        "name": table.name.replace("_", "-"),
        "path": f"{table.name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content)}",
        "schema": {
            "fields": [
                {"name": column, "type": "integer" if column in numbers else "string"}
                for column in table.frame.columns
            ]
        },
        "sources": [{"title": f"SIMULASI: kantong example, seed {seed}"}],
        "licenses": [{"name": "Apache-2.0"}],
        "kantong": {
            "id": f"SIMULASI-{table.name}",
            "title": table.title,
            "simulated": True,
            "note": table.note,
            "content": table.content,
        },
    }


def _readme(tables: list[Table], seed: int) -> bytes:
    return "\n".join(_readme_lines(tables, seed)).encode()


def _readme_lines(tables: list[Table], seed: int) -> Iterator[str]:
    yield "# SIMULASI"
    yield ""
    yield (
        "Semua angka di folder ini **simulasi**: dibuat oleh `kantong example` dengan benih (seed) "
        f"{seed}. Angka ini tidak mengatakan apa pun tentang kelurahan yang sebenarnya. Hanya "
        "jumlah resmi (kecamatan, kota, program) yang dipenuhi dengan tepat."
    )
    yield ""
    yield (
        "Every figure in this folder is **simulated**: made by `kantong example` with seed "
        f"{seed}. It says nothing about a real kelurahan. Only published totals (kecamatan, city, "
        "programmes) are met exactly; `kantong/example/margins.py` names their sources. "
        "Neighbours resemble each other and a few pockets are drawn at random."
    )
    for table in tables:
        yield ""
        yield f"## {table.name}.csv"
        for language in ("id", "en"):
            yield f"- {table.title[language]}. {table.note[language]}"
    yield ""


_WORDS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "population": (
        {"id": "SIMULASI penduduk", "en": "SIMULATED population"},
        {
            "id": "Jumlah tiap kecamatan sama dengan Kota Malang Dalam Angka 2023 (847.182).",
            "en": "Sums by kecamatan equal Kota Malang Dalam Angka 2023 (847,182).",
        },
    ),
    "poor_people": (
        {"id": "SIMULASI penduduk miskin", "en": "SIMULATED poor people"},
        {
            "id": "Jumlah kota sama dengan BPS: 34.840 (2024) dan 34.410 (2025).",
            "en": "City sums equal BPS: 34,840 (2024) and 34,410 (2025).",
        },
    ),
    "dtsen_people": (
        {"id": "SIMULASI penduduk DTSEN desil 1–5", "en": "SIMULATED people in DTSEN deciles 1–5"},
        {
            "id": (
                "2025-Q3 memenuhi angka per desil yang diberitakan: 28, 38, 33, 24 dan 19 ribu, "
                "jumlahnya 142 ribu; berita yang sama menyebut 163 ribu. Kelurahan yang terlambat "
                "pada sebuah triwulan kosong."
            ),
            "en": (
                "2025-Q3 meets the reported figures by decile: 28, 38, 33, 24 and 19 thousand, "
                "in all 142 thousand; the same report states 163 thousand. Kelurahan that were "
                "late in a quarter are empty."
            ),
        },
    ),
    "dtsen_families": (
        {
            "id": "SIMULASI keluarga DTSEN desil 1–5",
            "en": "SIMULATED families in DTSEN deciles 1–5",
        },
        {
            "id": "Diturunkan dari penduduk DTSEN dengan ukuran keluarga acak sekitar tiga orang.",
            "en": "Derived from the DTSEN people with random family sizes around three.",
        },
    ),
    "recipients": (
        {"id": "SIMULASI penerima bantuan", "en": "SIMULATED recipients of assistance"},
        {
            "id": "Jumlah kota 2023: PKH 9.537, BPNT 15.011, BPNTD 6.226; Rantang Kasih 171.",
            "en": "City sums 2023: PKH 9,537, BPNT 15,011, BPNTD 6,226; Rantang Kasih 171.",
        },
    ),
    "recipient_details": (
        {
            "id": "SIMULASI penerima menurut desil dan lama menerima",
            "en": "SIMULATED recipients by decile and since when",
        },
        {
            "id": (
                "Jumlahnya sama dengan penerima PKH dan BPNT 2023; pembagian menurut desil dan "
                "lama menerima rekaan. Data sungguhan dihitung dari register."
            ),
            "en": (
                "They sum to the recipients of PKH and BPNT in 2023; the split by decile and "
                "since when is invented. Real ones are counted from registers."
            ),
        },
    ),
    "training_needs": (
        {"id": "SIMULASI peminat pelatihan", "en": "SIMULATED demand for training"},
        {
            "id": "Jumlah kota pun rekaan; empat kelurahan belum disurvei dan kosong.",
            "en": "City sums are invented too; four kelurahan were not surveyed and are empty.",
        },
    ),
    "interventions": (
        {"id": "SIMULASI intervensi", "en": "SIMULATED interventions"},
        {
            "id": (
                "Jumlah program dan anggaran sama dengan yang diumumkan; pembagian per kelurahan "
                "rekaan. BPNTD dihitung Rp125.000 sebulan (besaran 2021)."
            ),
            "en": (
                "Programme totals and budgets equal the published ones; the split by kelurahan is "
                "invented. BPNTD is reckoned at Rp125,000 a month (the amount of 2021)."
            ),
        },
    ),
}
