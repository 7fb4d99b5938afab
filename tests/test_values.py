"""Values that come back: what is the same, and what is no more than another form."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks._verbs_values import left_over, softened, summarised
from conformance.naming import BASE36, fresh_id, fresh_uuid, joined, spelt
from conformance.profile import IdRule, load_profile
from conformance.values import same

TIME = {"type": "string", "format": "date-time"}
LINK = {"type": "string", "format": "uri"}
WORDS = {"type": "array", "uniqueItems": True, "items": {"type": "string"}}


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        ([], None, {}),
        (None, [], {}),
        (["saw", "bench"], ["bench", "saw"], WORDS),
        ("2030-12-31T23:59:59.999Z", "2031-01-01T00:00:00Z", TIME),
        ("2030-12-31T23:59:59.999Z", "2030-12-31T23:59:59Z", TIME),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000Z", TIME),
    ],
)
def test_spellings_of_one_value_are_the_same(
    sent: Any, got: Any, claimed: dict[str, Any]
) -> None:
    """Absence, sets and instants may be written in more than one way."""
    assert same(sent, got, claimed)


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (["saw", "bench"], ["bench", "saw"], {"type": "array"}),
        (["saw", "bench"], ["saw", "drill"], WORDS),
        (["saw"], ["saw", "saw"], WORDS),
        ("2030-12-31T23:59:59Z", "2031-01-01T00:00:00Z", TIME),
        (0, None, {}),
        (False, [], {}),
    ],
)
def test_other_values_are_not(sent: Any, got: Any, claimed: dict[str, Any]) -> None:
    """An order that counts, a second, and what is no absence are told apart."""
    assert not same(sent, got, claimed)


def test_a_link_that_stays_is_not_another_form() -> None:
    """What a PATCH was to change is seen where it did not."""
    old, new = "https://one.example.com/hook", "https://two.example.com/hook"
    assert softened(new, old, LINK) is None
    assert softened(new, f"{new}/", LINK) == "it came back in another form"


def test_an_order_that_does_not_count_is_said() -> None:
    """A set that comes back in another order is a soft edge of what is stored."""
    assert softened(["saw", "bench"], ["bench", "saw"], WORDS) == "the order changed"


@pytest.mark.parametrize("longest", [6, 8, 10, 16, 100])
def test_what_must_be_unique_stays_so_in_little_room(longest: int) -> None:
    """The run's prefix leaves room for what tells its items apart."""
    numbers = range(10**12, 10**12 + 10**9, 10**7)
    made = {joined("ct95e671", spelt(number, BASE36), longest) for number in numbers}

    assert len(made) == len(numbers)
    assert all(len(one) <= longest for one in made)
    assert len({one[: longest // 2] for one in made}) == 1 or longest > 8


@pytest.mark.parametrize(("least", "most"), [(1, 100), (26, 26), (30, 64), (1, 6)])
def test_an_id_is_as_long_as_it_must_be(least: int, most: int) -> None:
    """One of a claimed length can be told from one that is malformed."""
    rule = IdRule(min_length=least, max_length=most)
    made = {fresh_id(rule, "ct95e671", f"row {number}") for number in range(100)}

    assert len(made) == 100
    assert all(least <= len(one) <= most for one in made)


def test_a_uuid_is_one_and_nobody_has_it() -> None:
    """The same words give the same one."""
    made = [fresh_uuid("ct95e671", words) for words in ("a", "a", "b")]
    assert made[0] == made[1] != made[2]
    assert uuid.UUID(made[0]).version == 4


def test_what_must_be_long_is_filled_up() -> None:
    """A label has its least length, and ends in no white space that may be cut."""
    long = {"type": "string", "minLength": 34, "maxLength": 80}
    known = replace(
        load_profile("reference").resources["buyers"],
        schema={"properties": {"Name": long}},
    )
    assert known.labelled("racer 3") == "racer 3".ljust(34, "x")
    assert known.labelled("a" * 33 + " b") == "a" * 33 + "x"
    short = replace(known, schema={"properties": {"Name": {"type": "string"}}})
    assert short.labelled("a" * 29 + " b") == "a" * 29


def test_of_an_object_only_what_is_shown_is_compared() -> None:
    """What is hidden in it, or only the server writes, may be anything."""
    card = {"pin": {"writeOnly": True}, "uses": {"readOnly": True}, "limit": {}}
    claimed = {"type": "object", "properties": card}
    sent = {"pin": "4711", "uses": 2, "limit": 5}

    assert same(sent, {"uses": 3, "limit": 5}, claimed)
    assert softened(sent, {"uses": 3, "limit": 5}, claimed) == ""
    assert not same(sent, {"pin": "4711", "uses": 2, "limit": 6}, claimed)
    assert softened(sent, {"pin": "4711", "uses": 2}, claimed) is None
    held = {"card": {"uses": 2, "limit": 5}}
    assert left_over({"card": claimed}, {"card": {}}, held, held) == {"card.limit": 5}


def test_a_summary_is_compared_by_what_it_names() -> None:
    """Of objects a list may show a part, of any depth."""
    whole = {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": 4}
    assert summarised(whole, {"a": {"c": {"e": 0}}}) == {"a": {"c": {"e": 3}}}
    assert summarised(whole, {"f": None, "g": 1}) == {"f": 4}
