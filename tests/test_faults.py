"""Each fault is caught by the clause it breaks, and accuses nothing else."""

from typing import Any

import pytest

from conformance.reference.faults import Fault, all_faults
from conformance.reference.variants import Variant, all_variants
from conformance.verdict import Verdict

FAULTS = sorted(all_faults().values(), key=lambda fault: fault.name)
VARIANTS = sorted(all_variants().values(), key=lambda variant: variant.name)
SEED = 20
#: The first fault of each clause, by name: what every change is held against.
FIRST = {fault.breaks: fault.name for fault in reversed(FAULTS)}
#: Forced along by whatever breaks a verb or an ID.
MODEL = "verbs.model"


def _forced(fault: Fault) -> set[str]:
    model = {MODEL} if fault.breaks.startswith(("verbs.", "ids.")) else set()
    return {fault.breaks, *fault.forces, *model}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take one fault of each clause; with ``--every`` or ``--whole`` all of them."""
    if "fault" in metafunc.fixturenames:
        option = metafunc.config.option
        every = option.every or option.whole
        chosen = [f for f in FAULTS if every or f.name == FIRST[f.breaks]]
        metafunc.parametrize("fault", chosen, ids=[fault.name for fault in chosen])


def test_a_fault_breaks_its_clause_and_no_other(
    judge: Any, fault: Fault, pytestconfig: pytest.Config
) -> None:
    """The clause gets its verdict, the exit code follows, nothing else is accused.

    Judged by every row of the clause and the smoke rows of all others; by the
    whole suite with ``--whole``.
    """
    whole = pytestconfig.getoption("--whole")
    # The seed draws the sequences of verbs.model: the same ones every time.
    around = None if whole else fault.breaks
    judged = judge(faults=(fault.name,), around=around, seed=SEED)
    must = fault.level == "MUST"
    accused = judged.accused()
    verdict = Verdict.FAIL if must else Verdict.WARN

    assert verdict.value in accused.get(fault.breaks, set())
    assert set(accused) <= _forced(fault)
    # A narrowed run may leave passive rows of the clause without an exchange.
    assert judged.code in ({1} if must else {0} if whole else {0, 2})


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_conforms(
    judge: Any, variant: Variant, pytestconfig: pytest.Config
) -> None:
    """A server that uses its freedoms is conformant, without a warning."""
    depth = "standard" if pytestconfig.getoption("--whole") else "smoke"
    judged = judge(variants=(variant.name,), depth=depth)

    assert judged.clauses(Verdict.FAIL) == set()
    assert judged.clauses(Verdict.WARN) == set()
    assert judged.code == 0


def test_every_clause_has_a_fault() -> None:
    """No clause is judged that no fault proves."""
    from conformance.commands.catalogue import by_clause  # noqa: PLC0415

    proven = {fault.breaks for fault in FAULTS}

    assert sorted(set(by_clause()) - proven) == []
