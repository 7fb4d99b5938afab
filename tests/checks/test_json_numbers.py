"""Numbers that are written: which are sent, and what is a change of their value."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from outcomes import RowsOf, both

from conformance.checks.json_numbers import (
    _LARGEST,
    _candidates,
    _changed,
    _claimed,
    _holds_numbers,
    _numbers,
    _pairs,
    _value,
)
from conformance.profile import load_profile
from conformance.session import Unit
from conformance.verdict import Verdict

PROFILE = load_profile("reference")
PRODUCTS, SHELVES = PROFILE.resources["products"], PROFILE.resources["shelves"]
SCALED = {"type": "string", "x-scale": 2}
CHECK = "json_numbers.numbers_come_back"


# ------------------------------------------------------------------------ what is sent


def test_numbers_are_found_inside_and_as_text() -> None:
    """Numbers in objects are written too, and texts that hold a decimal."""
    priced = {**PRODUCTS.properties, "Price": SCALED}
    resource = replace(PRODUCTS, schema={**PRODUCTS.schema, "properties": priced})

    assert [*_claimed(PRODUCTS)] == [
        "QuantityMultiplier",
        "ShipWeight",
        "Inventory.QuantityAvailable",
    ]
    assert "Price" in _claimed(resource)


def test_rows_stand_where_a_number_can_be_written() -> None:
    """A number or a free-form object, and a way to make an item, make a row."""
    plain = {"ID": {"type": "string"}, "Size": {"type": "integer"}}
    sized = replace(SHELVES, schema={"properties": plain})

    assert _holds_numbers(PRODUCTS)
    assert _holds_numbers(PROFILE.resources["buyers"])
    assert _holds_numbers(sized)
    assert not _holds_numbers(SHELVES)
    assert not _holds_numbers(replace(PRODUCTS, verbs=("LIST", "GET", "PATCH")))


def test_the_ends_of_a_claimed_range_come_first() -> None:
    """An integer is tried at its bounds, and nowhere beyond them."""
    found = _candidates({"type": "integer", "minimum": 0, "maximum": 40})
    open_above = _candidates({"type": "integer", "minimum": 5})

    assert found == [40, 0, 1]
    assert open_above[0] == 5
    assert _LARGEST in open_above
    assert not any(number < 5 for number in open_above)
    assert -_LARGEST in _candidates({"type": "integer"})


def test_a_decimal_as_text_keeps_its_scale() -> None:
    """A text is sent with as many places as the profile claims."""
    found = _candidates(SCALED)

    assert {"0.00", "0.01", "12.50", "1000.00"} <= set(found)
    assert all(isinstance(text, str) and text[-3] == "." for text in found)


def test_a_number_may_have_places() -> None:
    """A property that is no integer is tried with decimals, large and small."""
    found = _candidates({"type": "number"})

    assert {0.0001, 1e9, -1234.567, 0.0123456} <= set(found)


def test_every_number_is_held_alone_and_among_others() -> None:
    """The free-form object holds each number as a member, in an object, in a row."""
    [changes] = _numbers(PROFILE, PRODUCTS)
    held = changes[0]["xp"]
    row = next(value for value in held.values() if isinstance(value, list))
    inner = next(value for value in held.values() if isinstance(value, dict))
    alone = [value for value in held.values() if not isinstance(value, list | dict)]

    assert row == [*inner.values()] == alone
    assert {_LARGEST, 0.1} <= set(row)
    assert all("QuantityMultiplier" in change for change in changes)
    assert len({change["ShipWeight"] for change in changes}) == len(changes)


# ----------------------------------------------------------------- what is compared


def test_every_plain_value_has_its_place() -> None:
    """What was sent in objects and arrays is looked for where it was put."""
    sent = {"a": 1, "b": {"c": [2, 3]}, "d": [4], "e": {"f": 5}}
    got = {"a": 1, "b": {"c": [2]}, "d": 4, "e": [5]}

    assert list(_pairs("", sent, got, {})) == [
        ("a", 1, 1),
        ("b.c[0]", 2, 2),
        ("b.c[1]", 3, None),
        ("d[0]", 4, None),
        ("e.f", 5, None),
    ]


def test_what_is_hidden_is_not_looked_for() -> None:
    """Of an object, a number that is never shown, or the server's own, is left out."""
    card = {"pin": {"writeOnly": True}, "uses": {"readOnly": True}, "limit": {}}
    claimed = {"properties": {"card": {"properties": card}}}
    sent = {"card": {"pin": 4711, "uses": 2, "limit": 5}}

    assert list(_pairs("", sent, {"card": {"limit": 5}}, claimed)) == [
        ("card.limit", 5, 5)
    ]


@pytest.mark.parametrize(
    ("got", "value"),
    [
        (12, Decimal(12)),
        (1.5, Decimal("1.5")),
        ("1.50", Decimal("1.5")),
        (Decimal("1e400"), Decimal("1e400")),
        (True, None),
        ("twelve", None),
        ("Infinity", None),
        (None, None),
        ([1], None),
    ],
)
def test_only_numbers_have_a_value(got: object, value: Decimal | None) -> None:
    """A number is one as text too; truth, other text and infinity are none."""
    assert _value(got) == value


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (1, 1, {}),
        (1, Decimal("1.0"), {}),
        (0.1, Decimal("0.1"), {}),
        (0, Decimal("0.000"), {}),
        ("12.50", "12.5", SCALED),
        ("12.50", Decimal("12.5"), SCALED),
        (12.5, "12.50", {"type": ["string", "number"]}),
        # No number was sent, so none can have changed.
        ("12", "13", {"type": "string"}),
        (True, False, {}),
        (None, 1, {}),
    ],
)
def test_the_same_value_holds(
    unit: Unit, sent: object, got: object, claimed: Mapping[str, Any]
) -> None:
    """A value may be spelt in another way; what is no number is not compared."""
    assert _changed("n", sent, got, claimed) == []
    assert not unit.edges


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (_LARGEST, _LARGEST - 1, {}),
        (-_LARGEST, -_LARGEST + 1, {}),
        (2**24 + 1, 2**24, {}),
        (0, 1, {}),
        (0, Decimal("0.0000001"), {}),
        (1, None, {}),
        (1, "1", {}),
        (1, True, {}),
        (0.1, Decimal("0.1000001"), {}),
        (0.1, Decimal("0.2"), {}),
        (0.0001, 0, {}),
        (1e9, Decimal(1000001000), {}),
        (1.5, None, {}),
        (1.5, "1.5", {}),
        (12.5, -12.5, {}),
        (9e9, 0, {}),
        ("12.50", "12.51", SCALED),
        ("12.50", None, SCALED),
        (12.5, "12.75", {"type": ["string", "number"]}),
        (1.25, Decimal("1.5"), {"type": "number", "multipleOf": 0.25}),
    ],
)
def test_another_value_is_wrong(
    unit: Unit, sent: object, got: object, claimed: Mapping[str, Any]
) -> None:
    """A change within seven digits, of an integer at all, is said with both values."""
    [words] = _changed("n", sent, got, claimed)

    assert words.startswith(f"n: sent {sent}, got ")
    assert not unit.edges


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (3.141592653589793, Decimal("3.1415927"), {}),
        (0.1, Decimal("0.10000001"), {}),
        (1.5e12, Decimal(0), {}),
        (1e-5, 0, {}),
        (1e-7, 0, {}),
        (1e10, None, {}),
        (6.25e-20, None, {}),
        (_LARGEST + 2, _LARGEST + 1, {}),
        (1.3, Decimal("1.25"), {"type": "number", "multipleOf": 0.25}),
    ],
)
def test_lost_digits_warn(
    unit: Unit, sent: object, got: object, claimed: Mapping[str, Any]
) -> None:
    """Past the seventh digit, a claimed step, or ordinary sizes, it is an edge."""
    assert _changed("n", sent, got, claimed) == []
    assert len(unit.edges) == 1


# -------------------------------------------------------------------- against servers


def accepting(change: Callable[[Any], Any]) -> dict[str, Any]:
    """Let a server store other values of the free-form object's members."""

    def around(
        inner: Any, call: Any, name: str, value: Any, findings: Any, **how: Any
    ) -> Any:
        if name == "xp" and isinstance(value, dict):
            value = {member: change(held) for member, held in value.items()}
        return inner(call, name, value, findings, **how)

    return {"accept": around}


def test_a_number_that_changes_fails(rows_of: RowsOf) -> None:
    """An integer that is wrong by one is named where it stands, with both values."""
    off = accepting(lambda value: value - 1 if value == 2**24 + 1 else value)
    main, _ = both(rows_of(CHECK, off, only="buyers"))
    whole, edge = both(rows_of(CHECK, only="buyers"))

    assert main.verdict is Verdict.FAIL
    assert "sent 16777217, got 16777216" in main.message
    assert whole.verdict is edge.verdict is Verdict.PASS


def test_refused_numbers_warn(rows_of: RowsOf) -> None:
    """A server that refuses a number is told so, and judged by what it takes."""

    def around(
        inner: Any, call: Any, name: str, value: Any, findings: Any, **how: Any
    ) -> Any:
        if name == "xp" and "e-20" in str(value):
            findings.add(name, "is too small")
        return inner(call, name, value, findings, **how)

    main, edge = both(rows_of(CHECK, {"accept": around}, only="buyers"))

    assert main.verdict is Verdict.PASS
    assert edge.verdict is Verdict.WARN
    assert "a body with numbers was refused" in edge.message


def test_a_write_that_loses_all_is_waited_for(rows_of: RowsOf) -> None:
    """Where tame values are lost as well it is the write that is wrong."""
    lost = accepting(lambda _value: None)
    main, _ = both(rows_of(CHECK, lost, only="buyers"))

    assert main.verdict is Verdict.INCONCLUSIVE
    assert str(main.waits_for).startswith("verbs")
