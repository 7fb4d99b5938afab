"""SSL Everywhere: the API is reached over TLS, and in no other way."""

from conformance import Exchange, Profile, Target, must, should
from conformance.checks import _https
from conformance.expect import insist, waits_for
from conformance.wire import origin_of


@must(
    "https.plain_port_refused",
    wire=True,
    cost=60,
    warns="The plain-HTTP port SHOULD NOT even take a connection.",
)
def check_plain_port_is_refused(target: Target) -> None:
    """The plain-HTTP port MUST refuse connections on every address of the host."""
    origin = _https.api_origin(target)
    wrong = _https.heard_in_clear(target, origin, _https.api_requests(target))
    insist(not wrong, f"not refused: {wrong}")


@must("https.no_plaintext_on_tls_port", wire=True, cost=50)
def check_tls_port_serves_nothing_in_clear(target: Target) -> None:
    """The TLS port MUST NOT serve the API to requests that are sent in clear."""
    origin = _https.api_origin(target)
    wrong = _https.served_in_clear(target, origin, _https.api_requests(target))
    insist(not wrong, f"served: {wrong}")


@must("https.certificate", wire=True, cost=50)
def check_certificate_is_right(target: Target) -> None:
    """The certificate chain MUST verify for the host name and be in date."""
    wrong = _https.distrusted(target, _https.api_origin(target))
    insist(not wrong, f"not to be trusted: {wrong}")


@must(
    "https.token_endpoint",
    wire=True,
    when=lambda profile: bool(profile.flows),
    cost=60,
)
def check_token_endpoint_is_reached_over_tls_alone(target: Target) -> None:
    """The token endpoint MUST be reached over verified TLS, and in no other way."""
    api, origin = _https.api_origin(target), origin_of(target.session.tokens.token_url)
    requests = _https.token_requests(target)
    for clause, wrong in (
        ("https.certificate", _https.distrusted(target, origin)),
        ("https.plain_port_refused", _https.heard_in_clear(target, origin, requests)),
        (
            "https.no_plaintext_on_tls_port",
            _https.served_in_clear(target, origin, requests),
        ),
    ):
        if wrong and origin == api:
            raise waits_for(clause, wrong)
        insist(not wrong, f"the token endpoint: {wrong}")


@should("https.tls_floor", wire=True, cost=50)
def check_old_versions_are_refused(target: Target) -> None:
    """Handshakes of TLS 1.0 and 1.1 SHOULD be refused."""
    origin = _https.api_origin(target)
    if not _https.speaks_tls(target, origin):
        raise waits_for("https.certificate", f"no TLS at all at {origin}")
    wrong = _https.old_versions_taken(target, origin)
    insist(not wrong, f"{wrong}")


@should("https.no_insecure_links", passive=True)
def check_links_are_secure(exchange: Exchange, profile: Profile) -> None:
    """Links that the server hands out to itself SHOULD NOT begin with ``http://``."""
    links = _https.insecure_links(profile, exchange)
    insist(not links, f"{links[:3]} in {exchange.words}")
