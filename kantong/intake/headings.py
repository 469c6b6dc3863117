"""What headings mean: synonyms of the columns, periods and indicators met in real tables."""

import re
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, PERIOD, VALUE, Indicator

CODE = "code"
# Roles of a column, and the headings that name them, without case, spaces and signs.
ROLES: Mapping[str, frozenset[str]] = {
    CODE: frozenset({
        "kode", "kodekelurahandesa", "kodekelurahan", "kodedesa", "kdkel", "kddesa", "iddesa",
        "iddesakel", "idwilayah", "kemendagrikodedesa", "kodekemdagri", "kodekemendagri",
        "kodewilayah", "kodebps", "kode_bps", "code", "idkel", "idkelurahan", "kodedesakel",
        "kodedesakelurahan",
    }),
    KELURAHAN: frozenset({
        "kelurahan", "kelurahandesa", "desakelurahan", "desa", "kel", "nmkel", "namakelurahan",
        "namadesa", "nmdesa", "wilayah", "namawilayah", "village", "kelurahanname",
        "namakelurahandesa", "namadesakelurahan", "desakel", "keldesa",
    }),
    KECAMATAN: frozenset({
        "kecamatan", "kec", "nmkec", "namakecamatan", "district", "kodekecamatan", "kdkec",
        "idkec",
    }),
    INDICATOR: frozenset({"indicator", "indikator", "variabel", "uraian", "keterangandata"}),
    PERIOD: frozenset({"period", "periode", "tahun", "year", "triwulan", "tahunperiode"}),
    VALUE: frozenset({"value", "nilai", "angka", "jumlah", "total", "figure", "banyaknya"}),
}  # fmt: skip

_SIGNS = re.compile(r"[^a-z0-9]+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_QUARTER = re.compile(
    r"(?:\bQ|\bTW|\bTRIWULAN|\bTRI\s*WULAN|\bQUARTER|\bKUARTAL)[\s.\-]*(IV|III|II|I|[1-4])\b",
    re.IGNORECASE,
)
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_ALIKE = 88
# Everyday words of tables for entries of the catalogue.
_SYNONYMS = {
    "jumlahpenduduk": "population", "jumlahjiwa": "population", "jiwa": "population",
    "jumlahpendudukmiskin": "poor_people", "wargamiskin": "poor_people",
    "orangmiskin": "poor_people", "pendudukmiskin": "poor_people",
    "jumlahwargamiskin": "poor_people",
}  # fmt: skip


def bare(text: str) -> str:
    """Return a heading without case, spaces and signs.

    Examples
    --------
    >>> bare(" Desa/Kelurahan "), bare("NM_KEL")
    ('desakelurahan', 'nmkel')
    """
    return _SIGNS.sub("", text.casefold())


def role_of(heading: str) -> str:
    """Return the role a heading names; empty where it names none."""
    text = bare(heading)
    return next((role for role, names in ROLES.items() if text in names), "")


def period_in(text: str) -> str:
    """Return the period named in a text, ``2025`` or ``2025-Q3``; empty where there is none.

    Examples
    --------
    >>> period_in("Triwulan III Tahun 2025"), period_in("Jumlah 2024"), period_in("2025-Q1")
    ('2025-Q3', '2024', '2025-Q1')
    >>> period_in("2023 dan 2024")
    ''
    """
    years = set(_YEAR.findall(text))
    if len(years) != 1:
        return ""
    quarters = {_ROMAN.get(one.upper(), one) for one in _QUARTER.findall(text)}
    if len(quarters) > 1:
        return ""
    (year,) = years
    return str(year) + "".join(f"-Q{quarter}" for quarter in quarters)


def indicator_in(text: str, indicators: Mapping[str, Indicator]) -> str:
    """Return the id of the indicator a heading names; empty where none or several are meant.

    Parameters
    ----------
    text
        Heading or title, with or without its period.
    indicators
        The catalogue; rates are never meant, they are worked out.
    """
    counted = {key: one for key, one in indicators.items() if one.kind != "rate"}
    said = bare(_QUARTER.sub(" ", _YEAR.sub(" ", text)))
    for noise in ("tahun", "periode", "orang", "keluarga"):
        if said.endswith(noise) and said != noise:
            said = said.removesuffix(noise)
    names = {bare(key): key for key in counted} | {
        bare(label): key for key, one in counted.items() for label in one.label.values()
    }
    if said in names:
        return names[said]
    if (synonym := _SYNONYMS.get(said, "")) in counted:
        return synonym
    found = process.extract(said, list(names), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=2)
    meant = {str(names[name]) for name, _score, _n in found if _digits(name) == _digits(said)}
    return meant.pop() if len(meant) == 1 else ""


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())
