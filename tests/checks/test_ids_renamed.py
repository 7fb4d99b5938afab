"""Checks of updates that write the ID."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import RowsOf

from conformance import Place, Resource
from conformance.checks import ids_renamed as renamed
from conformance.errors import Breach, NotJudged
from conformance.profile import load_profile
from conformance.reference.exchange import Call, refuse
from conformance.reference.store import Record
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
CATALOGS = REFERENCE.resources["catalogs"]
WRITES = "ids_renamed.an_update_writes_the_id"
BACK = "ids_renamed.an_item_gets_its_first_id_back"
CLASH = "ids_renamed.no_item_is_renamed_onto_another"
# What insists without a run around it does so in a unit.
pytestmark = pytest.mark.usefixtures("unit")


def ruled(verbs: str, *rename: str, writable: bool = True) -> Resource:
    """Give buyers with other verbs and methods that write IDs."""
    rule = replace(BUYERS.id, rename=rename, writable=writable)
    return replace(BUYERS, verbs=tuple(verbs.split()), id=rule)


# --------------------------------------------------------------------------- helpers


@pytest.mark.parametrize(
    ("resource", "methods"),
    [
        (ruled("PATCH SAVE", "PATCH", "PUT"), ["PATCH", "PUT"]),
        (ruled("PATCH", "PATCH", "PUT"), ["PATCH"]),
        (ruled("SAVE", "PATCH", "PUT"), ["PUT"]),
        (ruled("GET", "PATCH", "PUT"), []),
        (ruled("PATCH SAVE"), []),
    ],
)
def test_the_methods_that_write_ids_are_those_offered(
    resource: Resource, methods: list[str]
) -> None:
    """What is claimed to rename must be a verb of the resource."""
    assert renamed._methods(REFERENCE, resource) == methods  # noqa: SLF001


def test_what_is_renamed_is_made_and_read() -> None:
    """POST and GET are enough."""
    assert renamed._gettable(ruled("CREATE GET"))  # noqa: SLF001
    assert not renamed._gettable(ruled("CREATE DELETE"))  # noqa: SLF001


def test_patch_sends_the_id_alone_and_put_the_whole() -> None:
    """PUT repeats what the item was made with."""
    target: Any = SimpleNamespace(
        patch=lambda _item, body: ("PATCH", body),
        put=lambda _item, body: ("PUT", body),
    )
    item = Place(BUYERS).item("a", {"ID": "a", "Name": "n"})

    patch: Any = renamed._rename(target, item, "b", "PATCH", Active=True)  # noqa: SLF001
    put: Any = renamed._rename(target, item, "b", "PUT")  # noqa: SLF001

    assert patch == ("PATCH", {"ID": "b", "Active": True})
    assert put == ("PUT", {"ID": "b", "Name": "n"})


def test_a_profile_should_let_some_id_be_rewritten() -> None:
    """One resource is enough; where IDs are the server's, none counts."""
    check = renamed.check_some_id_can_be_rewritten

    def profile(*resources: Resource) -> Any:
        named = {str(n): resource for n, resource in enumerate(resources)}
        return replace(REFERENCE, resources=named)

    check(profile(ruled("PATCH"), ruled("PATCH", "PATCH")))
    for odd in (ruled("PATCH"), ruled("PATCH", "PATCH", writable=False)):
        with pytest.raises(Breach, match="no resource whose ID"):
            check(profile(odd))
    with pytest.raises(NotJudged):
        check(profile())


# --------------------------------------------------------------------------- renamed


def _ignored(_inner: Any, _call: Call, *_: Any) -> None:
    return None


def _refused(inner: Any, call: Call, *arguments: Any) -> Any:
    if inner(call, *arguments) is not None:
        raise refuse(400, "No", "No new IDs.")


def _leaving(inner: Any, call: Call, record: Record, key: str) -> None:
    old = Record(record.key, record.values, record.created, record.updated)
    old.parent = record.parent
    inner(call, record, key)
    _Left.by_key[old.key] = old


class _Left:
    """What renames left behind in the server at hand."""

    by_key: dict[str, Record] = {}  # noqa: RUF012 - emptied by each test


@pytest.fixture(autouse=True)
def _nothing_left() -> None:
    _Left.by_key.clear()


def _old_served(inner: Any, call: Call, key: str) -> Record | None:
    found: Record | None = inner(call, key)
    return found or _Left.by_key.get(key)


def _losing(inner: Any, call: Call, record: Record, key: str) -> None:
    inner(call, record, key)
    record.values = {**record.values, "xp": None}


def _flipping(inner: Any, call: Call, record: Record, values: Any, new: Any) -> None:
    inner(call, record, values, new)
    record.values = {**record.values, "xp": None}


def _childless(inner: Any, call: Call, record: Record, key: str) -> None:
    inner(call, record, key)
    record.children = {}


def _listed_by_the_old_id(inner: Any, call: Call, record: Record) -> dict[str, Any]:
    item: dict[str, Any] = inner(call, record)
    for old, kept in _Left.by_key.items():
        if call.verb == "LIST" and kept.values is record.values:
            item["ID"] = old
    return item


def _unlisted(inner: Any, call: Call) -> Any:
    renamed_ = [id(kept.values) for kept in _Left.by_key.values()]
    return [one for one in inner(call) if id(one.values) not in renamed_]


def _listed_twice(inner: Any, call: Call) -> Any:
    renamed_ = [id(kept.values) for kept in _Left.by_key.values()]
    found = list(inner(call))
    return [*found, *(one for one in found if id(one.values) in renamed_)]


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        ({}, None),
        ({"renaming": _ignored}, "no item under the new ID"),
        ({"renaming": _refused}, "an update that writes the ID was refused"),
        ({"rename": _leaving, "lookup": _old_served}, "GET of the old ID was not"),
        ({"rename": _losing}, "the new ID serves another item: xp was"),
        ({"rename": _leaving, "render_item": _listed_by_the_old_id}, "still shows"),
        ({"rename": _leaving, "visible": _unlisted}, "0 times"),
        ({"rename": _leaving, "visible": _listed_twice}, "2 times"),
    ],
)
def test_an_item_moves_to_its_new_id(
    rows_of: RowsOf, seams: dict[str, Any], words: str | None
) -> None:
    """It is served there, not at the old ID, as it was, and listed once."""
    must, soft = rows_of(WRITES, seams, only="catalogs").values()

    assert must.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert (words or "") in must.message
    assert words or soft.verdict is Verdict.PASS


def test_a_child_should_follow(rows_of: RowsOf) -> None:
    """What stands below is a matter of the softer row."""
    must, soft = rows_of(WRITES, {"rename": _childless}, only="catalogs").values()

    assert must.verdict is Verdict.PASS
    assert soft.verdict is Verdict.WARN
    assert "a child did not follow" in soft.message


def test_an_update_that_loses_values_without_a_new_id_is_another_rows(
    rows_of: RowsOf,
) -> None:
    """The control writes the ID that it finds."""
    must, _ = rows_of(WRITES, {"update": _flipping}, only="catalogs").values()

    assert must.verdict is Verdict.INCONCLUSIVE
    assert "without a new ID, too" in (must.cause or "")
    assert (must.waits_for or "").startswith("verbs_")


# ------------------------------------------------------------------------ first ID


def _no_way_back(inner: Any, call: Call, record: Record, chosen: Any) -> Any:
    new = inner(call, record, chosen)
    if new in _Left.by_key:
        raise refuse(409, "No", "That one was used.")
    return new


def _no_way_back_and_lost(inner: Any, call: Call, record: Record, chosen: Any) -> Any:
    new = inner(call, record, chosen)
    if new in _Left.by_key:
        _Left.by_key[f"lost {record.key}"] = record
        raise refuse(409, "No", "That one was used.")
    return new


def _lost_from_sight(inner: Any, call: Call, key: str) -> Record | None:
    found: Record | None = inner(call, key)
    return None if f"lost {key}" in _Left.by_key else found


def _hidden_once_left(inner: Any, call: Call, key: str) -> Record | None:
    found: Record | None = inner(call, key)
    return None if key in _Left.by_key and call.verb == "GET" else found


@pytest.mark.parametrize(
    ("seams", "words", "soft"),
    [
        ({}, "", ""),
        ({"renaming": _refused}, "an update that writes the ID was refused", ""),
        ({"rename": _leaving, "renaming": _no_way_back}, "", "its first ID is refused"),
        (
            {
                "rename": _leaving,
                "renaming": _no_way_back_and_lost,
                "lookup": _lost_from_sight,
            },
            "no item under the new ID",
            "",
        ),
        (
            {"rename": _leaving, "lookup": _hidden_once_left},
            "no item under the ID that it had first",
            "",
        ),
        (
            {"rename": _leaving, "lookup": _old_served},
            "GET of the ID in between was not refused",
            "",
        ),
    ],
)
def test_an_item_moves_back_to_its_first_id(
    rows_of: RowsOf, seams: dict[str, Any], words: str, soft: str
) -> None:
    """Or the way back is refused, which warns, and the item stays where it is."""
    # What is listed and not served is another row's.
    hiding: dict[str, Any] = {"visible": lambda _inner, _call: []}
    if "lookup" not in seams:
        hiding = {}
    must, edge = rows_of(BACK, {**seams, **hiding}, only="catalogs").values()

    assert must.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert words in must.message
    assert (edge.verdict is Verdict.WARN) is bool(soft)
    assert soft in edge.message


# ---------------------------------------------------------------------------- clash


def _overwriting(inner: Any, call: Call, *arguments: Any) -> None:
    if call.verb == "CREATE":
        inner(call, *arguments)


def _spoilt(inner: Any, call: Call, record: Record, values: Any, new: Any) -> None:
    if new is not None:
        record.values = {**record.values, "Active": not record.values["Active"]}
    inner(call, record, values, new)


def _other_spoilt(inner: Any, call: Call, key: str, but: Any = None) -> None:
    there = _Left.by_key.get(key)
    if there is not None and there is not but:
        there.values = {**there.values, "xp": None}
    inner(call, key, but)


def _noting(inner: Any, call: Call, key: str, values: Any) -> Record:
    _Left.by_key[key] = inner(call, key, values)
    return _Left.by_key[key]


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        ({}, None),
        ({"require_free": _overwriting}, "renaming onto an ID in use was not refused"),
        ({"update": _spoilt}, "renaming onto an ID in use changed the item: Active"),
        (
            {"require_free": _other_spoilt, "create": _noting},
            "renaming another item onto its ID changed the item: xp",
        ),
    ],
)
def test_no_item_is_renamed_onto_another(
    rows_of: RowsOf, seams: dict[str, Any], words: str | None
) -> None:
    """It is refused, and neither item is touched."""
    [result] = rows_of(CLASH, seams, only="catalogs").values()

    assert result.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert (words or "") in result.message


def test_where_no_id_is_written_a_clash_shows_nothing(rows_of: RowsOf) -> None:
    """Whoever ignores the ID, or refuses every new one, is another row's."""
    for seams in ({"renaming": _ignored}, {"renaming": _refused}):
        [result] = rows_of(CLASH, seams, only="catalogs").values()
        assert result.verdict is Verdict.INCONCLUSIVE
        assert (result.waits_for or "").startswith(WRITES)


def test_an_item_that_cannot_be_renamed_at_all_shows_nothing(rows_of: RowsOf) -> None:
    """The item that was to clash is moved to a free ID at the end, as a control."""
    names = set[str]()

    def renaming(inner: Any, call: Call, record: Record, chosen: Any) -> Any:
        names.add(record.values["Name"])
        if record.values["Name"] == CATALOGS.example["Name"]:
            return _refused(inner, call, record, chosen)
        return inner(call, record, chosen)

    [result] = rows_of(CLASH, {"renaming": renaming}, only="catalogs").values()

    assert result.verdict is Verdict.INCONCLUSIVE
    assert (result.waits_for or "").startswith(WRITES)
    assert names == {CATALOGS.example["Name"], CATALOGS.other["Name"]}


def test_a_list_that_keeps_what_it_showed_once_is_seen(rows_of: RowsOf) -> None:
    """The item is listed under its old ID before it is renamed."""
    shown: dict[int, tuple[Record, str]] = {}

    def render(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        item: dict[str, Any] = inner(call, record)
        if call.verb == "LIST":
            item["ID"] = shown.setdefault(id(record), (record, record.key))[1]
        return item

    must, _ = rows_of(WRITES, {"render_item": render}, only="catalogs").values()

    assert must.verdict is Verdict.FAIL
    assert "the list still shows" in must.message


def test_a_way_back_that_breaks_down_is_another_rows(rows_of: RowsOf) -> None:
    """A 5xx is neither a refusal, which warns, nor a move."""

    def broken(inner: Any, call: Call, record: Record, chosen: Any) -> Any:
        new = inner(call, record, chosen)
        if new in _Left.by_key:
            raise refuse(500, "ServerError", "An unknown error.")
        return new

    seams = {"rename": _leaving, "renaming": broken}
    must, _ = rows_of(BACK, seams, only="catalogs").values()

    assert must.verdict is Verdict.INCONCLUSIVE
    assert (must.waits_for or "").startswith("errors")


def test_an_object_that_gained_a_member_is_another_one(rows_of: RowsOf) -> None:
    """Two looks are compared both ways."""

    def gaining(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        record.values = {**record.values, "xp": {**record.values["xp"], "more": 1}}

    must, _ = rows_of(WRITES, {"rename": gaining}, only="catalogs").values()

    assert must.verdict is Verdict.FAIL
    assert "serves another item: xp was" in must.message
