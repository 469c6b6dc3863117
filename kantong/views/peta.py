"""Page Peta: the map, and the figures of the chosen kelurahan beside it."""

import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, rank
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, KODE, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import access, frame, mapview, share, state, telling
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.pages import path
from kantong.views.state import Selection
from kantong.views.words import figure, level_label, plain, table

_FIRST = 10


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    found = city.measure(selection.indicator, selection.period)
    seen = mapview.picture(city, selection, found)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.title(seen.title, city.datasets(found))
        state.tell_region(city)
        mapview.draw(city, seen)
        frame.source_line(city, found)
        share.offer(city, selection, found, seen)
    with right:
        if selection.kelurahan:
            _panel(city, selection, found, seen)
        else:
            _summary(city, selection, found)


def _summary(city: City, selection: Selection, found: Measure) -> None:
    indicator = city.library.indicators[selection.indicator]
    whole_name = city.trail[-1][1] if city.trail else city.name()
    st.subheader(plain(whole_name or _("The whole city")), anchor=False)
    st.caption(plain(pick(indicator.definition)))
    known = int(found.value.notna().sum())
    first, second = st.columns(2)
    together = city.together(found)
    label = _("Total") if indicator.kind != "rate" else _("All together")
    first.metric(label, figure(together, indicator))
    second.metric(
        _("{level} with a figure").format(level=level_label(city.level)),
        _("{rank} of {count}").format(rank=number(known), count=number(len(found.value))),
    )
    st.markdown(f"**{_('First ten')}**")
    st.html(_top(city, selection, found, indicator))


def _top(city: City, selection: Selection, found: Measure, indicator: Indicator) -> str:
    """Return the first areas as a table."""
    ranks = rank(found.value)
    names = city.layer.set_index(KODE)
    kept = selection.keeps(city)
    top = ranks[ranks[RANK].notna() & kept].sort_values(RANK, kind="stable").head(_FIRST)
    is_city = city.parts is None
    headings = [
        _("Rank"), level_label(city.level), *([_("Kecamatan")] if is_city else []),
        pick(indicator.unit),
    ]  # fmt: skip
    rows = [
        (
            f"{number(place)} =" if tied else number(place),
            names.loc[kode, KELURAHAN],
            *([names.loc[kode, KECAMATAN]] if is_city else []),
            figure(found.value[kode], indicator, unit=False),
        )
        for kode, place, tied in top.itertuples(name=None)
    ]
    return table(headings, rows)


def _panel(city: City, selection: Selection, found: Measure, seen: Picture) -> None:
    kode = selection.kelurahan
    place = city.place(kode)
    st.subheader(plain(place[KELURAHAN]), anchor=False)
    where = _("Kecamatan {kecamatan} · dapil {dapil} · code {kode}")
    st.caption(
        plain(where.format(kecamatan=place[KECAMATAN], dapil=place[DAPIL] or "–", kode=kode))
    )
    rows = [
        (label, text)
        for label, text in zip(seen.state.labels, seen.state.tips[kode], strict=True)
        if text
    ]
    st.html(table([_("Indicator"), _("Figure")], rows))
    st.html(telling.sentence(city, found, kode))
    if st.button(_("Open the profile"), icon=":material/location_on:", width="stretch"):
        st.switch_page(path("profil"))
    if access.visitor().opens("cetak") and st.button(
        _("Print the sheet"), icon=":material/print:", width="stretch"
    ):
        st.switch_page(path("cetak"))
    st.button(
        _("Close"), on_click=state.pick_kelurahan, args=("",), icon=":material/close:",
        width="stretch", type="tertiary",
    )  # fmt: skip


if __name__ == "__main__":  # as Streamlit runs a page
    show()
