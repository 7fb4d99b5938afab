"""Contract conformance for servers that claim the OrderCloud API conventions.

What a check module needs stands here; the words to insist with are in
`conformance.expect`, how values compare in `conformance.values`, the values to send
in `conformance.strategies`.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.places import LEFT_OUT, Item, Place
    from conformance.plan import Watched
    from conformance.profile import Operation, Profile, Resource
    from conformance.requirement import Level, must, should
    from conformance.target import Target

__all__ = [
    "LEFT_OUT",
    "Exchange",
    "Item",
    "Level",
    "Operation",
    "Place",
    "Profile",
    "Resource",
    "Target",
    "Watched",
    "must",
    "should",
]
# Looked up late: the reference server, a process of its own, starts without them.
_HOMES = {
    "LEFT_OUT": "places",
    "Exchange": "exchange",
    "Item": "places",
    "Level": "requirement",
    "Operation": "profile",
    "Place": "places",
    "Profile": "profile",
    "Resource": "profile",
    "Target": "target",
    "Watched": "plan",
    "must": "requirement",
    "should": "requirement",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'conformance' has no attribute {name!r}")
    return getattr(importlib.import_module(f"conformance.{_HOMES[name]}"), name)
