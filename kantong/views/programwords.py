"""Who does what where, in plain words."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from kantong.analysis.reach import (
    BUDGET_RP,
    FUNDER,
    GAP,
    KIND,
    NO_NEED,
    NOT_KNOWN,
    PLEDGED,
    PROGRAMME,
    SERVED,
    UNCLEAR,
)
from kantong.geo import levels
from kantong.geo.schema import KECAMATAN, KODE
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.store.interventions import KINDS
from kantong.views import programmes
from kantong.views.data import City
from kantong.views.places import names_of
from kantong.views.programmes import Choice
from kantong.views.state import ALL, Selection
from kantong.views.words import code_label, figure

_FEW = 3


def state_label(state: str) -> str:
    """Return the words for whether need is met; a state not known here stays as it is."""
    return {
        GAP: _("need, and nothing that reached anybody"),
        SERVED: _("need, and somebody reached"),
        UNCLEAR: _("need; whether anybody was reached is not known"),
        PLEDGED: _("need; promised, nobody reached yet"),
        NO_NEED: _("less need than asked for"),
        NOT_KNOWN: _("need not known"),
    }.get(state, state)


def areas(city: City, selection: Selection) -> list[str]:
    """Return the ``kode`` of the areas that pass the filter."""
    kept = selection.keeps(city)
    return [str(kode) for kode in kept.index[kept]]


def need_words(city: City, selection: Selection) -> str:
    """Return what need is measured by."""
    return f"{pick(city.library.indicators[selection.indicator].label)} · {selection.period}"


def settings(city: City, choice: Choice) -> list[tuple[str, str]]:
    """Return what is looked at, as label and text: it stands on every download."""
    picked = (
        (_("Programme"), choice.programme),
        (_("Kind"), code_label(choice.kind)),
        (_("Strategy"), code_label(choice.strategy)),
        (_("Funder"), choice.funder),
        (_("Status"), code_label(choice.status)),
    )
    only = "; ".join(f"{label}: {value}" for label, value in picked if value != ALL)
    told = [f"{pick(one.title)} ({one.source})" for one in programmes.datasets(city, choice)]
    return [
        (_("Year of the programmes"), choice.year),
        (_("Interventions looked at"), only or _("all")),
        (_("Kelurahan with need are"), programmes.threshold_label(choice.threshold)),
        (_("Sources of the programmes"), "; ".join(told) or "–"),
    ]


# --- sentences ---------------------------------------------------------------------------------


def sentences(city: City, selection: Selection, choice: Choice) -> Iterator[str]:
    """Yield what is there and what is missing, as it would be read aloud."""
    own = areas(city, selection)
    rows = programmes.kept(city, choice).rows
    rows = rows[rows[KODE].isin(own)]
    if rows.empty:
        words = _(
            "For {year} nothing is recorded that fits these choices. What is not recorded may "
            "exist all the same."
        )
        yield words.format(year=choice.year)
    else:
        yield _present(rows, own, choice)
    yield " ".join(_needing(city, selection, choice))
    if not city.library.indicators[selection.indicator].higher_is_worse:
        yield _("The indicator in the drawer is no measure of need: choose one of which more is "
                "worse.")  # fmt: skip
    kinds = " ".join(_kinds(city, selection, choice))
    if kinds:
        yield kinds
    if len(rows):
        yield f"{_doubled(city, choice, own)} {_money(city, choice, own)}"


def _present(rows: pd.DataFrame, own: list[str], choice: Choice) -> str:
    payers = sorted({programmes.funder_label(one) for one in rows[FUNDER]})
    words = _(
        "Programmes recorded for {year}: {count}, in {places} of {areas} kelurahan, paid by "
        "{funders}. People are not added over programmes, for one person may be in several."
    )
    return words.format(
        year=choice.year, count=number(rows[PROGRAMME].nunique()), funders=", ".join(payers),
        places=number(rows[KODE].nunique()), areas=number(len(own)),
    )  # fmt: skip


def _needing(city: City, selection: Selection, choice: Choice) -> Iterator[str]:
    found = programmes.need(city, selection)
    own = areas(city, selection)
    state = programmes.states(city, selection, choice)[own]
    state = state[found.value[own].sort_values(ascending=False, kind="stable").index]
    needing = int((~state.isin([NO_NEED, NOT_KNOWN])).sum())
    if not needing:
        yield _("No kelurahan has so much need, or none is known.")
    else:
        words = _("Kelurahan that need it most: {count}, with “{what}” of at least {figure}.")
        indicator = city.library.indicators[selection.indicator]
        yield words.format(
            count=number(needing), what=need_words(city, selection),
            figure=figure(programmes.at_least(found, choice), indicator),
        )  # fmt: skip
        yield from _unmet(city, state)
    unknown = int((state == NOT_KNOWN).sum())
    if unknown:
        words = _("Of {count} kelurahan the need is not known, or too small to show.")
        yield words.format(count=number(unknown))


def _unmet(city: City, state: "pd.Series[str]") -> Iterator[str]:
    """Yield where need is not met; ``state`` has most need first."""
    told = (
        (GAP, _("In {count} of them nothing is recorded that reached anybody: {names}.")),
        (PLEDGED, _("In {count} of them something is promised, but nobody is reached yet: "
                    "{names}.")),
        (UNCLEAR, _("In {count} of them it is not known whether anybody was reached: {names}.")),
    )  # fmt: skip
    if not (state == GAP).any():
        yield _("None of them is without anything.")
    for name, words in told:
        kodes = [str(kode) for kode in state.index[state == name]]
        if kodes:
            yield words.format(count=number(len(kodes)), names=names_of(city, kodes))


def by_kind(city: City, selection: Selection, choice: Choice) -> pd.DataFrame:
    """Return for each kind of intervention, whichever is chosen, how many areas with need are how.

    Returns
    -------
    DataFrame
        By kind, those of which least is there first; a column for each state that there is.
    """
    own, every = areas(city, selection), replace(choice, kind=ALL)
    known = set(programmes.placed(city).rows[KIND].dropna())
    counts = {
        kind: programmes.states(city, selection, every, kind)[own].value_counts()
        for kind in (*KINDS, *sorted(known - set(KINDS) - {""}))
    }
    table = pd.DataFrame(counts).T.fillna(0).astype(int)
    table = table.drop(columns=[NO_NEED, NOT_KNOWN], errors="ignore")
    return table.sort_values(GAP, ascending=False, kind="stable") if GAP in table else table


def _kinds(city: City, selection: Selection, choice: Choice) -> Iterator[str]:
    """Yield which kinds of help are missing where need is."""
    if choice.kind != ALL or choice.programme != ALL:
        return
    table = by_kind(city, selection, choice)
    if GAP not in table or not table[GAP].any():
        return
    needing = int(table.iloc[0].sum())
    missing = table[table[GAP] == needing].index
    some = table[(table[GAP] > 0) & (table[GAP] < needing)][GAP][:_FEW]
    if len(missing):
        words = _("Of these kinds of help none is recorded that reached anybody there: {kinds}.")
        yield words.format(kinds=", ".join(map(code_label, missing)))
    if len(some):
        told = _("{kind} in {count}")
        kinds = [
            told.format(kind=code_label(str(kind)), count=number(count))
            for kind, count in some.items()
        ]
        yield _("Missing in some of them: {kinds}.").format(kinds=", ".join(kinds))


def _doubled(city: City, choice: Choice, own: list[str]) -> str:
    pairs = programmes.double(city, choice)
    pairs = pairs[pairs[KODE].isin(own)]
    if pairs.empty:
        return _("Nowhere do two programmes or funders give the same kind of help.")
    words = _(
        "In {count} kelurahan two programmes or funders give the same kind of help. Counts cannot "
        "tell whether to the same people."
    )
    told = words.format(count=number(pairs[KODE].nunique()))
    both = pairs.loc[pairs["city_and_province"], KODE].nunique()
    if both:
        words = _("In {count} of them the city and the province both pay.")
        told += " " + words.format(count=number(both))
    return told


def _money(city: City, choice: Choice, own: list[str]) -> str:
    """Return what is known of budgets; those that would give a small count away are left out."""
    rows, seen = (
        found.rows[found.rows[KODE].isin(own)]
        for found in (programmes.kept(city, choice), programmes.shown(city, choice))
    )
    told = rows[BUDGET_RP].notna()
    groups = None if city.parts is not None else levels.region_of(city.every, KECAMATAN)
    tells = programmes.gives_away(city, rows.index[told], BUDGET_RP, groups)
    known = (seen if tells else rows)[BUDGET_RP].dropna()
    secret, silent = int(told.sum()) - len(known), int((~told).sum())
    if known.empty and secret:
        words = _("The budget would give a small count away, so it is not shown.")
    elif known.empty:
        words = _("None of the {entries} entries says its budget: what they cost is not known.")
    elif silent:
        words = _(
            "{count} of {entries} entries say their budget, {sum} together. What the other "
            "{silent} cost is not known, and not taken as nothing."
        )
    elif secret:
        words = _("Budgets of {count} of {entries} entries together: {sum}.")
    else:
        words = _("All {entries} entries say their budget, {sum} together.")
    if secret and len(known):
        words += " " + _("Not in it are {secret} that would give a small count away.")
    return words.format(
        count=number(len(known)), entries=number(len(rows)), silent=number(silent),
        sum=rupiah(known.sum()), secret=number(secret),
    )  # fmt: skip
