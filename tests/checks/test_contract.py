"""Checks that hold the server and its own document against each other."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from exchanges import exchange
from outcomes import RowsOf
from units import unit_of

from conformance import Operation
from conformance.checks import contract
from conformance.contract.document import Document, read_document
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import METHODS, load_profile
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
READ, MADE = Operation(BUYERS, "GET"), Operation(BUYERS, "CREATE")


def answered(
    code: int,
    value: Any = None,
    *,
    verb: str = "GET",
    method: str | None = None,
    **more: Any,
) -> Exchange:
    """Give an exchange about a buyer."""
    path = "/v1/buyers" if verb in ("LIST", "CREATE") else "/v1/buyers/a"
    return exchange(
        code,
        value or ...,
        method=method or METHODS[verb],
        url=f"https://target.invalid{path}",
        operation=f"buyers-{verb}",
        **more,
    )


SILENT = answered(0)


def told(paths: dict[str, Any], **more: Any) -> Document:
    """Read a document of these paths."""
    return read_document(json.dumps({"openapi": "3.0.3", "paths": paths, **more}))


def get(schema: Any = None, **more: Any) -> dict[str, Any]:
    """Write a GET of one buyer that answers 200 with a schema."""
    media = {"application/json": {"schema": schema or {}}}
    answers = {"200": {"description": "", "content": media}}
    return {"/v1/buyers/{id}": {"get": {"responses": answers, **more}}}


@contextlib.contextmanager
def judging(document: Document | str) -> Iterator[Any]:
    """Stand in for a unit whose session has that document; give its target."""
    asked = [answered(200)]
    with unit_of(
        config=SimpleNamespace(parts=SimpleNamespace(path="")),
        once=lambda _name, _make: document,
        exchanges_of=lambda _name: asked,
    ) as unit:
        cite = unit.exchanges.extend
        yield SimpleNamespace(session=unit.session, unit=unit, cite=cite)


def accused(document: Document | str, check: Callable[..., None], *about: Any) -> str:
    """Give what a check accuses of; nothing, when it holds."""
    with judging(document) as target:
        active = check.__name__ != "check_answers_are_as_documented"
        active &= check.__name__ != "check_successes_are_documented"
        try:
            check(*([target] if active else []), *about)
        except Breach as breach:
            return str(breach)
    return ""


# ---------------------------------------------------------------- which exchanges


def test_there_is_a_document_where_the_profile_names_one() -> None:
    """Without one the chapter has no rows."""
    assert contract.published(REFERENCE)
    assert not contract.published(replace(REFERENCE, document=None))


@pytest.mark.parametrize(
    ("exchange", "of_verb", "right", "judgeable"),
    [
        (answered(200), True, True, True),
        (answered(404), True, False, True),
        (answered(201, verb="CREATE"), True, True, True),
        (answered(200, method="HEAD"), False, False, False),
        (answered(302), False, False, False),
        (answered(500), False, False, False),
        (answered(414), False, False, False),
        (answered(429), True, False, False),
        (answered(430), True, False, True),
        (answered(200, deliberate=True), True, False, True),
        (answered(200, truncated=True), True, True, False),
        (SILENT, False, False, False),
    ],
)
def test_what_a_document_may_say_of(
    exchange: Exchange, *, of_verb: bool, right: bool, judgeable: bool
) -> None:
    """Final answers of the platform to the verb's own method, whole ones.

    What was wrong on purpose is judged by what came, not by whether it was taken.
    """
    assert contract._of_its_verb(exchange) is of_verb  # noqa: SLF001
    assert contract._right_success(exchange) is right  # noqa: SLF001
    assert contract._judgeable(exchange) is judgeable  # noqa: SLF001


# ------------------------------------------------------------------------- verdicts


def test_an_answer_is_held_against_its_schema() -> None:
    """What is said of the body must hold."""
    document = told(get({"type": "object", "properties": {"ID": {"type": "integer"}}}))
    check = contract.check_answers_are_as_documented

    assert accused(document, check, answered(200, {"ID": 1})) == ""
    assert "-> 200" in accused(document, check, answered(200, {"ID": "one"}))


def test_a_success_should_be_documented() -> None:
    """Its status, by itself or by its class."""
    check = contract.check_successes_are_documented

    assert accused(told(get()), check, answered(200)) == ""
    assert "206 is not documented" in accused(told(get()), check, answered(206))


def test_an_operation_should_stand_in_the_document() -> None:
    """Its method at its path."""
    check = contract.check_operations_are_documented

    assert accused(told(get()), check, READ) == ""
    words = accused(told(get()), check, MADE)
    assert words == "the document does not describe POST /v1/buyers"


def test_the_need_of_a_token_should_be_documented() -> None:
    """In the operation's ``security``, or the document's."""
    check = contract.check_the_need_of_a_token_is_documented
    safe = get(security=[{"bearer": []}])
    scheme = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}

    assert accused(told(safe, components=scheme), check, READ) == ""
    assert "no security is documented for GET" in accused(told(get()), check, READ)


@pytest.mark.parametrize(
    ("count", "more"), [(1, ""), (3, ""), (4, " and 1 more"), (6, " and 3 more")]
)
def test_what_does_not_hold_together_is_told(count: int, more: str) -> None:
    """Three problems are named, and how many more there are."""
    document = told(get())
    document.problems += [f"problem {n}" for n in range(count)]

    words = accused(document, contract.check_the_document_can_be_read)
    named = "; ".join(f"problem {n}" for n in range(min(count, 3)))
    assert words == named + more


def test_a_document_that_can_be_read_is_evidence() -> None:
    """What was said in getting it is cited; one that is none is a breach."""
    check = contract.check_the_document_can_be_read
    with judging(told(get())) as target:
        check(target)
        assert len(target.unit.exchanges) == 1

    assert accused("not OpenAPI", check) == "no document to judge by: not OpenAPI"


def test_without_a_document_the_other_rows_wait() -> None:
    """That it can be read is one row's to judge."""
    with judging("not OpenAPI") as target, pytest.raises(Waits):
        contract.check_operations_are_documented(target, READ)


def test_the_reference_is_as_it_says(rows_of: RowsOf) -> None:
    """Its document can be read, and holds."""
    [result] = rows_of("contract.the_document_can_be_read").values()

    assert result.verdict is Verdict.PASS
