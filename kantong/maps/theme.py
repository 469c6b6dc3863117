"""What the colours of a map say: the part that pictures, sheets and thumbnails share."""

from collections.abc import Mapping
from dataclasses import dataclass

from kantong.maps import svg


@dataclass(frozen=True)
class Swatch:
    """One entry of a legend: an SVG fill (``#rrggbb`` or ``url(#name)``) and its text."""

    fill: str
    text: str


@dataclass(frozen=True)
class Theme:
    """One map theme, in the reader's words.

    Parameters
    ----------
    title
        Heading of the legend with the unit, e.g. ``Penduduk miskin (%)``.
    fills
        SVG fill by ``kode``; areas without one stay uncoloured.
    legend
        Classes in the order shown, then what is missing or held back.
    patterns
        Inside of an SVG ``<defs>`` that defines every ``url(#name)``, in units of a screen pixel
        and without ``patternTransform``. Markup of ours, never data.
    badge
        Word that must be seen, e.g. ``SIMULASI``; may be empty.
    notes
        Lines below: source, period, denominator, settings, hash.
    """

    title: str
    fills: Mapping[str, str]
    legend: tuple[Swatch, ...]
    patterns: str = ""
    badge: str = ""
    notes: tuple[str, ...] = ()


def theme_data(theme: Theme) -> dict[str, object]:
    """Return legend, badge and notes as templates read them."""
    return {
        "legend_title": theme.title,
        "legend": [
            {"svg": svg.swatch(entry.fill, theme.patterns), "text": entry.text}
            for entry in theme.legend
        ],
        "badge": theme.badge,
        "notes": list(theme.notes),
    }
