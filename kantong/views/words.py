"""Words from data, made harmless before they reach a Streamlit text that reads markdown."""

import html
import re
from collections.abc import Iterable, Sequence

from kantong.geo.schema import Dataset, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps.style import decimals

# Markdown makes links of bare addresses, which no backslash prevents; this unseen character does.
_WORD_JOINER = "\u2060"
_LINK = re.compile(r"(:(?=//)|www(?=\.)|@)", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:])")


def plain(text: str) -> str:
    r"""Return a text that markdown shows as it is.

    Examples
    --------
    >>> print(plain("<b> [x](y)"))
    \<b\> \[x\]\(y\)
    """
    return _MARKDOWN.sub(r"\\\1", _LINK.sub(rf"\1{_WORD_JOINER}", text))


def figure(value: float | None, indicator: Indicator, *, unit: bool = True) -> str:
    """Return a value in the user's locale, with its unit."""
    text = number(value, decimals(indicator))
    known = value is not None and value == value  # noqa: PLR0124 - NaN is unlike itself
    return f"{text} {pick(indicator.unit)}" if unit and known else text


def difference(value: float | None, indicator: Indicator) -> str:
    """Return a difference with its sign; of shares in percentage points."""
    text = number(value, decimals(indicator), signed=True)
    if value is None or value != value:  # noqa: PLR0124
        return text
    unit = _("percentage points") if pick(indicator.unit) == "%" else pick(indicator.unit)
    return f"{text} {unit}"


def sources(datasets: list[Dataset]) -> str:
    """Return the titles and publishers of data sets, one after the other."""
    return "; ".join(f"{pick(dataset.title)} ({dataset.source})" for dataset in datasets)


def kind_of_data(datasets: Iterable[Dataset]) -> str:
    """Return the mark of figures: invented if any is, imported, published, or that none are."""
    every = list(datasets)
    if not every:
        return _("no figures")
    if any(dataset.simulated for dataset in every):
        return "SIMULASI"
    return _("imported") if any(dataset.imported for dataset in every) else _("published")


def scheme_label(scheme: str) -> str:
    """Return the name of a class scheme."""
    return {
        "quantiles": _("Equal numbers of areas (quantiles)"),
        "natural_breaks": _("Natural breaks (Fisher–Jenks)"),
        "equal_interval": _("Equal intervals"),
        "std_mean": _("Mean and standard deviations"),
        "head_tail": _("Head/tail breaks"),
        "own": _("Own or locked breaks"),
    }[scheme]


def outline_label(outline: str) -> str:
    """Return the name of the lines that are drawn over the areas."""
    return {"kecamatan": _("Kecamatan"), "dapil": "Dapil", "": _("no lines")}[outline]


def level_label(level: str) -> str:
    """Return what the areas of a level are called."""
    return {
        "kabupaten": _("Kabupaten/kota"),
        "kecamatan": _("Kecamatan"),
        "kelurahan": _("Kelurahan"),
    }[level]


def code_label(code: str) -> str:
    """Return the words for a value of the intervention tables (strategy, kind, status)."""
    return {
        "raise_income": _("raise income"),
        "cut_spending": _("cut spending"),
        "direct": _("direct intervention"),
        "cash": _("cash"),
        "food": _("food"),
        "housing": _("housing"),
        "health": _("health"),
        "training": _("training"),
        "sanitation": _("sanitation"),
        "business_capital": _("business capital"),
        "done": _("done"),
        "running": _("running"),
        "planned": _("planned"),
        "pledged": _("pledged"),
    }.get(code, code)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, figures: int = 1) -> str:
    """Return a small table as HTML; every text in it is escaped.

    Lighter than the tables of Streamlit, so that it does not hold up the map.

    Parameters
    ----------
    figures
        How many of the last columns hold figures, set to the right.
    """

    def row(tag: str, texts: Sequence[str]) -> str:
        first = len(texts) - figures
        cells = (
            f"<{tag}{' class=figure' if place >= first else ''}>{html.escape(text)}</{tag}>"
            for place, text in enumerate(texts)
        )
        return f"<tr>{''.join(cells)}</tr>"

    body = "".join(row("td", texts) for texts in rows)
    return f'<table class="small"><thead>{row("th", headings)}</thead><tbody>{body}</tbody></table>'


def paragraphs(texts: Iterable[str]) -> str:
    """Return texts as HTML paragraphs; everything in them is escaped."""
    return f'<div class="told">{"".join(f"<p>{html.escape(text)}</p>" for text in texts)}</div>'
