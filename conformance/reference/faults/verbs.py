"""Ways to break "HTTP Methods"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call
from conformance.reference.faults import fault
from conformance.reference.store import Record


@fault(
    "verbs.patch.merges",
    dimension="stored state",
    forces={
        "verbs.model": "the dictionary keeps what was not sent",
        "verbs.concurrent_patch": "the later PATCH drops what the earlier one set",
    },
)
def patch_drops_unsent(server: Server) -> None:
    """PATCH loses the optional properties that it does not name."""

    def around(
        inner: Any,
        call: Call,
        record: Record,
        values: dict[str, Any],
        rename: str | None,
    ) -> None:
        inner(call, record, values, rename)
        kept = {*call.claimed.required, *values}
        record.values = {k: v for k, v in record.values.items() if k in kept}

    server.wrap("patch", around)
