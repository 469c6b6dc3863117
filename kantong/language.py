"""Words, numbers and dates in the user's language; Indonesian is the default.

Messages are looked up in ``locale/<language>/LC_MESSAGES/kantong.po``, compiled in memory, so
that no build step stands between a translator and the screen. English is the key itself.
"""

import datetime as dt
import gettext as _gettext
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar, copy_context
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.dates import LOCALTZ, format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberFormatError, format_currency, format_decimal, parse_decimal

LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"
DEFAULT = "id"
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
MISSING = "–"
_IN_DIGITS = re.compile(r"[-+]?[\d.,]+")

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


def bound(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return a function that speaks the language of now, whenever and wherever it is called."""
    context = copy_context()
    return lambda: context.copy().run(make)


def language() -> str:
    """Return the code of the language in use."""
    return _active.get()


def gettext(message: str) -> str:
    """Return ``message`` in the language in use."""
    return _translations(_active.get()).gettext(message)


def pick(texts: dict[str, str]) -> str:
    """Return the text of the language in use from a table of texts by language."""
    return texts.get(_active.get()) or texts.get(DEFAULT, "")


def number(value: float | None, decimals: int = 0, *, signed: bool = False) -> str:
    """Return a number in the user's locale; missing values give a dash.

    Examples
    --------
    >>> language = activate("id")
    >>> number(34840), number(3.914, 2), number(float("nan")), number(12, signed=True)
    ('34.840', '3,91', '–', '+12')
    >>> number(-0.3)
    '0'
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is the number unlike itself
        return MISSING
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    rounded = round(float(value), decimals)  # numbers of numpy round another way
    sign = "+" if signed and rounded > 0 else ""
    return sign + format_decimal(rounded + 0.0, format=pattern, locale=_active.get())


def rupiah(value: float | None) -> str:
    r"""Return an amount of rupiah in the user's locale; missing values give a dash.

    Examples
    --------
    >>> language = activate("id")
    >>> rupiah(20_000_000).replace("\xa0", " ")
    'Rp 20.000.000'
    """
    if value is None or value != value:  # noqa: PLR0124
        return MISSING
    locale = _active.get()
    return format_currency(
        round(value) + 0.0, "IDR", format="\xa4\xa0#,##0", locale=locale, currency_digits=False
    )


def date(day: dt.date) -> str:
    """Return a date in the user's locale: 24 November 2026."""
    return format_date(day, format="long", locale=_active.get())


def moment(at: dt.datetime) -> str:
    """Return a moment in the user's locale and the time of this machine: 24 Nov 2026 14.05.33."""
    return format_datetime(at, format="medium", tzinfo=LOCALTZ, locale=_active.get())


def numbers(text: str) -> tuple[float, ...] | None:
    """Return the numbers of a text parted by semicolons, as the user's locale writes them.

    Returns
    -------
    tuple or None
        None where a part is no number in digits: ``nan`` and ``1e5`` are none.

    Examples
    --------
    >>> language = activate("id")
    >>> numbers("1.000; 2,5"), numbers("nan"), numbers("2.5")
    ((1000.0, 2.5), None, None)
    """
    parts = [part.strip() for part in text.split(";")]
    if not all(_IN_DIGITS.fullmatch(part) for part in parts if part):
        return None
    try:
        return tuple(
            float(parse_decimal(part, locale=_active.get(), strict=True)) for part in parts if part
        )
    except (NumberFormatError, OverflowError):
        return None


def write_numbers(values: Iterable[float]) -> str:
    """Return numbers as :func:`numbers` reads them."""
    return "; ".join(
        format_decimal(value, format="#,##0.######", locale=_active.get()) for value in values
    )
