"""What a line to the target is: requests, limits, when to send again.

`live` sends over the network and records; `played` answers from such a record.
No verdicts here.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.errors import Disturbed
from conformance.exchange import GATEWAY, Answer, Exchange, Key
from conformance.recorder import Recorder
from conformance.vault import Vault

#: Seconds that a Retry-After is obeyed for, at most, and how often.
LONGEST_WAIT_S = 20.0
RESENDINGS = 4
_THROTTLED = (429, 503)
#: Methods that a client may send again at will.
_READS = ("GET", "HEAD", "OPTIONS")
#: How often a read is sent again that a gateway or a lost connection ended, and when.
REREADINGS = 2
_REREAD_S = 0.1
#: How a connection ends that was there, and that somebody closed or reset.
_LOST = ("RemoteProtocolError: Server disconnected", "ReadError", "WriteError")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent; marks stand for secrets.

    Attributes:
        operation: ``buyers-CREATE``, ``token``, ``elsewhere``; ``look``, which no row
            watches: a page there is no answer of the API.
        spelling: How a form's secrets are encoded; see `SPELLINGS`.
        verbatim: The URL's path is sent as it is written, on a connection of its own.
        valid_until_s: When its token ends, in seconds since the epoch.
        renewed: Gives the same request with a token that lasts longer.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    operation: str = "elsewhere"
    identity: str | None = None
    deliberate: bool = False
    valid_token: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    deadline_s: float | None = None
    verbatim: bool = False
    spelling: str = "plus"
    valid_until_s: float | None = None
    renewed: "Callable[[], Request] | None" = None

    def lasts(self, at_s: float) -> bool:
        """Say whether its token, if it is known to end, has not ended by then."""
        return self.valid_until_s is None or at_s < self.valid_until_s


class Line(Protocol):
    """What the engine needs of a line.

    Attributes:
        stop: Set: nothing more is sent, but for clean-up.
        dead: Why the target can't be talked to at all, once that is known.
        sent: Requests so far.
    """

    vault: Vault
    recorder: Recorder
    stop: threading.Event
    dead: str | None
    sent: int

    def http(self, key: Key, request: Request) -> Exchange:
        """Send a request and give the exchange, resent while throttled."""

    def note(self, key: Key, kind: str, learn: Callable[[], Any]) -> Any:
        """Learn something of the world once, as JSON."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def close(self) -> None:
        """Close every connection."""


@dataclass(slots=True)
class Limits:
    """What the target's owner allows.

    Attributes:
        requests: In the whole run.
        rate: Requests a second; 0 for no limit.
        deadline_s: For one exchange, from connecting to the last byte.
        in_flight: Requests at a time, races aside.
    """

    requests: int = 50_000
    rate: float = 0.0
    deadline_s: float = 30.0
    in_flight: int = 32


def resent_after(request: Request, exchange: Exchange) -> float | None:
    """Give the seconds to wait before a request is sent again, or None.

    Raises:
        Disturbed: There was no answer, or the token ended on the way.
    """
    again = request.method in _READS and exchange.key.sending < REREADINGS
    if exchange.answer is None:
        trouble = exchange.trouble or "no answer"
        if again and lost(trouble):
            return _REREAD_S
        raise Disturbed(trouble)
    if exchange.status == 401 and request.valid_token and not exchange.valid_token:
        raise Disturbed("the token ended on the way")
    wait = retry_after(exchange.answer)
    if wait is None and again and exchange.status in GATEWAY:
        return _REREAD_S
    return wait


def lost(trouble: str) -> bool:
    """Say whether words tell of a connection that was there and went away."""
    return trouble.startswith(_LOST)


def retry_after(answer: Answer) -> float | None:
    """Give the seconds that a throttling answer asks to wait, or None."""
    value = answer.header("retry-after")
    if answer.status not in _THROTTLED or (answer.status == 503 and value is None):
        return None
    try:
        return min(max(float(value or 1), 0.05), LONGEST_WAIT_S)
    except ValueError:
        return 1.0
