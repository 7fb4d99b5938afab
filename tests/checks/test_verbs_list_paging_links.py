"""Pages of lists: that they are those asked for, and linked to each other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from outcomes import OPEN, RowsOf, Seams, claims, judged_in
from seams import metas

from conformance.verdict import Verdict

judged = judged_in("verbs_list_paging")


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
    rows_of: RowsOf, change: Callable[[Any, str], str | None], words: str
) -> None:
    """A link that is missing, ends early, goes round or forgets the filter accuses."""
    check, vendor = "the_next_link_leads_on", "example-vendor"
    found = judged(rows_of, check, "warehouses", links(change), profile=vendor)
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_a_link_to_an_empty_last_page_is_taken(rows_of: RowsOf) -> None:
    """A list may lead to one more page that holds nothing and ends it."""

    def one_more(inner: Any, call: Any, page: Any) -> str | None:
        link: str | None = inner(call, replace(page, total=page.total + page.size))
        return link if page.records else None

    check, vendor = "the_next_link_leads_on", "example-vendor"
    seams = {"next_link": one_more}
    found = judged(rows_of, check, "warehouses", seams, profile=vendor)
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize("name", ["buyers", "addresses"])
def test_links_alone_are_enough(rows_of: RowsOf, tmp_path: Path, name: str) -> None:
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
    rows_of: RowsOf, change: Callable[[int, int], tuple[int, int]], words: str
) -> None:
    """Another size, another page, a short one or one past the end accuses."""
    check = "page_and_size_are_honoured"
    found = judged(rows_of, check, "addresses", pages(change))
    assert found.verdict is Verdict.FAIL
    assert words in found.message


def test_a_largest_size_that_is_cut_accuses(rows_of: RowsOf) -> None:
    """A size below the largest that is claimed must not be told for it."""
    wrong = metas(lambda p, _f: p.size == 100 and {"page_size": 50})
    found = judged(rows_of, "page_and_size_are_honoured", "addresses", wrong)
    assert found.verdict is Verdict.FAIL
    assert "cut to 50" in found.message


def test_a_largest_page_holds_as_many_as_it_says(rows_of: RowsOf) -> None:
    """Of more items than the largest page holds, that page shows so many."""
    check = "the_largest_size_is_honoured"
    assert judged(rows_of, check, "buyers").verdict is Verdict.PASS
    cut = pages(lambda n, s: (part(n, s)[0], part(n, s)[1] - (s == 100)))
    found = judged(rows_of, check, "buyers", cut)
    assert found.verdict is Verdict.FAIL
    assert "99 items instead of 100" in found.message


def test_a_largest_page_with_room_holds_others_items_too(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Fewer are made than a very large page holds, and nothing narrows the list."""
    check = "the_largest_size_is_honoured"
    free = claims(tmp_path, *OPEN, ("largest_size = 100", "largest_size = 400"))
    assert judged(rows_of, check, "buyers", profile=free).verdict is Verdict.PASS
    cut = pages(lambda n, s: (part(n, s)[0], part(n, s)[1] - 300))
    found = judged(rows_of, check, "buyers", cut, profile=free)
    assert found.verdict is Verdict.FAIL
    assert "items instead of 301 to 400" in found.message


def test_a_refusal_past_the_end_warns(rows_of: RowsOf) -> None:
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
