"""A running reference server, and a client for each identity."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.reference.serve import Running, running

PROFILES = Path(__file__).parents[2] / "profiles"
FLAT = Path(__file__).with_name("flat.toml")


def form(identity: dict[str, Any], **more: str) -> dict[str, str]:
    """The parameters of a right token request."""
    flow = identity["flow"]
    kinds = {"anonymous": "client_credentials", "elevated_password": "password"}
    secrets = ("client_id", "client_secret", "username", "password")
    given = {name: identity[name] for name in secrets if name in identity}
    return {"grant_type": kinds.get(flow, flow), **given, **more}


def identity(server: Running, name: str) -> dict[str, Any]:
    """An identity by its name."""
    return next(one for one in server.identities if one["name"] == name)


def client(server: Running, name: str | None = "app") -> httpx.Client:
    """A client that acts for an identity; nobody if None."""
    made = httpx.Client(verify=str(server.ca), base_url=server.base_url)
    if name is not None:
        granted = made.post(server.token_url, data=form(identity(server, name)))
        token = granted.json()["access_token"]
        made.headers["authorization"] = f"Bearer {token}"
    return made


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
    with client(reference) as made:
        yield made


@pytest.fixture(scope="session")
def shop(flat: Running) -> Iterator[httpx.Client]:
    """A client with every role at the flat server."""
    with client(flat, "user") as made:
        yield made
