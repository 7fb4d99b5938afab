"""Whoever speaks to the server: requests, identities, time. No verdicts here."""

import json
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from conformance.errors import Disturbed, NotProvided
from conformance.exchange import Exchange
from conformance.line import Request
from conformance.profile import Profile

if TYPE_CHECKING:
    from conformance.config import Config, Identity
    from conformance.session import Session, Unit

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
#: Stands for: the token of the identity in use.
OWN_TOKEN = "~own~"  # noqa: S105 - a sign, no token


@dataclass(frozen=True)
class Caller:
    """Whoever speaks to the server, as one unit of work and one identity see it.

    Attributes:
        identity: Who speaks; None for nobody, ``""`` for whoever has the role.
        lane: Number of the simultaneous call.
    """

    session: "Session"
    unit: "Unit"
    identity: str | None = ""
    lane: int = 0

    @property
    def profile(self) -> Profile:
        """Give what the server claims."""
        return self.session.profile

    @property
    def config(self) -> "Config":
        """Give the target file."""
        return self.session.config

    @property
    def anonymous(self) -> Self:
        """Speak without a token."""
        return replace(self, identity=None)

    def using(self, identity: "Identity | str") -> Self:
        """Speak with the token of another identity."""
        name = identity if isinstance(identity, str) else identity.name
        return replace(self, identity=name)

    # --------------------------------------------------------------------- sending

    def send(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        body: Any = None,
        raw: bytes | None = None,
        content_type: str | None = JSON_TYPE,
        headers: Mapping[str, str] | None = None,
        token: str | None = OWN_TOKEN,
        operation: str = "elsewhere",
        roles: tuple[str, ...] = (),
        deliberate: bool = False,
        before: Callable[[Any], None] | None = None,
        url: str | None = None,
        notes: dict[str, Any] | None = None,
        deadline_s: float | None = None,
        verbatim: bool = False,
        spelling: str = "plus",
    ) -> Exchange:
        """Send any request and record it as this unit's.

        Args:
            method: HTTP method.
            path: Path on the target, base path included, escaped.
            query: Parameters, encoded here.
            body: A JSON value to send; None for no body.
            raw: The body's bytes instead of a value.
            content_type: Label of the body; None for none.
            headers: Further headers, or others than those made here.
            token: A token's mark, None for none, or the identity's own.
            operation: Name under which passive checks see the exchange.
            roles: Roles that open the operation, to choose the identity by.
            deliberate: The request breaks the profile on purpose.
            before: Called before sending, with the body.
            url: A whole URL instead of base URL and path.
            notes: What passive checks should know, as JSON.
            deadline_s: For this exchange, another than the run's.
            verbatim: Send the path as it is written, on a connection of its own,
                and take what follows a head that must have no body for its body.
            spelling: How a form's secrets are encoded; see `vault.SPELLINGS`.

        Raises:
            Disturbed: No answer.
            NotProvided: No identity has the role.
            Waits: No token could be got.
        """
        content = raw if raw is not None else encoded(body)
        if before is not None:
            before(body)
        made = {"Accept": JSON_TYPE, "User-Agent": "ordercloud-conformance"}
        if content is not None and content_type is not None:
            made["Content-Type"] = content_type
        made |= headers or {}

        def signed() -> Request:
            name, mark = self._token(token, roles)
            own = mark is not None and token == OWN_TOKEN
            bearer = {"Authorization": f"Bearer {mark}"} if mark is not None else {}
            return Request(
                method=method,
                url=(url or self.config.base_url + path) + _query(query),
                headers=tuple((bearer | made).items()),
                body=content,
                operation=operation,
                identity=name,
                deliberate=deliberate,
                valid_token=own,
                notes={**self._lack(name, roles), **(notes or {})},
                deadline_s=deadline_s,
                verbatim=verbatim,
                spelling=spelling,
                valid_until_s=self.session.tokens.ends(mark) if own else None,
                renewed=signed,
            )

        return self.unit.http(signed(), self.lane)

    def _token(
        self, token: str | None, roles: tuple[str, ...]
    ) -> tuple[str | None, str | None]:
        if token != OWN_TOKEN or self.identity is None:
            return None, None if token == OWN_TOKEN else token
        if not self.profile.flows:
            return None, None
        identity = self.identity or self.session.tokens.identity_for(roles).name
        return identity, self.session.tokens.token(identity)

    def _lack(self, name: str | None, roles: tuple[str, ...]) -> dict[str, Any]:
        """Note that whoever speaks has no role that opens the operation."""
        lacks = name is not None and not self.session.tokens.identity(name).may(roles)
        return {"lacks_role": True} if lacks else {}

    # ------------------------------------------------------------------ identities

    def identities(self, flow: str | None = None) -> "list[Identity]":
        """List the identities of the target file, of one flow or all."""
        found = [i for i in self.config.identities if flow in (None, i.flow)]
        return [i for i in found if not i.short_lived]

    def identity_without(self, roles: Sequence[str]) -> "Identity":
        """Give an identity that none of the roles reaches.

        Raises:
            NotProvided: The target file has no such identity.
        """
        for identity in self.identities():
            if identity.roles is not None and not set(identity.roles) & set(roles):
                return identity
        raise NotProvided("low_role_identity")

    def identity_with(self, roles: Sequence[str]) -> "Identity":
        """Give the identity that acts for whoever has one of the roles.

        Raises:
            NotProvided: The target file has no such identity.
        """
        return self.session.tokens.identity_for(tuple(roles))

    def token(self, identity: "Identity | str") -> str:
        """Give the mark of a token of that identity; the same in the whole run."""
        name = identity if isinstance(identity, str) else identity.name
        return self.session.tokens.token(name)

    def grant(self, form: Mapping[str, str], **how: Any) -> Exchange:
        """Send a token request; ``form`` holds marks for secrets."""
        return self.session.tokens.grant(self.unit, form, lane=self.lane, **how)

    def grant_form(self, identity: "Identity | str", **changes: str) -> dict[str, str]:
        """Give the form of a right token request of that identity."""
        return self.session.tokens.grant_form(identity, **changes)

    def derive(self, mark: str, how: str) -> str:
        """Give the mark of what is made from a secret.

        Args:
            mark: Of the secret.
            how: ``shortened``, ``case``, ``changed``, ``lengthened``,
                ``signature_changed``, ``signature_empty``, ``alg_none``,
                ``reversed``.

        Returns:
            The mark; an empty text when nothing is left, or nothing changes.
        """
        return self.session.tokens.derive(self.unit, mark, how, self.lane)

    def is_jwt(self, mark: str) -> bool:
        """Say whether a token is a signed JWT."""
        return self.session.tokens.is_jwt(self.unit, mark, self.lane)

    # ---------------------------------------------------------------- time, lanes

    def now(self) -> float:
        """Give our clock, in seconds since the epoch."""
        return float(self.unit.note("now", self.session.clock, self.lane))

    def note(self, kind: str, learn: Callable[[], Any]) -> Any:
        """Learn something of the world once, as JSON; played back later."""
        return self.unit.note(kind, learn, self.lane)

    def pause(self, seconds: float) -> None:
        """Wait a moment, as for a list that follows its writes late."""
        self.session.line.wait(seconds)

    def after(self, seconds: float) -> "After":
        """Say, in a late check, when to go on: ``yield target.after(3)``."""
        return After(seconds)

    def together(
        self, calls: Sequence[Callable[[Self], Exchange]]
    ) -> list[Exchange | Disturbed]:
        """Make calls at the same moment, each in a lane of its own.

        Returns:
            What came of each, in the order given; a `Disturbed` for no answer.
        """
        lanes = [replace(self, lane=number) for number in range(1, len(calls) + 1)]
        return self.session.races.run(
            [
                partial(copy_context().run, call, lane)
                for call, lane in zip(calls, lanes, strict=True)
            ],
            lanes,
        )


@dataclass(frozen=True, slots=True)
class After:
    """What a late check yields: go on so many seconds later."""

    seconds: float


def encoded(body: Any) -> bytes | None:
    """Give a body's bytes as JSON writes them; None for no body."""
    if body is None:
        return None
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _query(query: Mapping[str, Any] | Sequence[tuple[str, Any]] | None) -> str:
    return f"?{urllib.parse.urlencode(query)}" if query else ""
