"""Plain Schemathesis and this suite side by side, on the reference with faults.

Each fault is judged by both, with the same document and the same client's token.
The suite finds a fault when the clause that it breaks is accused; Schemathesis, to
whom clauses mean nothing, when it reports a kind of failure that it does not report
of the reference without a fault. What either reports of that one is a false alarm.
The faults are drawn by a seed that nobody chose, the hash of the package's tree, from
all that have something to break here.

    python benchmarks/peer.py [--faults 40] [--seconds 60] [--seed HEX]
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from conformance.embedded import reference
from conformance.options import Options
from conformance.profile import load_profile
from conformance.reference.claims import read_claims
from conformance.reference.faults import all_faults
from conformance.report.document import document
from conformance.run import Run
from conformance.trust import trusting

PROFILE = "reference"
PEER = Path(sys.executable).with_name("st")


@dataclass(frozen=True, slots=True)
class Heard:
    """What one tool said of one server.

    Attributes:
        accused: Clauses, or kinds of failure.
    """

    accused: frozenset[str]
    requests: int
    seconds: float


def suite(fault: str | None, seed: int) -> Heard:
    """Judge with this suite, at its standard depth."""
    faults = (fault,) if fault else ()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        run = Run(Options(target="reference", out=out, seed=seed, faults=faults))
        clock = time.perf_counter()
        try:
            run.open()
            run.start()
            run.finish()
            told = document(run)
        finally:
            run.close()
    rows = (row for row in told["checks"] if row["verdict"] in ("fail", "warn"))
    accused = frozenset(row["clause"] for row in rows)
    return Heard(accused, told["requests"], time.perf_counter() - clock)


def peer(fault: str | None, seed: int, seconds: int) -> Heard:
    """Judge with Schemathesis alone, given a token that opens everything."""
    profile = load_profile(PROFILE)
    with (
        reference(profile.path, (fault,) if fault else ()) as told,
        tempfile.TemporaryDirectory() as folder,
    ):
        report = Path(folder) / "report.json"
        document_url = told["base_url"] + profile.raw["api"]["openapi_path"]
        words = [str(PEER), "run", document_url, "--tls-verify", told["ca"]]
        words += ["-H", f"Authorization: Bearer {_token(told)}", "--no-color"]
        words += ["--seed", str(seed), "--max-time", str(seconds)]
        words += ["--continue-on-failure", "--generation-database", "none"]
        words += ["--report", "json", "--report-json-path", str(report)]
        clock = time.perf_counter()
        subprocess.run(words, capture_output=True, check=False, cwd=folder)  # noqa: S603
        spent = time.perf_counter() - clock
        if not report.exists():
            return Heard(frozenset({"no report"}), 0, spent)
        said = json.loads(report.read_text(encoding="utf-8"))
    kinds = frozenset(failure["type"] for failure in said["failures"])
    return Heard(kinds, said["test_cases"]["generated"], spent)


def _token(told: dict[str, Any]) -> str:
    """Get the token that the suite would use; none where a fault refuses it."""
    client = next(i for i in told["identities"] if i["flow"] == "client_credentials")
    form = {name: client[name] for name in ("client_id", "client_secret")}
    form["grant_type"] = "client_credentials"
    context = trusting(Path(told["ca"]))
    try:
        answer = httpx.post(
            told["token_url"], data=form, verify=context, trust_env=False
        )
        return str(answer.json()["access_token"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return "none"


def drawn_by() -> str:
    """Give the seed: the first digits of the hash of the package's tree."""
    words = ["git", "rev-parse", "HEAD:conformance"]
    told = subprocess.run(words, capture_output=True, check=True, text=True)  # noqa: S603
    return told.stdout[:8]


def compared(names: Sequence[str], seed: int, seconds: int) -> None:
    """Print what each found, and the sums."""
    faults = all_faults()
    clean = {"suite": suite(None, seed), "Schemathesis": peer(None, seed, seconds)}
    found: dict[str, list[str]] = {tool: [] for tool in clean}
    sums = {tool: [0, 0.0] for tool in clean}
    for name in names:
        heard = {"suite": suite(name, seed), "Schemathesis": peer(name, seed, seconds)}
        caught = {
            "suite": faults[name].breaks in heard["suite"].accused,
            "Schemathesis": bool(
                heard["Schemathesis"].accused - clean["Schemathesis"].accused
            ),
        }
        for tool, one in heard.items():
            found[tool] += [name] * caught[tool]
            sums[tool][0] += one.requests
            sums[tool][1] += one.seconds
        marks = "  ".join(
            f"{tool} {'found' if caught[tool] else '-'}" for tool in heard
        )
        print(f"{name:<50} {faults[name].breaks:<28} {marks}", flush=True)
    print(f"\n{'':<14}{'found':>8}{'false alarms':>14}{'requests':>10}{'seconds':>9}")
    for tool, one in clean.items():
        each = max(len(names), 1)
        requests, spent = sums[tool][0] / each, sums[tool][1] / each
        counted = f"{len(found[tool])}/{len(names)}"
        print(f"{tool:<14}{counted:>8}{len(one.accused):>14}", end="")
        print(f"{requests:>10.0f}{spent:>9.1f}")
    print("requests and seconds: of one fault, on average")


def main() -> None:
    """Draw the faults, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=60, help="of Schemathesis")
    parser.add_argument("--seed", help="8 hexadecimal digits")
    asked = parser.parse_args()
    digits = asked.seed or drawn_by()
    claims = read_claims(load_profile(PROFILE).path)
    known = sorted(name for name, one in all_faults().items() if one.wants(claims))
    names = random.Random(int(digits, 16)).sample(known, asked.faults)
    print(f"{asked.faults} of {len(known)} faults, drawn by {digits}\n")
    compared(names, int(digits, 16), asked.seconds)


if __name__ == "__main__":
    main()
