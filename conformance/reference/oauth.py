"""The token endpoint, bearer tokens and roles."""

import hmac
import math
import re
import secrets
import time
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from conformance.reference.claims import Claims
from conformance.reference.core import Core
from conformance.reference.exchange import (
    Answer,
    Call,
    Grant,
    Mistake,
    Problem,
    refuse,
)
from conformance.reference.identities import Client, User, enrolled

Parameters = dict[str, str]
JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
BEARER = re.compile(r"bearer +([^\s,]+) *", re.IGNORECASE)
CHALLENGE = {"www-authenticate": 'Bearer realm="api"'}
GRANT_TYPES = {"password", "client_credentials", "refresh_token"}
REMEMBERED_TOKENS = 1000


@cache
def signing_key() -> RSAKey:
    """The key of this process; making one takes long."""
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


class Tokens(Core):
    """OAuth 2: the grants, and what a request needs to be let in."""

    def __init__(self, claims: Claims, latency_s: float = 0.0) -> None:
        super().__init__(claims, latency_s)
        self.registry = enrolled(claims)
        self.refresh_tokens: dict[str, Grant] = {}
        self.verified: dict[str, tuple[Grant, float]] = {}

    def means(self) -> dict[str, Any]:
        """Further members of the server's target file."""
        return {}

    def announced_identities(self) -> list[dict[str, Any]]:
        """The identities, as target files spell them."""
        return [one.as_target() for one in self.registry.identities]

    # The token endpoint

    async def do_token(self, call: Call) -> Answer:
        """Answer the token endpoint."""
        if call.method != "POST":
            allowed = {"allow": "POST"}
            told = Mistake("MethodNotAllowed", "Tokens are granted to POST alone.")
            raise Problem(405, told, headers=allowed)
        parameters = self.token_parameters(call)
        grant = self.grant(call, parameters)
        return Answer(200, self.token_body(call, grant, parameters), no_store())

    def token_parameters(self, call: Call) -> Parameters:
        """The form's parameters; an empty one counts as left out."""
        label = call.request.headers.get("content-type", "")
        if label.partition(";")[0].strip().lower() != FORM:
            message = "Invalid content type. Please use x-www-form-urlencoded."
            raise self.grant_error(
                call, "invalid_request", "Request.InvalidContentType", message
            )
        try:
            pairs = parse_qsl(
                call.body.decode(),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=100,
            )
        except ValueError:
            pairs = [("", ""), ("", "")]
        parameters = dict(pairs)
        if call.oversized or len(parameters) != len(pairs):
            raise self.grant_error(
                call, "invalid_request", "Auth.OauthError", "Malformed token request."
            )
        return {name: value for name, value in parameters.items() if value}

    def grant(self, call: Call, parameters: Parameters) -> Grant:
        """What a token request is granted, or its refusal."""
        kind = parameters.get("grant_type")
        if kind is None:
            raise self.grant_error(
                call, "invalid_request", "Auth.OauthError", "grant_type is required."
            )
        if kind not in GRANT_TYPES:
            raise self.grant_error(
                call, "unsupported_grant_type", "Auth.OauthError", "Unknown grant_type."
            )
        client = self.client(call, parameters)
        if kind == "refresh_token":
            grant = self.grant_refresh(call, client, parameters)
        elif kind == "password":
            grant = self.grant_password(call, client, parameters)
        else:
            grant = self.grant_client(call, client)
        return self.narrowed(call, grant, parameters.get("scope"))

    def client(self, call: Call, parameters: Parameters) -> Client:
        """The client of a token request, its secret checked."""
        client = self.registry.clients.get(parameters.get("client_id", ""))
        if client is None or not self.secret_ok(call, client, parameters):
            raise self.grant_error(
                call,
                "invalid_client",
                "Auth.InvalidClient",
                "Unknown client or secret.",
            )
        return client

    def secret_ok(self, call: Call, client: Client, parameters: Parameters) -> bool:
        """Whether the secret is the client's, or neither has one."""
        del call
        return same(client.secret or "", parameters.get("client_secret", ""))

    def grant_password(
        self, call: Call, client: Client, parameters: Parameters
    ) -> Grant:
        """The password flow; with a secret it is the elevated one."""
        flow = "elevated_password" if client.secret else "password"
        self.require_flow(call, client, flow)
        name, password = parameters.get("username"), parameters.get("password")
        if name is None or password is None:
            raise self.grant_error(
                call,
                "invalid_request",
                "Auth.UsernameAndPasswordRequired",
                "Username and password are required.",
            )
        user = self.user(call, name, password)
        if user is None:
            raise self.grant_error(
                call,
                "invalid_grant",
                "Auth.InvalidUsernameOrPassword",
                "Invalid username or password.",
            )
        roles = tuple(role for role in user.roles if role in client.roles)
        return Grant(client.id, user.name, roles, flow, client.lifetime_s)

    def user(self, call: Call, name: str, password: str) -> User | None:
        """The user who has this name and this password."""
        del call
        user = self.registry.users.get(name)
        right = same(user.password if user else "", password)
        return user if right else None

    def grant_client(self, call: Call, client: Client) -> Grant:
        """The client-credentials flow; without a secret it is the anonymous one."""
        flow = "client_credentials" if client.secret else "anonymous"
        self.require_flow(call, client, flow)
        return Grant(client.id, None, client.roles, flow, client.lifetime_s)

    def require_flow(self, call: Call, client: Client, flow: str) -> None:
        """Refuse a flow that is not the client's."""
        if flow != client.flow or flow not in self.claims.flows:
            raise self.grant_error(
                call,
                "unauthorized_client",
                "Auth.OauthError",
                "The client may not use this grant_type.",
            )

    def grant_refresh(
        self, call: Call, client: Client, parameters: Parameters
    ) -> Grant:
        """The refresh flow: what was granted first, to the same client."""
        grant = self.refresh_tokens.get(parameters.get("refresh_token", ""))
        if grant is None or not self.bound(call, grant, client):
            raise self.grant_error(
                call, "invalid_grant", "Auth.OauthError", "Invalid refresh token."
            )
        return grant

    def bound(self, call: Call, grant: Grant, client: Client) -> bool:
        """Whether a refresh token was given to this client."""
        del call
        return grant.client_id == client.id

    def narrowed(self, call: Call, grant: Grant, scope: str | None) -> Grant:
        """The grant with the roles that ``scope`` asks for, and no others."""
        if scope is None:
            return grant
        asked = scope.split()
        roles = tuple(role for role in grant.roles if role in asked)
        if not roles:
            message = "One or more of the roles requested is not allowed."
            raise self.grant_error(
                call, "invalid_scope", "Auth.InsufficientRole", message
            )
        return Grant(
            grant.client_id, grant.username, roles, grant.flow, grant.lifetime_s
        )

    def token_body(
        self, call: Call, grant: Grant, parameters: Parameters
    ) -> dict[str, Any]:
        """The body of a granted token request."""
        body = {
            "access_token": self.issue_token(call, grant),
            "token_type": "bearer",
            "expires_in": grant.lifetime_s,
            "refresh_token": self.issue_refresh(call, grant, parameters),
        }
        if "scope" in parameters:
            body["scope"] = " ".join(grant.roles)
        return body

    def issue_token(self, call: Call, grant: Grant) -> str:
        """A signed access token."""
        del call
        now = time.time()
        claims: dict[str, Any] = {
            "usr": grant.username,
            "cid": grant.client_id,
            "usrtype": "admin",
            "flow": grant.flow,
            "role": list(grant.roles),
            "iss": self.base_url,
            "aud": self.base_url,
            "nbf": int(now),
            # Rounded up, so that the token never dies before expires_in.
            "exp": math.ceil(now + grant.lifetime_s),
            "jti": secrets.token_urlsafe(12),
        }
        header = {"alg": "RS256", "kid": signing_key().kid}
        return jwt.encode(header, claims, signing_key())

    def issue_refresh(
        self, call: Call, grant: Grant, parameters: Parameters
    ) -> str | None:
        """An opaque refresh token, the same again on refresh, or None."""
        del call
        if parameters["grant_type"] == "refresh_token":
            return parameters["refresh_token"]
        claimed = "refresh_token" in self.claims.flows
        if not claimed or grant.flow not in self.claims.refresh_from:
            return None
        token = secrets.token_urlsafe(32)
        self.refresh_tokens[token] = grant
        return token

    def grant_error(self, call: Call, error: str, code: str, message: str) -> Problem:
        """A refusal in RFC 6749's shape and the standard one."""
        del call
        status = 401 if error == "invalid_client" else 400
        headers = no_store() | (CHALLENGE if status == 401 else {})
        return Problem(status, Mistake(code, message), headers=headers, oauth=error)

    # Bearer tokens and roles

    def authenticate(self, call: Call) -> Grant:
        """Whom the request acts for, or a 401."""
        if not self.claims.flows:
            return Grant("", None, self.claims.roles, "none")
        token = self.bearer(call)
        grant = self.token_ok(call, token) if token is not None else None
        if grant is None:
            message = "Access token is invalid or expired."
            raise Problem(401, Mistake("InvalidToken", message), headers=CHALLENGE)
        return grant

    def bearer(self, call: Call) -> str | None:
        """The token of the one Authorization header, None without it."""
        headers = call.request.headers.getlist("authorization")
        found = BEARER.fullmatch(headers[0]) if len(headers) == 1 else None
        return found[1] if found else None

    def token_ok(self, call: Call, token: str) -> Grant | None:
        """What a token grants, None if it is none of ours or has expired."""
        known = self.verified.get(token) or self.verify(call, token)
        if known is None or self.expired(call, known[1]):
            return None
        return known[0]

    def expired(self, call: Call, expiry: float) -> bool:
        """Whether a moment, in seconds since the epoch, is over."""
        del call
        return time.time() >= expiry

    def verify(self, call: Call, token: str) -> tuple[Grant, float] | None:
        """The grant and the expiry that a signed token tells."""
        del call
        if not JWT.fullmatch(token):
            return None
        try:
            told = jwt.decode(token, signing_key(), algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        if told["iss"] != self.base_url:
            return None
        roles = tuple(told["role"])
        known = Grant(told["cid"], told["usr"], roles, told["flow"]), told["exp"]
        if len(self.verified) >= REMEMBERED_TOKENS:
            self.verified.clear()
        self.verified[token] = known
        return known

    def authorize(self, call: Call) -> None:
        """Refuse with 403 if the token has no role that opens the operation."""
        sufficient = self.missing_roles(call)
        if sufficient:
            assigned = list(call.grant.roles) if call.grant else []
            told = {"SufficientRoles": sufficient, "AssignedRoles": assigned}
            message = "User does not have role(s) required to perform this action."
            raise refuse(403, "InsufficientRoles", message, told)

    def missing_roles(self, call: Call) -> list[str]:
        """The roles any of which would open the operation; empty if one is had."""
        opening = call.claimed.roles.get(call.verb or "", ())
        had = call.grant.roles if call.grant else ()
        missing = [role for role in opening if role not in had]
        return missing if len(missing) == len(opening) else []


FORM = "application/x-www-form-urlencoded"


def no_store() -> dict[str, str]:
    """The headers that forbid caching."""
    return {"cache-control": "no-store", "pragma": "no-cache"}


def same(right: str, given: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(right.encode(), given.encode())
