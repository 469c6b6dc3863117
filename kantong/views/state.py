"""What the user has chosen. It lives in the URL, so that a view can be sent to a colleague."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, KODE
from kantong.language import DEFAULT, LANGUAGES, activate, pick
from kantong.language import gettext as _
from kantong.maps.style import SCHEMES
from kantong.views.data import City
from kantong.views.words import plain, scheme_label

# Keys of the URL: a contract, held by a test.
URL_KEYS = ("bahasa", "indikator", "periode", "kelas", "kecamatan", "dapil", "kelurahan")
ALL = "semua"
FIRST_INDICATOR = "poor_people"
_PICKED = "_picked"
_SEEN = "_seen"
_CHOSEN = "_chosen"


@dataclass(frozen=True)
class Selection:
    """What is shown.

    Parameters
    ----------
    indicator, period, scheme
        Ids of the indicator, its period and the class scheme.
    kecamatan, dapil
        Filter; ``semua`` for all.
    kelurahan
        ``kode`` of the chosen kelurahan; empty for none.
    """

    indicator: str
    period: str
    scheme: str
    kecamatan: str
    dapil: str
    kelurahan: str

    def keeps(self, city: City) -> Any:  # noqa: ANN401 - boolean Series by kode
        """Return which areas pass the filter, by ``kode``."""
        places = city.layer.set_index(KODE)
        kept = places[KECAMATAN].notna()
        if self.kecamatan != ALL:
            kept &= places[KECAMATAN] == self.kecamatan
        if self.dapil != ALL:
            kept &= places[DAPIL] == self.dapil
        return kept


def choose_language() -> None:
    """Draw the language switch and speak that language for the rest of the run."""
    st.session_state.setdefault("bahasa", st.query_params.get("bahasa", DEFAULT))
    if st.session_state["bahasa"] not in LANGUAGES:
        st.session_state["bahasa"] = DEFAULT
    activate(st.session_state["bahasa"])
    st.selectbox(
        "Bahasa / Language",
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="bahasa",
        label_visibility="collapsed",
    )
    _remember("bahasa", DEFAULT)


def choose(city: City) -> Selection:
    """Draw the filters and return what is chosen.

    Raises
    ------
    TableError
        There is nothing to choose from: the data folder holds no figures.
    """
    picked = st.session_state.pop(_PICKED, None)
    if picked is not None:
        st.session_state["kelurahan"] = picked
    indicators = city.indicators()
    if not indicators:
        message = "There are no figures yet. Add a table of counts; data/README.md says how."
        raise TableError(Fault(message))
    first = FIRST_INDICATOR if FIRST_INDICATOR in indicators else next(iter(indicators))
    left, middle, right = st.columns([4, 2, 2], vertical_alignment="bottom")
    with left:
        indicator = _select(
            "indikator", _("Indicator"), list(indicators), first,
            lambda key: pick(indicators[key].label),
        )  # fmt: skip
    periods = city.periods(indicator)[::-1]
    with middle:
        period = _select("periode", _("Period"), periods, periods[0])
    with right.popover(_("Filter and classes"), icon=":material/tune:", width="stretch"):
        scheme = _select("kelas", _("Classes"), list(SCHEMES), SCHEMES[0], scheme_label)
        kecamatan, dapil, kelurahan = _choose_places(city)
    _tell_filter(kecamatan, dapil)
    return Selection(indicator, period, scheme, kecamatan, dapil, kelurahan)


def _tell_filter(kecamatan: str, dapil: str) -> None:
    """Say that areas are left out: a filter behind a button is easily forgotten."""
    parts = [
        f"{name} {value}"
        for name, value in ((_("Kecamatan"), kecamatan), ("Dapil", dapil))
        if value != ALL
    ]
    if parts:
        told = _("Filtered: {what}").format(what=", ".join(parts))
        st.caption(plain(told))


def _choose_places(city: City) -> tuple[str, str, str]:
    names = city.layer.set_index(KODE)[KELURAHAN]

    def all_or(key: str) -> str:
        return _("all") if key == ALL else key

    kecamatan = _select(
        "kecamatan", _("Kecamatan"), [ALL, *sorted(set(city.layer[KECAMATAN]))], ALL, all_or
    )
    dapil = _select("dapil", "Dapil", [ALL, *sorted(set(city.layer[DAPIL]) - {""})], ALL, all_or)
    kelurahan = _select(
        "kelurahan",
        _("Kelurahan"),
        ["", *names.sort_values().index],
        "",
        lambda kode: names[kode] if kode else _("none chosen; click on the map or choose here"),
    )
    return kecamatan, dapil, kelurahan


def _select(
    key: str,
    label: str,
    options: list[str],
    default: str,
    words: Any = str,  # noqa: ANN401
) -> str:
    """Draw a select box whose value stands in the URL; an impossible value gives the default."""
    before = st.session_state.setdefault(_CHOSEN, {})
    current = st.session_state.get(key, before.get(key, st.query_params.get(key, default)))
    st.session_state[key] = current if current in options else default
    chosen = st.selectbox(label, options, format_func=words, key=key)
    _remember(key, default)
    return str(chosen)


def _remember(key: str, default: str) -> None:
    """Keep a choice in the URL and, for pages without the filters, in the session."""
    value = st.session_state[key]
    st.session_state.setdefault(_CHOSEN, {})[key] = value
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def pick_kelurahan(kode: str, event: object) -> None:
    """Choose a kelurahan from a map or a table; the same event counts once."""
    if st.session_state.get(_SEEN) == event:
        return
    st.session_state[_SEEN] = event
    st.session_state[_PICKED] = kode
    st.rerun()
