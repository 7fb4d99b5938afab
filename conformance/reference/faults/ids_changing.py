"""Ways to break "Writeable IDs": renaming, making anew, namesakes."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call, refuse
from conformance.reference.faults import fault
from conformance.reference.store import Record

_MODEL = {"verbs.model": "the dictionary knows which items there are"}
Way = tuple[str, str | None, str]


@fault("ids.renamed", dimension="stored state", forces=_MODEL)
def patch_ignores_a_new_id(server: Server) -> None:
    """PATCH ignores the ID in its body."""

    def around(inner: Any, call: Call, *arguments: Any) -> str | None:
        chosen: str | None = inner(call, *arguments)
        return None if call.verb == "PATCH" else chosen

    server.wrap("renaming", around)


@fault(
    "ids.renamed",
    dimension="status",
    forces=_MODEL,
    wants=lambda claims: any(
        "PUT" in resource.id.rename for resource in claims.resources.values()
    ),
)
def put_refuses_a_new_id(server: Server) -> None:
    """PUT refuses an ID in its body that is not its path's."""

    def around(inner: Any, call: Call, *arguments: Any) -> str | None:
        chosen: str | None = inner(call, *arguments)
        if chosen is not None and call.verb == "SAVE":
            raise server.bad_id(call)
        return chosen

    server.wrap("renaming", around)


@fault("ids.renamed", dimension="side effect", forces=_MODEL)
def rename_leaves_the_old_item(server: Server) -> None:
    """A renamed item stays under its old ID, too."""

    def around(inner: Any, call: Call, record: Record, key: str) -> None:
        old = Record(
            record.key,
            dict(record.values),
            record.created,
            record.updated,
            record.parent,
        )
        inner(call, record, key)
        server.store.add(call.claimed.name, old)

    server.wrap("rename", around)


@fault("ids.renamed", dimension="stored state", forces=_MODEL)
def rename_loses_the_extension(server: Server) -> None:
    """A renamed item loses its optional properties."""

    def around(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        kept = set(call.claimed.required)
        record.values = {n: v for n, v in record.values.items() if n in kept}

    server.wrap("rename", around)


@fault("ids.renamed", dimension="body", forces=_MODEL)
def lists_keep_the_old_id(server: Server) -> None:
    """Lists show a renamed item under its old ID."""
    # Records are kept, lest another one gets the same address.
    old: dict[int, tuple[Record, str]] = {}

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        old[id(record)] = record, record.key
        inner(call, record, key)

    def around(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        item: dict[str, Any] = inner(call, record)
        if call.verb == "LIST" and id(record) in old:
            item[call.claimed.id.member] = old[id(record)][1]
        return item

    server.wrap("rename", rename)
    server.wrap("render_item", around)


@fault("ids.renamed", level="SHOULD", dimension="side effect")
def rename_loses_the_children(server: Server) -> None:
    """What stands under an item is gone once the item is renamed."""

    def around(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        record.children = {}

    server.wrap("rename", around)


@fault("ids.rename_clash", dimension="side effect", forces=_MODEL)
def rename_overwrites(server: Server) -> None:
    """Renaming onto an ID in use replaces the item that has it."""

    def around(inner: Any, call: Call, *arguments: Any) -> None:
        if call.verb == "CREATE":
            inner(call, *arguments)

    server.wrap("require_free", around)


@fault(
    "ids.rename_clash",
    dimension="stored state",
    forces={
        **_MODEL,
        "errors.nothing_stored": "the refused update is stored in part",
        "verbs.patch.atomic": "the refused update is stored in part",
    },
)
def refused_rename_writes_the_other_item(server: Server) -> None:
    """A rename onto an ID in use is refused, and the other item's values are lost."""

    def around(inner: Any, call: Call, key: str, but: Record | None = None) -> None:
        there = server.lookup(call, key)
        if but is not None and there is not None and there is not but:
            there.values = dict(but.values)
        inner(call, key, but)

    server.wrap("require_free", around)


def _way(call: Call, key: str) -> Way:
    parent = call.parent.key if call.parent else None
    return call.claimed.name, parent, key


@fault("ids.reuse_after_delete", level="SHOULD", dimension="status")
def deleted_ids_stay_taken(server: Server) -> None:
    """The ID of a deleted item is refused to POST."""
    gone: set[Way] = set()

    def remove(inner: Any, call: Call, record: Record) -> None:
        gone.add(_way(call, record.key))
        inner(call, record)

    def around(inner: Any, call: Call, key: str, *arguments: Any) -> None:
        inner(call, key, *arguments)
        if call.verb == "CREATE" and _way(call, key) in gone:
            raise refuse(409, "IdExists", "An object had this ID.")

    server.wrap("remove", remove)
    server.wrap("require_free", around)


@fault("ids.no_resurrection", dimension="stored state", forces=_MODEL)
def deleted_data_comes_back(server: Server) -> None:
    """An item made anew under a deleted ID has the old values where it has none."""
    gone: dict[Way, dict[str, Any]] = {}

    def remove(inner: Any, call: Call, record: Record) -> None:
        gone[_way(call, record.key)] = record.values
        inner(call, record)

    def create(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        old = {n: v for n, v in gone.get(_way(call, key), {}).items() if v is not None}
        record: Record = inner(call, key, old | values)
        return record

    server.wrap("remove", remove)
    server.wrap("create", create)


@fault("ids.no_resurrection", dimension="side effect", forces=_MODEL)
def deleted_children_come_back(server: Server) -> None:
    """PUT under a deleted ID brings the old item's children back."""
    gone: dict[Way, dict[str, dict[str, Record]]] = {}

    def remove(inner: Any, call: Call, record: Record) -> None:
        gone[_way(call, record.key)] = record.children
        inner(call, record)

    def create(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        record: Record = inner(call, key, values)
        if call.verb == "SAVE":
            record.children = gone.get(_way(call, key), {})
            for records in record.children.values():
                for child in records.values():
                    child.parent = record
        return record

    server.wrap("remove", remove)
    server.wrap("create", create)


# -------------------------------------------------------------------------- parents


@fault("ids.parent_scope", dimension="status", forces=_MODEL)
def namesakes_refused(server: Server) -> None:
    """An ID that an item of another parent has is refused."""

    def around(inner: Any, call: Call, key: str, but: Record | None = None) -> bool:
        resource = call.claimed
        every = server.store.every(resource.name) if resource.parents else ()
        return bool(inner(call, key, but)) or any(
            one.key == key and one is not but for one in every
        )

    server.wrap("taken", around)


@fault(
    "ids.parent_scope",
    dimension="side effect",
    forces={
        **_MODEL,
        "verbs.delete.removes": "a namesake under another parent is what must stay",
    },
)
def delete_takes_the_namesakes(server: Server) -> None:
    """DELETE removes the items of that ID under every parent."""

    def around(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        if call.claimed.parents:
            for one in list(server.store.every(call.claimed.name)):
                if one.key == record.key:
                    server.store.remove(call.claimed.name, one)

    server.wrap("remove", around)


@fault("ids.parent_scope", dimension="side effect", forces=_MODEL)
def patch_changes_the_namesakes(server: Server) -> None:
    """PATCH writes to the items of that ID under every parent."""

    def around(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        inner(call, record, *arguments)
        for one in server.store.every(call.claimed.name):
            if call.claimed.parents and one.key == record.key:
                one.values = dict(record.values)

    server.wrap("patch", around)


@fault("ids.renamed", dimension="second rename only", forces=_MODEL)
def renaming_back_loses_the_item(server: Server) -> None:
    """An item that is renamed to the ID it was made with is gone."""
    # Records are kept, lest another one gets the same address.
    made: dict[int, tuple[Record, str]] = {}

    def around(inner: Any, call: Call, record: Record, key: str) -> None:
        _, first = made.setdefault(id(record), (record, record.key))
        inner(call, record, key)
        if key == first:
            server.store.remove(call.claimed.name, record)

    server.wrap("rename", around)
