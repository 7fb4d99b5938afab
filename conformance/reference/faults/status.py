"""Ways to break "HTTP Status Code Summary"."""

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call
from conformance.reference.faults import fault

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


def is_about(call: Call, name: str | None = None, verb: str | None = None) -> bool:
    """Say whether a call is about any resource, or the one and the verb named."""
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
        lambda call, answer: is_about(call, verb="PATCH") and answer.status == 200,
    )


@fault("status.success", dimension="second page only")
def second_page_answers_201(server: Server) -> None:
    """LIST answers 201 from the second page on."""
    word = server.claims.lists.query.get("page", "page")

    def later(call: Call, answer: Answer) -> bool:
        asked = dict(call.query).get(word, "1")
        return is_about(call, verb="LIST") and answer.status == 200 and asked != "1"

    renumbered(server, 201, later)


@fault("status.success", dimension="body")
def empty_list_answers_201(server: Server) -> None:
    """LIST answers 201 where there is nothing to list under a parent."""

    def empty(call: Call, answer: Answer) -> bool:
        return (
            is_about(call, verb="LIST")
            and bool(call.parents)
            and answer.status == 200
            and not list(server.visible(call))
        )

    renumbered(server, 201, empty)


@fault(
    "status.success",
    level="SHOULD",
    dimension="body",
    forces={"contract.documented": "the document tells of the item as it is then"},
)
def updates_answer_204(server: Server) -> None:
    """PATCH and SAVE answer 204 with nothing, new items too."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if call.verb in ("PATCH", "SAVE") and answer.status in (200, 201):
            headers = {n: v for n, v in answer.headers.items() if n != "content-type"}
            return Answer(204, headers=headers)
        return answer

    server.wrap("finish", around)


@fault("status.success", level="SHOULD", dimension="status")
def replacing_answers_201(server: Server) -> None:
    """SAVE answers 201 when it replaces, too."""
    renumbered(
        server,
        201,
        lambda call, answer: is_about(call, verb="SAVE") and answer.status == 200,
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
        if answer.status != 204 or not is_about(call, one, "DELETE"):
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
        if is_about(call, deepest.name):
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
        sorted_ = is_about(call, verb="LIST") and word in dict(call.query)
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
        lambda call, answer: answer.status == 415 and is_about(call, verb="PATCH"),
    )
