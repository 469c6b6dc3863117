"""Page Program: who does what where, what is missing, and what may be there twice."""

from collections.abc import Callable

import streamlit as st

from kantong.geo.errors import DataError, Fault
from kantong.language import gettext as _
from kantong.language import number
from kantong.store.rights import Right
from kantong.views import (
    access,
    entering,
    frame,
    programcoverage,
    programgaps,
    programmaps,
    programmatrix,
    programmes,
    programtargeting,
    programwords,
    state,
)
from kantong.views.data import City
from kantong.views.programmes import Choice
from kantong.views.state import Selection
from kantong.views.words import paragraphs, plain

_Part = Callable[[City, Selection, Choice], None]
_PARTS: dict[str, _Part] = {
    "matriks": programmatrix.show,
    "peta": programmaps.show,
    "celah": programgaps.gaps,
    "ganda": programgaps.double,
    "cakupan": programcoverage.show,
}
_RECORDING = "catat"
# Those that need no interventions to look at.
_OTHERS: dict[str, Callable[[City, Selection], None]] = {
    "sasaran": programtargeting.show,
    _RECORDING: lambda city, _selection: entering.show(city),
}


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    choice = _choose(city)
    if choice is not None:
        _headline(city, selection, choice)
    parts = [*(_PARTS if choice is not None else ()), *_OTHERS]
    if not access.visitor().may(Right.PLAN):
        parts.remove(_RECORDING)
    part = state.select(
        _("More about these programmes"), parts, parts[0], _part_label, key="bagian",
        draw=st.segmented_control, label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip
    if choice is None or part in _OTHERS:
        _OTHERS[part](city, selection)
        return
    _PARTS[part](city, selection, choice)
    measured = programmes.need(city, selection)
    frame.source_line(city, programmes.with_sources(city, measured, choice))


def _choose(city: City) -> Choice | None:
    """Draw which interventions are looked at; None where there are none, or they cannot be read."""
    try:
        found = programmes.checked(city)
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return None
    if programmes.years(city):
        return programmes.choose(city)
    st.info(_("No programme is recorded here yet."))
    _tell(found.told)
    return None


def _headline(city: City, selection: Selection, choice: Choice) -> None:
    """Say what is there and what is missing."""
    measured = programmes.need(city, selection)
    datasets = city.datasets(programmes.with_sources(city, measured, choice))
    frame.title(_("Programmes {year}").format(year=choice.year), datasets)
    state.tell_region(city)
    st.html(paragraphs(programwords.sentences(city, selection, choice)))
    if city.parts is not None:
        st.caption(_("These are sums of regions: look into one to see what its kelurahan lack."))
    _tell(programmes.checked(city).told)


def _part_label(part: str) -> str:
    return {
        "matriks": _("Who is where"),
        "peta": _("Need and response"),
        "celah": _("Gaps"),
        "ganda": _("Double service"),
        "cakupan": _("Coverage"),
        "sasaran": _("Right families"),
        "catat": _("Record"),
    }[part]


def _tell(faults: tuple[Fault, ...]) -> None:
    """Say what is odd about the interventions; nothing of it is lost."""
    if not faults:
        return
    with st.expander(
        _("To look at again in what is recorded ({count})").format(count=number(len(faults))),
        icon=":material/rule:",
    ):
        for fault in faults:
            st.warning(plain(fault.describe(_, number)))


if __name__ == "__main__":  # as Streamlit runs a page
    show()
