"""Papers and return sheets of a Musykel, measured and read on the files themselves."""

import dataclasses
import datetime as dt
import io
import subprocess
from itertools import pairwise
from typing import Any

import numpy as np
import openpyxl
import pikepdf
import pytest
import segno
from openpyxl.utils import range_boundaries

from kantong.geo import returnsheet as returns
from kantong.maps import musykel, returnsheet
from kantong.maps.binding import pages_of
from kantong.maps.musykel import Figure, Pack, forms
from tests.conftest import needs
from tests.maps.ground import characters, unpacked

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
KODE = "99.01.02.1008"
NAN = float("nan")
HOSTILE = '#panic("x") *b* $y$ \\z <img src=x onerror=alert(1)> ${a} [q] @r ~ `k`'
MM = 72 / 25.4

WORDS = musykel.Words(
    document="Berkas", kelurahan="Kelurahan {name}", figures_of="Angka {periods}",
    tally_of="Rekap {period}", folio="Hal. {page} dari {pages}", code="kode",
    date="24 November 2026", rule="Jangan tulis nama atau NIK", qr="Kode QR", tally="Rekap RW",
    tally_told="Isi", tally_heads=("RW", "RT", "Didata", "Miskin", "Tak ada", "Pindah", "Wafat",
    "Baru"), rw_sum="Jumlah RW", whole_sum="Jumlah kelurahan", correction="Koreksi",
    correction_told="Isi yang salah", correction_heads=("Indikator", "Periode", "Kini",
    "Seharusnya", "Alasan", "Menurut"), minutes="Berita acara", minutes_told="Rapat",
    number="Nomor", held=("Hari", "Jam", "Tempat", "Dipimpin", "RW", "Orang"), agenda="Agenda",
    agenda_items=("Satu", "Dua"), decisions="Keputusan", signatures="Tanda tangan",
    signers=("Lurah", "Ketua LPMK", "RW", "RT", "Puskesos", "Pendamping"), signed_as="cap",
)  # fmt: skip
BACK = returnsheet.Words(
    papers=WORDS, title="Lembar balik", corrections="Koreksi", tally="Rekap", notes="Catatan",
    correction_heads=("Indikator", "Periode", "Kini", "Seharusnya", "Alasan", "Menurut", "Catatan"),
    tally_heads=WORDS.tally_heads, told=("Isi sel kuning",), form_told="Isi", sums="Jumlah",
    complete="Semua RW?", period="periode", yes_no=("ya", "tidak"),
    offices=tuple(f"jabatan {key}" for key in returns.OFFICES),
    reasons=tuple(f"alasan {key}" for key in returns.REASONS),
    wrong_number="Angka", wrong_choice="Pilih", wrong_note="Pendek",
)  # fmt: skip


def figure(indicator="poor_people", period="2025", value=100.0, told="100", label="Miskin (orang)"):
    return Figure(indicator, period, label, value, told)


def pack(**changes: Any) -> Pack:
    told: dict[str, Any] = {
        "kode": KODE, "kelurahan": "Herbras", "where": "Kecamatan Kidul · Kota Sembilan",
        "figures": (figure(), figure("population", value=400.0, told="400", label="Penduduk")),
        "rw": ("001", "002"), "period": "2026-Q4", "source": "Sumber: Dinas Contoh",
        "badge": "SIMULASI",
    }  # fmt: skip
    return Pack(**(told | changes))


def made(*packs, words=WORDS, before=0):
    return forms(packs or [pack()], words, created=NOW, before=before)


def pages_in(pdf, folder, *options):
    needs("pdftotext")
    file = folder / "p.pdf"
    file.write_bytes(pdf)
    command = ["pdftotext", *options, str(file), "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [" ".join(page.split()) for page in said.split("\f")[:-1]]


def operands(pdf, wanted):
    """First operands of every operator of a kind, on pages and in forms drawn on them."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        streams = [*document.pages, *(
            one for one in document.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Form"
        )]  # fmt: skip
        return [
            instruction.operands
            for stream in streams
            for instruction in pikepdf.parse_content_stream(stream)
            if str(instruction.operator) == wanted
        ]


# --- papers --------------------------------------------------------------------------------------


def test_every_page_says_what_it_is_of(tmp_path):
    given = pack()
    stamp = given.stamp(NOW.date())
    pages = pages_in(made(given, before=2), tmp_path)
    assert len(pages) == musykel.pages_of(given)
    for number, page in enumerate(pages, start=3):
        for word in (
            "Kelurahan Herbras", KODE, "Kecamatan Kidul", "Kota Sembilan", "Angka 2025",
            "Rekap 2026-Q4", "Sumber: Dinas Contoh", "SIMULASI", "24 November 2026",
            stamp.text(), "Jangan tulis nama atau NIK", f"Hal. {number} dari {2 + len(pages)}",
        ):  # fmt: skip
            assert word in page, (number, word)


def test_figures_to_be_corrected_and_known_rw_stand_there(tmp_path):
    pages = pages_in(made(pack(rw=("007", "012"))), tmp_path, "-layout")
    tally, correction, minutes = pages[0], pages[-2], pages[-1]
    assert " 007 " in tally
    assert " 012 " in tally
    assert "Miskin (orang) 2025 100" in correction
    assert all(office in minutes for office in WORDS.signers)


def test_papers_are_archivable_and_accessible_and_the_same_each_time():
    pdf = made()
    text = unpacked(pdf)
    assert b"<pdfaid:part>2</pdfaid:part>" in text
    assert b"<pdfuaid:part>1</pdfuaid:part>" in text
    assert pdf == made()


def test_each_kelurahan_counts_its_own_pages(tmp_path):
    pages = pages_in(made(pack(), pack(kode="99.01.02.1007", kelurahan="Gardenia")), tmp_path)
    half = len(pages) // 2
    assert f"Hal. {half} dari {half}" in pages[half - 1]
    assert "Kelurahan Gardenia" in pages[half]
    assert f"Hal. 1 dari {half}" in pages[half]


@pytest.mark.parametrize("rw", [0, 1, 2, 3, 12, 30])
@pytest.mark.parametrize("figures", [0, 1, 13, 14, 40])
def test_papers_have_as_many_pages_as_they_say(rw, figures):
    """A row that did not fit would make a page of its own."""
    given = pack(
        rw=tuple(f"{n:03}" for n in range(1, rw + 1)),
        figures=tuple(figure(f"i{n}", label="Penerima bantuan pangan nontunai daerah (keluarga)",
                             told="too small to show", value=NAN) for n in range(figures)),
        kelurahan="Sumberpucungrejosari " * 3,
        source="Sumber: " + "Dinas Sosial Pemberdayaan Perempuan; " * 6,
    )  # fmt: skip
    assert pages_of(made(given)) == musykel.pages_of(given)


def test_there_is_room_for_all_rt_of_a_kelurahan_of_malang():
    """551 RW and 4,278 RT in 57 kelurahan: 10 RW and 75 RT in the mean."""
    unknown, known = musykel._tally_pages([]), musykel._tally_pages(["001"])  # noqa: SLF001
    assert sum(map(len, unknown)) * returns.RT_ROWS >= 75
    assert [rw for page in known for rw in page] == ["001", ""]


def test_lines_and_letters_survive_the_copier():
    pdf = made()
    widths = [float(one[0]) / MM for one in operands(pdf, "w")]
    assert widths
    assert min(widths) >= 0.249
    sizes = [float(one[1]) for one in operands(pdf, "Tf")]
    assert sizes
    assert min(sizes) >= 6


def test_boxes_are_high_enough_to_write_in(tmp_path):
    """Measured between the lines of the tables on the page itself."""
    needs("pdftoppm")
    file = tmp_path / "p.pdf"
    file.write_bytes(made())
    command = ["pdftoppm", "-r", "254", "-gray", str(file), str(tmp_path / "p")]
    subprocess.run(command, check=True)
    from PIL import Image  # noqa: PLC0415

    for name, x_mm in (("p-1.pgm", 60), ("p-2.pgm", 110)):
        with Image.open(tmp_path / name) as image:
            column = np.asarray(image)[600:2500, x_mm * 10].astype(int).tolist()
        lines = [y for y in range(1, len(column)) if column[y] < 100 <= column[y - 1]]
        apart = [(b - a) / 10 for a, b in pairwise(lines)]
        assert len(apart) >= 4, name
        assert min(apart[1:]) >= 6.95, name  # the first is the line of headings


def test_the_code_to_scan_is_that_of_the_sheet():
    """As many dark squares as the code of this text has, in a drawing of the same side."""
    given = pack()
    head: Any = musykel.head(given, WORDS, NOW.date(), "x")
    expected = io.BytesIO()
    text = f"KANTONG-1 {KODE} 2026-11-24 {given.stamp(NOW.date()).digest}"
    code = segno.make(text, error="m", micro=False)
    code.save(expected, kind="svg", border=4, xmldecl=False, nl=False)
    assert head["qr"] == expected.getvalue().decode()
    assert text in head["qr_alt"]


@pytest.mark.parametrize(
    "changed",
    [
        pack(figures=(figure(value=101.0),)),
        pack(figures=(figure(period="2026"),)),
        pack(figures=(figure("population"),)),
        pack(figures=(figure(value=NAN),)),
        pack(kode="99.01.02.1007", figures=(figure(),)),
    ],
)
def test_another_figure_makes_another_version(changed):
    same = pack(figures=(figure(told="seratus", label="Lain"),)).stamp(NOW.date())
    assert same == pack(figures=(figure(),)).stamp(NOW.date())
    assert changed.stamp(NOW.date()).digest != same.digest


def test_hostile_texts_stay_text():
    words = dataclasses.replace(WORDS, tally_told=HOSTILE, agenda_items=(HOSTILE,))
    given = pack(
        kelurahan=HOSTILE, where=HOSTILE, source=HOSTILE, rw=("001", HOSTILE),
        figures=(figure(label=HOSTILE, told=HOSTILE, period=HOSTILE),),
    )  # fmt: skip
    assert set(HOSTILE) - {" "} <= characters(made(given, words=words))
    assert not set("#*$\\<>{}[]@~`") & characters(made())


def test_signs_that_the_typeface_lacks_do_not_stop_the_print():
    assert pages_of(made(pack(kelurahan="\ua98f\ua9a4 \u0642\u0631 \x07"))) == 3


# --- workbook ------------------------------------------------------------------------------------


def book(given=None):
    content = returnsheet.workbook(given or pack(), BACK, created=NOW)
    return openpyxl.load_workbook(io.BytesIO(content))


def test_only_cells_to_be_filled_in_are_open():
    corrections, tally, notes = book().worksheets
    for sheet in (corrections, tally, notes):
        assert sheet.protection.sheet
    opened = [[cell.coordinate for row in sheet for cell in row if not cell.protection.locked]
              for sheet in (corrections, tally, notes)]  # fmt: skip
    assert opened[0] == ["E9", "F9", "G9", "H9", "E10", "F10", "G10", "H10"]
    assert opened[1][:9] == ["B8", *(f"{letter}12" for letter in "BCDEFGHI")]
    assert len(opened[1]) == 1 + 8 * 160
    assert opened[2] == []


@pytest.mark.parametrize("count", [1, 14, 20, 24, 99])
def test_the_workbook_has_lines_for_every_rw_and_some_to_spare(count):
    numbers = tuple(f"{n:03}" for n in range(1, count + 1))
    _corrections, tally, _notes = book(pack(rw=numbers)).worksheets
    lines = [row for row in tally.iter_rows(min_row=12) if str(row[0].value).startswith("t")]
    written = [row[1].value for row in lines]
    assert {n: written.count(n) for n in range(1, count + 1)} == dict.fromkeys(
        range(1, count + 1), 8
    )
    assert written.count(None) >= 4 * count
    assert [row[0].value for row in lines] == [f"t{n}" for n in range(1, len(lines) + 1)]
    assert not any(cell.protection.locked for row in lines for cell in row[1:9])
    assert tally["D11"].value == f"=SUM(D12:D{lines[-1][0].row})"


def test_lists_offer_every_choice_with_its_number():
    made_book = book()
    offered = {}
    for sheet in made_book.worksheets[:2]:
        for one in sheet.data_validations.dataValidation:
            if one.type == "list":
                name, _bang, area = one.formula1.partition("!")
                left, top, _right, bottom = range_boundaries(area)
                notes = made_book[name.strip("'")]
                offered[str(one.sqref)] = [
                    notes.cell(row, left).value for row in range(top, bottom + 1)
                ]
    assert offered == {
        "F9:F10": [f"{n} · alasan {key}" for n, key in enumerate(returns.REASONS, start=1)],
        "G9:G10": [f"{n} · jabatan {key}" for n, key in enumerate(returns.OFFICES, start=1)],
        "B8": ["1 · ya", "2 · tidak"],
    }


def test_the_workbook_says_what_it_is_of_and_sums_its_tally():
    corrections, tally, _notes = book().worksheets
    for sheet in (corrections, tally):
        texts = [str(cell.value) for row in sheet.iter_rows(max_row=6) for cell in row]
        for word in ("Herbras", KODE, "Kecamatan Kidul", "SIMULASI", "Sumber: Dinas Contoh",
                     "Angka 2025", "24 November 2026", "Jangan tulis nama atau NIK"):  # fmt: skip
            assert any(word in text for text in texts), word
    assert tally["D11"].value == "=SUM(D12:D171)"
    assert [tally.cell(row, 2).value for row in (12, 19, 20, 27, 28)] == [1, 1, 2, 2, None]
    assert (corrections["D9"].value, corrections["D10"].value) == (100, 400)


def test_nothing_of_the_data_is_a_formula_and_the_same_input_gives_the_same_bytes():
    evil = "=HYPERLINK(1)"
    given = pack(kelurahan=evil, where=evil, source=evil, figures=(figure(label=evil, period=evil,
                 told=evil, value=NAN),))  # fmt: skip
    cells = [cell for sheet in book(given) for row in sheet for cell in row]
    assert {cell.coordinate for cell in cells if cell.data_type == "f"} == {
        f"{letter}11" for letter in "DEFGHI"
    }
    assert sum(cell.value == evil for cell in cells) >= 4
    first, same = (returnsheet.workbook(pack(), BACK, created=NOW) for _ in range(2))
    assert first == same


# --- form ----------------------------------------------------------------------------------------


def form(given=None):
    return returnsheet.form(given or pack(), BACK, created=NOW)


def test_the_form_claims_neither_archive_nor_access_and_has_no_script():
    text = unpacked(form())
    for claim in (b"<pdfaid:", b"<pdfuaid:", b"/JavaScript", b"/JS"):
        assert claim not in text
    assert form() == form()
    assert b"<pdfaid:" in unpacked(made())


def test_every_field_of_the_form_has_a_box_of_its_own_on_the_page():
    with pikepdf.open(io.BytesIO(form())) as document:
        for page in document.pages:
            boxes = [[float(side) for side in one.Rect] for one in page.Annots
                     if one.Subtype == "/Widget"]  # fmt: skip
            assert boxes
            for left, low, right, high in boxes:
                assert 13 * MM < left < right < 197 * MM
                assert 24 * MM < low < high < 240 * MM
                assert high - low >= 7 * MM
            for place, one in enumerate(boxes):
                for other in boxes[place + 1 :]:
                    apart = (one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1]
                             or other[3] <= one[1])  # fmt: skip
                    assert apart


def test_the_form_asks_for_the_same_as_the_workbook():
    with pikepdf.open(io.BytesIO(form())) as document:
        fields = {str(one.T): one for one in document.Root.AcroForm.Fields}
    for key in ("c:poor_people:2025", "c:population:2025"):
        assert {f"{key}:{name}" for name in ("now", "said", "reason", "office")} <= set(fields)
    assert [str(one) for one in fields["c:poor_people:2025:office"].Opt][1:] == [
        f"{n} · jabatan {key}" for n, key in enumerate(returns.OFFICES, start=1)
    ]
    assert str(fields["c:population:2025:now"].V) == "400"
    assert [str(fields[f"t:{n}:rw"].V) for n in (1, 2, 3)] == ["1", "2", ""]
    assert all(str(one.TU) for name, one in fields.items() if "Rect" in one)


@pytest.mark.parametrize("count", [0, 21, 22, 24, 99])
def test_the_form_has_a_line_for_every_rw_and_one_to_spare(count):
    numbers = tuple(f"{n:03}" for n in range(1, count + 1))
    with pikepdf.open(io.BytesIO(form(pack(rw=numbers)))) as document:
        fields = {str(one.T): one for one in document.Root.AcroForm.Fields}
        seen = {str(one.T) for page in document.pages for one in page.get("/Annots", ())}
    written = [str(fields[f"t:{n}:rw"].V) for n in range(1, count + 2)]
    assert written == [*(str(n) for n in range(1, count + 1)), ""]
    assert {f"t:{n}:families" for n in range(1, count + 2)} <= seen
    assert returns.COMPLETE in seen


@pytest.mark.parametrize("count", [1, 20, 21, 41])
def test_the_form_has_a_line_for_every_figure(count):
    figures = tuple(figure(f"i{n}") for n in range(count))
    with pikepdf.open(io.BytesIO(form(pack(figures=figures)))) as document:
        seen = {str(one.T) for page in document.pages for one in page.get("/Annots", ())}
    asked = ("said", "reason", "office", "note")
    assert {f"c:i{n}:2025:{name}" for n in range(count) for name in asked} <= seen


def test_the_form_has_room_for_the_note_that_another_reason_asks_for():
    with pikepdf.open(io.BytesIO(form())) as document:
        fields = {str(one.T): one for one in document.Root.AcroForm.Fields}
    assert "alasan other" in str(fields["c:poor_people:2025:reason"].Opt[-1])
    assert int(fields["c:poor_people:2025:note"].MaxLen) == returns.LONGEST_NOTE
    assert int(fields["c:poor_people:2025:said"].MaxLen) == len("1000000")
