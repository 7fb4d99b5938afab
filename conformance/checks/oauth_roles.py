"""OAuth 2: a token opens what its roles open, and acts for nobody else."""

from functools import partial

from conformance import Exchange, Operation, Profile, Resource, Target, must
from conformance.checks._oauth import (
    REFRESH,
    guarded,
    logging_in,
    refresh_mark,
    refreshed_flows,
    starting,
)
from conformance.checks._oauth_roles import (
    READS,
    Trial,
    beyond,
    lacking,
    narrowing,
    trial_of,
    works,
)
from conformance.config import Identity
from conformance.errors import Disturbed, NotProvided
from conformance.expect import (
    edge,
    insist,
    noted,
    refused,
    succeeded,
    token_of,
    unsuccessful,
    waits_for,
)
from conformance.values import at


def _with_roles(profile: Profile) -> bool:
    return guarded(profile) and bool(profile.roles)


@must(
    "oauth.scope_enforced",
    when=guarded,
    only=lambda operation: bool(operation.resource.roles.get(operation.verb)),
    needs=("low_role_identity",),
    cost=7,
)
def check_a_token_without_the_role_does_nothing(
    target: Target, operation: Operation
) -> None:
    """A token whose roles don't open an operation MUST be refused, and do nothing."""
    others = lacking(target, operation.resource.roles[operation.verb])
    trial = trial_of(target, operation)
    if operation.verb in READS:
        succeeded(trial.attempt(target))
    for identity in others:
        works(target, identity)
        answer = trial.attempt(target.using(identity))
        trial.insist_refused(answer, f"{identity.name}, who lacks the role,")
    trial.insist_untouched(target, "a request of somebody without the role")
    if operation.verb not in READS:
        succeeded(trial.attempt(target))


@must(
    "oauth.scope_enforced",
    when=guarded,
    only=lambda savable: savable.id.writable and bool(savable.roles.get("SAVE")),
    needs=("low_role_identity",),
    cost=6,
)
def check_a_put_at_a_new_id_needs_the_role_too(
    target: Target, savable: Resource
) -> None:
    """A PUT that would create MUST be refused to a token without the role."""
    others = lacking(target, savable.roles["SAVE"])
    body = target.body(savable)
    item = target.place(savable).item(body[savable.id.member], body)
    for identity in others:
        works(target, identity)
        answer = target.using(identity).put(item, body)
        unsuccessful(answer, f"PUT at a new ID by {identity.name}, who lacks the role,")
    if "GET" in savable.verbs:
        refused(target.get(item), "GET of what somebody without the role described")
    control = target.put(item, body)
    if control.refusal:
        raise waits_for("verbs.save.creates", f"refused: {control.words}")
    succeeded(control)


def _narrowable(profile: Profile) -> bool:
    return _with_roles(profile) and narrowing(profile) is not None


@must("oauth.scope_enforced", when=_narrowable, needs=("low_role_identity",), cost=4)
def check_a_narrowed_token_opens_no_more(target: Target) -> None:
    """A token that the server says is narrower MUST NOT open what it was not given.

    Where no server says so, somebody of few roles takes its place.
    """
    found = _narrowed(target)
    if found is not None:
        token, operation = found
        tried = trial_of(target, operation).attempt(target, token=token)
        refused(tried, "a token that was said to be narrower")
        return
    low, operation = beyond(target)
    tried = trial_of(target, operation).attempt(target.using(low))
    refused(tried, f"{low.name}, who lacks the role,")


def _narrowed(target: Target) -> tuple[str, Operation] | None:
    """Give a token that the server says is narrower, and what it must not open."""
    flows = [flow for flow in starting(target.profile) if target.identities(flow)]
    for flow in flows[:1]:
        with target.login(flow) as login:
            found = narrowing(target.profile, login.identity.roles)
            answer = login.grant(scope=found[0]) if found else None
        if found and answer and at(answer.value, "scope") == found[0]:
            return token_of(answer, flow), found[1]
    return None


# ------------------------------------------------------------------------- escalation


@must("oauth.no_escalation", when=_with_roles, needs=("low_role_identity",), cost=6)
def check_asking_for_more_gives_no_more(target: Target) -> None:
    """A role beyond the client's or the user's own MUST NOT be had by asking for it."""
    low, operation = beyond(target, anew=True)
    role = operation.resource.roles[operation.verb][0]
    trial = trial_of(target, operation)
    with target.login(low) as login:
        token_of(login.grant(), low.flow)
        for scope in (role, " ".join([*(low.roles or ()), role])):
            answer = login.grant(scope=scope)
            _insist_it_opens_nothing(target, trial, answer, f"asked for as {scope!r}")
            mark = at(answer.value, REFRESH)
            if isinstance(mark, str) and mark:
                again = login.refresh(mark, scope=scope)
                _insist_it_opens_nothing(
                    target, trial, again, f"refreshed as {scope!r}"
                )
    trial.insist_untouched(target, "a token of too few roles")


def _insist_it_opens_nothing(
    target: Target, trial: Trial, answer: Exchange, how: str
) -> None:
    token = at(answer.value, "access_token") if answer.success else None
    if isinstance(token, str) and token:
        tried = trial.attempt(target, token=token)
        trial.insist_refused(tried, f"a token without the role, {how},")


@must(
    "oauth.no_escalation",
    when=_narrowable,
    draws=starting,
    warns="Asking for fewer roles SHOULD give fewer, or the answer say which it gives.",
    cost=6,
)
def check_a_refresh_gives_no_more_than_was_granted(
    target: Target, payload: str
) -> None:
    """A role beyond the first grant's own MUST NOT be had by a refresh."""
    with logging_in(target, payload, starting(target.profile)) as login:
        found = narrowing(target.profile, login.identity.roles)
        if found is None:
            token_of(login.grant(), payload)
            noted(f"{login.identity.name} has no role to leave out")
            return
        role, operation = found
        narrow = login.grant(scope=role)
        first = login.grant() if narrow.refusal else narrow
        trial = trial_of(target, operation)
        had = trial.attempt(target, token=token_of(first, payload)).success
        said = narrow.refusal or at(narrow.value, "scope")
        edge(said or not had, f"asked for {role}, given more, unsaid: {first.words}")
        if payload in refreshed_flows(target.profile):
            mark, wider = refresh_mark(first, payload), operation.resource.roles
            more = [r for r in wider[operation.verb] if " " not in r]
            answer = login.refresh(mark, scope=" ".join([role, *more]))
            if not had:
                _insist_it_opens_nothing(target, trial, answer, "refreshed for more")


# ------------------------------------------------------------------------ own identity


@must(
    "oauth.own_identity",
    when=_with_roles,
    needs=("low_role_identity",),
    cost=40,
)
def check_each_request_acts_for_its_own_token(target: Target) -> None:
    """A request MUST act for its own token's user, whatever others do meanwhile."""
    low, operation = beyond(target)
    if operation.verb not in (*READS, "PATCH"):
        raise NotProvided("low_role_identity")
    high = target.identity_with(operation.resource.roles[operation.verb])
    trial = trial_of(target, operation)
    _insist_on_roles_alone(target, trial, low, high)

    turns = [high, low] * (target.lanes() // 2)
    if not turns:
        raise Disturbed("the server holds no two connections at once")
    for _ in range(3):
        answers = target.together([partial(_as, trial, who) for who in turns])
        for who, answer in zip(turns, answers, strict=True):
            if isinstance(answer, Disturbed):
                raise answer
            _insist_on_own(answer, high=who is high)


def _insist_on_roles_alone(
    target: Target, trial: Trial, low: Identity, high: Identity
) -> None:
    """Insist that one may and the other may not, now as before.

    Other rows' requests are under way meanwhile: an answer that is now this, now
    that, is the clause's own.
    """
    tried = {
        who.name: [trial.attempt(target.using(who)) for _ in range(3)]
        for who in (low, high)
    }
    for who, answers in tried.items():
        codes = [answer.status for answer in answers]
        both = 403 in codes and any(answer.success for answer in answers)
        insist(not both, f"the same request of {who} was {codes}")
    alone, *_ = tried[low.name]
    if alone.success:
        words = f"a role is not asked for: {alone.words}"
        raise waits_for("oauth.scope_enforced", words, alone.operation)
    succeeded(tried[high.name][0])


def _as(trial: Trial, who: Identity, lane: Target) -> Exchange:
    return trial.attempt(lane.using(who))


def _insist_on_own(answer: Exchange, *, high: bool) -> None:
    if high:
        words = f"another's roles decided, beside others: {answer.words}"
        insist(answer.status != 403, words)
        succeeded(answer)
    else:
        refused(answer, "somebody without the role, beside others,")
