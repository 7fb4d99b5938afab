"""Checks of what the document tells of and the profile does not."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from exchanges import LABELLED, exchange
from units import unit_of

from conformance.checks import contract_beyond as beyond
from conformance.contract.document import Document, read_document
from conformance.errors import Breach, Disturbed, NotClaimed, NotJudged, Waits
from conformance.exchange import Exchange
from conformance.profile import load_profile

REFERENCE = load_profile("reference")


def told(*paths: str) -> Document:
    """Read a document of GETs that answer with an object."""
    media = {"application/json": {"schema": {"type": "object"}}}
    one = {"get": {"responses": {"200": {"description": "", "content": media}}}}
    whole = {"openapi": "3.0.3", "paths": dict.fromkeys(paths, one)}
    return read_document(json.dumps(whole))


def answered(code: int, body: bytes = b"{}") -> Exchange:
    """Give the answer to a read of no resource."""
    url = "https://target.invalid/v1/me"
    return exchange(code, body=body, headers=LABELLED, url=url, operation="beyond")


@contextlib.contextmanager
def asking(document: Document | str, answer: Exchange) -> Iterator[Any]:
    """Stand in for a target that answers so, and for its unit."""
    with unit_of(prefix="ct0", once=lambda _name, _make: document) as unit:

        def send(method: str, path: str, **_how: Any) -> Exchange:
            assert (method, path) == ("GET", "/v1/me")
            unit.exchanges.append(answer)
            return answer

        yield SimpleNamespace(session=unit.session, unit=unit, send=send)


DRAWN = {"path": "/v1/me", "mode": "positive"}
DOCUMENT = told("/v1/me")


def test_reads_that_no_resource_has_are_drawn_from() -> None:
    """Neither a resource's, nor the token's, nor the document's own path."""
    known = told(
        *("/v1/buyers", "/v1/buyers/{id}", "/v1/openapi.json"),
        *("/v1/buyers/{b}/addresses/{a}", "/oauth/token"),
    )

    assert beyond._reads(REFERENCE, known) == [None]  # noqa: SLF001
    assert beyond._reads(REFERENCE, told("/v1/me")) != [None]  # noqa: SLF001
    assert beyond._others(REFERENCE) == ["/oauth/token", "/v1/openapi.json"]  # noqa: SLF001
    assert beyond._others(replace(REFERENCE, document=None)) == ["/oauth/token"]  # noqa: SLF001


def test_a_read_is_held_against_what_is_documented() -> None:
    """An answer that is none of a resource's must be as the document says, too."""
    with asking(DOCUMENT, answered(200)) as target:
        beyond.check_other_reads_are_as_documented(target, DRAWN)
    with (
        asking(DOCUMENT, answered(200, b"[]")) as target,
        pytest.raises(Breach, match="-> 200"),
    ):
        beyond.check_other_reads_are_as_documented(target, DRAWN)


@pytest.mark.parametrize("code", [500, 501])
def test_a_read_that_breaks_down_is_another_rows(code: int) -> None:
    """Nothing is judged of a 5xx here."""
    with asking(DOCUMENT, answered(code, b"[]")) as target, pytest.raises(NotJudged):
        beyond.check_other_reads_are_as_documented(target, DRAWN)


@pytest.mark.parametrize(
    ("document", "drawn", "signal"),
    [
        (told("/v1/you"), DRAWN, NotClaimed),
        (DOCUMENT, None, NotClaimed),
        (DOCUMENT, "nothing could be drawn", NotJudged),
        ("no document", None, Waits),
        ("no document", "nothing could be drawn", Waits),
    ],
)
def test_where_there_is_nothing_to_read_nothing_is_judged(
    document: Document | str, drawn: Any, signal: type[Exception]
) -> None:
    """The document has no such read, or none could be drawn, or there is none."""
    with asking(document, answered(200)) as target, pytest.raises(signal):
        beyond.check_other_reads_are_as_documented(target, drawn)


def test_a_read_is_answered_as_any_other_request() -> None:
    """It is sent, counted, and held against what is asked of every answer."""
    with asking(DOCUMENT, answered(404)) as target:
        beyond.check_other_reads_are_survived(target, DRAWN)
        assert target.unit.asserted == 1
    with asking(DOCUMENT, answered(503)) as target, pytest.raises(Disturbed):
        beyond.check_other_reads_are_survived(target, DRAWN)
