"""Ways to look for the parents that a path names."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims
from conformance.reference.exchange import Call, Problem
from conformance.reference.faults import fault
from conformance.reference.store import Record


def _deep(claims: Claims) -> bool:
    """Whether an ID names a parent that stands under another."""
    return any(
        len(resource.parents) == 2
        and claims.resources[resource.parents[-1]].scope == "parent"
        for resource in claims.resources.values()
    )


@fault("verbs.parent_missing", dimension="third level only", wants=_deep)
def an_inner_parent_is_found_anywhere(server: Server) -> None:
    """Of two parents the inner one may stand under another than the path names."""

    def around(inner: Any, call: Call) -> tuple[Record, ...]:
        names = call.claimed.parents
        try:
            found: tuple[Record, ...] = inner(call)
        except Problem:
            tops = server.store.siblings(names[0], None)
            outer = tops.get(call.path_ids[names[0]])
            if len(names) != 2 or outer is None:
                raise
            for record in server.store.every(names[1]):
                if record.key == call.path_ids[names[1]]:
                    return outer, record
            raise
        return found

    server.wrap("find_parents", around)
