"""Page Mitra: unmet needs offered to companies as packages, and what they have promised."""

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from kantong.analysis.packages import BUDGET_RP, PARTS, PEOPLE
from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.maps.style import ALONE, MISSING, hotspot_fill
from kantong.store.interventions import KINDS
from kantong.store.rights import Right
from kantong.views import (
    access,
    frame,
    mapview,
    offering,
    offers,
    pledging,
    programmes,
    saved,
    share,
    spending,
    state,
    stating,
    work,
)
from kantong.views.data import City
from kantong.views.draft import ask_who, tell
from kantong.views.mapview import Picture
from kantong.views.offering import ID, LINE, MOST_LINES, MOST_SIZE, TAKEN, Line, Menu, Pledge
from kantong.views.places import places
from kantong.views.programmes import THIRD, THRESHOLDS
from kantong.views.state import Selection
from kantong.views.words import code_label, paragraphs, plain

_RUPIAH = Indicator("rupiah", {}, {}, {}, "amount")
_HEIGHT, _ROWS_IN_VIEW = 420, 10
_TOLD, _ASKED = "_pledge_told", "_pledge_asked"
OWN_WIDGETS = ("_offer ", "_offers")
_FIELDS = ("need", "kind", "cost", "size", "name")


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    st.header(_("What can companies take on?"), anchor=False)
    if not offering.needs(city):
        st.info(_("No count of a need is here yet. Import one first."))
        return
    menu = _choose(city, selection)
    pledged = pledging.pledges(city, menu.year)
    try:
        found = offering.menu_packages(city, menu, pledged)
    except DataError as error:
        st.info(plain(error.describe(_)), icon=":material/edit:")
        return
    if found.empty:
        st.info(plain(_nothing_words(city, menu)))
    else:
        _draw(city, selection, menu, found)
    _pledged(pledged)
    datasets = offering.datasets(city, menu)
    panel = saved.Panel(
        kind="csr_menu", page="mitra", datasets=tuple(datasets), keys=offering.KEYS,
        forget=OWN_WIDGETS,
    )  # fmt: skip
    saved.offer(city, panel)
    for one in offering.measures(city, menu):
        st.caption(plain(frame.title_of(city.library.indicators[one.indicator], one)))
        frame.source_line(city, one)


# --- choices -----------------------------------------------------------------------------------


def _choose(city: City, selection: Selection) -> Menu:
    known = offering.needs(city)
    start = offering.read(state.recall("paket", "", lambda text: _is_menu(text, known)), known)
    left, right = st.columns(2)
    with left:
        year = state.select(
            _("For the year"), offering.years(city), offering.usual_year(city), key="tahun_mitra"
        )
    with right:
        threshold = state.select(
            _("Kelurahan with need are"), list(THRESHOLDS), THIRD, programmes.threshold_label,
            key="ambang",
        )  # fmt: skip
    with st.expander(_("What is offered"), icon=":material/tune:", expanded=True):
        lines = _choose_lines(city, known, start or offering.usual(known))
    state.keep("paket", offering.write(lines), "")
    return Menu(
        tuple(lines), year, threshold, selection.indicator, selection.period,
        offering.selected(selection, city),
    )  # fmt: skip


def _is_menu(text: str, known: list[str]) -> bool:
    return not text or bool(offering.read(text, known))


def _choose_lines(city: City, known: list[str], usual: tuple[Line, ...]) -> list[Line]:
    many = int(st.session_state.setdefault("_offers", len(usual)))
    lines = [
        _choose_line(
            city, known, place, usual[place] if place < len(usual) else Line(known[0], KINDS[0]),
            many,
        )
        for place in range(many)
    ]  # fmt: skip
    st.button(
        _("Add a need"), on_click=_add, icon=":material/add:", width="stretch",
        disabled=many >= MOST_LINES,
    )  # fmt: skip
    return lines


def _add() -> None:
    st.session_state["_offers"] += 1


def _choose_line(city: City, known: list[str], place: int, start: Line, many: int) -> Line:
    labels = city.library.indicators
    with st.container(border=True):
        first, second, third = st.columns([3, 2, 3], vertical_alignment="bottom")
        need = first.selectbox(
            _("Need {place}").format(place=number(place + 1)), known, known.index(start.need),
            key=f"_offer {place} need", format_func=lambda one: pick(labels[one].label),
        )  # fmt: skip
        kind = second.selectbox(
            _("Kind of help"), KINDS, KINDS.index(start.kind), key=f"_offer {place} kind",
            format_func=code_label, help=_("What is recorded of this kind is taken off the need."),
        )  # fmt: skip
        name = third.text_input(
            _("Name, if another"), start.name, offering.LONGEST_NAME, key=f"_offer {place} name",
            placeholder=pick(labels[need].label),
        )  # fmt: skip
        fourth, fifth, last = st.columns([3, 2, 3], vertical_alignment="bottom")
        cost = fourth.number_input(
            _("Cost for each (Rp)"), 0, spending.MOST_RP, start.cost_rp or None, 50_000,
            key=f"_offer {place} cost", placeholder=_("please state"),
        )  # fmt: skip
        size = fifth.number_input(
            _("Most of a package"), 1, MOST_SIZE, start.size, 1, key=f"_offer {place} size"
        )
        last.button(
            _("Remove"), key=f"_offer {place} drop", on_click=stating.drop,
            args=("_offer", _FIELDS, place),
            icon=":material/close:", width="stretch", disabled=many <= 1,
        )  # fmt: skip
    clean = spending.clean(name)
    return Line(str(need), str(kind), int(cost or 0), int(size), clean)


# --- the menu ----------------------------------------------------------------------------------


def _draw(city: City, selection: Selection, menu: Menu, found: pd.DataFrame) -> None:
    measured = offering.open_money(city, menu, found)
    frame.title(_("Packages {year}").format(year=menu.year), city.datasets(measured))
    st.html(paragraphs(told(city, menu, found)))
    st.caption(plain(offers.how()))
    seen = _picture(city, selection, menu, found)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        mapview.draw(city, seen, height=420)
    with right:
        _one(city, selection, menu, found)
    _table(city, menu, found)
    _booklet(city, selection, menu, found)
    gives = share.Offer(
        ("csv", "xlsx", "png", "html"), offers.settings(city, menu),
        lambda: offers.rows(city, menu, found), name=f"paket-{menu.year}",
        definition=_("What the packages cost that nobody has promised yet, in rupiah."),
    )  # fmt: skip
    share.offer(city, selection, measured, seen, key="offers", gives=gives)


def _booklet(city: City, selection: Selection, menu: Menu, found: pd.DataFrame) -> None:
    free = _open(found)
    st.download_button(
        _("Download all packages, a page each (PDF)"),
        work.on_click(
            lambda: offers.booklet(city, selection, menu, free.head(offers.MOST_PAGES)), costly=True
        ),
        file_name=f"{_mark(city, menu, found)}paket-{menu.year}.pdf", mime="application/pdf",
        icon=":material/picture_as_pdf:", on_click="ignore", width="stretch",
        disabled=free.empty,
    )  # fmt: skip
    if len(free) > offers.MOST_PAGES:
        words = _(
            "The booklet holds the first {most} of {all} packages. For the others make packages "
            "larger, or filter by kecamatan."
        )
        told_ = words.format(most=number(offers.MOST_PAGES), all=number(len(free)))
        st.caption(plain(told_))


def _nothing_words(city: City, menu: Menu) -> str:
    """Return why there is no package: nothing is open, or it is not known."""
    if offering.first_areas(city, menu).empty:
        return _("Of no kelurahan is it known how great the need is: choose another indicator.")
    said = [_("Nothing is open in the kelurahan with most need.")]
    return " ".join([*said, *_unknown_words(city, menu)])


def _unknown_words(city: City, menu: Menu) -> list[str]:
    unknown = len(offering.unknown(city, menu))
    words = _("Of {count} kelurahan the need, or for how many something is under way, is not "
              "known; they are not offered.")  # fmt: skip
    return [words.format(count=number(unknown))] if unknown else []


def _open(found: pd.DataFrame) -> pd.DataFrame:
    return found[found[TAKEN] == ""]


def _mark(city: City, menu: Menu, found: pd.DataFrame) -> str:
    return "SIMULASI-" if city.is_simulated(offering.open_money(city, menu, found)) else ""


def told(city: City, menu: Menu, found: pd.DataFrame) -> list[str]:
    """Return what a menu offers, as it would be read aloud."""
    free = _open(found)
    said = [
        _(
            "{packages} packages in {areas} of the {all} kelurahan with most need: {money} in all."
        ).format(
            packages=number(len(free)), areas=number(free[KODE].nunique()),
            all=number(len(offering.first_areas(city, menu))), money=rupiah(free[BUDGET_RP].sum()),
        )
    ]  # fmt: skip
    for place, line in enumerate(menu.lines):
        own = free[free[LINE] == place]
        words = _("{name}: {people} {unit} in {packages} packages, {money}.")
        said.append(
            words.format(
                name=offering.name_of(city, menu, line), people=number(own[PEOPLE].sum()),
                unit=offering.unit_of(city, line), packages=number(len(own)),
                money=rupiah(own[BUDGET_RP].sum()),
            )
        )  # fmt: skip
    said += _unknown_words(city, menu)
    taken = found[found[TAKEN] != ""]
    if len(taken):
        words = _("{packages} more packages are promised already: {money}.")
        said.append(words.format(packages=number(len(taken)), money=rupiah(taken[BUDGET_RP].sum())))
    return said


def _picture(city: City, selection: Selection, menu: Menu, found: pd.DataFrame) -> Picture:
    free = _open(found)
    people = free.pivot_table(index=KODE, columns=LINE, values=PEOPLE, aggfunc="sum")
    labels = [_("Open (Rp)"), *(offering.name_of(city, menu, line) for line in menu.lines)]
    measured = offering.open_money(city, menu, found)
    tips = {
        str(kode): [
            rupiah(measured.value[kode]) if pd.notna(measured.value[kode]) else "",
            *(_people(people, str(kode), place) for place in range(len(menu.lines))),
        ]
        for kode in measured.value.index
    }
    title = _("Open packages {year}").format(year=menu.year)
    told_ = mapview.Told(title, f"{title} {menu}", pd.Series(dtype=str), labels, tips)
    seen = mapview.of_figures(city, selection, measured, _RUPIAH, told_, unit="Rp")
    return _told_apart(city, menu, measured.value, seen)


def _told_apart(city: City, menu: Menu, value: "pd.Series[float]", seen: Picture) -> Picture:
    """Return the map with areas without an open package told apart: why there is none."""
    first, known = offering.first_areas(city, menu), offering.priority(city, menu).value.notna()
    unknown = offering.unknown(city, menu) | set(known.index[~known])
    nothing, hatch = hotspot_fill("not_significant"), MISSING.fill

    def fill_of(kode: str, fill: str) -> str:
        if pd.notna(value[kode]):
            return fill
        if kode in unknown and kode in menu.kodes:
            return hatch
        return nothing if kode in first.index else ALONE.fill

    fills = {kode: fill_of(kode, fill) for kode, fill in seen.state.fills.items()}
    entries = [one for one in seen.entries if one[0] != hatch]
    for fill, words in (
        (nothing, _("nothing open")),
        (ALONE.fill, _("not among those with most need, so not looked at")),
        (hatch, _("not known")),
    ):
        count = sum(one == fill for one in fills.values())
        entries += [(fill, words, count)] if count else []
    return mapview.with_fills(replace(seen, entries=entries), fills)


def _people(people: pd.DataFrame, kode: str, line: int) -> str:
    if kode not in people.index or line not in people.columns:
        return ""
    return number(float(people[line][kode]))


def _table(city: City, menu: Menu, found: pd.DataFrame) -> None:
    where = places(city)
    table = pd.DataFrame(
        {
            _("Kelurahan"): [where[KELURAHAN][kode] for kode in found[KODE]],
            _("Package"): [_package_words(city, menu, row) for row in _rows(found)],
            _("How many"): [
                f"{number(row[PEOPLE])} {offering.unit_of(city, menu.lines[row[LINE]])}"
                for row in _rows(found)
            ],
            _("Cost"): found[BUDGET_RP].map(rupiah),
            _("Promised by"): found[TAKEN],
            _("Kecamatan"): [where[KECAMATAN][kode] for kode in found[KODE]],
        }
    )
    st.dataframe(
        table, hide_index=True, height=_HEIGHT if len(table) > _ROWS_IN_VIEW else "content"
    )


def _rows(found: pd.DataFrame) -> list[dict[Any, Any]]:
    return found.to_dict("records")


def _package_words(city: City, menu: Menu, row: dict[Any, Any]) -> str:
    name = offering.name_of(city, menu, menu.lines[row[LINE]])
    if row[PARTS] == 1:
        return name
    part = _("{part} of {parts}").format(part=number(row["part"]), parts=number(row[PARTS]))
    return f"{name} ({part})"


# --- one package, and promises -----------------------------------------------------------------


def _one(city: City, selection: Selection, menu: Menu, found: pd.DataFrame) -> None:
    """Draw one package: its page, and who takes it on."""
    if told_ := st.session_state.pop(_TOLD, ""):
        st.success(plain(told_))
    free = _open(found)
    if free.empty:
        st.info(_("All packages are promised."))
        return
    by_id = {str(row[ID]): row for row in _rows(free)}
    asked = st.session_state.pop(_ASKED, "")
    if asked and asked not in by_id:
        st.error(_("Somebody has promised this package meanwhile. Choose another."))
    where = _distinct(city)

    def words(package: str) -> str:
        row = by_id[package]
        return f"{where[row[KODE]]} · {_package_words(city, menu, row)}"

    chosen = st.selectbox(_("Package"), list(by_id), format_func=words, key="_package")
    row = by_id[str(chosen)]
    unit = offering.unit_of(city, menu.lines[row[LINE]])
    st.markdown(f"**{number(row[PEOPLE])} {plain(unit)} · {plain(rupiah(row[BUDGET_RP]))}**")
    st.download_button(
        _("Download its page (PDF)"),
        work.on_click(partial(offers.page, city, selection, menu, row), costly=True),
        file_name=f"{_mark(city, menu, found)}paket-{str(row[ID]).replace('/', '-')}.pdf",
        mime="application/pdf", icon=":material/picture_as_pdf:", on_click="ignore",
        width="stretch",
    )  # fmt: skip
    if access.visitor().may(Right.PLAN):
        _take_on(city, menu, row, asked)


def _distinct(city: City) -> "pd.Series[str]":
    """Return the names of kelurahan by ``kode``, with the kecamatan where two are called alike."""
    where = places(city)
    longer = where[KELURAHAN] + ", " + where[KECAMATAN]
    return where[KELURAHAN].mask(where[KELURAHAN].duplicated(keep=False), longer)


def _take_on(city: City, menu: Menu, row: dict[Any, Any], asked: str) -> None:
    """Draw who takes a package on, and record it where that was asked for this very one."""
    with st.popover(_("A company takes it on"), icon=":material/handshake:", width="stretch"):
        company = st.text_input(_("Company"), key="_company", max_chars=120).strip()
        who = ask_who(st.container(), key="_pledge_who")
        st.button(
            _("Record the promise"), type="primary", key="_pledge", disabled=not (company and who),
            on_click=_ask, args=(str(row[ID]),),
        )  # fmt: skip
        if asked == row[ID] and company and who:
            _record(city, menu, row, company, who)


def _ask(package: str) -> None:
    """Ask for the package that was seen: it may be gone when the page is drawn again."""
    st.session_state[_ASKED] = package


def _record(city: City, menu: Menu, row: dict[Any, Any], company: str, who: str) -> None:
    try:
        pledging.pledge(city, menu, row, company, who)
    except DataError as error:
        tell(error)
        return
    words = _("Recorded: {company}, {package}. Page Programme shows it as pledged.")
    name = f"{places(city)[KELURAHAN][row[KODE]]}, {_package_words(city, menu, row)}"
    st.session_state[_TOLD] = words.format(company=company, package=name)
    st.rerun()


def _pledged(pledged: list[Pledge]) -> None:
    if not pledged:
        return
    few = _("too few to show")
    with st.expander(
        _("Promised ({count})").format(count=number(len(pledged))), icon=":material/handshake:"
    ):
        table = pd.DataFrame(
            {
                "#": [one.entry for one in pledged],
                _("Company"): [one.funder for one in pledged],
                _("Programme"): [one.key[0] for one in pledged],
                _("Code"): [one.key[1] for one in pledged],
                _("How many"): [few if one.hidden else number(one.people) for one in pledged],
                _("Cost"): [few if one.hidden else rupiah(one.budget_rp) for one in pledged],
            }
        )
        st.dataframe(table, hide_index=True, height="content")
        if access.visitor().may(Right.PLAN):
            st.caption(_("Correct or withdraw a promise on the page Programmes, under Record."))


if __name__ == "__main__":  # as Streamlit runs a page
    show()
