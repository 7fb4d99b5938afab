"""The keywords of a claimed item's schema: those that are known and agree."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

from conformance.datafiles import schema as shipped

#: Of JSON Schema, without those that lead elsewhere.
_JSON_SCHEMA = {
    *(w for w in jsonschema.Draft202012Validator.VALIDATORS if not w.startswith("$")),
    *("title", "description", "default", "example", "examples", "deprecated"),
    *("readOnly", "writeOnly", "contentEncoding", "contentMediaType", "$comment"),
    *("then", "else", "minContains", "maxContains", "contentSchema"),
}
#: Keywords that mean something, but not in a profile → the mend.
_ELSEWHERE = {
    "nullable": 'unknown keyword; write type = ["string", "null"]',
    "$ref": "references are not followed in a profile; write it out",
}
_BOUNDS = (
    ("minLength", "maxLength"),
    ("minimum", "maximum"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def contradictions_of_schema(
    claimed: Mapping[str, Any], place: str
) -> Iterator[tuple[str, str]]:
    """Find keywords that are misspelt, or that no value can keep.

    Yields:
        Place and words of each.
    """
    for name in claimed:
        if not _known(name):
            yield f"{place}.{name}", _unknown(name)
    for low, high in _BOUNDS:
        least, most = _number(claimed.get(low)), _number(claimed.get(high))
        if least is not None and most is not None and least > most:
            yield f"{place}.{low}", f"{least} is more than the {high}, {most}"
    if claimed.get("enum") == []:
        yield f"{place}.enum", "allows no value"
    parts = claimed.get("properties", {})
    if isinstance(parts, Mapping):
        for name, part in parts.items():
            if isinstance(part, Mapping):
                yield from contradictions_of_schema(part, f"{place}.properties.{name}")
    if isinstance(claimed.get("items"), Mapping):
        yield from contradictions_of_schema(claimed["items"], f"{place}.items")


def _own() -> set[str]:
    return set(shipped("profile")["$defs"]["property"]["properties"])


def _known(name: str) -> bool:
    """Say whether a keyword does something here, or is surely somebody else's."""
    if name in _JSON_SCHEMA or name in _own():
        return True
    return name not in _ELSEWHERE and not _near(name)


def _near(name: str) -> list[str]:
    lower = {one.lower(): one for one in (*_own(), *sorted(_JSON_SCHEMA))}
    found = difflib.get_close_matches(name.lower(), lower, 1, cutoff=0.75)
    return [lower[one] for one in found]


def _unknown(name: str) -> str:
    return _ELSEWHERE.get(name) or f"unknown keyword; is it {_near(name)[0]}?"


def _number(value: Any) -> float | None:
    right = isinstance(value, int | float) and not isinstance(value, bool)
    return value if right else None
