"""What a user sees when something fails that nobody foresaw: calm words and a number."""

import logging
import secrets

import streamlit as st

from kantong.language import gettext as _
from kantong.views.words import plain

_LOG = logging.getLogger("kantong")


def reference() -> str:
    """Return a short number that the log and the user share; it says nothing of either."""
    return secrets.token_hex(4).upper()


def note(error: Exception) -> str:
    """Log an unforeseen fault and return its number."""
    number = reference()
    _LOG.error("unforeseen", exc_info=error, extra={"reference": number})
    return number


def show(error: Exception) -> bool:
    """Log an unforeseen fault, and show its number in the place of Streamlit's red box.

    Returns
    -------
    bool
        True: nothing else is to be shown.
    """
    number = note(error)
    told = _(
        "Something failed that nobody foresaw. What was kept before is safe. Load the page anew "
        "and try again; if it fails again, tell whoever looks after Kantong the number {number}."
    )
    st.error(plain(told.format(number=number)), icon=":material/sentiment_dissatisfied:")
    return True
