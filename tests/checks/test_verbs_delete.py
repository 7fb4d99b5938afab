"""DELETE: what must go, what must stay, and how long a list may take."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import RowsOf, Seams, failed, judged_in, waiting
from seams import anywhere

from conformance.checks import verbs_delete
from conformance.checks.verbs_delete import (
    _alike,
    _insist_on_parents,
    _listed,
    _namesakes,
    _settled,
)
from conformance.places import Item, Place
from conformance.profile import load_profile
from conformance.reference.exchange import refuse
from conformance.target import Target
from conformance.verdict import Verdict

ADDRESSES = load_profile("reference").resources["addresses"]
judged = judged_in("verbs_delete")


def removing(effect: Callable[[Any, Any, Any], None]) -> Seams:
    """Let DELETE do something else as well, told server, call and record."""

    def around(inner: Any, call: Any, record: Any) -> None:
        inner(call, record)
        effect(inner.__self__, call, record)

    return {"remove": around}


# ------------------------------------------------------------------------- arranging


@pytest.mark.parametrize(
    ("changes", "id_", "alike"),
    [
        ({}, "abc", {"ID": "abcc"}),
        ({"max_length": 4}, "abc", {"ID": "abcc"}),
        ({"max_length": 3}, "abc", {}),
        ({"writable": False}, "abc", {}),
        ({"type": "integer"}, "12", {}),
    ],
)
def test_a_sibling_gets_an_id_that_begins_alike(
    changes: dict[str, Any], id_: str, alike: dict[str, str]
) -> None:
    """An ID longer by one sign is chosen where it may be, and fits."""
    resource = replace(ADDRESSES, id=replace(ADDRESSES.id, **changes))
    assert _alike(Item(Place(resource, ("up",)), id_)) == alike


@pytest.mark.parametrize(
    ("scope", "writable", "made"),
    [("parent", True, 1), ("organisation", True, 0), ("parent", False, 0)],
)
def test_a_namesake_is_made_where_it_may_be(
    scope: str,
    writable: bool,  # noqa: FBT001 - a claim
    made: int,
) -> None:
    """The same ID is used under another parent where the scope allows it."""
    resource = replace(
        ADDRESSES, scope=scope, id=replace(ADDRESSES.id, writable=writable)
    )
    target: Any = SimpleNamespace(
        fresh_place=lambda _resource: "elsewhere",
        create=lambda place, **changes: (place, changes),
    )
    found: list[Any] = _namesakes(target, Item(Place(resource, ("up",)), "abc"))
    assert found == [("elsewhere", {"ID": "abc"})] * made


def listing(
    monkeypatch: pytest.MonkeyPatch, *looks: set[str], eventual_s: int | None = None
) -> tuple[Any, list[int]]:
    """Let lists show one after another, the last ever after; give target and waits."""
    waits: list[int] = []
    rest = list(looks)

    def entries(_target: Any, _item: Any) -> list[dict[str, str]]:
        shown = rest.pop(0) if len(rest) > 1 else rest[0]
        return [{"ID": id_} for id_ in sorted(shown)]

    monkeypatch.setattr(verbs_delete, "entries", entries)
    lists = {} if eventual_s is None else {"eventual_s": eventual_s}
    target: Any = SimpleNamespace(
        pause=waits.append, profile=SimpleNamespace(lists=lists)
    )
    return target, waits


def items(*, eventual: bool, fresh: bool = True) -> list[Item]:
    """Give a deleted item and its sibling."""
    place = Place(replace(ADDRESSES, eventual=eventual), ("up",), fresh)
    return [Item(place, "gone"), Item(place, "left")]


@pytest.mark.parametrize(
    ("eventual", "granted_s", "shown", "waited"),
    [
        (True, 3, {"left"}, 2),
        (True, 1, {"left"}, 2),
        (True, 0, {"gone"}, 1),
        (True, None, {"gone"}, 1),
        (False, 3, {"gone"}, 1),
    ],
)
def test_a_late_list_gets_the_time_that_is_claimed(
    monkeypatch: pytest.MonkeyPatch,
    *,
    eventual: bool,
    granted_s: int | None,
    shown: set[str],
    waited: int,
) -> None:
    """A list is looked at again a second later, as long as the profile grants it."""
    looks = ({"gone", "left"}, {"gone"}, {"left"})
    target, waits = listing(monkeypatch, *looks, eventual_s=granted_s)
    assert _settled(target, items(eventual=eventual), {"left"}) == shown
    assert waits == [1] * waited


def test_a_settled_list_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What shows the right items at the first look is taken."""
    target, waits = listing(monkeypatch, {"left"})
    assert _settled(target, items(eventual=True), {"left"}) == {"left"}
    assert waits == []


def test_a_list_of_a_place_of_ours_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where others' items stand too, the list is read for each item."""
    target, _ = listing(monkeypatch, {"one"}, {"two"}, {"three"})
    assert _listed(target, items(eventual=False)) == {"one"}
    found = _listed(target, items(eventual=False, fresh=False))
    assert found == {"two", "three"}


def test_a_get_that_ignores_parents_is_its_own_row(rows_of: RowsOf) -> None:
    """Where an item is served under any parent, DELETE waits for GET."""
    check = "delete_removes_the_item_and_no_other"
    found = judged(rows_of, check, "addresses", {"lookup": anywhere})
    waiting(found, "verbs_get.")
    nobody: Any = None
    _insist_on_parents(nobody, nobody, nobody, [])


# -------------------------------------------------------------------------- removing

REMOVES = "delete_removes_the_item_and_no_other"


def hiding(name: str) -> Seams:
    """Let lists show what was deleted, or hide what stands beside it."""
    gone: list[Any] = []

    def removed(inner: Any, call: Any, record: Any) -> None:
        inner(call, record)
        gone.append(record)

    def around(inner: Any, call: Any) -> list[Any]:
        shown = list(inner(call))
        known = [g for g in gone if g.parent is call.parent]
        if name == "ghost":
            return shown + known
        return [s for s in shown if not any(s.key.startswith(g.key) for g in known)]

    return {"remove": removed, "visible": around}


@pytest.mark.parametrize("name", ["buyers", "addresses"])
@pytest.mark.parametrize(
    ("seams", "words"),
    [
        ({"remove": lambda *_: None}, "DELETE did not remove"),
        (hiding("ghost"), "a list still shows"),
        (hiding("lost"), "a list lost ['"),
    ],
    ids=["idle", "ghost", "lost"],
)
def test_an_item_that_does_not_go_or_takes_another_accuses(
    rows_of: RowsOf,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    seams: Seams,
    words: str,
) -> None:
    """GET and LIST must lose the item, and nothing else."""
    monkeypatch.setattr(Target, "pause", lambda *_: None)
    failed(judged(rows_of, REMOVES, name, seams), words)


def test_a_delete_that_takes_others_along_accuses(rows_of: RowsOf) -> None:
    """Siblings, namesakes under other parents and children of others must stay."""

    def alike(server: Any, call: Any, record: Any) -> None:
        for one in list(server.visible(call)):
            if one.key.startswith(record.key):
                server.store.remove(call.claimed.name, one)

    def namesake(server: Any, call: Any, record: Any) -> None:
        for one in list(server.store.every(call.claimed.name)):
            if one.key == record.key:
                server.store.remove(call.claimed.name, one)

    def childless(server: Any, call: Any, record: Any) -> None:
        del record
        for one in server.visible(call):
            one.children.clear()

    for name, effect in (
        ("buyers", alike),
        ("addresses", namesake),
        ("catalogs", childless),
        ("categories", childless),
    ):
        failed(judged(rows_of, REMOVES, name, removing(effect)), "")


def test_a_delete_that_is_refused_accuses(rows_of: RowsOf) -> None:
    """DELETE of an item of ours must be taken."""

    def around(*_: Any) -> None:
        raise refuse(400, "No", "This stays.")

    failed(judged(rows_of, REMOVES, "buyers", {"remove": around}), "was refused")
    for check in ("the_second_delete_is_refused",):
        found = judged(rows_of, check, "buyers", {"remove": around})
        waiting(found, "verbs_delete.delete_removes")


def test_a_right_delete_passes_without_notes(rows_of: RowsOf) -> None:
    """Each kind of resource passes, and the lists were looked at."""
    for name in ("buyers", "addresses", "shelves"):
        found = judged(rows_of, REMOVES, name)
        assert found.verdict is Verdict.PASS
        assert found.notes == ()


def test_an_unlisted_item_is_noted(rows_of: RowsOf) -> None:
    """Where a list does not show the item, GET alone is judged, and that is said."""
    found = judged(rows_of, REMOVES, "buyers", {"visible": lambda *_: []})
    assert found.verdict is Verdict.PASS
    assert any("only GET was asked" in note for note in found.notes)


# ------------------------------------------------------------------- again, children


def test_a_second_delete_that_succeeds_warns(rows_of: RowsOf) -> None:
    """DELETE of what was deleted should be refused."""
    check = "the_second_delete_is_refused"

    async def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        if server.lookup(call, call.item_id) is None:
            server.create(call, call.item_id, {"Name": "Again"})
        return await inner(call)

    found = judged(rows_of, check, "buyers", {"do_delete": around})
    assert found.verdict is Verdict.WARN
    assert "the second DELETE was not refused" in found.message
    assert judged(rows_of, check, "buyers").verdict is Verdict.PASS


def test_an_item_that_stays_is_not_deleted_twice(rows_of: RowsOf) -> None:
    """Where DELETE removes nothing, the second one tells nothing."""
    check = "the_second_delete_is_refused"
    found = judged(rows_of, check, "buyers", {"remove": lambda *_: None})
    waiting(found, "verbs_delete.delete_removes")


CHILDREN = "children_go_with_their_parent"


def test_children_that_outlive_their_parent_warn(rows_of: RowsOf) -> None:
    """A child of a deleted parent should not be served."""
    lost: dict[str, Any] = {}

    def removed(inner: Any, call: Any, record: Any) -> None:
        inner(call, record)
        lost[record.key] = record

    def parents(inner: Any, call: Any) -> Any:
        key = call.path_ids.get("buyers")
        known = call.claimed.name == "addresses" and key in lost
        return (lost[key],) if known else inner(call)

    seams: Seams = {"remove": removed, "find_parents": parents}
    found = judged(rows_of, CHILDREN, "addresses", seams)
    assert found.verdict is Verdict.WARN
    assert "GET under the deleted" in found.message
    assert judged(rows_of, CHILDREN, "addresses").verdict is Verdict.PASS


def test_a_parent_with_children_may_be_kept(rows_of: RowsOf) -> None:
    """A parent whose deletion is refused keeps the clause; one that stays waits."""

    def around(*_: Any) -> None:
        raise refuse(409, "InUse", "There are children.")

    found = judged(rows_of, CHILDREN, "addresses", {"remove": around})
    assert found.verdict is Verdict.PASS
    found = judged(rows_of, CHILDREN, "addresses", {"remove": lambda *_: None})
    waiting(found, "verbs_delete.delete_removes")
