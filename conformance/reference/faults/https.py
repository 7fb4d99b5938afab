"""Ways to break "SSL Everywhere"."""

import asyncio
import datetime as dt
import ssl
import warnings
from collections.abc import Callable
from typing import Any

import trustme
import uvicorn
from typing_extensions import override

from conformance.reference.admission import (
    Canned,
    admit_in_clear,
    api,
    listen_in_clear,
)
from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem
from conformance.reference.faults import fault
from conformance.reference.store import Record
from conformance.reference.wire import NAMES, bound

DAY = dt.timedelta(days=1)

# The plain port


@fault("https.plain_port_refused", dimension="connection")
def plain_port_answers(server: Server) -> None:
    """The plain port listens and redirects to HTTPS."""

    def redirect(_running: uvicorn.Server) -> Canned:
        return Canned("301 Moved Permanently", f"location: {server.base_url}\r\n")

    listen_in_clear(server, redirect)


@fault("https.plain_port_refused", dimension="body")
def plain_port_serves_the_api(server: Server) -> None:
    """The plain port serves the whole API."""
    listen_in_clear(server, api)


class _TokenOnly(Canned):
    """Answers token requests with an error and hangs up on everything else."""

    @override
    def chosen(self, data: bytes) -> bytes:
        return self.answer if data.startswith(b"POST ") else b""


@fault("https.plain_port_refused", dimension="one path only")
def plain_port_answers_token_requests(server: Server) -> None:
    """The plain port answers token requests, with a 403, and nothing else."""
    listen_in_clear(server, lambda _running: _TokenOnly("403 Forbidden"))


@fault("https.plain_port_refused", level="SHOULD", dimension="connection")
def plain_port_hangs_up(server: Server) -> None:
    """The plain port takes connections and closes them without a byte."""
    listen_in_clear(server, lambda _running: Canned())


# The TLS port, in clear


@fault("https.no_plaintext_on_tls_port", dimension="connection")
def plaintext_served_on_tls_port(server: Server) -> None:
    """A connection whose first byte is no TLS handshake is served in clear."""
    admit_in_clear(server, api)


@fault("https.no_plaintext_on_tls_port", dimension="body")
def plaintext_refusals_on_tls_port(server: Server) -> None:
    """What is sent in clear is served, save what the API would answer with 2xx."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if call.request.scope["scheme"] == "http" and answer.status < 300:
            raise Problem(404)
        return answer

    admit_in_clear(server, api)
    server.wrap("dispatch", around)


# The certificate


def _issued(server: Server, make: Callable[[trustme.CA], trustme.LeafCert]) -> None:
    server.wrap("certificate", lambda _inner, authority: make(authority))


@fault("https.certificate", dimension="connection")
def certificate_expired(server: Server) -> None:
    """The certificate ran out yesterday."""
    now = dt.datetime.now(dt.UTC)
    _issued(
        server,
        lambda authority: authority.issue_cert(
            *NAMES, not_before=now - 30 * DAY, not_after=now - DAY
        ),
    )


@fault("https.certificate", dimension="connection")
def certificate_not_yet_valid(server: Server) -> None:
    """The certificate begins tomorrow."""
    now = dt.datetime.now(dt.UTC)
    _issued(
        server,
        lambda authority: authority.issue_cert(
            *NAMES, not_before=now + DAY, not_after=now + 30 * DAY
        ),
    )


@fault("https.certificate", dimension="connection")
def certificate_for_another_name(server: Server) -> None:
    """The certificate is for another host."""
    _issued(server, lambda authority: authority.issue_cert("api.example.com"))


@fault("https.certificate", dimension="connection")
def certificate_of_another_authority(server: Server) -> None:
    """The certificate comes from an authority that nobody was told of."""
    _issued(server, lambda _authority: trustme.CA().issue_cert(*NAMES))


@fault("https.certificate", dimension="connection")
def certificate_without_intermediate(server: Server) -> None:
    """The certificate comes alone, without the intermediate that signed it."""

    def alone(authority: trustme.CA) -> trustme.LeafCert:
        leaf = authority.create_child_ca().issue_cert(*NAMES)
        own = leaf.cert_chain_pems[0].bytes()
        return trustme.LeafCert(leaf.private_key_pem.bytes(), own, [])

    _issued(server, alone)


# The token endpoint's own origin


def _token_elsewhere(server: Server, context: ssl.SSLContext | None) -> None:
    """Serve the API on one more port, and send clients there for tokens."""
    sockets = bound("localhost", 0)
    scheme = "https" if context else "http"
    port = sockets[0].getsockname()[1]

    async def around(inner: Any, running: uvicorn.Server) -> None:
        await inner(running)
        loop = asyncio.get_running_loop()
        for one in sockets:
            await loop.create_server(lambda: api(running), sock=one, ssl=context)

    server.wrap("opened", around)
    path = server.claims.token_path
    server.wrap("token_url", lambda _inner: f"{scheme}://localhost:{port}{path}")


@fault("https.token_endpoint", dimension="connection")
def token_endpoint_of_another_authority(server: Server) -> None:
    """Tokens are granted on a port whose certificate nobody can verify."""
    leaf = trustme.CA().issue_cert(*NAMES)
    _token_elsewhere(server, server.tls_context(leaf))


@fault("https.token_endpoint", dimension="connection")
def token_endpoint_in_clear(server: Server) -> None:
    """Tokens are granted over plain HTTP."""
    _token_elsewhere(server, None)


# Versions


def _from(server: Server, version: ssl.TLSVersion) -> None:
    def around(inner: Any, leaf: trustme.LeafCert) -> ssl.SSLContext:
        context: ssl.SSLContext = inner(leaf)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = version
        return context

    server.wrap("tls_context", around)


@fault("https.tls_floor", level="SHOULD", dimension="connection")
def tls10_accepted(server: Server) -> None:
    """TLS 1.0 and 1.1 are accepted."""
    _from(server, ssl.TLSVersion.TLSv1)


@fault("https.tls_floor", level="SHOULD", dimension="connection")
def tls11_accepted(server: Server) -> None:
    """TLS 1.1 is accepted, 1.0 is not."""
    _from(server, ssl.TLSVersion.TLSv1_1)


# Links


@fault("https.no_insecure_links", level="SHOULD", dimension="header")
def location_is_insecure(server: Server) -> None:
    """Location of a created item begins with http."""

    def around(inner: Any, call: Call, record: Record) -> str:
        address: str = inner(call, record)
        return address.replace("https://", "http://", 1)

    server.wrap("location", around)


@fault("https.no_insecure_links", level="SHOULD", dimension="body")
def error_help_is_insecure(server: Server) -> None:
    """An error of an unknown item links to help over http."""

    def around(inner: Any, call: Call, mistake: Any) -> dict[str, Any]:
        error: dict[str, Any] = inner(call, mistake)
        if mistake.code == "NotFound":
            error["Help"] = f"{server.authority(call).replace('https', 'http')}/help"
        return error

    server.wrap("error", around)
