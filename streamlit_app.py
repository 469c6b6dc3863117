"""The web app's frame: language, pages, shared filters. Pages live in kantong/views."""

import streamlit as st

from kantong.geo.errors import DataError
from kantong.language import gettext as _
from kantong.views import data, frame, state
from kantong.views.words import plain


def main() -> None:
    """Draw the page that is asked for; faults in data are shown in the user's language."""
    st.set_page_config(page_title="Kantong", page_icon=str(frame.ICON), layout="wide")
    frame.style()
    heading, language = st.columns([5, 1], vertical_alignment="center")
    with language:
        state.choose_language()
    page = st.navigation(
        [
            st.Page("kantong/views/peta.py", title=_("Map"), icon=":material/map:", default=True),
            st.Page(
                "kantong/views/prioritas.py", title=_("Priorities"),
                icon=":material/format_list_numbered:",
            ),
            st.Page("kantong/views/metode.py", title=_("Method"), icon=":material/functions:"),
        ],
        position="top",
    )  # fmt: skip
    with heading:
        st.markdown(f"#### Kantong · {_('poverty pockets by kelurahan')}")
    try:
        frame.simulated_banner(data.city())
        frame.strangers_banner(data.city())
        page.run()
    except DataError as error:
        st.error(plain(error.describe(_)))


main()
