"""An import as it is drafted: file, columns, places in doubt, checks, and at last the keeping."""

from dataclasses import replace

import streamlit as st

from kantong.geo.errors import DataError, Fault
from kantong.importing import registers, tables
from kantong.importing.tables import File, Label
from kantong.intake.checks import check
from kantong.intake.layout import faults_in
from kantong.intake.matching import Status
from kantong.language import gettext as _
from kantong.language import number
from kantong.store.datasets import Stored
from kantong.views import columns, keeping, registering, reviewing, work
from kantong.views.data import City
from kantong.views.draft import Draft, area, ask_source, tell
from kantong.views.keeping import DRAFT, DRAFT_OF, REGISTER, ROUND
from kantong.views.words import plain

# Registers may be larger than tables, which the reader limits by itself.
_MOST_MB = 200
_KINDS = ("csv", "tsv", "txt", "xlsx", "xls", "ods", "geojson", "json", "gpkg")


def show(city: City) -> None:
    """Draw the steps of an import, as far as it has come."""
    slot = st.container()
    _take_file(city)
    with slot:  # another file may have been taken
        keeping.tell_kept(city)
    if register := st.session_state.get(REGISTER):
        registering.show(city, register)
        return
    draft: Draft | None = st.session_state.get(DRAFT)
    if draft is None:
        return
    draft = columns.choose(city, _choose_sheet(city, draft))
    st.session_state[DRAFT] = draft
    if faults := faults_in(draft.layout):
        st.info("\n\n".join(plain(fault.describe(_, number)) for fault in faults))
        return
    source = ask_source()
    try:
        draft, proposal = reviewing.review(city, draft, source)
    except reviewing.OverruledError as error:
        st.session_state[DRAFT] = replace(draft, settled=error.kept)
        reviewing.tell_overruled(error)
        return
    except DataError as error:
        tell(error)
        return
    st.session_state[DRAFT] = draft
    findings = check(proposal, city.every, city.library.indicators, city.library.observations)
    keeping.preview(city, proposal)
    held = proposal.count(Status.REVIEW)
    keeping.tell_findings(city, findings, held=held)
    line = tables.line_of(proposal, city.library.indicators)

    def keep(label: Label) -> Stored:
        return tables.keep(
            draft.file, draft.layout, proposal, label, findings=findings, settled=draft.settled
        )

    keeping.form(
        city,
        keeping.Ready(
            draft.key,
            draft.file.sha256,
            source,
            proposal,
            findings,
            line,
            held,
        ),
        keep,
    )


# --- the file --------------------------------------------------------------------------------


def _take_file(city: City) -> None:
    given = st.file_uploader(
        _("Table of counts by kelurahan, or register of families: CSV, XLSX, XLS, ODS, GeoJSON or "
          "GeoPackage, at most {size} MB").format(size=number(_MOST_MB)),
        type=list(_KINDS), max_upload_size=_MOST_MB,
        key=f"_file {st.session_state.setdefault(ROUND, 0)}",
    )  # fmt: skip
    if given is None:
        st.caption(
            _("The file is read in a closed room without network; nothing is kept before you say "
              "so, and no person ever.")
        )  # fmt: skip
        keeping.drop()
        return
    told = (given.file_id, given.name)
    if st.session_state.get(DRAFT_OF) == told:
        return
    keeping.begin_anew()
    try:
        with work.turn(), st.spinner(_("Reading the file …")):
            _begin_with(city, given.getvalue(), given.name)
            st.session_state[DRAFT_OF] = told
    except DataError as error:
        tell(error)


def _begin_with(city: City, content: bytes, name: str) -> None:
    """Begin with a file as what it is: a register, or a table of counts."""
    register = registers.register_in(content, name)
    file = None if register else tables.open_file(content, name)
    if file and (register := registers.register_in(content, name, file.grids)) is None:
        tables.refuse_persons(file)
        st.session_state[DRAFT] = _begin(city, tables.placed(file, city.every))
    st.session_state[REGISTER] = register


def _begin(city: City, file: File) -> Draft:
    """Return the draft of the first sheet that holds a table of kelurahan."""
    faults: list[Fault] = []
    for sheet in range(len(file.grids)):
        try:
            return _of_sheet(city, file, sheet)
        except DataError as error:
            faults.extend(error.faults)
    raise DataError(*faults)


def _of_sheet(city: City, file: File, sheet: int) -> Draft:
    indicators = city.library.indicators
    layout, saved = tables.layout_of(file.grids[sheet], indicators, area(city))
    return Draft(file, sheet, layout, saved, {})


def _choose_sheet(city: City, draft: Draft) -> Draft:
    if len(draft.file.grids) == 1:
        return draft
    names = [grid.name or number(place + 1) for place, grid in enumerate(draft.file.grids)]
    sheet = st.selectbox(
        _("Sheet"), range(len(names)), index=draft.sheet, format_func=names.__getitem__,
        key=f"_sheet {draft.file.sha256[:12]}",
    )  # fmt: skip
    if sheet == draft.sheet:
        return draft
    try:
        return _of_sheet(city, draft.file, sheet)
    except DataError as error:
        tell(error)
        return draft
