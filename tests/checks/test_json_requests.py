"""Request bodies: which must be taken, which refused, and what says nothing of them."""

import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from outcomes import RowsOf, both
from scripted import holding
from seams import reading

from conformance.checks import json_requests
from conformance.checks.json_requests import _answered, _without_body
from conformance.errors import Breach, Disturbed
from conformance.exchange import Exchange
from conformance.line import Request
from conformance.profile import Operation, load_profile
from conformance.reference.exchange import Answer as Served
from conformance.reference.exchange import refuse
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from conformance.bodies import Raw
    from conformance.places import Item
    from conformance.target import Target

PROFILE = load_profile("reference")
BUYERS = PROFILE.resources["buyers"]
LABELS = "json_requests.json_is_taken_however_labelled"
BODILESS = "json_requests.no_body_is_asked_for"
MALFORMED = "json_requests.malformed_bodies_are_refused"
DEEP = "json_requests.deep_bodies_are_stood"


def label_of(call: Any) -> str:
    """The label of a request's body, as the server got it."""
    return str(call.request.headers.get("content-type", ""))


def refusing_labels(wrong: Callable[[Any], bool]) -> dict[str, Any]:
    """Let a server refuse bodies for what they are labelled, or for anything."""

    def around(inner: Any, call: Any) -> None:
        if wrong(call):
            raise refuse(415, "Request.InvalidContentType", "Send JSON.")
        inner(call)

    return {"check_media_type": around}


def taking(label: str) -> dict[str, Any]:
    """Let a server take another label for JSON's."""

    def around(inner: Any, call: Any) -> None:
        if not label_of(call).startswith(label):
            inner(call)

    return {"check_media_type": around}


# --------------------------------------------------------------------------- the label


@pytest.mark.parametrize("row", ["addresses", "shelves"])
def test_json_is_written_by_every_verb(rows_of: RowsOf, row: str) -> None:
    """A server that takes every spelling holds, with PUT and without."""
    [found] = rows_of(LABELS, only=row).values()

    assert found.verdict is Verdict.PASS


def test_an_item_whose_id_the_server_made_is_updated(
    rows_of: RowsOf, unchosen: str
) -> None:
    """Later verbs write to the item that the first one made."""
    [found] = rows_of(LABELS, profile=unchosen, only="catalogs").values()

    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize("verb", ["CREATE", "SAVE", "PATCH"])
def test_a_label_that_is_refused_fails(rows_of: RowsOf, verb: str) -> None:
    """One spelling that one verb refuses is named."""
    plain = "application/json"
    seams = refusing_labels(lambda c: c.verb == verb and label_of(c) != plain)
    [found] = rows_of(LABELS, seams, only="buyers").values()

    assert found.verdict is Verdict.FAIL
    assert "a body labelled " in found.message


def test_what_is_refused_however_labelled_is_waited_for(rows_of: RowsOf) -> None:
    """A PATCH that is never taken is no matter of its label."""
    seams = refusing_labels(lambda call: call.verb == "PATCH")
    [found] = rows_of(LABELS, seams, only="buyers").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert str(found.waits_for).startswith("verbs_patch")


# ------------------------------------------------------------------------------ no body


def test_verbs_without_a_body_are_judged() -> None:
    """A row needs a verb that sends none, and a way to make an item."""
    verbs = [verb for verb in BUYERS.verbs if _without_body(Operation(BUYERS, verb))]
    unmade = replace(BUYERS, verbs=("LIST", "GET"))

    assert verbs == ["LIST", "GET", "DELETE"]
    assert not _without_body(Operation(unmade, "GET"))


def on_labels(status: int) -> dict[str, Any]:
    """Let a server refuse a label that no body comes with."""

    async def around(inner: Any, call: Any) -> Any:
        answer = await inner(call)
        if label_of(call) and not call.body:
            raise refuse(status, "Odd", "A label without a body.")
        return answer

    return {"dispatch": around}


@pytest.mark.parametrize("verb", ["LIST", "GET", "DELETE"])
def test_a_label_without_a_body_must_be_taken(rows_of: RowsOf, verb: str) -> None:
    """Who refuses the label that many clients send is named with the verb."""
    [broken] = rows_of(BODILESS, on_labels(400), only=f"buyers-{verb}").values()
    [whole] = rows_of(BODILESS, only=f"buyers-{verb}").values()

    assert broken.verdict is Verdict.FAIL
    assert broken.message.startswith(f"{verb} with a label and no body was refused")
    assert whole.verdict is Verdict.PASS


def test_what_is_not_there_says_nothing_of_bodies(rows_of: RowsOf) -> None:
    """A 404 is the matter of GET's own rows."""
    [found] = rows_of(BODILESS, on_labels(404), only="buyers-GET").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert str(found.waits_for).startswith("verbs_get")


# --------------------------------------------------------------- foreign, and malformed


def test_an_xml_body_that_is_taken_fails(rows_of: RowsOf) -> None:
    """A success for XML is a breach, though nothing of it was stored."""

    async def around(inner: Any, call: Any) -> Any:
        if label_of(call) == "application/xml":
            server = inner.__self__
            return Served(200, server.render_item(call, server.find_item(call)))
        return await inner(call)

    check = "json_requests.xml_and_forms_are_refused"
    [found] = rows_of(check, {"do_save": around}, only="addresses").values()

    assert found.verdict is Verdict.FAIL
    assert "SAVE with an XML body was not refused" in found.message


def test_json_that_is_labelled_as_text_warns(rows_of: RowsOf) -> None:
    """To take it is against a SHOULD."""
    check = "json_requests.json_labelled_as_text_is_refused"
    [found] = rows_of(check, taking("text/plain"), only="addresses").values()

    assert found.verdict is Verdict.WARN
    assert "labelled text/plain was not refused" in found.message


def test_bytes_that_are_replaced_fail(rows_of: RowsOf) -> None:
    """A server that reads any bytes as some text takes what it must refuse."""
    seams = reading(lambda call: call.body.decode("utf-8", "replace").encode())
    check = "json_requests.bytes_that_are_not_utf8_are_refused"
    [found] = rows_of(check, seams, only="addresses").values()

    assert found.verdict is Verdict.FAIL
    assert "was not refused" in found.message


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"Code": {"maxLength": 9}, "Title": {}}, "Title"),
        ({"Code": {"maxLength": 9}}, "Code"),
        ({}, "Note"),
    ],
)
def test_bytes_stand_where_text_may(
    monkeypatch: pytest.MonkeyPatch, properties: dict[str, Any], name: str
) -> None:
    """In the property that takes any text, else in a free one, else in an unknown."""
    texts = {n: {"type": "string", **told} for n, told in properties.items()}
    wrong: list[Raw] = []
    trial = SimpleNamespace(other={})
    monkeypatch.setattr(json_requests, "aim", lambda *_: trial)
    monkeypatch.setattr(
        json_requests, "insist_on_refusal", lambda _target, _aim, raw: wrong.extend(raw)
    )
    json_requests.check_bytes_that_are_not_utf8_are_refused(
        cast("Any", None), holding(texts), "SAVE"
    )
    assert wrong
    assert all(f'"{name}": "Caf'.encode() in raw.content for raw in wrong)


@pytest.mark.parametrize("verb", ["CREATE", "PATCH"])
def test_a_malformed_body_that_is_taken_fails(rows_of: RowsOf, verb: str) -> None:
    """A server that adds the missing brace is named with what it took."""
    seams = reading(
        lambda call: call.body if call.body.endswith(b"}") else call.body + b"}"
    )
    main, _ = both(rows_of(MALFORMED, seams, only=f"shelves-{verb}"))

    assert main.verdict is Verdict.FAIL
    assert f"{verb} with a body cut off before its last brace" in main.message


def lenient(call: Any) -> bytes:
    """Read commas before a brace, and UTF-16 that says so."""
    if "utf-16" in label_of(call):
        return cast("bytes", call.body.decode("utf-16").encode())
    return re.sub(rb",}$", b"}", call.body)


def test_what_a_parser_may_take_warns(rows_of: RowsOf, sent: list[Request]) -> None:
    """Each extension that was taken is told, and every one is sent as wrong."""
    seams = reading(lenient) | taking("application/json")
    main, edge = both(rows_of(MALFORMED, seams, only="buyers-CREATE"))
    wrong = [
        one
        for one in sent
        if b",}" in (one.body or b"") or (one.body or b"").startswith(b"\xff\xfe")
    ]

    assert main.verdict is Verdict.PASS
    assert edge.verdict is Verdict.WARN
    assert "CREATE with a comma before the last brace was taken" in edge.message
    assert "CREATE with UTF-16 was taken" in edge.message
    assert len(wrong) == 2
    assert all(one.deliberate for one in wrong)


def test_a_strict_parser_holds(rows_of: RowsOf) -> None:
    """A server that takes none of them is told nothing."""
    main, edge = both(rows_of(MALFORMED, only="buyers-SAVE"))

    assert main.verdict is edge.verdict is Verdict.PASS


# ------------------------------------------------------------------------ deep bodies


def test_a_deep_body_that_is_flattened_warns(rows_of: RowsOf) -> None:
    """Stored in part is neither refused nor given back."""
    nest = re.compile(rb"\[{50,}[^\[\]]*\]{50,}")
    seams = reading(lambda call: nest.sub(b"[]", call.body))
    [found] = rows_of(DEEP, seams, only="buyers").values()

    assert found.verdict is Verdict.WARN
    assert found.message.startswith("sent 1000 levels, got ")


def test_a_deep_body_may_be_stored_or_refused(rows_of: RowsOf) -> None:
    """Both are a way to stand it."""
    seams = reading(lambda call: b"{" if b"[[[[" in call.body else call.body)
    [stored] = rows_of(DEEP, only="buyers").values()
    [refused] = rows_of(DEEP, seams, only="buyers").values()

    assert stored.verdict is refused.verdict is Verdict.PASS


class _Silent:
    """A server that answers a deep body as told: False for no answer."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.created = 0

    def call(self) -> Exchange:
        if not self.answers.pop(0):
            raise Disturbed("reset")
        return cast("Exchange", self)

    def create(self, _place: Any) -> None:
        self.created += 1

    def judge(self) -> object:
        item = cast("Item", SimpleNamespace(place=None))
        return _answered(cast("Target", self), item, self.call)


def test_one_silence_accuses_nobody() -> None:
    """A connection may be reset now and then: others are tried, then the body again."""
    at_once, once_silent = _Silent(True), _Silent(False, True)  # noqa: FBT003

    assert at_once.judge() is at_once
    assert at_once.created == 0
    assert once_silent.judge() is once_silent
    assert once_silent.created == 1


def test_a_second_silence_accuses() -> None:
    """Twice no answer, while others are answered, is the deep body's doing."""
    silent = _Silent(False, False)  # noqa: FBT003
    with pytest.raises(Breach, match="twice no answer to a deep body: reset"):
        silent.judge()

    assert silent.created == 2
