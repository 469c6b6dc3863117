"""Return sheets of the Musykel: fetched, brought back, and looked at entry by entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from kantong.geo.errors import DataError
from kantong.geo.returnsheet import COUNTS, OFFICES, REASONS, TALLIED
from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, KODE, Indicator
from kantong.importing import returned, tables
from kantong.importing.returned import Label, Sheet
from kantong.intake.checks import check
from kantong.intake.returned import Correction, Entry, Tallied
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps.style import Scheme
from kantong.store.datasets import Stored
from kantong.views import keeping, musykel, printing, state, work
from kantong.views.data import City, unbound
from kantong.views.draft import area, ask_who, tell
from kantong.views.words import figure, kind_of_data, paragraphs, plain, table

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_MB = 10
# More than a sheet of ours can have: 99 RW, and a correction of each indicator.
_MOST_SHOWN = 200
_UNDECIDED, _ACCEPT, _REFUSE = "?", "+", "-"
_SHEET, _OF, _ROUND, _KEPT = "_return", "_return_of", "_return_round", "_return_kept"


@dataclass(frozen=True)
class Decided:
    """What a person decided about the entries of a sheet.

    Parameters
    ----------
    accepted
        Entries to be kept.
    refused
        Why an entry is refused, by its key; empty while that is not said.
    hopeless
        True where no entry can be accepted, so that there is nothing to decide.
    """

    accepted: tuple[Entry, ...]
    refused: Mapping[str, str]
    hopeless: bool = False

    def is_ready(self) -> bool:
        """Tell whether there is something to keep or record, each refusal with its reason."""
        return bool(self.accepted or self.refused or self.hopeless) and all(self.refused.values())


def show(city: City) -> None:
    """Draw how a return sheet is fetched, and what one that came back says."""
    slot = st.container()
    st.subheader(_("Fetch the papers of a Musykel"), anchor=False)
    _fetch(city)
    st.subheader(_("Bring a return sheet back"), anchor=False)
    _take_file(city)
    with slot:  # another sheet may have been taken
        _tell_kept(city)
    sheet: Sheet | None = st.session_state.get(_SHEET)
    if sheet is not None:
        _review(_around(city, sheet.said.stamp.kode), sheet)


def _around(city: City, kode: str) -> City:
    """Return a city in which a kelurahan is in view, whatever region is looked into."""
    if kode in set(city.layer[KODE]):
        return city
    return unbound(city)


# --- papers ------------------------------------------------------------------------------------


def _fetch(city: City) -> None:
    st.markdown(
        _(
            "The papers are for the meeting: a tally by RW and RT, corrections, and the record to "
            "be signed. The return sheet brings the result back: as a workbook, or as a PDF to be "
            "filled in on a screen."
        )
    )
    if city.parts is not None:
        st.info(_("Look into a kecamatan first; papers are made for its kelurahan."))
        return
    names = city.layer.set_index(KODE)[KELURAHAN]
    kode = state.select(
        _("Kelurahan of the papers"), ["", *names.sort_values().index], "",
        lambda one: f"{names[one]} ({one})" if one else _("choose one"), key="kelurahan",
    )  # fmt: skip
    if not kode:
        return
    made = (
        (_("Papers (PDF)"), partial(musykel.forms, city, [kode]), "musykel", "pdf",
         "application/pdf"),
        (_("Return sheet (XLSX)"), partial(musykel.workbook, city, kode), "lembar-balik", "xlsx",
         _XLSX),
        (_("Return sheet (PDF form)"), partial(musykel.form, city, kode), "lembar-balik", "pdf",
         "application/pdf"),
    )  # fmt: skip
    mark = f"{badge}-" if (badge := musykel.pack(city, kode).badge) else ""
    for column, (label, make, name, ending, mime) in zip(st.columns(3), made, strict=True):
        column.download_button(
            label, work.on_click(make, costly=True),
            file_name=f"{mark}{name}-{kode}.{ending}", mime=mime,
            icon=":material/download:", width="stretch", on_click="ignore",
        )  # fmt: skip
    if city.indicators():
        _offer_pack(city, kode, mark)


def _offer_pack(city: City, kode: str, mark: str) -> None:
    """Draw the choice of a map and the button that makes it with the papers behind it."""
    known = list(city.indicators())
    before = state.chosen(["indikator"]).get("indikator", state.FIRST_INDICATOR)
    left, right = st.columns(2, vertical_alignment="bottom")
    indicator = left.selectbox(
        _("Map of the Musykel pack"), known, known.index(before) if before in known else 0,
        lambda one: pick(city.library.indicators[one].label), key="_pack_map",
    )  # fmt: skip
    found = city.measure(indicator, city.periods(indicator)[-1])
    selection = state.Selection(
        indicator, found.period, Scheme(), state.ALL, state.ALL, kode, KECAMATAN
    )
    page = printing.page_of(city, selection, found, kode)
    mark = mark or (f"{page.theme.badge}-" if page.theme.badge else "")
    right.download_button(
        _("Musykel pack: map in {paper} and papers (PDF)").format(paper=musykel.SHEET_PAPER),
        work.on_click(partial(musykel.whole, city, page), costly=True),
        file_name=f"{mark}paket-musykel-{kode}.pdf", mime="application/pdf",
        icon=":material/download:", width="stretch", on_click="ignore",
    )  # fmt: skip


# --- the file ----------------------------------------------------------------------------------


def _take_file(city: City) -> None:
    given = st.file_uploader(
        _("Return sheet that was filled in: XLSX, ODS or the PDF form, at most {size} MB").format(
            size=number(_MOST_MB)
        ),
        type=["xlsx", "ods", "pdf"], max_upload_size=_MOST_MB,
        key=f"_return_file {st.session_state.setdefault(_ROUND, 0)}",
    )  # fmt: skip
    if given is None:
        st.caption(
            _(
                "Every entry is shown beside what stands now. Nothing is kept before you say so; a "
                "sheet with NIK, names or addresses is turned away."
            )
        )
        _drop()
        return
    told = (given.file_id, given.name)
    if st.session_state.get(_OF) == told:
        return
    _drop()
    st.session_state.pop(_KEPT, None)
    try:
        with work.turn(), st.spinner(_("Reading the file …")):
            st.session_state[_SHEET] = returned.open_return(
                given.getvalue(), given.name, city.library, list(city.every[KODE])
            )
            st.session_state[_OF] = told
    except DataError as error:
        tell(error)


def _drop() -> None:
    for key in (_SHEET, _OF):
        st.session_state.pop(key, None)


# --- entries -----------------------------------------------------------------------------------


def _review(city: City, sheet: Sheet) -> None:
    said = sheet.said
    place = city.place(said.stamp.kode)
    told = _("{name} ({kode}): return sheet of {version}, {count} entries on {lines} lines.")
    entries = said.entries()
    st.html(
        paragraphs(
            [
                told.format(
                    name=place[KELURAHAN], kode=said.stamp.kode, version=said.stamp.version,
                    count=number(len(entries)), lines=number(said.rows()),
                ),
                *(one.describe(_, number) for one in said.warnings),
            ]
        )
    )  # fmt: skip
    for one in tables.same_file(area(city), sheet.sha256):
        words = _("The same file was imported before: {title}, version {version}.")
        st.warning(plain(words.format(title=one.title, version=one.version)))
    if not entries:
        st.info(_("Nothing was filled in on this sheet."))
        return
    decided = _decide(city, sheet)
    _account(sheet, decided)
    _keep(city, sheet, decided)


def _key(sheet: Sheet, entry: Entry) -> str:
    return f"_ret {sheet.sha256[:12]} {entry.key}"


def _decide(city: City, sheet: Sheet) -> Decided:
    """Draw every entry with the choice to accept or refuse it, and return what was chosen."""
    entries = sheet.said.entries()
    shown = entries[:_MOST_SHOWN]
    clear = [one for one in shown if not one.faults and not one.warnings]
    if clear:
        st.button(
            _("Accept the {count} entries without remarks").format(count=number(len(clear))),
            icon=":material/done_all:", on_click=_accept, args=(sheet, clear),
            key=f"_ret {sheet.sha256[:12]} all",
        )  # fmt: skip
    before = returned.tallied_before(area(city), sheet.said.stamp.kode, sheet.said.period)
    accepted: list[Entry] = []
    refused: dict[str, str] = {}
    for one in shown:
        with st.container(border=True):
            if isinstance(one, Correction):
                _draw_correction(city, sheet, one)
            else:
                _draw_tally(city, sheet, one, before)
            chosen, reason = _choose(sheet, one)
        if chosen == _ACCEPT:
            accepted.append(one)
        elif chosen == _REFUSE:
            refused[one.key] = reason
    if len(entries) > _MOST_SHOWN:
        words = _(
            "{count} more entries are not shown; they stay in review. Bring them on another sheet."
        )
        st.caption(words.format(count=number(len(entries) - _MOST_SHOWN)))
    return Decided(tuple(accepted), refused, hopeless=all(one.faults for one in entries))


def _accept(sheet: Sheet, clear: Sequence[Entry]) -> None:
    for one in clear:
        st.session_state[_key(sheet, one)] = _ACCEPT


def _choose(sheet: Sheet, entry: Entry) -> tuple[str, str]:
    """Draw the remarks on an entry and the choice about it."""
    for fault in entry.warnings:
        st.caption(f":material/info: {plain(fault.describe(_, number))}")
    for fault in entry.faults:
        st.markdown(f":material/block: {plain(fault.describe(_, number))}")
    if entry.faults:
        st.caption(_("Cannot be accepted, and counts as refused for this reason."))
        return _UNDECIDED, ""
    key = _key(sheet, entry)
    left, right = st.columns([2, 3], vertical_alignment="center")
    chosen = left.radio(
        _("Decision"), [_UNDECIDED, _ACCEPT, _REFUSE], horizontal=True, key=key,
        label_visibility="collapsed",
        format_func={
            _UNDECIDED: _("not decided"), _ACCEPT: _("accept"), _REFUSE: _("refuse"),
        }.__getitem__,
    )  # fmt: skip
    if chosen != _REFUSE:
        return str(chosen), ""
    reason = right.text_input(
        _("Why it is refused (no names)"), key=f"{key} why", max_chars=200
    ).strip()
    return _REFUSE, reason


def _draw_correction(city: City, sheet: Sheet, entry: Correction) -> None:
    indicator = city.library.indicators.get(entry.indicator)
    if indicator is None or entry.period not in city.periods(entry.indicator):
        st.markdown(f"**{plain(f'{entry.indicator} {entry.period}')}**")
        return
    found = city.measure(entry.indicator, entry.period)
    value = float(found.value[sheet.said.stamp.kode])
    write = partial(figure, indicator=indicator)
    now = musykel.none_words(found, sheet.said.stamp.kode) if pd.isna(value) else write(value)
    printed = "–" if entry.printed is None else write(entry.printed)
    rows = [
        (_("stands now"), now),
        (_("stood on the sheet"), printed),
        (_("should be"), "–" if entry.said is None else write(entry.said)),
        (_("reason"), REASONS[entry.reason].describe(_) if entry.reason else "–"),
        (_("says so"), OFFICES[entry.office].describe(_) if entry.office else "–"),
        *([(_("note"), entry.note)] if entry.note else []),
    ]
    mark = kind_of_data(city.datasets(found))
    st.markdown(f"**{plain(f'{pick(indicator.label)} · {entry.period} · {mark}')}**")
    st.html(table([text for text, _told in rows], [[told for _text, told in rows]], figures=0))
    if not pd.isna(value) and entry.printed is not None and value != entry.printed:
        st.caption(_("The figure has changed since the sheet was made."))


def _draw_tally(
    city: City, sheet: Sheet, entry: Tallied, before: Mapping[tuple[str, str], float]
) -> None:
    words = _("Tally of RW {rw} · {period}")
    title = words.format(rw=entry.rw or "?", period=sheet.said.period)
    st.markdown(f"**{plain(title)}**")
    rows = [
        (
            label.describe(_), _few(city, TALLIED[name], before.get((entry.rw, name))),
            number(entry.counts.get(name)),
        )
        for name, label in COUNTS.items()
    ]  # fmt: skip
    st.html(table([_("families"), _("stands now"), _("said")], rows, figures=2))


def _few(city: City, indicator: str, value: float | None) -> str:
    """Return a count of an RW; a small one is covered where small counts are."""
    known = city.library.indicators.get(indicator)
    smallest = Indicator.smallest_shown if known is None else known.smallest_shown
    if value is not None and city.covered and 0 < value < smallest:
        return _("fewer than {smallest}").format(smallest=number(smallest))
    return number(value)


def _account(sheet: Sheet, decided: Decided) -> None:
    """Draw what becomes of the lines; the parts sum to the whole."""
    accepted = sum(len(one.lines) for one in decided.accepted)
    refused = sum(
        len(one.lines) for one in sheet.said.entries() if one.faults or one.key in decided.refused
    )
    counted = [
        (_("lines filled in"), sheet.said.rows()),
        (_("accepted"), accepted),
        (_("not decided"), sheet.said.rows() - accepted - refused),
        (_("refused"), refused),
    ]
    for column, (label, count) in zip(st.columns(4), counted, strict=True):
        column.metric(label, number(count))


# --- keeping -----------------------------------------------------------------------------------


def _keep(city: City, sheet: Sheet, decided: Decided) -> None:
    library, said = city.library, sheet.said
    figures = returned.figures_of(said, decided.accepted, library)
    findings = []
    if len(figures):
        proposal = returned.proposal_of(figures)
        findings = check(proposal, city.every, library.indicators, library.observations)
        findings = [one for one in findings if said.stamp.kode in one.areas]
        keeping.tell_findings(city, findings, held=0)
        _tell_scope(city, figures)
    if said.tally and not said.complete:
        st.caption(
            _(
                "The sheet does not say that all RW are in the tally: it is kept by RW, and the "
                "sum of the kelurahan stays as it was or not known."
            )
        )
    left, right = st.columns(2)
    who = ask_who(left, key="_return_who")
    note = right.text_input(
        _("Note: number and date of the berita acara"), key=f"_ret {sheet.sha256[:12]} note",
        max_chars=200,
    ).strip()  # fmt: skip
    looked = keeping.looked_at(findings, key=f"_ret {sheet.sha256[:12]} looked")
    is_ready = decided.is_ready() and who and looked
    if not is_ready:
        st.caption(_("Needed: a decision, a reason for each refusal, and who records it."))
    if st.button(
        _("Keep what is accepted, record what is refused"), type="primary", width="stretch",
        disabled=not is_ready,
    ):  # fmt: skip
        try:
            kept = returned.keep_return(
                sheet, decided.accepted, decided.refused, library,
                _label(city, sheet, who, note), findings=findings,
            )  # fmt: skip
        except DataError as error:
            tell(error)
            return
        _done(kept)


def _tell_scope(city: City, figures: pd.DataFrame) -> None:
    """Say that a figure is kept with all others of its set, and what mark they carry."""
    names = [pick(city.library.indicators[key].label) for key in dict.fromkeys(figures[INDICATOR])]
    told = [
        _(
            "A new version is kept of: {names}. All other kelurahan keep the figures they have "
            "now; if you withdraw it, the figures before hold again."
        ).format(names=", ".join(names))
    ]
    if any(one.simulated for one in returned.sources_of(figures, city.library)):
        told.append(
            _("The other figures are invented, so the new version says SIMULASI as a whole.")
        )
    st.html(paragraphs(told))


def _label(city: City, sheet: Sheet, who: str, note: str) -> Label:
    name = city.place(sheet.said.stamp.kode)[KELURAHAN]
    source = _("Musyawarah Kelurahan {name}").format(name=name)
    title = _("Musykel {name}, return sheet of {version}")
    title = title.format(name=name, version=sheet.said.stamp.version)
    return Label(area(city), title, source, who, note)


def _done(kept: Sequence[Stored]) -> None:
    words = _("Kept: {title}, version {version}: {matched} of {rows} lines accepted.")
    told = [
        words.format(
            title=one.title, version=one.version, matched=number(one.rows_matched),
            rows=number(one.rows_in),
        )
        for one in kept
    ]  # fmt: skip
    told = told or [_("The refusals are recorded; no figure was changed.")]
    _drop()
    st.session_state[_KEPT] = (told, kept)
    st.session_state[_ROUND] += 1
    st.rerun()


def _tell_kept(city: City) -> None:
    """Say once more what was kept last, while it holds."""
    told, kept = st.session_state.get(_KEPT, ((), ()))
    if not all(keeping.holds(city, one) for one in kept):
        st.session_state.pop(_KEPT)
        return
    for said in told:
        st.success(plain(said))
