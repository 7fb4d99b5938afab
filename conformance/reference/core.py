"""What every part of the server stands on: claims, store, clock, and the seams."""

import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.reference.claims import Claims
from conformance.reference.exchange import Call, Mistake, Problem
from conformance.reference.schema import Findings
from conformance.reference.store import Record, Store

HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


class Core:
    """State shared by the parts of the server, and the way to replace a seam.

    Attributes:
        base_url: Scheme, host and port, known once the sockets are bound.
        crashes: Exceptions that became a 500 or broke a connection's task;
            empty unless the server itself is wrong.
        serial: The last integer ID that was generated.
        wrapped: Names of the seams that something was put around.
        awaits: Whether any of that may wait in the middle of a request.
    """

    def __init__(self, claims: Claims, latency_s: float = 0.0) -> None:
        self.claims = claims
        self.latency_s = latency_s
        self.store = Store()
        self.base_url = "https://localhost"
        self.crashes: list[BaseException] = []
        self.serial = 0
        self.wrapped: set[str] = set()
        self.awaits = False

    def wrap(self, seam: str, around: Callable[..., Any]) -> None:
        """Put a function around a seam.

        Args:
            seam: The name of a method listed in ``app``'s docstring.
            around: Called with the seam as it was, then the seam's arguments;
                an ``async`` seam needs an ``async`` function.

        Raises:
            AttributeError: There is no such seam.
        """
        inner = getattr(self, seam)
        self.wrapped.add(seam)
        self.awaits |= inspect.iscoroutinefunction(around)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return around(inner, *args, **kwargs)

        setattr(self, seam, wrapped)

    def now(self, call: Call) -> datetime:
        """The clock, in UTC, to the millisecond."""
        del call
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def advance(self, call: Call, record: Record) -> datetime:
        """The next last-updated stamp: later than the one before."""
        return max(self.now(call), record.updated + timedelta(milliseconds=1))

    def invalid(self, call: Call, findings: Findings) -> Problem:
        """The 400 for a body that breaks the schema: one mistake per property."""
        del call
        return Problem(
            400,
            *(
                Mistake("ValidationFailure", f"{where}: {what}.", {"Property": where})
                for where, what in findings.found
            ),
        )

    def authority(self, call: Call) -> str:
        """Scheme, host and port as the client wrote them."""
        host = call.request.headers.get("host", "")
        return f"https://{host}" if HOST.fullmatch(host) else self.base_url
