"""What may stand in a kept text."""

import pytest

from kantong.store import audit

HASH = "1234567890123456" + "ab" * 23 + "0f"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (HASH, HASH),
        (f"file {HASH}, kept", f"file {HASH}, kept"),
        (f"{HASH}0", "…" + "ab" * 23 + "0f0"),
        ("NIK 3573010101800001", "NIK …"),
        ("x3573010101800001", "x…"),
        ("ab3573010101800001cd", "ab…cd"),
    ],
)
def test_a_hash_is_kept_whole_and_a_number_of_a_person_never(given, kept):
    assert len(HASH) == 64
    assert audit.clean(given) == kept
