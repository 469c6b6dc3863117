"""Kelurahan by their names: for sentences and for tables."""

from collections.abc import Sequence

import pandas as pd

from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number
from kantong.views.data import City

_NAMED = 8


def names_of(city: City, kodes: Sequence[str]) -> str:
    """Return the names of areas, and how many more there are."""
    known = city.layer.set_index(KODE)[KELURAHAN]
    told = ", ".join(str(known[kode]) for kode in kodes[:_NAMED])
    more = len(kodes) - _NAMED
    return (
        _("{names} and {count} more").format(names=told, count=number(more)) if more > 0 else told
    )


def places(city: City) -> pd.DataFrame:
    """Return kelurahan and kecamatan of the areas in view, by ``kode``."""
    return city.layer.set_index(KODE)[[KELURAHAN, KECAMATAN]]
