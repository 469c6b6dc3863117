"""Counts of a register put together: the long frame, what became of every row, observations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from kantong.geo.errors import Fault
from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, KODE, PERIOD, VALUE
from kantong.intake import expressions as cells
from kantong.intake.beside import LONG, OTHER, SAME, STAY, UNKNOWN
from kantong.intake.families import Family, Register, Unit

CODE = "code"
RW, DESIL, PROGRAMME, FAMILIES, PEOPLE = "rw", "desil", "programme", "families", "people"
COUNTED_COLUMNS = (KODE, RW, DESIL, PROGRAMME, FAMILIES, PEOPLE)
OBSERVED_COLUMNS = (KODE, RW, INDICATOR, PERIOD, VALUE)

# What became of recipients since an earlier register.
STAYED, MOVED, UNCLEAR, FRESH = "stayed", "moved", "unclear", "fresh"

_ROWS = "rows"
_BY = [KODE, RW, DESIL, PROGRAMME]
# DTSEN serves social assistance up to this decile; dtsen_people and dtsen_families end with it.
_LAST_SERVED = 5
_PREFIXES = {
    Family.DTSEN_HOUSEHOLDS: "dtsen",
    Family.DTSEN_SIKS: "dtsen",
    Family.DTKS: "dtks",
    Family.BDT: "bdt",
    Family.P3KE: "p3ke",
}
# Highest decile that the catalogue knows of a register; DTKS and BDT have none.
_DECILES = {"dtsen": 10, "p3ke": 4}


@dataclass(frozen=True)
class Reconciliation:
    """What became of every row of a register.

    ``rows`` = ``counted`` + ``inactive`` + ``deceased`` + the rows of ``unresolved``, always.

    Parameters
    ----------
    rows, counted, inactive, deceased
        Rows in the file, and of these. Who is inactive and deceased is inactive here.
    unresolved
        Places without a kelurahan, as the file writes them: ``code``, ``kelurahan``,
        ``kecamatan``, ``rows``.
    keyless
        Counted rows without a number of the family: people, but of no family.
    families
        Sum over kelurahan. None where the register has no number of the family.
    several
        Families that stand in more than one kelurahan and are counted in each.
    contrary
        Families with different deciles in one kelurahan; the lowest is taken.
    undecided, odd
        Counted rows whose decile is missing, or is not one of 1 to 10.
    unranked
        Counted rows of a register that ought to tell deciles, where no row tells one.
    persons_twice, rows_twice
        Numbers of persons that stand in several rows, and these rows. Counted by row.
    unclear
        By programme: rows that say neither yes nor no, taken for no.
    unstated
        Families whose number of members is not stated, in files that state it; counted as none.
    people_rows, people_placed
        Rows of the file of persons, and those of them whose family is counted; None without one.
    lists
        By programme whose list of the paid was set beside: families that it names, and those of
        them that stand in the register.
    """

    rows: int
    counted: int
    inactive: int
    deceased: int
    unresolved: pd.DataFrame
    keyless: int
    families: int | None
    several: int
    contrary: int
    undecided: int
    odd: int
    unranked: int
    persons_twice: int
    rows_twice: int
    unclear: dict[str, int]
    unstated: int
    people_rows: int | None
    people_placed: int | None
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)

    def notes(self) -> tuple[Fault, ...]:
        """Return what there is to tell, the sum first; nothing of it stops the count."""
        return tuple(note for note in self._notes() if note.details)

    def _notes(self) -> Iterator[Fault]:
        lost = int(self.unresolved[_ROWS].sum())
        yield Fault(
            "Rows in the file: {rows}. Counted: {counted}. Inactive: {inactive}. Deceased: "
            "{deceased}. Without a kelurahan of these boundaries: {unresolved}.",
            rows=self.rows,
            counted=self.counted,
            inactive=self.inactive,
            deceased=self.deceased,
            unresolved=lost,
        )
        if self.families is not None:
            yield Fault("Families: {families}.", families=self.families)
        for number, message in (
            (self.several, "Families in more than one kelurahan, counted in each: {number}."),
            (self.contrary, "Families with different deciles, the lowest taken: {number}."),
            (self.keyless, "People without a number of their family, in no family: {number}."),
            (self.undecided, "Rows without a decile: {number}."),
            (self.odd, "Rows whose decile is none of 1 to 10, taken for unknown: {number}."),
            (self.unstated, "Families that do not state their number of members: {number}."),
        ):
            if number:
                yield Fault(message, number=number)
        if self.unranked:
            yield Fault(
                "None of {rows} rows tells a decile from 1 to 10, so nobody is counted in deciles "
                "1 to 5. Count a file that has the column desil_nasional.",
                rows=self.unranked,
            )
        yield from self._notes_of_people()

    def _notes_of_people(self) -> Iterator[Fault]:
        if self.persons_twice:
            yield Fault(
                "Persons in several rows: {persons}, in {rows} rows. Each row was counted.",
                persons=self.persons_twice,
                rows=self.rows_twice,
            )
        for programme, rows in self.unclear.items():
            if rows:
                yield Fault(
                    "{programme}: {rows} rows say neither yes nor no; they were taken for no.",
                    programme=programme.upper(),
                    rows=rows,
                )
        for programme, (named, placed) in self.lists.items():
            yield Fault(
                "{programme}: the list names {named} families. In the register: {placed}. Not "
                "found there, and so in no count: {rest}.",
                programme=programme.upper(),
                named=named,
                placed=placed,
                rest=named - placed,
            )
        if self.people_rows is not None and self.people_placed is not None:
            yield Fault(
                "Rows in the file of persons: {rows}. With a counted family: {placed}. "
                "Without one: {rest}.",
                rows=self.people_rows,
                placed=self.people_placed,
                rest=self.people_rows - self.people_placed,
            )


@dataclass(frozen=True)
class Compared:
    """Recipients beside an earlier register.

    Parameters
    ----------
    frame
        ``kode``, ``programme``, ``stay`` and ``families``: of the families that receive now,
        ``stayed`` received then already and are in the same decile, ``moved`` received then and
        are in another, ``unclear`` received then and one decile is not known, ``fresh`` did not
        receive then.
    years
        Between the two registers.
    """

    frame: pd.DataFrame
    years: int


@dataclass(frozen=True)
class Counted:
    """A register, counted.

    Parameters
    ----------
    frame
        ``COUNTED_COLUMNS``, one row for each combination that occurs: ``rw`` is three digits or
        empty where none is known; ``desil`` 1 to 10, NA where unknown; ``programme`` empty for
        all, else its name (their recipients overlap). ``families`` or ``people`` is NA
        throughout where the register does not tell it.
    register
        What was counted.
    reconciliation
        What became of every row.
    compared
        Recipients beside an earlier register; None without one.
    """

    frame: pd.DataFrame
    register: Register = field(repr=False)
    reconciliation: Reconciliation
    compared: Compared | None = None


def together(
    groups: pd.DataFrame, tally: pd.DataFrame, register: Register, *, with_people: bool
) -> pd.DataFrame:
    """Put people, counted by row, and families side by side.

    Parameters
    ----------
    groups
        Rows by ``kode`` (empty or NaN: none), ``rw``, ``desil`` and ``status``.
    tally
        Families by ``kode``, ``rw``, ``desil`` and programmes (as bits).
    register
        What the columns are.
    with_people
        Whether ``tally`` has the people of a file of persons.

    Returns
    -------
    DataFrame
        As :class:`Counted` has it.
    """
    present = groups.loc[_is_counted(groups)]
    columns = {"": _ROWS} | {one.name: f"p{n}" for n, one in enumerate(register.programmes)}
    of_people = [_long(present, name, {PEOPLE: column}) for name, column in columns.items()]
    source = "people" if with_people else "members"
    of_families = [
        _long(part, name, {FAMILIES: "families", PEOPLE: source})
        for name, part in _by_programme(tally, register)
    ]
    knows_members = with_people or register.members is not None
    people = of_people if register.unit is Unit.PERSON else of_families
    frame = _summed([*(part[[*_BY, FAMILIES]] for part in of_families)], FAMILIES).merge(
        _summed([part[[*_BY, PEOPLE]] for part in people], PEOPLE),
        on=_BY, how="outer", validate="one_to_one",
    )  # fmt: skip
    whole = frame.astype({FAMILIES: "Int64", PEOPLE: "Int64", DESIL: "Int64"}).fillna(0)
    if register.family_key is None:
        whole[FAMILIES] = pd.NA
    if register.unit is not Unit.PERSON and not knows_members:
        whole[PEOPLE] = pd.NA
    return _as_told(whole)


def stays(tally: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return how long the recipients of each programme have been so.

    Parameters
    ----------
    tally
        Families by ``kode``, programmes (as bits), those they received before too (``long``) and
        whether they moved (``stay``).
    register
        What the bits are.

    Returns
    -------
    DataFrame
        As :class:`Compared` has it.
    """
    bits, long = tally["bits"].astype(int).to_numpy(), tally[LONG].astype(int).to_numpy()
    told = tally["stay"].map({SAME: STAYED, OTHER: MOVED, UNKNOWN: UNCLEAR})
    parts = []
    for place, programme in enumerate(register.programmes):
        receives, received = bits >> place & 1 == 1, long >> place & 1 == 1
        part = pd.DataFrame(
            {
                KODE: tally[KODE].astype(str),
                PROGRAMME: programme.name,
                STAY: told.where(received, FRESH),
                FAMILIES: tally["families"].astype("int64"),
            }
        )[receives]
        parts.append(part.groupby([KODE, PROGRAMME, STAY])[FAMILIES].sum().reset_index())
    every = pd.concat(parts) if parts else pd.DataFrame(columns=[KODE, PROGRAMME, STAY, FAMILIES])
    return every[every[FAMILIES] > 0].reset_index(drop=True)


def _is_counted(groups: pd.DataFrame) -> "pd.Series[bool]":
    return (groups["status"] == cells.PRESENT) & (groups[KODE] != "")


def _long(frame: pd.DataFrame, programme: str, columns: dict[str, str]) -> pd.DataFrame:
    renamed = {new: frame[old].astype("int64") for new, old in columns.items()}
    return pd.DataFrame(
        {
            KODE: frame[KODE].astype(str),
            RW: frame[RW].astype("int64"),
            DESIL: frame[DESIL].astype("int64").clip(lower=cells.MISSING),
            PROGRAMME: programme,
            **renamed,
        }
    )


def _by_programme(tally: pd.DataFrame, register: Register) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "", tally
    for index, programme in enumerate(register.programmes):
        yield programme.name, tally.loc[tally["bits"].astype(int).to_numpy() & 1 << index > 0]


def _summed(parts: list[pd.DataFrame], column: str) -> pd.DataFrame:
    """Sum one column; combinations without any are left out."""
    sums = pd.concat(parts).groupby(_BY)[column].sum()
    return sums[sums > 0].reset_index()


def _as_told(frame: pd.DataFrame) -> pd.DataFrame:
    told = frame.assign(
        **{
            RW: frame[RW].map(lambda number: f"{number:03}" if number else ""),
            DESIL: frame[DESIL].mask(frame[DESIL] == cells.MISSING),
        }
    )
    return told.sort_values(_BY, ignore_index=True)[list(COUNTED_COLUMNS)]


def reconcile(
    groups: pd.DataFrame,
    tally: pd.DataFrame,
    register: Register,
    *,
    twice: tuple[int, int],
    people_rows: int | None,
    lists: Mapping[str, tuple[int, int]] | None = None,
) -> Reconciliation:
    """Tell what became of every row; see :class:`Reconciliation`.

    Parameters
    ----------
    groups, tally, register
        As :func:`together` takes them.
    twice
        Persons in several rows, and these rows.
    people_rows
        Rows of the file of persons; None without one.
    lists
        As :class:`Reconciliation` has them.
    """
    present = groups.loc[groups["status"] == cells.PRESENT]
    lost, counted = present.loc[present[KODE] == ""], present.loc[present[KODE] != ""]
    by_status = groups.groupby("status")[_ROWS].sum()
    places = lost.groupby([CODE, KELURAHAN, KECAMATAN])[_ROWS].sum().reset_index()
    decided = register.desil is not None
    has_key = register.family_key is not None
    has_members = register.members is not None and people_rows is None
    return Reconciliation(
        rows=int(groups[_ROWS].sum()),
        counted=int(counted[_ROWS].sum()),
        inactive=int(by_status.get(cells.INACTIVE, 0)),
        deceased=int(by_status.get(cells.DECEASED, 0)),
        unresolved=places.sort_values(_ROWS, ascending=False, ignore_index=True, kind="stable"),
        keyless=int(counted["keyless"].sum()) if has_key else 0,
        families=int(tally["families"].sum()) if has_key else None,
        several=int(tally["several"].sum()) if "several" in tally else 0,
        contrary=int(tally["contrary"].sum()),
        undecided=_rows_of(counted, cells.MISSING) if decided else 0,
        odd=_rows_of(counted, cells.ODD) if decided else 0,
        unranked=_unranked(counted, register),
        persons_twice=twice[0],
        rows_twice=twice[1],
        unclear={
            one.name: int(counted[f"u{n}"].sum()) for n, one in enumerate(register.programmes)
        },
        unstated=int(tally["unstated"].sum()) if has_members else 0,
        people_rows=people_rows,
        people_placed=None if people_rows is None else int(tally["people"].sum()),
        lists=dict(lists or {}),
    )


def _unranked(counted: pd.DataFrame, register: Register) -> int:
    """Return the rows of a register of deciles that tells none."""
    is_ranked = register.desil is not None and bool((counted[DESIL] > 0).any())
    return 0 if is_ranked or not _ends_with_served(register) else int(counted[_ROWS].sum())


def _ends_with_served(register: Register) -> bool:
    """Tell whether its families and people are those of the deciles that are served."""
    return _PREFIXES.get(register.family) == "dtsen"


def _rows_of(groups: pd.DataFrame, desil: int) -> int:
    return int(groups.loc[groups[DESIL] == desil, _ROWS].sum())


def to_observations(counted: Counted, period: str) -> pd.DataFrame:
    """Return counts as observations of the indicator catalogue.

    A kelurahan that stands in the register has every decile and programme that occur in it, zero
    where it has none of them; a kelurahan that does not has no observation.

    Parameters
    ----------
    counted
        A register, counted.
    period
        ``2025`` or ``2025-Q3``.

    Returns
    -------
    DataFrame
        ``OBSERVED_COLUMNS``: ``rw`` is empty for the whole kelurahan, RW unknown included.
        ``dtsen_people`` and ``dtsen_families`` are those in deciles 1 to 5, and are left out where
        no row tells its decile; other registers count all. Recipients are families.
    """
    frame = counted.frame
    parts = []
    for kept in (frame.assign(**{RW: ""}), frame.loc[frame[RW] != ""]):
        areas = kept[[KODE, RW]].drop_duplicates()
        for indicator, part, column in _measures(frame, kept, counted.register):
            sums = part.groupby([KODE, RW], as_index=False)[column].sum()
            filled = areas.merge(sums, on=[KODE, RW], how="left", validate="one_to_one")
            filled[VALUE] = filled[column].fillna(0).astype("int64")
            filled[INDICATOR], filled[PERIOD] = indicator, period
            parts.append(filled[list(OBSERVED_COLUMNS)])
    areas = frame[[KODE]].drop_duplicates().assign(**{RW: ""})
    for indicator, part in _details(counted):
        sums = part.groupby(KODE)[FAMILIES].sum()
        filled = areas.assign(**{VALUE: areas[KODE].map(sums).fillna(0).astype("int64")})
        filled[INDICATOR], filled[PERIOD] = indicator, period
        parts.append(filled)
    for indicator, years in _years(counted):
        filled = areas.assign(**{VALUE: years})
        filled[INDICATOR], filled[PERIOD] = indicator, period
        parts.append(filled)
    if not parts:
        return pd.DataFrame(columns=list(OBSERVED_COLUMNS))
    parts = [one[list(OBSERVED_COLUMNS)] for one in parts]
    whole = pd.concat(parts, ignore_index=True)
    return whole.sort_values([INDICATOR, KODE, RW], ignore_index=True)


def _details(counted: Counted) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield what only a register tells of recipients: their deciles, and since when.

    For whole kelurahan: those of an RW would be too few to show.
    """
    frame, register = counted.frame, counted.register
    if frame[FAMILIES].isna().all():
        return
    by_decile = _ends_with_served(register) and bool(frame[DESIL].notna().any())
    for programme in register.programmes:
        recipients = frame[frame[PROGRAMME] == programme.name]
        if programme.named and recipients.empty:
            continue
        for desil in range(1, _DECILES["dtsen"] + 1) if by_decile else ():
            is_of = recipients[DESIL].eq(desil).fillna(value=False).astype(bool)
            yield f"recipients_{programme.name}_d{desil}", recipients[is_of]
        if counted.compared is not None:
            told = counted.compared.frame
            own = told[told[PROGRAMME] == programme.name]
            for stay in (STAYED, MOVED, FRESH):
                yield f"recipients_{programme.name}_{stay}", own[own[STAY] == stay]


def _years(counted: Counted) -> Iterator[tuple[str, int]]:
    """Yield how many years lie between two registers, for each programme."""
    if counted.compared is not None:
        for name in dict.fromkeys(counted.compared.frame[PROGRAMME]):
            yield f"recipients_{name}_years", counted.compared.years


def _measures(
    whole: pd.DataFrame, kept: pd.DataFrame, register: Register
) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Yield each indicator with the rows and the column that it sums."""
    for column in (PEOPLE, FAMILIES):
        if _PREFIXES.get(register.family) and not whole[column].isna().all():
            for name, part in _by_decile(whole, kept, register):
                yield name.format(column), part, column
    if whole[FAMILIES].isna().all():
        return
    for programme in register.programmes:
        recipients = kept.loc[kept[PROGRAMME] == programme.name]
        named = programme.named and not (whole[PROGRAMME] == programme.name).any()
        if not named:
            yield f"recipients_{programme.name}", recipients, FAMILIES


def _by_decile(
    whole: pd.DataFrame, kept: pd.DataFrame, register: Register
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of everyone and of each decile, by the indicator with a gap for its unit."""
    everyone, prefix = kept.loc[kept[PROGRAMME] == ""], _PREFIXES[register.family]
    desil = everyone[DESIL].fillna(0).astype(int)
    if not _ends_with_served(register):
        yield f"{prefix}_{{}}", everyone
    elif whole[DESIL].notna().any():
        yield f"{prefix}_{{}}", everyone[desil.between(1, _LAST_SERVED)]
    highest = _DECILES.get(prefix, 0) if register.desil is not None else 0
    for level in sorted(whole[DESIL].dropna().unique()):
        if level <= highest:
            yield f"{prefix}_{{}}_d{level}", everyone[desil == level]
