"""Properties of an item as the profile claims them."""

import re
from dataclasses import dataclass
from typing import Any

from conformance.openapi import words
from conformance.openapi.facts import INFERRED, READ, Fact, LeftOut
from conformance.openapi.flatten import Schema

#: Keywords that are taken as they stand.
_TAKEN = (
    *("minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
    *("enum", "const", "default"),
)
#: What a format's integers can hold; of 64 bits, what every JSON reader keeps.
_BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (1 - 2**53, 2**53 - 1)}
#: What meets the usual rules for passwords.
_PASSWORD = "^[A-Z][a-z]{5,20}[0-9]{4,12}[!#-]$"  # noqa: S105 - a pattern
_FIXED = ("pattern", "enum", "const")
#: What has a value though none was sent, as far as can be guessed.
_CERTAIN = {"default", "enum", "const", "x-stamp"}
_FORMATS = ("date-time", "date", "email", "uri", "uuid", "float", "double", "password")


@dataclass(slots=True)
class Reader:
    """Makes claims of flattened schemas.

    Attributes:
        null_inferred: The document never says nullable, so what is optional may be.
    """

    null_inferred: bool

    def claim(
        self, name: str, schema: Schema, *, required: bool, inner: bool = False
    ) -> Fact | LeftOut:
        """Give a property's claimed schema, or why it is not claimed.

        Args:
            name: Of the property.
            schema: Flattened.
            required: A body that creates must have it.
            inner: It is part of another property.
        """
        kind = self._kind(schema)
        if kind is None:
            return LeftOut(name, "its type is not told, or one of several")
        made: dict[str, Any] = {"type": kind}
        notes: list[str] = []
        self._take(made, schema)
        if schema.get("readOnly"):
            made["readOnly"] = True
            if "x-inferred-read-only" in schema:
                notes.append("read-only, as no body that creates has it")
        why_not = self._with_inner(made, schema)
        if why_not:
            return LeftOut(name, why_not)
        if not made.get("readOnly"):
            why_not = self._writable(name, made, schema, notes, required=required)
            if inner:
                made.pop("x-unique", None)
            if why_not:
                return LeftOut(name, why_not)
        elif kind == "string" and made.get("format") == "date-time" and not inner:
            self._stamp(name, made, notes)
        self._with_null(made, schema, notes, required=required)
        return Fact(made, INFERRED if notes else READ, "; ".join(notes))

    def _kind(self, schema: Schema) -> str | None:
        types = list(schema.get("type", ()))
        if "number" in types and "integer" in types:
            types.remove("integer")
        if len(types) != 1 or "x-unresolved" in schema:
            return None
        if schema.get("x-choice") and types[0] in ("object", "array"):
            return None
        return str(types[0])

    def _take(self, made: dict[str, Any], schema: Schema) -> None:
        for name in _TAKEN:
            if name in schema and _writes(schema[name]):
                made[name] = schema[name]
        if schema.get("x-unread-pattern"):
            made.pop("pattern", None)
        told = schema.get("format")
        if told in _FORMATS and made["type"] in ("string", "number"):
            made["format"] = told
        if made["type"] == "integer" and told in _BOUNDS and not schema.get("readOnly"):
            lowest, highest = _BOUNDS[told]
            made.setdefault("minimum", lowest)
            made.setdefault("maximum", highest)

    def _with_inner(self, made: dict[str, Any], schema: Schema) -> str:
        """Add the parts of an object or a list; give why it can't be claimed.

        What is read-only is left free-form: the suite never writes it.
        """
        if schema.get("readOnly"):
            return ""
        if made["type"] == "array" and schema.get("items"):
            return self._with_items(made, schema["items"])
        if made["type"] == "object" and schema.get("properties"):
            return self._with_properties(made, schema)
        return ""

    def _with_items(self, made: dict[str, Any], items: Schema) -> str:
        if any(_refers(name, p) for name, p in items.get("properties", {}).items()):
            return "its items hold IDs of others"
        inner = self.claim("items", items, required=True, inner=True)
        if isinstance(inner, LeftOut):
            return f"its items: {inner.why}"
        made["items"] = inner.value
        return ""

    def _with_properties(self, made: dict[str, Any], schema: Schema) -> str:
        known, asked = {}, set(schema.get("required", ()))
        for name, part in schema["properties"].items():
            claimed = self.claim(name, part, required=name in asked, inner=True)
            if _refers(name, part):
                claimed = LeftOut(name, "holds the ID of another item")
            if isinstance(claimed, Fact):
                known[name] = claimed.value
            elif name in asked and not part.get("readOnly"):
                return f"its required part {name}: {claimed.why}"
        if not known:
            return "none of its parts can be claimed"
        made["properties"] = known
        if asked & known.keys():
            made["required"] = [name for name in known if name in asked]
        return ""

    def _writable(
        self,
        name: str,
        made: dict[str, Any],
        schema: Schema,
        notes: list[str],
        *,
        required: bool,
    ) -> str:
        """Add what writing it must keep; give why it is not written."""
        why = "" if required else _not_free(name, schema)
        if why or made["type"] != "string":
            return why
        if words.is_secret(name, schema) and not schema.get("writeOnly"):
            notes.append("write-only, as it is a password")
        if words.is_secret(name, schema):
            made |= {"format": "password", "writeOnly": True}
            made.setdefault("pattern", _PASSWORD)
        elif schema.get("writeOnly"):
            made["writeOnly"] = True
        if not made.keys() & {"format", "pattern", "enum", "const"}:
            self._by_name(name, made, notes)
        if required and not made.keys() & {*_FIXED, "minLength", "format"}:
            made["minLength"] = 1
            notes.append("not empty, as it is required")
        if words.is_user_name(name) or words.told_unique(schema):
            made["x-unique"] = "organisation"
            notes.append("unique by its description or name")
        return ""

    def _by_name(self, name: str, made: dict[str, Any], notes: list[str]) -> None:
        """Claim less than any text where a name says that it is not any text."""
        told = words.format_by_name(name)
        if told:
            made["format"] = told
            notes.append(f"{told} by its name")
        elif words.of_a_language(name):
            made["enum"] = ["true"]
            notes.append("text of a language of its own; 'true' is a guess")
        elif words.last(name) == "country" and made.get("maxLength") == 2:
            made["enum"] = ["US", "CA"]
            notes.append("codes of countries by its name")

    def _stamp(self, name: str, made: dict[str, Any], notes: list[str]) -> None:
        told = words.stamp(name)
        if told:
            made["x-stamp"] = told
            notes.append(f"the {told} stamp by its name")

    def _with_null(
        self, made: dict[str, Any], schema: Schema, notes: list[str], *, required: bool
    ) -> None:
        if schema.get("x-nullable"):
            made["type"] = [made["type"], "null"]
            return
        if self.null_inferred and made == {"type": "boolean"} and not required:
            made["default"] = False
            notes.append("false when unset")
        kept = required or made["type"] == "boolean" or made.keys() & _CERTAIN
        counted = made.get("readOnly") and made["type"] in ("integer", "number")
        if self.null_inferred and not (kept or counted):
            made["type"] = [made["type"], "null"]
            notes.append("null when unset")


def _refers(name: str, part: Schema) -> bool:
    """Say whether a part of a property holds the ID of another item."""
    return not part.get("readOnly") and words.id_stem(name) is not None


def _not_free(name: str, schema: Schema) -> str:
    """Say why a property can't be given any value; empty when it can."""
    if words.grants_rights(name):
        return "gives rights to somebody"
    if words.names_a_user(name):
        return "names a user who must exist"
    return words.bound(schema)


def _writes(value: Any) -> bool:
    """Say whether TOML can hold a value."""
    if isinstance(value, dict):
        return all(_writes(part) for part in value.values())
    if isinstance(value, list):
        return all(_writes(part) for part in value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is not None


def alphabet_of(pattern: str) -> str | None:
    """Give the characters of a pattern that is one class, as profiles spell them."""
    found = re.fullmatch(r"\^?\[([^\]\\^]+)\](?:[+*]|\{\d+(?:,\d*)?\})\$?", pattern)
    if not found:
        return None
    inside = found[1]
    # A dash that is meant stands last in a profile's alphabet.
    if inside.startswith("-"):
        inside = inside[1:] + "-"
    return inside
