"""Drawing payloads before the run: Hypothesis makes them, and sends nothing."""

import hashlib
import random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conformance.profile import Profile

if TYPE_CHECKING:
    from conformance.plan import Row


def payloads_of(row: "Row", profile: Profile, run_seed: int, count: int) -> list[Any]:
    """Give a row's payloads; ``[None]`` when its body takes none.

    The same seed and row give the same payloads.
    """
    draws = row.check.requirement.draws
    if draws is None:
        return [None]
    made = draws(profile, **row.arguments)
    if isinstance(made, st.SearchStrategy):
        return collect(made, count, row_seed(run_seed, row.id))
    return list(made)  # type: ignore[call-overload, no-any-return]  # a list of cases


def row_seed(run_seed: int, row: str) -> int:
    """Give the seed of a row."""
    digest = hashlib.blake2b(f"{run_seed}|{row}".encode(), digest_size=8).digest()
    return int.from_bytes(digest)


def collect(strategy: st.SearchStrategy[Any], count: int, from_seed: int) -> list[Any]:
    """Draw ``count`` values, fewer when the strategy has no more."""
    found: list[Any] = []

    @settings(
        database=None,
        deadline=None,
        phases=[Phase.generate],
        max_examples=count,
        suppress_health_check=list(HealthCheck),
    )
    @seed(from_seed)
    @given(strategy)
    def draw(value: Any) -> None:  # noqa: ANN401
        found.append(value)

    state = random.getstate()
    try:
        draw()
    finally:
        random.setstate(state)
    return found[:count]
