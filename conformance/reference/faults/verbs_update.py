"""Ways to break "HTTP Methods": SAVE and PATCH."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem, refuse
from conformance.reference.faults import fault
from conformance.reference.faults.verbs import Values, cut, example, long_text, middle
from conformance.reference.store import Record

# ----------------------------------------------------------------------------- SAVE


@fault(
    "verbs.save.creates",
    dimension="stored state",
    forces={
        "ids.chosen_on_save": "no item is there under any ID",
        "verbs.model": "what was written is not shown",
    },
)
def put_of_a_new_item_stores_nothing(server: Server) -> None:
    """PUT at a new ID answers as if it had made the item."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        record = server.lookup(call, key)
        if record is not None:
            server.store.remove(call.claimed.name, record)
        return answer

    server.wrap("save_new", around)


@fault(
    "verbs.save.creates",
    dimension="one resource only",
    forces={"verbs.model": "a right request is refused"},
)
def put_of_a_new_item_is_refused(server: Server) -> None:
    """PUT at a new ID answers 404, in one resource."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        if call.claimed.name == middle(server):
            raise server.absent(call, call.claimed.name, key)
        answer: Answer = await inner(call, key)
        return answer

    server.wrap("save_new", around)


@fault("verbs.save.creates", dimension="long strings only", wants=long_text)
def put_of_a_new_item_cuts_long_text(server: Server) -> None:
    """PUT at a new ID cuts text after 1,500 characters."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        record = server.lookup(call, key)
        if record is not None:
            record.values = cut(record.values)
        return answer

    server.wrap("save_new", around)


def _replacing(server: Server, change: Any) -> None:
    """Let ``change`` of call, old and new values make what PUT stores."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, change(call, record.values, values), rename)

    server.wrap("replace", around)


@fault("verbs.save.replaces", dimension="stored state")
def put_merges(server: Server) -> None:
    """PUT keeps the properties that it is not sent."""
    _replacing(server, lambda _call, old, new: old | new)


@fault("verbs.save.replaces", dimension="extension only")
def put_keeps_members_of_the_extension(server: Server) -> None:
    """PUT keeps the members of the extension that it is not sent."""

    def change(call: Call, old: Values, new: Values) -> Values:
        del call
        name = server.claims.extension or ""
        if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
            return new | {name: old[name] | new[name]}
        return new

    _replacing(server, change)


@fault("verbs.save.replaces", dimension="one kind of value")
def put_keeps_flags(server: Server) -> None:
    """PUT that leaves a boolean out keeps it, whatever its default is."""

    def change(call: Call, old: Values, new: Values) -> Values:
        sent = server.parse(call)
        flags = {n: v for n, v in old.items() if isinstance(v, bool) and n not in sent}
        return new | flags

    _replacing(server, change)


@fault("verbs.save.replaces", dimension="status")
def put_of_less_is_refused(server: Server) -> None:
    """PUT over an item that leaves out what the item has is refused."""

    def change(call: Call, old: Values, new: Values) -> Values:
        had = {name for name, value in old.items() if value is not None}
        default = {n for n, s in call.claimed.properties.items() if "default" in s}
        if had - default - new.keys():
            raise refuse(400, "Request.Incomplete", "Send the whole item.")
        return new

    _replacing(server, change)


@fault(
    "verbs.save.idempotent",
    dimension="stored state",
    forces={"verbs.model": "what was written is not shown"},
)
def the_same_put_again_clears_what_is_optional(server: Server) -> None:
    """PUT of what an item already is, ID and all, leaves only what is required."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        if rename is None and record.values == values:
            values = {n: v for n, v in values.items() if n in call.claimed.required}
        inner(call, record, values, rename)

    server.wrap("replace", around)


@fault(
    "verbs.save.idempotent",
    dimension="side effect",
    forces={"verbs.model": "an item is there that nobody has made"},
)
def the_same_put_again_makes_a_copy(server: Server) -> None:
    """PUT of what an item already is makes another of a generated ID."""

    def change(call: Call, old: Values, new: Values) -> Values:
        if old == new and call.parent is not None:
            now = server.now(call)
            copy = Record(server.make_id(call), new, now, now, call.parent)
            server.store.add(call.claimed.name, copy)
        return new

    _replacing(server, change)


# ---------------------------------------------------------------------------- PATCH


@fault(
    "verbs.patch.merges",
    dimension="stored state",
    forces={
        "verbs.model": "the dictionary keeps what was not sent",
        **dict.fromkeys(
            ("verbs.list.filter", "verbs.list.meta", "verbs.list.sort"),
            "lists tell theirs by the extension, and one of each is patched",
        ),
    },
)
def patch_drops_unsent(server: Server) -> None:
    """PATCH of one resource loses the optional properties that it does not name."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        kept = {*call.claimed.required, *values}
        if values and call.claimed.name == next(iter(server.claims.resources)):
            record.values = {k: v for k, v in record.values.items() if k in kept}

    server.wrap("patch", around)


@fault("verbs.patch.merges", dimension="one resource only")
def patch_only_says_so(server: Server) -> None:
    """PATCH of one resource answers 200 and changes nothing but the ID."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        idle = call.claimed.name == middle(server)
        inner(call, record, {} if idle else values, rename)

    server.wrap("patch", around)


@fault(
    "verbs.patch.merges",
    dimension="one kind of value",
    forces={"verbs.model": "what was written is not shown"},
)
def patch_takes_false_for_nothing(server: Server) -> None:
    """PATCH leaves a property as it is when it is sent false."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        told = {name: value for name, value in values.items() if value is not False}
        inner(call, record, told, rename)

    server.wrap("patch", around)


@fault("verbs.patch.merges", dimension="one kind of value, extension only")
def patch_of_the_extension_drops_lists(server: Server) -> None:
    """PATCH of some members of the extension drops the others that are arrays."""

    def around(inner: Any, call: Call, name: str, old: Any, new: Any) -> Any:
        merged = inner(call, name, old, new)
        if name != server.claims.extension or not isinstance(merged, dict):
            return merged
        return {n: v for n, v in merged.items() if n in new or not isinstance(v, list)}

    server.wrap("merge", around)


@fault("verbs.patch.merges", level="SHOULD", dimension="extension only")
def patch_replaces_the_extension(server: Server) -> None:
    """PATCH replaces the extension whole."""

    def around(inner: Any, call: Call, name: str, old: Any, new: Any) -> Any:
        return new if name == server.claims.extension else inner(call, name, old, new)

    server.wrap("merge", around)


@fault("verbs.patch.merges", level="SHOULD", dimension="status")
def patch_of_nothing_is_refused(server: Server) -> None:
    """PATCH with an empty object is refused."""

    def around(inner: Any, call: Call) -> Values:
        body: Values = inner(call)
        if call.verb == "PATCH" and not body:
            raise refuse(400, "Request.Empty", "There is nothing to change.")
        return body

    server.wrap("read_body", around)


@fault(
    "verbs.patch.merges",
    level="SHOULD",
    dimension="stored state",
    forces={"contract.responses": "the empty text is none that the document lists"},
)
def patch_empties_required_text(server: Server) -> None:
    """PATCH with null empties a required text."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *arguments: Any, partial: bool
    ) -> Any:
        required = name in call.claimed.required
        text = call.claimed.properties[name]["type"] == "string"
        if partial and value is None and required and text:
            return ""
        return inner(call, name, value, *arguments, partial=partial)

    server.wrap("accept", around)


@fault("verbs.patch.null", level="SHOULD", dimension="stored state")
def patch_ignores_null(server: Server) -> None:
    """PATCH leaves a property as it is when it is sent null."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        told = {name: value for name, value in values.items() if value is not None}
        inner(call, record, told, rename)

    server.wrap("patch", around)


@fault("verbs.patch.null", level="SHOULD", dimension="status")
def patch_refuses_null(server: Server) -> None:
    """PATCH refuses null for any property."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *rest: Any, partial: bool
    ) -> Any:
        if partial and value is None:
            rest[0].add(name, "must not be null")
        return inner(call, name, value, *rest, partial=partial)

    server.wrap("accept", around)


@fault(
    "verbs.patch.missing",
    dimension="side effect",
    forces={
        "verbs.model": "a missing item is not refused",
        "status.not_found_404": "what is made of nothing clashes, and is not 404",
    },
)
def patch_of_nothing_makes_it(server: Server) -> None:
    """PATCH of what is not there makes it, of the example and what was sent."""

    async def around(inner: Any, call: Call) -> Answer:
        key = call.item_id or ""
        if server.lookup(call, key) is None and server.id_ok(call, key):
            whole = dict(call.claimed.example) | server.read_body(call)
            values = server.validate(call, whole, partial=False)
            server.create(call, key, values)
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_patch", around)


@fault(
    "verbs.patch.missing",
    dimension="status",
    forces={"verbs.model": "a missing item is not refused"},
)
def patch_of_nothing_shows_something(server: Server) -> None:
    """PATCH of what is not there answers with an item, and does nothing."""

    async def around(inner: Any, call: Call) -> Answer:
        key = call.item_id or ""
        if server.lookup(call, key) is None:
            return Answer(200, server.render_item(call, example(server, call, key)))
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_patch", around)


@fault(
    "verbs.patch.atomic",
    dimension="side effect",
    forces={"errors.nothing_stored": "a refused body is stored in part"},
)
def patch_keeps_the_good_half(server: Server) -> None:
    """PATCH that is refused for a type has changed what stood before the bad one."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            record = server.lookup(call, call.item_id or "")
            dated = any("must be a date" in m.message for m in problem.mistakes)
            if record is not None and problem.status == 400 and not dated:
                server.update(call, record, record.values | _good(server, call), None)
            raise
        return answer

    server.wrap("do_patch", around)


def _good(server: Server, call: Call) -> Values:
    """The valid properties of a body that stand before the first bad one."""
    good: Values = {}
    try:
        for name, value in server.parse(call).items():
            good |= server.validate(call, {name: value}, partial=True)
    except (Problem, ValueError):
        return good
    return good
