"""Secrets made of secrets: wrong ones that are nearly right. Plain texts, no marks."""

import base64
import json
from collections.abc import Callable, Mapping


def is_jwt(token: str) -> bool:
    """Say whether a token is a signed JWT."""
    head = token.split(".", maxsplit=1)[0]
    try:
        return token.count(".") == 2 and "alg" in json.loads(_decoded(head))
    except ValueError:
        return False


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _changed_signature(token: str) -> str:
    """Turn one bit in the middle of the decoded signature."""
    head, _, signature = token.rpartition(".")
    raw = bytearray(_decoded(signature))
    raw[len(raw) // 2] ^= 1
    return f"{head}.{_encoded(bytes(raw))}"


def _other_case(secret: str) -> str:
    other = secret.swapcase()
    return other if other != secret else ""


def _changed(secret: str) -> str:
    """Put another letter in the place of the first."""
    return ("b" if secret[0] in "aA" else "a") + secret[1:]


def _shortened(secret: str) -> str:
    """Leave out the last character that says something: padding says nothing."""
    return secret.rstrip("=")[:-1]


def _lengthened(secret: str) -> str:
    """Put characters before any padding, so many that a decoder sees more bytes."""
    bare = secret.rstrip("=")
    return f"{bare}xxxx{secret[len(bare) :]}"


def _unsigned(token: str) -> str:
    head, claims, _ = token.split(".")
    header = {**json.loads(_decoded(head)), "alg": "none"}
    return f"{_encoded(json.dumps(header).encode())}.{claims}."


#: Name of a change → what it makes of a secret; an empty text where it changes nothing.
DERIVED: Mapping[str, Callable[[str], str]] = {
    "shortened": _shortened,
    "lengthened": _lengthened,
    "case": _other_case,
    "changed": _changed,
    "reversed": lambda secret: secret[::-1],
    "halved": lambda secret: secret[: len(secret) // 2],
    "signature_changed": _changed_signature,
    "signature_empty": lambda token: token.rpartition(".")[0] + ".",
    "alg_none": _unsigned,
}
