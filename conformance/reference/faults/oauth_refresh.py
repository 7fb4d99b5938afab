"""Ways to break the refresh flow where refresh tokens serve once."""

import secrets
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call, Grant
from conformance.reference.faults import fault
from conformance.reference.identities import Client

Parameters = dict[str, str]


def _serving_once(server: Server, *, told: bool = True) -> None:
    """Let each refresh give a new refresh token, tell it or not, and end the old."""

    def around(inner: Any, call: Call, grant: Grant, parameters: Parameters) -> Any:
        if parameters["grant_type"] != "refresh_token":
            return inner(call, grant, parameters)
        old, new = parameters["refresh_token"], secrets.token_urlsafe(32)
        server.refresh_tokens[new] = server.refresh_tokens.pop(old)
        return new if told else old

    server.wrap("issue_refresh", around)


@fault("oauth.refresh_token.grants", dimension="token")
def refresh_tells_the_spent_refresh_token(server: Server) -> None:
    """A refresh ends its refresh token, and gives it back as if it still served."""
    _serving_once(server, told=False)


@fault("oauth.refresh_token.rejects", dimension="body")
def refresh_tokens_that_serve_once_are_found_by_a_part(server: Server) -> None:
    """A refresh token serves once and is found by all but its last character."""
    _serving_once(server)

    def around(inner: Any, call: Call, client: Client, parameters: Parameters) -> Grant:
        given = parameters.get("refresh_token", "")
        for token in server.refresh_tokens:
            if given == token[:-1]:
                parameters["refresh_token"] = token
        grant: Grant = inner(call, client, parameters)
        return grant

    server.wrap("grant_refresh", around)
