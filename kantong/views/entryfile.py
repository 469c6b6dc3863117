"""Interventions brought as a list: template, rows in doubt, what is new, and the keeping."""

import pandas as pd
import streamlit as st

from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, PERIOD
from kantong.importing import interventions as lists
from kantong.importing import tables
from kantong.importing.tables import File
from kantong.intake.grid import Grid
from kantong.intake.interventions import WHOLE_COLUMNS, Listed, columns_of, listed
from kantong.intake.matching import Status
from kantong.language import gettext as _
from kantong.language import number
from kantong.maps.blank import ListWords, list_workbook
from kantong.store.interventions import KINDS, STATUSES, STRATEGIES, Comparison
from kantong.views import reviewing, work
from kantong.views.data import City
from kantong.views.draft import area, ask_who, tell
from kantong.views.turns import BusyError
from kantong.views.words import code_label, plain

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_MB = 20
_FILE, _OF, _ROUND, _TOLD = "_list_file", "_list_of", "_list_round", "_list_told"
_CHOICES = {"strategy": STRATEGIES, "kind": KINDS, "status": STATUSES}
_SHOWN = ("programme", KELURAHAN, PERIOD, "funder", "target", "reached", "budget_rp", "status")


def show(city: City) -> None:
    """Draw the steps of bringing a list, as far as it has come."""
    if told := st.session_state.pop(_TOLD, ""):
        st.success(plain(told))
    st.markdown(
        _(
            "Bring the list of an office or a company as it is, or fill in the template. A row "
            "for a programme, kelurahan, period and funder that is entered already corrects that "
            "entry; an empty cell leaves it as it is."
        )
    )
    st.download_button(
        _("Download the template (XLSX)"),
        template(city.every),
        file_name="templat-intervensi.xlsx",
        mime=_XLSX,
        icon=":material/download:",
        on_click="ignore",
        key="_list_template",
    )
    opened = _take_file()
    if opened is None:
        return
    file, grid = opened
    key = f"_list {file.sha256[:12]}"
    try:
        _go_on(city, file, grid, key)
    except DataError as error:
        tell(error)


def template(layer: pd.DataFrame) -> bytes:
    """Return the list to fill in, in the user's language (XLSX).

    Parameters
    ----------
    layer
        ``kode``, ``kelurahan`` and ``kecamatan``.
    """
    words = ListWords(
        table=_("Interventions"),
        places=_("Kelurahan"),
        notes=_("Notes"),
        headings={name: heading(name) for name in _HEADED},
        choices={name: [code_label(code) for code in codes] for name, codes in _CHOICES.items()},
        told=(
            _("One row for each programme, kelurahan, period and funder."),
            _("Give the code, or the kelurahan with its kecamatan."),
            _("Period: 2025 for a year, 2025-Q3 for a quarter."),
            _("Numbers are whole; leave a cell empty where one is not known. Empty is not zero."),
            _("Pledged: promised, but not yet begun. It shows on the map of gaps as pledged."),
            _("Write no names, NIK or addresses: a file with persons is turned away."),
        ),
        wrong_number=_("A whole number, zero or more; or an empty cell."),
        wrong_choice=_("Choose one of the list."),
    )
    return list_workbook(layer, WHOLE_COLUMNS, words)


_HEADED = (
    KODE, KELURAHAN, KECAMATAN, "programme", "kind", "strategy", "funder", PERIOD, "target",
    "reached", "budget_rp", "status", "source", "note",
)  # fmt: skip


def heading(column: str) -> str:
    """Return the heading of a column of interventions."""
    return {
        KODE: _("Code"),
        KELURAHAN: _("Kelurahan"),
        KECAMATAN: _("Kecamatan"),
        "programme": _("Programme"),
        "kind": _("Kind"),
        "strategy": _("Strategy"),
        "funder": _("Who pays"),
        PERIOD: _("Period"),
        "target": _("Target"),
        "reached": _("Reached"),
        "budget_rp": _("Budget (Rp)"),
        "status": _("Status"),
        "source": _("Source"),
        "note": _("Note"),
    }[column]


# --- the file --------------------------------------------------------------------------------


def _take_file() -> tuple[File, Grid] | None:
    given = st.file_uploader(
        _("List of interventions: XLSX, XLS, ODS or CSV, at most {size} MB").format(
            size=number(_MOST_MB)
        ),
        type=["xlsx", "xls", "ods", "csv", "tsv", "txt"], max_upload_size=_MOST_MB,
        key=f"_list_file {st.session_state.setdefault(_ROUND, 0)}",
    )  # fmt: skip
    if given is None:
        st.session_state.pop(_FILE, None)
        st.session_state.pop(_OF, None)
        return None
    told = (given.file_id, given.name)
    if st.session_state.get(_OF) != told:
        st.session_state[_FILE] = _read(given.getvalue(), given.name)
        if not isinstance(st.session_state[_FILE], BusyError):  # that passes by itself
            st.session_state[_OF] = told
    opened: tuple[File, Grid] | DataError = st.session_state[_FILE]
    if isinstance(opened, DataError):
        tell(opened)
        return None
    return opened


def _read(content: bytes, name: str) -> tuple[File, Grid] | DataError:
    """Return the list in a file, or why there is none, to be told as long as the file is there."""
    try:
        with work.turn(), st.spinner(_("Reading the file …")):
            return lists.open_list(content, name)
    except DataError as error:
        return error


def _go_on(city: City, file: File, grid: Grid, key: str) -> None:
    """Draw what became of the rows, what is new, and the button that keeps it."""
    stated = _ask_for_all(columns_of(grid).lacking, key)
    before = st.session_state.get(f"{key} _settled", {})
    known = tables.remembered(area(city), lists.SOURCE)

    def understood(settled: dict[int, str]) -> Listed:
        return listed(grid, city.every, stated=stated, remembered=known, settled=settled)

    first, second = understood({}), understood(before)
    try:
        reviewing.refuse_overruled(city, before, first.rows)
    except reviewing.OverruledError as error:
        st.session_state[f"{key} _settled"] = error.kept
        reviewing.tell_overruled(error)
        return
    slot = st.container()
    open_rows = reviewing.in_doubt(first.rows, second.rows)
    settled = reviewing.settle(city, key, before, open_rows) if len(open_rows) else {}
    st.session_state[f"{key} _settled"] = settled
    found = understood(settled)
    with slot:
        reviewing.account(
            len(found.rows), found.count(Status.MATCHED), found.count(Status.REVIEW),
            found.count(Status.REFUSED),
        )  # fmt: skip
    if found.count(Status.REFUSED):
        reviewing.offer_refused(found.of(Status.REFUSED))
    if found.entries.empty:
        st.info(_("No row can be kept yet."))
        return
    comparison, odd = lists.compared(area(city), found, list(city.every[KODE]))
    for fault in odd:
        st.warning(plain(fault.describe(_, number)), icon=":material/rule:")
    _preview(city, found, comparison)
    _keep(city, file, found, comparison, settled, key)


def _ask_for_all(lacking: tuple[str, ...], key: str) -> dict[str, str]:
    """Draw a field for each column that the list lacks; what is said there holds for all rows."""
    if not lacking:
        return {}
    st.markdown(f"**{_('Not in the list: say it for all rows')}**")
    given: dict[str, str] = {}
    for slot, name in zip(st.columns(len(lacking)), lacking, strict=True):
        if name in _CHOICES:
            chosen = slot.selectbox(
                heading(name), _CHOICES[name], None, format_func=code_label, key=f"{key} {name}",
                placeholder=_("Choose"),
            )  # fmt: skip
            given[name] = str(chosen or "")
        else:
            given[name] = slot.text_input(
                heading(name), key=f"{key} {name}", max_chars=120
            ).strip()  # fmt: skip
    return given


def _preview(city: City, found: Listed, comparison: Comparison) -> None:
    """Say what would be kept, and show it."""
    st.markdown(plain(lists.told(comparison).describe(_, number)))
    names = city.every.set_index(KODE)[KELURAHAN]
    what = dict.fromkeys(comparison.new, _("new"))
    what |= dict.fromkeys(comparison.changed.values(), _("corrects"))
    what |= dict.fromkeys(comparison.same, _("entered already"))
    rows = found.entries.assign(**{KELURAHAN: found.entries[KODE].map(names)})
    shown = pd.DataFrame({heading(name): rows[name] for name in _SHOWN}, index=rows.index)
    for name in ("target", "reached", "budget_rp"):
        shown[heading(name)] = rows[name].map(number)
    shown[heading("status")] = rows["status"].map(code_label)
    shown.insert(0, _("Line"), [number(line) for line in rows.index])
    shown.insert(1, _("What"), [what[line] for line in rows.index])
    st.dataframe(shown, hide_index=True, height=min(38 + 35 * len(shown), 420))


def _keep(
    city: City, file: File, found: Listed, comparison: Comparison, settled: dict[int, str], key: str
) -> None:
    count = len(comparison.new) + len(comparison.changed)
    if not count:
        st.info(_("All of it is entered already; there is nothing to keep."))
        return
    who = ask_who(st.container(), key=f"{key} who")
    held = found.count(Status.REVIEW)
    if held:
        told = _("{count} rows are still in doubt; they are left out unless you settle them.")
        st.warning(told.format(count=number(held)), icon=":material/help:")
    if st.button(
        _("Keep {count} rows").format(count=number(count)), type="primary", disabled=not who,
        key=f"{key} keep",
    ):  # fmt: skip
        decided = lists.decisions(found, settled)
        done = lists.keep(area(city), file, found, list(city.every[KODE]), who, decided)
        st.session_state[_TOLD] = lists.told_kept(done).describe(_, number)
        st.session_state[_ROUND] += 1
        st.rerun()
