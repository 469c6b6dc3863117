"""The last steps of an import: what would be kept, what the checks found, and the keeping."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from kantong.geo.errors import DataError
from kantong.geo.schema import INDICATOR, PERIOD, VALUE, Indicator
from kantong.importing import tables
from kantong.importing.tables import Label
from kantong.intake.checks import Finding
from kantong.intake.proposal import Proposal
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.store.datasets import Stored
from kantong.store.tables import KEPT
from kantong.views import state, work
from kantong.views.data import City
from kantong.views.draft import area, ask_who, tell, words_of
from kantong.views.pages import path
from kantong.views.words import plain, table

DRAFT, REGISTER, DRAFT_OF = "_draft", "_register", "_draft_of"
# How many files were kept: each import has an uploader of its own, so that none shows an old file.
ROUND = "_round"
_KEPT = "_kept"


@dataclass(frozen=True)
class Ready:
    """What may be kept.

    Parameters
    ----------
    key
        What the names of the widgets begin with.
    sha256
        Of the file.
    source
        Who published it; empty while not said.
    proposal
        Rows and figures.
    findings
        Of the checks.
    line
        Line of versions that the figures continue.
    held
        Rows that stay in review.
    """

    key: str
    sha256: str
    source: str
    proposal: Proposal
    findings: Sequence[Finding]
    line: str
    held: int


def preview(city: City, proposal: Proposal) -> None:
    """Draw the sums of what would be kept."""
    catalogue = city.library.indicators
    sums = proposal.figures.groupby([INDICATOR, PERIOD])[VALUE].agg(["count", "sum"])
    order = {key: place for place, key in enumerate(catalogue)}
    sums = sums.sort_index(level=INDICATOR, key=lambda keys: keys.map(order), sort_remaining=False)
    rows = [
        (pick(catalogue[indicator].label), period, number(count), number(total))
        for (indicator, period), (count, total) in zip(sums.index, sums.to_numpy(), strict=True)
    ]
    st.subheader(_("What would be kept"), anchor=False)
    headings = [_("Indicator"), _("Period"), _("Kelurahan with a figure"), _("Sum")]
    st.html(table(headings, rows, figures=2))


def tell_findings(city: City, findings: Sequence[Finding], *, held: int) -> None:
    """Draw what the checks found; rows ``held`` for review are in no sum yet."""
    st.subheader(_("Checks"), anchor=False)
    if held:
        told = _("{count} rows are still in doubt; sums may fit once they are settled.")
        st.caption(told.format(count=number(held)))
    if not findings:
        st.success(_("The sums fit, and nothing is unusual."), icon=":material/check:")
    for finding in findings:
        st.warning(plain(words_of(finding.fault, city)), icon=":material/rule:")


def looked_at(findings: Sequence[Finding], *, key: str) -> bool:
    """Draw whether a person has looked at these findings; other findings ask again."""
    told = "\n".join(str(one.fault) for one in findings)
    return not findings or st.checkbox(
        _("I have looked at the findings above; the figures are to be kept as they are."),
        key=f"{key} {hashlib.sha256(told.encode()).hexdigest()[:12]}",
    )


def form(city: City, ready: Ready, keep: Callable[[Label], Stored]) -> None:
    """Draw what must be said before figures are kept, and keep them when that is asked."""
    st.subheader(_("Keep"), anchor=False)
    for one in tables.same_file(area(city), ready.sha256):
        told = _("The same file was imported before: {title}, version {version}.")
        st.warning(plain(told.format(title=one.title, version=one.version)))
    left, right = st.columns(2)
    title = left.text_input(_("Title of the data"), key=f"{ready.key} title", max_chars=120)
    who = ask_who(right, key="_who")
    note = st.text_area(
        _("Note: what a reader must know, and why findings were accepted"),
        key=f"{ready.key} note", max_chars=500, height=80,
    )  # fmt: skip
    simulated = st.toggle(_("The figures are invented (SIMULASI)"), key=f"{ready.key} simulated")
    accepted = looked_at(ready.findings, key=f"{ready.key} accepted")
    is_ready = title.strip() and who and ready.source and accepted and len(ready.proposal.figures)
    if not is_ready:
        st.caption(_("Title, source and who records it are needed, and a look at the findings."))
    if ready.held:
        told = _("{count} rows stay in review and are not counted.")
        st.caption(told.format(count=number(ready.held)))
    if ready.proposal.figures.empty:
        st.caption(_("There is no figure to keep."))
    if st.button(_("Keep this data cut"), type="primary", disabled=not is_ready, width="stretch"):
        label = Label(
            area(city), ready.line, title.strip(),
            ready.source, who, note.strip(), simulated,
        )  # fmt: skip
        _keep_now(city, ready.proposal, lambda: keep(label))


def _keep_now(city: City, proposal: Proposal, keep: Callable[[], Stored]) -> None:
    try:
        stored = keep()
    except DataError as error:
        tell(error)
        return
    drop()
    st.session_state[_KEPT] = (stored, *shown_first(proposal.figures, city.library.indicators))
    st.session_state[ROUND] += 1
    st.rerun()


def shown_first(figures: pd.DataFrame, catalogue: Mapping[str, Indicator]) -> tuple[str, str]:
    """Return indicator and period to be shown of new figures: the newest, as the catalogue has it.

    Details of others are not shown by themselves.

    Parameters
    ----------
    figures
        ``indicator`` and ``period``, one row at least.
    """
    period = figures[PERIOD].max()
    new = set(figures.loc[figures[PERIOD] == period, INDICATOR])
    whole = [key for key, one in catalogue.items() if key in new and not one.part_of]
    return next(iter(whole), min(new)), str(period)


def drop() -> None:
    """Drop the file that is on its way in, and all that was worked out about it."""
    work.forget()
    for key in (DRAFT, REGISTER, DRAFT_OF, "_answers", "_settled", "_count"):
        st.session_state.pop(key, None)


def begin_anew() -> None:
    """Drop all of the file before, when another is taken: what was kept of it too."""
    drop()
    st.session_state.pop(_KEPT, None)


def holds(city: City, stored: Stored) -> bool:
    """Tell whether a data cut is one of this city and was not withdrawn meanwhile."""
    cuts = tables.same_file(area(city), stored.sha256)
    return any(one.id == stored.id and one.status == KEPT for one in cuts)


def tell_kept(city: City) -> None:
    """Say once more what was kept last, while it holds, with the way to the map."""
    kept = st.session_state.get(_KEPT)
    if kept is None:
        return
    stored, indicator, period = kept
    if not holds(city, stored):
        st.session_state.pop(_KEPT)
        return
    told = _("Kept: {title}, version {version}: {matched} of {rows} rows matched.")
    matched, rows = number(stored.rows_matched), number(stored.rows_in)
    said = told.format(title=stored.title, version=stored.version, matched=matched, rows=rows)
    st.success(plain(said))
    if st.button(_("Show it on the map"), icon=":material/map:"):
        st.session_state.pop(_KEPT)
        state.put("indikator", indicator)
        state.put("periode", period)
        st.switch_page(path("peta"))
