"""Ways to break "HTTP Status Code Summary"."""

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem
from conformance.reference.faults import fault
from conformance.reference.store import Record

UNDOCUMENTED = "the code is none of the documented ones"


def renumbered(
    server: Server, status: int, when: Callable[[Call, Answer], bool]
) -> None:
    """Send another status with the answers that are meant, and nothing else."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if when(call, answer):
            answer.status = status
        return answer

    server.wrap("finish", around)


def _is(call: Call, name: str | None = None, verb: str | None = None) -> bool:
    named = call.resource.name if call.resource else None
    return named is not None and name in (None, named) and verb in (None, call.verb)


# Successes


@fault("status.success", dimension="status")
def create_answers_200(server: Server) -> None:
    """CREATE answers 200."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        answer.status = 200
        return answer

    server.wrap("do_create", around)


@fault("status.success", dimension="one verb only")
def patch_answers_201(server: Server) -> None:
    """PATCH answers 201, as if it had created something."""
    renumbered(
        server,
        201,
        lambda call, answer: _is(call, verb="PATCH") and answer.status == 200,
    )


@fault("status.success", dimension="second page only")
def second_page_answers_201(server: Server) -> None:
    """LIST answers 201 from the second page on."""
    word = server.claims.lists.query.get("page", "page")

    def later(call: Call, answer: Answer) -> bool:
        asked = dict(call.query).get(word, "1")
        return _is(call, verb="LIST") and answer.status == 200 and asked != "1"

    renumbered(server, 201, later)


@fault("status.success", dimension="body")
def empty_list_answers_201(server: Server) -> None:
    """LIST answers 201 where there is nothing to list under a parent."""

    def empty(call: Call, answer: Answer) -> bool:
        return (
            _is(call, verb="LIST")
            and bool(call.parents)
            and answer.status == 200
            and not list(server.visible(call))
        )

    renumbered(server, 201, empty)


@fault("status.success", level="SHOULD", dimension="status")
def replacing_answers_201(server: Server) -> None:
    """SAVE answers 201 when it replaces, too."""
    renumbered(
        server,
        201,
        lambda call, answer: _is(call, verb="SAVE") and answer.status == 200,
    )


@fault("status.success", level="SHOULD", dimension="status")
def delete_answers_200(server: Server) -> None:
    """DELETE answers 200 with an empty object."""

    async def around(inner: Any, call: Call) -> Answer:
        await inner(call)
        return Answer(200, {})

    server.wrap("do_delete", around)


def _followed(server: Server, *headers: tuple[bytes, bytes], one: str | None) -> None:
    """Let a body follow the head of DELETE's 204."""
    body = b'{"Deleted": true}'

    def around(inner: Any, call: Call, answer: Answer) -> ASGIApp:
        if answer.status != 204 or not _is(call, one, "DELETE"):
            app: ASGIApp = inner(call, answer)
            return app

        async def send_both(_scope: Scope, _receive: Receive, send: Send) -> None:
            kind = (b"content-type", b"application/json")
            head = [*headers, kind, (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 204, "headers": head})
            await send({"type": "http.response.body", "body": body})

        return send_both

    server.wrap("response", around)


@fault("status.empty_204", dimension="body")
def delete_204_with_body(server: Server) -> None:
    """DELETE answers 204 and sends a body with it."""
    _followed(server, (b"content-length", b"17"), one=None)


@fault("status.empty_204", dimension="one resource only")
def delete_204_with_chunks(server: Server) -> None:
    """DELETE of a resource deep down answers 204 and sends a body in chunks."""
    one = max(server.claims.resources.values(), key=lambda one: len(one.parents)).name
    _followed(server, (b"transfer-encoding", b"chunked"), one=one)


def _without_id(server: Server, *, located: bool) -> None:
    deepest = max(server.claims.resources.values(), key=lambda one: len(one.parents))

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if _is(call, deepest.name):
            del answer.value[deepest.id.member]
            if not located:
                del answer.headers["location"]
        return answer

    server.wrap("do_create", around)


@fault("status.body_201", dimension="one resource only")
def created_without_id(server: Server) -> None:
    """The 201 of a resource deep down does not tell the new ID."""
    _without_id(server, located=False)


@fault("status.body_201", level="SHOULD", dimension="body")
def created_in_location_alone(server: Server) -> None:
    """The 201 of a resource deep down tells the new ID in Location alone."""
    _without_id(server, located=True)


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
        lambda call, answer: answer.status == 401 and _is(call, verb="DELETE"),
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
    _absent(server, 400, lambda call, kind: _is(call, kind, "GET"))


@fault("status.not_found_404", dimension="one verb only")
def missing_item_is_403_for_delete(server: Server) -> None:
    """DELETE of an item that is not there is answered with 403."""
    _absent(server, 403, lambda call, kind: _is(call, kind, "DELETE"))


@fault("status.not_found_404", dimension="parent")
def missing_parent_is_400(server: Server) -> None:
    """CREATE under a parent that is not there is answered with 400."""
    _absent(
        server, 400, lambda call, kind: _is(call, verb="CREATE") and not _is(call, kind)
    )


@fault("status.not_found_404", dimension="route")
def unknown_route_is_400(server: Server) -> None:
    """A route that does not exist is answered with 400."""
    renumbered(
        server, 400, lambda call, answer: answer.status == 404 and call.resource is None
    )


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
            and _is(call, verb="GET")
            and (call.claimed.name, call.item_id or "") in gone
        ),
    )


# 405, redirects, and all codes


@fault("status.unsupported_405", level="SHOULD", dimension="status")
def unsupported_verb_is_400(server: Server) -> None:
    """A verb that a resource has not is answered with 400."""
    renumbered(
        server,
        400,
        lambda call, answer: answer.status == 405 and call.operation != "token",
    )


@fault("status.unsupported_405", level="SHOULD", dimension="header")
def allow_left_out(server: Server) -> None:
    """A 405 does not say which methods are allowed."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        answer.headers.pop("allow", None)
        return answer

    server.wrap("finish", around)


@fault("status.no_redirect", level="SHOULD", dimension="header")
def sorted_list_redirects(server: Server) -> None:
    """A list under no parent that is to be sorted is looked for at another path."""
    word = server.claims.lists.query.get("sort", "sort")

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        sorted_ = _is(call, verb="LIST") and word in dict(call.query)
        if sorted_ and not call.parents:
            answer.status = 307
            answer.headers["location"] = f"{call.path}/sorted"
        return answer

    server.wrap("finish", around)


@fault("status.documented", level="SHOULD", dimension="status")
def duplicate_is_422(server: Server) -> None:
    """A clash of IDs is answered with 422."""
    renumbered(server, 422, lambda _call, answer: answer.status == 409)


@fault("status.documented", level="SHOULD", dimension="one verb only")
def foreign_media_type_is_418(server: Server) -> None:
    """A body of another media type is answered with 418 by PATCH."""
    renumbered(
        server,
        418,
        lambda call, answer: answer.status == 415 and _is(call, verb="PATCH"),
    )
