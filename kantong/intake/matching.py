"""Rows of a file matched to kelurahan: by code, by name, by what was decided before.

Nothing is guessed. A code is checked against the name beside it; a misspelt name is proposed, not
taken; whatever is open goes to a person with its candidates.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pandas as pd
from rapidfuzz.distance import OSA

from kantong.geo.codes import agree, candidates, comparable, parse
from kantong.geo.errors import CodeError, Fault, quote
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, KODE_BPS

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
_TOTALS = ("jumlah", "total", "subtotal", "jml")
_WHOLE = {"", "kota", "kabupaten", "kabkota", "seluruhkecamatan", "keseluruhan", "semua", "umum"}


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
    city: str
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
        Columns ``kode``, ``kode_bps``, ``kelurahan`` and ``kecamatan``.
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
    new = _frame(list(some.values()), pd.Index(some))
    kept = rows.drop(columns=list(MATCH_COLUMNS))
    both = pd.concat([rows.loc[~rows.index.isin(new.index), list(MATCH_COLUMNS)], new])
    return kept.join(both)


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
    by_name: dict[str, tuple[int, ...]] = {}
    for row, name in enumerate(listing[KELURAHAN].map(comparable)):
        by_name[name] = (*by_name.get(name, ()), row)
    kecamatan = {comparable(name): name for name in listing[KECAMATAN].unique() if name}
    codes = {
        str(code)[: len("35.73.01")].replace(".", ""): name
        for code, name in zip(listing[KODE], listing[KECAMATAN], strict=True)
    } | {
        str(code)[: len("3573040")]: name
        for code, name in zip(listing[KODE_BPS], listing[KECAMATAN], strict=True)
        if code
    }
    prefixes = {str(code)[: len("35.73")].replace(".", "") for code in listing[KODE]}
    return _Gazetteer(
        listing, prefixes.pop() if len(prefixes) == 1 else "", by_name, kecamatan, codes,
        {one.texts: one for one in decisions},
    )  # fmt: skip


# --- one place -------------------------------------------------------------------------------


def _judge(code: str, kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict:
    texts = (code, kelurahan, kecamatan)
    if texts in known.decided:
        return _as_decided(known.decided[texts])
    if comparable(kelurahan) in _ELSEWHERE:
        return _refused("{name} is no kelurahan of this city.", name=quote(kelurahan))
    if subtotal := _subtotal(code, kelurahan, kecamatan, known):
        return subtotal
    if not code and not kelurahan:
        return _refused("No kelurahan is named in this line.")
    if code:
        return _by_code(code, kelurahan, kecamatan, known)
    return _by_name(kelurahan, kecamatan, known)


def _as_decided(decision: Decision) -> Verdict:
    if decision.kode:
        return Verdict(Status.MATCHED, decision.kode)
    return _refused("{name} was refused by a person.", name=quote(decision.kelurahan))


def _refused(message: str, /, *, parent: str = "", **details: object) -> Verdict:
    return Verdict(Status.REFUSED, reason=Fault(message, **details), parent=parent)


def _subtotal(code: str, kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict | None:
    """Tell whether a row is a kecamatan or the whole city rather than a kelurahan."""
    digits, name = code.replace(".", ""), comparable(kelurahan)
    if digits and digits in known.kecamatan_codes:
        return _sum_of(known.kecamatan_codes[digits])
    if digits and digits == known.city:
        return _sum_of_all()
    if name:
        return _subtotal_by_name(name, kecamatan, known)
    if not digits and _is_total(comparable(kecamatan)):
        return _sum_named(comparable(kecamatan), "", known)
    of_kecamatan = _kecamatan(kecamatan, known)
    return _sum_of(of_kecamatan) if of_kecamatan and not digits else None


def _subtotal_by_name(name: str, kecamatan: str, known: _Gazetteer) -> Verdict | None:
    if _is_total(name):
        return _sum_named(name, kecamatan, known)
    if name in known.by_name:  # five kelurahan of Malang bear the name of their kecamatan
        return None
    named = _kecamatan(name, known)
    return _sum_of(named) if named else None


def _is_total(name: str) -> bool:
    return name.startswith(_TOTALS) or name in {"kota", "kabupaten"}


def _sum_named(name: str, kecamatan: str, known: _Gazetteer) -> Verdict:
    """Return whose sum a row such as ``Jumlah Kec. Sukun`` is."""
    for word in (*_TOTALS, "kecamatan", "kec"):
        name = name.removeprefix(word)
    if name in known.kecamatan:
        return _sum_of(known.kecamatan[name])
    around = _kecamatan(kecamatan, known)
    if name in _WHOLE and around:
        return _sum_of(around)
    return _sum_of_all()


def _sum_of(kecamatan: str) -> Verdict:
    message = "This line is the sum of kecamatan {kecamatan}; it is used to check the sum."
    return _refused(message, kecamatan=quote(kecamatan), parent=kecamatan)


def _sum_of_all() -> Verdict:
    return _refused("This line is the sum of all; it is used to check the sum.", parent="*")


def _kecamatan(text: str, known: _Gazetteer) -> str:
    """Return the kecamatan that a text names, by name or code; empty where it names none."""
    name = comparable(text)
    for prefix in ("", "kecamatan", "kec"):
        if (short := name.removeprefix(prefix)) in known.kecamatan:
            return known.kecamatan[short]
    return known.kecamatan_codes.get(text.replace(".", ""), "")


# --- by code ---------------------------------------------------------------------------------


def _by_code(code: str, kelurahan: str, kecamatan: str, known: _Gazetteer) -> Verdict:
    try:
        rows = candidates(code, known.listing)
        if not rows:
            parse(code)
    except CodeError:
        reason = Fault("{code} is no code of a kelurahan.", code=quote(code))
        return _to_review(kelurahan, kecamatan, known, reason)
    named = [row for row in rows if agree(kelurahan, known.name(row))]
    if len(named) == 1 and len(rows) == 1:
        return Verdict(Status.MATCHED, known.kode(named[0]))
    if not kelurahan and len(rows) == 1:
        return Verdict(Status.MATCHED, known.kode(rows[0]))
    if not rows:
        if not kelurahan:
            return _refused("{code} is no kelurahan of this city.", code=quote(code))
        reason = Fault("{code} is no kelurahan of this city.", code=quote(code))
        return _to_review(kelurahan, kecamatan, known, reason)
    listed = [known.kode(row) for row in rows]
    if len(rows) > 1:
        reason = Fault("{code} means two places in the two systems of codes.", code=quote(code))
    else:
        reason = Fault(
            "{code} is {listed}, but {given} stands beside it.",
            code=quote(code), listed=known.name(rows[0]), given=quote(kelurahan),
        )  # fmt: skip
    verdict = _to_review(kelurahan, kecamatan, known, reason)
    others = [kode for kode in verdict.candidates if kode not in listed]
    is_misspelt = len(rows) == 1 and _distance(kelurahan, known.name(rows[0])) <= _NEAR
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
    if same and kecamatan:
        reason = Fault(
            "{name} lies in another kecamatan than {kecamatan}.",
            name=quote(kelurahan), kecamatan=quote(kecamatan),
        )  # fmt: skip
        return _to_review(kelurahan, "", known, reason, propose=False)
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


def _to_review(
    kelurahan: str, kecamatan: str, known: _Gazetteer, reason: Fault, *, propose: bool = True
) -> Verdict:
    """Hold a place for a person, with the kelurahan whose names are nearest."""
    around = _kecamatan(kecamatan, known)
    near = sorted(
        (_distance(kelurahan, known.name(row)), known.around(row) != around, row)
        for row in range(len(known.listing))
    )
    rows = [row for _far, _elsewhere, row in near[:_MOST_CANDIDATES]] if kelurahan else []
    closest = [row for far, _elsewhere, row in near if far <= _NEAR]
    is_plain = propose and kelurahan and len(closest) == 1
    return Verdict(
        Status.REVIEW,
        proposed=known.kode(closest[0]) if is_plain else "",
        candidates=tuple(known.kode(row) for row in rows),
        reason=reason,
    )


def _distance(first: str, second: str) -> int:
    """Return how many letters differ: left out, added, changed or swapped with the next."""
    return int(OSA.distance(comparable(first), comparable(second)))
