"""Ways to break "Error Handling": the shape, the code, the message, crashes."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Mistake, Problem
from conformance.reference.faults import fault

_DOCUMENT = {"contract.responses": "the document gives errors one schema"}


def _replace(server: Server, status: int, body: bytes) -> None:
    """Answer one status with other bytes, outside the token endpoint."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if answer.status == status and call.operation != "token":
            answer.body = body
            if not body:
                answer.headers.pop("content-type", None)
        return answer

    server.wrap("finish", around)


def _spoil(server: Server, dotted: str, status: int, value: Any) -> None:
    """Put another value at a member of each error of one status."""
    *way, last = dotted.split(".")

    def around(inner: Any, call: Call, problem: Problem) -> Answer:
        answer: Answer = inner(call, problem)
        where = server.claims.errors.list
        entries = [answer.value]
        for name in where.split(".") if where else ():
            entries = entries[0][name]
        if problem.status == status and call.operation != "token":
            for entry in entries:
                within = entry
                for name in way:
                    within = within[name]
                within[last] = value
        return answer

    server.wrap("refused", around)


def _drop(error: dict[str, Any], dotted: str) -> None:
    """Remove a member of an error."""
    *way, last = dotted.split(".")
    for name in way:
        error = error[name]
    del error[last]


# ------------------------------------------------------------------------------ shape


@fault("errors.shape", dimension="one route", forces=_DOCUMENT)
def unknown_route_has_other_body(server: Server) -> None:
    """An unknown route gets the web framework's own error body."""

    def around(inner: Any, call: Call, problem: Problem) -> Any:
        if call.resource is None and call.operation is None and problem.status == 404:
            return {"detail": "Not Found"}
        return inner(call, problem)

    server.wrap("error_body", around)


@fault("errors.shape", dimension="body", forces=_DOCUMENT)
def unsupported_verb_has_no_body(server: Server) -> None:
    """The 405 has no body."""
    _replace(server, 405, b"")


@fault("errors.shape", dimension="status", forces=_DOCUMENT)
def bad_token_has_other_shape(server: Server) -> None:
    """The 401 tells an OAuth error and no more."""
    _replace(server, 401, b'{"error": "invalid_token"}')


@fault("errors.shape", dimension="one resource", forces=_DOCUMENT)
def one_resource_maps_its_errors(server: Server) -> None:
    """Validation errors of the last resource are a map from property to message."""
    last = list(server.claims.resources)[-1]

    def around(inner: Any, call: Call, problem: Problem) -> Any:
        told = {
            m.data["Property"]: m.message
            for m in problem.mistakes
            if m.data and "Property" in m.data
        }
        mine = call.resource is not None and call.resource.name == last
        return {"errors": told} if mine and told else inner(call, problem)

    server.wrap("error_body", around)


@fault(
    "errors.shape",
    dimension="status",
    forces={
        "errors.no_5xx": "the shape is that of a crash",
    },
)
def crash_has_other_shape(server: Server) -> None:
    """A body with an escaped NUL crashes the parser, and the 500 tells no error."""

    def around(inner: Any, call: Call) -> Any:
        if rb"\u0000" in call.body:
            raise Problem(500, Mistake("ServerError", "An unknown error."))
        return inner(call)

    server.wrap("parse", around)
    _replace(server, 500, b'{"error": "an unknown error"}')


@fault("errors.shape", level="SHOULD", dimension="status")
def oversized_body_refused_bare(server: Server) -> None:
    """The 413 has an empty object as its body, as a gateway might send it."""
    _replace(server, 413, b"{}")


# ------------------------------------------------------------------------------- code


@fault(
    "errors.code",
    dimension="body",
    forces={
        **_DOCUMENT,
        "oauth.error_shape": "an error object in `error` leaves no room for RFC 6749's",
    },
)
def error_without_code(server: Server) -> None:
    """Errors carry no code."""

    def around(inner: Any, call: Call, *arguments: Any) -> dict[str, Any]:
        made: dict[str, Any] = inner(call, *arguments)
        _drop(made, server.claims.errors.code)
        return made

    server.wrap("error", around)


@fault("errors.code", dimension="status")
def code_of_404_empty(server: Server) -> None:
    """The code of a 404 is empty."""
    _spoil(server, server.claims.errors.code, 404, "")


@fault("errors.code", dimension="one verb", forces=_DOCUMENT)
def code_of_patch_is_no_text(server: Server) -> None:
    """The codes of a refused PATCH are lists."""

    def around(inner: Any, call: Call, mistake: Mistake) -> Any:
        code = inner(call, mistake)
        return [code] if call.verb == "PATCH" else code

    server.wrap("code", around)


@fault("errors.code", level="SHOULD", dimension="body")
def data_left_out(server: Server) -> None:
    """Errors about a malformed body lack the member for data."""

    def around(inner: Any, call: Call, mistake: Mistake) -> dict[str, Any]:
        made: dict[str, Any] = inner(call, mistake)
        if mistake.code == "Request.InvalidRequestBody" and server.claims.errors.data:
            _drop(made, server.claims.errors.data)
        return made

    server.wrap("error", around)


# ---------------------------------------------------------------------------- message


@fault("errors.message", dimension="status", forces=_DOCUMENT)
def message_of_403_null(server: Server) -> None:
    """The message of a 403 is null."""
    _spoil(server, server.claims.errors.message, 403, None)


@fault("errors.message", dimension="one verb", forces=_DOCUMENT)
def message_of_save_in_parts(server: Server) -> None:
    """The messages of a refused PUT are lists of texts."""

    def around(inner: Any, call: Call, problem: Problem) -> Answer:
        if call.verb == "SAVE":
            told = (
                Mistake(m.code, [m.message], m.data)  # type: ignore[arg-type]  # that is the fault
                for m in problem.mistakes
            )
            problem = Problem(problem.status, *told, headers=problem.headers)
        answer: Answer = inner(call, problem)
        return answer

    server.wrap("refused", around)


@fault("errors.message", level="SHOULD", dimension="status")
def message_of_404_empty(server: Server) -> None:
    """The message of a 404 is empty."""
    _spoil(server, server.claims.errors.message, 404, "")


# ---------------------------------------------------------------------------- crashes


@fault("errors.no_5xx", dimension="body")
def nul_crashes(server: Server) -> None:
    """A body that holds an escaped NUL crashes the parser."""

    def around(inner: Any, call: Call) -> Any:
        if rb"\u0000" in call.body:
            raise Problem(500, Mistake("ServerError", "An unknown error."))
        return inner(call)

    server.wrap("parse", around)


@fault("errors.no_5xx", dimension="path")
def odd_parent_crashes(server: Server) -> None:
    """A parent's ID with a control character in it crashes the look-up."""

    def around(inner: Any, call: Call) -> Any:
        if any(sign < " " for key in call.path_ids.values() for sign in key):
            raise Problem(500, Mistake("ServerError", "An unknown error."))
        return inner(call)

    server.wrap("find_parents", around)


@fault("errors.no_5xx", dimension="one resource")
def wrong_type_crashes_one_resource(server: Server) -> None:
    """A text where the second resource takes an object crashes the validator."""
    second = list(server.claims.resources)[1]

    def around(
        inner: Any, call: Call, name: str, value: Any, *more: Any, **how: Any
    ) -> Any:
        if call.claimed.name == second and isinstance(value, dict):
            kinds = call.claimed.properties[name]["type"]
            if "object" not in kinds:
                raise Problem(500, Mistake("ServerError", "An unknown error."))
        return inner(call, name, value, *more, **how)

    server.wrap("accept", around)


@fault("errors.no_5xx", dimension="token")
def nul_crashes_token_requests(server: Server) -> None:
    """A token request with a NUL in a value crashes."""

    def around(inner: Any, call: Call, parameters: dict[str, str]) -> Any:
        if any("\0" in value for value in parameters.values()):
            raise Problem(500, Mistake("ServerError", "An unknown error."))
        return inner(call, parameters)

    server.wrap("grant", around)


@fault("errors.no_5xx", dimension="query")
def far_page_times_out(server: Server) -> None:
    """A page number beyond 64 bits is answered with 504, every time."""

    def around(inner: Any, call: Call, name: str, *more: Any) -> Any:
        if len(server.parameter(call, name) or "") > 19:
            raise Problem(504, Mistake("Timeout", "It took too long."))
        return inner(call, name, *more)

    server.wrap("whole", around)


@fault("errors.no_5xx", level="SHOULD", dimension="method")
def options_crashes(server: Server) -> None:
    """OPTIONS is answered with 500."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.request.method == "OPTIONS":
            raise Problem(500, Mistake("ServerError", "An unknown error."))
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)
