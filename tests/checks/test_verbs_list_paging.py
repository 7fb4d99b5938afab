"""Pages of lists: which figures, sizes and links are right, and which accuse."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from outcomes import RowsOf, claims, judged_in
from seams import metas

from conformance.checks import verbs_list_paging as paging
from conformance.checks.verbs_list_paging import (
    _bad_limits,
    _insist_on_ends,
    _insist_on_figures,
    _insist_on_largest,
    _listed,
    _pages,
    _tells,
)
from conformance.errors import Breach
from conformance.expect import Page
from conformance.session import Unit
from conformance.verdict import Verdict

NAMES = ("page", "page_size", "total_count", "total_pages", "item_range", "next")
LISTS = dict.fromkeys(NAMES, "told") | {"default_size": 20}
judged = judged_in("verbs_list_paging")


def claiming(lists: Mapping[str, Any] = LISTS, query: Iterable[str] = ()) -> Any:
    """Give what the functions read of a profile."""
    return SimpleNamespace(lists=lists, query={name: f"{name}!" for name in query})


def told(number: int, size: int, total: int, **changes: Any) -> Page:
    """Give the right page of that number, with some figures changed."""
    start = (number - 1) * size
    held = max(min(size, total - start), 0)
    figures: dict[str, Any] = {
        "page": number,
        "page_size": size,
        "total_count": total,
        "total_pages": -(-total // size),
        "item_range": (start + 1, start + held),
        "next": "?page=more" if start + size < total else None,
    }
    answer: Any = SimpleNamespace(words="GET /things")
    items = [{"ID": str(start + n)} for n in range(held)]
    return Page(items=items, answer=answer, **{**figures, **changes})


#: Pages of five at most.
SMALL = (
    ("default_size = 20", "default_size = 5"),
    ("largest_size = 100", "largest_size = 5"),
)

# -------------------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("number", "size", "total"),
    [(1, 7, 23), (2, 7, 23), (3, 7, 23), (4, 7, 23), (1, 23, 23), (1, 20, 1)],
)
def test_right_figures_of_any_page_are_right(
    unit: Unit, number: int, size: int, total: int
) -> None:
    """Every figure of a page that is the arithmetic of its items is accepted."""
    page = told(number, size, total)
    _insist_on_figures(claiming(), page, total, size, number)
    _insist_on_figures(claiming(), page, None, None, number)

    assert unit.asserted == 12
    assert unit.edges == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"page": 1}, "page 1 instead of 2"),
        ({"page": 3}, "page 3 instead of 2"),
        ({"page": "2"}, "page '2' instead of 2"),
        ({"page": 2.0}, "page 2.0 instead of 2"),
        ({"page": None}, "page None instead of 2"),
        ({"page_size": 8}, "page size 8 instead of 7"),
        ({"page_size": "7"}, "page size '7' instead of 7"),
        ({"page_size": None}, "page size None instead of 7"),
        ({"total_count": 22}, "a total of 22 instead of 23"),
        ({"total_count": "23"}, "a total of '23' instead of 23"),
        ({"total_count": None}, "a total of None instead of 23"),
        ({"total_pages": 3}, "3 pages instead of 4"),
        ({"total_pages": 5}, "5 pages instead of 4"),
        ({"total_pages": 4.0}, "4.0 pages instead of 4"),
        ({"item_range": (8, 15)}, "range (8, 15) instead of (8, 14)"),
        ({"item_range": (7, 13)}, "range (7, 13) instead of (8, 14)"),
        ({"item_range": None}, "range None instead of (8, 14)"),
        ({"next": None}, "next is None on page 2 of 4"),
    ],
)
def test_a_wrong_figure_is_told_where_it_is_claimed(
    unit: Unit, changes: dict[str, Any], words: str
) -> None:
    """Each figure that is wrong accuses, unless the profile does not name it."""
    page = told(2, 7, 23, **changes)
    [name] = changes
    unnamed = {key: value for key, value in LISTS.items() if key != name}
    _insist_on_figures(claiming(unnamed), page, 23, 7, 2)

    with pytest.raises(Breach) as caught:
        _insist_on_figures(claiming(), page, 23, 7, 2)
    assert words in str(caught.value)
    assert unit.asserted > 1


@pytest.mark.parametrize(("size", "total", "number"), [(7, 21, 3), (5, 3, 1)])
def test_a_link_past_the_last_page_accuses(
    unit: Unit, size: int, total: int, number: int
) -> None:
    """The last page, full or not, must not promise another."""
    page = told(number, size, total, next="?page=more")
    with pytest.raises(Breach, match="next is"):
        _insist_on_figures(claiming(), page, total, size, number)
    assert unit.asserted


def test_a_truth_is_no_figure(unit: Unit) -> None:
    """`true` is not accepted where the number 1 belongs."""
    for name in ("page", "page_size", "total_count", "total_pages"):
        page = told(1, 1, 1, **{name: True})
        with pytest.raises(Breach, match="True"):
            _insist_on_figures(claiming(), page, 1, 1)
    assert unit.asserted


@pytest.mark.parametrize("range_", [None, (1, 0), (0, 0)])
@pytest.mark.parametrize("pages", [0, 1])
def test_an_empty_list_has_more_than_one_spelling(
    unit: Unit, range_: tuple[int, int] | None, pages: int
) -> None:
    """Of no items there is no page or one, and no range or an empty one."""
    page = told(1, 20, 0, item_range=range_, total_pages=pages)
    _insist_on_figures(claiming(), page, 0, None)
    assert unit.asserted >= 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"total_pages": 2}, "2 pages instead of 0"),
        ({"item_range": (1, 2)}, "range (1, 2) of no item"),
        ({"item_range": (3, 1)}, "range (3, 1) of no item"),
        ({"total_count": 1}, "a total of 1 instead of 0"),
        ({"next": "?page=2"}, "next is '?page=2'"),
    ],
)
def test_an_empty_list_that_tells_of_items_accuses(
    unit: Unit, changes: dict[str, Any], words: str
) -> None:
    """A list without items must not tell of some."""
    with pytest.raises(Breach) as caught:
        _insist_on_figures(claiming(), told(1, 20, 0, **changes), 0, None)
    assert words in str(caught.value)
    assert unit.asserted


def test_a_size_that_is_told_as_the_default_is_a_soft_edge(unit: Unit) -> None:
    """The default told instead of the size asked for warns and does not accuse."""
    page = told(1, 7, 5, page_size=20)
    _insist_on_figures(claiming(), page, 5, 7)
    assert len(unit.edges) == 1
    assert "tells 20, asked for 7" in unit.edges[0]


def test_a_size_nobody_asked_for_is_the_servers(unit: Unit) -> None:
    """Without a size asked for, the one that is told holds, also for the pages."""
    _insist_on_figures(claiming(), told(1, 10, 23), 23, None)
    assert unit.edges == []
    with pytest.raises(Breach, match="2 pages instead of 3"):
        _insist_on_figures(claiming(), told(1, 10, 23, total_pages=2), 23, None)


def test_the_default_size_counts_where_no_size_is_told(unit: Unit) -> None:
    """Pages are counted by the claimed default when nothing else tells a size."""
    lists = {"total_count": "n", "total_pages": "p", "default_size": 20}
    _insist_on_figures(claiming(lists), told(1, 20, 23), 23, None)
    with pytest.raises(Breach, match="3 pages instead of 2"):
        _insist_on_figures(claiming(lists), told(1, 20, 23, total_pages=3), 23, None)
    assert unit.asserted == 4


def test_what_no_figure_tells_is_not_judged(unit: Unit) -> None:
    """Pages and links are not judged without a total, nor without any size."""
    odd = told(1, 20, 23, total_pages=9, next="?more", item_range=(5, 9))
    _insist_on_ends(claiming({"total_pages": "p", "next": "n"}), odd, None, 7, 1)
    _insist_on_ends(claiming(), odd, 23, None, 1)
    assert unit.asserted == 0


def test_ends_are_claimed_by_one_of_three(unit: Unit) -> None:
    """A total, a count of pages or a link tells where a list ends."""
    for name in ("total_count", "total_pages", "next"):
        paging.check_lists_tell_where_they_end(claiming({name: "x"}))
    with pytest.raises(Breach, match="neither total nor next"):
        paging.check_lists_tell_where_they_end(claiming({"page": "x"}))
    assert unit.asserted == 4


@pytest.mark.parametrize("name", NAMES)
def test_one_figure_is_enough_to_be_judged(name: str) -> None:
    """A profile that names any figure has its figures judged."""
    assert _tells(claiming({name: "x"}))
    assert not _tells(claiming({"items": "Items"}))


@pytest.mark.parametrize(
    ("query", "pages"),
    [(["page"], True), (["page_size"], True), (["sort"], False)],
)
def test_pages_can_be_asked_for_by_number_or_size(
    query: list[str],
    pages: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Either word makes a list one that is asked for in pages."""
    assert _pages(claiming(query=query)) is pages


def test_only_lists_are_listed() -> None:
    """The verb LIST, and no other, has ends to tell."""
    verbs = {verb: SimpleNamespace(verb=verb) for verb in ("LIST", "GET")}
    listed: Any = {verb: _listed(one) for verb, one in verbs.items()}  # type: ignore[arg-type]
    assert listed == {"LIST": True, "GET": False}


def test_senseless_pages_are_those_that_can_be_asked_for() -> None:
    """Bounds are tried where the profile has the word; the largest where it has one."""
    whole = claiming({"largest_size": 50}, ["page", "page_size"])
    nothing: Any = None
    assert _bad_limits(whole, nothing) == [
        ("page", "0"),
        ("page", "-1"),
        ("page", "99999999999"),
        ("page", "two"),
        ("page_size", "0"),
        ("page_size", "-7"),
        ("page_size", "51"),
    ]
    unbounded = _bad_limits(claiming({}, ["page_size"]), nothing)
    assert unbounded == [("page_size", "0"), ("page_size", "-7")]


def test_a_largest_page_may_tell_the_default(unit: Unit) -> None:
    """The largest size is not cut when it is told, or when the default is."""
    lists = LISTS | {"largest_size": 50}
    profile = claiming(lists, ["page_size"])
    _insist_on_largest(profile, told(1, 50, 60))
    _insist_on_largest(profile, told(1, 20, 60))
    unsaid = claiming({"largest_size": 50}, ["page_size"])
    _insist_on_largest(unsaid, told(1, 20, 60, page_size=None))
    with pytest.raises(Breach, match="cut to 49"):
        _insist_on_largest(profile, told(1, 49, 60))
    assert unit.asserted == 4


# ------------------------------------------------------------- figures of real lists


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _p, f: {"total_count": f["total_count"] + 1}, "a total of 24"),
        (lambda p, _f: p.number == 4 and {"page": 1}, "page 1 instead of 4"),
        (lambda p, _f: p.number == 2 and {"page": 1}, "page 1 instead of 2"),
        (
            lambda p, _f: (p.number, p.size) == (1, 7) and {"total_pages": 9},
            "9 pages instead of 4",
        ),
        (lambda p, _f: p.size == 20 and {"page": 2}, "page 2 instead of 1"),
        (lambda p, _f: p.size == 23 and {"total_pages": 2}, "2 pages instead of 1"),
    ],
)
@pytest.mark.parametrize("name", ["buyers", "addresses"])
def test_figures_are_judged_on_every_page(
    rows_of: RowsOf, name: str, change: Callable[[Any, Any], Any], words: str
) -> None:
    """A figure that is wrong on one page alone accuses, the last and a full one too."""
    found = judged(rows_of, "figures_agree_with_the_items", name, metas(change))
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_what_a_page_past_the_end_tells_is_its_own(rows_of: RowsOf) -> None:
    """Pages behind the last are not asked for their figures."""
    seams = metas(lambda p, _f: not p.records and {"page": 1})
    found = judged(rows_of, "figures_agree_with_the_items", "buyers", seams)
    assert found.verdict is Verdict.PASS
    assert found.seen == 6


def test_small_pages_are_asked_for_as_claimed(rows_of: RowsOf, tmp_path: Path) -> None:
    """Where the largest page is smaller than what is tried, no larger one is asked."""
    small = claims(tmp_path, *SMALL)
    for check in ("figures_agree_with_the_items", "page_and_size_are_honoured"):
        found = judged(rows_of, check, "buyers", profile=small)
        assert found.verdict is Verdict.PASS, found


def test_no_largest_size_has_to_be_claimed(rows_of: RowsOf, tmp_path: Path) -> None:
    """Sizes are tried where the profile says nothing of the largest."""
    free = claims(tmp_path, ("largest_size = 100\n", ""))
    for check in (
        "figures_agree_with_the_items",
        "page_and_size_are_honoured",
        "senseless_pages_are_refused_or_bounded",
    ):
        found = judged(rows_of, check, "buyers", profile=free)
        assert found.verdict is Verdict.PASS, found
    wrong = metas(lambda p, _f: p.size == 23 and {"total_pages": 2})
    check = "figures_agree_with_the_items"
    found = judged(rows_of, check, "buyers", wrong, profile=free)
    assert "2 pages instead of 1" in found.message


def test_pages_without_numbers_are_judged_by_their_size(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Where no page can be asked for by its number, sizes and figures still count."""
    free = claims(tmp_path, ('page = "page"\n', ""), ('page = "Meta.Page"\n', ""))
    for check in ("figures_agree_with_the_items", "page_and_size_are_honoured"):
        found = judged(rows_of, check, "addresses", profile=free)
        assert found.verdict is Verdict.PASS, found


def test_pages_without_sizes_are_judged_by_their_number(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Where no size can be asked for, the default one makes the pages."""
    free = claims(tmp_path, ('page_size = "pageSize"\n', ""))

    def stuck(inner: Any, call: Any) -> tuple[int, int]:
        return 1, inner(call)[1]

    check = "page_and_size_are_honoured"
    assert judged(rows_of, check, "addresses", profile=free).verdict is Verdict.PASS
    found = judged(rows_of, check, "addresses", {"page_asked": stuck}, profile=free)
    assert found.verdict is Verdict.FAIL
    assert "page 2 is page 1 again" in found.message


def test_a_new_place_with_anothers_items_accuses(unit: Unit) -> None:
    """A place made for the row alone must hold nothing."""
    place = SimpleNamespace(fresh=True)
    target: Any = SimpleNamespace(
        fresh_place=lambda _nested: place, page=lambda _place: "an answer"
    )
    page = told(1, 20, 1)
    check: Any = paging.check_figures_of_an_empty_list
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paging, "page_of", lambda _answer: page)
        with pytest.raises(Breach, match="a new place is not empty"):
            check(target, claiming(), None)
    assert unit.noted == []


# --------------------------------------------------------------------------- limits


def answered(status: int, page: Page | None = None) -> Any:
    """Give what `senseless pages` reads of an answer."""
    words = f"GET /things {status}"
    return SimpleNamespace(
        status=status, refusal=400 <= status < 500, words=words, page=page
    )


@pytest.mark.parametrize(
    ("payload", "answer", "words"),
    [
        (("page", "0"), answered(400), None),
        (("page", "0"), answered(200, told(1, 10, 23)), None),
        (("page", "0"), answered(200, told(1, 10, 0)), "an empty page"),
        (("page", "99999999999"), answered(200, told(1, 10, 0)), None),
        (("page", "99999999999"), answered(200, told(1, 10, 5, page=10**9)), None),
        (("page", "-1"), answered(200, told(1, 10, 23, page=-1)), "tells -1"),
        (("page", "0"), answered(200, told(1, 10, 23, page=0)), "tells 0"),
        (("page", "two"), answered(200, told(1, 10, 23, page="two")), "tells 'two'"),
        (("page", "two"), answered(200, told(1, 10, 23, page=51)), "tells 51"),
        (("page", "two"), answered(200, told(1, 10, 23, page=50)), None),
        (("page_size", "0"), answered(200, told(1, 1, 1)), None),
        (("page_size", "0"), answered(200, told(1, 1, 1, page_size=True)), "True"),
        (("page_size", "0"), answered(200, told(1, 9, 9, page_size=None)), None),
        (("page_size", "51"), answered(200, told(1, 50, 60)), None),
        (("page_size", "51"), answered(200, told(1, 51, 60, page_size=50)), "51 items"),
        (("page_size", "51"), answered(200, told(1, 50, 60, page_size=51)), "tells 51"),
    ],
)
def test_bounds_are_kept_or_refused(
    unit: Unit,
    monkeypatch: pytest.MonkeyPatch,
    payload: tuple[str, str],
    answer: Any,
    words: str | None,
) -> None:
    """What is out of bounds is refused, or brought within what is claimed."""
    asked: list[Any] = []

    def page(place: str, query: Any, *, deliberate: bool) -> Any:
        asked.append((place, query, deliberate))
        return answer

    collection = SimpleNamespace(place="here", narrow=(("key", "mine"),))
    target: Any = SimpleNamespace(collection=lambda _: collection, page=page)
    profile = claiming({"largest_size": 50}, ["page", "page_size"])
    monkeypatch.setattr(paging, "page_of", lambda exchange: exchange.page)
    check: Any = paging.check_senseless_pages_are_refused_or_bounded
    if words is None:
        check(target, profile, None, payload)
    else:
        with pytest.raises(Breach) as caught:
            check(target, profile, None, payload)
        assert words in str(caught.value)
    wanted = [("key", "mine"), (f"{payload[0]}!", payload[1])]
    assert asked == [("here", wanted, True)]
    assert unit.asserted
