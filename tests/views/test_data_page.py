"""The page Data: what is brought, settled, kept, compared and withdrawn; nine-kelurahan city."""

import datetime as dt
import shutil
import time
from dataclasses import replace

import pandas as pd
import pytest

from kantong.geo.schema import Indicator
from kantong.store import audit, database, datasets, decisions
from kantong.views import keeping
from tests.conftest import DATA, TUTORIAL
from tests.intake import people
from tests.views.test_pages import copy, open_page, page_html, rows, words_of

__all__ = ["copy"]  # the fixture
AREA = "99.01"
NAMES = {
    "99.01.01.1001": "Anggrek", "99.01.01.1002": "Bougenvil", "99.01.01.1003": "Cempaka",
}  # fmt: skip


def table(*lines, heading="kelurahan;penduduk miskin 2026"):
    return "\n".join([heading, *lines]).encode()


def upload(app, content, name="tabel.csv"):
    app.file_uploader[0].set_value((name, content, "text/csv"))
    app.run()
    assert not app.exception
    return app


def counted(app):
    return {one.label: one.value for one in app.metric}


def fill(app, title="Rekap", source="Dinsos", who="Bappeda"):
    app.text_input(key="_source").set_value(source).run()
    app.text_input(key="_who").set_value(who)
    titles = [one for one in app.text_input if one.label == "Title of the data"]
    titles[0].set_value(title).run()
    for box in app.checkbox:
        box.check()
    return app.run()


def press(app, label):
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def names(nine):
    return nine.set_index("kode")["kelurahan"].to_dict()


@pytest.fixture
def whole(names):
    """A table of all nine kelurahan with 10, 20 ... 90 poor people."""
    return table(*(f"{name};{10 * place}" for place, name in enumerate(names.values(), start=1)))


def bring(app, content, **said):
    return press(fill(upload(app, content), **said), "Keep this data cut")


def test_every_row_is_accounted_for_before_anything_is_kept(copy, names):
    first, second, third, *_others = names.values()
    content = table(
        f"{first};10", f"{second[:-1]};20", "LUAR DAERAH;5", "Jumlah;30", f"{third};abc"
    )
    app = upload(open_page("impor", bahasa="en"), content)
    assert counted(app) == {
        "in the file": "5", "matched": "1", "to be reviewed": "1", "refused": "3"
    }  # fmt: skip
    assert not (copy / "kantong.db").exists()


def test_what_is_kept_stands_on_the_map_and_goes_when_withdrawn(copy, whole):
    app = bring(open_page("impor", bahasa="en"), whole)
    assert "Kept: Rekap, version 1: 9 of 9 rows matched." in app.success[0].value.replace("\\", "")
    seen = open_page(bahasa="en", indikator="poor_people", periode="2026")
    assert seen.metric[0].value == "450 people"
    assert seen.subheader[0].value.endswith(":blue-badge[imported]")
    app = open_page("impor", bahasa="en")
    app.text_input(key="reason impor-1").set_value("wrong file")
    app.text_input(key="who impor-1").set_value("Bappeda").run()
    press(app, "Withdraw")
    assert "data withdrawn" in page_html(app)
    assert "2026" not in open_page(bahasa="en").selectbox(key="periode").options
    app.text_input(key="reason impor-1").set_value("right after all")
    app.text_input(key="who impor-1").set_value("Bappeda").run()
    press(app, "Bring back")
    assert "2026" in open_page(bahasa="en").selectbox(key="periode").options


def test_what_was_kept_is_told_until_the_next_file_or_until_it_is_withdrawn(copy, whole):
    app = bring(open_page("impor", bahasa="en"), whole)
    app.text_input(key="reason impor-1").set_value("wrong file")
    app.text_input(key="who impor-1").set_value("Bappeda").run()
    press(app, "Withdraw")
    assert not app.success
    app = bring(open_page("impor", bahasa="en"), whole + b"\n")
    assert "Rekap, version 2" in app.success[0].value
    upload(app, whole + b"\n\n", "next.csv")
    assert not any("Rekap, version" in one.value for one in app.success)


def test_the_map_shows_the_first_whole_indicator_of_the_newest_period():
    first = Indicator("b", {}, {}, {}, "count")
    catalogue = {
        "a_d3": replace(first, id="a_d3", part_of="a"), "b": first, "a": replace(first, id="a"),
        "c": replace(first, id="c"),
    }  # fmt: skip
    rows_ = [("c", "2026"), ("a", "2026"), ("a_d3", "2026"), ("b", "2025")]
    figures = pd.DataFrame(rows_, columns=["indicator", "period"])
    assert keeping.shown_first(figures, catalogue) == ("a", "2026")
    assert keeping.shown_first(figures[::-1], catalogue) == ("a", "2026")


# --- registers -----------------------------------------------------------------------------------


def until(app, is_there):
    """Look again, as the page does by itself, until what works in the background is done."""
    for _again in range(300):
        if is_there(app):
            return app
        time.sleep(0.1)
        app.run()
        assert not app.exception
    raise AssertionError("did not come")


def has_button(label):
    return lambda app: any(one.label == label for one in app.button)


COUNT = "Count families and people"


def test_a_register_tells_the_rows_in_review_as_they_are_kept(copy, names):
    """Ten rows at a place in doubt, four of them inactive, and two at a certain place."""
    shutil.copy(DATA / "indicators.toml", copy)
    kode, name = next(iter(names.items()))
    other = list(names.values())[1]
    given = [(name[:-1], n >= 6) for n in range(10)] + [(other, False)] * 2
    lines = [
        f"{place},{people.kk(n)},{people.nik(n)},1,{int(off)}"
        for n, (place, off) in enumerate(given)
    ]
    heading = "desa_kelurahan,NOKK,NIK,PKH,is_nonaktif"
    app = upload(open_page("impor", bahasa="en"), table(*lines, heading=heading), "dtks.csv")
    until(app, lambda one: any("Period of the register" in box.label for box in one.text_input))
    next(one for one in app.text_input if "Period of the" in one.label).set_value("2026").run()
    app.text_input(key="_source").set_value("Dinsos").run()
    assert counted(app)["to be reviewed"] == "10"
    chosen(app, kode)
    assert counted(app)["matched"] == "12"
    chosen(app, "?")
    assert counted(app)["matched"] == "2"
    assert app.session_state["_settled"] == {}
    press(app, COUNT)
    until(app, has_button("Keep this data cut"))
    told = " ".join(one.value for one in app.caption)
    assert "6 rows stay in review and are not counted." in told
    press(fill(app), "Keep this data cut")
    (stored,) = datasets.datasets(database.for_writing(), AREA)
    assert stored.rows_review == 6


def test_a_layout_is_saved_under_the_name_of_who_saves_it(copy, whole):
    app = upload(open_page("impor", bahasa="en"), whole)
    name = next(one for one in app.text_input if one.label.startswith("Name, such as"))
    name.set_value("Dinsos quarterly").run()
    save = next(one for one in app.button if one.label == "Save")
    assert save.disabled
    who = next(one for one in app.text_input if (one.key or "").endswith("layout who"))
    who.set_value("Bappeda").run()
    press(app, "Save")
    trail = audit.trail(database.for_writing(), AREA)
    assert trail[["action", "who"]].to_numpy().tolist() == [["save mapping", "Bappeda"]]


def test_the_template_is_for_a_period_that_can_be_read_back(copy):
    app = open_page("impor", bahasa="en")
    year = dt.datetime.now(dt.UTC).year
    assert app.text_input(key="_template_period").value == str(year)
    app.text_input(key="_template_period").set_value("abc").run()
    assert "2025-Q3 for a quarter" in words_of(app)
    assert not [one for one in app.get("download_button") if "template" in one.proto.label]


def test_a_place_in_doubt_is_settled_and_remembered_for_its_source(copy, names):
    kode, name = next(iter(names.items()))
    content = table(f"{name[:-1]};10")
    app = upload(open_page("impor", bahasa="en"), content)
    assert counted(app)["to be reviewed"] == "1"
    box = next(one for one in app.selectbox if one.label.startswith("Kelurahan meant by"))
    box.set_value(kode).run()
    assert counted(app)["matched"] == "1"
    press(fill(app), "Keep this data cut")
    again = upload(open_page("impor", bahasa="en"), content + b"\n")
    assert counted(again)["to be reviewed"] == "1"
    again.text_input(key="_source").set_value("Dinsos").run()
    assert counted(again)["matched"] == "1"


def chosen(app, kode):
    """Choose what the only place in doubt is."""
    box = next(one for one in app.selectbox if one.label.startswith("Kelurahan meant by"))
    box.set_value(kode).run()
    return app


def test_two_planners_who_decide_the_same_place_at_once_are_told_and_none_is_overruled(copy, names):
    first, second = list(names)[:2]
    content = table(f"{names[first][:-1]};10")
    hers = fill(chosen(upload(open_page("impor", bahasa="en"), content), first))
    his = fill(chosen(upload(open_page("impor", bahasa="en"), content + b"\n"), second))
    press(hers, "Keep this data cut")
    press(his, "Keep this data cut")
    said = his.error[0].value.replace("\\", "")
    assert f"{names[first]} ({first})" in said.replace("\u2060", "")
    assert "decided meanwhile" in said
    store = database.for_writing()
    assert [one.version for one in datasets.datasets(store, AREA)] == [1]
    press(his, "Look at the rows again")
    assert not his.error
    assert counted(his)["matched"] == "1"
    press(fill(his), "Keep this data cut")
    kept = datasets.observations_of(store, datasets.datasets(store, AREA)[0].id)
    assert kept["kode"].tolist() == [first]
    told = [one.kode for one in decisions.aliases(store, AREA)]
    assert told == [first]


def test_a_wrong_decision_about_a_place_can_be_dropped(copy, names):
    first, second = list(names)[:2]
    content = table(f"{names[first][:-1]};10")
    app = fill(chosen(upload(open_page("impor", bahasa="en"), content), second))
    press(app, "Keep this data cut")
    app = open_page("impor", bahasa="en")
    (row,) = [one for one in rows(app) if one[:2] == ("Dinsos", names[first][:-1])]
    assert row[2].startswith(f"{names[second]} (")
    app.selectbox(key="_decision").set_value(0).run()
    app.text_input(key="_decision_who").set_value("Bappeda").run()
    press(app, "Drop this decision")
    assert decisions.aliases(database.for_writing(), AREA) == []
    again = upload(open_page("impor", bahasa="en"), content + b"\n")
    again.text_input(key="_source").set_value("Dinsos").run()
    assert counted(again)["to be reviewed"] == "1"


def test_of_two_sources_that_write_alike_the_chosen_decision_is_dropped(copy, names):
    kode, name = next(iter(names.items()))
    content = table(f"{name[:-1]};10")
    for source, who in (("Dinsos", "ani"), ("BPS", "budi")):
        app = chosen(upload(open_page("impor", bahasa="en"), content), kode)
        press(fill(app, source=source, who=who), "Keep this data cut")
        content += b"\n"
    app = open_page("impor", bahasa="en")
    box = app.selectbox(key="_decision")
    assert len(set(box.options)) == 2
    box.set_value(next(place for place, one in enumerate(box.options) if "Dinsos" in one)).run()
    app.text_input(key="_decision_who").set_value("Bappeda").run()
    press(app, "Drop this decision")
    assert [one.source for one in decisions.aliases(database.for_writing(), AREA)] == ["BPS"]


def boxes_of_places(app):
    return [one for one in app.selectbox if one.label.startswith("Kelurahan meant by")]


def test_a_misspelt_name_that_stands_twice_is_settled_line_by_line(copy, names):
    kode, name = next(iter(names.items()))
    app = upload(open_page("impor", bahasa="en"), table(f"{name[:-1]};10", f"{name[:-1]};12"))
    (box,) = boxes_of_places(app)
    box.set_value(kode).run()
    assert counted(app)["to be reviewed"] == "2"  # one kelurahan has one figure
    app.run()
    _first, second = boxes_of_places(app)
    second.set_value("-").run()
    assert (counted(app)["matched"], counted(app)["refused"]) == ("1", "1")
    app.run()
    assert (counted(app)["matched"], counted(app)["refused"]) == ("1", "1")
    press(fill(app), "Keep this data cut")
    store = database.for_writing()
    kept = datasets.observations_of(store, datasets.datasets(store, AREA)[0].id)
    assert kept["value"].tolist() == [10.0]


def test_as_many_likely_places_are_accepted_as_are_drawn(copy, names):
    name = next(iter(names.values()))
    misspelt = [f"{name[:-1]}{sign}" for sign in "abcdefghijklmnopqrstuvwxyz"]
    lines = [f"{one}{end};10" for one in misspelt[:25] for end in ("", "k")]
    app = upload(open_page("impor", bahasa="en"), table(*lines))
    likely = next(one for one in app.button if one.label.startswith("Accept the"))
    assert len(boxes_of_places(app)) == 40
    assert int(likely.label.split()[2]) <= 40


def test_refused_rows_that_are_not_shown_are_counted(copy):
    lines = [f"Catatan: baris {line};1" for line in range(103)]
    app = upload(open_page("impor", bahasa="en"), table("Anggrek;3", *lines))
    assert counted(app)["refused"] == "103"
    assert "3 more are in the file to download" in words_of(app)


def test_a_place_that_another_refused_meanwhile_is_told_too(copy, names):
    first, second = list(names)[:2]
    content = table(f"{names[first][:-1]};10", f"{names[second]};20")
    hers = fill(chosen(upload(open_page("impor", bahasa="en"), content), "-"))
    his = fill(chosen(upload(open_page("impor", bahasa="en"), content + b"\n"), first))
    press(hers, "Keep this data cut")
    press(his, "Keep this data cut")
    assert "decided meanwhile to refuse this place" in his.error[0].value
    press(his, "Look at the rows again")
    assert (counted(his)["matched"], counted(his)["refused"]) == ("1", "1")


def test_a_refused_place_is_counted_as_refused(copy, names):
    app = upload(open_page("impor", bahasa="en"), table("Entah di mana;10", "Anggrek;3"))
    box = next(one for one in app.selectbox if one.label.startswith("Kelurahan meant by Entah"))
    box.set_value("-").run()
    assert counted(app)["refused"] == "1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 x", "PDF"),
        (table("Anggrek;10", heading="kelurahan;NIK"), "speak of persons"),
        (table("Anggrek;3573010101800001", heading="kelurahan;jumlah"), "15 or 16 digits"),
        (b"a;b\n1;2\n", "No column of kelurahan"),
        (b"kelurahan;penduduk miskin 2026\n", "no rows"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_and_leaves_nothing(copy, content, said):
    app = upload(open_page("impor", bahasa="en"), content)
    told = " ".join(one.value for one in [*app.error, *app.info]).replace("\\", "")
    assert said.casefold() in told.casefold()
    assert "3573010101800001" not in told
    assert not any(one.label == "Keep this data cut" for one in app.button)
    assert not (copy / "kantong.db").exists()


def test_findings_must_be_looked_at(copy, names):
    content = table(*(f"{name};10" for name in names.values()), "Jumlah;99")
    app = upload(open_page("impor", bahasa="en"), content)
    told = " ".join(one.value for one in app.warning).replace("\\", "")
    assert "all kelurahan sum to 90, line 11 of the table says 99: a difference of -9" in told
    app.text_input(key="_source").set_value("Dinsos")
    app.text_input(key="_who").set_value("Bappeda")
    next(one for one in app.text_input if one.label == "Title of the data").set_value("R").run()
    keep = next(one for one in app.button if one.label == "Keep this data cut")
    assert keep.disabled
    app.checkbox[0].check().run()
    assert not next(one for one in app.button if one.label == "Keep this data cut").disabled
    press(app, "Keep this data cut")
    stored = datasets.datasets(database.for_writing(), AREA)[0]
    assert "sum" in {one["kind"] for one in stored.findings}


def test_the_same_file_is_noticed_and_becomes_a_version_of_its_own(copy, whole):
    bring(open_page("impor", bahasa="en"), whole)
    app = upload(open_page("impor", bahasa="en"), whole)
    told = " ".join(one.value for one in app.warning).replace("\\", "")
    assert "The same file was imported before: Rekap, version 1." in told
    press(fill(app, title="Again"), "Keep this data cut")
    kept = datasets.datasets(database.for_writing(), AREA)
    assert [one.version for one in kept] == [2, 1]


def test_two_cuts_are_reconciled_to_their_totals(copy, whole, names):
    bring(open_page("impor", bahasa="en"), whole, title="First")
    first, *others = names.values()
    lines = [f"{first};-", *(f"{name};{25}" for name in others)]
    bring(open_page("impor", bahasa="en"), table(*lines), title="Second")
    told = rows(open_page("impor", bahasa="en"))
    # 10 … 90 against - and eight times 25: first out, 20 up by 5, 30 … 90 down by 245.
    for row in (
        ("Before", "450", ""), ("went out (not known after)", "-10", "1"), ("rose", "+5", "1"),
        ("fell", "-245", "7"), ("After", "200", ""),
    ):  # fmt: skip
        assert row in told


def test_cuts_with_deciles_are_reconciled_decile_by_decile(copy, names):
    shutil.copy(DATA / "indicators.toml", copy)
    heading = "kelurahan;keluarga DTSEN desil 1 2026;keluarga DTSEN desil 2 2026"
    first, second, *_others = names.values()
    before = table(f"{first};10;20", f"{second};30;40", heading=heading)
    after = table(f"{first};15;-", f"{second};25;50", heading=heading)
    bring(open_page("impor", bahasa="en"), before, title="First")
    bring(open_page("impor", bahasa="en"), after, title="Second")
    told = rows(open_page("impor", bahasa="en"))
    assert ("1", "40", "0", "0", "+5", "-5", "40") in told
    assert ("2", "60", "0", "-20", "+10", "0", "50") in told


def test_a_small_count_is_in_no_step_of_two_cuts(copy, whole, names):
    """3 people went out: neither that sum nor its kelurahan may stand alone."""
    first, second, *others = names.values()
    rest = [f"{name};{count}" for name, count in zip(others, range(30, 100, 10), strict=True)]
    bring(open_page("impor", bahasa="en"), table(f"{first};3", f"{second};20", *rest), title="A")
    bring(open_page("impor", bahasa="en"), table(f"{first};-", f"{second};20", *rest), title="B")
    told = rows(open_page("impor", bahasa="en"))
    steps = {row[0]: row[1:] for row in told if len(row) == 3}
    assert (steps["Before"][0], steps["After"][0]) == ("443", "440")
    assert steps["went out (not known after)"] == ("0", "0")
    assert int(steps["too small to show"][1]) >= 2


def test_only_the_same_figure_is_set_beside_a_cut(copy, whole, names):
    shutil.copy(DATA / "indicators.toml", copy)
    heading = "kelurahan;keluarga DTSEN desil 1 2026"
    kelurahan = next(iter(names.values()))
    bring(open_page("impor", bahasa="en"), whole, title="First")
    bring(open_page("impor", bahasa="en"), table(f"{kelurahan};10", heading=heading), title="Other")
    app = open_page("impor", bahasa="en")
    assert any("no figure to compare" in one.value for one in app.caption)
    assert not any(row[0] == "Before" for row in rows(app))


def test_what_is_compared_is_named(copy, whole):
    bring(open_page("impor", bahasa="en"), whole, title="First")
    bring(open_page("impor", bahasa="en"), whole, title="Second")
    told = [one.value.replace("\\", "") for one in open_page("impor", bahasa="en").caption]
    line = next(one for one in told if "First · v1" in one)
    assert "Second · v" in line
    assert "imported" in line


def test_whoever_saves_a_layout_says_who_they_are(copy, whole):
    app = upload(open_page("impor", bahasa="en"), whole)
    fields = {str(one.key).rsplit(" layout ")[-1]: one for one in app.text_input
              if " layout " in str(one.key)}  # fmt: skip
    fields["name"].set_value("Dinsos").run()
    assert next(one for one in app.button if one.label == "Save").disabled
    app.text_input(key=fields["who"].key).set_value("Bappeda").run()
    press(app, "Save")
    (kept,) = decisions.mappings(database.for_writing(), AREA)
    assert (kept.name, kept.saved_by) == ("Dinsos", "Bappeda")


def test_hostile_names_stay_text(copy, names):
    content = table("<img src=x onerror=alert(1)>;10", "{{7*7}};1", "=HYPERLINK(1);2")
    app = upload(open_page("impor", bahasa="en"), content)
    assert "<img" not in page_html(app)
    assert r"\<img src=x" in "\n".join(one.value for one in app.markdown)
    assert "49" not in words_of(app)


def test_the_tutorial_folder_itself_was_not_touched():
    assert not (TUTORIAL / "kantong.db").exists()
