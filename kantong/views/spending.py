"""A budget and programmes as a planner states them, and the plans that follow."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.analysis.allocation import (
    RULES,
    Bands,
    Limits,
    Plan,
    Programme,
    allocate,
    bands,
)
from kantong.analysis.chance import draws_of
from kantong.analysis.filling import PRIORITY, Rule, ShareOf
from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.permutation import SEED
from kantong.geo.errors import Fault, TableError, quote
from kantong.geo.schema import DAPIL, KECAMATAN, KODE, Dataset
from kantong.language import gettext as _
from kantong.language import pick
from kantong.views import state
from kantong.views.data import City
from kantong.views.work import in_turn

KEYS = (
    "indikator", "periode", "kecamatan", "dapil", "tutup", "rencana", "bersama", "minimal",
    "aturan",
)  # fmt: skip
MOST_PROGRAMMES = 8
SECONDS = (2, 5, 10, 25)
USUAL_SECONDS = 5
MILLION = 1_000_000
MOST_RP, MOST_MILLION, MOST_PEOPLE, MOST_EFFECT = 99_999_999_999, 999_999, 999_999, 100
LONGEST_NAME = 40
DRAWS = 400
_FIELDS = 7
# Houses on the repair list of a year.
_REPAIRED = "rtlh_assisted"
_LONGEST = 1_600
# In an address: how long may be searched, and of what the minimum shares are.
_SEARCH, _PEOPLE = "detik", "orang"


@dataclass(frozen=True)
class Line:
    """One programme as it is stated.

    Parameters
    ----------
    need
        Indicator that counts whom it may reach.
    cost_rp
        What reaching one costs; 0 where that was not said.
    budget_million
        Of its own, in million rupiah; 0 for none.
    size, floor, cap
        People in a class; fewest and most of a kelurahan, 0 for no such limit.
    effect
        Tenths of what reaching one is worth beside the others; 10 for the same.
    less
        Indicator that counts those already served, to be taken off; empty for none.
    name
        What it is called; empty for the name of the need.
    """

    need: str
    cost_rp: int = 0
    budget_million: int = 0
    size: int = 1
    floor: int = 0
    cap: int = 0
    effect: int = 10
    less: str = ""
    name: str = ""


@dataclass(frozen=True)
class Shares:
    """What each kecamatan must get at least.

    Parameters
    ----------
    percent
        For all; 0 for no such limit.
    own
        Kecamatan for which it is another.
    of
        Of the budget, or of the people reached.
    """

    percent: int = 0
    own: tuple[tuple[str, int], ...] = ()
    of: ShareOf = "budget"

    def by(self, kecamatan: Sequence[str]) -> dict[str, int]:
        """Return the per cent of each."""
        own = dict(self.own)
        return {name: own.get(name, self.percent) for name in kecamatan}


@dataclass(frozen=True)
class Wish:
    """What is to be spent.

    Parameters
    ----------
    lines
        The programmes, in their order.
    common_million
        Million rupiah for all of them together; 0 for no such limit.
    shares
        Minimum shares of the kecamatan.
    indicator, period
        By which kelurahan are served first under the rule that asks for it.
    kodes
        The kelurahan that are planned for.
    seconds
        How long the largest plan may be searched.
    """

    lines: tuple[Line, ...]
    common_million: int
    shares: Shares
    indicator: str
    period: str
    kodes: tuple[str, ...]
    seconds: int = USUAL_SECONDS


def rule_label(rule: str) -> str:
    """Return the words for a rule of spending."""
    return {
        "uniform": _("The same for every kelurahan"),
        "proportional": _("In proportion to need"),
        "need_ranked": _("The worst off first"),
        "optimal": _("As many as possible"),
    }[rule]


# --- what may be planned for -------------------------------------------------------------------


def needs(city: City) -> dict[str, list[str]]:
    """Return the counts of whom a programme may reach, and of each which are already served.

    Counts of need first, then lists of those served now, who may be served again. Only what is
    counted in the same unit can be taken off a need.
    """
    counts = {
        name: one
        for name, one in city.indicators().items()
        if one.kind == "count" and (one.higher_is_worse or is_list(name))
    }
    served = [name for name in counts if is_list(name)]
    asked = [name for name in counts if name not in served]
    same = {name: pick(one.unit) for name, one in counts.items()}
    return {
        name: [other for other in served if name in asked and same[other] == same[name]]
        for name in (*asked, *served)
    }


def is_list(name: str) -> bool:
    """Tell whether an indicator counts those whom a programme serves, not those in need."""
    return name.startswith("recipients_") or name == _REPAIRED


def names(city: City, wish: Wish) -> list[str]:
    """Return the names of the programmes, numbered where one stands twice or heads a column."""
    labels = [one.name or pick(city.library.indicators[one.need].label) for one in wish.lines]
    heads = {_("Code"), _("Kelurahan"), _("Kecamatan"), _("Spent"), _("% of need")}
    found: list[str] = []
    for place, label in enumerate(labels):
        name, at = label, labels[: place + 1].count(label)
        if labels.count(label) > 1 or label in heads:
            numbered = (f"{label} ({more})" for more in count(at))
            name = next(one for one in numbered if one not in {*labels, *found})
        found.append(name)
    return found


def ids(wish: Wish) -> list[str]:
    """Return what the programmes are called within a plan: the same in every language."""
    return [str(place) for place in range(1, len(wish.lines) + 1)]


def units(city: City, wish: Wish) -> str:
    """Return what is counted: people, families, houses."""
    each = (pick(city.library.indicators[one.need].unit) for one in wish.lines)
    return ", ".join(dict.fromkeys(each))


# --- the address -------------------------------------------------------------------------------


def clean(name: str) -> str:
    """Return a name with only what may stand in an address: letters, figures and ``-.()``.

    Examples
    --------
    >>> clean("Jahit; menjahit & bordir")
    'Jahit menjahit bordir'
    """
    kept = "".join(each if each.isalnum() or each in "-.()" else " " for each in name)
    return " ".join(kept.split())[:LONGEST_NAME].strip()


def write(lines: Sequence[Line], seconds: int = USUAL_SECONDS) -> str:
    """Return programmes as they stand in the address.

    Each is ``need,cost,budget,size,floor,cap,effect``, and where there are any ``,less,name``.

    Examples
    --------
    >>> write([Line("poor_people", 125_000, 500)])
    'poor_people,125000,500,1,0,0,10'
    >>> write([Line("poor_people", name="Rantang Kasih")], 10)
    'detik,10;poor_people,0,0,1,0,0,10,,Rantang_Kasih'
    """
    parts = [] if seconds == USUAL_SECONDS else [f"{_SEARCH},{seconds}"]
    for one in lines:
        figures = (one.cost_rp, one.budget_million, one.size, one.floor, one.cap, one.effect)
        more = [one.less, clean(one.name).replace(" ", "_")] if one.less or one.name else []
        parts.append(",".join([one.need, *map(str, figures), *more]))
    return ";".join(parts)


def read(text: str, counts: Mapping[str, Collection[str]]) -> tuple[list[Line], int]:
    """Return the programmes of an address and the seconds of the search.

    Parameters
    ----------
    text
        As :func:`write` makes it; no programmes where it is no plan.
    counts
        As :func:`needs` returns them.
    """
    if not is_plan(text, counts):
        return [], USUAL_SECONDS
    seconds, rows = _parts(text)
    lines = [
        Line(row[0], *map(int, row[1:_FIELDS]), *_texts(row[_FIELDS:]))  # type: ignore[arg-type]
        for row in rows
    ]
    return lines, int(seconds or USUAL_SECONDS)


def _parts(text: str) -> tuple[str, list[list[str]]]:
    """Return the seconds, empty where none are given, and the fields of each programme."""
    rows = [part.split(",") for part in text.split(";")]
    if len(rows[0]) == len((_SEARCH, "5")) and rows[0][0] == _SEARCH:
        return rows[0][1], rows[1:]
    return "", rows


def _texts(fields: Sequence[str]) -> list[str]:
    return [fields[0], fields[1].replace("_", " ")] if fields else []


def is_plan(text: str, counts: Mapping[str, Collection[str]]) -> bool:
    """Tell whether a text of an address is a plan: all its fields within their bounds."""
    if not text or len(text) > _LONGEST:
        return False
    seconds, rows = _parts(text)
    timely = seconds in map(str, SECONDS) or not seconds
    return (
        timely and 0 < len(rows) <= MOST_PROGRAMMES and all(_is_line(row, counts) for row in rows)
    )


def _is_line(row: Sequence[str], counts: Mapping[str, Collection[str]]) -> bool:
    if len(row) not in (_FIELDS, _FIELDS + 2) or row[0] not in counts:
        return False
    bounds = (
        (0, MOST_RP), (0, MOST_MILLION), (1, MOST_PEOPLE), (0, MOST_PEOPLE), (0, MOST_PEOPLE),
        (1, MOST_EFFECT),
    )  # fmt: skip
    figures = zip(row[1:_FIELDS], bounds, strict=True)
    if not all(is_figure(text, low, high) for text, (low, high) in figures):
        return False
    texts = _texts(row[_FIELDS:])
    return not texts or (texts[0] in ("", *counts[row[0]]) and clean(texts[1]) == texts[1])


def is_figure(text: str, low: int = 0, high: int = MOST_MILLION) -> bool:
    """Tell whether a text is a whole number within bounds, in plain digits."""
    plain = text.isdecimal() and text.isascii() and len(text) <= len(str(MOST_RP))
    return plain and low <= int(text) <= high


def write_shares(shares: Shares) -> str:
    """Return minimum shares as they stand in the address.

    Examples
    --------
    >>> write_shares(Shares(5, (("Sukun", 20),), "people"))
    'orang;5;Sukun:20'
    """
    of = [_PEOPLE] if shares.of == "people" else []
    return ";".join([*of, str(shares.percent), *(f"{name}:{part}" for name, part in shares.own)])


def read_shares(text: str, kecamatan: Collection[str]) -> Shares | None:
    """Return the minimum shares of an address; None where they cannot be.

    Examples
    --------
    >>> read_shares("5;Sukun:20", ["Sukun"])
    Shares(percent=5, own=(('Sukun', 20),), of='budget')
    """
    parts = text[:_LONGEST].split(";")
    of: ShareOf = "people" if parts[0] == _PEOPLE else "budget"
    parts = parts[1:] if of == "people" else parts
    own = [part.rpartition(":") for part in parts[1:]]
    every = [name for name, _colon, _percent in own]
    figures = [*parts[:1], *(percent for _name, _colon, percent in own)]
    if not parts or len(set(every)) < len(every) or not set(every) <= set(kecamatan):
        return None
    if not all(is_figure(one, 0, 100) for one in figures):
        return None
    return Shares(int(parts[0]), tuple((name, int(percent)) for name, _colon, percent in own), of)


def wish_of(city: City, settings: Mapping[str, str]) -> Wish | None:
    """Return what the address of this page spends; None where that cannot be spent any more."""
    lines, seconds = read(settings.get("rencana", ""), needs(city))
    common = settings.get("bersama", "2000")
    shares = read_shares(settings.get("minimal", "0"), set(city.layer[KECAMATAN]))
    indicator = settings.get("indikator", state.FIRST_INDICATOR)
    if not lines or not is_figure(common) or shares is None:
        return None
    if indicator not in city.indicators():
        return None
    period = settings.get("periode", city.periods(indicator)[-1])
    kodes = filtered(city, settings)
    return Wish(tuple(lines), int(common), shares, indicator, period, kodes, seconds)


def filtered(city: City, settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ``kode`` of the areas that pass the filter of an address."""
    kept = city.layer[KODE].notna()
    for key in (KECAMATAN, DAPIL):
        if settings.get(key, state.ALL) != state.ALL:
            kept &= city.layer[key] == settings[key]
    return tuple(map(str, city.layer[KODE][kept]))


# --- figures -----------------------------------------------------------------------------------


def _of(city: City, wish: Wish, indicator: str) -> Measure:
    """Return a figure as it may be shown: else a plan would tell a covered count."""
    return city.measure(indicator, nearest_period(wish.period, city.periods(indicator)))


def measures(city: City, wish: Wish) -> list[Measure]:
    """Return the need of each programme."""
    return [_of(city, wish, one.need) for one in wish.lines]


def worst_off(city: City, wish: Wish) -> Measure:
    """Return by what the worst off are served first: the share where there is one."""
    indicator = city.library.indicators[wish.indicator]
    return _of(city, wish, (city.rate_of(indicator) or indicator).id)


def every_measure(city: City, wish: Wish) -> list[Measure]:
    """Return all that a plan is worked out from: needs, those served, and who is worst off."""
    wanted = [*(one.need for one in wish.lines), *(one.less for one in wish.lines if one.less)]
    found = [*(_of(city, wish, name) for name in wanted), worst_off(city, wish)]
    return list({one.indicator: one for one in found}.values())


def datasets(city: City, wish: Wish) -> list[Dataset]:
    """Return the data sets that a plan is worked out from."""
    every = [one for found in every_measure(city, wish) for one in city.datasets(found)]
    return list({one.id: one for one in every}.values())


def need(city: City, wish: Wish) -> pd.DataFrame:
    """Return who is in need and not served yet, by ``kode`` and id of the programme.

    NaN where either is not known.
    """
    kodes = list(wish.kodes)
    columns = {}
    for name, line in zip(ids(wish), wish.lines, strict=True):
        asking = _of(city, wish, line.need).value
        if line.less:
            asking = (asking - _of(city, wish, line.less).value).clip(lower=0)
        columns[name] = asking.reindex(kodes)
    return pd.DataFrame(columns)


def asked(city: City, wish: Wish) -> tuple[pd.DataFrame, list[Programme], pd.DataFrame, Limits]:
    """Return what :func:`kantong.analysis.allocation.allocate` needs.

    Raises
    ------
    TableError
        A cost was not said, or no kelurahan is planned for.
    """
    faults = list(_not_said(wish))
    if faults:
        raise TableError(*faults)
    programmes = [
        Programme(
            name, one.cost_rp, one.budget_million * MILLION or None, one.size, one.floor,
            one.cap or None, one.effect / 10,
        )
        for name, one in zip(ids(wish), wish.lines, strict=True)
    ]  # fmt: skip
    places = city.layer.set_index(KODE)
    areas = pd.DataFrame({KECAMATAN: places[KECAMATAN].reindex(list(wish.kodes))})
    worst = worst_off(city, wish).value.reindex(areas.index)
    areas[PRIORITY] = worst if city.library.indicators[wish.indicator].higher_is_worse else -worst
    parts = wish.shares.by(sorted(set(areas[KECAMATAN])))
    limits = Limits(
        common_budget_rp=wish.common_million * MILLION or None,
        minimum_share={name: percent / 100 for name, percent in parts.items()},
        share_of=wish.shares.of,
    )
    return need(city, wish), programmes, areas, limits


def _not_said(wish: Wish) -> Iterator[Fault]:
    for name, one in zip(ids(wish), wish.lines, strict=True):
        if not one.cost_rp:
            message = "{name}: state what reaching one costs."
            yield Fault(message, name=quote(name))
    if not wish.kodes:
        yield Fault("No kelurahan passes the filter. Widen it.")


# --- plans -------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def found(city: City, wish: Wish, rule: Rule) -> Plan | TableError:
    """Return the plan of a rule, or why there is none."""
    try:
        asking, programmes, areas, limits = asked(city, wish)
        return allocate(
            asking, programmes, areas, rule=rule, limits=limits, time_limit_s=float(wish.seconds)
        )
    except TableError as error:
        return error


def planned(city: City, wish: Wish, rule: Rule) -> Plan:
    """Return the plan of a rule.

    Raises
    ------
    TableError
        What was stated cannot be.
    """
    plan = found(city, wish, rule)
    if isinstance(plan, TableError):
        raise plan
    return plan


def every(city: City, wish: Wish) -> dict[Rule, Plan | TableError]:
    """Return the plan of each rule, or why there is none."""
    return {rule: found(city, wish, rule) for rule in RULES}


@lru_cache(maxsize=16)
@in_turn
def _drawn(city: City, wish: Wish) -> npt.NDArray[np.float64]:
    """Return needs as they could have been counted: draws x kelurahan x programmes.

    The same need in two programmes is drawn once. Lists of those served are as they are.
    """
    wanted = list(dict.fromkeys(one.need for one in wish.lines))
    figures = [_of(city, wish, name) for name in wanted]
    drawn = draws_of(figures, [False] * len(figures), DRAWS, SEED)
    for place, name in enumerate(wanted):
        if is_list(name):
            drawn[:, :, place] = figures[place].value.to_numpy(dtype=float)
    columns = []
    for line in wish.lines:
        asking = drawn[:, :, wanted.index(line.need)]
        if line.less:
            served = _of(city, wish, line.less).value.to_numpy(dtype=float)
            asking = np.clip(asking - served, 0, None)
        columns.append(asking)
    rows = figures[0].value.index.get_indexer(pd.Index(wish.kodes))
    return np.nan_to_num(np.stack(columns, axis=2)[:, rows, :])


@lru_cache(maxsize=256)
@in_turn
def banded(city: City, wish: Wish, rule: Rule) -> Bands:
    """Return how far chance in the counts moves what a plan is worth."""
    return bands(planned(city, wish, rule), _drawn(city, wish))


@lru_cache(maxsize=256)
def ahead(city: City, wish: Wish, rule: Rule, other: Rule) -> tuple[float, float]:
    """Return how many more in need a plan reaches than another, between which bounds (95 %).

    Both plans meet the same needs in each draw.
    """
    drawn = _drawn(city, wish)
    met = [
        np.minimum(drawn, planned(city, wish, one).reached.fillna(0).to_numpy()).sum(axis=(1, 2))
        for one in (rule, other)
    ]
    low, high = np.quantile(met[0] - met[1], (0.025, 0.975))
    return float(low), float(high)
