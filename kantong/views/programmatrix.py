"""Which programme is in which kelurahan, and all that is recorded of one kelurahan."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.reach import BUDGET_RP, FUNDER, KIND, PROGRAMME, REACHED, STATUS, TARGET
from kantong.geo.schema import DATASET, KECAMATAN, KELURAHAN, KODE, PERIOD
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.views import mapview, programmes, share, state
from kantong.views.data import City
from kantong.views.places import places
from kantong.views.programmes import Choice
from kantong.views.programwords import need_words, settings
from kantong.views.state import Selection
from kantong.views.words import code_label, figure, kind_of_data, plain

NOT_RECORDED, NO_NUMBER, TOO_SMALL = "–", "?", "•"
_HEIGHT, _ROWS_IN_VIEW = 560, 14
_KEY = "matrix"


def show(city: City, selection: Selection, choice: Choice) -> None:
    """Draw the matrix, and the interventions of the chosen kelurahan."""
    st.subheader(_("Which programme is where?"), anchor=False)
    found = programmes.need(city, selection)
    order = _order(city, selection, found)
    cells = cell_texts(city, choice).reindex(order)
    if cells.shape[1]:
        _table(city, selection, found, cells)
    else:
        st.info(_("Nothing is recorded that fits these choices."))
    _one(city, selection, choice)
    seen = mapview.picture(city, selection, found)
    title = _("Programmes {year}").format(year=choice.year)
    gives = share.Offer(
        ("csv", "xlsx"),
        [*settings(city, choice), (_("Signs"), signs())],
        lambda: rows(city, selection, choice),
    )
    share.offer(
        city, selection, programmes.with_sources(city, found, choice),
        replace(seen, title=f"{title} · {seen.title}"), key=_KEY, gives=gives,
    )  # fmt: skip


def signs() -> str:
    """Return what the signs of the matrix say."""
    words = _(
        "{not_recorded} not recorded, which does not mean that nobody was reached; {no_number} "
        "recorded, but not how many; {too_small} too small to show, or it would give such a count "
        "away; ≥ at least so many, for another entry does not say or may not be shown."
    )
    return words.format(not_recorded=NOT_RECORDED, no_number=NO_NUMBER, too_small=TOO_SMALL)


def _order(city: City, selection: Selection, found: Measure) -> list[str]:
    """Return the areas that pass the filter, those with most need first."""
    kept = found.value[selection.keeps(city)]
    order = kept.sort_values(ascending=False, na_position="last", kind="stable")
    return [str(kode) for kode in order.index]


def _headed(cells: pd.DataFrame, *taken: str) -> pd.DataFrame:
    """Return the cells with headings that no other column has; a programme may be called so."""
    words = _("{name} (programme)")
    return cells.rename(
        columns=lambda name: words.format(name=name) if name in taken else str(name)
    )


def cell_texts(city: City, choice: Choice) -> pd.DataFrame:
    """Return the cells of the matrix as texts, by area and programme."""
    found, hidden = programmes.reached(city, choice), programmes.hidden(city, choice)
    table = {
        str(name): [
            _cell(*cell)
            for cell in zip(
                found.reached[name], found.recorded[name], found.unknown[name], hidden[name],
                strict=True,
            )
        ]
        for name in found.reached.columns
    }  # fmt: skip
    return pd.DataFrame(table, found.reached.index)


def _cell(reached: float, recorded: int, unknown: int, hidden: bool) -> str:  # noqa: FBT001 - a cell
    if not recorded:
        return NOT_RECORDED
    if pd.isna(reached):
        return TOO_SMALL if hidden else NO_NUMBER
    return f"≥ {number(reached)}" if unknown else number(reached)


def _table(city: City, selection: Selection, found: Measure, cells: pd.DataFrame) -> None:
    indicator = city.library.indicators[selection.indicator]
    need = found.value.reindex(cells.index).map(lambda value: figure(value, indicator, unit=False))
    name, what = _("Kelurahan"), need_words(city, selection)
    cells = _headed(cells, name, what)
    table = pd.concat(
        [places(city)[KELURAHAN].reindex(cells.index).rename(name), need.rename(what), cells],
        axis=1,
    )
    st.dataframe(
        table, hide_index=True, height=_HEIGHT if len(table) > _ROWS_IN_VIEW else "content",
        column_config={
            name: st.column_config.Column(pinned=True, width=130),
            what: st.column_config.Column(help=pick(indicator.unit), alignment="right"),
            **{str(one): st.column_config.Column(alignment="right") for one in cells},
        },
        on_select=lambda: _picked(city, list(map(str, cells.index))),
        selection_mode="single-row", key=_KEY,
    )  # fmt: skip
    st.caption(
        _("How many each programme reached, people, families or houses as it counts them.")
        + " " + signs()
    )  # fmt: skip


def _picked(city: City, order: list[str]) -> None:
    chosen = st.session_state[_KEY]["selection"]["rows"]
    if chosen and chosen[0] < len(order):
        state.pick_area(city, order[chosen[0]])


def rows(city: City, selection: Selection, choice: Choice) -> pd.DataFrame:
    """Return the matrix as taken home: numbers as numbers, signs where there is none."""
    measured = programmes.need(city, selection)
    order = _order(city, selection, measured)
    texts = cell_texts(city, choice).reindex(order)
    found = programmes.reached(city, choice)
    numbers = found.reached.reindex(order)
    least = (found.unknown.reindex(order) > 0) & numbers.notna()
    where = places(city).reindex(order)
    first = {
        _("Code"): order,
        _("Kelurahan"): where[KELURAHAN].to_numpy(),
        _("Kecamatan"): where[KECAMATAN].to_numpy(),
        need_words(city, selection): measured.value.reindex(order).to_numpy(),
    }
    at_least = _("At least")
    cells = pd.DataFrame(
        {
            name: [
                text if pd.isna(value) else int(value)
                for value, text in zip(numbers[name], texts[name], strict=True)
            ]
            for name in texts
        },
        dtype=object,
    )
    last = [", ".join(str(name) for name in least if least[name][kode]) for kode in order]
    table = pd.concat([pd.DataFrame(first), _headed(cells, *first, at_least)], axis=1)
    return table.assign(**{at_least: last})


# --- one kelurahan -----------------------------------------------------------------------------


def _one(city: City, selection: Selection, choice: Choice) -> None:
    """Draw what is recorded of the chosen kelurahan."""
    kode = selection.kelurahan
    if not kode or kode not in set(city.layer[KODE]):
        st.caption(_("Choose a row to see all that is recorded of a kelurahan."))
        return
    found = programmes.shown(city, choice).rows
    own = found[found[KODE] == kode]
    name = city.place(kode)[KELURAHAN]
    mark = kind_of_data(city.library.datasets[str(one)] for one in own[DATASET].unique())
    told = f" · {mark}" if len(own) else ""
    st.subheader(plain(f"{name} · {choice.year}{told}"), anchor=False)
    if own.empty:
        st.caption(_("Nothing is recorded here that fits these choices."))
        return
    st.dataframe(listed(city, own), hide_index=True, height="content")


def listed(city: City, own: pd.DataFrame) -> pd.DataFrame:
    """Return interventions as a table of texts."""

    def counted(column: str, write: Callable[[float], str] = number) -> list[str]:
        return [
            write(value) if pd.notna(value) else TOO_SMALL if hidden else NO_NUMBER
            for value, hidden in zip(own[column], own[programmes.HIDDEN], strict=True)
        ]

    def titled(key: str) -> str:
        dataset = city.library.datasets[key]
        return f"{kind_of_data([dataset])} · {pick(dataset.title)}"

    return pd.DataFrame(
        {
            _("Programme"): own[PROGRAMME].astype(str),
            _("Kind"): own[KIND].map(code_label, na_action="ignore"),
            _("Funder"): own[FUNDER].map(programmes.funder_label),
            _("Period"): own[PERIOD],
            _("Target"): counted(TARGET),
            _("Reached"): counted(REACHED),
            _("Budget"): counted(BUDGET_RP, rupiah),
            _("Status"): own[STATUS].map(code_label, na_action="ignore"),
            _("Source"): own[DATASET].astype(str).map(titled),
        }
    )
