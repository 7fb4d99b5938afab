"""Below HTTP: names, ports, TLS, bytes. No verdicts here.

A `Probe` learns facts of a host as plain JSON, through the target, so that a run
plays back without a network.
"""

import functools
import urllib.parse
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import Disturbed
from conformance.wire.tcp import Fact, knock, resolve, say
from conformance.wire.tls import OLD_VERSIONS, certificate, offer_old, unverified
from conformance.wire.verbatim import http_answer

if TYPE_CHECKING:
    from conformance.target import Target

__all__ = ["Fact", "Origin", "Probe", "http_answer", "origin_of", "request_bytes"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a URL leads: host, port, and whether TLS is spoken there."""

    host: str
    port: int
    tls: bool


def origin_of(url: str) -> Origin:
    """Give the origin of a URL."""
    scheme, _, rest = url.partition("://")
    return _origin_of(f"{scheme}://{rest.partition('/')[0]}")


@functools.lru_cache(maxsize=64)
def _origin_of(url: str) -> Origin:
    parts = urllib.parse.urlsplit(url)
    tls = parts.scheme == "https"
    return Origin(parts.hostname or "", parts.port or (443 if tls else 80), tls)


def path_of(url: str) -> str:
    """Give what a request for a URL names in its first line."""
    parts = urllib.parse.urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def request_bytes(method: str, url: str, form: bytes | None = None) -> bytes:
    """Write a whole HTTP request that holds no credential and ends its connection."""
    head = [
        f"{method} {path_of(url)} HTTP/1.1",
        f"Host: {urllib.parse.urlsplit(url).netloc}",
        "User-Agent: ordercloud-conformance",
        "Accept: application/json",
        "Connection: close",
    ]
    if form is not None:
        head.append("Content-Type: application/x-www-form-urlencoded")
        head.append(f"Content-Length: {len(form)}")
    return "\r\n".join([*head, "", ""]).encode("utf-8") + (form or b"")


@dataclass(frozen=True, slots=True)
class Probe:
    """Learns of one host on behalf of a check.

    Every fact is one event of the check's unit; the host's addresses are probed
    at once.
    """

    target: "Target"
    host: str

    def addresses(self) -> list[str]:
        """Give the addresses that the name resolves to.

        Raises:
            Disturbed: It has none.
        """
        found: Fact = self.target.note("dns", lambda: resolve(self.host))
        if not found["addresses"]:
            raise Disturbed(f"{self.host}: no address: {found['trouble']}")
        addresses: list[str] = found["addresses"]
        return addresses

    def ports(self, *ports: int) -> dict[str, list[str]]:
        """Give address → what each port does: see `knock`."""
        return self._each(
            "tcp", lambda address: at_once(lambda port: knock(address, port), ports)
        )

    def answers(
        self, port: int, requests: Sequence[bytes], *, tls: bool = False
    ) -> dict[str, list[Fact]]:
        """Give address → what each request was answered with: see `say`.

        Args:
            port: The port.
            requests: Whole requests, each for a connection of its own.
            tls: Speak TLS, whoever is there; else in clear.
        """
        channel = (unverified(), self.host) if tls else None

        def learn(address: str) -> list[Fact]:
            return at_once(lambda data: say(address, port, data, channel), requests)

        return self._each("bytes", learn)

    def certificates(self, port: int) -> dict[str, Fact]:
        """Give address → its certificate and what our trust says of it."""
        ca = self.target.config.ca
        return self._each(
            "tls", lambda address: certificate(address, port, self.host, ca)
        )

    def old_versions(self, port: int) -> dict[str, list[Fact]]:
        """Give address → the handshake with each old version alone."""

        def learn(address: str) -> list[Fact]:
            return [
                offer_old(address, port, self.host, version) for version in OLD_VERSIONS
            ]

        return self._each("tls old", learn)

    def _each(self, kind: str, learn: Callable[[str], Any]) -> dict[str, Any]:
        addresses = self.addresses()
        found: dict[str, Any] = self.target.note(
            kind, lambda: dict(zip(addresses, at_once(learn, addresses), strict=True))
        )
        return found


def at_once(learn: Callable[[Any], Any], about: Sequence[Any]) -> list[Any]:
    """Learn of several things at the same time; give the facts in order."""
    if not about:
        return []
    with ThreadPoolExecutor(min(len(about), 16), "wire") as pool:
        return list(pool.map(learn, about))
