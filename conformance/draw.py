"""Drawing payloads before the run: Hypothesis makes them, and sends nothing."""

import contextlib
import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.control import current_build_context
from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes
from hypothesis.errors import Flaky
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from conformance.contract.document import Document
from conformance.profile import Profile

if TYPE_CHECKING:
    from conformance.plan import Row


@dataclass(frozen=True, slots=True)
class Drawn:
    """A payload, and what Hypothesis chose to make it.

    Attributes:
        choices: To start shrinking from, as Hypothesis keeps them; None for a case
            that was written down.
    """

    value: Any
    choices: bytes | None = None


def payloads_of(
    row: "Row",
    profile: Profile,
    run_seed: int,
    count: int,
    document: Document | None = None,
) -> list[Drawn]:
    """Give a row's payloads; one None when its body takes none.

    The same seed and row give the same payloads.
    """
    made = strategy_of(row, profile, document)
    if made is None:
        return [Drawn(None)]
    if not isinstance(made, st.SearchStrategy):
        return [Drawn(value) for value in made]
    try:
        return collect(made, count, row_seed(run_seed, row.id))
    except Exception as error:
        if not row.check.requirement.generated:
            raise
        # Somebody's document may ask for what nothing can be; the check falls back.
        words = str(error).strip().splitlines() or [type(error).__name__]
        return [Drawn(f"nothing can be drawn: {words[0][:200]}")]


def strategy_of(
    row: "Row", profile: Profile, document: Document | None = None
) -> st.SearchStrategy[Any] | list[Any] | None:
    """Give what a row's payloads are made by: a strategy, or a list of cases."""
    draws = row.check.requirement.draws
    if draws is None:
        return None
    if not row.check.requirement.generated:
        made = draws(profile, **row.arguments)
    elif document is None:
        return None
    else:
        made = draws(profile, document, **row.arguments)
    if isinstance(made, st.SearchStrategy):
        return made
    return list(made)  # type: ignore[call-overload, no-any-return]  # of cases


def row_seed(run_seed: int, row: str) -> int:
    """Give the seed of a row."""
    digest = hashlib.blake2b(f"{run_seed}|{row}".encode(), digest_size=8).digest()
    return int.from_bytes(digest)


def collect(
    strategy: st.SearchStrategy[Any], count: int, from_seed: int
) -> list[Drawn]:
    """Draw ``count`` values, fewer when the strategy has no more."""
    found: list[Drawn] = []

    @settings(_quiet, phases=[Phase.generate], max_examples=count, database=None)
    @seed(from_seed)
    @given(strategy)
    def draw(value: Any) -> None:
        choices = choices_to_bytes(current_build_context().data.choices)
        found.append(Drawn(value, choices))

    with _random_kept(), _of_no_module():
        draw()
    return found[:count]


def shrink(
    strategy: st.SearchStrategy[Any],
    first: Drawn,
    fails: Callable[[Any], bool | None],
    from_seed: int,
) -> Any:
    """Give the smallest value found that still fails, starting from one that did.

    Args:
        strategy: What drew the first.
        first: A value that failed, with its choices.
        fails: Tries a value; None when the budget for trying is spent.
        from_seed: The order in which values are tried follows from it.
    """
    smallest = first.value
    database = InMemoryExampleDatabase()
    database.save(_KEY + b".secondary", first.choices or choices_to_bytes(()))

    class Failed(Exception):
        pass

    @settings(_quiet, phases=_SHRINKING, max_examples=1, database=database)
    @seed(from_seed)
    @given(strategy)
    def attempt(value: Any) -> None:
        nonlocal smallest
        if fails(value):
            smallest = value
            raise Failed

    attempt._hypothesis_internal_database_key = _KEY  # type: ignore[attr-defined]  # noqa: SLF001 - the only way to start from what failed
    with (
        _random_kept(),
        _of_no_module(),
        contextlib.suppress(Failed, Flaky, ExceptionGroup),
    ):
        attempt()
    return smallest


_KEY = b"conformance"
_SHRINKING = (Phase.reuse, Phase.generate, Phase.shrink)
_quiet = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    print_blob=False,
    verbosity=Verbosity.quiet,
)


@contextlib.contextmanager
def _random_kept() -> Iterator[None]:
    """Leave the module's random numbers as they were."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


@contextlib.contextmanager
def _of_no_module() -> Iterator[None]:
    """Draw no constants that Hypothesis finds in the modules imported so far.

    They would make the payloads of a seed depend on what else runs in the process,
    and reading every module's source costs more than the drawing.
    """
    found = providers._get_local_constants  # noqa: SLF001 - there is no setting for it
    providers._get_local_constants = Constants  # noqa: SLF001
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = found  # noqa: SLF001


@contextlib.contextmanager
def no_hypothesis_folder() -> Iterator[None]:
    """Leave no ``.hypothesis`` in the working folder: what is cached goes away."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)
