"""OAuth 2: wrong token requests are refused, and tell nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance import Exchange, Profile, Target, must, should
from conformance.checks._oauth import (
    REFRESH,
    Family,
    granting,
    refreshed_flows,
    wrong_values,
)
from conformance.config import Identity
from conformance.errors import NotProvided
from conformance.expect import insist, refused, token_of, unit, unjudged
from conformance.logins import Login
from conformance.values import at

#: Flow → the parameters of a right request.
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "password": ("client_id", "username", "password", "grant_type"),
    "client_credentials": ("client_id", "client_secret", "grant_type"),
    "elevated_password": (
        "client_id",
        "client_secret",
        "username",
        "password",
        "grant_type",
    ),
    "anonymous": ("client_id", "grant_type"),
}
_WITH_USER = ("password", "elevated_password")
_WITH_SECRET = ("client_credentials", "elevated_password")


@must(
    "oauth.{flow}.rejects",
    only=granting,
    draws=lambda _profile, flow: list(_PARAMETERS[flow]),
    cost=9,
)
def check_one_wrong_value_is_refused(target: Target, flow: str, payload: str) -> None:
    """A token request with one value wrong, missing or empty MUST be refused."""
    with target.login(flow) as login:
        _insist_on_refusals(Family(login, flow), payload)


def _of_refresh(profile: Profile) -> list[str]:
    secret = set(refreshed_flows(profile)) & set(_WITH_SECRET)
    more = ["client_secret"] if secret else []
    return ["client_id", "refresh_token", "grant_type", *more]


@must(
    "oauth.refresh_token.rejects",
    when=lambda profile: REFRESH in profile.flows,
    draws=_of_refresh,
    cost=9,
)
def check_one_wrong_value_of_a_refresh_is_refused(target: Target, payload: str) -> None:
    """A refresh request with one value wrong, missing or empty MUST be refused."""
    flows = _refreshing(target)
    if payload == "client_secret":
        flows = [flow for flow in flows if flow in _WITH_SECRET]
    if not flows:
        raise unjudged("no client with a secret is given refresh tokens")
    with target.login(flows[0]) as login:
        _insist_on_refusals(Family(login, REFRESH), payload)


def _refreshing(target: Target) -> list[str]:
    """Name the flows that give refresh tokens and that somebody uses."""
    flows = [f for f in refreshed_flows(target.profile) if target.identities(f)]
    if not flows:
        raise NotProvided(REFRESH)
    return flows


def _insist_on_refusals(family: Family, name: str) -> None:
    """Send each wrong value of a parameter between two right requests."""
    token_of(family.right(), family.flow)
    for what, form in wrong_values(family, name):
        answer, control = family.login.wrong(form, family.right)
        refused(answer, f"{family.flow}: {what}")
        token_of(control, family.flow)


@must(
    "oauth.refresh_bound",
    when=lambda profile: REFRESH in profile.flows,
    needs=("second_client",),
    cost=6,
)
def check_a_refresh_token_is_bound_to_its_client(target: Target) -> None:
    """A refresh token MUST be refused to any client but its own."""
    flows = _refreshing(target)
    with target.login(flows[0]) as login:
        family = Family(login, REFRESH)
        token_of(family.right(), REFRESH)
        for who in _second_clients(login, flows):
            form = {**family.form(), **_client(target.grant_form(who))}
            answer, control = login.wrong(form, family.right)
            refused(answer, f"a refresh token of another client, from {who.name}")
            token_of(control, REFRESH)


def _client(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "") for name in ("client_id", "client_secret")}


def _second_clients(login: Login, flows: list[str]) -> list[Identity]:
    """Give identities of other clients, those that may refresh tokens first."""
    mine, target = login.identity.client_id, login.target
    others = [i for i in target.identities() if i.client_id != mine]
    if not others:
        raise NotProvided("second_client")
    others.sort(key=lambda identity: identity.flow not in flows)
    able = others[0]
    if able.flow in flows and not target.config.single_session:
        token_of(Family(Login(target, able), REFRESH).right(), REFRESH)
    return others[:2]


# ----------------------------------------------------------------- what it gives away


@should("oauth.no_enumeration", only=lambda flow: flow in _WITH_USER, cost=7)
def check_unknown_users_look_like_wrong_passwords(target: Target, flow: str) -> None:
    """An unknown user and a wrong password SHOULD be refused alike."""
    with target.login(flow) as login:
        form = login.form()
        wrong = target.derive(form["password"], "changed")
        host = "@example.com" if "@" in form["username"] else ""
        # Another one each time: who is asked for too often may be locked.
        number = f"{unit().attempt}{flow[0]}"
        nobody = f"{target.session.prefix}-nobody-{number}{host}"
        told: list[Exchange] = []
        for changes in ({}, {"username": nobody}, {}):
            answer, control = login.wrong(
                {**form, "password": wrong, **changes}, login.grant
            )
            told.append(refused(answer, "a wrong user name or password"))
            token_of(control, flow)

    known, unknown, again = (_parts(answer, nobody, login) for answer in told)
    differing = [
        f"{part}: {known.get(part)!r} for a wrong password, {unknown.get(part)!r}"
        for part in sorted(known | unknown)
        if known.get(part) == again.get(part) != unknown.get(part)
    ]
    insist(not differing, f"an unknown user is told apart by {'; '.join(differing)}")


def _parts(answer: Exchange, nobody: str, login: Login) -> dict[str, object]:
    """Give status and leaves of a body, with names taken out that were sent."""
    found: dict[str, object] = {"status": answer.status}
    for path, leaf in _leaves("body", answer.value):
        text = leaf
        if isinstance(leaf, str):
            for name in (nobody, login.identity.username):
                text = str(text).replace(name, "…")
        found[path] = text
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(f"{path}.{name}", part)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _leaves(f"{path}.{number}", part)
    else:
        yield path, value


@should("oauth.post_only", only=granting)
def check_tokens_are_granted_to_post_alone(target: Target, flow: str) -> None:
    """A GET with the credentials in its query SHOULD NOT be granted a token."""
    with target.login(flow) as login:
        token_of(login.grant(), flow)
        answer = target.grant(
            {}, method="GET", raw=None, query=login.form(), deliberate=True
        )
    insist(at(answer.value, "access_token") is None, f"granted: {answer.words}")
    if not answer.success:
        refused(answer, "GET with credentials in the query")
