"""Page Target: how many must leave poverty each year, where, and whether it is going so."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.targets import (
    AHEAD,
    BEHIND,
    CONSTANT,
    NOT_TOLD,
    STRAIGHT,
    STRAIGHT_EXITS,
    TOO_CLOSE,
    NeededPath,
    Rule,
    Split,
    needed_path,
    progress,
    split_exits,
    survey_changes,
)
from kantong.geo.errors import DataError
from kantong.geo.schema import DATASET, KECAMATAN, KELURAHAN, Dataset
from kantong.language import gettext as _
from kantong.language import number
from kantong.maps.style import MISSING, ramp
from kantong.views import charts, frame, mapview, saved, share, spending, state
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.places import names_of, places
from kantong.views.state import Selection
from kantong.views.words import kind_of_data, paragraphs, plain, sources

POOR = "poor_people"
RULES: tuple[Rule, ...] = ("proportional", "equal", "priority")
KEYS = ("target", "tahun_target", "sejak", "galat", "bagi", "kecamatan", "dapil", "tutup")
OWN_WIDGETS = ("_target",)
_USUAL_TARGET, _USUAL_AHEAD, _FARTHEST, _MOST = 30_000, 3, 25, 10**8
_ERRORS = ("", "2", "3", "4", "5", "8")
_CLASSES = 5


@dataclass(frozen=True)
class Aim:
    """What is aimed at.

    Parameters
    ----------
    target, by
        Poor people there shall be, and in which year.
    since
        The year from which is counted.
    error
        Relative standard error of the survey in per cent; empty where it is not known.
    rule
        How exits are shared out.
    """

    target: int
    by: int
    since: int
    error: str
    rule: Rule


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    st.header(_("What does a target ask for?"), anchor=False)
    series = poor_by_year(city)
    known = series.dropna()
    if known.empty:
        st.info(_("There is no series of the city's poor people. It comes with the data folder."))
        return
    aim = _choose(known)
    try:
        path = needed_path(series, aim.target, aim.by, since=aim.since)
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return
    _draw(city, selection, series, aim, path)


def poor_by_year(city: City) -> "pd.Series[float]":
    """Return the poor people of the city by year, as published; NaN where not found."""
    rows = city.library.city_series
    return pd.Series(
        (rows["poor_thousand"].astype(float) * 1000).round().to_numpy(),
        index=rows["year"].astype(int), name="poor",
    )  # fmt: skip


def rule_label(rule: str) -> str:
    """Return the words for a rule of sharing exits out."""
    return {
        "proportional": _("in proportion to its poor people"),
        "equal": _("the same for each"),
        "priority": _("by the rate of the poor, the worst off most"),
    }[rule]


def _choose(known: "pd.Series[float]") -> Aim:
    last = int(known.index.max())
    first, second, third, fourth = st.columns(4)
    start = int(state.recall("target", str(_USUAL_TARGET), _is_count))
    target = first.number_input(
        _("Poor people there shall be"), 0, _MOST, start, 500, key="_target"
    )
    state.keep("target", str(target), str(_USUAL_TARGET))
    years = [str(year) for year in range(last + 1, last + _FARTHEST + 1)]
    with second:
        by = state.select(_("In the year"), years, str(last + _USUAL_AHEAD), key="tahun_target")
    sinces = [str(year) for year in sorted(known.index, reverse=True)]
    with third:
        since = state.select(_("Counted from"), sinces, sinces[0], key="sejak")
    with fourth:
        error = state.select(
            _("Relative standard error of the survey"), list(_ERRORS), "", _error_label,
            key="galat",
        )  # fmt: skip
    rule = state.select(
        _("Shared out over kelurahan"), list(RULES), RULES[0], rule_label, key="bagi",
        draw=st.segmented_control, required=True, width="stretch",
    )  # fmt: skip
    return Aim(int(target), int(by), int(since), error, next(one for one in RULES if one == rule))


def _is_count(text: str) -> bool:
    return spending.is_figure(text, 0, _MOST)


def _error_label(error: str) -> str:
    return f"{error} %" if error else _("not known")


# --- the way -----------------------------------------------------------------------------------


def _draw(
    city: City, selection: Selection, series: "pd.Series[float]", aim: Aim, path: NeededPath
) -> None:
    datasets = official(city)
    frame.title(
        _("{target} poor people by {year}").format(target=number(aim.target), year=aim.by), datasets
    )
    st.html(paragraphs(told(series, aim, path)))
    st.altair_chart(charts.target(_points(series, aim, path), _("Poor people")), width="stretch")
    st.caption(
        _("Source: {source}").format(source=sources(datasets)) + f" · {kind_of_data(datasets)}"
    )
    _progress(series, aim, path)
    _split(city, selection, aim, path)
    panel = saved.Panel(
        kind="target", page="target", datasets=tuple(datasets_of(city, aim)), keys=KEYS,
        forget=OWN_WIDGETS,
    )  # fmt: skip
    saved.offer(city, panel)


def datasets_of(city: City, aim: Aim) -> list[Dataset]:
    """Return the data sets that a target and its shares are worked out from."""
    every = official(city)
    if POOR in city.indicators():
        every += [one for found in _measures(city, aim) for one in city.datasets(found)]
    return list({one.id: one for one in every}.values())


def _measures(city: City, aim: Aim) -> list[Measure]:
    """Return the poor people by kelurahan and, where exits are shared by it, their rate."""
    poor = city.measure(POOR, city.periods(POOR)[-1])
    rate = city.rate_of(city.library.indicators[POOR])
    if aim.rule != "priority" or rate is None:
        return [poor]
    return [poor, city.measure(rate.id, poor.period)]


def official(city: City) -> list[Dataset]:
    """Return the data sets of the city's series of poor people."""
    ids = dict.fromkeys(city.library.city_series[DATASET])
    return [city.library.datasets[str(one)] for one in ids]


def told(series: "pd.Series[float]", aim: Aim, path: NeededPath) -> Iterator[str]:
    """Yield what the target asks for, and what can be told of it, as it would be read aloud."""
    years = path.by - path.since
    exits = path.start - path.target
    if exits <= 0:
        yield _("There are {start} poor people in {since}, no more than the target.").format(
            start=number(path.start), since=path.since
        )
        return
    each = path.frame[STRAIGHT_EXITS].dropna()
    words = _(
        "From {start} poor people in {since} to {target} in {by}: {exits} fewer, {each} each year "
        "for {years} years. That is net: who becomes poor must be made up for."
    )
    yield words.format(
        start=number(path.start), since=path.since, target=number(path.target), by=path.by,
        exits=number(exits), each=number(float(each.max())), years=number(years),
    )  # fmt: skip
    before = series.dropna()
    before = before[before.index <= path.since]
    if len(before) > 1:
        past = (before.iloc[0] - before.iloc[-1]) / (before.index[-1] - before.index[0])
        words = _("From {first} to {last} it fell by {past} a year on average.")
        if past < 0:
            words = _("From {first} to {last} it rose by {past} a year on average.")
        ends = {"first": before.index[0], "last": before.index[-1]}
        yield words.format(**ends, past=number(abs(float(past))))
    yield from _noise(series, aim)


def _noise(series: "pd.Series[float]", aim: Aim) -> Iterator[str]:
    """Yield whether the last change is more than chance of the survey."""
    changes = survey_changes(series, rse=float(aim.error) if aim.error else None)
    if changes.empty:
        return
    last = changes.iloc[-1]
    told = {
        "earlier": int(last["earlier"]), "later": int(changes.index[-1]),
        "change": number(float(last["difference"]), signed=True),
        "limit": number(float(last["rse_limit"]), 2),
    }  # fmt: skip
    if pd.isna(last["beyond_noise"]):
        yield _(
            "The figures come from a sample. The change from {earlier} to {later} ({change}) is "
            "more than chance only if the survey's relative standard error is below {limit} %; it "
            "is not published here, so state it above, or take one year's change for no success "
            "and no failure."
        ).format(**told)
    elif last["beyond_noise"]:
        yield _(
            "The change from {earlier} to {later} ({change}) is more than the sample's chance."
        ).format(**told)
    else:
        yield _(
            "The change from {earlier} to {later} ({change}) is within the sample's chance: nobody "
            "can tell it from none."
        ).format(**told)


def _points(series: "pd.Series[float]", aim: Aim, path: NeededPath) -> pd.DataFrame:
    """Return rows for the chart: ``year``, ``value``, ``kind``, ``lower`` and ``upper``."""
    known = series.dropna()
    half = known * 1.96 * float(aim.error) / 100 if aim.error else known * float("nan")
    observed = pd.DataFrame(
        {"year": known.index, "value": known.to_numpy(), "kind": _("observed"),
         "lower": (known - half).to_numpy(), "upper": (known + half).to_numpy()}
    )  # fmt: skip
    ways = []
    for column, words in ((STRAIGHT, _("the same each year")), (CONSTANT, _("the same share"))):
        way = path.frame[column].dropna().astype(float)
        ways.append(pd.DataFrame({"year": way.index, "value": way.to_numpy(), "kind": words}))
    return pd.concat([observed, *ways], ignore_index=True)


def _progress(series: "pd.Series[float]", aim: Aim, path: NeededPath) -> None:
    found = progress(path, series, rse=float(aim.error) if aim.error else None)
    seen = found.dropna(subset=["observed"])
    if seen.empty:
        st.caption(_("No year since {year} is known yet.").format(year=path.since))
        return
    st.subheader(_("Progress"), anchor=False)
    table = pd.DataFrame(
        {
            _("Year"): [str(year) for year in seen.index],
            _("Needed"): seen["straight"].map(number),
            _("Observed"): seen["observed"].map(number),
            _("Of the way"): seen["done_percent"].map(lambda value: f"{number(value)} %"),
            _("So far"): seen["state"].map(_state_label),
        }
    )
    st.dataframe(table, hide_index=True, height="content")


def _state_label(name: str) -> str:
    return {
        AHEAD: _("on the way"),
        BEHIND: _("behind"),
        TOO_CLOSE: _("too close to tell"),
        NOT_TOLD: _("cannot be told: the survey's error is not known"),
    }[name]


# --- over kelurahan ----------------------------------------------------------------------------


def split(city: City, kodes: Collection[str], aim: Aim, path: NeededPath) -> tuple[Measure, Split]:
    """Return the poor people of each kelurahan, and how many exits each is asked for.

    The measure names all data sets that the exits are worked out from. Counts that are covered
    get no share: else a share would tell them.

    Parameters
    ----------
    kodes
        The kelurahan that share: all exits are asked of them alone.

    Raises
    ------
    TableError
        The exits cannot be shared out.
    """
    measured, *rates = _measures(city, aim)
    poor = measured.value.where(measured.value.index.isin(list(kodes)))
    score = rates[0].value.where(poor.notna()) if rates else None
    rule: Rule = aim.rule if rates or aim.rule != "priority" else "proportional"
    exits = max(path.start - path.target, 0)
    names = tuple(one.id for one in datasets_of(city, aim))
    return replace(measured, datasets=names), split_exits(exits, poor, rule=rule, score=score)


def _split(city: City, selection: Selection, aim: Aim, path: NeededPath) -> None:
    if POOR not in city.indicators():
        st.info(_("Poor people are not known by kelurahan."))
        return
    try:
        kept = selection.keeps(city)
        kodes = tuple(map(str, kept.index[kept]))
        measured, found = split(city, kodes, aim, path)
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return
    datasets = city.datasets(measured)
    frame.title(
        _("Exits by {year}, {rule}").format(year=aim.by, rule=rule_label(found.rule)), datasets
    )
    st.html(paragraphs(split_words(city, measured, found, aim, path, kodes)))
    left, right = st.columns([3, 2], gap="medium")
    seen = _picture(city, selection, measured, found, aim)
    with left:
        mapview.draw(city, seen, height=420)
        gives = share.Offer(
            ("csv", "xlsx", "png", "html"), settings(aim, path, found),
            lambda: rows(city, measured, found, path), name=f"sasaran-{aim.by}-{found.rule}",
            definition=_("How many fewer poor people the target asks of each kelurahan."),
        )  # fmt: skip
        share.offer(city, selection, measured, seen, gives=gives)
    with right:
        st.dataframe(_table(city, measured, found, path), hide_index=True, height=460)
    frame.source_line(city, measured)


def split_words(
    city: City, measured: Measure, found: Split, aim: Aim, path: NeededPath, kodes: Collection[str]
) -> Iterator[str]:
    """Yield how far the shares of kelurahan can be taken."""
    whole = float(measured.value.sum())
    words = _(
        "By kelurahan {sum} poor people are known in {period}, the city's figure counts {start} in "
        "{since}: the two are counted in different ways, so shares guide and do not bind."
    )
    yield words.format(
        sum=number(whole), period=measured.period, start=number(path.start), since=path.since
    )
    if len(kodes) < len(city.layer):
        words = _(
            "With the filter all {exits} fewer are asked of its {count} kelurahan alone, as if the "
            "others had no share in the target."
        )
        exits = number(max(path.start - path.target, 0))
        yield words.format(exits=exits, count=number(len(kodes)))
    if found.left_out:
        words = _(
            "Not known, too small to show, or outside the filter, so without a share: {names}."
        )
        yield words.format(names=names_of(city, list(found.left_out)))
    if found.rule != aim.rule:
        yield _("There is no rate of the poor to share by: shares are in proportion instead.")


def _each_year(found: Split, path: NeededPath) -> "pd.Series[float]":
    return found.exits.astype(float) / (path.by - path.since)


def _table(city: City, measured: Measure, found: Split, path: NeededPath) -> pd.DataFrame:
    order = found.exits.dropna().astype(int).sort_values(ascending=False, kind="stable").index
    return pd.DataFrame(
        {
            _("Kelurahan"): places(city)[KELURAHAN].reindex(order),
            _("Poor people"): measured.value.reindex(order).map(number),
            _("Exits"): found.exits.reindex(order).map(number),
            _("Each year"): _each_year(found, path).reindex(order).map(lambda one: number(one, 1)),
        }
    )


def rows(city: City, measured: Measure, found: Split, path: NeededPath) -> pd.DataFrame:
    """Return the exits asked of each kelurahan, as taken home."""
    where = places(city).reindex(found.exits.index)
    return pd.DataFrame(
        {
            _("Code"): found.exits.index,
            _("Kelurahan"): where[KELURAHAN],
            _("Kecamatan"): where[KECAMATAN],
            _("Poor people"): measured.value.reindex(found.exits.index),
            _("Exits"): found.exits.astype(float),
            _("Each year"): _each_year(found, path),
        }
    )


def _picture(
    city: City, selection: Selection, measured: Measure, found: Split, aim: Aim
) -> Picture:
    exits = found.exits.astype(float)
    known = exits.dropna()
    ends = sorted({float(known.quantile(part / _CLASSES, interpolation="lower"))
                   for part in range(1, _CLASSES + 1)}) if len(known) else []  # fmt: skip
    fills = ramp(max(len(ends), 1), worse=True)
    legend: dict[str, tuple[str, str]] = {}
    classes = pd.Series("missing", index=exits.index)
    low = 0.0
    for place, (end, fill) in enumerate(zip(ends, fills, strict=False)):
        own = known[(known <= end) & (known >= low)]
        classes[own.index] = str(place)
        words = _("{lower} to {upper}")
        span = words.format(lower=number(float(own.min())), upper=number(end)) if len(own) else ""
        legend[str(place)] = (fill, span)
        low = end + 1
    legend["missing"] = (MISSING.fill, _("no share"))
    title = _("Exits by {year}, {rule}").format(year=aim.by, rule=rule_label(found.rule))
    tips = {str(kode): [number(measured.value[kode]), number(exits[kode])] for kode in exits.index}
    told = mapview.Told(title, f"{title} {aim}", classes, [_("Poor people"), _("Exits")], tips)
    return mapview.of_classes(city, selection, measured, legend, told)


def settings(aim: Aim, path: NeededPath, found: Split) -> list[tuple[str, str]]:
    """Return what is aimed at, as label and text: it stands on every download."""
    return [
        (_("Poor people there shall be"), f"{number(aim.target)}, {aim.by}"),
        (_("Counted from"), f"{number(path.start)}, {path.since}"),
        (_("Relative standard error of the survey"), _error_label(aim.error)),
        (_("Shared out over kelurahan"), rule_label(found.rule)),
        (
            _("Kelurahan with a share"),
            _("{rank} of {count}").format(
                rank=number(found.exits.notna().sum()), count=number(len(found.exits))
            ),
        ),
    ]


def aim_of(settings_of: Mapping[str, str], known: "pd.Series[float]") -> Aim | None:
    """Return what the address of this page aims at; None where it aims at nothing."""
    last = int(known.index.max())
    target = settings_of.get("target", str(_USUAL_TARGET))
    by = settings_of.get("tahun_target", str(last + _USUAL_AHEAD))
    since = settings_of.get("sejak", str(last))
    rule = settings_of.get("bagi", RULES[0])
    if not (_is_count(target) and by.isdecimal() and since.isdecimal() and rule in RULES):
        return None
    return Aim(
        int(target), int(by), int(since), settings_of.get("galat", ""),
        next(one for one in RULES if one == rule),
    )  # fmt: skip


if __name__ == "__main__":  # as Streamlit runs a page
    show()
