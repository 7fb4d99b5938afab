"""Holding exchanges against the document, and what was generated against the rest."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.contract.document import Described, Response
from conformance.contract.fetching import documented
from conformance.errors import (
    Breach,
    Disturbed,
    NotClaimed,
    NotJudged,
    Waits,
)
from conformance.exchange import GATEWAY, Exchange
from conformance.expect import waits_for
from conformance.passive import HIDDEN
from conformance.profile import METHODS, Operation
from conformance.requirement import Check, Level
from conformance.session import Session, Unit, current_unit

_SIMPLE: Mapping[str, Any] = {"integer": int, "number": float}


def described(session: Session, name: str) -> Described:
    """Give what the document says of an operation of the profile.

    Args:
        session: Of the run.
        name: As exchanges carry it, such as ``buyers-CREATE``.

    Raises:
        Waits: There is no document that could be read.
        NotClaimed: It does not have the operation.
    """
    document = documented(session)
    resource, _, verb = name.rpartition("-")
    operation = Operation(session.profile.resources[resource], verb)
    found = document.operation(METHODS[verb], template(session, operation))
    if found is None:
        raise NotClaimed(f"the document does not describe {name}")
    return found


def said_of(session: Session, exchange: Exchange) -> Described:
    """Give what the document says of the operation that an exchange is about.

    Raises:
        Waits: There is no document that could be read.
        NotClaimed: It does not have the operation.
        NotJudged: The path may lead elsewhere: an ID is empty, or holds a slash.
    """
    found = described(session, exchange.operation)
    resource, _, verb = exchange.operation.rpartition("-")
    operation = Operation(session.profile.resources[resource], verb)
    wanted = (session.config.parts.path + template(session, operation)).split("/")
    sent = urlsplit(exchange.sent.url).path.split("/")
    ids = [part for name, part in zip(wanted, sent, strict=False) if "{" in name]
    if len(sent) != len(wanted) or not all(_is_one_id(part) for part in ids):
        raise NotJudged(f"another path: {exchange.words}")
    return found


def _is_one_id(part: str) -> bool:
    id_ = unquote(part)
    return id_.strip() not in ("", ".", "..") and not set("/\\;?#") & set(id_)


def template(session: Session, operation: Operation) -> str:
    """Give the path template of an operation, base path included."""
    resource, verb = operation.resource, operation.verb
    collection = verb in ("LIST", "CREATE")
    path = resource.path if collection else resource.item_path
    return session.profile.base_path + path


def _wrong_headers(response: Response, exchange: Exchange) -> list[str]:
    """Say which documented headers an answer lacks or has otherwise."""
    found = []
    for name, (required, schema) in response.headers.items():
        value = exchange.header(name)
        if value is None:
            found += [f"no {name}, which is documented as required"] * required
        elif not _has_form(value, schema):
            found.append(f"{name}: {value[:80]!r} is no {schema['type']}")
    return found


def _has_form(value: str, schema: Mapping[str, Any]) -> bool:
    """Say whether a header's text can be read as the type that is documented."""
    kind = schema.get("type")
    if kind == "boolean":
        return value.strip().lower() in ("true", "false")
    read = _SIMPLE.get(str(kind))
    try:
        return read is None or read(value.strip()) is not None
    except ValueError:
        return False


def _wrong_body(response: Response, exchange: Exchange) -> str | None:
    """Say in what a JSON body differs from what is documented; None in nothing.

    Raises:
        NotClaimed: Nothing is documented of it.
        NotJudged: There is no body.
        Waits: It should be JSON and is none.
    """
    validators = [
        validator
        for kind, validator in response.media.items()
        if "json" in kind or "*" in kind
    ]
    received = exchange.answer
    if received is None or not validators:
        raise NotClaimed(f"no body is documented of {exchange.words}")
    if not received.body and exchange.success:
        return "no body, where one is documented"
    labelled = not received.media_type or "json" in received.media_type
    if not received.body:
        raise NotJudged(f"no body: {exchange.words}")
    if not labelled:
        raise waits_for("json.content_type", exchange.words, exchange.operation)
    if received.parsed[2] is not None:
        raise waits_for("json.well_formed", exchange.words, exchange.operation)
    known = [validator for validator in validators if validator]
    if len(known) < len(validators):
        raise NotClaimed(f"no schema is documented of {exchange.words}")
    found = None
    for validator in known:
        found = validator.wrong(received.value)
        if found is None:
            return None
    return found


def wrong(said: Described, exchange: Exchange) -> str | None:
    """Say in what an answer differs from what is documented of it.

    Raises:
        NotClaimed: Nothing is documented of its status, or but that it is one.
        NotJudged: There is no body.
        Waits: It should be JSON and is none.
    """
    response = said.response(exchange.status)
    if response is None:
        raise NotClaimed(f"nothing is documented of {exchange.words}")
    wrong_headers = _wrong_headers(response, exchange)
    if wrong_headers:
        return "; ".join(wrong_headers)
    try:
        return _wrong_body(response, exchange)
    except NotClaimed:
        if not response.headers:
            raise
        return None


# ------------------------------------------------------------------ what is generated


def survived(unit: Unit) -> None:
    """Insist that what errors and json ask of every answer holds for a unit's.

    Raises:
        Breach: It does not; the owners are the clauses whose breach it is as well.
        Disturbed: A gateway answered.
    """
    met: list[tuple[str, str]] = []
    for exchange in unit.exchanges:
        if exchange.status in GATEWAY:
            raise Disturbed(f"a gateway's own answer: {exchange.words}")
        for check in _asked_of_every_answer(unit.session):
            words = _broken(unit, check, exchange)
            if words is not None:
                clause = check.requirement.clause
                met.append((clause, f"{clause}, under generated input: {words}"))
                unit.session.met[exchange.id] = unit.name
    unit.asserted += len(unit.exchanges)
    if met:
        breach = Breach(met[0][1])
        breach.owners = tuple(met)
        raise breach


def _asked_of_every_answer(session: Session) -> Iterator[Check]:
    for check in session.plan.checks:
        asked = check.requirement
        if asked.passive and check.chapter in HIDDEN and asked.level is Level.MUST:
            yield check


def _broken(unit: Unit, check: Check, exchange: Exchange) -> str | None:
    """Say how an exchange breaks a check, by a unit that keeps nothing of it."""
    concerned = check.requirement.of
    if concerned is not None and not concerned(exchange):
        return None
    known = {"exchange": exchange, "profile": unit.session.profile}
    aside = current_unit.set(Unit(unit.session, unit.name, unit.row))
    try:
        check.function(**{name: known[name] for name in check.arguments})
    except (Breach, AssertionError) as breach:
        return str(breach)
    except (Waits, Disturbed, NotJudged):
        return None  # another of these checks says it
    finally:
        current_unit.reset(aside)
    return None
