"""What the checks of the verbs share: what is shown, and whose fault a lack is."""

from dataclasses import replace
from typing import Any

import pytest
from scripted import answering, resource, row_of, waited_for

from conformance.checks import _verbs
from conformance.errors import Breach, NotJudged
from conformance.places import Item, Place
from conformance.profile import Profile, load_profile
from conformance.profile import makeable as can_be_made
from conformance.target import Target

STORES, RETURNS = "verbs.create.stores", "verbs.get.returns"
MERGES, REPLACES = "verbs.patch.merges", "verbs.save.replaces"
NO_GET = ("LIST", "CREATE", "SAVE", "PATCH", "DELETE")
NO_LIST = ("CREATE", "GET", "SAVE", "PATCH", "DELETE")
RIGHT = {"ID": "a", "Name": "Tools", "Active": True}
WRONG = {"ID": "a", "Name": "Lost", "Active": True}
SENT = {"Name": "Tools"}
HERE = "GET /buyers/a"


def an_item(**changes: Any) -> Item:
    """Name the item ``a`` of a resource."""
    return Place(resource(**changes)).item("a")


def of_row(target: Target, clause: str) -> None:
    """Let the running unit be one of a row of a clause."""
    target.unit.row = row_of(clause)


def listing(*items: object) -> tuple[int, Any]:
    """Give a list answer."""
    return 200, {"Items": list(items), "Meta": {}}


# ----------------------------------------------------------------- making, writing


@pytest.mark.parametrize(
    ("verbs", "writable", "makeable", "gettable"),
    [
        (("CREATE", "GET"), False, True, True),
        (("CREATE",), False, True, False),
        (("GET", "SAVE"), True, True, True),
        (("GET", "SAVE"), False, False, False),
        (("GET", "PATCH"), True, False, False),
    ],
)
def test_items_are_made_by_post_or_by_put(
    verbs: tuple[str, ...],
    writable: bool,  # noqa: FBT001
    makeable: bool,  # noqa: FBT001
    gettable: bool,  # noqa: FBT001
) -> None:
    """PUT makes an item only where its ID may be chosen."""
    made = resource(verbs=verbs, id=replace(resource().id, writable=writable))

    assert can_be_made(made) is makeable
    assert _verbs.gettable(made) is gettable


@pytest.mark.parametrize(
    ("status", "clause"),
    [
        (400, MERGES),
        (402, MERGES),
        (404, MERGES),
        (401, "oauth.lifetime"),
        (403, "oauth.client_credentials.grants"),
        (500, "errors.no_5xx"),
    ],
)
def test_a_refusal_is_the_clause_s_unless_of_the_token(
    target: Target, status: int, clause: str
) -> None:
    """Another row than the verb's may own that a right request is refused."""
    answering(target, {HERE: [200, status]})
    item = an_item()

    assert _verbs.done(target.get(item), MERGES).success
    answer = target.get(item)
    assert waited_for(lambda: _verbs.done(answer, MERGES))[0] == clause


SHELF = Place(resource("shelves"), ("c", "k"))


@pytest.mark.parametrize(
    ("parent", "place", "clause", "label"),
    [
        (404, SHELF, RETURNS, "categories"),
        ((200, {"ID": "k"}), SHELF, STORES, "shelves"),
        (404, Place(resource()), STORES, "buyers"),
    ],
    ids=["gone", "there", "none"],
)
def test_what_a_missing_parent_refuses_is_its_maker_s(
    target: Target, parent: Any, place: Place, clause: str, label: str
) -> None:
    """A refused item is asked of its parent; without one the clause is to blame."""
    answering(target, {"POST": 400, "GET /catalogs/c/categories/k": parent})
    answer = target.send("POST", place.path, operation=f"{place.resource.name}-CREATE")

    waited = waited_for(lambda: _verbs.made_at(target, place, answer, STORES))
    assert waited == (clause, label)


def test_a_parent_is_asked_for_only_after_a_refusal(target: Target) -> None:
    """What was made has its parent, and one that can't be read is not asked for."""
    line = answering(target, {})
    answer = target.send("POST", SHELF.path, body={}, operation="shelves-CREATE")
    assert _verbs.made_at(target, SHELF, answer, STORES) is answer

    unread = resource("categories", verbs=NO_GET)
    profile = target.session.profile
    resources = {**profile.resources, "categories": unread}
    target.session.profile = replace(profile, resources=resources)
    line.table = {"POST": 400}
    answer = target.send("POST", SHELF.path, operation="shelves-CREATE")
    waited = waited_for(lambda: _verbs.made_at(target, SHELF, answer, STORES))
    assert waited == (STORES, "shelves")
    assert {request.method for request in line.sent} == {"POST"}


def test_refused_values_of_ours_leave_nothing_to_judge(target: Target) -> None:
    """Where nothing can be made at all, that is waited for instead."""
    line = answering(target, {"POST /buyers": [None, 400, None, 400]})

    made = _verbs.made_if_taken(target, resource(), {"Name": "Ours"})
    assert made.body["Name"] == "Ours"
    with pytest.raises(NotJudged, match="Name"):
        _verbs.made_if_taken(target, resource(), {"Name": "Ours"})
    assert line.bodies("POST")[-1]["Name"] != "Ours"
    waits = waited_for(lambda: _verbs.made_if_taken(target, resource(), {"Name": "x"}))
    assert waits == (STORES, "buyers")


def test_an_item_is_written_by_either_verb(target: Target) -> None:
    """A created one has the ID that the answer tells, a saved one its own."""
    line = answering(target, {"POST": (201, {"ID": "b"})})
    place, body = Place(resource()), {"ID": "a", "Name": "Tools"}

    assert _verbs.written(target, place, body, "CREATE").id == "b"
    assert _verbs.written(target, place, body, "SAVE").id == "a"
    assert line.asked == ["POST /buyers", "PUT /buyers/a"]

    answering(target, {"PUT": 400})
    waited = waited_for(lambda: _verbs.written(target, place, body, "SAVE"))
    assert waited == ("verbs.save.creates", "buyers")


# --------------------------------------------------------------------- looking


@pytest.mark.parametrize(
    ("told", "shown"),
    [((200, RIGHT), RIGHT), (404, None), (400, None), (402, None), (410, None)],
)
def test_a_look_shows_an_item_or_none(target: Target, told: Any, shown: Any) -> None:
    """A refusal says that there is none."""
    answering(target, {HERE: told})

    assert _verbs.look(target, an_item()) == shown


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_shows_nothing(target: Target, status: int) -> None:
    """That the token was refused does not say that there is no item."""
    answering(target, {HERE: status})

    waited_for(lambda: _verbs.look(target, an_item()))
    waited_for(lambda: _verbs.served(target, an_item(), "not made"))


def test_without_get_a_list_is_looked_at(target: Target) -> None:
    """The second source is found by its ID, and can't be trusted to be there."""
    line = answering(target, {"GET /buyers": listing({"ID": "b"}, "a", RIGHT)})
    unread = an_item(verbs=NO_GET)

    assert _verbs.look(target, unread) == RIGHT
    assert line.asked == ["GET /buyers"]
    fresh = Place(resource(), fresh=True)
    assert _verbs.listed(target, fresh.item("a")) == RIGHT
    assert _verbs.listed(target, fresh.item("c")) is None
    assert _verbs.listed(target, an_item(verbs=NO_LIST)) is None


def test_ids_that_are_numbers_are_found_in_a_list(target: Target) -> None:
    """An ID is compared as text."""
    answering(target, {"GET /buyers": listing({"ID": 8}, {"ID": 7})})

    assert _verbs.listed(target, Place(resource()).item(7)) == {"ID": 7}


def test_what_a_list_shows_of_others(target: Target) -> None:
    """Others count only under parents of ours; what can't be read is nothing."""
    line = answering(target, {"GET /buyers": listing({"ID": "b"}, 5, RIGHT)})

    assert _verbs.entries(target, an_item()) == [RIGHT]
    ours = Place(resource(), fresh=True).item("a")
    assert _verbs.entries(target, ours) == [{"ID": "b"}, RIGHT]
    sent = len(line.sent)
    assert _verbs.entries(target, an_item(verbs=NO_LIST)) == []
    assert len(line.sent) == sent
    for trouble in (404, 500, 503, (200, {"Items": 5})):
        line.table = {"GET /buyers": trouble}
        assert _verbs.entries(target, ours) == []


def test_get_serves_what_was_written(target: Target) -> None:
    """What a list shows all the same is GET's to show; what nobody shows, a breach."""
    line = answering(target, {HERE: (200, RIGHT)})
    assert _verbs.served(target, an_item(), "not made").value == RIGHT

    line.table = {HERE: 404, "GET /buyers": listing(RIGHT)}
    waited = waited_for(lambda: _verbs.served(target, an_item(), "not made"))
    assert waited == (RETURNS, "buyers")

    for status in (400, 402, 404):
        line.table = {HERE: status, "GET /buyers": listing()}
        with pytest.raises(Breach, match="not made"):
            _verbs.served(target, an_item(), "not made")


def changed(profile: Profile, **lists: Any) -> Profile:
    """Give a profile that claims other things of lists; None: nothing of it."""
    told = {**profile.lists, **lists}
    kept = {name: value for name, value in told.items() if value is not None}
    return replace(profile, raw={**profile.raw, "lists": kept})


def test_a_list_is_narrowed_as_far_as_claimed(target: Target) -> None:
    """By its size, and by the ID where there is such a filter and need for it."""
    profile, item = target.profile, an_item()
    fresh = Place(resource(), fresh=True).item("a")

    assert _verbs.narrowing(target, item) == {"pageSize": 100, "ID": "a"}
    assert _verbs.narrowing(target, fresh) == {"pageSize": 100}
    unfiltered = an_item(filterable=("Name",))
    assert _verbs.narrowing(target, unfiltered) == {"pageSize": 100}
    target.session.profile = changed(profile, largest_size=None)
    assert _verbs.narrowing(target, item) == {"ID": "a"}
    target.session.profile = changed(profile, query={"page": "page"})
    assert _verbs.narrowing(target, item) == {"ID": "a"}


def test_a_list_surely_shows_what_is_ours(target: Target) -> None:
    """It is filtered by the ID, or under a parent of our own."""
    fresh = Place(resource(filterable=()), fresh=True)

    assert _verbs.countable(target, Place(resource()))
    assert _verbs.countable(target, fresh)
    assert not _verbs.countable(target, Place(resource(filterable=("Name",))))
    assert not _verbs.countable(target, Place(resource(verbs=NO_LIST), fresh=True))
    target.session.profile = changed(target.profile, filter=None)
    assert not _verbs.countable(target, Place(resource()))
    assert _verbs.countable(target, fresh)


# ------------------------------------------------------------------ whose fault


def test_what_comes_back_is_kept(target: Target) -> None:
    """What is shown is given on; more than was sent does not matter."""
    answering(target, {HERE: (200, RIGHT)})

    assert _verbs.kept(target, an_item(), SENT, MERGES) == RIGHT


def test_what_nobody_can_see_was_at_least_taken(target: Target) -> None:
    """Without GET and list nothing is compared, and the row has judged all the same."""
    hidden = an_item(verbs=("CREATE", "PATCH"))

    assert _verbs.kept(target, hidden, SENT, MERGES) == {}
    assert target.unit.asserted == 1


@pytest.mark.parametrize(
    ("listed", "clause"), [(listing(), MERGES), (listing(RIGHT), RETURNS)]
)
def test_what_is_not_there_was_not_written(
    target: Target, listed: Any, clause: str
) -> None:
    """Unless a list shows it: then GET does not."""
    answering(target, {HERE: 404, "GET /buyers": listed})

    waited = waited_for(lambda: _verbs.kept(target, an_item(), SENT, MERGES))
    assert waited == (clause, "buyers")


OTHERS = {"ID": "b", "Name": "Tools"}


@pytest.mark.parametrize(
    ("clause", "table", "owner"),
    [
        # A second look, or a list, shows what was sent.
        (MERGES, {HERE: [(200, WRONG), (200, RIGHT)]}, RETURNS),
        (STORES, {HERE: (200, WRONG), "GET /buyers": listing(RIGHT)}, RETURNS),
        # What lacks the member shows nothing of it; what is the same is no help.
        (STORES, {HERE: (200, WRONG), "GET /buyers": listing({"ID": "a"})}, STORES),
        (STORES, {HERE: (200, WRONG), "GET /buyers": listing(WRONG)}, STORES),
        (STORES, {HERE: [(200, WRONG), 404]}, STORES),
        # A new item with the same values shows the same, or nothing; or what was sent.
        (MERGES, {HERE: (200, WRONG), "GET": (200, {**WRONG, "ID": "b"})}, STORES),
        (MERGES, {HERE: (200, WRONG), "GET": 404}, STORES),
        (MERGES, {HERE: (200, WRONG), "GET": (200, OTHERS)}, MERGES),
        (MERGES, {HERE: (200, WRONG), "POST": 400}, MERGES),
        (
            REPLACES,
            {HERE: (200, WRONG), "GET": [(200, OTHERS), 404]},
            "verbs.save.creates",
        ),
        (REPLACES, {HERE: (200, WRONG), "GET": 404}, STORES),
        (REPLACES, {HERE: (200, WRONG), "GET": (200, OTHERS)}, REPLACES),
    ],
    ids=[
        *("second-look", "list", "list-lacks-it", "list-as-wrong", "gone-again"),
        *("made-wrong", "made-unseen", "made-right", "not-made"),
        *("saved-unseen", "created-unseen", "both-right"),
    ],
)
def test_a_difference_is_the_simplest_writer_s_that_makes_it(
    target: Target, clause: str, table: dict[str, Any], owner: str
) -> None:
    """Reading is to blame when it shows two things, making when it loses them too."""
    fixed = {
        name: [*told] if isinstance(told, list) else told
        for name, told in table.items()
    }
    answering(target, {"GET /buyers": listing(), **fixed})

    waited = waited_for(lambda: _verbs.kept(target, an_item(), SENT, clause))
    assert waited == (owner, "buyers")


def test_a_row_accuses_of_its_own_difference(target: Target) -> None:
    """What was sent and what is shown stand in the breach."""
    of_row(target, STORES)
    answering(target, {HERE: (200, WRONG), "GET /buyers": listing()})

    with pytest.raises(Breach, match='Name: sent "Tools", got "Lost"'):
        _verbs.kept(target, an_item(), SENT, STORES)


def test_a_control_is_made_only_where_it_can_be(target: Target) -> None:
    """Not by a verb that is not offered, nor by PUT where IDs are the server's."""
    line = answering(target, {HERE: (200, WRONG), "GET": 404})
    rule = replace(resource().id, writable=False)
    served = an_item(verbs=("GET", "SAVE", "PATCH"), id=rule)

    waited = waited_for(lambda: _verbs.kept(target, served, SENT, REPLACES))
    assert waited == (REPLACES, "buyers")
    assert {request.method for request in line.sent} == {"GET"}

    created = an_item(verbs=("CREATE", "GET", "PATCH"), id=rule)
    line.table = {HERE: (200, WRONG), "POST": (201, {"ID": "b"})}
    waited = waited_for(lambda: _verbs.kept(target, created, SENT, MERGES))
    assert waited == (STORES, "buyers")


def test_a_control_has_unique_values_of_its_own(target: Target) -> None:
    """A unique value that another item has would be refused, rightly."""
    schema = {
        **resource().schema,
        "properties": {
            **resource().properties,
            "Name": {"type": "string", "x-unique": "scope"},
        },
    }
    line = answering(target, {HERE: (200, {**WRONG, "Active": False})})
    item = an_item(schema=schema, verbs=NO_LIST)
    sent = {"Name": "Tools", "Active": True}

    waited_for(lambda: _verbs.kept(target, item, sent, MERGES))
    [made] = line.bodies("POST")
    assert made["Active"] is True
    assert made["Name"] != "Tools"


def test_what_is_gone_is_not_shown(target: Target) -> None:
    """A server that shows what never was is to blame for that alone."""
    answering(target, {})
    _verbs.gone(target, an_item(), "verbs.delete.removes", "it is there")
    assert target.unit.asserted == 1

    answering(target, {HERE: (200, RIGHT)})
    waited = waited_for(
        lambda: _verbs.gone(target, an_item(), "verbs.delete.removes", "it is there")
    )
    assert waited == ("verbs.delete.removes", "buyers")

    answering(target, {"GET": (200, RIGHT)})
    waited = waited_for(
        lambda: _verbs.gone(target, an_item(), "verbs.delete.removes", "it is there")
    )
    assert waited == ("verbs.get.missing", "buyers")


# -------------------------------------------------------------- around a new item


def test_what_stands_around_a_new_item(target: Target) -> None:
    """Its parent first, where that can be read, then another of its place."""
    answering(target, {})
    parent, beside = _verbs.around(target, SHELF)
    assert parent.path == "/catalogs/c/categories/k"
    assert beside.place == SHELF
    assert len(_verbs.around(target, Place(resource()))) == 1

    unread = resource("categories", verbs=NO_GET)
    resources = {**target.profile.resources, "categories": unread}
    target.session.profile = replace(target.profile, resources=resources)
    assert [item.resource.name for item in _verbs.around(target, SHELF)] == ["shelves"]


def test_only_a_second_look_is_compared(target: Target) -> None:
    """What a first look does to an item is GET's own fault."""
    answering(target, {HERE: [(200, WRONG), (200, RIGHT), 404]})

    [answer] = _verbs.seen(target, [an_item()])
    assert answer.value == RIGHT
    assert waited_for(lambda: _verbs.seen(target, [an_item()]))[0] == RETURNS


def test_an_unsteady_item_is_get_s(target: Target) -> None:
    """Where GET shows another thing the next time, or none, no other row judges."""
    answering(target, {HERE: [(200, RIGHT), (200, WRONG), 404]})

    _verbs.steady(target, an_item(), RIGHT)
    for _ in range(2):
        waited = waited_for(lambda: _verbs.steady(target, an_item(), RIGHT))
        assert waited == (RETURNS, "buyers")


BODY = {"ID": "a", "Name": "Hardware buyers"}
SEARCH, SORT = [("search", "Hardware")], [("sortBy", "ID")]
BY_ID, BY_NAME = [("ID", "a")], [("Name", "Hardware buyers")]


@pytest.mark.parametrize(
    ("lists", "changes", "body", "asked"),
    [
        ({}, {}, BODY, [SEARCH, SORT, BY_ID, BY_NAME]),
        ({"query": {"sort": "sortBy"}}, {}, BODY, [SORT, BY_ID, BY_NAME]),
        ({"query": {"search": "search"}}, {}, BODY, [SEARCH, BY_ID, BY_NAME]),
        ({"filter": None}, {}, BODY, [SEARCH, SORT]),
        ({}, {"searchable": ("ID",)}, BODY, [SORT, BY_ID, BY_NAME]),
        ({}, {"sortable": ()}, BODY, [SEARCH, BY_ID, BY_NAME]),
        ({}, {"filterable": ("Name",)}, BODY, [SEARCH, SORT, BY_NAME]),
        ({}, {"filterable": ("ID",)}, BODY, [SEARCH, SORT, BY_ID]),
        ({}, {}, {"Name": "Hardware buyers"}, [SEARCH, SORT, BY_NAME]),
    ],
)
def test_lists_are_asked_as_claimed(
    target: Target,
    lists: dict[str, Any],
    changes: dict[str, Any],
    body: dict[str, Any],
    asked: list[Any],
) -> None:
    """Without a parameter first, then by each that the profile knows."""
    profile = changed(target.profile, **lists)

    assert _verbs.queries(profile, resource(**changes), body) == [[], *asked]


def test_a_list_is_sorted_by_the_name_for_sorting() -> None:
    """A property may be sorted under another name than its own."""
    vendor = load_profile("example-vendor")
    members = replace(vendor.resources["members"], sortable=("full_name", "joined_on"))

    asked = _verbs.queries(vendor, members, {"full_name": "Ada Example"})
    assert [("order", "name")] in asked
