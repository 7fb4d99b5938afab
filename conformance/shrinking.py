"""After the run: the smallest payload on which a row still fails in the same way."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

from conformance.contract.document import Document
from conformance.draw import Drawn, row_seed, shrink, strategy_of
from conformance.plan import Row, filled
from conformance.session import Session
from conformance.verdict import Kind, Outcome

#: What looking for one smaller payload may cost.
REQUESTS = 600
TRIES = 300
#: Ways to fail, of one row, that are looked into.
WAYS = 3
#: What differs from payload to payload in the words of one way to fail.
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|/\S+|\d+")


@dataclass(frozen=True, slots=True)
class Smaller:
    """A way in which a row failed.

    Attributes:
        words: What was found.
        first: The first payload that failed so.
        smallest: The smallest found that fails so.
    """

    words: str
    first: Any
    smallest: Any


class Shrinker:
    """Looks for smaller payloads of rows that failed."""

    def __init__(
        self,
        session: Session,
        document: Document | None,
        attempt: Callable[[Row, Any, int], Outcome],
    ) -> None:
        self._session = session
        self._document = document
        self._attempt = attempt

    def of(
        self, row: Row, payloads: Sequence[Sequence[Outcome]]
    ) -> tuple[Smaller, ...]:
        """Give the ways in which a row failed, each with its smallest payload.

        Args:
            row: The row; its payloads are drawn.
            payloads: The outcomes of every attempt at each of them.
        """
        found: dict[str, tuple[str, Drawn]] = {}
        for drawn, attempts in zip(row.drawn, payloads, strict=True):
            for outcome in attempts:
                if outcome.kind is Kind.BROKEN:
                    found.setdefault(way(outcome.words), (outcome.words, drawn))
        return tuple(
            Smaller(words, first.value, self._smaller(row, first, words))
            for words, first in itertools.islice(found.values(), WAYS)
        )

    def _smaller(self, row: Row, first: Drawn, words: str) -> Any:
        strategy = strategy_of(row, self._session.profile, self._document)
        if first.choices is None or not isinstance(strategy, SearchStrategy):
            return first.value
        line = self._session.line
        budget = line.sent + REQUESTS
        tries = itertools.count()

        def fails(value: Any) -> bool | None:
            number = next(tries)
            if line.sent >= budget or number >= TRIES or line.stop.is_set():
                return None
            payload = filled(value, self._session.prefix)
            outcome = self._attempt(row, payload, number)
            return outcome.kind is Kind.BROKEN and way(outcome.words) == way(words)

        from_seed = row_seed(self._session.seed, row.id)
        smallest = shrink(strategy, first, fails, from_seed)
        return filled(smallest, self._session.prefix)


def shrinkable(row: Row) -> bool:
    """Say whether a row's payloads were drawn, not written down."""
    return any(drawn.choices is not None for drawn in row.drawn)


def way(words: str) -> str:
    """Leave aside what differs from payload to payload in what was found."""
    return _VARYING.sub("…", words)
