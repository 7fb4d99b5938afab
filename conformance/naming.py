"""IDs and values that nobody else has: the same in every playback of a run."""

import hashlib
import string
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.profile import IdRule, has_type

BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def fresh_id(rule: IdRule, prefix: str, words: str) -> str:
    """Give an ID that a rule allows, with the run's prefix.

    Args:
        rule: For IDs of a resource.
        prefix: Of the run.
        words: Say whose ID it is; the same words give the same ID.
    """
    digest = hashlib.blake2b(f"{prefix}{words}".encode(), digest_size=8)
    letters = [c for c in rule.alphabet if c in BASE36] or list(rule.alphabet)
    tail = spelt(int.from_bytes(digest.digest()), letters)
    prefix = "".join(c for c in prefix if c in rule.alphabet)
    made = joined(prefix, tail, rule.max_length)
    return (made + tail * rule.min_length)[: max(len(made), rule.min_length)]


def fresh_uuid(prefix: str, words: str) -> str:
    """Give a UUID that nothing has; the same words give the same one."""
    digest = hashlib.blake2b(f"{prefix}{words}".encode(), digest_size=16)
    return str(uuid.UUID(bytes=digest.digest(), version=4))


def fresh_value(
    claimed: Mapping[str, Any], example: Any, prefix: str, words: str
) -> Any:
    """Give a value that no other item has, in the form of the example's.

    Args:
        claimed: The property's schema.
        example: A right value.
        prefix: Of the run.
        words: Say whose value it is; the same words give the same value.
    """
    digest = hashlib.blake2b(f"{prefix}{words}".encode(), digest_size=6)
    number = int.from_bytes(digest.digest())
    if not has_type(claimed, "string"):
        return number % int(claimed.get("maximum", 2**31 - 1))
    if "pattern" in claimed:
        return _reshaped(example, number)
    longest, tail = claimed.get("maxLength", 100), spelt(number, BASE36)
    if "@" in str(example):
        return f"{joined(prefix, tail, 60)}@example.com"
    return joined(prefix, tail, longest)


def spelt(number: int, letters: Sequence[str]) -> str:
    """Spell a number in nine letters at most."""
    made = ""
    while number and len(made) < 9:
        number, rest = divmod(number, len(letters))
        made += letters[rest]
    return made


def joined(prefix: str, tail: str, longest: int) -> str:
    """Put a tail behind the run's prefix; it has half of the room that is short."""
    kept = min(len(prefix), max(longest - len(tail), longest // 2))
    # The first letters of a prefix are the same in every run.
    return prefix[len(prefix) - kept :] + tail[: longest - kept]


def _reshaped(example: str, number: int) -> str:
    """Put other letters and digits in the places of an example's own."""
    made = ""
    for character in example:
        kinds = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
        kind = next((kind for kind in kinds if character in kind), character)
        number, rest = divmod(number, len(kind))
        made += kind[rest]
    return made
