"""What other files say of the families of a register: who is paid, and how it was before.

Everything is one Ibis expression: numbers of families are compared on the engine and never leave
it.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis  # type: ignore[import-untyped]

from kantong.geo.errors import Fault, TableError
from kantong.intake import expressions as cells
from kantong.intake.families import Programme, Register, normalised

if TYPE_CHECKING:
    from ibis.expr.types import (  # type: ignore[import-untyped]
        BooleanValue,
        IntegerValue,
        Table,
    )

# Whether a family is in the same decile as before.
UNKNOWN, SAME, OTHER = 0, 1, 2
LONG, STAY = "long", "stay"
# Numbers of families that are no numbers of family cards.
_OWN_NUMBERS = {"id_keluarga_p3ke", "id_keluarga", "idbdt"}


def refuse_other_numbers(register: Register, other: Register, file: str) -> None:
    """Refuse a file whose families have other numbers than those of the register.

    Raises
    ------
    TableError
        It has no numbers of families, or those of another register.
    """
    if other.family_key is None or register.family_key is None:
        message = (
            "{file}: has no number of the family (nomor_kartu_keluarga, NOKK), so its rows cannot "
            "be set beside the register. Bring a list that has it."
        )
        raise TableError(Fault(message, file=file))
    if _numbering(register) != _numbering(other):
        message = (
            "{file}: numbers families by {other}, the register by {own}. Only files with the same "
            "numbers can be set beside each other."
        )
        own, others = (one.header(one.family_key) for one in (register, other))
        raise TableError(Fault(message, file=file, own=own, other=others))


def _numbering(register: Register) -> str:
    name = normalised(register.header(register.family_key))
    return name if name in _OWN_NUMBERS else ""


def is_paid(table: "Table", register: Register, programme: str) -> "BooleanValue":
    """Return which rows of a list are paid a programme: all, unless the list itself tells.

    Parameters
    ----------
    table, register
        The list.
    programme
        As in the catalogue: ``pkh``.
    """
    told = [one for one in register.programmes if one.name == programme]
    if not told:
        return ibis.literal(True)
    return reduce(or_, (cells.answer(table, one) == cells.YES for one in told))


def all_programmes(own: Sequence[Programme], paid: Sequence[str]) -> tuple[Programme, ...]:
    """Return the programmes of a register, and behind them those that lists tell of."""
    known = {one.name for one in own}
    return (*own, *(Programme(name, None) for name in paid if name not in known))


def with_paid(families: "Table", paid: "Table", key: list[str], bit: int) -> "Table":
    """Return families with the bit of a programme set for those that a list names.

    Parameters
    ----------
    families
        One row a family: ``key`` and ``bits``.
    paid
        ``key`` of the paid, as often as they are.
    """
    once = paid.group_by(key).agg(times=paid.count())
    joined = families.left_join(once, key)
    found = ibis.cases((joined["times"].notnull(), 1 << bit), else_=0).cast("int64")
    kept = [column for column in families.columns if column != "bits"]
    return joined.select(*kept, bits=joined["bits"].cast("int64") | found)


def with_past(families: "Table", past: "Table", key: list[str], order: Sequence[int]) -> "Table":
    """Return families with what they received before too (``long``), and whether they moved.

    Parameters
    ----------
    families
        One row a family: ``key``, ``desil`` and ``bits``.
    past
        The same of an earlier register.
    order
        For each programme of ``past`` its bit among those of ``families``; -1 for none.
    """
    then = past.select(*key, then_desil=past["desil"], then_bits=_reordered(past["bits"], order))
    joined = families.left_join(then, key)
    known = joined["desil"].notnull() & joined["then_desil"].notnull()
    same = joined["desil"] == joined["then_desil"]
    stay = ibis.cases((~known, UNKNOWN), (same, SAME), else_=OTHER).cast("int8")
    long = joined["bits"].cast("int64") & joined["then_bits"].fill_null(0)
    return joined.select(*families.columns, **{LONG: long, STAY: stay})


def _reordered(bits: "IntegerValue", order: Sequence[int]) -> "IntegerValue":
    whole = bits.cast("int64")
    moved = [
        ((whole >> place) & 1) * (1 << target) for place, target in enumerate(order) if target >= 0
    ]
    return sum(moved, start=ibis.literal(0, "int64"))
