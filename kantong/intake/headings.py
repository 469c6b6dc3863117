"""What headings mean: synonyms of the columns, periods and indicators met in real tables."""

import re
from collections.abc import Mapping

from rapidfuzz.distance import OSA

from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, PERIOD, VALUE, Indicator

CODE = "code"
# Roles of a column, and the headings that name them, without case, spaces and signs.
ROLES: Mapping[str, frozenset[str]] = {
    CODE: frozenset({
        "kode", "kodekelurahandesa", "kodekelurahan", "kodedesa", "kdkel", "kddesa", "iddesa",
        "iddesakel", "idwilayah", "kemendagrikodedesa", "kodekemdagri", "kodekemendagri",
        "kodewilayah", "kodebps", "code", "idkel", "idkelurahan", "kodedesakel",
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

# Headings that give way to another one of the same role.
VAGUE = frozenset({"wilayah", "namawilayah", "kodekecamatan", "kdkec", "idkec"})
# What may stand beside a year in the heading of its figures without saying what they are.
_NEUTRAL = frozenset({
    "tahun", "tahunan", "jumlah", "jml", "total", "nilai", "angka", "banyaknya", "data",
    "orang", "jiwa", "keluarga", "kk", "th", "thn",
})  # fmt: skip

# What may stand in a title beside what is counted, and before names of places and offices.
_BESIDE = _NEUTRAL | {
    "rekap", "rekapitulasi", "laporan", "menurut", "per", "tiap", "setiap", "di", "se", "pada",
    "berdasarkan", "keadaan", "dan", "by", "of", "in", "periode", "januari", "februari", "maret",
    "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november", "desember",
    "wilayah", "daerah", "district", "village",
}  # fmt: skip
_BEFORE_NAMES = frozenset({
    "kota", "kabupaten", "kab", "kecamatan", "kec", "kelurahan", "desa", "provinsi", "prov",
    "pemerintah", "pemkot", "pemkab", "dinas", "badan", "tabel", "table", "lampiran", "nomor",
})  # fmt: skip
_LONGEST_NAME = 2
_DAY = re.compile(
    r"\b\d{1,2}\s+(?=(?:jan|feb|mar|apr|mei|jun|jul|agu|sep|okt|nov|des)[a-z]*\b)", re.IGNORECASE
)

_SIGNS = re.compile(r"[^a-z0-9]+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_QUARTER = re.compile(
    r"(?<![A-Z])(?:Q|TW|TRIWULAN|TRI\s*WULAN|QUARTER|KUARTAL)[\s._\-]*(?:KE[\s\-]*)?"
    r"(IV|III|II|I|\d{1,2})(?![A-Z0-9])",
    re.IGNORECASE,
)
_HALF_YEAR = re.compile(r"semester|half[\s\-]*year", re.IGNORECASE)
_QUARTERS = {"1", "2", "3", "4"}
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_SUM = re.compile(r"(?:(?:sub|grand)?total|jumlah|jml)")
_OF_KECAMATAN = re.compile(r"\s*kec(?:amatan\b|\b\.?)\s*:?\s*\S", re.IGNORECASE)
_NOTE = re.compile(
    r"\s*(?:(?:sumber|catatan|keterangan|ket|sources?|notes?)(?:\s+data)?\s*[:.]|\*)",
    re.IGNORECASE,
)
_SHARE = re.compile(r"%|pro?sent|persen|percent", re.IGNORECASE)
_FEWEST_LETTERS_OF_TYPO = 5
_FAMILIES = {"keluarga", "kk", "ruta"}
_PEOPLE = {"orang", "jiwa", "penduduk", "individu", "anggota"}
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

    Half years are none. A month or day beside a year says of when in it the figures are: the
    period is the year.

    Examples
    --------
    >>> period_in("Triwulan III Tahun 2025"), period_in("Jumlah 2024"), period_in("2025-Q1")
    ('2025-Q3', '2024', '2025-Q1')
    >>> period_in("2023 dan 2024"), period_in("Semester II 2025"), period_in("31 Desember 2024")
    ('', '', '2024')
    """
    years = set(_YEAR.findall(text))
    if len(years) != 1:
        return ""
    quarters = {_ROMAN.get(one.upper(), one) for one in _QUARTER.findall(text)}
    if len(quarters) > 1 or not quarters <= _QUARTERS or _HALF_YEAR.search(text):
        return ""
    (year,) = years
    return str(year) + "".join(f"-Q{quarter}" for quarter in quarters)


def is_period(text: str) -> bool:
    """Tell whether a text is a period in the form that is kept.

    Examples
    --------
    >>> is_period("2025"), is_period("2025-Q3"), is_period("TW 3 2025"), is_period("0001")
    (True, True, False, False)
    """
    return bool(text) and period_in(text) == text


def is_period_only(heading: str) -> bool:
    """Tell whether a heading names a period and nothing else, but for words such as ``Jumlah``."""
    return bool(period_in(heading)) and _NEUTRAL.issuperset(_words(_without_period(heading)))


def _without_period(text: str) -> str:
    return _QUARTER.sub(" ", _YEAR.sub(" ", text))


def is_sum(text: str) -> bool:
    """Tell whether a text calls its line or column a sum.

    Examples
    --------
    >>> is_sum("Sub Total"), is_sum("JUMLAH KEC. SUKUN"), is_sum("Sukun")
    (True, True, False)
    """
    return _SUM.match(bare(text)) is not None


def after_sum(text: str) -> str:
    """Return what a sum is of, :func:`bare`; empty where it does not say."""
    said = bare(text)
    while (rest := _SUM.sub("", said, count=1) if _SUM.match(said) else said) != said:
        said = rest
    for word in ("kecamatan", "kec"):
        if said.startswith(word):
            return said.removeprefix(word)
    return said


def is_kecamatan(text: str) -> bool:
    """Tell whether a text says of itself that it names a kecamatan.

    Examples
    --------
    >>> is_kecamatan("Kec. Sukun"), is_kecamatan("KECAMATAN: Klojen"), is_kecamatan("Kecubung")
    (True, True, False)
    """
    return _OF_KECAMATAN.match(text) is not None


def is_note(text: str) -> bool:
    """Tell whether a text is a note below a table, such as ``Sumber: ...``."""
    return _NOTE.match(text) is not None


def is_share(heading: str) -> bool:
    """Tell whether a heading names percentages, which are no figures to be counted."""
    return _SHARE.search(heading) is not None


def indicator_in(text: str, indicators: Mapping[str, Indicator]) -> str:
    """Return the id of the indicator a heading names; empty where none or several are meant.

    A letter may be wrong in a long word; another word more or less is another meaning, as in
    ``Penduduk tidak miskin``, and another unit too, as in ``Penduduk miskin (KK)``.

    Parameters
    ----------
    text
        Heading or title, with or without its period.
    indicators
        The catalogue; rates are never meant, they are worked out.
    """
    named = _named_by(text, indicators)
    return named if named and _counts_in(text, indicators[named]) else ""


def _named_by(text: str, indicators: Mapping[str, Indicator]) -> str:
    counted = {key: one for key, one in indicators.items() if one.kind != "rate"}
    said = _named(_without_period(text))
    names = {bare(key): key for key in counted} | {
        bare(label): key for key, one in counted.items() for label in one.label.values()
    }
    for name in dict.fromkeys((bare(_without_period(text)), "".join(said))):
        if name in names:
            return names[name]
        if (synonym := _SYNONYMS.get(name, "")) in counted:
            return synonym
    spoken = [(_words(key), key) for key in counted] + [
        (_words(label), key) for key, one in counted.items() for label in one.label.values()
    ]
    meant = {key for words, key in spoken if said and _alike(said, words)}
    return meant.pop() if len(meant) == 1 else ""


def _counts_in(text: str, indicator: Indicator) -> bool:
    """Tell whether a text names no unit beside an indicator, or that of the indicator."""
    stated = _units(set(_words(text)))
    own = _units({word for unit in indicator.unit.values() for word in _words(unit)})
    named = _units({word for label in indicator.label.values() for word in _words(label)})
    return not indicator.unit or stated <= own | named


def indicator_of_title(title: str, indicators: Mapping[str, Indicator]) -> str:
    """Return the id of the indicator that a title names; empty where that is not certain.

    The longest label that stands in it, in words of their own. Beside it may stand periods, where
    the figures are of, and words such as ``Data``; any other word may be another meaning, as in
    ``Penduduk miskin ekstrem``, and is left to a person.

    Parameters
    ----------
    title
        All that stands above a table.
    indicators
        The catalogue; rates are never meant.
    """
    words = _words(_DAY.sub("", _without_period(title)))
    counted = {key: one for key, one in indicators.items() if one.kind != "rate"}
    labels = [(_words(text), key) for key, one in counted.items() for text in one.label.values()]
    standing = [(len(label), key, at) for label, key in labels for at in _places(label, words)]
    if not standing:
        return ""
    length, key, at = max(standing)
    spoken = {word for label, _key in labels for word in label}
    around = (words[:at], words[at + length :])
    is_certain = all(_is_plain(part, spoken) for part in around)
    return key if is_certain and _counts_in(title, counted[key]) else ""


def _places(label: list[str], words: list[str]) -> list[int]:
    """Return where the words of a label stand among others."""
    size = len(label)
    return [at for at in range(len(words) - size + 1) if size and words[at : at + size] == label]


def _is_plain(words: list[str], spoken: set[str]) -> bool:
    """Tell whether words of a title say nothing of what is counted; names are none ``spoken``."""
    left = 0  # words that may still belong to a name
    for word in words:
        if word in _BEFORE_NAMES:
            left = _LONGEST_NAME
        elif word in _BESIDE:
            left = 0
        elif left and word not in spoken:
            left -= 1
        else:
            return False
    return True


def decile_in(heading: str, title: str, indicators: Mapping[str, Indicator]) -> str:
    """Return the indicator that ``Desil 1`` is under a title; empty where it does not say.

    Examples
    --------
    >>> known = {"dtsen_families_d1": Indicator("dtsen_families_d1", {}, {}, {}, "count")}
    >>> decile_in("Desil 1", "Keluarga DTSEN 2025", known)
    'dtsen_families_d1'
    >>> decile_in("Desil 1 Provinsi", "Keluarga DTSEN 2025", known)
    ''
    """
    said, above = set(_words(_without_period(heading))), set(_words(title))
    levels = [word for word in said if word.isdigit()]
    rest = said - {"desil", "dtsen", "d", *levels, *_FAMILIES, *_PEOPLE}
    if len(levels) != 1 or "desil" not in said or rest or "dtsen" not in said | above:
        return ""
    units = _units(said) or _units(above)
    keys = {f"dtsen_{unit}_d{levels[0]}" for unit in units} & set(indicators)
    return keys.pop() if len(units) == 1 and keys else ""


def _units(words: set[str]) -> set[str]:
    units = (("families", _FAMILIES), ("people", _PEOPLE))
    return {unit for unit, names in units if names & words}


def _words(text: str) -> list[str]:
    return _SIGNS.sub(" ", text.casefold()).split()


def _named(text: str) -> list[str]:
    """Return the words of a heading without those that any heading of figures may have."""
    words = _words(text)
    while len(words) > 1 and words[-1] in _NEUTRAL | {"periode"}:
        words.pop()
    while len(words) > 1 and words[0] in {"jumlah", "jml", "total", "banyaknya"}:
        words.pop(0)
    return words


def _alike(said: list[str], words: list[str]) -> bool:
    return len(said) == len(words) and all(
        one == other
        or (min(len(one), len(other)) >= _FEWEST_LETTERS_OF_TYPO and OSA.distance(one, other) <= 1)
        for one, other in zip(said, words, strict=True)
    )
