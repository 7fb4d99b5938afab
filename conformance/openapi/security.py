"""Roles of operations, flows and token endpoint, base path."""

import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.openapi.document import Document, Operation
from conformance.openapi.facts import INFERRED, READ, UNKNOWN, Fact

_FLOWS = {"password": "password", "clientCredentials": "client_credentials"}
_TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path


def base_path(document: Document) -> Fact:
    """Give the path of the server that the document names first."""
    servers = document.root.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    if not isinstance(first, dict) or not isinstance(first.get("url"), str):
        return Fact("", UNKNOWN, "the document names no server")
    url = first["url"]
    variables = first.get("variables")
    for name, told in (variables if isinstance(variables, dict) else {}).items():
        default = told.get("default", "") if isinstance(told, dict) else ""
        url = url.replace(f"{{{name}}}", str(default))
    path = _path_of(url).rstrip("/")
    if any(sign in path for sign in "{} "):
        return Fact("", UNKNOWN, f"{url!r} has no plain path")
    return Fact(path, READ, f"of {first['url']}")


def _path_of(url: str) -> str:
    try:
        return urllib.parse.urlsplit(url).path
    except ValueError:
        return ""


def schemes(document: Document) -> dict[str, Mapping[str, Any]]:
    """Give name → security scheme."""
    components = document.table(document.root.get("components"), "components")
    where = "components.securitySchemes"
    told = document.table(components.get("securitySchemes"), where)
    return {n: document.table(s, f"{where}.{n}") for n, s in told.items()}


def _oauth_flows(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, scheme in schemes(document).items():
        if scheme.get("type") == "oauth2":
            where = f"components.securitySchemes.{name}.flows"
            for kind, flow in document.table(scheme.get("flows"), where).items():
                yield kind, document.table(flow, f"{where}.{kind}")


def flow_facts(document: Document) -> dict[str, Fact]:
    """Give flows, those that a refresh follows, and the token's path."""
    told = dict(_oauth_flows(document))
    flows = [_FLOWS[kind] for kind in told if kind in _FLOWS]
    if not flows:
        return _without_flows(document, list(told))
    refreshed = any("refreshUrl" in flow for flow in told.values())
    made = list(flows)
    words = f"{', '.join(flows)} read"
    if refreshed or {"password", "client_credentials"} <= set(flows):
        made.append("refresh_token")
        words += "; refresh_token as the conventions name it"
    if {"password", "client_credentials"} <= set(flows):
        made.append("elevated_password")
        words += ", elevated_password likewise"
    from_ = [f for f in made if f in ("password", "elevated_password")]
    facts = {"flows": Fact(made, READ if made == flows else INFERRED, words)}
    if "refresh_token" in made and from_:
        facts["refresh_from"] = Fact(from_, INFERRED, "a user's tokens are refreshed")
    return facts | {"token_path": _token_path(told)}


def _token_path(told: Mapping[str, Mapping[str, Any]]) -> Fact:
    url = next(
        (
            str(f["tokenUrl"])
            for k, f in told.items()
            if k in _FLOWS and f.get("tokenUrl")
        ),
        "",
    )
    path = "/" + _path_of(url).lstrip("/")
    if path == "/" or any(sign in path for sign in "{} "):
        return Fact(_TOKEN_PATH, UNKNOWN, "no token URL is documented")
    return Fact(path, READ, f"of {url}")


def _without_flows(document: Document, others: list[str]) -> dict[str, Fact]:
    kinds = [
        str(scheme.get("scheme") or scheme.get("type"))
        for scheme in schemes(document).values()
    ]
    if not kinds:
        return {"flows": Fact([], READ, "the document asks for no token")}
    words = f"the document has {', '.join(others or kinds)}, and no flow of these"
    return {
        "flows": Fact(["client_credentials"], UNKNOWN, words),
        "token_path": Fact(_TOKEN_PATH, UNKNOWN, "no token URL is documented"),
    }


def roles_of(document: Document, operation: Operation) -> list[str]:
    """Give the scopes, any one of which opens an operation."""
    told = operation.raw.get("security", document.root.get("security"))
    found: dict[str, None] = {}
    for alternative in told if isinstance(told, list) else ():
        for scopes in alternative.values() if isinstance(alternative, dict) else ():
            if isinstance(scopes, list):
                found.update((s, None) for s in scopes if isinstance(s, str) and s)
    return list(found)
