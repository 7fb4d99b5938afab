"""The shipped profile of the whole vendor still says what the document says."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from conformance.commands.openapi import drafted
from conformance.openapi.reading import read_document
from conformance.profile import find_profile

#: Tables of a resource whose members are named after its properties.
BY_PROPERTY = ("example", "other")


@pytest.fixture(scope="module")
def kept() -> str:
    """The shipped profile's text."""
    return find_profile("ordercloud").read_text(encoding="utf-8")


def facts(profile: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give place → what is claimed there; a place is ``resource.property`` or a key."""
    for table, content in profile.items():
        if table == "resources":
            for name, resource in content.items():
                yield from resource_facts(name, resource)
        elif isinstance(content, dict):
            yield from (
                (f"{table}.{key}", repr(value)) for key, value in content.items()
            )
        else:
            yield table, content


def resource_facts(name: str, resource: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the facts of one resource, what concerns a property under its name."""
    yield name, "claimed"
    for key, content in resource.items():
        if key in BY_PROPERTY:
            yield from ((f"{name}.{n}", f"{key} {v!r}") for n, v in content.items())
        elif key == "schema":
            for one, claimed in content["properties"].items():
                yield f"{name}.{one}", f"schema {claimed!r}"
            yield from ((f"{name}.{one}", "required") for one in content["required"])
        elif key == "list":
            for word, value in content.items():
                names = value if isinstance(value, list) else [word]
                yield from ((f"{name}.{one}", word) for one in names)
        elif isinstance(content, list) and key == "volatile":
            yield from ((f"{name}.{one}", key) for one in content)
        else:
            yield f"{name}.{key}", repr(content)


def by_hand(text: str) -> set[str]:
    """Give the places that the file says were corrected by hand."""
    block = text.partition("# By hand")[2].partition("\n#\n")[0]
    return set(re.findall(r"^# - ([\w.]+): ", block, re.MULTILINE))


def test_the_profile_agrees_with_the_document(kept: str, vendor_document: str) -> None:
    """It differs from a fresh draft where it says so, and nowhere else."""
    fresh = set(facts(tomllib.loads(drafted(read_document(vendor_document))[0])))
    known = set(facts(tomllib.loads(kept)))
    corrected = by_hand(kept)
    differing = {
        next((place for place in corrected if f"{one}.".startswith(f"{place}.")), one)
        for one, _ in fresh ^ known
    }

    assert differing == corrected


def test_a_change_that_is_not_told_is_found(kept: str, vendor_document: str) -> None:
    """The comparison sees a property, a role and a verb."""
    fresh = set(facts(tomllib.loads(drafted(read_document(vendor_document))[0])))
    for old, new in (
        ('Zip = {type = "string", maxLength = 100', 'Zip = {type = "string"'),
        ('roles.write = ["FullAccess", "BuyerAdmin"]', 'roles.write = ["FullAccess"]'),
        ('"PATCH", "DELETE"]', '"DELETE"]'),
    ):
        assert old in kept
        changed = set(facts(tomllib.loads(kept.replace(old, new))))
        told = {place for place, _ in changed ^ fresh}
        assert {one for one in told if "." in one} - by_hand(kept) - {"order_returns"}


def test_thirty_resources_and_their_nesting(kept: str) -> None:
    """Nested ones among them, under buyers, suppliers, catalogs, orders and more."""
    resources = tomllib.loads(kept)["resources"]
    above = {one["parents"][-1] for one in resources.values() if one.get("parents")}

    assert len(resources) >= 30
    assert above >= {"buyers", "suppliers", "catalogs", "products", "specs", "orders"}
