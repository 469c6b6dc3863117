"""Exclusion, inclusion and long service on the page Program, worked out again with plain pandas."""

import pandas as pd
import pytest

from kantong.analysis.suppression import is_suppressed
from kantong.views import data
from kantong.views.programtargeting import (
    Asked,
    long_served,
    programmes_with_deciles,
    rows,
    settings,
    targeting,
)
from tests.conftest import DATA, TUTORIAL
from tests.views.test_entering import folder
from tests.views.test_hotspot_page import republish, texts
from tests.views.test_pages import open_page

__all__ = ["folder"]

PKH = Asked("recipients_pkh")


def table(name):
    """Return a table of the example, kode by indicator, of 2023 or its last quarter."""
    rows_ = pd.read_csv(DATA / "example" / f"{name}.csv", dtype={"kode": str, "period": str})
    rows_ = rows_[rows_["period"].isin(["2023", "2023-Q4"])]
    return rows_.pivot_table(index="kode", columns="indicator", values="value", aggfunc="sum")


def of(frame, name, deciles):
    return frame[[f"{name}_d{one}" for one in deciles if f"{name}_d{one}" in frame]].sum(axis=1)


@pytest.mark.parametrize(("poorest", "eligible"), [(2, 5), (4, 5), (1, 3)])
def test_errors_are_those_of_the_tables(poorest, eligible):
    families, paid = table("dtsen_families"), table("recipient_details")
    meant = of(families, "dtsen_families", range(1, poorest + 1))
    left = meant - of(paid, "recipients_pkh", range(1, poorest + 1))
    every = of(paid, "recipients_pkh", range(1, 11))
    let = of(paid, "recipients_pkh", range(eligible + 1, 11))
    asked = Asked("recipients_pkh", poorest, eligible)
    found = targeting(data.city(covered=False), asked, "2023")
    assert found.shown["excluded"].sort_index().tolist() == left.sort_index().tolist()
    assert found.shown["inclusion"].sort_index().tolist() == pytest.approx(
        (let / every * 100).sort_index().tolist()
    )
    assert found.whole.exclusion == pytest.approx(left.sum() / meant.sum() * 100)
    assert found.whole.inclusion == pytest.approx(let.sum() / every.sum() * 100)
    assert not found.told


def test_small_counts_are_covered_and_sums_keep_them():
    whole, covered = (targeting(data.city(covered=one), PKH, "2023") for one in (False, True))
    parts = whole.shown
    for count, other, share in (
        ("excluded", parts["poor"] - parts["excluded"], "exclusion"),
        ("included", parts["recipients"] - parts["included"], "inclusion"),
    ):
        few = parts[count].between(1, 4) | other.between(1, 4)
        assert covered.shown.loc[few, [count, share]].isna().all(axis=None)
    assert covered.shown["included"].isna().any()
    assert covered.whole.inclusion == whole.whole.inclusion


def test_a_covered_count_stands_nowhere_in_what_is_taken_home():
    city = data.city(covered=True)
    few = targeting(data.city(covered=False), PKH, "2023").shown["included"].between(1, 4)
    taken = rows(city, PKH, "2023").set_index("Code")
    assert few.any()
    assert (
        taken.loc[few[few].index, ["of them above the limit", "Let in (%)"]].isna().all(axis=None)
    )


def test_no_two_limits_tell_a_small_count():
    """Who receives up to a decile, told from below or from above; no two may part 1 to 4."""
    city = data.city(covered=True)
    told: dict[int, pd.Series[float]] = {}
    for poorest in range(1, 10):
        for eligible in range(poorest, 10):
            shown = targeting(city, Asked("recipients_pkh", poorest, eligible), "2023").shown
            for limit, sums in (
                (0, shown["recipients"] * 0), (poorest, shown["poor"] - shown["excluded"]),
                (eligible, shown["recipients"] - shown["included"]), (10, shown["recipients"]),
            ):  # fmt: skip
                told[limit] = sums if limit not in told else told[limit].fillna(sums)
    assert min(told[limit].notna().sum() for limit in (2, 5)) > 30  # mostly told
    assert told[4].isna().any()
    for one in told.values():
        for other in told.values():
            assert not (one - other).isin([1, 2, 3, 4]).any()


def spoil(folder, name, values):
    """Write other values of 2023 into the data folder, by ``(kode, indicator)``."""
    file = folder / "example" / f"{name}.csv"
    rows_ = pd.read_csv(file, dtype=str, keep_default_na=False)
    for (kode, indicator), value in values.items():
        own = rows_["kode"].eq(kode) & rows_["indicator"].eq(indicator)
        own &= rows_["period"].isin(["2023", "2023-Q4"])
        assert own.sum() == 1
        rows_.loc[own, "value"] = str(value)
    republish(file, rows_)


def test_whom_a_small_count_is_taken_of_is_covered_too(folder):
    """Three families in decile 1; three that receive; the maps cover both, and one more each."""
    few, none = "35.73.02.1003", "35.73.03.1004"
    spoil(folder, "dtsen_families", {(few, "dtsen_families_d1"): 3})
    paid = {(few, "recipients_pkh_d1"): 3}
    paid |= {(none, f"recipients_pkh_d{decile}"): 0 for decile in range(2, 11)}
    spoil(folder, "recipient_details", paid | {(none, "recipients_pkh_d1"): 3})
    found = targeting(data.city(covered=True), Asked("recipients_pkh", 1, 5), "2023").shown
    covered = is_suppressed(data.city(covered=True).measure("dtsen_families_d1", "2023-Q4"))
    assert covered[few]
    assert covered.sum() == 2
    assert found.loc[covered, ["poor", "excluded", "exclusion"]].isna().all(axis=None)
    assert found["poor"].notna().sum() == 55
    assert found.loc[none, ["recipients", "included", "inclusion"]].isna().all()
    assert found["recipients"].isna().sum() == 2
    taken = rows(data.city(covered=True), Asked("recipients_pkh", 1, 5), "2023").set_index("Code")
    assert taken.loc[few, ["Families meant", "of them left out"]].isna().all()
    query = {"bahasa": "en", "bagian": "sasaran", "sasaran": "terlewat", "desil_sasaran": "1"}
    table_ = open_page("program", **query).dataframe[0].value.set_index("Kelurahan")
    assert table_.loc["Samaan", ["Families meant", "of them left out"]].tolist() == [
        "not shown", "not shown"
    ]  # fmt: skip


def test_long_service_is_that_of_the_tables():
    paid = table("recipient_details")
    told, years = long_served(data.city(covered=False), PKH, "2023")
    names = [f"recipients_pkh_{one}" for one in ("stayed", "moved", "fresh")]
    share = paid["recipients_pkh_stayed"] / paid[names].sum(axis=1) * 100
    assert years == 8
    assert told["percent"].sort_index().tolist() == pytest.approx(share.sort_index().tolist())
    assert (told["unknown"] == 0).all()


def test_downloads_say_what_the_shares_are_and_of_which_families():
    city = data.city(covered=True)
    told = {view: dict(settings(city, PKH, "2023", view)) for view in ("terlewat", "bocor", "lama")}
    assert told["terlewat"]["Definition"].startswith("Families meant that do not receive")
    assert told["terlewat"]["Denominator"] == "Families meant 2023-Q4"
    assert told["bocor"]["Definition"].startswith("Recipients above the limit")
    assert told["bocor"]["Denominator"] == told["lama"]["Denominator"] == "Recipients 2023"


def test_without_years_between_the_registers_nobody_is_long_served(folder):
    file = folder / "example" / "recipient_details.csv"
    rows_ = pd.read_csv(file, dtype=str, keep_default_na=False)
    republish(file, rows_[rows_["indicator"] != "recipients_pkh_years"])
    app = open_page("program", bahasa="en", bagian="sasaran")
    assert "Long served" not in next(
        o.options for o in app.get("button_group") if o.key == "sasaran"
    )
    assert not app.exception


def test_the_page_says_what_the_tables_say():
    families, paid = table("dtsen_families"), table("recipient_details")
    meant = of(families, "dtsen_families", (1, 2)).sum()
    left = meant - of(paid, "recipients_pkh", (1, 2)).sum()
    app = open_page("program", bahasa="en", bagian="sasaran")
    said = texts(app)
    assert f"of {meant:,.0f} families in deciles 1 to 2" in said
    assert f"{left:,.0f} do not receive it: {left / meant * 100:.1f} % are left out" in said
    assert "served for 8 years or longer" in said
    assert not app.exception


@pytest.mark.parametrize("view", ["terlewat", "bocor", "lama"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_view_is_drawn(view, language):
    app = open_page(
        "program", bahasa=language, bagian="sasaran", sasaran=view, penerima="recipients_bpnt"
    )
    assert not app.exception
    assert app.dataframe[0].value.shape == (57, 4)


def test_choices_of_deciles_stand_in_the_address():
    app = open_page("program", bahasa="en", bagian="sasaran", desil_sasaran="4", desil_batas="4")
    assert "families in deciles 1 to 4" in texts(app)
    assert "are above decile 4" in texts(app)
    later = app.selectbox(key="desil_sasaran").set_value("6").run()
    assert "are above decile 6" in texts(later)


def test_without_a_register_it_says_how_to_count_one(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    assert programmes_with_deciles(data.city(covered=True)) == []
    app = open_page("program", bahasa="en", bagian="sasaran")
    assert any("--paid pkh=LIST" in one.value for one in app.info)


def test_details_are_no_indicators_of_their_own():
    names = data.city(covered=True).indicators()
    assert "recipients_pkh" in names
    assert not [name for name in names if name.startswith("recipients_pkh_")]
