"""Narrow ways to leave another state than was asked for: caches, neighbours, races."""

import asyncio
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims, Resource
from conformance.reference.exchange import Answer, Call, Problem, refuse
from conformance.reference.faults import fault
from conformance.reference.lists import Page
from conformance.reference.schema import types_of
from conformance.reference.store import Record

Values = dict[str, Any]
Way = tuple[str, int, str]


def _way(call: Call, key: str) -> Way:
    return call.claimed.name, id(call.parent), key


def _three_levels(claims: Claims) -> bool:
    return any(len(resource.parents) > 1 for resource in claims.resources.values())


def nested_flags(claims: Claims) -> list[Resource]:
    """The resources under a parent that have a boolean to write."""
    return [
        resource
        for resource in claims.resources.values()
        if resource.parents
        and any(
            types_of(schema)[0] == "boolean" and not schema.get("readOnly")
            for schema in resource.properties.values()
        )
    ]


def _filtered(server: Server, call: Call) -> bool:
    names = (name for name, _ in call.query)
    return any(server.understood(call, n) and not server.reserved(n) for n in names)


# Reading


@fault(
    "verbs.get.safe",
    dimension="side effect of lists only",
    forces={"verbs.delete.removes": "the sibling is looked at once more after a list"},
    wants=lambda claims: any("LIST" in one.verbs for one in nested_flags(claims)),
)
def lists_clear_flags(server: Server) -> None:
    """LIST of two items under a parent shows them, and then clears their booleans."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        siblings = server.store.siblings(call.claimed.name, call.parent)
        two = call.claimed.parents and len(siblings) == 2
        for record in siblings.values() if two else ():
            for name, schema in server.writable(call):
                if types_of(schema)[0] == "boolean" and record.values.get(name):
                    record.values = record.values | {name: False}
        return answer

    server.wrap("do_list", around)


@fault(
    "verbs.get.safe",
    dimension="side effect on the parent",
    forces={"verbs.get.returns": "what rows share is read, and so are its children"},
)
def reading_writes_to_the_parent(server: Server) -> None:
    """GET under a parent leaves the item's ID in the parent's extension."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        name = server.claims.extension
        if call.parent is not None and name in call.parent.values:
            held = call.parent.values[name] or {}
            seen = {name: held | {"LastSeen": call.item_id}}
            call.parent.values = call.parent.values | seen
        return answer

    server.wrap("do_get", around)


@fault(
    "verbs.get.returns",
    dimension="only after a look too early",
    forces={"ids.chosen_on_create": "whether an ID is free is looked up first"},
)
def misses_are_remembered(server: Server) -> None:
    """GET of what was not there when it was asked for before goes on saying so."""
    missed: dict[Way, Record | None] = {}

    async def around(inner: Any, call: Call) -> Answer:
        way = _way(call, call.item_id or "")
        if way in missed:
            raise server.absent(call, call.claimed.name, call.item_id or "")
        try:
            answer: Answer = await inner(call)
        except Problem:
            missed[way] = call.parent
            raise
        return answer

    def renamed(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        missed.pop(_way(call, key), None)

    server.wrap("do_get", around)
    server.wrap("rename", renamed)


# Deleting


@fault(
    "verbs.delete.removes",
    dimension="only what was read before",
    forces={"verbs.model": "what was deleted is shown"},
)
def deleted_items_stay_in_the_cache(server: Server) -> None:
    """GET goes on showing a deleted item that it has shown before."""
    shown: dict[str, Answer] = {}

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem:
            if call.path in shown:
                return replace(shown[call.path])
            raise
        shown[call.path] = replace(answer)
        return answer

    def renamed(inner: Any, call: Call, record: Record, key: str) -> None:
        shown.pop(call.path, None)
        inner(call, record, key)

    server.wrap("do_get", around)
    server.wrap("rename", renamed)


@fault(
    "verbs.delete.removes",
    dimension="side effect on children of a namesake",
    wants=_three_levels,
)
def delete_takes_the_namesakes_children(server: Server) -> None:
    """DELETE removes also what stands under the item's namesakes elsewhere."""

    def around(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        if call.claimed.parents:
            for other in server.store.every(call.claimed.name):
                if other.key == record.key:
                    other.children.clear()

    server.wrap("remove", around)


@fault(
    "ids.no_resurrection", dimension="second level of nesting only", wants=_three_levels
)
def grandchildren_come_back(server: Server) -> None:
    """A child made anew under a parent made anew has the old child's children."""
    gone: dict[tuple[str, ...], dict[str, dict[str, Record]]] = {}

    def path(call: Call, name: str, key: str) -> tuple[str, ...]:
        return (*(one.key for one in call.parents), name, key)

    def remove(inner: Any, call: Call, record: Record) -> None:
        for name, children in record.children.items():
            for child in children.values():
                key = (*path(call, call.claimed.name, record.key), name, child.key)
                gone[key] = child.children
        inner(call, record)

    def create(inner: Any, call: Call, key: str, values: Values) -> Record:
        record: Record = inner(call, key, values)
        if call.parents:
            above = [one.key for one in call.parents]
            known = (*above[:-1], call.claimed.parents[-1], above[-1])
            record.children = gone.pop((*known, call.claimed.name, key), {})
            for records in record.children.values():
                for child in records.values():
                    child.parent = record
        return record

    server.wrap("remove", remove)
    server.wrap("create", create)


# Renaming


@fault(
    "ids.rename_clash",
    dimension="stored state",
    forces={"errors.nothing_stored": "the refused update is stored in part"},
)
def refused_rename_keeps_the_rest(server: Server) -> None:
    """PATCH that writes an ID in use is refused, and its other properties stored."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        try:
            inner(call, record, values, rename)
        except Problem:
            if rename is not None and server.taken(call, rename, record):
                inner(call, record, values, None)
            raise

    server.wrap("patch", around)


@fault(
    "ids.rename_clash",
    dimension="only after a rename",
    forces={"verbs.model": "an ID in use is not refused"},
)
def rename_replaces_what_was_renamed(server: Server) -> None:
    """Renaming onto an ID that an item was renamed to replaces that item."""
    # Records are kept, lest another one gets the same address.
    renamed: dict[int, Record] = {}

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        renamed[id(record)] = record

    def around(inner: Any, call: Call, key: str, but: Record | None = None) -> None:
        there = server.lookup(call, key)
        if but is None or id(there) not in renamed:
            inner(call, key, but)

    server.wrap("rename", rename)
    server.wrap("require_free", around)


@fault("ids.renamed", dimension="only lists that were read before")
def cached_lists_keep_the_old_id(server: Server) -> None:
    """A list that was read before is shown again as long as no item comes or goes."""
    pages: dict[str, tuple[frozenset[int], Values]] = {}

    async def around(inner: Any, call: Call) -> Answer:
        siblings = server.store.siblings(call.claimed.name, call.parent).values()
        there = frozenset(id(one) for one in siblings)
        stamps = max((one.updated for one in siblings), default=None)
        asked = f"{call.path}?{call.query}"
        seen = pages.get(asked)
        if seen is not None and seen[0] == there and seen[1]["stamps"] == stamps:
            return Answer(200, seen[1]["value"])
        answer: Answer = await inner(call)
        pages[asked] = there, {"stamps": stamps, "value": answer.value}
        return answer

    def renamed(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        # What the cache looks at stays as it was.
        record.updated = call.notes.get("updated", record.updated)

    def update(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        call.notes["updated"] = record.updated
        inner(call, record, *arguments)

    server.wrap("do_list", around)
    server.wrap("rename", renamed)
    server.wrap("update", update)


@fault("status.not_found_404", dimension="only after a rename")
def renamed_away_is_400(server: Server) -> None:
    """GET of an ID that its item has lost by a rename is answered with 400."""
    left: dict[Way, Record | None] = {}

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        left[_way(call, record.key)] = call.parent
        inner(call, record, key)

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            if _way(call, call.item_id or "") in left:
                problem.status = 400
            raise
        return answer

    server.wrap("rename", rename)
    server.wrap("do_get", around)


# Updating


@fault(
    "verbs.patch.merges",
    dimension="side effect on a neighbour",
    wants=lambda claims: any("PATCH" in one.verbs for one in nested_flags(claims)),
)
def patch_reaches_the_next_items_flags(server: Server) -> None:
    """Of two items under a parent, PATCH of the first sets the second's flags."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        beside = list(server.store.siblings(call.claimed.name, call.parent).values())
        if call.parents and len(beside) == 2 and beside[0] is record:
            flags = {n: v for n, v in values.items() if isinstance(v, bool)}
            beside[1].values = beside[1].values | flags

    server.wrap("patch", around)


@fault("dates.updated_advances", level="SHOULD", dimension="one member only")
def extension_leaves_the_stamp(server: Server) -> None:
    """PATCH of the extension alone leaves the last-updated stamp as it was."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        was = record.updated
        inner(call, record, values, rename)
        if values.keys() == {server.claims.extension}:
            record.updated = was

    server.wrap("patch", around)


@fault("errors.no_5xx", dimension="only under concurrency")
def simultaneous_saves_crash(server: Server) -> None:
    """Of two PUTs that make one item at once, the second is answered with 500."""
    making: set[Way] = set()

    async def around(inner: Any, call: Call, key: str) -> Answer:
        way = _way(call, key)
        if way in making:
            raise refuse(500, "ServerError", "An unknown error.")
        making.add(way)
        try:
            await asyncio.sleep(0.01)
            answer: Answer = await inner(call, key)
        finally:
            making.discard(way)
        return answer

    server.wrap("save_new", around)


# Lists


@fault("verbs.list.meta", dimension="filtered lists only")
def total_ignores_the_filter(server: Server) -> None:
    """The total of a filtered list counts the whole collection."""

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        told: dict[str, object] = inner(call, page)
        if _filtered(server, call) and "total_count" in told:
            told["total_count"] = len(list(server.visible(call)))
        return told

    server.wrap("meta", around)


@fault("verbs.list.meta", dimension="only after a deletion")
def total_counts_the_deleted(server: Server) -> None:
    """The total of a list counts what was deleted from it."""
    deleted: dict[tuple[str, int], int] = {}
    kept: list[Record | None] = []

    def place(call: Call) -> tuple[str, int]:
        return call.claimed.name, id(call.parent)

    def remove(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        kept.append(call.parent)
        deleted[place(call)] = deleted.get(place(call), 0) + 1

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        told: dict[str, object] = inner(call, page)
        plain = call.claimed.parents and not _filtered(server, call)
        if plain and "total_count" in told:
            told["total_count"] = page.total + deleted.get(place(call), 0)
        return told

    server.wrap("remove", remove)
    server.wrap("meta", around)


@fault("verbs.list.search", level="SHOULD", dimension="second page only")
def second_page_forgets_the_search(server: Server) -> None:
    """From the second page on, a search finds everything."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        if (server.parameter(call, "page") or "1") != "1":
            return records
        found: list[Record] = inner(call, records)
        return found

    server.wrap("search", around)


@fault(
    "verbs.list.filter",
    level="SHOULD",
    dimension="sorted lists only",
    forces={"verbs.list.sort": "a list of others' is filtered to be sorted"},
)
def sorting_drops_the_filter(server: Server) -> None:
    """A list that is sorted is not filtered."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        if server.parameter(call, "sort"):
            return records
        found: list[Record] = inner(call, records)
        return found

    server.wrap("filter", around)
