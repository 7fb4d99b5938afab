"""Wrong passwords are never sent twice in turn, whatever is lost on the way."""

from typing import Any

import pytest

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call


class _Gateway:
    """Answers itself what comes first behind a known user's failure, now and then.

    Attributes:
        locked: Known users who failed twice in turn.
        lost: Requests that it kept from the server.
    """

    def __init__(self, server: Server, known: set[str], each: int) -> None:
        self.locked: set[str] = set()
        self.lost = 0
        self._known = known
        self._failed: dict[str, int] = {}
        self._losing = False
        self._failures = 0
        self._each = each
        server.wrap("user", self.user)
        server.wrap("do_token", self.pass_on)

    def user(self, inner: Any, call: Call, name: str, password: str) -> Any:
        """Count wrong passwords since the last right one."""
        user = inner(call, name, password)
        if name in self._known:
            self._failed[name] = 0 if user else self._failed.get(name, 0) + 1
            self._failures += not user
            self._losing = not user and self._failures % self._each == 0
            if self._failed[name] > 1:
                self.locked.add(name)
        return user

    async def pass_on(self, inner: Any, call: Call) -> Answer:
        """Lose the request behind one failure in so many."""
        if self._losing:
            self._losing = False
            self.lost += 1
            page = {"content-type": "text/html"}
            return Answer(503, headers=page, body=b"<h1>Nobody is there</h1>")
        answer: Answer = await inner(call)
        return answer


@pytest.mark.parametrize("each", [1, 2])
def test_a_lost_right_login_is_made_up_for(judge: Any, serve: Any, each: int) -> None:
    """The next wrong one would lock the user; no other row logs in in between."""
    with serve() as served:
        identities = served.running.announced()["identities"]
        known = {one["username"] for one in identities if one.get("username")}
        gateway = _Gateway(served.running.server, known, each)
        judged = judge(str(served.target), chapters=("oauth",), concurrency=1)

    accused = [r for r in judged.told["checks"] if r["verdict"] in ("fail", "warn")]
    assert gateway.lost > 3
    assert gateway.locked == set()
    assert not accused, [(r["id"], r["message"]) for r in accused]
