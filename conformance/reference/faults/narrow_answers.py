"""Narrow ways to answer wrongly: one status, one label, one member, one clock."""

import re
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import (
    Answer,
    Call,
    Problem,
    refuse,
)
from conformance.reference.faults import fault
from conformance.reference.faults.narrow_state import nested_flags
from conformance.reference.schema import Findings
from conformance.reference.store import Record

Values = dict[str, Any]


# Dates and numbers


@fault("dates.truly_utc", level="SHOULD", dimension="header and body")
def the_servers_clock_is_slow(server: Server) -> None:
    """The server's clock is ten minutes behind, in stamps and in the Date header."""
    off = timedelta(minutes=10)

    def now(inner: Any, call: Call) -> datetime:
        moment: datetime = inner(call)
        return moment - off

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        answer.headers["date"] = format_datetime(server.now(call), usegmt=True)
        return answer

    server.wrap("now", now)
    server.wrap("finish", around)


@fault(
    "dates.offset_converted",
    level="SHOULD",
    dimension="stored state, offsets other than zero only",
)
def converted_dates_lose_a_second(server: Server) -> None:
    """A date-time that was written with another offset is stored a second early."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        stored = inner(call, name, value, findings, **how)
        offset = isinstance(value, str) and re.search(r"[+-]\d\d:\d\d$", value)
        converted = offset and not value.endswith("00:00")
        if converted and isinstance(stored, datetime):
            return stored - timedelta(seconds=1)
        return stored

    server.wrap("accept", around)


@fault("json.numbers", level="SHOULD", dimension="one kind of value")
def tiny_numbers_are_refused(server: Server) -> None:
    """A body with a number that is closer to zero than a millionth is refused."""

    def around(inner: Any, call: Call) -> Values:
        body: Values = inner(call)
        if re.search(rb"[0-9]e-(0?[7-9]|[1-9][0-9])", call.body):
            raise refuse(400, "ValidationFailure", "A number is out of range.")
        return body

    server.wrap("parse", around)


# Errors


@fault(
    "errors.shape",
    level="SHOULD",
    dimension="body, before the platform is asked",
    forces={"json.content_type": "the page is HTML"},
)
def a_front_end_has_pages_of_its_own(server: Server) -> None:
    """A body with GET, a long or encoded path and a long query get a page in HTML."""

    async def around(inner: Any, call: Call) -> Answer:
        status = _by_a_front_end(call)
        if status is not None:
            headers = {"content-type": "text/html"}
            return Answer(status, headers=headers, body=b"<h1>Sorry</h1>")
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)


def _by_a_front_end(call: Call) -> int | None:
    """Give the status by which a front end refuses a request; None, it passes it on."""
    scope, sent = call.request.scope, call.request.headers
    path, bare = scope["raw_path"].lower(), sent.get("content-length", "0") == "0"
    if call.request.method in ("GET", "HEAD") and not bare:
        return 403
    if any(len(segment) > 255 for segment in path.split(b"/")):
        return 400
    if b"%2f" in path or b"%00" in path or len(scope["query_string"]) > 2048:
        return 404
    return None


@fault(
    "errors.no_false_success",
    dimension="body of GET, one resource only",
    forces={
        "verbs.get.returns": "what was written is not shown",
        "ids.generated": "what is made without an ID is looked at with GET",
        "ids.duplicate_race": "whose item has won is looked at with GET",
        "contract.responses": "the document requires the member",
        "verbs.model": "what was written is not shown",
        "ids.case": "items are told apart by what they hold",
    },
)
def get_leaves_out_what_is_required(server: Server) -> None:
    """GET of items of one resource leaves out their first required property."""
    name = next(n for n, r in server.claims.resources.items() if r.required)

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if call.claimed.name == name:
            first = call.claimed.required[0]
            answer.value = {n: v for n, v in answer.value.items() if n != first}
        return answer

    server.wrap("do_get", around)


@fault("errors.not_found_data", level="SHOULD", dimension="body")
def not_found_tells_no_type(server: Server) -> None:
    """A 404 tells the ID of what was not found, and not what it is of."""

    def around(inner: Any, call: Call, kind: str, key: str) -> Problem:
        del inner, call, kind
        told = {"ObjectID": key}
        return refuse(404, "NotFound", "No such object.", told)

    server.wrap("absent", around)


@fault(
    "json.only_format",
    dimension="token endpoint only",
    forces={
        "json.content_type": "a form is labelled as such",
        "oauth.error_shape": "a form has neither shape of an error",
    },
)
def token_errors_follow_accept(server: Server) -> None:
    """A refused token request is answered as a form where Accept asks for no JSON."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        accept = call.request.headers.get("accept", "*/*")
        refusal = call.operation == "token" and 400 <= answer.status < 500
        if refusal and "json" not in accept and "*/*" not in accept:
            answer.body = b"error=invalid_request"
            answer.headers["content-type"] = "application/x-www-form-urlencoded"
        return answer

    server.wrap("finish", around)


# Statuses


@fault(
    "status.success",
    dimension="status, one verb only",
    forces={"status.documented": "202 stands in no table"},
)
def replacing_is_202(server: Server) -> None:
    """A SAVE that replaces is answered with 202."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if answer.status == 200:
            answer.status = 202
        return answer

    server.wrap("do_save", around)


@fault(
    "status.success",
    dimension="status, one verb only",
    forces={"status.documented": "202 stands in no table"},
)
def saving_something_new_is_202(server: Server) -> None:
    """A SAVE that creates is answered with 202."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        answer.status = 202
        return answer

    server.wrap("save_new", around)


@fault("status.unauthenticated_401", dimension="status, another scheme only")
def other_schemes_are_403(server: Server) -> None:
    """Credentials of another scheme than Bearer are answered with 403."""

    def around(inner: Any, call: Call) -> str | None:
        token: str | None = inner(call)
        told = call.request.headers.get("authorization", "")
        if token is None and " " in told and not told.lower().startswith("bearer"):
            raise refuse(403, "NotAuthorized", "This scheme is not allowed.")
        return token

    server.wrap("bearer", around)


@fault(
    "status.not_found_404",
    level="SHOULD",
    dimension="status, after a rename only",
    forces={"status.documented": "410 stands in no table"},
)
def renamed_away_is_410(server: Server) -> None:
    """GET of an ID that its item has lost by a rename is answered with 410."""
    lost: set[tuple[str, int, str]] = set()

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        lost.add((call.claimed.name, id(call.parent), record.key))
        inner(call, record, key)

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            way = (call.claimed.name, id(call.parent), str(call.item_id))
            if problem.status == 404 and way in lost:
                raise Problem(410, *problem.mistakes) from None
            raise
        return answer

    server.wrap("rename", rename)
    server.wrap("do_get", around)


# Items


@fault("verbs.create.returns", level="SHOULD", dimension="body of CREATE")
def create_answers_with_flags_turned(server: Server) -> None:
    """The answer to POST shows every boolean as the opposite of what is stored."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        answer.value = {
            name: not value if isinstance(value, bool) else value
            for name, value in answer.value.items()
        }
        return answer

    server.wrap("do_create", around)


@fault(
    "verbs.patch.merges", level="SHOULD", dimension="status, parts of an object only"
)
def patch_wants_whole_objects(server: Server) -> None:
    """PATCH with a part of an object is refused, the extension aside."""

    async def around(inner: Any, call: Call) -> Answer:
        body, stored = server.read_body(call), server.find_item(call).values
        for name, value in body.items():
            held = stored.get(name)
            if name == server.claims.extension or not isinstance(value, dict):
                continue
            if isinstance(held, dict) and held.keys() - value.keys():
                findings = Findings()
                findings.add(name, "must be whole")
                raise server.invalid(call, findings)
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_patch", around)


@fault(
    "verbs.save.replaces",
    dimension="side effect on a neighbour",
    wants=lambda claims: any("SAVE" in one.verbs for one in nested_flags(claims)),
)
def put_turns_off_a_neighbours_flags(server: Server) -> None:
    """Of two items under a parent, PUT of the first clears the second's booleans."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        beside = list(server.store.siblings(call.claimed.name, call.parent).values())
        if call.parents and len(beside) == 2 and beside[0] is record:
            other = beside[1]
            flags = {n: False for n, v in other.values.items() if v is True}
            other.values = other.values | flags

    server.wrap("replace", around)


@fault("json.deep_nesting", level="SHOULD", dimension="connection, deep bodies only")
def deep_bodies_close_the_connection(server: Server) -> None:
    """A body nested deeper than a hundred levels is answered with silence."""

    async def around(inner: Any, call: Call) -> None:
        await inner(call)
        if call.body.count(b"{") + call.body.count(b"[") > 200:
            raise Silent

    def crashed(inner: Any, call: Call, error: Exception) -> Answer:
        if isinstance(error, Silent):
            call.notes["silent"] = True
            return Answer(400, {}, {})
        answer: Answer = inner(call, error)
        return answer

    def response(inner: Any, call: Call, answer: Answer) -> Any:
        if not call.notes.get("silent"):
            return inner(call, answer)

        async def closing(scope: Any, receive: Any, send: Any) -> None:
            del scope, receive
            short = {"type": "http.response.start", "status": 400, "headers": []}
            short["headers"] = [(b"content-length", b"10")]
            await send(short)
            await send({"type": "http.response.body", "body": b""})

        return closing

    server.wrap("read_bytes", around)
    server.wrap("crashed", crashed)
    server.wrap("response", response)


class Silent(Exception):
    """The request is not answered."""


@fault("oauth.form_encoded", dimension="token, roles asked for by %20 only")
def percent_20_parts_no_roles(server: Server) -> None:
    """A scope whose roles are parted by ``%20`` gives the first of them alone."""

    def around(inner: Any, call: Call) -> dict[str, str]:
        parameters: dict[str, str] = inner(call)
        if b"%20" in call.body and "scope" in parameters:
            parameters["scope"] = parameters["scope"].split()[0]
        return parameters

    server.wrap("token_parameters", around)
