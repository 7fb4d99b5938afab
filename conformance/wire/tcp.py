"""Names, ports and bytes: each thing learnt is plain JSON."""

import errno
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

#: Seconds that a connection, and an answer, may take; and how often it is tried.
CONNECT_S = 5.0
ANSWER_S = 5.0
CONNECTS = 3
#: Bytes that are read of what a port answers.
LARGEST_ANSWER = 64 * 2**10

Fact: TypeAlias = dict[str, Any]

_RESET = (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE)


def resolve(host: str) -> Fact:
    """Give a name's addresses, in the resolver's order, or why there are none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return {"addresses": [], "trouble": str(error)}
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return {"addresses": addresses, "trouble": None}


def knock(
    address: str, port: int, seconds: float = CONNECT_S, tries: int = CONNECTS
) -> str:
    """Connect, and again while nobody answers.

    Returns:
        ``open``, ``refused``, ``reset``, ``silent`` or ``unroutable``.
    """
    state = "silent"
    for _ in range(tries):
        connection, state = connected(address, port, seconds)
        if connection is not None:
            connection.close()
        if state != "silent":
            break
    return state


def connected(
    address: str, port: int, seconds: float
) -> tuple[socket.socket | None, str]:
    """Connect once; give the connection, and the state in `knock`'s words."""
    try:
        return socket.create_connection((address, port), seconds), "open"
    except OSError as error:
        return None, _state(error)


def _state(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "silent"
    if error.errno == errno.ECONNREFUSED:
        return "refused"
    return "reset" if error.errno in _RESET else "unroutable"


def say(
    address: str,
    port: int,
    data: bytes,
    tls: tuple[ssl.SSLContext, str] | None = None,
    seconds: float = ANSWER_S,
) -> Fact:
    """Send bytes on a connection of their own and listen.

    Args:
        address: The address.
        port: The port.
        data: What to send; never a secret, for nobody has proved who listens.
        tls: Context and host name; None for clear text.
        seconds: To connect; and again to answer.

    Returns:
        ``tcp`` as `knock` says; ``answer``, Latin-1; ``end``: ``closed``,
        ``reset``, ``deadline``, ``enough``, or why there was no TLS.
    """
    connection, state = connected(address, port, seconds)
    fact: Fact = {"tcp": state, "answer": "", "end": None}
    if connection is None:
        return fact
    with connection:
        try:
            channel = _channel(connection, tls)
        except OSError as error:
            return fact | {"end": f"no TLS: {trouble_of(error)}"}
        with channel:
            answer, end = _exchanged(channel, data, seconds)
    return fact | {"answer": answer.decode("latin-1"), "end": end}


def _channel(
    connection: socket.socket, tls: tuple[ssl.SSLContext, str] | None
) -> socket.socket:
    if tls is None:
        return connection
    context, name = tls
    return context.wrap_socket(connection, server_hostname=name)


def _exchanged(
    channel: socket.socket, data: bytes, seconds: float
) -> tuple[bytes, str]:
    answer = b""
    try:
        channel.sendall(data)
        for part in parts_of(channel, seconds):
            answer += part
            if len(answer) >= LARGEST_ANSWER:
                return answer[:LARGEST_ANSWER], "enough"
    except TimeoutError:
        return answer, "deadline"
    except OSError:
        return answer, "reset"
    return answer, "closed"


def parts_of(channel: socket.socket, seconds: float) -> Iterator[bytes]:
    """Give what comes until the other side closes.

    Args:
        channel: A connection, TLS or not.
        seconds: For all of it, counted from when the first part is asked for.

    Raises:
        TimeoutError: It did not close in time.
    """
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline is over")
        channel.settimeout(left)
        part = channel.recv(65536)
        if not part:
            return
        yield part


def trouble_of(error: OSError) -> str:
    """Name what ended a conversation.

    Returns:
        ``deadline``, ``closed``, ``reset``, or OpenSSL's reason.
    """
    if isinstance(error, TimeoutError):
        return "deadline"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "closed"
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return "reset" if error.errno in _RESET else str(error)
