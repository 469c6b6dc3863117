"""How our PDFs are written, once for all."""

import io

from pikepdf import ObjectStreamMode, Pdf


def to_bytes(document: Pdf) -> bytes:
    """Return a PDF as a file: the same bytes for the same content.

    The tags of a table are many small objects; packed together an atlas is a quarter smaller.
    """
    target = io.BytesIO()
    document.save(target, deterministic_id=True, object_stream_mode=ObjectStreamMode.generate)
    return target.getvalue()
