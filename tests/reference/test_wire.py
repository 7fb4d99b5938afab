"""Sockets and TLS."""

import socket
import ssl
import warnings

import pytest

from conformance.reference.serve import Running


def address(server: Running) -> tuple[str, int]:
    """Where the TLS port is."""
    host, _, port = server.base_url.removeprefix("https://").rpartition(":")
    return host, int(port)


def raw(server: Running, request: bytes) -> bytes:
    """Send bytes over TLS and read until the server closes."""
    host, port = address(server)
    trust = ssl.create_default_context(cafile=str(server.ca))
    with (
        socket.create_connection((host, port), timeout=5) as plain,
        trust.wrap_socket(plain, server_hostname=host) as tls,
    ):
        tls.sendall(request)
        answer = b""
        while chunk := tls.recv(65536):
            answer += chunk
    return answer


def test_the_plain_port_refuses(reference: Running) -> None:
    """No connection is made, whatever the address."""
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, reference.plain_port), timeout=5)


def test_plaintext_on_the_tls_port_gets_no_data(reference: Running) -> None:
    """The connection ends without an HTTP answer."""
    with socket.create_connection(address(reference), timeout=5) as plain:
        plain.sendall(b"GET /v1/buyers HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            answer = plain.recv(1000)
        except ConnectionResetError:
            answer = b""

    assert b"HTTP" not in answer


def test_tls_below_1_2_is_refused(reference: Running) -> None:
    """The handshake fails."""
    offer = ssl.create_default_context(cafile=str(reference.ca))
    offer.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        offer.minimum_version = ssl.TLSVersion.TLSv1
        offer.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(address(reference), timeout=5) as plain,
        pytest.raises((ssl.SSLError, ConnectionResetError)),
    ):
        offer.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /v1/a b HTTP/1.1",
        b"GET /v1/buyers/\xff HTTP/1.1",
        b"GARBAGE",
        b"BREW /v1/buyers HTTP/1.1",
    ],
)
def test_what_no_parser_understands_is_refused_in_the_standard_shape(
    reference: Running, request_line: bytes
) -> None:
    """The server's own 400 is JSON too."""
    answer = raw(reference, request_line + b"\r\nHost: localhost\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\ncontent-type: application/json; charset=utf-8\r\n" in answer
    assert b'{"Errors":[{"ErrorCode":"Request.Malformed"' in answer


def test_a_connection_serves_many_requests(reference: Running) -> None:
    """HTTP/1.1 keep-alive, pipelined here."""
    one = b"GET /v1/buyers HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = one.replace(b"Host", b"Connection: close\r\nHost")

    assert raw(reference, one + one + last).count(b"HTTP/1.1 401 ") == 3
