"""The templates to fill in: workbooks with lists, rules for their cells, and notes."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import xlsxwriter

from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.maps.downloads import INERT

_LARGEST, _LARGEST_RP = 1e9, 1e15
_BLANK_ROWS = 500
_LONGEST_CHOICE = 255  # of a list that stands in the rule itself


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
    with xlsxwriter.Workbook(target, INERT) as book:
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


@dataclass(frozen=True)
class ListWords:
    """What the template of interventions says, in the user's language.

    Parameters
    ----------
    table, places, notes
        Names of its sheets.
    headings
        By column, in their order; ``kelurahan`` and ``kecamatan`` among them.
    choices
        By column: what may be chosen there.
    told
        Lines of the last sheet.
    wrong_number, wrong_choice
        What a wrong cell is answered.
    """

    table: str
    places: str
    notes: str
    headings: Mapping[str, str]
    choices: Mapping[str, Sequence[str]]
    told: Sequence[str]
    wrong_number: str
    wrong_choice: str


def list_workbook(layer: pd.DataFrame, whole: Sequence[str], words: ListWords) -> bytes:
    """Return a workbook in which interventions are listed (XLSX).

    Parameters
    ----------
    layer
        ``kode``, ``kelurahan`` and ``kecamatan``; they stand on a sheet of their own, from which
        the names are chosen.
    whole
        Columns of whole numbers.
    words
        Headings, choices and notes.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, INERT) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        figure = book.add_format({"num_format": "#,##0"})
        text = book.add_format({"num_format": "@"})
        first, second, third = map(book.add_worksheet, (words.table, words.places, words.notes))
        for place, (name, heading) in enumerate(words.headings.items()):
            first.write_string(0, place, heading, bold)
            first.set_column(place, place, 20, figure if name in whole else text)
        rows = layer.sort_values([KECAMATAN, KELURAHAN])
        places = (KODE, KELURAHAN, KECAMATAN)
        for place, name in enumerate(places):
            second.write_string(0, place, words.headings[name], bold)
            second.write_column(1, place, [str(one) for one in rows[name]])
        second.set_column(0, 2, 22)
        kecamatan = list(dict.fromkeys(rows[KECAMATAN]))
        listed = {
            KELURAHAN: f"='{words.places}'!$B$2:$B${len(rows) + 1}",
            **({KECAMATAN: kecamatan} if len(",".join(kecamatan)) < _LONGEST_CHOICE else {}),
            **words.choices,
        }
        for place, name in enumerate(words.headings):
            rule = _rule(name, whole, listed, words)
            if rule:
                first.data_validation(1, place, _BLANK_ROWS, place, rule)
        first.freeze_panes(1, 0)
        third.write_column(0, 0, list(words.told))
        third.set_column(0, 0, 100)
    return target.getvalue()


def _rule(
    name: str, whole: Sequence[str], listed: Mapping[str, object], words: ListWords
) -> dict[str, object]:
    if name in whole:
        return {
            "validate": "integer", "criteria": "between", "minimum": 0, "maximum": _LARGEST_RP,
            "error_message": words.wrong_number,
        }  # fmt: skip
    if name in listed:
        source = listed[name]
        chosen = source if isinstance(source, str) else list(source)  # type: ignore[call-overload]
        return {"validate": "list", "source": chosen, "error_message": words.wrong_choice}
    return {}
