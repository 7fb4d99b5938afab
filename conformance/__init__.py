"""Contract conformance for servers that claim the OrderCloud API conventions.

What a check module needs stands here; the words to insist with are in
`conformance.expect`, the values to send in `conformance.strategies`.
"""

import pytest

pytest.register_assert_rewrite("conformance.checks")

from conformance.exchange import Exchange  # noqa: E402 - rewriting comes first
from conformance.plan import Watched  # noqa: E402
from conformance.profile import Operation, Profile, Resource  # noqa: E402
from conformance.requirement import Level, must, should  # noqa: E402
from conformance.target import LEFT_OUT, Item, Place, Target  # noqa: E402

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
