"""Totals of lists: what is counted, of long, empty and shared ones."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from outcomes import OPEN, RowsOf, claims, judged_in
from seams import metas

from conformance.verdict import Verdict

judged = judged_in("verbs_list_paging")


def test_totals_of_a_list_that_others_fill_are_not_compared(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Where nothing narrows a list to ours, its total is taken as it is told."""
    free = claims(tmp_path, *OPEN)
    seams = metas(lambda _p, f: {"total_count": 50 + f["total_count"]})
    check = "figures_agree_with_the_items"
    found = judged(rows_of, check, "buyers", profile=free)
    assert found.verdict is Verdict.PASS
    assert any("its total was not compared" in note for note in found.notes)
    mine = judged(rows_of, check, "addresses", seams, profile=free)
    assert mine.verdict is Verdict.FAIL
    assert not mine.notes


def capped(inner: Any, call: Any, page: Any) -> dict[str, Any]:
    """Let the total of a first page be no more than the largest page."""
    figures: dict[str, Any] = inner(call, page)
    cut = min(figures["total_count"], 100) if page.number == 1 else page.total
    return figures | {"total_count": cut}


def test_a_long_list_is_counted_to_its_end(rows_of: RowsOf) -> None:
    """A total that ends at the largest page accuses."""
    check = "the_total_of_a_long_list"
    found = judged(rows_of, check, "buyers", {"meta": capped})
    assert found.verdict is Verdict.FAIL
    assert "a total of 100 for 101 items" in found.message


def test_a_long_list_of_others_items_counts_ours_at_the_least(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Where others' items stand in the list as well, its total may be larger."""
    free = claims(tmp_path, *OPEN)
    check = "the_total_of_a_long_list"
    found = judged(rows_of, check, "buyers", {"meta": capped}, profile=free)
    assert found.verdict is Verdict.FAIL
    more = metas(lambda _p, figures: {"total_count": figures["total_count"] + 7})
    assert judged(rows_of, check, "buyers", more, profile=free).verdict is Verdict.PASS


# ----------------------------------------------------------------- deleted, narrowed


def test_a_total_that_counts_the_deleted_accuses(rows_of: RowsOf) -> None:
    """A total must follow a deletion, which the list itself follows."""
    gone: list[str] = []

    def removed(inner: Any, call: Any, record: Any) -> None:
        gone.append(record.key)
        inner(call, record)

    check = "a_total_leaves_out_what_was_deleted"
    counting = metas(lambda _p, f: {"total_count": f["total_count"] + len(gone)})
    found = judged(rows_of, check, "addresses", {**counting, "remove": removed})
    assert found.verdict is Verdict.FAIL
    assert "a total of 2 for 1" in found.message


def test_a_total_that_is_kept_from_before_accuses(rows_of: RowsOf) -> None:
    """A total that is counted when a list is first asked for misses the deletion."""
    known: dict[str, int] = {}

    def kept(page: Any, figures: dict[str, Any]) -> dict[str, Any]:
        if not page.records:
            return {}
        parent = page.records[0].parent.key
        return {"total_count": known.setdefault(parent, figures["total_count"])}

    check = "a_total_leaves_out_what_was_deleted"
    found = judged(rows_of, check, "addresses", metas(kept))
    assert found.verdict is Verdict.FAIL
    assert "a total of 2 for 1" in found.message


def test_a_total_of_what_is_still_listed_waits_for_delete(rows_of: RowsOf) -> None:
    """A list that shows what was deleted is the breach of DELETE's own row."""
    check = "a_total_leaves_out_what_was_deleted"
    found = judged(rows_of, check, "addresses", {"remove": lambda *_: None})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_delete.")
    assert "of 2 items one was deleted" in (found.cause or "")


def filling(inner: Any, call: Any, key: str, values: dict[str, Any]) -> Any:
    """Put an item of the server's own into every new place."""
    record = inner(call, key, values)
    if call.claimed.name == "buyers":
        whole = {"Street1": "1 Own Street", "City": "Owntown", "Country": "US"}
        own = replace(record, key=f"own-{key}", values=whole, parent=record)
        own.children = {}
        record.children["addresses"] = {own.key: own}
    return record


def test_a_place_that_the_server_fills_is_counted_as_it_is(rows_of: RowsOf) -> None:
    """What the server puts into a new place itself belongs to its total."""
    check = "a_total_leaves_out_what_was_deleted"
    found = judged(rows_of, check, "addresses", {"create": filling})
    assert found.verdict is Verdict.PASS
    short = metas(lambda _p, f: {"total_count": f["total_count"] - 1})
    found = judged(rows_of, check, "addresses", {"create": filling, **short})
    assert found.verdict is Verdict.FAIL
    assert "a total of 1 for 2" in found.message


def test_a_place_that_the_server_fills_is_never_empty(rows_of: RowsOf) -> None:
    """A new place with items of the server's own is judged by their figures."""
    check = "figures_of_an_empty_list"
    found = judged(rows_of, check, "addresses", {"create": filling})
    assert found.verdict is Verdict.PASS
    assert any("the server itself fills" in note for note in found.notes)
    wrong = metas(lambda _p, _f: {"total_pages": 7})
    found = judged(rows_of, check, "addresses", {"create": filling, **wrong})
    assert "7 pages instead of 1" in found.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, _f: not p.total and {"total_count": 1}, "a total of 1 instead"),
        (lambda p, _f: p.total and {"total_count": 2}, "a total of 2 instead of 1"),
    ],
)
def test_an_empty_list_and_one_of_one_item_are_judged(
    rows_of: RowsOf, change: Callable[[Any, Any], Any], words: str
) -> None:
    """The figures of no item, and those of the first one, are both insisted on."""
    found = judged(rows_of, "figures_of_an_empty_list", "addresses", metas(change))
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_a_list_narrowed_to_nothing_tells_so(rows_of: RowsOf) -> None:
    """A total that leaves a filter out accuses where the list itself is empty."""
    check = "figures_of_a_list_narrowed_to_nothing"
    wrong = metas(lambda p, _f: not p.records and {"total_count": 9})
    found = judged(rows_of, check, "buyers", wrong)
    assert found.verdict is Verdict.FAIL
    assert "a total of 9 instead of 0" in found.message


def test_a_list_that_nothing_narrows_is_judged_as_it_is(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Without a filter the list holds items, and its own total is believed."""
    check = "figures_of_a_list_narrowed_to_nothing"
    found = judged(rows_of, check, "buyers", profile=claims(tmp_path, *OPEN))
    assert found.verdict is Verdict.PASS
