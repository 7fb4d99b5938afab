"""Ways to break "Writeable IDs"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call
from conformance.reference.faults import fault


@fault(
    "ids.duplicate_refused",
    dimension="side effect",
    forces={
        "ids.duplicate_race": "every one of the simultaneous creates wins",
        "ids.shared_scope": "the second create is no more refused than the first",
        "verbs.model": "the dictionary refuses the second create",
    },
)
def duplicate_id_overwrites(server: Server) -> None:
    """POST of an ID in use replaces the item that has it."""

    def around(inner: Any, call: Call, *arguments: Any) -> None:
        if call.verb != "CREATE":
            inner(call, *arguments)

    server.wrap("require_free", around)
