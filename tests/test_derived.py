"""Wrong secrets are wrong however they are read."""

import base64

import pytest

from conformance.derived import DERIVED


@pytest.mark.parametrize("how", ["shortened", "lengthened"])
@pytest.mark.parametrize("length", range(14, 18))
def test_a_padded_secret_is_changed_in_what_it_says(how: str, length: int) -> None:
    """Padding says nothing, and a decoder sees other bytes."""
    secret = base64.b64encode(b"\x5a" * length).decode()
    wrong = DERIVED[how](secret)
    bare = wrong.rstrip("=")
    read = base64.b64decode(f"{bare[: len(bare) // 4 * 4]}")

    assert bare != secret.rstrip("=")
    assert read[:length] != b"\x5a" * length or len(read) > length
