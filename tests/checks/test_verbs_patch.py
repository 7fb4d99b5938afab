"""PATCH: what is sent to be changed, and what of the answers accuses."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import RowsOf, Seams, judged_in, rows_in
from scripted import holding
from seams import patching, refusing_patch

from conformance.checks.verbs_patch import (
    _another,
    _cleared,
    _each_property,
    _good_and_bad,
    _holds_zero,
    _objects,
    _out_of_bounds,
    _own_or_referring,
    _subtle,
    _together,
)
from conformance.profile import load_profile
from conformance.reference.exchange import refuse
from conformance.verdict import Verdict

Values = dict[str, Any]
PRODUCTS = load_profile("reference").resources["products"]
VENDOR = load_profile("example-vendor").resources
NOBODY: Any = None
TEXT = {"type": "string"}
judged = judged_in("verbs_patch")
rows = rows_in("verbs_patch")


# ------------------------------------------------------------------- what is sent


def test_each_property_is_changed_alone_and_with_all_others() -> None:
    """Every other value in turn, all at once and all back are among the changes."""
    [changes] = _each_property(NOBODY, PRODUCTS)
    other = {n: v for n, v in PRODUCTS.other.items() if n != "xp"}
    back = {name: PRODUCTS.example[name] for name in other}

    for name, value in other.items():
        assert {name: value} in changes
    assert other in changes
    assert back in changes
    assert all(changes)
    assert _together(PRODUCTS) == (other, back)


def test_what_has_no_first_value_keeps_its_second() -> None:
    """A property that the example leaves out is not changed back."""
    bare = holding({"Name": TEXT, "Note": TEXT}, other={"Note": "b", "Name": "c"})
    bare = replace(bare, example={"Name": "a"})
    assert _together(bare) == (
        {"Name": "c", "Note": "b"},
        {"Name": "a", "Note": "b"},
    )


def test_changes_that_look_like_none_are_among_them() -> None:
    """Another case, a nought, an empty text and the longest text are tried."""
    properties = {
        "Name": TEXT,
        "Note": TEXT,
        "Code": {"type": "string", "minLength": 1},
        "Count": {"type": "integer"},
        "Least": {"type": "integer", "minimum": 1},
        "Price": {"type": "number", "x-scale": 2},
    }
    values = {"Name": "aB", "Note": "c", "Code": "d", "Count": 1, "Least": 1}
    swapped, noughts, empty, longest = _subtle(
        holding(properties, ("Name",)), {**values, "Price": 1.25}
    )
    assert swapped == {"Name": "Ab", "Note": "C", "Code": "D"}
    assert noughts == {"Count": 0}
    assert empty == {"Note": ""}
    assert set(longest) == {"Name", "Note", "Code"}


@pytest.mark.parametrize(
    ("claimed", "holds"),
    [
        ({"type": "integer"}, True),
        ({"type": ["number", "null"]}, True),
        ({"type": "integer", "minimum": 1}, False),
        ({"type": "number", "x-scale": 2}, False),
        ({"type": "string"}, False),
    ],
)
def test_a_nought_is_sent_where_it_is_claimed(
    claimed: Values,
    holds: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Only a number whose schema allows it, and no decimal, can become nought."""
    assert _holds_zero(claimed) is holds


def test_objects_are_changed_by_one_other_member() -> None:
    """Of each object the first member that differs is sent; the extension too."""
    every = _objects(PRODUCTS)
    names = [name for name, _, _ in every]
    assert names == ["Inventory", "xp", "xp"]
    assert every[0] == ["Inventory", PRODUCTS.example["Inventory"], {"Enabled": False}]
    assert every[1][2] == {"Comes@run": "comes"}
    assert len(every[1][1]) == 5
    assert every[2] == ["xp", {"Colour": "red"}, {"Colour": "blue"}]


@pytest.mark.parametrize(
    ("one", "two", "sent"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [{"b": 3}]),
        ({"a": 1}, {"a": 1}, []),
        ("text", {"a": 1}, []),
        ({"a": 1}, None, []),
    ],
)
def test_an_object_without_another_value_is_left_out(
    one: Any, two: Any, sent: list[Values]
) -> None:
    """No member is sent where the profile gives no second object that differs."""
    held = holding({"Box": {"type": "object"}}, example={"Box": one})
    found = _objects(replace(held, other={"Box": two}))
    assert found == [["Box", one, part] for part in sent]


@pytest.mark.parametrize(
    ("claimed", "wrong"),
    [
        ({"type": "string", "enum": ["a"]}, "NoneOfThese"),
        ({"type": "integer", "enum": [1]}, None),
        ({"type": "integer", "maximum": 9}, 10),
        ({"type": "integer"}, None),
        ({"type": "string", "maxLength": 3}, "xxxx"),
        ({"type": "string", "maxLength": 9999}, "x" * 5000),
        ({"type": "array", "maxLength": 3}, None),
        ({"type": "string"}, None),
    ],
)
def test_values_out_of_bounds_are_of_the_right_type(
    claimed: Values, wrong: object
) -> None:
    """One past each claimed bound is sent, and nothing where none is claimed."""
    found = _out_of_bounds(holding({"Name": claimed}))
    assert found == ({} if wrong is None else {"Name": wrong})


def test_a_bad_property_stands_between_good_ones() -> None:
    """Each body holds one bad property, good ones before it and behind it."""
    names = ("One", "Two", "Three", "Four")
    properties: Values = {name: {"type": "boolean"} for name in names}
    whole = holding(properties, other=dict.fromkeys(names, True))
    [bodies] = _good_and_bad(NOBODY, whole)
    assert len(bodies) == 4
    for body in bodies:
        bad = [name for name, value in body.items() if value == "perhaps"]
        assert len(bad) == 1
        assert list(body).index(bad[0]) == 2
        assert len(body) == 4


def test_a_bad_property_alone_is_not_sent() -> None:
    """Without a good property beside it there is nothing to be all or nothing."""
    [bodies] = _good_and_bad(NOBODY, holding({"One": TEXT}, other={"One": "a"}))
    assert bodies == []


def test_what_no_fixed_value_fits_is_unique_or_refers() -> None:
    """Unique properties and references are told from what takes any value."""
    assert _own_or_referring(VENDOR["tools"]) == ["stock_number"]
    assert _own_or_referring(VENDOR["loans"]) == ["tool_key"]
    assert _own_or_referring(PRODUCTS) == []


@pytest.mark.parametrize(
    ("claimed", "parents", "value"),
    [
        ({"type": "string", "x-refers": "holders"}, (), "new"),
        ({"type": "array", "x-refers": "holders"}, (), ["new"]),
        ({"type": "string", "x-refers": "holders"}, ("above",), None),
        ({"type": "string", "x-refers": "unknown"}, (), None),
        ({"type": "string", "x-unique": "scope"}, (), "unique"),
    ],
)
def test_another_value_is_made_where_it_can_be(
    claimed: Values, parents: tuple[str, ...], value: object
) -> None:
    """A reference gets a new item's ID where that has no parent; the rest is drawn."""
    holder = SimpleNamespace(parents=parents)
    target: Any = SimpleNamespace(
        profile=SimpleNamespace(resources={"holders": holder}),
        create=lambda _holder: SimpleNamespace(id="new"),
        session=SimpleNamespace(unique_value=lambda *_: "unique"),
        unit=None,
    )
    whole = holding({"Name": claimed}, example={"Name": "old"})
    assert _another(target, whole, "Name") == value
    if "x-unique" in claimed:
        assert _another(target, replace(whole, example={}), "Name") is None


@pytest.mark.parametrize(
    ("shown", "cleared"),
    [
        ({}, True),
        ({"Name": None}, True),
        ({"Name": ""}, True),
        ({"Name": []}, True),
        ({"Name": "standard"}, True),
        ({"Name": "other"}, False),
    ],
)
def test_cleared_is_empty_or_the_default(
    shown: Values,
    cleared: bool,  # noqa: FBT001 - what is expected
) -> None:
    """What null was sent for shows nothing, or the documented default."""
    whole = holding({"Name": {"type": "string", "default": "standard"}})
    assert _cleared(whole, "Name", shown) is cleared


# --------------------------------------------------------- what was sent, and no more

KEEPS = "patch_keeps_what_was_not_sent"


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        (
            patching(lambda _c, _r, v: {"Description": None} if "Kind" in v else None),
            "after PATCH of Kind: Description was",
        ),
        (
            patching(lambda _c, _r, v: None if v else {"Description": "emptied"}),
            "after PATCH of : Description was",
        ),
        (
            patching(
                lambda _c, r, v: {"Name": r.values["Name"]} if "Name" in v else {}
            ),
            "Name",
        ),
        (refusing_patch(lambda values: len(values) > 4), "was refused"),
    ],
)
def test_a_patch_that_does_other_than_it_was_told_accuses(
    rows_of: RowsOf, seams: Seams, words: str
) -> None:
    """A property lost, changed unasked, not changed, or a right PATCH refused."""
    found = judged(rows_of, KEEPS, "products", seams)
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_a_single_value_may_be_wrong_beside_the_others(rows_of: RowsOf) -> None:
    """One change alone may be refused, as long as all together are taken."""
    seams = refusing_patch(lambda values: set(values) == {"Kind"})
    found, warned = rows(rows_of, KEEPS, "products", seams)
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.PASS


def test_an_empty_body_that_is_refused_warns(rows_of: RowsOf) -> None:
    """An empty PATCH should be taken."""
    seams = refusing_patch(lambda values: not values)
    found, warned = rows(rows_of, KEEPS, "products", seams)
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.WARN
    assert "an empty body was refused" in warned.message


def nulling(
    inner: Any, call: Any, name: str, value: Any, *rest: Any, **how: Any
) -> Any:
    """Take null for the name."""
    return (
        None
        if name == "Name" and value is None
        else inner(call, name, value, *rest, **how)
    )


def nulled(more: Values) -> Seams:
    """Let PATCH set the required name to null, and others to something else."""

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        null = "Name" in values and values["Name"] is None
        inner(call, record, {} if null else values, rename)
        if null:
            record.values = record.values | more

    return {"patch": around, "accept": nulling}


def test_null_for_what_is_required_warns(rows_of: RowsOf) -> None:
    """A required property that null empties warns, as long as no other changes."""
    found, warned = rows(rows_of, KEEPS, "products", nulled({"Name": None}))
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.WARN
    assert "Name was set to null" in warned.message


def test_null_that_does_nothing_is_as_good_as_refused(rows_of: RowsOf) -> None:
    """Null for a required property may be taken and left aside."""
    found, warned = rows(rows_of, KEEPS, "products", nulled({}))
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.PASS


def test_null_that_changes_another_property_accuses(rows_of: RowsOf) -> None:
    """What null for a required property does, it must not do to others."""
    found = judged(rows_of, KEEPS, "products", nulled({"Description": "other"}))
    assert found.verdict is Verdict.FAIL
    assert "after PATCH of Name: Description was" in found.message


def test_an_unsteady_get_is_its_own_rows(rows_of: RowsOf) -> None:
    """What GET shows another way each time is left to GET's row."""
    looks: list[int] = []

    def around(inner: Any, call: Any, record: Any) -> Values:
        shown: Values = inner(call, record)
        if call.verb == "GET":
            looks.append(1)
            shown = shown | {"Description": f"{len(looks)}"}
        return shown

    found = judged(rows_of, KEEPS, "products", {"render_item": around})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_get.")


# --------------------------------------------------------------- unique, references

OWN = "patch_changes_unique_values_and_references"


def test_unique_values_and_references_can_be_changed(rows_of: RowsOf) -> None:
    """A server that stores them keeps the clause, and nothing is noted."""
    for name in ("tools", "loans"):
        found = judged(rows_of, OWN, name, profile="example-vendor")
        assert found.verdict is Verdict.PASS
        assert found.notes == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _c, r, _v: {"stock_number": r.values["stock_number"]}, "stock_number"),
        (lambda _c, _r, v: {"title": "x"} if "stock_number" in v else None, "title"),
    ],
)
def test_a_unique_value_that_is_not_stored_accuses(
    rows_of: RowsOf, change: Callable[[Any, Any, Values], Values | None], words: str
) -> None:
    """A unique value that stays as it was, or takes others along, is a breach."""
    found = judged(rows_of, OWN, "tools", patching(change), profile="example-vendor")
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_a_unique_value_may_be_fixed(rows_of: RowsOf) -> None:
    """A refusal of another unique value is noted, and PATCH tried without it."""
    seams = refusing_patch(lambda values: "stock_number" in values)
    found = judged(rows_of, OWN, "tools", seams, profile="example-vendor")
    assert found.verdict is Verdict.PASS
    assert any("another stock_number is not taken" in note for note in found.notes)


def test_a_patch_that_is_always_refused_accuses(rows_of: RowsOf) -> None:
    """A server that refuses the control as well has no fixed values: it fails."""
    seams = refusing_patch(bool)
    found = judged(rows_of, OWN, "tools", seams, profile="example-vendor")
    assert found.verdict is Verdict.FAIL
    assert "was refused" in found.message


def test_a_patch_that_only_says_so_accuses(rows_of: RowsOf) -> None:
    """A refusal of the unique value excuses nothing that the control shows."""

    def around(
        _inner: Any, _call: Any, _record: Any, values: Values, _rename: str | None
    ) -> None:
        if "stock_number" in values:
            raise refuse(400, "Wrong", "This is not taken.")

    found = judged(rows_of, OWN, "tools", {"patch": around}, profile="example-vendor")
    assert found.verdict is Verdict.FAIL


# -------------------------------------------------------------------- any, no other


@pytest.mark.parametrize("whom", ["sibling", "parent"])
def test_a_patch_that_reaches_another_item_accuses(rows_of: RowsOf, whom: str) -> None:
    """What PATCH does to a sibling, or to the parent, is a breach."""

    def reach(_call: Any, record: Any, _values: Values) -> None:
        if whom == "parent":
            record.parent.values = record.parent.values | {"Name": "Elsewhere"}
            return
        for one in record.parent.children["addresses"].values():
            if one.key != record.key:
                one.values = one.values | {"City": "Elsewhere"}

    check = "patch_changes_no_other_item"
    found = judged(rows_of, check, "addresses", patching(reach))
    assert found.verdict is Verdict.FAIL
    assert "changed the item" in found.message


def test_a_patch_of_one_item_passes(rows_of: RowsOf) -> None:
    """PATCH that changes its own item alone passes; a refusal of it is a breach."""
    check = "patch_changes_no_other_item"
    assert judged(rows_of, check, "addresses").verdict is Verdict.PASS
    found = judged(rows_of, check, "addresses", refusing_patch(bool))
    assert found.verdict is Verdict.FAIL
    assert "was refused" in found.message


def test_any_valid_change_is_stored_where_it_is_taken(rows_of: RowsOf) -> None:
    """What was drawn must come back; a refusal of all leaves nothing to judge."""
    check = "patch_stores_any_valid_change"
    idle: Seams = {"patch": lambda *_: None}
    assert judged(rows_of, check, "buyers", idle, count=6).verdict is Verdict.FAIL
    found = judged(rows_of, check, "buyers", refusing_patch(bool), count=6)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "refused" in (found.cause or "")
