"""The one shape of errors, its code and message, and what counts as a crash."""

from dataclasses import replace
from typing import Any

import pytest
from exchanges import LABELLED, exchange

from conformance.checks.errors import (
    check_errors_carry_a_code,
    check_errors_carry_a_message,
    check_errors_have_one_shape,
    check_no_answer_is_5xx,
)
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import Profile, load_profile
from conformance.session import Unit

PROFILE = load_profile("reference")
NUMBERED = replace(
    PROFILE, raw={**PROFILE.raw, "errors": {**PROFILE.errors, "code_type": "integer"}}
)
PLAIN = {name: path for name, path in PROFILE.errors.items() if name != "data"}
WITHOUT_DATA = replace(PROFILE, raw={**PROFILE.raw, "errors": PLAIN})
WHOLE = {"ErrorCode": "NotFound", "Message": "No such buyer.", "Data": None}


def answered(status: int, value: Any = None, method: str = "GET") -> Exchange:
    """An exchange that was answered with a status and a JSON value."""
    return exchange(status, value, headers=LABELLED, method=method)


def told(*entries: Any, status: int = 404) -> Exchange:
    """A refusal with these errors in the reference's shape."""
    return answered(status, {"Errors": list(entries)})


# ------------------------------------------------------------------------------ shape


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_of_another_shape_fails(unit: Unit, status: int) -> None:
    """A 4xx, and a 500, in a shape of its own is a breach."""
    with pytest.raises(Breach, match="not the standard shape"):
        check_errors_have_one_shape(answered(status, {"error": "no"}), PROFILE)

    assert unit.asserted == 1


def test_an_early_refusal_of_another_shape_warns(unit: Unit) -> None:
    """What a gateway may have said is the softer edge."""
    check_errors_have_one_shape(answered(413, {"error": "no"}), PROFILE)

    assert len(unit.edges) == 1


def test_a_success_and_a_gateway_owe_no_shape(unit: Unit) -> None:
    """Neither is an error of the platform."""
    for status in (200, 502):
        check_errors_have_one_shape(answered(status, {"error": "no"}), PROFILE)
        check_errors_carry_a_code(answered(status, {"error": "no"}), PROFILE)
        check_errors_carry_a_message(answered(status, {"error": "no"}), PROFILE)

    assert (unit.asserted, unit.edges_seen) == (0, 0)


@pytest.mark.usefixtures("unit")
def test_without_the_shape_its_parts_are_not_judged() -> None:
    """An error of another shape is one breach, not three."""
    for check in (check_errors_carry_a_code, check_errors_carry_a_message):
        with pytest.raises(Waits) as waiting:
            check(answered(404, {"error": "no"}), PROFILE)
        assert waiting.value.row == "errors.shape"


# ------------------------------------------------------------------- code and message


def test_a_whole_error_holds(unit: Unit) -> None:
    """Code, message and the member for data, though it be null, are enough."""
    check_errors_have_one_shape(told(WHOLE), PROFILE)
    check_errors_carry_a_code(told(WHOLE, WHOLE), PROFILE)
    check_errors_carry_a_message(told(WHOLE, WHOLE), PROFILE)

    assert unit.asserted == 3
    assert not unit.edges


@pytest.mark.parametrize("code", ["", " ", None, 404, True, ["NotFound"]])
def test_a_code_that_is_no_text_fails(unit: Unit, code: object) -> None:
    """A code is text with something in it; one bad one among several is found."""
    with pytest.raises(Breach, match="no code but"):
        check_errors_carry_a_code(told(WHOLE, {**WHOLE, "ErrorCode": code}), PROFILE)

    assert unit.asserted == 1


@pytest.mark.parametrize("code", ["NotFound", True, None, 4.5])
def test_a_code_that_is_no_number_fails_where_numbers_are_claimed(
    unit: Unit, code: object
) -> None:
    """A profile may claim numbers: then text is none, nor is true."""
    check_errors_carry_a_code(told({**WHOLE, "ErrorCode": 1404}), NUMBERED)
    with pytest.raises(Breach, match="no code but"):
        check_errors_carry_a_code(told({**WHOLE, "ErrorCode": code}), NUMBERED)

    assert unit.asserted == 2


def test_a_missing_member_for_data_warns(unit: Unit) -> None:
    """The member that the profile names should be there, in every error."""
    bare = {"ErrorCode": "NotFound", "Message": "No such buyer."}
    check_errors_carry_a_code(told(WHOLE, bare), PROFILE)

    assert [words.partition(":")[0] for words in unit.edges] == ["no data"]


def test_no_data_is_asked_for_that_nobody_claims(unit: Unit) -> None:
    """A profile without such a member asks for none."""
    bare = {"ErrorCode": "NotFound", "Message": "No such buyer."}
    check_errors_carry_a_code(told(bare), WITHOUT_DATA)

    assert unit.asserted == 1
    assert not unit.edges


@pytest.mark.parametrize("message", [None, 404, {"en": "no"}])
def test_a_message_that_is_no_text_fails(unit: Unit, message: object) -> None:
    """A message is text; one bad one among several is found."""
    with pytest.raises(Breach, match="no message but"):
        check_errors_carry_a_message(
            told(WHOLE, {**WHOLE, "Message": message}), PROFILE
        )

    assert unit.asserted == 1


def test_an_empty_message_warns(unit: Unit) -> None:
    """A message that says nothing is the softer edge."""
    check_errors_carry_a_message(told(WHOLE, {**WHOLE, "Message": " "}), PROFILE)

    assert unit.asserted == 1
    assert [words.partition(":")[0] for words in unit.edges] == ["empty"]


# -------------------------------------------------------------------------------- 5xx


def crash(method: str, status: int, profile: Profile = PROFILE) -> None:
    """Judge an answer of that status to that method."""
    check_no_answer_is_5xx(answered(status, {}, method), profile)


@pytest.mark.parametrize("method", ["GET", "POST", "FROB"])
@pytest.mark.parametrize("status", [500, 505, 599])
def test_a_crash_fails(unit: Unit, method: str, status: int) -> None:
    """No request, of whatever method, may be met with 5xx."""
    with pytest.raises(Breach):
        crash(method, status)

    assert not unit.edges


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("status", [500, 501])
def test_a_crash_of_head_and_options_warns(
    unit: Unit, method: str, status: int
) -> None:
    """What no resource offers is the softer edge."""
    crash(method, status)

    assert len(unit.edges) == 1


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 200), ("GET", 499), ("HEAD", 404), ("FROB", 501)]
)
def test_other_answers_are_no_crash(unit: Unit, method: str, status: int) -> None:
    """A refusal is none, nor is 501 for a method that nobody knows."""
    crash(method, status)

    assert unit.asserted == 1
    assert not unit.edges


def test_a_method_in_use_may_not_be_unknown(unit: Unit) -> None:
    """501 is a crash where the profile claims the method, and only there."""
    unsaved = {
        name: replace(resource, verbs=("LIST", "GET"))
        for name, resource in PROFILE.resources.items()
    }
    crash("PUT", 501, replace(PROFILE, resources=unsaved))
    with pytest.raises(Breach):
        crash("PUT", 501)

    assert unit.asserted == 2
