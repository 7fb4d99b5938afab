"""OAuth 2: nothing is done without a valid bearer token in the one header."""

from collections.abc import Mapping
from typing import Any

from conformance import Exchange, Operation, Profile, Resource, Target, must, should
from conformance.caller import FORM_TYPE
from conformance.checks._oauth import guarded, refresh_mark, refreshed_flows
from conformance.checks._oauth_roles import READS, Trial, readable, trial_of
from conformance.errors import NotProvided
from conformance.expect import (
    insist,
    refused,
    succeeded,
    token_of,
    waits_for,
)
from conformance.session import Unit

#: No token that any server granted.
_GARBAGE = "bm90LWEtdG9rZW4tb2YteW91cnM"
_WITHOUT: Mapping[str, Mapping[str, Any]] = {
    "no token": {"token": None},
    "a made-up token": {"token": _GARBAGE},
    "an empty token": {"token": None, "headers": {"Authorization": "Bearer"}},
    "an empty Authorization": {"token": None, "headers": {"Authorization": ""}},
}


@must("oauth.bearer_required", cost=8)
def check_nothing_is_done_without_a_token(target: Target, operation: Operation) -> None:
    """An operation MUST refuse a request without a valid token, and do nothing."""
    trial = trial_of(target, operation)
    if operation.verb in READS:
        succeeded(trial.attempt(target))
    for what in _tried(target.profile, operation):
        answer = trial.attempt(target, deliberate=True, **_WITHOUT[what])
        trial.insist_refused(answer, what)
    trial.insist_untouched(target, "a request without a valid token")
    if operation.verb not in READS:
        succeeded(trial.attempt(target))


def _tried(profile: Profile, operation: Operation) -> list[str]:
    """Give no token at all, and of the rest another with each operation."""
    first, *others = _WITHOUT
    number = profile.operations().index(operation)
    return [first, others[number % len(others)]]


_FORGED = {
    "shortened": "a token cut short",
    "signature_changed": "a token with another signature",
    "signature_empty": "a token without signature",
    "alg_none": "a token that claims to need no signature",
}
_REFRESHING = "a refresh token"


@must("oauth.bearer_required", when=guarded, cost=9)
def check_what_is_no_valid_token_opens_nothing(
    target: Target, resource: Resource
) -> None:
    """A token cut short, forged, or meant for refreshing MUST open nothing."""
    trials = [trial_of(target, Operation(resource, verb)) for verb in _verbs(resource)]
    number = list(target.profile.resources).index(resource.name)
    for kind in (*_FORGED.values(), _REFRESHING):
        number += 1
        trial = trials[number % len(trials)]
        token = _false_token(target, trial, kind)
        if token:
            answer = trial.attempt(target, token=token, deliberate=True)
            trial.insist_refused(answer, kind)
    for trial in trials:
        trial.insist_untouched(target, "a request without a valid token")
        succeeded(trial.attempt(target))


def _verbs(resource: Resource) -> list[str]:
    """Give one verb that reads and one that writes to an item, where there are."""
    reads = [verb for verb in READS if verb in resource.verbs]
    writes = [verb for verb in ("PATCH", "SAVE", "DELETE") if verb in resource.verbs]
    return [*reads[-1:], *writes[:1]] or list(resource.verbs[:1])


def _false_token(target: Target, trial: Trial, kind: str) -> str:
    """Give the mark of a false token; empty where the server has no such kind."""
    if kind == _REFRESHING:
        mark: str = target.session.once(kind, _some_refresh_token)
        return mark
    operation = trial.operation
    roles = operation.resource.roles.get(operation.verb, ())
    token = target.token(target.identity_with(roles))
    how = next(how for how, words in _FORGED.items() if words == kind)
    if how == "shortened" or target.is_jwt(token):
        return target.derive(token, how)
    return ""


def _some_refresh_token(unit: Unit) -> str:
    target = unit.target
    for flow in refreshed_flows(target.profile):
        if target.identities(flow):
            with target.login(flow) as login:
                answer = login.grant()
            token_of(answer, flow)
            return refresh_mark(answer, flow)
    return ""


# ------------------------------------------------------------------- the one header


def _query(target: Target, trial: Trial, token: str) -> Exchange:
    place, query = trial.item.place, {"access_token": token}
    if trial.operation.verb == "LIST":
        return target.page(place, query, token=None, deliberate=True)
    return target.get(trial.item, query=query, token=None, deliberate=True)


def _form(target: Target, trial: Trial, token: str) -> Exchange:
    raw = f"access_token={token}".encode()
    return trial.attempt(
        target, raw=raw, content_type=FORM_TYPE, token=None, deliberate=True
    )


def _json(target: Target, trial: Trial, token: str) -> Exchange:
    raw = target.encoded({"access_token": token})
    return trial.attempt(target, raw=raw, token=None, deliberate=True)


def _other_scheme(target: Target, trial: Trial, token: str) -> Exchange:
    headers = {"Authorization": f"Token {token}"}
    return trial.attempt(target, token=None, headers=headers, deliberate=True)


def _basic(target: Target, trial: Trial, token: str) -> Exchange:
    headers = {"Authorization": f"Basic {token}"}
    return trial.attempt(target, token=None, headers=headers, deliberate=True)


def _bare(target: Target, trial: Trial, token: str) -> Exchange:
    headers = {"Authorization": token}
    return trial.attempt(target, token=None, headers=headers, deliberate=True)


_ELSEWHERE = {
    "in the query": _query,
    "in a form": _form,
    "in a JSON body": _json,
    "under another scheme": _other_scheme,
    "under the Basic scheme": _basic,
    "without a scheme": _bare,
}


@should(
    "oauth.header_only",
    when=guarded,
    draws=lambda _profile: list(_ELSEWHERE),
    cost=3,
)
def check_a_token_elsewhere_opens_nothing(target: Target, payload: str) -> None:
    """A token SHOULD be taken from the header's Bearer scheme alone."""
    trial, token = _reading(target)
    refused(_ELSEWHERE[payload](target, trial, token), f"a token {payload}")
    succeeded(trial.attempt(target))


@should("oauth.header_only", when=guarded)
def check_the_scheme_is_taken_in_any_case(target: Target) -> None:
    """The name of the Bearer scheme SHOULD be taken in any case."""
    trial, token = _reading(target)

    def spelt(scheme: str) -> Exchange:
        headers = {"Authorization": f"{scheme} {token}"}
        return trial.attempt(target, token=None, headers=headers)

    for scheme in ("bearer", "BEARER"):
        answer = spelt(scheme)
        if answer.status == 401 and (plain := spelt("Bearer")).status == 401:
            # The token may have ended meanwhile, by what another row did.
            words = f"a right request was refused: {plain.words}"
            raise waits_for("oauth.lifetime", words, plain.operation)
        words = f"{scheme!r} is not taken: {answer.words}"
        insist(answer.status != 401, words)
        succeeded(answer)


def _reading(target: Target) -> tuple[Trial, str]:
    """Give a read and a token that opens it, where nothing else does."""
    identities = target.identities()
    if not identities:
        raise NotProvided("identity")
    identity = next((i for i in identities if i.roles), identities[0])
    trial = readable(target, identity)
    answer = trial.attempt(target, token=None, deliberate=True)
    if answer.success:
        words = f"no token was needed: {answer.words}"
        raise waits_for("oauth.bearer_required", words, answer.operation)
    return trial, target.token(identity)
