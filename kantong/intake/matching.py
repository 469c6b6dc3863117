"""Rows of a file matched to kelurahan: by code, by name, by what was decided before.

Nothing is guessed. A code is checked against the name beside it; a misspelt name is proposed, not
taken; whatever is open goes to a person with its candidates.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pandas as pd
from rapidfuzz.distance import OSA

from kantong.geo.codes import KABUPATEN_DIGITS, agree, candidates, comparable, parse
from kantong.geo.errors import CodeError, Fault, quote
from kantong.geo.schema import KABUPATEN, KECAMATAN, KELURAHAN, KODE, KODE_BPS
from kantong.intake.headings import after_sum, bare, is_note, is_sum

CODE = "code"
PLACE_COLUMNS = (CODE, KELURAHAN, KECAMATAN)
STATUS, PROPOSED, CANDIDATES, REASON = "status", "proposed", "candidates", "reason"
PARENT = "parent"
MATCH_COLUMNS = (STATUS, KODE, PROPOSED, CANDIDATES, REASON, PARENT)

_MOST_CANDIDATES = 5
_NEAR = 1
# What stands in the column of kelurahan and is none: comparable() of the text.
_ELSEWHERE = {
    "lainlain", "lainnya", "luardaerah", "luarkota", "luarwilayah", "luarkotamalang",
    "tidakdiketahui", "tidakterdata", "belumterdata", "nonmalang",
}  # fmt: skip
_WHOLE = {
    "", "kota", "kabupaten", "kabkota", "seluruhkecamatan", "keseluruhan", "semua", "umum",
    "seluruhnya", "semuakecamatan",
}  # fmt: skip
# More than comparable() takes away: KEL with neither dot nor space behind it, or a colon.
_KELURAHAN_OF = re.compile(r"\s*(?:kelurahan|kel|desa|ds)(?:[\s.:]+)(?=\S)", re.IGNORECASE)
_ABOUT_CODE = re.compile(r"[\s'’`\u00a0]+")
_FEWEST_DIGITS_OF_PERSON = 12


class Status(StrEnum):
    """What became of a row; each row has exactly one."""

    MATCHED = "matched"
    REVIEW = "review"
    REFUSED = "refused"


@dataclass(frozen=True)
class Decision:
    """What a person decided about a place as a source writes it.

    Parameters
    ----------
    code, kelurahan, kecamatan
        The texts of the source, stripped.
    kode
        The kelurahan meant; empty where the row is refused.
    """

    code: str
    kelurahan: str
    kecamatan: str
    kode: str

    @property
    def texts(self) -> tuple[str, str, str]:
        """The texts by which the place is known again."""
        return self.code, self.kelurahan, self.kecamatan


@dataclass(frozen=True)
class Verdict:
    """What is known of one place.

    Parameters
    ----------
    status
        Matched, held for review or refused.
    kode
        The kelurahan, where matched.
    proposed
        The likeliest kelurahan, where a person has little to decide.
    candidates
        ``kode`` to choose from, the likeliest first.
    reason
        Why it is not matched.
    parent
        For subtotals: the kecamatan, or ``*`` for all kelurahan together; else empty.
    """

    status: Status
    kode: str = ""
    proposed: str = ""
    candidates: tuple[str, ...] = ()
    reason: Fault | None = None
    parent: str = ""


@dataclass(frozen=True)
class _Gazetteer:
    """The layer as names and codes are looked up in it."""

    listing: pd.DataFrame
    names: tuple[str, ...]
    city_code: str
    city_names: frozenset[str]
    by_name: Mapping[str, tuple[int, ...]]
    kecamatan: Mapping[str, str]
    kecamatan_codes: Mapping[str, str]
    decided: Mapping[tuple[str, str, str], Decision] = field(default_factory=dict)

    def kode(self, row: int) -> str:
        return str(self.listing[KODE].iloc[row])

    def name(self, row: int) -> str:
        return str(self.listing[KELURAHAN].iloc[row])

    def around(self, row: int) -> str:
        return str(self.listing[KECAMATAN].iloc[row])


def match(
    places: pd.DataFrame, layer: pd.DataFrame, decisions: Iterable[Decision] = ()
) -> pd.DataFrame:
    """Match places, as a source writes them, to the kelurahan of a layer.

    Parameters
    ----------
    places
        Columns ``code``, ``kelurahan`` and ``kecamatan``: texts, empty where there is none.
    layer
        Columns ``kode``, ``kode_bps``, ``kelurahan``, ``kecamatan`` and, so that the sum of all
        is known by its name, ``kabupaten``.
    decisions
        What was decided before about places of this source.

    Returns
    -------
    DataFrame
        ``MATCH_COLUMNS`` on the index of ``places``: ``status`` is a :class:`Status`; ``kode``,
        ``proposed`` and ``parent`` are texts, empty where there is none; ``candidates`` holds
        tuples of ``kode``; ``reason`` a :class:`~kantong.geo.errors.Fault` or None.
    """
    known = _gazetteer(layer, decisions)
    verdicts: dict[tuple[str, str, str], Verdict] = {}
    rows = []
    for texts in places[list(PLACE_COLUMNS)].itertuples(index=False, name=None):
        code, kelurahan, kecamatan = (str(text).strip() for text in texts)
        key = (code, kelurahan, kecamatan)
        if key not in verdicts:
            verdicts[key] = _judge(*key, known)
        rows.append(verdicts[key])
    return _frame(rows, places.index)


def judged(rows: pd.DataFrame, verdicts: Mapping[int, Verdict]) -> pd.DataFrame:
    """Return rows with other verdicts for some of their labels; unknown labels are left out."""
    some = {label: one for label, one in verdicts.items() if label in rows.index}
    if not some:
        return rows
    new = _frame(list(some.values()), pd.Index(some))
    kept = rows.drop(columns=list(MATCH_COLUMNS))
    both = pd.concat([rows.loc[~rows.index.isin(new.index), list(MATCH_COLUMNS)], new])
    return kept.join(both)


def as_settled(
    rows: pd.DataFrame, chosen: Mapping[int, str], known: AbstractSet[str]
) -> pd.DataFrame:
    """Return rows as a person settled some of them.

    Parameters
    ----------
    rows
        As :func:`match` gives them, beside their places.
    chosen
        By label of a row: the ``kode`` that was chosen, or an empty text for a row refused. One
        that is not ``known`` here is left out.
    known
        ``kode`` of the boundaries.
    """
    refused = Fault("A person refused this line.")
    verdicts = {
        line: Verdict(Status.MATCHED, kode) if kode else Verdict(Status.REFUSED, reason=refused)
        for line, kode in chosen.items()
        if not kode or kode in known
    }
    return judged(rows, verdicts)


def _frame(verdicts: Sequence[Verdict], index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(
        {
            STATUS: [one.status for one in verdicts],
            KODE: [one.kode for one in verdicts],
            PROPOSED: [one.proposed for one in verdicts],
            CANDIDATES: [one.candidates for one in verdicts],
            REASON: [one.reason for one in verdicts],
            PARENT: [one.parent for one in verdicts],
        },
        index=index,
        dtype=object,
    )


def _gazetteer(layer: pd.DataFrame, decisions: Iterable[Decision]) -> _Gazetteer:
    listing = layer.reset_index(drop=True)
    names = tuple(listing[KELURAHAN].map(comparable))
    by_name: dict[str, tuple[int, ...]] = {}
    for row, name in enumerate(names):
        by_name[name] = (*by_name.get(name, ()), row)
    kecamatan = {comparable(name): name for name in listing[KECAMATAN].unique() if name}
    known = set(listing[KODE]) | {""}
    prefixes = {_digits(str(code))[:KABUPATEN_DIGITS] for code in listing[KODE]}
    return _Gazetteer(
        listing=listing,
        names=names,
        city_code=prefixes.pop() if len(prefixes) == 1 else "",
        city_names=_city_names(listing) - set(kecamatan),
        by_name=by_name,
        kecamatan=kecamatan,
        kecamatan_codes=_kecamatan_codes(listing),
        decided={one.texts: one for one in decisions if one.kode in known},
    )


def _kecamatan_codes(listing: pd.DataFrame) -> dict[str, str]:
    """Return the kecamatan by their codes in both systems; codes of two are left out."""
    around: dict[str, set[str]] = {}
    for column, length in ((KODE, len("357301")), (KODE_BPS, len("3573040"))):
        for code, name in zip(listing[column], listing[KECAMATAN], strict=True):
            if code:
                around.setdefault(_digits(str(code))[:length], set()).add(str(name))
    return {code: names.pop() for code, names in around.items() if len(names) == 1}


def _city_names(listing: pd.DataFrame) -> frozenset[str]:
    """Return what a line may be called that sums a whole kabupaten or kota."""
    named = set(listing[KABUPATEN]) if KABUPATEN in listing else set()
    if len(named) != 1:
        return frozenset()
    name = comparable(str(named.pop()))
    return frozenset({name, name.removeprefix("kota").removeprefix("kabupaten")} - {""})


def _digits(code: str) -> str:
    return code.replace(".", "")


# --- one place -------------------------------------------------------------------------------


def _judge(code: str, kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict:
    texts = (code, kelurahan, kecamatan)
    if texts in known.decided:
        return _as_decided(known.decided[texts])
    code, kelurahan = _plain_code(code), _plain_name(kelurahan)
    none = _elsewhere(code, kelurahan, kecamatan) or _subtotal(code, kelurahan, kecamatan, known)
    if none:
        return none
    if code:
        return _by_code(code, kelurahan, kecamatan, known)
    if kelurahan:
        return _by_name(kelurahan, kecamatan, known)
    return _refused(Fault("No kelurahan is named in this line."))


def _elsewhere(code: str, kelurahan: str, kecamatan: str) -> Verdict | None:
    """Tell whether a row says of itself that it is about no kelurahan."""
    if comparable(kelurahan) in _ELSEWHERE:
        return _refused(Fault("{name} is no kelurahan of this city.", name=quote(kelurahan)))
    if any(is_note(text) for text in (code, kelurahan, "" if kelurahan else kecamatan)):
        return _refused(Fault("This line is a note."))
    return None


def _plain_code(text: str) -> str:
    """Return a code without spaces, apostrophes and the ``.0`` of a number; dashes are none."""
    code = _ABOUT_CODE.sub("", text)
    if re.fullmatch(r"\d+\.0", code):
        code = code.removesuffix(".0")
    return code if re.search(r"\w", code) else ""


def _plain_name(text: str) -> str:
    """Return a name without ``Kelurahan`` before it; signs alone are none."""
    name = _KELURAHAN_OF.sub("", text, count=1) if _KELURAHAN_OF.match(text) else text
    return name if re.search(r"\w", name) else ""


def _told(code: str) -> str:
    """Return a code for a message, unless it may be the number of a person."""
    return "'…'" if sum(map(str.isdigit, code)) >= _FEWEST_DIGITS_OF_PERSON else quote(code)


def _as_decided(decision: Decision) -> Verdict:
    if decision.kode:
        return Verdict(Status.MATCHED, decision.kode)
    return _refused(Fault("{name} was refused by a person.", name=quote(decision.kelurahan)))


def _refused(reason: Fault, *, parent: str = "") -> Verdict:
    return Verdict(Status.REFUSED, reason=reason, parent=parent)


def _subtotal(code: str, kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict | None:
    """Tell whether a row is a kecamatan or the whole city rather than a kelurahan."""
    by_code = _subtotal_by_code(code, kelurahan, known)
    if by_code is not None:
        return by_code
    name = comparable(kelurahan)
    if name:
        return _subtotal_by_name(kelurahan, kecamatan, known)
    if is_sum(code) or (not code and is_sum(kecamatan)):
        return _sum_named(code or kecamatan, kecamatan if code else "", known)
    if code:
        return None
    if comparable(kecamatan) in known.city_names:
        return _sum_of_all()
    of_kecamatan = _kecamatan(kecamatan, known)
    return _sum_of(of_kecamatan) if of_kecamatan else None


def _subtotal_by_code(code: str, kelurahan: str, known: _Gazetteer) -> Verdict | None:
    """Tell whether the code is that of a kecamatan or of the city, and the name does not object."""
    digits = _digits(code)
    name = comparable(kelurahan)
    if digits and digits in known.kecamatan_codes:
        of_kecamatan = known.kecamatan_codes[digits]
        is_sure = not name or is_sum(kelurahan) or _kecamatan(kelurahan, known) == of_kecamatan
        return _sum_of(of_kecamatan) if is_sure else None
    if digits and digits == known.city_code:
        is_sure = not name or is_sum(kelurahan) or name in known.city_names
        return _sum_of_all() if is_sure else None
    return None


def _subtotal_by_name(kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict | None:
    name = comparable(kelurahan)
    if name in known.by_name:  # five kelurahan of Malang bear the name of their kecamatan
        return None
    if is_sum(kelurahan):
        return _sum_named(kelurahan, kecamatan, known)
    if name in known.city_names or name in _WHOLE:
        return _sum_of_all()
    named = _kecamatan(kelurahan, known)
    return _sum_of(named) if named else None


def _sum_named(text: str, kecamatan: str, known: _Gazetteer) -> Verdict:
    """Return whose sum a row such as ``Jumlah Kec. Sukun`` is."""
    name = after_sum(text)
    kecamatan_by_name = {bare(key): named for key, named in known.kecamatan.items()}
    if name in kecamatan_by_name:
        return _sum_of(kecamatan_by_name[name])
    around = _kecamatan(kecamatan, known)
    if name in _WHOLE and around:
        return _sum_of(around)
    if name in _WHOLE or name in known.city_names:
        return _sum_of_all()
    return _refused(Fault("This line is a sum."))


def _sum_of(kecamatan: str) -> Verdict:
    message = "This line is the sum of kecamatan {kecamatan}; it is used to check the sum."
    return _refused(Fault(message, kecamatan=quote(kecamatan)), parent=kecamatan)


def _sum_of_all() -> Verdict:
    reason = Fault("This line is the sum of all; it is used to check the sum.")
    return _refused(reason, parent="*")


def _kecamatan(text: str, known: _Gazetteer) -> str:
    """Return the kecamatan that a text names, by name or code; empty where it names none."""
    name = comparable(text).replace(":", "")
    for prefix in ("", "kecamatan", "kec"):
        if (short := name.removeprefix(prefix)) in known.kecamatan:
            return known.kecamatan[short]
    return known.kecamatan_codes.get(_digits(_plain_code(text)), "")


# --- by code ---------------------------------------------------------------------------------


def _by_code(code: str, kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict:
    try:
        rows = candidates(code, known.listing)
        if not rows:
            parse(code)
    except CodeError:
        reason = Fault("{code} is no code of a kelurahan.", code=_told(code))
        return _to_review(kelurahan, kecamatan, known, reason)
    if not rows:
        reason = Fault("{code} is no kelurahan of this city.", code=_told(code))
        if not kelurahan:
            return Verdict(Status.REFUSED, reason=reason)
        return _to_review(kelurahan, kecamatan, known, reason)
    if len(rows) == 1 and _is_confirmed(rows[0], kelurahan, kecamatan, known):
        return Verdict(Status.MATCHED, known.kode(rows[0]))
    return _contradicted(code, rows, (kelurahan, kecamatan), known)


def _is_confirmed(row: int, kelurahan: str, kecamatan: str, known: _Gazetteer) -> bool:
    """Tell whether what stands beside a code agrees with it: the name, else the kecamatan."""
    if kelurahan:
        return agree(kelurahan, known.name(row))
    return not kecamatan or _kecamatan(kecamatan, known) in {"", known.around(row)}


def _contradicted(
    code: str, rows: Sequence[int], beside: tuple[str, str], known: _Gazetteer
) -> Verdict:
    """Hold a place whose code means another place than the one named beside it, or two."""
    kelurahan, kecamatan = beside
    if len(rows) > 1:
        reason = Fault("{code} means two places in the two systems of codes.", code=_told(code))
    else:
        reason = Fault(
            "{code} is {listed}, but {given} stands beside it.",
            code=_told(code), listed=known.name(rows[0]), given=quote(kelurahan or kecamatan),
        )  # fmt: skip
    listed = [known.kode(row) for row in rows]
    verdict = _to_review(kelurahan, kecamatan, known, reason)
    others = [kode for kode in verdict.candidates if kode not in listed]
    is_misspelt = (
        len(rows) == 1 and kelurahan and _far(comparable(kelurahan), known.names[rows[0]]) <= _NEAR
    )
    return replace(
        verdict,
        proposed=listed[0] if is_misspelt else "",
        candidates=tuple([*listed, *others][:_MOST_CANDIDATES]),
    )


# --- by name ---------------------------------------------------------------------------------


def _by_name(kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict:
    same = known.by_name.get(comparable(kelurahan), ())
    around = _kecamatan(kecamatan, known)
    within = [row for row in same if known.around(row) == around]
    if around and len(within) == 1:
        return Verdict(Status.MATCHED, known.kode(within[0]))
    if same and kecamatan and not (around and within):
        reason = Fault(
            "{name} lies in another kecamatan than {kecamatan}.",
            name=quote(kelurahan), kecamatan=quote(kecamatan),
        )  # fmt: skip
        return _to_review(kelurahan, "", known, reason, propose=_is_near(kecamatan, same, known))
    if len(same) == 1 and comparable(kelurahan) in known.kecamatan:
        reason = Fault("{name} is a kelurahan and a kecamatan.", name=quote(kelurahan))
        return _to_review(kelurahan, "", known, reason, propose=False)
    if len(same) == 1:
        return Verdict(Status.MATCHED, known.kode(same[0]))
    if same:
        reason = Fault("{name} stands for several kelurahan.", name=quote(kelurahan))
        return _to_review(kelurahan, kecamatan, known, reason, propose=False)
    reason = Fault("{name} is not the name of a kelurahan here.", name=quote(kelurahan))
    return _to_review(kelurahan, kecamatan, known, reason)


def _is_near(kecamatan: str, rows: Sequence[int], known: _Gazetteer) -> bool:
    """Tell whether a kecamatan is only a misspelt form of the one around a kelurahan."""
    return (
        len(rows) == 1 and _far(comparable(kecamatan), comparable(known.around(rows[0]))) <= _NEAR
    )


def _to_review(
    kelurahan: str, kecamatan: str, known: _Gazetteer, reason: Fault, *, propose: bool = True
) -> Verdict:
    """Hold a place for a person, with the kelurahan whose names are nearest."""
    if not kelurahan:
        return Verdict(Status.REVIEW, reason=reason)
    around, given = _kecamatan(kecamatan, known), comparable(kelurahan)
    near = sorted(
        (_far(given, name), known.around(row) != around, row)
        for row, name in enumerate(known.names)
    )
    closest = [row for far, _elsewhere, row in near if far <= _NEAR]
    is_plain = propose and len(closest) == 1 and _may_be_meant(closest[0], around, known)
    return Verdict(
        Status.REVIEW,
        proposed=known.kode(closest[0]) if is_plain else "",
        candidates=tuple(known.kode(row) for _far, _elsewhere, row in near[:_MOST_CANDIDATES]),
        reason=reason,
    )


def _may_be_meant(row: int, around: str, known: _Gazetteer) -> bool:
    """Tell whether a misspelt name can be proposed: not against its kecamatan, nor for a sum."""
    if around:
        return known.around(row) == around
    return known.names[row] not in known.kecamatan


def _far(first: str, second: str) -> int:
    """Return how many letters differ: left out, added, changed or swapped with the next."""
    return int(OSA.distance(first, second))
