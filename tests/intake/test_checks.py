from dataclasses import replace

import pandas as pd
import pytest

from kantong.intake.checks import Kind, check
from tests.intake.tabulated import INDICATORS, NOTHING_BEFORE, grid, proposed

POOR = "poor_people"
STATED = ["line", "parent", "indicator", "period", "value"]
# The drawing: poor people and residents of 2025; Gardenia's poor are not known.
POOR_2025 = {
    "Anggrek": 50, "Bakung": 100, "Cempaka": 100, "Dahlia": 100, "Edelweis": 200, "Flamboyan": 0,
    "Gardenia": 10, "Herbras": 100, "Ilalang": 150,
}  # fmt: skip
RESIDENTS = {
    "Anggrek": 1000, "Bakung": 1000, "Cempaka": 2000, "Dahlia": 500, "Edelweis": 1000,
    "Flamboyan": 0, "Gardenia": 800, "Herbras": 400, "Ilalang": 2500,
}  # fmt: skip


def known(layer, values, indicator=POOR, period="2024"):
    kode = layer.set_index("kelurahan")["kode"]
    return pd.DataFrame(
        [(kode[name], indicator, period, float(value)) for name, value in values.items()],
        columns=["kode", "indicator", "period", "value"],
    )


def findings(layer, *rows, head=("kecamatan", "kelurahan", "Penduduk miskin 2025"), before=None):
    result = proposed(grid(list(head), *rows), layer)
    before = NOTHING_BEFORE if before is None else before
    return check(result, layer, INDICATORS, before)


def rows_of(layer, values):
    around = layer.set_index("kelurahan")["kecamatan"]
    return [[around[name], name, value] for name, value in values.items()]


def names(layer, finding):
    listed = layer.set_index("kode")["kelurahan"]
    return [listed[kode] for kode in finding.areas]


def test_a_sound_table_has_no_findings(nine):
    rows = [*rows_of(nine, POOR_2025), ["Jumlah Lor", None, 250], ["Jumlah Kidul", None, 560],
            ["Total", None, 810]]  # fmt: skip
    before = pd.concat([known(nine, POOR_2025), known(nine, RESIDENTS, "population", "2025")])
    assert findings(nine, *rows, before=before) == []
    assert findings(nine, *rows) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["Jumlah Lor", None, 260], "the kelurahan of kecamatan Lor sum to 250, line 11"),
        (["Jumlah Kidul", None, 559], "says 559: a difference of 1"),
        (["Total", None, 900], "all kelurahan sum to 810, line 11 of the table says 900"),
        (["Total", None, 900], "a difference of -90"),
    ],
)
def test_sums_that_do_not_agree_are_found(nine, row, said):
    (finding,) = findings(nine, *rows_of(nine, POOR_2025), row)
    assert finding.kind == Kind.SUM
    assert said in str(finding.fault)
    assert len(finding.areas) == {"Jumlah Lor": 3, "Jumlah Kidul": 6, "Total": 9}[row[0]]


def test_rounding_is_no_difference(nine):
    # Anggrek to Ilalang sum to 810 in the drawing.
    head = ["kelurahan", "Penduduk miskin 2025"]
    frame = proposed(grid(head, *([name, value] for name, value in POOR_2025.items())), nine)
    for stated, found in ((810.4, False), (809.5, False), (810.6, True), (809.4, True)):
        said = pd.DataFrame([(11, "*", POOR, "2025", stated)], columns=STATED)
        told = check(replace(frame, stated=said), nine, INDICATORS, NOTHING_BEFORE)
        assert bool(told) is found


DECILES = [f"Keluarga DTSEN desil {n}" for n in range(1, 6)]


def of_all(nine, values):
    return [[name, *values] for name in nine["kelurahan"]]


def test_the_total_of_a_line_is_compared_with_its_cells(nine):
    head = ["kelurahan", *DECILES, "Jumlah"]
    rows = of_all(nine, [1, 2, 3, 4, 5, 15])
    assert (
        findings(nine, *rows, head=["kelurahan", *(f"{one} 2025" for one in DECILES), "Jumlah"])
        == []
    )
    rows[2][-1] = 16
    (finding,) = findings(
        nine, ["DTSEN 2025"], *rows, head=[f"{one} 2025" if one in DECILES else one for one in head]
    )
    assert finding.kind == Kind.SUM
    assert names(nine, finding) == ["Cempaka"]
    assert "Cempaka 15 ≠ 16" in str(finding.fault)


# As the press gave DTSEN in October 2025: the deciles of the stated 163 thousand sum to 142.
def test_deciles_are_compared_with_their_stated_sum(nine):
    head = ["kelurahan", *(f"{one} 2025" for one in DECILES), "Keluarga DTSEN desil 1–5 2025"]
    rows = of_all(nine, [1, 2, 3, 4, 5, 15])
    rows[0] = ["Anggrek", 28, 38, 33, 24, 19, 142]
    assert findings(nine, *rows, head=head) == []
    rows[0][-1] = 163
    (finding,) = findings(nine, *rows, head=head)
    assert (finding.kind, names(nine, finding)) == (Kind.DECILES, ["Anggrek"])


def test_more_poor_than_residents_are_found(nine):
    before = known(nine, RESIDENTS, "population", "2025")
    (finding,) = findings(nine, *rows_of(nine, POOR_2025 | {"Herbras": 401}), before=before)
    assert (finding.kind, names(nine, finding)) == (Kind.POPULATION, ["Herbras"])
    assert findings(nine, *rows_of(nine, POOR_2025 | {"Herbras": 400}), before=before) == []


@pytest.mark.parametrize(
    ("periods", "found"),
    [
        ({"2023": 90, "2026": 500}, True),  # the latest until then: 90
        ({"2023": 500, "2026": 90}, False),
        ({"2026": 90, "2027": 500}, True),  # none until then: the first after
        ({"2020": 500, "2023": 90}, True),
        ({"2025": 90}, True),
        ({}, False),
    ],
)
def test_residents_are_those_of_the_period(nine, periods, found):
    before = pd.concat(
        [
            NOTHING_BEFORE,
            *(
                known(nine, {"Bakung": value}, "population", period)
                for period, value in periods.items()
            ),
        ]
    )
    kinds = {one.kind for one in findings(nine, *rows_of(nine, POOR_2025), before=before)}
    assert kinds == ({Kind.POPULATION} if found else set())


def test_residents_in_the_table_itself_count(nine):
    head = ["kelurahan", "Penduduk miskin 2025", "Penduduk 2025"]
    rows = [[name, POOR_2025[name], RESIDENTS[name]] for name in POOR_2025]
    assert findings(nine, *rows, head=head) == []
    rows[0][1] = 1001
    (finding,) = findings(nine, *rows, head=head)
    assert (finding.kind, names(nine, finding)) == (Kind.POPULATION, ["Anggrek"])


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [(50, 100, False), (50, 101, True), (100, 50, False), (100, 49, True), (5, 19, False),
     (5, 20, True), (0, 19, False), (0, 20, True), (20, 0, True), (0, 0, False)],
)  # fmt: skip
def test_jumps_beyond_double_or_half_are_found(nine, was, now, found):
    before = known(nine, POOR_2025 | {"Bakung": was})
    told = findings(nine, *rows_of(nine, POOR_2025 | {"Bakung": now}), before=before)
    assert [(one.kind, names(nine, one)) for one in told] == (
        [(Kind.JUMP, ["Bakung"])] if found else []
    )
    assert not found or f"Bakung {was} → {now}" in str(told[0].fault)


def test_jumps_are_counted_from_the_latest_period_before(nine):
    old, late = known(nine, {"Bakung": 10}, period="2020"), known(nine, {"Bakung": 90})
    future = known(nine, {"Bakung": 10}, period="2026")
    assert findings(nine, *rows_of(nine, POOR_2025), before=pd.concat([late, old, future])) == []


def test_what_is_kept_of_the_same_period_is_compared_only_where_nothing_was_before(nine):
    rows = rows_of(nine, POOR_2025)
    same = known(nine, {"Bakung": 10}, period="2025")
    late = known(nine, {"Bakung": 90}, period="2024")
    assert findings(nine, *rows, before=pd.concat([same, late])) == []
    (finding,) = findings(nine, *rows, before=same)
    assert (finding.kind, names(nine, finding)) == (Kind.JUMP, ["Bakung"])


def test_the_sum_of_one_of_two_kecamatan_of_a_name_is_compared_with_neither(nine):
    # The first of Kidul as a kecamatan of another kabupaten that is called Lor too.
    kidul = nine["kecamatan"] == "Kidul"
    two = nine.assign(
        kecamatan="Lor", kode=nine["kode"].mask(kidul, nine["kode"].str.replace("99.01", "99.02"))
    )
    rows = [["Lor", name, value] for name, value in POOR_2025.items()]
    assert findings(two, *rows, ["Jumlah Lor", None, 250]) == []


def test_missing_kelurahan_are_named(nine):
    some = {name: POOR_2025[name] for name in list(POOR_2025)[1:]}
    (finding,) = findings(nine, *rows_of(nine, some))
    assert (finding.kind, names(nine, finding)) == (Kind.ABSENT, ["Anggrek"])
    assert "1 kelurahan are missing: Anggrek" in str(finding.fault)


def test_figures_that_are_not_known_are_counted(nine):
    (finding,) = findings(nine, *rows_of(nine, POOR_2025 | {"Gardenia": "-"}))
    assert (finding.kind, names(nine, finding)) == (Kind.UNKNOWN, ["Gardenia"])
    assert "1 cells" in str(finding.fault)


def test_the_most_important_is_told_first(nine):
    rows = rows_of(nine, {"Anggrek": 3000, "Gardenia": None})
    before = pd.concat([known(nine, RESIDENTS, "population"), known(nine, POOR_2025)])
    told = findings(nine, *rows, ["Total", None, 1], before=before)
    assert [one.kind for one in told] == [
        Kind.SUM, Kind.POPULATION, Kind.JUMP, Kind.ABSENT, Kind.UNKNOWN,
    ]  # fmt: skip
