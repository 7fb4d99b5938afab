"""Ways to take away what most rows stand on: one cause, many that wait for it."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Mistake, Problem
from conformance.reference.faults import fault

_FAILURE = Problem(500, Mistake("ServerError", "Something went wrong.", None))


def _answer_500(server: Server, seam: str) -> None:
    async def around(inner: Any, call: Call) -> Answer:
        del inner
        return server.refused(call, _FAILURE)

    server.wrap(seam, around)


@fault("errors.no_5xx", dimension="token")
def prerequisite_token_endpoint_answers_500(server: Server) -> None:
    """The token endpoint answers every request with a well-formed 500."""
    _answer_500(server, "do_token")


@fault("errors.no_5xx", dimension="status")
def prerequisite_every_create_answers_500(server: Server) -> None:
    """Every POST on a collection is answered with a well-formed 500."""
    _answer_500(server, "do_create")


@fault(
    "errors.no_false_success",
    dimension="body",
)
def prerequisite_list_envelope_missing(server: Server) -> None:
    """Lists are answered as an object without items and totals."""

    def around(inner: Any, call: Call, page: Any) -> dict[str, Any]:
        del inner, call, page
        return {}

    server.wrap("envelope", around)


@fault("verbs.get.returns", dimension="status")
def prerequisite_every_get_answers_404(server: Server) -> None:
    """Every GET of an item says that it is not there."""

    async def around(inner: Any, call: Call) -> Answer:
        del inner
        raise server.absent(call, call.claimed.name, str(call.item_id))

    server.wrap("do_get", around)


@fault("errors.no_5xx", dimension="status")
def prerequisite_every_delete_answers_500(server: Server) -> None:
    """Every DELETE of an item is answered with a well-formed 500."""
    _answer_500(server, "do_delete")


@fault("errors.no_5xx", dimension="status")
def prerequisite_every_list_answers_500(server: Server) -> None:
    """Every GET of a collection is answered with a well-formed 500."""
    _answer_500(server, "do_list")


@fault("errors.no_5xx", dimension="status")
def prerequisite_every_call_answers_500(server: Server) -> None:
    """Whatever a good token asks for is answered with a well-formed 500."""

    def around(inner: Any, call: Call) -> None:
        del inner, call
        raise _FAILURE

    server.wrap("authorize", around)


@fault("oauth.lifetime", dimension="token")
def prerequisite_every_token_refused(server: Server) -> None:
    """No token that was granted opens anything: 401, as for an unknown one."""

    def around(inner: Any, call: Call, token: str) -> None:
        del inner, call, token

    server.wrap("token_ok", around)


@fault("json.content_type", dimension="header")
def prerequisite_everything_labelled_html(server: Server) -> None:
    """Every answer is labelled as HTML, whatever it holds."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        answer.headers["content-type"] = "text/html; charset=utf-8"
        return answer

    server.wrap("finish", around)
