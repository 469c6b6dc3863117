"""What can be taken home from a view: its address, table, layer, picture and page."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import geopandas as gpd
import pandas as pd
import streamlit as st

from kantong import __version__
from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, TIED, ranking
from kantong.analysis.rates import REASON
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, KODE
from kantong.language import date, language, number, pick
from kantong.language import gettext as _
from kantong.maps import downloads, standalone
from kantong.maps.style import pattern_definitions
from kantong.views import frame, mapview, printing, state, work
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.words import kind_of_data, sources

# Endings of what a view can be taken home as.
KINDS = ("csv", "xlsx", "geojson", "gpkg", "png", "html")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def notes(
    city: City, selection: state.Selection, found: Measure, seen: Picture
) -> list[tuple[str, str]]:
    """Return what must be known about a view, as label and text: it stands on every download."""
    indicator = city.library.indicators[found.indicator]
    datasets = city.datasets(found)
    return [
        (_("Indicator"), seen.title),
        (_("Definition"), pick(indicator.definition)),
        (_("Unit"), seen.unit),
        (_("Period"), found.period),
        (_("Denominator"), frame.denominator_words(indicator, found, city) or "–"),
        (_("Kind of data"), kind_of_data(city.datasets(found))),
        (_("Sources"), sources(datasets)),
        (_("Boundaries"), city.about.get("attribution", "")),
        *state.settings(selection, city).items(),
        (_("Class limits"), "; ".join(text for _fill, text, _count in seen.entries)),
        ("SHA-256", "; ".join(dataset.sha256 for dataset in datasets)),
        (_("Made with"), f"Kantong {__version__}, {date(dt.datetime.now().date())}"),  # noqa: DTZ005 - the reader's own day
    ]


def table(city: City, selection: state.Selection, found: Measure) -> pd.DataFrame:
    """Return the areas that pass the filter, ranked, with headings in the user's language."""
    ranked = ranking(city.layer, found, None)
    ranked = ranked[selection.keeps(city).reindex(ranked.index)]
    indicator = city.library.indicators[found.indicator]
    shares = mapview.shares(city, found).reindex(ranked.index)
    parts = {} if indicator.kind != "rate" else {
        _("Numerator"): ranked["count"], _("Denominator (figure)"):
        found.denominator.reindex(ranked.index),
    }  # fmt: skip
    return pd.DataFrame(
        {
            _("Code"): ranked.index,
            _("Kelurahan"): ranked[KELURAHAN],
            _("Kecamatan"): ranked[KECAMATAN],
            "Dapil": ranked[DAPIL],
            f"{pick(indicator.label)} ({pick(indicator.unit)})": ranked["value"],
            **parts,
            _("Rank"): ranked[RANK].astype("Int64"),
            _("Tied"): ranked[TIED].map({True: "=", False: ""}),
            _("% of city"): shares,
            _("Note"): ranked[REASON].map(lambda reason: _(reason) if reason else ""),
        }
    )


@dataclass(frozen=True)
class Offer:
    """What a view gives.

    Parameters
    ----------
    kinds
        Some of ``KINDS``.
    told
        What must be known about this view beside the usual :func:`notes`, or instead of those
        with the same label.
    rows
        Makes the table; by default that of the measure.
    name
        Of its files; by default indicator and period.
    definition
        What is shown, where that is worked out from the measure: classes are then its own too.
    """

    kinds: Sequence[str] = KINDS
    told: Sequence[tuple[str, str]] = ()
    rows: Callable[[], pd.DataFrame] | None = None
    name: str = ""
    definition: str = ""


def offer(
    city: City,
    selection: state.Selection,
    found: Measure,
    seen: Picture,
    *,
    key: str = "map",
    gives: Offer = Offer(),
) -> None:
    """Draw the button behind which a view can be shared and downloaded."""
    box = st.popover(
        _("Share and download"), icon=":material/ios_share:", width="stretch", key=f"share {key}",
        on_change="rerun",
    )  # fmt: skip
    if not box.open:  # what is behind the button is worked out when it is opened
        return
    with box:
        st.caption(_("The address of this view: send it, and a colleague sees the same."))
        st.code(_address(), language=None, wrap_lines=True)
        columns = st.columns(3)
        said = told(city, selection, found, seen, gives)
        rows = gives.rows or (lambda: table(city, selection, found))
        offers = [one for one in _offers(city, seen, said, rows) if one[2] in gives.kinds]
        for place, (label, make, suffix, kind) in enumerate(offers):
            columns[place % 3].download_button(
                label,
                work.on_click(make, costly=suffix == "png"),
                file_name=f"{file_name(city, found, gives)}.{suffix}",
                mime=kind,
                icon=":material/download:",
                width="stretch",
                on_click="ignore",
                key=f"download {key} {suffix}",
            )


def _address() -> str:
    query = "&".join(f"{key}={value}" for key, value in st.query_params.to_dict().items())
    plain = (st.context.url or "").split("?")[0]
    return f"{plain}?{query}" if query else plain


def told(
    city: City, selection: state.Selection, found: Measure, seen: Picture, gives: Offer
) -> list[tuple[str, str]]:
    """Return what stands on every download of a view: what it is itself, where that is worked out.

    Its classes are then its own: how those of a map of figures are made is left out.
    """
    usual = notes(city, selection, found, seen)
    if gives.definition:
        own = {_("Definition"): gives.definition}
        usual = [(label, own.get(label, text)) for label, text in usual if label != _("Classes")]
    own = dict(gives.told)
    return [*(one for one in usual if one[0] not in own), *gives.told]


def file_name(city: City, found: Measure, gives: Offer) -> str:
    """Return what the files of a view are called, without their endings."""
    mark = "SIMULASI-" if city.is_simulated(found) else ""
    return f"{mark}{gives.name or f'{found.indicator}-{found.period}'}"


def _offers(
    city: City,
    seen: Picture,
    told: Sequence[tuple[str, str]],
    make_rows: Callable[[], pd.DataFrame],
) -> Sequence[tuple[str, Callable[[], bytes], str, str]]:
    """Return label, maker, ending and type of every download; made when asked for."""
    sheets = (_("Table"), _("Sources"))
    rows = cache(make_rows)

    def flat() -> pd.DataFrame:
        return rows().assign(**{label: text for label, text in told if label not in rows()})

    return (
        ("CSV", lambda: downloads.to_csv(flat()), "csv", "text/csv"),
        ("XLSX", lambda: downloads.to_xlsx(rows(), told, sheets=sheets), "xlsx", _XLSX),
        ("GeoJSON", lambda: downloads.to_geojson(_areas(city, rows()), told), "geojson",
         "application/geo+json"),
        ("GeoPackage", lambda: downloads.to_geopackage(_areas(city, rows()), told), "gpkg",
         "application/geopackage+sqlite3"),
        (_("Picture (PNG)"), lambda: printing.png(city, seen, told), "png", "image/png"),
        (_("Page (HTML)"), lambda: page(city, seen, told), "html", "text/html"),
    )  # fmt: skip


def _areas(city: City, rows: pd.DataFrame) -> gpd.GeoDataFrame:
    shapes = city.layer[[KODE, "geometry"]]
    merged = rows.merge(shapes, left_on=_("Code"), right_on=KODE, validate="one_to_one")
    return gpd.GeoDataFrame(merged.drop(columns=KODE), crs=city.layer.crs)


def page(city: City, seen: Picture, told: Sequence[tuple[str, str]]) -> bytes:
    """Return a view as one HTML file that works without a server."""
    around = None if city.context is None else downloads.geometry(city.context)
    base = replace(
        city.base,
        areas=downloads.geometry(city.layer),
        context=around or "",
        outlines={
            name: downloads.geometry(frame) for name, frame in city.outlines.items() if len(frame)
        },
        patterns=pattern_definitions(),
        home=_("Show the whole"),
        popups=True,
    )
    legend = [(fill, f"{text} ({number(count)})") for fill, text, count in seen.entries]
    return standalone.to_html(
        base,
        seen.state,
        standalone.Caption(f"{seen.title} ({seen.unit})", legend, tuple(told), language()),
    )
