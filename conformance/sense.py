"""What a profile may not say, as it would contradict itself: one line each."""

import difflib
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import jsonschema

from conformance.errors import UsageError
from conformance.keywords import contradictions_of_schema

if TYPE_CHECKING:
    from conformance.profile import Profile, Resource

_RANGE = re.compile(r"(.)-(.)", re.DOTALL)


def insist_on_sense(profile: "Profile") -> None:
    """Insist that a profile contradicts itself nowhere.

    Raises:
        UsageError: Names the file, the key and what contradicts it.
    """
    for resource in profile.resources.values():
        for place, words in _contradictions(profile, resource):
            raise UsageError(
                f"{profile.path}: resources.{resource.name}.{place}: {words}"
            )
    if profile.flows and profile.token_path is None:
        raise UsageError(
            f"{profile.path}: api.token_path: left out, but oauth.flows claims "
            f"{profile.flows[0]!r}; say where tokens are granted"
        )


def _contradictions(profile: "Profile", resource: "Resource") -> list[tuple[str, str]]:
    found = []
    for parent in resource.parents:
        if parent not in profile.resources:
            found.append(("parents", f"{parent!r} is no resource of this profile"))
        elif f"{{{parent}}}" not in resource.path:
            found.append(("path", f"lacks {{{parent}}}, which parents names"))
    if "{id}" not in resource.item_path:
        found.append(("item_path", "lacks {id}"))
    found += _unfilled(resource)
    if resource.name in _above(profile, resource.name):
        found.append(("parents", f"{resource.name!r} stands above itself"))
    if resource.scope == "parent" and not resource.parents:
        found.append(("scope", "is parent, but the resource has no parents"))
    found += _unknown_names(
        resource, "schema.required", resource.schema.get("required")
    )
    found += _id_breaches(profile, resource)
    found += contradictions_of_schema(resource.schema, "schema")
    found += _example_breaches(resource)
    found += [] if found else _schema_breaches(resource)
    found += _unmakeable(profile, resource)
    found += [
        ("volatile", f"{name!r} is no property; is it {near}?")
        for name in resource.volatile
        if (near := _meant(name, resource.properties))
    ]
    for words in ("sortable", "filterable", "searchable"):
        found += _unknown_names(resource, f"list.{words}", getattr(resource, words))
    return found


def _above(profile: "Profile", name: str) -> set[str]:
    """Name the parents of a resource, their parents, and so on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        resource = profile.resources.get(waiting.pop())
        new = set(resource.parents if resource else ()) - found
        found |= new
        waiting += new
    return found


def _unfilled(resource: "Resource") -> list[tuple[str, str]]:
    """Find what a path wants filled in and nobody can fill."""
    known = {"path": resource.parents, "item_path": (*resource.parents, "id")}
    return [
        (place, f"holds {{{name}}}, and parents names no such resource")
        for place, names in known.items()
        for name in re.findall(r"\{([^{}]*)\}", getattr(resource, place))
        if name not in names
    ]


def _id_breaches(profile: "Profile", resource: "Resource") -> list[tuple[str, str]]:
    rule, own = resource.id, profile.raw["resources"][resource.name].get("id", {})
    alphabet = {**profile.raw.get("id", {}), **own}.get("alphabet", "")
    found = [
        ("id.alphabet", f"the range {one[0]!r} goes backwards; write it upwards")
        for one in _RANGE.finditer(alphabet)
        if one[1] > one[2]
    ]
    if rule.min_length > rule.max_length:
        words = f"{rule.min_length} is more than the max_length, {rule.max_length}"
        found.append(("id.min_length", words))
    return found


def _example_breaches(resource: "Resource") -> list[tuple[str, str]]:
    """Find members of the example that are properties misspelt.

    One that is described nowhere is the owner's to give: a schema may be open.
    """
    found = []
    for place in ("example", "other"):
        given = getattr(resource, place)
        free = [name for name in resource.properties if name not in given]
        found += [
            (f"{place}.{name}", f"is no property; is it {near}?")
            for name in given
            if name not in resource.properties and (near := _meant(name, free))
        ]
    return found


def _meant(name: str, known: Collection[str]) -> str | None:
    """Give the property that a name which is none is a misspelling of, if any."""
    near = difflib.get_close_matches(name, known, 1, cutoff=0.75)
    return near[0] if near and name not in known else None


def _unmakeable(profile: "Profile", resource: "Resource") -> list[tuple[str, str]]:
    """Find the references that no item of the run's own can fill."""
    for name, claimed in resource.properties.items():
        referred = profile.resources.get(claimed.get("x-refers", resource.name))
        place = f"schema.properties.{name}.x-refers"
        if referred is None:
            words = f"{claimed['x-refers']!r} is no resource of this profile"
            return [(place, words)]
        if name not in resource.references:
            continue
        beside = resource.parents[: len(referred.parents)] == referred.parents
        if not beside or (referred.parents and not referred.id.writable):
            words = (
                f"{referred.name!r} can't be made beside it: its parents are not "
                "this resource's, or its IDs can't be chosen"
            )
            return [(place, words)]
        if resource.name in {referred.name, *needed(profile, referred.name)}:
            return [(place, f"{resource.name!r} needs itself before it can be made")]
    return []


def needed(profile: "Profile", name: str) -> set[str]:
    """Name the resources of which items are there before one can be made."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        resource = profile.resources[waiting.pop()]
        for other in (*resource.parents, *resource.references.values()):
            if other in profile.resources and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _unknown_names(
    resource: "Resource", place: str, names: Sequence[str] | None
) -> list[tuple[str, str]]:
    return [
        (place, f"{name!r} is no property")
        for name in names or ()
        if name.partition(".")[0] not in resource.properties
    ]


def _schema_breaches(resource: "Resource") -> list[tuple[str, str]]:
    try:
        jsonschema.Draft202012Validator.check_schema(resource.schema)
    except jsonschema.SchemaError as error:
        return [(f"schema.{error.json_path[2:]}", error.message[:200])]
    missing = [
        name
        for name in resource.required
        if name in resource.properties
        and name not in resource.example
        and name not in resource.references
    ]
    if missing:
        return [("example", f"lacks the required {missing[0]!r}")]
    validator = jsonschema.Draft202012Validator(resource.schema)
    for place, item in (
        ("example", resource.example),
        ("other", {**resource.example, **resource.other}),
    ):
        for wrong in validator.iter_errors({**_placeholder_id(resource), **item}):
            where = ".".join(str(part) for part in wrong.absolute_path)
            if wrong.validator != "required":
                return [(f"{place}.{where}".rstrip("."), wrong.message[:200])]
    return []


def _placeholder_id(resource: "Resource") -> dict[str, Any]:
    number = resource.id.type == "integer"
    return {resource.id.member: 1 if number else resource.id.alphabet[0]}
