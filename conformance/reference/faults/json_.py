"""Ways to break "JSON Everywhere"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call
from conformance.reference.faults import fault


@fault("json.content_type", dimension="header")
def json_content_type_text_on_errors(server: Server) -> None:
    """Errors are labelled text/plain."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if answer.status >= 400:
            answer.headers["content-type"] = "text/plain; charset=utf-8"
        return answer

    server.wrap("finish", around)
