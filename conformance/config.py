"""The target file: the server under judgement and the means its owner gives."""

import os
import stat
import sys
import urllib.parse
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.toml import insist_on_schema, read_toml
from conformance.urls import base_url, insist_on_no_login, parts_of, without_login


@dataclass(frozen=True, slots=True)
class Identity:
    """A client, or a user with a client, and what it may do.

    Attributes:
        flow: The grant it uses: password, client_credentials, elevated_password
            or anonymous.
        roles: Its roles; None: not said, taken as every role.
    """

    name: str
    flow: str
    client_id: str
    client_secret: str = ""
    username: str = ""
    password: str = ""
    roles: tuple[str, ...] | None = None
    short_lived: bool = False
    secretless: bool = False
    lockout_limit: int | None = None

    def may(self, roles: tuple[str, ...]) -> bool:
        """Say whether any one of ``roles`` is the identity's."""
        return not roles or self.roles is None or bool(set(roles) & set(self.roles))


@dataclass(frozen=True, slots=True)
class Config:
    """One target and how to treat it.

    Attributes:
        base_url: Scheme, host, port and perhaps a path; no closing slash.
        plain_port: The plain-HTTP port, None when not said, 0 for ``none``.
        absent: Means that the owner declares absent.
    """

    base_url: str
    token_url: str | None = None
    profile: str | None = None
    openapi: str | None = None
    plain_port: int | None = None
    ca: Path | None = None
    proxy: str | None = None
    allow_writes: bool | None = None
    allow_leftovers: bool = False
    allow_plain_http: bool = False
    single_session: bool = False
    list_pages: int = 30
    absent: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()
    requests: int = 50_000
    rate: float = 0.0
    failed_logins: int = 200
    concurrency: int = 32
    warnings: tuple[str, ...] = field(default=())

    def public(self) -> dict[str, Any]:
        """Give the target as JSON, with no secret in it."""
        table = asdict(self)
        for identity in table["identities"]:
            for key in ("client_secret", "password"):
                if identity[key]:
                    identity[key] = f"struck.out.{identity['name']}.{key}"
        return {
            **table,
            "ca": self.ca and str(self.ca),
            "proxy": self.proxy and without_login(self.proxy),
        }

    @property
    def parts(self) -> urllib.parse.SplitResult:
        """Give the base URL in parts."""
        return urllib.parse.urlsplit(self.base_url)

    @property
    def host(self) -> str:
        """Give the host name."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """Give the port of the API."""
        return self.parts.port or (443 if self.parts.scheme == "https" else 80)

    @property
    def plain(self) -> bool:
        """Say whether the target speaks plain HTTP."""
        return self.parts.scheme == "http"


def config_from_public(table: Mapping[str, Any]) -> Config:
    """Read back what `Config.public` gave; its secrets are placeholders."""
    identities = tuple(
        Identity(**{**entry, "roles": entry["roles"] and tuple(entry["roles"])})
        for entry in table["identities"]
    )
    lists = {name: tuple(table[name]) for name in ("absent", "warnings")}
    return Config(**{**table, **lists, "identities": identities, "ca": None})


def config_from_url(url: str) -> Config:
    """Take a bare URL as a target.

    Raises:
        UsageError: It is no URL of a web server.
    """
    return Config(base_url=base_url(url, "target"))


def read_config(path: Path) -> Config:
    """Read a target file.

    Raises:
        UsageError: Names the file, the key and what was expected.
    """
    table = read_toml(path)
    insist_on_schema(table, "target", path)
    return replace(config_from(table, path), warnings=tuple(_warnings(path, table)))


def config_from(table: Mapping[str, Any], path: Path) -> Config:
    """Take a target file's content.

    Args:
        table: Content that keeps ``schemas/target.json``.
        path: The file, for messages and for paths relative to it.
    """
    given = dict(table)
    budget = given.pop("budget", {})
    identities = tuple(
        _identity(entry, f"{path}: identities.{number}")
        for number, entry in enumerate(given.pop("identities", ()))
    )
    _insist_on_names(identities, path)
    for key in ("token_url", "proxy"):
        if key in given:
            parts_of(given[key], f"{path}: {key}")
    if "token_url" in given:
        insist_on_no_login(given["token_url"], f"{path}: token_url")
    plain_port = given.pop("plain_port", None)
    config = Config(
        base_url=base_url(given.pop("base_url"), f"{path}: base_url"),
        plain_port=0 if plain_port == "none" else plain_port,
        ca=_beside(path, given.pop("ca", None)),
        profile=_profile_beside(path, given.pop("profile", None)),
        openapi=_document_beside(path, given.pop("openapi", None)),
        absent=(*given.pop("absent", ()), *_no_port(plain_port)),
        identities=identities,
        **given,
        **budget,
    )
    if config.ca is not None and not config.ca.is_file():
        raise UsageError(f"{path}: ca: no such file: {config.ca}")
    _insist_on_absence(config, path)
    return config


def _insist_on_absence(config: Config, path: Path) -> None:
    """Insist that what is declared absent is not given all the same."""
    given = {
        identity.flow: f"identity {identity.name!r}" for identity in config.identities
    }
    for identity in config.identities:
        if identity.short_lived:
            given["short_lived_client"] = f"identity {identity.name!r}"
    if config.plain_port:
        given["plain_port"] = f"plain_port = {config.plain_port}"
    for means in config.absent:
        if means in given:
            raise UsageError(
                f"{path}: absent: {means!r} is declared absent and given by "
                f"{given[means]}; take one of them away"
            )


def _no_port(plain_port: int | str | None) -> tuple[str, ...]:
    """Count a plain port that the owner says there is none of as declared absent."""
    return ("plain_port",) if plain_port == "none" else ()


def _identity(entry: Mapping[str, Any], where: str) -> Identity:
    given = dict(entry)
    for key in ("client_secret", "password", "client_id", "username"):
        if str(given.get(key, "")).startswith("env:"):
            given[key] = _environment(str(given[key])[4:], f"{where}.{key}")
    for key in {
        "password": ("username", "password"),
        "elevated_password": (
            "username",
            "password",
            "client_secret",
        ),
        "client_credentials": ("client_secret",),
    }.get(given["flow"], ()):
        if not given.get(key):
            raise UsageError(f"{where}: flow {given['flow']!r} needs {key}")
    if "roles" in given:
        given["roles"] = tuple(given["roles"])
    return Identity(**given)


def _environment(name: str, where: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise UsageError(f"{where}: env:{name}: that variable is not set")
    return value


def _insist_on_names(identities: tuple[Identity, ...], path: Path) -> None:
    names = [identity.name for identity in identities]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{path}: identities: the name {name!r} stands twice")


def _beside(path: Path, name: str | None) -> Path | None:
    return None if name is None else (path.parent / name).resolve()


def _document_beside(path: Path, place: str | None) -> str | None:
    if place is None or place.startswith(("http://", "https://")):
        return place
    return str(_beside(path, place))


def _profile_beside(path: Path, name: str | None) -> str | None:
    if name is None:
        return None
    beside = path.parent / name
    return str(beside) if beside.is_file() else name


def _warnings(path: Path, table: Mapping[str, Any]) -> list[str]:
    secrets = any(
        not str(entry.get(key, "env:")).startswith("env:")
        for entry in table.get("identities", ())
        for key in ("client_secret", "password")
    )
    if not secrets or sys.platform == "win32" or not path.exists():
        return []
    others = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    words = f"{path}: holds secrets and others can read it; chmod 600 {path}"
    return [words] if others else []
