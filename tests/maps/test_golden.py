"""Prints beside pictures that were looked at and found good.

After a change that is meant, make them anew and look at each:
KANTONG_GOLDEN=1 .venv/bin/pytest tests/maps/test_golden.py
"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kantong.maps.brief import Brief, Section, to_png
from kantong.maps.drawing import prepare
from kantong.maps.sheet import area_preview
from kantong.maps.style import hotspot_fill, pattern_definitions
from kantong.maps.theme import Swatch, Theme
from tests.maps.ground import context
from tests.maps.test_sheet import NOW, WORDS, page

GOLDEN = Path(__file__).with_name("golden")
PPI = 60
FILLS = ("#fff5b4", "#fd6830", "#8d0026")


@pytest.fixture(scope="module")
def ground(malang):
    return prepare(malang, context(), [malang.dissolve("kecamatan")])


def compared(name, made):
    """Fail where a print differs from its picture in more than the softness of edges."""
    file = GOLDEN / f"{name}.png"
    if os.environ.get("KANTONG_GOLDEN"):
        file.write_bytes(made)
        pytest.skip("made anew: look at it")
    with Image.open(file) as kept, Image.open(io.BytesIO(made)) as new:
        assert kept.size == new.size
        difference = np.abs(
            np.asarray(kept.convert("RGB"), dtype=int) - np.asarray(new.convert("RGB"), dtype=int)
        ).max(axis=2)
    # A moved line or word changes hundreds of pixels by more than half.
    assert (difference > 96).sum() < 40


def themed(malang):
    fills = {kode: FILLS[place % 3] for place, kode in enumerate(malang["kode"])}
    fills[malang["kode"][4]] = "url(#missing)"
    legend = tuple(Swatch(fill, f"{n}.000 – {n}.999 (19)") for n, fill in enumerate(FILLS))
    return Theme(
        "Penduduk miskin · 2025 (orang)", fills,
        (*legend, Swatch("url(#missing)", "tanpa angka (1)")), pattern_definitions(), "SIMULASI",
        ("Sumber: SIMULASI kantong", "Kelas: kuantil", "SHA-256 0", "24 November 2026"),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["Kauman", "Merjosari", "Lesanpuro"])
def test_a_sheet_looks_as_it_was_found_good(malang, ground, name):
    kode = malang.set_index("kelurahan")["kode"][name]
    rows = tuple(
        (f"Indikator {n}, 2025", f"1.{n}34 orang", "1 – 2", "10 dari 57") for n in range(5)
    )
    told = page(
        kode, title=f"Kelurahan {name}", subtitle=f"Kecamatan · kode {kode}", theme=themed(malang),
        heads=("Indikator", "Angka", "Selang 95 %", "Peringkat"), figures=rows,
        url="https://kantong.id/profil", url_label="Profil", folio="Hal. {page} dari 61", page=7,
    )  # fmt: skip
    compared(name.lower(), area_preview(ground, told, WORDS, created=NOW, ppi=PPI))


def test_the_brief_looks_as_it_was_found_good(malang, ground):
    classes = ("hot_99", "not_significant", "not_significant", "cold_95")
    fills = {k: hotspot_fill(classes[n % 4]) for n, k in enumerate(malang["kode"])}
    legend = tuple(Swatch(hotspot_fill(name), name) for name in dict.fromkeys(classes))
    theme = Theme("Kantong · 2025", fills, legend, pattern_definitions(), "SIMULASI", ("Sumber",))
    told = ("Kelurahan dan tetangganya jauh di atas rata-rata kota. ",) * 3
    brief = Brief(
        "Ringkasan untuk dewan", "Kota Malang · 2025", theme, "Peta", Section("Kantong", told),
        (Section("Kepercayaan", told), Section("Dana", told), Section("Perubahan", told)),
        "Semua", ("No", "Nama"), (), "U", "Skala",
    )  # fmt: skip
    compared("ringkasan", to_png(ground, brief, created=NOW, ppi=PPI))
