"""SAVE: what is put, and what of the item that it leaves accuses."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import RowsOf, Seams, failed, judged_in, waiting
from scripted import holding

from conformance.checks.verbs_save import (
    _clearable,
    _extended,
    _insist_on_id,
    _new,
    _optional_left_out,
    _parts,
    _unlike_defaults,
)
from conformance.places import LEFT_OUT, Item, Place
from conformance.profile import load_profile
from conformance.reference.exchange import refuse
from conformance.verdict import Verdict

Values = dict[str, Any]
PRODUCTS = load_profile("reference").resources["products"]
NOBODY: Any = None
TEXT = {"type": "string"}
NULLABLE = {"type": ["string", "null"]}
judged = judged_in("verbs_save")


def replacing(change: Callable[[Any, Values, Values], Values]) -> Seams:
    """Let PUT store what ``change`` makes of the call, old and new values."""

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        inner(call, record, change(call, record.values, values), rename)

    return {"replace": around}


def refusing(*_: Any) -> None:
    """Take nothing."""
    raise refuse(400, "No", "This is not taken.")


# --------------------------------------------------------------------- what is sent


def test_new_items_are_the_example_and_the_longest() -> None:
    """The example comes first, then the longest text that is claimed."""
    first, longest = _new(NOBODY, PRODUCTS)
    assert first == {}
    assert len(longest["Description"]) == 2000


def test_extensions_are_replaced_where_there_are_some() -> None:
    """Two members of the run's own stand in an extension."""
    first, extended = _extended(NOBODY, PRODUCTS)
    assert first == {}
    assert set(extended["xp"]) == {"Stays@run", "Goes@run"}
    assert _extended(NOBODY, holding({"Name": TEXT})) == [{}]


def test_no_property_is_put_as_its_default() -> None:
    """Where the other value is the default, the example's is taken."""
    claimed = {"Active": {"type": "boolean", "default": False}, "Name": TEXT}
    whole = holding(
        claimed,
        example={"Active": True, "Name": "a"},
        other={"Active": False, "Name": "b"},
    )
    assert _unlike_defaults(whole) == {"Active": True, "Name": "b"}
    bare = replace(whole, example={})
    assert _unlike_defaults(bare) == {"Active": False, "Name": "b"}


def test_null_is_sent_for_what_shows_another_value() -> None:
    """What the example leaves out, or gives as its default, can't show a stale one."""
    claimed = {
        "Note": NULLABLE,
        "Kind": {**NULLABLE, "default": "plain"},
        "Lost": NULLABLE,
        "Bare": NULLABLE,
        "Name": TEXT,
        "Must": NULLABLE,
    }
    example = {"Note": "a", "Kind": "plain", "Bare": "", "Name": "b", "Must": "c"}
    assert _clearable(holding(claimed, ("Must",), example=example)) == ["Note"]


def test_all_that_is_optional_is_left_out() -> None:
    """Only what is required stays in the shortest body."""
    whole = holding({"Name": TEXT, "Note": TEXT}, ("Name",))
    assert _optional_left_out(whole) == {"Note": LEFT_OUT}


def test_objects_are_cut_to_what_they_need() -> None:
    """An object keeps its required members, or one where it has none."""
    claimed = {
        "Box": {"type": "object", "required": ["b", "c"]},
        "Bag": {"type": "object"},
        "Name": TEXT,
        "None": {"type": "object"},
    }
    value = {"a": 1, "b": 2, "c": 3}
    whole: Values = {"Box": value, "Bag": value, "Name": "x", "None": {}}
    found = _parts(holding(claimed), whole)
    assert found == {"Box": {"b": 2, "c": 3}, "Bag": {"a": 1}}


@pytest.mark.parametrize("value", [{"ID": "Own"}, {"ID": "own"}, {}, None, ["own"]])
def test_an_item_at_its_id_is_where_it_was_put(value: object) -> None:
    """An answer that tells the ID in any case, or tells nothing, is right."""
    answer: Any = SimpleNamespace(value=value, operation="products-SAVE")
    _insist_on_id(Item(Place(PRODUCTS), "own"), answer)


def test_an_item_under_another_id_is_its_own_row(rows_of: RowsOf) -> None:
    """Where PUT makes an item of another ID the row waits for the chapter on IDs."""

    def around(inner: Any, call: Any, key: str, values: Values) -> Any:
        return inner(call, f"x{key}", values)

    found = judged(rows_of, CREATES, "products", {"create": around})
    waiting(found, "ids")


# --------------------------------------------------------------------------- creates

CREATES = "put_creates_at_a_new_id"


def test_a_new_item_that_is_not_stored_accuses(rows_of: RowsOf) -> None:
    """PUT at a new ID must be taken and store the item."""

    async def lost(inner: Any, call: Any, key: str) -> Any:
        answer = await inner(call, key)
        server = inner.__self__
        server.remove(call, server.lookup(call, key))
        return answer

    async def refused(*_: Any) -> Any:
        refusing()

    failed(judged(rows_of, CREATES, "products", {"save_new": lost}), "is not there")
    failed(judged(rows_of, CREATES, "products", {"save_new": refused}), "was refused")


def test_the_longest_text_may_be_refused(rows_of: RowsOf) -> None:
    """Only the example has to be taken; what is taken of more has to be stored."""

    def short(inner: Any, call: Any, key: str, values: Values) -> Any:
        if len(values.get("Description") or "") > 1000:
            refusing()
        return inner(call, key, values)

    def cut(inner: Any, call: Any, key: str, values: Values) -> Any:
        text = (values.get("Description") or "")[:1000]
        return inner(call, key, {**values, "Description": text})

    found = judged(rows_of, CREATES, "products", {"create": short})
    assert found.verdict is Verdict.PASS
    assert judged(rows_of, CREATES, "products", {"create": cut}).verdict is not (
        Verdict.PASS
    )


# -------------------------------------------------------------------------- replaces

REPLACES = "put_replaces_the_whole_item"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _c, old, new: old | new, "PUT without it left"),
        (
            lambda _c, old, new: (
                {
                    **new,
                    "Inventory": {**(old.get("Inventory") or {}), **new["Inventory"]},
                }
                if new.get("Inventory")
                else new
            ),
            "Inventory.",
        ),
        (
            lambda _c, old, new: (
                {**new, "xp": {**(old.get("xp") or {}), **new["xp"]}}
                if new.get("xp")
                else new
            ),
            "xp.",
        ),
        (lambda _c, old, new: {**new, "Kind": old.get("Kind")}, "Kind"),
    ],
    ids=["all", "a member", "a member of the extension", "one"],
)
def test_what_put_leaves_of_the_old_item_accuses(
    rows_of: RowsOf, change: Callable[[Any, Values, Values], Values], words: str
) -> None:
    """What was not sent must go, members of objects too."""
    failed(judged(rows_of, REPLACES, "products", replacing(change)), words)


def test_what_a_new_item_shows_as_well_is_no_leftover(rows_of: RowsOf) -> None:
    """A value that the server gives to every item without one may stay."""

    def around(inner: Any, call: Any, record: Any) -> Values:
        shown: Values = inner(call, record)
        return shown | {"Kind": shown.get("Kind") or "Kit"}

    found = judged(rows_of, REPLACES, "products", {"render_item": around})
    assert found.verdict is Verdict.PASS


def test_a_put_that_is_refused_accuses_and_ours_may_be(rows_of: RowsOf) -> None:
    """The profile's own values have to be taken, an extension of ours has not."""
    refused = judged(rows_of, REPLACES, "products", {"replace": refusing})
    failed(refused, "was refused")

    def ours(call: Any, _old: Values, new: Values) -> Values:
        del call
        if any(name[:5] == "Stays" for name in new.get("xp") or {}):
            refusing()
        return new

    found = judged(rows_of, REPLACES, "products", replacing(ours))
    assert found.verdict is Verdict.PASS


def test_a_put_that_never_works_is_its_own_row(rows_of: RowsOf) -> None:
    """Where PUT can't create either, replacing waits for that."""
    found = judged(rows_of, REPLACES, "products", {"do_save": refusing})
    waiting(found, "verbs_save.put_creates")


NULLS = "put_with_null_keeps_nothing"


def nulls(call: Any, old: Values, new: Values) -> Values:
    """Keep the old value where null is sent."""
    del call
    return {n: old.get(n) if v is None else v for n, v in new.items()}


def test_null_must_not_keep_a_value(rows_of: RowsOf) -> None:
    """Null may be refused, or clear a property, and not keep it."""
    failed(judged(rows_of, NULLS, "products", replacing(nulls)), "PUT with null left")
    found = judged(rows_of, NULLS, "products", {"replace": refusing})
    assert found.verdict is Verdict.PASS
    assert judged(rows_of, NULLS, "products").verdict is Verdict.PASS


def test_null_may_show_what_a_new_item_shows(rows_of: RowsOf) -> None:
    """A value that the server gives for none is as good as none."""

    def around(inner: Any, call: Any, record: Any) -> Values:
        shown: Values = inner(call, record)
        return shown | {"Kind": shown.get("Kind") or "Standard"}

    found = judged(rows_of, NULLS, "products", {"render_item": around})
    assert found.verdict is Verdict.PASS


def test_a_put_that_changes_another_item_accuses(rows_of: RowsOf) -> None:
    """Siblings and the parent must read as they did."""
    check = "put_changes_no_other_item"

    def sibling(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        for one in inner.__self__.visible(call):
            one.values = one.values | {"City": values["City"]}

    failed(judged(rows_of, check, "addresses", {"replace": sibling}), "City was")

    def parent(call: Any, _old: Values, new: Values) -> Values:
        call.parent.values = call.parent.values | {"Name": "Put"}
        return new

    failed(judged(rows_of, check, "addresses", replacing(parent)), "Name was")
    assert judged(rows_of, check, "addresses").verdict is Verdict.PASS


# ------------------------------------------------------------------------ idempotent

TWICE = "put_twice_is_put_once"


@pytest.mark.parametrize(
    ("name", "effect", "words"),
    [
        ("buyers", lambda _c, old, new: {**new, "Active": old == new}, "Active"),
        (
            "addresses",
            lambda _c, old, new: {**new, "Phone": None} if old == new else new,
            "Phone",
        ),
    ],
)
def test_a_second_put_that_leaves_another_state_accuses(
    rows_of: RowsOf,
    name: str,
    effect: Callable[[Any, Values, Values], Values],
    words: str,
) -> None:
    """The same PUT again must change nothing."""
    failed(judged(rows_of, TWICE, name, replacing(effect)), words)


def test_a_second_put_that_makes_a_copy_accuses(rows_of: RowsOf) -> None:
    """A list must not hold two items after it."""

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        same = record.values == values
        inner(call, record, values, rename)
        if same:
            server = inner.__self__
            server.create(call, server.make_id(call), dict(values))

    failed(judged(rows_of, TWICE, "addresses", {"replace": around}), "2 times")


def test_a_second_put_that_is_refused_accuses(rows_of: RowsOf) -> None:
    """The same PUT again must be taken, where another one is."""

    def same(call: Any, old: Values, new: Values) -> Values:
        del call
        if old == new:
            refusing()
        return new

    failed(judged(rows_of, TWICE, "buyers", replacing(same)), "the same PUT again")
    once: set[int] = set()

    def first(call: Any, old: Values, new: Values) -> Values:
        if call.item_id in once:
            refusing()
        once.add(call.item_id)
        del old
        return new

    found = judged(rows_of, TWICE, "buyers", replacing(first))
    waiting(found, "verbs_save.put_replaces")


def test_an_unlisted_item_is_noted(rows_of: RowsOf) -> None:
    """Where the list does not show the item, that is said."""
    found = judged(rows_of, TWICE, "buyers", {"visible": lambda *_: []})
    assert found.verdict is Verdict.PASS
    assert any("only GET was asked" in note for note in found.notes)
    clean = judged(rows_of, TWICE, "buyers")
    assert clean.notes == ()
