"""What can be learnt of a server with GET and no credentials."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from conformance.config import config_from_url
from conformance.datafiles import profile_names
from conformance.profile import load_profile
from conformance.trust import trusting

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
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a server gave.

    Attributes:
        document: URL of its OpenAPI document.
        profile: The shipped profile that is nearest.
        trouble: Why it could not be talked to.
    """

    document: str | None
    profile: str
    trouble: str | None = None


def discover(url: str, ca: Path | None) -> Found:
    """Look for an OpenAPI document and the nearest shipped profile.

    Raises:
        UsageError: The URL is none, or the CA file holds no certificate.
    """
    base = config_from_url(url).base_url
    context = trusting(ca)
    with httpx.Client(verify=context, trust_env=False, timeout=_TIMEOUT_S) as client:
        for place in (*PLACES, *_claimed_places()):
            try:
                answer = client.get(base + place)
            except httpx.HTTPError as error:
                return Found(None, "ordercloud-core", str(error))
            document = _document(answer)
            if document is not None:
                return Found(base + place, _nearest(document))
    return Found(None, "ordercloud-core")


def _claimed_places() -> list[str]:
    found = [load_profile(n).raw["api"].get("openapi_path") for n in profile_names()]
    return [place for place in found if place and place not in PLACES]


def _document(answer: httpx.Response) -> Mapping[str, Any] | None:
    try:
        value = answer.json() if answer.is_success else None
    except ValueError:
        return None
    known = isinstance(value, dict) and isinstance(value.get("paths"), dict)
    return value if known else None


def _nearest(document: Mapping[str, Any]) -> str:
    paths = {_shape(path) for path in document["paths"]}

    def shared(name: str) -> float:
        profile = load_profile(name)
        claimed = {
            _shape(base + resource.path)
            for resource in profile.resources.values()
            for base in ("", profile.base_path)
        }
        return len(claimed & paths) / max(len(profile.resources), 1)

    return max(profile_names(), key=lambda name: (shared(name), name))


def _shape(path: str) -> str:
    return "/".join("{}" if "{" in part else part for part in path.split("/"))
