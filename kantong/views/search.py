"""Find a kelurahan by name or code; typing errors are forgiven."""

import pandas as pd
import streamlit as st
from rapidfuzz import fuzz, process, utils

from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, KODE_BPS
from kantong.language import gettext as _
from kantong.views import state
from kantong.views.data import City
from kantong.views.pages import path
from kantong.views.words import plain

_MOST = 5
_LEAST_ALIKE = 70
_SHORTEST_CODE = 4


def find(layer: pd.DataFrame, text: str) -> list[str]:
    """Return the ``kode`` of the areas meant by a name or a code, the likeliest first.

    Parameters
    ----------
    layer
        Columns ``kode``, ``kode_bps``, ``kelurahan``.
    text
        A name, with typing errors at will, or the start or end of a code of either system, with
        or without dots.
    """
    digits = text.replace(".", "").replace(" ", "")
    if digits.isdigit():
        return _by_code(layer, digits)
    names = layer.set_index(KODE)[KELURAHAN]
    found = process.extract(
        text[:80],
        {str(kode): name for kode, name in names.items()},
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=_MOST,
        score_cutoff=_LEAST_ALIKE,
    )
    return [kode for _name, _score, kode in found]


def _by_code(layer: pd.DataFrame, digits: str) -> list[str]:
    if len(digits) < _SHORTEST_CODE:
        return []
    codes = layer[KODE].str.replace(".", "")
    fits = codes.str.startswith(digits) | codes.str.endswith(digits)
    fits |= layer[KODE_BPS].str.startswith(digits) | layer[KODE_BPS].str.endswith(digits)
    return [str(kode) for kode in layer.loc[fits, KODE][:_MOST]]


def offer(city: City, *, key: str = "_search") -> None:
    """Draw the search in the drawer; a hit opens the profile."""
    with st.sidebar:
        field(city, key=key)


def field(city: City, *, key: str) -> None:
    """Draw the search where it stands; a hit opens the profile."""
    text = st.text_input(
        _("Find a kelurahan"),
        key=key,
        placeholder=_("name or code"),
        icon=":material/search:",
    ).strip()
    if not text:
        return
    found = find(city.every, text)
    if not found:
        st.caption(_("Nothing is called that. Try part of the name, or the code."))
    places = city.every.set_index(KODE)
    for kode in found:
        name, kecamatan = places.loc[kode, [KELURAHAN, KECAMATAN]]
        if st.button(
            plain(f"{name} · {kecamatan}"), key=f"{key} {kode}", width="stretch", type="tertiary",
            icon=":material/location_on:",
        ):  # fmt: skip
            state.open_kelurahan(city, kode)
            st.switch_page(path("profil"))
