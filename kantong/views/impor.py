"""Page Data: bring figures of your own, look after what was kept, fetch the template."""

import streamlit as st

from kantong.language import gettext as _
from kantong.views import cutlist, drafting, returning, state, template


def show() -> None:
    """Draw the page."""
    city = state.city()
    st.header(_("Use your own data"), anchor=False)
    bring, back, kept, blank = st.tabs(
        [_("Import"), _("Return sheet"), _("Data cuts"), _("Template")]
    )
    with bring:
        drafting.show(city)
    with back:
        returning.show(city)
    with kept:
        cutlist.show(city)
    with blank:
        template.show(city)


if __name__ == "__main__":  # as Streamlit runs a page
    show()
