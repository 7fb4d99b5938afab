"""The kill matrix: what outcomes prove of faults, clauses, checks and variants."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from conformance.plan import shipped_checks
from conformance.proof.pool import Failed
from conformance.proof.sites import silent, sites
from conformance.proof.trial import Outcome, Trial
from conformance.reference.faults import Fault

SCHEMA = "urn:ordercloud-conformance:matrix:1"
#: Forced along by whatever breaks a verb or an ID: it does everything at once.
MODEL = "verbs.model"
_MODEL_WHY = "sequences of every verb meet whatever is wrong with verbs and IDs"

#: Exit codes of a proof.
PROVEN, UNPROVEN, OWN_FAULT = 0, 1, 4


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial and what came of it."""

    trial: Trial
    outcome: Outcome | Failed

    @property
    def troubles(self) -> list[str]:
        """Give our own errors: with one, the trial proves nothing."""
        if isinstance(self.outcome, Failed):
            return [self.outcome.words]
        return list(self.outcome.troubles)


def forced(fault: Fault) -> dict[str, str]:
    """Give clause → why it may break along with a fault."""
    model = {MODEL: _MODEL_WHY} if fault.breaks.startswith(("verbs.", "ids.")) else {}
    return {**model, **fault.forces}


def killers(fault: Fault, outcome: Outcome) -> set[str]:
    """Name the checks that gave a fault's clause the verdict it must cause."""
    wanted = "fail" if fault.level == "MUST" else "warn"
    accusing = outcome.accusing().get(fault.breaks, ())
    return {one.check for one in accusing if one.verdict == wanted}


def matrix(
    about: Mapping[str, Any],
    tried: Sequence[Tried],
    faults: Mapping[str, Fault],
    clauses: Mapping[str, str],
) -> dict[str, Any]:
    """Tell what was proven.

    Args:
        about: What was judged, with what; it stands first in the document.
        tried: Every trial that has an outcome.
        faults: By name, all there are.
        clauses: Clause → level, those that must be proven.

    Returns:
        What ``schemas/matrix.json`` describes; JSON values only.
    """
    rows = [_fault(one, faults[one.trial.name]) for one in _of(tried, "fault")]
    variants = [_variant(one) for one in _of(tried, "variant")]
    combined = [_variant(one) for one in _of(tried, "combination")]
    outcomes = [one.outcome for one in tried if isinstance(one.outcome, Outcome)]
    told = {
        "schema": SCHEMA,
        **about,
        "faults": rows,
        "variants": variants,
        "combinations": combined,
        "clauses": _clauses(rows, faults.values(), clauses),
        "checks": _checks(rows),
        "sites": _sites(outcomes),
        "troubles": [
            {"trial": f"{one.trial.kind} {one.trial.name}", "words": words}
            for one in tried
            for words in one.troubles
        ],
        "requests": sum(one.requests for one in outcomes),
    }
    return {**told, "totals": _totals(told), "findings": findings(told)}


def _of(tried: Iterable[Tried], kind: str) -> list[Tried]:
    found = [one for one in tried if one.trial.kind == kind]
    return sorted(found, key=lambda one: one.trial.name)


def _fault(one: Tried, fault: Fault) -> dict[str, Any]:
    outcome = one.outcome
    known = isinstance(outcome, Outcome)
    accusing = outcome.accusing() if isinstance(outcome, Outcome) else {}
    own = killers(fault, outcome) if isinstance(outcome, Outcome) else set()
    reasons = forced(fault)
    return {
        "name": fault.name,
        "breaks": fault.breaks,
        "level": fault.level,
        "dimension": fault.dimension,
        "profile": outcome.profile if isinstance(outcome, Outcome) else "",
        "killed": bool(own),
        "killed_by": sorted(own),
        "fell": [
            {
                "clause": clause,
                "verdicts": sorted({one.verdict for one in found}),
                "checks": sorted({one.check for one in found}),
                "message": found[0].message,
                "declared": reasons.get(clause),
            }
            for clause, found in accusing.items()
            if clause != fault.breaks
        ],
        "judged": known and not one.troubles,
        "requests": outcome.requests if isinstance(outcome, Outcome) else 0,
        "seconds": outcome.seconds if isinstance(outcome, Outcome) else 0.0,
    }


def _variant(one: Tried) -> dict[str, Any]:
    outcome = one.outcome
    if isinstance(outcome, Failed):
        green, why, requests, seconds = False, [outcome.words], 0, 0.0
    else:
        said = [f"{a.verdict} {a.check}: {a.message}" for a in outcome.accused]
        why = [*said, *outcome.undecided]
        green = outcome.code == 0 and not outcome.accused
        requests, seconds = outcome.requests, outcome.seconds
        why = [] if green else why or [outcome.reason]
    return {
        "name": one.trial.name,
        "variants": list(one.trial.variants),
        "green": green,
        "why": why[:10],
        "judged": not one.troubles,
        "requests": requests,
        "seconds": seconds,
    }


def _clauses(
    rows: Sequence[Mapping[str, Any]],
    faults: Iterable[Fault],
    clauses: Mapping[str, str],
) -> list[dict[str, Any]]:
    there = Counter(fault.breaks for fault in faults)
    return [
        {
            "id": clause,
            "level": level,
            "faults": there[clause],
            "judged": [row["name"] for row in rows if row["breaks"] == clause],
            "survivors": [
                row["name"]
                for row in rows
                if row["breaks"] == clause and not row["killed"]
            ],
        }
        for clause, level in clauses.items()
    ]


def _checks(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Say of each check what it kills, and what no other check would."""
    broken = {row["breaks"] for row in rows}
    found = []
    for check in shipped_checks():
        kills = [row["name"] for row in rows if check.id in row["killed_by"]]
        alone = [row["name"] for row in rows if row["killed_by"] == [check.id]]
        clause = check.requirement.clause
        tried = clause in broken or "{" in clause
        word = "proven" if alone else "redundant" if kills else "unproven"
        found.append(
            {
                "id": check.id,
                "clause": clause,
                "kills": len(kills),
                "alone": alone,
                "standing": word if tried else "not tried",
            }
        )
    return found


def _sites(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    tripped = {place for outcome in outcomes for place in outcome.tripped}
    quiet = silent(tripped)
    return {"of": len(sites()), "silent": [asdict(site) for site in quiet]}


def _totals(told: Mapping[str, Any]) -> dict[str, int]:
    faults, variants, combined = (
        told[kind] for kind in ("faults", "variants", "combinations")
    )
    return {
        "faults": len(faults),
        "killed": sum(row["killed"] for row in faults),
        "undeclared": sum(bool(undeclared(row)) for row in faults),
        "variants": len(variants),
        "green": sum(row["green"] for row in variants),
        "combinations": len(combined),
        "combinations_green": sum(row["green"] for row in combined),
        "clauses": len(told["clauses"]),
        "clauses_without_fault": sum(not row["faults"] for row in told["clauses"]),
        "sites": told["sites"]["of"],
        "sites_silent": len(told["sites"]["silent"]),
        "troubles": len(told["troubles"]),
    }


def undeclared(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give what fell along with a fault that does not say so."""
    return [fell for fell in row["fell"] if fell["declared"] is None]


def findings(told: Mapping[str, Any]) -> list[str]:
    """Say in a line each what keeps the instrument from being proven."""
    found = [
        f"{row['id']}: no fault breaks this clause"
        for row in told["clauses"]
        if not row["faults"]
    ]
    for row in told["faults"]:
        if row["judged"] and not row["killed"]:
            found.append(f"{row['name']}: survives; {row['breaks']} does not see it")
        found += [
            f"{row['name']}: {fell['clause']} falls along, undeclared, "
            f"by {', '.join(fell['checks'])}: {fell['message']}"
            for fell in undeclared(row)
        ]
    for row in (*told["variants"], *told["combinations"]):
        if row["judged"] and not row["green"]:
            found.append(f"{row['name']}: a conforming server is red: {row['why'][0]}")
    return found


def exit_code(told: Mapping[str, Any]) -> int:
    """Give the exit code of a proof: our own failures come first."""
    if told["troubles"]:
        return OWN_FAULT
    return UNPROVEN if told["findings"] else PROVEN
