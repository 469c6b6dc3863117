"""Need and response on one map: whom programmes reach, and what is spent, where need is."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.reach import BUDGET_RP, UNKNOWN
from kantong.analysis.suppression import is_suppressed
from kantong.geo.schema import KECAMATAN, KELURAHAN, VALUE, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.maps.bivariate import COVERED, NO_FIGURE, Bivariate, bivariate, cell, fill
from kantong.maps.style import background, decimals
from kantong.views import frame, mapview, programmes, programwords, share, state
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.places import names_of, places
from kantong.views.programmes import Choice
from kantong.views.programwords import need_words, settings
from kantong.views.state import Selection
from kantong.views.words import figure, paragraphs

REACH, MONEY = "jangkauan", "dana"
_AGAINST = (REACH, MONEY)
# What the responses are classed as: their decimals and direction.
_PER_CENT = Indicator("share", {}, {}, {}, "rate", higher_is_worse=False)
_RUPIAH = Indicator("rupiah", {}, {}, {}, "amount", higher_is_worse=False)


@dataclass(frozen=True)
class _View:
    """Need set against a response.

    Parameters
    ----------
    square
        The areas in their cells.
    response
        By ``kode``; NaN where not known.
    title, rows, columns
        Of the map, of need and of the response.
    places
        Decimals of the response.
    need
        The indicator of need.
    labels, tips
        Headings and texts of an area.
    """

    square: Bivariate
    response: "pd.Series[float]"
    title: str
    rows: str
    columns: str
    places: int
    need: Indicator
    labels: Sequence[str]
    tips: Mapping[str, Sequence[str]]


def show(city: City, selection: Selection, choice: Choice) -> None:
    """Draw the map of need against a response."""
    against = state.select(
        _("Set need against"), list(_AGAINST), REACH, _against_label, key="lawan",
        draw=st.segmented_control, label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip
    view = _view(city, selection, choice, against)
    measured = _sourced(city, selection, choice, against)
    seen = _picture(city, selection, choice, view, measured)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        frame.title(view.title, city.datasets(measured))
        st.html(legend(view))
        st.html(paragraphs(_told(city, selection, choice, view, against)))
    with left:
        aside = [one for one in seen.entries if one[0] in {fill(COVERED), fill(NO_FIGURE)}]
        mapview.draw(city, replace(seen, entries=aside), key=f"map {against}")
        gives = share.Offer(
            ("csv", "xlsx", "png", "html"),
            [*settings(city, choice), (_("How to read it"), _how(view, against))],
            lambda: _rows(city, selection, view),
        )
        share.offer(city, selection, measured, seen, key="square", gives=gives)
    if against == MONEY:
        frame.source_line(city, programmes.people_in_need(city, selection.indicator, choice.year))


def _sourced(city: City, selection: Selection, choice: Choice, against: str) -> Measure:
    """Return the need, with the data sets of all that is shown beside it."""
    measured = programmes.with_sources(city, programmes.need(city, selection), choice)
    if against != MONEY:
        return measured
    people = programmes.people_in_need(city, selection.indicator, choice.year)
    names_ = dict.fromkeys((*measured.datasets, *people.datasets))
    return replace(measured, datasets=tuple(names_))


def _against_label(against: str) -> str:
    return {REACH: _("Need and people reached"), MONEY: _("Need and money")}[against]


def _how(view: _View, against: str) -> str:
    """Return how the response is reckoned."""
    if against == MONEY:
        words = _(
            "The known budgets of the year, {what}. A budget that is not known, or would give a "
            "small count away, is left out, so it is at least so much; where none is known the "
            "kelurahan is striped."
        )
        return words.format(what=view.columns)
    return _(
        "Of the programmes in a kelurahan the one that reaches most is taken, for each hundred in "
        "need: at least so many are reached. Programmes are not added, for one person may be in "
        "several. A programme may count families or houses where need counts people, and reach "
        "others than those in need: above 100 is possible."
    )


def _view(city: City, selection: Selection, choice: Choice, against: str) -> _View:
    measured = programmes.need(city, selection)
    indicator = city.library.indicators[selection.indicator]
    if against == MONEY:
        response, kind = programmes.funding(city, selection, choice)[VALUE], _RUPIAH
        title = _("Need and money {year}").format(year=choice.year)
        people = programmes.people_in_need(city, selection.indicator, choice.year)
        columns = _("rupiah for each of: {what}").format(
            what=f"{pick(city.library.indicators[people.indicator].label)} {people.period}"
        )
        labels, tips = _money_tips(city, selection, choice, columns)
    else:
        response, kind = programmes.share_reached(city, selection, choice), _PER_CENT
        title = _("Need and response {year}").format(year=choice.year)
        columns = _("reached for each 100 in need")
        labels, tips = _reach_tips(city, selection, choice)
    square = bivariate(
        (measured.value, indicator), (response, kind), is_suppressed(measured)
    )  # fmt: skip
    return _View(
        square, response, title, need_words(city, selection), columns, decimals(kind), indicator,
        labels, tips,
    )  # fmt: skip


# --- the picture -------------------------------------------------------------------------------


def _picture(
    city: City, selection: Selection, choice: Choice, view: _View, measured: Measure
) -> Picture:
    """Return the map; ``measured`` names the data sets of all that is in it."""
    legend = {name: (fill(name), _cell_words(view, name)) for name in view.square.names()}
    title = f"{view.title} · {view.rows}"
    told = mapview.Told(
        title, f"{title} {choice}", view.square.cells, view.labels, view.tips
    )  # fmt: skip
    seen = mapview.of_classes(city, selection, measured, legend, told)
    return replace(seen, unit=_("need; {what}").format(what=view.columns))


def _limits(view: _View) -> tuple[dict[int, str], dict[int, str]]:
    """Return the words for the limits of each row and each column."""
    sides = (
        (view.square.first, decimals(view.need)),
        (view.square.second, view.places),
    )
    rows, columns = (
        {
            place: mapview.bounds_words(low, high, decimals_)
            for place, (low, high) in zip(axis.places, axis.limits, strict=True)
        }
        for axis, decimals_ in sides
    )
    return rows, columns


def _cell_words(view: _View, name: str) -> str:
    """Return what a cell of the square says."""
    if name in {COVERED, NO_FIGURE}:
        return {COVERED: _("need too small to show"), NO_FIGURE: _("need not known")}[name]
    rows, columns = _limits(view)
    row, column = name.split("-")
    response = _("not known") if column == "unknown" else columns[int(column)]
    return _("need {need}; response {response}").format(need=rows[int(row)], response=response)


def legend(view: _View) -> str:
    """Return the legend as an HTML table with both sides named; every text in it is escaped."""
    rows, columns = _limits(view)
    counts = view.square.counts()
    heads = [*columns.values(), _("not known")]
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(rows[row])}</th>'
        + "".join(
            _swatch(cell(row, column), int(counts.get(cell(row, column), 0)))
            for column in (*columns, None)
        )
        + "</tr>"
        for row in reversed(rows)
    )
    caption = html.escape(_("How many kelurahan are in each class"))
    above, beside = (html.escape(text) for text in (f"{view.columns} →", f"{view.rows} ↑"))
    return (
        '<table class="small bivariate" style="table-layout:fixed">'
        f'<caption style="caption-side:top;text-align:left">{caption}</caption>'
        f'<thead><tr><th rowspan="2">{beside}</th>'
        f'<th scope="colgroup" colspan="{len(heads)}">{above}</th></tr><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _swatch(name: str, count: int) -> str:
    """Return a cell of the legend in its colour, with the number of its areas."""
    return (
        f'<td style="background:{background(fill(name))};text-align:center;'
        'border:2px solid var(--background-color,#fff)">'
        '<span style="background:#fff;color:#1c1c1c;border-radius:4px;padding:0 6px">'
        f"{number(count)}</span></td>"
    )


# --- words -------------------------------------------------------------------------------------


def _told(
    city: City, selection: Selection, choice: Choice, view: _View, against: str
) -> Iterator[str]:
    """Yield what the map shows, as it would be read aloud."""
    own = programwords.areas(city, selection)
    need = programmes.need(city, selection).value[own]
    cells = view.square.cells[need.sort_values(ascending=False, kind="stable").index]
    last = max(view.square.first.places, default=0)
    groups = (
        (cell(last, 0), _("Most need and least response in {count} kelurahan: {names}.")),
        (cell(last), _("Most need, and the response not known, in {count}: {names}.")),
        (cell(0, 2), _("Least need and most response in {count}: {names}.")),
    )
    for name, words in groups:
        kodes = [str(kode) for kode in cells.index[cells == name]]
        if kodes:
            yield words.format(count=number(len(kodes)), names=names_of(city, kodes))
    if against == MONEY:
        funding = programmes.funding(city, selection, choice).loc[own]
        partly = int((funding[VALUE].notna() & (funding[UNKNOWN] > 0)).sum())
        if partly:
            words = _("In {count} kelurahan a budget is left out: it is more than shown there.")
            yield words.format(count=number(partly))
    yield _how(view, against)
    yield _("Three classes of each, with equal numbers of kelurahan as far as figures allow.")


def _reach_tips(
    city: City, selection: Selection, choice: Choice
) -> tuple[Sequence[str], Mapping[str, Sequence[str]]]:
    measured = programmes.need(city, selection)
    found = programmes.reached(city, choice)
    share_ = programmes.share_reached(city, selection, choice)
    most = programmes.most_reached(city, choice)
    known = found.reached.dropna(how="all")
    best = known.idxmax(axis=1) if known.shape[1] else pd.Series(dtype=str)
    words = _("{count} by {programme}")
    texts = {
        kode: ""
        if np.isnan(most[kode])
        else words.format(count=number(most[kode]), programme=best[kode])
        for kode in most.index
    }
    count = (found.recorded > 0).sum(axis=1)
    columns = {
        **_need_columns(city, selection),
        _("Most reached"): pd.Series(texts),
        _("Reached for each 100 in need"): share_.map(
            lambda value: number(value, 2) if pd.notna(value) else _("not known")
        ),
        _("Programmes recorded"): count.map(number),
    }
    return _tips(columns, measured.value.index)


def _money_tips(
    city: City, selection: Selection, choice: Choice, what: str
) -> tuple[Sequence[str], Mapping[str, Sequence[str]]]:
    funding = programmes.funding(city, selection, choice)
    columns = {
        **_need_columns(city, selection),
        _("Known budgets"): funding[BUDGET_RP].map(rupiah),
        _("Budgets left out"): funding[UNKNOWN].map(number),
        what: funding[VALUE].map(rupiah),
    }
    return _tips(columns, funding.index)


def _need_columns(city: City, selection: Selection) -> dict[str, "pd.Series[str]"]:
    measured = programmes.need(city, selection)
    indicator = city.library.indicators[selection.indicator]
    return {
        need_words(city, selection): measured.value.map(lambda value: figure(value, indicator)),
        _("No figure"): measured.reason.map(lambda reason: _(reason) if reason else ""),
    }


def _tips(
    columns: Mapping[str, "pd.Series[str]"], order: "pd.Index[str]"
) -> tuple[Sequence[str], Mapping[str, Sequence[str]]]:
    table = pd.DataFrame(columns).reindex(order).fillna("")
    return list(columns), dict(zip(map(str, order), table.to_numpy().tolist(), strict=True))


def _rows(city: City, selection: Selection, view: _View) -> pd.DataFrame:
    """Return the areas that pass the filter with need, response and class, as taken home."""
    own = programwords.areas(city, selection)
    where = places(city).reindex(own)
    value = programmes.need(city, selection).value.reindex(own)
    return pd.DataFrame(
        {
            _("Code"): own,
            _("Kelurahan"): where[KELURAHAN].to_numpy(),
            _("Kecamatan"): where[KECAMATAN].to_numpy(),
            view.rows: value.to_numpy(),
            view.columns: view.response.reindex(own).to_numpy(),
            _("Class"): [_cell_words(view, name) for name in view.square.cells[own]],
        }
    )
