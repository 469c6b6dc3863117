"""Page Pelatihan: which classes are asked for, and where they should be held."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.sites import Siting
from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps.style import MISSING, ramp
from kantong.views import frame, mapview, saved, share, spending, state, training, work
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.places import names_of, places
from kantong.views.state import Selection
from kantong.views.training import Wish
from kantong.views.words import paragraphs, plain

KEYS = (
    "indikator", "periode", "kecamatan", "dapil", "tutup", "kursus", "isi", "tempat", "muat",
    "ukur", "jarak", "tetap", "calon",
)  # fmt: skip
OWN_WIDGETS = ("_isi", "_tempat", "_muat", "_tetap", "_calon")
# Told apart by every eye (Okabe and Ito 2008), and by the name of the venue beside them.
_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f",
    "#8c564b", "#b2df8a",
)  # fmt: skip


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    st.header(_("Which classes, and where?"), anchor=False)
    if not training.courses(city):
        st.info(_("No survey of who asks for which course is here. Import one first."))
        return
    wish = _choose(city, selection)
    found = training.measures(city, wish.period)
    datasets = list(
        {one.id: one for each in found.values() for one in city.datasets(each)}.values()
    )
    frame.title(_("What is asked for"), datasets)
    _classes(city, wish)
    _venues(city, selection, wish)
    frame.source_line(city, training.asked_for(city, replace(wish, course="")))
    saved.offer(
        city,
        saved.Panel(
            kind="training", page="pelatihan", datasets=tuple(datasets), keys=KEYS,
            forget=OWN_WIDGETS,
        ),
    )  # fmt: skip


# --- choices -----------------------------------------------------------------------------------


def _choose(city: City, selection: Selection) -> Wish:
    indicators = city.library.indicators
    options = ["", *training.courses(city)]

    def words(name: str) -> str:
        return pick(indicators[name].label) if name else _("All courses together")

    with st.expander(_("Classes and venues"), icon=":material/tune:", expanded=True):
        first, second = st.columns(2)
        with first:
            course = state.select(_("Course"), options, options[1], words, key="kursus")
        with second:
            by, reach = _choose_reach(city)
        columns = st.columns(3)
        size = _number(columns[0], _("People of a class"), "isi", training.MOST_SIZE, least=1)
        venues = _number(columns[1], _("Venues that open"), "tempat", training.MOST_VENUES, least=1)
        room = _number(
            columns[2],
            _("Classes a venue holds (0: as many as come)"),
            "muat",
            training.MOST_SIZE,
        )
        fixed = _areas(city, _("Venues that are open already"), "tetap")
        candidates = _areas(city, _("Venues may open only here (none: anywhere)"), "calon")
    kodes = training.kodes_of(city, selection.keeps(city))
    return Wish(
        course, size, max(venues, len(fixed)), room, by, int(reach), fixed,
        candidates or tuple(str(kode) for kode in city.layer[KODE]), kodes, selection.period,
    )  # fmt: skip


def _choose_reach(city: City) -> tuple[str, str]:
    """Draw how far people travel, and by what that is measured where there are travel times."""
    ways = [training.STRAIGHT]
    try:
        ways += [training.TIMES] if training.travel_times(city) is not None else []
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
    by = training.STRAIGHT
    if len(ways) > 1:
        by = state.select(
            _("Ways are measured"), ways, by, _by_label, key="ukur", draw=st.segmented_control,
            required=True, width="stretch",
        )  # fmt: skip
    reaches = {training.STRAIGHT: training.REACHES, training.TIMES: training.MINUTES}[by]
    reach = state.select(
        _reach_heading(by), list(reaches), "0", partial(_reach_label, by), key="jarak"
    )
    return by, reach


def _by_label(by: str) -> str:
    return {
        training.STRAIGHT: _("as the crow flies (km)"),
        training.TIMES: _("by travel time (minutes)"),
    }[by]


def _reach_heading(by: str) -> str:
    if by == training.TIMES:
        return _("People travel at most (minutes)")
    return _("People travel at most (as the crow flies)")


def _reach_label(by: str, reach: str) -> str:
    if not int(reach):
        return _("however far")
    words = _("{minutes} minutes") if by == training.TIMES else _("{km} km")
    return words.format(km=number(int(reach)), minutes=number(int(reach)))


def _far(by: str, distance: float) -> str:
    """Return a way in words: metres told as km, or minutes."""
    if by == training.TIMES:
        return _("{minutes} minutes").format(minutes=number(distance))
    return _("{km} km").format(km=number(distance / 1000, 1))


def _number(
    slot: "st.delta_generator.DeltaGenerator", label: str, key: str, most: int, *, least: int = 0
) -> int:
    usual = training.USUAL[key]

    def is_valid(text: str) -> bool:
        return spending.is_figure(text, least, most)

    start = int(state.recall(key, usual, is_valid))
    given = int(slot.number_input(label, least, most, start, key=f"_{key}"))
    state.keep(key, str(given), usual)
    return given


def _areas(city: City, label: str, key: str) -> tuple[str, ...]:
    known = city.layer.set_index(KODE)[KELURAHAN]

    def is_valid(text: str) -> bool:
        return not text or set(text.split(",")) <= set(known.index)

    start = [kode for kode in state.recall(key, "", is_valid).split(",") if kode]
    chosen = st.multiselect(
        label, list(known.index), start, key=f"_{key}", placeholder=_("none"),
        format_func=lambda kode: str(known[kode]),
    )  # fmt: skip
    state.keep(key, ",".join(chosen), "")
    return tuple(chosen)


# --- classes -----------------------------------------------------------------------------------


def _classes(city: City, wish: Wish) -> None:
    try:
        found = training.classes(city, wish)
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return
    st.html(paragraphs(class_words(city, found, wish)))
    indicators = city.library.indicators
    table = pd.DataFrame(
        {
            _("Course"): [pick(indicators[name].label) for name in found.index],
            _("Asking"): found["asking"].map(number),
            _("Classes"): found["classes"].map(number),
            _("Placed"): found["placed"].map(number),
            _("Waiting"): found["waiting"].map(number),
            _("Kelurahan not known"): found["unknown"].map(number),
        }
    )
    st.dataframe(table, hide_index=True, height="content")


def class_words(city: City, found: pd.DataFrame, wish: Wish) -> Iterator[str]:
    """Yield which course most ask for, and how many classes that fills."""
    most = str(found["asking"].idxmax())
    words = _(
        "Most ask for “{course}”: {asking}, which fill {classes} classes of {size}. All courses "
        "together: {all} classes."
    )
    yield words.format(
        course=pick(city.library.indicators[most].label), asking=number(int(found["asking"][most])),
        classes=number(int(found["classes"][most])), size=number(wish.size),
        all=number(int(found["classes"].sum())),
    )  # fmt: skip
    if found["unknown"].any():
        yield _(
            "Where the survey says nothing, or so few that it may not be shown, people are not "
            "counted: there may be more."
        )


# --- venues ------------------------------------------------------------------------------------


def _venues(city: City, selection: Selection, wish: Wish) -> None:
    st.subheader(_("Where?"), anchor=False)
    try:
        if not work.is_done(f"venues {id(city)} {wish!r}", partial(_search, city, wish)):
            return
        found = training.sited(city, wish)
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return
    st.html(paragraphs(told(city, wish, found)))
    measured = training.asked_for(city, wish)
    left, right = st.columns([3, 2], gap="medium")
    seen = _picture(city, selection, wish, found, measured)
    with left:
        mapview.draw(city, seen, height=440)
        gives = share.Offer(
            ("csv", "xlsx", "png", "html"), settings(city, wish, found),
            lambda: rows(city, wish, found),
            name=f"tempat-{wish.course or 'semua-kursus'}-{wish.period}",
            definition=_("Where venues open, and who is sent where."),
        )  # fmt: skip
        share.offer(city, selection, measured, seen, gives=gives)
    with right:
        st.dataframe(_table(city, wish, found), hide_index=True, height="content")
        st.caption(_way_words(wish.by))


def _search(city: City, wish: Wish, report: Callable[[str], None], _stop: threading.Event) -> None:
    """Look for the best places; they are kept where they are worked out."""
    report("venues")
    training.sited(city, wish)


def _way_words(by: str) -> str:
    if by == training.TIMES:
        return _(
            "Times are those of the table in the data folder. People are sent to the nearest venue "
            "that has room."
        )
    return _(
        "Distances run straight between the middles of kelurahan, so ways are longer. "
        "People are sent to the nearest venue that has room."
    )


def told(city: City, wish: Wish, found: Siting) -> Iterator[str]:
    """Yield where venues open, whom they serve, and how sure that is the best."""
    served = float(found.load.sum())
    words = _(
        "{count} venues in {names} serve {served} people, {percent} % of those who are known to "
        "ask; {mean} on average, {far} at most."
    )
    yield words.format(
        count=number(len(found.open)), names=names_of(city, list(found.open)),
        served=number(served), percent=number(found.covered * 100, 1),
        mean=_far(wish.by, found.mean_distance), far=_far(wish.by, found.farthest),
    )  # fmt: skip
    if found.uncovered:
        yield _("Not all are served in {names}.").format(
            names=names_of(city, list(found.uncovered))
        )
    if found.left_out:
        words = _("Nobody asks, or it is not known, in {names}.")
        yield words.format(names=names_of(city, list(found.left_out)))
    if found.gap > 0:
        words = _(
            "The search was ended after {seconds} seconds: the best may be up to {percent} % "
            "better."
        )
        yield words.format(seconds=number(training.SECONDS), percent=number(found.gap * 100, 1))
    elif len(wish.candidates) < len(city.layer):
        words = _("Of the {count} kelurahan where venues may open none are better: that is proven.")
        yield words.format(count=number(len({*wish.candidates, *wish.fixed})))
    else:
        yield _("No other places are better: that is proven.")


def _catchment(found: Siting) -> "pd.Series[str]":
    """Return the venue that serves most of each kelurahan."""
    ordered = found.assignment.sort_values("people", ascending=False, kind="stable")
    return ordered.drop_duplicates("kode").set_index("kode")["venue"]


def _picture(
    city: City, selection: Selection, wish: Wish, found: Siting, measured: Measure
) -> Picture:
    known = city.layer.set_index(KODE)[KELURAHAN]
    catchment = _catchment(found).reindex(known.index)
    fills = [*_COLOURS, *ramp(7, worse=False), *ramp(7, worse=True)]
    legend = {
        venue: (fills[place % len(fills)], _("to {name}").format(name=known[venue]))
        for place, venue in enumerate(found.open)
    }
    legend["none"] = (MISSING.fill, _("nobody sent"))
    going = found.assignment.groupby("kode")["people"].sum()
    far = found.assignment.groupby("kode")["distance"].max()
    tips = {
        str(kode): [
            "" if pd.isna(catchment[kode]) else str(known[catchment[kode]]),
            number(going.get(kode)),
            "" if kode not in far else _far(wish.by, far[kode]),
        ]
        for kode in known.index
    }
    title = _("Venues and who goes where")
    labels = [_("Venue"), _("People"), _("Distance")]
    told = mapview.Told(title, f"{title} {wish}", catchment.fillna("none"), labels, tips)
    seen = mapview.of_classes(city, selection, measured, legend, told)
    return mapview.marked(seen, list(found.open))


def _table(city: City, wish: Wish, found: Siting) -> pd.DataFrame:
    where = places(city).reindex(list(found.open))
    table = pd.DataFrame(
        {
            _("Venue"): where[KELURAHAN],
            _("Kecamatan"): where[KECAMATAN],
            _("People"): found.load.reindex(list(found.open)).map(number),
        }
    )
    if wish.course:  # people who ask for several courses fill no class together
        table[_("Classes")] = training.classes_at(wish, found).map(number)
    return table


def rows(city: City, wish: Wish, found: Siting) -> pd.DataFrame:
    """Return who goes where, as taken home."""
    where = places(city)
    sent = found.assignment
    return pd.DataFrame(
        {
            _("Code"): sent["kode"],
            _("Kelurahan"): where[KELURAHAN].reindex(sent["kode"]).to_numpy(),
            _("Kecamatan"): where[KECAMATAN].reindex(sent["kode"]).to_numpy(),
            _("Venue"): where[KELURAHAN].reindex(sent["venue"]).to_numpy(),
            _("People"): sent["people"],
            _("Minutes") if wish.by == training.TIMES else f"{_('Distance')} (m)": (
                sent["distance"].round()
            ),
        }
    )


def settings(city: City, wish: Wish, found: Siting) -> list[tuple[str, str]]:
    """Return what was asked for, as label and text: it stands on every download."""
    course = pick(city.library.indicators[wish.course].label) if wish.course else _(
        "All courses together"
    )  # fmt: skip
    only = list(wish.candidates) if len(wish.candidates) < len(city.layer) else []
    return [
        (_("Course"), course),
        (_("People of a class"), number(wish.size)),
        (_("Venues that open"), names_of(city, list(found.open))),
        (_("Classes a venue holds (0: as many as come)"), number(wish.room)),
        (_reach_heading(wish.by), _reach_label(wish.by, str(wish.reach))),
        (_("Venues that are open already"), names_of(city, list(wish.fixed)) or "–"),
        (_("Venues may open only here (none: anywhere)"), names_of(city, only) or "–"),
        (
            _("Kelurahan whose people are served"),
            _("{rank} of {count}").format(
                rank=number(len(wish.kodes)), count=number(len(city.layer))
            ),
        ),
        (_("Proven"), _("yes") if found.gap == 0 else f"{number(found.gap * 100, 1)} %"),
    ]


if __name__ == "__main__":  # as Streamlit runs a page
    show()
