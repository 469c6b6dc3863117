"""The columns of a table as they were understood, to be confirmed or changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from kantong.geo.errors import DataError
from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, PERIOD, VALUE
from kantong.importing import tables
from kantong.intake.headings import CODE, period_in
from kantong.intake.layout import IGNORED, TOTAL, Layout, Use
from kantong.intake.matching import PLACE_COLUMNS
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views.data import City
from kantong.views.draft import Draft, area, ask_who, tell
from kantong.views.words import plain

if TYPE_CHECKING:
    from kantong.intake.figures import Style

_SAMPLES = 3


def role_label(role: str) -> str:
    """Return what a column is used for, in words."""
    return {
        IGNORED: _("left out"),
        CODE: _("code of the kelurahan"),
        KELURAHAN: _("name of the kelurahan"),
        KECAMATAN: _("kecamatan"),
        INDICATOR: _("what is measured"),
        PERIOD: _("period"),
        VALUE: _("figure"),
        TOTAL: _("sum of the line, to check it"),
    }[role]


def choose(city: City, draft: Draft) -> Draft:
    """Draw the columns and return the draft with its layout as it is chosen now."""
    st.subheader(_("Columns"), anchor=False)
    if draft.saved:
        told = _("Laid out like “{name}”, which was saved before.").format(name=draft.saved)
        st.caption(plain(told))
    catalogue = city.library.indicators
    labels = {
        key: pick(one.label)
        for key, one in catalogue.items()
        if one.kind != "rate" and not one.part_of
    }
    layout = draft.layout
    first, second, third = st.columns(3)
    indicator = first.selectbox(
        _("Figures measure, where their column does not say"), ["", *labels],
        index=["", *labels].index(layout.indicator if layout.indicator in labels else ""),
        format_func=lambda key: labels.get(key, "–"), key=f"{draft.key} indicator",
    )  # fmt: skip
    period = second.text_input(
        _("Period, where their column does not say"), layout.period, max_chars=7,
        placeholder="2025-Q3", key=f"{draft.key} period",
    )  # fmt: skip
    styles: list[Style] = ["id", "en"]
    style = third.selectbox(
        _("Numbers are written"), styles, index=styles.index(layout.style),
        format_func={"id": "1.234,5", "en": "1,234.5"}.__getitem__, key=f"{draft.key} style",
    )  # fmt: skip
    uses = _edit_uses(draft, labels)
    layout = replace(
        layout, uses=uses, indicator=indicator or "", period=period_in(period), style=style
    )
    _offer_saving(city, layout, draft)
    return replace(draft, layout=layout)


def _edit_uses(draft: Draft, labels: Mapping[str, str]) -> tuple[Use, ...]:
    """Draw the columns as a table to be changed and return what each is used for."""
    roles = {role: role_label(role) for role in (VALUE, *PLACE_COLUMNS, INDICATOR, PERIOD, TOTAL,
                                                 IGNORED)}  # fmt: skip
    key = f"{draft.key} uses"
    uses = st.session_state.setdefault(key, draft.layout.uses)
    frame = pd.DataFrame(
        {
            "heading": [text or "–" for text in draft.layout.headings],
            "sample": [_sample(draft, place) for place in range(len(uses))],
            "role": [roles[use.role] for use in uses],
            "indicator": [labels.get(use.indicator) for use in uses],
            "period": [use.period for use in uses],
        }
    )
    edited = st.data_editor(
        frame, hide_index=True, width="stretch", key=f"{draft.key} editor", num_rows="fixed",
        disabled=["heading", "sample"],
        column_config={
            "heading": st.column_config.TextColumn(_("Heading")),
            "sample": st.column_config.TextColumn(_("First cells")),
            "role": st.column_config.SelectboxColumn(
                _("Used as"), options=list(roles.values()), required=True
            ),
            "indicator": st.column_config.SelectboxColumn(
                _("Measures"), options=list(labels.values())
            ),
            "period": st.column_config.TextColumn(_("Period"), max_chars=20),
        },
    )  # fmt: skip
    role_of = {text: role for role, text in roles.items()}
    key_of = {text: key for key, text in labels.items()}
    return tuple(
        Use(role_of[role], key_of.get(measured, ""), period_in(str(when or "")))
        if role_of[role] == VALUE else Use(role_of[role])
        for role, measured, when in edited[["role", "indicator", "period"]].itertuples(
            index=False, name=None
        )
    )  # fmt: skip


def _sample(draft: Draft, place: int) -> str:
    rows = draft.grid.rows[draft.layout.first :]
    cells = [row[place] for row in rows if row[place] is not None][:_SAMPLES]
    return " · ".join(
        number(cell, 0 if cell.is_integer() else 2) if isinstance(cell, float) else str(cell)[:30]
        for cell in cells
    )


def _offer_saving(city: City, layout: Layout, draft: Draft) -> None:
    box = st.popover(_("Save this layout"), icon=":material/bookmark:", key=f"{draft.key} save")
    with box:
        name = st.text_input(
            _("Name, such as Dinsos quarterly"), key=f"{draft.key} layout name", max_chars=60
        )
        who = ask_who(box, key=f"{draft.key} layout who")
        ready = bool(name.strip() and who)
        if st.button(_("Save"), disabled=not ready, key=f"{draft.key} save now"):
            try:
                tables.save_layout(layout, name.strip(), area(city), who)
                st.success(_("Saved. Tables with the same headings will be laid out like this."))
            except DataError as error:
                tell(error)
