"""What an error should say: the same each time, what was wrong, and no more."""

import json
from dataclasses import replace
from typing import Any

import pytest
from exchanges import LABELLED, exchange
from outcomes import RowsOf

from conformance.checks.errors_helpful import (
    _mistakes,
    check_errors_show_no_inside,
    check_not_found_says_what,
)
from conformance.errors import Breach
from conformance.exchange import Exchange
from conformance.line import Request
from conformance.profile import Profile, load_profile
from conformance.reference.exchange import Answer as Served
from conformance.reference.exchange import Problem, refuse
from conformance.session import Unit
from conformance.verdict import Verdict

PROFILE = load_profile("reference")
BUYERS, ADDRESSES = PROFILE.resources["buyers"], PROFILE.resources["addresses"]
API = "https://api.example.com/v1"
STABLE = "errors_helpful.same_mistake_same_error"
NAMES = "errors_helpful.error_names_the_property"


def answered(
    body: bytes,
    status: int = 400,
    path: str = "/buyers/b1",
    sent: bytes | None = None,
    **more: Any,
) -> Exchange:
    """An exchange that was answered with a body."""
    how = {"identity": "app", "valid_token": True, **more}
    url = f"{API}{path}"
    return exchange(status, body=body, headers=LABELLED, url=url, sent=sent, **how)


# ---------------------------------------------------------------- nothing of the inside


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Traceback (most recent call last): ...", "a stack trace"),
        ("Boom!\n   at Shop.Buyers.Get()", "a stack trace"),
        ("goroutine 7 [running]: main", "a stack trace"),
        ("SELECT * FROM buyers failed", "SQL"),
        ('relation "buyers" violates unique constraint', "SQL"),
        ("ORA-00942: table or view", "SQL"),
        ("no such file: /home/shop/buyers.py", r"a path \(/home/\)"),
        ("/srv/shop is full", r"a path \(/srv/\)"),
        ("in C:\\shop\\buyers.cs", "a path"),
        ("at https://x.example.com/home/a or /home/b", r"a path \(/home/\)"),
    ],
)
@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.usefixtures("unit")
def test_what_only_the_inside_writes_is_a_leak(
    message: str, words: str, status: int
) -> None:
    """A refusal or a crash that shows the server's inside is named by its kind."""
    body = json.dumps({"Errors": [{"Message": message}]}).encode()
    with pytest.raises(Breach, match=words):
        check_errors_show_no_inside(answered(body, status))


def test_a_body_that_begins_with_a_path_leaks_it(unit: Unit) -> None:
    """A path may be the first that a plain body says."""
    with pytest.raises(Breach, match="a path"):
        check_errors_show_no_inside(answered(b"/home/shop/buyers.py is gone"))

    assert unit.asserted == 1


@pytest.mark.parametrize(
    "message",
    [
        "No such buyer.",
        "Select a value FROM the list",
        "see https://docs.example.com/home/errors",
        "the link to/home/of the brave",
        "x/home/y",
        "a goroutine is a girl's routine",
        "ORA-0 is no code",
    ],
)
def test_plain_words_are_no_leak(unit: Unit, message: str) -> None:
    """One word of several, or a path inside a link, shows nothing."""
    check_errors_show_no_inside(answered(message.encode()))

    assert unit.asserted == 1


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        ("SELECT a FROM b", "/buyers/SELECT%20a%20FROM%20b", None),
        ("SELECT a FROM b", "/buyers/b1", b'{"Name": "SELECT a FROM b"}'),
        ("in /etc/passwd", "/buyers?search=%2Fetc%2Fpasswd", None),
        ("in /etc/passwd", "/buyers/b1", b'{"Name": "\\/etc\\/passwd"}'),
    ],
)
def test_what_was_sent_may_be_repeated(
    unit: Unit, words: str, path: str, body: bytes | None
) -> None:
    """Words of the request itself, in its URL or its body, are nobody's inside."""
    check_errors_show_no_inside(answered(f"no: {words}".encode(), 400, path, body))

    assert unit.asserted == 1


def test_one_word_of_ours_hides_no_leak(unit: Unit) -> None:
    """Who searched for one of the words was still told all of the others."""
    with pytest.raises(Breach, match="SQL"):
        check_errors_show_no_inside(
            answered(b"SELECT a FROM b", 400, "/buyers?search=SELECT%20")
        )

    assert unit.asserted == 1


@pytest.mark.parametrize("status", [200, 503])
def test_a_success_and_a_gateway_are_not_searched(unit: Unit, status: int) -> None:
    """An item may hold any words, and a gateway's are not the platform's."""
    check_errors_show_no_inside(answered(b'"SELECT a FROM b"', status))

    assert not unit.asserted


# ------------------------------------------------------------------ what was not found


def missing(data: Any, message: str = "No such object.", **more: Any) -> Exchange:
    """A refusal for a buyer that is not there, with what its error says."""
    error = {"ErrorCode": "NotFound", "Message": message, "Data": data}
    body = json.dumps({"Errors": [error]}).encode()
    return answered(
        body, more.pop("status", 404), more.pop("path", "/buyers/b1"), **more
    )


@pytest.mark.parametrize(
    "data",
    [
        {"ObjectType": "Buyer", "ObjectID": "b1"},
        {"Missing": ["Buyer", "b1"]},
        "Buyer b1",
    ],
)
def test_type_and_id_are_enough(unit: Unit, data: object) -> None:
    """Type and ID may be told in any form, within the member for data."""
    check_not_found_says_what(missing(data), PROFILE)

    assert unit.asserted >= 2


@pytest.mark.parametrize(
    ("data", "lacks"),
    [
        (None, "no ID"),
        ({"ObjectType": "Buyer"}, "no ID"),
        ({"ObjectType": "Buyer", "ObjectID": "b2"}, "no ID"),
        ({"ObjectID": "b1"}, "no type"),
        ({"ObjectID": "b1", "Count": 12, "At": "2030"}, "no type"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_what_is_not_told_is_named(data: object, lacks: str) -> None:
    """The ID that was asked for, and a word for its type, must both be there."""
    with pytest.raises(Breach, match=lacks):
        check_not_found_says_what(missing(data, "No Buyer b1."), PROFILE)


def test_without_a_member_for_data_the_whole_error_counts(unit: Unit) -> None:
    """A profile that claims no such member may tell it in the message."""
    plain = {name: path for name, path in PROFILE.errors.items() if name != "data"}
    profile = replace(PROFILE, raw={**PROFILE.raw, "errors": plain})
    check_not_found_says_what(missing(None, "No Buyer b1."), profile)

    assert unit.asserted >= 2


@pytest.mark.parametrize(
    "exchange",
    [
        missing(None, status=405),
        missing(None, status=200),
        missing(None, deliberate=True),
        missing(None, valid_token=False),
        missing(None, path="/buyers", operation="buyers-CREATE"),
        missing(None, path="/buyers/b1/addresses?page=99", operation="addresses-LIST"),
    ],
    ids=["405", "200", "deliberate", "no-token", "no-ID", "page"],
)
def test_other_refusals_owe_no_type_and_id(unit: Unit, exchange: Exchange) -> None:
    """What was wrong on purpose, unknown, without an ID or a page is not judged."""
    check_not_found_says_what(exchange, PROFILE)

    assert not unit.asserted


@pytest.mark.parametrize(
    "exchange",
    [
        missing(None, path="/buyers/b1/addresses", operation="addresses-LIST"),
        missing(None, path="/buyers/b1?page=99"),
        missing(None, path="/buyers/page=9/addresses", operation="addresses-LIST"),
    ],
    ids=["parent", "item", "odd"],
)
@pytest.mark.usefixtures("unit")
def test_a_list_without_its_parent_owes_them(exchange: Exchange) -> None:
    """A list is not found because of its parent, unless a page was asked for."""
    with pytest.raises(Breach, match="no ID"):
        check_not_found_says_what(exchange, PROFILE)


def test_where_no_token_is_needed_none_is_asked_for(unit: Unit) -> None:
    """A profile without flows has no valid tokens, and its 404s are judged."""
    open_to_all: dict[str, Any] = {**PROFILE.raw, "oauth": {"flows": []}}
    profile: Profile = replace(PROFILE, raw=open_to_all)
    with pytest.raises(Breach, match="no ID"):
        check_not_found_says_what(missing(None, valid_token=False), profile)

    assert unit.asserted == 1


# ------------------------------------------------------------------- the same each time


@pytest.mark.parametrize(
    "row", ["buyers-GET", "buyers-CREATE", "buyers-SAVE", "addresses-LIST"]
)
def test_an_error_that_changes_warns(rows_of: RowsOf, row: str) -> None:
    """A code that is another one each time is told, whatever the verb."""
    numbers = iter(range(10**6))
    seams = {"code": lambda inner, *told: f"{inner(*told)}{next(numbers)}"}
    [broken] = rows_of(STABLE, seams, only=row).values()
    [whole] = rows_of(STABLE, only=row).values()

    assert broken.verdict is Verdict.WARN
    assert broken.message.startswith("first ")
    assert whole.verdict is Verdict.PASS


def test_a_status_that_changes_warns(rows_of: RowsOf) -> None:
    """The same code under another status is another answer."""
    statuses = iter([404, 410] * 5)

    def absent(inner: Any, *told: Any) -> Problem:
        problem: Problem = inner(*told)
        return Problem(next(statuses), *problem.mistakes)

    [found] = rows_of(STABLE, {"absent": absent}, only="buyers-GET").values()

    assert found.verdict is Verdict.WARN
    assert "first (404," in found.message
    assert "then (410," in found.message


def test_a_mistake_that_is_taken_once_is_not_judged(rows_of: RowsOf) -> None:
    """Where one of the two was no refusal there are no two errors to compare."""
    statuses = iter([404, 200] * 5)

    async def do_delete(_inner: Any, _call: Any) -> Served:
        if next(statuses) == 404:
            raise refuse(404, "NotFound", "No such object.")
        return Served(204)

    seams = {"do_delete": do_delete}
    [found] = rows_of(STABLE, seams, only="buyers-DELETE").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "not refused" in str(found.cause)


@pytest.mark.parametrize("row", ["buyers-CREATE", "buyers-SAVE"])
def test_a_cut_body_is_wrong_on_purpose(
    rows_of: RowsOf, sent: list[Request], row: str
) -> None:
    """A write is made wrong by a body that is cut off, and goes out marked so."""
    rows_of(STABLE, only=row)
    mistakes = [request for request in sent if request.operation == row]

    assert len(mistakes) == 2
    assert all(request.deliberate for request in mistakes)
    assert not any((request.body or b"").endswith(b"}") for request in mistakes)


# ------------------------------------------------------------ naming the property


def test_each_kind_of_mistake_has_a_property() -> None:
    """A required property is left out; others are of a wrong type, and too long."""
    found = list(_mistakes(ADDRESSES))

    assert found[0] == ("Street1", None)
    assert [name for name, wrong in found if wrong is None] == ["Street1"]
    assert all(name in wrong for name, wrong in found[1:] if wrong)
    assert len(found) == 3


def without_names(message: str = "Something is wrong.", status: int = 400) -> Any:
    """Let a server refuse what is invalid without a word about the property."""

    def invalid(_inner: Any, _call: Any, _findings: Any) -> Problem:
        return refuse(status, "Invalid", message)

    return {"invalid": invalid}


def test_an_error_that_names_nothing_warns(rows_of: RowsOf) -> None:
    """Every property that was wrong and not named is told of."""
    [found] = rows_of(NAMES, without_names(), only="addresses").values()
    [whole] = rows_of(NAMES, only="addresses").values()

    assert found.verdict is Verdict.WARN
    assert found.message.count("-> 400") == 3
    assert found.message.startswith("not named: Street1: ")
    assert whole.verdict is Verdict.PASS


def test_a_name_may_be_spelt_in_another_way(rows_of: RowsOf) -> None:
    """A name is found in any case, with whatever stands between its letters."""
    seams = without_names("street-1, company_name, Country or City is wrong.", 422)
    [found] = rows_of(NAMES, seams, only="addresses").values()

    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize("status", [409, 413])
def test_other_refusals_name_no_property(rows_of: RowsOf, status: int) -> None:
    """A refusal that is not about the schema, or comes early, is not judged."""
    seams = without_names(status=status)
    [found] = rows_of(NAMES, seams, only="buyers").values()

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no wrong property was refused" in str(found.cause)


def test_wrong_bodies_go_out_marked(rows_of: RowsOf, sent: list[Request]) -> None:
    """What is sent wrong on purpose is not judged by those who watch."""
    rows_of(NAMES, only="buyers")
    wrong = [request for request in sent if request.operation == "buyers-CREATE"]

    assert len(wrong) == len(list(_mistakes(BUYERS)))
    assert all(request.deliberate for request in wrong)
