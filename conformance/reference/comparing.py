"""The words of filters and the order of values: pure functions of the profile."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from conformance.reference.claims import FilterRule, Resource, Schema
from conformance.reference.schema import calendar_date, instant, types_of
from conformance.reference.strict import Exact, number

_DECIMAL = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Term:
    """One alternative of a filter, operators taken off."""

    negated: bool
    comparison: str
    operand: str


def sort_keys(resource: Resource) -> dict[str, str]:
    """Sort key to property."""
    return {
        (schema_at(resource, tuple(name.split("."))) or {}).get(
            "x-sort-key", name
        ): name
        for name in resource.sortable
    }


def filterable(resource: Resource, rule: FilterRule, path: tuple[str, ...]) -> bool:
    """Whether a path is claimed as filterable, itself or an object above it."""
    claimed = {tuple(name.split(rule.nested)) for name in resource.filterable}
    claimed |= {tuple(name.split(".")) for name in resource.filterable}
    return any(path[: depth + 1] in claimed for depth in range(len(path)))


def schema_at(resource: Resource, path: tuple[str, ...]) -> Schema | None:
    """The schema of the property at a path; None in free-form objects."""
    name, *rest = path
    schema: Schema | None = resource.properties.get(name)
    for member in rest:
        schema = (schema or {}).get("properties", {}).get(member)
    return schema


def term_of(rule: FilterRule, part: str) -> Term:
    """One alternative of a filter whose operators lead the value."""
    negated = bool(rule.negation) and part.startswith(rule.negation or "")
    if negated:
        part = part.removeprefix(rule.negation or "")
    for sign, word in ((">", rule.greater), ("<", rule.less)):
        if word and part.startswith(word):
            return Term(negated, sign, part.removeprefix(word))
    return Term(negated, "", part)


def typed_as(schema: Schema, text: str) -> Any:
    """An operand in the type of its property; None if it can't be."""
    kinds = types_of(schema)
    if "array" in kinds:
        return typed_as(schema["items"], text) if "type" in schema["items"] else text
    if schema.get("format") in {"date-time", "date"}:
        return instant(text) or calendar_date(text)
    if "x-scale" in schema or {"integer", "number"} & set(kinds):
        return decimal_of(text)
    if "boolean" in kinds:
        return {"true": True, "false": False}.get(text.casefold())
    return text


def decimal_of(text: str) -> Decimal | None:
    """A number written in a query; None if it is none."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def comparable(value: Any, operand: Any) -> tuple[Any, Any]:
    """Both sides in one type; (None, None) where they have none in common."""
    if isinstance(value, date) and isinstance(operand, date):
        return moment_of(value), moment_of(operand)
    if isinstance(operand, Decimal) and isinstance(value, str):
        return Decimal(value), operand
    if isinstance(value, bool) or isinstance(operand, bool):
        return text_of(value).casefold(), text_of(operand).casefold()
    exact = number(value)
    if exact is not None:
        right = operand if isinstance(operand, Decimal) else decimal_of(str(operand))
        return (exact, right) if right is not None else (None, None)
    return text_of(value).casefold(), text_of(operand).casefold()


def moment_of(value: date) -> datetime:
    """A date as the instant at which it begins."""
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time.min, UTC)


def text_of(value: object) -> str:
    """A value as text to search in."""
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case Exact(text):
            return text
        case _:
            return str(value)


def wild_pattern(wildcard: str, operand: str) -> re.Pattern[str]:
    """An operand with wildcards; case does not matter."""
    parts = map(re.escape, operand.split(wildcard))
    return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)
