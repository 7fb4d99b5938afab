"""Ways to break "OAuth 2" at the token endpoint."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Grant, Mistake, Problem
from conformance.reference.faults import fault
from conformance.reference.identities import Client, reading_roles

Parameters = dict[str, str]


def _told(
    server: Server, flow: str, change: Callable[[dict[str, Any]], object]
) -> None:
    """Change the body of what a flow is granted; not of its refreshes, but by name."""

    def around(
        inner: Any, call: Call, grant: Grant, parameters: Parameters
    ) -> dict[str, Any]:
        body: dict[str, Any] = inner(call, grant, parameters)
        refreshed = parameters["grant_type"] == "refresh_token"
        if flow == ("refresh_token" if refreshed else grant.flow):
            change(body)
        return body

    server.wrap("token_body", around)


def _rewritten(server: Server, rewrite: Callable[[Parameters], object]) -> None:
    """Change the parameters of token requests before they are looked at."""

    def around(inner: Any, call: Call) -> Parameters:
        parameters: Parameters = inner(call)
        rewrite(parameters)
        return parameters

    server.wrap("token_parameters", around)


# Grants


@fault("oauth.four_flows", dimension="token")
def refresh_not_offered(server: Server) -> None:
    """Refresh requests are answered with unsupported_grant_type."""

    def around(_inner: Any, call: Call, *_rest: Any) -> Grant:
        call.notes["refreshing"] = True
        raise server.grant_error(
            call, "unsupported_grant_type", "Auth.OauthError", "No such grant."
        )

    def told(inner: Any, call: Call, problem: Problem) -> Any:
        body = inner(call, problem)
        # A standard error may stand in that member, and would hide the word.
        return body | {"error": problem.oauth} if "refreshing" in call.notes else body

    server.wrap("grant_refresh", around)
    server.wrap("error_body", told)


@fault("oauth.password.grants", dimension="body")
def token_type_missing(server: Server) -> None:
    """The answer of the password flow has no token_type."""
    _told(server, "password", lambda body: body.pop("token_type"))


@fault("oauth.password.grants", dimension="body")
def lifetime_as_text(server: Server) -> None:
    """The password flow tells expires_in as text."""
    _told(server, "password", lambda body: body.update(expires_in="36000"))


@fault("oauth.password.grants", dimension="body", level="SHOULD")
def lifetime_untold(server: Server) -> None:
    """The password flow does not tell expires_in."""
    _told(server, "password", lambda body: body.pop("expires_in"))


@fault("oauth.client_credentials.grants", dimension="status")
def client_token_is_201(server: Server) -> None:
    """Tokens for client credentials are answered with 201."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if b"grant_type=client_credentials" in call.body:
            answer.status = 201
        return answer

    server.wrap("do_token", around)


@fault("oauth.elevated_password.grants", dimension="body")
def elevated_without_refresh_token(server: Server) -> None:
    """The elevated flow gives no refresh token, though it is said to."""
    _told(server, "elevated_password", lambda body: body.pop("refresh_token"))


@fault("oauth.elevated_password.grants", dimension="token")
def elevated_token_for_reading_only(server: Server) -> None:
    """Tokens of the elevated flow have no role that opens a write."""
    readers = set(reading_roles(server.claims))

    def around(inner: Any, call: Call, grant: Grant) -> str:
        reading = tuple(role for role in grant.roles if role in readers)
        elevated = grant.flow == "elevated_password"
        token: str = inner(call, replace(grant, roles=reading) if elevated else grant)
        return token

    server.wrap("issue_token", around)


@fault("oauth.password.grants", dimension="one flow")
def password_token_opens_nothing(server: Server) -> None:
    """Tokens of the password flow are taken, and have no role at all."""

    def around(inner: Any, call: Call, grant: Grant) -> str:
        empty = replace(grant, roles=()) if grant.flow == "password" else grant
        token: str = inner(call, empty)
        return token

    server.wrap("issue_token", around)


@fault("oauth.refresh_token.grants", dimension="token")
def refreshed_token_loses_its_first_role(server: Server) -> None:
    """A refreshed token lacks all roles of the first but its last."""

    def around(inner: Any, call: Call, *rest: Any) -> Grant:
        grant: Grant = inner(call, *rest)
        return replace(grant, roles=grant.roles[-1:])

    server.wrap("grant_refresh", around)


@fault("oauth.refresh_token.grants", dimension="one in N")
def every_fourth_refresh_is_refused(server: Server) -> None:
    """One right refresh request in four is refused."""
    count = [0]

    def around(inner: Any, call: Call, *rest: Any) -> Grant:
        grant: Grant = inner(call, *rest)
        count[0] += 1
        if count[0] % 4 == 2:
            raise server.grant_error(
                call, "invalid_grant", "Auth.OauthError", "Try again."
            )
        return grant

    server.wrap("grant_refresh", around)


# Wrong requests


@fault("oauth.password.rejects", dimension="body")
def password_in_any_case(server: Server) -> None:
    """Passwords are compared without regard to case."""

    def around(inner: Any, call: Call, name: str, password: str) -> Any:
        known = server.registry.users.get(name)
        alike = known and known.password.casefold() == password.casefold()
        elevated = name.startswith("user-elevated")
        return known if alike and not elevated else inner(call, name, password)

    server.wrap("user", around)


@fault("oauth.password.rejects", dimension="body")
def user_name_cut_short_is_found(server: Server) -> None:
    """A user is found by the beginning of the name, in the password flow."""

    def around(inner: Any, call: Call, name: str, password: str) -> Any:
        for user in server.registry.users.values():
            begins = len(name) > 8 and user.name.startswith(name)
            if begins and user.password == password and "elevated" not in name:
                return user
        return inner(call, name, password)

    server.wrap("user", around)


@fault("oauth.client_credentials.rejects", dimension="body")
def client_secret_may_be_left_out(server: Server) -> None:
    """A client that has a secret gets its token without one, but not with a wrong."""

    def around(inner: Any, call: Call, client: Client, parameters: Parameters) -> bool:
        missing = "client_secret" not in parameters
        open_ = client.flow == "client_credentials" and missing
        return open_ or bool(inner(call, client, parameters))

    server.wrap("secret_ok", around)


@fault("oauth.client_credentials.rejects", dimension="body")
def grant_type_is_guessed(server: Server) -> None:
    """A request without grant_type, with a client's secret alone, is granted."""

    def guess(parameters: Parameters) -> None:
        if {"client_id", "client_secret"} == parameters.keys():
            parameters["grant_type"] = "client_credentials"

    _rewritten(server, guess)


@fault("oauth.elevated_password.rejects", dimension="body")
def elevated_secret_is_not_looked_at(server: Server) -> None:
    """The elevated flow takes any client secret, even the right one's beginning."""

    def around(inner: Any, call: Call, client: Client, parameters: Parameters) -> bool:
        given = "client_secret" in parameters and "username" in parameters
        return (client.flow == "elevated_password" and given) or bool(
            inner(call, client, parameters)
        )

    server.wrap("secret_ok", around)


@fault("oauth.refresh_token.rejects", dimension="body")
def refresh_token_cut_short_is_found(server: Server) -> None:
    """A refresh token is found by all but its last character."""

    def complete(parameters: Parameters) -> None:
        given = parameters.get("refresh_token", "")
        for token in server.refresh_tokens:
            if given == token[:-1]:
                parameters["refresh_token"] = token

    _rewritten(server, complete)


@fault("oauth.refresh_token.rejects", dimension="body")
def refresh_takes_any_secret(server: Server) -> None:
    """A refresh request needs no right client secret."""

    def around(inner: Any, call: Call, client: Client, parameters: Parameters) -> bool:
        refresh = parameters["grant_type"] == "refresh_token"
        return refresh or bool(inner(call, client, parameters))

    server.wrap("secret_ok", around)


@fault("oauth.refresh_bound", dimension="token")
def refresh_token_for_any_client(server: Server) -> None:
    """A refresh token is taken from any client that the server knows."""
    server.wrap("bound", lambda _inner, _call, _grant, _client: True)


# How it is said


@fault("oauth.error_shape", dimension="body")
def unknown_grant_type_in_a_shape_of_its_own(server: Server) -> None:
    """An unknown grant_type is refused in a shape that nothing else has."""

    def around(inner: Any, call: Call, problem: Problem) -> Any:
        if problem.oauth == "unsupported_grant_type":
            return {"reason": problem.mistakes[0].message}
        return inner(call, problem)

    server.wrap("error_body", around)


@fault("oauth.error_shape", dimension="body")
def unknown_client_refused_without_body(server: Server) -> None:
    """An unknown client is refused without a body."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if call.operation == "token" and answer.status == 401:
            answer.body = b""
            del answer.headers["content-type"]
        return answer

    server.wrap("finish", around)


@fault("oauth.form_encoded", dimension="body")
def plus_is_no_space(server: Server) -> None:
    """A plus sign in a form is taken for itself."""

    def around(inner: Any, call: Call) -> Parameters:
        call.body = call.body.replace(b"+", b"%2B")
        parameters: Parameters = inner(call)
        return parameters

    server.wrap("token_parameters", around)


@fault("oauth.form_encoded", dimension="body")
def small_hex_digits_not_decoded(server: Server) -> None:
    """An escape in a form is decoded only if its hex digits are capitals."""

    def around(inner: Any, call: Call) -> Parameters:
        small = re.compile(rb"%(?=[0-9A-F]?[a-f])")
        call.body = small.sub(b"%25", call.body)
        parameters: Parameters = inner(call)
        return parameters

    server.wrap("token_parameters", around)


@fault("oauth.no_store", dimension="header", level="SHOULD")
def refreshed_tokens_may_be_stored(server: Server) -> None:
    """The answer to a refresh does not forbid that it is stored."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if b"grant_type=refresh_token" in call.body:
            answer.headers["cache-control"] = "private, max-age=60"
        return answer

    server.wrap("do_token", around)


@fault("oauth.post_only", dimension="verb", level="SHOULD")
def tokens_granted_to_get(server: Server) -> None:
    """A GET with the credentials in its query is granted a token."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.method == "GET":
            call.method = "POST"
            call.body = call.request.scope["query_string"]
            form = (b"content-type", b"application/x-www-form-urlencoded")
            call.request.scope["headers"].append(form)
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_token", around)


@fault("oauth.no_enumeration", dimension="body", level="SHOULD")
def unknown_user_has_a_code_of_its_own(server: Server) -> None:
    """An unknown user is refused with another code than a wrong password."""

    def around(inner: Any, call: Call, name: str, password: str) -> Any:
        if name not in server.registry.users:
            raise server.grant_error(
                call, "invalid_grant", "Auth.UserNotFound", "There is no such user."
            )
        return inner(call, name, password)

    server.wrap("user", around)


@fault("oauth.no_enumeration", dimension="status", level="SHOULD")
def wrong_password_is_401(server: Server) -> None:
    """A wrong password is refused with 401, an unknown user with 400."""

    def around(inner: Any, call: Call, name: str, password: str) -> Any:
        user = inner(call, name, password)
        if user is None and name in server.registry.users:
            told = Mistake("Auth.InvalidUsernameOrPassword", "Wrong password.")
            challenge = {"www-authenticate": "Bearer"}
            raise Problem(401, told, headers=challenge, oauth="invalid_grant")
        return user

    server.wrap("user", around)


@fault("oauth.no_secret_echo", dimension="body", level="SHOULD")
def wrong_secret_is_told_back(server: Server) -> None:
    """The refusal of a client tells the secret that was sent, in Base64."""
    server.wrap("client", _telling_secrets(server))


def _telling_secrets(server: Server) -> Callable[..., Client]:
    def around(inner: Any, call: Call, parameters: Parameters) -> Client:
        try:
            client: Client = inner(call, parameters)
        except Problem:
            secret = parameters.get("client_secret", "").encode()
            words = f"not the secret: {base64.b64encode(secret).decode()}"
            raise server.grant_error(
                call, "invalid_client", "Auth.InvalidClient", words
            ) from None
        return client

    return around
