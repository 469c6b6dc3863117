"""Where need meets nothing, and where two may serve the same people."""

import pandas as pd
import streamlit as st

from kantong.analysis.reach import (
    GAP,
    KIND,
    NO_NEED,
    NOT_KNOWN,
    PLEDGED,
    PROGRAMME,
    SERVED,
    UNCLEAR,
)
from kantong.analysis.suppression import is_suppressed
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number
from kantong.maps.style import MISSING, SUPPRESSED, hotspot_fill
from kantong.views import mapview, programmatrix, programmes, programwords, share
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.places import places
from kantong.views.programmes import Choice
from kantong.views.programwords import need_words, settings, state_label
from kantong.views.state import Selection
from kantong.views.words import code_label, figure, paragraphs, table

_COVERED = "covered"
_STATES = (GAP, UNCLEAR, PLEDGED, SERVED, NO_NEED)
_HEIGHT, _ROWS_IN_VIEW = 420, 10


# --- gaps --------------------------------------------------------------------------------------


def gaps(city: City, selection: Selection, choice: Choice) -> None:
    """Draw where there is need and nothing there."""
    st.subheader(_("Where is need, and nothing there?"), anchor=False)
    states = programmes.states(city, selection, choice)
    seen = _picture(city, selection, choice, states)
    measured = programmes.with_sources(city, programmes.need(city, selection), choice)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        mapview.draw(city, seen, key="map gaps")
        gives = share.Offer(
            ("csv", "xlsx", "png", "html"), settings(city, choice),
            lambda: rows(city, selection, choice),
        )  # fmt: skip
        share.offer(city, selection, measured, seen, key="gaps", gives=gives)
    with right:
        _by_kind(city, selection, choice)
    told = rows(city, selection, choice, only_unmet=True).drop(columns=_("Code"))
    if told.empty:
        st.info(_("No kelurahan with need is without anything."))
        return
    indicator = city.library.indicators[selection.indicator]
    what = need_words(city, selection)
    told[what] = told[what].map(lambda value: figure(value, indicator))
    st.dataframe(told, hide_index=True, height=_HEIGHT if len(told) > _ROWS_IN_VIEW else "content")
    st.caption(
        _("Nothing recorded does not mean that nothing is there: ask before it is said in public.")
    )


def _legend(states: "pd.Series[str]") -> dict[str, tuple[str, str]]:
    """Return fill and words of each state; one that is not known here is drawn plain."""
    fills = {
        GAP: hotspot_fill("hot_99"),
        UNCLEAR: hotspot_fill("hot_95"),
        PLEDGED: hotspot_fill("hot_90"),
        SERVED: hotspot_fill("cold_95"),
        NO_NEED: hotspot_fill("not_significant"),
    }
    others = [state for state in states.unique() if state not in {*fills, NOT_KNOWN, _COVERED}]
    fills |= dict.fromkeys(others, hotspot_fill("hot_90"))
    return {
        **{name: (fill, state_label(name)) for name, fill in fills.items()},
        _COVERED: (SUPPRESSED.fill, _("need too small to show")),
        NOT_KNOWN: (MISSING.fill, state_label(NOT_KNOWN)),
    }


def _picture(city: City, selection: Selection, choice: Choice, states: "pd.Series[str]") -> Picture:
    measured = programmes.need(city, selection)
    classes = states.mask(is_suppressed(measured), _COVERED)
    legend = _legend(classes)
    texts = programmatrix.cell_texts(city, choice)
    indicator = city.library.indicators[selection.indicator]
    labels = [need_words(city, selection), _("Class"), *map(str, texts.columns)]
    tips = {
        str(kode): [
            figure(measured.value[kode], indicator),
            legend[str(classes[kode])][1],
            *("" if text == programmatrix.NOT_RECORDED else text for text in texts.loc[kode]),
        ]
        for kode in classes.index
    }
    title = _("Gaps {year} · {what}").format(year=choice.year, what=need_words(city, selection))
    told = mapview.Told(title, f"{title} {choice}", classes, labels, tips)
    sourced = programmes.with_sources(city, measured, choice)
    return mapview.of_classes(city, selection, sourced, legend, told)


def _by_kind(city: City, selection: Selection, choice: Choice) -> None:
    """Draw for each kind of help in how many kelurahan with need it is missing."""
    counted = programwords.by_kind(city, selection, choice)
    states = [name for name in (*_STATES, *counted.columns) if name in counted]
    states = list(dict.fromkeys(states))
    short = {
        GAP: _("nobody reached"), SERVED: _("reached"), UNCLEAR: _("not known"),
        PLEDGED: _("promised"),
    }  # fmt: skip
    words = _("Kelurahan with need, by kind of help")
    st.html(
        f"<p><strong>{words}</strong></p>"
        + table(
            [_("Kind"), *(short.get(name, name) for name in states)],
            (
                (code_label(str(kind)), *(number(int(row[name])) for name in states))
                for kind, row in counted.iterrows()
            ),
            figures=len(states),
        )
    )
    st.html(paragraphs([
        _("Each kind is looked at for itself: a kelurahan with cash assistance may have no "
          "sanitation. Choose a kind above to see it on the map."),
    ]))  # fmt: skip


def rows(
    city: City, selection: Selection, choice: Choice, *, only_unmet: bool = False
) -> pd.DataFrame:
    """Return the areas that pass the filter with need, state and what is recorded."""
    own = programwords.areas(city, selection)
    states = programmes.states(city, selection, choice)[own]
    if only_unmet:
        states = states[~states.isin([SERVED, NO_NEED, NOT_KNOWN])]
    measured = programmes.need(city, selection)
    order = measured.value[states.index].sort_values(ascending=False, kind="stable").index
    where = places(city).reindex(order)
    kept = programmes.kept(city, choice).rows
    present = kept.groupby(KODE)[PROGRAMME].unique().map(lambda every: ", ".join(sorted(every)))
    hidden = is_suppressed(measured)
    return pd.DataFrame(
        {
            _("Code"): order,
            _("Kelurahan"): where[KELURAHAN].to_numpy(),
            _("Kecamatan"): where[KECAMATAN].to_numpy(),
            need_words(city, selection): measured.value[order].to_numpy(),
            _("State"): [
                _("need too small to show") if hidden[kode] else state_label(str(states[kode]))
                for kode in order
            ],
            _("Recorded"): present.reindex(order).fillna("–").to_numpy(),
        }
    )


# --- double service ----------------------------------------------------------------------------


def double(city: City, selection: Selection, choice: Choice) -> None:
    """Draw where two programmes or funders give the same kind of help."""
    st.subheader(_("Who may be served twice?"), anchor=False)
    st.html(paragraphs([
        _("Two programmes or funders give the same kind of help in the same kelurahan at the same "
          "time. At most as many can be served twice as the smaller of both reached; of several "
          "periods the largest such number is taken, for the same people may be served in each. "
          "Counts cannot tell whether it is anybody: only a comparison by name at the Dinsos can."),
    ]))  # fmt: skip
    pairs = programmes.double(city, choice)
    pairs = pairs[pairs[KODE].isin(programwords.areas(city, selection))]
    if pairs.empty:
        st.info(_("Nowhere do two programmes or funders give the same kind of help."))
        return
    _by_pair(pairs)
    told = _pairs(city, pairs)
    st.dataframe(told.drop(columns=_("Code")), hide_index=True,
                 height=_HEIGHT if len(told) > _ROWS_IN_VIEW else "content")  # fmt: skip
    st.caption(_("? not known, or too small to show."))
    measured = programmes.with_sources(city, programmes.need(city, selection), choice)
    seen = _picture(city, selection, choice, programmes.states(city, selection, choice))
    gives = share.Offer(("csv", "xlsx"), settings(city, choice), lambda: _pairs(city, pairs))
    share.offer(city, selection, measured, seen, key="double", gives=gives)


def _count(value: float) -> str:
    return number(value) if pd.notna(value) else programmatrix.NO_NUMBER


def _who(programme: str, funder: str | float | None) -> str:
    return f"{programme} ({programmes.funder_label(funder)})"


def _named(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs with programme and funder of both as one text."""
    sides = {
        f"who_{side}": [
            _who(*one)
            for one in zip(pairs[f"programme_{side}"], pairs[f"funder_{side}"], strict=True)
        ]
        for side in (1, 2)
    }
    return pairs.assign(**sides)


def _by_pair(pairs: pd.DataFrame) -> None:
    """Draw how often each two meet."""
    both, paid = _("{kind}: {one} and {other}"), _("city and province")
    rows = []
    named = _named(pairs)
    sides = pd.DataFrame(map(sorted, zip(named["who_1"], named["who_2"], strict=True)), named.index)
    for (kind, first, second), part in named.groupby([KIND, sides[0], sides[1]], sort=False):
        # The same people may be served in each quarter: of several periods the largest.
        most = part.groupby(KODE)["at_most"].max(skipna=False)
        known = most.dropna()
        words = both.format(kind=code_label(str(kind)), one=first, other=second)
        if part["city_and_province"].any():
            words += f" · {paid}"
        rows.append(
            (
                words, number(len(most)),
                number(known.sum()) if len(known) else programmatrix.NO_NUMBER,
                number(int(most.isna().sum())),
            )
        )  # fmt: skip
    headings = [_("Which two"), _("Kelurahan"), _("Served twice, at most"), _("not known")]
    st.html(table(headings, rows, figures=3))


def _pairs(city: City, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs as a table, the most that may be served twice first."""
    named = _named(pairs).sort_values("at_most", ascending=False, kind="stable")
    where = places(city).reindex(named[KODE])
    counts = {
        name: [
            number(value) if pd.notna(value) else programmatrix.NO_NUMBER for value in named[name]
        ]
        for name in ("reached_1", "reached_2", "at_most")
    }
    return pd.DataFrame(
        {
            _("Code"): named[KODE].to_numpy(),
            _("Kelurahan"): where[KELURAHAN].to_numpy(),
            _("Kind"): named[KIND].map(code_label).to_numpy(),
            _("One"): named["who_1"].to_numpy(),
            _("Period of the one"): named["period_1"].to_numpy(),
            _("reaches"): counts["reached_1"],
            _("Other"): named["who_2"].to_numpy(),
            _("Period of the other"): named["period_2"].to_numpy(),
            _("reaches too"): counts["reached_2"],
            _("Served twice, at most"): counts["at_most"],
            _("City and province"): named["city_and_province"]
            .map({True: _("yes"), False: ""})
            .to_numpy(),
        }
    )
