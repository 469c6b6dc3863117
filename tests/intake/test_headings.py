import pytest

from kantong.intake.headings import (
    after_sum,
    decile_in,
    indicator_in,
    indicator_of_title,
    is_kecamatan,
    is_note,
    is_period_only,
    is_share,
    is_sum,
    period_in,
    role_of,
)
from tests.intake.tabulated import INDICATORS


# Synonyms of shared facts: headers collected from DTSEN, DTKS, P3KE, BDT and payment lists.
@pytest.mark.parametrize(
    ("role", "headings"),
    [
        (
            "kelurahan",
            "kelurahan_desa|kelurahan|desa|kel|desa_kelurahan|NMKEL|NM KEL|nama_kelurahan",
        ),
        ("kelurahan", "Desa/Kelurahan| KELURAHAN |Nama Kelurahan"),
        ("code", "kode_kelurahan_desa|kd_kel|kd_desa|KDDESA|id_desa|id_desa_kel|id_wilayah"),
        ("code", "kemendagri_kode_desa|Kode Kemdagri|kode|Kode BPS|kode_bps"),
        ("kecamatan", "kecamatan|kec|NMKEC|NM KEC|kode_kecamatan|kd_kec|KDKEC|id_kec|Kec."),
        ("indicator", "indikator|Indicator|uraian"),
        ("period", "tahun|periode|Year|Triwulan"),
        ("value", "nilai|jumlah|Value|Total"),
        ("", "kelurahan_desa_ktp|kode_kelurahan_desa_ktp|kecamatan_ktp|desil_provinsi"),
        ("", "desil_kabupaten_kota|desil_kota|peringkat_provinsi|percentile_nasional|quintile"),
        ("", "rt|rw|no|NO KEL|provinsi|kabupaten|kode_provinsi"),
    ],
)
def test_headings_name_the_role_of_their_column(role, headings):
    assert {heading: role_of(heading) for heading in headings.split("|")} == dict.fromkeys(
        headings.split("|"), role
    )


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2025", "2025"),
        ("Tahun 2024", "2024"),
        ("Jumlah (2024)", "2024"),
        ("data_2024_final", "2024"),
        ("2025-Q3", "2025-Q3"),
        ("2025Q3", "2025-Q3"),
        ("poor_people_2025_q1", "2025-Q1"),
        ("Q3_2025", "2025-Q3"),
        ("Triwulan III Tahun 2025", "2025-Q3"),
        ("TRIWULAN IV 2025", "2025-Q4"),
        ("TW II/2025", "2025-Q2"),
        ("TW.1 2025", "2025-Q1"),
        ("Triwulan ke-2 2025", "2025-Q2"),
        ("Kuartal 2, 2025", "2025-Q2"),
        ("31 Desember 2024", "2024"),
        ("2023 dan 2024", ""),
        ("2023/2024", ""),
        ("Q3", ""),
        ("", ""),
        ("35731", ""),
        ("12025", ""),
        ("Q1 dan Q2 2025", ""),
        ("Q5 2025", ""),
        ("2025-Q5", ""),
        ("TW 12 2025", ""),
        ("Semester II 2025", ""),
        ("semester1_2025", ""),
        ("Maret 2025", "2025"),
        ("1998", "1998"),
        ("1850", ""),
    ],
)
def test_periods_are_found_in_texts(text, period):
    assert period_in(text) == period


@pytest.mark.parametrize(
    ("heading", "indicator"),
    [
        ("Penduduk miskin", "poor_people"),
        ("poor_people", "poor_people"),
        ("PENDUDUK MISKIN", "poor_people"),
        ("Jumlah Penduduk Miskin (jiwa)", "poor_people"),
        ("Jumlah Penduduk Miskin Tahun 2024", "poor_people"),
        ("Penduduk Miskin Jumlah", "poor_people"),
        ("penduduk minskin", "poor_people"),
        ("Pendudukmiskin", "poor_people"),
        ("Warga Miskin", "poor_people"),
        ("Poor people", "poor_people"),
        ("Jumlah Penduduk", "population"),
        ("Penduduk", "population"),
        ("Keluarga DTSEN desil 3", "dtsen_families_d3"),
        ("dtsen_families_d3 2025-Q1", "dtsen_families_d3"),
        ("Penduduk DTSEN desil 1-5", "dtsen_people"),
        ("Penerima BPNT", "recipients_bpnt"),
        ("Penerima BPNTD", "recipients_bpntd"),
        ("Penduduk miskin (KK)", ""),
        ("Jumlah Penduduk (KK)", ""),
        ("Penduduk miskin 2024 (keluarga)", ""),
        ("Penerima PKH (jiwa)", ""),
        ("Penerima PKH (KK)", "recipients_pkh"),
        ("Keluarga DTSEN desil 3 (KK)", "dtsen_families_d3"),
        ("Jumlah jiwa", "population"),
        ("Penduduk tidak miskin", ""),
        ("Penduduk tak miskin", ""),
        ("Non penduduk miskin", ""),
        ("Penduduk L", ""),
        ("Penduduk miskin P", ""),
        ("Persentase penduduk miskin", ""),
        ("Keluarga DTSEN desil 11", ""),
        ("desil_provinsi", ""),
        ("desil_kabupaten_kota", ""),
        ("peringkat_nasional", ""),
        ("percentile_nasional", ""),
        ("Jumlah", ""),
        ("Kelurahan", ""),
        ("2024", ""),
        ("", ""),
    ],
)
def test_headings_name_an_indicator_and_another_word_another_meaning(heading, indicator):
    assert indicator_in(heading, INDICATORS) == indicator


@pytest.mark.parametrize(
    ("title", "indicator"),
    [
        ("Jumlah Penduduk Miskin 2025", "poor_people"),
        ("PEMERINTAH KOTA MALANG Data Penduduk Miskin Tahun: 2024", "poor_people"),
        ("Penduduk miskin menurut kelurahan, Kecamatan Sukun, 31 Desember 2024", "poor_people"),
        ("Rekapitulasi Penerima PKH (KK) per kelurahan TW III 2025", "recipients_pkh"),
        ("Dinas Sosial Kota Malang: Keluarga DTSEN desil 1-5", "dtsen_families"),
        ("Jumlah penduduk", "population"),
        ("Jumlah penduduk miskin ekstrem 2025", ""),
        ("Jumlah penduduk tidak miskin 2025", ""),
        ("Jumlah bukan penerima PKH 2025", ""),
        ("Penerima PKH dan BPNT 2025", ""),
        ("Penduduk miskin per kelurahan penerima PKH", ""),
        ("Keluarga DTSEN desil 1-4", ""),
        ("Dinas Kependudukan: kepala keluarga 2025", ""),
        ("Penduduk miskin (KK)", ""),
        ("Laporan", ""),
        ("", ""),
    ],
)
def test_a_title_names_an_indicator_only_where_nothing_beside_it_may_change_it(title, indicator):
    assert indicator_of_title(title, INDICATORS) == indicator


@pytest.mark.parametrize(
    ("heading", "title", "indicator"),
    [
        ("Desil 1", "Keluarga DTSEN 2025", "dtsen_families_d1"),
        ("DESIL_2", "Jumlah KK menurut desil DTSEN", "dtsen_families_d2"),
        ("Desil 3", "Jumlah jiwa menurut desil DTSEN", "dtsen_people_d3"),
        ("Desil 3 (KK)", "DTSEN Kota Malang", "dtsen_families_d3"),
        ("Desil 3", "Jumlah KK dan jiwa menurut desil DTSEN", ""),
        ("Desil 3", "Jumlah KK P3KE", ""),
        ("Desil 3", "", ""),
        ("Desil 11", "Keluarga DTSEN", ""),
        ("Desil 1 Provinsi", "Keluarga DTSEN 2025", ""),
        ("desil_provinsi", "Keluarga DTSEN 2025", ""),
        ("Desil 1-4", "Keluarga DTSEN 2025", ""),
    ],
)
def test_deciles_are_known_by_the_title_above_them(heading, title, indicator):
    assert decile_in(heading, title, INDICATORS) == indicator


@pytest.mark.parametrize(
    ("text", "is_it", "of"),
    [
        ("Jumlah", True, ""),
        ("TOTAL", True, ""),
        ("Sub Total", True, ""),
        ("Grand Total", True, ""),
        ("Jml.", True, ""),
        ("Jumlah/Total", True, ""),
        ("Jumlah Kec. Sukun", True, "sukun"),
        ("Jumlah Kecamatan Sukun", True, "sukun"),
        ("TOTAL KOTA MALANG", True, "kotamalang"),
        ("Sukun", False, "sukun"),
    ],
)
def test_sums_are_known_by_their_name_and_say_of_what(text, is_it, of):
    assert is_sum(text) is is_it
    assert after_sum(text) == of


# Kecamatan and desa of Jawa Timur whose names begin like the words.
@pytest.mark.parametrize("name", ["Kecubung", "Kecer", "Kecik", "Sumbersari", "Sumber", "Ketapang"])
def test_names_that_begin_like_the_words_are_names(name):
    assert not is_kecamatan(name)
    assert not is_note(name)
    assert not is_sum(name)


@pytest.mark.parametrize(
    ("text", "kecamatan", "note"),
    [
        ("Kec. Sukun", True, False),
        ("KEC SUKUN", True, False),
        ("Kecamatan Sukun", True, False),
        ("KECAMATAN: SUKUN", True, False),
        ("Kecamatan", False, False),
        ("Sumber: Dinas Sosial", False, True),
        ("Sumber data: BPS", False, True),
        ("Keterangan: sementara", False, True),
        ("Catatan : sementara", False, True),
        ("*) angka sementara", False, True),
    ],
)
def test_kecamatan_and_notes_are_known_by_what_they_begin_with(text, kecamatan, note):
    assert is_kecamatan(text) is kecamatan
    assert is_note(text) is note


@pytest.mark.parametrize(
    ("heading", "period_only", "share"),
    [
        ("2024", True, False),
        ("Tahun 2024", True, False),
        ("Jumlah 2024 (jiwa)", True, False),
        ("Triwulan I 2025", True, False),
        ("desil_provinsi 2025", False, False),
        ("Luas 2024", False, False),
        ("Jumlah", False, False),
        ("% 2024", True, True),
        ("Persentase 2024", False, True),
        ("Prosentase", False, True),
        ("Percent poor", False, True),
    ],
)
def test_a_year_alone_heads_figures_and_percentages_are_none(heading, period_only, share):
    assert is_period_only(heading) is period_only
    assert is_share(heading) is share
