"""What a run costs as a profile grows: requests, seconds, processor, peak memory.

Run it as ``python benchmarks/growth.py [--latency MS] [SIZE …]``; it judges the
reference with the first SIZE resources of the profile ``ordercloud`` and prints a
table. Peak memory is the suite's own process, or the reference's where that has more.
"""

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.openapi.writing import literal
from conformance.profile import find_profile, load_profile
from conformance.sense import needed

SIZES = (5, 10, 20, 40)
CONCURRENCY = 32
#: Peak memory at the largest size, as a multiple of the smallest's, at most.
FLAT = 1.3


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took.

    Attributes:
        seconds: From the start of the process to its end.
        cpu_s: Of the suite and the reference together.
        peak_mib: Resident memory of the larger of the two.
        limit_s: Below which no run can be, by latency and concurrency alone.
    """

    resources: int
    rows: int
    requests: int
    verdict: str
    seconds: float
    judging_s: float
    cpu_s: float
    peak_mib: float
    limit_s: float


def main(words: Sequence[str]) -> int:
    """Print the table; 1 when memory is not flat or a run is not conformant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--latency", type=int, default=0)
    parser.add_argument("--depth", default="standard")
    asked = parser.parse_args(words)
    print("resources   rows requests    run  judging    cpu   limit    peak  verdict")
    costs = []
    for size in asked.sizes:
        cost = measured(size, asked.latency, asked.depth)
        costs.append(cost)
        print(
            f"{cost.resources:9} {cost.rows:6} {cost.requests:8} {cost.seconds:5.0f}s "
            f"{cost.judging_s:7.0f}s {cost.cpu_s:5.0f}s {cost.limit_s:6.1f}s "
            f"{cost.peak_mib:6.0f}M  {cost.verdict}",
            flush=True,
        )
    growth = costs[-1].peak_mib / costs[0].peak_mib
    print(f"requests for a resource: {slopes(costs)}")
    print(f"peak memory, last to first: {growth:.2f} (at most {FLAT})")
    right = all(cost.verdict == "conformant" for cost in costs)
    return 0 if right and growth <= FLAT else 1


def slopes(costs: Sequence[Cost]) -> str:
    """Say how many requests each further resource took."""
    pairs = itertools.pairwise(costs)
    return ", ".join(
        f"{(b.requests - a.requests) / max(b.resources - a.resources, 1):.0f}"
        for a, b in pairs
    )


def measured(size: int, latency_ms: int, depth: str) -> Cost:
    """Judge the reference in a process of its own, and give what it took."""
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        profile = Path(folder) / "profile.toml"
        profile.write_text(cut(size), encoding="utf-8")
        out = Path(folder) / "run"
        command = [sys.executable, "-m", "conformance", "run", "reference"]
        command += ["--profile", str(profile), "--out", str(out), "--seed", "1"]
        command += ["--latency", str(latency_ms), "--depth", depth]
        command += ["--concurrency", str(CONCURRENCY)]
        started = time.monotonic()
        silent = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_WRONLY, 0) for n in (1, 2)]
        child = os.posix_spawn(sys.executable, command, os.environ, file_actions=silent)
        _, _, usage = os.wait4(child, 0)
        seconds = time.monotonic() - started
        told: Mapping[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return Cost(
        resources=len(load_names(told)),
        rows=len(told["checks"]),
        requests=told["requests"],
        verdict=told["verdict"],
        seconds=seconds,
        judging_s=told["run"]["duration_s"],
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mib=usage.ru_maxrss / 1024,
        limit_s=told["requests"] * latency_ms / 1000 / CONCURRENCY,
    )


def load_names(told: Mapping[str, Any]) -> set[str]:
    """Name the resources that a report's rows are of."""
    return {row["resource"] for row in told["checks"] if row["resource"]}


def cut(size: int) -> str:
    """Give the profile with its first resources, and what these need."""
    profile = load_profile("ordercloud")
    chosen: list[str] = []
    for name in profile.resources:
        with_needs = {name, *needed(profile, name), *chosen}
        if len(with_needs) <= size:
            chosen = [known for known in profile.resources if known in with_needs]
    document = tomllib.loads(find_profile("ordercloud").read_text("utf-8"))
    kept = {name: _without(document, name, chosen) for name in chosen}
    return "".join(
        f"{name} = {literal(kept if name == 'resources' else value)}\n"
        for name, value in document.items()
    )


def _without(document: Mapping[str, Any], name: str, chosen: Sequence[str]) -> Any:
    """Give a resource without references to what was not chosen."""
    resource = document["resources"][name]
    properties = resource["schema"]["properties"]
    kept = {n: p for n, p in properties.items() if p.get("x-refers", name) in chosen}
    return {**resource, "schema": {**resource["schema"], "properties": kept}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
