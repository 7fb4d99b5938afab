"""A token that was granted to more than one: its end accuses nobody."""

from collections.abc import Mapping
from typing import Any

import pytest
from scripted import APP, answering

from conformance.checks._oauth import errands, insist_usable
from conformance.errors import Breach, NotJudged
from conformance.session import Unit
from conformance.target import Target

TOKEN = "t"
GRANTED = {"access_token": TOKEN, "token_type": "bearer"}


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        ((200, GRANTED), True),
        ((200, {**GRANTED, "access_token": "another"}), False),
        ((200, {}), False),
        ((200, [TOKEN]), False),
        ((400, GRANTED), False),
    ],
)
def test_a_token_is_granted_again_to_another(
    target: Target, answer: Any, *, again: bool
) -> None:
    """What the same unit is granted twice, by a refresh, is its own."""
    session = target.session
    granted = 200, GRANTED
    answering(target, {"POST /oauth/token": [granted, granted, answer]})

    session.tokens.grant(target.unit, {})
    session.tokens.grant(target.unit, {})
    assert not session.tokens.granted_again(TOKEN)
    session.tokens.grant(Unit(session, "another"), {})
    assert session.tokens.granted_again(TOKEN) == again


def _tried(target: Target, table: Mapping[str, Any], *names: str) -> None:
    """Use a token that was granted to units of these names."""
    made = 201, {"ID": "a"}
    line = answering(target, {"POST /oauth/token": (200, GRANTED), "POST": made})
    for name in names:
        target.session.tokens.grant(Unit(target.session, name), {})
    line.table = {**line.table, **table}
    insist_usable(APP, errands(target, APP, TOKEN))


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_a_token_that_ends_for_one_alone_is_a_breach(
    target: Target, method: str
) -> None:
    """Nobody else can have ended it."""
    with pytest.raises(Breach, match="the token just granted is not taken"):
        _tried(target, {method: 401}, "one")


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_a_token_that_another_may_have_ended_says_nothing(
    target: Target, method: str
) -> None:
    """The line of the target file that helps is named."""
    with pytest.raises(NotJudged, match="single_session = true"):
        _tried(target, {method: 401}, "one", "two")


def test_a_token_that_another_holds_too_may_be_taken(target: Target) -> None:
    """Then there is nothing to doubt."""
    shown = 200, {"Items": [], "Meta": {}}
    _tried(target, {"GET": shown, "DELETE": (204, None)}, "one", "two")
