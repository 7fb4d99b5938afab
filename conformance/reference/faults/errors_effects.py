"""Ways to break "Error Handling": effects of refusals, and what errors tell."""

import itertools
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Mistake, Problem
from conformance.reference.faults import fault
from conformance.reference.store import Record


def _too_long(problem: Problem) -> bool:
    return any("no longer than" in mistake.message for mistake in problem.mistakes)


# ----------------------------------------------------------------------- false success


@fault(
    "errors.no_false_success",
    dimension="one verb",
    forces={
        "verbs.delete.again": "the second DELETE is answered with success",
        "status.success": "a DELETE that is answered with 200 warns",
    },
)
def missing_delete_answers_200(server: Server) -> None:
    """DELETE of what is not there answers 200 with an error body."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            answer = server.refused(call, problem)
            answer.status = 200
        return answer

    server.wrap("do_delete", around)


@fault(
    "errors.no_false_success",
    dimension="one verb only",
    forces={
        "verbs.patch.missing": "a missing item is not refused",
        "verbs.model": "a missing item is not refused",
    },
)
def missing_patch_tells_an_error_of_its_own(server: Server) -> None:
    """PATCH of what is not there answers 200 with a word under ``error``."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            if problem.status != 404:
                raise
            answer = Answer(200, {"error": "not_found"})
        return answer

    server.wrap("do_patch", around)


@fault("errors.no_false_success", dimension="status")
def bad_sort_answers_200(server: Server) -> None:
    """A list sorted by what can't be sorted by answers 200 with an error body."""

    def around(inner: Any, call: Call, problem: Problem) -> Answer:
        answer: Answer = inner(call, problem)
        if problem.mistakes[0].code == "List.InvalidSortProperty":
            answer.status = 200
        return answer

    server.wrap("refused", around)


@fault("errors.no_false_success", dimension="path")
def odd_id_answers_200(server: Server) -> None:
    """GET of an ID outside the alphabet answers 200 with an error body."""

    async def around(inner: Any, call: Call) -> Answer:
        if server.id_ok(call, call.item_id or ""):
            found: Answer = await inner(call)
            return found
        answer = server.refused(call, server.bad_id(call))
        answer.status = 200
        return answer

    server.wrap("do_get", around)


# ---------------------------------------------------------------------- nothing stored


@fault("errors.nothing_stored", dimension="side effect")
def refused_create_is_stored(server: Server) -> None:
    """A POST that is refused for its length stores the item all the same."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            if _too_long(problem):
                _store(server, call)
            raise
        return answer

    server.wrap("do_create", around)


def _store(server: Server, call: Call) -> None:
    body = server.parse(call)
    known = {name: body[name] for name, _ in server.writable(call) if name in body}
    server.create(call, server.chosen_id(call, body) or server.make_id(call), known)


@fault("errors.nothing_stored", dimension="stored state")
def refused_save_applies_the_good_part(server: Server) -> None:
    """A PUT that is refused for the length of one property writes the others."""

    def around(inner: Any, call: Call, body: Any, *, partial: bool) -> Any:
        try:
            return inner(call, body, partial=partial)
        except Problem as problem:
            record = server.lookup(call, call.item_id or "")
            if call.verb == "SAVE" and record is not None and _too_long(problem):
                wrong = {(m.data or {}).get("Property") for m in problem.mistakes}
                good = {n: v for n, v in body.items() if n not in wrong}
                record.values |= inner(call, good, partial=True)
            raise

    server.wrap("validate", around)


@fault(
    "errors.nothing_stored",
    dimension="side effect",
    forces={"verbs.parent_missing": "a refusal under no parent is to have no effect"},
)
def refused_delete_removes_elsewhere(server: Server) -> None:
    """DELETE under a parent that is not there removes a namesake, and answers 404."""

    def around(inner: Any, call: Call) -> Any:
        try:
            return inner(call)
        except Problem:
            if call.verb == "DELETE":
                for one in _namesakes(server, call):
                    server.remove(call, one)
            raise

    server.wrap("find_parents", around)


def _namesakes(server: Server, call: Call) -> list[Record]:
    records = server.store.every(call.claimed.name)
    return [record for record in records if record.key == call.item_id]


@fault(
    "errors.nothing_stored",
    dimension="one verb",
    forces={"json.malformed_request": "what is malformed is to store nothing"},
)
def failed_patch_is_stored(server: Server) -> None:
    """A PATCH with a body that is cut off stores what its beginning says."""

    def around(inner: Any, call: Call) -> Any:
        try:
            return inner(call)
        except ValueError:
            record = server.lookup(call, call.item_id or "")
            if call.verb == "PATCH" and record is not None:
                call.body += b"}"
                record.values |= server.validate(call, inner(call), partial=True)
            raise

    server.wrap("parse", around)


# --------------------------------------------------------------------- what errors tell


@fault("errors.stable", level="SHOULD", dimension="one in two")
def code_alternates(server: Server) -> None:
    """The code of a 404 is now one, now another."""
    numbers = itertools.count()

    def around(inner: Any, call: Call, mistake: Mistake) -> Any:
        code = inner(call, mistake)
        if mistake.code == "NotFound" and isinstance(code, str):
            return f"{code}{next(numbers) % 2}"
        return code

    server.wrap("code", around)


@fault("errors.stable", level="SHOULD", dimension="body")
def code_is_numbered(server: Server) -> None:
    """The code of a malformed body has the request's number in it."""

    def around(inner: Any, call: Call, mistake: Mistake) -> Any:
        code = inner(call, mistake)
        numbered = mistake.code == "Request.InvalidRequestBody"
        return f"{code}.{call.number}" if numbered else code

    server.wrap("code", around)


@fault("errors.names_the_field", level="SHOULD", dimension="body")
def wrong_property_not_named(server: Server) -> None:
    """Validation errors do not say which property is wrong."""
    told = Mistake("ValidationFailure", "The body is not valid.", {})
    server.wrap("invalid", lambda *_: Problem(400, told))


@fault("errors.names_the_field", level="SHOULD", dimension="one kind of mistake")
def missing_property_not_named(server: Server) -> None:
    """Only a missing property is not named."""

    def around(inner: Any, call: Call, findings: Any) -> Problem:
        problem: Problem = inner(call, findings)
        if any("is required" in mistake.message for mistake in problem.mistakes):
            return Problem(400, Mistake("ValidationFailure", "Incomplete.", {}))
        return problem

    server.wrap("invalid", around)


def _tell(server: Server, code: str, message: str) -> None:
    """Word every error of one code another way."""

    def around(inner: Any, call: Call, mistake: Mistake) -> Any:
        if mistake.code == code:
            mistake = Mistake(code, message, mistake.data)
        return inner(call, mistake)

    server.wrap("error", around)


@fault("errors.no_leak", level="SHOULD", dimension="body")
def malformed_body_shows_the_stack(server: Server) -> None:
    """The refusal of a malformed body shows where the parser stood."""
    trace = 'Traceback (most recent call last):\n  File "app.py", line 7, in parse'
    _tell(server, "Request.InvalidRequestBody", trace)


@fault("errors.no_leak", level="SHOULD", dimension="status")
def duplicate_shows_sql(server: Server) -> None:
    """The refusal of an ID in use shows the database's own words."""
    words = 'duplicate key value violates unique constraint "items_pkey"'
    _tell(server, "IdExists", words)


@fault("errors.no_leak", level="SHOULD", dimension="one route")
def unknown_route_shows_a_path(server: Server) -> None:
    """The 404 of a route shows a path of the server's file system."""

    def around(inner: Any, call: Call, problem: Problem) -> Any:
        if call.resource is None and problem.status == 404:
            told = "No file /srv/api/public/index.html."
            problem = Problem(404, Mistake("NotFound", told, {}))
        return inner(call, problem)

    server.wrap("error_body", around)


@fault("errors.not_found_data", level="SHOULD", dimension="body")
def not_found_without_data(server: Server) -> None:
    """A 404 does not say what was not found."""

    def around(inner: Any, call: Call, *arguments: Any) -> Problem:
        problem: Problem = inner(call, *arguments)
        return Problem(404, Mistake("NotFound", problem.mistakes[0].message, None))

    server.wrap("absent", around)


@fault("errors.not_found_data", level="SHOULD", dimension="one verb")
def not_found_without_id(server: Server) -> None:
    """The 404 of a PATCH tells the type and no ID."""

    def around(inner: Any, call: Call, kind: str, key: str) -> Problem:
        if call.verb == "PATCH":
            told = {"ObjectType": kind}
            return Problem(404, Mistake("NotFound", f"No such {kind}.", told))
        problem: Problem = inner(call, kind, key)
        return problem

    server.wrap("absent", around)
