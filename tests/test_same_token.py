"""Tokens that end before they should, and whose matter that is."""

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


def test_a_token_that_is_forgotten_now_and_then_is_lifetimes_alone(judge: Any) -> None:
    """What a right POST is refused for is no matter of IDs, nor of errors."""
    judged = judge(
        clauses=("errors.nothing_stored", "errors.stable", "ids.generated"),
        resources=("catalogs",),
        faults=("one-create-in-four-forgets-the-token",),
        depth="deep",
    )

    rows = judged.told["checks"]
    accused = [r for r in rows if r["verdict"] in ("fail", "warn")]
    assert not accused, [(r["id"], r["message"]) for r in accused]
    assert any(str(row["waits_for"]).startswith("oauth_") for row in rows)
