"""What ``conformance doctor`` looks at, before any verdict."""

import email.utils
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.config import Config
from conformance.errors import ConformanceError, NotProvided, Waits
from conformance.run import Run
from conformance.session import Unit, current_unit
from conformance.urls import without_login
from conformance.wire import Origin, origin_of
from conformance.wire.tcp import knock, resolve
from conformance.wire.tls import certificate

#: Seconds by which clocks may differ; more spoils stamps and token lifetimes.
LARGEST_SKEW_S = 300
#: Operations that a finding names; the rest are counted.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, in one line.

    Attributes:
        mend: What to do about it, when it is not good.
    """

    good: bool
    words: str
    mend: str = ""


def examine(run: Run) -> Iterator[Finding]:
    """Look at profile, channel, clock, credentials, rights and means, in this order."""
    profile = run.profile
    words = f"profile {profile.name}: {len(profile.resources)} resources"
    yield Finding(bool(profile.resources), words, _if(not profile.resources, _CLAIM))
    for warning in run.config.warnings:
        yield Finding(good=False, words=warning)
    unit = Unit(run.session, "doctor")
    token = current_unit.set(unit)
    try:
        open_ = True
        for origin in _origins(run):
            for finding in _channel(run.config, origin):
                open_ = open_ and finding.good
                yield finding
        if open_:
            yield from _answer(unit)
            yield from _credentials(run)
            yield from _rights(run, unit)
    finally:
        current_unit.reset(token)
    yield from _means(run)


_CLAIM = "an empty profile conforms to nothing: name its file with profile = …"


def _if(wrong: object, mend: str) -> str:
    return mend if wrong else ""


# --------------------------------------------------------------------------- channel


def _origins(run: Run) -> list[Origin]:
    urls = [run.config.base_url]
    urls += [run.session.tokens.token_url] if run.profile.flows else []
    return list(dict.fromkeys(origin_of(url) for url in urls))


def _channel(config: Config, origin: Origin) -> Iterator[Finding]:
    """Look at name, port and certificate; stop at the first that is not good."""
    if config.proxy:
        through = without_login(config.proxy)
        yield Finding(good=True, words=f"{origin.host}: reached through {through}")
        return
    told = resolve(origin.host)
    addresses: list[str] = told["addresses"]
    if not addresses:
        words = f"DNS: {origin.host}: no address ({told['trouble']})"
        mend = "correct base_url or token_url, or this machine's resolver"
        yield Finding(good=False, words=words, mend=mend)
        return
    yield Finding(good=True, words=f"DNS: {origin.host}: {', '.join(addresses)}")
    states = {address: knock(address, origin.port, tries=1) for address in addresses}
    listed = ", ".join(f"{address} {state}" for address, state in states.items())
    opened = [address for address, state in states.items() if state == "open"]
    mend = "start the server, correct the port, or open the firewall"
    words = f"TCP: port {origin.port}: {listed}"
    yield Finding(bool(opened), words, _if(not opened, mend))
    if opened and origin.tls:
        yield from (_tls(config, origin, address) for address in opened)
    elif opened:
        yield Finding(good=True, words="TLS: none; no credential is sent in clear")


def _tls(config: Config, origin: Origin, address: str) -> Finding:
    fact = certificate(address, origin.port, origin.host, config.ca)
    verified = fact["verified"]
    if not fact["chain"]:
        words = f"TLS: {address}: no handshake ({fact['trouble']})"
        mend = "is that port the HTTPS one? see base_url and token_url"
        return Finding(good=False, words=words, mend=mend)
    leaf = fact["chain"][0]
    if verified["code"] or verified["trouble"]:
        why = verified["words"] or verified["trouble"]
        mend = 'name its CA with ca = "ca.pem" (or --ca), or mend the certificate'
        return Finding(good=False, words=f"TLS: {address}: {why}", mend=mend)
    words = f"TLS: {address}: {verified['version']}, until {leaf['not_after'][:10]}"
    return Finding(good=True, words=words)


def _answer(unit: Unit) -> Iterator[Finding]:
    """Send one request, and compare its Date header with our clock."""
    base_url = unit.session.config.base_url
    try:
        path = unit.session.profile.base_path + "/"
        answer = unit.target.anonymous.send("GET", path, deadline_s=10)
    except ConformanceError as trouble:
        mend = "see the server's log"
        yield Finding(good=False, words=f"{base_url}: {trouble}", mend=mend)
        return
    yield Finding(good=True, words=f"HTTP: {base_url} answers {answer.status}")
    stamp = answer.header("date")
    if stamp is None:
        yield Finding(good=True, words="clock: the server tells no Date")
        return
    try:
        told = email.utils.parsedate_to_datetime(stamp).timestamp()
    except ValueError:
        mend = "RFC 9110 has its form"
        yield Finding(good=False, words=f"clock: Date is {stamp!r}", mend=mend)
        return
    skew = told - answer.started_s
    good = abs(skew) < LARGEST_SKEW_S
    mend = _if(not good, "set the wrong one of the two clocks")
    yield Finding(good, f"clock: differs from ours by {skew:+.0f} s", mend)


# --------------------------------------------------------------- credentials, rights


def _credentials(run: Run) -> Iterator[Finding]:
    for identity in run.config.identities:
        try:
            run.session.tokens.token(identity.name)
        except (ConformanceError, Waits, NotProvided) as trouble:
            why = trouble.cause if isinstance(trouble, Waits) else trouble
            keys = "client_id, client_secret, username, password and flow"
            mend = f"see its {keys} in the target file, and token_url"
            words = f"identity {identity.name}: no token: {why}"
            yield Finding(good=False, words=words, mend=mend)
        else:
            yield Finding(good=True, words=f"identity {identity.name}: token granted")


def _rights(run: Run, unit: Unit) -> Iterator[Finding]:
    """List what can be listed without making anything."""
    if run.profile.flows and not run.config.identities:
        return
    mend = "see path, roles and base_path in the profile, and the identity's roles"
    for resource in run.profile.resources.values():
        if "LIST" not in resource.verbs or resource.parents:
            continue
        try:
            answer = unit.target.page(unit.target.place(resource))
        except (ConformanceError, Waits, NotProvided) as trouble:
            yield Finding(
                good=False, words=f"list {resource.name}: {trouble}", mend=mend
            )
        else:
            words = f"list {resource.name}: {answer.status}"
            yield Finding(answer.success, words, _if(not answer.success, mend))


# ----------------------------------------------------------------------------- means


def _means(run: Run) -> Iterator[Finding]:
    """Name every means that is neither given nor declared absent."""
    config = run.config
    yield Finding(
        bool(config.allow_writes),
        "writes: allowed" if config.allow_writes else "not mentioned: allow_writes",
        _if(
            not config.allow_writes,
            "set allow_writes = true; without it, what writes stays undecided",
        ),
    )
    for means, why in _missing(run):
        if means in config.absent:
            words = f"{means}: declared absent; listed as NOT TESTED"
            yield Finding(good=True, words=words)
        else:
            mend = f'give it, or say absent = ["{means}"]'
            yield Finding(good=False, words=f"not mentioned: {means}: {why}", mend=mend)


def _missing(run: Run) -> Iterator[tuple[str, str]]:
    """Give each means that rows of this profile want and nobody gave."""
    config, profile = run.config, run.profile
    if config.plain_port is None and config.port != origin_of("https://h").port:
        yield "plain_port", "which port must refuse plain HTTP?"
    granted = [flow for flow in profile.flows if flow != "refresh_token"]
    lasting = [i for i in config.identities if not i.short_lived]
    for flow in granted:
        if not any(identity.flow == flow for identity in lasting):
            yield flow, f"no identity has flow = {flow!r}"
    if not granted:
        return
    if not any(identity.short_lived for identity in config.identities):
        yield "short_lived_client", "no identity has short_lived = true"
    if len({identity.client_id for identity in lasting}) < len("ab"):
        yield "second_client", "all identities are one client"
    reached = [
        operation.name
        for operation in profile.operations()
        if (roles := operation.resource.roles.get(operation.verb))
        and not any(i.roles is not None and not i.may(roles) for i in lasting)
    ]
    if reached:
        named = ", ".join(reached[:NAMED]) + (", …" if len(reached) > NAMED else "")
        yield "low_role_identity", f"nobody lacks the role for {named}"
