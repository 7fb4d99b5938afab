"""Ways to break "OAuth 2" where tokens are used."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Grant, Mistake, Problem
from conformance.reference.faults import fault
from conformance.reference.identities import SHORT_LIFETIME_S

_NOBODY = Grant("nobody", None, (), "password")


def _open(server: Server, when: Callable[[Call], bool]) -> None:
    """Let some requests in without a token."""

    def around(inner: Any, call: Call) -> Grant:
        try:
            grant: Grant = inner(call)
        except Problem:
            if not when(call):
                raise
            return replace(_NOBODY, roles=server.claims.roles)
        return grant

    server.wrap("authenticate", around)


def _is(server: Server, call: Call, verb: str, number: int) -> bool:
    """Whether a call is about the resource of that number, by that verb."""
    named = list(server.claims.resources)[number]
    return call.resource is not None and (call.resource.name, call.verb) == (
        named,
        verb,
    )


# Without a valid token


@fault("oauth.bearer_required", dimension="one verb of one resource")
def one_delete_needs_no_token(server: Server) -> None:
    """Items of the last resource are deleted for anybody."""
    _open(server, lambda call: _is(server, call, "DELETE", -1))


@fault("oauth.bearer_required", dimension="one verb of one resource")
def one_list_needs_no_token(server: Server) -> None:
    """The list of the third resource is shown to anybody."""
    _open(server, lambda call: _is(server, call, "LIST", 2))


@fault("oauth.bearer_required", dimension="header")
def empty_token_is_taken(server: Server) -> None:
    """A Bearer scheme without a token behind it opens everything."""
    _open(
        server,
        lambda call: call.request.headers.get("authorization", "").strip() == "Bearer",
    )


@fault(
    "oauth.bearer_required",
    dimension="side effect",
    forces={
        "status.unauthenticated_401": "what is not there is refused before the token is"
    },
)
def patch_is_done_before_the_401(server: Server) -> None:
    """A PATCH of the first resource without a token is refused, and done."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            if problem.status == 401 and _is(server, call, "PATCH", 0):
                call.parents = server.find_parents(call)
                await server.do_patch(call)
            raise
        return answer

    server.wrap("dispatch", around)


def _part(token: str, number: int) -> dict[str, Any]:
    """The header or the claims that a signed token tells, unproven."""
    text = base64.urlsafe_b64decode(token.split(".")[number] + "==")
    told: dict[str, Any] = json.loads(text)
    return told


def _believing(server: Server, when: Callable[[str, dict[str, Any]], bool]) -> None:
    """Take tokens by what they say; ``when`` gets signature and header."""

    def around(inner: Any, call: Call, token: str) -> Grant | None:
        grant: Grant | None = inner(call, token)
        if grant is None and token.count(".") == 2:
            signature = token.rpartition(".")[2]
            if when(signature, _part(token, 0)):
                told = _part(token, 1)
                roles = tuple(told["role"]) if told["exp"] > time.time() else ()
                return Grant(told["cid"], told["usr"], roles, told["flow"])
        return grant

    server.wrap("token_ok", around)


@fault("oauth.bearer_required", dimension="token")
def unsigned_tokens_are_believed(server: Server) -> None:
    """A token that says that it needs no signature is believed."""
    _believing(server, lambda _signature, header: header["alg"] == "none")


@fault("oauth.bearer_required", dimension="token")
def empty_signature_is_believed(server: Server) -> None:
    """A token without signature is believed, whatever it says of it."""
    _believing(
        server, lambda signature, header: not signature and header["alg"] != "none"
    )


@fault("oauth.bearer_required", dimension="token")
def signature_is_only_measured(server: Server) -> None:
    """A signature of the right length is believed."""
    _believing(server, lambda signature, _header: len(signature) == 342)


@fault("oauth.bearer_required", dimension="token")
def end_of_signature_not_looked_at(server: Server) -> None:
    """A token that lacks its last character is taken."""
    granted: dict[str, Grant] = {}

    def issue(inner: Any, call: Call, grant: Grant) -> str:
        token: str = inner(call, grant)
        granted[token[:-1]] = grant
        return token

    def around(inner: Any, call: Call, token: str) -> Grant | None:
        grant: Grant | None = inner(call, token)
        return grant or granted.get(token)

    server.wrap("issue_token", issue)
    server.wrap("token_ok", around)


@fault("oauth.bearer_required", dimension="token")
def refresh_tokens_open_everything(server: Server) -> None:
    """A refresh token is taken for an access token."""

    def around(inner: Any, call: Call, token: str) -> Grant | None:
        grant: Grant | None = inner(call, token)
        return grant or server.refresh_tokens.get(token)

    server.wrap("token_ok", around)


@fault("oauth.header_only", dimension="query", level="SHOULD")
def token_taken_from_the_query(server: Server) -> None:
    """A token in the query is as good as one in the header."""

    def around(inner: Any, call: Call) -> str | None:
        token: str | None = inner(call)
        return token or dict(call.query).get("access_token")

    server.wrap("bearer", around)


@fault("oauth.header_only", dimension="header", level="SHOULD")
def any_scheme_will_do(server: Server) -> None:
    """The token is taken whatever scheme stands before it."""

    def around(inner: Any, call: Call) -> str | None:
        token: str | None = inner(call)
        scheme, _, rest = call.request.headers.get("authorization", "").partition(" ")
        return token or (rest if scheme.isalpha() else None) or None

    server.wrap("bearer", around)


@fault("oauth.header_only", dimension="header", level="SHOULD")
def scheme_in_one_case_only(server: Server) -> None:
    """The scheme is known as Bearer alone, not as bearer."""

    def around(inner: Any, call: Call) -> str | None:
        sent = call.request.headers.get("authorization", "")
        token: str | None = inner(call)
        return token if sent.startswith("Bearer ") else None

    server.wrap("bearer", around)


@fault("oauth.no_secret_echo", dimension="header", level="SHOULD")
def challenge_repeats_the_token(server: Server) -> None:
    """The challenge of a 401 repeats the token that was sent."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        token = server.bearer(call)
        if answer.status == 401 and call.operation != "token" and token:
            answer.headers["www-authenticate"] = f'Bearer realm="{token}"'
        return answer

    server.wrap("finish", around)


# Time


@fault("oauth.expiry", dimension="time")
def tokens_never_end(server: Server) -> None:
    """A token is honoured for ever."""
    verified: dict[str, Grant] = {}

    def issue(inner: Any, call: Call, grant: Grant) -> str:
        token: str = inner(call, grant)
        verified[token] = grant
        return token

    def around(inner: Any, call: Call, token: str) -> Grant | None:
        grant: Grant | None = inner(call, token)
        return grant or verified.get(token)

    server.wrap("issue_token", issue)
    server.wrap("token_ok", around)


@fault("oauth.lifetime", dimension="time")
def tokens_end_before_their_time(server: Server) -> None:
    """A token is not honoured in the last seconds of its life."""

    def around(inner: Any, call: Call, expiry: float) -> bool:
        left = expiry - time.time()
        return bool(inner(call, expiry)) or left < SHORT_LIFETIME_S * 0.9

    server.wrap("expired", around)


@fault(
    "oauth.lifetime",
    dimension="one in N",
    forces={"status.bad_request_400": "a wrong body is refused for want of a token"},
)
def one_create_in_four_forgets_the_token(server: Server) -> None:
    """One POST in four to the fourth resource is refused for want of a token."""
    count = [0]

    def around(inner: Any, call: Call) -> Grant:
        grant: Grant = inner(call)
        if _is(server, call, "CREATE", 3) and server.claims.roles[0] in grant.roles:
            count[0] += 1
            if count[0] % 4 == 0:
                told = Mistake("InvalidToken", "Access token is invalid or expired.")
                challenge = {"www-authenticate": "Bearer"}
                raise Problem(401, told, headers=challenge)
        return grant

    server.wrap("authenticate", around)
