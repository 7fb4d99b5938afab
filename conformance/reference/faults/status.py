"""Ways to break "HTTP Status Code Summary"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call
from conformance.reference.faults import fault


@fault("status.success", dimension="status")
def create_answers_200(server: Server) -> None:
    """CREATE answers 200."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        answer.status = 200
        return answer

    server.wrap("do_create", around)
