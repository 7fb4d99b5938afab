"""Ways to break "Date Format"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.faults import fault


@fault(
    "dates.utc",
    dimension="body",
    forces={
        "dates.offset_converted": "a date without offset names no instant",
        "contract.responses": "format date-time wants an offset",
    },
)
def dates_local_time_no_offset(server: Server) -> None:
    """Date-times are given without offset, which is local time in ISO 8601."""

    def around(inner: Any, *arguments: Any) -> str:
        text: str = inner(*arguments)
        return text.removesuffix("+00:00")

    server.wrap("render_date", around)
