"""Ways to break "OAuth 2" where roles decide."""

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Grant, Mistake, Problem
from conformance.reference.faults import fault
from conformance.reference.identities import reading_roles


def _named(server: Server, call: Call, number: int) -> bool:
    names = list(server.claims.resources)
    return call.resource is not None and call.resource.name == names[number]


@fault("oauth.scope_enforced", dimension="one verb of one resource")
def readers_may_delete(server: Server) -> None:
    """Items of the second resource are deleted by whoever may read some resource."""
    readers = set(reading_roles(server.claims))

    def around(inner: Any, call: Call) -> list[str]:
        reading = call.grant and not readers.isdisjoint(call.grant.roles)
        if reading and call.verb == "DELETE" and _named(server, call, 1):
            return []
        missing: list[str] = inner(call)
        return missing

    server.wrap("missing_roles", around)


@fault("oauth.scope_enforced", dimension="one resource only")
def any_role_reads(server: Server) -> None:
    """Items of the third resource are shown to any valid token."""

    def around(inner: Any, call: Call) -> list[str]:
        if call.verb == "GET" and _named(server, call, 2):
            return []
        missing: list[str] = inner(call)
        return missing

    server.wrap("missing_roles", around)


@fault(
    "oauth.scope_enforced",
    dimension="side effect",
)
def save_is_done_before_the_403(server: Server) -> None:
    """A PUT of the fourth resource is refused for want of a role, and done."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            forbidden = problem.status == 403 and call.verb == "SAVE"
            if forbidden and _named(server, call, 3):
                call.parents = server.find_parents(call)
                await server.do_save(call)
            raise
        return answer

    server.wrap("dispatch", around)


@fault("oauth.scope_enforced", dimension="one effect only")
def put_creates_for_any_role(server: Server) -> None:
    """A PUT at an ID that nobody has asks for no role."""

    def around(inner: Any, call: Call) -> list[str]:
        missing: list[str] = inner(call)
        if call.verb == "SAVE" and missing:
            call.parents = server.find_parents(call)
            try:
                server.find_item(call)
            except Problem:
                return []
        return missing

    server.wrap("missing_roles", around)


@fault("oauth.scope_enforced", dimension="token")
def narrowed_in_words_only(server: Server) -> None:
    """A token is said to be narrowed by its scope, and is not."""

    def around(inner: Any, call: Call, grant: Grant, scope: str | None) -> Grant:
        narrow: Grant = inner(call, grant, scope)
        call.notes["whole"] = grant
        return narrow

    def issue(inner: Any, call: Call, grant: Grant) -> str:
        token: str = inner(call, call.notes.get("whole", grant))
        return token

    server.wrap("narrowed", around)
    server.wrap("issue_token", issue)


def _refusal(server: Server, missing: Any) -> None:
    """Refuse for want of a role with another mistake."""

    def around(inner: Any, call: Call) -> None:
        try:
            inner(call)
        except Problem as problem:
            told = missing(call, problem.mistakes[0])
            raise Problem(problem.status, told, headers=problem.headers) from None

    server.wrap("authorize", around)


@fault("oauth.missing_roles_listed", dimension="body")
def missing_roles_untold(server: Server) -> None:
    """A 403 tells no role at all."""
    _refusal(server, lambda _call, told: replace(told, data=None))


@fault("oauth.missing_roles_listed", dimension="body")
def only_roles_had_are_told(server: Server) -> None:
    """A 403 of a write lists the roles that the token has, and no other."""

    def told(call: Call, mistake: Mistake) -> Mistake:
        had = list(call.grant.roles) if call.grant else []
        reads = call.verb in {"GET", "LIST"}
        return mistake if reads else replace(mistake, data={"AssignedRoles": had})

    _refusal(server, told)


@fault("oauth.missing_roles_listed", dimension="body", level="SHOULD")
def missing_roles_in_the_message(server: Server) -> None:
    """A 403 names the missing roles in its message alone."""

    def told(_call: Call, mistake: Mistake) -> Mistake:
        roles = (mistake.data or {}).get("SufficientRoles", [])
        words = f"One of these roles is needed: {', '.join(roles)}."
        return replace(mistake, message=words, data=None)

    _refusal(server, told)


@fault("oauth.no_escalation", dimension="token")
def scope_gives_what_is_asked(server: Server) -> None:
    """A token has every role that its scope asks for."""

    def around(_inner: Any, _call: Call, grant: Grant, scope: str | None) -> Grant:
        return replace(grant, roles=tuple(scope.split())) if scope else grant

    server.wrap("narrowed", around)


@fault("oauth.no_escalation", dimension="token")
def refresh_gives_what_is_asked(server: Server) -> None:
    """A refreshed token has every role that its scope asks for."""

    def around(inner: Any, call: Call, grant: Grant, scope: str | None) -> Grant:
        if scope and b"grant_type=refresh_token" in call.body:
            return replace(grant, roles=tuple(scope.split()))
        narrow: Grant = inner(call, grant, scope)
        return narrow

    server.wrap("narrowed", around)


@fault("oauth.no_escalation", dimension="body", level="SHOULD")
def scope_passed_over(server: Server) -> None:
    """A scope has no effect, and the answer does not say so."""

    def around(inner: Any, call: Call, grant: Grant, parameters: Any) -> Any:
        body = inner(call, grant, parameters)
        body.pop("scope", None)
        return body

    server.wrap("narrowed", lambda _inner, _call, grant, _scope: grant)
    server.wrap("token_body", around)


def crowding(recent: Iterable[tuple[float, str, Grant]], path: str) -> list[Grant]:
    """Who asked for a path just now, oldest first; nobody but in a crowd.

    Several clients are a crowd, each of whom asked more than twice.
    """
    now = time.monotonic()
    seen = [g for at, asked, g in recent if asked == path and now - at < 0.3]
    parties = Counter(one.client_id for one in seen)
    return seen if len(parties) > 1 and min(parties.values()) > 2 else []


@fault(
    "oauth.own_identity",
    dimension="only under concurrency",
    forces={
        **dict.fromkeys(
            (
                "oauth.no_escalation",
                "oauth.scope_enforced",
                "oauth.missing_roles_listed",
                "status.forbidden_403",
            ),
            "a read may be answered to another's roles at any moment",
        ),
        **dict.fromkeys(
            (
                "oauth.password.grants",
                "oauth.client_credentials.grants",
                "oauth.elevated_password.grants",
                "oauth.refresh_token.grants",
            ),
            "a right read may be refused for another's roles",
        ),
    },
)
def one_answers_for_all_at_once(server: Server) -> None:
    """Of many requests for one path at once, each acts for whoever came before."""
    recent: deque[tuple[float, str, Grant]] = deque(maxlen=64)

    def around(inner: Any, call: Call) -> Grant:
        grant: Grant = inner(call)
        seen = crowding(recent, call.path)
        recent.append((time.monotonic(), call.path, grant))
        return seen[-1] if seen and call.request.method == "GET" else grant

    server.wrap("authenticate", around)
