"""Values that come back: what is the same, and what is no more than another form."""

from typing import Any

import pytest

from conformance.checks._verbs_values import softened
from conformance.naming import BASE36, joined, spelt
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
