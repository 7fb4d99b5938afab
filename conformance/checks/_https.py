"""What the checks of this chapter share: what is wrong with an origin, in words.

Each function gives None when nothing is wrong. No checks here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from conformance import Exchange, Profile, Target
from conformance.errors import Disturbed, NotProvided
from conformance.exchange import Answer
from conformance.expect import edge
from conformance.values import at, errors_in
from conformance.wire import (
    Fact,
    Origin,
    Probe,
    http_answer,
    origin_of,
    request_bytes,
)

#: OpenSSL's codes for a chain that ends where nobody is trusted.
_ROOT_UNKNOWN = (2, 19, 20, 21, 27)
#: OpenSSL's codes for keys and digests that our own security level refuses.
_WEAK = (66, 67, 68)
#: What OpenSSL says when the other side speaks no TLS.
_NO_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
)
#: What OpenSSL says, alerts aside, when the other side wants no such version.
_NOT_WANTED = (
    "UNSUPPORTED_PROTOCOL",
    "WRONG_SSL_VERSION",
    "closed",
    "reset",
    "deadline",
    *_NO_TLS,
)


def api_origin(target: Target) -> Origin:
    """Give the origin of the API; the rows need a straight way to it.

    Raises:
        Disturbed: The target is behind a proxy.
    """
    if target.config.proxy:
        raise Disturbed("the target file names a proxy: what answers may be the proxy")
    return origin_of(target.config.base_url)


def api_urls(target: Target) -> list[str]:
    """Give URLs of the API, one that needs no token among them where there is one."""
    api, base = target.profile.raw["api"], target.config.base_url
    flat = (r.path for r in target.profile.resources.values() if not r.parents)
    paths = [target.profile.base_path + next(flat, "/")]
    paths += [api["openapi_path"]] if "openapi_path" in api else []
    return [base + path for path in paths]


def api_requests(target: Target) -> list[bytes]:
    """Write requests of several methods and paths, the token endpoint's too."""
    listed, *open_ = api_urls(target)
    requests = [request_bytes("GET", url) for url in (listed, *open_)]
    requests += [request_bytes(method, listed) for method in ("HEAD", "OPTIONS")]
    if target.profile.flows:
        requests += token_requests(target)
    return [*requests, request_bytes("GET", f"{target.config.base_url}/")]


def token_requests(target: Target) -> list[bytes]:
    """Write requests to the token endpoint, without any credential."""
    url = target.session.tokens.token_url
    return [request_bytes("POST", url, b"grant_type=none"), request_bytes("GET", url)]


# ----------------------------------------------------------------------- plain port


def plain_port_of(target: Target, origin: Origin) -> int:
    """Give the port on which an origin would speak plain HTTP.

    Raises:
        NotProvided: Only the target's owner can tell.
    """
    api, named = origin_of(target.config.base_url), target.config.plain_port
    beside = origin.host == api.host
    if not origin.tls:
        return origin.port
    if named and (beside or origin.port != 443):
        return named
    if origin.port == 443 or (beside and api.port == 443):
        return 80
    raise NotProvided("plain_port")


def heard_in_clear(
    target: Target, origin: Origin, requests: Sequence[bytes]
) -> str | None:
    """Say what the plain port answers; an accepted connection is a softer edge."""
    probe, port = Probe(target, origin.host), plain_port_of(target, origin)
    states = probe.ports(port, origin.port)
    # An address that is silent on both ports, or has no route, may be so on our side.
    told = [s for s in states.values() if s[0] in ("refused", "reset") or "open" in s]
    if not told:
        raise Disturbed(f"no address of {origin.host} could be reached: {states}")
    if all(plain != "open" for plain, _ in told):
        return None
    heard = probe.answers(port, requests)
    for address, facts in heard.items():
        for request, fact in zip(requests, facts, strict=True):
            answer = http_answer(fact)
            if answer is not None:
                line = request.partition(b" HTTP")[0].decode()
                return f"{address} port {port} answers {line} with {answer.status}"
            edge(fact["tcp"] != "open", f"{address} port {port} takes connections")
    return None


def served_in_clear(
    target: Target, origin: Origin, requests: Sequence[bytes]
) -> str | None:
    """Say what of the API the TLS port gives to plaintext."""
    probe = Probe(target, origin.host)
    heard = probe.answers(origin.port, requests)
    if all(fact["tcp"] != "open" for facts in heard.values() for fact in facts):
        raise Disturbed(f"no address of {origin.host} takes connections")
    for address, facts in heard.items():
        answers = [http_answer(fact) for fact in facts]
        for request, answer in zip(requests, answers, strict=True):
            if answer and (answer.success or not origin.tls):
                line = request.partition(b" HTTP")[0].decode()
                return f"{address} answers {line}, sent in clear, with {answer.status}"
        if any(answer and answer.refusal for answer in answers):
            over = probe.answers(origin.port, requests, tls=True)
            if _alike(target, answers, [http_answer(fact) for fact in over[address]]):
                return f"{address} answers in clear just as it does over TLS"
    return None


def _alike(
    target: Target, clear: Sequence[Answer | None], over: Sequence[Answer | None]
) -> bool:
    """Say whether the API itself answers in clear.

    Two different refusals, each the same as over TLS and with the API's own code:
    no gateway's page is that.
    """
    pairs = zip(clear, over, strict=True)
    marks = {
        _mark(target, a)
        for a, b in pairs
        if a and b and _mark(target, a) == _mark(target, b) and _mark(target, a)[1]
    }
    return len(marks) >= 2


def _mark(target: Target, answer: Answer) -> tuple[int, str]:
    errors = errors_in(target.profile, answer.value) or ()
    codes = [str(error.code) for error in errors]
    return answer.status, "".join(codes) or str(at(answer.value, "error") or "")


# ---------------------------------------------------------------------- certificate


def distrusted(target: Target, origin: Origin) -> str | None:
    """Say why an origin's certificate is not to be trusted.

    Raises:
        Disturbed: It can't be told, for want of the right authority or of an answer.
    """
    facts = Probe(target, origin.host).certificates(origin.port)
    found = {a: _judged(f, origin) for a, f in facts.items() if f["tcp"] == "open"}
    for address, (breach, _) in found.items():
        if breach:
            return f"{origin.host} at {address}: {breach}"
    for address, (_, question) in found.items():
        if question:
            raise Disturbed(f"{origin.host} at {address}: {question}")
    if not found:
        raise Disturbed(f"no address of {origin.host} takes connections")
    return None


def _judged(fact: Fact, origin: Origin) -> tuple[str | None, str | None]:
    """Give the breach, and the open question, that a handshake shows."""
    if not fact["chain"]:
        none = fact["trouble"] in _NO_TLS or not origin.tls
        words = f"no TLS: {fact['trouble']}"
        return (words, None) if none else (None, words)
    code, why = _verification(fact["verified"])
    if code in _WEAK:
        return None, f"our own OpenSSL refuses it: {why}"
    if code and (code not in _ROOT_UNKNOWN or fact["trust"] == "given"):
        return f"{why}: {_shown(fact['chain'])}", None
    return _without_root(fact) if code else (None, why)


def _without_root(fact: Fact) -> tuple[str | None, str | None]:
    """Judge a chain that ends in what the system's store does not know."""
    chain = fact["chain"]
    code, words = _verification(fact["alone"])
    if code or chain[0]["subject"] == chain[0]["issuer"]:
        return f"{words or 'self-signed'}: {_shown(chain)}", None
    if len(chain) == 1 and chain[0]["public"]:
        # No publicly trusted root signs leaves itself.
        return f"an intermediate is missing: {_shown(chain)}", None
    return None, f"its root is unknown here, give --ca: {_shown(chain)}"


def _verification(fact: Mapping[str, object] | None) -> tuple[int, str | None]:
    """Give OpenSSL's code and words; 0 and what went wrong otherwise, if anything."""
    code = fact["code"] if fact else 0
    words = fact and (fact["words"] or fact["trouble"])
    return (code if isinstance(code, int) else 0), str(words) if words else None


def _shown(chain: Sequence[Mapping[str, object]]) -> str:
    leaf = chain[0]
    return (
        f"{leaf['subject']} for {leaf['names']}, issued by {leaf['issuer']}, "
        f"{leaf['not_before']} to {leaf['not_after']}, {len(chain)} in the chain"
    )


def speaks_tls(target: Target, origin: Origin) -> bool:
    """Say whether a handshake of today succeeds, whatever the certificate."""
    facts = Probe(target, origin.host).certificates(origin.port)
    return any(fact["chain"] for fact in facts.values())


def old_versions_taken(target: Target, origin: Origin) -> str | None:
    """Say which old versions of TLS an origin takes.

    Raises:
        Disturbed: Our own OpenSSL can't offer them, or broke off itself.
    """
    for address, facts in Probe(target, origin.host).old_versions(origin.port).items():
        for fact in facts:
            if fact.get("version"):
                return f"{address} takes {fact['version']} with {fact['cipher']}"
            unable = fact["unable"] or _broken_off(fact)
            if unable:
                raise Disturbed(f"{fact['offer']} could not be offered: {unable}")
    return None


def _broken_off(fact: Fact) -> str | None:
    """Say what ended a handshake, when it was not the other side."""
    trouble = fact["trouble"] or ""
    refused = "ALERT" in trouble or trouble in _NOT_WANTED
    return None if refused or fact["tcp"] != "open" else trouble


# ---------------------------------------------------------------------------- links


def insecure_links(profile: Profile, exchange: Exchange) -> list[str]:
    """Give the ``http://`` links to the target's own host that an answer hands out.

    What clients write is theirs: writable properties are not looked at.
    """
    if not _may_hold_link(exchange):
        return []
    resource = profile.resources.get(exchange.operation.rpartition("-")[0])
    theirs = (*resource.writable, *resource.extensions) if resource else ()
    listed = (exchange.header(name) or "" for name in ("location", "content-location"))
    linked = (exchange.header("link") or "").replace("<", ">").split(">")
    texts = (*listed, *linked, *_texts(exchange.value, theirs))
    host = origin_of(exchange.sent.url).host
    return [text for text in texts if _leads_in_clear(text, host)]


def _may_hold_link(exchange: Exchange) -> bool:
    """Say whether the letters of such a link, or escaped ones, stand anywhere."""
    answer = exchange.answer
    if answer is None:
        return False
    body = answer.body.lower()
    linked = any("http:" in value.lower() for _, value in answer.headers)
    return linked or b"http:" in body or b"\\u" in body


def _texts(value: object, but: Collection[str]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in but:
                yield from _texts(part, but)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, but)


def _leads_in_clear(text: str, host: str) -> bool:
    if not text.lower().startswith("http://"):
        return False
    named = text[7:].partition("/")[0].rpartition("@")[2].lower()
    return named == host or named.rpartition(":")[0].strip("[]") == host
