"""Running reference servers, and clients that act for their identities."""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.reference.serve import Running, running

PROFILES = Path(__file__).parents[2] / "profiles"
FLAT = Path(__file__).with_name("flat.toml")
GRANT_TYPES = {"anonymous": "client_credentials", "elevated_password": "password"}

Form = Callable[..., dict[str, str]]
Join = Callable[..., httpx.Client]


def token_form(server: Running, name: str, **more: str) -> dict[str, str]:
    """The parameters of a right token request of an identity."""
    identity = next(one for one in server.identities if one["name"] == name)
    kept = ("client_id", "client_secret", "username", "password")
    given: dict[str, Any] = {one: identity[one] for one in kept if one in identity}
    kind = GRANT_TYPES.get(identity["flow"], identity["flow"])
    return {"grant_type": kind, **given, **more}


def joined(server: Running, name: str | None = "app", **more: str) -> httpx.Client:
    """A client with a token of an identity; without one if there is no name."""
    trust = ssl.create_default_context(cafile=str(server.ca))
    client = httpx.Client(
        verify=trust,
        base_url=server.base_url,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
    if name is not None:
        answer = client.post(server.token_url, data=token_form(server, name, **more))
        token = answer.json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
    return client


@pytest.fixture(scope="session")
def form() -> Form:
    """The parameters of a right token request."""
    return token_form


@pytest.fixture
def join() -> Iterator[Join]:
    """Makes clients, and closes them at the end."""
    made: list[httpx.Client] = []

    def make(*arguments: Any, **more: str) -> httpx.Client:
        made.append(joined(*arguments, **more))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def reference() -> Iterator[Running]:
    """The server of the shipped reference profile."""
    with running(PROFILES / "reference.toml") as server:
        yield server
    assert server.server.crashes == []


@pytest.fixture(scope="session")
def flat() -> Iterator[Running]:
    """The server of a profile that differs wherever it may."""
    with running(FLAT) as server:
        yield server
    assert server.server.crashes == []


@pytest.fixture(scope="session")
def api(reference: Running) -> Iterator[httpx.Client]:
    """A client with every role at the reference."""
    with contextlib.closing(joined(reference)) as client:
        yield client


@pytest.fixture(scope="session")
def shop(flat: Running) -> Iterator[httpx.Client]:
    """A client with every role at the flat server."""
    with contextlib.closing(joined(flat, "user")) as client:
        yield client
