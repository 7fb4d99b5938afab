"""Dates in answers: where they are looked for, and what is said of each."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from exchanges import exchange
from units import unit_of

from conformance.checks.dates import (
    _shows_dates,
    _shows_times,
    _succeeded,
    check_dates_are_in_utc,
    check_dates_are_iso8601,
)
from conformance.errors import Breach
from conformance.exchange import Exchange
from conformance.plan import Watched
from conformance.profile import Resource, load_profile
from conformance.session import Unit

TIME = {"type": "string", "format": "date-time"}
SCHEMA = {
    "properties": {
        "ID": {"type": "string"},
        "Start": TIME,
        "Day": {"type": "string", "format": "date"},
        "Note": {"type": "string"},
        "Inner": {"type": "object", "properties": {"When": TIME}},
        "Many": {"type": "array", "items": TIME},
        "Rows": {"type": "array", "items": {"properties": {"At": TIME}}},
        "xp": {"type": "object"},
    }
}
REFERENCE = load_profile("reference")
THINGS = replace(REFERENCE.resources["products"], name="things", schema=SCHEMA)
PROFILE = replace(REFERENCE, resources={"things": THINGS})


@pytest.fixture
def unit() -> Iterator[Unit]:
    """The unit that the words of a check count on."""
    with unit_of(profile=PROFILE) as unit:
        yield unit


def told(value: Any, verb: str = "GET", **more: Any) -> Exchange:
    """An exchange about things that was answered with a value."""
    operation = f"things-{verb}"
    made = exchange(more.pop("status", 200), body=b" ", operation=operation, **more)
    vars(made.answer)["parsed"] = (value, None, None)
    return made


def claiming(**properties: Any) -> Resource:
    """A resource with no other properties than these."""
    return replace(THINGS, schema={"properties": properties})


@pytest.mark.parametrize("start", ["tomorrow", "2030-14-01T00:00:00", 1_900_000_000])
def test_what_is_no_date_accuses(unit: Unit, start: object) -> None:
    """A date-time that is none is a breach that names its property."""
    with pytest.raises(Breach, match="Start is"):
        check_dates_are_iso8601(told({"Start": start}), PROFILE)

    assert not unit.edges


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_an_absent_date_is_not_judged(unit: Unit, nothing: object) -> None:
    """A date that is not there, however that is spelt, is left alone."""
    check_dates_are_iso8601(told({"Start": nothing}), PROFILE)
    check_dates_are_in_utc(told({"Start": nothing}), PROFILE)

    assert (unit.asserted, unit.edges_seen) == (0, 0)


@pytest.mark.parametrize(
    ("item", "edge"),
    [
        ({"Start": "2030-01-15"}, "a date without a time"),
        ({"Start": "20300115T120000Z"}, "basic format"),
        ({"Start": "2030-01-15t12:00:00z"}, "lower case"),
        ({"Day": "20300115"}, "basic format"),
    ],
)
def test_a_rare_form_warns(unit: Unit, item: dict[str, str], edge: str) -> None:
    """What ISO 8601 knows and few readers do is no breach, but a warning."""
    check_dates_are_iso8601(told(item), PROFILE)

    assert unit.asserted == 1
    [words] = unit.edges
    assert edge in words


@pytest.mark.parametrize(
    "item",
    [
        {"Start": "2030-01-15T12:00:00Z"},
        {"Start": "2030-01-15T12:00:00.123456789+00:00"},
        {"Day": "2030-01-15"},
    ],
)
def test_a_common_form_holds(unit: Unit, item: dict[str, str]) -> None:
    """A date-time in the common form is judged, and nothing is said of it."""
    check_dates_are_iso8601(told(item), PROFILE)

    assert unit.asserted == 1
    assert not unit.edges
    assert not unit.noted


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ({"Inner": {"When": "later"}}, "Inner.When is"),
        ({"Many": ["2030-01-15T12:00:00Z", "later"]}, r"Many\[\] is"),
        ({"Rows": [{"At": "later"}]}, r"Rows\[\].At is"),
    ],
)
def test_dates_are_found_inside(unit: Unit, item: dict[str, Any], where: str) -> None:
    """Objects and arrays of an item are searched for dates."""
    with pytest.raises(Breach, match=where):
        check_dates_are_iso8601(told(item), PROFILE)

    assert unit.asserted


def test_every_item_of_a_list_is_searched(unit: Unit) -> None:
    """A list is judged by the dates of its items; what is no item is left alone."""
    items = [{"Start": "2030-01-15T12:00:00Z"}, "no item", {"Start": "later"}]
    with pytest.raises(Breach, match="Start is 'later'"):
        check_dates_are_iso8601(told({"Items": items}, "LIST"), PROFILE)

    check_dates_are_iso8601(told({"Items": {"Start": "later"}}, "LIST"), PROFILE)
    assert unit.asserted == 2


@pytest.mark.parametrize("wrong", ["2030-02-30", "2030-02-30T12:00:00Z"])
def test_an_impossible_date_of_ours_is_left_alone(unit: Unit, wrong: str) -> None:
    """What a check wrote on purpose and the server keeps is judged where written."""
    check_dates_are_iso8601(told({"Start": wrong}), PROFILE)

    assert (unit.asserted, unit.edges_seen) == (0, 0)


def test_a_date_without_a_format_is_noted(unit: Unit) -> None:
    """Text that looks like a date, and that the profile calls text, is told of."""
    item = {"Note": "2030-01-15T12:00:00", "xp": {"since": "2030-01-15"}}
    check_dates_are_iso8601(told(item), PROFILE)
    check_dates_are_in_utc(told(item), PROFILE)

    assert {words.partition(" ")[0] for words in unit.noted} == {"Note", "xp.since"}
    assert (unit.asserted, unit.edges_seen) == (0, 0)


@pytest.mark.parametrize("text", ["a note", "20 saws", "2030 saws", "2030-01"])
def test_other_text_is_not_noted(unit: Unit, text: str) -> None:
    """Text that does not look like a date says nothing, in an array either."""
    item = {"Note": text, "xp": {"rows": [text, 2030, None]}}
    check_dates_are_iso8601(told(item), PROFILE)

    assert not unit.noted


@pytest.mark.parametrize(
    "start", ["2030-01-15T12:00:00", "2030-01-15T12:00:00+02:00", "20300115T12-0330"]
)
def test_another_time_than_utc_accuses(unit: Unit, start: str) -> None:
    """A date-time of another offset, or of none, is not in UTC."""
    with pytest.raises(Breach, match="Start is"):
        check_dates_are_in_utc(told({"Start": start}), PROFILE)

    assert unit.asserted == 1


@pytest.mark.parametrize("offset", ["Z", "+00:00", "+0000"])
def test_utc_holds(unit: Unit, offset: str) -> None:
    """Every way to write UTC holds."""
    check_dates_are_in_utc(told({"Start": f"2030-01-15T12:00:00{offset}"}), PROFILE)

    assert unit.asserted == 1
    assert not unit.edges


def test_a_negative_zero_warns(unit: Unit) -> None:
    """An offset of -00:00 is UTC, by a spelling that ISO 8601 does not have."""
    check_dates_are_in_utc(told({"Start": "2030-01-15T12:00:00-00:00"}), PROFILE)

    assert len(unit.edges) == 1


@pytest.mark.parametrize("start", ["2030-01-15", "tomorrow", 1_900_000_000])
def test_what_has_no_time_is_not_asked_for_utc(unit: Unit, start: object) -> None:
    """Where there is no time of day there is no offset; the other clause judges it."""
    check_dates_are_in_utc(told({"Start": start}), PROFILE)

    assert (unit.asserted, unit.edges_seen) == (0, 0)


def test_only_right_requests_that_succeeded_are_watched() -> None:
    """What a check made wrong on purpose, and what was refused, is not judged."""
    assert _succeeded(told({}))
    assert not _succeeded(told({}, deliberate=True))
    assert not _succeeded(told({}, status=400))
    assert not _succeeded(told({}, status=400, deliberate=True))


@pytest.mark.parametrize(
    ("properties", "watched_by"),
    [
        ({"A": TIME}, {"iso8601", "utc"}),
        ({"A": {"format": "date"}}, {"iso8601"}),
        ({"A": {"properties": {"B": TIME}}}, {"iso8601", "utc"}),
        ({"A": {"items": {"properties": {"B": TIME}}}}, {"iso8601", "utc"}),
        ({"A": {"type": "string"}, "B": {"format": "email"}}, set()),
    ],
)
def test_resources_with_dates_are_watched(
    properties: dict[str, Any], watched_by: set[str]
) -> None:
    """A row stands where the profile types a date, at whatever depth."""
    resource = claiming(**properties)
    for verb in ("LIST", "CREATE", "GET", "SAVE", "PATCH"):
        watched = Watched(f"things-{verb}", resource, verb)
        assert _shows_dates(watched) == ("iso8601" in watched_by)
        assert _shows_times(watched) == ("utc" in watched_by)


def test_a_delete_and_the_token_endpoint_show_no_dates() -> None:
    """Where no item is shown there is no row."""
    for watched in (Watched("things-DELETE", THINGS, "DELETE"), Watched("token")):
        assert not _shows_dates(watched)
        assert not _shows_times(watched)
