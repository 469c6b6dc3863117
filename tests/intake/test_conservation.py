"""On any table: no row is lost, no figure is lost or made up, no place is taken for another."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kantong.geo.codes import comparable
from kantong.intake import layout
from kantong.intake.matching import Status
from tests.intake.tabulated import INDICATORS, grid, proposed

FIGURE = "Penduduk miskin 2025"
thorough = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Row:
    """A row of a table and what its writer meant by it: a kelurahan (its kode) or none."""

    code: Any
    kelurahan: Any
    kecamatan: Any
    cell: Any
    meant: str = ""
    value: float | None = None


def number(value, style):
    """Return a whole number as a person writes it."""
    if style == "cell":
        return float(value)
    text = f"{value:,}"
    return text.replace(",", ".") if style == "id" else text


@st.composite
def figures(draw, style):
    """Draw a cell and the value that is meant: None where there is none."""
    value = draw(st.integers(0, 3) | st.integers(0, 5_000_000) | st.sampled_from([1000, 2_000_000]))
    if draw(st.integers(0, 5)):
        return number(value, style), float(value)
    junk = [
        "lima",
        "Budi",
        "-5",
        "1,5",
        "1.5",
        True,
        -1.0,
        0.5,
        None,
        "-",
        "n/a",
        "12 13",
        "5 orang",
    ]
    return draw(st.sampled_from(junk)), None


@st.composite
def misspelt(draw, name):
    """Draw a name with one letter changed, left out, added or swapped with the next."""
    at = draw(st.integers(1, len(name) - 2))
    letter = draw(st.sampled_from("aeioungrk"))
    changed = [
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    ]
    return draw(st.sampled_from(changed))


@st.composite
def names(draw, name):
    write = draw(
        st.sampled_from([str, str.upper, str.lower, "Kelurahan {}".format, "KEL. {}".format,
                         " {} ".format, lambda text: text.replace("-", " ")])
    )  # fmt: skip
    name = draw(misspelt(name)) if draw(st.integers(0, 5)) == 0 else name
    return write(name)


@st.composite
def codes(draw, place, others):
    """Draw a code in any of its forms; sometimes that of another kelurahan, or none at all."""
    kode, bps = draw(st.sampled_from([place, place, place, draw(st.sampled_from(others))]))[:2]
    digits = kode.replace(".", "")
    hybrid = bps[:6] + "0" + digits[7:]  # the number of one system in the form of the other
    forms = [kode, digits, f"{digits}.0", float(digits), bps, float(bps), f"'{bps}", hybrid]
    return draw(st.sampled_from([*forms, None, "-", f"{float(digits):.3E}", "1001", digits[:9]]))


@st.composite
def kelurahan_rows(draw, place, others, style):
    kode, _bps, name, kecamatan = place
    cell, value = draw(figures(style))
    code = draw(codes(place, others))
    right = {
        kode,
        kode.replace(".", ""),
        f"{kode.replace('.', '')}.0",
        float(kode.replace(".", "")),
    }
    written = draw(names(name))
    if code in right and draw(st.booleans()):
        written = draw(st.sampled_from([None, "", "-"]))
    return Row(code, written, kecamatan, cell, kode, value)


@st.composite
def other_rows(draw, kecamatan, style):
    """Draw a row that is no kelurahan."""
    cell, value = draw(figures(style))
    of = draw(st.sampled_from(kecamatan))
    kind = draw(st.integers(0, 4))
    if kind == 0:
        said = draw(
            st.sampled_from([of.upper(), f"Kec. {of}", f"Jumlah {of}", f"Sub Total Kec. {of}"])
        )
        return Row(None, said, None, cell if value is not None else number(7, style))
    if kind == 1:
        said = draw(st.sampled_from(["Jumlah", "TOTAL", "KOTA MALANG", "Jumlah Total"]))
        return Row(None, said, None, cell)
    if kind == 2:
        return Row(None, draw(st.sampled_from(["Lain-lain", "LUAR DAERAH"])), of, cell)
    if kind == 3:
        return Row(
            None, draw(st.sampled_from([None, "-", "Sumber: BPS", "Perumahan Baru"])), None, cell
        )
    return Row(None, None, None, None)


@st.composite
def tables(draw, layer):
    """Draw the rows of a table, which columns it has, and how its numbers are written."""
    places = list(
        layer[["kode", "kode_bps", "kelurahan", "kecamatan"]].itertuples(index=False, name=None)
    )
    style = draw(st.sampled_from(["id", "en", "cell"]))
    some = draw(st.lists(st.sampled_from(places), max_size=12, unique=draw(st.booleans())))
    rows = [draw(kelurahan_rows(place, places, style)) for place in some]
    kecamatan = sorted({place[3] for place in places})
    rows += draw(st.lists(other_rows(kecamatan, style), min_size=not rows, max_size=6))
    columns = draw(st.sampled_from(["code kelurahan", "code kecamatan kelurahan", "kelurahan",
                                    "kecamatan kelurahan"])).split()  # fmt: skip
    if "code" not in columns:
        rows = [row for row in rows if not row.meant or str(row.kelurahan or "-").strip() != "-"]
    rows = draw(st.permutations(rows or [Row(None, "Jumlah", None, 1.0)]))
    return rows, columns


def sheet_of(rows, columns):
    """Return a sheet; line 1 holds the headings and line n + 2 row n."""
    head = [{"code": "Kode"}.get(column, column) for column in columns]
    return grid(
        [*head, FIGURE], *([*(getattr(row, one) for one in columns), row.cell] for row in rows)
    )


def is_empty(row, columns):
    return all(getattr(row, column) in {None, ""} for column in [*columns, "cell"])


@st.composite
def drawn(draw, layer):
    rows, columns = draw(tables(layer))
    rows = [row for row in rows if not is_empty(row, columns)] or [Row("", "x", "x", 1.0)]
    blank = draw(st.lists(st.integers(0, len(rows)), max_size=2))
    for at in blank:
        rows.insert(at, Row(None, None, None, None))
    return rows, columns


@thorough
@given(data=st.data())
def test_no_row_and_no_figure_is_lost_and_no_place_is_taken_for_another(malang, data):
    rows, columns = data.draw(drawn(malang))
    result = proposed(sheet_of(rows, columns), malang)
    by_line = {line: row for line, row in enumerate(rows, 2) if not is_empty(row, columns)}
    assert list(result.rows.index) == list(by_line)
    assert sum(result.count(status) for status in Status) == len(by_line)
    matched = result.rows["status"] == Status.MATCHED
    assert all(str(fault) for fault in result.rows.loc[~matched, "reason"])
    assert result.rows.loc[matched, "reason"].isna().all()
    for line, kode, status in result.rows[["kode", "status"]].itertuples(name=None):
        assert kode == (by_line[line].meant if status == Status.MATCHED else "")
        assert (status == Status.MATCHED) <= bool(by_line[line].meant)
    assert list(result.figures["line"]) == list(result.rows.index[matched])
    meant = sum(by_line[line].value or 0 for line in result.figures["line"])
    assert result.figures["value"].sum() == meant
    assert result.figures["kode"].is_unique


@thorough
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(malang, data):
    rows, columns = data.draw(drawn(malang))
    order = data.draw(st.permutations(range(len(rows))))
    one = proposed(sheet_of(rows, columns), malang)
    other = proposed(sheet_of([rows[n] for n in order], columns), malang)
    for line, place in enumerate(order, 2):
        if not is_empty(rows[place], columns):
            assert other.rows["status"][line] == one.rows["status"][place + 2]
            assert other.rows["kode"][line] == one.rows["kode"][place + 2]
    assert sorted(other.figures["value"].dropna()) == sorted(one.figures["value"].dropna())


@thorough
@given(data=st.data())
def test_no_cell_but_that_of_a_place_is_told(malang, data):
    secret = data.draw(st.sampled_from(["Budi Santoso", "Jl. Veteran 12", "085512345678"]))
    rows, columns = data.draw(drawn(malang))
    sheet = sheet_of(rows, columns)
    told = [
        [*cells[:-1], data.draw(st.sampled_from([secret, cells[-1]])), secret]
        for cells in sheet.rows[1:]
    ]
    result = proposed(grid([*sheet.rows[0], "Keterangan"], *told), malang)
    assert len(result.rows) == len(told)
    assert all(secret not in str(fault) for fault in result.rows["reason"])


@pytest.mark.parametrize("column", ["code", "kelurahan", "kecamatan"])
@given(
    number=st.integers(10**15, 10**16 - 1), form=st.sampled_from(["{}", "'{}", "NIK {}", "{}.0"])
)
@settings(deadline=None, max_examples=25)
def test_numbers_of_persons_in_a_column_of_places_are_not_told(malang, column, number, form):
    texts = {"code": None, "kelurahan": "Mawar", "kecamatan": "Sukun"} | {
        column: form.format(number)
    }
    row = Row(texts["code"], texts["kelurahan"], texts["kecamatan"], 5.0)
    result = proposed(sheet_of([row], ["code", "kecamatan", "kelurahan"]), malang)
    assert str(number)[4:] not in str(result.rows["reason"][2])


def test_names_are_too_far_apart_for_one_letter_to_make_another(malang):
    names_of = {comparable(name) for name in malang["kelurahan"]}
    assert len(names_of) == 57
    for name in names_of:
        for at in range(len(name)):
            assert name[:at] + name[at + 1 :] not in names_of


def test_the_tables_are_read_as_they_are_meant(malang):
    sheet = sheet_of([Row("3573011001", "Balearjosari", None, "1.234")], ["code", "kelurahan"])
    assert layout.guess(sheet, INDICATORS).columns("code") == [0]
