"""OAuth 2: who may have a token, and what a token opens. Tokens live in memory."""

import hmac
import secrets
import time
from typing import NamedTuple

READER, WRITER = "StockReader", "StockWriter"
LIFETIME_S = 3600


class Denied(Exception):
    """No token for this request; the argument says why."""


class Party(NamedTuple):
    """A client or a user; a client without secret acts for users alone."""

    secret: str
    roles: tuple[str, ...]


class Grant(NamedTuple):
    """What a token stands for; ``ends`` is on the monotonic clock, in seconds."""

    client: str
    roles: tuple[str, ...]
    ends: float


# Secrets of a toy. Yours stand in a vault.
CLIENTS = {
    "stock-app": Party("app-secret-4711", (READER, WRITER)),
    "stock-sync": Party("sync-secret-4712", (READER, WRITER)),
    "stock-kiosk": Party("kiosk-secret-4713", (READER,)),
    "stock-import": Party("import-secret-4714", (WRITER,)),
    "stock-web": Party("", (READER, WRITER)),
}
USERS = {"ada": Party("ada-password-4715", (READER, WRITER))}
NOBODY = Party(secrets.token_hex(), ())
tokens: dict[str, Grant] = {}
refreshers: dict[str, Grant] = {}


def grant(form: dict[str, str]) -> dict[str, str | int]:
    """Answer a token request.

    Raises:
        Denied: The request is wrong, or somebody is not who they say.
    """
    name, refresher = form.get("client_id", ""), ""
    client = CLIENTS.get(name, NOBODY)
    _insist(client, form.get("client_secret", ""))
    match form.get("grant_type"):
        case "client_credentials" if client.secret:
            roles = client.roles
        case "password":
            user = USERS.get(form.get("username", ""), NOBODY)
            _insist(user, form.get("password", ""))
            roles = tuple(role for role in user.roles if role in client.roles)
            refresher = secrets.token_urlsafe(24)
        case "refresh_token":
            refresher = form.get("refresh_token", "")
            first = refreshers.get(refresher)
            if first is None or first.client != name:
                raise Denied("unknown refresh token")
            roles = first.roles
        case _:
            raise Denied("this client has no such grant")
    asked = tuple(form.get("scope", "").split())
    if set(asked) - set(roles):
        raise Denied("a role was asked for that is not yours")
    granted = Grant(name, asked or roles, time.monotonic() + LIFETIME_S)
    return _told(granted, refresher)


def _insist(party: Party, given: str) -> None:
    if not hmac.compare_digest(party.secret.encode(), given.encode()):
        raise Denied("unknown name or wrong secret")


def _told(granted: Grant, refresher: str) -> dict[str, str | int]:
    token = secrets.token_urlsafe(32)
    tokens[token] = granted
    told: dict[str, str | int] = {"access_token": token, "token_type": "bearer"}
    told |= {"expires_in": LIFETIME_S, "scope": " ".join(granted.roles)}
    if refresher:
        refreshers.setdefault(refresher, granted)
        told["refresh_token"] = refresher
    return told


def roles_of(authorization: str | None) -> tuple[str, ...] | None:
    """Give the roles that a header's token has; None if it holds no valid one."""
    scheme, _, token = (authorization or "").partition(" ")
    known = tokens.get(token)
    if scheme.lower() != "bearer" or known is None or known.ends < time.monotonic():
        return None
    return known.roles
