"""What the checks read of answers by the profile: errors, values, instants, states."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from scripted import profile

from conformance import values
from conformance.values import Error, same

TIME = {"type": "string", "format": "date-time"}
SET = {"type": "array", "uniqueItems": True}
NOON = "2030-01-15T12:00:00Z"


# ------------------------------------------------------------------------ errors


GOOD = {"ErrorCode": "NotFound", "Message": "no", "Data": {"a": 1}}


@pytest.mark.parametrize(
    ("name", "value", "errors"),
    [
        ("reference", {"Errors": [GOOD]}, [Error("NotFound", "no", {"a": 1})]),
        (
            "reference",
            {"Errors": [GOOD, {"ErrorCode": None, "Message": None}]},
            [Error("NotFound", "no", {"a": 1}), Error(None, None, None)],
        ),
        ("reference", {"Errors": []}, None),
        ("reference", {"Errors": GOOD}, None),
        ("reference", {"Errors": ["ErrorCode"]}, None),
        ("reference", {"Errors": [GOOD, {"ErrorCode": 1}]}, None),
        ("reference", {"Errors": [{"Message": "no"}]}, None),
        ("reference", [GOOD], None),
        ("reference", None, None),
        (
            "example-vendor",
            {"error": {"id": "x", "text": "no", "details": 2}},
            [Error("x", "no", 2)],
        ),
        ("example-vendor", {"error": {"id": "x"}}, None),
        ("example-vendor", {"error": "id text"}, None),
    ],
)
def test_errors_are_read_by_the_profile_s_names(
    name: str, value: object, errors: list[Error] | None
) -> None:
    """Each error has a code and a message, whatever they hold, or none is read."""
    assert values.errors_in(profile(name), value) == errors


def test_data_is_read_only_where_it_is_claimed() -> None:
    """A profile without a member for data reads none."""
    raw = {"errors": {"code": "c", "message": "m"}}
    bare = replace(profile("reference"), raw=raw)

    assert values.errors_in(bare, {"c": 1, "m": "n"}) == [Error(1, "n", None)]


# ------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (None, None, None),
        (None, "", None),
        ("", [], None),
        ({}, None, None),
        (True, True, None),
        (False, False, None),
        ("text", "text", None),
        (5, 5.0, None),
        (5, "5", None),
        (0.1, 0.1, None),
        ("12,50", "12,50", {"x-scale": 2}),
        ("tomorrow", "tomorrow", {"format": "date-time"}),
        ("12.50", 12.5, {"x-scale": 2}),
        ("12.50", "12.5", {"type": "string", "x-scale": 2}),
        ({"a": 1}, {"a": 1, "b": 2}, None),
        ({"a": None}, {}, None),
        ({"a": NOON}, {"a": "2030-01-15T12:00:00.000Z"}, {"properties": {"a": TIME}}),
        ([1, "a"], [1, "a"], {"type": "array"}),
        (["a", "b"], ["b", "a"], SET),
        ([NOON], ["2030-01-15T12:00:00.000Z"], {"items": TIME}),
        (NOON, "2030-01-15T14:00:00+02:00", TIME),
        (NOON, "2030-01-15T12:00:00.999Z", TIME),
        (NOON, "2030-01-15T11:59:59.001Z", TIME),
        (NOON, "2030-01-15", TIME),
        ("2030-01-15", NOON, TIME),
        (NOON, "2030-01-16T12:00:00", TIME),
        (NOON, "2030-01-15T07:00:00", TIME),
        (NOON, "soon", TIME),
        ("soon", NOON, TIME),
    ],
)
def test_what_came_back_as_it_was_sent(
    sent: Any, got: Any, claimed: Mapping[str, Any] | None
) -> None:
    """Numbers go by value, dates by instant, absence by any of its spellings."""
    assert same(sent, got, claimed)


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (None, 0, None),
        (None, "a", None),
        ("a", None, None),
        ("a", "b", None),
        (True, False, None),
        (True, 1, None),
        (1, True, None),
        (NOON, True, TIME),
        (5, 6, None),
        (5, None, None),
        (5, "five", None),
        ("12.50", "12.51", {"x-scale": 2}),
        ("12.50", "12.5", {"type": "string"}),
        ("one", "two", {"x-scale": 2}),
        ({"a": 1}, {"a": 2}, None),
        ({"a": 1}, {}, None),
        ({"a": 1}, "a", None),
        ([1, 2], [2, 1], None),
        ([1], [1, 1], None),
        ([1, 1], [1], None),
        (["a"], ["a", "b"], SET),
        (["a", "b"], ["a", "c"], SET),
        (["a"], "a", None),
        ("a", ["a"], None),
        (NOON, None, TIME),
        (NOON, "", TIME),
        (NOON, "2030-01-15T12:00:01Z", TIME),
        (NOON, "2030-01-16T12:00:00Z", TIME),
        (NOON, "2030-01-15T07:00:00Z", TIME),
        (NOON, "2030-01-17T12:00:00", TIME),
        (NOON, "2030-01-15T12:00:00.000Z", None),
    ],
)
def test_what_came_back_as_something_else(
    sent: Any, got: Any, claimed: Mapping[str, Any] | None
) -> None:
    """Another value, another type, another second, another order that counts."""
    assert not same(sent, got, claimed)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2030-01-15T12:00:00.75+02:00", datetime(2030, 1, 15, 10, tzinfo=UTC)),
        (NOON, datetime(2030, 1, 15, 12, tzinfo=UTC)),
        ("2030-01-15T12:00:00", None),
        ("soon", None),
        ("0001-01-01T00:00:00+14:00", None),
        (5, None),
        (None, None),
    ],
)
def test_an_instant_needs_an_offset(text: object, read: datetime | None) -> None:
    """A date-time without an offset, and what is none, name no instant."""
    assert values.instant(text) == read


def test_what_nobody_set_shows_its_default() -> None:
    """Unset is absence, the claimed default, or what a fresh item shows."""
    buyers = profile("reference").resources["buyers"]

    assert values.default_of(buyers, "Active") is False
    assert values.default_of(buyers, "Nothing") is None
    assert values.unset(buyers, "Active", False, {})  # noqa: FBT003
    assert values.unset(buyers, "Name", None, {"Name": "x"})
    assert values.unset(buyers, "Name", "", {"Name": "x"})
    assert values.unset(buyers, "Name", "made up", {"Name": "made up"})
    assert not values.unset(buyers, "Name", "old", {"Name": "made up"})
    assert not values.unset(buyers, "Active", True, {"Active": False})  # noqa: FBT003


def test_the_state_of_an_item_is_what_clients_write() -> None:
    """Stamps, and what is absent in any spelling, are no state."""
    buyers = profile("reference").resources["buyers"]
    item = {"ID": "a", "Name": "N", "Active": False, "xp": {}, "LastUpdated": NOON}

    assert values.stateful(buyers, item) == {"ID": "a", "Name": "N", "Active": False}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë", '"Zoë"'),
        (b"\xff", r"b'\xff'"),
        ("x" * 78, f'"{"x" * 78}"'),
        ("x" * 79, f'"{"x" * 76}...'),
        ({"a": None}, '{"a": null}'),
    ],
)
def test_values_are_told_in_short(value: object, text: str) -> None:
    """Eighty characters are enough, and none is escaped that need not be."""
    assert values.short(value) == text


@pytest.mark.parametrize(
    ("kind", "number"),
    [("integer", True), ("number", True), (["null", "number"], True), ("text", False)],
)
def test_a_number_is_claimed_by_its_type(kind: object, number: bool) -> None:  # noqa: FBT001
    """Whole or not, null besides or not."""
    assert values.numeric({"type": kind}) is number


@pytest.mark.parametrize(
    ("path", "found"),
    [("", {"a": {"b": 5}}), ("a.b", 5), ("a.c", None), ("a.b.c", None), ("d", None)],
)
def test_a_dotted_path_leads_to_what_stands_there(path: str, found: object) -> None:
    """Nothing is found where something on the way is no object."""
    assert values.at({"a": {"b": 5}}, path) == found
