"""Ways to break LIST: what the pages hold, and what they tell of themselves."""

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, refuse
from conformance.reference.faults import fault
from conformance.reference.lists import Page
from conformance.reference.store import Record


def _middle(server: Server) -> str:
    """The resource in the middle of the profile, for faults of one resource only."""
    names = list(server.claims.resources)
    return names[len(names) // 2]


def _paginated(server: Server, change: Any) -> None:
    """Let ``change`` choose the records of each page, the figures staying right."""

    def around(
        inner: Any, call: Call, records: list[Record], number: int, size: int
    ) -> Page:
        page: Page = inner(call, records, number, size)
        return replace(page, records=change(page, records))

    server.wrap("paginate", around)


# ------------------------------------------------------------------------- contents


@fault("verbs.list.contains", dimension="second page only")
def second_page_begins_one_late(server: Server) -> None:
    """The second page of pages of seven shows its first item twice, its last never."""

    def change(page: Page, records: list[Record]) -> list[Record]:
        del records
        if page.number != 2 or page.size != 7 or len(page.records) < 2:
            return page.records
        return [page.records[0], *page.records[:-1]]

    _paginated(server, change)


@fault("verbs.list.contains", dimension="largest page only")
def the_item_past_the_largest_page_is_lost(server: Server) -> None:
    """Of pages of the largest size the second shows the first one's last item."""

    def change(page: Page, records: list[Record]) -> list[Record]:
        if page.size == server.claims.lists.largest_size and page.number == 2:
            return records[page.start - 1 : page.start - 1 + len(page.records)]
        return page.records

    _paginated(server, change)


@fault(
    "verbs.list.contains",
    dimension="one in N",
)
def pages_of_one_overlap(server: Server) -> None:
    """Of pages of one, the fourth shows the third again, in one resource."""

    def around(
        inner: Any, call: Call, records: list[Record], number: int, size: int
    ) -> Page:
        page: Page = inner(call, records, number, size)
        if call.claimed.name == _middle(server) and (number, size) == (4, 1):
            return replace(page, records=records[2:3])
        return page

    server.wrap("paginate", around)


@fault(
    "verbs.list.agrees",
    dimension="stored state",
    forces={
        "dates.offset_converted": "the list shows the date written before",
        "verbs.model": "the list shows what was written before",
    },
)
def lists_show_items_as_they_were_made(server: Server) -> None:
    """Lists show the values that items were created with, whatever came after."""
    # Records are kept, lest another one gets the same address.
    made: dict[int, tuple[Record, dict[str, Any]]] = {}

    def create(inner: Any, *arguments: Any) -> Record:
        record: Record = inner(*arguments)
        made[id(record)] = record, dict(record.values)
        return record

    def around(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        if call.verb != "LIST" or id(record) not in made:
            stale = record
        else:
            _, values = made[id(record)]
            stale = Record(record.key, values, record.created, record.updated)
        item: dict[str, Any] = inner(call, stale)
        return item

    server.wrap("create", create)
    server.wrap("render_item", around)


@fault("verbs.list.agrees", dimension="body")
def lists_shorten_text(server: Server) -> None:
    """Lists cut the required text of an item after twelve characters."""

    def around(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        item: dict[str, Any] = inner(call, record)
        if call.verb == "LIST" and call.claimed.name == _middle(server):
            for name in call.claimed.required:
                if isinstance(item.get(name), str):
                    item[name] = item[name][:12]
        return item

    server.wrap("render_item", around)


@fault(
    "verbs.list.isolated",
    dimension="body",
    forces={
        "verbs.list.contains": "namesakes of other parents stand in the list as well",
        "verbs.list.meta": "the totals count other parents' items",
        "verbs.list.page_size": "pages hold other parents' items as well",
        "verbs.list.agrees": "a namesake of another parent stands in the list",
        "verbs.list.sort": "pages shift as other parents' items come and go",
        "verbs.delete.removes": "a list shows what was deleted under one parent only",
        "verbs.get.safe": "other parents' items come and go between two lists",
        "verbs.save.idempotent": "a list has the namesakes of other parents",
        "errors.nothing_stored": "other parents' items come and go between two lists",
        "ids.parent_scope": "the list of one parent shows the namesake of another",
        "verbs.model": "the dictionary keeps parents apart",
    },
)
def lists_show_every_parents_items(server: Server) -> None:
    """A list under a parent shows the items of all parents."""

    def around(inner: Any, call: Call) -> Iterable[Record]:
        if call.claimed.parents:
            return server.store.every(call.claimed.name)
        found: Iterable[Record] = inner(call)
        return found

    server.wrap("visible", around)


@fault("verbs.list.isolated", dimension="search only")
def search_looks_under_every_parent(server: Server) -> None:
    """A search under a parent finds the items of all parents."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        if call.claimed.parents and server.parameter(call, "search"):
            records = list(server.store.every(call.claimed.name))
        found: list[Record] = inner(call, records)
        return found

    server.wrap("search", around)


# -------------------------------------------------------------------------- figures


def _figures(server: Server, change: Any) -> None:
    """Let ``change`` write figures over those of a page."""

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        told: dict[str, object] = inner(call, page)
        return told | {n: v for n, v in change(page).items() if n in told}

    server.wrap("meta", around)


@fault("verbs.list.meta", dimension="body")
def total_counts_the_page(server: Server) -> None:
    """The total is the number of items on the page."""
    _figures(server, lambda page: {"total_count": len(page.records)})


@fault(
    "verbs.list.meta",
    dimension="body",
    forces={"verbs.list.search": "what is found ends a page too early"},
    wants=lambda claims: "total_pages" in claims.lists.meta,
)
def total_pages_rounded_down(server: Server) -> None:
    """The number of pages leaves out the last, short one."""
    _figures(server, lambda page: {"total_pages": page.total // page.size})


@fault(
    "verbs.list.meta",
    dimension="second page only",
    wants=lambda claims: "item_range" in claims.lists.meta,
)
def range_begins_at_zero_on_later_pages(server: Server) -> None:
    """The range of a later page counts from zero."""

    def change(page: Page) -> dict[str, object]:
        if page.number == 1:
            return {}
        return {"item_range": [page.start, page.start + len(page.records) - 1]}

    _figures(server, change)


@fault("verbs.list.meta", dimension="empty list only")
def empty_list_tells_of_one_item(server: Server) -> None:
    """An empty list tells a total of one."""
    _figures(server, lambda page: {} if page.total else {"total_count": 1})


@fault("verbs.list.meta", level="SHOULD", dimension="body")
def size_told_is_the_default(server: Server) -> None:
    """The size that a list tells is the default, whatever was asked for."""
    _figures(server, lambda _page: {"page_size": server.claims.lists.default_size})


@fault(
    "verbs.list.page_size",
    dimension="query",
    forces={"verbs.list.meta": "the size that is told is not the one asked for"},
)
def page_size_ignored(server: Server) -> None:
    """Pages have the default size, whatever is asked for."""

    def around(inner: Any, call: Call) -> tuple[int, int]:
        number, _ = inner(call)
        return number, server.claims.lists.default_size

    server.wrap("page_asked", around)


@fault("verbs.list.page_size", dimension="largest page only")
def largest_size_cut_by_half(server: Server) -> None:
    """Pages hold at most half of the largest size that is claimed."""

    def around(inner: Any, call: Call) -> tuple[int, int]:
        number, size = inner(call)
        return number, min(size, server.claims.lists.largest_size // 2)

    server.wrap("page_asked", around)


@fault(
    "verbs.list.page_size",
    dimension="query",
    forces={
        "verbs.list.contains": "what stands on later pages is never shown",
        "verbs.list.sort": "what stands on later pages is never shown",
        "verbs.list.meta": "the page that is told is not the one asked for",
        "verbs.list.limits": "no page is ever beyond the end",
        "verbs.list.search": "what is found on later pages is never shown",
        "verbs.model": "what stands on later pages is never shown",
    },
)
def page_ignored(server: Server) -> None:
    """Every page is the first."""

    def around(inner: Any, call: Call) -> tuple[int, int]:
        _, size = inner(call)
        return 1, size

    server.wrap("page_asked", around)


@fault("verbs.list.page_size", level="SHOULD", dimension="status")
def pages_past_the_end_refused(server: Server) -> None:
    """A page past the end is refused."""

    def around(
        inner: Any, call: Call, records: list[Record], number: int, size: int
    ) -> Page:
        page: Page = inner(call, records, number, size)
        if number > 1 and page.start >= page.total:
            raise refuse(400, "List.InvalidPage", "There is no such page.")
        return page

    server.wrap("paginate", around)


@fault("verbs.list.limits", level="SHOULD", dimension="query")
def any_page_size_goes(server: Server) -> None:
    """A page size beyond the largest is honoured."""

    def around(inner: Any, call: Call, name: str, default: int, largest: int) -> int:
        whole: int = inner(call, name, default, largest * 100)
        return whole

    server.wrap("whole", around)


@fault("verbs.list.limits", level="SHOULD", dimension="body")
def page_zero_is_empty(server: Server) -> None:
    """Page zero is an empty page."""

    async def around(inner: Any, call: Call) -> Answer:
        if server.parameter(call, "page") == "0":
            return Answer(200, server.envelope(call, Page(1, 20, 0, [])))
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_list", around)


# ---------------------------------------------------------------------------- order


@fault("verbs.list.sort", level="SHOULD", dimension="query")
def sorting_downwards_goes_up(server: Server) -> None:
    """A list that is asked for downwards is sorted upwards."""

    def around(inner: Any, call: Call, asked: str) -> tuple[str, bool]:
        return inner(call, asked)[0], False

    server.wrap("direction", around)


@fault("verbs.list.sort", level="SHOULD", dimension="one in N")
def equals_change_places(server: Server) -> None:
    """Items that sort alike change places with every request."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        if server.parameter(call, "sort"):
            records = random.sample(records, len(records))
        found: list[Record] = inner(call, records)
        return found

    server.wrap("sort", around)


@fault("verbs.list.sort", level="SHOULD", dimension="body")
def numbers_sorted_as_text(server: Server) -> None:
    """Numbers are sorted as text."""

    def around(inner: Any, call: Call, record: Record, path: tuple[str, ...]) -> Any:
        key = inner(call, record, path)
        return (4, str(key[1]), str(key[1])) if key[0] == 2 else key

    server.wrap("sort_key", around)
