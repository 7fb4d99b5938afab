"""LIST: pages that hold each item once, and whose fault it is when they do not."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import OPEN, RowsOf, Seams, claims, judged_in

from conformance.checks.verbs_list import _sizes, _told, _wrong
from conformance.places import Place
from conformance.profile import load_profile
from conformance.seeding import Collection
from conformance.verdict import Verdict

BUYERS = load_profile("reference").resources["buyers"]
NOBODY: Any = None
ONCE = "pages_hold_each_item_once"
LONG = "one_item_more_than_the_largest_page"
judged = judged_in("verbs_list")


@pytest.mark.parametrize(
    ("largest", "sizes"),
    [(None, [1, 7, None]), (7, [1, 7, None]), (6, [1, None]), (1, [1, None])],
)
def test_sizes_are_those_that_are_claimed(
    largest: int | None, sizes: list[int | None]
) -> None:
    """Pages of one, of seven and of no said size are read, none larger than claimed."""
    lists = {} if largest is None else {"largest_size": largest}
    profile: Any = SimpleNamespace(lists=lists, query={"page_size": "size"})
    assert _sizes(profile, NOBODY) == sizes
    unsized: Any = SimpleNamespace(lists=lists, query={})
    assert _sizes(unsized, NOBODY) == [None]


def test_what_is_not_listed_once_is_told() -> None:
    """An item that is missed, or met twice, is wrong; strangers are not looked at."""
    place = Place(BUYERS)
    items = tuple(place.item(id_) for id_ in "abc")
    collection = Collection(place, items, "mark")
    found: Any = SimpleNamespace(
        counts={"a": 1, "b": 2, "c": 0, "d": 5}, pages=[None] * 4
    )
    assert _wrong(collection, found) == {"b": 2, "c": 0}
    words = _told(collection, found, {"b": 2, "c": 0})
    assert "over 4 pages of 3 items, 2 not once" in words
    assert "'c': '0 times'" in words


def pages(change: Callable[[Any], list[Any]], *, sized: int | None = None) -> Seams:
    """Let pages hold what ``change`` makes of them, of one size or all."""

    def around(
        inner: Any, call: Any, records: list[Any], number: int, size: int
    ) -> Any:
        page = inner(call, records, number, size)
        hit = sized in (None, size)
        return replace(page, records=change(page)) if hit else page

    return {"paginate": around}


@pytest.mark.parametrize("sized", [1, 7, 20])
def test_an_item_that_is_lost_accuses(rows_of: RowsOf, sized: int) -> None:
    """Whatever the size of the pages, each item stands on one of them."""

    def lost(page: Any) -> list[Any]:
        first = page.number == 2 and sized == 1
        return [] if first else list(page.records[page.number > 1 :])

    found = judged(rows_of, ONCE, "addresses", pages(lost, sized=sized))
    assert found.verdict is Verdict.FAIL
    assert "not once" in found.message


def test_an_item_on_two_pages_accuses(rows_of: RowsOf) -> None:
    """Pages that overlap show items twice."""

    def around(
        inner: Any, call: Any, records: list[Any], number: int, size: int
    ) -> Any:
        page = inner(call, records, number, size)
        if number > 1 and size == 7:
            again = records[page.start - 1 : page.start]
            return replace(page, records=[*again, *page.records])
        return page

    found = judged(rows_of, ONCE, "addresses", {"paginate": around})
    assert found.verdict is Verdict.FAIL
    assert "2 times" in found.message


def test_the_item_past_the_largest_page_is_looked_for(rows_of: RowsOf) -> None:
    """A list that ends at its largest page loses one."""

    def around(inner: Any, call: Any, records: list[Any]) -> list[Any]:
        found: list[Any] = inner(call, records)
        return found[:100]

    found = judged(rows_of, LONG, "addresses", {"sort": around})
    assert found.verdict is Verdict.FAIL
    assert "1 not once" in found.message
    whole = judged(rows_of, LONG, "addresses")
    assert whole.verdict is Verdict.PASS
    assert whole.notes == ()


def test_a_largest_page_that_holds_more_is_noted(rows_of: RowsOf) -> None:
    """All items on one page hold each once; that it was one is said."""

    def around(
        inner: Any, call: Any, records: list[Any], number: int, size: int
    ) -> Any:
        return inner(call, records, number, 10**6 if size == 100 else size)

    found = judged(rows_of, LONG, "addresses", {"paginate": around})
    assert found.verdict is Verdict.PASS
    assert any("listed on one page" in note for note in found.notes)


def test_a_filter_that_hides_items_is_its_own_row(rows_of: RowsOf) -> None:
    """An item that the whole list shows and a filter hides is the filter's."""
    hidden: dict[str, int] = {}

    def around(inner: Any, call: Any, records: list[Any]) -> list[Any]:
        found = list(inner(call, records))
        asked = [name for name, _ in call.query if name.startswith("xp.")]
        if asked and found:
            hidden.setdefault("looks", 0)
            hidden["looks"] += 1
        late = hidden.get("looks", 0) > 2
        return found[1:] if asked and late else found

    found = judged(rows_of, ONCE, "buyers", {"filter": around})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_list_query.a_list_is_filtered")
    assert "hides" in (found.cause or "")


def test_an_item_that_no_list_shows_is_the_lists(rows_of: RowsOf) -> None:
    """What neither the narrowed list nor the whole one shows is lost."""
    looks: list[int] = []

    def around(inner: Any, call: Any) -> list[Any]:
        looks.append(1)
        found = list(inner(call))
        late = call.claimed.name == "buyers" and len(found) > 20 and len(looks) > 3
        return found[1:] if late else found

    found = judged(rows_of, ONCE, "buyers", {"visible": around})
    assert found.verdict is Verdict.FAIL
    assert "not once" in found.message


def test_lists_that_others_fill_are_read_in_largest_pages(
    rows_of: RowsOf, tmp_path: Any
) -> None:
    """Where nothing narrows a list, small pages give nothing to judge."""
    free = claims(tmp_path, *OPEN)
    found = judged(rows_of, ONCE, "buyers", profile=free)
    assert found.verdict is Verdict.PASS
    tiny = pages(lambda page: page.records[1:], sized=7)
    found = judged(rows_of, ONCE, "buyers", tiny, profile=free)
    assert found.verdict is Verdict.PASS
