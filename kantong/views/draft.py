"""An import on its way in: what the steps of the page Data pass on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from kantong.geo.errors import DataError, Fault
from kantong.geo.schema import INDICATOR, KODE
from kantong.importing.tables import File
from kantong.intake.grid import Grid
from kantong.intake.layout import Layout
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.store.datasets import area_of
from kantong.views import access
from kantong.views.data import City
from kantong.views.words import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_LAST_WHO = "_last_who"


@dataclass(frozen=True)
class Draft:
    """A file on its way in; lives in the session only.

    Parameters
    ----------
    file
        What was read.
    sheet
        Which of its grids is taken.
    layout
        How that sheet is laid out.
    saved
        Name of the saved layout it follows; empty for none.
    settled
        By line: what a person chose, ``kode`` or empty for refused.
    """

    file: File
    sheet: int
    layout: Layout
    saved: str
    settled: Mapping[int, str]

    @property
    def grid(self) -> Grid:
        """The sheet that is taken."""
        return self.file.grids[self.sheet]

    @property
    def key(self) -> str:
        """What the names of its widgets begin with."""
        return f"_{self.file.sha256[:12]} {self.sheet}"


def area(city: City) -> str:
    """Return by what name the store knows a city."""
    return area_of(city.every[KODE])


def tell(error: DataError) -> None:
    """Say what is wrong with the data, where the user is looking."""
    st.error(plain(error.describe(_)).replace("\n", "\n\n"))


def words_of(finding: Fault, city: City) -> str:
    """Return a finding in the user's language, its indicator by name."""
    indicator = city.library.indicators.get(str(finding.details.get(INDICATOR, "")))
    if indicator is None:
        return finding.describe(_, number)
    details = {**finding.details, INDICATOR: pick(indicator.label)}
    return Fault(finding.message, **details).describe(_, number)


def ask_who(slot: "DeltaGenerator", key: str) -> str:
    """Ask who does something; the last answer of this visit is filled in already.

    Whoever has logged in is not asked: the trail names the position that goes with the login.
    """
    known = access.visitor().position
    if known:
        slot.caption(plain(_("Recorded by {position}").format(position=known)))
        return known
    who = slot.text_input(
        _("Recorded by (office or position)"), last_who(), max_chars=80, key=key,
        help=_("Stands in the audit trail."),
    ).strip()  # fmt: skip
    if who:
        st.session_state[_LAST_WHO] = who
    return who


def last_who() -> str:
    """Return who is logged in, or who said last who they are, in this visit."""
    return access.visitor().position or str(st.session_state.get(_LAST_WHO, ""))


def ask_source() -> str:
    """Ask who published a file."""
    return st.text_input(
        _("Source of the file, such as Dinsos Kota Malang"), key="_source", max_chars=120,
        help=_("What you decide about places is remembered for this source."),
    ).strip()  # fmt: skip
