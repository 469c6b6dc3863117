import pytest

from kantong.geo.errors import TableError
from kantong.store.catalogue import read_indicators
from tests.conftest import DATA

COUNT = """
[miskin]
kind = "count"
label = { id = "Miskin", en = "Poor" }
unit = { id = "orang", en = "people" }
definition = { id = "Orang miskin.", en = "Poor people." }
"""


def read(folder, text):
    path = folder / "indicators.toml"
    path.write_text(text, "utf-8")
    return read_indicators(path)


def test_the_catalogue_names_every_rate_with_its_denominator():
    rates = [
        one for one in read_indicators(DATA / "indicators.toml").values() if one.kind == "rate"
    ]
    assert {(rate.id, rate.denominator) for rate in rates} == {
        ("poor_rate", "population"),
        ("poor_density", "area_km2"),
        ("dtsen_people_rate", "population"),
    }


def test_every_text_stands_in_both_languages():
    for indicator in read_indicators(DATA / "indicators.toml").values():
        for texts in (indicator.label, indicator.unit, indicator.definition):
            assert set(texts) == {"id", "en"}
            assert all(texts.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no indicator"),
        ("miskin = 3", "miskin is not a table"),
        ("[miskin", "is not a TOML file"),
        (COUNT.replace('kind = "count"', 'kind = "jumlah"'), "has the kind jumlah"),
        (COUNT + 'warna = "merah"', "unknown fields: warna"),
        (COUNT + 'scale = "100"', "wrong type in scale"),
        (COUNT.replace('label = { id = "Miskin", en = "Poor" }', ""), "lacks the fields label"),
        (COUNT.replace(', en = "Poor"', ""), "lacks its label in en"),
        (COUNT + 'denominator = "miskin"', "has 'miskin' as denominator"),
        (COUNT.replace('"count"', '"rate"'), "has '' as numerator"),
        (
            COUNT.replace('"count"', '"rate"') + 'numerator = "x"\ndenominator = "area_km2"',
            "has 'x' as numerator",
        ),
        (
            COUNT + "detailed = true\n" + COUNT.replace("[miskin]", "[miskin_d3]"),
            "miskin_d3 are details of miskin",
        ),
        (
            COUNT + "detailed = true\n" + COUNT.replace("[miskin]", "[miskin_years]"),
            "miskin_years are details of miskin",
        ),
        (COUNT.replace('"count"', '"amount"') + "detailed = true", "detailed, but no count"),
    ],
)
def test_a_faulty_catalogue_is_refused(tmp_path, text, message):
    with pytest.raises(TableError, match=message):
        read(tmp_path, text)


def test_a_missing_catalogue_is_named(tmp_path):
    with pytest.raises(TableError, match=r"indicators\.toml: cannot be read"):
        read_indicators(tmp_path / "indicators.toml")
