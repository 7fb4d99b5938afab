"""The clients and users that the server knows, made from the profile's roles."""

import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from conformance.reference.claims import WRITES, Claims

LIFETIME_S = 36000
SHORT_LIFETIME_S = 3
NARROW_IDENTITIES = 2
# What a form encoder may get wrong is in this one password.
AWKWARD = " +&=%/é"


@dataclass(frozen=True, slots=True)
class Client:
    """A client; one that has a secret needs it in every flow."""

    id: str
    secret: str | None
    roles: tuple[str, ...]
    flow: str
    lifetime_s: int = LIFETIME_S


@dataclass(frozen=True, slots=True)
class User:
    """A user."""

    name: str
    password: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a target file says about one identity."""

    name: str
    flow: str
    roles: tuple[str, ...]
    client_id: str
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    short_lived: bool = False

    def as_target(self) -> dict[str, Any]:
        """The identity as target files spell it."""
        spelt = asdict(self) | {"roles": list(self.roles)}
        return {name: value for name, value in spelt.items() if value}


@dataclass(slots=True)
class Registry:
    """Every client and user, and the identities made of them."""

    clients: dict[str, Client] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    identities: list[Identity] = field(default_factory=list)

    def enrol(self, name: str, flow: str, roles: tuple[str, ...]) -> None:
        """Make a client, and a user where the flow has one."""
        short = name == "short"
        lifetime_s = SHORT_LIFETIME_S if short else LIFETIME_S
        secret = (
            _secret() if flow in {"client_credentials", "elevated_password"} else None
        )
        client = Client(f"client-{name}-{_tail()}", secret, roles, flow, lifetime_s)
        self.clients[client.id] = client
        user = None
        if flow in {"password", "elevated_password"}:
            awkward = AWKWARD if name == "user" else ""
            user = User(f"user-{name}-{_tail()}", _secret() + awkward, roles)
            self.users[user.name] = user
        self.identities.append(
            Identity(
                name=name,
                flow=flow,
                roles=roles,
                client_id=client.id,
                client_secret=secret,
                username=user.name if user else None,
                password=user.password if user else None,
                short_lived=short,
            )
        )


def enrolled(claims: Claims) -> Registry:
    """The registry for a profile: only flows that it claims."""
    registry = Registry()
    for name, flow, roles in _wanted(claims):
        registry.enrol(name, flow, roles)
    return registry


def _wanted(claims: Claims) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    every = claims.roles
    own = {
        "app": "client_credentials",
        "user": "password",
        "elevated": "elevated_password",
        "second": "client_credentials",
        "second_user": "password",
        "anonymous": "anonymous",
    }
    for name, flow in own.items():
        if flow in claims.flows:
            yield name, flow, every
    preferred = ("client_credentials", "password", "elevated_password", "anonymous")
    claimed = [one for one in preferred if one in claims.flows]
    if not claimed:
        return
    flow = claimed[0]
    readers = reading_roles(claims)
    if readers:
        yield "reader", flow, readers
    for name, role in _narrow_roles(claims):
        yield f"only_{name}", flow, (role,)
    yield "short", flow, every


def reading_roles(claims: Claims) -> tuple[str, ...]:
    """The roles that open some read and no write."""
    opened = {
        role: {v for one in claims.resources.values() for v in one.opens(role)}
        for role in claims.roles
    }
    return tuple(
        role for role, verbs in opened.items() if verbs and not verbs & set(WRITES)
    )


def _narrow_roles(claims: Claims) -> Iterator[tuple[str, str]]:
    """A resource and a role that opens all of it but not every resource."""
    given: list[str] = []
    for name, resource in claims.resources.items():
        for role in claims.roles:
            others = (one.opens(role) for one in claims.resources.values())
            opens = resource.opens(role) == set(resource.verbs)
            if opens and role not in given and not all(others):
                yield name, role
                given.append(role)
                break
        if len(given) == NARROW_IDENTITIES:
            return


def _secret() -> str:
    return secrets.token_urlsafe(24)


def _tail() -> str:
    return secrets.token_hex(4)
