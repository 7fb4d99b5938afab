"""Ways to break "HTTP Status Code Summary": refusals."""

from collections.abc import Callable
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem
from conformance.reference.faults import fault
from conformance.reference.faults.status import UNDOCUMENTED, is_about, renumbered
from conformance.reference.store import Record

# 401


@fault("status.unauthenticated_401", dimension="status")
def no_token_is_403(server: Server) -> None:
    """A request without Authorization is answered with 403."""
    renumbered(
        server,
        403,
        lambda call, answer: (
            answer.status == 401
            and call.operation != "token"
            and "authorization" not in call.request.headers
        ),
    )


@fault("status.unauthenticated_401", dimension="token")
def bad_token_is_400(server: Server) -> None:
    """A bearer token that nobody granted is answered with 400."""
    renumbered(
        server,
        400,
        lambda call, answer: (
            answer.status == 401
            and call.operation != "token"
            and "authorization" in call.request.headers
        ),
    )


@fault("status.unauthenticated_401", dimension="existence")
def missing_item_before_token(server: Server) -> None:
    """Without a token a missing item is 404 and an existing one 401."""

    def around(inner: Any, call: Call) -> Any:
        try:
            return inner(call)
        except Problem:
            if call.verb is not None and call.item_id is not None:
                call.parents = server.find_parents(call)
                server.find_item(call)
            raise

    server.wrap("authenticate", around)


@fault("status.unauthenticated_401", dimension="one verb only")
def delete_without_token_is_405(server: Server) -> None:
    """DELETE without a valid token is answered with 405."""
    renumbered(
        server,
        405,
        lambda call, answer: answer.status == 401 and is_about(call, verb="DELETE"),
    )


@fault("status.unauthenticated_401", level="SHOULD", dimension="header")
def challenge_left_out(server: Server) -> None:
    """A 401 carries no WWW-Authenticate."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if call.operation != "token":
            answer.headers.pop("www-authenticate", None)
        return answer

    server.wrap("finish", around)


# 403


@fault(
    "status.forbidden_403",
    dimension="status",
    forces={"oauth.lifetime": "a valid token is answered with 401"},
)
def missing_role_is_401(server: Server) -> None:
    """A token that lacks the role is answered with 401."""
    renumbered(server, 401, lambda _call, answer: answer.status == 403)


@fault(
    "status.forbidden_403",
    dimension="one verb only",
    forces={"oauth.missing_roles_listed": "a 404 says nothing of roles"},
)
def missing_role_hides_writes(server: Server) -> None:
    """DELETE without the role is answered as if the item were not there."""

    def around(inner: Any, call: Call) -> None:
        try:
            inner(call)
        except Problem:
            if call.verb != "DELETE":
                raise
            key = call.item_id or ""
            raise server.absent(call, call.claimed.name, key) from None

    server.wrap("authorize", around)


# 400


@fault(
    "status.bad_request_400",
    level="SHOULD",
    dimension="status",
    forces={"status.documented": UNDOCUMENTED},
)
def invalid_body_is_422(server: Server) -> None:
    """A body that breaks the schema is answered with 422."""

    def around(inner: Any, *arguments: Any) -> Problem:
        problem: Problem = inner(*arguments)
        problem.status = 422
        return problem

    server.wrap("invalid", around)


@fault("status.bad_request_400", dimension="status")
def malformed_body_is_415(server: Server) -> None:
    """A body that is no JSON is answered with 415."""

    def around(inner: Any, call: Call) -> dict[str, Any]:
        try:
            values: dict[str, Any] = inner(call)
        except Problem as problem:
            if problem.status == 400:
                problem.status = 415
            raise
        return values

    server.wrap("read_body", around)


@fault("status.bad_request_400", dimension="one verb only")
def invalid_patch_is_409(server: Server) -> None:
    """PATCH with an invalid value is answered with 409."""

    def around(inner: Any, call: Call, *rest: Any) -> Problem:
        problem: Problem = inner(call, *rest)
        if call.verb == "PATCH":
            problem.status = 409
        return problem

    server.wrap("invalid", around)


# 404


def _absent(server: Server, status: int, when: Callable[[Call, str], bool]) -> None:
    def around(inner: Any, call: Call, kind: str, key: str) -> Problem:
        problem: Problem = inner(call, kind, key)
        if when(call, kind):
            problem.status = status
        return problem

    server.wrap("absent", around)


@fault("status.not_found_404", dimension="status")
def missing_item_is_400(server: Server) -> None:
    """GET of an item that is not there is answered with 400."""
    _absent(server, 400, lambda call, kind: is_about(call, kind, "GET"))


@fault("status.not_found_404", dimension="one verb only")
def missing_item_is_403_for_delete(server: Server) -> None:
    """DELETE of an item that is not there is answered with 403."""
    _absent(server, 403, lambda call, kind: is_about(call, kind, "DELETE"))


@fault("status.not_found_404", dimension="parent")
def missing_parent_is_400(server: Server) -> None:
    """CREATE under a parent that is not there is answered with 400."""
    _absent(
        server,
        400,
        lambda call, kind: is_about(call, verb="CREATE") and not is_about(call, kind),
    )


@fault("status.not_found_404", dimension="route")
def unknown_route_is_400(server: Server) -> None:
    """A route that does not exist is answered with 400."""
    renumbered(
        server, 400, lambda call, answer: answer.status == 404 and call.resource is None
    )


@fault(
    "status.not_found_404",
    dimension="route, one method only",
    forces={"json.content_type": "the page is HTML"},
)
def unknown_route_takes_posts(server: Server) -> None:
    """POST to a route that does not exist is answered with 200 and a page."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            lost = problem.status == 404 and call.resource is None
            if not lost or call.method != "POST":
                raise
            answer = Answer(200, headers={"content-type": "text/html"}, body=b"<p>")
        return answer

    server.wrap("dispatch", around)


@fault("status.not_found_404", dimension="route, below an item only")
def unknown_route_below_an_item_is_400(server: Server) -> None:
    """A route that does not exist is answered with 400 below an item."""
    base = server.claims.base_path

    def deep(call: Call, answer: Answer) -> bool:
        below = call.path.removeprefix(base).strip("/").count("/") > 1
        return below and answer.status == 404 and call.resource is None

    renumbered(server, 400, deep)


@fault(
    "status.not_found_404",
    level="SHOULD",
    dimension="stored state",
    forces={"status.documented": UNDOCUMENTED},
)
def deleted_item_is_410(server: Server) -> None:
    """GET of an item that was deleted is answered with 410."""
    gone: set[tuple[str, str]] = set()

    def removing(inner: Any, call: Call, record: Record) -> None:
        gone.add((call.claimed.name, record.key))
        inner(call, record)

    server.wrap("remove", removing)
    renumbered(
        server,
        410,
        lambda call, answer: (
            answer.status == 404
            and is_about(call, verb="GET")
            and (call.claimed.name, call.item_id or "") in gone
        ),
    )
