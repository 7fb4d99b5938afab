"""Combinations of variants: every two that agree meet, and meet apart."""

from collections.abc import Iterator, Mapping
from itertools import combinations, count, islice
from typing import Any

from covertable import criteria, make  # type: ignore[import-untyped]  # has none

from conformance.reference.variants import Variant


def combined(variants: Mapping[str, Variant], number: int) -> list[tuple[str, ...]]:
    """Give so many combinations, the same ones each time.

    Covering arrays of pairs, one after another: in each, any two variants that
    don't exclude one another are on together, off together, and on without the other.

    Args:
        variants: By name, in the order in which they are switched on.
        number: How many combinations.
    """
    return list(islice(_rows(variants), number)) if number else []


def _rows(variants: Mapping[str, Variant]) -> Iterator[tuple[str, ...]]:
    apart = [
        {"operator": "or", "conditions": [_off(one), _off(other)]}
        for one, other in contradicting(variants)
    ]
    for salt in count():
        rows: list[dict[str, bool]] = make(
            {name: [False, True] for name in variants},
            strength=2,
            criterion=criteria.simple,  # greedy takes ten times as long for as many
            salt=str(salt),
            constraints=apart,
        )
        for row in rows:
            yield tuple(name for name in variants if row[name])


def _off(name: str) -> dict[str, Any]:
    return {"operator": "ne", "left": name, "value": True}


def contradicting(variants: Mapping[str, Variant]) -> list[tuple[str, str]]:
    """List the pairs of which one says that it excludes the other."""
    return [
        (one, other)
        for one, other in combinations(variants, 2)
        if other in variants[one].excludes or one in variants[other].excludes
    ]
