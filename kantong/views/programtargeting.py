"""Who is left out and who is let in, and who has long been served: where a register was counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import streamlit as st

from kantong.analysis import reach
from kantong.analysis.limits import told_limits
from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.reach import (
    DECILES,
    ELIGIBLE,
    EXCLUDED,
    EXCLUSION,
    INCLUDED,
    INCLUSION,
    PERCENT,
    POOR,
    POOREST,
    RECIPIENTS,
    STAYED,
    UNKNOWN,
)
from kantong.analysis.suppression import SUPPRESSED, is_suppressed
from kantong.geo import levels
from kantong.geo.errors import Fault
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import frame, mapview, programmes, share, state
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.state import Selection
from kantong.views.words import paragraphs, plain

_FAMILIES = "dtsen_families"
_LEFT_OUT, _LET_IN, _LONG = "terlewat", "bocor", "lama"
_VIEWS = (_LEFT_OUT, _LET_IN, _LONG)
_SHARE = Indicator("share", {}, {}, {}, "rate", scale=100.0)
_SAME = ("stayed", "moved", "fresh")
_HEIGHT = 420


@dataclass(frozen=True)
class Asked:
    """What is asked about a programme.

    Parameters
    ----------
    programme
        Indicator of its recipients.
    poorest, eligible
        It is meant for deciles 1 to ``poorest``; nobody above ``eligible`` should receive it.
    """

    programme: str
    poorest: int = POOREST
    eligible: int = ELIGIBLE


def show(city: City, selection: Selection) -> None:
    """Draw the errors of targeting of a programme, and who has long been served."""
    st.subheader(_("Does it reach the right families?"), anchor=False)
    known = programmes_with_deciles(city)
    if not known:
        st.info(
            _("No register was counted together with a list of recipients yet. Count one with "
              "'kantong count REGISTER --paid pkh=LIST'; only sums are kept.")
        )  # fmt: skip
        return
    asked, period = _ask(city, known)
    found = targeting(city, asked, period)
    st.html(paragraphs(_told(city, asked, period)))
    for fault in found.told:
        st.warning(plain(fault.describe(_, number)), icon=":material/rule:")
    views = [one for one in _VIEWS if one != _LONG or has_past(city, asked, period)]
    view = state.select(
        _("What is shown"), views, views[0], _view_label, key="sasaran",
        draw=st.segmented_control, label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip
    measured = measure_of(city, asked, period, view)
    seen = _picture(city, selection, asked, measured, view)
    mapview.draw(city, seen, key=f"map {view}")
    gives = share.Offer(
        ("csv", "xlsx", "png", "html"), settings(city, asked, period, view),
        lambda: rows(city, asked, period),
    )  # fmt: skip
    share.offer(city, selection, measured, seen, key="targeting", gives=gives)
    _table(city, selection, asked, period, view)
    frame.source_line(city, measured)


# --- choices -----------------------------------------------------------------------------------


def programmes_with_deciles(city: City) -> list[str]:
    """Return the indicators of recipients of whom a register tells the decile."""
    return [
        key
        for key, one in city.library.indicators.items()
        if one.detailed and city.periods(f"{key}_d1")
    ]


def _ask(city: City, known: list[str]) -> tuple[Asked, str]:
    """Draw what is asked, and return it with the period of the register."""
    first, when, second, third = st.columns([3, 2, 2, 2])
    labels = city.library.indicators
    with first:
        programme = state.select(
            _("Recipients"), known, known[0], lambda key: pick(labels[key].label), key="penerima"
        )
    periods = city.periods(f"{programme}_d1")[::-1]
    with when:
        period = state.select(_("Register of"), periods, periods[0], key="tahun_register")
    low = [str(one) for one in range(1, DECILES)]
    with second:
        poorest = state.select(_("Meant for deciles 1 to"), low, str(POOREST), key="desil_sasaran")
    high = [str(one) for one in range(int(poorest), DECILES)]
    usual = str(max(ELIGIBLE, int(poorest)))
    with third:
        eligible = state.select(_("Nobody above decile"), high, usual, key="desil_batas")
    return Asked(programme, int(poorest), int(eligible)), period


def _view_label(view: str) -> str:
    return {
        _LEFT_OUT: _("Left out"),
        _LET_IN: _("Let in"),
        _LONG: _("Long served"),
    }[view]


# --- figures -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Errors of targeting, whole and as they may be shown.

    Parameters
    ----------
    whole
        As :func:`kantong.analysis.reach.targeting` returns them: for sums only.
    shown
        By ``kode``, without the counts that may not be shown, also not by comparing what two
        limits tell; ``hidden_left`` and ``hidden_let`` say where.
    told
        What is odd.
    datasets
        Ids of the data sets.
    families_period
        Period of the families by decile.
    """

    whole: reach.Targeting
    shown: pd.DataFrame
    told: tuple[Fault, ...]
    datasets: tuple[str, ...]
    families_period: str


@lru_cache(maxsize=64)
def targeting(city: City, asked: Asked, period: str) -> Found:
    """Return exclusion and inclusion error of a programme, by ``kode``."""
    there = city.periods(f"{_FAMILIES}_d1")
    families_period = nearest_period(period, there) if there else ""
    families, sources = _by_decile(city, _FAMILIES, families_period)
    receiving, own = _by_decile(city, asked.programme, period)
    whole = reach.targeting(families, receiving, poorest=asked.poorest, eligible=asked.eligible)
    told = _limits(city, families, receiving)
    meant = [f"{_FAMILIES}_d{decile}" for decile in range(1, asked.poorest + 1)]
    poor = _covered(city, meant, families_period)
    paid = _covered(city, [asked.programme], period) | _hidden(city, whole.frame[RECIPIENTS])
    left, let = poor | ~told[asked.poorest], paid | ~told[asked.eligible]
    shown = whole.frame.copy()
    for where, columns in (
        (poor, [POOR]), (left, [EXCLUDED, EXCLUSION]), (paid, [RECIPIENTS]),
        (let, [INCLUDED, INCLUSION]),
    ):  # fmt: skip
        shown.loc[where, columns] = np.nan
    shown["hidden_left"], shown["hidden_let"] = left, let
    datasets = tuple(dict.fromkeys((*own, *sources)))
    return Found(whole, shown, whole.told, datasets, families_period)


def _limits(city: City, families: pd.DataFrame, receiving: pd.DataFrame) -> pd.DataFrame:
    """Return, by ``kode`` and decile, whether sums up to it may be told beside all others.

    Those usually asked for come first. Both who receives and who does not are protected.
    """
    if not city.covered:
        return pd.DataFrame(data=True, index=families.index, columns=families.columns)
    known = receiving.where(~(receiving > families).any(axis=1))
    usual = (POOREST, ELIGIBLE)
    return told_limits((known, families - known), programmes.SMALLEST_SHOWN, first=usual)


def _covered(city: City, names: Sequence[str], period: str) -> "pd.Series[bool]":
    """Return where one of some indicators is covered on the map of the same city."""
    every = pd.Series(data=False, index=pd.Index(city.layer[KODE], name=KODE))
    for name in names:
        if period in city.periods(name):
            every |= is_suppressed(city.measure(name, period))
    return every


def _by_decile(city: City, name: str, period: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return counts by ``kode`` and decile, NaN where not known, and where they come from."""
    parts = {decile: _whole(city, f"{name}_d{decile}", period) for decile in range(1, DECILES + 1)}
    counts = {decile: one.numerator for decile, one in parts.items() if one is not None}
    frame_ = pd.DataFrame(counts, index=pd.Index(city.layer[KODE], name=KODE))
    names = [name for one in parts.values() if one is not None for name in one.datasets]
    return frame_.reindex(columns=range(1, DECILES + 1)), tuple(dict.fromkeys(names))


def _whole(city: City, name: str, period: str) -> Measure | None:
    if name not in city.library.indicators or period not in city.periods(name):
        return None
    return city.whole(name, period)


def _hidden(city: City, *counts: "pd.Series[float]") -> "pd.Series[bool]":
    """Return where one of some counts may not be shown."""
    every = pd.Series(data=False, index=counts[0].index)
    if not city.covered:
        return every
    groups = None if city.parts is not None else levels.region_of(city.every, KECAMATAN)
    for one in counts:
        every |= programmes.protected(one, groups)
    return every


def has_past(city: City, asked: Asked, period: str) -> bool:
    """Return whether an earlier register was set beside that of the programme, and of when."""
    there = (city.periods(f"{asked.programme}_{one}") for one in ("stayed", "years"))
    return all(period in one for one in there) and len(_years(city, asked, period)) > 0


def _years(city: City, asked: Asked, period: str) -> "pd.Series[float]":
    """Return the years between the registers, where they are known."""
    return city.whole(f"{asked.programme}_years", period).numerator.dropna()


@lru_cache(maxsize=64)
def long_served(city: City, asked: Asked, period: str) -> tuple[pd.DataFrame, int]:
    """Return who was served in the earlier register already, and the years since then.

    Returns
    -------
    DataFrame
        As :func:`kantong.analysis.reach.long_stayers` returns it, without the counts that may
        not be shown; ``hidden`` says where.
    int
        Whole years between the registers.
    """
    counts = {one: city.whole(f"{asked.programme}_{one}", period).numerator for one in _SAME}
    recipients = city.whole(asked.programme, period).numerator
    years = int(_years(city, asked, period).max())
    unclear = recipients - counts["stayed"] - counts["moved"] - counts["fresh"]
    of = partial(_group, recipients.index)
    groups = pd.concat(
        [
            of(counts["stayed"], years, moved=False),
            of(counts["moved"], years, moved=True),
            of(counts["fresh"], 0, moved=None),
            of(unclear, years, moved=None),
        ]
    )
    # Who was served then was so for at least these years.
    told = reach.long_stayers(groups, years=years - 1).reindex(recipients.index)
    of_whom = _hidden(city, told[RECIPIENTS], told[UNKNOWN])
    of_whom |= _covered(city, [asked.programme], period)
    hidden = of_whom | _hidden(city, told[STAYED], told[RECIPIENTS] - told[STAYED])
    told.loc[hidden, [STAYED, PERCENT]] = np.nan
    told.loc[of_whom, [RECIPIENTS, UNKNOWN]] = np.nan
    return told.assign(hidden=hidden), years


def _group(
    kodes: "pd.Index[str]", counts: "pd.Series[float]", years: float, *, moved: bool | None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            KODE: kodes,
            reach.YEARS: years,
            reach.MOVED: pd.array([moved] * len(kodes), dtype="boolean"),
            RECIPIENTS: counts.to_numpy(),
        }
    )


def measure_of(city: City, asked: Asked, period: str, view: str) -> Measure:
    """Return what a view shows of a programme's recipients, in per cent.

    Counts that may not be shown are not in it.
    """
    found = targeting(city, asked, period)
    if view == _LONG:
        told, _years = long_served(city, asked, period)
        value, above, below = told[PERCENT], told[STAYED], told[RECIPIENTS]
        hidden = told["hidden"]
        datasets = _datasets(city, asked, period)
    else:
        shown = found.shown
        columns = {
            _LEFT_OUT: (EXCLUSION, EXCLUDED, POOR, "hidden_left"),
            _LET_IN: (INCLUSION, INCLUDED, RECIPIENTS, "hidden_let"),
        }
        value, above, below, hidden = (shown[name] for name in columns[view])
        datasets = found.datasets
    reason = pd.Series("", index=value.index, dtype=str).mask(hidden, SUPPRESSED)
    return Measure(
        asked.programme, period, value, reason, above, below, period, datasets, scale=100.0
    )


def _datasets(city: City, asked: Asked, period: str) -> tuple[str, ...]:
    return city.whole(f"{asked.programme}_stayed", period).datasets


def rows(city: City, asked: Asked, period: str) -> pd.DataFrame:
    """Return all that is shown, one row a kelurahan."""
    shown = targeting(city, asked, period).shown
    names = city.layer.set_index(KODE)
    heads = {
        POOR: _("Families meant"), EXCLUDED: _("of them left out"), EXCLUSION: _("Left out (%)"),
        RECIPIENTS: _("Recipients"), INCLUDED: _("of them above the limit"),
        INCLUSION: _("Let in (%)"),
    }  # fmt: skip
    table = pd.DataFrame({_("Code"): shown.index, _("Kelurahan"): names[KELURAHAN][shown.index]})
    for name, head in heads.items():
        table[head] = shown[name].to_numpy()
    if has_past(city, asked, period):
        told, years = long_served(city, asked, period)
        words = _("Served for {years} years or longer in the same decile")
        head = words.format(years=number(years))
        table[head] = told[STAYED].to_numpy()
        table[f"{head} (%)"] = told[PERCENT].to_numpy()
    return table.reset_index(drop=True)


# --- words -------------------------------------------------------------------------------------


def _told(city: City, asked: Asked, period: str) -> list[str]:
    """Return what the figures say of the whole."""
    found = targeting(city, asked, period)
    name = pick(city.library.indicators[asked.programme].label)
    told = [_left_words(found, asked, name, period), _let_words(found, asked)]
    if has_past(city, asked, period):
        told.append(_long_words(city, asked, period))
    told.append(
        _("A decile is itself an estimate, and families change between two counts. A share says "
          "where to look, not who is at fault.")
    )  # fmt: skip
    return [one for one in told if one]


def _left_words(found: Found, asked: Asked, name: str, period: str) -> str:
    if np.isnan(found.whole.exclusion):
        return _("Families by decile are not known of this period, so nobody can say who is left "
                 "out.")  # fmt: skip
    known = found.whole.frame.dropna(subset=[EXCLUDED, POOR])
    return _(
        "{name} {period}: of {poor} families in deciles 1 to {poorest} ({families}) {excluded} "
        "do not receive it: {share} % are left out."
    ).format(
        name=name, period=period, families=found.families_period, poorest=asked.poorest,
        poor=number(known[POOR].sum()), excluded=number(known[EXCLUDED].sum()),
        share=number(found.whole.exclusion, 1),
    )  # fmt: skip


def _let_words(found: Found, asked: Asked) -> str:
    if np.isnan(found.whole.inclusion):
        return ""
    known = found.whole.frame.dropna(subset=[INCLUDED, RECIPIENTS])
    return _(
        "Of {recipients} families that receive it {included} are above decile {eligible}: "
        "{share} % are let in."
    ).format(
        recipients=number(known[RECIPIENTS].sum()), included=number(known[INCLUDED].sum()),
        eligible=asked.eligible, share=number(found.whole.inclusion, 1),
    )  # fmt: skip


def _long_words(city: City, asked: Asked, period: str) -> str:
    told, years = long_served(_uncovered(city), asked, period)
    known = told.dropna(subset=[STAYED, RECIPIENTS])
    whole = known[RECIPIENTS].sum()
    if not whole:
        return ""
    said = _(
        "{stayed} of {recipients} recipients of whom it is known ({share} %) have been served for "
        "{years} years or longer and are still in the same decile."
    ).format(
        stayed=number(known[STAYED].sum()), recipients=number(whole),
        share=number(known[STAYED].sum() / whole * 100, 1), years=number(years),
    )  # fmt: skip
    unknown = known[UNKNOWN].sum()
    if not unknown:
        return said
    return f"{said} {_('Of {unknown} it is not known.').format(unknown=number(unknown))}"


@lru_cache(maxsize=64)
def _uncovered(city: City) -> City:
    """Return the city with all its counts: for sums over it only."""
    return replace(city, covered=False)


def settings(city: City, asked: Asked, period: str, view: str) -> list[tuple[str, str]]:
    """Return what was asked, and what the shares of a view are: it stands on every download."""
    name = pick(city.library.indicators[asked.programme].label)
    left = _("Families meant that do not receive, of all that are meant.")
    let = _("Recipients above the limit, of all whose decile is known.")
    long = _("Recipients served then already and still in the same decile, of all of whom it is "
             "known.")  # fmt: skip
    families = f"{_('Families meant')} {targeting(city, asked, period).families_period}"
    recipients = f"{_('Recipients')} {period}"
    definition, below = {
        _LEFT_OUT: (left, families), _LET_IN: (let, recipients), _LONG: (long, recipients),
    }[view]  # fmt: skip
    return [
        (_("Definition"), definition),
        (_("Denominator"), below),
        (_("Recipients"), name),
        (_("Meant for deciles 1 to"), str(asked.poorest)),
        (_("Nobody above decile"), str(asked.eligible)),
        (_("Left out (%)"), left),
        (_("Let in (%)"), let),
        (_("Families by decile of"), targeting(city, asked, period).families_period or "–"),
    ]


# --- map and table -----------------------------------------------------------------------------


def _picture(
    city: City, selection: Selection, asked: Asked, measured: Measure, view: str
) -> Picture:
    name = pick(city.library.indicators[asked.programme].label)
    title = f"{_view_label(view)} · {name} {measured.period}"
    labels = [_("Share"), _("of them"), _("Families"), _("No figure")]
    tips = {
        str(kode): [
            _per_cent(measured.value[kode]),
            number(measured.numerator[kode]),
            number(measured.denominator[kode]),
            _(reason) if (reason := measured.reason[kode]) else "",
        ]
        for kode in measured.value.index
    }
    told = mapview.Told(title, f"{title} {asked}", pd.Series(dtype=str), labels, tips)
    return mapview.of_figures(city, selection, measured, _SHARE, told, unit="%")


def _per_cent(value: float) -> str:
    return f"{number(value, 1)} %" if pd.notna(value) else ""


def _table(city: City, selection: Selection, asked: Asked, period: str, view: str) -> None:
    measured = measure_of(city, asked, period, view)
    kept = selection.keeps(city)
    names = city.layer.set_index(KODE)[KELURAHAN]
    order = measured.value[kept[kept].index].sort_values(
        ascending=False, na_position="last", kind="stable"
    )
    heads = {
        _LEFT_OUT: (_("Families meant"), _("of them left out"), _("Left out (%)")),
        _LET_IN: (_("Recipients"), _("of them above the limit"), _("Let in (%)")),
        _LONG: (_("Recipients"), _("of them long served"), _("Long served (%)")),
    }[view]
    table = pd.DataFrame(
        {
            _("Kelurahan"): names[order.index].to_numpy(),
            heads[0]: _counts(measured.denominator, measured.reason, order.index),
            heads[1]: _counts(measured.numerator, measured.reason, order.index),
            heads[2]: [number(value, 1) for value in order],
        }
    )
    st.dataframe(table, hide_index=True, height=_HEIGHT)
    if measured.reason.any():
        st.caption(
            _("Not shown: counts so small that they could point at persons, and those that would "
              "tell such a count.")
        )  # fmt: skip


def _counts(
    counts: "pd.Series[float]", reason: "pd.Series[str]", order: "pd.Index[str]"
) -> list[str]:
    """Return counts as texts; of one that is left out for its size that is said."""
    return [
        _("not shown") if pd.isna(counts[kode]) and reason[kode] else number(counts[kode])
        for kode in order
    ]
