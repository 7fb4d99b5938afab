"""What is learnt below HTTP, against sockets of this machine."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.checks import _https
from conformance.config import Config
from conformance.errors import Disturbed
from conformance.exchange import Key
from conformance.line import Limits as LineLimits
from conformance.line import Request
from conformance.live import LiveLine
from conformance.recorder import Recorder
from conformance.vault import Vault
from conformance.wire import Probe, origin_of
from conformance.wire.bounded import Kept, bounded
from conformance.wire.tcp import knock, resolve, say
from conformance.wire.tls import certificate, described, offer_old
from conformance.wire.verbatim import Verbatim

HOME = "127.0.0.1"
DAY = dt.timedelta(days=1)
Talk = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Let every connection to a port be talked to in a thread of its own."""
    listener = socket.create_server((HOME, 0))
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                threading.Thread(target=answer, args=(connection,)).start()

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if context is None:
                talk(connection)
            else:
                with context.wrap_socket(connection, server_side=True) as channel:
                    talk(channel)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        # A last connection lets `accept` see that it is over.
        socket.create_connection(listener.getsockname()).close()
        thread.join()
        listener.close()


def answering(answer: bytes) -> Talk:
    """Read something, answer, close."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return talk


def hanging_up(connection: socket.socket) -> None:
    """Read something and close without a byte."""
    connection.recv(65536)


def silent(connection: socket.socket) -> None:
    """Say nothing for longer than anybody waits."""
    connection.recv(65536)
    time.sleep(3)


def resetting(connection: socket.socket) -> None:
    """Read something and reset the connection."""
    connection.recv(65536)
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )


def tls(leaf: trustme.LeafCert) -> ssl.SSLContext:
    """Give a server's context of today."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Give a certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def ca(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give its PEM file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


# --------------------------------------------------------------------------- sockets


def test_a_name_has_addresses_or_a_reason() -> None:
    """What resolves has addresses; what does not says why."""
    assert HOME in resolve("localhost")["addresses"]
    assert resolve("no.such.host.invalid")["trouble"]


def test_a_port_is_open_or_refused() -> None:
    """A listening port is open, a bound one refuses."""
    with serving(hanging_up) as port:
        assert knock(HOME, port) == "open"
    with socket.socket() as bound:
        bound.bind((HOME, 0))
        assert knock(HOME, bound.getsockname()[1]) == "refused"


def test_a_port_that_takes_no_more_is_silent() -> None:
    """Connects that nobody answers end by their deadline, as often as asked."""
    with socket.create_server((HOME, 0), backlog=0) as listener:
        address = listener.getsockname()
        filling = [socket.socket() for _ in range(4)]
        for one in filling:
            one.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                one.connect(address)
        assert knock(HOME, address[1], seconds=0.2, tries=2) == "silent"
        for one in filling:
            one.close()


@pytest.mark.parametrize(
    ("talk", "answer", "end"),
    [
        (answering(b"HTTP/1.1 301 Moved\r\n\r\n"), "HTTP/1.1 301 Moved\r\n\r\n",
         "closed"),
        (hanging_up, "", "closed"),
        (resetting, "", "reset"),
    ],
)  # fmt: skip
def test_what_is_said_is_answered(talk: Talk, answer: str, end: str) -> None:
    """The bytes that come and the way it ends are told."""
    with serving(talk) as port:
        fact = say(HOME, port, b"GET / HTTP/1.1\r\n\r\n")

    assert (fact["tcp"], fact["answer"], fact["end"]) == ("open", answer, end)


def test_an_answer_that_never_ends_is_cut() -> None:
    """A deadline and a size bound what is read."""

    def endless(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"a" * 65536)

    def dripping(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        connection.recv(65536)
        connection.recv(65536)

    with serving(endless) as port:
        assert say(HOME, port, b"x")["end"] == "enough"
    with serving(dripping) as port:
        assert say(HOME, port, b"x", seconds=0.2)["end"] == "deadline"


def pooled() -> httpx.BaseTransport:
    """Give what a proxy is talked to with."""
    return bounded(httpx.HTTPTransport(trust_env=False))


def kept() -> httpx.BaseTransport:
    """Give what a target is talked to with."""
    return Kept(ssl.create_default_context())


def asked(
    transport: httpx.BaseTransport,
    port: int,
    body: bytes = b"",
    pause: Callable[[], object] = lambda: None,
) -> str:
    """Ask for something twice, with a pause; give the body of the second answer."""
    with httpx.Client(transport=transport, trust_env=False, timeout=2.0) as client:
        for number, method in enumerate(("GET", "PUT")):
            if number:
                pause()
            told = client.request(method, f"http://{HOME}:{port}/x", content=body).text
    return told


def counting(
    times: int, heard: list[bytes], over: threading.Event | None = None
) -> Talk:
    """Answer so many times on a connection, and end it; keep what one read gives."""

    def talk(connection: socket.socket) -> None:
        for number in range(times):
            said = connection.recv(65536)
            if not said:
                return
            heard.append(said)
            told = b"%d" % number
            head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(told)
            connection.sendall(head + told)
        connection.shutdown(socket.SHUT_WR)
        if over is not None:
            over.set()
        connection.recv(1)

    return talk


@pytest.mark.parametrize("transport", [pooled, kept])
def test_a_connection_is_kept_while_it_lasts(
    transport: Callable[[], httpx.BaseTransport],
) -> None:
    """The second request goes over the first one's connection, or a new one."""
    heard: list[bytes] = []
    with serving(counting(9, heard)) as port:
        assert asked(transport(), port) == "1"
    over = threading.Event()
    with serving(counting(1, heard, over)) as port:
        assert asked(transport(), port, pause=lambda: over.wait(2.0)) == "0"


@pytest.mark.parametrize("transport", [pooled, kept])
def test_a_head_is_sent_with_its_body(
    transport: Callable[[], httpx.BaseTransport],
) -> None:
    """What a server reads first is the whole request, where it is small."""
    heard: list[bytes] = []
    with serving(counting(9, heard)) as port:
        asked(transport(), port, b"all of it")

    assert all(one.endswith(b"\r\n\r\nall of it") for one in heard)


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (hanging_up, httpx.RemoteProtocolError),
        (resetting, httpx.ReadError),
        (answering(b"no HTTP\r\n\r\n"), httpx.RemoteProtocolError),
        (
            answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"),
            httpx.RemoteProtocolError,
        ),
        (silent, httpx.ReadTimeout),
    ],
    ids=["hangs up", "resets", "no HTTP", "too short", "silent"],
)
def test_what_goes_wrong_is_told_as_httpx_tells_it(
    talk: Talk, error: type[Exception]
) -> None:
    """Our connection raises what httpx's own would."""
    for transport in (pooled, kept):
        with serving(talk) as port, pytest.raises(error):
            asked(transport(), port)
        with pytest.raises(httpx.ConnectError):
            asked(transport(), port)


def test_an_answer_given_early_is_read() -> None:
    """A server that answers and hangs up before it has read everything was heard."""

    def early(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno")
        time.sleep(0.2)

    with serving(early) as port, httpx.Client(transport=kept(), timeout=2.0) as client:
        answer = client.put(f"http://{HOME}:{port}/x", content=b"a" * 10_000)

    assert (answer.status_code, answer.text) == (413, "no")


@pytest.mark.parametrize("transport", [pooled, kept])
@pytest.mark.parametrize(
    "part", [b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"a"]
)
def test_an_answer_whose_head_never_ends_is_no_answer(
    part: bytes, transport: Callable[[], httpx.BaseTransport]
) -> None:
    """The deadline holds for the whole exchange, not for each read of it."""

    def dripping(connection: socket.socket) -> None:
        connection.sendall(part)
        again, pause = (part, 0) if b"103" in part else (b"a", 0.02)
        end = time.monotonic() + 4
        while time.monotonic() < end:
            connection.sendall(again)
            time.sleep(pause)

    with serving(dripping) as port:
        line = LiveLine(
            Vault(),
            Recorder(None),
            LineLimits(deadline_s=0.3),
            transport,
        )
        asked = time.monotonic()
        with pytest.raises(Disturbed, match="no end of the answer"):
            line.http(Key("row", 0, 0, 0, 0), Request("GET", f"http://{HOME}:{port}/"))
        line.close()

    assert time.monotonic() - asked < 2


# ------------------------------------------------------------------------------- TLS


def judged(
    leaf: trustme.LeafCert, ca: Path | None, name: str = "localhost"
) -> tuple[str | None, str | None]:
    """Give the breach and the open question that a certificate shows."""
    with serving(hanging_up, tls(leaf)) as port:
        fact = certificate(HOME, port, name, ca)
    return _https._judged(fact, origin_of("https://localhost"))  # noqa: SLF001


def test_a_chain_of_the_authority_given_is_right(
    authority: trustme.CA, ca: Path
) -> None:
    """Signed by the authority, or by its intermediate that is sent along: right."""
    names = ("localhost", HOME)
    assert judged(authority.issue_cert(*names), ca) == (None, None)
    between = authority.create_child_ca().issue_cert(*names)
    assert judged(between, ca) == (None, None)
    assert judged(between, ca, HOME) == (None, None)


def test_what_is_wrong_with_a_certificate_is_said(
    authority: trustme.CA, ca: Path
) -> None:
    """Wrong name, out of date, and another authority are breaches."""
    now = dt.datetime.now(dt.UTC)
    old: dict[str, Any] = {"not_before": now - 9 * DAY, "not_after": now - DAY}

    for leaf, words in (
        (authority.issue_cert("other.example"), "mismatch"),
        (authority.issue_cert("localhost", **old), "expired"),
        (trustme.CA().issue_cert("localhost"), "issuer"),
    ):
        breach, question = judged(leaf, ca)
        assert words in str(breach)
        assert question is None


def test_an_unknown_root_is_a_question_when_no_authority_was_given(
    authority: trustme.CA,
) -> None:
    """A chain that is right but for its root asks for --ca, and accuses nobody."""
    for leaf in (
        authority.issue_cert("localhost"),
        authority.create_child_ca().issue_cert("localhost"),
    ):
        breach, question = judged(leaf, None)
        assert breach is None
        assert "give --ca" in str(question)


def test_an_unknown_root_hides_no_other_mistake(authority: trustme.CA) -> None:
    """Without an authority a wrong name and a past date are breaches all the same."""
    now = dt.datetime.now(dt.UTC)
    old: dict[str, Any] = {"not_before": now - 9 * DAY, "not_after": now - DAY}

    assert "mismatch" in str(judged(authority.issue_cert("other.example"), None)[0])
    assert "expired" in str(judged(authority.issue_cert("localhost", **old), None)[0])


def of_a_public_authority(issuer: str) -> x509.Certificate:
    """Give a leaf with the policy that publicly trusted authorities put in."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    policy = x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string("CN=localhost"))
        .issuer_name(x509.Name.from_rfc4514_string(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + DAY)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
        .sign(key, hashes.SHA256())
    )


def test_a_public_leaf_that_comes_alone_lacks_its_intermediate(
    authority: trustme.CA,
) -> None:
    """No public root signs leaves: what signed it should have come along."""
    alone = described(of_a_public_authority("CN=Some Intermediate"))
    fact = {
        "chain": [alone],
        "trust": "system",
        "trouble": None,
        "verified": {"code": 20, "words": "no issuer", "trouble": None},
        "alone": {"code": 0, "words": None, "trouble": None},
    }
    private = x509.load_pem_x509_certificate(authority.cert_pem.bytes())

    breach, _ = _https._judged(fact, origin_of("https://localhost"))  # noqa: SLF001
    assert "intermediate is missing" in str(breach)
    assert described(private)["public"] is False


def test_a_certificate_that_signed_itself_is_a_breach(authority: trustme.CA) -> None:
    """A leaf that is its own authority is refused without asking for --ca."""
    own = trustme.LeafCert(
        authority.private_key_pem.bytes(), authority.cert_pem.bytes(), []
    )
    assert "self-signed" in str(judged(own, None)[0]).replace(
        "self signed", "self-signed"
    )


def test_a_port_without_tls_is_a_breach() -> None:
    """HTTP in answer to a handshake is no TLS at all."""
    with serving(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        fact = certificate(HOME, port, "localhost", None)

    breach, _ = _https._judged(fact, origin_of("https://localhost"))  # noqa: SLF001
    assert "no TLS" in str(breach)


def test_old_versions_are_refused_by_what_is_of_today(authority: trustme.CA) -> None:
    """Each old version is offered alone, and no server of today takes it."""
    with serving(hanging_up, tls(authority.issue_cert("localhost"))) as port:
        facts = [offer_old(HOME, port, "localhost", v) for v in ("TLSv1", "TLSv1.1")]

    assert all(fact.get("version") is None for fact in facts)
    assert all(fact["unable"] or "ALERT" in fact["trouble"] for fact in facts)


# ------------------------------------------------------------------------------ HTTP


def test_a_path_is_sent_as_it_is_written(authority: trustme.CA, ca: Path) -> None:
    """Dot segments and odd characters reach the server; the exchange is recorded."""
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")

    context = ssl.create_default_context(cafile=ca)
    recorder = Recorder(None)
    line = LiveLine(
        Vault(), recorder, LineLimits(), httpx.HTTPTransport, Verbatim(context)
    )
    with serving(talk, tls(authority.issue_cert("localhost"))) as port:
        url = f"https://localhost:{port}/v1/a/../b/%2e%2e/c d?x=[1]"
        request = Request("POST", url, (("X-Own", "1"),), b"{}", verbatim=True)
        answer = line.http(Key("row", 0, 0, 0, 0), request)

    assert seen[0].startswith(b"POST /v1/a/../b/%2e%2e/c d?x=[1] HTTP/1.1\r\n")
    assert seen[0].endswith(b"\r\n\r\n{}")
    assert answer.status == 404
    assert [one.sent.url for one in recorder.exchanges] == [url]


def test_nothing_is_sent_to_whom_nobody_trusts(authority: trustme.CA) -> None:
    """A certificate that does not verify ends a verbatim request before its head."""
    seen: list[bytes] = []
    verbatim = Verbatim(ssl.create_default_context())

    def talk(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))

    with serving(talk, tls(authority.issue_cert("localhost"))) as port:
        request = httpx.Request(
            "GET",
            f"https://localhost:{port}/",
            extensions={"timeout": {"read": 5}, "target": b"/"},
        )
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            verbatim.handle_request(request)

    assert not any(seen)


# ---------------------------------------------------------------------------- probes


class _Noting:
    """Stands for a target whose facts come from the world, then from a record."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.facts: list[Any] = []
        self.played: Iterator[Any] | None = None

    def note(self, _kind: str, learn: Callable[[], Any]) -> Any:
        """Learn, or play back."""
        if self.played is not None:
            return next(self.played)
        self.facts.append(learn())
        return self.facts[-1]


def _target(**config: Any) -> Any:
    return _Noting(Config(**{"base_url": "https://localhost:8443", **config}))


def test_a_probe_plays_back_without_a_network() -> None:
    """The facts of a probe come from the record when there is one."""
    target = _target()
    probe = Probe(target, "localhost")
    with serving(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        live = (probe.ports(port), probe.answers(port, [b"x", b"y"]))
    target.played = iter(target.facts)

    assert (probe.ports(port), probe.answers(port, [b"x", b"y"])) == live
    assert live[0][HOME] == ["open"]
    assert [fact["answer"][:12] for fact in live[1][HOME]] == ["HTTP/1.1 200"] * 2


def test_a_name_without_address_is_no_verdict() -> None:
    """What does not resolve is inconclusive."""
    with pytest.raises(Disturbed, match="no address"):
        Probe(_target(), "no.such.host.invalid").ports(1)
