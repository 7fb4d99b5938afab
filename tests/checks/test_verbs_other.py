"""Missing parents, unclaimed verbs, races: what is asked and what accuses."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import RowsOf, Seams, failed, judged_in, rows_in
from seams import anywhere

from conformance.checks.verbs_other import (
    _deep,
    _named,
    _names_parent,
    _pairs,
    _perform,
    _unclaimed,
    _was_taken,
    _without_parent,
)
from conformance.errors import Disturbed
from conformance.places import Item, Place
from conformance.profile import load_profile
from conformance.reference.exchange import refuse
from conformance.session import Unit
from conformance.verdict import Verdict

Values = dict[str, Any]
REFERENCE = load_profile("reference")
CLAIMED = REFERENCE.resources
NOBODY: Any = None
judged = judged_in("verbs_other")
rows = rows_in("verbs_other")


# ------------------------------------------------------------------------- arranging


def test_a_parent_of_elsewhere_needs_two_levels() -> None:
    """Only below two parents can one of them be named under another."""
    assert _deep(CLAIMED["shelves"])
    assert not _deep(CLAIMED["addresses"])
    assert not _deep(replace(CLAIMED["shelves"], verbs=("LIST", "DELETE")))


@pytest.mark.parametrize(
    ("verb", "level", "names"),
    [
        ("LIST", 0, True),
        ("CREATE", 1, True),
        ("GET", 0, False),
        ("GET", 1, True),
        ("PATCH", 1, True),
    ],
)
def test_an_item_may_stand_beside_its_parents(
    verb: str,
    level: int,
    names: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Only verbs whose path names a parent can miss it."""
    flat = replace(CLAIMED["shelves"], item_path="/categories/{categories}/{id}")
    assert _names_parent(flat, verb, level) is names


@pytest.mark.parametrize(
    ("level", "parents"), [(0, ("missing", "two")), (1, ("one", "missing"))]
)
def test_one_parent_at_a_time_is_missing(level: int, parents: tuple[str, ...]) -> None:
    """The others are named as they are, and the missing one looked up under them."""
    asked: list[Place] = []

    def missing(place: Place) -> Any:
        asked.append(place)
        return SimpleNamespace(id="missing")

    target: Any = SimpleNamespace(profile=REFERENCE, missing=missing)
    place = Place(CLAIMED["shelves"], ("one", "two"), fresh=True)
    found = _without_parent(target, place, level)
    assert found.parents == parents
    assert asked == [
        Place(CLAIMED[("catalogs", "categories")[level]], ("one",)[:level])
    ]


def test_a_new_item_is_named_by_its_body_or_not_at_all() -> None:
    """Where the body gives no ID, an item that is not there is named."""
    place = Place(CLAIMED["buyers"])
    bodies: list[Values] = [{"ID": "own", "Name": "a"}, {"Name": "a"}]
    target: Any = SimpleNamespace(
        body=lambda _resource: bodies[0], missing=lambda _place: "missing"
    )
    named = _named(target, place)
    assert (named.id, named.body) == ("own", bodies[0])
    del bodies[0]
    assert _named(target, place) == "missing"  # type: ignore[comparison-overlap]


def test_what_is_new_is_created_and_saved_and_the_rest_done_to_the_old() -> None:
    """CREATE and SAVE go to the new item; a SAVE without a body to the old one."""
    target: Any = SimpleNamespace(
        post=lambda _place, body: ("post", body),
        put=lambda item, body: ("put", item.id, body),
        perform=lambda verb, item: (verb, item.id),
        body=lambda _resource: {"made": 1},
    )
    place = Place(CLAIMED["buyers"])
    old, new, bare = Item(place, "old"), Item(place, "new", {"a": 1}), Item(place, "b")

    def done(verb: str, item: Item) -> object:
        return _perform(target, verb, old, item)

    assert done("CREATE", new) == ("post", {"a": 1})
    assert done("CREATE", bare) == ("post", {"made": 1})
    assert done("SAVE", new) == ("put", "new", {"a": 1})
    assert done("SAVE", bare) == ("SAVE", "old")
    assert done("DELETE", new) == ("DELETE", "old")


def test_what_no_verb_stands_for_is_tried() -> None:
    """Collections are probed under parents of ours alone, DELETE comes last."""
    [top] = _unclaimed(NOBODY, CLAIMED["buyers"])
    assert top == [("item", "POST")]
    [nested] = _unclaimed(NOBODY, CLAIMED["shelves"])
    assert nested == [
        ("item", "POST"),
        ("item", "PUT"),
        ("collection", "PUT"),
        ("collection", "PATCH"),
        ("collection", "DELETE"),
    ]
    fewer = replace(CLAIMED["buyers"], verbs=("LIST", "CREATE"))
    assert _unclaimed(NOBODY, fewer)[0][-1] == ("item", "DELETE")


def test_two_rounds_change_two_properties_and_back() -> None:
    """Two properties that have two values each are changed at once."""
    products = CLAIMED["products"]
    [[new, old]] = _pairs(NOBODY, products)
    assert len(new) == len(old) == 2
    assert [list(one) for one in new] == [list(one) for one in old]
    for change, back in zip(new, old, strict=True):
        [name] = change
        assert change[name] == products.other[name]
        assert back[name] == products.example[name]
    part = replace(products, example={"Kind": "Kit"})
    assert _pairs(NOBODY, part) == [
        [[{"Kind": products.other["Kind"]}], [{"Kind": "Kit"}]]
    ]


def test_a_lock_may_refuse_one_of_two(unit: Unit) -> None:
    """A refusal is not taken, and no answer is no verdict."""
    assert not _was_taken(SimpleNamespace(refusal=True))  # type: ignore[arg-type]
    with pytest.raises(Disturbed):
        _was_taken(Disturbed("no answer"))
    assert unit.asserted == 0


# -------------------------------------------------------------------- missing parents

PARENT = "a_missing_parent_is_refused"
ELSEWHERE = "a_parent_of_elsewhere_is_refused"


def adopting(verb: str, level: int = 0) -> Seams:
    """Let a verb find another parent where the one at a level is missing."""

    def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        found: list[Any] = []
        for number, name in enumerate(call.claimed.parents):
            above = found[-1] if found else None
            known = server.store.siblings(name, above)
            record = known.get(call.path_ids[name])
            if record is None and call.verb == verb and number == level:
                record = next(iter(known.values()), None)
            if record is None:
                return inner(call)
            found.append(record)
        return tuple(found)

    return {"find_parents": around}


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("CREATE", "CREATE under a parent that is not there was not refused"),
        ("SAVE", "SAVE under a parent that is not there was not refused"),
        ("PATCH", "shows"),
        ("DELETE", "what was written is not there"),
    ],
)
def test_a_verb_under_a_missing_parent_accuses(
    rows_of: RowsOf, verb: str, words: str
) -> None:
    """What a verb does under a parent that is not there is told."""

    def strays(inner: Any, call: Any) -> Any:
        # Where there are several, the item's own parent is the likeliest victim.
        every = list(inner.__self__.store.every("addresses"))
        try:
            return inner(call)
        except Exception:
            if call.verb != verb:
                raise
            own = [one.parent for one in every if one.key == call.item_id]
            buyers = inner.__self__.store.siblings("buyers", None)
            return (own[0],) if own else (next(iter(buyers.values())),)

    found = judged(rows_of, PARENT, "addresses", {"find_parents": strays})
    failed(found, words)


def test_a_get_under_a_missing_parent_is_its_own_row(rows_of: RowsOf) -> None:
    """Where GET serves an item under any parent the row tells it as its own."""

    def strays(inner: Any, call: Any) -> Any:
        every = list(inner.__self__.store.every("addresses"))
        try:
            return inner(call)
        except Exception:
            own = [one.parent for one in every if one.key == call.item_id]
            if call.verb != "GET" or not own:
                raise
            return (own[0],)

    found = judged(rows_of, PARENT, "addresses", {"find_parents": strays})
    failed(found, "GET under a parent that is not there was not refused")


def test_an_item_under_a_missing_parent_accuses(rows_of: RowsOf) -> None:
    """An item made under a parent that is not there must not be served."""
    held: dict[str, Any] = {}

    def strays(inner: Any, call: Any) -> Any:
        try:
            return inner(call)
        except Exception:
            if call.verb not in ("CREATE", "GET"):
                raise
            buyers = inner.__self__.store.siblings("buyers", None)
            first = next(iter(buyers.values()))
            key = call.path_ids["buyers"]
            made = held.setdefault(key, replace(first, key=key))
            made.children = held.setdefault(f"{key}/", {})
            return (made,)

    found = judged(rows_of, PARENT, "addresses", {"find_parents": strays})
    failed(found, "made under a parent that is not there")


def test_a_list_under_a_missing_parent_must_be_empty(rows_of: RowsOf) -> None:
    """A list that shows nothing warns, one that shows items accuses."""

    def listed(inner: Any, call: Any) -> Any:
        try:
            return inner(call)
        except Exception:
            if call.verb != "LIST":
                raise
            first = next(iter(inner.__self__.store.siblings("buyers", None).values()))
            return (replace(first, children=children(first)),)

    children: Any = lambda _first: {}  # noqa: E731 - one of two
    found, warned = rows(rows_of, PARENT, "addresses", {"find_parents": listed})
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.WARN
    assert "LIST gives success" in warned.message

    children = lambda first: first.children  # noqa: E731 - the other
    found = judged(rows_of, PARENT, "addresses", {"find_parents": listed})
    failed(found, "LIST under a parent that is not there")


@pytest.mark.parametrize("level", [0, 1])
def test_each_level_of_parents_is_missed(rows_of: RowsOf, level: int) -> None:
    """A parent that is missing further up is missed as well."""
    seams = adopting("CREATE", level)
    failed(judged(rows_of, PARENT, "shelves", seams), "CREATE under a parent")
    assert judged(rows_of, PARENT, "shelves").verdict is Verdict.PASS


def test_a_parent_is_looked_for_under_its_own(rows_of: RowsOf) -> None:
    """A parent that stands under another one must not be found."""

    def around(inner: Any, call: Any) -> Any:
        try:
            return inner(call)
        except Exception:
            if call.claimed.name != "shelves" or call.verb != "LIST":
                raise
            every = inner.__self__.store.every("categories")
            key = call.path_ids["categories"]
            return next((r.parent, r) for r in every if r.key == key)

    assert judged(rows_of, ELSEWHERE, "shelves").verdict is Verdict.PASS
    found = judged(rows_of, ELSEWHERE, "shelves", {"find_parents": around})
    failed(found, "LIST under a parent that is not there")


def test_a_parent_that_get_serves_anywhere_is_its_own_row(rows_of: RowsOf) -> None:
    """Where GET of the parent ignores what it stands under, the row waits."""
    found = judged(rows_of, ELSEWHERE, "shelves", {"lookup": anywhere})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_get.")


# ------------------------------------------------------------------- unclaimed verbs

UNCLAIMED = "an_unclaimed_verb_is_refused"


@pytest.mark.parametrize(
    ("name", "method", "words"),
    [
        ("buyers", "POST", "POST of the item"),
        ("shelves", "PUT", "PUT of the item"),
        ("shelves", "DELETE", "DELETE of the collection"),
    ],
)
def test_an_unclaimed_verb_that_works_warns(
    rows_of: RowsOf, name: str, method: str, words: str
) -> None:
    """A success of a method that no verb stands for is told with its place."""

    def around(inner: Any, call: Any, *rest: Any) -> Any:
        inner(call, *rest)
        wanted = "item" in words
        if call.method == method and (call.item_id is not None) is wanted:
            call.verb = call.verb or "GET" if wanted else call.verb or "LIST"

    found = judged(rows_of, UNCLAIMED, name, {"take": around})
    assert found.verdict is Verdict.WARN
    assert words in found.message
    assert "which is not claimed, was not refused" in found.message
    assert judged(rows_of, UNCLAIMED, name).verdict is Verdict.PASS


# ------------------------------------------------------------------------------ races

RACE = "simultaneous_patches_are_both_kept"


def test_a_patch_that_is_lost_in_a_race_warns(rows_of: RowsOf) -> None:
    """Of two changes at once one that is gone, and is kept by itself, is told."""
    last: dict[int, Any] = {}

    products = CLAIMED["products"]
    [[new, _]] = _pairs(NOBODY, products)
    names = [next(iter(one)) for one in new]

    def losing(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        before = dict(record.values)
        inner(call, record, values, rename)
        met = last.setdefault(id(record), record) is record
        if met and len(last) == 1:
            record.values = {n: values.get(n, before.get(n)) for n in record.values}
            other = next((n for n in names if n not in values), names[0])
            record.values[other] = products.example[other]

    found = judged(rows_of, RACE, "products", {"patch": losing})
    assert found.verdict is Verdict.WARN
    assert "lost:" in found.message
    assert judged(rows_of, RACE, "products").verdict is Verdict.PASS


def test_a_patch_that_is_always_lost_is_its_own_row(rows_of: RowsOf) -> None:
    """What is lost without any haste is PATCH's own."""
    found = judged(rows_of, RACE, "products", {"patch": lambda *_: None})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_patch.")


def test_one_of_two_may_be_refused(rows_of: RowsOf) -> None:
    """A lock that lets one change in, and refuses the other, keeps the clause."""
    met: list[int] = []

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        met.append(1)
        if len(met) % 2:
            raise refuse(409, "Locked", "Somebody else is writing.")
        inner(call, record, values, rename)

    found = judged(rows_of, RACE, "products", {"patch": around})
    assert found.verdict is Verdict.PASS
