"""What travels through the server: a call, an answer, a problem."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from conformance.reference.claims import Resource
from conformance.reference.store import Record

JSON = "application/json; charset=utf-8"
NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom a token acts for and what it may do; what a refresh token remembers."""

    client_id: str
    username: str | None
    roles: tuple[str, ...]
    flow: str
    lifetime_s: int = 36000


@dataclass(slots=True)
class Call:
    """One request on its way through the server.

    Attributes:
        number: Requests seen by this server so far, this one included.
        operation: ``"<resource> <VERB>"``, ``"token"``, ``"openapi"``, or None.
        parents: The records named by the path, outermost first.
        item_id: The ID in the path, percent-decoded; None on a collection.
        query: The decoded query parameters, in the order sent.
        body: At most 1 MiB of it; ``oversized`` says whether there was more.
        in_flight: Requests being handled, this one included, when it arrived.
        notes: Free for faults, to carry something from one seam to another.
    """

    request: Request
    number: int
    in_flight: int
    method: str = ""
    path: str = ""
    operation: str | None = None
    resource: Resource | None = None
    verb: str | None = None
    path_ids: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[Record, ...] = ()
    item_id: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    oversized: bool = False
    grant: Grant | None = None
    allowed: tuple[str, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def claimed(self) -> Resource:
        """The resource; only asked for where the route has one."""
        if self.resource is None:
            raise LookupError(f"no resource at {self.path!r}")
        return self.resource

    @property
    def parent(self) -> Record | None:
        """The innermost parent record."""
        return self.parents[-1] if self.parents else None


@dataclass(slots=True)
class Answer:
    """An answer; ``value`` becomes ``body`` when it is encoded."""

    status: int
    value: Any = NOTHING
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One error of an error body."""

    code: str
    message: str
    data: Mapping[str, Any] | None = None


class Problem(Exception):  # a refusal, no error of ours
    """The request is refused.

    Attributes:
        oauth: RFC 6749's error code, where the token endpoint refuses.
    """

    def __init__(
        self,
        status: int,
        *mistakes: Mistake,
        headers: Mapping[str, str] | None = None,
        oauth: str | None = None,
    ) -> None:
        super().__init__(status, *mistakes)
        self.status = status
        self.mistakes = mistakes
        self.headers = dict(headers or {})
        self.oauth = oauth


def refuse(
    status: int, code: str, message: str, data: Mapping[str, Any] | None = None
) -> Problem:
    """A problem with one mistake."""
    return Problem(status, Mistake(code, message, data))


def place(document: dict[str, Any], dotted: str, value: object) -> None:
    """Set a member at a dotted path, making the objects on the way."""
    *way, last = dotted.split(".")
    for name in way:
        document = document.setdefault(name, {})
    document[last] = value
