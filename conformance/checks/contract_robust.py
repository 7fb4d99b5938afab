"""The server's own OpenAPI document: whatever it allows or forbids is survived."""

from collections.abc import Mapping
from typing import Any

from conformance import Operation, Profile, Resource, Target, must
from conformance.checks._contract import Generated, perform, perform_example
from conformance.checks.contract import published
from conformance.contract.document import Document
from conformance.contract.drawing import requests, sequences
from conformance.contract.judging import described, survived
from conformance.profile import METHODS


def _requests(profile: Profile, document: Document, operation: Operation) -> Any:
    """Draw for an operation; one None where there is nothing to draw from."""
    resource = operation.resource
    collection = operation.verb in ("LIST", "CREATE")
    path = profile.base_path + (resource.path if collection else resource.item_path)
    said = document.operation(METHODS[operation.verb], path)
    if said is None:
        return [None]
    if operation.verb == "DELETE":
        return [{"mode": "positive", "exists": exists} for exists in (True, False)]
    return requests(document, said)


@must("contract.robust", generated=True, draws=_requests, when=published)
def check_generated_requests_are_survived(
    target: Target, operation: Operation, payload: Generated | str | None
) -> None:
    """A request drawn from the document MUST be answered as any other is.

    The errors and json chapters say how. It may be refused.
    """
    described(target.session, operation.name)
    if isinstance(payload, Mapping):
        perform(target, operation, payload)
    else:
        perform_example(target, operation, payload)
    survived(target.unit)


def _sequences(profile: Profile, document: Document, creatable: Resource) -> Any:
    steps = {}
    for verb in creatable.verbs:
        collection = verb in ("LIST", "CREATE")
        path = creatable.path if collection else creatable.item_path
        said = document.operation(METHODS[verb], profile.base_path + path)
        if said is not None:
            steps[verb] = said
    return sequences(document, steps) if "CREATE" in steps else [None]


@must("contract.robust", generated=True, draws=_sequences, when=published, cost=9)
def check_generated_sequences_are_survived(
    target: Target, creatable: Resource, payload: list[Any] | str | None
) -> None:
    """What is drawn to be done to one item in turn MUST be answered as any other is."""
    described(target.session, f"{creatable.name}-CREATE")
    item = None
    for verb, drawn in payload if isinstance(payload, list) else ():
        item = perform(target, Operation(creatable, verb), drawn, item)
    if not isinstance(payload, list):
        perform_example(target, Operation(creatable, "CREATE"), payload)
    survived(target.unit)
