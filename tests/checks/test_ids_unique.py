"""Checks of IDs that are unique in their scope, and free outside of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from exchanges import exchange
from outcomes import RowsOf
from units import judging

from conformance import Item, Place, Resource
from conformance.checks import ids_unique as unique
from conformance.errors import Breach, Disturbed, Waits
from conformance.exchange import Exchange
from conformance.profile import Profile, load_profile
from conformance.reference.exchange import Answer as Told
from conformance.reference.exchange import Call, Problem, refuse
from conformance.reference.store import Record
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
PRODUCTS = REFERENCE.resources["products"]
VENDOR = load_profile("example-vendor")
TOOLS = VENDOR.resources["tools"]


def answered(status: int, value: Any = None, verb: str = "CREATE") -> Exchange:
    """Give an exchange about a buyer."""
    return exchange(
        status,
        ... if value is None else value,
        method="POST",
        operation=f"buyers-{verb}",
        identity="app",
    )


def given(call: Call) -> dict[str, Any]:
    """Give a request's body."""
    value: dict[str, Any] = json.loads(call.body)
    return value


# --------------------------------------------------------------------------- helpers


@pytest.mark.parametrize(
    ("verbs", "writable", "chosen"),
    [
        ("CREATE GET", True, True),
        ("CREATE GET DELETE", True, True),
        ("CREATE GET", False, False),
        ("CREATE", True, False),
        ("GET SAVE", True, False),
    ],
)
def test_what_clients_choose_can_be_made_and_read(
    verbs: str, *, writable: bool, chosen: bool
) -> None:
    """Without POST or GET, or where the server makes the IDs, there is no row."""
    rule = replace(BUYERS.id, writable=writable)
    resource = replace(BUYERS, verbs=tuple(verbs.split()), id=rule)
    caseless = replace(resource, id=replace(rule, alphabet="abc"))
    both = replace(resource, id=replace(rule, alphabet="aA"))

    assert unique._chosen(resource) is chosen  # noqa: SLF001
    assert unique._cased(resource) is chosen  # noqa: SLF001
    assert unique._cased(both) is chosen  # noqa: SLF001
    assert not unique._cased(caseless)  # noqa: SLF001


def test_an_id_that_the_server_changed_is_another_rows() -> None:
    """The row waits for the one that judges whether IDs are kept."""
    item = Place(BUYERS).item("a")
    made: Any = SimpleNamespace(
        create=lambda place, **_: Item(place, "b", {}, answered(201, {"ID": "b"}))
    )
    silent: Any = SimpleNamespace(create=lambda place, **_: Item(place, "a"))
    with judging("ids.duplicate_race"):
        unique._insist_on_id(answered(201, {"ID": "a"}), item)  # noqa: SLF001
        unique._insist_on_id(Disturbed("lost"), item)  # noqa: SLF001
        unique._create(silent, Place(BUYERS), "a")  # noqa: SLF001
        for act in (
            lambda: unique._insist_on_id(answered(201, {"ID": "b"}), item),  # noqa: SLF001
            lambda: unique._create(made, Place(BUYERS), "a"),  # noqa: SLF001
        ):
            with pytest.raises(Waits) as found:
                act()
            assert found.value.row == "ids.post_keeps_the_id_given[buyers]"


def _bodies(resource: Resource, **changes: Any) -> dict[str, Any]:
    return {**resource.example, **changes}


def test_a_second_body_differs_but_in_what_must_be_unique() -> None:
    """It has other values, as far as no other item may have them."""
    assert "stock_number" in TOOLS.other
    target: Any = SimpleNamespace(body=_bodies)

    second = unique._second(target, Place(TOOLS).item("a"))  # noqa: SLF001

    assert second["key"] == "a"
    assert second["title"] == TOOLS.other["title"]
    assert second["stock_number"] == TOOLS.example["stock_number"]


def test_racers_are_told_apart_by_their_label() -> None:
    """A unique label, or none, stays as it is."""
    target: Any = SimpleNamespace(body=_bodies)
    login = VENDOR.resources["members"]
    bare = replace(BUYERS, schema={**BUYERS.schema, "properties": {"ID": {}}})

    racer = unique._raced(target, Place(BUYERS).item("a"), 3)  # noqa: SLF001
    alone = unique._raced(target, Place(login).item("a"), 3)  # noqa: SLF001
    none = unique._raced(target, Place(bare).item("a"), 3)  # noqa: SLF001

    assert (racer["ID"], racer["Name"]) == ("a", "racer 3")
    assert alone["login"] == login.example["login"]
    assert none["Name"] == BUYERS.example["Name"]


def test_typical_resources_race_twice() -> None:
    """The others once."""
    assert unique._rounds(REFERENCE, BUYERS) == [0, 1]  # noqa: SLF001
    assert unique._rounds(REFERENCE, PRODUCTS) == [0]  # noqa: SLF001


def somebody(name: str, client: str, user: str, *, may: bool = True) -> Any:
    """Give an identity."""
    return SimpleNamespace(
        name=name, client_id=client, username=user, may=lambda _roles: may
    )


def test_an_id_is_tried_by_others_first_by_who_differs_most() -> None:
    """Another client and user, then who shares one; elsewhere where there are parents.

    Nobody who lacks the role, and not who made the item.
    """
    known = [
        somebody("app", "c", "u"),
        somebody("weak", "d", "v", may=False),
        somebody("same client", "c", "v"),
        somebody("twin", "c", "u"),
        somebody("another", "d", "v"),
        somebody("same user", "d", "u"),
    ]
    target: Any = SimpleNamespace(
        identities=lambda: known,
        using=lambda who: who.name,
        fresh_place=lambda resource: Place(resource, ("new",), fresh=True),
    )
    item = Item(Place(BUYERS), "a", {}, answered(201))
    nested = replace(BUYERS, parents=("products",))
    below = Item(Place(nested, ("p",)), "a", {}, answered(201))

    found: Any = unique._contexts(target, item)  # noqa: SLF001
    elsewhere = unique._contexts(target, below)  # noqa: SLF001

    assert found == [("another", item.place), ("same client", item.place)]
    assert elsewhere[2:] == [(target, Place(nested, ("new",), fresh=True))]
    known[4:] = []
    assert [who for who, _ in unique._contexts(target, item)] == [  # noqa: SLF001
        *("same client", "twin")
    ]


def profile_of(*resources: Resource) -> Profile:
    """Give the reference's profile with other resources."""
    return replace(REFERENCE, resources={r.name: r for r in resources})


def test_an_id_is_shared_with_the_next_resource_whose_ids_look_alike() -> None:
    """The ring of resources is gone round once; what differs in form is left out."""
    one, two, three = (replace(BUYERS, name=name) for name in ("one", "two", "three"))
    fewer = replace(two, id=replace(two.id, alphabet="abc"))
    longer = replace(two, id=replace(two.id, max_length=101))
    stranger = replace(two, id=replace(two.id, alphabet="~"))
    given_ = replace(two, id=replace(two.id, writable=False))

    def others(resource: Resource, *ring: Resource) -> list[str]:
        return unique._others(profile_of(*ring), resource)  # noqa: SLF001

    assert others(one, one, two, three) == ["two"]
    assert others(two, one, two, three) == ["three"]
    assert others(three, one, two, three) == ["one"]
    assert others(one, one, fewer, three) == ["two"]
    for odd in (longer, stranger, given_):
        assert others(one, one, odd, three) == ["three"]
    assert others(one, one) == []
    assert others(given_, one, given_) == ["one"]
    assert unique._some_share(profile_of(one, two))  # noqa: SLF001
    assert not unique._some_share(profile_of(one, longer))  # noqa: SLF001


# ----------------------------------------------------------------------- duplicates

TWICE = "ids_unique.a_second_post_of_an_id_is_refused"


def freely(origin: str) -> dict[str, Any]:
    """Let POST replace an item that got its ID by some verb."""
    made: dict[str, str] = {}

    def create(inner: Any, call: Call, key: str, values: Any) -> Record:
        record: Record = inner(call, key, values)
        made[key] = call.verb or ""
        return record

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        made[key] = call.verb or ""
        inner(call, record, key)

    def require_free(inner: Any, call: Call, key: str, *but: Any) -> None:
        if call.verb != "CREATE" or made.get(key) != origin:
            inner(call, key, *but)

    return {"create": create, "rename": rename, "require_free": require_free}


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("CREATE", "a second POST of an ID was not refused"),
        ("PATCH", "a second POST of an ID that was renamed to was not refused"),
        ("SAVE", "a second POST of an ID that PUT chose was not refused"),
        ("nobody", ""),
    ],
)
def test_an_id_is_taken_however_its_item_got_it(
    rows_of: RowsOf, origin: str, words: str
) -> None:
    """By POST, by a rename or by PUT."""
    [result] = rows_of(TWICE, freely(origin), only="buyers").values()

    assert result.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert result.message.startswith(words)


def test_a_refusal_that_writes_all_the_same_is_seen(rows_of: RowsOf) -> None:
    """The first item is read before and after."""
    stored: dict[str, Record] = {}

    async def create(inner: Any, call: Call) -> Told:
        try:
            answer: Told = await inner(call)
        except Problem:
            stored[given(call)["ID"]].values["Active"] = False
            raise
        return answer

    def keep(inner: Any, call: Call, key: str, values: Any) -> Record:
        stored[key] = inner(call, key, values)
        return stored[key]

    seams = {"do_create": create, "create": keep}
    [result] = rows_of(TWICE, seams, only="buyers").values()

    assert result.verdict is Verdict.FAIL
    assert "a second POST of an ID changed the item: Active" in result.message


def test_a_rename_that_is_ignored_leaves_nothing_to_judge(rows_of: RowsOf) -> None:
    """Whether an update writes the ID is another row's."""

    def renaming(_inner: Any, _call: Call, *_: Any) -> None:
        return None

    [result] = rows_of(TWICE, {"renaming": renaming}, only="buyers").values()

    assert result.verdict is Verdict.PASS


def test_a_body_that_is_refused_for_its_values_says_nothing(rows_of: RowsOf) -> None:
    """The second body is sent with an ID of its own, too, as a control."""

    async def create(inner: Any, call: Call) -> Told:
        if given(call).get("Name") == BUYERS.other["Name"]:
            raise refuse(400, "No", "Not that name.")
        answer: Told = await inner(call)
        return answer

    [result] = rows_of(TWICE, {"do_create": create}, only="buyers").values()

    assert result.verdict is Verdict.INCONCLUSIVE
    assert (result.waits_for or "").startswith("verbs_create")


class Scripted:
    """Stands in for a target of which only what is sent matters."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.made = 0

    def place(self, resource: Resource) -> Place:
        """Give a place."""
        return Place(resource)

    def new_id(self, _resource: Resource) -> str:
        """Give an ID."""
        self.made += 1
        return f"id{self.made}"

    def missing(self, place: Place) -> Item:
        """Name what is not there."""
        return place.item(self.new_id(place.resource))

    def body(self, resource: Resource, **changes: Any) -> dict[str, Any]:
        """Give a body."""
        return {**resource.example, **changes}

    def save_body(self, item: Item) -> dict[str, Any]:
        """Give a body."""
        return self.body(item.resource, ID=item.id)

    def create(self, place: Place, **changes: Any) -> Item:
        """Make an item."""
        self.log.append("create")
        return place.item(changes["ID"], self.body(place.resource, **changes))

    def get(self, item: Item) -> Exchange:
        """Read."""
        return answered(200, {**item.resource.example, "ID": item.id}, "GET")

    def post(self, _place: Place, body: dict[str, Any]) -> Exchange:
        """Create: refuse the first ID, take the others."""
        self.log.append("POST")
        return answered(409 if body["ID"] == "id1" else 201, {"ID": body["ID"]})

    def patch(self, _item: Item, body: dict[str, Any]) -> Exchange:
        """Update."""
        self.log.append("PATCH")
        return answered(200, {"ID": body["ID"]}, "PATCH")

    def put(self, _item: Item, _body: Any) -> Exchange:
        """Save."""
        self.log.append("PUT")
        return answered(201, {"ID": "a"}, "SAVE")


@pytest.mark.parametrize(
    ("verbs", "rename"), [("CREATE GET", ("PATCH",)), ("CREATE GET PATCH", ())]
)
def test_no_rename_is_sent_where_none_is_claimed(
    verbs: str, rename: tuple[str, ...]
) -> None:
    """Neither without PATCH, nor where PATCH writes no ID; no PUT without SAVE."""
    rule = replace(BUYERS.id, rename=rename)
    resource = replace(BUYERS, verbs=tuple(verbs.split()), id=rule)
    target: Any = Scripted()
    with judging("ids.duplicate_refused"):
        unique.check_a_second_post_of_an_id_is_refused(target, resource)

    assert target.log == ["create", "POST", "POST"]


# ------------------------------------------------------------------------------ race


class Racing(Scripted):
    """Stands in for a target whose racers end as told."""

    profile = REFERENCE

    def __init__(
        self, *ends: Exchange | Disturbed, held: int = 4, shown: int = 0
    ) -> None:
        super().__init__()
        self.ends = ends
        self.held = held
        self.shown = shown
        self.raced = 0

    def lanes(self) -> int:
        """Say how many may race."""
        return self.held

    def together(self, calls: list[Any]) -> list[Any]:
        """Race."""
        self.raced = len(calls)
        refused = [answered(409)] * (len(calls) - len(self.ends))
        return [*self.ends, *refused]

    def get(self, item: Item) -> Exchange:
        """Show the item of one racer."""
        body = {**item.resource.example, "ID": item.id, "Name": f"racer {self.shown}"}
        return answered(200, body, "GET")


def race(target: Racing, resource: Resource = BUYERS) -> str:
    """Give what the race is accused of, or whom it waits for."""
    target_: Any = target
    with judging("ids.duplicate_race"):
        try:
            unique.check_one_of_many_simultaneous_posts_wins(target_, resource, 0)
        except Breach as breach:
            return str(breach)
        except Waits as waits:
            return f"waits for {waits.row}"
        except Disturbed as disturbed:
            return f"disturbed: {disturbed}"
    return ""


WON = answered(201, {"ID": "id1"})
LOST = answered(409)


def test_exactly_one_racer_wins() -> None:
    """It may be any, and the item is its own."""
    assert race(Racing(WON)) == ""
    assert race(Racing(LOST, LOST, WON, shown=2)) == ""
    assert "not the winner's" in race(Racing(LOST, LOST, WON, shown=1))
    assert "2 of 4 simultaneous POSTs won" in race(Racing(WON, LOST, WON))
    assert race(Racing(answered(201, {"ID": "other"}))).startswith("waits for ids.post")


def test_who_did_not_answer_may_have_won() -> None:
    """Two winners are too many all the same."""
    lost = Disturbed("lost")

    assert race(Racing(WON, lost)) == "disturbed: lost"
    assert race(Racing(lost)) == "disturbed: lost"
    assert "2 of 4" in race(Racing(WON, WON, lost))


def test_where_nobody_wins_one_alone_is_tried() -> None:
    """If that is refused as well, the race is not to blame."""
    alone, never = Racing(), Racing()
    never.post = lambda *_: answered(400)  # type: ignore[method-assign]

    assert "0 of 4 simultaneous POSTs won" in race(alone)
    assert alone.log == ["POST"]
    assert race(never).startswith("waits for verbs_create")


@pytest.mark.parametrize(
    ("resource", "held", "raced"),
    [(BUYERS, 2, 2), (BUYERS, 32, 16), (PRODUCTS, 32, 8), (PRODUCTS, 4, 4)],
)
def test_as_many_race_as_the_server_holds(
    resource: Resource, held: int, raced: int
) -> None:
    """No more than sixteen of a typical resource, eight of another."""
    target = Racing(WON, held=held)
    race(target, resource)

    assert target.raced == raced


def test_one_alone_is_no_race() -> None:
    """A server that does not hold two connections shows nothing."""
    assert race(Racing(WON, held=1)).startswith("disturbed: the server does not hold")


# --------------------------------------------------------------------------- scopes

SHARED = "ids_unique.an_id_is_refused_twice_whatever_the_context"


def by_maker(taken: Callable[[bool], bool]) -> dict[str, Any]:
    """Let an ID be taken again, by its maker or by another client."""
    makers: dict[str, str] = {}

    def client(call: Call) -> str:
        return call.grant.client_id if call.grant else ""

    def create(inner: Any, call: Call, key: str, values: Any) -> Record:
        makers.setdefault(key, client(call))
        record: Record = inner(call, key, values)
        return record

    def require_free(inner: Any, call: Call, key: str, *but: Any) -> None:
        if key not in makers or not taken(makers[key] == client(call)):
            inner(call, key, *but)

    return {"create": create, "require_free": require_free}


def test_an_id_of_the_organisation_is_refused_to_all(rows_of: RowsOf) -> None:
    """To another client as well as to the one that took it."""
    [clean] = rows_of(SHARED, only="buyers").values()
    [others] = rows_of(SHARED, by_maker(lambda own: not own), only="buyers").values()
    [own] = rows_of(SHARED, by_maker(lambda own: own), only="buyers").values()

    assert clean.verdict is Verdict.PASS
    assert (others.verdict, own.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert "organisation-wide ID, as " in others.message
    assert "elsewhere" not in others.message
    assert "organisation-wide ID was not refused" in own.message


def test_a_refused_second_post_by_another_leaves_the_item(rows_of: RowsOf) -> None:
    """What is shown before all attempts is shown after them."""
    stored: dict[str, Record] = {}

    def create(inner: Any, call: Call, key: str, values: Any) -> Record:
        stored[key] = inner(call, key, values)
        return stored[key]

    def require_free(inner: Any, call: Call, key: str, *but: Any) -> None:
        if key in stored:
            stored[key].values["Active"] = False
        inner(call, key, *but)

    seams = {"create": create, "require_free": require_free}
    [result] = rows_of(SHARED, seams, only="buyers").values()

    assert result.verdict is Verdict.FAIL
    assert "a second POST of its ID changed the item" in result.message


def test_an_id_of_another_resource_should_be_taken() -> None:
    """And that resource's item stays."""
    other = Place(PRODUCTS).item("p")

    def share(taken: int, shown: int) -> str:
        target: Any = SimpleNamespace(
            profile=REFERENCE,
            shared=lambda _resource: other,
            body=_bodies,
            place=Place,
            post=lambda _place, _body: answered(taken, {"ID": "p"}),
            get=lambda _item: answered(shown, {"ID": "p"}, "GET"),
            page=lambda *_: answered(404, None, "LIST"),
        )
        with judging("ids.per_resource"):
            try:
                unique.check_two_resources_may_share_an_id(target, BUYERS, "products")
            except Breach as breach:
                return str(breach)
        return ""

    assert share(201, 200) == ""
    assert "the ID of an item of products was refused" in share(409, 200)
    assert "the item of products vanished" in share(201, 404)


# ----------------------------------------------------------------------------- case

CASE = "ids_unique.ids_that_differ_in_case_lose_no_item"


def _replaced(inner: Any, call: Call, key: str, values: Any) -> Record:
    """Let the second case take the place of the first."""
    for record in list(_Kept.made.values()):
        if record.key != key and record.key.casefold() == key.casefold():
            _Kept.lost.add(record.key)
    made: Record = inner(call, key, values)
    _Kept.made[key] = made
    return made


class _Kept:
    """What was made in the server at hand, and what of it is hidden."""

    made: dict[str, Record] = {}  # noqa: RUF012 - emptied by each test
    lost: set[str] = set()  # noqa: RUF012


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    _Kept.made.clear()
    _Kept.lost.clear()


def _hidden(inner: Any, call: Call, key: str) -> Record | None:
    found: Record | None = inner(call, key)
    return None if key in _Kept.lost else found


def _upper_hidden(inner: Any, call: Call, key: str) -> Record | None:
    found: Record | None = inner(call, key)
    return None if key.endswith("zA") else found


def _upper_shows_lower(inner: Any, call: Call, key: str) -> Record | None:
    wanted = key[:-1] + "a" if key.endswith("zA") else key
    found: Record | None = inner(call, wanted)
    return found


def _removed_in_any_case(inner: Any, call: Call, record: Record) -> None:
    inner(call, record)
    _Kept.lost.add(record.key[:-1] + "A")


def _stored_longer(inner: Any, call: Call, key: str, values: Any) -> Record:
    made: Record = inner(call, f"{key}x" if key.endswith("zA") else key, values)
    return made


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        ({}, None),
        ({"create": _replaced, "lookup": _hidden}, "made the item vanish"),
        ({"lookup": _upper_hidden}, "was taken and is not there"),
        ({"lookup": _upper_shows_lower}, "shows another item"),
        ({"remove": _removed_in_any_case, "lookup": _hidden}, "DELETE of "),
    ],
)
def test_ids_that_differ_in_case_are_two_items_or_one(
    rows_of: RowsOf, seams: dict[str, Any], words: str | None
) -> None:
    """Whatever the server takes them for, no item is lost."""
    [result] = rows_of(CASE, seams, only="buyers").values()

    assert result.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert (words or "") in result.message


def test_ids_without_case_may_be_one(rows_of: RowsOf) -> None:
    """The second POST is refused there; an ID kept otherwise is another row's."""
    [free] = rows_of(CASE, variants=["ids-without-case"], only="buyers").values()
    [kept] = rows_of(CASE, {"create": _stored_longer}, only="buyers").values()

    assert free.verdict is Verdict.PASS
    assert kept.verdict is Verdict.INCONCLUSIVE
    assert (kept.waits_for or "").startswith("ids.post_keeps_the_id_given")
