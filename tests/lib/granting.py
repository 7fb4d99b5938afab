"""Targets as far as those who ask for tokens look at them."""
# ruff: noqa: S106 - secrets of nobody

from collections.abc import Mapping
from typing import Any

from exchanges import exchange

from conformance.config import Config, Identity
from conformance.exchange import Exchange

USER = Identity("user", "password", "client-u", username="ann", password="p")
GRANT: Mapping[str, Any] = {
    "access_token": "t1",
    "token_type": "bearer",
    "expires_in": 3600,
}


def said(status: int = 200, value: Any = None, **more: Any) -> Exchange:
    """Give an answer with a JSON body."""
    parts = {"operation": "token", "method": "POST", "identity": "user", **more}
    return exchange(status, value, url="https://api.test/oauth/token", **parts)


class Accounts:
    """A target as far as a login asks it: who is there, and what they send."""

    def __init__(self, *identities: Identity, **config: Any) -> None:
        self.config = Config("https://api.test", identities=identities, **config)

    def identities(self, flow: str | None = None) -> list[Identity]:
        """List who uses a flow."""
        return [i for i in self.config.identities if flow in (None, i.flow)]

    def grant_form(self, who: Identity, **changes: str) -> dict[str, str]:
        """Give a right form."""
        parts = {
            "client_secret": who.client_secret,
            "username": who.username,
            "password": who.password,
        }
        form = {"grant_type": who.flow, "client_id": who.client_id}
        return form | {n: value for n, value in parts.items() if value} | changes

    def derive(self, mark: str, how: str) -> str:
        """Tell what was made of a secret."""
        return f"{mark} {how}"
