"""The web app's frame: language, pages, shared filters. Pages live in kantong/views."""

import streamlit as st

from kantong.geo.errors import DataError
from kantong.language import gettext as _
from kantong.views import access, entrance, frame, search, state
from kantong.views.pages import pages
from kantong.views.words import plain


def main() -> None:
    """Draw the page that is asked for, as far as it is there for whoever asks."""
    st.set_page_config(page_title="Kantong", page_icon=str(frame.ICON), layout="wide")
    state.speak()
    try:
        visitor = access.begin()
    except DataError as error:
        entrance.shut(error)
    else:
        if visitor.pages():
            draw(visitor)
        else:
            entrance.show(visitor)


def draw(visitor: access.Visitor) -> None:
    """Draw a page; faults in data are shown in the user's language."""
    page = st.navigation(pages(visitor.pages()), position="top")
    try:
        city = state.city()
        frame.heading(city)
        frame.strangers_banner(city)
        search.offer(city)
        page.run()
        state.tell_ignored()
        frame.draw_again_after_a_break()
    except DataError as error:
        st.error(plain(error.describe(_)))
    with st.sidebar:
        state.choose_language()
        entrance.door(visitor)


main()
