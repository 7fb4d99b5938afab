"""Handshakes and certificates: each thing learnt is plain JSON."""

import ssl
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from conformance.trust import trusting
from conformance.wire.tcp import CONNECT_S, Fact, connected, trouble_of

#: The versions that nobody should speak any more.
OLD_VERSIONS = ("TLSv1", "TLSv1.1")
#: Policies and extension that publicly trusted authorities put into a leaf.
_PUBLIC_POLICIES = ("2.23.140.1.1", "2.23.140.1.2")
_PUBLIC_LOG = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def certificate(address: str, port: int, name: str, ca: Path | None) -> Fact:
    """Learn what certificate an address presents, and whether it is to be trusted.

    Args:
        address: The address.
        port: The port.
        name: The host name that the certificate is for.
        ca: The authority that the run was given; None: the system's store.

    Returns:
        ``tcp``; ``trust``: ``given`` or ``system``; ``chain`` as presented, leaf
        first; ``trouble`` of a handshake that verifies nothing; ``verified`` and,
        where that failed, ``alone``, which trusts the end of the chain presented
        and so shows what else is wrong: version, cipher, code, words, trouble.
    """
    chain: list[x509.Certificate] = []
    seen = handshake(address, port, name, unverified(), chain)
    fact: Fact = {
        "tcp": seen["tcp"],
        "trouble": seen["trouble"],
        "trust": "given" if ca else "system",
        "chain": [described(one) for one in chain],
        "verified": None,
        "alone": None,
    }
    if chain:
        context = trusting(ca)
        fact["verified"] = handshake(address, port, name, context)
        if fact["verified"]["code"]:
            fact["alone"] = handshake(address, port, name, _trusting_the_end(chain))
    return fact


def handshake(
    address: str,
    port: int,
    name: str,
    context: ssl.SSLContext,
    chain: list[x509.Certificate] | None = None,
) -> Fact:
    """Shake hands once.

    Args:
        address: The address.
        port: The port.
        name: The host name asked for, and verified where the context verifies.
        context: What is offered and trusted.
        chain: Takes the certificates presented, leaf first.

    Returns:
        ``tcp``, ``version``, ``cipher``; ``code`` and ``words`` of a verification
        that failed, 0 otherwise; ``trouble``: an alert, ``closed``, ``reset``,
        ``deadline`` or OpenSSL's reason.
    """
    connection, state = connected(address, port, CONNECT_S)
    fact: Fact = {
        "tcp": state,
        "version": None,
        "cipher": None,
        "code": 0,
        "words": None,
        "trouble": None,
    }
    if connection is None:
        return fact
    with connection:
        try:
            with context.wrap_socket(connection, server_hostname=name) as channel:
                cipher = channel.cipher()
                fact |= {"version": channel.version(), "cipher": cipher and cipher[0]}
                if chain is not None:
                    chain.extend(_presented(channel))
        except ssl.SSLCertVerificationError as error:
            fact |= {"code": error.verify_code, "words": error.verify_message}
        except OSError as error:
            fact["trouble"] = trouble_of(error)
        except ValueError as error:
            fact["trouble"] = f"a certificate that can't be read: {error}"
    return fact


def _presented(channel: ssl.SSLSocket) -> list[x509.Certificate]:
    """Read the chain; Python 3.13 made public what older ones keep inside."""
    read = getattr(channel, "get_unverified_chain", None)
    if read is not None:
        return [x509.load_der_x509_certificate(der) for der in read()]
    inner = channel._sslobj.get_unverified_chain()  # type: ignore[attr-defined]  # noqa: SLF001
    pems = [one.public_bytes().encode() for one in inner or ()]
    return [x509.load_pem_x509_certificate(pem) for pem in pems]


def unverified() -> ssl.SSLContext:
    """Give a context that takes any certificate: for looking, never for secrets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _trusting_the_end(chain: Sequence[x509.Certificate]) -> ssl.SSLContext:
    """Give a context that trusts whatever the presented chain leads up to."""
    end = chain[0]
    for _ in chain:
        above = [one for one in chain if one.subject == end.issuer and one != end]
        if not above or end.subject == end.issuer:
            break
        end = above[0]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=end.public_bytes(Encoding.DER))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def described(one: x509.Certificate) -> Fact:
    """Give a certificate's claims in plain JSON."""
    return {
        "subject": one.subject.rfc4514_string(),
        "issuer": one.issuer.rfc4514_string(),
        "not_before": one.not_valid_before_utc.isoformat(),
        "not_after": one.not_valid_after_utc.isoformat(),
        "names": list(_names(one)),
        "public": _is_public(one),
    }


def _extension(one: x509.Certificate, oid: x509.ObjectIdentifier) -> Any:
    # Whatever a stranger put into an extension can't be read but by trying.
    try:
        return one.extensions.get_extension_for_oid(oid).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None


def _names(one: x509.Certificate) -> Iterator[str]:
    listed = _extension(one, ExtensionOID.SUBJECT_ALTERNATIVE_NAME) or ()
    for name in listed:
        if isinstance(name, x509.DNSName | x509.IPAddress):
            yield str(name.value)


def _is_public(one: x509.Certificate) -> bool:
    """Say whether a publicly trusted authority says that it issued a leaf."""
    policies = _extension(one, ExtensionOID.CERTIFICATE_POLICIES) or ()
    known = (policy.policy_identifier.dotted_string for policy in policies)
    return _extension(one, _PUBLIC_LOG) is not None or any(
        oid.startswith(_PUBLIC_POLICIES) for oid in known
    )


def _only(version: ssl.TLSVersion) -> ssl.SSLContext | None:
    context = unverified()
    try:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    except (ssl.SSLError, ValueError):
        return None
    return context


with warnings.catch_warnings():
    # Offering what is deprecated is the purpose; `catch_warnings` is for one thread.
    warnings.simplefilter("ignore", DeprecationWarning)
    _OLD: Mapping[str, ssl.SSLContext | None] = {
        "TLSv1": _only(ssl.TLSVersion.TLSv1),
        "TLSv1.1": _only(ssl.TLSVersion.TLSv1_1),
    }


def offer_old(address: str, port: int, name: str, version: str) -> Fact:
    """Offer one old version alone.

    Returns:
        As `handshake`, with ``unable``: why our own OpenSSL could not offer it.
    """
    unable = _unable(version)
    context = _OLD[version]
    if unable or context is None:
        return {"offer": version, "unable": unable}
    return {"offer": version, "unable": None, **handshake(address, port, name, context)}


def _unable(version: str) -> str | None:
    """Say why no ClientHello can be made; None when one can."""
    context = _OLD[version]
    if context is None:
        return f"{version} can't be configured"
    idle = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a.test")
    try:
        idle.do_handshake()
    except ssl.SSLWantReadError:
        return None
    except ssl.SSLError as error:
        return error.reason or str(error)
    return None
