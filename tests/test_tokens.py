"""Tokens of the run: how long each is used."""

from typing import Any

import pytest
from scripted import Answers
from units import current, silent

from conformance.config import Identity
from conformance.session import Unit

USER = Identity("user", "password", "web", username="mia", password="m")  # noqa: S106


@pytest.mark.parametrize(
    ("told", "granted_at_s"),
    [
        ({"expires_in": 600}, [0, 480]),
        ({"expires_in": 10}, [0, 30, 40, 50, 480]),
        # What does not say how long it lasts is not used for long.
        ({}, [0, 50, 480]),
    ],
)
def test_a_token_is_renewed_before_it_ends(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], granted_at_s: list[int]
) -> None:
    """Where its answer does not tell when that is, after a minute at the most."""
    session = silent(USER)
    line = Answers({"POST": (200, {"access_token": "t", **told})})
    session.line = line  # type: ignore[assignment]
    now, granted = [0], []
    monkeypatch.setattr(session, "clock", lambda: float(now[0]))

    with current(Unit(session, "test")):
        for second in (0, 30, 40, 50, 480):
            now[0], before = second, len(line.sent)
            session.tokens.token("user")
            granted += [second] * (len(line.sent) - before)
            assert session.tokens.ends("t") is not None

    assert granted == granted_at_s
