"""Ways to break "HTTP Methods": DELETE, narrowly."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call
from conformance.reference.faults import fault
from conformance.reference.store import Record

#: Characters of IDs that many others begin with.
_SHORT = 10


@fault(
    "verbs.delete.removes",
    dimension="side effect",
)
def delete_takes_ids_that_begin_alike(server: Server) -> None:
    """DELETE removes every sibling whose ID begins with the item's, if that is long."""

    def around(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        name, siblings = call.claimed.name, server.store.siblings
        for other in [*siblings(name, record.parent).values()]:
            if len(record.key) > _SHORT and other.key.startswith(record.key):
                inner(call, other)

    server.wrap("remove", around)
