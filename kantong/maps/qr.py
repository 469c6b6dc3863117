"""Codes to scan, for phones in the field."""

import io

import segno


def code(text: str) -> str:
    """Return a text as QR code in SVG, with the quiet edge that readers need."""
    target = io.BytesIO()
    made = segno.make(text, error="m", micro=False)
    made.save(target, kind="svg", border=4, xmldecl=False, nl=False)
    return target.getvalue().decode()
