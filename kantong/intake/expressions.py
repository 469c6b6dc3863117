"""Cells of registers understood by the engine: one expression each for DuckDB and Spark.

Every function takes and returns Ibis columns; nothing is worked out here.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

import ibis  # type: ignore[import-untyped]

from kantong.intake.families import Programme, Register

if TYPE_CHECKING:
    from ibis.expr.types import (  # type: ignore[import-untyped]
        BooleanValue,
        IntegerValue,
        StringValue,
        Table,
    )

# Deciles that are none: not stated, and stated in a way that nobody understands.
MISSING, ODD = 0, -1
# What became of a row before its place is looked at.
PRESENT, INACTIVE, DECEASED = 0, 1, 2
# What a cell of yes or no says.
UNCLEAR, NO, YES = -1, 0, 1

_NOT_STATED = (
    "", "-", "--", "nan", "null", "none", "na", "n/a", "#n/a", "tidak terdata", "belum terdata",
    "tidak ada", "tidak ada data", "kosong",
)  # fmt: skip
# Zero is no number and no decile; of somebody alive it says no.
_NO_VALUE = (*_NOT_STATED, "0", "0.0")
_YES = ("ya", "y", "yes", "1", "1.0", "true", "t", "benar", "iya", "aktif", "menerima", "penerima")
# Assets and the like are coded 1 = yes, 2 = no.
_NO = (
    *_NO_VALUE, "tidak", "tdk", "no", "n", "2", "2.0", "false", "f", "salah", "bukan",
    "tidak menerima", "bukan penerima", "tidak aktif",
)  # fmt: skip
_ACTIVE = ("aktif", "masih aktif")
_LIVING = ("hidup", "masih hidup", "belum meninggal", "tidak meninggal")
_USUAL_YES, _USUAL_NO = ("YA", "Ya", "1"), ("", "TIDAK", "Tidak", "0", "2")
# What a column of programme names writes for a programme, beside the name itself.
_ALIASES = {"bpnt": ("bpnt", "sembako"), "pkh": ("pkh", "keluarga harapan")}
# Beside the name of a programme these say that it is not received, or not now.
_NOT_SO = "tidak|tdk|bukan|belum|tanpa|eks|mantan|calon|batal"
# Sixteen times the same digit stands where a number of a family or person is not known.
_ONES = 1_111_111_111_111_111


class Key(NamedTuple):
    """A number of a family or person, compared exactly: nothing is hashed.

    Digits go into 64 bits, which is exact as long as they read back as they were written, and
    takes a third of the memory that text does. All else stays text.
    """

    number: "IntegerValue"
    text: "StringValue"
    lost: "BooleanValue"
    plain: "BooleanValue"

    @property
    def missing(self) -> "BooleanValue":
        """Whether there is no number."""
        return (self.number == 0) & (self.text == "")


def raw(table: "Table", position: int | None) -> "StringValue":
    """Return a column as it is written; empty where there is none."""
    if position is None:
        return ibis.literal("")
    column: StringValue = table[f"c{position}"]
    return column


def is_in(text: "StringValue", texts: Sequence[str]) -> "BooleanValue":
    """Return whether a text is one of several.

    Not by ``isin``: DuckDB joins each longer list to all rows, even where the branch of a CASE
    that holds it is never taken.
    """
    return text.re_search("^(" + "|".join(one.replace(".", "[.]") for one in texts) + ")$")


def even(text: "StringValue") -> "StringValue":
    """Return a text in small letters, without the spaces around."""
    return text.strip().lower()


def key(table: "Table", position: int | None, *, plain: bool = False) -> Key:
    """Return a column of identity numbers, rid of apostrophes, spaces and ``.0``.

    Zeros alone, or sixteen times the same digit, are no number.

    With ``plain`` they are known to be nothing but digits without zeros before them.

    ``lost`` marks scientific notation, whose digits nobody can bring back; ``plain`` numbers that
    are as they should be, which an engine tells at little cost.
    """
    if position is None:
        nothing = ibis.literal(0, "int64"), ibis.literal(""), ibis.literal(False)
        return Key(*nothing, ibis.literal(True))
    given = raw(table, position)
    if plain:
        never = ibis.literal(False)
        return Key(given.try_cast("int64"), ibis.literal(""), never, ibis.literal(True))
    cleaned = given.re_replace("[\\s'’‘`\"=\u00a0]+", "").re_replace(r"\.0+$", "").lower()
    at_once, in_the_end = given.try_cast("int64"), cleaned.try_cast("int64")
    is_plain = (at_once.cast("string") == given).fill_null(False)
    is_number = (in_the_end.cast("string") == cleaned).fill_null(False)
    wordless = is_number | is_in(cleaned, _NO_VALUE) | cleaned.re_search("^0+$")
    number = ibis.cases(
        (is_plain, at_once), (is_number, in_the_end), else_=ibis.literal(0, "int64")
    )
    filled = (number % _ONES == 0) & number.between(0, 9 * _ONES)
    lost = cleaned.re_search(r"^[0-9]([.,][0-9]+)?e[+]?[0-9]+$")
    # Plain digits come first, so that an engine cleans only the cells that need it.
    return Key(
        ibis.cases((filled, ibis.literal(0, "int64")), else_=number),
        ibis.cases((is_plain, ""), (wordless, ""), else_=cleaned),
        ibis.cases((is_plain, ibis.literal(False)), else_=lost),
        is_plain & (at_once % _ONES != 0),
    )


def decile(text: "StringValue") -> "IntegerValue":
    """Return the welfare decile 1 to 10, else ``MISSING`` or ``ODD``."""
    digits = even(text).re_extract(r"^(desil[\s_.:-]*)?0*(10|[1-9])([.,]0+)?$", 2)
    empty = ibis.cases((is_in(even(text), _NO_VALUE), MISSING), else_=ODD)
    return ibis.coalesce(digits.nullif("").try_cast("int8"), empty.cast("int8"))


def rw(text: "StringValue") -> "IntegerValue":
    """Return the number of the RW, from a column of its own; 0 where none stands there."""
    digits = even(text).re_extract(r"^(rw[\s._:-]*)?0*([1-9][0-9]{0,2})([.]0+)?$", 2)
    return digits.nullif("").try_cast("int16").fill_null(0)


def rw_of_sls(text: "StringValue") -> "IntegerValue":
    """Return the number of the RW, from a column that has the RT before it; 0 for none."""
    named = even(text).re_extract(r"rw[\s._:-]*0*([1-9][0-9]{0,2})", 1)
    paired = even(text).re_extract(r"^0*[0-9]{1,3}\s*/\s*0*([1-9][0-9]{0,2})$", 1)
    digits = ibis.cases((named != "", named), else_=paired)
    return digits.nullif("").try_cast("int16").fill_null(0)


def status(
    inactive: "StringValue", deceased: "StringValue", alive: "StringValue"
) -> "IntegerValue":
    """Return whether a row is ``PRESENT``, ``INACTIVE`` or ``DECEASED``."""
    off = ~is_in(even(inactive), (*_NO, *_ACTIVE))
    gone = ~is_in(even(deceased), (*_NO, *_LIVING))
    gone |= ~is_in(even(alive), (*_NOT_STATED, *_LIVING, *_YES))
    return ibis.cases((off, INACTIVE), (gone, DECEASED), else_=PRESENT).cast("int8")


def _equals(text: "StringValue", usual: Sequence[str]) -> "BooleanValue":
    return reduce(or_, (text == one for one in usual))


def code(table: "Table", register: Register) -> "StringValue":
    """Return the code of the kelurahan; in BDT its four parts are put together."""
    text = raw(table, register.kelurahan_code)
    if not register.code_parts:
        return text
    widths = (2, 2, 3)
    parts = [
        raw(table, position).strip().lpad(width, "0")
        for position, width in zip(register.code_parts, widths, strict=True)
    ]
    whole = parts[0] + parts[1] + parts[2] + text.strip().lpad(3, "0")
    return ibis.cases((text.length().between(1, 3), whole), else_=text)


def answer(table: "Table", programme: Programme) -> "IntegerValue":
    """Return whether a row receives a programme: ``YES``, ``NO`` or ``UNCLEAR``."""
    if programme.column is None:
        return ibis.literal(YES, "int8")
    # Evening out a text costs an engine more than reading it: usual answers need none of it.
    text = raw(table, programme.column)
    if programme.named:
        return _is_named(even(text), _ALIASES.get(programme.name, (programme.name,)))
    said = ibis.cases((is_in(even(text), _YES), YES), (is_in(even(text), _NO), NO), else_=UNCLEAR)
    usual = ((_equals(text, _USUAL_YES), YES), (_equals(text, _USUAL_NO), NO))
    return ibis.cases(*usual, else_=said).cast("int8")


def _is_named(text: "StringValue", aliases: Sequence[str]) -> "IntegerValue":
    """Return whether a text names a programme, in words of their own; ``UNCLEAR`` with a not."""
    names = "|".join(aliases)
    # Most rows name another programme, which costs less to see than words.
    absent = ~reduce(or_, (text.contains(alias) for alias in aliases))
    denied = text.re_search(f"(^|[^a-z])({_NOT_SO}|non[^a-z]*({names}))([^a-z]|$)")
    named = text.re_search(f"(^|[^a-z])({names})([^a-z]|$)")
    return ibis.cases((absent, NO), (named & denied, UNCLEAR), (named, YES), else_=NO).cast("int8")


def members(table: "Table", position: int | None) -> "IntegerValue":
    """Return the number of people in a family; NULL where it is not stated."""
    text = raw(table, position)
    at_once = text.try_cast("int16")
    is_plain = ((at_once.cast("string") == text) & at_once.between(1, 99)).fill_null(False)
    digits = text.strip().re_extract(r"^0*([1-9][0-9]?)([.,]0+)?$", 1)
    return ibis.cases((is_plain, at_once), else_=digits.nullif("").try_cast("int16"))
