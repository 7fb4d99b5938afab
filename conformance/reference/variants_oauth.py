"""Named ways to conform whose tokens, grants and refusals differ."""

import secrets
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Grant, Problem
from conformance.reference.identities import Client
from conformance.reference.variants import variant

Parameters = dict[str, str]
LOCKOUT_LIMIT = 2
LEEWAY_S = 3


@variant("oauth.FLOW.grants: opaque or JWT")
def opaque_tokens(server: Server) -> None:
    """Access tokens are random text."""
    issued: dict[str, tuple[Grant, float]] = {}

    def issue(_inner: Any, _call: Call, grant: Grant) -> str:
        token = secrets.token_urlsafe(32)
        issued[token] = grant, time.time() + grant.lifetime_s
        return token

    server.wrap("issue_token", issue)
    server.wrap("verify", lambda _inner, _call, token: issued.get(token))


@variant("oauth.FLOW.grants: any case of bearer; extra members; refresh_token absent")
def token_answers_tell_more(server: Server) -> None:
    """The type is Bearer, the user is told, no refresh token is left out, not null."""

    def around(inner: Any, call: Call, grant: Grant, parameters: Parameters) -> Any:
        body = inner(call, grant, parameters)
        told = {name: value for name, value in body.items() if value is not None}
        return told | {"token_type": "Bearer", "user": grant.username}

    server.wrap("token_body", around)


@variant("oauth.FLOW.grants: refresh_token rotated")
def refresh_tokens_serve_once(server: Server) -> None:
    """A refresh gives a new refresh token and ends the old one."""

    def around(inner: Any, call: Call, grant: Grant, parameters: Parameters) -> Any:
        if parameters["grant_type"] == "refresh_token":
            first = server.refresh_tokens.pop(parameters["refresh_token"])
            token = secrets.token_urlsafe(32)
            server.refresh_tokens[token] = first
            return token
        return inner(call, grant, parameters)

    server.wrap("issue_refresh", around)


@variant("oauth.error_shape: RFC 6749's")
def grant_errors_of_the_rfc_alone(server: Server) -> None:
    """Token requests are refused in RFC 6749's shape alone."""

    def around(inner: Any, call: Call, problem: Problem) -> Any:
        if problem.oauth is None:
            return inner(call, problem)
        words = problem.mistakes[0].message
        return {"error": problem.oauth, "error_description": words}

    server.wrap("error_body", around)


@variant(
    "oauth.error_shape: the standard one",
    excludes={"grant-errors-of-the-rfc-alone": "an error has one shape"},
)
def grant_errors_in_the_standard_shape(server: Server) -> None:
    """Token requests are refused in the standard shape alone."""

    def around(inner: Any, *rest: Any) -> Problem:
        problem: Problem = inner(*rest)
        problem.oauth = None
        return problem

    server.wrap("grant_error", around)


def _missing(server: Server, told: Any) -> None:
    """Tell what roles are missing in another way."""

    def around(inner: Any, call: Call) -> None:
        try:
            inner(call)
        except Problem as problem:
            roles = server.missing_roles(call)
            mistake = replace(problem.mistakes[0], data=told(roles))
            raise Problem(403, mistake, headers=problem.headers) from None

    server.wrap("authorize", around)


@variant("oauth.missing_roles_listed: delimited text; any member name")
def missing_roles_in_one_text(server: Server) -> None:
    """The missing roles stand in one text, between commas."""
    _missing(server, lambda roles: {"Needed": ", ".join(roles)})


@variant(
    "oauth.missing_roles_listed: any one that would do; at any depth",
    excludes={"missing-roles-in-one-text": "roles are told in one way"},
)
def one_missing_role_told(server: Server) -> None:
    """One role that would do stands in an array of objects."""
    _missing(server, lambda roles: {"Security": {"Roles": [{"Name": roles[-1]}]}})


@variant("oauth.no_escalation: an error")
def scope_beyond_is_refused(server: Server) -> None:
    """Whoever asks for a role that is not theirs gets no token."""

    def around(inner: Any, call: Call, grant: Grant, scope: str | None) -> Grant:
        if set((scope or "").split()) - set(grant.roles):
            raise server.grant_error(
                call, "invalid_scope", "Auth.InsufficientRole", "Not your role."
            )
        narrow: Grant = inner(call, grant, scope)
        return narrow

    server.wrap("narrowed", around)


@variant("oauth.expiry: 30 s leeway")
def expired_tokens_have_a_leeway(server: Server) -> None:
    """A token is honoured for three seconds past its end."""
    server.wrap("expired", lambda inner, call, end: inner(call, end + LEEWAY_S))


@variant("oauth.rejects: a refresh request without client id")
def refresh_needs_no_client_id(server: Server) -> None:
    """A refresh request may leave its client out."""

    def around(inner: Any, call: Call) -> Parameters:
        parameters: Parameters = inner(call)
        known = server.refresh_tokens.get(parameters.get("refresh_token", ""))
        if known is not None and "client_id" not in parameters:
            parameters["client_id"] = known.client_id
        return parameters

    server.wrap("token_parameters", around)


@variant("oauth.rejects: no secret where the client may use a flow without")
def secrets_may_be_left_out(server: Server) -> None:
    """A client that has a secret may leave it out, as the target file says."""

    def around(inner: Any, call: Call, client: Client, parameters: Parameters) -> bool:
        missing = "client_secret" not in parameters
        return missing or bool(inner(call, client, parameters))

    def announced(inner: Any) -> list[dict[str, Any]]:
        return [
            one | ({"secretless": True} if "client_secret" in one else {})
            for one in inner()
        ]

    server.wrap("secret_ok", around)
    server.wrap("announced_identities", announced)


@variant("oauth.lifetime: a token replaced by a later grant to the same user")
def one_token_at_a_time(server: Server) -> None:
    """A grant ends the tokens granted before to the same user, or client."""
    latest: dict[str, str] = {}
    role = server.claims.roles[-1:]
    server.registry.enrol("few_roles", server.claims.flows[0], role)

    def told(inner: Any, call: Call, grant: Grant, parameters: Parameters) -> Any:
        body = inner(call, grant, parameters)
        latest[grant.username or grant.client_id] = body["access_token"]
        return body

    def around(inner: Any, call: Call, token: str) -> Grant | None:
        grant: Grant | None = inner(call, token)
        if grant and latest.get(grant.username or grant.client_id) != token:
            return None
        return grant

    server.wrap("token_body", told)
    server.wrap("token_ok", around)
    server.wrap("means", lambda inner: {**inner(), "single_session": True})


@variant("lock-out limit of the target file")
def users_are_locked_out(server: Server) -> None:
    """Two wrong passwords in a row lock a user for good, as the target file says."""
    failed: Counter[str] = Counter()

    def around(inner: Any, call: Call, name: str, password: str) -> Any:
        user = inner(call, name, password)
        if failed[name] >= LOCKOUT_LIMIT:
            told = "The user is locked."
            raise server.grant_error(call, "invalid_grant", "Auth.LockedOut", told)
        failed[name] = 0 if user else failed[name] + 1
        return user

    def announced(inner: Any) -> list[dict[str, Any]]:
        return [{**one, "lockout_limit": LOCKOUT_LIMIT} for one in inner()]

    server.wrap("user", around)
    server.wrap("announced_identities", announced)


@variant("oauth.post_only: what grants nothing")
def token_endpoint_explains_itself(server: Server) -> None:
    """GET of the token endpoint is answered with 200 and how to ask for a token."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.request.method == "GET":
            return Answer(200, {"help": "Ask by POST."})
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_token", around)
