"""Hostile values: where each is put, how it goes out, and what a crash is called."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from outcomes import RowsOf
from seams import crashing

from conformance.checks.errors_hostile import (
    _TEXTS,
    _VALUES,
    _each_wrong_type,
    _filled,
    _holed,
    _values,
)
from conformance.errors import Disturbed
from conformance.line import Request
from conformance.profile import load_profile
from conformance.target import Target as Aimed
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from conformance.target import Target

PROFILE = load_profile("reference")
BUYERS, PRODUCTS = PROFILE.resources["buyers"], PROFILE.resources["products"]
TYPES = "errors_hostile.wrong_types_are_no_crash"
HOSTILE = "errors_hostile.hostile_values_are_no_crash"
TEXTS = "errors_hostile.unstorable_texts_are_no_crash"
AT_ONCE = "errors_hostile.simultaneous_writes_are_no_crash"


# ------------------------------------------------------------------------ what is sent


def test_each_property_gets_a_value_that_it_can_not_be() -> None:
    """The ID, all that clients write and the free-form object are tried, by type."""
    *each, nulls = _each_wrong_type(PRODUCTS)
    inside = [one for one in each if isinstance(one.get("Inventory"), dict)]
    found = {n: v for one in each if one not in inside for n, v in one.items()}

    assert set(nulls.values()) == {None}
    assert set(nulls) == {*PRODUCTS.writable} - {*PRODUCTS.required}
    assert [*inside[0]["Inventory"]] == ["Enabled"]
    assert len(inside) == 3
    assert [*found] == ["ID", *PRODUCTS.writable, "xp"]
    assert isinstance(found["Name"], dict)
    assert isinstance(found["Kind"], dict)
    assert isinstance(found["SaleStart"], int)
    assert isinstance(found["QuantityMultiplier"], str)
    assert isinstance(found["ShipWeight"], str)
    assert isinstance(found["Active"], str)
    assert isinstance(found["Tags"], dict)
    assert isinstance(found["Inventory"], list)
    assert isinstance(found["xp"], list)


def test_a_format_of_numbers_is_no_date() -> None:
    """A number with a format gets text, and a property without a type an object."""
    odd = {
        "ID": {"type": "string"},
        "Size": {"type": "integer", "format": "int32"},
        "Any": {"enum": ["a", "b"]},
    }
    found = list(_each_wrong_type(replace(BUYERS, schema={"properties": odd})))

    assert found[1] == {"Size": "twelve"}
    assert isinstance(found[2]["Any"], dict)


def test_texts_go_to_a_text_and_values_where_most_fits() -> None:
    """The free-form object takes any value; without it, one number does."""
    plain = {name: one for name, one in PRODUCTS.properties.items() if name != "xp"}
    poor = replace(PRODUCTS, schema={"properties": plain})
    mute = replace(BUYERS, schema={"properties": {"ID": {"type": "string"}}})

    taken = {name for kind, name, _ in _values(PRODUCTS) if kind in _VALUES}
    assert taken == {"xp"}
    assert {name for kind, name, _ in _values(PRODUCTS) if kind in _TEXTS} == {"Name"}
    assert {name for kind, name, _ in _values(poor) if kind in _VALUES} == {
        "QuantityMultiplier"
    }
    assert len(list(_values(PRODUCTS))) == len(_TEXTS) + len(_VALUES)
    assert list(_values(mute)) == []


def test_a_hostile_value_is_put_as_it_is_written() -> None:
    """In the free-form object under a name of ours, else as the property itself."""
    target = cast(
        "Target",
        SimpleNamespace(
            new_id=lambda _resource: "ct1",
            encoded=lambda body: json.dumps(body).encode(),
        ),
    )
    held, plain = _holed(target, PRODUCTS, "xp"), _holed(target, PRODUCTS, "Name")

    assert _filled(target, held, b"1e400") == b'{"xp": {"ct1": 1e400}}'
    assert _filled(target, plain, rb'"\ud800"') == rb'{"Name": "\ud800"}'


# --------------------------------------------------------------------- against servers


def test_a_wrong_type_that_crashes_is_named(
    rows_of: RowsOf, sent: list[Request]
) -> None:
    """The crash is said with what was sent, which went out as wrong on purpose."""

    def accept(
        inner: Any, call: Any, name: str, value: Any, *how: Any, **more: Any
    ) -> Any:
        if name == "Active" and isinstance(value, str):
            raise RuntimeError
        return inner(call, name, value, *how, **more)

    [broken] = rows_of(TYPES, {"accept": accept}, only="buyers").values()
    wrong = [one for one in sent if b'"maybe"' in (one.body or b"")]

    assert broken.verdict is Verdict.FAIL
    assert broken.message.startswith("{'Active': 'maybe'}: POST ")
    assert wrong
    assert all(one.deliberate and one.notes["hostile"] for one in wrong)


@pytest.mark.parametrize(
    ("method", "words"), [("POST", "POST of NUL: "), ("PATCH", "PATCH with NUL: ")]
)
def test_a_hostile_value_that_crashes_is_named(
    rows_of: RowsOf, method: str, words: str
) -> None:
    """Both verbs that take a value are tried with it."""
    seams = crashing(lambda call: call.method == method and rb'"a\u0000b"' in call.body)
    [found] = rows_of(HOSTILE, seams, only="addresses").values()

    assert found.verdict is Verdict.FAIL
    assert found.message.startswith(words)


def test_a_list_that_a_hostile_value_breaks_is_named(
    rows_of: RowsOf, sent: list[Request]
) -> None:
    """After each value that was taken the list is read, and what holds it removed."""
    poisoned: list[bool] = []

    def when(call: Any) -> bool:
        if call.method == "PATCH" and rb"\ufffe\uffff" in call.body:
            poisoned.append(True)
        return call.verb == "LIST" and bool(poisoned)

    [found] = rows_of(HOSTILE, crashing(when), only="addresses").values()
    lists = [one for one in sent if one.operation == "addresses-LIST"]
    held = [one.notes for one in lists if one.notes]

    assert found.verdict is Verdict.FAIL
    assert found.message.startswith("LIST after no characters: ")
    assert held
    assert all(notes == {"hostile": True} for notes in held)


def test_a_delete_of_what_is_hostile_may_not_crash(rows_of: RowsOf) -> None:
    """What was made with such a value is removed at once, by the server itself."""
    crash = crashing(lambda call: call.verb == "DELETE" and len(call.parents) == 1)
    [found] = rows_of(HOSTILE, crash, only="addresses").values()

    assert found.verdict is Verdict.FAIL
    assert found.message.startswith("DELETE after ")


def test_hostile_values_may_be_refused_or_taken(rows_of: RowsOf) -> None:
    """No answer but a crash is wrong."""
    [found] = rows_of(HOSTILE, only="addresses").values()

    assert found.verdict is Verdict.PASS


def test_a_text_that_no_store_holds_is_tried_below_parents(rows_of: RowsOf) -> None:
    """Every nested resource is tried with a few of them."""
    seams = crashing(lambda call: rb'"Label": "a\ud800b"' in call.body)
    [broken] = rows_of(TEXTS, seams, only="shelves").values()
    [whole] = rows_of(TEXTS, only="shelves").values()

    assert broken.verdict is Verdict.FAIL
    assert broken.message.startswith("POST of a lone surrogate: ")
    assert whole.verdict is Verdict.PASS


# ------------------------------------------------------------------------------ at once


@pytest.mark.parametrize("verb", ["SAVE", "PATCH", "DELETE"])
def test_a_verb_that_crashes_at_once_is_named(
    rows_of: RowsOf, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Each verb that writes is done four times at the same moment."""
    monkeypatch.setattr(Aimed, "lanes", lambda _self: 16)
    seams = crashing(lambda call: call.verb == verb)
    [found] = rows_of(AT_ONCE, seams, only="buyers").values()

    assert found.verdict is Verdict.FAIL
    assert found.message.startswith(f"4 times {verb} at once: ")


@pytest.mark.parametrize(("lanes", "verdict"), [(2, "pass"), (1, "inconclusive")])
def test_two_connections_are_enough(
    rows_of: RowsOf, monkeypatch: pytest.MonkeyPatch, lanes: int, verdict: str
) -> None:
    """A server that holds one alone can't be written to at once."""
    monkeypatch.setattr(Aimed, "lanes", lambda _self: lanes)
    [found] = rows_of(AT_ONCE, only="buyers").values()

    assert found.verdict.value == verdict
    assert lanes > 1 or "does not hold two connections" in str(found.cause)


def test_silence_is_no_crash(rows_of: RowsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no call was answered nothing can be said of crashes."""
    monkeypatch.setattr(Aimed, "lanes", lambda _self: 4)
    monkeypatch.setattr(Aimed, "together", lambda *_: [Disturbed("reset")])
    [found] = rows_of(AT_ONCE, only="buyers").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "nothing came of 4 times SAVE at once" in str(found.cause)
