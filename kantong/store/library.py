"""The data folder: catalogue and data sets, each file checked against its recorded hash.

Data sets are described by Frictionless Data Packages (``*/datapackage.json``). Their tables were
checked cell by cell when they came in (``kantong.intake``); here the hash proves that they are
still the same bytes.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from kantong.geo.errors import Fault, TableError, shorten
from kantong.geo.files import sha256
from kantong.geo.schema import (
    DATASET,
    INDICATOR,
    INTERVENTION_COLUMNS,
    OBSERVATION_COLUMNS,
    PERIOD,
    VALUE,
    Dataset,
    Indicator,
)
from kantong.store.catalogue import read_indicators

CITY_COLUMNS = ("year", "poor_thousand", "p0_percent", "p1", "p2", "poverty_line_rp", "source")
KECAMATAN_COLUMNS = ("kecamatan", INDICATOR, PERIOD, VALUE, "source", DATASET)
_COLUMNS: dict[str, tuple[str, ...]] = {
    "observations": OBSERVATION_COLUMNS,
    "interventions": INTERVENTION_COLUMNS,
    "city_series": (*CITY_COLUMNS, DATASET),
    "kecamatan": KECAMATAN_COLUMNS,
}
_NUMBERS = {VALUE, "target", "reached", "budget_rp", *CITY_COLUMNS} - {"source"}


@dataclass(frozen=True, eq=False)
class Library:
    """Everything the data folder holds.

    Parameters
    ----------
    indicators
        The catalogue, by id.
    observations
        ``OBSERVATION_COLUMNS``; a missing ``value`` is a figure that is not known, never zero.
    datasets
        Where the figures come from, by the id in each frame's ``dataset`` column.
    interventions
        ``INTERVENTION_COLUMNS``; ``target`` and ``reached`` in people, families or houses,
        ``budget_rp`` in rupiah. NaN where not known.
    city_series
        ``CITY_COLUMNS`` and ``dataset``, one row a year: poor people in thousands, P0 in per
        cent, P1, P2, poverty line in rupiah per head and month. NaN where not found.
    kecamatan
        ``KECAMATAN_COLUMNS``: published figures by kecamatan.
    """

    indicators: dict[str, Indicator]
    observations: pd.DataFrame
    datasets: dict[str, Dataset]
    interventions: pd.DataFrame
    city_series: pd.DataFrame
    kecamatan: pd.DataFrame


@dataclass(frozen=True, eq=False)
class StoredFigures:
    """What the store holds now, to be put beside the data packages.

    Parameters
    ----------
    observations
        ``OBSERVATION_COLUMNS``; every row names one of ``datasets``.
    datasets
        By id.
    interventions
        ``INTERVENTION_COLUMNS``; every row names one of ``datasets``.
    """

    observations: pd.DataFrame
    datasets: dict[str, Dataset]
    interventions: pd.DataFrame


def data_folder() -> Path:
    """Return the folder named by ``KANTONG_DATA``, or ``data`` beside the package."""
    chosen = os.environ.get("KANTONG_DATA")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "data"


def load(folder: Path, stored: StoredFigures | None = None) -> Library:
    """Read the catalogue and every data package below a folder, and put imported figures in.

    Parameters
    ----------
    folder
        Holds ``indicators.toml`` and sub-folders with a ``datapackage.json`` each.
    stored
        What the store holds for the boundaries of this folder. Where its figures hold an
        indicator and period, they replace all figures that the packages have for it; its
        interventions come beside those of the packages.

    Returns
    -------
    Library
        Frames with a fresh index, rows in the order of packages, resources and lines, then those
        of the store.

    Raises
    ------
    TableError
        A file is missing, outside its folder, changed since its hash was recorded, or its
        columns, numbers, indicators or data set ids are not as described; all faults named.
    """
    indicators = read_indicators(folder / "indicators.toml")
    faults: list[Fault] = []
    datasets: dict[str, Dataset] = {}
    tables: dict[str, list[pd.DataFrame]] = {content: [] for content in _COLUMNS}
    for package in sorted(folder.glob("*/datapackage.json")):
        try:
            for content, dataset, table in _read_package(package, folder):
                faults.extend(_repeated(dataset, datasets))
                datasets[dataset.id] = dataset
                tables[content].append(table)
        except TableError as error:
            faults.extend(error.faults)
    frames = {content: _stack(content, tables[content]) for content in _COLUMNS}
    if stored is not None:
        frames["observations"] = _put_in(frames["observations"], stored.observations)
        both = [frames["interventions"], stored.interventions]
        frames["interventions"] = pd.concat([one for one in both if len(one)] or both[:1])
        frames["interventions"] = frames["interventions"].reset_index(drop=True)
        datasets |= stored.datasets
    faults.extend(_unknown_indicators(frames["observations"], indicators))
    if faults:
        raise TableError(*faults)
    return Library(indicators=indicators, datasets=datasets, **frames)


def _put_in(packages: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    if stored.empty:
        return packages
    held = pd.MultiIndex.from_frame(stored[[INDICATOR, PERIOD]])
    replaced = pd.MultiIndex.from_frame(packages[[INDICATOR, PERIOD]]).isin(held)
    return pd.concat([packages[~replaced], stored], ignore_index=True)


def _repeated(dataset: Dataset, datasets: Iterable[str]) -> Iterator[Fault]:
    if dataset.id in datasets:
        message = "{file}: the data set {dataset} stands in the data folder twice. Rename one."
        yield Fault(message, file=dataset.path, dataset=dataset.id)


def _read_package(package: Path, folder: Path) -> Iterator[tuple[str, Dataset, pd.DataFrame]]:
    name = package.relative_to(folder).as_posix()
    try:
        description = json.loads(package.read_text("utf-8"))
        resources = [(item, item["kantong"]["content"]) for item in description["resources"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = "{file}: is not a data package that Kantong can read. Restore the file."
        raise TableError(Fault(message, file=name)) from error
    faults: list[Fault] = []
    for resource, content in resources:
        try:
            yield content, *_read_resource(resource, content, package, name)
        except TableError as error:
            faults.extend(error.faults)
    if faults:
        raise TableError(*faults)


def _read_resource(
    resource: dict[str, Any], content: str, package: Path, name: str
) -> tuple[Dataset, pd.DataFrame]:
    try:
        dataset = _describe(resource, package)
    except (KeyError, TypeError, AttributeError) as error:
        message = (
            "{file}: a data set lacks its name, title, path, sources, licenses, hash or note. "
            "Add what is missing."
        )
        raise TableError(Fault(message, file=name)) from error
    if not isinstance(content, str) or content not in _COLUMNS:
        message = "{file}: {dataset} holds {content}, which is not known. Use one of: {known}."
        known = ", ".join(_COLUMNS)
        raise TableError(
            Fault(message, file=name, dataset=dataset.id, content=str(content)[:20], known=known)
        )
    payload = _verified_bytes(resource["path"], dataset, package)
    return dataset, _read_table(payload, content, dataset)


def _describe(resource: dict[str, Any], package: Path) -> Dataset:
    own = resource["kantong"]
    if not isinstance(resource["path"], str):  # a table in several files
        raise TypeError(resource["path"])
    sources = [" ".join(filter(None, map(item.get, _SOURCE))) for item in resource["sources"]]
    licences = [item.get("title") or item["name"] for item in resource["licenses"]]
    return Dataset(
        id=own["id"],
        title=dict(own["title"]),
        source="; ".join(sources),
        licence="; ".join(licences),
        simulated=own["simulated"] is not False,
        path=f"{package.parent.name}/{resource['path']}",
        sha256=resource["hash"].removeprefix("sha256:"),
        note=dict(own["note"]),
    )


_SOURCE = ("title", "path")


def _verified_bytes(path: str, dataset: Dataset, package: Path) -> bytes:
    home = package.parent.resolve()
    target = (home / path).resolve()
    if not target.is_relative_to(home):
        message = "{file}: lies outside the folder of its data package. Move it there."
        raise TableError(Fault(message, file=dataset.path))
    try:
        payload = target.read_bytes()
    except OSError as error:
        message = "{file}: cannot be read. Restore the file or take it out of the data package."
        raise TableError(Fault(message, file=dataset.path)) from error
    if sha256(payload) != dataset.sha256:
        message = (
            "{file}: its content no longer matches the hash in datapackage.json. "
            "Restore the file, or import the changed table as a new data set."
        )
        raise TableError(Fault(message, file=dataset.path))
    return payload


def _read_table(payload: bytes, content: str, dataset: Dataset) -> pd.DataFrame:
    columns = _COLUMNS[content]
    try:
        table = pd.read_csv(BytesIO(payload), dtype=str, keep_default_na=False)
    except ValueError as error:
        message = "{file}: is not a CSV table in UTF-8. Restore the file."
        raise TableError(Fault(message, file=dataset.path)) from error
    if tuple(table.columns) != columns:
        message = "{file}: its columns are not {columns}. Correct the heading."
        raise TableError(Fault(message, file=dataset.path, columns=", ".join(columns)))
    strangers = sorted(set(table[DATASET]) - {dataset.id})
    if strangers:
        message = "{file}: rows name the data sets {strangers} instead of {dataset}."
        raise TableError(
            Fault(message, file=dataset.path, strangers=shorten(strangers), dataset=dataset.id)
        )
    for column in _NUMBERS.intersection(columns):
        table[column] = _numbers(table[column], dataset)
    return table


def _numbers(texts: "pd.Series[str]", dataset: Dataset) -> "pd.Series[float]":
    given = texts.where(texts != "")
    numbers = pd.to_numeric(given, errors="coerce").astype(float)
    wrong = numbers.isna() & given.notna()
    if wrong.any():
        lines = shorten(int(row) + 2 for row in texts.index[wrong])
        message = "{file}: the column {column} holds no number on line {lines}. Correct it."
        raise TableError(Fault(message, file=dataset.path, column=texts.name, lines=lines))
    return numbers


def _stack(content: str, tables: list[pd.DataFrame]) -> pd.DataFrame:
    if tables:
        return pd.concat(tables, ignore_index=True)
    return pd.DataFrame(
        {name: pd.Series(dtype=float if name in _NUMBERS else str) for name in _COLUMNS[content]}
    )


def _unknown_indicators(observations: pd.DataFrame, indicators: Iterable[str]) -> Iterator[Fault]:
    unknown = observations.loc[~observations[INDICATOR].isin(list(indicators))]
    for dataset, rows in unknown.groupby(DATASET):
        yield Fault(
            "{dataset}: the indicators {indicators} are not in the catalogue. "
            "Add them to indicators.toml.",
            dataset=dataset,
            indicators=shorten(sorted(set(rows[INDICATOR]))),
        )
