"""Page Cetak: the sheet of one kelurahan, seen before it is printed, and atlases of many."""

import hashlib
import html
from base64 import b64encode
from dataclasses import replace

import streamlit as st

from kantong.analysis.measures import Measure
from kantong.geo.errors import DataError
from kantong.geo.schema import KELURAHAN, KODE
from kantong.intake.sandbox import CancelledError
from kantong.language import gettext as _
from kantong.language import language, number
from kantong.maps.tiling import PAPERS
from kantong.views import (
    access,
    atlases,
    briefing,
    data,
    frame,
    mapview,
    planning,
    printing,
    state,
    work,
)
from kantong.views.atlases import Order
from kantong.views.data import City
from kantong.views.state import Selection
from kantong.views.words import plain

PARTS = ("lembar", "atlas", "ringkasan", "dokumen")
_QUOTED = {
    "ringkasan": ("hotspot",),
    "dokumen": ("hotspot", "prioritas", "program", "anggaran", "pelatihan", "target", "mitra"),
}
_PDF, _ZIP, _DOCX, _XLSX = "pdf", "zip", "docx", "xlsx"
_MIME = {
    _PDF: "application/pdf",
    _ZIP: "application/zip",
    _DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    _XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    found = city.measure(selection.indicator, selection.period)
    part = state.select(
        _("What is printed"), _parts(), PARTS[0], _part_label, key="cetak",
        draw=st.segmented_control, label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip
    {"lembar": _sheet, "atlas": _atlas, "ringkasan": _brief, "dokumen": _report}[part](
        city, selection, found
    )


def _parts() -> list[str]:
    """Return what a visitor may print: what quotes other pages, only where those are open."""
    opens = access.visitor().opens
    return [one for one in PARTS if all(map(opens, _QUOTED.get(one, ())))]


def _part_label(part: str) -> str:
    return {
        "lembar": _("One sheet"),
        "atlas": _("Atlas of many"),
        "ringkasan": _("Brief for the council"),
        "dokumen": _("Planning document"),
    }[part]


def _choose_paper() -> tuple[str, int]:
    """Draw the choice of paper and scale, and return both; scale 0 for the largest that fits."""
    left, right = st.columns(2)
    with left:
        paper = state.select(_("Paper"), list(PAPERS), "A4", key="kertas")
    with right:
        scale = state.select(
            _("Scale"), list(atlases.SCALES), "terbesar", _scale_label, key="skala"
        )
    return paper, atlases.SCALES[scale]


def _choose_details(city: City) -> bool:
    """Draw whether roads and the like are drawn, where the data folder has them."""
    fault = printing.details_fault(city)
    if fault is not None:
        st.warning(plain(fault.describe(_)), icon=":material/block:")
    if printing.ground(city).details is None:
        return False
    return state.select(
        _("Roads, rivers, landmarks, RW"), [state.YES, state.NO], state.YES, _yes_no, key="rinci",
        draw=st.segmented_control, required=True,
    ) == state.YES  # fmt: skip


def _yes_no(answer: str) -> str:
    return {state.YES: _("yes"), state.NO: _("no")}[answer]


def _scale_label(name: str) -> str:
    scale = atlases.SCALES[name]
    return f"1 : {number(scale)}" if scale else _("largest round one on one page")


# --- one sheet ---------------------------------------------------------------------------------


def _sheet(city: City, selection: Selection, found: Measure) -> None:
    if not selection.kelurahan:
        st.subheader(_("Which kelurahan is to be printed?"), anchor=False)
        st.markdown(_("Search by name or code, or click on the map."))
        mapview.draw(city, mapview.picture(city, selection, found))
        return
    kode = selection.kelurahan
    name = city.place(kode)[KELURAHAN]
    frame.title(_("Sheet: {name}").format(name=name), city.datasets(found))
    left, right = st.columns([1, 2], gap="medium")
    with left:
        paper, scale = _choose_paper()
        detailed = _choose_details(city)
        page = replace(
            printing.page_of(city, selection, found, kode), scale=scale, detailed=detailed
        )
        st.markdown(
            _(
                "True to scale: print at 100 %. The sheet shows the indicator chosen in the "
                "drawer, the neighbours, a grid in metres and the way back to this page."
            )
        )
        if not printing.home():
            st.caption(
                _(
                    "Without a QR code: no phone can reach the app at this address. Set "
                    "KANTONG_URL to the address of your server to print one."
                )
            )
        maps, lists = printing.pages_needed(city, page, paper)
        if maps > 1:
            words = _("At this scale it needs {pages} pages, with a key map on each.")
            st.caption(words.format(pages=number(maps)))
        if lists:
            words = _("Pages behind it with the list of streets: {pages}.")
            st.caption(words.format(pages=number(lists)))
        mark = f"{page.theme.badge}-" if page.theme.badge else ""
        st.download_button(
            _("Download the sheet (PDF)"),
            work.on_click(lambda: printing.sheet(city, page, paper), costly=True),
            file_name=f"{mark}{kode}-{selection.indicator}-{selection.period}-{paper}.pdf",
            mime=_MIME[_PDF],
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
        st.button(
            _("Another kelurahan"), on_click=state.pick_kelurahan, args=("",), width="stretch",
            icon=":material/undo:",
        )  # fmt: skip
    with right, st.spinner(_("The sheet is being drawn …")):
        words = html.escape(_("Preview of the sheet of {name}").format(name=name))
        picture = b64encode(printing.preview(city, page, paper)).decode()
        st.html(f'<img class="preview" alt="{words}" src="data:image/png;base64,{picture}">')


# --- an atlas ----------------------------------------------------------------------------------


def _atlas(city: City, selection: Selection, found: Measure) -> None:
    indicator = city.library.indicators[found.indicator]
    title = _("Atlas: {what}").format(what=frame.title_of(indicator, found))
    frame.title(title, city.datasets(found))
    kept = selection.keeps(city)
    order = _choose_order(city, [str(kode) for kode in kept.index[kept]])
    if not order.kodes:
        st.info(_("No kelurahan is chosen."))
        return
    st.caption(
        _(
            "Cover, contents, an index map, a sheet for each of {count} kelurahan and how the "
            "figures were made; or one file for each, named by its code."
        ).format(count=number(len(order.kodes)))
    )
    left, right = st.columns(2)
    with left:
        _offer(city, selection, found, order, _PDF)
    with right:
        _offer(city, selection, found, order, _ZIP)


def _choose_order(city: City, kodes: list[str]) -> Order:
    names = city.layer.set_index(KODE)[KELURAHAN]
    chosen = st.multiselect(
        _("Only these kelurahan (none: all that pass the filter)"), kodes, [], key="_only",
        format_func=lambda kode: f"{names[kode]} ({kode})", placeholder=_("All"),
    )  # fmt: skip
    by = state.select(
        _("Sorted by"), list(atlases.ORDERS), atlases.BY_KECAMATAN, _order_label, key="kelompok"
    )
    paper, scale = _choose_paper()
    return Order(tuple(chosen or kodes), by, paper, scale, _choose_details(city))


def _order_label(by: str) -> str:
    return {
        atlases.BY_KECAMATAN: _("Kecamatan"),
        atlases.BY_DAPIL: "Dapil",
        atlases.BY_PRIORITY: _("Rank by the indicator, the highest first"),
    }[by]


def _offer(city: City, selection: Selection, found: Measure, order: Order, kind: str) -> None:
    """Draw the button that makes an atlas, how far it is, and the file once it is there."""
    label = {_PDF: _("Make the atlas (PDF)"), _ZIP: _("Make single files (ZIP)")}[kind]
    key = _key_of(city, selection, order, kind)
    if st.button(label, key=f"make {kind}", width="stretch", icon=":material/menu_book:"):
        st.session_state["_atlas"] = key
    if st.session_state.get("_atlas") != key:
        return
    made = atlases.job(city, selection, found, order)
    make = made.bound if kind == _PDF else made.parted
    try:
        content = work.result(key, make)
    except work.WaitingError:
        return
    except CancelledError:
        st.session_state.pop("_atlas")
        work.forget()
        st.info(_("Cancelled. Nothing was kept."))
        return
    size = number(len(content) / 1e6, 1)
    told = _("Ready: {size} MB.").format(size=size)
    st.success(plain(told))
    st.download_button(
        _("Download"), content, file_name=f"{made.name}.{kind}", mime=_MIME[kind],
        icon=":material/download:", width="stretch", on_click="ignore", key=f"download {kind}",
    )  # fmt: skip


def _key_of(city: City, selection: Selection, order: Order, kind: str) -> str:
    """Return what names the work: any other choice, figure, boundary, address or day begins anew.

    A sheet holds figures of other indicators beside the chosen one.
    """
    figures = "".join(one.sha256 for one in city.library.datasets.values())
    around = (data.version(state.folder()), printing.home(), str(printing.today()))
    parts = (kind, language(), figures, *around, str(city.covered), repr(selection), repr(order))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


# --- the council brief -------------------------------------------------------------------------


def _brief(city: City, selection: Selection, found: Measure) -> None:
    frame.title(_("Brief for the council: poverty pockets"), city.datasets(found))
    left, right = st.columns([1, 2], gap="medium")
    with left:
        st.markdown(
            _(
                "One page for the city, or for a dapil or kecamatan chosen under “Filter by area”, "
                "with a table behind it. It says what the page Hotspots says, at its usual "
                "settings."
            )
        )
    try:
        with right, st.spinner(_("The brief is being set …")):
            picture = briefing.png(city, selection)
    except DataError as error:
        left.warning(plain(error.describe(_)), icon=":material/block:")
        return
    mark = "SIMULASI-" if city.is_simulated(found) else ""
    where = "".join(f"-{one}" for one in (selection.kecamatan, selection.dapil) if one != state.ALL)
    name = f"{mark}ringkasan-{selection.indicator}-{selection.period}{where}"
    with left:
        st.download_button(
            _("Download the brief (PDF)"),
            work.on_click(lambda: briefing.pdf(city, selection), costly=True),
            file_name=f"{name}.pdf", mime=_MIME[_PDF], icon=":material/download:",
            width="stretch", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            _("Download it for minutes (DOCX)"),
            work.on_click(lambda: briefing.docx(city, selection), costly=True),
            file_name=f"{name}.docx", mime=_MIME[_DOCX], icon=":material/description:",
            width="stretch", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            _("Download it as a picture (PNG)"), picture, file_name=f"{name}.png",
            mime="image/png", icon=":material/image:", width="stretch", on_click="ignore",
        )  # fmt: skip
    with right:
        words = html.escape(_("Preview of the brief"))
        drawn = b64encode(picture).decode()
        st.html(f'<img class="preview" alt="{words}" src="data:image/png;base64,{drawn}">')


# --- the section for planning documents --------------------------------------------------------


def _report(city: City, selection: Selection, found: Measure) -> None:
    frame.title(_("Section for the RKPD or LP2KD"), city.datasets(found))
    st.markdown(
        _(
            "Situation, pockets, priorities, programmes and target in one text, with the maps, the "
            "tables and how they were made; in Word to be taken on, and the tables as a workbook. "
            "Plans are taken from scenarios saved on their pages."
        )
    )
    chosen = {kind: _choose_scenario(city, kind) for kind in planning.KINDS}
    simulated = any(one.simulated for one in planning.datasets(city, selection, chosen))
    mark = "SIMULASI-" if simulated else ""
    name = f"{mark}dokumen-{selection.indicator}-{selection.period}"
    left, right = st.columns(2)
    left.download_button(
        _("Download the text (DOCX)"),
        work.on_click(lambda: planning.docx(city, selection, chosen), costly=True),
        file_name=f"{name}.docx", mime=_MIME[_DOCX], icon=":material/description:",
        width="stretch", on_click="ignore",
    )  # fmt: skip
    right.download_button(
        _("Download its tables (XLSX)"),
        work.on_click(lambda: planning.xlsx(city, selection, chosen), costly=True),
        file_name=f"{name}.xlsx", mime=_MIME[_XLSX], icon=":material/table:",
        width="stretch", on_click="ignore",
    )  # fmt: skip


def _choose_scenario(city: City, kind: str) -> planning.Taken | None:
    """Draw the choice of a scenario for a chapter."""
    kept = {one.id: one for one in planning.kept(city, kind)}
    none = _("the usual choices") if kind in planning.USUAL else _("leave out")
    if not kept:
        if kind not in planning.USUAL:
            words = _("{what}: no scenario is saved yet, so it is left out.")
            st.caption(plain(words.format(what=planning.kind_label(kind))))
        return None

    def words_of(one: int) -> str:
        return f"{kept[one].name} · v{kept[one].version}" if one else none

    chosen = st.selectbox(
        planning.kind_label(kind), [0, *kept], 0, format_func=words_of, key=f"_report {kind}"
    )
    return planning.taken(kept[chosen]) if chosen else None


if __name__ == "__main__":  # as Streamlit runs a page
    show()
