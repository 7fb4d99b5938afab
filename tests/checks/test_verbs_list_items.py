"""LIST: that items are listed as GET shows them, and under their own parent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from outcomes import RowsOf, Seams, failed, judged_in

from conformance.checks.verbs_list_items import _agree, _differing, _resting
from conformance.profile import load_profile
from conformance.reference.exchange import refuse
from conformance.verdict import Verdict

Values = dict[str, Any]
PRODUCTS = load_profile("reference").resources["products"]
AS_GET = "listed_items_are_as_get_shows_them"
UPDATE = "a_list_shows_an_update"
ISOLATED = "a_list_holds_no_item_of_another_parent"
judged = judged_in("verbs_list_items")


def listing(change: Callable[[Any, Values], Values]) -> Seams:
    """Let lists show what ``change`` makes of the record and what is shown of it."""

    def around(inner: Any, call: Any, record: Any) -> Values:
        shown: Values = inner(call, record)
        return change(record, shown) if call.verb == "LIST" else shown

    return {"render_item": around}


# ------------------------------------------------------------------------- agreement


def test_what_only_the_server_writes_must_rest_to_be_compared() -> None:
    """A stamp that moved while a list was read, or is volatile, is left aside."""
    was = {"Name": "a", "SpecCount": 1, "LastUpdated": "then"}
    shown = {"Name": "b", "SpecCount": 1, "LastUpdated": "now"}
    assert _resting(PRODUCTS, was, shown) == {"Name", "SpecCount"}
    volatile = replace(PRODUCTS, volatile=("SpecCount", "Name"))
    assert _resting(volatile, was, shown) == set()


@pytest.mark.parametrize(
    ("listed", "shown", "agree"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1, "b": 2}, {"b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"t": "2031-01-01T00:00:00Z"}, {"t": "2031-01-01T00:00:00.1Z"}, True),
        ({"t": "2031-01-01T00:00:00Z"}, {"t": "2031-01-01T00:01:00Z"}, False),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, True),
        (1, 1.0, True),
        ("a", "b", False),
        ({}, "b", False),
    ],
)
def test_a_summary_agrees_in_what_both_show(
    listed: object,
    shown: object,
    agree: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Members that one alone shows are a summary, common ones must be the same."""
    claimed = {"properties": {"t": {"type": "string", "format": "date-time"}}}
    assert _agree(listed, shown, None, claimed) is agree


@pytest.mark.parametrize(
    ("was", "agree"),
    [({"n": 9, "m": 2}, False), ({"n": 8, "m": 2}, True), (None, True)],
)
def test_what_the_server_writes_inside_is_compared_at_rest(
    was: object,
    agree: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Where it was another before, it may have become another again."""
    claimed = {"properties": {"n": {"type": "integer", "readOnly": True}}}
    listed, shown = {"n": 1, "m": 2}, {"n": 9, "m": 2}
    assert _agree(listed, shown, was, claimed) is agree


def test_differences_are_told_of_what_both_show() -> None:
    """A property that one alone shows, or that nobody asked for, is left aside."""
    listed = {"Name": "a", "Kind": "Kit", "Active": True}
    shown = {"Name": "b", "Kind": "Parent", "ShipWeight": 1}
    names = {"Name", "Active", "ShipWeight"}
    assert _differing(PRODUCTS, listed, shown, names) == [
        'Name: listed "a", GET shows "b"'
    ]
    volatile = replace(PRODUCTS, volatile=("Name",))
    assert _differing(volatile, listed, shown, names) == []


# ---------------------------------------------------------------------------- as GET


@pytest.mark.parametrize("name", ["products", "addresses"])
def test_an_item_that_is_listed_otherwise_accuses(rows_of: RowsOf, name: str) -> None:
    """A property that a list shows in another way than GET is told."""
    text = {"products": "Name", "addresses": "City"}[name]

    def change(record: Any, shown: Values) -> Values:
        del record
        return {**shown, text: "Listed"}

    found = judged(rows_of, AS_GET, name, listing(change))
    failed(found, f'{text}: listed "Listed"')


def test_a_summary_in_a_list_passes(rows_of: RowsOf) -> None:
    """A list may leave properties, and members of objects, out."""

    def change(record: Any, shown: Values) -> Values:
        del record
        box = shown.get("Inventory") or {}
        return {
            **{n: v for n, v in shown.items() if n != "Description"},
            "Inventory": {n: v for n, v in box.items() if n == "Enabled"},
        }

    found = judged(rows_of, AS_GET, "products", listing(change))
    assert found.verdict is Verdict.PASS


def test_a_list_that_shows_none_of_the_items_accuses(rows_of: RowsOf) -> None:
    """Where no item of ours is listed nothing agrees."""

    def around(inner: Any, call: Any, page: Any) -> Any:
        page = replace(page, records=[]) if len(page.records) > 5 else page
        return inner(call, page)

    found = judged(rows_of, AS_GET, "addresses", {"envelope": around})
    failed(found, "none of the items is in the list")


def test_a_stamp_that_moves_is_not_compared(rows_of: RowsOf) -> None:
    """What the server writes with every read differs and accuses nobody."""
    looks: list[int] = []

    def around(inner: Any, call: Any, record: Any) -> Values:
        shown: Values = inner(call, record)
        looks.append(1)
        return shown | {"SpecCount": len(looks)}

    found = judged(rows_of, AS_GET, "products", {"render_item": around})
    assert found.verdict is Verdict.PASS
    resting: Seams = {
        "render_item": lambda inner, call, record: (
            {**inner(call, record), "SpecCount": 7 if call.verb == "LIST" else 1}
        )
    }
    failed(judged(rows_of, AS_GET, "products", resting), "SpecCount: listed 7")


# --------------------------------------------------------------------------- updates


def stale() -> Seams:
    """Let lists show what an item held before its first PATCH."""
    old: dict[int, Values] = {}

    def patched(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        old.setdefault(id(record), dict(record.values))
        inner(call, record, values, rename)

    known = listing(lambda record, shown: shown | old.get(id(record), {}))
    return {**known, "patch": patched}


def test_a_list_that_misses_an_update_accuses(rows_of: RowsOf) -> None:
    """After PATCH a list must show what GET shows."""
    for name in ("products", "addresses"):
        failed(judged(rows_of, UPDATE, name, stale()), "after PATCH of")
        assert judged(rows_of, UPDATE, name).verdict is Verdict.PASS


def test_an_update_of_all_may_be_refused(rows_of: RowsOf) -> None:
    """Where all other values together are refused, a small change will do."""

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        if len(values) > 1:
            raise refuse(400, "No", "One at a time.")
        inner(call, record, values, rename)

    found = judged(rows_of, UPDATE, "products", {"patch": around})
    assert found.verdict is Verdict.PASS
    late = stale()

    def both(inner: Any, call: Any, record: Any, values: Values, *rest: Any) -> None:
        if len(values) > 1:
            raise refuse(400, "No", "One at a time.")
        late["patch"](inner, call, record, values, *rest)

    seams = {**late, "patch": both}
    failed(judged(rows_of, UPDATE, "products", seams), "after PATCH of")


def test_an_update_that_is_never_taken_is_its_own_row(rows_of: RowsOf) -> None:
    """Where PATCH is refused altogether the list waits for it."""

    def around(*_: Any) -> None:
        raise refuse(400, "No", "Not at all.")

    found = judged(rows_of, UPDATE, "products", {"patch": around})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_patch.")


def test_an_item_that_is_not_listed_is_noted(rows_of: RowsOf) -> None:
    """Where a list does not show the item, that is said; else nothing is."""
    found = judged(rows_of, UPDATE, "products", {"visible": lambda *_: []})
    assert any("only GET was asked" in note for note in found.notes)
    assert judged(rows_of, UPDATE, "products").notes == ()


# -------------------------------------------------------------------------- isolation


@pytest.mark.parametrize("word", ["", "search", "sortBy", "Name", "ID"])
def test_a_list_of_every_parents_items_accuses(rows_of: RowsOf, word: str) -> None:
    """However a list is asked for, it must not hold another parent's items."""

    def around(inner: Any, call: Any) -> Any:
        asked = {name for name, _ in call.query}
        leaks = call.claimed.parents and (word in asked or (not word and not asked))
        every = inner.__self__.store.every(call.claimed.name)
        return list(every) if leaks else inner(call)

    failed(judged(rows_of, ISOLATED, "categories", {"visible": around}), "of another")


def test_namesakes_of_parents_keep_their_own_items(rows_of: RowsOf) -> None:
    """Parents of one ID under two others are told apart."""

    def around(inner: Any, call: Any) -> Any:
        if call.claimed.name != "shelves":
            return inner(call)
        every = inner.__self__.store.every("shelves")
        return [one for one in every if one.parent.key == call.parent.key]

    failed(judged(rows_of, ISOLATED, "shelves", {"visible": around}), "of another")


def test_a_query_that_is_refused_holds_nothing(rows_of: RowsOf) -> None:
    """A way of asking that is refused is skipped, the bare list is not."""

    def refusing(*words: str) -> Seams:
        def around(inner: Any, call: Any) -> Any:
            asked = {name for name, _ in call.query}
            if asked & set(words) or (not words and not asked):
                raise refuse(400, "No", "Not this way.")
            return inner(call)

        return {"visible": around}

    some = judged(rows_of, ISOLATED, "categories", refusing("search", "sortBy"))
    assert some.verdict is Verdict.PASS
    bare = judged(rows_of, ISOLATED, "categories", refusing())
    assert bare.verdict is Verdict.INCONCLUSIVE


def test_what_the_server_puts_everywhere_is_no_others(rows_of: RowsOf) -> None:
    """An item of the server's own in every new place accuses nobody."""

    def around(inner: Any, call: Any, key: str, values: Values) -> Any:
        record = inner(call, key, values)
        if call.claimed.name == "catalogs":
            own = replace(record, key=f"own-{key}", values={"Name": "Own"})
            own.parent, own.children = record, {}
            record.children["categories"] = {own.key: own}
        return record

    found = judged(rows_of, ISOLATED, "categories", {"create": around})
    assert found.verdict is Verdict.PASS

    def leaking(inner: Any, call: Any) -> Any:
        leaks = call.claimed.name == "categories"
        every = inner.__self__.store.every("categories")
        return list(every) if leaks else inner(call)

    seams: Seams = {"create": around, "visible": leaking}
    failed(judged(rows_of, ISOLATED, "categories", seams), "of another")
