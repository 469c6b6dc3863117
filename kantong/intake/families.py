"""Registers of families and people, told apart by their headings.

The headings of DTSEN, DTKS, BDT 2015, P3KE and of payment lists, as their exports write them.
Only positions of columns come out of here, never a cell below the heading.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Family(StrEnum):
    """A family of headings; the value is the official name of the register."""

    DTSEN_HOUSEHOLDS = "DTSEN keluarga"
    DTSEN_PERSONS = "DTSEN anggota"
    DTSEN_SIKS = "DTSEN SIKS-NG"
    DTKS = "DTKS SIKS-NG"
    BDT = "BDT 2015"
    P3KE = "P3KE"
    PAYMENTS = "Daftar bayar"


class Unit(StrEnum):
    """What one row is."""

    FAMILY = "family"
    PERSON = "person"
    PAYMENT = "payment"


@dataclass(frozen=True)
class Programme:
    """A programme whose recipients a register marks.

    Parameters
    ----------
    name
        As in the indicator catalogue: ``pkh`` for ``recipients_pkh``.
    column
        Position of the column; None where every row of the file is a recipient.
    named
        False for a column of yes and no, True for one that holds names of programmes.
    """

    name: str
    column: int | None
    named: bool = False


@dataclass(frozen=True)
class Register:
    """Which column of a register plays which role, as positions from 0; None where it has none.

    Parameters
    ----------
    family
        Whose heading it is.
    headers
        The heading as it stands in the file.
    unit
        What one row is. People are counted by row only where a row is a person.
    kelurahan, kelurahan_code, kecamatan, kecamatan_code
        Where the family lives. Never the address on the identity card (``*_ktp``).
    province_code, kabupaten_code
        In BDT a code is cut into four columns, of which these are the first two.
    desil
        National welfare decile; never one of a province or city, a rank or a percentile.
    family_key, person_key
        Number of the family and of the person. In family files ``person_key`` is the head's.
    members
        Number of people in the family, in family files that state it.
    rw, sls
        ``sls`` holds RT and RW in one cell.
    inactive, deceased, alive
        ``deceased`` says that somebody died, ``alive`` that somebody lives.
    longitude, latitude
        Degrees in EPSG:4326.
    programmes
        Programmes with their columns.
    """

    family: Family
    headers: tuple[str, ...]
    unit: Unit
    kelurahan: int | None = None
    kelurahan_code: int | None = None
    kecamatan: int | None = None
    kecamatan_code: int | None = None
    province_code: int | None = None
    kabupaten_code: int | None = None
    desil: int | None = None
    family_key: int | None = None
    person_key: int | None = None
    members: int | None = None
    rw: int | None = None
    sls: int | None = None
    inactive: int | None = None
    deceased: int | None = None
    alive: int | None = None
    longitude: int | None = None
    latitude: int | None = None
    programmes: tuple[Programme, ...] = ()

    @property
    def code_parts(self) -> tuple[int, ...]:
        """Columns of the codes above the kelurahan, where all three stand; else none."""
        parts = (self.province_code, self.kabupaten_code, self.kecamatan_code)
        found = tuple(part for part in parts if part is not None)
        return found if len(found) == len(parts) else ()

    @property
    def needed(self) -> tuple[int, ...]:
        """Positions of the columns that counting reads; all others stay unread."""
        roles = (
            self.kelurahan, self.kelurahan_code, self.kecamatan, *self.code_parts, self.desil,
            self.family_key, self.person_key if self.unit is Unit.PERSON else None, self.members,
            self.rw, self.sls, self.inactive, self.deceased, self.alive, self.longitude,
            self.latitude,
            *(programme.column for programme in self.programmes),
        )  # fmt: skip
        return tuple(sorted({position for position in roles if position is not None}))

    def header(self, position: int | None) -> str:
        """Return the heading of a column, as it stands in the file; empty for None."""
        return "" if position is None else self.headers[position].strip()

    def paying(self, programme: str) -> "Register":
        """Return the register as one in which every row receives a programme.

        What a column of the register says of that programme no longer counts.
        """
        name = programme.strip().lower()
        others = [one for one in self.programmes if one.name != name]
        return replace(self, programmes=(*others, Programme(name, None)))


# The first of these that a heading holds plays the role. Spelling as ``normalised`` makes it.
_ROLES: Mapping[str, tuple[str, ...]] = {
    "kelurahan": (
        "kelurahan_desa", "desa_kelurahan", "kelurahan", "nama_kelurahan", "nama_kelurahan_desa",
        "nama_desa_kelurahan", "nama_desa", "nm_kel", "nmkel", "nm_desa", "nmdesa", "desa", "kel",
    ),
    "kelurahan_code": (
        "kode_kelurahan_desa", "kemendagri_kode_desa", "kode_kemdagri", "kode_kemendagri",
        "kode_desa_kelurahan", "kode_kelurahan", "kode_desa", "id_desa_kel", "id_desa",
        "id_kelurahan", "kd_kel", "kdkel", "kd_desa", "kddesa", "id_wilayah",
    ),
    "kecamatan": ("kecamatan", "nama_kecamatan", "nm_kec", "nmkec", "kec"),
    "kecamatan_code": ("kode_kecamatan", "id_kec", "id_kecamatan", "kd_kec", "kdkec"),
    "province_code": ("kdprop", "kd_prop"),
    "kabupaten_code": ("kdkab", "kd_kab"),
    "desil": (
        "desil_nasional", "desil_nasional_keluarga", "desil_dtsen", "desil_kesejahteraan",
        "desil_p3ke", "desil_ekonomi", "jenis_desil", "desil",
    ),
    "family_key": (
        "nomor_kartu_keluarga", "no_kartu_keluarga", "no_kk", "nokk", "nomor_kk", "nokk_dtks",
        "id_keluarga_p3ke", "id_keluarga", "idbdt", "no_kel",
    ),
    "person_key": (
        "nomor_induk_kependudukan", "nik", "nik_ktp", "nik_art", "idsemesta", "idartbdt",
    ),
    "members": ("jumlah_anggota_keluarga", "jumlah_art", "jml_art", "jumlah_anggota"),
    "rw": ("rw", "no_rw", "nama_rw"),
    "sls": ("sls", "nama_sls", "rt_rw"),
    "inactive": ("is_nonaktif", "nonaktif"),
    "deceased": ("keterangan_meninggal", "is_meninggal", "meninggal"),
    "alive": ("masih_hidup_label", "masih_hidup"),
    "longitude": ("longitude", "lon", "long", "lng", "bujur", "koordinat_bujur"),
    "latitude": ("latitude", "lat", "lintang", "koordinat_lintang"),
}  # fmt: skip

# A register's own number of the family is never empty, unlike that of the family card.
_OWN_FAMILY_KEYS = {Family.P3KE: "id_keluarga_p3ke", Family.BDT: "idbdt"}
_PROGRAMMES = (
    "pkh", "bpnt", "bst", "blt", "bpum", "sembako", "sembako_adaptif", "pbi", "pbi_nas",
    "pbi_pemda", "pena", "permakanan", "rutilahu", "yapi",
)  # fmt: skip
_NAMES_OF_PROGRAMMES = ("bansos", "jenis_bansos", "program_bansos")
_NAMES_OF_PERSONS = ("nama", "nama_art", "nama_lengkap", "nama_anggota", "nama_individu")


def normalised(header: str) -> str:
    """Return a heading with its case, spaces, dots and strokes evened out.

    Examples
    --------
    >>> normalised(" Desa/Kelurahan "), normalised("NM KEL"), normalised("No. KK")
    ('desa_kelurahan', 'nm_kel', 'no_kk')
    """
    return re.sub(r"[\W_]+", "_", header.strip().casefold()).strip("_")


def recognise(headers: Sequence[str]) -> Register | None:
    """Tell which register a heading belongs to, and what its columns are.

    Parameters
    ----------
    headers
        The cells of one row.

    Returns
    -------
    Register or None
        None where the row is no heading of a register that is known.

    Examples
    --------
    >>> found = recognise(["NIK_KTP", "NAMA_PENERIMA", "NOKK_DTKS", "NMKEC", "NMKEL"])
    >>> found.family.value, found.kelurahan, found.family_key
    ('Daftar bayar', 4, 2)
    """
    positions: dict[str, int] = {}
    for position, header in enumerate(headers):
        positions.setdefault(normalised(header), position)
    family = _family(set(positions))
    if family is None:
        return None
    return Register(
        family=family,
        headers=tuple(headers),
        unit=_unit(family, positions),
        programmes=_programmes(positions),
        **_roles(family, positions),
    )


def _family(names: set[str]) -> Family | None:
    """Return the first family whose marks the names hold; the order matters."""
    place = bool(names & {*_ROLES["kelurahan"], *_ROLES["kelurahan_code"]})
    card = bool(names & {*_ROLES["family_key"]})
    national = bool(names & {"desil_nasional", "desil_nasional_keluarga", "desil_dtsen"})
    households = {"jumlah_anggota_keluarga", "nama_anggota_keluarga", "status_kepemilikan_rumah"}
    marks = {
        Family.P3KE: bool(names & {"id_keluarga_p3ke", "desil_p3ke"})
        or (place and "desil_kesejahteraan" in names),
        Family.PAYMENTS: place and "nama_penerima" in names,
        Family.DTSEN_PERSONS: not place
        and {"nomor_induk_kependudukan", "nomor_kartu_keluarga"} <= names,
        Family.DTSEN_HOUSEHOLDS: place
        and "nomor_kartu_keluarga" in names
        and (national or bool(names & households)),
        Family.DTSEN_SIKS: place and card and national,
        Family.BDT: place and bool(names & {"idbdt", "idartbdt"}),
        Family.DTKS: place and card and bool(names & {"idsemesta", "is_nonaktif", *_PROGRAMMES}),
    }
    return next((family for family, marked in marks.items() if marked), None)


def _unit(family: Family, names: Mapping[str, int]) -> Unit:
    """Tell what a row is: a family file names its heads only, or counts its members."""
    if family is Family.PAYMENTS:
        return Unit.PAYMENT
    if family is Family.DTSEN_PERSONS:
        return Unit.PERSON
    if any(name in names for name in _ROLES["members"]):
        return Unit.FAMILY
    persons = any(name in names for name in _NAMES_OF_PERSONS)
    heads_only = family in {Family.P3KE, Family.DTSEN_SIKS, Family.DTSEN_HOUSEHOLDS}
    return Unit.FAMILY if heads_only and not persons else Unit.PERSON


def _roles(family: Family, positions: Mapping[str, int]) -> dict[str, int]:
    roles = dict(_ROLES)
    if family in _OWN_FAMILY_KEYS:
        roles["family_key"] = (_OWN_FAMILY_KEYS[family], *roles["family_key"])
    if family is Family.DTSEN_PERSONS:
        # Nothing else there says where a person lives: rt and rw are of the identity card.
        roles = {role: roles[role] for role in ("family_key", "person_key")}
    found = {
        role: next((positions[name] for name in names if name in positions), None)
        for role, names in roles.items()
    }
    return {role: position for role, position in found.items() if position is not None}


def _programmes(positions: Mapping[str, int]) -> tuple[Programme, ...]:
    flags = tuple(
        Programme(name, positions[header])
        for name in _PROGRAMMES
        for header in (f"penerima_{name}", name)
        if header in positions
    )
    # A list can hold both ``pkh`` and ``penerima_pkh``; the first of a name counts.
    unique = tuple({one.name: one for one in reversed(flags)}.values())[::-1]
    names = next((positions[one] for one in _NAMES_OF_PROGRAMMES if one in positions), None)
    if names is None:
        return unique
    known = {one.name for one in unique}
    spoken = ("pkh", "bpnt", "bst", "blt", "pbi", "pena", "permakanan", "yapi")
    return (*unique, *(Programme(name, names, named=True) for name in spoken if name not in known))
