"""Sorting, filtering, searching: what is asked for, and which answers are right."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import OPEN, UNFILTERED, RowsOf, Seams, claims, judged_in
from units import unit_of

from conformance.checks import verbs_list_query
from conformance.checks.verbs_list_query import (
    _both_ways,
    _insist_on_filter,
    _insist_on_order,
    _insist_on_own_ids,
    _key,
    _searches,
    _sent_or_shown,
    _sort_paths,
    _sort_query,
    _sorted_as_text,
    _sorts,
    _text,
    _ways,
    _word,
    check_a_list_is_searched,
)
from conformance.errors import Breach, NotJudged, NotProvided, Waits
from conformance.filtering import Case
from conformance.places import Item, Place
from conformance.profile import Resource, load_profile
from conformance.reference.exchange import refuse
from conformance.seeding import Collection
from conformance.session import Unit
from conformance.verdict import Verdict

Values = dict[str, Any]
REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
judged = judged_in("verbs_list_query")


@pytest.fixture
def unit() -> Iterator[Unit]:
    """Give the unit in which words of a check are said."""
    plan = SimpleNamespace(owner=lambda clause, operation: f"{clause}[{operation}]")
    with unit_of(plan=plan) as unit:
        yield unit


def resource(properties: Values, **changes: Any) -> Resource:
    """Give a resource with an ID and these properties, by all of which it is sorted."""
    schema = {"properties": {"ID": TEXT, **properties}}
    return replace(
        BUYERS, **{"schema": schema, "sortable": tuple(properties), **changes}
    )


def collection(listable: Resource, *bodies: Values, **changes: Any) -> Collection:
    """Give a collection of items a, b, … with these bodies."""
    place = Place(listable)
    items = [
        Item(place, id_, {"ID": id_, **body})
        for id_, body in zip("abcdef", bodies, strict=False)
    ]
    return Collection(place, tuple(items), "mark", **changes)


# -------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("claimed", "sorted_by"),
    [
        (TEXT, True),
        ({"type": "integer"}, True),
        ({"type": ["number", "null"]}, True),
        (TIME, True),
        ({"type": "string", "format": "date"}, True),
        ({"type": "string", "x-scale": 2, "pattern": "^[0-9.]+$"}, True),
        ({"type": "string", "format": "email"}, False),
        ({"type": "string", "pattern": "^a"}, False),
        ({"type": "string", "enum": ["a"]}, False),
        ({"type": "string", "const": "a"}, False),
        ({"type": "string", "writeOnly": True}, False),
        ({"type": "boolean"}, False),
        ({"type": "array"}, False),
    ],
)
def test_lists_are_sorted_by_what_sorts_alike_everywhere(
    claimed: Values,
    sorted_by: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Free text, numbers and instants are sorted by, what has another order is not."""
    assert _sort_paths(resource({"Name": claimed})) == ["Name"] * sorted_by


def test_ids_are_sorted_by_where_clients_choose_them() -> None:
    """An ID that the server makes is in an order of its own."""
    chosen = resource({"Name": TEXT}, sortable=("ID", "Name"))
    made = replace(chosen, id=replace(chosen.id, writable=False))
    assert _sort_paths(chosen) == ["ID", "Name"]
    assert _sort_paths(made) == ["Name"]


def test_lists_are_sorted_down_where_that_is_claimed() -> None:
    """Each property is sorted by upwards, and downwards where there is a mark."""
    listable = resource({"Name": TEXT, "Count": {"type": "integer"}})
    downwards: Any = SimpleNamespace(lists={"descending": {"prefix": "!"}})
    upwards: Any = SimpleNamespace(lists={})
    assert _ways(upwards, listable) == [("Name", False), ("Count", False)]
    assert _ways(downwards, listable) == [
        ("Name", False),
        ("Name", True),
        ("Count", False),
        ("Count", True),
    ]


def test_equals_are_looked_for_in_a_property_that_has_them() -> None:
    """One property is sorted by over pages, the ID only where there is no other."""
    listable = resource({"Name": TEXT}, sortable=("ID", "Name", "ID"))
    alone = replace(listable, sortable=("ID",))
    assert _both_ways(REFERENCE, listable) == [("Name", False), ("Name", True)]
    assert _both_ways(REFERENCE, alone) == [("ID", False), ("ID", True)]
    upwards: Any = SimpleNamespace(lists={})
    assert _both_ways(upwards, alone) == [("ID", False)]


@pytest.mark.parametrize(
    ("mark", "downwards", "asked"),
    [
        ({"prefix": "!"}, True, "!name_key"),
        ({"suffix": ":desc"}, True, "name_key:desc"),
        ({"prefix": "!"}, False, "name_key"),
    ],
)
def test_the_mark_of_downwards_stands_where_it_is_claimed(
    mark: Values,
    downwards: bool,  # noqa: FBT001 - a way
    asked: str,
) -> None:
    """A sort key takes a prefix or a suffix to go downwards."""
    profile: Any = SimpleNamespace(lists={"descending": mark}, query={"sort": "by"})
    listable = resource({"Name": {**TEXT, "x-sort-key": "name_key"}})
    found = _sort_query(profile, listable, "Name", downwards=downwards)
    assert found == ("by", asked)


def test_sorting_is_tried_where_it_can_be_asked_for() -> None:
    """A profile without the word has no list to be sorted."""
    profiles: Any = [SimpleNamespace(query={"sort": "by"}), SimpleNamespace(query={})]
    assert [_sorts(profile) for profile in profiles] == [True, False]


def test_searches_are_for_free_text_and_ids() -> None:
    """Each searchable text is searched for, the last of them in one property too."""
    listable = resource(
        {"Name": TEXT, "Code": {**TEXT, "pattern": "^a"}, "Count": {"type": "integer"}},
        searchable=("ID", "Name", "Code", "Count"),
    )
    limited: Any = SimpleNamespace(query={"search_on": "on"})
    plain: Any = SimpleNamespace(query={})
    assert _searches(limited, listable) == [
        ("ID", False),
        ("Name", False),
        ("Name", True),
    ]
    assert _searches(plain, listable) == [("ID", False), ("Name", False)]


def test_a_word_that_stands_elsewhere_too_is_searched_for() -> None:
    """The word at a path is one of others' text as well, where there is one."""
    listable = resource({"Name": TEXT, "Note": TEXT})
    paths = ("Name", "Note")
    bodies: list[Values] = [
        {"Name": "amber x", "Note": "birch"},
        {"Name": "cedar y", "Note": "daisy"},
        {"Name": "daisy z", "Note": "eagle"},
    ]
    apart = [{**body, "Note": "none"} for body in bodies]
    assert _word(collection(listable, *bodies), "Name", paths) == "daisy"
    assert _word(collection(listable, *apart), "Name", paths) == "cedar"
    assert _word(collection(listable, *bodies), "Name", ("Name",)) == "cedar"


def test_an_items_text_is_that_at_some_paths_or_all() -> None:
    """An ID is the one that the item has, whatever was sent."""
    item = Item(Place(BUYERS), "own", {"ID": "sent", "Name": "a", "xp": {"Tone": "b"}})
    assert _text(item, ("ID", "Name")) == "own a"
    assert _text(item, ("xp.Tone",)) == "b"
    assert "own" in _text(item, None)
    assert "'Name': 'a'" in _text(item, None)


# -------------------------------------------------------------------------- ordering


@pytest.mark.parametrize(
    ("claimed", "values", "differ"),
    [
        (TEXT, ["amber 2", "amber 1", "birch 0"], True),
        (TEXT, ["amber 2", "amber 1"], False),
        (TEXT, ["x1", "x2"], True),
        ({"type": "integer"}, [2, 10, 10], True),
        ({"type": "integer"}, [7, 7], False),
        ({"type": "string", "x-scale": 2}, ["9.00", "10.00"], True),
        (TIME, ["2031-01-01T02:00:00+02:00", "2031-01-01T00:00:01Z"], True),
        (TIME, ["2031-01-01T02:00:00+02:00", "2031-01-01T00:00:00Z"], False),
    ],
)
def test_what_is_in_order_is_right_both_ways(
    unit: Unit,
    claimed: Values,
    values: list[Any],
    differ: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Words by their letter, numbers and instants by value are in order."""
    listable = resource({"Name": claimed})
    items = collection(listable, *({"Name": value} for value in values))
    listed: list[Any] = [dict(item.body) for item in items.items]
    up = _insist_on_order(items, listed, "Name", downwards=False)
    down = _insist_on_order(items, listed[::-1], "Name", downwards=True)
    assert up is differ
    assert down is differ
    assert unit.asserted == 2


@pytest.mark.parametrize(
    ("claimed", "values", "words"),
    [
        (TEXT, ["birch 0", "amber 1"], "by Name upwards"),
        ({"type": "integer"}, [3, 2], "by Name upwards"),
        ({"type": "integer"}, [10, 2], "Name is sorted as text"),
        ({"type": "string", "x-scale": 2}, ["10.00", "9.00"], "sorted as text"),
        (TIME, ["2031-01-02T00:00:00Z", "2031-01-01T00:00:00Z"], "by Name upwards"),
    ],
)
def test_what_is_out_of_order_accuses(
    unit: Unit, claimed: Values, values: list[Any], words: str
) -> None:
    """Values the wrong way round are told, numbers sorted as text by that name."""
    listable = resource({"Name": claimed})
    items = collection(listable, *({"Name": value} for value in values))
    listed: list[Any] = [dict(item.body) for item in items.items]
    with pytest.raises(Breach, match=words):
        _insist_on_order(items, listed, "Name", downwards=False)
    with pytest.raises(Breach):
        _insist_on_order(items, listed[::-1], "Name", downwards=True)
    assert unit.asserted


def test_what_was_sent_counts_and_else_what_is_shown() -> None:
    """A list that spells a value in another way is sorted by what was sent."""
    assert _sent_or_shown({"Name": 1}, {"Name": 2}, "Name") == 1
    assert _sent_or_shown({}, {"Name": 2}, "Name") == 2
    assert _sent_or_shown({"xp": {"a": 0}}, {}, "xp.a") == 0


def test_what_a_list_does_not_show_is_not_judged(unit: Unit) -> None:
    """A property that is neither sent nor shown, or is no instant, tells no order."""
    late = resource({"Made": {**TIME, "readOnly": True}})
    items = collection(late, {}, {})
    shown: list[Any] = [{"ID": "a", "Made": "2031-01-01T00:00:00Z"}, {"ID": "b"}]
    with pytest.raises(NotJudged, match="does not show Made"):
        _insist_on_order(items, shown, "Made", downwards=False)
    shown[1]["Made"] = "soon"
    with pytest.raises(NotJudged, match="names no instant: 'soon'"):
        _insist_on_order(items, shown, "Made", downwards=False)
    assert unit.asserted == 0


def test_words_of_ours_are_told_by_their_letter() -> None:
    """Only words that every collation orders alike are cut to it."""
    assert _key("amber 9", number=False) == "a"
    assert _key("axle 9", number=False) == "axle 9"
    assert _key("10.50", number=True) == _key(10.5, number=True)
    assert _sorted_as_text([10, 2])
    assert not _sorted_as_text([2, 10])


def test_a_changed_id_is_left_to_its_own_row(unit: Unit) -> None:
    """Sorting by IDs waits where the server gave others than were chosen."""
    listable = resource({"Name": TEXT})
    items = collection(listable, {"Name": "amber"}, {"Name": "birch"})
    _insist_on_own_ids(items, "ID")
    other = replace(items.items[1], id="other")
    changed = replace(items, items=(items.items[0], other))
    _insist_on_own_ids(changed, "Name")
    with pytest.raises(Waits) as caught:
        _insist_on_own_ids(changed, "ID")
    assert caught.value.row == "ids.chosen_on_create[buyers-CREATE]"
    assert unit.asserted == 0


def test_others_items_are_sorted_by_numbers_alone(unit: Unit) -> None:
    """Text of other people may sort in ways that nobody knows; numbers do not."""
    claimed = {"Name": TEXT, "Count": {"type": "integer"}, "Made": TIME}
    listable = resource({**claimed, "Price": {"type": "string", "x-scale": 2}})
    items = collection(listable, {}, own=False)
    for path in ("Count", "Made", "Price"):
        _insist_on_own_ids(items, path)
    with pytest.raises(NotProvided):
        _insist_on_own_ids(items, "Name")
    assert unit.asserted == 0


# ------------------------------------------------------------------------ sorted rows

SORTED = "a_list_is_sorted"


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        ({"sort": lambda _inner, _call, records: records}, "by "),
        (
            {
                "sort_key": lambda inner, call, one, path: str(
                    inner.__self__.value_at(call, one, path)
                )
            },
            "QuantityMultiplier is sorted as text",
        ),
        (
            {"sort": lambda inner, call, records: inner(call, records)[1:]},
            "the list shows",
        ),
    ],
)
def test_a_list_that_is_not_sorted_warns(
    rows_of: RowsOf, seams: Seams, words: str
) -> None:
    """An order left as it was, that of text for numbers, or a lost item is told."""

    def asked(inner: Any, call: Any, *rest: Any) -> Any:
        name = next(iter(seams))
        if name == "sort" and inner.__self__.parameter(call, "sort") is None:
            return inner(call, *rest)
        return seams[name](inner, call, *rest)

    found = judged(rows_of, SORTED, "products", dict.fromkeys(seams, asked))
    assert found.verdict is Verdict.WARN
    assert words in found.message


def test_a_refused_sort_warns(rows_of: RowsOf) -> None:
    """A claimed sort that is refused is a breach of its own clause."""

    def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        if server.parameter(call, "sort"):
            server.page_asked(replace(call, query=(("page", "none"),)))
        return inner(call)

    found = judged(rows_of, SORTED, "buyers", {"sort_asked": around})
    assert found.verdict is Verdict.WARN
    assert "sorting by" in found.message
    assert "was refused" in found.message


def test_items_that_are_alike_stand_in_every_order(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Where all of our items have one value, there is nothing to judge."""
    one = claims(
        tmp_path,
        ('"Name", "QuantityMultiplier", "SaleStart"]\nlist.filterable', '"Kind"]\n#'),
        (
            'QuantityMultiplier = {type = "integer", minimum = 1, maximum = 2147483647',
            'QuantityMultiplier = {type = "integer", minimum = 2, maximum = 2',
        ),
        ("default = 1}", "default = 2}"),
        ("QuantityMultiplier = 3", "QuantityMultiplier = 2"),
        ('list.sortable = ["ID", "Kind"]', 'list.sortable = ["QuantityMultiplier"]'),
    )
    found = judged(rows_of, SORTED, "products", profile=one)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "all items are alike" in (found.cause or "")


STABLE = "equals_stay_in_place_over_pages"


def test_equals_that_change_places_between_pages_warn(rows_of: RowsOf) -> None:
    """An order of equals that turns with each page shows some items twice."""

    def around(inner: Any, call: Any, records: list[Any]) -> list[Any]:
        server = inner.__self__
        if not server.parameter(call, "sort"):
            return list(inner(call, records))
        odd = int(server.parameter(call, "page") or 1) % 2
        return list(inner(call, records if odd else records[::-1]))

    found = judged(rows_of, STABLE, "buyers", {"sort": around})
    assert found.verdict is Verdict.WARN
    assert "in pages of 3, not once" in found.message
    assert judged(rows_of, STABLE, "buyers").verdict is Verdict.PASS


def test_pages_must_be_sorted_as_a_whole(rows_of: RowsOf) -> None:
    """Pages of which each is sorted in itself are no sorted list."""

    def around(inner: Any, call: Any, records: list[Any], *rest: Any) -> Any:
        whole = sorted(records, key=lambda one: str(one.key))
        return inner(call, whole, *rest)

    found = judged(rows_of, STABLE, "addresses", {"paginate": around})
    assert found.verdict is Verdict.WARN
    assert "by " in found.message


def test_equals_are_not_judged_among_others_items(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Where nothing narrows a list, others' items move ours between the pages."""
    free = claims(tmp_path, *OPEN)
    found = judged(rows_of, STABLE, "buyers", profile=free)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.means == "walkable_shared_lists"


def test_a_list_that_is_not_served_is_its_own_row(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """A list that is refused altogether is no matter of others' items."""

    def around(*_: Any) -> None:
        raise refuse(400, "No", "Nothing is listed.")

    free = claims(tmp_path, *OPEN)
    found = judged(rows_of, STABLE, "buyers", {"visible": around}, profile=free)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.means is None
    assert (found.waits_for or "").startswith("verbs_list.")


# --------------------------------------------------------------------------- filters

FILTERED = "a_list_is_filtered"


def narrowing(inner: Any, call: Any) -> bool:
    """Say whether a list is asked for with more than what narrows it to the run's."""
    del inner
    return any("Mark" not in name for name, _ in call.query if name[:4] != "page")


@pytest.mark.parametrize("name", ["buyers", "addresses"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda records, _found: records, "lets through"),
        (lambda _records, found: found[1:], "leaves out"),
    ],
)
def test_a_filter_that_does_nothing_or_too_much_warns(
    rows_of: RowsOf,
    name: str,
    change: Callable[[list[Any], list[Any]], Any],
    words: str,
) -> None:
    """Items that a filter does not fit, or the lack of one that it fits, are told."""

    def around(inner: Any, call: Any, records: list[Any]) -> list[Any]:
        found = inner(call, records)
        return list(change(records, found)) if narrowing(inner, call) else list(found)

    found = judged(rows_of, FILTERED, name, {"filter": around})
    assert found.verdict is Verdict.WARN
    assert words in found.message


def test_others_items_are_neither_filtered_nor_searched(unit: Unit) -> None:
    """What somebody's items hold may compare in ways that nobody knows."""
    items = collection(BUYERS, {"Name": "amber"}, {"Name": "birch"}, own=False)
    target: Any = SimpleNamespace(profile=REFERENCE, collection=lambda _: items)
    with pytest.raises(NotProvided):
        _insist_on_filter(target, items, Case("Name", "is"), ())
    with pytest.raises(NotProvided):
        check_a_list_is_searched(target, REFERENCE, BUYERS, ("Name", False))
    assert unit.asserted == 0


def test_a_filter_that_fits_all_items_tells_nothing(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a time before all items must be taken by a server that can do it."""
    items = collection(BUYERS, {"Name": "amber"}, {"Name": "amber"})
    every: Any = SimpleNamespace(counts=dict.fromkeys(items.ids, 1))
    monkeypatch.setattr(verbs_list_query, "ours", lambda *_: every)
    target: Any = SimpleNamespace(profile=REFERENCE)
    with pytest.raises(NotJudged, match="fits all items"):
        _insist_on_filter(target, items, Case("Name", "is"), ())
    _insist_on_filter(target, items, Case("DateCreated", "since"), ())
    with pytest.raises(Breach, match="lets through"):
        _insist_on_filter(target, items, Case("DateCreated", "before"), ())
    assert unit.asserted == 6


def test_a_right_filter_is_right_on_each_resource(rows_of: RowsOf) -> None:
    """A server that filters as it claims passes, sorted or not."""
    for check in (FILTERED, "a_sorted_list_is_filtered"):
        for name in ("buyers", "products"):
            assert judged(rows_of, check, name).verdict is Verdict.PASS


def test_a_filter_that_fails_in_sorted_lists_warns(rows_of: RowsOf) -> None:
    """A list that is sorted must be filtered as well."""

    def around(inner: Any, call: Any, records: list[Any]) -> list[Any]:
        asked = inner.__self__.parameter(call, "sort")
        return records if asked else list(inner(call, records))

    check = "a_sorted_list_is_filtered"
    found = judged(rows_of, check, "addresses", {"filter": around})
    assert found.verdict is Verdict.WARN
    assert "lets through" in found.message
    assert judged(rows_of, FILTERED, "addresses", {"filter": around}).verdict is (
        Verdict.PASS
    )


# -------------------------------------------------------------------------- searches

SEARCHED = "a_list_is_searched"


def test_a_search_that_finds_too_little_or_too_much_warns(rows_of: RowsOf) -> None:
    """An item that holds the word must be found, and one without it must not."""

    def fewer(inner: Any, call: Any, records: list[Any]) -> list[Any]:
        found = list(inner(call, records))
        return found[1:] if inner.__self__.parameter(call, "search") else found

    def all_of_them(_inner: Any, _call: Any, records: list[Any]) -> list[Any]:
        return records

    missed = judged(rows_of, SEARCHED, "buyers", {"search": fewer})
    assert missed.verdict is Verdict.WARN
    assert "misses" in missed.message
    strange = judged(rows_of, SEARCHED, "buyers", {"search": all_of_them})
    assert strange.verdict is Verdict.WARN
    assert "finds" in strange.message


def test_a_search_in_one_property_leaves_the_others(rows_of: RowsOf) -> None:
    """What stands in another property than was asked for is not found."""

    def around(inner: Any, call: Any) -> list[str]:
        inner(call)
        return list(call.claimed.searchable)

    found = judged(rows_of, SEARCHED, "products", {"searched": around})
    assert found.verdict is Verdict.WARN
    assert "searchOn" in found.message
    assert "finds" in found.message


def test_a_search_is_read_in_small_pages_too(rows_of: RowsOf) -> None:
    """A search that loses or adds items from page to page is told of."""

    def by_twos(change: Callable[[Any, list[Any]], list[Any]]) -> Seams:
        def around(
            inner: Any, call: Any, records: list[Any], number: int, size: int
        ) -> Any:
            page = inner(call, records, number, size)
            if size == 2 and number > 1:
                return replace(page, records=change(call, page.records))
            return page

        return {"paginate": around}

    lost = by_twos(lambda _call, records: records[1:])
    found = judged(rows_of, SEARCHED, "buyers", lost)
    assert found.verdict is Verdict.WARN
    assert "by twos, misses" in found.message

    everyone: dict[str, list[Any]] = {}

    def known(inner: Any, call: Any) -> list[Any]:
        everyone["all"] = list(inner(call))
        return list(everyone["all"])

    added = by_twos(lambda _call, records: [*records, *everyone["all"]])
    found = judged(rows_of, SEARCHED, "buyers", {**added, "visible": known})
    assert found.verdict is Verdict.WARN
    assert "by twos, finds" in found.message


def test_a_list_narrowed_by_the_search_itself_is_searched(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Without a filter the search that narrows the list is not asked for twice."""
    free = claims(tmp_path, *UNFILTERED)
    found = judged(rows_of, SEARCHED, "buyers", profile=free)
    assert found.verdict is Verdict.PASS, found
