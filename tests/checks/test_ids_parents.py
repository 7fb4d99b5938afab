"""Checks of namesakes under two parents."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import RowsOf

from conformance import Place, Resource
from conformance.checks import ids_parents as parents
from conformance.profile import load_profile
from conformance.reference.exchange import Call, refuse
from conformance.reference.store import Record
from conformance.verdict import Verdict

ADDRESSES = load_profile("reference").resources["addresses"]
VENDOR = load_profile("example-vendor").resources
NAMESAKES = "ids_parents.namesakes_under_two_parents_are_two_items"


def ruled(verbs: str, *rename: str, writable: bool = True) -> Resource:
    """Give addresses with other verbs and another rule of IDs."""
    rule = replace(ADDRESSES.id, rename=rename, writable=writable)
    return replace(ADDRESSES, verbs=tuple(verbs.split()), id=rule)


@pytest.mark.parametrize(
    ("resource", "namesakes", "deeds"),
    [
        (ruled("CREATE GET"), True, []),
        (ruled("CREATE GET", writable=False), False, []),
        (ruled("CREATE DELETE"), False, ["DELETE"]),
        (ruled("CREATE GET SAVE", "PATCH", "PUT"), True, ["PUT"]),
        (ruled("CREATE GET PATCH", "PUT"), True, ["PATCH"]),
        (
            ruled("CREATE GET PATCH SAVE DELETE", "PATCH"),
            True,
            ["PATCH", "PUT", "a rename", "a rename back", "DELETE"],
        ),
    ],
)
def test_all_is_done_to_one_namesake_that_is_offered(
    resource: Resource, deeds: list[str], *, namesakes: bool
) -> None:
    """The other is watched meanwhile; both were chosen, and can be read."""
    assert parents._namesakes(resource) is namesakes  # noqa: SLF001
    assert [what for what, _ in parents._deeds(resource)] == deeds  # noqa: SLF001


def test_a_namesakes_body_differs_but_in_what_must_be_unique() -> None:
    """So that each is told from the other."""
    tools = VENDOR["tools"]
    target: Any = SimpleNamespace(body=lambda _, **changes: changes)

    body = parents._body(target, tools, "a")  # noqa: SLF001

    assert body["key"] == "a"
    assert body["title"] == tools.other["title"]
    assert "stock_number" not in body


@pytest.mark.parametrize(
    ("resource", "sent"),
    [
        (ADDRESSES, {"CompanyName": "a third value"}),
        (VENDOR["members"], {"any": "other"}),
        (replace(ADDRESSES, schema={"properties": {}}), {"any": "other"}),
    ],
)
def test_a_third_value_is_patched_where_a_label_can_hold_it(
    resource: Resource, sent: dict[str, Any]
) -> None:
    """Else any small change; one that must be unique is left alone."""
    told: list[Any] = []

    class Sent(Exception):
        """Nothing is answered."""

    def patch(_item: Any, body: Any) -> None:
        told.append(body)
        raise Sent

    target: Any = SimpleNamespace(patch=patch, patch_body=lambda _: {"any": "other"})
    with pytest.raises(Sent):
        parents._patch(  # noqa: SLF001
            target, Place(resource, ("p",) * len(resource.parents)).item("a")
        )

    assert told == [sent]


# ------------------------------------------------------------------ against a server


class _Made:
    """What was made in the server at hand, by ID; namesakes beside each other."""

    by_key: dict[str, list[Record]] = {}  # noqa: RUF012 - emptied by each test


@pytest.fixture(autouse=True)
def _nothing_made() -> None:
    _Made.by_key.clear()


def _noting(inner: Any, call: Call, key: str, values: Any) -> Record:
    made: Record = inner(call, key, values)
    _Made.by_key.setdefault(key, []).append(made)
    return made


def others(record: Record) -> list[Record]:
    """Give the namesakes of a record."""
    return [one for one in _Made.by_key.get(record.key, []) if one is not record]


def spreading(verb: str) -> dict[str, Any]:
    """Let an update of one namesake write to the other, too."""

    def update(inner: Any, call: Call, record: Record, values: Any, new: Any) -> None:
        rename = "rename" if new is not None else call.verb
        namesakes = others(record)
        inner(call, record, values, new)
        for one in namesakes if rename == verb else ():
            one.values = {**one.values, "City": "Elsewhere"}

    return {"create": _noting, "update": update}


def _removed_too(inner: Any, call: Call, record: Record) -> None:
    inner(call, record)
    for one in others(record):
        siblings = one.parent.children["addresses"] if one.parent else {}
        siblings.pop(one.key, None)


def _free_nowhere(inner: Any, call: Call, key: str, *but: Any) -> None:
    inner(call, key, *but)
    created = call.claimed.name == "addresses" and call.verb == "CREATE"
    if created and key in _Made.by_key:
        raise refuse(409, "IdExists", "Some buyer's address has this ID.")


def _unlisted(inner: Any, call: Call) -> Any:
    return [one for one in inner(call) if not others(one)]


def _listed_twice(inner: Any, call: Call) -> Any:
    found = list(inner(call))
    return [*found, *(one for one in found if others(one))]


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        ({}, None),
        (
            {"create": _noting, "require_free": _free_nowhere},
            "an ID that an item of another parent has was refused",
        ),
        (spreading("PATCH"), "PATCH of its namesake changed the item: City"),
        (spreading("SAVE"), "PUT of its namesake changed the item: City"),
        (spreading("rename"), "a rename of its namesake changed the item"),
        ({"create": _noting, "remove": _removed_too}, "DELETE of its namesake made"),
        ({"create": _noting, "visible": _unlisted}, "after all that its list shows []"),
        ({"create": _noting, "visible": _listed_twice}, "its list shows ["),
    ],
)
def test_namesakes_under_two_parents_are_two_items(
    rows_of: RowsOf, seams: dict[str, Any], words: str | None
) -> None:
    """Whatever is done to one leaves the other as it was, and listed once."""
    [result] = rows_of(NAMESAKES, seams, only="addresses").values()

    assert result.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert (words or "") in result.message


@pytest.mark.parametrize(
    ("verb", "clause"),
    [
        ("do_patch", "verbs_patch"),
        ("do_save", "verbs_save"),
        ("do_delete", "verbs_delete"),
        ("do_get", "verbs_get"),
    ],
)
def test_a_deed_that_is_refused_is_another_rows(
    rows_of: RowsOf, verb: str, clause: str
) -> None:
    """A namesake that nothing was done to shows nothing."""

    async def never(_inner: Any, _call: Call) -> Any:
        raise refuse(400, "No", "Not here.")

    [result] = rows_of(NAMESAKES, {verb: never}, only="addresses").values()

    assert result.verdict is Verdict.INCONCLUSIVE
    assert (result.waits_for or "").startswith(clause)


def test_where_the_second_parent_takes_nothing_the_row_waits(rows_of: RowsOf) -> None:
    """An item without the namesake's ID is tried as a control."""
    count: dict[int, int] = {}

    async def create(inner: Any, call: Call) -> Any:
        if call.claimed.name == "addresses":
            first = count.setdefault(0, id(call.parent))
            if first != id(call.parent):
                raise refuse(400, "No", "One parent is enough.")
        return await inner(call)

    [result] = rows_of(NAMESAKES, {"do_create": create}, only="addresses").values()

    assert result.verdict is Verdict.INCONCLUSIVE
    assert (result.waits_for or "").startswith("verbs_create")
