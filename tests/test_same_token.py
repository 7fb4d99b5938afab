"""A server that grants the same token again, until a refresh ends it."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call, Grant


def _again(server: Server) -> None:
    """Grant each user one token at a time, and end it when the user refreshes."""
    issued: dict[tuple[str | None, str, tuple[str, ...]], str] = {}
    ended: set[str] = set()

    def issue(inner: Any, call: Call, grant: Grant) -> str:
        key = grant.username, grant.client_id, tuple(grant.roles)
        if b"grant_type=refresh_token" in call.body and key in issued:
            ended.add(issued.pop(key))
        if key not in issued:
            issued[key] = inner(call, grant)
        return issued[key]

    def around(inner: Any, call: Call, token: str) -> Grant | None:
        grant: Grant | None = inner(call, token)
        return None if token in ended else grant

    server.wrap("issue_token", issue)
    server.wrap("token_ok", around)


def test_the_end_of_a_token_that_others_hold_accuses_nobody(
    judge: Any, serve: Any
) -> None:
    """Whose requests meet the end is a matter of moments; no row may fail for it."""
    with serve() as served:
        _again(served.running.server)
        judged = judge(str(served.target), chapters=("oauth", "verbs"))

    accused = [r for r in judged.told["checks"] if r["verdict"] in ("fail", "warn")]
    assert not accused, [(r["id"], r["message"]) for r in accused]
