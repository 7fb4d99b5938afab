"""Pages of lists: which figures, sizes and links are right, and which accuse."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

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
from conformance.profile import find_profile
from conformance.session import Unit, current_unit
from conformance.verdict import Result, Verdict

Run = Callable[..., dict[str, Result]]
Seams = Mapping[str, Callable[..., Any]]
NAMES = ("page", "page_size", "total_count", "total_pages", "item_range", "next")
LISTS = dict.fromkeys(NAMES, "told") | {"default_size": 20}


@pytest.fixture
def unit() -> Iterator[Unit]:
    """Give the unit in which words of a check are said."""
    session: Any = SimpleNamespace(tripped=set())
    mine = Unit(session, "test")
    token = current_unit.set(mine)
    yield mine
    current_unit.reset(token)


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


def judged(
    rows_of: Run, check: str, only: str, seams: Seams | None = None, **how: Any
) -> Result:
    """Give the result of one row of this module's check."""
    name = f"verbs_list_paging.{check}"
    return rows_of(name, seams, only=only, **how)[f"{name}[{only}]"]


def claims(folder: Path, *changes: tuple[str, str], base: str = "reference") -> str:
    """Write a shipped profile with some of its text changed, and give its path."""
    text = find_profile(base).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "profile.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


#: Nothing narrows a list to the run's own items.
OPEN = (
    ('search = "search"\nsearch_on = "searchOn"\n', ""),
    ('[lists.filter]\nplace = "value"\nnot = "!"\ngreater = ">"\nless = "<"\n', ""),
    ('or = "|"\nwildcard = "*"\nnested = "."\n', ""),
)
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


def metas(change: Callable[[Any, dict[str, Any]], Any]) -> Seams:
    """Let figures be changed, told the page that they are of."""

    def around(inner: Any, call: Any, page: Any) -> dict[str, Any]:
        figures: dict[str, Any] = inner(call, page)
        return {**figures, **(change(page, figures) or {})}

    return {"meta": around}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _p, f: {"total_count": f["total_count"] + 1}, "a total of 24"),
        (lambda p, _f: p.number == 4 and {"page": 1}, "page 1 instead of 4"),
        (lambda p, _f: p.number == 2 and {"page": 1}, "page 1 instead of 2"),
        (lambda p, _f: p.size == 20 and {"page": 2}, "page 2 instead of 1"),
        (lambda p, _f: p.size == 23 and {"total_pages": 2}, "2 pages instead of 1"),
    ],
)
@pytest.mark.parametrize("name", ["buyers", "addresses"])
def test_figures_are_judged_on_every_page(
    rows_of: Run, name: str, change: Callable[[Any, Any], Any], words: str
) -> None:
    """A figure that is wrong on one page alone accuses, the last and a full one too."""
    found = judged(rows_of, "figures_agree_with_the_items", name, metas(change))
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_what_a_page_past_the_end_tells_is_its_own(rows_of: Run) -> None:
    """Pages behind the last are not asked for their figures."""
    seams = metas(lambda p, _f: not p.records and {"page": 1})
    found = judged(rows_of, "figures_agree_with_the_items", "buyers", seams)
    assert found.verdict is Verdict.PASS
    assert found.seen == 6


def test_small_pages_are_asked_for_as_claimed(rows_of: Run, tmp_path: Path) -> None:
    """Where the largest page is smaller than what is tried, no larger one is asked."""
    small = claims(tmp_path, *SMALL)
    for check in ("figures_agree_with_the_items", "page_and_size_are_honoured"):
        found = judged(rows_of, check, "buyers", profile=small)
        assert found.verdict is Verdict.PASS, found


def test_no_largest_size_has_to_be_claimed(rows_of: Run, tmp_path: Path) -> None:
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
    rows_of: Run, tmp_path: Path
) -> None:
    """Where no page can be asked for by its number, sizes and figures still count."""
    free = claims(tmp_path, ('page = "page"\n', ""), ('page = "Meta.Page"\n', ""))
    for check in ("figures_agree_with_the_items", "page_and_size_are_honoured"):
        found = judged(rows_of, check, "addresses", profile=free)
        assert found.verdict is Verdict.PASS, found


def test_pages_without_sizes_are_judged_by_their_number(
    rows_of: Run, tmp_path: Path
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


def test_totals_of_a_list_that_others_fill_are_not_compared(
    rows_of: Run, tmp_path: Path
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


def test_a_long_list_is_counted_to_its_end(rows_of: Run) -> None:
    """A total that ends at the largest page accuses."""
    check = "the_total_of_a_long_list"
    found = judged(rows_of, check, "buyers", {"meta": capped})
    assert found.verdict is Verdict.FAIL
    assert "a total of 100 for 101 items" in found.message


def test_a_long_list_of_others_items_is_not_counted(
    rows_of: Run, tmp_path: Path
) -> None:
    """The total of a list that holds others' items gives nothing to judge."""
    free = claims(tmp_path, *OPEN)
    check = "the_total_of_a_long_list"
    found = judged(rows_of, check, "buyers", {"meta": capped}, profile=free)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "other people's items" in (found.cause or "")


# ----------------------------------------------------------------- deleted, narrowed


def test_a_total_that_counts_the_deleted_accuses(rows_of: Run) -> None:
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


def test_a_total_that_is_kept_from_before_accuses(rows_of: Run) -> None:
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


def test_a_total_of_what_is_still_listed_waits_for_delete(rows_of: Run) -> None:
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


def test_a_place_that_the_server_fills_is_counted_as_it_is(rows_of: Run) -> None:
    """What the server puts into a new place itself belongs to its total."""
    check = "a_total_leaves_out_what_was_deleted"
    found = judged(rows_of, check, "addresses", {"create": filling})
    assert found.verdict is Verdict.PASS
    short = metas(lambda _p, f: {"total_count": f["total_count"] - 1})
    found = judged(rows_of, check, "addresses", {"create": filling, **short})
    assert found.verdict is Verdict.FAIL
    assert "a total of 1 for 2" in found.message


def test_a_place_that_the_server_fills_is_never_empty(rows_of: Run) -> None:
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
    rows_of: Run, change: Callable[[Any, Any], Any], words: str
) -> None:
    """The figures of no item, and those of the first one, are both insisted on."""
    found = judged(rows_of, "figures_of_an_empty_list", "addresses", metas(change))
    assert found.verdict is Verdict.FAIL
    assert words in found.message


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


def test_a_list_narrowed_to_nothing_tells_so(rows_of: Run) -> None:
    """A total that leaves a filter out accuses where the list itself is empty."""
    check = "figures_of_a_list_narrowed_to_nothing"
    wrong = metas(lambda p, _f: not p.records and {"total_count": 9})
    found = judged(rows_of, check, "buyers", wrong)
    assert found.verdict is Verdict.FAIL
    assert "a total of 9 instead of 0" in found.message


def test_a_list_that_nothing_narrows_is_judged_as_it_is(
    rows_of: Run, tmp_path: Path
) -> None:
    """Without a filter the list holds items, and its own total is believed."""
    check = "figures_of_a_list_narrowed_to_nothing"
    found = judged(rows_of, check, "buyers", profile=claims(tmp_path, *OPEN))
    assert found.verdict is Verdict.PASS


# ---------------------------------------------------------------------------- links


def links(change: Callable[[Any, str], str | None]) -> Seams:
    """Let the links to the next page be changed."""

    def around(inner: Any, call: Any, page: Any) -> str | None:
        link: str | None = inner(call, page)
        return change(page, link) if link else None

    return {"next_link": around}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _p, _link: None, "no link, and only 5 items"),
        (lambda p, link: (p.number < 3 and link) or None, "the links left out"),
        (lambda _p, link: link.replace("p=2", "p=1"), "leads to nothing new"),
        (
            lambda p, link: f"{link.partition('?')[0]}?p={p.number + 1}&per_page=5",
            "of others",
        ),
    ],
)
def test_links_lead_through_the_same_list(
    rows_of: Run, change: Callable[[Any, str], str | None], words: str
) -> None:
    """A link that is missing, ends early, goes round or forgets the filter accuses."""
    check, vendor = "the_next_link_leads_on", "example-vendor"
    found = judged(rows_of, check, "warehouses", links(change), profile=vendor)
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_a_link_to_an_empty_last_page_is_taken(rows_of: Run) -> None:
    """A list may lead to one more page that holds nothing and ends it."""

    def one_more(inner: Any, call: Any, page: Any) -> str | None:
        link: str | None = inner(call, replace(page, total=page.total + page.size))
        return link if page.records else None

    check, vendor = "the_next_link_leads_on", "example-vendor"
    seams = {"next_link": one_more}
    found = judged(rows_of, check, "warehouses", seams, profile=vendor)
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize("name", ["buyers", "addresses"])
def test_links_alone_are_enough(rows_of: Run, tmp_path: Path, name: str) -> None:
    """A profile of links without numbers and sizes is walked by them to the end."""
    alone = claims(
        tmp_path,
        ('page = "page"\npage_size = "pageSize"\n', ""),
        ("default_size = 20", 'next = "Meta.Next"\ndefault_size = 20'),
    )
    check = "the_next_link_leads_on"

    def numbered(inner: Any, call: Any) -> tuple[int, int]:
        number = next((int(v) for k, v in call.query if k == "page"), 1)
        return number, inner(call)[1]

    def linked(inner: Any, call: Any, page: Any) -> str | None:
        others = [f"{k}={v}" for k, v in call.query if k != "page"]
        asked = "&".join([*others, f"page={page.number + 1}"])
        return f"?{asked}" if inner(call, page) else None

    seams: Seams = {"page_asked": numbered, "next_link": linked}
    found = judged(rows_of, check, name, seams, profile=alone)
    assert found.verdict is Verdict.PASS, found
    lost: Seams = {**seams, "next_link": lambda *_: None}
    found = judged(rows_of, check, name, lost, profile=alone)
    assert found.verdict is Verdict.FAIL
    assert "no link, and only 20 items" in found.message


# ---------------------------------------------------------------------------- sizes


def pages(change: Callable[[int, int], tuple[int, int]]) -> Seams:
    """Let another part of the list be given; number and size tell which."""

    def around(
        inner: Any, call: Any, records: list[Any], number: int, size: int
    ) -> Any:
        start, end = change(number, size)
        return replace(inner(call, records, number, size), records=records[start:end])

    return {"paginate": around}


def part(number: int, size: int) -> tuple[int, int]:
    """Give where the right page begins and ends."""
    return (number - 1) * size, number * size


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda n, s: (0, 20) if s == 7 else part(n, s), "20 items instead of 7"),
        (lambda n, s: part(1, 5) if s == 1 else part(n, s), "5 items instead of 1"),
        (lambda n, s: part(n, s) if s != 1 or n < 3 else (0, 0), "0 items instead"),
        (lambda n, s: part(1, s) if n == 2 else part(n, s), "page 2 is page 1"),
        (lambda n, s: (7, 12) if n == 2 else part(n, s), "5 items instead of 7"),
        (lambda n, s: part(min(n, 4), s), "2 items past the end"),
        (lambda n, s: part(2 if n == 5 else n, s), "7 items past the end"),
    ],
)
def test_pages_are_those_that_were_asked_for(
    rows_of: Run, change: Callable[[int, int], tuple[int, int]], words: str
) -> None:
    """Another size, another page, a short one or one past the end accuses."""
    check = "page_and_size_are_honoured"
    found = judged(rows_of, check, "addresses", pages(change))
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_a_largest_size_that_is_cut_accuses(rows_of: Run) -> None:
    """A size below the largest that is claimed must not be told for it."""
    wrong = metas(lambda p, _f: p.size == 100 and {"page_size": 50})
    found = judged(rows_of, "page_and_size_are_honoured", "addresses", wrong)
    assert found.verdict is Verdict.FAIL
    assert "cut to 50" in found.message


def test_a_largest_page_holds_as_many_as_it_says(rows_of: Run) -> None:
    """Of more items than the largest page holds, that page shows so many."""
    check = "the_largest_size_is_honoured"
    assert judged(rows_of, check, "buyers").verdict is Verdict.PASS
    cut = pages(lambda n, s: (part(n, s)[0], part(n, s)[1] - (s == 100)))
    found = judged(rows_of, check, "buyers", cut)
    assert found.verdict is Verdict.FAIL
    assert "99 items instead of 100" in found.message


def test_a_refusal_past_the_end_warns(rows_of: Run) -> None:
    """A page past the end may be refused, at the cost of a warning."""

    def refusing(inner: Any, call: Any, records: Any, number: int, size: int) -> Any:
        page = inner(call, records, number, size)
        if number > 1 and not page.records:
            # As for a page number that is none.
            inner.__self__.page_asked(replace(call, query=(("page", "none"),)))
        return page

    check = "verbs_list_paging.page_and_size_are_honoured"
    found = rows_of(check, {"paginate": refusing}, only="addresses")
    assert found[f"{check}[addresses]"].verdict is Verdict.PASS
    warned = found[f"{check}~warns[addresses]"]
    assert warned.verdict is Verdict.WARN
    assert "a page past the end was refused" in warned.message


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
