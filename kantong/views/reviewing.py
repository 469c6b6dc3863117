"""Rows whose kelurahan is in doubt, each with its candidates; a person decides."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from kantong.geo.errors import DataError, Fault, quote
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.importing import tables
from kantong.intake.matching import CANDIDATES, PLACE_COLUMNS, PROPOSED, REASON, STATUS, Status
from kantong.intake.proposal import Proposal, propose
from kantong.language import gettext as _
from kantong.language import number
from kantong.maps import downloads
from kantong.views.data import City
from kantong.views.draft import Draft, area, tell
from kantong.views.words import plain, table

WHERE = "where"
_MOST_REVIEWS = 40
_MOST_REFUSED = 100
_UNDECIDED, _REFUSE = "?", "-"


class OverruledError(DataError):
    """Places are decided otherwise for their source; ``kept`` is what still holds, by line."""

    def __init__(self, kept: Mapping[int, str], *faults: Fault) -> None:
        super().__init__(*faults)
        self.kept = dict(kept)


def refuse_overruled(city: City, chosen: Mapping[int, str], rows: pd.DataFrame) -> None:
    """Refuse to go on where somebody else has decided meanwhile what was chosen here otherwise.

    Parameters
    ----------
    chosen
        What was chosen here, by line: ``kode``, or empty for refused.
    rows
        ``status`` and ``kode`` of the rows without it, and their texts, by line.

    Raises
    ------
    OverruledError
        With what of the choices still holds.
    """
    names = city.every.set_index(KODE)[KELURAHAN]
    faults, kept = {}, {}
    now = rows.loc[rows.index.intersection(list(chosen))].to_dict("index")
    for line, kode in chosen.items():
        row = now.get(line)
        if row is None or row[STATUS] == Status.REVIEW:
            kept[line] = kode
            continue
        decided = str(row[KODE]) if row[STATUS] == Status.MATCHED else ""
        if decided == kode:
            kept[line] = kode
            continue
        place = " · ".join(filter(None, (str(row[name]) for name in PLACE_COLUMNS)))
        faults[place] = _fault(place, decided, str(names.get(decided, "")))
    if faults:
        raise OverruledError(kept, *faults.values())


def _fault(place: str, kode: str, kelurahan: str) -> Fault:
    if not kode:
        message = (
            "{place}: for this source it is decided meanwhile to refuse this place, which holds "
            "for you too. Look at the rows again before you keep them."
        )
        return Fault(message, place=quote(place))
    message = (
        "{place}: for this source it is decided meanwhile that this is {kelurahan} ({kode}), "
        "which holds for you too. Look at the rows again before you keep them."
    )
    return Fault(message, place=quote(place), kelurahan=kelurahan, kode=kode)


def tell_overruled(error: OverruledError) -> None:
    """Say what is decided otherwise, with a button that draws the rows again."""
    tell(error)
    st.button(_("Look at the rows again"), icon=":material/refresh:", key="_look_again")


def review(city: City, draft: Draft, source: str) -> tuple[Draft, Proposal]:
    """Draw what became of the rows, and those in doubt to be settled.

    Raises
    ------
    OverruledError
        What was chosen is decided otherwise meanwhile.
    """
    remembered = tables.remembered(area(city), source)

    def proposal(settled: Mapping[int, str]) -> Proposal:
        return propose(
            draft.grid, draft.layout, city.every, city.library.indicators,
            remembered=remembered, settled=settled,
        )  # fmt: skip

    first, second = proposal({}), proposal(draft.settled)
    refuse_overruled(city, draft.settled, first.rows)
    open_rows = in_doubt(first.rows, second.rows)
    slot = st.container()
    settled = settle(city, draft.key, draft.settled, open_rows) if len(open_rows) else {}
    final = proposal(settled)
    with slot:
        account(
            len(final.rows), final.count(Status.MATCHED), final.count(Status.REVIEW),
            final.count(Status.REFUSED),
        )  # fmt: skip
    if len(refused := final.refused()):
        offer_refused(refused)
    return replace(draft, settled=settled), final


def in_doubt(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in doubt, from the start or since others were settled.

    Parameters
    ----------
    first, second
        All rows, by line, before anything was settled and with what is settled now.

    Returns
    -------
    DataFrame
        The rows of ``first``, and ``where`` they stand; reason and candidates are of ``second``
        where settling others has brought the doubt up.
    """
    later = second[STATUS] == Status.REVIEW
    rows = first.copy()
    for name in (REASON, CANDIDATES):
        rows[name] = rows[name].where(~later, second[name])
    rows[WHERE] = [_("line {lines}").format(lines=line) for line in rows.index]
    return rows[later | (first[STATUS] == Status.REVIEW)]


def account(rows: int, matched: int, review: int, refused: int) -> None:
    """Draw what became of the rows of a file; the last three sum to the first."""
    st.subheader(_("Rows"), anchor=False)
    counted = [
        (_("in the file"), rows),
        (_("matched"), matched),
        (_("to be reviewed"), review),
        (_("refused"), refused),
    ]
    for column, (label, count) in zip(st.columns(4), counted, strict=True):
        column.metric(label, number(count))


def settle(city: City, key: str, before: Mapping[int, str], rows: pd.DataFrame) -> dict[int, str]:
    """Draw each place in doubt with its candidates.

    Parameters
    ----------
    key
        What the names of the widgets begin with.
    before
        What was chosen before, by line.
    rows
        Rows held for review, by line, as :func:`kantong.intake.matching.match` gives them beside
        their texts; ``where`` says where they stand.

    Returns
    -------
    dict
        What is chosen, by line: ``kode``, or empty for refused.
    """
    groups = _groups(rows, before)
    st.markdown(f"**{_('Which kelurahan is meant?')}**")
    likely = {lines: rows.loc[lines[0], PROPOSED] for lines in groups[:_MOST_REVIEWS]}
    likely = {lines: kode for lines, kode in likely.items() if kode}
    if likely:
        st.button(
            _("Accept the {count} likely ones").format(count=number(len(likely))),
            icon=":material/done_all:", key=f"{key} accept",
            on_click=_accept, args=(key, likely),
        )  # fmt: skip
    settled: dict[int, str] = {}
    for lines in groups[:_MOST_REVIEWS]:
        chosen = _choose_place(
            city, _key(key, lines), before.get(lines[0]), rows.loc[[lines[0]]].iloc[0]
        )
        if chosen != _UNDECIDED:
            settled |= dict.fromkeys(lines, "" if chosen == _REFUSE else chosen)
    if len(groups) > _MOST_REVIEWS:
        told = _("{count} more follow once these are settled and kept.")
        st.caption(told.format(count=number(len(groups) - _MOST_REVIEWS)))
    return settled


def _groups(rows: pd.DataFrame, before: Mapping[int, str]) -> list[tuple[int, ...]]:
    """Return the lines that are settled together.

    They have the same texts, unless they rival each other or were settled otherwise before.
    """
    found: dict[tuple[str | None, ...], list[int]] = {}
    for line, row in rows.iterrows():
        texts = tuple(row[name] for name in PLACE_COLUMNS)
        rivals = len(row[CANDIDATES]) == 1 or not row[PROPOSED]
        key = (*texts, before.get(int(str(line))), str(line) if rivals else None)
        found.setdefault(key, []).append(int(str(line)))
    return [tuple(lines) for lines in found.values()]


def _accept(key: str, likely: Mapping[tuple[int, ...], str]) -> None:
    for lines, kode in likely.items():
        st.session_state[_key(key, lines)] = kode


def _key(draft: str, lines: tuple[int, ...]) -> str:
    """Return the name of the widget that settles some lines."""
    return f"{draft} {lines[0]}"


def _choose_place(city: City, key: str, before: str | None, row: pd.Series) -> str:
    names = city.every.set_index(KODE)
    likely = list(dict.fromkeys([*filter(None, [row[PROPOSED]]), *row[CANDIDATES]]))
    others = [kode for kode in names.sort_values(KELURAHAN).index if kode not in likely]
    if key not in st.session_state:
        st.session_state[key] = _UNDECIDED if before is None else before or _REFUSE

    def label(choice: str) -> str:
        if choice in names.index:
            return f"{names[KELURAHAN][choice]} ({names[KECAMATAN][choice]}, {choice})"
        return _("not decided") if choice == _UNDECIDED else _("refuse this line")

    left, right = st.columns(2, vertical_alignment="center")
    given = " · ".join(filter(None, (row[name] for name in PLACE_COLUMNS)))
    where = str(row[WHERE])
    reason = row[REASON].describe(_, number) if row[REASON] else ""
    left.markdown(f"**{plain(given)}** · {where}  \n{plain(reason)}")
    return right.selectbox(
        _("Kelurahan meant by {name}").format(name=given or where),
        [_UNDECIDED, *likely, _REFUSE, *others], format_func=label, key=key,
        label_visibility="collapsed",
    )  # fmt: skip


def offer_refused(rows: pd.DataFrame) -> None:
    """Draw the refused rows of a file with their reasons; ``reason`` by line."""
    with st.expander(_("Refused rows ({count})").format(count=number(len(rows)))):
        texts = [(str(line), fault.describe(_, number)) for line, fault in rows[REASON].items()]
        headings = [_("Line"), _("Reason")]
        st.html(table(headings, texts[:_MOST_REFUSED], figures=0))
        if len(texts) > _MOST_REFUSED:
            told = _("{count} more are in the file to download.")
            st.caption(told.format(count=number(len(texts) - _MOST_REFUSED)))
        st.download_button(
            _("Download the refused rows (CSV)"),
            downloads.to_csv(pd.DataFrame(texts, columns=headings)),
            file_name="ditolak.csv", mime="text/csv", on_click="ignore",
            icon=":material/download:",
        )  # fmt: skip
