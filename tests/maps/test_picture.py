import datetime as dt
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kantong.maps.drawing import prepare
from kantong.maps.picture import Picture, to_png
from kantong.maps.theme import Swatch, Theme
from tests.maps.ground import EVIL, HATCH, context

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
BADGE_RED = (0xB3, 0x26, 0x1E)


def picture(fills, **changes):
    told: dict[str, Any] = {
        "title": "Penduduk miskin",
        "theme": Theme(
            "Orang",
            fills,
            (Swatch("#123456", "1 – 2"), Swatch("url(#missing)", "tidak ada")),
            HATCH,
            "SIMULASI",
            ("Sumber: SIMULASI", "SHA-256 0123"),
        ),
        "alt": "Peta",
    }
    return Picture(**(told | changes))


def pixels(content):
    with Image.open(io.BytesIO(content)) as opened:
        return np.asarray(opened.convert("RGB"))


def count(content, colour):
    return int((pixels(content) == colour).all(axis=2).sum())


def test_it_is_1600_pixels_wide_and_has_the_shape_of_the_city(malang, nine):
    tall = pixels(to_png(prepare(malang, context()), picture({}), created=NOW))
    square = pixels(to_png(prepare(nine), picture({}), created=NOW))
    assert tall.shape[1] == square.shape[1] == 1600
    # The city is 13.8 km wide and 15.5 km tall: on 132 mm of map, at 8 pixels a mm, 124 more.
    assert tall.shape[0] - square.shape[0] == pytest.approx(132 * 8 * (15.49 / 13.83 - 1), abs=8)


@pytest.mark.parametrize("stretch", [0.05, 20.0])
def test_an_extreme_shape_keeps_a_usable_picture(nine, stretch):
    wide = nine.set_geometry(nine.geometry.scale(stretch, 1, origin=(112, -9)))
    height = pixels(to_png(prepare(wide), picture({}), created=NOW)).shape[0]
    assert 80 * 8 < height < 250 * 8


def test_the_badge_is_seen_only_where_told(nine):
    ground = prepare(nine)
    shown = to_png(ground, picture({}), created=NOW)
    theme = Theme("Orang", {}, (), badge="")
    hidden = to_png(ground, picture({}, theme=theme), created=NOW)
    assert count(shown, BADGE_RED) > 2_000
    assert count(hidden, BADGE_RED) == 0


def test_map_and_legend_show_the_same_fills(nine):
    ground = prepare(nine)
    legend_only = to_png(ground, picture({}), created=NOW)
    fills = {nine["kode"][0]: "#123456", nine["kode"][1]: "url(#missing)"}
    both = to_png(ground, picture(fills), created=NOW)
    # A square of a kilometre on a map of 3 km and 126 mm, less its name.
    square = (42 * 8) ** 2
    for colour in ((0x12, 0x34, 0x56), (0, 255, 0)):
        box = count(legend_only, colour)
        assert box == pytest.approx(6.65 * 2.65 * 64, rel=0.15)
        assert count(both, colour) - box == pytest.approx(square, rel=0.1)


def test_the_chosen_area_has_a_heavy_outline(nine):
    ground = prepare(nine)
    plain = to_png(ground, picture({}), created=NOW)
    chosen = to_png(ground, picture({}, chosen=nine["kode"][4]), created=NOW)
    line = (0x11, 0x11, 0x11)
    # Four sides of 42 mm, 0.55 mm wide, at 64 pixels a mm².
    assert count(chosen, line) - count(plain, line) == pytest.approx(4 * 42 * 0.55 * 64, rel=0.3)


def test_texts_are_never_markup(nine):
    ground = prepare(nine.assign(kelurahan=(EVIL * 3)[:9]))
    words = ['#panic("x")', "*tebal*", "$x$", "\\", "@a", "<a>", "[", "#{", "`", '"']
    content = to_png(
        ground, picture({}, title=" ".join(words), subtitle="_x_", alt="#alt"), created=NOW
    )
    assert pixels(content).shape[1] == 1600
    bold = to_png(ground, picture({}, title="*tebal*"), created=NOW)
    assert bold != to_png(ground, picture({}, title="tebal"), created=NOW)


def test_every_word_is_shown(nine):
    ground = prepare(nine)
    before = to_png(ground, picture({}), created=NOW)
    theme = picture({}).theme
    for changes in (
        {"title": "Lain"},
        {"subtitle": "Lain"},
        {"north": "X"},
        {"number": lambda number: f"{number}x"},
        {"theme": Theme("Lain", {}, theme.legend, HATCH, "SIMULASI", theme.notes)},
        {"theme": Theme("Orang", {}, theme.legend, HATCH, "CONTOH", theme.notes)},
        {"theme": Theme("Orang", {}, theme.legend, HATCH, "SIMULASI", ("Lain", "SHA-256 0123"))},
        {"theme": Theme("Orang", {}, (Swatch("#123456", "x"),), HATCH, "SIMULASI", theme.notes)},
    ):
        assert to_png(ground, picture({}, **changes), created=NOW) != before, changes


def test_the_same_input_gives_the_same_bytes(nine):
    ground = prepare(nine)
    assert to_png(ground, picture({}), created=NOW) == to_png(ground, picture({}), created=NOW)
