"""An import as it is drafted: file, columns, places in doubt, checks, and at last the keeping."""

from collections.abc import Sequence

import streamlit as st

from kantong import importing
from kantong.geo.errors import DataError, Fault
from kantong.geo.schema import INDICATOR, PERIOD, VALUE
from kantong.importing import File, Label
from kantong.intake.checks import Finding, check
from kantong.intake.layout import faults_in
from kantong.intake.matching import Status
from kantong.intake.proposal import Proposal
from kantong.intake.sandbox import MOST_MB
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import columns, reviewing, state
from kantong.views.data import City
from kantong.views.draft import Draft, area, ask_who, tell, words_of
from kantong.views.pages import path
from kantong.views.words import plain, table

_DRAFT, _KEPT = "_draft", "_kept"
# How many files were kept: each import has an uploader of its own, so that none shows an old file.
_ROUND = "_round"
_KINDS = ("csv", "tsv", "txt", "xlsx", "xls", "ods", "geojson", "json", "gpkg")


def show(city: City) -> None:
    """Draw the steps of an import, as far as it has come."""
    _tell_kept()
    _take_file(city)
    draft: Draft | None = st.session_state.get(_DRAFT)
    if draft is None:
        return
    draft = columns.choose(city, _choose_sheet(city, draft))
    st.session_state[_DRAFT] = draft
    if faults := faults_in(draft.layout):
        st.info("\n\n".join(plain(fault.describe(_, number)) for fault in faults))
        return
    source = _say_source()
    try:
        draft, proposal = reviewing.review(city, draft, source)
    except DataError as error:
        tell(error)
        return
    st.session_state[_DRAFT] = draft
    findings = check(proposal, city.every, city.library.indicators, city.library.observations)
    _preview(city, proposal)
    _tell_findings(findings, city)
    _keep(city, draft, proposal, findings, source)


# --- the file --------------------------------------------------------------------------------


def _take_file(city: City) -> None:
    given = st.file_uploader(
        _("Table of counts, one line for each kelurahan: CSV, XLSX, XLS, ODS, GeoJSON or "
          "GeoPackage, at most {size} MB").format(size=number(MOST_MB)),
        type=list(_KINDS), max_upload_size=MOST_MB,
        key=f"_file {st.session_state.setdefault(_ROUND, 0)}",
    )  # fmt: skip
    if given is None:
        st.caption(
            _("The file is read in a closed room without network; nothing is kept before you say "
              "so, and no person ever.")
        )  # fmt: skip
        st.session_state.pop(_DRAFT, None)
        return
    content = given.getvalue()
    before: Draft | None = st.session_state.get(_DRAFT)
    told = (given.file_id, given.name)
    if before is not None and st.session_state.get("_draft_of") == told:
        return
    st.session_state.pop(_DRAFT, None)
    try:
        with st.spinner(_("Reading the file …")):
            file = importing.open_file(content, given.name)
            st.session_state[_DRAFT] = _begin(city, file)
            st.session_state["_draft_of"] = told
    except DataError as error:
        tell(error)


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
    layout, saved = importing.layout_of(file.grids[sheet], indicators, area(city))
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


def _say_source() -> str:
    return st.text_input(
        _("Source of the file, such as Dinsos Kota Malang"), key="_source", max_chars=120,
        help=_("What you decide about places is remembered for this source."),
    ).strip()  # fmt: skip


# --- checks and keeping ----------------------------------------------------------------------


def _preview(city: City, proposal: Proposal) -> None:
    """Draw the sums of what would be kept."""
    catalogue = city.library.indicators
    sums = proposal.figures.groupby([INDICATOR, PERIOD], sort=False)[VALUE].agg(["count", "sum"])
    rows = [
        (pick(catalogue[indicator].label), period, number(count), number(total))
        for (indicator, period), (count, total) in zip(sums.index, sums.to_numpy(), strict=True)
    ]
    st.subheader(_("What would be kept"), anchor=False)
    headings = [_("Indicator"), _("Period"), _("Kelurahan with a figure"), _("Sum")]
    st.html(table(headings, rows, figures=2))


def _tell_findings(findings: Sequence[Finding], city: City) -> None:
    st.subheader(_("Checks"), anchor=False)
    if not findings:
        st.success(_("The sums fit, and nothing is unusual."), icon=":material/check:")
    for finding in findings:
        st.warning(plain(words_of(finding.fault, city)), icon=":material/rule:")


def _keep(
    city: City, draft: Draft, proposal: Proposal, findings: Sequence[Finding], source: str
) -> None:
    st.subheader(_("Keep"), anchor=False)
    for one in importing.same_file(area(city), draft.file.sha256):
        told = _("The same file was imported before: {title}, version {version}.")
        st.warning(plain(told.format(title=one.title, version=one.version)))
    left, right = st.columns(2)
    title = left.text_input(_("Title of the data"), key=f"{draft.key} title", max_chars=120)
    who = ask_who(right, key="_who")
    note = st.text_area(
        _("Note: what a reader must know, and why findings were accepted"),
        key=f"{draft.key} note", max_chars=500, height=80,
    )  # fmt: skip
    simulated = st.toggle(_("The figures are invented (SIMULASI)"), key=f"{draft.key} simulated")
    accepted = not findings or st.checkbox(
        _("I have looked at the findings above; the figures are to be kept as they are."),
        key=f"{draft.key} accepted",
    )
    ready = title.strip() and who and source and accepted and len(proposal.figures)
    if not ready:
        st.caption(_("Title, source and who records it are needed, and a look at the findings."))
    if held := proposal.count(Status.REVIEW):
        told = _("{count} rows stay in review and are not counted.")
        st.caption(told.format(count=number(held)))
    if st.button(_("Keep this data cut"), type="primary", disabled=not ready, width="stretch"):
        label = Label(
            area(city), importing.line_of(proposal, city.library.indicators), title.strip(),
            source, who, note.strip(), simulated,
        )  # fmt: skip
        _keep_now(draft, proposal, findings, label)


def _keep_now(draft: Draft, proposal: Proposal, findings: Sequence[Finding], label: Label) -> None:
    try:
        stored = importing.keep(
            draft.file, draft.layout, proposal, label, findings=findings, settled=draft.settled
        )
    except DataError as error:
        tell(error)
        return
    newest = proposal.figures.sort_values(PERIOD).iloc[-1]
    st.session_state[_KEPT] = (stored, str(newest[INDICATOR]), str(newest[PERIOD]))
    st.session_state[_ROUND] += 1
    for key in (_DRAFT, "_draft_of"):
        st.session_state.pop(key, None)
    st.rerun()


def _tell_kept() -> None:
    """Say once more what was kept last, with the way to the map."""
    kept = st.session_state.get(_KEPT)
    if kept is None:
        return
    stored, indicator, period = kept
    told = _("Kept: {title}, version {version}: {matched} of {rows} rows matched.")
    st.success(
        plain(
            told.format(
                title=stored.title,
                version=stored.version,
                matched=number(stored.rows_matched),
                rows=number(stored.rows_in),
            )
        )
    )
    if st.button(_("Show it on the map"), icon=":material/map:"):
        st.session_state.pop(_KEPT)
        state.put("indikator", indicator)
        state.put("periode", period)
        st.switch_page(path("peta"))
