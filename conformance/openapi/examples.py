"""Harmless values: reserved names, addresses and numbers, valid by the schema."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from conformance.draw import collect
from conformance.openapi import words

Claimed = Mapping[str, Any]
#: Last words of a name → the first and another value.
_BY_NAME: Mapping[str, tuple[str, str]] = {
    "email": ("ada@example.com", "ben@example.com"),
    "mail": ("ada@example.com", "ben@example.com"),
    "phone": ("555-0100", "555-0101"),
    "fax": ("555-0102", "555-0103"),
    "firstname": ("Ada", "Ben"),
    "lastname": ("Example", "Sample"),
    "companyname": ("Example Works", "Sample Works"),
    "street": ("1 Example Street", "2 Sample Street"),
    "city": ("Exampleton", "Sampleton"),
    "state": ("MN", "WI"),
    "zip": ("00001", "00002"),
    "postalcode": ("00001", "00002"),
    "country": ("US", "CA"),
    "currency": ("USD", "EUR"),
    "language": ("en-US", "fr-CA"),
    "locale": ("en-US", "fr-CA"),
    "username": ("first.example", "second.example"),
    "code": ("FIRST-1", "SECOND-2"),
    "timezone": ("UTC", "Etc/GMT"),
}
_ENDS = ("end", "expiration", "expires", "expiry", "until", "to", "delivered")
_FORMATS: Mapping[str, tuple[str, str]] = {
    "email": ("ada@example.com", "ben@example.com"),
    "uri": ("https://example.com/first", "https://example.com/second"),
    "uuid": (
        "00000000-0000-4000-8000-000000000001",
        "00000000-0000-4000-8000-000000000002",
    ),
    "password": ("Examples010203!", "Samples040506#"),
    "date": ("2030-01-15", "2031-02-16"),
}


def value(name: str, claimed: Claimed, turn: int, thing: str = "thing") -> Any:
    """Give a valid value of a property; None when none could be made.

    Args:
        name: Of the property.
        claimed: Its schema in the profile.
        turn: 0 for the example's, 1 for the other.
        thing: What the item is called, for free text.
    """
    for candidate in _candidates(name, claimed, turn, thing):
        if candidate is not None and _allows(claimed, candidate):
            return candidate
    return None


def _allows(claimed: Claimed, candidate: Any) -> bool:
    return jsonschema.Draft202012Validator(claimed).is_valid(candidate)


def _candidates(name: str, claimed: Claimed, turn: int, thing: str) -> list[Any]:
    if "const" in claimed or "enum" in claimed:
        known = list(claimed.get("enum", [claimed.get("const")]))
        return [known[turn % len(known)]]
    kind = claimed["type"] if isinstance(claimed["type"], str) else claimed["type"][0]
    made: Mapping[str, Callable[[], list[Any]]] = {
        "boolean": lambda: [turn == 0],
        "integer": lambda: _numbers(name, claimed, turn),
        "number": lambda: _decimals(name, claimed, turn),
        "string": lambda: _texts(name, claimed, turn, thing),
        "array": lambda: _array(name, claimed, turn, thing),
        "object": lambda: [_object(claimed, turn, thing)],
    }
    return made[kind]()


def _numbers(name: str, claimed: Claimed, turn: int) -> list[Any]:
    return [int(n) for n in _near(name, claimed, turn) if n == int(n)]


def _decimals(name: str, claimed: Claimed, turn: int) -> list[Any]:
    return [1.25 + 1.25 * turn, *_near(name, claimed, turn)]


def _near(name: str, claimed: Claimed, turn: int) -> list[Any]:
    """Give small numbers, then such as bounds and steps leave."""
    lasting = {"duration", "timeout", "minutes", "seconds", "interval", "days"}
    small = 60 * (turn + 1) if lasting & set(words.parted(name)) else 2 + turn
    lowest = claimed.get("minimum", claimed.get("exclusiveMinimum", 0))
    step = claimed.get("multipleOf", 1)
    near = [lowest + n for n in (2 + turn, 1 + turn, 0.5, turn, 0)]
    steps = [(int(lowest // step) + n) * step for n in (2 + turn, 1 + turn, 1, 0)]
    highest = [claimed["maximum"]] if "maximum" in claimed else []
    return [small, 10 + turn, 1, *near, *steps, *highest]


def _texts(name: str, claimed: Claimed, turn: int, thing: str) -> list[Any]:
    told = str(claimed.get("format", ""))
    if told == "date-time":
        year = 2030 + turn + (2 if set(words.parted(name)) & set(_ENDS) else 0)
        return [f"{year}-0{turn + 1}-15T12:00:00Z"]
    if told in _FORMATS:
        return [_FORMATS[told][turn], *_drawn(claimed, turn)]
    parts = words.parted(name)
    named = next(
        (
            _BY_NAME[key]
            for n in (2, 1)
            if (key := re.sub(r"\d+$", "", "".join(parts[-n:]))) in _BY_NAME
        ),
        None,
    )
    plain = f"{('First', 'Second')[turn]} {thing.replace('_', ' ')}"
    article = "an" if thing[:1] in "aeiou" else "a"
    label = (
        f"{('First', 'Second')[turn]} {' '.join(parts) or 'text'} of {article} {thing}"
    )
    free = [plain if parts[-1:] in (["name"], ["title"]) else label.replace("_", " ")]
    longest, shortest = claimed.get("maxLength", 100), claimed.get("minLength", 0)
    cut = [text[:longest].strip().ljust(shortest, "x") for text in free]
    short = [str(turn + 1).zfill(max(shortest, min(longest, 3)))]
    return [*([named[turn]] if named else []), *cut, *short, *_drawn(claimed, turn)]


def _drawn(claimed: Claimed, turn: int) -> list[str]:
    """Draw text that a pattern allows, plain signs if it can be."""
    if "pattern" not in claimed:
        return []
    plain = st.characters(min_codepoint=33, max_codepoint=126)
    for alphabet in (plain, None):
        strategy = st.from_regex(claimed["pattern"], alphabet=alphabet)
        found = _collected(strategy.filter(lambda t: _allows(claimed, t)), turn + 1)
        if found:
            return found[::-1]
    return []


def _collected(strategy: st.SearchStrategy[str], count: int) -> list[str]:
    try:
        found = {str(drawn.value) for drawn in collect(strategy, 40, 7)}
    except HypothesisException:  # a pattern that allows nothing, or too little
        return []
    return sorted(found, key=lambda text: (len(text), text))[:count]


def _array(name: str, claimed: Claimed, turn: int, thing: str) -> list[Any]:
    inner = claimed.get("items")
    if not inner:
        return [["first"], ["second"]][turn : turn + 1]
    made = [value(name, inner, (turn + n) % 2, thing) for n in range(2)]
    least = max(int(claimed.get("minItems", 1)), 1)
    many = [made[n % 2] for n in range(least)]
    return [many] if None not in many else []


def _object(claimed: Claimed, turn: int, thing: str) -> Any:
    if "properties" not in claimed:
        return {"Note": ("first", "second")[turn]}
    made = {
        name: value(name, part, turn, thing)
        for name, part in claimed["properties"].items()
        if not part.get("readOnly")
    }
    made = {name: found for name, found in made.items() if found is not None}
    return made or None
