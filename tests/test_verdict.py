"""From attempts to a verdict: nothing is green by default."""

import pytest

from conformance.requirement import Level
from conformance.verdict import (
    Kind,
    Outcome,
    Verdict,
    again,
    gravest,
    result_of,
    settled,
)

HELD, BROKEN = Outcome(Kind.HELD), Outcome(Kind.BROKEN, "words")
WAITS, OPEN = Outcome(Kind.WAITS, "w", "row"), Outcome(Kind.DISTURBED, "reset")
MISSING, REFUSED = Outcome(Kind.NOT_PROVIDED, "second_client"), Outcome(Kind.UNJUDGED)
ERROR = Outcome(Kind.ERROR, "bug")


SHAKEN = Outcome(Kind.BROKEN, "words", shaken=True)
SHAKEN_EDGE = Outcome(Kind.HELD, edges=("words",), shaken=True)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([SHAKEN, HELD], Verdict.PASS),
        ([SHAKEN, SHAKEN, HELD], Verdict.PASS),
        ([SHAKEN_EDGE, HELD], Verdict.PASS),
        ([SHAKEN, SHAKEN, OPEN], Verdict.INCONCLUSIVE),
        ([SHAKEN, SHAKEN, SHAKEN], Verdict.FAIL),
        ([SHAKEN, BROKEN, HELD], Verdict.FAIL),
    ],
    ids=["once", "twice", "edge", "never-alone", "each-time", "alone-once"],
)
def test_what_a_gateway_shook_accuses_nobody(
    outcomes: list[Outcome], verdict: Verdict
) -> None:
    """A breach beside a gateway's answer counts when there is no other attempt."""
    assert all(again(outcomes[:n]) for n in range(1, len(outcomes)))

    result = result_of(Level.MUST, [settled(outcomes)])
    assert (result.verdict, result.edges) == (verdict, ())


@pytest.mark.parametrize(
    ("payloads", "verdict", "attempts"),
    [
        ([[HELD]], Verdict.PASS, None),
        ([[BROKEN, BROKEN, BROKEN]], Verdict.FAIL, "3/3"),
        ([[BROKEN, HELD, HELD]], Verdict.FAIL, "1/3"),
        ([[OPEN, HELD]], Verdict.PASS, "0/2"),
        ([[OPEN, BROKEN, HELD]], Verdict.FAIL, "1/3"),
        ([[HELD], [BROKEN, BROKEN, BROKEN]], Verdict.FAIL, "3/3"),
        ([[OPEN, OPEN, OPEN]], Verdict.INCONCLUSIVE, None),
        ([[WAITS]], Verdict.INCONCLUSIVE, None),
        ([[MISSING]], Verdict.INCONCLUSIVE, None),
        ([[ERROR]], Verdict.INCONCLUSIVE, None),
        ([[REFUSED]], Verdict.INCONCLUSIVE, None),
        ([[REFUSED], [HELD]], Verdict.PASS, None),
        ([[HELD], [WAITS]], Verdict.INCONCLUSIVE, None),
        ([], Verdict.INCONCLUSIVE, None),
    ],
    ids=[
        *("held", "broken", "broken-once", "recovered", "broken-after-a-reset"),
        *("one-of-two-broken", "never-answered", "waits", "missing", "error"),
        *("refused", "one-refused", "one-waits", "nothing"),
    ],
)
def test_the_verdict_on_a_must_row(
    payloads: list[list[Outcome]], verdict: Verdict, attempts: str | None
) -> None:
    """A breach in any attempt is said with its count; silence is never green."""
    result = result_of(Level.MUST, payloads)

    assert (result.verdict, result.attempts) == (verdict, attempts)


def test_a_should_row_warns() -> None:
    """A breach of a SHOULD is a warning."""
    assert result_of(Level.SHOULD, [[BROKEN] * 3]).verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("outcomes", "more"),
    [
        ([HELD], False),
        ([BROKEN], True),
        ([BROKEN, HELD], True),
        ([BROKEN, HELD, HELD], False),
        ([OPEN], True),
        ([OPEN, HELD], False),
        ([MISSING], False),
        ([ERROR], False),
        ([Outcome(Kind.WAITS, shared=True)], False),
    ],
    ids=[
        *("held", "broken", "broken-then-held", "three", "reset", "recovered"),
        *("missing", "error", "shared"),
    ],
)
def test_what_is_tried_again(outcomes: list[Outcome], more: bool) -> None:  # noqa: FBT001
    """A breach is repeated to three; a disturbance until something holds."""
    assert again(outcomes) is more


def test_the_gravest_verdict_is_the_clause_s() -> None:
    """Fail, inconclusive, waived, warn, pass, not applicable: in this order."""
    everything = [Verdict.PASS, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.FAIL]

    assert gravest(everything) is Verdict.FAIL
    assert gravest(everything[:3]) is Verdict.INCONCLUSIVE
    assert gravest([]) is Verdict.NOT_APPLICABLE


GATED = Outcome(Kind.DISTURBED, "503", shaken=True)
SHAKEN_WAITS = Outcome(Kind.WAITS, "w", "row", shaken=True)


@pytest.mark.parametrize(
    ("outcomes", "more"),
    [
        ([SHAKEN] * 3, False),
        ([OPEN] * 3, False),
        ([GATED] * 3, True),
        ([GATED] * 5, True),
        ([GATED] * 6, False),
        ([OPEN, SHAKEN, SHAKEN], True),
        ([SHAKEN_WAITS] * 3, False),
        ([WAITS] * 2, True),
        ([WAITS] * 3, False),
    ],
    ids=[
        *("shaken-thrice", "reset-thrice", "gated-thrice", "gated-five", "gated-six"),
        *("shaken-after-a-reset", "shaken-wait", "waits-twice", "waits-thrice"),
    ],
)
def test_what_a_gateway_spoilt_is_tried_longer(
    outcomes: list[Outcome],
    more: bool,  # noqa: FBT001
) -> None:
    """Three attempts are enough, six where a gateway or a lost connection spoilt."""
    assert again(outcomes) is more


def test_what_the_document_does_not_claim_is_not_applicable() -> None:
    """The first reason is given; where something was judged, that counts."""
    silent = Outcome(Kind.NOT_CLAIMED, "no paths"), Outcome(Kind.NOT_CLAIMED, "none")
    result = result_of(Level.MUST, [[one] for one in silent])

    assert (result.verdict, result.message) == (Verdict.NOT_APPLICABLE, "no paths")
    assert result_of(Level.MUST, [[silent[0]], [HELD]]).verdict is Verdict.PASS


def test_only_what_the_owner_can_give_is_called_a_means() -> None:
    """The report names it; what a row waits for is not the owner's to give."""
    assert result_of(Level.MUST, [[MISSING]]).means == "second_client"
    assert result_of(Level.MUST, [[WAITS]]).means is None
