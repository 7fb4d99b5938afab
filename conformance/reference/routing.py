"""From a raw path to a resource: what the profile's paths stand for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from conformance.reference.claims import PLACEHOLDER, Claims, Resource

COLLECTION = {"GET": "LIST", "HEAD": "LIST", "POST": "CREATE"}
ITEM = {
    "GET": "GET",
    "HEAD": "GET",
    "PUT": "SAVE",
    "PATCH": "PATCH",
    "DELETE": "DELETE",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A path template of one resource and the verbs that its methods stand for."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]
    resource: Resource
    methods: Mapping[str, str]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The methods that the profile claims here."""
        claimed = self.resource.verbs
        return tuple(m for m, verb in self.methods.items() if verb in claimed)

    def match(self, path: str) -> dict[str, str] | None:
        """The IDs in a raw path, percent-decoded; None if it is another path."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        try:
            ids = [unquote_to_bytes(part).decode() for part in found.groups()]
        except UnicodeDecodeError:
            return None
        return dict(zip(self.names, ids, strict=True))


def routes(claims: Claims) -> list[Route]:
    """Every route of a profile, those with fewer placeholders first."""
    made = [
        _route(claims.base_path + path, resource, methods)
        for resource in claims.resources.values()
        for path, methods in (
            (resource.path, COLLECTION),
            (resource.item_path, ITEM),
        )
    ]
    return sorted(made, key=lambda route: len(route.names))


def _route(path: str, resource: Resource, methods: Mapping[str, str]) -> Route:
    parts = PLACEHOLDER.split(path)
    literal = [re.escape(part) for part in parts[::2]]
    return Route(
        re.compile("([^/]+)".join(literal)), tuple(parts[1::2]), resource, methods
    )
