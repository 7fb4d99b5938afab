"""What careless teams get wrong with items: described before any check was looked at.

The second half stands in `careless_answers`.
"""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims
from conformance.reference.exchange import Call, Mistake, Problem
from conformance.reference.faults import fault
from conformance.reference.schema import Findings, types_of
from conformance.reference.store import Record

Values = dict[str, Any]
_CUT = 64


def crash() -> Problem:
    """The 500 of a server that did not expect what it was sent."""
    return Problem(500, Mistake("ServerError", "An unknown error."))


def _bound(claims: Claims, word: str) -> bool:
    return any(
        word in schema and not schema.get("readOnly")
        for resource in claims.resources.values()
        for schema in resource.properties.values()
    )


# What the store refuses


def _crashes_where_refused(server: Server, seam: str) -> None:
    def around(inner: Any, call: Call, values: Values, *more: Any) -> None:
        try:
            inner(call, values, *more)
        except Problem:
            raise crash() from None

    server.wrap(seam, around)


@fault(
    "errors.no_5xx",
    dimension="values in use only",
    wants=lambda claims: _bound(claims, "x-unique"),
)
def values_in_use_crash(server: Server) -> None:
    """What the database refuses, a unique value in use, is told as a crash."""
    _crashes_where_refused(server, "require_unique")


@fault(
    "errors.no_5xx",
    dimension="references to nothing only",
    wants=lambda claims: _bound(claims, "x-refers"),
)
def references_to_nothing_crash(server: Server) -> None:
    """What the database refuses, the ID of no item, is told as a crash."""
    _crashes_where_refused(server, "require_referred")


# Children


def _has_children(verb: str) -> Any:
    def wants(claims: Claims) -> bool:
        above = {r.parents[-1] for r in claims.resources.values() if r.parents}
        return any(verb in claims.resources[name].verbs for name in above)

    return wants


def _drops_children(server: Server, seam: str) -> None:
    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        if rename is None:
            record.children.clear()

    server.wrap(seam, around)


@fault(
    "verbs.save.replaces",
    dimension="side effect on children",
    wants=_has_children("SAVE"),
)
def put_drops_the_children(server: Server) -> None:
    """PUT deletes the row and inserts another: what stood under it is gone."""
    _drops_children(server, "replace")


@fault(
    "verbs.patch.merges",
    dimension="side effect on children",
    wants=_has_children("PATCH"),
)
def patch_drops_the_children(server: Server) -> None:
    """PATCH writes the whole document of a parent, without its children."""
    _drops_children(server, "patch")


@fault(
    "verbs.parent_missing",
    dimension="deleted parents only",
    wants=_has_children("DELETE"),
)
def deleted_parents_take_children(server: Server) -> None:
    """A parent that was deleted still takes new children: its row is only marked."""
    deleted: dict[tuple[str, str, int], Record] = {}

    def remove(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        deleted[call.claimed.name, record.key, id(record.parent)] = record

    def parents(inner: Any, call: Call) -> tuple[Record, ...]:
        try:
            found: tuple[Record, ...] = inner(call)
        except Problem:
            if call.verb not in ("CREATE", "SAVE"):
                raise
            found = _marked(call)
        return found

    def _marked(call: Call) -> tuple[Record, ...]:
        made: list[Record] = []
        for name in call.claimed.parents:
            above = made[-1] if made else None
            key = call.path_ids[name]
            known = server.store.siblings(name, above).get(key)
            record = known or deleted.get((name, key, id(above)))
            if record is None:
                raise server.absent(call, name, key)
            made.append(record)
        return tuple(made)

    server.wrap("remove", remove)
    server.wrap("find_parents", parents)


# IDs


def _by_id_alone(server: Server, verb: str) -> None:
    def around(inner: Any, call: Call, key: str) -> Record | None:
        found: Record | None = inner(call, key)
        if found is None and call.verb == verb and call.parents:
            every = server.store.every(call.claimed.name)
            found = next((one for one in every if one.key == key), None)
        return found

    server.wrap("lookup", around)


def _scoped(verb: str) -> Any:
    def wants(claims: Claims) -> bool:
        return any(
            r.scope == "parent" and r.parents and {verb, "GET"} <= set(r.verbs)
            for r in claims.resources.values()
        )

    return wants


@fault("verbs.patch.missing", dimension="other parents only", wants=_scoped("PATCH"))
def patch_finds_items_by_id_alone(server: Server) -> None:
    """PATCH under a parent that has no such item finds another parent's."""
    _by_id_alone(server, "PATCH")


@fault("verbs.delete.removes", dimension="other parents only", wants=_scoped("DELETE"))
def delete_finds_items_by_id_alone(server: Server) -> None:
    """DELETE under a parent that has no such item removes another parent's."""
    _by_id_alone(server, "DELETE")


def _renames(claims: Claims) -> bool:
    return any(
        "PATCH" in r.id.rename and {"PATCH", "GET"} <= set(r.verbs)
        for r in claims.resources.values()
    )


@fault("ids.renamed", dimension="renames with other values only", wants=_renames)
def a_rename_drops_what_comes_with_it(server: Server) -> None:
    """PATCH with a new ID and other values writes the ID alone."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, {} if rename is not None else values, rename)

    server.wrap("patch", around)


@fault("ids.renamed", dimension="the item's own ID only", wants=_renames)
def its_own_id_costs_an_item(server: Server) -> None:
    """PATCH with the ID that the item has takes it from the store."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        if rename is None and f'"{record.key}"'.encode() in call.body:
            server.store.remove(call.claimed.name, record)

    server.wrap("patch", around)


@fault("ids.renamed", dimension="long IDs only", wants=_renames)
def renames_cut_long_ids(server: Server) -> None:
    """An ID that an update writes is cut after 64 characters."""

    def around(
        inner: Any, call: Call, record: Record, chosen: str | None
    ) -> str | None:
        rename: str | None = inner(call, record, chosen)
        return rename and rename[:_CUT]

    server.wrap("renaming", around)


@fault(
    "ids.chosen_on_create",
    dimension="one verb, IDs with a dash only",
    forces={"ids.renamed": "what was renamed so is not renamed back"},
    wants=lambda claims: any(
        "-" in r.id.characters and {"PATCH", "CREATE"} <= set(r.verbs)
        for r in claims.resources.values()
    ),
)
def patch_takes_no_dashes(server: Server) -> None:
    """The route of PATCH has a pattern for IDs without a dash: 404."""

    def around(inner: Any, call: Call, key: str) -> Record | None:
        record: Record | None = inner(call, key)
        return None if call.verb == "PATCH" and "-" in key else record

    server.wrap("lookup", around)


@fault(
    "verbs.get.missing",
    dimension="IDs with an underscore only",
    wants=lambda claims: any(
        "_" in r.id.characters and r.id.writable for r in claims.resources.values()
    ),
)
def an_underscore_is_any_sign(server: Server) -> None:
    """Items are looked for with LIKE: an underscore in a path stands for any sign."""

    def around(inner: Any, call: Call, key: str) -> Record | None:
        record: Record | None = inner(call, key)
        if record is None and call.verb == "GET" and "_" in key:
            beside = server.store.siblings(call.claimed.name, call.parent)
            return next((one for one in beside.values() if _like(key, one.key)), None)
        return record

    server.wrap("lookup", around)


def _like(pattern: str, key: str) -> bool:
    pairs = zip(pattern, key, strict=False)
    return len(pattern) == len(key) and all(a in ("_", b) for a, b in pairs)


# Values


@fault("verbs.patch.merges", dimension="what was never there only")
def patch_forgets_what_was_never_there(server: Server) -> None:
    """PATCH updates a row that an item without the property does not have."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        known = {n: v for n, v in values.items() if record.values.get(n) is not None}
        inner(call, record, known, rename)

    server.wrap("patch", around)


@fault("errors.no_5xx", dimension="objects that are absent only")
def patch_of_an_absent_object_crashes(server: Server) -> None:
    """PATCH of an object that the item does not have crashes the merge."""

    def around(inner: Any, call: Call, name: str, old: Any, new: Any) -> Any:
        if old is None and isinstance(new, dict):
            raise crash()
        return inner(call, name, old, new)

    server.wrap("merge", around)


@fault(
    "errors.no_5xx",
    dimension="null for a flag only",
    wants=lambda claims: any(
        types_of(schema) == ("boolean",)
        for r in claims.resources.values()
        for schema in r.properties.values()
    ),
)
def null_flags_crash(server: Server) -> None:
    """Null for a truth value crashes where the value is unboxed."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *more: Any, **how: Any
    ) -> Any:
        schema = call.claimed.properties[name]
        if value is None and types_of(schema) == ("boolean",):
            raise crash()
        return inner(call, name, value, *more, **how)

    server.wrap("accept", around)


def _described(claims: Claims) -> bool:
    return any(
        "properties" in schema and not schema.get("readOnly")
        for r in claims.resources.values()
        for schema in r.properties.values()
    )


@fault("errors.no_5xx", dimension="inside objects only", wants=_described)
def wrong_types_inside_objects_crash(server: Server) -> None:
    """A value of the wrong type inside an object crashes its reader."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        before = len(findings.found)
        found = inner(call, name, value, findings, **how)
        if any("." in where for where, what in findings.found[before:] if "be" in what):
            raise crash()
        return found

    server.wrap("accept", around)


@fault("errors.no_5xx", dimension="members nobody announced only")
def unknown_members_crash(server: Server) -> None:
    """A member of a body that is no property crashes the constructor."""

    def around(inner: Any, call: Call, body: Values, *, partial: bool) -> Values:
        if body.keys() - call.claimed.properties.keys():
            raise crash()
        values: Values = inner(call, body, partial=partial)
        return values

    server.wrap("validate", around)


@fault("errors.no_5xx", dimension="null as a body only")
def null_as_a_body_crashes(server: Server) -> None:
    """A body of null is read, and then asked for its members."""

    def around(inner: Any, call: Call) -> Any:
        if call.body.strip() == b"null":
            raise crash()
        return inner(call)

    server.wrap("parse", around)


def _extended(claims: Claims) -> bool:
    return any(
        claims.extension in r.properties and "GET" in r.verbs
        for r in claims.resources.values()
    )


@fault("verbs.create.stores", dimension="large extensions only", wants=_extended)
def large_extensions_are_dropped(server: Server) -> None:
    """An extension of more than 8,000 characters is not stored, whatever is said."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *more: Any, **how: Any
    ) -> Any:
        found = inner(call, name, value, *more, **how)
        large = name == server.claims.extension and len(str(value)) > 8000
        return None if large else found

    server.wrap("accept", around)
