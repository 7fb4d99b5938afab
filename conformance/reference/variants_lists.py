"""Named ways to differ in IDs and lists and still keep every clause."""

import hashlib
import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, refuse
from conformance.reference.lists import Page
from conformance.reference.store import Record
from conformance.reference.variants import variant

# ------------------------------------------------------------------------------ IDs


@variant("ids.generated: any alphabet, any length")
def generated_ids_count(server: Server) -> None:
    """Generated IDs are numbers in turn, past those in use."""
    turn = itertools.count(10001)
    server.wrap("draw_id", lambda _inner, _call, _rule: str(next(turn)))


@variant("IDs compared without regard to case")
def ids_without_case(server: Server) -> None:
    """IDs that differ in case alone are one ID, spelt as it was first."""

    def lookup(inner: Any, call: Call, key: str) -> Record | None:
        return _found(server, call, key) or inner(call, key)

    def taken(inner: Any, call: Call, key: str, but: Record | None = None) -> bool:
        known = _found(server, call, key)
        return bool(inner(call, key, but)) or (known is not None and known is not but)

    server.wrap("lookup", lookup)
    server.wrap("taken", taken)


def _found(server: Server, call: Call, key: str) -> Record | None:
    siblings = server.store.siblings(call.claimed.name, call.parent)
    if key in siblings:
        return siblings[key]
    folded = (one for one in siblings.values() if one.key.lower() == key.lower())
    return next(folded, None)


@variant("ids.chosen_on_save: another ID in the body taken as a rename")
def put_takes_the_bodys_id(server: Server) -> None:
    """PUT where nothing is yet creates under the ID in its body, if it has one."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        try:
            given = json.loads(call.body).get(call.claimed.id.member)
        except (ValueError, AttributeError, RecursionError):
            given = None
        right = isinstance(given, str) and server.id_ok(call, given)
        answer: Answer = await inner(call, given if right else key)
        return answer

    server.wrap("save_new", around)


@variant("ids.alphabet_refused: an empty ID makes one")
def empty_ids_are_none(server: Server) -> None:
    """An empty ID in the body of a POST is taken as none."""

    def around(inner: Any, call: Call, body: dict[str, Any]) -> str | None:
        empty = call.verb == "CREATE" and body.get(call.claimed.id.member) == ""
        chosen: str | None = None if empty else inner(call, body)
        return chosen

    server.wrap("chosen_id", around)


@variant("ids.duplicate_refused: refused in any way")
def duplicates_answered_400(server: Server) -> None:
    """An ID in use is refused with 400."""

    def around(inner: Any, call: Call, key: str, but: Record | None = None) -> None:
        del inner
        if server.taken(call, key, but):
            raise refuse(400, "IdExists", "Object already exists.")

    server.wrap("require_free", around)


# ---------------------------------------------------------------------------- lists


@variant("any default order of a list")
def lists_in_an_order_of_their_own(server: Server) -> None:
    """Lists come in the order of a digest of the ID."""

    def around(inner: Any, call: Call) -> Iterable[Record]:
        def digest(record: Record) -> bytes:
            return hashlib.sha256(record.key.encode()).digest()

        return sorted(inner(call), key=digest)

    server.wrap("visible", around)


@variant("verbs.list.limits: clamped")
def limits_clamped(server: Server) -> None:
    """Pages and sizes out of bounds are brought within them, text is ignored."""

    def around(inner: Any, call: Call, name: str, default: int, largest: int) -> int:
        del inner
        try:
            asked = int(server.parameter(call, name) or default)
        except ValueError:
            return default
        return min(max(asked, 1), largest)

    server.wrap("whole", around)


@variant("verbs.list.meta: an empty list has one page; its range is what it likes")
def empty_lists_have_a_page(server: Server) -> None:
    """An empty list tells one page, and no range."""

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        told: dict[str, object] = inner(call, page)
        empty = {"total_pages": 1, "item_range": None}
        return told if page.total else {n: empty.get(n, v) for n, v in told.items()}

    server.wrap("meta", around)


@variant("verbs.list.meta: more members")
def lists_tell_more(server: Server) -> None:
    """The envelope has members of which the profile says nothing."""

    def around(inner: Any, call: Call, page: Page) -> Any:
        body = inner(call, page)
        if isinstance(body, dict):
            body |= {"Facets": [], "took_ms": 3}
        return body

    server.wrap("envelope", around)


@variant("verbs.list.agrees: summaries")
def lists_of_summaries(server: Server) -> None:
    """Lists leave out of an item what is neither required nor asked for in lists."""

    def around(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        item: dict[str, Any] = inner(call, record)
        if call.verb != "LIST":
            return item
        resource = call.claimed
        kept = {resource.id.member, *resource.required, *resource.sortable}
        return {name: value for name, value in item.items() if name in kept}

    server.wrap("render_item", around)


@variant("verbs.list.sort: any order of equals")
def equals_newest_first(server: Server) -> None:
    """Items that sort alike come in the reverse of the default order."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        asked = server.parameter(call, "sort")
        found: list[Record] = inner(call, records[::-1] if asked else records)
        return found

    server.wrap("sort", around)


@variant("verbs.list.sort: any collation")
def text_sorted_by_code(server: Server) -> None:
    """Text is sorted by its characters' codes, capitals first."""

    def around(inner: Any, call: Call, record: Record, path: tuple[str, ...]) -> Any:
        key = inner(call, record, path)
        return key[:1] + key[2:] if key[0] == 4 else key

    server.wrap("sort_key", around)


@variant("verbs.list.search: whole words")
def search_by_words(server: Server) -> None:
    """A search finds whole words only."""

    def around(
        inner: Any, call: Call, record: Record, within: list[str], text: str
    ) -> bool:
        words: set[str] = set()
        for name in within:
            value = server.value_at(call, record, tuple(name.split(".")))
            words |= set(str(value).casefold().split())
        return bool(inner(call, record, within, text)) and text.casefold() in words

    server.wrap("found", around)


@variant("verbs.list.meta: a next link, relative")
def relative_next_links(server: Server) -> None:
    """The link to the next page is a query alone."""

    def around(inner: Any, call: Call, page: Page) -> str | None:
        link: str | None = inner(call, page)
        return link and "?" + link.partition("?")[2]

    server.wrap("next_link", around)


@variant("a short wait where the profile says that lists are eventual")
def lists_follow_updates_late(server: Server) -> None:
    """Lists that the profile calls eventual show updates a second late."""
    # Records are kept, lest another one gets the same address.
    versions: dict[int, list[tuple[float, Record, Record]]] = {}

    def finish(inner: Any, call: Call, answer: Answer) -> Answer:
        resource = call.resource
        if resource is not None and resource.eventual and call.method != "GET":
            for one in server.store.siblings(resource.name, call.parent).values():
                known, copy = versions.setdefault(id(one), []), replace(one)
                if not known or known[-1][2].updated != one.updated:
                    known.append((time.monotonic(), one, copy))
        done: Answer = inner(call, answer)
        return done

    def late(record: Record) -> Record:
        known = versions.get(id(record), [(0.0, record, record)])
        shown = [copy for at, _, copy in known if at <= time.monotonic() - 1]
        return shown[-1] if shown else known[0][2]

    def visible(inner: Any, call: Call) -> Iterable[Record]:
        records: Iterable[Record] = inner(call)
        return [late(one) for one in records] if call.claimed.eventual else records

    server.wrap("finish", finish)
    server.wrap("visible", visible)
