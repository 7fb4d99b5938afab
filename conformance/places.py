"""Where items are, and which: `Place`, `Item`. No verdicts here."""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from conformance.exchange import Exchange
from conformance.profile import Resource


@dataclass(frozen=True, slots=True)
class Place:
    """A collection of a resource, under certain parents.

    Attributes:
        parents: IDs, outermost first.
        fresh: The parents were made for this unit alone.
    """

    resource: Resource
    parents: tuple[str, ...] = ()
    fresh: bool = False

    @property
    def path(self) -> str:
        """Give the collection's path under the base path, escaped."""
        return self._fill(self.resource.path)

    def item(self, id_: str | int, body: Mapping[str, Any] | None = None) -> "Item":
        """Name the item of that ID, whether it exists or not."""
        return Item(self, str(id_), body or {})

    def _fill(self, path: str) -> str:
        for name, id_ in zip(self.resource.parents, self.parents, strict=True):
            path = path.replace(f"{{{name}}}", urllib.parse.quote(id_, safe=""))
        return path


@dataclass(frozen=True, slots=True)
class Item:
    """An item's address, and what was sent to make it.

    Attributes:
        body: What was sent, without what the server added.
        exchange: The exchange that made it, if one did.
    """

    place: Place
    id: str
    body: Mapping[str, Any] = field(default_factory=dict)
    exchange: Exchange | None = None

    @property
    def resource(self) -> Resource:
        """Give the resource."""
        return self.place.resource

    @property
    def path(self) -> str:
        """Give the item's path under the base path, escaped."""
        path = self.place._fill(self.resource.item_path)  # noqa: SLF001 - of one piece
        return path.replace("{id}", urllib.parse.quote(self.id, safe=""))


class _LeftOut:
    """Stands for a property that is not sent."""

    @override
    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT = _LeftOut()
