"""Faults that were described before the checks were read: IDs, errors, verbs, status.

Two of the thirty were there already: ``renamed_ids_are_not_guarded`` and
``search_looks_under_every_parent``.
"""

from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims
from conformance.reference.exchange import Answer, Call, Mistake, Problem, refuse
from conformance.reference.faults import fault
from conformance.reference.lists import Page
from conformance.reference.schema import Findings, types_of
from conformance.reference.store import Record

Values = dict[str, Any]
Way = tuple[str, int, str]


def _way(call: Call, key: str) -> Way:
    return call.claimed.name, id(call.parent), key


def _sent(server: Server, call: Call) -> Values:
    """The body that was sent, empty if it is no JSON object."""
    try:
        return server.parse(call)
    except ValueError:
        return {}


# IDs


@fault("ids.no_resurrection", dimension="stored state, one verb only")
def put_revives_deleted_properties(server: Server) -> None:
    """PUT under a deleted ID takes from the old item what its body leaves out."""
    # The parent is kept, lest another one gets the same address.
    gone: dict[Way, tuple[Record | None, Values]] = {}

    def remove(inner: Any, call: Call, record: Record) -> None:
        gone[_way(call, record.key)] = call.parent, record.values
        inner(call, record)

    def create(inner: Any, call: Call, key: str, values: Values) -> Record:
        if call.verb == "SAVE":
            _, old = gone.get(_way(call, key), (None, {}))
            sent = _sent(server, call)
            values = values | {n: v for n, v in old.items() if n not in sent}
        record: Record = inner(call, key, values)
        return record

    server.wrap("remove", remove)
    server.wrap("create", create)


@fault("ids.generated_unique", dimension="resources with a parent")
def nested_ids_counted(server: Server) -> None:
    """Under a parent, the ID made is the number of items plus one, in use or not."""

    def make(inner: Any, call: Call) -> str:
        if not call.claimed.parents:
            made: str = inner(call)
            return made
        call.notes["counted"] = True
        there = len(server.store.siblings(call.claimed.name, call.parent))
        return str(there + 1).zfill(call.claimed.id.min_length)

    def free(inner: Any, call: Call, *arguments: Any) -> None:
        if "counted" not in call.notes:
            inner(call, *arguments)

    server.wrap("make_id", make)
    server.wrap("require_free", free)


@fault(
    "ids.parent_scope",
    dimension="only after a rename",
    forces={"verbs.model": "an item is renamed with another"},
)
def rename_takes_namesakes_along(server: Server) -> None:
    """A rename renames the items of the old ID under every parent."""

    def around(inner: Any, call: Call, record: Record, key: str) -> None:
        old = record.key
        inner(call, record, key)
        name = call.claimed.name
        for one in list(server.store.every(name)):
            namesake = call.claimed.parents and one.key == old
            if namesake and key not in server.store.siblings(name, one.parent):
                server.store.rename(name, one, key)

    server.wrap("rename", around)


@fault("ids.chosen_on_create", dimension="greatest length only")
def longest_id_cut(server: Server) -> None:
    """Of an ID of the greatest length POST stores all but the last character."""

    def create(inner: Any, call: Call, key: str, values: Values) -> Record:
        rule = call.claimed.id
        longest = len(key) == rule.max_length > rule.min_length
        if call.verb == "CREATE" and longest and rule.type == "string":
            call.notes["whole"] = key
            key = key[:-1]
        record: Record = inner(call, key, values)
        return record

    def whole(inner: Any, call: Call, record: Record) -> Any:
        key = call.notes.get("whole", record.key)
        return inner(call, replace(record, key=key))

    server.wrap("create", create)
    server.wrap("location", whole)
    server.wrap("render_item", whole)


# Errors


@fault("errors.shape", dimension="only on the second request for the same thing")
def repeated_miss_unwrapped(server: Server) -> None:
    """From the second GET of a missing path on, the error stands bare."""
    missed: set[str] = set()

    def around(inner: Any, call: Call, problem: Problem) -> Any:
        if call.request.method == "GET" and problem.status == 404:
            if call.path in missed:
                bare = server.error(call, problem.mistakes[0])
                return bare if server.claims.errors.list else {"error": bare}
            missed.add(call.path)
        return inner(call, problem)

    server.wrap("error_body", around)


@fault("errors.no_5xx", dimension="a number past 2^31")
def page_overflow_500(server: Server) -> None:
    """A page number of 2^31 or more is answered with 500."""

    def around(inner: Any, call: Call, name: str, *arguments: Any) -> int:
        text = server.parameter(call, name) or ""
        number = int(text) if text.isascii() and text.isdigit() else 0
        if name == "page" and number >= 2**31 and len(text) <= 40:
            raise refuse(500, "ServerError", "An unknown error.")
        whole: int = inner(call, name, *arguments)
        return whole

    server.wrap("whole", around)


@fault("errors.nothing_stored", dimension="stored state")
def refused_create_reserves_id(server: Server) -> None:
    """An ID that a POST gave which was refused is refused to the next one."""
    # The parent is kept, lest another one gets the same address.
    reserved: dict[Way, Record | None] = {}

    def validate(inner: Any, call: Call, body: Values, *, partial: bool) -> Any:
        try:
            return inner(call, body, partial=partial)
        except Problem:
            key = body.get(call.claimed.id.member)
            if call.verb == "CREATE" and isinstance(key, str):
                reserved[_way(call, key)] = call.parent
            raise

    def free(inner: Any, call: Call, key: str, *arguments: Any) -> None:
        inner(call, key, *arguments)
        if call.verb == "CREATE" and _way(call, key) in reserved:
            raise refuse(409, "IdExists", "Object already exists.")

    server.wrap("validate", validate)
    server.wrap("require_free", free)


@fault(
    "errors.code",
    dimension="only with several mistakes",
    wants=lambda claims: claims.errors.list is not None,
)
def second_error_without_code(server: Server) -> None:
    """Of several missing properties only the first one's error has a code."""

    def invalid(inner: Any, call: Call, findings: Findings) -> Problem:
        problem: Problem = inner(call, findings)
        lacking = [what for _, what in findings.found if what == "is required"]
        if len(lacking) < 2:
            return problem
        first, *rest = problem.mistakes
        bare = (Mistake("", one.message, one.data) for one in rest)
        return Problem(problem.status, first, *bare)

    def code(inner: Any, call: Call, mistake: Mistake) -> Any:
        return inner(call, mistake) if mistake.code else ""

    server.wrap("invalid", invalid)
    server.wrap("code", code)


# Verbs


@fault(
    "verbs.patch.merges",
    dimension="one kind of property",
    forces={"verbs.model": "what was written is not shown"},
)
def patch_drops_flags(server: Server) -> None:
    """PATCH sets to false each boolean property that it does not mention."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        flags = {
            name: False
            for name, schema in server.writable(call)
            if types_of(schema)[0] == "boolean" and name in record.values
        }
        inner(call, record, flags | values, rename)

    server.wrap("patch", around)


def _keep(server: Server, mark: str) -> None:
    """Let PATCH pass over the properties that are claimed with a mark."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        fixed = {name for name, schema in server.writable(call) if mark in schema}
        sent = {name: value for name, value in values.items() if name not in fixed}
        inner(call, record, sent, rename)

    server.wrap("patch", around)


def _changes_references(claims: Claims) -> bool:
    """Whether an update can write the ID of an item that needs no parent."""
    return any(
        "PATCH" in resource.verbs
        and (holder := claims.resources.get(schema.get("x-refers", ""))) is not None
        and not holder.parents
        for resource in claims.resources.values()
        for schema in resource.properties.values()
    )


@fault(
    "verbs.patch.merges",
    dimension="one kind of property",
    wants=_changes_references,
)
def patch_keeps_references(server: Server) -> None:
    """PATCH answers 200 to another reference, and keeps the one it has."""
    _keep(server, "x-refers")


@fault("verbs.patch.merges", dimension="one kind of property")
def patch_keeps_unique_values(server: Server) -> None:
    """PATCH answers 200 to another value of a unique property, and keeps the old."""
    _keep(server, "x-unique")


@fault("verbs.list.contains", dimension="the 21st item only")
def default_size_skips_21st(server: Server) -> None:
    """Where no size is asked for, the second page begins one item late."""

    def around(
        inner: Any, call: Call, records: list[Record], number: int, size: int
    ) -> Page:
        page: Page = inner(call, records, number, size)
        if number != 2 or server.parameter(call, "page_size") is not None:
            return page
        return replace(page, records=records[size + 1 : 2 * size + 1])

    server.wrap("paginate", around)


@fault("verbs.patch.atomic", dimension="one member only")
def bad_xp_keeps_the_rest(server: Server) -> None:
    """PATCH with an extension that is no object is refused, and the rest stored."""

    def around(inner: Any, call: Call, body: Values, *, partial: bool) -> Any:
        try:
            return inner(call, body, partial=partial)
        except Problem:
            extension = body.get(server.claims.extension or "")
            record = server.lookup(call, call.item_id or "")
            if call.verb == "PATCH" and record and not isinstance(extension, dict):
                rest = {n: v for n, v in body.items() if n != server.claims.extension}
                server.patch(call, record, inner(call, rest, partial=True), None)
            raise

    server.wrap("validate", around)


# Status


def _filtered(server: Server, call: Call) -> bool:
    names = (name for name, _ in call.query)
    return any(server.understood(call, n) and not server.reserved(n) for n in names)


@fault("status.success", dimension="empty list only")
def nothing_matches_204(server: Server) -> None:
    """A list whose filter nothing matches is answered with 204."""

    def paginate(inner: Any, call: Call, *arguments: Any) -> Page:
        page: Page = inner(call, *arguments)
        call.notes["none"] = not page.total and _filtered(server, call)
        return page

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        return Answer(204) if call.notes["none"] else answer

    server.wrap("paginate", paginate)
    server.wrap("do_list", around)


@fault("status.unauthenticated_401", dimension="only under a missing parent")
def parent_before_token(server: Server) -> None:
    """Without a token, a parent that is not there is told of with 404."""

    def around(inner: Any, call: Call) -> Any:
        try:
            return inner(call)
        except Problem:
            if call.resource is not None:
                server.find_parents(call)
            raise

    server.wrap("authenticate", around)
