"""Page Bandingkan: two maps side by side, change, time, and two indicators against each other."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from kantong.analysis.change import change
from kantong.analysis.measures import Measure
from kantong.geo.schema import KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number
from kantong.maps.style import Scheme, common_breaks
from kantong.views import charts, frame, mapview, printing, share, state, words
from kantong.views.data import City
from kantong.views.state import Selection
from kantong.views.words import difference, figure, level_label, plain

WAYS = ("dua", "ubah", "waktu", "sebar")
_STEP_S = 1.5
_CHANGED = 5
_SMALLER = 440
_FEWEST_POINTS = 3
_STAYS = "_stays"


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    way = state.select(
        _("How to compare"), list(WAYS), WAYS[0], _way_label, key="cara",
        draw=st.segmented_control, label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip
    {"dua": _two_maps, "ubah": _change, "waktu": _time, "sebar": _scatter}[way](city, selection)


def _way_label(way: str) -> str:
    return {
        "dua": _("Two maps"),
        "ubah": _("Change"),
        "waktu": _("Through time"),
        "sebar": _("Two indicators"),
    }[way]


# --- two maps ----------------------------------------------------------------------------------


def _second(city: City, selection: Selection) -> Measure:
    """Draw the choice of what is compared with, and return it."""
    left, right = st.columns(2)
    with left:
        indicator = state.choose_indicator(
            city, _("Compare with"), key="indikator2", first=selection.indicator
        )
    with right:
        period = state.choose_period(
            city, indicator, _("Period compared with"), key="periode2", place=-2
        )
    return city.measure(indicator, period)


def _two_maps(city: City, selection: Selection) -> None:
    found = city.measure(selection.indicator, selection.period)
    other = _second(city, selection)
    scheme = None
    slot = st.container()
    if found.indicator == other.indicator:
        indicator = city.library.indicators[found.indicator]
        scheme = common_breaks([found.value, other.value], indicator, selection.scheme)
        slot.caption(_("Both maps have the same classes: colours mean the same."))
    for column, one, key in zip(st.columns(2), (found, other), ("map", "map2"), strict=True):
        with column:
            seen = mapview.picture(city, selection, one, scheme)
            frame.title(seen.title, city.datasets(one))
            mapview.draw(city, seen, key=key, height=_SMALLER, linked="banding")
            frame.source_line(city, one)
            share.offer(city, selection, one, seen, key=key)


# --- change ------------------------------------------------------------------------------------


def _change(city: City, selection: Selection) -> None:
    before = _before(city, selection)
    if before is None:
        told = _("There are no figures from before {period}. Choose a later period at the side.")
        st.info(plain(told.format(period=selection.period)))
        return
    after = city.measure(selection.indicator, selection.period)
    moved = change(before, after)
    both = _over([before, after])
    seen = mapview.change_picture(city, selection, moved, before, after)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.title(seen.title, city.datasets(both))
        mapview.draw(city, seen)
        frame.source_line(city, both)
        share.offer(city, selection, both, seen, gives=share.Offer(("png", "html")))
    with right:
        kept = selection.keeps(city).reindex(moved.difference.index, fill_value=False)
        _largest_changes(city, selection, moved.difference[kept])


def _before(city: City, selection: Selection) -> Measure | None:
    """Draw the choice of an earlier period, and return its figures; None where there is none."""
    periods = city.periods(selection.indicator)
    earlier = periods[: periods.index(selection.period)]
    if not earlier:
        return None
    with st.columns(2)[0]:
        period = state.select(_("Since"), earlier[::-1], earlier[-1], key="periode2")
    return city.measure(selection.indicator, period)


def _over(series: Sequence[Measure]) -> Measure:
    """Return the last of a series, with the periods and data sets of all: for what is said."""
    below = dict.fromkeys(one.denominator_period for one in series)
    return replace(
        series[-1],
        period="–".join(dict.fromkeys([series[0].period, series[-1].period])),
        denominator_period=", ".join(below),
        datasets=tuple(dict.fromkeys(key for one in series for key in one.datasets)),
    )


def _largest_changes(city: City, selection: Selection, moved: "pd.Series[float]") -> None:
    indicator = city.library.indicators[selection.indicator]
    names = city.layer.set_index(KODE)[KELURAHAN]
    known = moved.dropna().sort_values(kind="stable")
    up, down, same = int((known > 0).sum()), int((known < 0).sum()), int((known == 0).sum())
    st.markdown(
        _("{up} areas rose, {down} fell, {same} stayed, {unknown} are not known in both.").format(
            up=number(up), down=number(down), same=number(same),
            unknown=number(int(moved.isna().sum())),
        )
    )  # fmt: skip
    for title, rows in (
        (_("Rose most"), known[known > 0][::-1]),
        (_("Fell most"), known[known < 0]),
    ):
        st.markdown(f"**{title}**")
        table = [
            (str(names[str(kode)]), difference(value, indicator))
            for kode, value in rows.head(_CHANGED).items()
        ]
        st.html(words.table([level_label(city.level), _("Change")], table))


# --- time --------------------------------------------------------------------------------------


def _time(city: City, selection: Selection) -> None:
    indicator = city.library.indicators[selection.indicator]
    periods = city.periods(selection.indicator)
    every = {period: city.measure(selection.indicator, period) for period in periods}
    scheme = common_breaks([one.value for one in every.values()], indicator, selection.scheme)
    if len(periods) > 1:
        _player(city, selection, scheme, periods)
    else:
        st.info(_("This indicator has one period only; there is nothing to play."))
    together = _over(list(every.values()))
    frame.title(_("All periods, same classes"), city.datasets(together))
    printing.multiples(city, selection, list(every.values()), scheme)
    frame.source_line(city, together)


def _player(city: City, selection: Selection, scheme: Scheme, periods: list[str]) -> None:
    playing = st.session_state.setdefault("_playing", False)

    @st.fragment(run_every=_STEP_S if playing else None)
    def play() -> None:
        state.begin_again()
        key = "_frame"
        if st.session_state.get(key) not in periods:
            st.session_state[key] = selection.period
        elif playing and not st.session_state.pop(_STAYS, False):
            place = periods.index(st.session_state[key]) + 1
            st.session_state[key] = periods[place % len(periods)]
        button, slider = st.columns([1, 5], vertical_alignment="bottom")
        if button.button(
            _("Stop") if playing else _("Play"),
            icon=":material/stop:" if playing else ":material/play_arrow:", width="stretch",
            on_click=_stay,
        ):  # fmt: skip
            st.session_state["_playing"] = not playing
            st.rerun()
        with slider:
            period = st.select_slider(_("Period"), periods, key=key, on_change=_stay)
        found = city.measure(selection.indicator, period)
        seen = mapview.picture(city, selection, found, scheme)
        frame.title(seen.title, city.datasets(found))
        mapview.draw(city, seen, height=_SMALLER)

    play()


def _stay() -> None:
    """Let the player show the period that was chosen or stopped at, and not the next."""
    st.session_state[_STAYS] = True


# --- two indicators ----------------------------------------------------------------------------


def _scatter(city: City, selection: Selection) -> None:
    across = city.measure(selection.indicator, selection.period)
    up = _second(city, selection)
    left, right = st.columns(2, gap="medium")
    with left:
        marked = _points(city, selection, across, up)
    with right:
        seen = mapview.picture(city, selection, across)
        frame.title(seen.title, city.datasets(across))
        mapview.draw(city, mapview.marked(seen, marked), height=_SMALLER)
    for one in (across, up):
        frame.source_line(city, one)


def _points(city: City, selection: Selection, across: Measure, up: Measure) -> list[str]:
    """Draw the points of two indicators and return the areas that are selected among them."""
    catalogue = city.library.indicators
    kept = selection.keeps(city)
    both = pd.DataFrame({"x": across.value, "y": up.value}).dropna()
    both = both[kept.reindex(both.index)]
    both["name"] = city.layer.set_index(KODE)[KELURAHAN].reindex(both.index)
    both["x_text"] = both["x"].map(lambda value: figure(value, catalogue[across.indicator]))
    both["y_text"] = both["y"].map(lambda value: figure(value, catalogue[up.indicator]))
    titles = [frame.title_of(catalogue[one.indicator], one) for one in (across, up)]
    st.markdown(f"**{plain(titles[1])}**")
    event = st.altair_chart(
        charts.scatter(
            both.reset_index(names=KODE), titles[0], titles[1], chosen=selection.kelurahan
        ),
        width="stretch",
        key="scatter",
        on_select="rerun",
    )
    area = event.selection.get("areas") or {}
    marked = charts.inside(both, area) if area else []
    told = _("{count} areas selected; draw a rectangle over points to mark them on the map.")
    st.caption(told.format(count=number(len(marked))))
    correlation = (
        both["x"].rank().corr(both["y"].rank()) if len(both) >= _FEWEST_POINTS else float("nan")
    )
    st.caption(
        _("Rank correlation (Spearman 1904) {value} over {count} areas.").format(
            value=number(correlation, 2), count=number(len(both))
        )
    )
    return marked


if __name__ == "__main__":  # as Streamlit runs a page
    show()
