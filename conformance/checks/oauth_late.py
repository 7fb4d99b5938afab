"""OAuth 2: how long a token is honoured."""

from collections.abc import Iterator

from conformance import Exchange, Target, must
from conformance.caller import After
from conformance.checks._oauth import guarded, lifetime_of
from conformance.checks._oauth_roles import readable
from conformance.config import Identity
from conformance.errors import Disturbed, NotProvided
from conformance.expect import insist, refused, succeeded, token_of

#: Seconds past its end for which a token may still be honoured, and a rest for
#: what the clocks count otherwise.
_LEEWAY_S, _REST_S = 30.0, 2.0
#: Seconds past its end at which a token is tried.
_LOOKS_S = (1.0, 5.0, 12.0, 20.0, _LEEWAY_S + _REST_S)
#: A life that fits into any run.
_SHORT_S = 90.0


@must("oauth.expiry", when=guarded, needs=("short_lived_client",), cost=60)
def check_an_expired_token_opens_nothing(target: Target) -> Iterator[After]:
    """A token MUST NOT be honoured once its expires_in has passed."""
    identity = _short_lived(target)
    trial = readable(target, identity)
    with target.login(identity) as login:
        # One token for every attempt, so that the second need not wait as long.
        token, ends_s = target.session.once(
            "a short-lived token", lambda unit: _begun(unit.target, identity)
        )
        due = [look_s for look_s in _LOOKS_S if ends_s + look_s > target.now()]
        tried: list[Exchange] = []
        for look_s in due or _LOOKS_S[-1:]:
            yield target.after(max(ends_s + look_s - target.now(), 0))
            tried.append(trial.attempt(target, token=token))
            if not tried[-1].success:
                break
        refused(tried[-1], f"a token {_LEEWAY_S:.0f} s past its end")
        fresh = token_of(login.grant(), identity.flow)
        succeeded(trial.attempt(target, token=fresh))


def _begun(target: Target, identity: Identity) -> tuple[str, float]:
    """Give a token that works, and its end, in seconds since the epoch."""
    with target.login(identity) as login:
        answer = login.grant()
        token = token_of(answer, identity.flow)
    ends_s = target.now() + lifetime_of(answer, identity.flow)
    succeeded(readable(target, identity).attempt(target, token=token))
    return token, ends_s


@must("oauth.lifetime", when=guarded, needs=("short_lived_client",), cost=50)
def check_a_token_is_honoured_to_its_end(target: Target) -> Iterator[After]:
    """A token MUST be honoured until shortly before its end."""
    identity = _short_lived(target)
    trial = readable(target, identity)
    with target.login(identity) as login:
        began_s = target.now()
        answer = login.grant()
        token = token_of(answer, identity.flow)
        life_s = lifetime_of(answer, identity.flow)
        # A server that cuts its stamps to whole seconds cuts a life by up to one.
        near_s = life_s - 1.5 if life_s >= 3 else life_s / 2
        yield target.after(began_s + near_s - target.now())
        tried = trial.attempt(target, token=token)
        if tried.status == 401 and target.now() > began_s + life_s - 1:
            raise Disturbed(f"answers come too late for a life of {life_s} s")
    insist(tried.status != 401, f"{near_s} s of {life_s} s: {tried.words}")
    succeeded(tried)


def _short_lived(target: Target) -> Identity:
    """Give an identity whose tokens end within the run.

    Raises:
        NotProvided: The target file has none, and no life is short.
    """
    for identity in target.config.identities:
        if identity.short_lived:
            return identity
    for identity in target.identities()[:1]:
        with target.login(identity.flow) as login:
            answer = login.grant()
            token_of(answer, identity.flow)
        if lifetime_of(answer, identity.flow) <= _SHORT_S:
            return login.identity
    raise NotProvided("short_lived_client")
