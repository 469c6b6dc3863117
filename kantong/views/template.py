"""The template to fill in, where no table is at hand."""

import streamlit as st

from kantong.intake.headings import period_in
from kantong.language import gettext as _
from kantong.language import pick
from kantong.maps.blank import Words, workbook
from kantong.views import printing
from kantong.views.data import City

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(city: City) -> None:
    """Draw the choice of an indicator and the button that fetches its template."""
    st.markdown(
        _(
            "1. Download the template: one row for each kelurahan.\n"
            "2. Fill in the yellow column; leave a cell empty where a figure is not known.\n"
            "3. Bring the file under **Import**: you see every row before anything is kept."
        )
    )
    labels = {
        key: pick(one.label)
        for key, one in city.library.indicators.items()
        if one.kind == "count" and not one.part_of
    }
    left, right = st.columns(2)
    chosen = left.selectbox(
        _("Indicator"), list(labels), format_func=labels.__getitem__, key="_template"
    )
    usual = str(printing.today().year)
    given = right.text_input(_("Period"), usual, key="_template_period", max_chars=7)
    period = period_in(given)
    if not period:
        st.warning(_("Period: 2025 for a year, 2025-Q3 for a quarter."))
        return
    st.download_button(
        _("Download the template (XLSX)"),
        workbook(city.every, list(labels.values()), labels[chosen], period, _words()),
        file_name=f"templat-{chosen}.xlsx",
        mime=_XLSX,
        icon=":material/download:",
        on_click="ignore",
    )


def _words() -> Words:
    return Words(
        table=_("Figures"),
        notes=_("Notes"),
        headings=(
            _("Code"), _("Kelurahan"), _("Kecamatan"), _("Indicator"), _("Period"), _("Figure"),
        ),
        told=(
            _("Fill in the last column only: whole numbers, zero or more."),
            _("Leave a cell empty where the figure is not known. Empty is not zero."),
            _("Do not change the codes; they tell places of the same name apart."),
            _("Period: 2025 for a year, 2025-Q3 for a quarter."),
            _("Write no names, NIK or addresses: a file with persons is turned away."),
            _("Indicators that can be chosen:"),
        ),
        wrong_number=_("A whole number, zero or more; or an empty cell."),
        wrong_choice=_("Choose one of the list."),
    )  # fmt: skip
