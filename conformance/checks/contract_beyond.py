"""The server's own OpenAPI document: what it tells of and the profile does not."""

from typing import Any

from conformance import Exchange, Profile, Target, must
from conformance.checks._contract import Generated, read
from conformance.checks.contract import published
from conformance.contract.document import Document, shape
from conformance.contract.drawing import reads
from conformance.contract.fetching import documented
from conformance.contract.judging import survived, wrong
from conformance.errors import NotClaimed
from conformance.expect import insist, unjudged


def _reads(profile: Profile, document: Document) -> Any:
    """Draw from the GETs that no resource has; one None where there is none."""
    base = profile.base_path
    known = [base + path for r in profile.resources.values() for path in _paths(r)]
    found = document.beyond(base, [*known, *_others(profile)])
    return reads(document, found) if found else [None]


def _paths(resource: Any) -> tuple[str, str]:
    return resource.path, resource.item_path


def _others(profile: Profile) -> list[str]:
    """Give the paths that are no reading of data: tokens, the document itself."""
    return [path for path in (profile.token_path, profile.document) if path]


def _ask(target: Target, drawn: Generated | str | None) -> Exchange:
    documented(target.session)
    if drawn is None:
        raise NotClaimed("the document has no other operation that reads JSON")
    if isinstance(drawn, str):
        raise unjudged(drawn)
    return read(target, drawn)


@must("contract.responses", generated=True, draws=_reads, when=published)
def check_other_reads_are_as_documented(
    target: Target, payload: Generated | str | None
) -> None:
    """What the document says of reads that are no resource's MUST hold too."""
    answer = _ask(target, payload)
    if answer.status >= 500 or isinstance(payload, str) or payload is None:
        raise unjudged(answer.words)
    document, path = documented(target.session), shape(payload["path"])
    said = document.operation("GET", path)
    if said is None:
        raise NotClaimed(f"the document does not describe {answer.words}")
    found = wrong(said, answer)
    insist(found is None, f"{found}: {answer.words}")


@must("contract.robust", generated=True, draws=_reads, when=published)
def check_other_reads_are_survived(
    target: Target, payload: Generated | str | None
) -> None:
    """Reads that are no resource's MUST be answered as any other request is."""
    _ask(target, payload)
    survived(target.unit)
