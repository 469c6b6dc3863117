"""A register of families or people on its way in: surveyed, its places settled, counted, kept."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from kantong.geo.errors import DataError
from kantong.geo.schema import KODE
from kantong.importing import registers
from kantong.importing.registers import Register
from kantong.importing.tables import Label
from kantong.intake.checks import check
from kantong.intake.headings import period_in
from kantong.intake.matching import PLACE_COLUMNS, Status
from kantong.intake.sandbox import CancelledError
from kantong.language import gettext as _
from kantong.language import number
from kantong.store.datasets import Stored
from kantong.views import keeping, reviewing, work
from kantong.views.data import City
from kantong.views.draft import area, ask_source, tell
from kantong.views.words import plain

_SETTLED, _COUNT = "_settled", "_count"


def show(city: City, register: Register) -> None:
    """Draw the steps of a register, as far as it has come; rows of people stay in the child."""
    try:
        _steps(city, register)
    except reviewing.OverruledError as error:
        st.session_state[_SETTLED] = error.kept
        reviewing.tell_overruled(error)
    except DataError as error:
        tell(error)
    except work.WaitingError:
        return
    except CancelledError:
        st.info(_("Cancelled; nothing was kept. Choose the file again to begin anew."))


def _steps(city: City, register: Register) -> None:
    key = register.sha256[:12]
    areas = registers.areas_for(register, city.every)
    surveyed = _once(
        key=f"survey {key}",
        job=lambda report, stop: registers.survey(register, areas, report, stop),
    )
    told = _("{register}: a register of families or people. It is counted without keeping anyone.")
    st.info(plain(told.format(register=surveyed["register"])), icon=":material/groups:")
    left, right = st.columns(2)
    period = period_in(
        left.text_input(_("Period of the register, 2025 or 2025-Q3"), key=f"{key} period")
    )
    with right:
        source = ask_source()
    named = registers.places_of(surveyed, city.every, area(city), source)
    places = _settle(city, key, named, by_point=surveyed["by_point"])
    if not period:
        st.caption(_("Give the period; then the register can be counted."))
        return
    wanted = registers.Asked(period, places[[*PLACE_COLUMNS, KODE]].to_numpy().tolist())
    asked = json.dumps([key, wanted.period, wanted.places])
    if st.button(_("Count families and people"), icon=":material/calculate:", width="stretch"):
        st.session_state[_COUNT] = asked
    if st.session_state.get(_COUNT) != asked:
        return
    counted = _once(
        key=asked,
        job=lambda report, stop: registers.count(register, areas, wanted, report, stop),
    )
    _offer(city, register, places, counted, source=source, line=surveyed["register"])


def _once(key: str, job: work.Job) -> Any:  # noqa: ANN401 - through JSON
    """Return what a job found; the answers of this visit are kept, so that none is done twice."""
    answers = st.session_state.setdefault("_answers", {})
    if key not in answers:
        answers[key] = work.result(key, job)
        work.forget()
    return answers[key]


def _settle(city: City, key: str, places: pd.DataFrame, *, by_point: int) -> pd.DataFrame:
    """Draw the places in doubt and return all places, with what was chosen.

    ``by_point`` rows were placed by their coordinates.
    """
    slot = st.container()
    settled = st.session_state.setdefault(_SETTLED, {})
    reviewing.refuse_overruled(city, settled, places)
    waiting = places[places["status"] == Status.REVIEW]
    waiting = waiting.assign(
        **{
            reviewing.WHERE: [
                _("{count} rows").format(count=number(count)) for count in waiting["rows"]
            ]
        }
    )
    chosen = reviewing.settle(city, key, settled, waiting) if len(waiting) else {}
    gone = {line: kode for line, kode in settled.items() if line not in waiting.index}
    st.session_state[_SETTLED] = gone | chosen
    places = registers.with_choices(places, chosen, set(city.every[KODE]))
    by_status = places.groupby("status")["rows"].sum().to_dict()
    by_status[Status.MATCHED] = by_status.get(Status.MATCHED, 0) + by_point
    with slot:
        reviewing.account(
            int(places["rows"].sum()) + by_point,
            *(int(by_status.get(status, 0)) for status in Status),
        )
        st.caption(_("By place alone; the inactive and the deceased are taken out by the count."))
    return places


def _offer(
    city: City,
    register: Register,
    places: pd.DataFrame,
    counted: dict[str, Any],
    *,
    source: str,
    line: str,
) -> None:
    counted = registers.known(counted, city.library.indicators)
    for note in registers.notes_of(counted):
        st.caption(plain(note.describe(_, number)))
    proposal = registers.proposal_of(counted, places)
    findings = check(proposal, city.every, city.library.indicators, city.library.observations)
    keeping.preview(city, proposal)
    lost = registers.unresolved(counted, places)
    held = int(lost.loc[lost["status"] == Status.REVIEW, "rows"].sum())
    keeping.tell_findings(city, findings, held=held)

    def keep(label: Label) -> Stored:
        return registers.keep_register(register, places, counted, label, findings=findings)

    key = register.sha256[:12]
    ready = keeping.Ready(key, register.sha256, source, proposal, findings, line, held)
    keeping.form(city, ready, keep)
