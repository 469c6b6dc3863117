"""The one place that calls Typst: a template of ours and data, to PDF or PNG.

The data enter as one JSON string among the inputs of the document and are only ever values
there: nothing in them is read as markup or code.
"""

import datetime as dt
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typst

from kantong.maps import fonts

_TEMPLATES = Path(__file__).with_name("templates")
_STANDARDS: tuple[Literal["a-2b", "ua-1"], ...] = ("a-2b", "ua-1")
Template = Literal["brief", "front", "method", "musykel", "picture", "sheet"]


@dataclass(frozen=True)
class Output:
    """PDF, or PNG with so many pixels per inch."""

    form: Literal["pdf", "png"] = "pdf"
    ppi: float = 144


def typeset(
    template: Template,
    data: dict[str, object],
    *,
    created: dt.datetime,
    output: Output = Output(),
) -> bytes:
    """Return a template filled with data as one file, the same bytes for the same input.

    Parameters
    ----------
    template
        Name of a file in ``templates``, to which ``parts.typ`` is put in front.
    data
        What JSON can hold; SVG drawings as text. Signs that the typeface lacks become ``?``.
    created
        Written into the file as the time of its making; with a time zone.
    output
        PDF/A-2b and PDF/UA-1, or PNG of a single page.

    Raises
    ------
    ValueError
        ``created`` has no time zone.
    """
    if created.tzinfo is None:
        raise ValueError("created must have a time zone")
    source = "".join(
        (_TEMPLATES / f"{name}.typ").read_text("utf-8") for name in ("parts", template)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = folder / "document.typ"
        document.write_text(source, "utf-8")
        made = typst.compile(
            document,
            root=folder,
            font_paths=_fonts(folder),
            format=output.form,
            ppi=output.ppi,
            sys_inputs={"data": json.dumps(fonts.printable(data), allow_nan=False)},
            pdf_standards=list(_STANDARDS) if output.form == "pdf" else [],
            timestamp=int(created.timestamp()),
        )
    match made:
        case bytes():
            return made
        case _:
            raise ValueError("A PNG holds a single page.")


def _fonts(folder: Path) -> typst.Fonts:
    for file in fonts.files():
        shutil.copy(file, folder)
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )
