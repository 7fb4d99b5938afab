"""Refusals that leave something behind, and successes that are none."""

import json
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from exchanges import LABELLED, exchange
from outcomes import RowsOf

from conformance.checks.errors_effects import (
    _named,
    _readable,
    _updating,
    _wrong_changes,
    check_success_is_no_error,
)
from conformance.errors import Breach
from conformance.exchange import Exchange
from conformance.line import Request
from conformance.profile import METHODS, Operation, Profile, load_profile
from conformance.reference.exchange import Answer as Served
from conformance.reference.exchange import Problem, refuse
from conformance.session import Unit
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from conformance.places import Item
    from conformance.target import Target

PROFILE = load_profile("reference")
BUYERS, ADDRESSES = PROFILE.resources["buyers"], PROFILE.resources["addresses"]
WRITES = "errors_effects.refused_write_makes_no_item"
UPDATES = "errors_effects.refused_update_changes_nothing"
DELETES = "errors_effects.refused_delete_removes_nothing"


# ------------------------------------------------------------- a success that is none


def succeeded(verb: str, value: Any, **more: Any) -> Exchange:
    """A success of a verb on buyers, with a JSON value or bytes."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    operation = f"buyers-{verb}" if verb in METHODS else verb
    how = {"status": 200, "method": METHODS.get(verb, "GET"), **more}
    return exchange(body=body, headers=LABELLED, operation=operation, **how)


def claiming(**tables: Mapping[str, Any]) -> Profile:
    """The reference's profile with other tables."""
    return replace(PROFILE, raw={**PROFILE.raw, **tables})


#: Lists that are the whole body, and errors that are.
BARE = claiming(lists={**PROFILE.lists, "items": ""})
PLAIN = claiming(errors={"code": "ErrorCode", "message": "Message"})
ERROR = {"ErrorCode": "NotFound", "Message": "No such buyer.", "Data": None}
META = {"Page": 1, "PageSize": 20, "TotalPages": 0}


@pytest.mark.parametrize(
    ("verb", "value", "wrong"),
    [
        ("elsewhere", {"Errors": [ERROR]}, "an error"),
        ("LIST", {"Errors": [ERROR]}, "no list"),
        ("LIST", {"Items": {}}, "no list"),
        ("LIST", {}, "no list"),
        ("LIST", {"Items": None, "Meta": {**META, "TotalCount": 1}}, "no list"),
        ("LIST", {"Meta": {**META, "TotalCount": 0}, "Error": "broken"}, "no list"),
        ("LIST", b"", "no list"),
        ("GET", b"", "no item"),
        ("GET", ["b1"], "no item"),
        ("GET", {"Name": "Saws"}, "no item"),
        ("GET", {"ID": "b1"}, "no item"),
        ("GET", {"ID": "b1", "LastUpdated": "2030-01-15T12:00:00Z"}, "no item"),
        ("CREATE", {"Errors": [ERROR]}, "an error"),
        ("SAVE", {"Errors": [{"ErrorCode": "NotFound"}]}, "an error"),
        ("PATCH", {"error": "invalid"}, "an error"),
        ("DELETE", {"ERRORS": ["gone"]}, "an error"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_a_success_that_is_an_error_fails(verb: str, value: Any, wrong: str) -> None:
    """An error under 2xx, or nothing of what was asked for, is said."""
    with pytest.raises(Breach, match=f"^{wrong}: "):
        check_success_is_no_error(succeeded(verb, value), PROFILE)


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        ("elsewhere", {"Paths": []}),
        ("LIST", {"Items": []}),
        ("LIST", {"Items": [ERROR]}),
        ("LIST", {"Items": None, "Meta": {**META, "TotalCount": 0}}),
        ("LIST", {"Meta": META}),
        ("GET", {"ID": "b1", "Name": "Saws"}),
        ("GET", {"ID": "b1", "Active": True}),
        ("GET", {"ID": "b1", "Name": "Saws", "Errors": [ERROR]}),
        ("CREATE", {"ID": "b1", "Errors": ["none of yours"]}),
        ("CREATE", {"Created": True}),
        ("SAVE", {"error": "", "Errors": []}),
        ("PATCH", ["done"]),
        ("DELETE", {"Deleted": 1}),
        ("DELETE", b""),
    ],
)
def test_a_success_may_say_little(unit: Unit, verb: str, value: Any) -> None:
    """An empty list may be spelt as null, a write may answer anything but an error."""
    check_success_is_no_error(succeeded(verb, value), PROFILE)

    assert unit.asserted == 1


def test_no_content_is_a_success_of_any_verb(unit: Unit) -> None:
    """What 204 lacks was not promised."""
    for verb in METHODS:
        check_success_is_no_error(succeeded(verb, b"", status=204), PROFILE)
    with pytest.raises(Breach, match="no item"):
        check_success_is_no_error(succeeded("GET", b"", status=205), PROFILE)

    assert unit.asserted == len(METHODS) + 1


def test_another_method_owes_no_item(unit: Unit) -> None:
    """Who asked by another method than the verb's was promised nothing but no error."""
    check_success_is_no_error(succeeded("GET", {}, method="POST"), PROFILE)
    error = {"Errors": [ERROR]}
    with pytest.raises(Breach, match="an error"):
        check_success_is_no_error(succeeded("GET", error, method="POST"), PROFILE)

    assert unit.asserted == 2


def test_a_refusal_is_no_false_success(unit: Unit) -> None:
    """An error under 4xx is what it should be."""
    check_success_is_no_error(
        succeeded("GET", {"Errors": [ERROR]}, status=404), PROFILE
    )

    assert not unit.asserted


def test_a_list_may_be_the_whole_body(unit: Unit) -> None:
    """Then null is an empty list, and nothing at all is none."""
    values: tuple[Any, ...] = ([], [ERROR], None)
    for value in values:
        check_success_is_no_error(succeeded("LIST", value), BARE)
    others: tuple[Any, ...] = (b"", {"Items": []})
    for wrong in others:
        with pytest.raises(Breach, match="no list"):
            check_success_is_no_error(succeeded("LIST", wrong), BARE)

    assert unit.asserted == 5


def test_an_error_may_be_the_whole_body(unit: Unit) -> None:
    """Then a member that is named like a code makes no error of an answer."""
    check_success_is_no_error(succeeded("CREATE", {"ErrorCode": None}), PLAIN)
    with pytest.raises(Breach, match="an error"):
        check_success_is_no_error(succeeded("CREATE", ERROR), PLAIN)

    assert unit.asserted == 2


def test_where_nothing_is_required_the_id_is_an_item(unit: Unit) -> None:
    """All but the ID may be absent, and so left out."""
    easy = replace(BUYERS, schema={**BUYERS.schema, "required": []})
    profile = replace(PROFILE, resources={"buyers": easy})
    check_success_is_no_error(succeeded("GET", {"ID": "b1"}), profile)

    assert unit.asserted == 1


@pytest.mark.parametrize("shown", [None, "left out"])
def test_an_item_without_what_it_needs_fails(
    rows_of: RowsOf, shown: str | None
) -> None:
    """A required property that GET leaves out, or shows as null, is named."""

    def around(inner: Any, call: Any, record: Any, name: str, schema: Any) -> Any:
        hidden = name == "Name" and call.verb == "GET"
        return (shown is None, None) if hidden else inner(call, record, name, schema)

    check = "errors_effects.item_has_what_it_needs"
    [broken] = rows_of(check, {"render_property": around}, only="buyers").values()
    [whole] = rows_of(check, only="buyers").values()

    assert broken.verdict is Verdict.FAIL
    assert broken.message == "an item without Name"
    assert whole.verdict is Verdict.PASS


# -------------------------------------------------------------------------- which rows


def test_a_new_item_must_be_seen_to_be_judged() -> None:
    """A row of a write needs GET by an ID of ours, or a list that nobody else fills."""
    verbs = [verb for verb in BUYERS.verbs if _readable(Operation(BUYERS, verb))]
    unnamed = replace(ADDRESSES, id=replace(ADDRESSES.id, writable=False))

    assert verbs == ["CREATE", "SAVE"]
    assert _named(BUYERS)
    assert not _named(unnamed)
    assert not _named(replace(BUYERS, verbs=("LIST", "CREATE")))
    assert _readable(Operation(unnamed, "CREATE"))
    assert not _readable(Operation(unnamed, "SAVE"))
    assert not _readable(Operation(replace(unnamed, eventual=True), "CREATE"))
    assert not _readable(Operation(replace(unnamed, parents=()), "CREATE"))
    assert not _readable(Operation(replace(unnamed, verbs=("CREATE", "GET")), "CREATE"))
    assert _readable(Operation(replace(ADDRESSES, eventual=True), "CREATE"))


def test_an_update_must_be_seen_to_be_judged() -> None:
    """A row of an update needs GET, and a way to make an item."""
    verbs = [verb for verb in BUYERS.verbs if _updating(Operation(BUYERS, verb))]
    unreadable = replace(BUYERS, verbs=("CREATE", "PATCH"))
    unmade = replace(BUYERS, verbs=("GET", "PATCH"))

    assert verbs == ["SAVE", "PATCH"]
    assert not _updating(Operation(unreadable, "PATCH"))
    assert not _updating(Operation(unmade, "PATCH"))


# ------------------------------------------------------------- a refusal is no write


def lenient(
    inner: Any, call: Any, name: str, value: Any, findings: Any, **how: Any
) -> Any:
    """Store of too long a text its beginning, and note that it was one."""
    if isinstance(value, str) and len(value) > 100:
        call.notes["wrong"], value = True, value[:10]
    return inner(call, name, value, findings, **how)


async def contradicting(inner: Any, call: Any) -> Any:
    """Refuse what was noted as wrong, after it was stored."""
    answer = await inner(call)
    if call.notes.get("wrong"):
        raise refuse(400, "Invalid", "Too long.")
    return answer


def repairing(inner: Any, call: Any) -> Any:
    """Take a body that is cut off before its last brace."""
    if not call.body.endswith(b"}"):
        call.body += b"}"
    return inner(call)


STORING = {
    "accept": lenient,
    "do_create": contradicting,
    "do_save": contradicting,
    "do_patch": contradicting,
}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("addresses-CREATE", "a refused CREATE made what the list shows"),
        ("buyers-CREATE", "a refused CREATE made /buyers/"),
        ("buyers-SAVE", "a refused SAVE made /buyers/"),
    ],
)
def test_a_refused_write_that_makes_an_item_fails(
    rows_of: RowsOf, row: str, words: str
) -> None:
    """What was refused and is there all the same is seen by list or by GET."""
    [broken] = rows_of(WRITES, STORING, only=row).values()
    [whole] = rows_of(WRITES, only=row).values()

    assert broken.verdict is Verdict.FAIL
    assert words in broken.message
    assert whole.verdict is Verdict.PASS


@pytest.mark.parametrize("row", ["addresses-CREATE", "buyers-SAVE"])
def test_a_wrong_write_may_be_taken(rows_of: RowsOf, row: str) -> None:
    """A server that cuts long texts made an item by a success, not by a refusal."""
    [found] = rows_of(WRITES, {"accept": lenient}, only=row).values()

    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("check", "row"), [(WRITES, "buyers-SAVE"), (UPDATES, "buyers-PATCH")]
)
def test_without_a_refusal_nothing_is_judged(
    rows_of: RowsOf, check: str, row: str
) -> None:
    """Where each wrong body was taken there is no refusal to look behind."""
    seams = {"accept": lenient, "parse": repairing}
    [found] = rows_of(check, seams, only=row).values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no wrong body was refused" in str(found.cause)


def test_a_list_that_is_not_its_own_is_waited_for(rows_of: RowsOf) -> None:
    """A new list that shows other parents' items proves nothing of a refusal."""

    def visible(inner: Any, call: Any) -> list[Any]:
        return list(inner.__self__.store.every(call.claimed.name))

    [found] = rows_of(WRITES, {"visible": visible}, only="addresses-CREATE").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert str(found.waits_for).startswith("verbs_list")
    assert "a new list is not empty" in str(found.cause)


def test_items_that_never_were_are_waited_for(rows_of: RowsOf) -> None:
    """Where GET finds whatever is asked for, it shows no effect of a refusal."""

    async def do_get(inner: Any, call: Any) -> Any:
        try:
            return await inner(call)
        except Problem:
            return Served(200, {"ID": call.item_id, "Name": "Anything"})

    [found] = rows_of(WRITES, {"do_get": do_get}, only="buyers-SAVE").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert str(found.waits_for).startswith("verbs_get")
    assert "an item that never was is served" in str(found.cause)


def keeping_ids(*, all_others: bool) -> dict[str, Any]:
    """Let a server take IDs that came with a wrong body for ones in use."""
    refused: set[str] = set()

    def invalid(inner: Any, call: Any, findings: Any) -> Any:
        refused.add(json.loads(call.body).get("ID", ""))
        return inner(call, findings)

    def taken(inner: Any, call: Any, key: str, *but: Any) -> bool:
        return (
            key in refused or (all_others and bool(refused)) or inner(call, key, *but)
        )

    return {"invalid": invalid, "taken": taken}


@pytest.mark.parametrize("row", ["buyers-CREATE", "buyers-SAVE"])
def test_an_id_that_stays_taken_fails(rows_of: RowsOf, row: str) -> None:
    """An ID that was refused with its body must be free for a right one."""
    [found] = rows_of(WRITES, keeping_ids(all_others=False), only=row).values()

    assert found.verdict is Verdict.FAIL
    assert "left its ID taken" in found.message


def test_where_no_id_can_be_taken_none_was_left_taken(rows_of: RowsOf) -> None:
    """A server that refuses IDs that nobody tried is other rows' matter."""
    seams = keeping_ids(all_others=True)
    [found] = rows_of(WRITES, seams, only="buyers-CREATE").values()

    assert found.verdict is Verdict.PASS


def test_wrong_writes_go_out_marked(rows_of: RowsOf, sent: list[Request]) -> None:
    """What is sent wrong on purpose is not judged by those who watch."""
    rows_of(WRITES, only="buyers-CREATE")
    rows_of(WRITES, only="buyers-SAVE")
    rows_of(UPDATES, only="buyers-PATCH")

    def wrong(request: Request) -> bool:
        body = request.body or b""
        return b"x" * 101 in body or not body.endswith(b"}")

    for verb in ("CREATE", "SAVE", "PATCH"):
        written = [one for one in sent if one.operation == f"buyers-{verb}"]
        marked = [one.deliberate for one in written if wrong(one)]
        assert len(marked) >= 2
        assert all(marked)


@pytest.mark.parametrize("row", ["buyers-PATCH", "buyers-SAVE"])
def test_a_refused_update_that_changes_the_item_fails(
    rows_of: RowsOf, row: str
) -> None:
    """What was refused and is stored all the same is named with both values."""
    [broken] = rows_of(UPDATES, STORING, only=row).values()
    [lax] = rows_of(UPDATES, {"accept": lenient}, only=row).values()
    [whole] = rows_of(UPDATES, only=row).values()

    assert broken.verdict is Verdict.FAIL
    assert "changed the item" in broken.message
    assert whole.verdict is lax.verdict is Verdict.PASS


def wrong_changes(verb: str, other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The wrong updates of a buyer whose resource knows these other values."""

    def save_body(_item: Any, **changes: Any) -> dict[str, Any]:
        return {"ID": "b1", **changes}

    def encoded(body: Any) -> bytes:
        return json.dumps(body).encode()

    target = cast("Target", SimpleNamespace(save_body=save_body, encoded=encoded))
    item = SimpleNamespace(resource=replace(BUYERS, other=other))
    return list(_wrong_changes(target, verb, cast("Item", item)))


def test_a_wrong_update_holds_right_changes() -> None:
    """PUT sends a whole item, PATCH the changes alone: each invalid, then cut off."""
    other = {"Active": False}
    invalid, cut = wrong_changes("PATCH", other)

    assert invalid["body"] == {"Active": False, "Name": "x" * 101}
    assert cut["raw"] == b'{"Active": false'
    assert [how["body"]["ID"] for how in wrong_changes("SAVE", other)] == ["b1", "b1"]
    # An empty object without its end is still no object.
    assert wrong_changes("PATCH", {})[1]["raw"] == b'{"a": 1'


def test_a_refused_delete_that_removes_others_fails(rows_of: RowsOf) -> None:
    """DELETE of what is not there must leave what is."""

    async def do_delete(inner: Any, call: Any) -> Any:
        try:
            return await inner(call)
        except Problem:
            store = inner.__self__.store
            for record in list(store.every(call.claimed.name)):
                store.remove(call.claimed.name, record)
            raise

    [broken] = rows_of(DELETES, {"do_delete": do_delete}, only="addresses").values()
    [whole] = rows_of(DELETES, only="addresses").values()

    assert broken.verdict is Verdict.FAIL
    assert "a refused DELETE made the item vanish" in broken.message
    assert whole.verdict is Verdict.PASS


def test_a_delete_astray_that_succeeds_is_waited_for(rows_of: RowsOf) -> None:
    """A success under a parent that is not there is the parents' own clause's."""

    async def dispatch(inner: Any, call: Any) -> Any:
        try:
            return await inner(call)
        except Problem:
            if call.verb == "DELETE" and not call.parents:
                return Served(204)
            raise

    [found] = rows_of(DELETES, {"dispatch": dispatch}, only="addresses").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "verbs" in str(found.waits_for)
