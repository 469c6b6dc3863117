"""Faults found in data: what is wrong, where, and what to do.

A message is an English template that doubles as the gettext key; its details are filled in
after translation, so the same fault can be shown in the user's language.
"""

import re
from collections.abc import Callable, Iterable

# A NIK or KK number, with or without the marks that people put between its digits.
_IDENTITY_NUMBER = re.compile(r"\d(?:[ .-]?\d){11,}")
_LONGEST_QUOTE = 40


class Fault:
    """One thing wrong with the data.

    Parameters
    ----------
    message
        English ``str.format`` template: what is wrong, where, what to do.
    details
        Values for the template's fields (file, column, line, kode ...). Never personal data.

    Examples
    --------
    >>> str(Fault("{path}: no features.", path="kosong.geojson"))
    'kosong.geojson: no features.'
    """

    def __init__(self, message: str, /, **details: object) -> None:
        self.message = message
        self.details = details

    def describe(
        self,
        translate: Callable[[str], str] = str,
        write: Callable[[float], str] = "{:.12g}".format,
    ) -> str:
        """Return the message in another language, details (other faults too) filled in.

        Parameters
        ----------
        translate
            Gives the template in that language.
        write
            Writes details that are figures; whole numbers such as lines stay as they are.
        """
        details = {
            field: detail.describe(translate, write)
            if isinstance(detail, Fault)
            else write(detail)
            if isinstance(detail, float)
            else detail
            for field, detail in self.details.items()
        }
        return translate(self.message).format(**details)

    def __str__(self) -> str:
        return self.describe()

    def __repr__(self) -> str:
        return f"Fault({self.describe()!r})"


class DataError(ValueError):
    """Data that cannot be used as it is; carries every fault found, not only the first."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def describe(self, translate: Callable[[str], str] = str) -> str:
        """Return all faults, one a line, in another language."""
        return "\n".join(fault.describe(translate) for fault in self.faults)

    def __str__(self) -> str:
        return self.describe()


class BoundaryError(DataError):
    """Boundaries that cannot become the canonical layer."""


class CodeError(DataError):
    """Codes that are malformed, unknown or contradict the name beside them."""


class TableError(DataError):
    """A table whose columns or cells cannot be read as counts."""


class JoinError(DataError):
    """Counts that cannot be joined to the boundaries without loss."""


class StoreError(DataError):
    """The store cannot be read or written, or what it should keep is not whole."""


class DamagedError(StoreError):
    """The store is not whole: something that was kept is gone or cannot be read."""


def shorten(values: Iterable[object], limit: int = 5) -> str:
    """Return up to ``limit`` values, comma-separated, with how many more there are.

    Examples
    --------
    >>> shorten(["a", "b", "c"], limit=2)
    'a, b (+1)'
    """
    items = [str(value) for value in values]
    more = f" (+{len(items) - limit})" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more


def quote(text: object) -> str:
    """Return a cell of a file as it may stand in a message: short, and without identity numbers.

    Examples
    --------
    >>> quote("3573011001x"), quote("NIK 3573010101800001"), quote("3573 0101 0180 0001")
    ("'3573011001x'", "'NIK …'", "'…'")
    """
    return repr(_IDENTITY_NUMBER.sub("…", str(text))[:_LONGEST_QUOTE])
