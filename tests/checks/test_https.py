"""Checks of "SSL Everywhere": what a probe learnt, and whom it accuses."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.checks import _https, https
from conformance.config import Config
from conformance.errors import Breach, Disturbed, Waits
from conformance.profile import Profile
from conformance.wire import Origin, origin_of

BASE = "https://api.test"
HOME, OTHER = "192.0.2.1", "192.0.2.2"
API = origin_of(BASE)
CLEAR = Origin("api.test", 80, tls=False)
REQUESTS = [b"GET /a HTTP/1.1\r\n\r\n", b"POST /b HTTP/1.1\r\n\r\n"]


def target_of(profile: Any = None, token_url: str = "", **config: Any) -> Any:
    """Give a target as far as these checks ask it."""
    return SimpleNamespace(
        config=Config(**{"base_url": BASE, **config}),
        profile=profile,
        session=SimpleNamespace(
            tokens=SimpleNamespace(token_url=token_url or f"{BASE}/oauth/token")
        ),
    )


def told(status: int | None = None, body: str = "", tcp: str = "open") -> Any:
    """Give what one request learnt: an answer, or none."""
    length = len(body.encode())
    head = f"HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n"
    answer = "" if status is None else head + body
    return {"tcp": tcp, "answer": answer, "end": "closed"}


def certified(**changes: Any) -> Any:
    """Give what a handshake learnt of a certificate that is right."""
    fact = {
        "tcp": "open",
        "trust": "system",
        "trouble": None,
        "chain": chain(2),
        "verified": checked(),
        "alone": None,
    }
    return fact | changes


def checked(code: int = 0, words: str | None = None, trouble: str | None = None) -> Any:
    """Give what a verification said."""
    return {"code": code, "words": words, "trouble": trouble}


def chain(length: int, *, public: bool = False, own: bool = False) -> list[Any]:
    """Give certificates as presented, the leaf first."""
    names = ["leaf", "first", "second", "third"]
    return [
        {
            "subject": names[n],
            "issuer": names[n] if own else names[n + 1],
            "names": [f"{names[n]}.test"],
            "not_before": "2026-01-01",
            "not_after": "2027-01-01",
            "public": public,
        }
        for n in range(length)
    ]


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give what every probe of the test will learn; to be filled in."""
    known: dict[str, Any] = {"asked": []}

    class Told:
        def __init__(self, _target: Any, host: str) -> None:
            self.host = host

        def ports(self, *ports: int) -> Any:
            known["asked"].append(ports)
            return known["ports"]

        def answers(
            self, port: int, requests: Sequence[bytes], *, tls: bool = False
        ) -> Any:
            known["asked"].append((port, tuple(requests), tls))
            return known["over TLS" if tls else "in clear"]

        def certificates(self, port: int) -> Any:
            known["asked"].append(port)
            return known["certificates"]

        def old_versions(self, port: int) -> Any:
            known["asked"].append(port)
            return known["old"]

    monkeypatch.setattr(_https, "Probe", Told)
    return known


# -------------------------------------------------------------------------- requests


def test_paths_are_asked_for_that_the_profile_names(profile: Profile) -> None:
    """A list under no parent is asked for, and the document where there is one."""
    urls = _https.api_urls(target_of(profile))
    assert urls == [f"{BASE}/v1/buyers", f"{BASE}/v1/openapi.json"]
    nested = {"x": SimpleNamespace(path="/a/{a}/x", parents=("a",))}
    bare = SimpleNamespace(raw={"api": {}}, base_path="/v2", resources=nested)
    assert _https.api_urls(target_of(bare)) == [f"{BASE}/v2/"]


def test_requests_are_of_several_methods_and_carry_no_credential(
    profile: Profile,
) -> None:
    """Both the API and the token endpoint are asked, and the root."""
    requests = _https.api_requests(target_of(profile))
    lines = [request.partition(b" HTTP")[0] for request in requests]
    assert lines == [
        b"GET /v1/buyers",
        b"GET /v1/openapi.json",
        b"HEAD /v1/buyers",
        b"OPTIONS /v1/buyers",
        b"POST /oauth/token",
        b"GET /oauth/token",
        b"GET /",
    ]
    assert not any(b"authorization" in request.lower() for request in requests)


def test_without_flows_there_is_no_token_endpoint_to_ask(profile: Profile) -> None:
    """A server that claims no flow is not asked for tokens."""
    claimed = SimpleNamespace(
        raw=profile.raw, base_path="/v1", resources=profile.resources, flows=()
    )
    requests = _https.api_requests(target_of(claimed))
    assert not any(b"/oauth/token" in request for request in requests)


@pytest.mark.parametrize(
    ("base_url", "named", "url", "port"),
    [
        ("https://a.test", None, "https://a.test", 80),
        ("https://a.test", 8080, "https://a.test", 8080),
        ("https://a.test", 8080, "https://b.test/token", 80),
        ("https://a.test:444", 8080, "https://b.test:8443/token", 8080),
        ("https://a.test:444", 8080, "https://b.test/token", 80),
        ("https://a.test", None, "https://a.test:8443/token", 80),
        ("https://a.test:8443", None, "http://b.test:8000", 8000),
        ("https://a.test:8443", None, "https://a.test/token", 80),
    ],
)
def test_a_plain_port_belongs_to_an_origin(
    base_url: str, named: int | None, url: str, port: int
) -> None:
    """A named port is the API's; 80 belongs to 443 of whatever host."""
    target = target_of(base_url=base_url, plain_port=named)
    assert _https.plain_port_of(target, origin_of(url)) == port


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://a.test", "https://b.test:8443/token"),
        ("https://a.test:8443", "https://b.test:8443/token"),
        ("https://a.test:444", "https://a.test:444/token"),
    ],
)
def test_another_port_than_443_tells_nothing_of_the_plain_one(
    base_url: str, url: str
) -> None:
    """The owner is asked where neither origin nor API are at 443."""
    target = target_of(base_url=base_url)
    with pytest.raises(Exception, match="plain_port"):
        _https.plain_port_of(target, origin_of(url))


# ------------------------------------------------------------------------ plain port


@pytest.mark.parametrize("state", ["refused", "silent", "unroutable", "reset"])
def test_a_plain_port_without_a_listener_is_right(
    facts: dict[str, Any], state: str
) -> None:
    """Refused or dropped: nobody is there, where the TLS port shows that we are."""
    facts["ports"] = {HOME: (state, "open")}
    assert _https.heard_in_clear(target_of(), API, REQUESTS) is None
    assert facts["asked"] == [(80, 443)]


@pytest.mark.parametrize(
    ("states", "judged"),
    [
        (("silent", "silent"), False),
        (("unroutable", "unroutable"), False),
        (("silent", "refused"), False),
        (("refused", "silent"), True),
        (("reset", "silent"), True),
        (("silent", "open"), True),
    ],
)
def test_silence_on_both_ports_may_be_our_own(
    facts: dict[str, Any], states: tuple[str, str], *, judged: bool
) -> None:
    """An address that says nothing at all accuses nobody, and acquits nobody."""
    facts["ports"] = {HOME: states}
    if judged:
        assert _https.heard_in_clear(target_of(), API, REQUESTS) is None
        return
    with pytest.raises(Disturbed, match="could be reached"):
        _https.heard_in_clear(target_of(), API, REQUESTS)


def test_one_address_that_can_be_reached_is_enough(facts: dict[str, Any]) -> None:
    """An address without a route does not keep the others from being judged."""
    facts["ports"] = {
        HOME: ("unroutable", "unroutable"),
        OTHER: ("refused", "open"),
    }
    assert _https.heard_in_clear(target_of(), API, REQUESTS) is None


def test_an_answer_of_the_plain_port_is_told_by_its_request(
    facts: dict[str, Any], unit: Any
) -> None:
    """Any answer is one, a redirect too: address, port, request and status are said."""
    facts["ports"] = {HOME: ("refused", "open"), OTHER: ("open", "open")}
    facts["in clear"] = {OTHER: [told(), told(301)]}
    words = _https.heard_in_clear(target_of(), API, REQUESTS)
    assert words == f"{OTHER} port 80 answers POST /b with 301"
    assert unit.edges == [f"{OTHER} port 80 takes connections"]


def test_a_connection_taken_and_closed_is_an_edge(
    facts: dict[str, Any], unit: Any
) -> None:
    """Who takes a connection and says nothing is warned; who refuses it is not."""
    facts["ports"] = {HOME: ("open", "open")}
    facts["in clear"] = {HOME: [told(), told(tcp="refused")]}
    words = _https.heard_in_clear(target_of(), API, REQUESTS)
    assert words is None
    assert unit.edges == [f"{HOME} port 80 takes connections"]
    assert unit.edges_seen == 2


# ------------------------------------------------------------------- the TLS port


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (told(), told(), None),
        (told(301), told(302), None),
        (told(), told(200), f"{HOME} answers POST /b, sent in clear, with 200"),
        (told(204), told(), f"{HOME} answers GET /a, sent in clear, with 204"),
    ],
)
def test_only_a_success_in_clear_is_the_api(
    facts: dict[str, Any], profile: Profile, first: Any, second: Any, words: str | None
) -> None:
    """A closed connection and a redirect serve nothing; a success does."""
    facts["in clear"] = {HOME: [first, second]}
    assert _https.served_in_clear(target_of(profile), API, REQUESTS) == words


def test_where_no_tls_is_meant_any_answer_is_in_clear(
    facts: dict[str, Any], profile: Profile
) -> None:
    """An origin over http serves in clear whatever it answers."""
    facts["in clear"] = {HOME: [told(404), told()]}
    words = _https.served_in_clear(target_of(profile), CLEAR, REQUESTS)
    assert words == f"{HOME} answers GET /a, sent in clear, with 404"


def test_a_tls_port_that_takes_no_connection_shows_nothing(
    facts: dict[str, Any], profile: Profile
) -> None:
    """Only where some address takes a connection is there something to judge."""
    facts["in clear"] = {HOME: [told(tcp="refused"), told(tcp="silent")]}
    with pytest.raises(Disturbed, match="takes connections"):
        _https.served_in_clear(target_of(profile), API, REQUESTS)
    facts["in clear"] |= {OTHER: [told(), told(tcp="refused")]}
    assert _https.served_in_clear(target_of(profile), API, REQUESTS) is None


def _error(code: str) -> str:
    return f'{{"Errors": [{{"ErrorCode": "{code}", "Message": "No."}}]}}'


GATEWAY_PAGE = "<h1>The plain HTTP request was sent to an HTTPS port</h1>"


@pytest.mark.parametrize(
    ("clear", "over", "api"),
    [
        # The API's own two refusals, the same over TLS.
        (
            [told(401, _error("NoToken")), told(404, _error("NoRoute"))],
            [told(401, _error("NoToken")), told(404, _error("NoRoute"))],
            True,
        ),
        # One code alone may be a gateway's for everything.
        (
            [told(400, _error("Bad")), told(400, _error("Bad"))],
            [told(400, _error("Bad")), told(400, _error("Bad"))],
            False,
        ),
        # RFC 6749's code is one as well, and a status of its own tells them apart.
        (
            [told(401, '{"error": "no"}'), told(400, '{"error": "no"}')],
            [told(401, '{"error": "no"}'), told(400, '{"error": "no"}')],
            True,
        ),
        # No code, no API.
        (
            [told(400, GATEWAY_PAGE), told(404, GATEWAY_PAGE)],
            [told(400, GATEWAY_PAGE), told(404, GATEWAY_PAGE)],
            False,
        ),
        # Other answers over TLS.
        (
            [told(400, _error("Clear")), told(403, _error("Clear"))],
            [told(401, _error("NoToken")), told(404, _error("NoRoute"))],
            False,
        ),
        # Only one of two is alike.
        (
            [told(401, _error("NoToken")), told(404, _error("Clear"))],
            [told(401, _error("NoToken")), told(404, _error("NoRoute"))],
            False,
        ),
        # Nothing to compare with.
        (
            [told(401, _error("NoToken")), told(404, _error("NoRoute"))],
            [told(), told()],
            False,
        ),
        (
            [told(401, _error("NoToken")), told()],
            [told(401, _error("NoToken")), told(404, _error("NoRoute"))],
            False,
        ),
    ],
)
def test_refusals_in_clear_are_the_apis_when_its_own_codes_come_back(
    facts: dict[str, Any], profile: Profile, clear: Any, over: Any, *, api: bool
) -> None:
    """Two refusals, each as over TLS and with a code, are no gateway's page."""
    facts["in clear"], facts["over TLS"] = {HOME: clear}, {HOME: over}
    words = _https.served_in_clear(target_of(profile), API, REQUESTS)
    assert words == (
        f"{HOME} answers in clear just as it does over TLS" if api else None
    )


def test_what_answers_nothing_in_clear_is_not_asked_over_tls(
    facts: dict[str, Any], profile: Profile
) -> None:
    """A comparison is made only where something was refused in clear."""
    facts["in clear"] = {HOME: [told(), told(302)]}
    assert _https.served_in_clear(target_of(profile), API, REQUESTS) is None
    assert [tls for _, _, tls in facts["asked"]] == [False]


# ----------------------------------------------------------------------- certificate


SELF = chain(1, own=True)


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (certified(chain=[], trouble="WRONG_VERSION_NUMBER"), "no TLS: WRONG_VERSION"),
        (certified(verified=checked(10, "expired")), "expired: leaf for"),
        (
            certified(trust="given", verified=checked(20, "unknown issuer")),
            "unknown issuer: leaf",
        ),
        (
            certified(verified=checked(20, "unknown"), alone=checked(62, "mismatch")),
            "mismatch: leaf",
        ),
        (
            certified(verified=checked(18, "self-signed"), chain=SELF),
            "self-signed: leaf",
        ),
        (
            certified(verified=checked(20, "?"), alone=checked(), chain=SELF),
            "self-signed: leaf",
        ),
        (
            certified(
                verified=checked(20, "?"), alone=checked(), chain=chain(1, public=True)
            ),
            "an intermediate is missing: leaf",
        ),
    ],
)
def test_a_certificate_is_not_to_be_trusted(
    facts: dict[str, Any], fact: Any, words: str
) -> None:
    """Whatever is wrong with the chain itself is said, with the address."""
    facts["certificates"] = {HOME: certified(), OTHER: fact}
    found = _https.distrusted(target_of(), API)
    assert found is not None
    assert found.startswith(f"api.test at {OTHER}: {words}")


@pytest.mark.parametrize(
    ("fact", "question"),
    [
        (certified(chain=[], trouble="deadline"), "no TLS: deadline"),
        (certified(verified=checked(66, "key too small")), "our own OpenSSL"),
        (certified(verified=checked(20, "?"), alone=checked()), "give --ca"),
        (
            certified(
                verified=checked(20, "?"), alone=checked(), chain=chain(2, public=True)
            ),
            "give --ca",
        ),
        (
            certified(verified=checked(20, "?"), alone=checked(), chain=chain(1)),
            "give --ca: leaf",
        ),
        (certified(verified=checked(trouble="deadline")), "deadline"),
    ],
)
def test_a_certificate_may_leave_a_question(
    facts: dict[str, Any], fact: Any, question: str
) -> None:
    """What we lack ourselves, or did not hear, accuses nobody."""
    facts["certificates"] = {HOME: certified(), OTHER: fact}
    with pytest.raises(Disturbed, match=question) as met:
        _https.distrusted(target_of(), API)
    assert f"api.test at {OTHER}" in str(met.value)


def test_a_breach_at_one_address_outweighs_a_question_at_another(
    facts: dict[str, Any],
) -> None:
    """Every address has to be right."""
    facts["certificates"] = {
        HOME: certified(verified=checked(trouble="deadline")),
        OTHER: certified(verified=checked(10, "expired")),
    }
    assert "expired" in str(_https.distrusted(target_of(), API))


def test_addresses_that_take_no_connection_are_not_judged(
    facts: dict[str, Any],
) -> None:
    """One that answers is judged; none at all is a disturbance."""
    closed = certified(tcp="unroutable", chain=[], trouble=None)
    facts["certificates"] = {HOME: closed, OTHER: certified()}
    assert _https.distrusted(target_of(), API) is None
    facts["certificates"] = {HOME: closed}
    with pytest.raises(Disturbed, match="takes connections"):
        _https.distrusted(target_of(), API)


def test_an_origin_without_tls_has_no_certificate_whatever_it_says(
    facts: dict[str, Any],
) -> None:
    """Where the URL begins with http, no handshake is expected to succeed."""
    facts["certificates"] = {HOME: certified(chain=[], trouble="deadline")}
    assert "no TLS" in str(_https.distrusted(target_of(), CLEAR))


def test_the_words_about_a_certificate_name_leaf_and_dates(
    facts: dict[str, Any],
) -> None:
    """A reader sees whose certificate it is and until when it lasts."""
    expired = certified(verified=checked(10, "expired"))
    facts["certificates"] = {HOME: expired}
    words = str(_https.distrusted(target_of(), API))
    assert "leaf for ['leaf.test'], issued by first, 2026-01-01" in words
    assert words.endswith("2 in the chain")


# --------------------------------------------------------------------------- versions


def _offer(**changes: Any) -> Any:
    fact = {"offer": "TLSv1", "tcp": "open", "version": None, "cipher": None}
    return {**fact, "unable": None, "trouble": None, **changes}


@pytest.mark.parametrize(
    "trouble", ["TLSV1_ALERT_PROTOCOL_VERSION", "closed", "reset", "HTTP_REQUEST"]
)
def test_an_old_version_turned_down_is_right(
    facts: dict[str, Any], trouble: str
) -> None:
    """An alert and a closed connection say no."""
    facts["old"] = {HOME: [_offer(trouble=trouble)]}
    assert _https.old_versions_taken(target_of(), API) is None


def test_an_old_version_taken_is_told(facts: dict[str, Any]) -> None:
    """The version and the cipher are named, at whatever address."""
    taken = _offer(version="TLSv1.1", cipher="AES128-SHA")
    facts["old"] = {HOME: [_offer(trouble="closed")], OTHER: [_offer(tcp="x"), taken]}
    words = _https.old_versions_taken(target_of(), API)
    assert words == f"{OTHER} takes TLSv1.1 with AES128-SHA"


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (_offer(unable="no such version here"), "no such version here"),
        (_offer(trouble="NO_CIPHERS_AVAILABLE"), "NO_CIPHERS_AVAILABLE"),
    ],
)
def test_an_old_version_that_we_can_not_offer_is_no_verdict(
    facts: dict[str, Any], fact: Any, words: str
) -> None:
    """What our own OpenSSL can't do is not the server's refusal."""
    facts["old"] = {HOME: [fact]}
    with pytest.raises(Disturbed, match=f"TLSv1 could not be offered: {words}"):
        _https.old_versions_taken(target_of(), API)


def test_a_port_that_is_closed_takes_no_old_version(facts: dict[str, Any]) -> None:
    """Where nobody listens, nothing of ours broke off."""
    facts["old"] = {HOME: [_offer(tcp="refused", trouble="whatever")]}
    assert _https.old_versions_taken(target_of(), API) is None


# ----------------------------------------------------------------------------- checks


QUIET = {
    "ports": {HOME: ("refused", "open")},
    "in clear": {HOME: [told()] * 7},
    "over TLS": {HOME: [told()] * 2},
    "certificates": {HOME: certified()},
    "old": {HOME: [_offer(trouble="closed")]},
}


@pytest.mark.parametrize(
    ("check", "changes", "words"),
    [
        (
            https.check_plain_port_is_refused,
            {"ports": {HOME: ("open", "open")}, "in clear": {HOME: [told(400)] * 7}},
            "not refused: .* port 80 answers GET /v1/buyers with 400",
        ),
        (
            https.check_tls_port_serves_nothing_in_clear,
            {"in clear": {HOME: [told(200)] * 7}},
            "served: .* with 200",
        ),
        (
            https.check_certificate_is_right,
            {"certificates": {HOME: certified(verified=checked(10, "expired"))}},
            "not to be trusted: .*expired",
        ),
        (
            https.check_old_versions_are_refused,
            {"old": {HOME: [_offer(version="TLSv1", cipher="A")]}},
            "takes TLSv1 with A",
        ),
    ],
)
def test_each_check_accuses_by_its_own_finding_alone(  # noqa: PLR0913, PLR0917 - what varies
    facts: dict[str, Any],
    profile: Profile,
    unit: Any,
    check: Any,
    changes: dict[str, Any],
    words: str,
) -> None:
    """A right origin passes with something insisted on; a wrong one is named."""
    facts.update(QUIET)
    check(target_of(profile))
    assert unit.asserted == 1
    facts.update(changes)
    with pytest.raises(Breach, match=words):
        check(target_of(profile))


def test_versions_wait_where_there_is_no_tls(
    facts: dict[str, Any], profile: Profile, unit: Any
) -> None:
    """A port that speaks no TLS at all is the certificate's clause's to accuse."""
    facts.update(QUIET, certificates={HOME: certified(chain=[])})
    with pytest.raises(Waits) as met:
        https.check_old_versions_are_refused(target_of(profile))
    assert met.value.row == "https.certificate"
    assert not unit.asserted


ELSEWHERE = "https://login.test/token"
EXPIRED = {"certificates": {HOME: certified(verified=checked(10, "expired"))}}
OPEN = {"ports": {HOME: ("open", "open")}, "in clear": {HOME: [told(400)] * 2}}
SERVED = {"in clear": {HOME: [told(200)] * 2}}


@pytest.mark.parametrize(
    ("changes", "clause", "words"),
    [
        (EXPIRED, "https.certificate", "expired"),
        (OPEN, "https.plain_port_refused", "port 80"),
        (SERVED, "https.no_plaintext_on_tls_port", "sent in clear"),
    ],
)
def test_the_token_endpoint_is_accused_where_it_stands_alone(  # noqa: PLR0913, PLR0917 - what varies
    facts: dict[str, Any],
    profile: Profile,
    unit: Any,
    changes: dict[str, Any],
    clause: str,
    words: str,
) -> None:
    """What is wrong with an origin of its own is its own; the API's has other rows."""
    facts.update(QUIET, **changes)
    facts["in clear"] = {HOME: facts["in clear"][HOME][:2]}
    with pytest.raises(Breach, match=f"the token endpoint: .*{words}"):
        https.check_token_endpoint_is_reached_over_tls_alone(
            target_of(profile, ELSEWHERE)
        )
    assert unit.asserted
    with pytest.raises(Waits) as met:
        https.check_token_endpoint_is_reached_over_tls_alone(target_of(profile))
    assert met.value.row == clause


@pytest.mark.parametrize("token_url", ["", ELSEWHERE])
def test_a_right_token_endpoint_passes_wherever_it_is(
    facts: dict[str, Any], profile: Profile, unit: Any, token_url: str
) -> None:
    """Nothing is wrong: three times insisted on, nothing waited for."""
    facts.update(QUIET, **{"in clear": {HOME: [told()] * 2}})
    https.check_token_endpoint_is_reached_over_tls_alone(target_of(profile, token_url))
    assert unit.asserted == 3
