"""The server: one request from its first byte to its answer.

Every decision is a small method, a *seam*, that a fault or a variant wraps with
``server.wrap(name, around)``. ``around(inner, *arguments)`` gets the method as it was
and its arguments; ``call`` (``exchange.Call``) is always the first of them.
All run on one event loop; only those marked ``async`` may await, and a write is
atomic between two awaits. ``call.notes`` carries things from one seam to another.

Whole requests
    async respond(call) -> Answer           everything below
    async read_bytes(call)                  fills call.body, call.oversized
    route(call)                             fills operation, resource, verb, item_id
    async dispatch(call) -> Answer          the order of the checks
    finish(call, answer) -> Answer          the last look: status, headers, body bytes
    response(call, answer) -> ASGI app      framing
    async pause(call)                       the latency
Errors
    error_body(call, problem) -> JSON       the whole body of an error
    error(call, mistake) -> JSON            one error in it
    code(call, mistake) -> str | int        its code
    refused(call, problem) -> Answer        an error's status, headers, body
    crashed(call, exception) -> Answer      the 500
    encode(call, value) -> bytes            JSON text; dates go through render_date
    render_date(call, date or datetime) -> str
Tokens (``oauth``)
    async do_token(call), token_parameters(call), grant(call, parameters)
    client, secret_ok, user, grant_password, grant_client, require_flow,
    grant_refresh, bound, narrowed, token_body, issue_token, issue_refresh,
    grant_error(call, error, code, message) -> Problem
    authenticate(call) -> Grant, bearer(call), token_ok(call, token), verify, expired
    authorize(call), missing_roles(call) -> list of roles
    means() and announced_identities(), for the target file
Items (``items``, ``shapes``)
    async do_list, do_get, do_create, do_save, save_new, do_patch, do_delete (call)
    find_parents(call), find_item(call), lookup(call, key), absent(call, kind, key)
    read_body(call) -> dict, check_media_type(call), parse(call) -> dict
    validate(call, body, partial=) -> dict, complete(call, values, findings)
    accept(call, name, value, findings, partial=) -> value
    chosen_id(call, body), id_ok(call, key), bad_id(call), make_id(call),
    draw_id(call, rule), scope_of(call), taken(call, key, but),
    renaming(call, record, chosen), require_free(call, key, but),
    require_unique(call, values, but), clashes(call, name, schema, value, but)
    create(call, key, values) -> Record, replace(call, record, values, rename),
    patch(call, record, values, rename), update(call, record, values, rename),
    rename(call, record, key), remove(call, record), merge(call, name, old, new)
    render_item(call, record), render_property(call, record, name, schema),
    render_id, hidden, constant, location, authority
    now(call), advance(call, record), invalid(call, findings) -> Problem
Lists (``lists``)
    visible(call), filter(call, records), filter_name(call, rule, name), understood,
    terms, operand, matches(call, record, path, term, operand),
    compare, value_at, search, searched, found, sort, sort_asked, direction, sort_key,
    page_asked(call) -> (page, size), whole, paginate(call, records, number, size),
    envelope(call, page), meta(call, page), next_link(call, page)
Connections (``wire``)
    certificate(authority), tls_context(leaf), listening(sockets) -> sockets,
    async opened(uvicorn server), unparsed() -> bytes, token_url() -> address
"""

import asyncio
import threading
from datetime import date, datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.claims import Claims
from conformance.reference.exchange import (
    JSON,
    NOTHING,
    Answer,
    Call,
    Mistake,
    Problem,
    place,
    refuse,
)
from conformance.reference.items import Items
from conformance.reference.lists import Lists
from conformance.reference.oauth import Tokens
from conformance.reference.openapi import described
from conformance.reference.routing import Route, routes
from conformance.reference.strict import dump
from conformance.reference.wire import Wire

LARGEST_BODY = 2**20
LARGEST_DISCARDED = 2**24
LONGEST_TARGET = 2**13


class Server(Tokens, Items, Lists, Wire):
    """The reference server, an ASGI application."""

    def __init__(self, claims: Claims, latency_s: float = 0.0) -> None:
        super().__init__(claims, latency_s)
        self.routes: list[Route] = routes(claims)
        self.requests = 0
        self.in_flight = 0
        self._counting = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with self._counting:
            self.requests += 1
            self.in_flight += 1
            number, in_flight = self.requests, self.in_flight
        call = Call(Request(scope, receive), number, in_flight)
        try:
            answer = await self.respond(call)
            await self.pause(call)
            await self.response(call, answer)(scope, receive, send)
        except ClientDisconnect:
            # Nobody is left to be answered.
            return
        finally:
            with self._counting:
                self.in_flight -= 1

    async def respond(self, call: Call) -> Answer:
        """The answer to a request, whatever happens."""
        try:
            await self.read_bytes(call)
            answer = await self.dispatch(call)
        except Problem as problem:
            answer = self.refused(call, problem)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001  # becomes the 500, and is kept
            answer = self.crashed(call, error)
        return self.sealed(call, answer)

    def sealed(self, call: Call, answer: Answer) -> Answer:
        """The answer with its value encoded, looked at for the last time."""
        if answer.value is not NOTHING:
            answer.body = self.encode(call, answer.value)
            answer.headers.setdefault("content-type", JSON)
        return self.finish(call, answer)

    async def read_bytes(self, call: Call) -> None:
        """Read the whole body, so that the client listens when it is answered."""
        kept, seen = [], 0
        async for chunk in call.request.stream():
            seen += len(chunk)
            if seen <= LARGEST_BODY:
                kept.append(chunk)
            elif seen > LARGEST_DISCARDED:
                break
        call.body = b"".join(kept)
        call.oversized = seen > LARGEST_BODY

    def route(self, call: Call) -> None:
        """Find out what the request is about."""
        scope = call.request.scope
        call.method = scope["method"]
        call.path = scope["raw_path"].decode("ascii")
        if len(call.path) + len(scope["query_string"]) > LONGEST_TARGET:
            raise refuse(414, "Request.TooLong", "The request target is too long.")
        call.query = tuple(call.request.query_params.multi_items())
        if call.path == self.claims.token_path:
            call.operation = "token"
            return
        if call.path == self.claims.openapi_path:
            call.operation = "openapi"
            return
        for route in self.routes:
            ids = route.match(call.path)
            if ids is not None:
                self.take(call, route, ids)
                return

    def take(self, call: Call, route: Route, ids: dict[str, str]) -> None:
        """Note the route that a request takes."""
        verb = route.methods.get(call.method)
        call.resource = route.resource
        call.allowed = route.allowed
        call.verb = verb if verb in route.resource.verbs else None
        call.path_ids = ids
        call.item_id = ids.get("id")
        call.operation = f"{route.resource.name} {call.verb}"

    async def dispatch(self, call: Call) -> Answer:
        """Check a request, in the order that clients may rely on, and answer it."""
        self.route(call)
        if call.operation == "token":
            return await self.do_token(call)
        if call.operation == "openapi":
            return await self.do_openapi(call)
        call.grant = self.authenticate(call)
        if call.resource is None:
            told = {"ObjectType": "route", "ObjectID": call.path}
            raise refuse(404, "NotFound", "There is nothing at this path.", told)
        if call.verb is None:
            raise self.unsupported(call, call.allowed)
        self.authorize(call)
        call.parents = self.find_parents(call)
        answer: Answer = await getattr(self, f"do_{call.verb.lower()}")(call)
        return answer

    def unsupported(self, call: Call, allowed: tuple[str, ...]) -> Problem:
        """The 405."""
        message = f"{call.method} is not supported here."
        told = Mistake("MethodNotAllowed", message, {"Allowed": list(allowed)})
        return Problem(405, told, headers={"allow": ", ".join(allowed)})

    async def do_openapi(self, call: Call) -> Answer:
        """Answer with the server's own description."""
        if call.method not in {"GET", "HEAD"}:
            raise self.unsupported(call, ("GET", "HEAD"))
        return Answer(200, described(self.claims, self.base_url))

    # Errors

    def refused(self, call: Call, problem: Problem) -> Answer:
        """The answer that a problem becomes."""
        body = self.error_body(call, problem)
        return Answer(problem.status, body, dict(problem.headers))

    def crashed(self, call: Call, error: Exception) -> Answer:
        """The 500; the exception is kept for whoever runs the server."""
        self.crashes.append(error)
        return self.refused(call, refuse(500, "ServerError", "An unknown error."))

    def error_body(self, call: Call, problem: Problem) -> Any:
        """The body of an error, in the shape that the profile claims."""
        shape = self.claims.errors
        if shape.list is None:
            body = self.error(call, problem.mistakes[0])
        else:
            body = {}
            place(body, shape.list, [self.error(call, one) for one in problem.mistakes])
        if problem.oauth is not None:
            body.setdefault("error", problem.oauth)
            body.setdefault("error_description", problem.mistakes[0].message)
        return body

    def error(self, call: Call, mistake: Mistake) -> dict[str, Any]:
        """One error."""
        shape = self.claims.errors
        made: dict[str, Any] = {}
        place(made, shape.code, self.code(call, mistake))
        place(made, shape.message, mistake.message)
        place(made, shape.data or "data", mistake.data)
        return made

    def unparsed(self) -> bytes:
        """The whole HTTP answer to what no parser understands."""
        call = Call(Request({"type": "http", "headers": []}), self.requests, 0)
        told = Mistake("Request.Malformed", "The request is not HTTP.")
        answer = self.sealed(call, self.refused(call, Problem(400, told)))
        answer.headers |= {
            "content-length": str(len(answer.body)),
            "connection": "close",
        }
        fields = [f"{name}: {value}\r\n" for name, value in answer.headers.items()]
        head = "".join(["HTTP/1.1 400 Bad Request\r\n", *fields, "\r\n"])
        return head.encode("latin-1") + answer.body

    def code(self, call: Call, mistake: Mistake) -> str | int:
        """The code of an error, a number where the profile wants one."""
        del call
        if self.claims.errors.code_type == "integer":
            return 1000 + sum(mistake.code.encode())
        return mistake.code

    # Out

    def encode(self, call: Call, value: object) -> bytes:
        """JSON text in UTF-8."""
        return dump(value, lambda part: self.render_date(call, part))

    def render_date(self, call: Call, moment: date) -> str:
        """A date, or an instant in UTC to the millisecond."""
        del call
        if isinstance(moment, datetime):
            return moment.isoformat(timespec="milliseconds")
        return moment.isoformat()

    def finish(self, call: Call, answer: Answer) -> Answer:
        """The last look at an answer: status, headers and body as they are sent."""
        del call
        return answer

    def response(self, call: Call, answer: Answer) -> ASGIApp:
        """The answer as an ASGI application that sends it."""
        del call
        return Response(answer.body, answer.status, answer.headers)

    async def pause(self, call: Call) -> None:
        """Wait as long as a distant server would take."""
        del call
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
