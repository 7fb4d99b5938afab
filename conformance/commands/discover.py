"""What can be learnt of a server with GET and no credentials."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from conformance.config import config_from_url
from conformance.datafiles import profile_names
from conformance.profile import load_profile
from conformance.trust import trusting
from conformance.wire.bounded import fetching

#: Where servers publish their OpenAPI document.
PLACES = (
    "/openapi.json",
    "/v1/openapi.json",
    "/swagger.json",
    "/v1/openapi/v3",
    "/openapi/v3",
    "/api/openapi.json",
    "/swagger/v1/swagger.json",
    "/v3/api-docs",
)
#: Seconds for all the places, and for one document.
_LOOKING_S = 60.0
_DOCUMENT_S = 15.0
LARGEST_DOCUMENT = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a server gave.

    Attributes:
        base_url: As target files spell it.
        document: URL of its OpenAPI document.
        content: What that document says.
        profile: The shipped profile that is nearest.
        shared: How many of its resources' paths the document has.
        trouble: Why it could not be talked to.
    """

    base_url: str
    document: str | None = None
    profile: str = "ordercloud-core"
    shared: str | None = None
    trouble: str | None = None
    content: Mapping[str, Any] | None = None


def discover(url: str, ca: Path | None) -> Found:
    """Look for an OpenAPI document and the nearest shipped profile.

    Raises:
        UsageError: The URL is none, or the CA file holds no certificate.
    """
    base = config_from_url(url).base_url
    context = trusting(ca)
    with fetching(context, _LOOKING_S) as client:
        for place in (*PLACES, *_claimed_places()):
            try:
                with client.stream("GET", base + place) as answer:
                    document = _document(answer)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                return Found(
                    base, trouble=f"{base}: {str(error) or type(error).__name__}"
                )
            if document is not None:
                near, shared = _nearest(document)
                return Found(base, base + place, near, shared, content=document)
    return Found(base)


def _claimed_places() -> list[str]:
    found = [load_profile(n).raw["api"].get("openapi_path") for n in profile_names()]
    return [place for place in found if place and place not in PLACES]


def _document(answer: httpx.Response) -> Mapping[str, Any] | None:
    """Read an answer as an OpenAPI document, if it is one and not endless."""
    if not answer.is_success:
        return None
    body, end = b"", time.monotonic() + _DOCUMENT_S
    for part in answer.iter_bytes():
        body += part
        if len(body) > LARGEST_DOCUMENT or time.monotonic() > end:
            return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    known = isinstance(value, dict) and isinstance(value.get("paths"), dict)
    return value if known else None


def _nearest(document: Mapping[str, Any]) -> tuple[str, str]:
    """Name the profile most of whose paths the document has, and how many it has."""
    paths = {_shape(path) for path in document["paths"]}
    counts: dict[str, tuple[float, int, int]] = {}
    for name in profile_names():
        profile = load_profile(name)
        shapes = [
            {_shape(base + resource.path) for base in ("", profile.base_path)}
            for resource in profile.resources.values()
        ]
        shared = sum(bool(shape & paths) for shape in shapes)
        counts[name] = shared / max(len(shapes), 1), shared, len(shapes)
    best = max(counts, key=lambda name: (counts[name], name))
    _, shared, all_ = counts[best]
    if not shared:
        return "ordercloud-core", ""
    return best, f"{shared} of {all_}"


def _shape(path: str) -> str:
    return "/".join("{}" if "{" in part else part for part in path.split("/"))
