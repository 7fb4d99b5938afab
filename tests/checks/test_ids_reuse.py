"""Checks of IDs that are free again once their item was deleted."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from exchanges import exchange
from naming import ruled
from outcomes import RowsOf

from conformance import LEFT_OUT, Item, Place, Resource
from conformance.checks import ids_reuse as reuse
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import METHODS, load_profile
from conformance.reference.exchange import Call, refuse
from conformance.reference.store import Record
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
CATALOGS = REFERENCE.resources["catalogs"]
PRODUCTS = REFERENCE.resources["products"]
SHELVES = REFERENCE.resources["shelves"]
TOOLS = load_profile("example-vendor").resources["tools"]
AGAIN = "ids_reuse.a_deleted_id_can_be_created_again"
ANEW = "ids_reuse.an_item_made_anew_shows_nothing_of_the_old"
# What insists without a run around it does so in a unit.
pytestmark = pytest.mark.usefixtures("unit")


def answered(status: int, verb: str = "GET", value: Any = None) -> Exchange:
    """Give an exchange about a buyer."""
    told = value or {"ID": "a"}
    return exchange(status, told, method=METHODS[verb], operation=f"buyers-{verb}")


# --------------------------------------------------------------------------- helpers


@pytest.mark.parametrize(
    ("resource", "reusable", "verbs"),
    [
        (ruled("CREATE GET DELETE"), True, ["CREATE"]),
        (ruled("CREATE GET SAVE DELETE"), True, ["CREATE", "SAVE"]),
        (ruled("CREATE GET"), False, ["CREATE"]),
        (ruled("CREATE GET DELETE", writable=False), False, ["CREATE"]),
        (ruled("GET SAVE DELETE"), False, ["SAVE"]),
    ],
)
def test_what_is_reused_was_chosen_read_and_deleted(
    resource: Resource, verbs: list[str], *, reusable: bool
) -> None:
    """It is made anew by each verb that makes."""
    assert reuse._reusable(resource) is reusable  # noqa: SLF001
    assert reuse._verbs(REFERENCE, resource) == verbs  # noqa: SLF001


def test_what_may_be_left_out_is_neither_required_nor_the_label_nor_unique() -> None:
    """The body of the new item has nothing else."""
    assert not reuse._left_out(PRODUCTS, "Name")  # noqa: SLF001
    assert reuse._left_out(PRODUCTS, "Kind")  # noqa: SLF001
    assert not reuse._left_out(TOOLS, "stock_number")  # noqa: SLF001
    free = replace(BUYERS, schema={**BUYERS.schema, "required": []})
    assert not reuse._left_out(free, "Name")  # noqa: SLF001
    assert reuse._bare(BUYERS) == {"Active": LEFT_OUT, "xp": LEFT_OUT}  # noqa: SLF001


def test_what_an_item_shows_of_another_is_told() -> None:
    """Defaults, absence, and what a fresh item shows as well, are nothing of it."""
    old = {"Name": "another", "Active": True, "xp": {"a": 1, "b": 2}}

    def left(fresh: dict[str, Any], old: Any = old, **shown: Any) -> list[str]:
        whole = {"Name": "n", "Active": False, "xp": None, **shown}
        return reuse._left(BUYERS, whole, old, fresh)  # noqa: SLF001

    assert left({}) == []
    assert left({}, xp={"a": 1}) == ['xp is {"a": 1}']
    assert left({}, Active=True) == ["Active is true"]
    assert left({"xp": {"a": 1}}, xp={"a": 1}) == []
    assert left({}, {"Name": "another"}, xp={"a": 1}) == []
    assert left({}, Name="another") == []
    # What it never held is the server's to choose, for each item anew.
    assert left({}, xp={"a": 2}) == []
    assert left({}, xp={"a": 2, "b": 2}) == ['xp is {"a": 2, "b": 2}']


def test_an_item_is_made_anew_by_its_verb() -> None:
    """POST on the collection or PUT on the item, with the old ID."""
    target: Any = SimpleNamespace(
        body=lambda _resource, **changes: changes,
        post=lambda place, body: ("POST", place.path, body["ID"]),
        put=lambda item, body: ("PUT", item.path, body["ID"]),
    )
    item = Place(BUYERS).item("a")

    post: Any = reuse._made_anew(target, item, "CREATE")  # noqa: SLF001
    put: Any = reuse._made_anew(target, item, "SAVE")  # noqa: SLF001

    assert post == ("POST", "/buyers", "a")
    assert put == ("PUT", "/buyers/a", "a")


class Deleting:
    """Stands in for a target that deletes as it is told.

    Attributes:
        log: IDs of what was deleted, in order.
    """

    def __init__(self, say: Callable[[int, str], int]) -> None:
        self.say = say
        self.log: list[str] = []

    def delete(self, item: Item) -> Exchange:
        """Remove."""
        self.log.append(item.id)
        return answered(self.say(len(self.log), item.id), "DELETE")


def test_children_are_deleted_first_only_where_the_server_wants_it() -> None:
    """Those that have a DELETE; a refusal that stays is another row's."""
    item, below = Place(BUYERS).item("a"), [Place(BUYERS).item("b")]
    fixed = [Place(ruled("CREATE GET")).item("c")]
    at_once: Any = Deleting(lambda *_: 204)
    wants: Any = Deleting(lambda count, _: 409 if count == 1 else 204)
    never: Any = Deleting(lambda _, id_: 409 if id_ == "a" else 204)
    stuck: Any = Deleting(lambda count, id_: 409 if count == 1 or id_ == "b" else 204)

    reuse._delete(at_once, item, below)  # noqa: SLF001
    reuse._delete(wants, item, [*below, *fixed])  # noqa: SLF001
    assert at_once.log == ["a"]
    assert wants.log == ["a", "b", "a"]
    alone: Any = Deleting(lambda *_: 409)
    for target, children, log in (
        (never, below, ["a", "b", "a"]),
        (alone, fixed, ["a"]),
        (stuck, below, ["a", "b"]),
    ):
        with pytest.raises(Waits, match=r"verbs\.delete\.removes"):
            reuse._delete(target, item, children)  # noqa: SLF001
        assert target.log == log


def test_a_child_made_anew_has_none_of_the_old_ones_children() -> None:
    """Where the child can be made with its old ID."""
    item, below = Place(BUYERS).item("a"), Place(BUYERS).item("b")

    def look(child: Item, grandchild: Item | None, post: int, get: int) -> list[str]:
        log: list[str] = []

        def say(verb: str, status: int, name: str) -> Exchange:
            log.append(verb)
            return answered(status, name)

        target: Any = SimpleNamespace(
            body=lambda _resource, **changes: changes,
            post=lambda *_: say("POST", post, "CREATE"),
            get=lambda *_: say("GET", get, "GET"),
        )
        reuse._insist_on_new_child(target, child, grandchild)  # noqa: SLF001
        return log

    given = Place(ruled("CREATE GET", writable=False)).item("a")
    assert look(item, below, 201, 404) == ["POST", "GET"]
    assert look(item, below, 409, 200) == ["POST"]
    assert look(item, None, 201, 200) == []
    assert look(given, below, 201, 200) == []
    with pytest.raises(Breach, match="GET of a grandchild"):
        look(item, below, 201, 200)


def test_a_list_shows_no_child_of_what_was_deleted() -> None:
    """Where there is no list, none is read."""

    def look(resource: Resource, *ids: str) -> int:
        pages: list[Any] = []
        value = {"Items": [{"ID": id_} for id_ in ids], "Meta": {}}

        def page(_place: Place) -> Exchange:
            pages.append(1)
            return answered(200, "LIST", value)

        target: Any = SimpleNamespace(page=page, profile=REFERENCE)
        reuse._insist_on_none_listed(target, Place(resource).item("a"))  # noqa: SLF001
        return len(pages)

    assert look(BUYERS, "b") == 1
    assert look(ruled("CREATE GET"), "a") == 0
    with pytest.raises(Breach, match="the list shows a child"):
        look(BUYERS, "b", "a")


# ------------------------------------------------------------------ against a server


class _Kept:
    """What was deleted in the server at hand, by its ID."""

    gone: dict[str, Record] = {}  # noqa: RUF012 - emptied by each test


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    _Kept.gone.clear()


def _keep(inner: Any, call: Call, record: Record) -> None:
    inner(call, record)
    _Kept.gone[record.key] = record


def _never_again(inner: Any, call: Call, key: str, *but: Any) -> None:
    inner(call, key, *but)
    if key in _Kept.gone:
        raise refuse(409, "No", "That one was used.")


def _not_served(inner: Any, call: Call, key: str) -> Record | None:
    found: Record | None = inner(call, key)
    return None if key in _Kept.gone else found


def test_a_deleted_id_should_be_taken_again(rows_of: RowsOf) -> None:
    """A refusal warns; what is made and not served, or not deleted, is another's."""
    [clean] = rows_of(AGAIN, only="catalogs").values()
    seams = {"remove": _keep, "require_free": _never_again}
    [never] = rows_of(AGAIN, seams, only="catalogs").values()
    _Kept.gone.clear()
    seams = {"remove": _keep, "lookup": _not_served}
    [hidden] = rows_of(AGAIN, seams, only="catalogs").values()

    assert clean.verdict is Verdict.PASS
    assert never.verdict is Verdict.WARN
    assert "the ID of a deleted item was refused" in never.message
    assert hidden.verdict is Verdict.INCONCLUSIVE
    assert (hidden.waits_for or "").startswith("verbs_get")


def test_an_item_that_stays_is_no_deleted_one(rows_of: RowsOf) -> None:
    """A DELETE that is refused is judged elsewhere."""

    async def delete(_inner: Any, _call: Call) -> Any:
        raise refuse(400, "No", "Nothing is deleted.")

    for check in (AGAIN, ANEW):
        [result] = rows_of(check, {"do_delete": delete}, only="products").values()
        assert result.verdict is Verdict.INCONCLUSIVE
        assert (result.waits_for or "").startswith("verbs_delete")


def _with_old_values(inner: Any, call: Call, key: str, values: Any) -> Record:
    old = _Kept.gone.get(key)
    made: Record = inner(call, key, {**old.values, **values} if old else values)
    return made


def _with_old_description(inner: Any, call: Call, key: str, values: Any) -> Record:
    old = _Kept.gone.get(key)
    told = {"Description": old.values["Description"]} if old else {}
    made: Record = inner(call, key, {**values, **told})
    return made


def _with_old_children(inner: Any, call: Call, key: str, values: Any) -> Record:
    made: Record = inner(call, key, values)
    old = _Kept.gone.get(key)
    if old is not None and call.claimed.name == "catalogs":
        made.children = old.children
    return made


def _unread(inner: Any, call: Call) -> Any:
    record = inner(call)
    if call.claimed.name == "categories" and call.parent is not None:
        old = _Kept.gone.get(call.parent.key)
        if old is not None and call.verb == "GET":
            raise refuse(404, "NotFound", "Not here.")
    return record


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        ({}, None),
        ({"create": _with_old_description}, "data of the deleted item: Description is"),
        ({"create": _with_old_children}, "GET of a child of the deleted item was not"),
        (
            {"create": _with_old_children, "find_item": _unread},
            "the list shows a child of the deleted item",
        ),
    ],
)
def test_an_item_made_anew_shows_nothing_of_the_old(
    rows_of: RowsOf, seams: dict[str, Any], words: str | None
) -> None:
    """Neither its values nor its children, read one by one or listed."""
    [result] = rows_of(ANEW, {"remove": _keep, **seams}, only="catalogs").values()

    assert result.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert (words or "") in result.message


def test_what_every_item_shows_is_nothing_of_the_old(rows_of: RowsOf) -> None:
    """A server may set what nobody sent; a fresh item shows it, too."""

    def create(inner: Any, call: Call, key: str, values: Any) -> Record:
        made: Record = inner(call, key, {"Description": "of the house", **values})
        return made

    [result] = rows_of(ANEW, {"create": create}, only="catalogs").values()

    assert result.verdict is Verdict.PASS


def test_an_id_that_serves_once_shows_nothing_of_the_old(rows_of: RowsOf) -> None:
    """Where another one is taken in the same way; else that is another row's."""
    seams = {"remove": _keep, "require_free": _never_again}
    [once] = rows_of(ANEW, seams, only="products").values()

    def validate(inner: Any, call: Call, body: Any, **how: Any) -> Any:
        if "Kind" not in body and call.verb in ("CREATE", "SAVE"):
            raise refuse(400, "No", "Too little.")
        return inner(call, body, **how)

    [bare] = rows_of(ANEW, {"validate": validate}, only="products").values()

    assert once.verdict is Verdict.PASS
    assert bare.verdict is Verdict.INCONCLUSIVE
    assert (bare.waits_for or "").startswith("verbs_")
