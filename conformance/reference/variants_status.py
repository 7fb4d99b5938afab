"""Freedoms of "HTTP Status Code Summary"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem, refuse
from conformance.reference.variants import variant


@variant("status.unauthenticated_401: 400 for an empty or malformed header")
def unreadable_credentials_400(server: Server) -> None:
    """An Authorization header that can't be read is a bad request."""

    def around(inner: Any, call: Call) -> str | None:
        token: str | None = inner(call)
        if token is None and "authorization" in call.request.headers:
            raise refuse(400, "InvalidRequest", "Authorization can't be read.")
        return token

    server.wrap("bearer", around)


@variant("status.unauthenticated_401: unknown route or verb: 401, 404 or 405")
def unknown_route_before_token(server: Server) -> None:
    """A route or a verb that is not there is told before a token is asked for."""

    def around(inner: Any, call: Call) -> Any:
        if call.resource is None:
            raise refuse(404, "NotFound", "There is nothing at this path.")
        if call.verb is None:
            raise server.unsupported(call, call.allowed)
        return inner(call)

    server.wrap("authenticate", around)


def _unsupported(server: Server, status: int) -> None:
    def around(inner: Any, call: Call, allowed: tuple[str, ...]) -> Problem:
        problem: Problem = inner(call, allowed)
        if call.resource is not None:
            problem.status = status
        return problem

    server.wrap("unsupported", around)


@variant("status.unsupported_405: 404 for a verb that is not there")
def unsupported_verb_404(server: Server) -> None:
    """A verb that a resource has not is answered as if the path were unknown."""
    _unsupported(server, 404)


@variant(
    "status.unsupported_405: 403",
    excludes={"unsupported-verb-404": "an answer has one status"},
)
def unsupported_verb_403(server: Server) -> None:
    """A verb that a resource has not is forbidden to everybody."""
    _unsupported(server, 403)


@variant("status.no_redirect: paths that are no calls")
def root_redirects(server: Server) -> None:
    """The root sends browsers to the documentation."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.request.scope["path"] == "/":
            return Answer(302, headers={"location": "https://docs.example.com/"})
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)


@variant(
    "json.content_type: pages that are no calls",
    excludes={"root-redirects": "a request is answered once"},
)
def root_serves_a_page(server: Server) -> None:
    """The root and the base path show a page, to everybody."""
    pages = ("/", server.claims.base_path, f"{server.claims.base_path}/")

    async def around(inner: Any, call: Call) -> Answer:
        if call.request.scope["path"] in pages and call.request.method == "GET":
            headers = {"content-type": "text/html"}
            return Answer(200, headers=headers, body=b"<h1>Welcome</h1>")
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)


@variant("json.content_type: OPTIONS is about the server, not about a resource")
def options_told_as_text(server: Server) -> None:
    """OPTIONS is answered with 200 and the methods as plain text."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.request.method == "OPTIONS":
            headers = {"allow": "GET, POST", "content-type": "text/plain"}
            return Answer(200, headers=headers, body=b"GET, POST")
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)
