"""Lists of the paid and earlier registers set beside a register, worked out by hand."""

import contextlib
from dataclasses import replace

import pytest

from kantong.geo.errors import TableError
from kantong.intake import engines
from kantong.intake.families import Family
from kantong.intake.matching import match
from kantong.intake.registerfile import look
from kantong.intake.registers import Earlier, count, open_file, survey
from kantong.intake.tally import to_observations
from tests.intake.people import NAMES, kk, nik, table, write
from tests.intake.test_families import HEADINGS

ANGGREK, BAKUNG = "99.01.01.1001", "99.01.01.1002"
PLACES = {ANGGREK: ("9901011001", "Anggrek"), BAKUNG: ("9901011002", "Bakung")}


def family(number, desil, kode=ANGGREK, **other):
    code, name = PLACES[kode]
    return {
        "kode_kelurahan_desa": code, "kelurahan_desa": name, "kecamatan": "Lor",
        "nomor_kartu_keluarga": kk(number), "nama_anggota_keluarga": NAMES[number % 5],
        "desil_nasional": str(desil), "jumlah_anggota_keluarga": "3",
    } | other  # fmt: skip


def paid(*numbers):
    return [
        {"NAMA_PENERIMA": NAMES[0], "NOKK_DTKS": kk(one), "NIK_KTP": nik(one), "NMKEC": "Lor",
         "NMKEL": "Anggrek"}
        for one in numbers
    ]  # fmt: skip


PAYMENTS = "NAMA_PENERIMA,NOMOR_KARTU,NIK_KTP,NOKK_DTKS,IDARTBDT,NMPROP,NMKAB,NMKEC,NMKEL"


def written(folder, name, heading, rows):
    return write(folder / f"{name}.csv", table(heading, rows))


def counted(folder, layer, now, *, lists=None, before=None, at_once=None):
    """Return a register of households counted beside others; files are written first.

    ``before`` is an earlier register and the lists of then.
    """
    before, lists_before = before or (None, {})
    heading = HEADINGS[Family.DTSEN_HOUSEHOLDS]
    files = {"now": written(folder, "now", heading, now)}
    for name, rows in (lists or {}).items():
        files[name] = written(folder, f"paid_{name}", PAYMENTS, rows)
    if before is not None:
        files["before"] = written(folder, "before", heading, before)
    for name, rows in lists_before.items():
        files[f"before {name}"] = written(folder, f"paid_before_{name}", PAYMENTS, rows)
    with contextlib.ExitStack() as stack:
        used = stack.enter_context(engines.duckdb(list(files.values()), threads=2))
        used = replace(used, at_once=at_once) if at_once else used
        opened = {name: open_file(used, look(path)) for name, path in files.items()}
        surveyed = survey(opened["now"])
        earlier = None
        if before is not None:
            past = {name: opened[f"before {name}"] for name in lists_before}
            earlier = Earlier(survey(opened["before"]), 6, past)
        places = surveyed.places.join(match(surveyed.places, layer))
        return count(surveyed, places, paid={name: opened[name] for name in lists or {}},
                     earlier=earlier)  # fmt: skip


def observed(result, indicator):
    seen = to_observations(result, "2026").set_index(["indicator", "rw", "kode"])["value"]
    return {kode: int(value) for kode, value in seen.loc[indicator, ""].items()}


# Families 1 to 5 in Anggrek, 6 and 7 in Bakung; the list pays 1, 3, 5 and 6, twice named 3, and
# 99, who is not in the register.
NOW = [
    family(1, 1), family(2, 1), family(3, 2), family(4, 5), family(5, 7),
    family(6, 1, BAKUNG), family(7, 9, BAKUNG),
]  # fmt: skip
PAID = paid(1, 3, 3, 5, 6, 99)


def test_the_paid_are_found_in_the_register_by_their_family(tmp_path, nine):
    result = counted(tmp_path, nine, NOW, lists={"pkh": PAID})
    assert observed(result, "recipients_pkh") == {ANGGREK: 3, BAKUNG: 1}
    assert observed(result, "recipients_pkh_d1") == {ANGGREK: 1, BAKUNG: 1}
    assert observed(result, "recipients_pkh_d2") == {ANGGREK: 1, BAKUNG: 0}
    assert observed(result, "recipients_pkh_d7") == {ANGGREK: 1, BAKUNG: 0}
    assert observed(result, "recipients_pkh_d10") == {ANGGREK: 0, BAKUNG: 0}
    assert result.reconciliation.lists == {"pkh": (5, 4)}
    assert any("Not found there, and so in no count: 1" in str(note)
               for note in result.reconciliation.notes())  # fmt: skip


def test_the_deciles_of_recipients_sum_to_the_recipients_whose_decile_is_known(tmp_path, nine):
    unknown = family(8, "", ANGGREK)
    result = counted(tmp_path, nine, [*NOW, unknown], lists={"pkh": [*PAID, *paid(8)]})
    whole = observed(result, "recipients_pkh")[ANGGREK]
    by_decile = sum(observed(result, f"recipients_pkh_d{one}")[ANGGREK] for one in range(1, 11))
    assert (whole, by_decile) == (4, 3)


def test_a_list_changes_nothing_else_of_the_count(tmp_path, nine):
    alone, beside = counted(tmp_path, nine, NOW), counted(tmp_path, nine, NOW, lists={"pkh": PAID})
    without = beside.frame[beside.frame["programme"] == ""].reset_index(drop=True)
    assert without.equals(alone.frame[alone.frame["programme"] == ""].reset_index(drop=True))


def test_several_lists_are_told_apart(tmp_path, nine):
    result = counted(tmp_path, nine, NOW, lists={"pkh": paid(1, 2), "bpnt": paid(2, 6)})
    assert observed(result, "recipients_pkh") == {ANGGREK: 2, BAKUNG: 0}
    assert observed(result, "recipients_bpnt") == {ANGGREK: 1, BAKUNG: 1}


def test_a_list_adds_to_what_the_register_marks_itself(tmp_path, nine):
    marked = [family(1, 1, pbi_nas="Ya"), family(2, 1, pbi_nas="Tidak"), family(3, 2)]
    result = counted(tmp_path, nine, marked, lists={"pbi_nas": paid(2, 1)})
    assert observed(result, "recipients_pbi_nas") == {ANGGREK: 2}


def test_who_was_served_before_is_told_from_who_is_new(tmp_path, nine):
    # Of those paid now: 1 was paid in the same decile, 3 in another, 5 was not paid, 6 was paid
    # and its decile then is not known. 2 was paid then and is no longer.
    before = [
        family(1, 1), family(2, 1), family(3, 4), family(5, 7), family(6, "", BAKUNG),
    ]  # fmt: skip
    result = counted(
        tmp_path, nine, NOW, lists={"pkh": PAID}, before=(before, {"pkh": paid(1, 2, 3, 6)}),
    )  # fmt: skip
    told = result.compared.frame.set_index(["kode", "stay"])["families"].to_dict()
    assert told == {
        (ANGGREK, "stayed"): 1, (ANGGREK, "moved"): 1, (ANGGREK, "fresh"): 1,
        (BAKUNG, "unclear"): 1,
    }  # fmt: skip
    assert observed(result, "recipients_pkh_stayed") == {ANGGREK: 1, BAKUNG: 0}
    assert observed(result, "recipients_pkh_moved") == {ANGGREK: 1, BAKUNG: 0}
    assert observed(result, "recipients_pkh_fresh") == {ANGGREK: 1, BAKUNG: 0}
    assert observed(result, "recipients_pkh_years") == {ANGGREK: 6, BAKUNG: 6}


def test_where_a_family_lived_before_does_not_matter(tmp_path, nine):
    result = counted(
        tmp_path, nine, [family(1, 1)], lists={"pkh": paid(1)},
        before=([family(1, 1, BAKUNG)], {"pkh": paid(1)}),
    )  # fmt: skip
    assert observed(result, "recipients_pkh_stayed") == {ANGGREK: 1}


def test_a_programme_that_only_the_earlier_register_knows_says_nothing(tmp_path, nine):
    result = counted(
        tmp_path, nine, [family(1, 1)], lists={"pkh": paid(1)},
        before=([family(1, 1)], {"bpnt": paid(1)}),
    )  # fmt: skip
    assert observed(result, "recipients_pkh_fresh") == {ANGGREK: 1}
    assert "recipients_bpnt" not in set(to_observations(result, "2026")["indicator"])


def test_numbers_written_otherwise_are_the_same_families(tmp_path, nine):
    spelt = [one | {"NOKK_DTKS": f"'{one['NOKK_DTKS']}"} for one in paid(1, 6)]
    result = counted(tmp_path, nine, NOW, lists={"pkh": spelt})
    assert observed(result, "recipients_pkh") == {ANGGREK: 1, BAKUNG: 1}


def test_a_family_in_two_kelurahan_is_paid_in_each(tmp_path, nine):
    twice = [family(1, 1), family(1, 1, BAKUNG)]
    result = counted(tmp_path, nine, twice, lists={"pkh": paid(1)})
    assert observed(result, "recipients_pkh") == {ANGGREK: 1, BAKUNG: 1}


def test_a_list_without_numbers_of_families_is_refused(tmp_path, nine):
    now = written(tmp_path, "now", HEADINGS[Family.DTSEN_HOUSEHOLDS], NOW)
    rows = [{"NAMA_PENERIMA": NAMES[0], "NIK_KTP": nik(1), "NMKEC": "Lor", "NMKEL": "Anggrek"}]
    bare = written(tmp_path, "list", "NAMA_PENERIMA,NIK_KTP,NMKEC,NMKEL", rows)
    with engines.duckdb([now, bare], threads=2) as used:
        surveyed = survey(open_file(used, look(now)))
        places = surveyed.places.join(match(surveyed.places, nine))
        with pytest.raises(TableError, match="has no number of the family"):
            count(surveyed, places, paid={"pkh": open_file(used, look(bare))})


def test_a_register_with_numbers_of_its_own_cannot_be_set_beside(tmp_path, nine):
    now = written(tmp_path, "now", HEADINGS[Family.DTSEN_HOUSEHOLDS], NOW)
    heading = "id_keluarga_p3ke,kecamatan,desa,desil_kesejahteraan"
    rows = [{"id_keluarga_p3ke": "1", "kecamatan": "Lor", "desa": "Anggrek",
             "desil_kesejahteraan": "1"}]  # fmt: skip
    other = written(tmp_path, "p3ke", heading, rows)
    with engines.duckdb([now, other], threads=2) as used:
        surveyed = survey(open_file(used, look(now)))
        places = surveyed.places.join(match(surveyed.places, nine))
        earlier = Earlier(survey(open_file(used, look(other))), 3)
        with pytest.raises(TableError, match="numbers families by id_keluarga_p3ke"):
            count(surveyed, places, earlier=earlier)


def test_a_count_in_parts_is_that_of_the_whole(tmp_path, nine):
    before = [family(number, 1 + number % 4) for number in range(1, 60)]
    now = [family(number, 1 + number % 6, BAKUNG if number % 5 == 0 else ANGGREK)
           for number in range(1, 80)]  # fmt: skip
    given = {
        "lists": {"pkh": paid(*range(1, 80, 2))},
        "before": (before, {"pkh": paid(*range(1, 60, 3))}),
    }
    whole = counted(tmp_path, nine, now, **given)
    parts = counted(tmp_path, nine, now, **given, at_once=7)
    assert to_observations(parts, "2026").equals(to_observations(whole, "2026"))
    told = [one.compared.frame.sort_values(["kode", "stay"]).to_numpy().tolist()
            for one in (whole, parts)]  # fmt: skip
    assert told[0] == told[1]
    # By hand: paid now and then are the odd numbers of 1, 4, 7 ... below 60.
    again = [number for number in range(1, 60, 3) if number % 2]
    same = [number for number in again if 1 + number % 4 == 1 + number % 6]
    sums = whole.compared.frame.groupby("stay")["families"].sum().to_dict()
    assert sums["stayed"] == len(same)
    assert sums["moved"] == len(again) - len(same)
    assert sums["fresh"] == len(range(1, 80, 2)) - len(again)
