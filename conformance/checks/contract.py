"""The server's own OpenAPI document: it sends what it says, and says what it does."""

from conformance import Exchange, Operation, Profile, Target, must, should
from conformance.checks._errors import early
from conformance.contract.fetching import NAME, documented, trouble_with
from conformance.contract.judging import (
    described,
    said_of,
    template,
    wrong,
)
from conformance.expect import insist, unit
from conformance.profile import METHODS


def published(profile: Profile) -> bool:
    """Say whether there is a document, the server's own or a given one."""
    return profile.document is not None


def _of_its_verb(exchange: Exchange) -> bool:
    """Leave out other methods, and what a gateway may have said."""
    verb = exchange.operation.rpartition("-")[2]
    method = METHODS.get(verb) == exchange.sent.method
    return method and (exchange.success or exchange.refusal) and not early(exchange)


def _right_success(exchange: Exchange) -> bool:
    """Leave out what was wrong on purpose: that it is taken is another clause's."""
    return exchange.success and _of_its_verb(exchange) and not exchange.deliberate


def _judgeable(exchange: Exchange) -> bool:
    cut = exchange.answer is None or exchange.answer.truncated
    return _of_its_verb(exchange) and exchange.status != 429 and not cut


@must(
    "contract.responses",
    passive=True,
    yields=True,
    when=published,
    only=lambda watched: watched.resource is not None,
    of=_judgeable,
)
def check_answers_are_as_documented(exchange: Exchange) -> None:
    """What the document says of an answer's headers and body MUST hold.

    Null is taken for any property that need not be there, and what the document
    does not say is not judged.
    """
    found = wrong(said_of(unit().session, exchange), exchange)
    insist(found is None, f"{found}: {exchange.words}")


@should("contract.documented", when=published)
def check_the_document_can_be_read(target: Target) -> None:
    """The document SHOULD be served, be OpenAPI 3, and hold together."""
    trouble = trouble_with(target.session)
    target.cite(target.session.exchanges_of(NAME))
    insist(trouble is None, f"no document to judge by: {trouble}")
    problems = documented(target.session).problems
    more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
    insist(not problems, f"{'; '.join(problems[:3])}{more}")


@should("contract.documented", when=published)
def check_operations_are_documented(target: Target, operation: Operation) -> None:
    """Every operation that is offered SHOULD stand in the document."""
    document = documented(target.session)
    path, method = template(target.session, operation), METHODS[operation.verb]
    found = document.operation(method, path)
    insist(found is not None, f"the document does not describe {method} {path}")


@should(
    "contract.documented",
    when=lambda profile: published(profile) and bool(profile.flows),
    only=lambda operation: operation.verb in operation.resource.roles,
)
def check_the_need_of_a_token_is_documented(
    target: Target, operation: Operation
) -> None:
    """An operation that wants a token SHOULD say so in its ``security``."""
    said = described(target.session, operation.name)
    insist(said.secured, f"no security is documented for {said.words}")


@should(
    "contract.documented",
    passive=True,
    yields=True,
    when=published,
    only=lambda watched: watched.resource is not None,
    of=_right_success,
)
def check_successes_are_documented(exchange: Exchange) -> None:
    """The status of every success SHOULD stand in the document."""
    said = said_of(unit().session, exchange)
    known = said.response(exchange.status) is not None
    insist(known, f"{exchange.status} is not documented: {exchange.words}")
