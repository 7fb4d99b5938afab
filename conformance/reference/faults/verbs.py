"""Ways to break "HTTP Methods": GET, DELETE, and the verbs among each other."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims, Schema
from conformance.reference.exchange import Answer, Call, Problem
from conformance.reference.faults import fault
from conformance.reference.schema import types_of
from conformance.reference.store import Record

Values = dict[str, Any]
#: Longer than what other chapters send, within what the profiles claim.
LONG = 1500


def middle(server: Server) -> str:
    """The resource in the middle of the profile, for faults of one resource only."""
    names = list(server.claims.resources)
    return names[len(names) // 2]


def last(server: Server) -> str:
    """The last resource of the profile: nothing stands under it."""
    return list(server.claims.resources)[-1]


def cut(values: Values) -> Values:
    """The values with long text cut; what is not ASCII is another chapter's."""
    return {
        name: value[:LONG] if isinstance(value, str) and value.isascii() else value
        for name, value in values.items()
    }


def long_text(claims: Claims) -> bool:
    """Whether a property may hold text that ``cut`` shortens."""
    return any(
        _free_text(schema) and schema.get("maxLength", LONG + 1) > LONG
        for resource in claims.resources.values()
        for schema in resource.properties.values()
    )


def _free_text(schema: Schema) -> bool:
    bound = schema.keys() & {"enum", "format", "pattern", "readOnly", "x-refers"}
    return "string" in types_of(schema) and not bound


def example(server: Server, call: Call, key: str) -> Record:
    """A record of the profile's example that is nowhere stored."""
    references = {
        name: server.draw_id(call, server.claims.resources[schema["x-refers"]].id)
        for name, schema in call.claimed.properties.items()
        if name in call.claimed.required and "x-refers" in schema
    }
    whole = references | dict(call.claimed.example)
    values = server.validate(call, whole, partial=False)
    now = server.now(call)
    return Record(key, values, now, now, call.parent)


# ------------------------------------------------------------------------------ GET


@fault("verbs.get.returns", dimension="long strings only", wants=long_text)
def get_cuts_long_text(server: Server) -> None:
    """GET cuts text after 1,500 characters; lists show the whole of it."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        answer.value = cut(answer.value)
        return answer

    server.wrap("do_get", around)


@fault(
    "verbs.get.returns",
    dimension="one resource only",
    forces={
        "verbs.model": "what was written is not shown",
        "verbs.save.replaces": "what PUT has replaced is shown",
    },
)
def get_is_behind_a_put(server: Server) -> None:
    """GET of one resource shows what was there before the last PUT."""
    past: dict[Record, Values] = {}

    def replaced(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        if call.claimed.name == middle(server):
            past[record] = record.values
        inner(call, record, *arguments)

    def patched(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        past.pop(record, None)
        inner(call, record, *arguments)

    async def read(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        record = server.find_item(call)
        if record in past:
            old = replace(record, values=past[record])
            answer.value = server.render_item(call, old)
        return answer

    server.wrap("replace", replaced)
    server.wrap("patch", patched)
    server.wrap("do_get", read)


@fault("verbs.get.returns", dimension="identity")
def get_hides_the_extension_from_readers(server: Server) -> None:
    """GET leaves the extension out for those who may not write."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        writers = set(call.claimed.roles.get("PATCH", ()))
        if call.grant and not writers & set(call.grant.roles):
            answer.value.pop(server.claims.extension, None)
        return answer

    server.wrap("do_get", around)


@fault(
    "verbs.get.missing",
    dimension="body",
    forces={"verbs.model": "what was deleted is shown under another parent"},
)
def get_ignores_the_parent(server: Server) -> None:
    """GET serves an item of that ID from under any parent."""

    def around(inner: Any, call: Call) -> Record:
        try:
            record: Record = inner(call)
        except Problem:
            if call.verb == "GET" and call.claimed.scope == "parent":
                for record in server.store.every(call.claimed.name):
                    if record.key == call.item_id:
                        return record
            raise
        return record

    server.wrap("find_item", around)


_SEEN = "a look shows as there what was refused, renamed or deleted"


@fault(
    "verbs.get.missing",
    dimension="one resource only",
    forces=dict.fromkeys(
        (
            "dates.bad_date_refused",
            "ids.chosen_on_save",
            "ids.no_resurrection",
            "ids.renamed",
            "json.malformed_request",
            "oauth.bearer_required",
            "oauth.scope_enforced",
            "verbs.model",
        ),
        _SEEN,
    ),
)
def get_makes_up_what_is_missing(server: Server) -> None:
    """GET of what is not there shows an item all the same, in one resource."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer
        try:
            answer = await inner(call)
        except Problem:
            if call.claimed.name != last(server):
                raise
            made = example(server, call, call.item_id or "")
            answer = Answer(200, server.render_item(call, made))
        return answer

    server.wrap("do_get", around)


@fault(
    "verbs.get.safe",
    dimension="side effect",
    forces={"verbs.model": "an item is there that nobody has made"},
)
def get_of_nothing_leaves_something(server: Server) -> None:
    """GET of what is not there leaves an item of another ID, in one resource."""

    def around(inner: Any, call: Call) -> Record:
        try:
            record: Record = inner(call)
        except Problem:
            if call.verb == "GET" and call.claimed.name == last(server):
                trace = example(server, call, server.make_id(call))
                server.store.add(call.claimed.name, trace)
            raise
        return record

    server.wrap("find_item", around)


# --------------------------------------------------------------------------- DELETE


@fault(
    "verbs.delete.removes",
    dimension="one resource only",
    forces={
        "ids.reuse_after_delete": "the ID is still in use",
        "verbs.model": "what was deleted is shown",
    },
)
def delete_only_says_so(server: Server) -> None:
    """DELETE of one resource answers 204 and removes nothing."""

    def around(inner: Any, call: Call, record: Record) -> None:
        if call.claimed.name != last(server):
            inner(call, record)

    server.wrap("remove", around)


@fault(
    "verbs.delete.removes",
    dimension="side effect",
    forces={
        "ids.parent_scope": "one of two namesakes is deleted, the other looked at",
        "verbs.model": "an item vanishes with another",
    },
)
def delete_takes_namesakes_along(server: Server) -> None:
    """DELETE removes the items of that ID under every parent."""

    def around(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        if call.claimed.scope == "parent":
            for other in list(server.store.every(call.claimed.name)):
                if other.key == record.key:
                    inner(call, other)

    server.wrap("remove", around)


@fault(
    "verbs.delete.removes",
    dimension="lists only",
    forces={"verbs.model": "what was deleted is listed"},
)
def lists_keep_what_was_deleted(server: Server) -> None:
    """Lists of one resource go on showing what was deleted."""
    deleted: list[Record] = []

    def removed(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        if call.claimed.name == last(server):
            deleted.append(record)

    def visible(inner: Any, call: Call) -> Iterable[Record]:
        ghosts = [record for record in deleted if record.parent is call.parent]
        return [*inner(call), *(ghosts if call.claimed.name == last(server) else ())]

    server.wrap("remove", removed)
    server.wrap("visible", visible)


@fault("verbs.delete.again", level="SHOULD", dimension="status")
def delete_of_nothing_answers_204(server: Server) -> None:
    """DELETE of what is not there is a success."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem:
            return Answer(204)
        return answer

    server.wrap("do_delete", around)


@fault("verbs.delete.children", level="SHOULD", dimension="stored state")
def orphans_are_served(server: Server) -> None:
    """GET serves what stood under a parent that was deleted."""
    deleted: dict[tuple[str, str], Record] = {}

    def removed(inner: Any, call: Call, record: Record) -> None:
        deleted[call.claimed.name, record.key] = record
        inner(call, record)

    def parents(inner: Any, call: Call) -> tuple[Record, ...]:
        found: list[Record] = []
        if call.verb == "GET":
            for name in call.claimed.parents:
                above = found[-1] if found else None
                key = call.path_ids[name]
                record = server.store.siblings(name, above).get(key)
                record = record or deleted.get((name, key))
                found += [record] if record else []
        whole = len(found) == len(call.claimed.parents) and bool(found)
        told: tuple[Record, ...] = tuple(found) if whole else inner(call)
        return told

    server.wrap("remove", removed)
    server.wrap("find_parents", parents)


# ------------------------------------------------------------------------- the rest


@fault("verbs.parent_missing", dimension="side effect")
def create_makes_the_missing_parent(server: Server) -> None:
    """CREATE under a parent that is not there makes the parent as well."""

    def around(inner: Any, call: Call) -> tuple[Record, ...]:
        name = call.claimed.parents[-1] if call.claimed.parents else ""
        if call.verb == "CREATE" and len(call.claimed.parents) == 1:
            key, now = call.path_ids[name], server.now(call)
            if key not in server.store.siblings(name, None):
                above = server.claims.resources[name]
                values = dict(above.example)
                server.store.add(name, Record(key, values, now, now))
        found: tuple[Record, ...] = inner(call)
        return found

    server.wrap("find_parents", around)


@fault("verbs.parent_missing", dimension="one verb only")
def delete_ignores_the_parent(server: Server) -> None:
    """DELETE under a parent that is not there removes the item from its own."""

    def around(inner: Any, call: Call) -> tuple[Record, ...]:
        try:
            found: tuple[Record, ...] = inner(call)
        except Problem:
            for record in server.store.every(call.claimed.name):
                if call.verb == "DELETE" and record.key == call.item_id:
                    return (record.parent,) if record.parent else ()
            raise
        return found

    server.wrap("find_parents", around)


@fault("verbs.parent_missing", level="SHOULD", dimension="status")
def list_under_nobody_is_empty(server: Server) -> None:
    """LIST under a parent that is not there gives an empty page."""

    async def around(inner: Any, call: Call) -> Answer:
        call.notes["empty"] = True
        answer: Answer = await inner(call)
        return answer

    def parents(inner: Any, call: Call) -> tuple[Record, ...]:
        try:
            found: tuple[Record, ...] = inner(call)
        except Problem:
            if call.verb != "LIST":
                raise
            now = server.now(call)
            found = (Record("", {}, now, now),)
        return found

    server.wrap("do_list", around)
    server.wrap("find_parents", parents)


@fault(
    "verbs.unsupported",
    level="SHOULD",
    dimension="one verb only",
    wants=lambda claims: any(
        "SAVE" not in resource.verbs for resource in claims.resources.values()
    ),
)
def unclaimed_put_works(server: Server) -> None:
    """PUT works where the profile does not claim it."""

    def around(inner: Any, call: Call, route: Any, ids: dict[str, str]) -> None:
        inner(call, route, ids)
        if call.verb is None and call.method == "PUT" and "id" in ids:
            call.verb = "SAVE"

    server.wrap("take", around)


@fault("verbs.unsupported", level="SHOULD", dimension="path")
def post_on_an_item_updates_it(server: Server) -> None:
    """POST on an item updates it as PATCH does."""

    def around(inner: Any, call: Call, route: Any, ids: dict[str, str]) -> None:
        inner(call, route, ids)
        offered = "PATCH" in call.claimed.verbs
        if call.verb is None and call.method == "POST" and "id" in ids and offered:
            call.verb = "PATCH"

    server.wrap("take", around)


@fault("verbs.concurrent_patch", level="SHOULD", dimension="only under concurrency")
def simultaneous_patches_undo_each_other(server: Server) -> None:
    """PATCH writes back what it read a moment before, changed."""

    async def slowly(inner: Any, call: Call) -> Answer:
        call.notes["read"] = dict(server.find_item(call).values)
        await asyncio.sleep(0.03)
        answer: Answer = await inner(call)
        return answer

    def patch(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        record.values = call.notes["read"]
        inner(call, record, *arguments)

    server.wrap("do_patch", slowly)
    server.wrap("patch", patch)


@fault(
    "verbs.model",
    dimension="only in a sequence",
    forces={
        "dates.offset_converted": "writes one item by PATCH and by PUT in turn",
        "json.numbers": "writes one item by PATCH and by PUT in turn",
        "json.unicode_roundtrip": "writes one item by PATCH and by PUT in turn",
    },
)
def put_keeps_what_a_patch_has_set(server: Server) -> None:
    """PUT of an item that was patched keeps the text that PATCH gave it."""
    set_by_patch: dict[Record, Values] = {}

    def patched(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        set_by_patch.setdefault(record, {}).update(values)

    def replaced(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        kept = set_by_patch.pop(record, {})
        inner(call, record, values | kept, rename)

    server.wrap("patch", patched)
    server.wrap("replace", replaced)


@fault("verbs.model", dimension="only in a sequence")
def what_was_renamed_is_never_deleted(server: Server) -> None:
    """DELETE of an item that was renamed and then updated removes nothing."""
    renamed: set[Record] = set()
    kept: set[Record] = set()

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        renamed.add(record)

    def update(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        if record in renamed:
            kept.add(record)
        inner(call, record, *arguments)

    def remove(inner: Any, call: Call, record: Record) -> None:
        if record not in kept:
            inner(call, record)

    server.wrap("rename", rename)
    server.wrap("update", update)
    server.wrap("remove", remove)
