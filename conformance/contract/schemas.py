"""Schemas of a document as validators of answers: strict as said, no stricter."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import jsonschema
import jsonschema_rs

#: Formats that are checked; dates are the dates chapter's, others are notes.
_FORMATS = ("uuid", "ipv4", "ipv6")
_SAME = ("allOf", "anyOf", "oneOf")
_SUBSCHEMAS = (*_SAME, "prefixItems")
_ONE = (
    *("items", "additionalProperties", "contains", "propertyNames"),
    *("unevaluatedProperties", "unevaluatedItems"),
)
#: What asks for more when schemas below it ask for less.
_TURNED = ("not", "if", "then", "else", "maxContains")
_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
_NAMED = ("patternProperties", "dependentSchemas", "$defs", "definitions")
#: Keywords of a schema object in 3.0 that are no JSON Schema, and notes.
_DROPPED = (
    *("nullable", "discriminator", "xml", "externalDocs", "example", "examples"),
    *("deprecated", "$id", "$schema", "$anchor", "$dynamicAnchor", "default"),
)
#: Bounds of a value, which hold for what only the server writes: what clients may
#: write is what they sent, and to refuse it is a SHOULD of the verbs and ids.
_BOUNDS = (
    *("minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf"),
    *("exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties"),
)
_LONGEST = 160


class Unusable(ValueError):
    """A schema that no validator can be made of; says why."""


class Validator:
    """Judges a body by a documented schema, null allowed where nothing is required."""

    def __init__(
        self, document: Mapping[str, Any], schema: Any, *, dialect_3_0: bool
    ) -> None:
        relaxed = Relaxed(document, dialect_3_0=dialect_3_0)
        try:
            self.schema = relaxed.whole(schema)
            self._judge = jsonschema_rs.Draft202012Validator(
                self.schema, validate_formats=True
            )
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise Unusable(f"no schema: {_first_line(error)}") from error

    def wrong(self, value: Any) -> str | None:
        """Say what is wrong with a body; None when nothing is.

        Raises:
            ValueError: The body can't be judged, being nested too deeply.
        """
        if self._judge.is_valid(value):
            return None
        words = jsonschema.Draft202012Validator(self.schema)
        found = sorted(words.iter_errors(value), key=lambda error: len(error.path))
        for error in found:
            return f"{_where(error.absolute_path)}: {error.message}"[:_LONGEST]
        error = next(iter(self._judge.iter_errors(value)))
        return f"{_where(error.instance_path)}: {error.message}"[:_LONGEST]


class Relaxed:
    """Turns schemas of a document into JSON Schema that asks no more than is said."""

    def __init__(self, document: Mapping[str, Any], *, dialect_3_0: bool) -> None:
        self._document = document
        self._dialect_3_0 = dialect_3_0
        self._kept: dict[str, Any] = {}
        # Whether something was left out that tells which members are known.
        self._conditional = False

    def whole(self, schema: Any) -> dict[str, Any]:
        """Give a schema with all that it refers to in its ``$defs``."""
        found = self._schema(schema)
        made: dict[str, Any] = found if isinstance(found, dict) else {"allOf": [found]}
        return {**made, "$defs": self._kept} if self._kept else made

    def _schema(self, schema: object, above: frozenset[str] = frozenset()) -> Any:
        """Relax a schema.

        Args:
            schema: As the document has it.
            above: Names that a schema about the same value hides in answers.
        """
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            raise TypeError(f"{schema!r} stands where a schema should")
        hidden = above | self._hidden(schema)
        if isinstance(schema.get("$ref"), str):
            return self._reference(schema, hidden)
        made = {name: v for name, v in schema.items() if name not in _DROPPED}
        if made.get("format") not in _FORMATS:
            made.pop("format", None)
        if schema.get("readOnly") is not True:
            made = {name: v for name, v in made.items() if name not in _BOUNDS}
        if isinstance(made.get("multipleOf"), float):
            # 0.1 has no exact double, and 19.99 would be no multiple of 0.01.
            del made["multipleOf"]
        self._below(made, hidden)
        self._properties(made, hidden)
        return self._nullable(schema, self._bounds(made))

    def _hidden(self, schema: dict[str, Any]) -> frozenset[str]:
        """Name what a schema, or one about the same value, hides in answers."""
        found: set[str] = set()
        parts: list[Any] = [schema]
        seen: set[int] = set()
        while parts:
            part = parts.pop()
            if not isinstance(part, dict) or id(part) in seen:
                continue
            seen.add(id(part))
            parts += [below for name in _SAME for below in _list(part.get(name))]
            if isinstance(part.get("$ref"), str):
                parts.append(self._at(part["$ref"]))
            properties = part.get("properties")
            named = properties.items() if isinstance(properties, dict) else ()
            found |= {name for name, below in named if _flag(below, "writeOnly")}
        return frozenset(found)

    def _reference(
        self, schema: Mapping[str, Any], hidden: frozenset[str]
    ) -> dict[str, Any]:
        pointer = schema["$ref"]
        # What is hidden beside the reference matters to what it leads to.
        told = " ".join((pointer, *sorted(hidden)))
        name = told.replace("~", "~0").replace("/", "~1")
        if name not in self._kept:
            self._kept[name] = True  # a schema may refer to itself
            self._kept[name] = self._schema(self._at(pointer), hidden)
        quoted = name.replace("~", "~0").replace("/", "~1")
        made: dict[str, Any] = {"$ref": f"#/$defs/{_quoted(quoted)}"}
        beside = {n: v for n, v in schema.items() if n not in ("$ref", *_DROPPED)}
        if beside and not self._dialect_3_0:
            made = {**self._schema(beside, hidden), **made}
        nullable: dict[str, Any] = self._nullable(schema, made)
        return nullable

    def _at(self, pointer: str) -> Any:
        value: Any = self._document
        for part in pointer.removeprefix("#").strip("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            value = value[int(name)] if isinstance(value, list) else value[name]
        return value

    def _below(self, made: dict[str, Any], hidden: frozenset[str]) -> None:
        for name in _SUBSCHEMAS:
            if isinstance(made.get(name), list):
                above = hidden if name in _SAME else frozenset[str]()
                made[name] = [self._schema(part, above) for part in made[name]]
        for name in _ONE:
            if isinstance(made.get(name), dict | bool):
                made[name] = self._schema(made[name])
        for name in _NAMED:
            if isinstance(made.get(name), dict):
                made[name] = {n: self._schema(v) for n, v in made[name].items()}
        self._members(made)
        self._turned(made)

    def _members(self, made: dict[str, Any]) -> None:
        """Let members that are not named each be null: none need be there."""
        further = made.get("additionalProperties")
        if isinstance(further, dict):
            made["additionalProperties"] = _or_null(further)
        fitting = made.get("patternProperties")
        if isinstance(fitting, dict):
            made["patternProperties"] = {
                name: _or_null(below) if isinstance(below, dict) else below
                for name, below in fitting.items()
            }

    def _turned(self, made: dict[str, Any]) -> None:
        """Leave out, or weaken, what takes less now that the parts take more."""
        self._conditional |= "if" in made
        for name in (*_TURNED, *(_UNEVALUATED if self._conditional else ())):
            made.pop(name, None)
        if isinstance(made.get("oneOf"), list):
            either = made.pop("oneOf")
            if "anyOf" in made:
                both = ({"anyOf": made.pop("anyOf")}, {"anyOf": either})
                made["allOf"] = [*made.get("allOf", ()), *both]
            else:
                made["anyOf"] = either

    def _properties(self, made: dict[str, Any], hidden: frozenset[str]) -> None:
        """Let a property be null that need not be there, hidden ones left out."""
        properties, required = made.get("properties"), made.get("required")
        names = set(_list(required)) - hidden
        if isinstance(properties, dict):
            made["properties"] = {
                name: self._schema(v) if name in names else self._or_absent(v)
                for name, v in properties.items()
            }
        if isinstance(required, list):
            made["required"] = [name for name in required if name in names]

    def _or_absent(self, schema: Any) -> Any:
        """Let a value be absent: null, or empty where it could be something."""
        made, kinds = _or_null(self._schema(schema)), self._kinds(schema)
        empty: list[Any] = [{}] if "object" in kinds else []
        empty += [""] if "string" in kinds else []
        # The words of a breach stay about the value: no "any of these".
        return {"if": {"enum": empty}, "else": made} if empty else made

    def _kinds(self, schema: Any) -> set[str]:
        """Give the types that a schema names, or those that it refers to."""
        kinds: set[str] = set()
        waiting, seen = [schema], set[str]()
        while waiting:
            part = waiting.pop()
            if not isinstance(part, dict):
                continue
            pointer = part.get("$ref")
            if isinstance(pointer, str) and pointer not in seen:
                seen.add(pointer)
                waiting.append(self._at(pointer))
            waiting += [below for name in _SAME for below in _list(part.get(name))]
            object_ = {"properties", "required"} & part.keys()
            told = part.get("type", "object" if object_ else [])
            kinds |= {told} if isinstance(told, str) else set(_list(told))
        return kinds

    def _bounds(self, made: dict[str, Any]) -> dict[str, Any]:
        """Spell 3.0's exclusive bounds as JSON Schema does."""
        for bound, exclusive in (
            ("minimum", "exclusiveMinimum"),
            ("maximum", "exclusiveMaximum"),
        ):
            flag = made.get(exclusive)
            if isinstance(flag, bool):
                del made[exclusive]
                if flag and bound in made:
                    made[exclusive] = made.pop(bound)
        return made

    def _nullable(self, schema: Mapping[str, Any], made: Any) -> Any:
        return _or_null(made) if schema.get("nullable") is True else made


def _or_null(schema: Any) -> Any:
    types = schema.get("type") if isinstance(schema, dict) else None
    null = types == "null" or (isinstance(types, list) and "null" in types)
    if schema is True or schema == {} or null:
        return schema
    if isinstance(types, str):
        # Said in one schema, so that the words of a breach are about the value.
        changed = copy(schema)
        changed["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            changed["enum"] = [*schema["enum"], None]
        if "const" not in schema and not {"$ref", *_SUBSCHEMAS} & schema.keys():
            return changed
    return {"anyOf": [schema, {"type": "null"}]}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _flag(schema: Any, name: str) -> bool:
    return isinstance(schema, dict) and schema.get(name) is True


def _quoted(pointer: str) -> str:
    return "".join(
        c if c.isalnum() or c in "~-._" else "".join(f"%{b:02X}" for b in c.encode())
        for c in pointer
    )


def _where(path: Any) -> str:
    parts = [str(part) for part in path]
    return ".".join(parts) if parts else "the body"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["?"])[0][:_LONGEST]
