"""Strict JSON: what is read is one RFC 8259 object, what is written keeps its value.

Numbers that a float can't hold are carried as ``Exact``, their own text.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

DEEPEST = 100
LARGEST_EXPONENT = 9999
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Exact:
    """A number whose text is kept, for a float would change it."""

    text: str


def parse(text: bytes) -> dict[str, Any]:
    """Read one JSON object.

    Raises:
        ValueError: It is no UTF-8, no JSON, no object, too deep, names a member
            twice, or holds what can't be stored.
    """
    decoded = text.decode("utf-8")
    try:
        value = _DECODER.decode(decoded)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  # the caller's 400
    _examine(value, escaped="\\u" in decoded)
    return value


def dump(
    value: object,
    default: Callable[[Any], Any] = str,
    *,
    indent: int | None = None,
    ascii_only: bool = False,
) -> bytes:
    """Write a JSON value as UTF-8.

    Args:
        value: JSON values, ``Exact`` numbers, and whatever ``default`` turns into
            JSON.
        default: As in the standard library.
        indent: As in the standard library; None writes it on one line.
        ascii_only: Whether everything but ASCII is escaped.
    """

    def rest(part: object) -> object:
        return _MARK + part.text if isinstance(part, Exact) else default(part)

    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(
        value,
        ensure_ascii=ascii_only,
        allow_nan=False,
        default=rest,
        indent=indent,
        separators=separators,
    )
    if _MARK in text:
        text = _MARKED.sub(r"\1", text)
    return text.encode()


def number(value: object) -> Decimal | None:
    """A JSON number as a decimal; None for anything else."""
    match value:
        case bool():
            return None
        case int():
            return Decimal(value)
        case Exact(text):
            return Decimal(text)
        case float():
            return Decimal(repr(value))
        case _:
            return None


_MARK = f"number-{secrets.token_hex(16)}:"
_MARKED = re.compile(f'"{_MARK}([-+.0-9eE]+)"')


def _number(text: str) -> float | Exact:
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise ValueError("number out of range") from None
    if exact and abs(exact.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("number out of range")
    nearest = float(text)
    return nearest if Decimal(repr(nearest)) == exact else Exact(text)


def _constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name is repeated")
    return members


def _examine(value: object, *, escaped: bool) -> None:
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        here, depth = pending.pop()
        if depth > DEEPEST:
            raise ValueError("nested too deeply")
        if isinstance(here, dict):
            pending += [(part, depth + 1) for part in here.values()]
            pending += [(name, depth) for name in here if escaped]
        elif isinstance(here, list):
            pending += [(part, depth + 1) for part in here]
        elif escaped and isinstance(here, str):
            _examine_text(here)


def _examine_text(text: str) -> None:
    if "\0" in text or _SURROGATE.search(text):
        raise ValueError("text that is no Unicode, or holds NUL")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_number, parse_constant=_constant
)
