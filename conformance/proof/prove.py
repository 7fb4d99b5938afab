"""Runs a proof: which trials, on what bench, with what kept from before."""

import gc
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from conformance.contract.document import Document, read_document
from conformance.options import DEPTHS
from conformance.plan import Plan, shipped_checks
from conformance.profile import load_profile
from conformance.proof.aim import FEW, Aim, at_all, at_clause
from conformance.proof.matrix import Tried, killers
from conformance.proof.pool import FORKS, each
from conformance.proof.results import Kept
from conformance.proof.trial import Outcome, Trial, judged
from conformance.reference.claims import read_claims
from conformance.reference.faults import Fault, all_faults
from conformance.reference.openapi import described
from conformance.reference.variants import all_variants
from conformance.smoke import smoke_rows

#: Judge faults that the profile gives nothing to break: the first of them that can.
WIDEST = ("reference", "example-vendor", "ordercloud-core")
#: Seconds for one trial; a fault that hangs the server costs many time-outs.
LIMIT_S = 300.0
LIMIT_FULL_S = 1800.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What to prove.

    Attributes:
        full: Every fault by the whole suite, not by a choice of rows.
        chapters: Only faults of these, and variants by their rows.
        part: Which of how many parts, counted from 1.
        combinations: How many combinations of variants to judge.
    """

    profile: str
    seed: int
    full: bool = False
    chapters: tuple[str, ...] = ()
    part: tuple[int, int] = (1, 1)
    combinations: tuple[tuple[str, ...], ...] = ()
    jobs: int = 2
    plans: dict[str, Plan] = field(default_factory=dict)

    def trials(self) -> list[Trial]:
        """List what is tried, in an order that any part shares fairly."""
        faults = sorted(all_faults().values(), key=lambda fault: fault.name)
        every = [
            *(Trial("fault", f.name, faults=(f.name,)) for f in faults if self._is(f)),
            *(
                Trial("variant", name, variants=(name,))
                for name in sorted(all_variants())
            ),
            *(
                Trial("combination", f"combination-{number:03}", variants=names)
                for number, names in enumerate(self.combinations, 1)
            ),
        ]
        nth, of = self.part
        return every[nth - 1 :: of]

    def _is(self, fault: Fault) -> bool:
        chapter = fault.breaks.partition(".")[0]
        return not self.chapters or chapter in self.chapters

    @property
    def whole(self) -> bool:
        """Say whether no fault and no variant is left out."""
        return not self.chapters and self.part == (1, 1)

    @property
    def main(self) -> Plan:
        """Give the plan of the profile that was asked for."""
        return self._plan_of(self.profile)

    def plan(self, trial: Trial) -> Plan:
        """Give the plan of the profile that has what a trial breaks."""
        first = self.main
        if trial.kind != "fault":
            return first
        wider = (self._plan_of(name) for name in WIDEST)
        fault = all_faults()[trial.name]
        plans = itertools.chain((first,), wider)
        found = (plan for plan in plans if breakable(plan, fault))
        return next(found, self._plan_of(WIDEST[0]))

    def _plan_of(self, profile: str) -> Plan:
        if profile not in self.plans:
            self.plans[profile] = Plan(load_profile(profile), shipped_checks())
        return self.plans[profile]

    def warm_up(self, trials: Sequence[Trial]) -> None:
        """Make beforehand what most trials need, for the processes to inherit."""
        for trial in trials:
            self.plan(trial)
        main, document = self.main, _published(self.main)
        main.draw(self.seed, lambda _row: DEPTHS["standard"], "", document=document)
        if not self.full:
            smoke = smoke_rows(main)
            rows = [row for row in main.rows if row.id in smoke]
            for count in (FEW, DEPTHS["smoke"]):
                main.draw(self.seed, lambda _row, n=count: n, "", rows, document)  # type: ignore[misc]  # bound early
        # What is here already is here to stay: no child need look through it.
        gc.freeze()

    def aim(self, trial: Trial, plan: Plan) -> Aim:
        """Say which rows judge a trial."""
        if trial.kind != "fault":
            whole = self.full and trial.kind == "variant"
            depth = "standard" if whole else "smoke"
            return at_all(plan, depth, self.chapters)
        if self.full:
            return at_all(plan, "standard")
        return at_clause(plan, all_faults()[trial.name].breaks)

    def judge(self, trial: Trial) -> Outcome:
        """Judge one trial.

        Raises:
            ConformanceError: The suite could not do its work.
        """
        plan = self.plan(trial)
        outcome = judged(trial, plan, self.aim(trial, plan), self.seed)
        fault = all_faults().get(trial.name) if trial.kind == "fault" else None
        if fault is None or self.full or killers(fault, outcome):
            return outcome
        # Too narrow for a choice of rows; what the whole suite misses survives.
        return judged(trial, plan, at_all(plan, "standard"), self.seed)


def _published(plan: Plan) -> Document | None:
    """Give the document that the reference publishes for a profile."""
    if plan.profile.document is None:
        return None
    told = described(read_claims(plan.profile.path), "https://localhost")
    return read_document(json.dumps(told, default=str))


def breakable(plan: Plan, fault: Fault) -> bool:
    """Say whether a profile has anything for a fault to break."""
    claimed = any(row.claimed and row.clause == fault.breaks for row in plan.rows)
    return claimed and fault.wants(read_claims(plan.profile.path))


def prove(
    proof: Proof, kept: Kept | None, progress: Callable[[int, int], None]
) -> Iterator[Tried]:
    """Judge every trial that has no outcome yet, and give them all.

    Args:
        proof: What to prove.
        kept: Where outcomes are kept from one call to the next.
        progress: Called with (done, total) trials.
    """
    trials = proof.trials()
    known = {trial: kept.get(trial) for trial in trials} if kept else {}
    missing = [trial for trial in trials if known.get(trial) is None]
    done = len(trials) - len(missing)
    progress(done, len(trials))
    for trial, outcome in known.items():
        if outcome is not None:
            yield Tried(trial, outcome)
    if missing:
        proof.warm_up(missing)
    limit_s = LIMIT_FULL_S if proof.full else LIMIT_S
    cold = replace(proof, plans={})
    work = (proof if FORKS else cold).judge
    for trial, made in each(missing, work, proof.jobs, limit_s):
        # A Failed outcome is none; ours may be mended without any file changed.
        if kept is not None and isinstance(made, Outcome) and not made.troubles:
            kept.keep(trial, made)
        done += 1
        progress(done, len(trials))
        yield Tried(trial, made)
