"""How well a run overlaps its waiting, and what it costs beside plain httpx.

Prints ratios measured inside one run: wall time over the floor
max((requests * latency) / in flight, requests * CPU of a bare client), and the
CPU of a whole run with reports over that of plain httpx.

    python benchmarks/overlap.py [--profile NAME] [--latency MS]...
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import httpx

from conformance.judging import judge
from conformance.profile import load_profile
from conformance.run import Options, Run, reference, trusting

IN_FLIGHT = 32
BARE_REQUESTS = 1000
WARMING_UP = 200


def bare_cpu_s(profile: str) -> float:
    """CPU seconds that plain httpx needs for one request, over TLS."""
    with reference(load_profile(profile).path) as told:
        verify = trusting(Path(told["ca"]))
        with httpx.Client(
            base_url=told["base_url"], verify=verify, trust_env=False
        ) as client:
            for _ in range(WARMING_UP):
                client.get("/")
            clock = time.process_time()
            for _ in range(BARE_REQUESTS):
                client.get("/")
            return (time.process_time() - clock) / BARE_REQUESTS


def overlapped(profile: str, latency_ms: int) -> tuple[int, float]:
    """Run every row; give the requests made and the wall seconds."""
    with tempfile.TemporaryDirectory() as out:
        options = Options(
            target="reference",
            out=Path(out),
            profile=profile,
            latency_ms=latency_ms,
            concurrency=IN_FLIGHT,
        )
        run = Run(options)
        try:
            run.open()
            clock = time.perf_counter()
            run.start()
            run.finish()
            return run.line.sent, time.perf_counter() - clock
        finally:
            run.close()


def whole_cpu_s(profile: str) -> tuple[int, float]:
    """Judge the reference, reports included; give the requests and our CPU seconds."""
    with tempfile.TemporaryDirectory() as out:
        options = Options(target="reference", out=Path(out), profile=profile)
        clock = time.process_time()
        judge(options)
        used = time.process_time() - clock
        told = json.loads((Path(out) / "report.json").read_text(encoding="utf-8"))
        return told["requests"], used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="ordercloud-core")
    parser.add_argument("--latency", type=int, action="append")
    given = parser.parse_args()
    bare = bare_cpu_s(given.profile)
    print(f"plain httpx: {bare * 1000:.2f} ms CPU a request")
    for latency_ms in given.latency or [50, 200]:
        requests, wall_s = overlapped(given.profile, latency_ms)
        floor_s = max(requests * latency_ms / 1000 / IN_FLIGHT, requests * bare)
        print(
            f"latency {latency_ms} ms, {IN_FLIGHT} in flight: {requests} requests, "
            f"{wall_s:.1f} s, floor {floor_s:.1f} s, ratio {wall_s / floor_s:.2f}"
        )
    requests, cpu_s = whole_cpu_s(given.profile)
    # The machine may have become slower meanwhile, or quicker.
    bare = (bare + bare_cpu_s(given.profile)) / 2
    ratio = cpu_s / requests / bare
    print(
        f"whole run with reports: {requests} requests, {cpu_s:.1f} s CPU, "
        f"{ratio:.2f} times plain httpx a request"
    )


if __name__ == "__main__":
    main()
