"""Two faults at once: whether the clause of each is still accused.

    python benchmarks/pairs.py [--pairs N] [--jobs N] [--seed HEX]

Draws pairs of faults by a seed (the first 8 hex digits of the catalogue's tree),
leaves out those of which one is said to hide the other's clause, or which the
profile has nothing for, and judges each pair by the rows of both clauses, and by
the whole suite where one is not named. Exit 1 when one is not named.
"""

import argparse
import itertools
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence

from conformance.options import DEPTHS
from conformance.plan import Plan
from conformance.proof.aim import Aim, at_all, at_clause
from conformance.proof.pool import each
from conformance.proof.prove import Proof, breakable
from conformance.proof.trial import Outcome, Trial, judged
from conformance.reference.faults import Fault, all_faults, hides

SEED_DIGITS = 8
LIMIT_S = 300.0
PROFILE = "reference"


def main(words: Sequence[str]) -> int:
    """Print what came of each pair; 1 when a clause was not named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", default=tree()[:SEED_DIGITS])
    asked = parser.parse_args(words)
    proof = Proof(PROFILE, seed=int(asked.seed, 16), jobs=asked.jobs)
    pairs = itertools.islice(drawn(proof), asked.pairs)
    trials = [Trial("pair", f"{a.name} + {b.name}", (a.name, b.name)) for a, b in pairs]
    proof.warm_up(trials)
    named = 0
    for trial, made in each(trials, Pairs(proof), asked.jobs, LIMIT_S):
        missing = unnamed(trial, made)
        named += not missing
        said = "both named" if not missing else f"not named: {', '.join(missing)}"
        print(f"{trial.name}: {said}", flush=True)
    print(f"seed {asked.seed}: both named in {named} of {len(trials)} pairs")
    return 0 if named == len(trials) else 1


def tree() -> str:
    """Give the hash of the package as it is committed."""
    words = ["git", "rev-parse", "HEAD:conformance"]
    told = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return told.stdout


def drawn(proof: Proof) -> Iterator[tuple[Fault, Fault]]:
    """Draw pairs of different clauses, neither of which hides the other's."""
    draw = random.Random(proof.seed)
    broken = [fault for fault in all_faults().values() if breakable(proof.main, fault)]
    faults = sorted(broken, key=lambda fault: fault.name)
    while True:
        a, b = draw.sample(faults, 2)
        if a.breaks != b.breaks and not hides(a, b.breaks) and not hides(b, a.breaks):
            yield a, b


class Pairs:
    """Judges a pair by the rows of both clauses."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def __call__(self, trial: Trial) -> Outcome:
        """Judge one pair."""
        plan, seed = self.proof.main, self.proof.seed
        made = judged(trial, plan, aim(plan, trial), seed)
        # Too narrow for a choice of rows, perhaps: the whole suite decides.
        return (
            judged(trial, plan, at_all(plan, "standard"), seed)
            if unnamed(trial, made)
            else made
        )


def aim(plan: Plan, trial: Trial) -> Aim:
    """Aim at the clauses of all faults of a trial."""
    aims = [at_clause(plan, all_faults()[name].breaks) for name in trial.faults]
    chosen = {row.id for one in aims for row in one.rows}
    rows = tuple(row for row in plan.rows if row.id in chosen)
    return Aim(rows, lambda _row: DEPTHS["standard"])


def unnamed(trial: Trial, made: object) -> list[str]:
    """Give the clauses that ought to be accused and are not."""
    if not isinstance(made, Outcome):
        return [str(made)]
    accused = made.accusing()
    return [
        all_faults()[name].breaks
        for name in trial.faults
        if all_faults()[name].breaks not in accused
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
