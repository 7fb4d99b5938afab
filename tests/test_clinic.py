"""A server of rare rules, all of them allowed, is accused of nothing."""

from pathlib import Path

import pytest

from conformance.plan import Plan, shipped_checks
from conformance.profile import load_profile
from conformance.proof.aim import at_all
from conformance.proof.trial import Trial, judged
from conformance.reference.variants import all_variants

CLINIC = Path(__file__).with_name("clinic") / "profile.toml"
#: What the objects of that clinic are: see there.
OBJECTS = "objects-hold-what-the-server-writes"
#: Freedoms that are easily met together.
TOGETHER = (
    *("clashes-are-told-first", "wrong-types-coerced", "defaults-count-on"),
    *("some-values-need-others", "unique-values-stay", "absence-is-empty"),
    *("errors-tell-by-their-members", "lists-of-summarised-objects"),
    *("long-text-is-too-large", "new-parents-have-an-item"),
)


@pytest.mark.parametrize("freedoms", [(), TOGETHER], ids=["plain", "free"])
def test_a_clinic_is_accused_of_nothing(freedoms: tuple[str, ...]) -> None:
    """Every row holds, or says what it could not look at."""
    assert {OBJECTS, *freedoms} <= all_variants().keys()
    plan = Plan(load_profile(CLINIC), shipped_checks())
    trial = Trial("variant", "clinic", variants=(OBJECTS, *freedoms))

    outcome = judged(trial, plan, at_all(plan, "standard"), 3)

    assert outcome.troubles == ()
    assert outcome.accused == ()
    assert outcome.undecided == ()
