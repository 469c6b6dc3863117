"""The template to fill in: a workbook with one row for each kelurahan, lists and notes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import xlsxwriter

from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE

_LARGEST = 1e9


@dataclass(frozen=True)
class Words:
    """What the workbook says, in the user's language.

    Parameters
    ----------
    table, notes
        Names of its two sheets.
    headings
        Of code, kelurahan, kecamatan, indicator, period and figure.
    told
        Lines of the second sheet.
    wrong_number, wrong_choice
        What a wrong cell is answered.
    """

    table: str
    notes: str
    headings: tuple[str, str, str, str, str, str]
    told: Sequence[str]
    wrong_number: str
    wrong_choice: str


def workbook(
    layer: pd.DataFrame, indicators: Sequence[str], indicator: str, period: str, words: Words
) -> bytes:
    """Return a workbook to fill in (XLSX).

    Parameters
    ----------
    layer
        ``kode``, ``kelurahan`` and ``kecamatan``: one row each, in this order.
    indicators
        Labels that may be chosen; all counts.
    indicator, period
        Filled in already; each row may be changed to another.
    words
        Headings and notes.
    """
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        still = book.add_format({"bg_color": "#eeeeee"})
        figure = book.add_format({"num_format": "#,##0", "bg_color": "#fff6d6"})
        first, second = book.add_worksheet(words.table), book.add_worksheet(words.notes)
        first.write_row(0, 0, words.headings, bold)
        for row, texts in enumerate(layer[[KODE, KELURAHAN, KECAMATAN]].itertuples(index=False), 1):
            for place, text in enumerate(texts):
                first.write_string(row, place, str(text), still)
            first.write_string(row, 3, indicator)
            first.write_string(row, 4, period)
            first.write_blank(row, 5, None, figure)
        last = len(layer)
        listed = len(words.told) + 2
        for place, label in enumerate(indicators):
            second.write_string(listed + place, 0, label)
        source = f"='{words.notes}'!$A${listed + 1}:$A${listed + len(indicators)}"
        first.data_validation(
            1, 3, last, 3,
            {"validate": "list", "source": source, "error_message": words.wrong_choice},
        )  # fmt: skip
        first.data_validation(
            1, 5, last, 5,
            {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": _LARGEST,
             "error_message": words.wrong_number},
        )  # fmt: skip
        first.freeze_panes(1, 3)
        first.autofit()
        for row, text in enumerate(words.told):
            second.write_string(row, 0, text)
        second.set_column(0, 0, 90)
    return target.getvalue()
