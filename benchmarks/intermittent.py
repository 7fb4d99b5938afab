"""How surely a quick run sees what goes wrong once in twenty-five times.

    python benchmarks/intermittent.py [--runs N] [--jobs N]

Judges the reference at ``--depth smoke``, each time with other payloads: without a
fault, and with each of six that touch one answer of their kind in 25 at random. Each
must be seen in 48 of 50 runs, and no clean run may accuse anybody.
"""

import argparse
import contextlib
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.proof.aim import at_all
from conformance.proof.pool import each
from conformance.proof.prove import Proof
from conformance.proof.trial import Outcome, Trial, judged
from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call
from conformance.reference.serve import running

PROFILE = "reference"
CLEAN = "none"
ONE_IN = 25
#: Of fifty runs, in how many a fault must be seen.
ENOUGH = 48 / 50
LIMIT_S = 120.0
#: Prime, so that neighbouring runs have nothing in common.
STRIDE = 7919


def _finished(server: Server, change: Callable[[Answer], None], draw: Any) -> None:
    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if call.resource is not None:
            before = (answer.status, answer.body, dict(answer.headers))
            changed = Answer(answer.status, answer.value, dict(answer.headers))
            changed.body = answer.body
            change(changed)
            if (changed.status, changed.body, changed.headers) != before and draw():
                return changed
        return answer

    server.wrap("finish", around)


def _mislabelled(answer: Answer) -> None:
    if answer.body:
        answer.headers["content-type"] = "text/plain"


def _local_time(answer: Answer) -> None:
    answer.body = answer.body.replace(b'+00:00"', b'"')


def _accepted(answer: Answer) -> None:
    if answer.status == 200:
        answer.status = 202


def _linked_in_clear(answer: Answer) -> None:
    if "location" in answer.headers:
        answer.headers["location"] = answer.headers["location"].replace("https", "http")


def _without_code(server: Server, draw: Any) -> None:
    def around(inner: Any, call: Call, mistake: Any) -> Any:
        told = inner(call, mistake)
        if draw():
            told.pop(server.claims.errors.code, None)
        return told

    server.wrap("error", around)


def _forgotten(server: Server, draw: Any) -> None:
    def around(inner: Any, call: Call, token: str) -> Any:
        known = inner(call, token)
        return None if known is not None and draw() else known

    server.wrap("token_ok", around)


def _by_answer(change: Callable[[Answer], None]) -> Callable[[Server, Any], None]:
    return lambda server, draw: _finished(server, change, draw)


#: Clause → what breaks it now and then.
RARE: Mapping[str, Callable[[Server, Any], None]] = {
    "json.content_type": _by_answer(_mislabelled),
    "dates.utc": _by_answer(_local_time),
    "status.success": _by_answer(_accepted),
    "https.no_insecure_links": _by_answer(_linked_in_clear),
    "errors.code": _without_code,
    "oauth.lifetime": _forgotten,
}


class Rare:
    """Judges the reference with one of the faults, or none, by a quick run."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def __call__(self, trial: Trial) -> Outcome:
        """Judge one run; its number is what is drawn from."""
        clause, number = trial.name.split(" ")
        plan, draw = self.proof.main, random.Random(int(number))

        @contextlib.contextmanager
        def serve(
            profile: Path, faults: Any, variants: Any, latency_ms: int
        ) -> Iterator[dict[str, Any]]:
            with running(profile, faults, variants, latency_ms) as live:
                if clause in RARE:
                    RARE[clause](live.server, lambda: draw.randrange(ONE_IN) == 0)
                yield live.announced()

        aim = at_all(plan, "smoke")
        return judged(trial, plan, aim, int(number) * STRIDE, serve)


def main(words: Sequence[str]) -> int:
    """Print in how many runs each was seen; 1 when that is not enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args(words)
    numbers = range(1, asked.runs + 1)
    trials = [Trial("rare", f"{name} {n}") for name in (CLEAN, *RARE) for n in numbers]
    proof = Proof(PROFILE, seed=1, jobs=asked.jobs)
    proof.warm_up(trials[:1])
    seen: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    for trial, made in each(trials, Rare(proof), asked.jobs, LIMIT_S):
        clause, number = trial.name.split(" ")
        if not isinstance(made, Outcome):
            print(f"{trial.name}: {made}")
            continue
        requests[clause] += made.requests
        accused = made.accusing()
        if clause == CLEAN:
            seen[clause] += made.code == 0 and not accused
            if made.code or accused:
                print(f"clean run {number}: exit {made.code}, {made.accused}")
        else:
            seen[clause] += clause in accused
    enough = True
    for clause in (CLEAN, *RARE):
        least = asked.runs if clause == CLEAN else ENOUGH * asked.runs
        enough &= seen[clause] >= least
        what = "green" if clause == CLEAN else f"one in {ONE_IN} seen"
        mean = requests[clause] // max(asked.runs, 1)
        print(f"{clause}: {what} in {seen[clause]} of {asked.runs}, {mean} requests")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
