"""Narrow ways to break LIST: figures of some pages, links, what sorting leaves out."""

from collections.abc import Iterable
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims
from conformance.reference.exchange import Answer, Call
from conformance.reference.faults import fault
from conformance.reference.lists import Page
from conformance.reference.store import Record


def _links(claims: Claims) -> bool:
    return "next" in claims.lists.meta


@fault(
    "verbs.list.meta",
    dimension="body",
    forces={
        "verbs.list.page_size": "the largest size is told as cut",
        "verbs.list.limits": "an empty page tells a size of zero",
    },
)
def size_told_is_what_the_page_holds(server: Server) -> None:
    """The size that a list tells is the number of items on the page."""

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        told: dict[str, object] = inner(call, page)
        if "page_size" in told:
            told["page_size"] = len(page.records)
        return told

    server.wrap("meta", around)


@fault(
    "verbs.list.meta",
    dimension="empty list only",
    wants=lambda claims: "item_range" in claims.lists.meta,
)
def empty_range_ends_at_the_page_size(server: Server) -> None:
    """The range of an empty list goes from 1 to the size of a page."""

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        told: dict[str, object] = inner(call, page)
        if "item_range" in told and not page.records:
            told["item_range"] = [1, page.size]
        return told

    server.wrap("meta", around)


@fault(
    "verbs.list.meta",
    dimension="last page only",
    wants=_links,
)
def last_page_links_on(server: Server) -> None:
    """The last page of several has a link to a next one, which is empty."""

    def around(inner: Any, call: Call, page: Page) -> str | None:
        if page.number > 1 and page.start < page.total <= page.start + page.size:
            page = Page(page.number, page.size, page.total + page.size, page.records)
        link: str | None = inner(call, page)
        return link

    server.wrap("next_link", around)


@fault(
    "verbs.list.meta",
    dimension="first page only",
    wants=_links,
    forces={"verbs.list.contains": "the walk by links ends with the first page"},
)
def first_page_links_to_itself(server: Server) -> None:
    """The link of the first page leads to the first page."""

    def around(inner: Any, call: Call, page: Page) -> str | None:
        back = page.number == 1 and page.total > page.size
        shown = Page(0, page.size, page.total, page.records) if back else page
        link: str | None = inner(call, shown)
        return link

    server.wrap("next_link", around)


@fault(
    "verbs.list.meta",
    dimension="body",
    wants=_links,
    forces={
        "verbs.list.contains": "the walk by links ends with the first page",
        "verbs.list.search": "what is found on later pages is never reached",
    },
)
def links_are_left_out_in_small_pages(server: Server) -> None:
    """Pages of fewer than seven items have no link to the next."""

    def around(inner: Any, call: Call, page: Page) -> str | None:
        link: str | None = inner(call, page)
        return link if page.size >= 7 else None

    server.wrap("next_link", around)


@fault("verbs.list.sort", level="SHOULD", dimension="sorted downwards only")
def sorting_downwards_leaves_out_the_first(server: Server) -> None:
    """A list that is sorted downwards leaves out what would stand first."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        found: list[Record] = inner(call, records)
        downwards = any(down for _, down in server.sort_asked(call))
        return found[1:] if downwards else found

    server.wrap("sort", around)


@fault("verbs.parent_missing", dimension="LIST only")
def list_under_a_missing_parent_shows_all(server: Server) -> None:
    """LIST under a parent that is not there shows the items of every parent."""

    def around(inner: Any, call: Call, kind: str, key: str) -> Any:
        if call.verb == "LIST":
            call.notes["parentless"] = True
        return inner(call, kind, key)

    def refused(inner: Any, call: Call, problem: Any) -> Answer:
        if not call.notes.pop("parentless", False):
            answer: Answer = inner(call, problem)
            return answer
        records: Iterable[Record] = server.store.every(call.claimed.name)
        size = server.claims.lists.default_size
        page = server.paginate(call, list(records), 1, size)
        return Answer(200, server.envelope(call, page))

    server.wrap("absent", around)
    server.wrap("refused", refused)


@fault(
    "verbs.delete.removes",
    dimension="lists only, after a deletion",
    forces={"verbs.model": "an item is not listed"},
)
def lists_lose_the_next_of_the_deleted(server: Server) -> None:
    """After a DELETE a list under a parent lacks the item that came next as well."""
    hidden: list[Record] = []

    def remove(inner: Any, call: Call, record: Record) -> None:
        siblings = server.store.siblings(call.claimed.name, call.parent)
        rest = list(siblings.values())
        place = rest.index(record)
        hidden.extend(rest[place + 1 : place + 2] if call.parents else [])
        inner(call, record)

    def around(inner: Any, call: Call) -> Iterable[Record]:
        found: Iterable[Record] = inner(call)
        return [record for record in found if record not in hidden]

    server.wrap("remove", remove)
    server.wrap("visible", around)
