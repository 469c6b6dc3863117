"""Page Beranda: for someone who has never seen Kantong."""

import streamlit as st

from kantong.analysis.measures import end
from kantong.geo.schema import INDICATOR, KODE, PERIOD, VALUE
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import access, data, search, state
from kantong.views.data import City
from kantong.views.pages import path
from kantong.views.words import kind_of_data, plain


def show() -> None:
    """Draw the page."""
    city = state.city()
    st.header(_("Where do poor families live, and where should help go first?"), anchor=False)
    st.markdown(
        _(
            "Kantong shows poverty kelurahan by kelurahan, with source, period and denominator of "
            "every number."
        )
        + " "
        + _stays()
    )
    _doors()
    left, right = st.columns([3, 2], gap="large")
    with left:
        _about(city)
    with right:
        st.subheader(_("Find a kelurahan"), anchor=False)
        search.field(city, key="_search_start")
        _other_data()


def _stays() -> str:
    """Say where the data stay."""
    if access.visitor().standing is access.Standing.ALONE:
        return _("It works without internet, and nothing leaves this computer.")
    return _("Nothing leaves this server.")


def _doors() -> None:
    doors = (
        (_("Plan"), _("Compare maps, rank kelurahan, weigh where to step in first."),
         "map", (("peta", _("Open the map")), ("prioritas", _("See the ranking")))),
        (_("Print"), _("Sheets of a kelurahan for the meeting and the field."),
         "print", (("cetak", _("Print a sheet")), ("profil", _("Open a profile")))),
        (_("Review"), _("What changed since the last cut, in the city and in your dapil."),
         "compare", (("banding", _("Compare periods")), ("metode", _("Where numbers come from")))),
    )  # fmt: skip
    for column, (title, words, icon, links) in zip(st.columns(3), doors, strict=True):
        with column.container(border=True, height="stretch"):
            st.subheader(f":material/{icon}: {title}", anchor=False)
            st.markdown(words)
            for page, label in links:
                if access.visitor().opens(page) and st.button(
                    label, key=f"door {page}", width="stretch"
                ):
                    st.switch_page(path(page))


def _about(city: City) -> None:
    st.subheader(_("What the data is, how old, how sure"), anchor=False)
    newest = max(city.library.observations[PERIOD], key=end, default="–")
    datasets = city.datasets_in_use()
    invented = [dataset for dataset in datasets if dataset.simulated]
    first, second, third = st.columns(3)
    first.metric(_("Kelurahan"), number(len(city.every)))
    second.metric(_("Newest period"), newest)
    third.metric(_("Figures that are known"), f"{number(_known_percent(city), 1)} %")
    if invented:
        st.warning(
            _(
                "**{count} of {all} data sets are SIMULASI**: invented. Bring your own figures "
                "before you decide."
            ).format(count=number(len(invented)), all=number(len(datasets))),
            icon=":material/science:",
        )
    for dataset in datasets:
        title = plain(pick(dataset.title))
        mark = "" if dataset.simulated else f" ({kind_of_data([dataset])})"
        st.markdown(f"- {title}{mark}")
    st.markdown(
        _(
            "Every profile shows the interval of a figure, every map what is missing or too small "
            "to show. Missing is never zero."
        )
    )


def _known_percent(city: City) -> float:
    """Return how many figures are known of those that all kelurahan would have; NaN for none."""
    told = city.library.observations
    wanted = len(city.every) * len(told[[INDICATOR, PERIOD]].drop_duplicates())
    known = told.loc[told[VALUE].notna() & told[KODE].isin(city.every[KODE])]
    return len(known) / wanted * 100 if wanted else float("nan")


def _other_data() -> None:
    if access.visitor().opens("impor"):
        st.subheader(_("Your own data"), anchor=False)
        if st.button(_("Use your own data"), icon=":material/upload_file:", width="stretch"):
            st.switch_page(path("impor"))
    if state.folder() == data.TUTORIAL_NAME:
        st.markdown(_("You are in the tutorial city: nine kelurahan, every number by hand."))
        st.button(
            _("Back to the city"), on_click=state.open_folder, args=("",),
            icon=":material/undo:", width="stretch",
        )  # fmt: skip
    elif data.TUTORIAL_NAME in data.folders():
        st.markdown(_("New here? A city of nine kelurahan shows every number worked by hand."))
        st.button(
            _("Open the tutorial city"), on_click=state.open_folder, args=(data.TUTORIAL_NAME,),
            icon=":material/school:", width="stretch",
        )  # fmt: skip


if __name__ == "__main__":  # as Streamlit runs a page
    show()
