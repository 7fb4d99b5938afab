"""Ways to break "Error Handling"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call
from conformance.reference.faults import fault


@fault("errors.code", dimension="body")
def error_without_code(server: Server) -> None:
    """Errors carry no code."""

    def around(inner: Any, call: Call, *arguments: Any) -> dict[str, Any]:
        made: dict[str, Any] = inner(call, *arguments)
        *way, last = server.claims.errors.code.split(".")
        within = made
        for name in way:
            within = within[name]
        del within[last]
        return made

    server.wrap("error", around)
