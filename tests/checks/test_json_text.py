"""Texts that are written: which are sent where, and what is a change of one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from outcomes import RowsOf, both
from seams import reading

from conformance.checks.json_text import (
    _LINES,
    _TWO_WAYS,
    _WIDE,
    _changed,
    _escapable,
    _free,
    _holds_text,
    _joined,
    _kinds,
    _texts,
    _two_ways,
)
from conformance.profile import Resource, load_profile
from conformance.session import Unit
from conformance.strategies import TREACHEROUS
from conformance.values import at
from conformance.verdict import Verdict

PROFILE = load_profile("reference")
PRODUCTS, SHELVES = PROFILE.resources["products"], PROFILE.resources["shelves"]
FREE = {"type": "string"}
TEXT = {"type": "string", "maxLength": 600}
KINDS = "json_text.every_kind_of_text_comes_back"
ANY = "json_text.any_text_comes_back"
ESCAPES = "json_text.escapes_are_read_as_characters"


def claiming(example: Mapping[str, Any] | None = None, **properties: Any) -> Resource:
    """Shelves with other properties beside their ID."""
    schema = {"properties": {"ID": {"type": "string"}, **properties}}
    return replace(SHELVES, schema=schema, example=example or {})


# ------------------------------------------------------------------------ what is sent


def test_any_text_goes_where_any_text_may_stand() -> None:
    """Free text takes it, also within the example's objects; a unique one does not."""
    inner = {"properties": {"City": TEXT, "Zone": {**TEXT, "enum": ["a"]}}}
    resource = claiming(
        {"Home": {"City": "Bern", "Zone": "a"}},
        Name=TEXT,
        Login={**TEXT, "x-unique": "organisation"},
        Home=inner,
        Work=inner,
    )

    assert [*_free(resource)] == ["Name"]
    assert [*_texts(resource)] == ["Name", "Home.City"]
    assert [*_texts(PRODUCTS)] == ["Name", "Description"]


def test_rows_stand_where_text_can_be_written() -> None:
    """A free text or a free-form object, and a way to make an item, make a row."""
    counted = {"Size": {"type": "integer"}}

    assert _holds_text(SHELVES)
    assert _holds_text(claiming(**counted, xp={"type": "object"}))
    assert not _holds_text(claiming(**counted))
    assert not _holds_text(replace(PRODUCTS, verbs=("LIST", "GET", "PATCH")))


@pytest.mark.parametrize(
    ("claimed", "joined"),
    [
        ({"maxLength": 7}, "ab | cd"),
        ({"maxLength": 6}, "ab"),
        ({"maxLength": 2}, "ab"),
        ({"maxLength": 1}, None),
        ({"maxLength": 7, "minLength": 7}, "ab | cd"),
        ({"maxLength": 7, "minLength": 8}, None),
        ({"maxLength": 499}, "ab | cd"),
        ({"maxLength": 500}, f"ab | cd | {_LINES}"),
        ({}, f"ab | cd | {_LINES}"),
    ],
)
def test_a_text_holds_what_it_has_room_for(
    claimed: Mapping[str, Any], joined: str | None
) -> None:
    """Kinds are joined up to the claimed length; long texts have several lines."""
    assert _joined(claimed, ["ab", "cd"]) == joined


def test_a_single_character_is_text_enough() -> None:
    """Where no least length is claimed one character will do."""
    assert _joined({"maxLength": 1}, ["a"]) == "a"


def test_a_text_without_a_claimed_length_has_room_for_1024() -> None:
    """So long a text is sent where the profile claims no greatest length."""
    [*_, (brim,)] = _kinds(PROFILE, replace(claiming(Note=FREE), verbs=("CREATE",)))

    assert str(_joined({}, ["x" * 1024])) == "x" * 1024
    assert _joined({}, ["x" * 1025]) == _LINES
    assert len(brim["Note"]) == 1024


def test_every_kind_of_text_is_sent_and_every_length_filled() -> None:
    """Each kind is met by the free-form object; the last text has no room left."""
    [changes] = _kinds(PROFILE, PRODUCTS)
    brim = changes[-1]

    assert len(brim["Name"]) == PRODUCTS.properties["Name"]["maxLength"]
    assert set(brim["Name"]) == set(_WIDE)
    for change in changes[:-1]:
        assert list(TREACHEROUS) in [*change["xp"].values()]
        assert _LINES in [*change["xp"].values()]
    first = {change["Name"].split(" | ")[0] for change in changes[:-1]}
    assert len(first) == len(changes) - 1 == 3
    assert all(change["Description"] for change in changes)


def test_a_property_without_room_is_left_as_it_is() -> None:
    """A text that can hold none of the kinds is not written."""
    narrow = claiming(
        Code={"type": "string", "maxLength": 12, "minLength": 12}, Name=TEXT
    )
    waves = _kinds(PROFILE, narrow)
    written = [change for wave in waves for change in wave][:3]

    assert all("Name" in change for change in written)
    assert not any("Code" in change and not change["Code"] for change in written)


def test_what_is_escaped_must_fit() -> None:
    """A property takes a text that is as long as it may be, and none longer."""
    schema = {"type": "string", "maxLength": 5}
    resource = claiming(Five=schema, Hundred={"type": "string"})

    assert _escapable(resource, "12345") == {"Five": "12345", "Hundred": "12345"}
    assert _escapable(resource, "123456") == {"Hundred": "123456"}
    assert _escapable(resource, "x" * 100) == {"Hundred": "x" * 100}
    assert _escapable(resource, "x" * 101) == {}
    held = _escapable(PRODUCTS, _TWO_WAYS)
    assert at(held, "xp.Text@run") == held["Name"] == _TWO_WAYS


def test_each_verb_writes_it_in_both_ways() -> None:
    """The first resource is written to by every verb, with a plain text to fall on."""
    first = next(iter(PROFILE.resources.values()))
    payloads = _two_ways(PROFILE, first)

    assert [payload["verb"] for payload in payloads] == ["CREATE", "SAVE", "PATCH"]
    assert all(payload["changes"][1]["Name"] == "plain" for payload in payloads)


# ---------------------------------------------------------------------- what came back


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"a": "é"}, {"a": "é", "b": "more"}),
        ({"a": {"b": ["x", "y"]}}, {"a": {"b": ["x", "y"]}}),
        ({"n": 1}, {"n": 2}),
    ],
)
def test_text_that_came_back_holds(
    unit: Unit, sent: dict[str, Any], got: dict[str, Any]
) -> None:
    """What was not sent, and what is no text, is not compared."""
    assert list(_changed("", sent, got, {})) == []
    assert not unit.edges


def test_what_is_no_free_text_is_not_compared(unit: Unit) -> None:
    """In an object that is sent whole, dates and what is hidden stand as they are."""
    time = {"type": "string", "format": "date-time"}
    hidden = {"type": "string", "writeOnly": True}
    card = {"until": time, "pin": hidden, "note": {"type": "string"}}
    claimed = {"properties": {"card": {"properties": card}}}
    sent = {"card": {"until": "2030-01-01T00:00:00Z", "pin": "4711", "note": "x"}}

    for note, wrong in (("x", []), ("y", ["card.note"])):
        got = {"card": {"until": "2030-01-01T00:00:00.000Z", "note": note}}
        found = _changed("", sent, got, claimed)
        assert [words.partition(":")[0] for words in found] == wrong
    assert not unit.edges


@pytest.mark.parametrize(
    ("sent", "got", "where"),
    [
        ({"a": "é"}, {"a": "e"}, ["a"]),
        ({"a": "é"}, {}, ["a"]),
        ({"a": "é"}, None, ["a"]),
        # Composed is what was sent; taken apart is what no form of it allows.
        ({"a": "\u00e9"}, {"a": "e\u0301"}, ["a"]),
        ({"a": {"b": "x"}}, {"a": {"b": "X"}}, ["a.b"]),
        ({"a": ["x", "y"]}, {"a": ["x", "z"]}, ["a[1]"]),
        ({"a": ["x", "y"]}, {"a": ["x"]}, ["a[0]", "a[1]"]),
        ({"a": ["x", "y"]}, {"a": ["x", "y", "z"]}, ["a[0]", "a[1]"]),
        ({"a": ["x", "y"]}, {"a": "xy"}, ["a[0]", "a[1]"]),
    ],
)
def test_text_that_changed_is_named(
    unit: Unit, sent: dict[str, Any], got: Any, where: list[str]
) -> None:
    """Each text that is not what was sent is said with its place."""
    found = list(_changed("", sent, got, {}))

    assert [words.partition(":")[0] for words in found] == where
    assert not unit.edges


def test_composed_text_warns(unit: Unit) -> None:
    """Text that came back in form NFC is the softer edge."""
    assert list(_changed("", {"a": "e\u0301"}, {"a": "\u00e9"}, {})) == []
    assert unit.edges == ["a came back in form NFC"]


# --------------------------------------------------------------------- against servers


def accepting(change: Callable[[str], str], verb: str | None = None) -> dict[str, Any]:
    """Let a server store other texts than were sent, by one verb or by any."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: changed(part) for name, part in value.items()}
        return change(value) if isinstance(value, str) else value

    def around(
        inner: Any, call: Any, name: str, value: Any, findings: Any, **how: Any
    ) -> Any:
        value = changed(value) if verb in (None, call.verb) else value
        return inner(call, name, value, findings, **how)

    return {"accept": around}


@pytest.mark.parametrize("check", [KINDS, ANY])
def test_text_that_loses_its_characters_fails(rows_of: RowsOf, check: str) -> None:
    """A server that replaces what is not ASCII is named with what it gave."""
    ascii_only = accepting(lambda text: text.encode("ascii", "replace").decode())
    main, _ = both(rows_of(check, ascii_only, only="shelves", count=5))
    whole, edge = both(rows_of(check, only="shelves"))

    assert main.verdict is Verdict.FAIL
    assert "Label: sent '" in main.message
    assert whole.verdict is edge.verdict is Verdict.PASS


def test_refused_text_warns(rows_of: RowsOf) -> None:
    """A character that is refused is told, and the rest is judged."""

    def around(
        inner: Any, call: Any, name: str, value: Any, findings: Any, **how: Any
    ) -> Any:
        if isinstance(value, str) and _WIDE in value:
            findings.add(name, "has odd characters")
        return inner(call, name, value, findings, **how)

    main, edge = both(rows_of(KINDS, {"accept": around}, only="shelves"))

    assert main.verdict is Verdict.PASS
    assert edge.verdict is Verdict.WARN
    assert "text was refused" in edge.message


def test_a_write_that_stores_other_text_is_waited_for(rows_of: RowsOf) -> None:
    """Where tame text is lost as well it is the write that is wrong."""
    main, _ = both(rows_of(KINDS, accepting(lambda _text: "lost"), only="shelves"))

    assert main.verdict is Verdict.INCONCLUSIVE
    assert str(main.waits_for).startswith("verbs")


@pytest.mark.parametrize("verb", ["CREATE", "SAVE", "PATCH"])
def test_an_escape_that_is_read_otherwise_fails(rows_of: RowsOf, verb: str) -> None:
    """An escape that is not its character is said with both, whatever verb read it."""

    def change(call: Any) -> bytes:
        body: bytes = call.body
        return body.replace(b"\\u00e9", b"e") if call.verb == verb else body

    [broken] = rows_of(ESCAPES, reading(change), only="buyers").values()

    assert broken.verdict is Verdict.FAIL
    assert "raw characters gave" in broken.message


def test_both_ways_alike_hold(rows_of: RowsOf) -> None:
    """A server that reads both alike holds, for resources by single verbs too."""
    for row in ("buyers", "addresses"):
        [found] = rows_of(ESCAPES, only=row).values()
        assert found.verdict is Verdict.PASS


def test_an_id_that_the_server_made_is_read_back(
    rows_of: RowsOf, unchosen: str
) -> None:
    """What was created is looked for under the ID that it was given."""
    [found] = rows_of(ESCAPES, profile=unchosen, only="catalogs").values()

    assert found.verdict is Verdict.PASS


def refusing(wrong: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    """Let a server refuse some bodies of buyers."""

    def around(inner: Any, call: Any, body: Mapping[str, Any], **how: Any) -> Any:
        refused = call.claimed.name == "buyers" and wrong(body)
        return inner(call, {**body, "Active": "no"} if refused else body, **how)

    return {"validate": around}


def test_a_refusal_of_one_way_fails(rows_of: RowsOf) -> None:
    """Who refuses an escape and takes the character treats them unlike."""

    def change(call: Any) -> bytes:
        if b"\\ud83d\\ude00" in call.body:
            return b"{"
        body: bytes = call.body
        return body

    [found] = rows_of(ESCAPES, reading(change), only="buyers").values()

    assert found.verdict is Verdict.FAIL
    assert "escaped ones null" in found.message


def test_text_that_is_refused_in_both_ways_is_tried_plainly(rows_of: RowsOf) -> None:
    """Then a plain text tells whether escapes are read; refused too, nothing does."""
    odd = refusing(lambda body: body.get("Name") == _TWO_WAYS)
    [plain] = rows_of(ESCAPES, odd, only="buyers").values()
    [mute] = rows_of(
        ESCAPES, refusing(lambda body: "Text" in json.dumps(body)), only="buyers"
    ).values()

    assert plain.verdict is Verdict.PASS
    assert mute.verdict is Verdict.INCONCLUSIVE
    assert "the text was refused, raw and escaped" in str(mute.cause)
