"""Checks of turns: each request acts for its own token."""

from typing import Any, cast

import pytest
from desk import CLERK, ITEM, Answering, Desk, said

from conformance import Operation
from conformance.checks import oauth_roles
from conformance.errors import Breach, Disturbed, NotProvided, Waits
from conformance.exchange import Exchange
from conformance.profile import Resource

pytestmark = pytest.mark.usefixtures("unit")


# ------------------------------------------------------------------------ own identity


def _own(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, buyers: Resource, verb: str = "GET"
) -> None:
    monkeypatch.setattr(
        oauth_roles, "beyond", lambda _target: (CLERK, Operation(buyers, verb))
    )
    oauth_roles.check_each_request_acts_for_its_own_token(cast("Any", desk))


def _turning(**at: dict[int, int]) -> Answering:
    """Let somebody's n-th request be answered with another status."""
    count = {"boss": 0, "clerk": 0}

    def answering(who: str, verb: str) -> Exchange:
        count[who] += 1
        usual = 403 if who == "clerk" else 200
        status = at.get(who, {}).get(count[who], usual)
        return said(status, ITEM if status == 200 else None, f"buyers-{verb}")

    return answering


@pytest.mark.usefixtures("ready")
def test_two_who_take_turns_are_each_answered_to_their_own(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource
) -> None:
    """Three alone each, then three rounds of as many as the server holds at once."""
    desk = Desk(_turning())
    _own(monkeypatch, desk, buyers)
    alone, together = desk.log[:6], desk.log[6:]
    assert [who for who, _ in alone] == ["clerk"] * 3 + ["boss"] * 3
    assert [who for who, _ in together] == ["boss", "clerk"] * 6


@pytest.mark.parametrize(
    ("at", "raised", "words"),
    [
        # Now this, now that: already beside other rows' requests.
        ({"boss": {2: 403}}, Breach, r"the same request of boss was \[200, 403, 200\]"),
        ({"clerk": {3: 200}}, Breach, "the same request of clerk was"),
        ({"boss": {4: 403}}, Breach, "another's roles decided"),
        ({"clerk": {9: 200}}, Breach, "somebody without the role, beside others,"),
        ({"clerk": dict.fromkeys((1, 2, 3), 200)}, Waits, "oauth.scope_enforced"),
        ({"boss": {1: 404}}, Waits, "verbs.get.returns"),
        ({"boss": {9: 404}}, Waits, "verbs.get.returns"),
        ({"clerk": {2: 404}}, None, ""),
        ({"boss": {2: 404}}, None, ""),
    ],
)
@pytest.mark.usefixtures("ready")
def test_an_answer_to_anothers_roles_accuses(
    monkeypatch: pytest.MonkeyPatch,
    buyers: Resource,
    at: dict[str, dict[int, int]],
    raised: type[Exception] | None,
    words: str,
) -> None:
    """A role that opens now and then is the clause's; one never asked for is not."""
    desk = Desk(_turning(**at))
    if raised is None:
        _own(monkeypatch, desk, buyers)
        return
    with pytest.raises(raised, match=words):
        _own(monkeypatch, desk, buyers)


@pytest.mark.usefixtures("ready")
def test_turns_need_two_connections_and_answers(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource
) -> None:
    """One connection at a time, or none answered, shows nothing."""
    desk = Desk(_turning())
    desk.held = 1
    with pytest.raises(Disturbed, match="no two connections"):
        _own(monkeypatch, desk, buyers)
    desk.held = 2
    monkeypatch.setattr(
        desk, "together", lambda calls: [Disturbed("reset")] * len(calls)
    )
    with pytest.raises(Disturbed, match="reset"):
        _own(monkeypatch, desk, buyers)


@pytest.mark.parametrize("verb", ["LIST", "PATCH"])
@pytest.mark.usefixtures("ready")
def test_only_what_may_be_repeated_is_sent_in_turns(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource, verb: str
) -> None:
    """A read or a PATCH can be done over and over; a DELETE can not."""
    _own(monkeypatch, Desk(_turning()), buyers, verb)
    with pytest.raises(NotProvided, match="low_role_identity"):
        _own(monkeypatch, Desk(_turning()), buyers, "DELETE")
