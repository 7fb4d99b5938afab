"""The texts of the files that ``init`` and ``serve`` write."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.commands.discover import Found
from conformance.profile import FLOWS

_TARGET = """\
# The server under judgement, and what its owner gives to judge it by.
# Secrets: env:NAME takes the value of an environment variable.

base_url = {url}
profile = "profile.toml"
{ca}
# May the suite create, change and remove items of its own? Without this only
# what reads is judged.
# allow_writes = true

# Where tokens are granted, when it is not the base URL and the profile's path:
# token_url = "https://auth.example.com/oauth/token"

# The plain-HTTP port that must refuse (https.plain_port_refused); asked for when
# the API's port is not 443. "none" when there is no such port.
# plain_port = 80

# A later grant to the same user ends the earlier token?
# single_session = true

# Means that you do not have: what needs them is listed as NOT TESTED.
# absent = ["second_client", "short_lived_client", "low_role_identity"]

# One identity for each flow that the profile claims, every role:
{identities}
# A client whose tokens expire within a minute or so (oauth.expiry):
# [[identities]]
# name = "short"
# flow = "client_credentials"
# client_id = "..."
# client_secret = "env:SHORT_CLIENT_SECRET"
# short_lived = true

# A second client with the same rights (oauth.refresh_bound):
# [[identities]]
# name = "second"
# flow = "client_credentials"
# client_id = "..."
# client_secret = "env:SECOND_CLIENT_SECRET"

# A client with few roles, all of them named (oauth.scope_enforced,
# status.forbidden_403, oauth.missing_roles_listed):
# [[identities]]
# name = "reader"
# flow = "client_credentials"
# client_id = "..."
# client_secret = "env:READER_CLIENT_SECRET"
# roles = ["..."]
"""
_LINES: Mapping[str, tuple[str, ...]] = {
    "client_credentials": ("client_secret",),
    "password": ("username", "password"),
    "elevated_password": ("client_secret", "username", "password"),
}


def profile_text(path: Path) -> str:
    """Give a profile to fill in: a shipped one, with a word on top."""
    head = (
        "# What the server claims. This is a shipped profile to start from: change\n"
        "# paths, resources, roles and schemas to what your server really has, and\n"
        "# look at it with: conformance profile check profile.toml\n\n"
    )
    return head + path.read_text(encoding="utf-8")


def target_text(url: str, ca: str | None, found: Found, name: str) -> str:
    """Give a target file to fill in."""
    del found, name
    identities = "\n".join(_identity(flow) for flow in FLOWS if flow in _LINES)
    line = f"ca = {json.dumps(str(Path(ca).resolve()))}" if ca else (
        '# PEM file of the CA, when it is not a public one:\n# ca = "ca.pem"'
    )
    return _TARGET.format(url=json.dumps(url), ca=line, identities=identities)


def _identity(flow: str) -> str:
    lines = ["# [[identities]]", f'# name = "{flow}"', f'# flow = "{flow}"',
             '# client_id = "..."']
    for key in _LINES[flow]:
        secret = key in ("client_secret", "password")
        value = f"env:{flow}_{key}".upper().replace("ENV:", "env:") if secret else "..."
        lines.append(f'# {key} = "{value}"')
    return "\n".join(lines) + "\n"


def told_text(told: Mapping[str, Any], profile: Path) -> str:
    """Give a whole target file for the reference as it runs."""
    lines = [
        f"base_url = {json.dumps(told['base_url'])}",
        f"plain_port = {told['plain_port']}",
        f"ca = {json.dumps(told['ca'])}",
        f"profile = {json.dumps(str(profile))}",
        "allow_writes = true",
    ]
    for identity in told["identities"]:
        lines += ["", "[[identities]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in identity.items()]
    return "\n".join(lines) + "\n"
