"""What the checks of values and bodies share: their controls. No checks here."""

from collections.abc import Mapping, Sequence
from typing import Any

from conformance import Exchange, Resource, Target
from conformance.bodies import Raw
from conformance.checks._verbs_values import unlike
from conformance.expect import (
    FIRST,
    insist,
    item_of,
    refused,
    resource_of,
    succeeded,
    waits_for,
)
from conformance.values import same, short
from conformance.writing import Aim, aim, read_back, send, write


def insist_on_refusal(target: Target, trial: Aim, wrong: Sequence[Raw]) -> None:
    """Insist that bodies are refused and nothing of them stored, between controls."""
    if trial.verb == "CREATE":
        # Some row created it by a right body, and waited for the answer.
        target.shared(trial.item.resource)
    else:
        succeeded(write(target, trial.verb, trial.item, trial.right))
    for raw in wrong:
        answer = send(target, trial.verb, trial.item, raw, deliberate=True)
        refused(answer, f"{trial.verb} with {raw.words}")
    _insist_on_nothing_stored(target, trial)
    succeeded(write(target, trial.verb, trial.item, trial.other))


def _insist_on_nothing_stored(target: Target, trial: Aim) -> None:
    item, resource = trial.item, trial.item.resource
    if "GET" not in resource.verbs or (trial.verb == "CREATE" and not item.body):
        return
    found = target.get(item)
    if trial.verb == "CREATE":
        refused(found, "GET of the item that a refused body described")
        return
    shown = item_of(found)
    stored = [
        f"{name} is {short(shown.get(name))}"
        for name, value in trial.other.items()
        # Of what the right body leaves out, the server chooses the value.
        if name in trial.right
        and not _kept(resource, name, trial.right.get(name), shown)
        and _kept(resource, name, value, shown)
    ]
    insist(not stored, f"a refused body was stored: {'; '.join(stored)}")


def _kept(resource: Resource, name: str, value: Any, shown: Mapping[str, Any]) -> bool:
    return same(value, shown.get(name), resource.properties.get(name))


def insist_on_values(
    target: Target, answer: Exchange, wrong: Sequence[str], names: Sequence[str]
) -> None:
    """Insist that nothing is wrong with values that came back from a write.

    Where tame values of the same properties do not come back either, what is
    wrong is the write, which another row judges.

    Args:
        target: The target.
        answer: To the write.
        wrong: What is wrong, in words.
        names: Properties that were written.
    """
    if wrong:
        resource, verb = resource_of(answer), answer.operation.rpartition("-")[2]
        trial = aim(target, resource, verb)
        control = succeeded(write(target, verb, trial.item, trial.other))
        insist_on_write(control, trial, read_back(target, trial.item, control), names)
    insist(not wrong, "; ".join(wrong[:3]))


def insist_on_write(
    answer: Exchange, trial: Aim, found: Exchange, names: Sequence[str] | None = None
) -> None:
    """Wait for the row that judges a write, where it stored something else."""
    lost = unlike(trial.item.resource, trial.other, item_of(found), names)
    if lost:
        words = f"the write stored something else: {lost}"
        raise waits_for(FIRST[trial.verb], words, answer.operation)
