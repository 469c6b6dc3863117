"""The indicator catalogue: what is measured, in which unit, against which denominator."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from kantong.geo.errors import Fault, TableError, shorten
from kantong.geo.schema import AREA_KM2, Indicator

_KINDS = ("count", "rate", "amount")
_LANGUAGES = ("id", "en")
_TEXTS = ("label", "unit", "definition")
_TYPES: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "numerator": (str,),
    "denominator": (str,),
    "scale": (int, float),
    "higher_is_worse": (bool,),
    "smallest_shown": (int,),
    "adds_to": (str,),
    "detailed": (bool,),
}
_DECILES = 10
_STAYS = {
    "stayed": {
        "id": "sudah menerima di data lama, desil sama",
        "en": "in the earlier register already, same decile",
    },
    "moved": {
        "id": "sudah menerima di data lama, desil lain",
        "en": "in the earlier register already, another decile",
    },
    "fresh": {"id": "belum menerima di data lama", "en": "not yet in the earlier register"},
}
_YEARS = {"id": "jarak ke data lama", "en": "time since the earlier register"}
_FIELDS = {field.name: field for field in fields(Indicator) if field.name not in {"id", "part_of"}}
_REQUIRED = {name for name, field in _FIELDS.items() if field.default is MISSING}


def read_indicators(path: Path) -> dict[str, Indicator]:
    """Return the indicators of a TOML catalogue by id, in the order of the file.

    Parameters
    ----------
    path
        TOML file with one table an indicator: ``label``, ``unit`` and ``definition`` by language
        (``id`` and ``en``, both needed), ``kind`` (``count``, ``rate`` or ``amount``) and, for
        rates, ``numerator``, ``denominator`` (an indicator or ``area_km2``) and ``scale``.
        ``adds_to`` names the count that parts make up together. ``detailed`` adds the details
        that registers tell of recipients.

    Returns
    -------
    dict
        :class:`~kantong.geo.schema.Indicator` by id.

    Raises
    ------
    TableError
        The file is missing or no TOML, or entries are incomplete; every fault is named.
    """
    entries = _read_toml(path)
    faults = list(_faults(entries, path.name))
    if faults:
        raise TableError(*faults)
    known = {name: Indicator(id=name, **entry) for name, entry in entries.items()}
    return known | {one.id: one for whole in known.values() for one in _details(whole)}


def _details(whole: Indicator) -> Iterator[Indicator]:
    """Yield what a register tells of recipients beside their number."""
    if not whole.detailed:
        return
    of = partial(replace, whole, detailed=False, part_of=whole.id)
    for desil in range(1, _DECILES + 1):
        words = {"id": f"desil {desil}", "en": f"decile {desil}"}
        yield of(id=f"{whole.id}_d{desil}", label=_joined(whole, words))
    for stay, words in _STAYS.items():
        yield of(id=f"{whole.id}_{stay}", label=_joined(whole, words))
    unit = {"id": "tahun", "en": "years"}
    yield of(id=f"{whole.id}_years", label=_joined(whole, _YEARS), unit=unit, kind="amount")


def _joined(whole: Indicator, words: Mapping[str, str]) -> dict[str, str]:
    return {language: f"{whole.label[language]}, {words[language]}" for language in _LANGUAGES}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise TableError(
            Fault("{file}: cannot be read. Check that the file is there.", file=path.name)
        ) from error
    except ValueError as error:
        message = "{file}: is not a TOML file in UTF-8 ({reason}). Correct the catalogue."
        raise TableError(Fault(message, file=path.name, reason=error)) from error


def _faults(entries: Mapping[str, Any], file: str) -> Iterator[Fault]:
    if not entries:
        yield Fault("{file}: holds no indicator. Add at least one.", file=file)
    for name, entry in entries.items():
        if isinstance(entry, dict):
            yield from _faults_of_fields(name, entry, file)
            yield from _faults_of_texts(name, entry, file)
            yield from _faults_of_kind(name, entry, entries, file)
            yield from _faults_of_details(name, entry, entries, file)
        else:
            yield Fault("{file}: {indicator} is not a table.", file=file, indicator=name)


def _faults_of_fields(name: str, entry: Mapping[str, Any], file: str) -> Iterator[Fault]:
    unknown, missing = sorted(entry.keys() - _FIELDS), sorted(_REQUIRED - entry.keys())
    wrong = sorted(
        field
        for field, types in _TYPES.items()
        if field in entry and type(entry[field]) not in types
    )
    where = {"file": file, "indicator": name}
    if unknown:
        yield Fault(
            "{file}: {indicator} has unknown fields: {fields}. Remove or rename them.",
            fields=shorten(unknown),
            **where,
        )
    if missing:
        yield Fault(
            "{file}: {indicator} lacks the fields {fields}. Add them.",
            fields=shorten(missing),
            **where,
        )
    if wrong:
        yield Fault(
            "{file}: {indicator} has values of the wrong type in {fields}. Correct them.",
            fields=shorten(wrong),
            **where,
        )


def _faults_of_texts(name: str, entry: Mapping[str, Any], file: str) -> Iterator[Fault]:
    for field in _TEXTS:
        texts = entry.get(field, dict.fromkeys(_LANGUAGES, "-"))
        given = texts if isinstance(texts, dict) else {}
        absent = [language for language in _LANGUAGES if not str(given.get(language, "")).strip()]
        if absent:
            yield Fault(
                "{file}: {indicator} lacks its {field} in {languages}. Add the text.",
                file=file,
                indicator=name,
                field=field,
                languages=", ".join(absent),
            )


def _faults_of_kind(
    name: str, entry: Mapping[str, Any], entries: Mapping[str, Any], file: str
) -> Iterator[Fault]:
    kind = entry.get("kind", "count")
    if kind not in _KINDS:
        yield Fault(
            "{file}: {indicator} has the kind {kind}. Use count, rate or amount.",
            file=file,
            indicator=name,
            kind=str(kind)[:20],
        )
    whole = entry.get("adds_to", "")
    if whole and (kind != "count" or _kind_of(entries.get(whole)) != "count" or whole == name):
        yield Fault(
            "{file}: {indicator} adds to {given}. A count adds to another count.",
            file=file,
            indicator=name,
            given=repr(whole)[:40],
        )
    parts = {part: entry.get(part, "") for part in ("numerator", "denominator")}
    observed = {key for key, other in entries.items() if _is_observed(other)}
    for part, given in parts.items():
        known = observed | {AREA_KM2} if part == "denominator" else observed
        fits = str(given) in known if kind == "rate" else not given
        if not fits:
            yield Fault(
                "{file}: {indicator} has {given} as {part}. "
                "Rates need an observed indicator there, other kinds none.",
                file=file,
                indicator=name,
                given=repr(given)[:40],
                part=part,
            )


def _kind_of(entry: object) -> object:
    return entry.get("kind") if isinstance(entry, dict) else None


def _faults_of_details(
    name: str, entry: Mapping[str, Any], entries: Mapping[str, Any], file: str
) -> Iterator[Fault]:
    if entry.get("detailed") is not True:
        return
    where = {"file": file, "indicator": name}
    if entry.get("kind", "count") != "count":
        message = "{file}: {indicator} is detailed, but no count. Take detailed out."
        yield Fault(message, **where)
    taken = [one for one in _detail_ids(name) if one in entries]
    if taken:
        message = (
            "{file}: {names} are details of {indicator}, which is detailed. Give your own another "
            "name."
        )
        yield Fault(message, names=shorten(taken), **where)


def _detail_ids(whole: str) -> list[str]:
    deciles = (f"d{desil}" for desil in range(1, _DECILES + 1))
    return [f"{whole}_{detail}" for detail in (*deciles, *_STAYS, "years")]


def _is_observed(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("kind") != "rate"
