"""What the user has chosen. It lives in the URL, so that a view can be sent to a colleague."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from kantong.geo.errors import DataError, Fault, TableError
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, KODE
from kantong.language import DEFAULT, LANGUAGES, activate, numbers, pick, write_numbers
from kantong.language import gettext as _
from kantong.maps.style import CLASSES, FEWEST_CLASSES, MOST_CLASSES, OWN, SCHEMES, Scheme
from kantong.store.rights import Right
from kantong.views import access, data
from kantong.views.data import City, folders
from kantong.views.words import outline_label, plain, scheme_label

if TYPE_CHECKING:
    import pandas as pd
    from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

# Keys of the URL: a contract, held by a test.
URL_KEYS = (
    "bahasa", "kota", "wilayah", "indikator", "periode", "kelas", "jumlah", "batas", "kecamatan",
    "dapil", "kelurahan", "garis", "tutup", "cara", "indikator2", "periode2",
    "angka", "tetangga", "statistik", "koreksi", "bagian",
    "urut", "bobot", "normal", "agregat", "kosong", "panjang", "potong", "dana", "biaya", "orang",
    "cetak", "kertas", "skala", "rinci", "kelompok", "rencana", "bersama", "minimal", "aturan",
    "target", "tahun_target", "sejak", "galat", "bagi",
    "kursus", "isi", "tempat", "muat", "ukur", "jarak", "tetap", "calon",
    "tahun_program", "program", "strategi", "jenis", "penyandang", "status", "ambang", "lawan",
    "golongan", "sasaran", "penerima", "tahun_register", "desil_sasaran", "desil_batas",
    "tahun_mitra", "paket",
)  # fmt: skip
_WHERE = {"bahasa", "kota", "wilayah"}
ALL = "semua"
YES, NO = "ya", "tidak"
FIRST_INDICATOR = "poor_people"
OUTLINES = (KECAMATAN, DAPIL, "")
# Boxes of the drawer; their contents are drawn when they are opened.
PLACES_BOX, CLASSES_BOX = "_places_box", "_classes_box"
_CHOSEN = "_chosen"
_IGNORED = "_ignored"
_BREAKS_TEXT, _COVER = "_batas", "_tutup"
_LAST_BREAKS = "_last_breaks"
_BEFORE_LOCK = "_before_lock"
_MOST_BREAKS = MOST_CLASSES - 1
# Beginnings of the names of widgets that stand for what is planned in one city.
_OF_ITS_PAGES = (
    "_plan", "_bersama", "_least", "_seconds", "_offer", "_isi", "_tempat", "_muat", "_tetap",
    "_calon", "_target", "_mix", "_weight", "_dana", "_biaya",
)  # fmt: skip


@dataclass(frozen=True)
class Selection:
    """What is shown.

    Parameters
    ----------
    indicator, period
        Ids of the indicator and its period.
    scheme
        How classes are made.
    kecamatan, dapil
        Filter; ``semua`` for all.
    kelurahan
        ``kode`` of the chosen kelurahan; empty for none.
    outline
        Which lines are drawn over the areas: ``kecamatan``, ``dapil`` or none.
    """

    indicator: str
    period: str
    scheme: Scheme
    kecamatan: str
    dapil: str
    kelurahan: str
    outline: str

    def keeps(self, city: City) -> "pd.Series[bool]":
        """Return which areas pass the filter, by ``kode``."""
        places = city.layer.set_index(KODE)
        kept = places[KECAMATAN].notna()
        if self.kecamatan != ALL:
            kept &= places[KECAMATAN] == self.kecamatan
        if self.dapil != ALL:
            kept &= places[DAPIL] == self.dapil
        return kept


# --- one way for every choice between URL, session and widget ------------------------------


def recall(key: str, default: str, is_valid: Callable[[str], bool]) -> str:
    """Return a choice from session or URL; an impossible one gives the default and a note."""
    kept = st.session_state.setdefault(_CHOSEN, {})
    if key in st.session_state:
        current = st.session_state[key]
    elif key in kept:
        current = kept[key]
    else:
        current = st.query_params.get(key, default)
        if not is_valid(current):
            st.session_state.setdefault(_IGNORED, {})[key] = True
    return str(current) if is_valid(current) else default


def remember(key: str, value: str, default: str) -> None:
    """Keep a choice in the URL and, for pages without its widget, in the session."""
    st.session_state.setdefault(_CHOSEN, {})[key] = value
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def keep(key: str, value: str, default: str) -> None:
    """Remember a choice whose widgets have names of their own.

    What was put for it, as a scenario does, has been taken up by them and must not come back.
    """
    remember(key, value, default)
    st.session_state.pop(key, None)


def put(key: str, value: str) -> None:
    """Choose something for a widget that has not been drawn yet, or for the next run."""
    st.session_state[key] = value
    st.session_state.setdefault(_CHOSEN, {})[key] = value


def chosen(keys: Iterable[str]) -> dict[str, str]:
    """Return the choices by their keys, defaults too, as far as they were made or drawn."""
    kept = st.session_state.get(_CHOSEN, {})
    return {key: kept[key] for key in keys if key in kept}


def take(settings: Mapping[str, str]) -> None:
    """Choose all that an address says and, for what it leaves out, the defaults.

    Language, data folder and region stay as they are: they say where and how a reader looks.
    """
    for key in URL_KEYS:
        if key not in _WHERE:
            st.session_state.pop(key, None)
            st.session_state.setdefault(_CHOSEN, {}).pop(key, None)
            st.query_params.pop(key, None)
    for key, value in settings.items():
        if key in URL_KEYS and key not in _WHERE:
            put(key, value)


def select(
    label: str,
    options: list[str],
    default: str,
    words: Callable[[str], str] = str,
    *,
    key: str,
    draw: Callable[..., Any] | None = None,
    **looks: Any,  # noqa: ANN401 - passed to the widget
) -> str:
    """Draw a widget of choices whose value stands in the URL."""
    st.session_state[key] = recall(key, default, options.__contains__)
    chosen = (draw or st.selectbox)(label, options, format_func=words, key=key, **looks)
    value = default if chosen is None else str(chosen)
    remember(key, value, default)
    return value


def tell_ignored() -> None:
    """Say which parts of the address were not understood, once, without repeating them."""
    ignored = st.session_state.pop(_IGNORED, {})
    if ignored:
        told = _("Parts of the address were not understood and are left out: {keys}.")
        st.info(told.format(keys=", ".join(ignored)), icon=":material/link_off:")


# --- choices of every page -------------------------------------------------------------------


def speak() -> None:
    """Speak the chosen language for the rest of the run."""
    activate(recall("bahasa", DEFAULT, LANGUAGES.__contains__))


def begin_again() -> None:
    """Begin a part of a page that draws itself anew, which no run of the whole page goes before.

    It speaks the language of the page; where who is looking has changed, the whole page is drawn.
    """
    speak()
    try:
        same = access.look_up() == access.visitor()
    except DataError:  # the whole page says that it cannot be told
        same = False
    if not same:
        st.rerun()


def choose_language() -> None:
    """Draw the language switch."""
    select(
        "Bahasa / Language", list(LANGUAGES), DEFAULT, LANGUAGES.__getitem__, key="bahasa",
        draw=st.segmented_control, label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip


def folder() -> str:
    """Return which of the data folders is looked at."""
    key = "kota"
    chosen = recall(key, "", folders().__contains__)
    remember(key, chosen, "")
    return chosen


def open_folder(name: str) -> None:
    """Look at another city: what was chosen in the old one means nothing there."""
    language = st.session_state.get("bahasa", DEFAULT)
    own = [str(key) for key in st.session_state if str(key).startswith(_OF_ITS_PAGES)]
    for key in (*URL_KEYS, _CHOSEN, _LAST_BREAKS, _BREAKS_TEXT, _COVER, *own):
        st.session_state.pop(key, None)
    st.query_params.clear()
    put("bahasa", language)
    put("kota", name)


def is_covered() -> bool:
    """Tell whether small counts are suppressed; they are, unless a planner lifts it."""
    return (
        not access.visitor().may(Right.PLAN) or recall("tutup", YES, {YES, NO}.__contains__) == YES
    )


def region() -> str:
    """Return the code of the region looked into; empty for all."""
    chosen = recall("wilayah", "", data.regions(folder()).__contains__)
    remember("wilayah", chosen, "")
    return chosen


def city() -> City:
    """Return the city as it is chosen to be seen."""
    return data.city(folder(), region(), covered=is_covered())


def enter(code: str) -> None:
    """Look into a region; what was chosen outside it is dropped."""
    put("wilayah", code)
    for key, value in (("kelurahan", ""), (KECAMATAN, ALL), (DAPIL, ALL)):
        put(key, value)


def open_kelurahan(city: City, kode: str) -> None:
    """Choose a kelurahan wherever it lies, looking into its kecamatan where that is needed."""
    if kode not in set(city.layer[KODE]):
        enter(kode[: len("35.73.01")])
    pick_kelurahan(kode)


def pick_kelurahan(kode: str) -> None:
    """Choose a kelurahan: from the map, a table, a chart or the search."""
    put("kelurahan", kode)


def tell_region(city: City) -> None:
    """Say where in a layer larger than a city we are, with the way back."""
    slot = st.container()
    if len(city.trail) <= 1:
        return
    for column, (code, name) in zip(slot.columns(len(city.trail)), city.trail, strict=True):
        column.button(
            plain(name or _("Everything")),
            key=f"_into {code}",
            on_click=enter,
            args=(code,),
            width="stretch",
            disabled=code == city.region,
            icon=":material/chevron_right:",
        )


def pick_area(city: City, kode: str) -> None:
    """Choose an area of the map: a kelurahan, or a region to look into."""
    if city.parts is None:
        pick_kelurahan(kode)
    else:
        enter(kode)


# --- the drawer ------------------------------------------------------------------------------


def choose(city: City) -> Selection:
    """Draw the filters in the drawer and return what is chosen.

    Raises
    ------
    TableError
        There is nothing to choose from: the data folder holds no figures.
    """
    with st.sidebar:
        indicator = choose_indicator(
            city, _("Indicator"), key="indikator", on_change=_new_indicator
        )
        period = choose_period(city, indicator, _("Period"), key="periode")
        kelurahan = _choose_kelurahan(city)
        with _box(_("Filter by area"), PLACES_BOX, ":material/filter_alt:") as box:
            kecamatan, dapil = _choose_places(city, is_open=bool(box.open))
        with _box(_("Classes and lines"), CLASSES_BOX, ":material/palette:") as box:
            scheme = _choose_scheme(is_open=bool(box.open))
            outline = select(
                _("Lines and names of"), list(OUTLINES), "", outline_label, key="garis",
                draw=_select_in(is_open=bool(box.open)),
            )  # fmt: skip
        _choose_cover()
    _tell_filter(kecamatan, dapil)
    return Selection(indicator, period, scheme, kecamatan, dapil, kelurahan, outline)


def _box(label: str, key: str, icon: str) -> "ExpanderContainer":
    """Draw a box of choices. What is in it is drawn when it is opened: a closed box costs nothing.

    A change of indicator is 30 to 70 ms faster and 1.9 kB lighter for it.
    """
    return st.expander(label, key=key, icon=icon, on_change="rerun")


def _select_in(*, is_open: bool) -> Callable[..., Any]:
    """Return what draws a choice in a box: nothing while it is closed, the choice stands."""
    if is_open:
        return st.selectbox
    return lambda _label, _options, *, key, **_looks: st.session_state[key]


def choose_indicator(
    city: City,
    label: str,
    *,
    key: str,
    first: str = FIRST_INDICATOR,
    **looks: Any,  # noqa: ANN401
) -> str:
    """Draw the choice of an indicator, ``first`` where none is chosen, and return its id."""
    indicators = city.indicators()
    if not indicators:
        message = "There are no figures yet. Add a table of counts; data/README.md says how."
        raise TableError(Fault(message))
    first = first if first in indicators else next(iter(indicators))
    return select(
        label, list(indicators), first, lambda one: pick(indicators[one].label), key=key, **looks
    )


def choose_period(city: City, indicator: str, label: str, *, key: str, place: int = -1) -> str:
    """Draw the choice of a period; one that a new indicator lacks gives way to the newest."""
    periods = city.periods(indicator)
    return select(label, periods[::-1], periods[max(place, -len(periods))], key=key)


def _choose_kelurahan(city: City) -> str:
    names = city.layer.set_index(KODE)[KELURAHAN]
    # Streamlit knows options by their words: of two alike it would take the last.
    words = names.where(~names.duplicated(keep=False), names + " (" + names.index + ")")
    return select(
        _("Kelurahan"),
        ["", *names.sort_values().index],
        "",
        lambda kode: words[kode] if kode else _("none chosen; click on the map or choose here"),
        key="kelurahan",
    )


def _choose_places(city: City, *, is_open: bool) -> tuple[str, str]:
    def all_or(key: str) -> str:
        return _("all") if key == ALL else key

    kecamatan, dapil = (
        select(
            label, [ALL, *sorted(set(city.layer[column]) - {""})], ALL, all_or, key=column,
            draw=_select_in(is_open=is_open),
        )
        for label, column in ((_("Kecamatan"), KECAMATAN), ("Dapil", DAPIL))
    )  # fmt: skip
    return kecamatan, dapil


def _choose_cover() -> None:
    if not access.visitor().may(Right.PLAN):
        return
    value = recall("tutup", YES, {YES, NO}.__contains__)
    st.session_state[_COVER] = value == YES
    st.toggle(
        _("Cover small counts"),
        key=_COVER,
        on_change=_turn_cover,
        help=_("Small counts could point to a person. Covered, they are neither shown nor "
               "downloaded; sums of the city keep them."),
    )  # fmt: skip
    keep("tutup", value, YES)


def _turn_cover() -> None:
    """Take up a click: nothing else uncovers small counts, a browser that tells no state least."""
    put("tutup", YES if st.session_state[_COVER] else NO)


def _tell_filter(kecamatan: str, dapil: str) -> None:
    """Say that areas are left out: a filter in a drawer is easily forgotten."""
    parts = [
        f"{name} {value}"
        for name, value in ((_("Kecamatan"), kecamatan), ("Dapil", dapil))
        if value != ALL
    ]
    slot = st.container()  # always there: what comes and goes above a map makes it start anew
    if parts:
        told = _("Filtered: {what}").format(what=", ".join(parts))
        slot.caption(plain(told))


# --- classes ---------------------------------------------------------------------------------


def _choose_scheme(*, is_open: bool) -> Scheme:
    draw = _select_in(is_open=is_open)
    name = select(_("Classes"), list(SCHEMES), SCHEMES[0], scheme_label, key="kelas", draw=draw)
    if name == OWN:
        return Scheme(OWN, CLASSES, _choose_own(is_open=is_open))
    keep("batas", "", "")
    counts = [str(count) for count in range(FEWEST_CLASSES, MOST_CLASSES + 1)]
    count = select(_("Number of classes"), counts, str(CLASSES), key="jumlah", draw=draw)
    if is_open:
        st.button(
            _("Lock the classes"), on_click=_lock, args=(name,), icon=":material/lock:",
            width="stretch", help=_("Colours then mean the same in every period and filter."),
        )  # fmt: skip
    return Scheme(name, int(count))


def _choose_own(*, is_open: bool) -> tuple[float, ...]:
    """Return the own breaks; those last in view where none are given yet."""
    given = _breaks_of(recall("batas", "", _are_breaks))
    breaks = given or _breaks_in_view()
    if is_open:
        breaks = _choose_breaks(breaks)
        st.button(
            _("Release the classes"), on_click=_release, icon=":material/lock_open:",
            width="stretch",
        )  # fmt: skip
    return breaks


def note_breaks(indicator: str, breaks: tuple[float, ...]) -> None:
    """Keep the classes of an indicator in view, so that they can be locked."""
    if indicator == st.session_state.get("indikator"):
        st.session_state[_LAST_BREAKS] = indicator, breaks[:_MOST_BREAKS]


def _breaks_in_view() -> tuple[float, ...]:
    """Return the classes last in view of the indicator in the drawer; empty for none."""
    indicator, breaks = st.session_state.get(_LAST_BREAKS, ("", ()))
    return breaks if indicator == st.session_state.get("indikator") else ()


def _lock(scheme: str) -> None:
    st.session_state[_BEFORE_LOCK] = scheme
    put("kelas", OWN)
    put("batas", _as_text(_breaks_in_view()))
    st.session_state.pop(_BREAKS_TEXT, None)


def _new_indicator() -> None:
    """Let go of what belonged to the indicator before: its locked classes, its comparison."""
    _release()
    for key in ("indikator2", "periode2"):
        st.session_state.pop(key, None)
        st.session_state.setdefault(_CHOSEN, {}).pop(key, None)
        st.query_params.pop(key, None)


def _release() -> None:
    """Let the classes follow the figures again."""
    if st.session_state.get("kelas") == OWN:
        put("kelas", st.session_state.pop(_BEFORE_LOCK, SCHEMES[0]))
        put("batas", "")
        st.session_state.pop(_BREAKS_TEXT, None)


def _choose_breaks(breaks: tuple[float, ...]) -> tuple[float, ...]:
    """Draw the own breaks as text in the user's way of writing numbers."""
    st.session_state.setdefault(_BREAKS_TEXT, write_numbers(breaks))
    text = st.text_input(
        _("Last value of each class but the last"),
        key=_BREAKS_TEXT,
        help=_("Up to six rising numbers, parted by semicolons."),
    )
    given = numbers(text)
    if given is None or not _is_rising(given):
        st.error(_("Write up to six rising numbers parted by semicolons, such as 100; 250; 400."))
        given = breaks
    keep("batas", _as_text(given), "")
    return given


def _are_breaks(text: str) -> bool:
    return not text or _is_rising(_breaks_of(text))


def _breaks_of(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text[:200].split(";") if part)
    except ValueError:
        return ()


def _is_rising(breaks: tuple[float, ...]) -> bool:
    finite = all(abs(value) < float("inf") for value in breaks)
    return finite and 0 < len(breaks) <= _MOST_BREAKS and list(breaks) == sorted(set(breaks))


def _as_text(breaks: tuple[float, ...]) -> str:
    return ";".join(f"{value:.12g}" for value in breaks)


def settings(selection: Selection, city: City) -> Mapping[str, str]:
    """Return the settings of a view in words, to stand on everything taken home."""
    filters = [
        f"{name} {value}"
        for name, value in ((_("Kecamatan"), selection.kecamatan), ("Dapil", selection.dapil))
        if value != ALL
    ]
    return {
        _("Classes"): scheme_label(selection.scheme.name),
        _("Filter"): ", ".join(filters) or _("none"),
        _("Small counts"): _("covered") if city.covered else _("shown"),
    }
