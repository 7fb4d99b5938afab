"""Schemas of both dialects as one plain JSON Schema without references.

What can't be read becomes ``{}``, any value, and a warning of the document.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.openapi.document import Document

Schema = dict[str, Any]
TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
#: Levels of objects in objects that are kept; deeper ones are claimed free-form.
DEEPEST = 6
_NUMBERS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems"),
)
_KEPT = (
    *("format", "pattern", "default", "enum", "const", "uniqueItems"),
    *("readOnly", "writeOnly", "description", "example", "title"),
)
_NEW_IN_3_1 = ("const", "prefixItems", "$defs", "if", "patternProperties")


def flatten(
    document: Document, raw: Any, where: str, trail: tuple[str, ...] = ()
) -> Schema:
    """Give a schema with references and compositions worked in.

    Args:
        document: Where references lead.
        raw: The schema as it stands; true is any value.
        where: Its place, for warnings.
        trail: References followed on the way here: a recursion ends at the second.
    """
    if raw is True or raw is None:
        return {}
    if not isinstance(raw, dict):
        document.warn(where, f"is no schema: {raw!r}"[:200])
        return {}
    ref = raw.get("$ref")
    if isinstance(ref, str):
        if ref in trail or len(trail) > 4 * DEEPEST:
            return {"type": _outer_type(document, raw, where), "x-recursive": True}
        trail = (*trail, ref)
    given = document.resolved(raw, where)
    made = _own(document, given, where)
    _with_parts(document, made, given, where, trail)
    for part in _listed(document, given, "allOf", where):
        merge(made, flatten(document, part, f"{where}.allOf", trail))
    _with_choices(document, made, given, where, trail)
    if given.get("nullable") is True:
        made["x-nullable"] = True
    return _typed(made)


def _outer_type(document: Document, raw: Mapping[str, Any], where: str) -> str:
    told = document.resolved(raw, where).get("type")
    return told if isinstance(told, str) and told in TYPES else "object"


def _own(document: Document, given: Mapping[str, Any], where: str) -> Schema:
    """Give the keywords of the schema itself, those that can be read."""
    made: Schema = {name: given[name] for name in _KEPT if name in given}
    if "x-unresolved" in given:
        made["x-unresolved"] = given["x-unresolved"]
    if document.dialect == "3.0":
        for name in _NEW_IN_3_1:
            if name in given:
                document.warn(where, f"{name} is OpenAPI 3.1's, in a document of 3.0")
    _with_type(document, made, given.get("type"), where)
    _with_numbers(document, made, given, where)
    _insist_on_enum(document, made, where)
    _insist_on_pattern(document, made, where)
    return made


def _with_numbers(
    document: Document, made: Schema, given: Mapping[str, Any], where: str
) -> None:
    """Take the bounds; 3.0 says by true that the one beside is exclusive."""
    for name in _NUMBERS:
        value = given.get(name)
        if isinstance(value, bool) and name.startswith("exclusive"):
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            made[name] = value
        elif value is not None:
            document.warn(f"{where}.{name}", f"must be a number, is {value!r}"[:200])
    for bound, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        if given.get(exclusive) is True and bound in made:
            made[exclusive] = made.pop(bound)


def _with_type(document: Document, made: Schema, told: Any, where: str) -> None:
    types = [told] if isinstance(told, str) else told
    if types is None:
        return
    if not isinstance(types, list) or not all(t in TYPES for t in types):
        document.warn(f"{where}.type", f"{told!r} is no type of JSON Schema"[:200])
        return
    if document.dialect == "3.0" and (isinstance(told, list) or "null" in types):
        document.warn(f"{where}.type", "a list is OpenAPI 3.1's, in a document of 3.0")
    if "null" in types:
        made["x-nullable"] = True
    made["type"] = [name for name in types if name != "null"]


def _insist_on_enum(document: Document, made: Schema, where: str) -> None:
    if "enum" in made and not (isinstance(made["enum"], list) and made["enum"]):
        document.warn(f"{where}.enum", "must be a list of values")
        del made["enum"]
    if None in made.get("enum", ()):
        made["x-nullable"] = True
        made["enum"] = [value for value in made["enum"] if value is not None]


def _insist_on_pattern(document: Document, made: Schema, where: str) -> None:
    if "pattern" not in made:
        return
    try:
        re.compile(made["pattern"])
    except (re.error, TypeError, OverflowError, RecursionError) as error:
        document.warn(f"{where}.pattern", f"can't be read as a pattern: {error}")
        made["x-unread-pattern"] = str(made.pop("pattern"))


def _with_parts(
    document: Document,
    made: Schema,
    given: Mapping[str, Any],
    where: str,
    trail: tuple[str, ...],
) -> None:
    """Add properties, required and items."""
    properties = given.get("properties")
    if isinstance(properties, dict):
        deep = where.count(".properties.") >= DEEPEST
        made["properties"] = (
            {}
            if deep
            else {
                str(name): flatten(document, part, f"{where}.properties.{name}", trail)
                for name, part in properties.items()
            }
        )
    elif properties is not None:
        document.warn(f"{where}.properties", "must be an object of schemas")
    required = given.get("required")
    if isinstance(required, list):
        made["required"] = [name for name in required if isinstance(name, str)]
    elif required is not None and not isinstance(required, bool):
        document.warn(f"{where}.required", "must be a list of names")
    if "items" in given:
        made["items"] = flatten(document, given["items"], f"{where}.items", trail)
    if given.get("additionalProperties") not in (None, False):
        made["x-open"] = True


def _listed(
    document: Document, given: Mapping[str, Any], name: str, where: str
) -> list[Any]:
    found = given.get(name)
    if found is not None and not isinstance(found, list):
        document.warn(f"{where}.{name}", "must be a list of schemas")
        return []
    return found or []


def _with_choices(
    document: Document,
    made: Schema,
    given: Mapping[str, Any],
    where: str,
    trail: tuple[str, ...],
) -> None:
    """Work in what ``anyOf`` or ``oneOf`` leave in common."""
    for name in ("anyOf", "oneOf"):
        choices = [
            flatten(document, part, f"{where}.{name}", trail)
            for part in _listed(document, given, name, where)
        ]
        real = [choice for choice in choices if choice.get("type") != []]
        if len(real) < len(choices) or any(c.get("x-nullable") for c in choices):
            made["x-nullable"] = True
        if len(real) == 1:
            merge(made, real[0])
        elif real:
            made["x-choice"] = True
            types = [one for choice in real for one in choice.get("type", [])]
            made.setdefault("type", list(dict.fromkeys(types)))


def merge(made: Schema, other: Mapping[str, Any]) -> None:
    """Lay a schema over another that must hold as well; the first's words win."""
    for name, value in other.items():
        if name == "properties":
            known = made.setdefault("properties", {})
            for inner, schema in value.items():
                if inner in known:
                    merge(known[inner], schema)
                else:
                    known[inner] = dict(schema)
        elif name == "required":
            made["required"] = list(dict.fromkeys([*made.get("required", []), *value]))
        elif name in ("readOnly", "writeOnly", "x-nullable", "x-choice"):
            made[name] = bool(made.get(name) or value)
        elif made.get(name) in (None, []):
            made[name] = value


def _typed(made: Schema) -> Schema:
    """Say the type where the other keywords give it away."""
    if made.get("type") or made.get("type") == []:
        return made
    told = _given_away(made)
    if told:
        made["type"] = told
    return made


def _given_away(made: Mapping[str, Any]) -> list[str]:
    if "properties" in made or made.get("x-open"):
        return ["object"]
    if "items" in made:
        return ["array"]
    values: Iterable[Any] = made.get("enum", ())
    if "const" in made:
        values = (made["const"],)
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number"}
    found = [kinds[type(value)] for value in values if type(value) in kinds]
    if not found and made.keys() & {"pattern", "minLength", "maxLength"}:
        return ["string"]
    return list(dict.fromkeys(found))
