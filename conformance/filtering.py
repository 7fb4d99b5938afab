"""Filters of lists: which are tried, how they are written, what fits them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from conformance.profile import Profile, Resource, has_type
from conformance.seeding import WORDS
from conformance.values import at, instant, numeric

Bodies = Sequence[Mapping[str, Any]]
#: A time before every item of a run.
LONG_AGO = "2015-01-01T00:00:00Z"
#: Operator → the words of the profile that it wants.
WANTS: Mapping[str, tuple[str, ...]] = {
    "is": (),
    "not": ("not",),
    "neither": ("not",),
    "both": (),
    "either": ("or",),
    "begins": ("wildcard",),
    "ends": ("wildcard",),
    "greater": ("greater",),
    "less": ("less",),
    "between": ("greater", "less"),
    "since": ("greater",),
    "before": ("less",),
}
#: Operators tried on every resource; the rest on one of each scope.
SOME = ("is", "not", "greater", "since")
_TEXT = ("is", "not", "neither", "both", "either", "begins", "ends")
_ORDERED = ("greater", "less", "between", "is")
_SPECIAL = ("pattern", "format")


class Case(NamedTuple):
    """A filter: an operator at a property's path."""

    path: str
    operator: str


def cases(profile: Profile, listable: Resource) -> list[tuple[str, str]]:
    """Give the filters to try on a resource, by what the profile claims."""
    rule = profile.lists["filter"]
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in listable.filterable:
        for where, operators in _tried(listable, path):
            for operator in operators:
                written = all(word in rule for word in WANTS[operator])
                named = "." not in where or "nested" in rule
                # Equality at every path, the rest once for each kind of value.
                met = any(
                    o == operator and k == operators for (_, o), k in found.items()
                )
                if written and named and (operator == "is" or not met):
                    found[where, operator] = operators
    if listable not in profile.typical():
        return [case for case in found if case[1] in SOME]
    return list(found)


def _tried(resource: Resource, path: str) -> list[tuple[str, tuple[str, ...]]]:
    claimed = resource.property_at(path)
    if path == resource.extension:
        tone, rank = f"{path}.Tone@run", f"{path}.Rank@run"
        return [(tone, ("is", "not", "begins")), (rank, ("is",))]
    if path == resource.id.member:
        return [(path, ("is", "either", "begins") if resource.id.writable else ("is",))]
    return [(path, _operators(claimed))]


def _operators(claimed: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the operators that make sense for a property's values."""
    shown_only = claimed.get("readOnly")
    if claimed.get("format") == "date-time":
        return ("since", "before") if shown_only else ("greater", "less")
    counted = numeric(claimed) or "x-scale" in claimed
    special = claimed.keys() & set(_SPECIAL) and not counted
    if shown_only or special or "writeOnly" in claimed:
        return ()
    if counted:
        # Decimals as text are compared as they are written.
        return _ORDERED if numeric(claimed) else ("is", "not")
    if has_type(claimed, "boolean") or "enum" in claimed:
        return ("is",)
    return _TEXT if has_type(claimed, "string") else ()


# -------------------------------------------------------------------------- writing


def parameters(profile: Profile, case: Case, bodies: Bodies) -> list[tuple[str, str]]:
    """Write a filter as parameters of a query; operands are values of the items."""
    first, second = (_written(value) for value in operands(case, bodies))
    rule = profile.lists["filter"]
    wild, other = rule.get("wildcard", ""), rule.get("or", "")
    compared: Mapping[str, list[tuple[str, str]]] = {
        "is": [("", first)],
        "not": [("not", first)],
        "neither": [("not", first), ("not", second)],
        "both": [("", first), ("", second)],
        "either": [("", f"{first}{other}{second}")],
        "begins": [("", first[: _head(first)] + wild)],
        "ends": [("", wild + first[2:])],
        "greater": [("greater", first)],
        "less": [("less", first)],
        "between": [("greater", first), ("less", second)],
        "since": [("greater", LONG_AGO)],
        "before": [("less", LONG_AGO)],
    }
    name = case.path.replace(".", rule.get("nested", "."))
    return [_parameter(rule, name, w, v) for w, v in compared[case.operator]]


def _parameter(
    rule: Mapping[str, str], name: str, word: str, value: str
) -> tuple[str, str]:
    sign = rule[word] if word else ""
    return (name + sign, value) if rule["place"] == "name" else (name, sign + value)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _head(text: str) -> int:
    """Give how much of a text to ask for: of words of ours three letters, else all."""
    return 3 if text.startswith(WORDS) else len(text)


# -------------------------------------------------------------------------- judging


def comparable(case: Case, bodies: Bodies) -> bool:
    """Say whether a filter has a value of the items to compare with."""
    fixed = case.operator in ("since", "before")
    return fixed or any(at(dict(body), case.path) is not None for body in bodies)


def operands(case: Case, bodies: Bodies) -> tuple[Any, Any]:
    """Give a lower and a higher value that items have at the case's path."""
    known = [at(dict(body), case.path) for body in bodies]
    values = sorted({v for v in known if v is not None}, key=_order)
    if not values:
        return "", ""
    return values[len(values) // 3], values[-1 - len(values) // 3]


def holds(case: Case, body: Mapping[str, Any], bodies: Bodies) -> bool:
    """Say whether an item fits the filter."""
    value = at(dict(body), case.path)
    first, second = operands(case, bodies)
    if value is None:
        return case.operator == "since"
    fits: Mapping[str, bool] = {
        "is": value == first,
        "not": value != first,
        "neither": value not in (first, second),
        "both": value == first == second,
        "either": value in (first, second),
        "begins": _written(value).startswith(_written(first)[: _head(str(first))]),
        "ends": _written(value).endswith(_written(first)[2:]),
        "greater": _order(value) > _order(first),
        "less": _order(value) < _order(first),
        "between": _order(first) < _order(value) < _order(second),
        "since": True,
        "before": False,
    }
    return fits[case.operator]


def _order(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    return instant(value) or str(value)
