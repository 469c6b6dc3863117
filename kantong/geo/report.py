"""What building a layer did to its source, for the people who must defend the result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from kantong.geo.coverage import Patches
from kantong.geo.schema import KELURAHAN, KODE

Translate = Callable[[str], str]
FormatNumber = Callable[[float, int], str]

CHANGE_COLUMNS = (KODE, KELURAHAN, "before_m2", "after_m2", "change_m2", "change_percent")
NAME_COLUMNS = (KODE, KELURAHAN, "in_source")
REPAIR_COLUMNS = (KODE, KELURAHAN, "reason")


@dataclass(frozen=True)
class Report:
    """Every change made between a source and the canonical layer.

    Parameters
    ----------
    source, sha256
        Name of the source file and the hash of its bytes.
    crs
        UTM zone in which areas and lengths are measured.
    tolerance_m, gap_width_m
        Settings of the build, in metres.
    areas
        Kelurahan and desa in the layer.
    repaired
        ``REPAIR_COLUMNS``: shapes that were not valid, and why in the words of GEOS.
    overlaps, gaps, gaps_left
        Ground claimed twice, holes found, and holes too wide to close.
    vertices_before, vertices_after
        Coordinates in the source and in the layer.
    changes
        ``CHANGE_COLUMNS``, one row an area, largest relative change first.
    names
        ``NAME_COLUMNS``: areas whose name the source spells differently.
    left_out
        Names of areas of the source that belong to another kabupaten/kota.
    to_context
        Names of areas without a code of their own (forest), kept as context.
    """

    source: str
    sha256: str
    crs: str
    tolerance_m: float
    gap_width_m: float
    areas: int
    repaired: pd.DataFrame
    overlaps: Patches
    gaps: Patches
    gaps_left: Patches
    vertices_before: int
    vertices_after: int
    changes: pd.DataFrame
    names: pd.DataFrame
    left_out: tuple[str, ...]
    to_context: tuple[str, ...]

    def describe(self, translate: Translate, number: FormatNumber) -> str:
        """Return the report as plain text.

        Parameters
        ----------
        translate
            Takes an English message to the reader's language.
        number
            Takes a number and its decimals to text in the reader's locale.
        """
        lines = [
            *self._origin(translate, number),
            *self._geometry(translate, number),
            *self._listed(translate),
            *self._area_changes(translate, number),
        ]
        return "\n".join("".join(filter(_printable, line)) for line in lines) + "\n"

    def _origin(self, _: Translate, number: FormatNumber) -> Iterator[str]:
        yield _("Report on the boundaries built from {file}").format(file=self.source)
        yield ""
        yield f"SHA-256: {self.sha256}"
        yield _("Measured in: {crs}").format(crs=self.crs)
        yield _("Simplified to: {metres} m; gaps closed up to a width of: {width} m").format(
            metres=number(self.tolerance_m, 1), width=number(self.gap_width_m, 1)
        )
        yield _("Areas in the layer: {count}").format(count=number(self.areas, 0))

    def _geometry(self, _: Translate, number: FormatNumber) -> Iterator[str]:
        patches = _("{label}: {count}, {m2} m²")
        for label, found in (
            (_("Overlaps resolved"), self.overlaps),
            (_("Gaps found"), self.gaps),
            (_("Gaps left open because they are wide"), self.gaps_left),
        ):
            yield patches.format(label=label, count=number(found.count, 0), m2=number(found.m2, 1))
        yield _("Vertices: {before} before, {after} after").format(
            before=number(self.vertices_before, 0), after=number(self.vertices_after, 0)
        )
        before, after = self.changes["before_m2"].sum(), self.changes["after_m2"].sum()
        yield _("Total area: {before} km² before, {after} km² after").format(
            before=number(before / 1e6, 4), after=number(after / 1e6, 4)
        )

    def _listed(self, _: Translate) -> Iterator[str]:
        none = _("none")
        repaired = [
            f"{kode} {name} ({why})".lstrip()
            for kode, name, why in self.repaired.itertuples(index=False)
        ]
        yield _("Shapes repaired: {list}").format(list="; ".join(repaired) or none)
        spelled = [
            _("{kode} {name}: {other} in the source").format(kode=kode, name=name, other=other)
            for kode, name, other in self.names.itertuples(index=False)
        ]
        yield _("Names that differ: {list}").format(list="; ".join(spelled) or none)
        yield _("Areas of another kabupaten/kota, left out: {list}").format(
            list=", ".join(self.left_out) or none
        )
        yield _("Areas without a code, kept as context: {list}").format(
            list=", ".join(self.to_context) or none
        )

    def _area_changes(self, _: Translate, number: FormatNumber) -> Iterator[str]:
        yield ""
        yield _("Change of area, largest first (m² before, m² after, per cent)")
        width = max((len(name) for name in self.changes[KELURAHAN]), default=0)
        for row in self.changes.to_dict("records"):
            before, after = number(row["before_m2"], 0), number(row["after_m2"], 0)
            percent = number(row["change_percent"], 4)
            yield f"{row[KODE]}  {row[KELURAHAN]:<{width}} {before:>13} {after:>13} {percent:>9}"


def _printable(character: str) -> bool:
    return character.isprintable()
