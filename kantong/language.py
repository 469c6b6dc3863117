"""Words, numbers and dates in the user's language; Indonesian is the default.

Messages are looked up in ``locale/<language>/LC_MESSAGES/kantong.po``, compiled in memory, so
that no build step stands between a translator and the screen. English is the key itself.
"""

import gettext as _gettext
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"
DEFAULT = "id"
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
MISSING = "–"

_active: ContextVar[str] = ContextVar("language", default=DEFAULT)


@cache
def _translations(language: str) -> _gettext.NullTranslations:
    path = LOCALE_FOLDER / language / "LC_MESSAGES" / "kantong.po"
    if not path.exists():
        return _gettext.NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def activate(language: str | None) -> str:
    """Choose the language of the current thread or task; unknown ones give the default."""
    chosen = language if language in LANGUAGES else DEFAULT
    _active.set(chosen)
    return chosen


def gettext(message: str) -> str:
    """Return ``message`` in the language in use."""
    return _translations(_active.get()).gettext(message)


def pick(texts: dict[str, str]) -> str:
    """Return the text of the language in use from a table of texts by language."""
    return texts.get(_active.get()) or texts.get(DEFAULT, "")


def number(value: float | None, decimals: int = 0) -> str:
    """Return a number in the user's locale; missing values give a dash.

    Examples
    --------
    >>> language = activate("id")
    >>> number(34840), number(3.914, 2), number(float("nan"))
    ('34.840', '3,91', '–')
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is the number unlike itself
        return MISSING
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return format_decimal(round(value, decimals), format=pattern, locale=_active.get())
