"""Page Data: bring figures of your own; for now a template and a check of every line."""

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from kantong.geo.errors import DataError
from kantong.geo.schema import KELURAHAN, KODE
from kantong.intake.tables import read_counts
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps import downloads
from kantong.views import state
from kantong.views.data import City
from kantong.views.words import plain

_MOST_MB = 20
_NAME = "tabel.csv"


def show() -> None:
    """Draw the page."""
    city = state.city()
    st.header(_("Use your own data"), anchor=False)
    st.markdown(
        _(
            "1. Download the template: one line for each kelurahan.\n"
            "2. Fill in the column **value**; leave it empty where a figure is not known.\n"
            "3. Let it be checked here: every fault is named by line. Nothing is stored.\n"
            "4. Put the checked table into the data folder, as data/README.md says."
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        _template(city)
    with right:
        _check(city)


def _template(city: City) -> None:
    st.subheader(_("Template"), anchor=False)
    catalogue = city.library.indicators
    counts = [key for key, one in catalogue.items() if one.kind != "rate"]
    chosen = st.selectbox(
        _("Indicator"), counts, format_func=lambda key: pick(catalogue[key].label), key="_template"
    )
    period = st.text_input(_("Period"), "2026", key="_template_period", max_chars=7)
    table = city.every[[KODE, KELURAHAN]].assign(
        indicator=chosen, period=period, value="", dataset="data-saya"
    )
    st.download_button(
        _("Download the template (CSV)"),
        downloads.to_csv(pd.DataFrame(table)),
        file_name=f"templat-{chosen}.csv",
        mime="text/csv",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _check(city: City) -> None:
    st.subheader(_("Check"), anchor=False)
    given = st.file_uploader(
        _("Table as CSV, at most {size} MB").format(size=number(_MOST_MB)),
        type="csv",
        max_upload_size=_MOST_MB,
        key="_upload",
    )
    if given is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _NAME
        file.write_bytes(given.getvalue())
        try:
            counts = read_counts(file, city.every, city.library.indicators)
        except DataError as error:
            st.error(plain(error.describe(_)).replace("\n", "\n\n"))
            return
    st.success(
        _("No fault found: {rows} lines, {known} with a figure, sum {total}.").format(
            rows=number(len(counts)),
            known=number(int(counts["value"].notna().sum())),
            total=number(float(counts["value"].sum())),
        )
    )
    st.dataframe(counts, hide_index=True, height=320)


if __name__ == "__main__":  # as Streamlit runs a page
    show()
