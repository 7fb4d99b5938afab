"""Values of a body: found, compared, told in few words. No verdicts here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance import dates
from conformance.profile import Profile, Resource, comes_back, has_type

_ABSENT: tuple[object, ...] = (None, "", {}, [])


def at(value: Any, path: str) -> Any:
    """Give what stands at a dotted path of a JSON value; None when nothing does."""
    if not path:
        return value
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def holds(value: Any, path: str) -> bool:
    """Say whether anything, null too, stands at a dotted path of a JSON value."""
    holder, _, last = path.rpartition(".")
    found = at(value, holder)
    return isinstance(found, dict) and last in found


def same(sent: Any, got: Any, claimed: Mapping[str, Any] | None = None) -> bool:  # noqa: PLR0911
    """Say whether a value came back as it was sent, freedoms granted.

    Absence may be spelt as null, left out or empty; dates are compared as instants,
    numbers by value, and what is claimed unique in an array in any order.
    """
    claimed = claimed or {}
    if sent in _ABSENT:
        return got in _ABSENT
    if isinstance(sent, bool) or isinstance(got, bool):
        return sent is got
    if isinstance(sent, str) and sent == got:
        # Whatever it is to be read as, and wrong as that may be.
        return True
    if claimed.get("format") == "date-time":
        return _same_instant(sent, got)
    if isinstance(sent, int | float | Decimal) or "x-scale" in claimed:
        return _number(sent) is not None and _number(sent) == _number(got)
    if isinstance(sent, dict) and isinstance(got, dict):
        inner = claimed.get("properties", {})
        return all(
            same(value, got.get(name), inner.get(name, {}))
            for name, value in sent.items()
            if comes_back(inner.get(name, {}))
        )
    if isinstance(sent, list) and isinstance(got, list):
        inner = claimed.get("items", {})
        if len(sent) == len(got) and claimed.get("uniqueItems"):
            return all(any(same(a, b, inner) for b in got) for a in sent)
        return len(sent) == len(got) and all(
            same(a, b, inner) for a, b in zip(sent, got, strict=True)
        )
    return bool(sent == got)


def _same_instant(sent: Any, got: Any) -> bool:
    """Compare to the second, the fraction being cut or rounded.

    What names no instant is the dates chapter's.
    """
    if got in _ABSENT:
        return False
    was, now = dates.guess(sent), dates.guess(got)
    if was is None or now is None:
        return True
    off_s = abs(was.seconds - now.seconds)
    return off_s < 1 or (off_s <= dates.DAY_S and not (was.sure and now.sure))


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def instant(text: Any) -> datetime | None:
    """Read an ISO 8601 date-time with an offset, to whole seconds; else None."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text)
        aware = read.tzinfo is not None
        return read.astimezone(UTC).replace(microsecond=0) if aware else None
    except (ValueError, OverflowError):
        return None


def default_of(resource: Resource, name: str) -> Any:
    """Give what a property holds that nobody set: its default, or None."""
    return resource.properties.get(name, {}).get("default")


def unset(resource: Resource, name: str, got: Any, fresh: Mapping[str, Any]) -> bool:
    """Say whether a property shows that nobody set it.

    Args:
        resource: The resource.
        name: The property.
        got: What the item shows.
        fresh: An item made without the property.
    """
    return got in (*_ABSENT, default_of(resource, name)) or got == fresh.get(name)


def stateful(resource: Resource, item: Mapping[str, Any]) -> dict[str, Any]:
    """Give the part of an item that only a client's write may change."""
    names = (resource.id.member, *resource.compared)
    return {name: item.get(name) for name in names if item.get(name) not in _ABSENT}


def short(value: Any) -> str:
    """Give a value in a few characters: as JSON writes it, bytes as they are."""
    if isinstance(value, bytes):
        text = repr(value)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def numeric(claimed: Mapping[str, Any]) -> bool:
    """Say whether a property's claimed type is a number."""
    return has_type(claimed, "number") or has_type(claimed, "integer")


@dataclass(frozen=True, slots=True)
class Error:
    """One error of a body in the profile's shape."""

    code: Any
    message: Any
    data: Any


def errors_in(profile: Profile, value: Any) -> list[Error] | None:
    """Read an error body; None when it has not the profile's shape."""
    claimed = profile.errors
    entries = at(value, claimed["list"]) if "list" in claimed else [value]
    if not isinstance(entries, list) or not entries:
        return None
    found = []
    for entry in entries:
        if not isinstance(entry, dict) or not holds(entry, claimed["code"]):
            return None
        if not holds(entry, claimed["message"]):
            return None
        data = at(entry, claimed["data"]) if "data" in claimed else None
        found.append(
            Error(at(entry, claimed["code"]), at(entry, claimed["message"]), data)
        )
    return found
