"""Values that the checks of the verbs write, and how they may come back."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import _verbs_values as values
from conformance.checks._verbs_values import softened
from conformance.profile import Resource, load_profile

TEXT = {"type": "string"}
SET = {"type": "array", "uniqueItems": True}
LINK = {"type": "string", "format": "uri"}
FORM = "it came back in another form"


@functools.cache
def vendor(name: str) -> Resource:
    """Give a resource of the made-up vendor."""
    return load_profile("example-vendor").resources[name]


def claiming(**properties: Mapping[str, Any]) -> Resource:
    """Give a resource with these properties."""
    schema = {"properties": properties}
    return replace(vendor("tools"), schema=schema, example={}, other={})


# ------------------------------------------------------------------ what to write


def test_unique_values_and_references_are_left_alone() -> None:
    """Any valid value fits what is plain; an ID of another, or a unique one, not."""
    resource = claiming(
        title=TEXT, login={**TEXT, "x-unique": "scope"}, of={**TEXT, "x-refers": "m"}
    )

    assert values.plain(resource) == ["title"]
    assert values.textual(resource) == ["title"]


def test_only_known_other_values_are_written() -> None:
    """A property without a second value keeps its first."""
    resource = replace(
        claiming(title=TEXT, note=TEXT, login={**TEXT, "x-unique": "scope"}),
        other={"title": "Two", "login": "two"},
    )

    assert values.other_values(resource) == {"title": "Two"}


def test_the_longest_text_is_as_long_as_claimed() -> None:
    """Up to 10,000 characters, 256 where nothing is claimed; formed text is left."""
    resource = claiming(
        short={**TEXT, "maxLength": 5},
        claimed={**TEXT, "maxLength": 2000},
        endless={**TEXT, "maxLength": 90_000},
        silent=TEXT,
        mail={**TEXT, "format": "email"},
        count={"type": "integer"},
    )
    made = values.longest_values(resource)

    lengths = {name: len(text) for name, text in made.items()}
    assert lengths == {"short": 5, "claimed": 2000, "endless": 10_000, "silent": 256}
    assert made["claimed"].startswith("Longest.Longest.")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("boolean", "perhaps"),
        ("integer", "many"),
        (["null", "number"], "many"),
        ("array", "one piece of text"),
        ("object", "one piece of text"),
        ("string", {"not": "text"}),
    ],
)
def test_a_wrong_value_is_none_that_a_server_may_coerce(
    kind: object, wrong: object
) -> None:
    """Each claimed type has a value that can't be taken for it."""
    resource = claiming(one={"type": kind}, untyped={})

    assert values.wrong_values(resource) == {"one": wrong}


# ------------------------------------------------------------- how it came back


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        ("a", "a", {}),
        (None, None, {}),
        ("", "", {}),
        ([], None, {}),
        (1.25, 1.25, {}),
        (1.25, 1.2500001, {}),
        (-1.25, -1.2500001, {}),
        (2_000_000.0, 2_000_001, {}),
        (0.0, 0, {}),
        ({"a": 1}, {"a": 1, "more": 2}, {}),
        ({"a": None}, {"a": None}, {}),
        ({"a": 1.25}, {"a": 1.2500001}, {}),
        ([1.25, "b"], [1.2500001, "b"], {}),
        (["b", "a"], ["b", "a"], SET),
        (" a ", "a", {"x-trimmed": True}),
        (" a ", " a ", {}),
    ],
)
def test_what_is_unchanged_needs_no_word(
    sent: Any, got: Any, claimed: Mapping[str, Any]
) -> None:
    """Digits past the seventh, more members and claimed trimming change nothing."""
    assert softened(sent, got, claimed) == ""


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        ("a", "b", {}),
        ("a", None, {}),
        ("a", 5, {}),
        (5, "a", {}),
        (5, None, {}),
        ("", "a", {}),
        ([], "a", {}),
        ([], [1], {}),
        (True, False, {}),
        (True, 1.0, {}),
        (1.0, True, {}),
        (False, 0.0, {}),
        (1.25, 1.26, {}),
        (1.25, -1.25, {}),
        (1.25, "many", {}),
        (1.25, None, {}),
        (3, 4, {}),
        ({"a": 1}, {}, {}),
        ({"a": 1, "n": None}, {"a": 2}, {}),
        ({"a": 1}, "a", {}),
        ("a", {"a": 1}, {}),
        (["a"], "a", {}),
        ("a", ["a"], {}),
        (["a"], ["a", "a"], SET),
        (["a", "b"], ["b", "a"], {}),
        (["a", "b"], ["a", "c"], SET),
        ("New", "new", {}),
        ("note", "notes", {}),
        (" a ", "b", {"x-trimmed": True}),
        ("new", "worn", {"enum": ["new", "worn"]}),
        ("2030-01-15", "2030-01-16", {"format": "date"}),
        ("2030-01-15", "2030-01-15T00:00:00Z", {"format": "date"}),
        ("one@example.com", "someone@example.com", {"format": "email"}),
        ("https://one.example", "https://two.example", LINK),
        ("https://one.example", "//", LINK),
    ],
)
def test_another_value_has_no_excuse(
    sent: Any, got: Any, claimed: Mapping[str, Any]
) -> None:
    """What was sent is lost, whatever it was made into."""
    assert softened(sent, got, claimed) is None


@pytest.mark.parametrize(
    ("sent", "got", "claimed", "words"),
    [
        ("", None, {}, "empty text became null"),
        ({"a": ""}, {"a": None}, {}, "empty text became null"),
        ({"a": 1, "n": None}, {"a": 1}, {}, "a null member was dropped"),
        ([""], [None], {}, "empty text became null"),
        (["b", "a"], ["a", "b"], SET, "the order changed"),
        (" a", "a", {}, "the ends were trimmed"),
        ("New", "new", {"enum": ["New"]}, FORM),
        ("DRL-0100", "drl0100", {"pattern": "^D"}, FORM),
        ("https://one.example", "https://one.example/", LINK, FORM),
        ("https://one.example/a", "https://one.example/a?b=c", LINK, FORM),
        ("one.example/a", "https://one.example/a", LINK, FORM),
        ("https://one.example/a", "one.example/a", LINK, FORM),
        ("2001:db8::1", "2001:db8:0:0:0:0:0:1", {"format": "ipv6"}, FORM),
        ("P1D", "PT24H", {"format": "duration"}, FORM),
    ],
)
def test_another_form_of_a_value_is_said(
    sent: Any, got: Any, claimed: Mapping[str, Any], words: str
) -> None:
    """The value is there, and what became of it is a warning's words."""
    assert softened(sent, got, claimed) == words


def test_claims_of_members_and_items_are_looked_at() -> None:
    """What is claimed of a member or an item grants its freedoms there too."""
    claimed = {"properties": {"a": {"items": {"x-trimmed": True}}}}

    assert softened({"a": [" b "]}, {"a": ["b"]}, claimed) == ""
    assert softened({"a": [" b "]}, {"a": ["b"]}, {}) == "the ends were trimmed"


# ---------------------------------------------------------------- of whole items


SENT = {"title": "Saw", "quantity": 2, "key": "a", "unclaimed": 1}


def test_an_item_is_compared_in_what_was_sent() -> None:
    """Only compared properties that were sent count, or those that are named."""
    tools = vendor("tools")
    got = {"title": "Drill", "quantity": 3, "condition": "worn", "key": "b"}

    assert values.different(tools, SENT, got) == ["title", "quantity"]
    assert values.different(tools, SENT, got, ["quantity", "condition"]) == ["quantity"]
    assert values.different(tools, SENT, SENT) == []
    assert values.unlike(tools, SENT, SENT) == ""
    assert values.unlike(tools, SENT, got, ["title"]) == (
        'title: sent "Saw", got "Drill"'
    )


def test_two_looks_at_an_item_differ_both_ways() -> None:
    """A value changed, gone or come is told with what it was and is."""
    tools = vendor("tools")
    now = {"title": "Drill", "condition": "worn", "times_hired": 5}

    assert values.changed(tools, SENT, now) == (
        'condition was null, is "worn"; quantity was 2, is null; '
        'title was "Saw", is "Drill"'
    )
    assert values.changed(tools, SENT, now, ["quantity", "summary"]) == (
        "quantity was 2, is null"
    )
    assert values.changed(tools, SENT, {**SENT, "times_hired": 6}) == ""


CLAIMED = {
    "note": TEXT,
    "level": {"type": "integer", "default": 1},
    "size": {"properties": {"width": {"default": 3}}},
}


@pytest.mark.parametrize(
    ("sent", "old", "got", "left"),
    [
        ({}, {"note": "old"}, {"note": "old"}, {"note": "old"}),
        ({}, {"note": "old"}, {"note": None}, {}),
        ({}, {"note": "old"}, {}, {}),
        ({}, {"note": "old"}, {"note": "made up"}, {}),
        ({}, {"level": 1}, {"level": 1}, {}),
        ({}, {"level": 2}, {"level": 2}, {"level": 2}),
        ({}, {"level": 2}, {"level": 1}, {}),
        ({"note": "new"}, {"note": "old"}, {"note": "old"}, {}),
        (
            {"size": {"height": 9}},
            {"size": {"height": 8, "depth": 7, "width": 3}},
            {"size": {"height": 9, "depth": 7, "width": 3}},
            {"size.depth": 7},
        ),
        ({"size": {}}, {"size": {"depth": 7}}, {"size": {}}, {}),
        ({"size": {}}, {"size": {"depth": 7}}, {"size": None}, {}),
        ({"size": None}, {"size": {"depth": 7}}, {"size": {"depth": 7}}, {}),
    ],
)
def test_what_a_replacement_left_over(
    sent: Any, old: Any, got: Any, left: dict[str, Any]
) -> None:
    """What was not sent must show its default or nothing, in objects too."""
    assert values.left_over(CLAIMED, sent, old, got) == left
