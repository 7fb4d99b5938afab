"""The profile's item schema applied to what a client sends.

A value comes out as it is stored: dates as UTC instants, the rest as JSON.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.reference.claims import Schema
from conformance.reference.strict import Exact, dump, number

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)


@dataclass(slots=True)
class Findings:
    """What is wrong, as (property path, what is expected)."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, where: str, expected: str) -> None:
        """Note that something else was expected at a property."""
        self.found.append((where, expected))


def types_of(schema: Schema) -> tuple[str, ...]:
    """The JSON types that a property may have."""
    claimed = schema["type"]
    return (claimed,) if isinstance(claimed, str) else tuple(claimed)


def nullable(schema: Schema) -> bool:
    """Whether null is a value of the property."""
    return "null" in types_of(schema)


def accept(
    schema: Schema, value: Any, where: str, findings: Findings, *, partial: bool = False
) -> Any:
    """Judge one value and give it back as it is to be stored.

    Args:
        schema: What the profile claims for the property.
        value: What the client sent.
        where: The property's path, for the findings.
        findings: Receives what is wrong.
        partial: Whether required members of nested objects may be missing.
    """
    if value is None and nullable(schema):
        return None
    if schema.get("x-trimmed") and isinstance(value, str):
        value = value.strip()
    kind = next((kind for kind in types_of(schema) if _is(kind, value, schema)), None)
    if kind is None:
        findings.add(where, f"must be {' or '.join(types_of(schema))}")
        return value
    breaches = _breaches(schema, value)
    if breaches:
        findings.add(where, " and ".join(breaches))
        return value
    if kind == "object":
        return _object(schema, value, where, findings, partial=partial)
    return _stored(kind, schema, value, where, findings)


def missing(schema: Schema, value: Any, where: str, findings: Findings) -> None:
    """Find required members that a merged object lacks."""
    if isinstance(value, dict):
        _required(schema, value, where, findings)
        for name, part in schema.get("properties", {}).items():
            missing(part, value.get(name), f"{where}.{name}", findings)


def instant(text: str) -> datetime | None:
    """A date-time as a UTC instant to the millisecond; None if it is none."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    day, time, fraction, offset = found.groups()
    thousandths = f"{fraction or ''}000"[:3]
    offset = "+00:00" if offset in {None, "Z", "z"} else offset
    try:
        written = datetime.fromisoformat(f"{day}T{time}.{thousandths}{offset}")
        return written.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def calendar_date(text: str) -> date | None:
    """A calendar date; None if it is none."""
    try:
        return date.fromisoformat(text) if len(text) == len("2030-01-15") else None
    except ValueError:
        return None


def _stored(
    kind: str, schema: Schema, value: Any, where: str, findings: Findings
) -> Any:
    match kind:
        case "array":
            return _array(schema, value, where, findings)
        case "string":
            return _text(schema, value, where, findings)
        case "integer":
            return int(number(value) or 0)
        case _:
            return value


_KINDS: Mapping[str, type] = {
    "string": str,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def _is(kind: str, value: object, schema: Schema) -> bool:
    exact = number(value)
    if kind == "integer":
        return exact is not None and _integral(exact)
    if kind == "number" or (
        kind == "string" and "x-scale" in schema and exact is not None
    ):
        return exact is not None
    return isinstance(value, _KINDS[kind])


def _integral(exact: Decimal) -> bool:
    # An exponent of thousands would be written out by int() and by %.
    return exact.adjusted() < 400 and exact == exact.to_integral_value()


def _multiple(value: Decimal, of: object) -> bool:
    try:
        return value % Decimal(str(of)) == 0
    except InvalidOperation:
        return False


def _same(value: object, other: object) -> bool:
    exact = number(value)
    if exact is not None:
        return exact == number(other)
    return type(value) is type(other) and value == other


_NUMBERS: Mapping[str, tuple[Callable[[Decimal, Any], bool], str]] = {
    "minimum": (lambda value, bound: value >= Decimal(str(bound)), "at least"),
    "maximum": (lambda value, bound: value <= Decimal(str(bound)), "at most"),
    "exclusiveMinimum": (lambda value, bound: value > Decimal(str(bound)), "above"),
    "exclusiveMaximum": (lambda value, bound: value < Decimal(str(bound)), "below"),
    "multipleOf": (_multiple, "a multiple of"),
}
_TEXTS: Mapping[str, tuple[Callable[[str, Any], bool], str]] = {
    "minLength": (lambda value, bound: len(value) >= bound, "no shorter than"),
    "maxLength": (lambda value, bound: len(value) <= bound, "no longer than"),
    "pattern": (
        lambda value, pattern: bool(re.search(_anchored(pattern), value)),
        "text that matches",
    ),
    "format": (
        lambda value, name: (
            name not in _FORMATS or bool(re.fullmatch(_FORMATS[name], value, re.ASCII))
        ),
        "of the format",
    ),
}
_FORMATS: Mapping[str, str] = {
    "email": r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*",
    "uuid": r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
}
_ARRAYS: Mapping[str, tuple[Callable[[list[Any], Any], bool], str]] = {
    "minItems": (lambda value, bound: len(value) >= bound, "no shorter than"),
    "maxItems": (lambda value, bound: len(value) <= bound, "no longer than"),
    "uniqueItems": (
        lambda value, wanted: not wanted or len(set(map(dump, value))) == len(value),
        "of unique items:",
    ),
}


def _anchored(pattern: str) -> str:
    # JSON Schema's $ is the very end, Python's also before a last line break.
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)


def _breaches(schema: Schema, value: Any) -> list[str]:
    exact = _scaled(value) if "x-scale" in schema else number(value)
    breaches = _broken(_NUMBERS, schema, exact) if exact is not None else []
    if isinstance(value, str):
        breaches += _broken(_TEXTS, schema, value)
    elif isinstance(value, list):
        breaches += _broken(_ARRAYS, schema, value)
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        breaches.append(f"must be one of {json.dumps(schema['enum'])}")
    if "const" in schema and not _same(value, schema["const"]):
        breaches.append(f"must be {json.dumps(schema['const'])}")
    return breaches


def _broken(
    rules: Mapping[str, tuple[Callable[[Any, Any], bool], str]],
    schema: Schema,
    value: object,
) -> list[str]:
    return [
        f"must be {words} {schema[keyword]}"
        for keyword, (holds, words) in rules.items()
        if keyword in schema and not holds(value, schema[keyword])
    ]


def _scaled(value: object) -> Decimal | None:
    if not isinstance(value, str):
        return number(value)
    plain = re.fullmatch(r"-?[0-9]{1,400}(\.[0-9]{1,400})?", value)
    return Decimal(value) if plain else None


def _text(schema: Schema, value: Any, where: str, findings: Findings) -> Any:
    if "x-scale" in schema:
        return _decimal_text(schema["x-scale"], value, where, findings)
    stored: Any = value
    match schema.get("format"):
        case "date-time":
            stored = instant(value)
        case "date":
            stored = calendar_date(value)
        case _:
            return stored
    if stored is None:
        findings.add(where, "must be a date that exists, in ISO 8601")
    return stored


def _decimal_text(scale: int, value: Any, where: str, findings: Findings) -> str:
    exact = _scaled(value)
    if exact is None or not -400 < exact.adjusted() < 400:
        findings.add(where, "must be a decimal number")
        return ""
    text = f"{exact:.{scale}f}"
    if Decimal(text) != exact:
        findings.add(where, f"must have at most {scale} digits behind the point")
    return text


def _array(
    schema: Schema, value: list[Any], where: str, findings: Findings
) -> list[Any]:
    items = schema.get("items", {})
    if "type" not in items:
        return value
    return [
        accept(items, part, f"{where}[{index}]", findings)
        for index, part in enumerate(value)
    ]


def _object(
    schema: Schema,
    value: dict[str, Any],
    where: str,
    findings: Findings,
    *,
    partial: bool,
) -> dict[str, Any]:
    properties = schema.get("properties")
    if properties is None:
        return value
    if not partial:
        _required(schema, value, where, findings)
    extra = schema.get("additionalProperties", False) is not False
    return {
        name: accept(
            properties[name], part, f"{where}.{name}", findings, partial=partial
        )
        if name in properties
        else part
        for name, part in value.items()
        if extra or name in properties
        if not properties.get(name, {}).get("readOnly")
    }


def _required(
    schema: Schema, value: Mapping[str, Any], where: str, findings: Findings
) -> None:
    for name in schema.get("required", ()):
        written = not schema.get("properties", {}).get(name, {}).get("readOnly")
        if name not in value and written:
            findings.add(f"{where}.{name}", "is required")


__all__ = [
    "Exact",
    "Findings",
    "accept",
    "calendar_date",
    "instant",
    "missing",
    "nullable",
    "types_of",
]
