"""OAuth 2: right requests are granted a token that works, however they are spelt."""

from conformance import Exchange, Profile, Target, must
from conformance.checks._oauth import (
    REFRESH,
    errands,
    granted,
    granting,
    guarded,
    insist_on_members,
    insist_usable,
    logging_in,
    refresh_mark,
    refreshed_flows,
    starting,
)
from conformance.expect import insist, noted, token_of
from conformance.logins import Login
from conformance.values import at

_SOFT = "The answer SHOULD say for how long the token lasts."


@must("oauth.{flow}.grants", only=granting, warns=_SOFT, cost=9)
def check_a_right_request_is_granted(target: Target, flow: str) -> None:
    """A right token request MUST be granted a bearer token that opens its roles."""
    with target.login(flow) as login:
        answer = login.grant()
        token = granted(login, answer, flow)
        insist_on_members(answer)
        if flow in refreshed_flows(target.profile):
            refresh_mark(answer, flow)
        insist_usable(login.identity, errands(target, login.identity, token))


@must(
    "oauth.refresh_token.grants",
    when=lambda profile: REFRESH in profile.flows,
    draws=lambda profile: refreshed_flows(profile) or starting(profile),
    warns=_SOFT,
    cost=15,
)
def check_a_right_refresh_is_granted(target: Target, payload: str) -> None:
    """A right refresh MUST be granted a token that can do what the first could."""
    with logging_in(target, payload, refreshed_flows(target.profile)) as login:
        first = login.grant()
        token, mark = token_of(first, payload), refresh_mark(first, payload)
        before = errands(target, login.identity, token)

        answer = login.refresh(mark)
        token = granted(login, answer, REFRESH)
        insist_on_members(answer)
        did = [verb for verb, done in before.items() if done.success]
        now = errands(target, login.identity, token)
        same = {verb: now[verb] for verb in did if verb in now}
        insist_usable(login.identity, same, did, before.values())
        _insist_on_the_next(login, answer)


def _insist_on_the_next(login: Login, answer: Exchange) -> None:
    """Insist that a refresh token which a refresh told, new or kept, serves too."""
    told = at(answer.value, REFRESH)
    if isinstance(told, str) and told:
        granted(login, login.refresh(told), REFRESH)


# --------------------------------------------------------------------------- spelling


def _spellings(profile: Profile) -> list[tuple[str, str]]:
    ways = ("percent", "every byte")
    return [(flow, way) for flow in starting(profile) for way in ways]


@must("oauth.form_encoded", when=guarded, draws=_spellings, cost=2)
def check_any_spelling_of_a_form_is_taken(
    target: Target, payload: tuple[str, str]
) -> None:
    """A form MUST mean the same whichever of its characters are percent-encoded."""
    flow, spelling = payload
    with logging_in(target, flow, starting(target.profile)) as login:
        plain = target.grant(login.form())
        other = target.grant(login.form(), spelling=spelling)
    if plain.refusal and other.refusal:
        token_of(plain, flow)
    _insist_on_one_meaning(flow, plain, other)


@must(
    "oauth.form_encoded",
    when=lambda profile: guarded(profile) and bool(profile.roles),
    draws=starting,
    cost=2,
)
def check_a_space_is_a_plus_or_percent_20(target: Target, payload: str) -> None:
    """A space in a form MUST be taken as ``+`` and as ``%20`` alike."""
    with logging_in(target, payload, starting(target.profile)) as login:
        roles = login.identity.roles or target.profile.roles
        form = login.form(scope=" ".join([*roles, *roles][:2]))
        plus, percent = target.grant(form), target.grant(form, spelling="percent")
    _insist_on_one_meaning(payload, plus, percent)

    words = f"scope {at(percent.value, 'scope')!r}, not {at(plus.value, 'scope')!r}"
    insist(_scope(plus) == _scope(percent), f"{words}: {percent.words}")
    if not _scope(plus):
        noted("no answer names a scope: a plus may have been taken for itself")


def _insist_on_one_meaning(flow: str, plain: Exchange, other: Exchange) -> None:
    for answer in (plain, other):
        if not answer.refusal:
            token_of(answer, flow)
    words = f"spelt in two ways, a right form gave {plain.status} and {other.status}"
    insist(plain.refusal == other.refusal, f"{words}: {other.words}")


def _scope(answer: Exchange) -> set[str]:
    told = at(answer.value, "scope")
    return set(told.split()) if isinstance(told, str) else set()
