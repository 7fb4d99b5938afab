"""What a server claims: `Profile` and `Resource`, read from a TOML file."""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.datafiles import folder, profile_names
from conformance.errors import UsageError
from conformance.sense import insist_on_sense
from conformance.toml import insist_on_schema, read_toml

VERBS = ("LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE")
FLOWS = ("password", "client_credentials", "refresh_token", "elevated_password")
_READS = ("LIST", "GET")
#: Verb → HTTP method.
METHODS: Mapping[str, str] = {
    "LIST": "GET",
    "CREATE": "POST",
    "GET": "GET",
    "SAVE": "PUT",
    "PATCH": "PATCH",
    "DELETE": "DELETE",
}


@dataclass(frozen=True, slots=True)
class IdRule:
    """How IDs of a resource may look and change.

    Attributes:
        member: Name of the property that holds the ID.
        alphabet: Every character that an ID may hold.
        rename: Methods that may write a new ID: PATCH, PUT.
        writable: Clients may choose the ID.
    """

    member: str = "ID"
    alphabet: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    min_length: int = 1
    max_length: int = 100
    type: str = "string"
    rename: tuple[str, ...] = ()
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """A set of endpoints of one kind of item, as the profile claims it.

    Attributes:
        path: The collection under the base path; ``{parent}`` stands for an ID.
        item_path: The item; ``{id}`` stands for its ID.
        parents: Names of the parent resources, outermost first.
        scope: ``organisation`` or ``parent``: where an ID is unique.
        verbs: The verbs offered, in the page's order.
        roles: Verb → roles, any one of which opens it.
        schema: JSON Schema of the item.
        example: One full valid item, of which a client may send all.
        other: One other valid value per property.
    """

    name: str
    path: str
    item_path: str
    parents: tuple[str, ...]
    scope: str
    verbs: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    id: IdRule
    schema: Mapping[str, Any]
    example: Mapping[str, Any]
    other: Mapping[str, Any]
    sortable: tuple[str, ...]
    filterable: tuple[str, ...]
    searchable: tuple[str, ...]
    eventual: bool
    volatile: tuple[str, ...]
    extension: str | None

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """Give name → schema of every property, the ID's too."""
        found: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return found

    def property_at(self, path: str) -> Mapping[str, Any]:
        """Give the claimed schema of the property at a dotted path, or ``{}``."""
        claimed: Mapping[str, Any] = self.schema
        for name in path.split("."):
            claimed = claimed.get("properties", {}).get(name, {})
        return claimed

    @property
    def required(self) -> tuple[str, ...]:
        """Name the properties that an item can't be created without."""
        return tuple(
            name
            for name in self.schema.get("required", ())
            if name != self.id.member
            and not self.properties.get(name, {}).get("readOnly")
        )

    @property
    def writable(self) -> tuple[str, ...]:
        """Name what a client may write, without ID and extension."""
        return tuple(
            name
            for name, claimed in self.properties.items()
            if not claimed.get("readOnly")
            and name not in (self.id.member, self.extension)
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """Name the writable properties that must come back as they were sent."""
        return tuple(
            name
            for name in (*self.writable, *self.extensions)
            if comes_back(self.properties[name]) and name not in self.volatile
        )

    @property
    def extensions(self) -> tuple[str, ...]:
        """Name the extension property, if this resource has it."""
        has = self.extension is not None and self.extension in self.properties
        return (self.extension,) if has and self.extension else ()

    @property
    def label(self) -> str | None:
        """Name a free text property that can carry the run's prefix."""
        for name in self.writable:
            claimed = self.properties[name]
            free = not (
                claimed.keys() & {"pattern", "format", "enum", "const", "x-refers"}
            )
            roomy = claimed.get("maxLength", 100) >= 30 and not claimed.get("writeOnly")
            if free and roomy and has_type(claimed, "string"):
                return name
        return None

    def labelled(self, words: str) -> str:
        """Give the label's property a text: the words, as long as it must be."""
        claimed = self.properties[self.label] if self.label else {}
        shortest = int(claimed.get("minLength", 0))
        return words[: max(30, shortest)].strip().ljust(shortest, "x")

    @property
    def references(self) -> Mapping[str, str]:
        """Give the required properties that hold an ID → the resource it is of."""
        return {
            name: self.properties[name]["x-refers"]
            for name in self.required
            if "x-refers" in self.properties.get(name, {})
        }

    def texts(self) -> tuple[str, ...]:
        """Name the free text properties: no pattern, format or enum."""
        return tuple(name for name in self.compared if is_free(self.properties[name]))

    def dates(self, *, written: bool) -> tuple[str, ...]:
        """Name the top-level date-time properties, the writable ones or all."""
        return tuple(
            name
            for name, claimed in self.properties.items()
            if claimed.get("format") == "date-time"
            and (not written or comes_back(claimed))
        )

    def nullable(self) -> tuple[str, ...]:
        """Name the optional properties that the profile claims nullable."""
        return tuple(
            name
            for name in self.compared
            if has_type(self.properties[name], "null") and name not in self.required
        )


def makeable(resource: Resource) -> bool:
    """Say whether items of the resource can be made by the verbs it offers."""
    saved = "SAVE" in resource.verbs and resource.id.writable
    return "CREATE" in resource.verbs or saved


def has_type(claimed: Mapping[str, Any], name: str) -> bool:
    """Say whether a property's claimed type includes the JSON type ``name``."""
    types = claimed.get("type", ())
    return name == types if isinstance(types, str) else name in types


def formed(claimed: Mapping[str, Any]) -> bool:
    """Say whether a property's text has a form of which only its examples are known."""
    counted = has_type(claimed, "number") or has_type(claimed, "integer")
    return "format" in claimed and not counted


def comes_back(claimed: Mapping[str, Any]) -> bool:
    """Say whether what a client writes to a property is what is shown of it."""
    return not (claimed.get("readOnly") or claimed.get("writeOnly"))


def is_free(claimed: Mapping[str, Any]) -> bool:
    """Say whether a property is free text: no pattern, format or enum."""
    bound = {"pattern", "format", "enum", "const", "x-refers", "x-scale"}
    return has_type(claimed, "string") and not claimed.keys() & bound


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb of one resource: ``buyers-CREATE``."""

    resource: Resource
    verb: str

    @property
    def name(self) -> str:
        """Give the name that rows and exchanges carry."""
        return f"{self.resource.name}-{self.verb}"


@dataclass(frozen=True)
class Profile:
    """Everything in which two conforming vendors may differ.

    Attributes:
        raw: The file's own tables, for what has no attribute here.
        sha256: Of the file's content, white space and comments left aside.
        document: Path or URL of the server's own OpenAPI document, or its file
            behind ``file:``; None where there is none.
    """

    name: str
    path: Path
    raw: Mapping[str, Any]
    resources: Mapping[str, Resource]
    sha256: str
    document: str | None = None

    @property
    def base_path(self) -> str:
        """Give the path that stands before every resource's."""
        return str(self.raw["api"]["base_path"])

    @property
    def token_path(self) -> str | None:
        """Give the token endpoint's path; None when there is none."""
        found: str | None = self.raw["api"].get("token_path")
        return found

    @property
    def extension(self) -> str | None:
        """Name the free-form object property."""
        found: str | None = self.raw["api"].get("extension")
        return found

    @property
    def flows(self) -> tuple[str, ...]:
        """Name the OAuth flows offered."""
        return tuple(self.raw["oauth"]["flows"])

    @property
    def refresh_from(self) -> tuple[str, ...]:
        """Name the flows whose answer carries a refresh token."""
        named = self.raw["oauth"].get("refresh_from", ())
        return tuple(flow for flow in named if flow in self.flows)

    @property
    def lists(self) -> Mapping[str, Any]:
        """Give the list envelope, the query words and the sizes."""
        found: Mapping[str, Any] = self.raw["lists"]
        return found

    @property
    def query(self) -> Mapping[str, str]:
        """Give the names of the list parameters that the server has."""
        found: Mapping[str, str] = self.lists.get("query", {})
        return found

    @property
    def errors(self) -> Mapping[str, Any]:
        """Give where an error body holds code, message and data."""
        found: Mapping[str, Any] = self.raw["errors"]
        return found

    @property
    def strict(self) -> tuple[str, ...]:
        """Name the SHOULD clauses that this profile raises to MUST."""
        return tuple(self.raw.get("strict", ()))

    @property
    def roles(self) -> tuple[str, ...]:
        """Name every role that opens some operation, in order of appearance."""
        seen: dict[str, None] = {}
        for resource in self.resources.values():
            for roles in resource.roles.values():
                seen.update(dict.fromkeys(roles))
        return tuple(seen)

    @functools.cached_property
    def _operations(self) -> list[Operation]:
        return [
            Operation(resource, verb)
            for resource in self.resources.values()
            for verb in resource.verbs
        ]

    def operations(self) -> list[Operation]:
        """List every verb of every resource that is claimed."""
        return list(self._operations)

    def typical(self) -> list[Resource]:
        """List one resource of each scope, the one that offers most."""
        found: dict[str, Resource] = {}
        for resource in self.resources.values():
            known = found.get(resource.scope)
            if known is None or _offers(resource) > _offers(known):
                found[resource.scope] = resource
        return list(found.values())

    def children(self, resource: Resource) -> list[Resource]:
        """List the resources directly under ``resource``."""
        return [
            child
            for child in self.resources.values()
            if child.parents and child.parents[-1] == resource.name
        ]


def _offers(resource: Resource) -> tuple[int, bool, int]:
    needed = len({"CREATE", "LIST", "DELETE"} & set(resource.verbs))
    return needed, resource.id.writable, len(resource.verbs)


def load_profile(name_or_file: str | Path) -> Profile:
    """Read a shipped profile by name, or a file.

    Raises:
        UsageError: Unknown name, unreadable file, broken TOML or schema, or a
            profile that contradicts itself.
    """
    path = find_profile(name_or_file)
    return profile_from(read_toml(path), path)


def profile_from(raw: Mapping[str, Any], path: Path) -> Profile:
    """Take a profile file's content; ``path`` is for messages.

    Raises:
        UsageError: It breaks the schema or contradicts itself.
    """
    insist_on_schema(raw, "profile", path)
    resources = {
        name: _resource(name, table, raw) for name, table in raw["resources"].items()
    }
    digest = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode())
    profile = Profile(
        raw["name"],
        path,
        raw,
        resources,
        digest.hexdigest(),
        raw["api"].get("openapi_path"),
    )
    insist_on_sense(profile)
    return profile


def find_profile(name_or_file: str | Path) -> Path:
    """Find the file of a profile.

    Raises:
        UsageError: No shipped profile has that name and no such file is there.
    """
    shipped = folder("profiles") / f"{name_or_file}.toml"
    if isinstance(name_or_file, str) and name_or_file in profile_names():
        return shipped
    if Path(name_or_file).is_file():
        return Path(name_or_file)
    names = ", ".join(profile_names())
    raise UsageError(
        f"profile {str(name_or_file)!r}: no such file, and no shipped profile has "
        f"that name (shipped: {names})"
    )


def _resource(name: str, table: Mapping[str, Any], raw: Mapping[str, Any]) -> Resource:
    listed = table.get("list", {})
    rule = _id_rule({**raw.get("id", {}), **table.get("id", {})})
    return Resource(
        name=name,
        path=table["path"],
        item_path=table.get("item_path", table["path"].rstrip("/") + "/{id}"),
        parents=tuple(table.get("parents", ())),
        scope=table.get("scope", "organisation"),
        verbs=tuple(verb for verb in VERBS if verb in table["verbs"]),
        roles=_roles(table.get("roles", {}), table["verbs"]),
        id=rule,
        schema=_with_null_in_enums(table["schema"]),
        example=_to_send(table["example"], table, rule),
        other=_to_send(table.get("other", {}), table, rule),
        sortable=tuple(listed.get("sortable", ())),
        filterable=tuple(listed.get("filterable", ())),
        searchable=tuple(listed.get("searchable", ())),
        eventual=listed.get("eventual", False),
        volatile=tuple(table.get("volatile", ())),
        extension=raw["api"].get("extension"),
    )


def _to_send(
    item: Mapping[str, Any], table: Mapping[str, Any], rule: IdRule
) -> dict[str, Any]:
    """Give what a client may send of an item that may be told as GET shows it."""
    claimed = table["schema"]["properties"]
    return {
        name: _writable_part(value, claimed.get(name, {}))
        for name, value in item.items()
        if name != rule.member and not claimed.get(name, {}).get("readOnly")
    }


def _writable_part(value: Any, claimed: Mapping[str, Any]) -> Any:
    """Give a value without what its objects hold for reading only."""
    if isinstance(value, Mapping):
        inner = claimed.get("properties", {})
        return {
            name: _writable_part(part, inner.get(name, {}))
            for name, part in value.items()
            if not inner.get(name, {}).get("readOnly")
        }
    if isinstance(value, list):
        within = claimed.get("items", {})
        return [_writable_part(part, within) for part in value]
    return value


def _roles(
    table: Mapping[str, Sequence[str]], verbs: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    found = {}
    for verb in verbs:
        roles = table.get(verb) or table.get("read" if verb in _READS else "write")
        if roles:
            found[verb] = tuple(roles)
    return found


def _id_rule(table: Mapping[str, Any]) -> IdRule:
    given = dict(table)
    if "alphabet" in given:
        given["alphabet"] = spelt_out(given["alphabet"])
    if "rename" in given:
        given["rename"] = tuple(given["rename"])
    # A number is the server's to give, where nothing else is said.
    given.setdefault("writable", given.get("type") != "integer")
    return IdRule(**given)


def spelt_out(alphabet: str) -> str:
    """Spell out the ranges of an alphabet: ``a-c_`` gives ``abc_``."""
    found: list[str] = []
    rest = alphabet
    while rest:
        if len(rest) >= 3 and rest[1] == "-":
            found.extend(chr(code) for code in range(ord(rest[0]), ord(rest[2]) + 1))
            rest = rest[3:]
        else:
            found.append(rest[0])
            rest = rest[1:]
    return "".join(dict.fromkeys(found))


def _with_null_in_enums(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Let a nullable enum hold null, which TOML can't write."""
    changed = dict(schema)
    if "enum" in changed and has_type(changed, "null") and None not in changed["enum"]:
        changed["enum"] = [*changed["enum"], None]
    if "properties" in changed:
        changed["properties"] = {
            name: _with_null_in_enums(claimed)
            for name, claimed in changed["properties"].items()
        }
    if isinstance(changed.get("items"), dict):
        changed["items"] = _with_null_in_enums(changed["items"])
    return changed
