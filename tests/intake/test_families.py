import pytest

from kantong.intake.families import Family, Unit, recognise

HEADINGS = {
    Family.DTSEN_HOUSEHOLDS: (
        "kode_provinsi,provinsi,kode_kabupaten_kota,kabupaten_kota,kode_kecamatan,kecamatan,"
        "kode_kelurahan_desa,kelurahan_desa,alamat,nomor_kartu_keluarga,jumlah_anggota_keluarga,"
        "nama_anggota_keluarga,desil_nasional,pbi_nas,pbi_pemda,luas_lantai"
    ),
    Family.DTSEN_PERSONS: (
        "nomor_induk_kependudukan,nomor_kartu_keluarga,nama,tanggal_lahir,pbi_nas,pbi_pemda,"
        "rt_ktp,rw_ktp,alamat_ktp,kecamatan_ktp,kelurahan_desa_ktp,kode_kelurahan_desa_ktp"
    ),
    Family.DTSEN_SIKS: (
        "alamat,desil_nasional,id_keluarga,id_wilayah,nama_kepala_keluarga,no_kk,"
        "peringkat_nasional,kabupaten,kecamatan,kelurahan,rt,rw,nik,provinsi,percentile_nasional,"
        "peringkat_kab_kota,peringkat_provinsi"
    ),
    Family.DTKS: (
        "provinsi,kabupaten,kecamatan,desa_kelurahan,rt,rw,id_kec,id_desa,Alamat,BLT,BPNT,BST,NIK,"
        "NOKK,Nama,PBI,PENA,PERMAKANAN,PKH,RUTILAHU,SEMBAKO_ADAPTIF,YAPI,idsemesta,is_nonaktif,"
        "keterangan_disabilitas,keterangan_meninggal,masih_hidup_label,periode_blt,periode_pkh"
    ),
    Family.BDT: (
        "KDPROP,KDKAB,KDKEC,KDDESA,IDBDT,IDARTBDT,NoPesertaPKH,Nama,JnsKel,NIK,NoKK,percentile"
    ),
    Family.P3KE: (
        "No,ID Keluarga P3KE,Provinsi,Kabupaten/Kota,Kecamatan,Desa/Kelurahan,Kode Kemdagri,"
        "Desil Kesejahteraan,Alamat,Kepala Keluarga,NIK,Penerima BPNT,Penerima BPUM,Penerima BST,"
        "Penerima PKH,Penerima SEMBAKO,Resiko Stunting"
    ),
    Family.PAYMENTS: (
        "NAMA PENERIMA,NIK KTP,TAHAP,BANSOS,IDSEMESTA,NO KEL,NM PROV,NM KAB,NM KEC,NM KEL,ALAMAT"
    ),
}
COPIES = [
    (
        Family.DTSEN_SIKS,
        "nama_kepala_keluarga,no_kk,desil_nasional_keluarga,cut_off_keluarga,kecamatan,kelurahan",
    ),
    (
        Family.P3KE,
        "id_keluarga_p3ke,kemendagri_kode_desa,desa,desil_kesejahteraan,nik_kk,penerima_bpnt",
    ),
    (
        Family.PAYMENTS,
        "NAMA_PENERIMA,NOMOR_KARTU,NIK_KTP,NOKK_DTKS,IDARTBDT,NMPROP,NMKEC,NMKEL,KET_TAMBAHAN",
    ),
]
ROLES = {
    Family.DTSEN_HOUSEHOLDS: {
        "kelurahan": "kelurahan_desa", "kelurahan_code": "kode_kelurahan_desa",
        "kecamatan": "kecamatan", "desil": "desil_nasional", "family_key": "nomor_kartu_keluarga",
        "members": "jumlah_anggota_keluarga", "person_key": "", "rw": "",
    },
    Family.DTSEN_PERSONS: {
        "family_key": "nomor_kartu_keluarga", "person_key": "nomor_induk_kependudukan",
        "kelurahan": "", "kelurahan_code": "", "kecamatan": "", "rw": "", "desil": "",
    },
    Family.DTSEN_SIKS: {
        "kelurahan": "kelurahan", "kelurahan_code": "id_wilayah", "desil": "desil_nasional",
        "family_key": "no_kk", "rw": "rw",
    },
    Family.DTKS: {
        "kelurahan": "desa_kelurahan", "kelurahan_code": "id_desa", "kecamatan_code": "id_kec",
        "family_key": "NOKK", "person_key": "NIK", "inactive": "is_nonaktif",
        "deceased": "keterangan_meninggal", "alive": "masih_hidup_label", "desil": "",
    },
    Family.BDT: {
        "kelurahan_code": "KDDESA", "family_key": "IDBDT", "person_key": "NIK", "desil": "",
        "province_code": "KDPROP", "kabupaten_code": "KDKAB", "kecamatan_code": "KDKEC",
    },
    Family.P3KE: {
        "kelurahan": "Desa/Kelurahan", "kelurahan_code": "Kode Kemdagri",
        "desil": "Desil Kesejahteraan", "family_key": "ID Keluarga P3KE",
    },
    Family.PAYMENTS: {"kelurahan": "NM KEL", "kecamatan": "NM KEC", "family_key": "NO KEL"},
}  # fmt: skip


def cut(heading):
    return heading.split(",")


def found(headers):
    register = recognise(headers)
    assert register is not None
    return register


@pytest.mark.parametrize("family", list(Family))
def test_every_family_is_told_by_its_heading(family):
    assert found(cut(HEADINGS[family])).family is family


@pytest.mark.parametrize(("family", "heading"), COPIES)
def test_copies_with_other_headings_are_told_too(family, heading):
    assert found(cut(heading)).family is family


@pytest.mark.parametrize("family", list(Family))
def test_columns_play_their_roles(family):
    register = found(cut(HEADINGS[family]))
    said = {role: register.header(getattr(register, role)) for role in ROLES[family]}
    assert said == ROLES[family]


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize(
    "rewrite",
    [str.upper, str.lower, str.title, "  {}  ".format, lambda name: name.replace("_", " ")],
)
def test_case_and_spaces_make_no_difference(family, rewrite):
    plain = found(cut(HEADINGS[family]))
    other = found([rewrite(name) for name in cut(HEADINGS[family])])
    assert [getattr(other, role) for role in ROLES[family]] == [
        getattr(plain, role) for role in ROLES[family]
    ]


@pytest.mark.parametrize(
    "trap",
    ["desil_provinsi", "desil_kabupaten_kota", "desil_kota", "peringkat_nasional",
     "percentile_nasional", "percentile", "quintile"],
)  # fmt: skip
@pytest.mark.parametrize("family", [Family.DTSEN_SIKS, Family.DTSEN_HOUSEHOLDS, Family.DTKS])
def test_ranks_and_deciles_of_other_areas_are_never_the_national_decile(family, trap):
    register = found([trap, *cut(HEADINGS[family])])
    assert register.header(register.desil) == ROLES[family]["desil"]


@pytest.mark.parametrize("family", list(Family))
def test_the_address_on_the_identity_card_is_never_the_residence(family):
    card = ["kelurahan_desa_ktp", "kode_kelurahan_desa_ktp", "kecamatan_ktp", "rw_ktp", "rt_ktp"]
    register = found([*card, *cut(HEADINGS[family])])
    taken = {register.kelurahan, register.kelurahan_code, register.kecamatan, register.rw}
    assert not taken & set(range(len(card)))


def test_a_file_of_persons_says_nowhere_where_they_live():
    register = found(
        [*cut(HEADINGS[Family.DTSEN_PERSONS]), "rt", "rw", "kecamatan", "kelurahan_desa_ktp"]
    )
    assert register.family is Family.DTSEN_PERSONS
    assert (register.rw, register.kecamatan) == (None, None)
    assert (register.kelurahan, register.kelurahan_code) == (None, None)


def test_nik_kk_is_the_number_of_the_head_not_of_the_family():
    register = found(["nik_kk", "desa", "desil_kesejahteraan", "id_keluarga_p3ke"])
    assert register.family_key == 3
    assert found(["nik_kk", "desa", "desil_kesejahteraan"]).family_key is None


@pytest.mark.parametrize(
    ("family", "unit"),
    [
        (Family.DTSEN_HOUSEHOLDS, Unit.FAMILY),
        (Family.DTSEN_PERSONS, Unit.PERSON),
        (Family.DTSEN_SIKS, Unit.FAMILY),
        (Family.DTKS, Unit.PERSON),
        (Family.BDT, Unit.PERSON),
        (Family.P3KE, Unit.FAMILY),
        (Family.PAYMENTS, Unit.PAYMENT),
    ],
)
def test_what_a_row_is_follows_from_the_heading(family, unit):
    assert found(cut(HEADINGS[family])).unit is unit


def test_programmes_are_found_but_not_their_periods():
    register = found(cut(HEADINGS[Family.DTKS]))
    assert {register.header(one.column) for one in register.programmes} == {
        "BLT", "BPNT", "BST", "PBI", "PENA", "PERMAKANAN", "PKH", "RUTILAHU", "SEMBAKO_ADAPTIF",
        "YAPI",
    }  # fmt: skip
    assert {one.name for one in found(cut(HEADINGS[Family.P3KE])).programmes} == {
        "bpnt", "bpum", "bst", "pkh", "sembako",
    }  # fmt: skip


def test_only_needed_columns_are_read():
    for family, heading in HEADINGS.items():
        register = found(cut(heading))
        read = {register.header(position).casefold() for position in register.needed}
        assert not read & {
            "nama", "alamat", "nama_kepala_keluarga", "kepala keluarga", "tanggal_lahir",
            "nama penerima", "nama_anggota_keluarga", "alamat_ktp",
        }, family  # fmt: skip


@pytest.mark.parametrize(
    "heading",
    ["kode,kelurahan,indicator,period,value,dataset", "No,Kelurahan,Jumlah", "a,b", "",
     "nik,no_kk,nama"],
)  # fmt: skip
def test_other_headings_belong_to_no_register(heading):
    assert recognise(cut(heading)) is None
