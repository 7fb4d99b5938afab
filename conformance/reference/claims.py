"""What the profile claims, read from its TOML into values.

The suite has a loader of its own; this one is the server's.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
READS = ("LIST", "GET")
WRITES = ("CREATE", "SAVE", "PATCH", "DELETE")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class IdRule:
    """How the IDs of a resource look and who may write them."""

    member: str = "ID"
    alphabet: str = "A-Za-z0-9_-"
    min_length: int = 1
    max_length: int = 100
    type: str = "string"
    rename: tuple[str, ...] = ()
    writable: bool = True

    @property
    def pattern(self) -> re.Pattern[str]:
        """The whole of a valid ID."""
        if self.type == "integer":
            return re.compile(r"[1-9][0-9]{0,17}")
        inside = re.sub(r"([\\\[\]^])", r"\\\1", self.alphabet)
        return re.compile(f"[{inside}]{{{self.min_length},{self.max_length}}}")

    @property
    def characters(self) -> str:
        """The alphabet written out, ranges expanded."""
        ranges = re.sub(
            r"(.)-(.)",
            lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))),
            self.alphabet,
            flags=re.DOTALL,
        )
        return "".join(dict.fromkeys(ranges))


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """Where the members of the standard error stand; dotted paths."""

    code: str
    message: str
    list: str | None = None
    data: str | None = None
    code_type: str = "string"


@dataclass(frozen=True, slots=True)
class FilterRule:
    """The words of the filter grammar; None is not claimed."""

    place: str
    negation: str | None = None
    greater: str | None = None
    less: str | None = None
    alternative: str | None = None
    wildcard: str | None = None
    nested: str = "."


@dataclass(frozen=True, slots=True)
class ListRule:
    """The list envelope (dotted paths) and the query parameters' names."""

    items: str
    meta: Mapping[str, str]
    query: Mapping[str, str]
    default_size: int
    largest_size: int
    prefix: str | None
    suffix: str | None
    filter: FilterRule | None


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as the profile claims it."""

    name: str
    path: str
    item_path: str
    parents: tuple[str, ...]
    scope: str
    verbs: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    id: IdRule
    sortable: tuple[str, ...]
    filterable: tuple[str, ...]
    searchable: tuple[str, ...]
    eventual: bool
    required: tuple[str, ...]
    properties: Mapping[str, Schema]
    example: Mapping[str, Any]
    other: Mapping[str, Any]

    def opens(self, role: str) -> set[str]:
        """The claimed verbs that the role opens."""
        return {verb for verb in self.verbs if role in self.roles.get(verb, ())}


@dataclass(frozen=True, slots=True)
class Claims:
    """A whole profile."""

    name: str
    title: str
    base_path: str
    token_path: str
    openapi_path: str | None
    extension: str | None
    flows: tuple[str, ...]
    refresh_from: tuple[str, ...]
    errors: ErrorShape
    lists: ListRule
    resources: Mapping[str, Resource]

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that opens anything, in the profile's order."""
        named = [
            role
            for resource in self.resources.values()
            for roles in resource.roles.values()
            for role in roles
        ]
        return tuple(dict.fromkeys(named))


def read_claims(path: Path) -> Claims:
    """Read a profile.

    Raises:
        ValueError: The file is not TOML, or a path names an unknown parent.
        KeyError: A member that every profile has is missing.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    api, oauth = document["api"], document["oauth"]
    resources = {
        name: _resource(name, claimed, document)
        for name, claimed in document["resources"].items()
    }
    return Claims(
        name=document["name"],
        title=document.get("title", document["name"]),
        base_path=api["base_path"],
        token_path=api.get("token_path", "/oauth/token"),
        openapi_path=api.get("openapi_path"),
        extension=api.get("extension"),
        flows=tuple(oauth["flows"]),
        refresh_from=tuple(oauth.get("refresh_from", ())),
        errors=ErrorShape(**document["errors"]),
        lists=_lists(document["lists"]),
        resources=resources,
    )


def _resource(name: str, claimed: Schema, document: Schema) -> Resource:
    path = claimed["path"]
    parents = tuple(PLACEHOLDER.findall(path))
    unknown = [parent for parent in parents if parent not in document["resources"]]
    if unknown:
        raise ValueError(f"resources.{name}.path: no resource named {unknown[0]!r}")
    listing, schema = claimed.get("list", {}), claimed["schema"]
    rule = document.get("id", {}) | claimed.get("id", {})
    return Resource(
        name=name,
        path=path,
        item_path=claimed.get("item_path", f"{path.rstrip('/')}/{{id}}"),
        parents=parents,
        scope=claimed.get("scope", "parent" if parents else "organisation"),
        verbs=tuple(claimed["verbs"]),
        roles=dict(_roles(claimed.get("roles", {}))),
        id=IdRule(**{key: _frozen(value) for key, value in rule.items()}),
        sortable=tuple(listing.get("sortable", ())),
        filterable=tuple(listing.get("filterable", ())),
        searchable=tuple(listing.get("searchable", ())),
        eventual=listing.get("eventual", False),
        required=tuple(schema.get("required", ())),
        properties=schema["properties"],
        example=claimed["example"],
        other=claimed.get("other", {}),
    )


def _frozen(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _roles(claimed: Schema) -> Iterator[tuple[str, tuple[str, ...]]]:
    for verbs, group in ((READS, "read"), (WRITES, "write")):
        for verb in verbs:
            roles = claimed.get(verb, claimed.get(group))
            if roles is not None:
                yield verb, tuple(roles)


def _lists(claimed: Schema) -> ListRule:
    largest = claimed.get("largest_size", 1000)
    meta = ("page", "page_size", "total_count", "total_pages", "item_range", "next")
    return ListRule(
        items=claimed["items"],
        meta={name: claimed[name] for name in meta if name in claimed},
        query=claimed.get("query", {}),
        default_size=min(claimed.get("default_size", 20), largest),
        largest_size=largest,
        prefix=claimed.get("descending", {}).get("prefix"),
        suffix=claimed.get("descending", {}).get("suffix"),
        filter=_filter(claimed["filter"]) if "filter" in claimed else None,
    )


def _filter(claimed: Schema) -> FilterRule:
    return FilterRule(
        place=claimed["place"],
        negation=claimed.get("not"),
        greater=claimed.get("greater"),
        less=claimed.get("less"),
        alternative=claimed.get("or"),
        wildcard=claimed.get("wildcard"),
        nested=claimed.get("nested", "."),
    )
