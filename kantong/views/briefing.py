"""The council brief: what the page Hotspot says, what is funded there and what changed."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pandas as pd

from kantong.analysis import reach
from kantong.analysis.priority import RANK, rank
from kantong.geo.errors import TableError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, Dataset
from kantong.language import date, language, number, pick, rupiah
from kantong.language import gettext as _
from kantong.maps.brief import Brief, Section, to_pdf, to_png
from kantong.maps.briefdoc import to_docx
from kantong.views import frame, mapview, pocketmap, pockets, pocketwords, printing, programmes
from kantong.views.data import City
from kantong.views.figures import interval_words, intervals
from kantong.views.places import names_of, places
from kantong.views.pockets import Choice
from kantong.views.pocketwords import class_label, shown_indicator
from kantong.views.state import ALL, Selection
from kantong.views.words import code_label, difference, figure, sources

_YEAR = 4


def pdf(city: City, selection: Selection) -> bytes:
    """Return the brief as PDF: a page, and the table of all kelurahan that pass the filter.

    Raises
    ------
    TableError
        Nothing can be said of these figures.
    """
    told = brief(city, selection)
    return to_pdf(printing.ground(city), told, created=printing.today())


def png(city: City, selection: Selection) -> bytes:
    """Return the page of the brief as PNG.

    Raises
    ------
    TableError
        Nothing can be said of these figures.
    """
    told = brief(city, selection)
    return to_png(printing.ground(city), told, created=printing.today())


def docx(city: City, selection: Selection) -> bytes:
    """Return the brief as DOCX, for minutes.

    Raises
    ------
    TableError
        Nothing can be said of these figures.
    """
    told = brief(city, selection)
    return to_docx(printing.ground(city), told, created=printing.today())


def datasets(city: City, selection: Selection) -> list[Dataset]:
    """Return the data sets of all that the brief tells: pockets, their past, programmes."""
    choice = pockets.usual(city, selection.indicator, selection.period)
    every = city.datasets(pockets.measured(city, choice))
    earlier = _earlier(city, choice)
    if earlier is not None:
        every += city.datasets(pockets.measured(city, earlier))
    every += programmes.datasets(city, programmes.Choice(choice.period[:_YEAR]))
    return list({one.id: one for one in every}.values())


def _earlier(city: City, choice: Choice) -> Choice | None:
    """Return the same choice one period before; None for the first."""
    periods = city.periods(choice.indicator)
    place = periods.index(choice.period)
    return replace(choice, period=periods[place - 1]) if place else None


def brief(city: City, selection: Selection) -> Brief:
    """Return what the brief says: the same as the page Hotspot at its usual settings."""
    choice = pockets.usual(city, selection.indicator, selection.period)
    seen = pocketmap.picture(city, selection, choice)
    where = _where(selection)
    title = _("Brief for the council: poverty pockets")
    theme = printing.theme(_dimmed(seen, selection.keeps(city)), _notes(city, selection, choice))
    simulated = any(one.simulated for one in datasets(city, selection))
    return Brief(
        title=title,
        subtitle=" · ".join(
            part for part in (city.name(), where, pocketmap.what(city, choice)) if part
        ),
        theme=replace(theme, badge="SIMULASI" if simulated else ""),
        alt=f"{title}: {seen.title}",
        beside=Section(_("Pockets, why, and how sure"), tuple(_pockets(city, selection, choice))),
        below=(
            Section(_("How far this can be trusted"), tuple(_trust(city, choice))),
            Section(_("What is funded there"), tuple(_funded(city, selection, choice))),
            Section(_("What changed"), tuple(_changed(city, selection, choice))),
        ),
        annex=_("All kelurahan: {what}").format(what=pocketmap.what(city, choice)),
        heads=_heads(city, choice),
        rows=tuple(_rows(city, selection, choice)),
        north=_("N"),
        scale=_("Scale"),
        lang=language(),
        number=number,
    )


def _where(selection: Selection) -> str:
    parts = []
    if selection.kecamatan != ALL:
        parts.append(_("Kecamatan {name}").format(name=selection.kecamatan))
    if selection.dapil != ALL:
        parts.append(f"Dapil {selection.dapil}")
    return " · ".join(parts)


def _dimmed(seen: mapview.Picture, kept: "pd.Series[bool]") -> mapview.Picture:
    """Return a map on which areas outside the filter are plain."""
    fills = {kode: fill for kode, fill in seen.state.fills.items() if kept.get(kode, False)}
    return mapview.with_fills(seen, fills)


def _notes(city: City, selection: Selection, choice: Choice) -> list[str]:
    measured = pockets.measured(city, choice)
    indicator = city.library.indicators[measured.indicator]
    made = [f"{label}: {text}" for label, text in pocketwords.settings(city, choice)]
    every, own = datasets(city, selection), set(measured.datasets)
    others = [one for one in every if one.id not in own]
    beside = [_("Beside the map: {sources}").format(sources=sources(others))] if others else []
    hashes = "SHA-256 " + ", ".join(one.sha256[:16] for one in every)
    told = frame.source_lines(city, indicator, measured)
    return [*told, *beside, " · ".join(made), f"{hashes} · {date(printing.today().date())}"]


# --- sections ----------------------------------------------------------------------------------


def _pockets(city: City, selection: Selection, choice: Choice) -> Iterator[str]:
    told = list(pocketwords.hottest(city, choice, selection.keeps(city)))
    if not told:
        yield _("No kelurahan here is a hot pocket that chance could not explain.")
    for place, words in enumerate(told, start=1):
        yield f"{place}. {words}"
    found = pockets.found(city, choice)
    hot = found.is_hot() & selection.keeps(city).reindex(found.frame.index)
    if hot.sum() > len(told):
        words = _("Also hot: {names}.")
        others = [str(k) for k in hot.index[hot] if k not in _surest(city, selection, choice)]
        yield words.format(names=names_of(city, others))
    yield pocketwords.no_verdict()


def _surest(city: City, selection: Selection, choice: Choice) -> list[str]:
    return pocketwords.surest_hot(city, choice, selection.keeps(city))


def _trust(city: City, choice: Choice) -> Iterator[str]:
    found = pockets.found(city, choice)
    overall, _contrary = pockets.overall(city, choice)
    yield pocketwords.error_words(found)
    yield pocketwords.overall_words(overall)
    yield from pocketwords.edge_sentence(city, choice)
    missing = int(pockets.measured(city, choice).value.isna().sum())
    if missing:
        yield _("{count} kelurahan have no figure, or one too small to show.").format(
            count=number(missing)
        )


def _funded(city: City, selection: Selection, choice: Choice) -> Iterator[str]:
    """Yield what is recorded in the pockets told of, and which kinds of help are not."""
    year = choice.period[:_YEAR]
    rows = programmes.shown(city, programmes.Choice(year)).rows
    if rows.empty:
        yield _("No programme is recorded for {year}.").format(year=year)
        return
    kodes = _surest(city, selection, choice)
    every = set(rows[reach.KIND].dropna())
    for kode in kodes:
        own = rows[rows[KODE] == kode]
        words = _(
            "{name}: {count} programmes recorded in {year}, {budget} of known budget{silent}."
        )
        told = words.format(
            name=city.place(kode)[KELURAHAN], count=number(own[reach.PROGRAMME].nunique()),
            year=year, budget=_known(own), silent=_silent(own),
        )  # fmt: skip
        told += _ahead(own)
        lacking = sorted(every - set(own[reach.KIND].dropna()))
        if lacking:
            words = _("Elsewhere in the city, but not recorded there: {kinds}.")
            told += " " + words.format(kinds=", ".join(map(code_label, lacking)))
        yield told
    if not kodes:
        own = rows[rows[KODE].isin(_kept(city, selection))]
        words = _("{count} entries for {year}, {budget} of known budget.")
        told = words.format(count=number(len(own)), year=year, budget=_known(own))
        yield told + _ahead(own)
    yield _("What is not recorded may exist all the same.")


def _known(rows: pd.DataFrame) -> str:
    """Return the sum of the budgets that are known."""
    budget = rows[reach.BUDGET_RP]
    return rupiah(budget.sum()) if budget.notna().any() else _("nothing")


def _silent(rows: pd.DataFrame) -> str:
    """Return in brackets how many entries tell no budget, and how many may not."""
    hidden = rows[programmes.HIDDEN].astype(bool)
    silent = rows[reach.BUDGET_RP].isna() & ~hidden
    told = [
        words.format(count=number(int(which.sum())))
        for words, which in (
            (_("{count} entries do not say theirs"), silent),
            (_("{count} are too small to show"), hidden),
        )
        if which.any()
    ]
    return f" ({'; '.join(told)})" if told else ""


def _ahead(rows: pd.DataFrame) -> str:
    """Return how much of it has not begun."""
    ahead = rows[reach.is_ahead(rows)]
    if ahead.empty:
        return ""
    words = _("Only planned or promised are {count} of the entries, with {budget} of it.")
    return " " + words.format(count=number(len(ahead)), budget=_known(ahead))


def _kept(city: City, selection: Selection) -> list[str]:
    kept = selection.keeps(city)
    return [str(kode) for kode in kept.index[kept]]


def _changed(city: City, selection: Selection, choice: Choice) -> Iterator[str]:
    """Yield how the city's figure moved, and which pockets came and went."""
    earlier = _earlier(city, choice)
    if earlier is None:
        yield _("There is no earlier period to compare with.")
        return
    indicator = shown_indicator(city, choice)
    now, before = (city.together(pockets.measured(city, one)) for one in (choice, earlier))
    yield _("The city: {before} in {earlier}, {now} in {period} ({difference}).").format(
        before=figure(before, indicator), earlier=earlier.period, now=figure(now, indicator),
        period=choice.period, difference=difference(now - before, indicator),
    )  # fmt: skip
    kept = set(_kept(city, selection))
    hot = {kode for kode in _hot(city, choice) if kode in kept}
    try:
        was = {kode for kode in _hot(city, earlier) if kode in kept}
    except TableError:
        words = _("Of pockets in {earlier} nothing can be told: too few figures, or all alike.")
        yield words.format(earlier=earlier.period)
        return
    for words, which in (
        (_("Hot now, not in {earlier}: {names}."), hot - was),
        (_("Hot in {earlier}, not now: {names}."), was - hot),
        (_("Hot in both: {names}."), hot & was),
    ):
        if which:
            yield words.format(earlier=earlier.period, names=names_of(city, sorted(which)))
    yield _("A class that comes or goes may be chance; a trend needs more periods.")


def _hot(city: City, choice: Choice) -> list[str]:
    frame = pockets.found(city, choice)
    return [str(kode) for kode in frame.frame.index[frame.is_hot()]]


# --- annex -------------------------------------------------------------------------------------


def _heads(city: City, choice: Choice) -> tuple[str, ...]:
    unit = pick(shown_indicator(city, choice).unit)
    return (
        _("Rank"), _("Kelurahan"), _("Kecamatan"), f"{_('Figure')} ({unit})",
        _("95 % interval"), _("Class"), _("Hot in settings"),
    )  # fmt: skip


def _rows(city: City, selection: Selection, choice: Choice) -> Iterator[tuple[str, ...]]:
    measured, indicator = pockets.measured(city, choice), shown_indicator(city, choice)
    ranks, bounds = rank(measured.value), intervals(measured, indicator)
    found = pockets.found(city, choice).frame
    agreed = pockets.agreed(city, choice.indicator, choice.period).frame
    where = places(city)
    order = ranks[RANK].sort_values(kind="stable", na_position="last").index
    whole = partial(figure, indicator=indicator, unit=False)
    kept = set(_kept(city, selection))
    for kode in (str(one) for one in order if one in kept):
        place = ranks[RANK][kode]
        yield (
            "–" if pd.isna(place) else number(int(place)),
            where[KELURAHAN][kode], where[KECAMATAN][kode],
            whole(measured.value[kode]), interval_words(bounds, kode, indicator),
            class_label(str(found["class"][kode])),
            _hot_in(int(agreed["hot"][kode]), int(agreed["tested"][kode])),
        )  # fmt: skip


def _hot_in(hot: int, tested: int) -> str:
    return f"{number(hot)} / {number(tested)}" if tested else "–"
