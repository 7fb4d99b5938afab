"""Verdicts, and the one way from what happened to them."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from conformance.requirement import Level


class Verdict(enum.Enum):
    """What is said of a row, a clause."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    WARN = "warn"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


#: Gravest first: a clause's verdict is the gravest of its rows'.
GRAVITY = (
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.WAIVED,
    Verdict.WARN,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the gravest of several verdicts; not applicable when there is none."""
    return min(verdicts, key=GRAVITY.index, default=Verdict.NOT_APPLICABLE)


class Kind(enum.Enum):
    """How one attempt at one payload ended."""

    HELD = "held"
    BROKEN = "broken"
    WAITS = "waits"
    DISTURBED = "disturbed"
    NOT_PROVIDED = "not provided"
    UNJUDGED = "unjudged"
    STOPPED = "stopped"
    NOT_CLAIMED = "not claimed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt at one payload of a row.

    Attributes:
        words: What was found, for a person.
        waits_for: The row waited for, where there is one.
        shared: The reason is shared by many rows; trying again changes nothing.
        exchanges: Ids, in order.
        edges: What the softer edge has to say.
        noted: What the report should mention, whatever the verdict.
        owners: Other clauses whose breach it is as well, each with what was met.
        shaken: A gateway answered in between, or a connection was lost, so that
            what was found may be its doing.
    """

    kind: Kind
    words: str = ""
    waits_for: str | None = None
    shared: bool = False
    exchanges: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    shaken: bool = False
    duration_s: float = 0.0

    @property
    def doubtful(self) -> bool:
        """Say whether it accuses, and a gateway may be to blame."""
        return self.shaken and (self.kind is Kind.BROKEN or bool(self.edges))


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on a row, with its evidence.

    Attributes:
        message: Why, when it is no pass.
        cause: What stood in the way, when it is inconclusive.
        attempts: ``1/3``: failed in one of three; ``2 of 90``: exchanges.
        exchanges: Ids; of what failed, where something did.
        seen: How many exchanges the row looked at.
        means: What the owner would have to give.
    """

    verdict: Verdict
    message: str = ""
    cause: str | None = None
    waits_for: str | None = None
    attempts: str | None = None
    exchanges: tuple[str, ...] = ()
    seen: int = 0
    duration_s: float = 0.0
    means: str | None = None
    edges: tuple[str, ...] = ()
    payload: object = None
    notes: tuple[str, ...] = field(default=())


#: Exchanges that a row cites which holds.
CITED_PASS = 4
#: Attempts at what did not simply hold; at what the way to the target spoilt; and the
#: number of the first that looks for a smaller payload, and judges nothing.
ATTEMPTS = 3
PATIENCE = 6
SHRINK_ATTEMPT = 100


def again(outcomes: Sequence[Outcome]) -> bool:
    """Say whether a payload should be tried once more, in a fresh scope."""
    last, count = outcomes[-1], len(outcomes)
    if any(o.kind is Kind.BROKEN and not o.doubtful for o in outcomes):
        return count < ATTEMPTS and last.kind is not Kind.STOPPED
    if all(outcome.doubtful for outcome in outcomes):
        return count < ATTEMPTS
    spoilt = last.doubtful or (last.shaken and last.kind is Kind.DISTURBED)
    open_ = last.doubtful or last.kind in (Kind.WAITS, Kind.DISTURBED)
    return open_ and not last.shared and count < (PATIENCE if spoilt else ATTEMPTS)


def settled(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Let no attempt accuse that a gateway disturbed, unless each one did so."""
    if len(outcomes) >= ATTEMPTS and all(o.doubtful for o in outcomes):
        return list(outcomes)
    words = "a gateway answered in between"
    return [
        replace(o, kind=Kind.DISTURBED, words=words, edges=()) if o.doubtful else o
        for o in outcomes
    ]


def result_of(level: Level, payloads: Sequence[Sequence[Outcome]]) -> Result:
    """Judge a row by every attempt at every payload.

    A breach in any attempt is a breach, said with its count. Without one, the
    last attempt at each payload counts, and all must have held; a payload that
    gave nothing to judge is left aside when another was judged.
    """
    every = [outcome for attempts in payloads for outcome in attempts]
    duration_s = sum(outcome.duration_s for outcome in every)
    exchanges = tuple(id_ for outcome in every for id_ in outcome.exchanges)
    broken = first_broken(payloads)
    if broken is not None:
        number, attempts = broken
        count = sum(outcome.kind is Kind.BROKEN for outcome in attempts)
        first = next(o for o in attempts if o.kind is Kind.BROKEN)
        verdict = Verdict.FAIL if level is Level.MUST else Verdict.WARN
        return Result(
            verdict,
            first.words,
            attempts=f"{count}/{len(attempts)}",
            exchanges=first.exchanges,
            seen=len(exchanges),
            duration_s=duration_s,
            payload=number,
        )
    last = [attempts[-1] for attempts in payloads if attempts]
    held = [outcome for outcome in last if outcome.kind is Kind.HELD]
    left_aside = (Kind.HELD, Kind.UNJUDGED, Kind.NOT_CLAIMED)
    if last and all(outcome.kind is Kind.NOT_CLAIMED for outcome in last):
        return Result(Verdict.NOT_APPLICABLE, last[0].words, duration_s=duration_s)
    open_ = [o for o in last if o.kind not in left_aside]
    if open_ or not held:
        return _undecided(open_ or last, duration_s, len(exchanges))
    edges = tuple(words for outcome in last for words in outcome.edges)
    return Result(
        Verdict.PASS,
        exchanges=tuple(id_ for o in held for id_ in o.exchanges),
        seen=len(exchanges),
        duration_s=duration_s,
        edges=edges,
        attempts=_recovered(payloads),
    )


def edge_result(level: Level, row: str, main: Result) -> Result:
    """Judge a clause's softer edge by what the row before it saw.

    Args:
        level: Of the softer edge.
        row: Id of the row before it.
        main: That row's verdict.
    """
    if main.verdict is not Verdict.PASS:
        return Result(
            Verdict.INCONCLUSIVE,
            cause="the row that it belongs to did not pass",
            waits_for=row,
            means=main.means,
        )
    if not main.edges:
        return Result(Verdict.PASS, seen=main.seen, exchanges=main.exchanges)
    return Result(
        Verdict.FAIL if level is Level.MUST else Verdict.WARN,
        "; ".join(dict.fromkeys(main.edges)),
        exchanges=main.exchanges,
        seen=main.seen,
    )


def first_broken(
    payloads: Sequence[Sequence[Outcome]],
) -> tuple[int, Sequence[Outcome]] | None:
    """Give the first payload that an attempt broke on, with its attempts."""
    for number, attempts in enumerate(payloads):
        if any(outcome.kind is Kind.BROKEN for outcome in attempts):
            return number, attempts
    return None


def _recovered(payloads: Sequence[Sequence[Outcome]]) -> str | None:
    """Say that attempts were disturbed before one held."""
    most = max((len(attempts) for attempts in payloads), default=1)
    return f"0/{most}" if most > 1 else None


def _undecided(last: Sequence[Outcome], duration_s: float, seen: int) -> Result:
    if not last:
        return Result(Verdict.INCONCLUSIVE, cause="nothing was drawn to judge it by")
    order = (
        Kind.ERROR,
        Kind.WAITS,
        Kind.DISTURBED,
        Kind.STOPPED,
        Kind.NOT_PROVIDED,
        Kind.UNJUDGED,
        Kind.NOT_CLAIMED,
    )
    worst = min(last, key=lambda outcome: order.index(outcome.kind))
    means = worst.words if worst.kind is Kind.NOT_PROVIDED else None
    return Result(
        Verdict.INCONCLUSIVE,
        message=worst.words,
        cause=_CAUSES[worst.kind].format(words=worst.words),
        waits_for=worst.waits_for,
        exchanges=worst.exchanges,
        seen=seen,
        duration_s=duration_s,
        means=means,
    )


_CAUSES = {
    Kind.ERROR: "the suite's own error: {words}",
    Kind.WAITS: "{words}",
    Kind.DISTURBED: "no verdict from the target: {words}",
    Kind.STOPPED: "not executed: {words}",
    Kind.NOT_PROVIDED: "not mentioned: {words}",
    Kind.UNJUDGED: "nothing to judge: {words}",
    Kind.NOT_CLAIMED: "{words}",
}
