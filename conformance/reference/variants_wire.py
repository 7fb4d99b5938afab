"""Freedoms of "SSL Everywhere"."""

import ssl
from typing import Any

import uvicorn

from conformance.reference.admission import Canned, admit_in_clear
from conformance.reference.app import Server
from conformance.reference.variants import variant
from conformance.reference.wire import NAMES


@variant("https.no_plaintext_on_tls_port: a 4xx without API data")
def plaintext_answered_400(server: Server) -> None:
    """A request in clear on the TLS port is told, in HTML, to use HTTPS."""
    page = "<html><body>This port speaks HTTPS.</body></html>"
    header = "content-type: text/html\r\n"
    admit_in_clear(server, lambda _running: Canned("400 Bad Request", header, page))


@variant(
    "https.no_plaintext_on_tls_port: a 3xx",
    excludes={"plaintext-answered-400": "a request is answered once"},
)
def plaintext_redirected(server: Server) -> None:
    """A request in clear on the TLS port is redirected to HTTPS."""

    def redirect(_running: uvicorn.Server) -> Canned:
        return Canned("308 Permanent Redirect", f"location: {server.base_url}\r\n")

    admit_in_clear(server, redirect)


@variant("https.certificate: any chain that verifies")
def certificate_with_intermediate(server: Server) -> None:
    """The certificate is signed by an intermediate, which is sent along."""
    server.wrap(
        "certificate",
        lambda _inner, authority: authority.create_child_ca().issue_cert(*NAMES),
    )


@variant("https.tls_floor: only the newest version")
def only_tls13(server: Server) -> None:
    """TLS 1.2 is refused too."""

    def around(inner: Any, leaf: Any) -> Any:
        context = inner(leaf)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    server.wrap("tls_context", around)
