"""Page Cetak: the sheet of one kelurahan, seen before it is printed."""

import html
from base64 import b64encode

import streamlit as st

from kantong.geo.schema import KELURAHAN
from kantong.language import bound
from kantong.language import gettext as _
from kantong.views import frame, mapview, printing, state


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    found = city.measure(selection.indicator, selection.period)
    if not selection.kelurahan:
        st.subheader(_("Which kelurahan is to be printed?"), anchor=False)
        st.markdown(_("Search by name or code, or click on the map."))
        mapview.draw(city, mapview.picture(city, selection, found))
        return
    kode = selection.kelurahan
    name = city.place(kode)[KELURAHAN]
    frame.title(_("Sheet: {name}").format(name=name), city.datasets(found))
    page = printing.page_of(city, selection, found, kode)
    left, right = st.columns([1, 2], gap="medium")
    with left:
        st.markdown(
            _(
                "A4, true to scale: print at 100 %. The sheet shows the indicator chosen in the "
                "drawer, the neighbours, a grid in metres and the way back to this page."
            )
        )
        mark = "SIMULASI-" if city.is_simulated(found) else ""
        st.download_button(
            _("Download the sheet (PDF)"),
            bound(lambda: printing.sheet(city, page)),
            file_name=f"{mark}{kode}-{selection.indicator}-{selection.period}.pdf",
            mime="application/pdf",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
        st.button(
            _("Another kelurahan"), on_click=state.pick_kelurahan, args=("",), width="stretch",
            icon=":material/undo:",
        )  # fmt: skip
    with right, st.spinner(_("The sheet is being drawn …")):
        words = html.escape(_("Preview of the sheet of {name}").format(name=name))
        picture = b64encode(printing.preview(city, page)).decode()
        st.html(f'<img class="preview" alt="{words}" src="data:image/png;base64,{picture}">')


if __name__ == "__main__":  # as Streamlit runs a page
    show()
