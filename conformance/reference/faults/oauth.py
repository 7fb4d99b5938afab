"""Ways to break "OAuth 2"."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call, Grant
from conformance.reference.faults import fault


@fault("oauth.password.grants", dimension="body")
def token_type_missing(server: Server) -> None:
    """The answer of the password flow has no token_type."""

    def around(
        inner: Any, call: Call, grant: Grant, parameters: dict[str, str]
    ) -> dict[str, Any]:
        body: dict[str, Any] = inner(call, grant, parameters)
        first = parameters["grant_type"] != "refresh_token"
        if first and grant.flow == "password":
            del body["token_type"]
        return body

    server.wrap("token_body", around)
