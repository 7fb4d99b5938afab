"""The texts of the files that ``init`` and ``serve`` write."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.profile import FLOWS, Operation, Profile

_HEAD = """\
# The server under judgement, and what its owner gives to judge it by.
# Every line that begins with "# " and a name is a question: take the "# " away and
# fill it in. Secrets: env:NAME takes the value of an environment variable.
# Then: conformance doctor target.toml

base_url = {url}
profile = "profile.toml"
{ca}

# May the suite create, change and remove items of its own? All of them carry the
# run's prefix and are removed at the end. Buys: everything but what only reads.
# allow_writes = true

# Where are tokens granted, when it is not {token}?
# Buys: everything that needs a token.
# token_url = "https://auth.example.com/oauth/token"

# Which plain-HTTP port must refuse? "none" says that there is no such port.
# Buys: https.plain_port_refused, https.token_endpoint{plain}
# plain_port = 80

# Does a later grant to the same user end the earlier token? Buys: no false alarm
# from oauth.lifetime.
# single_session = true

# What of all this can't you give? It is then listed as NOT TESTED and blocks nothing.
# absent = ["plain_port", "second_client", "short_lived_client", "low_role_identity"]
"""
_LINES: Mapping[str, tuple[str, ...]] = {
    "client_credentials": ("client_secret",),
    "password": ("username", "password"),
    "elevated_password": ("client_secret", "username", "password"),
    "anonymous": (),
}
_SECRETS = ("client_secret", "password")


def profile_text(path: Path) -> str:
    """Give a profile to fill in: a shipped one, with a word on top."""
    head = (
        "# What the server claims. This is a shipped profile to start from: change\n"
        "# paths, resources, roles and schemas to what your server really has, and\n"
        "# look at it with: conformance profile check profile.toml\n\n"
    )
    return head + path.read_text(encoding="utf-8")


def target_text(url: str, ca: str | None, profile: Profile) -> str:
    """Give a target file to fill in, each means a question with what it buys."""
    port_known = not _names_a_port(url)
    head = _HEAD.format(
        url=json.dumps(url),
        ca=_ca_line(ca),
        token=url + (profile.token_path or "/oauth/token"),
        plain="" if port_known else "; asked for, as\n# the API's port is not 443",
    )
    return "\n".join([head, *_questions(profile)])


def _names_a_port(url: str) -> bool:
    return ":" in url.partition("://")[2].partition("/")[0].rpartition("]")[2]


def _ca_line(ca: str | None) -> str:
    if ca:
        return f"ca = {json.dumps(str(Path(ca).resolve()))}"
    return '\n# Which CA is to be trusted, when it is no public one?\n# ca = "ca.pem"'


def _questions(profile: Profile) -> Iterator[str]:
    """Ask for each identity that some rows want."""
    flows = [flow for flow in FLOWS if flow in profile.flows and flow in _LINES]
    for flow in flows:
        yield f"# Who may use the flow {flow}, with every role?"
        yield f"# Buys: oauth.{flow}.*, and the rows that act with it."
        yield from _identity(flow, flow)
    if not flows:
        return
    flow = next((f for f in ("client_credentials", "password") if f in flows), flows[0])
    yield "# A client whose tokens expire within a minute or so? Buys: oauth.expiry."
    yield from _identity("short", flow, ["short_lived = true"])
    yield "# A second client with every role? Buys: oauth.refresh_bound."
    yield from _identity("second", flow)
    if "password" in profile.flows:
        yield "# A second user with every role? Buys: rows that log in anew while"
        yield "# others stand on a token; wanted where single_session is true."
        yield from _identity("second_user", "password")
    for number, role in enumerate(narrow_roles(profile), start=1):
        yield "# A client with few roles, all of them named?"
        yield "# Buys: status.forbidden_403, oauth.scope_enforced,"
        yield "# oauth.missing_roles_listed."
        yield from _identity(f"few_{number}", flow, [f"roles = {json.dumps([role])}"])


def _identity(name: str, flow: str, more: Iterable[str] = ()) -> Iterator[str]:
    yield "# [[identities]]"
    yield f'# name = "{name}"'
    yield f'# flow = "{flow}"'
    yield '# client_id = "..."'
    for key in _LINES[flow]:
        value = f"env:{name}_{key}".upper().replace("ENV:", "env:")
        yield f'# {key} = "{value if key in _SECRETS else "..."}"'
    yield from (f"# {line}" for line in more)
    yield ""


def narrow_roles(profile: Profile) -> list[str]:
    """Choose roles such that for each operation one of them does not reach it."""
    opened = {
        role: {o.name for o in profile.operations() if role in _roles(o)}
        for role in profile.roles
    }
    useful = [role for role, names in opened.items() if names]
    for first, second in itertools.combinations(useful, 2):
        if not opened[first] & opened[second]:
            return [first, second]
    return useful[:1]


def _roles(operation: Operation) -> Sequence[str]:
    return operation.resource.roles.get(operation.verb, ())


def told_text(told: Mapping[str, Any], profile: Path) -> str:
    """Give a whole target file for the reference as it runs."""
    lines = [
        f"base_url = {json.dumps(told['base_url'])}",
        f"plain_port = {told['plain_port']}",
        f"ca = {json.dumps(told['ca'])}",
        f"profile = {json.dumps(str(profile))}",
        "allow_writes = true",
    ]
    if told.get("single_session"):
        lines.append("single_session = true")
    for identity in told["identities"]:
        lines += ["", "[[identities]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in identity.items()]
    return "\n".join(lines) + "\n"
