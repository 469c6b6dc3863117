"""A messy workbook as offices send it: title, sums, misspelt names, a stranger, a footnote."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import xlsxwriter

DINOYO = "35.73.05.1004"
# What a person must settle: two names misspelt by one letter, and one that could be the row of a
# kecamatan, since the kecamatan is written in the first row of each group only.
IN_DOUBT: Mapping[str, str] = {
    "Dinoyo": "Dinoio",
    "Bandulan": "Badulan",
    "Kedungkandang": "KEDUNGKANDANG",
}


def figures(layer: pd.DataFrame) -> dict[str, int]:
    """Return a figure for each kelurahan: 1000, 1003, 1006 ... in the order of the codes."""
    return {kode: 1000 + 3 * place for place, kode in enumerate(sorted(layer["kode"]))}


def write(layer: pd.DataFrame, target: Path) -> dict[str, int]:
    """Write the workbook and return the figures that stand in it, by ``kode``."""
    counted = figures(layer)
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Rekap")
        sheet.merge_range(0, 0, 0, 3, "PENDUDUK MISKIN KOTA MALANG TAHUN 2026")
        sheet.write_row(2, 0, ["No", "Kecamatan", "Kelurahan", "Penduduk Miskin (orang)"])
        row = 3
        for kecamatan, places in layer.sort_values("kode").groupby("kecamatan"):
            for place, (kode, name) in enumerate(
                zip(places["kode"], places["kelurahan"], strict=True)
            ):
                written = IN_DOUBT.get(name, name.upper() if place % 2 else f"Kelurahan {name}")
                sheet.write_row(row, 0, [row - 2, kecamatan if place == 0 else "", written])
                text = f"{counted[kode]:,}".replace(",", ".")
                sheet.write(row, 3, counted[kode] if place % 2 else text)
                row += 1
            sheet.write_row(
                row, 2, [f"Jumlah {kecamatan}", sum(counted[kode] for kode in places["kode"])]
            )
            row += 1
        sheet.write_row(row, 2, ["TOTAL", sum(counted.values())])
        sheet.write_row(row + 1, 2, ["LUAR DAERAH", 12])
        sheet.write(row + 3, 0, "Sumber: Dinsos")
    return counted
