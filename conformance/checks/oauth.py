"""OAuth 2: the flows offered, and how the token endpoint answers."""

from conformance import Exchange, Profile, Target, Watched, must, should
from conformance.checks._errors import answered, value_of
from conformance.checks._oauth import REFRESH, Family, guarded
from conformance.expect import insist, unjudged
from conformance.profile import FLOWS
from conformance.values import at, errors_in

#: What a gateway says before the token endpoint is asked.
_BEFORE_THE_PLATFORM = (413, 414, 429, 431)


@must("oauth.four_flows", cost=5)
def check_four_flows_are_offered(target: Target, profile: Profile) -> None:
    """A server MUST offer all four flows.

    Reading: the page says that there are four and leaves their names to the
    vendor's guide, which has these before any other.
    """
    missing = [flow for flow in FLOWS if flow not in profile.flows]
    insist(not missing, f"not claimed: {', '.join(missing)}")
    for flow in FLOWS:
        users = profile.refresh_from if flow == REFRESH else (flow,)
        for known in [user for user in users if target.identities(user)][:1]:
            with target.login(known) as login:
                answer = Family(login, flow).right()
            told = at(answer.value, "error") if answer.refusal else None
            insist(told != "unsupported_grant_type", f"{flow}: {answer.words}")


def _token(watched: Watched) -> bool:
    return watched.name == "token"


def _refusal(exchange: Exchange) -> bool:
    early = exchange.status in _BEFORE_THE_PLATFORM
    return exchange.sent.method == "POST" and exchange.refusal and not early


@must("oauth.error_shape", passive=True, when=guarded, only=_token, of=_refusal)
def check_refused_grants_have_a_known_shape(
    exchange: Exchange, profile: Profile
) -> None:
    """A refused token request MUST have the standard error shape or RFC 6749's."""
    _insist_on_shape(exchange, profile)


@must("oauth.error_shape", when=guarded)
def check_a_refused_grant_has_a_known_shape(target: Target) -> None:
    """The refusal of a wrong token request MUST have one of the two shapes."""
    name = f"{target.session.prefix}-nobody"
    forms = (
        {"grant_type": "no_such_grant", "client_id": name},
        {"grant_type": "client_credentials", "client_id": name, "client_secret": "no"},
        {"client_id": name},
    )
    answers = [target.grant(form, deliberate=True) for form in forms]
    refusals = [answer for answer in answers if _refusal(answer)]
    if not refusals:
        answered(answers[0])
        raise unjudged(f"nothing was refused: {answers[0].words}")
    for answer in refusals:
        _insist_on_shape(answer, target.profile)


def _insist_on_shape(exchange: Exchange, profile: Profile) -> None:
    value = value_of(exchange)
    code = at(value, "error")
    known = isinstance(code, str) and bool(code)
    known = known or errors_in(profile, value) is not None
    insist(known, f"neither shape: {exchange.words}: {value!r:.200}")


@should(
    "oauth.no_store",
    passive=True,
    when=guarded,
    only=_token,
    of=lambda exchange: exchange.success and bool(at(exchange.value, "access_token")),
)
def check_token_answers_are_not_stored(exchange: Exchange) -> None:
    """An answer with a token SHOULD forbid that it is stored.

    Reading: RFC 6749 asks for it in so many words; the page is only based on that,
    and the vendor's documents say nothing, so it is a warning.
    """
    told = (exchange.header("cache-control") or "").lower()
    directives = [part.strip() for part in told.split(",")]
    insist("no-store" in directives, f"Cache-Control: {told!r}: {exchange.words}")
