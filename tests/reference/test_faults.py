"""Each fault shows, and each variant keeps the server usable."""

import socket
import ssl
import warnings
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.reference.faults import all_faults
from conformance.reference.serve import Running, running
from conformance.reference.variants import all_variants

Join = Callable[..., httpx.Client]
Form = Callable[..., dict[str, str]]
PROFILE = Path(__file__).parents[2] / "profiles" / "reference.toml"


def buyer(client: httpx.Client, **more: object) -> httpx.Response:
    """A new buyer called hers."""
    return client.post("/v1/buyers", json={"ID": "hers", "Name": "x", **more})


def tcp(server: Running, port: int) -> socket.socket:
    """A connection to the server's machine."""
    host = server.base_url.removeprefix("https://").rpartition(":")[0]
    return socket.create_connection((host, port), timeout=5)


def tls_port(server: Running) -> int:
    """The TLS port."""
    return int(server.base_url.rpartition(":")[2])


def test_every_fault_says_what_it_does() -> None:
    """One sentence each, and a clause of a chapter."""
    for one in all_faults().values():
        assert one.sentence.endswith(".")
        assert one.breaks.partition(".")[2]
        assert one.level in {"MUST", "SHOULD"}


def test_an_unknown_fault_is_refused() -> None:
    """A misspelt name must not run an intact server."""
    with pytest.raises(LookupError), running(PROFILE, ["nonsense"]):
        pass


def test_json_content_type_text_on_errors(join: Join) -> None:
    """Errors are labelled as text, successes are not."""
    with running(PROFILE, ["json-content-type-text-on-errors"]) as server:
        client = join(server)
        assert client.get("/v1/x").headers["content-type"].startswith("text/plain")
        assert "json" in client.get("/v1/buyers").headers["content-type"]


def test_dates_local_time_no_offset(join: Join) -> None:
    """The stamp ends with its fraction."""
    with running(PROFILE, ["dates-local-time-no-offset"]) as server:
        assert buyer(join(server)).json()["DateCreated"][-4] == "."


def test_token_type_missing(join: Join, form: Form) -> None:
    """Only the password flow's answer lacks it."""
    with running(PROFILE, ["token-type-missing"]) as server:
        client = join(server)
        asked = [form(server, name) for name in ("user", "app", "elevated")]
        bodies = [client.post(server.token_url, data=one).json() for one in asked]

    assert ["token_type" in body for body in bodies] == [False, True, True]


def test_duplicate_id_overwrites(join: Join) -> None:
    """The second create wins."""
    with running(PROFILE, ["duplicate-id-overwrites"]) as server:
        client = join(server)
        buyer(client)
        assert buyer(client, Active=True).status_code == 201
        assert client.get("/v1/buyers/hers").json()["Active"] is True


def test_error_without_code(join: Join) -> None:
    """The message is still there."""
    with running(PROFILE, ["error-without-code"]) as server:
        error = join(server).get("/v1/x").json()["Errors"][0]

    assert "ErrorCode" not in error
    assert error["Message"]


def test_patch_drops_unsent(join: Join) -> None:
    """An optional property is lost, a required one is not."""
    with running(PROFILE, ["patch-drops-unsent"]) as server:
        client = join(server)
        buyer(client, xp={"a": 1})
        item = client.patch("/v1/buyers/hers", json={"Active": True}).json()

    assert (item["Name"], item["xp"]) == ("x", None)


def test_create_answers_200(join: Join) -> None:
    """The item is there all the same."""
    with running(PROFILE, ["create-answers-200"]) as server:
        assert buyer(join(server)).status_code == 200


def test_plain_port_answers() -> None:
    """With a redirect."""
    with (
        running(PROFILE, ["plain-port-answers"]) as server,
        tcp(server, server.plain_port) as plain,
    ):
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert plain.recv(1000).startswith(b"HTTP/1.1 301 ")


def test_plaintext_served_on_tls_port(join: Join) -> None:
    """TLS is served too."""
    with running(PROFILE, ["plaintext-served-on-tls-port"]) as server:
        assert join(server).get("/v1/buyers").status_code == 200
        with tcp(server, tls_port(server)) as plain:
            plain.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
            assert plain.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_certificate_expired(join: Join) -> None:
    """No client that looks at the date connects."""
    with (
        running(PROFILE, ["certificate-expired"]) as server,
        pytest.raises(httpx.ConnectError, match="expired"),
    ):
        join(server, None).get("/")


def test_tls10_accepted() -> None:
    """An old client gets through."""
    with running(PROFILE, ["tls10-accepted"]) as server:
        offer = ssl.create_default_context(cafile=str(server.ca))
        offer.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            offer.minimum_version = ssl.TLSVersion.TLSv1
            offer.maximum_version = ssl.TLSVersion.TLSv1
        with (
            tcp(server, tls_port(server)) as plain,
            offer.wrap_socket(plain, server_hostname="localhost") as tls,
        ):
            assert tls.version() == "TLSv1"


@pytest.mark.parametrize("name", sorted(all_variants()))
def test_a_variant_still_serves(join: Join, name: str) -> None:
    """Create, read, list, refuse, remove."""
    with running(PROFILE, variants=[name]) as server:
        client = join(server)
        made = buyer(client, xp={"a": "é/"})
        seen = client.get("/v1/buyers/hers")
        page = client.get("/v1/buyers")
        # A new item may hold what the server itself puts there, and stay for it.
        for born in client.get("/v1/buyers/hers/addresses").json()["Items"]:
            client.delete(f"/v1/buyers/hers/addresses/{born['ID']}")
        gone = client.delete("/v1/buyers/hers")
        lost = client.get("/v1/buyers/hers")

    assert made.status_code == 201
    assert seen.json() == made.json()
    [listed] = page.json()["Items"]
    assert listed["ID"] == "hers"
    assert listed.items() <= made.json().items()
    assert (gone.status_code, lost.status_code) == (204, 404)
    assert lost.json()["Errors"][0]["ErrorCode"] == "NotFound"


def test_all_variants_together_serve(join: Join) -> None:
    """They can be combined."""
    known = sorted(all_variants().items())
    together = [name for name, one in known if "dates-with-z" not in one.excludes]
    with running(PROFILE, variants=together) as server:
        made = buyer(join(server))

    assert made.json()["DateCreated"].endswith("0000Z")
    assert server.server.crashes == []
