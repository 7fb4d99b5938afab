"""Ways to break LIST at the end of a page, of a list, or behind a link."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from conformance.reference.app import Server
from conformance.reference.exchange import Call
from conformance.reference.faults import fault
from conformance.reference.faults.narrow_state import nested_flags
from conformance.reference.lists import Page
from conformance.reference.store import Record

Path = tuple[str, ...]


@fault(
    "verbs.list.meta",
    dimension="full pages only",
    wants=lambda claims: "total_pages" in claims.lists.meta,
)
def a_full_last_page_promises_another(server: Server) -> None:
    """Where the last page is full, the pages told are one more."""

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        figures: dict[str, object] = inner(call, page)
        if page.total and "total_pages" in figures:
            figures["total_pages"] = page.total // page.size + 1
        return figures

    server.wrap("meta", around)


@fault("verbs.list.meta", dimension="long lists only")
def totals_end_at_the_largest_page(server: Server) -> None:
    """A total is never more than the largest page holds."""

    def around(
        inner: Any, call: Call, records: list[Record], number: int, size: int
    ) -> Page:
        page: Page = inner(call, records, number, size)
        return replace(page, total=min(page.total, server.claims.lists.largest_size))

    server.wrap("paginate", around)


@fault(
    "verbs.list.meta",
    dimension="links only",
    wants=lambda claims: "next" in claims.lists.meta,
)
def links_forget_what_was_asked(server: Server) -> None:
    """The link to the next page leaves filters and searches out."""

    def around(inner: Any, call: Call, page: Page) -> str | None:
        link: str | None = inner(call, page)
        names = server.claims.lists.query
        kept = {names.get("page", "page"), names.get("page_size", "")}
        if link is None:
            return None
        start, _, asked = link.partition("?")
        return f"{start}?{urlencode([p for p in parse_qsl(asked) if p[0] in kept])}"

    server.wrap("next_link", around)


@fault(
    "verbs.list.sort",
    level="SHOULD",
    dimension="later pages only",
    wants=lambda claims: bool(claims.lists.prefix or claims.lists.suffix),
)
def later_pages_go_upwards(server: Server) -> None:
    """A list that is sorted downwards is so on its first page alone."""

    def around(inner: Any, call: Call) -> Iterator[tuple[Path, bool]]:
        later = server.parameter(call, "page") not in (None, "1")
        for path, downwards in inner(call):
            yield path, downwards and not later

    server.wrap("sort_asked", around)


@fault("verbs.list.isolated", dimension="one filter only")
def a_filter_by_id_leaves_the_parent(server: Server) -> None:
    """A list that is filtered by ID shows the items of every parent."""

    def around(inner: Any, call: Call) -> Iterable[Record]:
        asked = {name for name, _ in call.query}
        if call.claimed.parents and call.claimed.id.member in asked:
            return [*server.store.every(call.claimed.name)]
        records: Iterable[Record] = inner(call)
        return records

    server.wrap("visible", around)


@fault(
    "verbs.get.safe",
    dimension="side effect of searches only",
    wants=lambda claims: any(one.searchable for one in nested_flags(claims)),
)
def searches_leave_a_mark(server: Server) -> None:
    """A search among the two items of a parent turns the booleans it finds round."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        found: list[Record] = inner(call, records)
        few = call.claimed.parents and len(records) == 2
        for record in found if few and server.parameter(call, "search") else ():
            flags = {n: not v for n, v in record.values.items() if isinstance(v, bool)}
            record.values = record.values | flags
        return found

    server.wrap("search", around)


@fault(
    "verbs.list.agrees",
    dimension="searchable text only",
    forces={"verbs.model": "the dictionary knows what lists show"},
)
def lists_show_text_as_it_was_made(server: Server) -> None:
    """Lists of one item show searchable text as it was when it was first listed."""
    # Records are kept, lest another one gets the same address.
    known: dict[int, tuple[Record, dict[str, Any]]] = {}

    def around(inner: Any, call: Call, page: Page) -> Any:
        names = set(call.claimed.searchable) & call.claimed.properties.keys()
        shown = []
        for one in page.records if page.total == 1 else ():
            first = {n: one.values[n] for n in names if n in one.values}
            _, kept = known.setdefault(id(one), (one, first))
            shown.append(replace(one, values=one.values | kept))
        return inner(call, replace(page, records=shown or page.records))

    server.wrap("envelope", around)


@fault(
    "verbs.list.contains",
    dimension="one size of page",
    forces={"verbs.list.page_size": "a page that lacks an item holds too few"},
)
def later_pages_of_seven_lose_an_item(server: Server) -> None:
    """Pages of seven leave the first item of all but the first page out."""
    wide = next(r.name for r in server.claims.resources.values() if not r.parents)

    def around(
        inner: Any, call: Call, records: list[Record], number: int, size: int
    ) -> Page:
        page: Page = inner(call, records, number, size)
        lost = size == 7 and number > 1 and call.claimed.name == wide
        return replace(page, records=page.records[1:]) if lost else page

    server.wrap("paginate", around)
