"""The vendor's document: what is drafted of it, held against a hand-written profile."""

import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.openapi import drafted
from conformance.openapi.reading import read_document
from conformance.profile import Profile, load_profile, profile_from

#: What the hand-written profile knows of other documents, or leaves out on purpose.
KNOWN_ELSEWHERE = {
    ("products", "Inventory"),
    ("spec_options", "PriceMarkupType"),
    *(
        (users, "AvailableRoles")
        for users in ("users", "supplier_users", "admin_users")
    ),
    *((users, "Locale") for users in ("users", "supplier_users", "admin_users")),
    ("specs", "Options"),
}
#: Properties that refer to other items, as a reader of the document finds them.
REFERENCES = {
    ("buyers", "DefaultCatalogID"): "catalogs",
    ("categories", "ParentID"): "categories",
    ("products", "DefaultPriceScheduleID"): "price_schedules",
    ("products", "DefaultSupplierID"): "suppliers",
    ("products", "ShipFromAddressID"): "admin_addresses",
    ("inventory_records", "AddressID"): "admin_addresses",
    ("line_items", "ProductID"): "products",
    ("approval_rules", "ApprovingGroupID"): "user_groups",
    ("seller_approval_rules", "ApprovingGroupID"): "admin_user_groups",
    ("impersonation_configs", "SecurityProfileID"): "security_profiles",
    ("impersonation_configs", "ClientID"): "api_clients",
}


@pytest.fixture(scope="module")
def text(vendor_document: str) -> str:
    """The drafted profile's text."""
    return drafted(read_document(vendor_document))[0]


@pytest.fixture(scope="module")
def profile(text: str) -> Profile:
    """The drafted profile."""
    return profile_from(tomllib.loads(text), Path("drafted.toml"))


def test_a_draft_of_the_whole_document_takes_seconds(
    say: Any, vendor_document: str
) -> None:
    """Less than ten, of which nobody else's are counted."""
    started = time.process_time()
    said = say("profile", "from-openapi", vendor_document, "--out", "drafted.toml")
    spent_s = time.process_time() - started

    assert said.code == 0, said.err
    assert spent_s < 10
    assert say("profile", "check", "drafted.toml").code == 0


def test_thirty_resources_and_more_are_complete(profile: Profile) -> None:
    """Path, parents, scope, verbs, roles, schema, ID rule, envelope, example."""
    complete = [
        resource
        for resource in profile.resources.values()
        if {"LIST", "CREATE", "GET", "DELETE"} <= set(resource.verbs)
        and all(resource.roles.get(verb) for verb in resource.verbs)
        and resource.scope == ("parent" if resource.parents else "organisation")
        and resource.properties.keys() > {resource.id.member}
        and set(resource.required) - set(resource.references) <= set(resource.example)
    ]
    assert len(complete) == len(profile.resources) >= 30
    assert profile.lists["items"] == "Items"
    assert profile.errors["code"] == "ErrorCode"


def test_the_draft_says_what_the_hand_written_profile_says(profile: Profile) -> None:
    """Resource by resource, property by property."""
    core = load_profile("ordercloud-core")
    for name, known in core.resources.items():
        found = profile.resources[name]
        for what in ("path", "parents", "scope", "verbs", "roles", "id", "required"):
            assert getattr(found, what) == getattr(known, what), (name, what)
        assert set(found.sortable) >= set(known.sortable), name
        assert set(found.searchable) >= set(known.searchable), name
        for one, claimed in known.properties.items():
            if (name, one) not in KNOWN_ELSEWHERE:
                assert found.properties[one] == claimed, (name, one)
    for what in ("flows", "refresh_from"):
        assert set(getattr(profile, what)) == set(getattr(core, what))
    assert profile.lists.items() <= {**core.lists}.items()
    assert (profile.base_path, profile.token_path) == (core.base_path, core.token_path)


def test_what_refers_to_other_items_is_found(profile: Profile) -> None:
    """And stands in no example."""
    for (name, one), target in REFERENCES.items():
        resource = profile.resources[name]
        assert resource.properties[one]["x-refers"] == target, (name, one)
        assert one not in resource.example


def test_every_item_can_be_made_after_those_above_it(profile: Profile) -> None:
    """The resources stand in the order in which their items can be made."""
    seen: set[str] = set()
    for resource in profile.resources.values():
        assert {*resource.parents, *resource.references.values()} <= seen
        seen.add(resource.name)


def test_examples_reach_nobody(profile: Profile) -> None:
    """Addresses, URLs and telephones are of the reserved ranges."""
    for resource in profile.resources.values():
        for values in (resource.example, resource.other):
            for name, value in told_texts(values):
                if "@" in value:
                    assert value.endswith("@example.com"), name
                if "://" in value:
                    assert value.startswith("https://example.com/"), name
                if "Phone" in name:
                    assert value.startswith("555-01"), name


def told_texts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give name and value of the texts of an item."""
    found = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += told_texts(value)
        found += [(name, t) for t in ([value] if isinstance(value, str) else [])]
    return found


def test_each_line_says_how_it_is_known(text: str) -> None:
    """Read, inferred or unknown; names, examples and titles say it for themselves."""
    beside: dict[str, int] = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[]").rpartition(".")[2]
        elif (
            line and not line.startswith("#") and table not in ("", "example", "other")
        ):
            how = line.rpartition("  # ")[2].partition(":")[0]
            beside[how] = beside.get(how, 0) + 1
    assert beside.keys() == {"read", "inferred", "unknown"}
    assert beside["read"] > 300
    assert beside["unknown"] > 30


def test_what_is_left_out_is_said_with_its_reason(text: str) -> None:
    """Assignments, actions, singletons, and what belongs to whoever asks."""
    flat = " ".join(text.replace("\n#  ", "").split())
    for reason, path in (
        ("- assignments", "/buyers/{buyerID}/addresses/assignments"),
        ("- actions,", "/orders/{direction}/{orderID}/submit"),
        ("- singletons,", "/me,"),
        ("- each identity has its own", "/me/addresses"),
        ("- no operation makes an item", "/products/{productID}/variants"),
        (
            "needs one of product_variants, which can't be made",
            "/products/{productID}/variants/{variantID}/inventoryrecords",
        ),
    ):
        start = flat.index(reason)
        assert path in flat[start:].partition(" # - ")[0]
