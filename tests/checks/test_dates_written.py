"""Dates that clients write: which are sent, and what is said of what comes back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from exchanges import exchange
from outcomes import RowsOf, both

from conformance.checks.dates_written import (
    _WITH_OFFSET,
    _impossible,
    _in_utc,
    _offsets,
    _takes_dates,
    _takes_times,
    _written_dates,
    _wrong_instants,
)
from conformance.dates import read
from conformance.errors import Waits
from conformance.exchange import Exchange
from conformance.profile import Operation, find_profile, load_profile
from conformance.session import Unit
from conformance.values import at
from conformance.verdict import Verdict

PROFILE = load_profile("reference")
BUYERS, PRODUCTS = PROFILE.resources["buyers"], PROFILE.resources["products"]
SHELVES = PROFILE.resources["shelves"]
DAY = {"type": "string", "format": "date"}
#: Other resources, of which clients write days.
DAYS = replace(
    SHELVES,
    schema={
        "required": ["Label"],
        "properties": {
            "ID": {"type": "string"},
            "Label": {"type": "string"},
            **{f"Day{number}": DAY for number in range(7)},
        },
    },
)
SENT = "2030-05-06T12:00:00-06:00"
OFFSETS = "dates_written.offsets_are_converted"
IMPOSSIBLE = "dates_written.impossible_dates_are_refused"


def an_answer() -> Exchange:
    """An exchange about a product."""
    return exchange(200, {}, operation="products-GET")


def wrong_instants(got: object, sent: object = SENT) -> list[str]:
    """What is said of a sale that was to start at an instant."""
    return _wrong_instants(
        PRODUCTS, {"SaleStart": sent}, {"SaleStart": got}, an_answer()
    )


# ------------------------------------------------------------------------ what is sent


def test_dates_that_clients_write_are_found_inside() -> None:
    """Dates in objects are written too; stamps, which are read-only, are not."""
    paths = [("SaleStart", "date-time"), ("Inventory.RestockDate", "date-time")]

    assert _written_dates(PRODUCTS, "date-time") == paths
    assert _written_dates(PRODUCTS, "date") == []
    assert _written_dates(BUYERS, "date-time", "date") == []


def test_rows_stand_where_a_date_can_be_written() -> None:
    """A row needs a date that clients may write, and a way to make an item."""
    read_only = replace(PRODUCTS, verbs=("LIST", "GET", "PATCH"))

    assert _takes_times(PRODUCTS)
    assert not _takes_times(BUYERS)
    assert not _takes_times(DAYS)
    assert not _takes_times(read_only)
    judged = [
        verb for verb in PRODUCTS.verbs if _takes_dates(Operation(PRODUCTS, verb))
    ]
    assert judged == ["CREATE", "SAVE", "PATCH"]
    assert _takes_dates(Operation(DAYS, "PATCH"))
    assert not _takes_dates(Operation(BUYERS, "CREATE"))
    assert not _takes_dates(Operation(read_only, "PATCH"))


def test_every_date_takes_every_offset() -> None:
    """Each property sees each offset, and beside it another in the same body."""
    [changes] = _offsets(PROFILE, PRODUCTS)

    for path, _ in _written_dates(PRODUCTS, "date-time"):
        assert {at(change, path) for change in changes} == set(_WITH_OFFSET)
    for change in changes:
        assert at(change, "SaleStart") != at(change, "Inventory.RestockDate")
    once = replace(SHELVES, verbs=("CREATE", "GET"))
    assert [len(wave) for wave in _offsets(PROFILE, once)] == [1] * len(_WITH_OFFSET)


@pytest.mark.parametrize(
    ("value", "in_utc"),
    [
        (SENT, "2030-05-06T18:00:00Z"),
        ("2028-03-01T04:15:00+05:30", "2028-02-29T22:45:00Z"),
        ("2030-05-06T12:00:00+01:00", "2030-05-06T12:00:00+01:00"),
        (12, 12),
        ({"A": {"B": SENT, "C": 1}}, {"A": {"B": "2030-05-06T18:00:00Z", "C": 1}}),
    ],
)
def test_the_same_instants_are_written_in_utc(value: object, in_utc: object) -> None:
    """Only what was written with an offset is rewritten, however deep it stands."""
    assert _in_utc(value) == in_utc


def test_an_impossible_date_stands_alone_in_a_right_body() -> None:
    """Every kind of wrong date is sent, in a body that is right but for it."""
    right = {"Name": "Saw", "SaleStart": "2030-01-15T12:00:00Z"}
    bodies = [json.loads(raw.content) for raw in _impossible(PRODUCTS, right)]
    wrong = [
        at(body, path)
        for body in bodies
        for path, _ in _written_dates(PRODUCTS, "date-time")
        if at(body, path) not in (None, right["SaleStart"])
    ]

    assert len(bodies) == len(wrong) == 6
    assert all(body["Name"] == "Saw" for body in bodies)
    assert not any(read(text) for text in wrong)
    assert {"2030-13-01T12:00:00Z", "2030-01-15T25:00:00Z", "soon"} <= set(wrong)


def test_impossible_days_have_no_time() -> None:
    """Where a day alone is claimed each property gets a wrong one without a time."""
    raws = _impossible(DAYS, {"Label": "Top"})
    days = [(n, v) for raw in raws for n, v in json.loads(raw.content).items()]
    wrong = [(name, value) for name, value in days if name != "Label"]

    assert {name for name, _ in wrong} == {f"Day{number}" for number in range(7)}
    assert not any("T" in value for _, value in wrong)
    assert {"2030-13-01", "2030-02-30", "soon"} <= {value for _, value in wrong}


def test_of_one_day_every_kind_is_sent() -> None:
    """A property that stands alone gets each kind of wrong date."""
    schema = {"properties": {"ID": {"type": "string"}, "Day": DAY}}

    assert len(_impossible(replace(DAYS, schema=schema), {})) == 5


# ----------------------------------------------------------------------- what came back


@pytest.mark.parametrize("got", ["2030-05-06T18:00:00Z", SENT])
def test_the_same_instant_holds(unit: Unit, got: str) -> None:
    """In UTC or not, the instant is the same."""
    assert wrong_instants(got) == []
    assert not unit.edges


@pytest.mark.parametrize(
    "got", ["2030-05-06T18:00:00.5Z", "2030-05-06T18:00:01Z", "2030-05-06T17:59:59Z"]
)
def test_a_second_off_warns(unit: Unit, got: str) -> None:
    """Off by up to a second is an edge, no breach."""
    assert wrong_instants(got) == []
    assert len(unit.edges) == 1


@pytest.mark.parametrize(
    "got", ["2030-05-06T12:00:00Z", "2030-05-06T18:00:01.5Z", None, "", {}]
)
def test_another_instant_is_wrong(unit: Unit, got: object) -> None:
    """An instant that changed, or is gone, is said with what was sent."""
    assert wrong_instants(got) == [f"SaleStart: sent {SENT}, got {got!r}"]
    assert not unit.edges


@pytest.mark.parametrize("sent", [None, "2030-01-15", "soon", 12])
def test_what_was_sent_without_an_instant_is_not_compared(
    unit: Unit, sent: object
) -> None:
    """A property that was not written with an instant may show any."""
    assert wrong_instants("2030-05-06T18:00:00Z", sent) == []
    assert not unit.edges


@pytest.mark.parametrize(
    ("got", "clause"),
    [
        ("2030-05-06T18:00:00", "dates.utc"),
        ("2030-05-06", "dates.iso8601"),
        ("06/05/2030", "dates.iso8601"),
        (1_904_320_800, "dates.iso8601"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_no_instant_is_left_to_its_clause(got: object, clause: str) -> None:
    """What comes back as no instant is judged by the clauses of the form."""
    with pytest.raises(Waits) as waiting:
        wrong_instants(got)

    assert waiting.value.row == clause


# -------------------------------------------------------------------- against servers


def reading(change: Callable[[Any, str], Any]) -> dict[str, Any]:
    """Let a server read other texts for the dates of the top level."""

    def around(
        inner: Any, call: Any, name: str, value: Any, findings: Any, **how: Any
    ) -> Any:
        dated = call.claimed.properties[name].get("format") == "date-time"
        if dated and isinstance(value, str):
            value = change(call, value)
        return inner(call, name, value, findings, **how)

    return {"accept": around}


def test_a_dropped_offset_fails(rows_of: RowsOf) -> None:
    """An offset that is taken for UTC is a breach with both texts."""
    seams = reading(lambda _call, text: f"{text[:19]}Z")
    main, _ = both(rows_of(OFFSETS, seams, only="shelves"))

    assert main.verdict is Verdict.FAIL
    assert f"sent {SENT}, got '2030-05-06T12:00:00" in main.message


def test_an_update_alone_that_drops_it_fails(rows_of: RowsOf) -> None:
    """Offsets are written by updates too."""

    def change(call: Any, text: str) -> str:
        return f"{text[:19]}Z" if call.verb == "PATCH" else text

    main, _ = both(rows_of(OFFSETS, reading(change), only="shelves"))

    assert main.verdict is Verdict.FAIL


def test_refused_offsets_warn(rows_of: RowsOf) -> None:
    """A server that takes the instants in UTC alone is told so, and not failed."""
    seams = reading(lambda _call, text: "no" if text in _WITH_OFFSET else text)
    main, edge = both(rows_of(OFFSETS, seams, only="shelves"))

    assert main.verdict is Verdict.PASS
    assert edge.verdict is Verdict.WARN
    assert "an offset was refused" in edge.message


def test_dates_that_are_not_taken_in_utc_either_are_not_judged(
    rows_of: RowsOf,
) -> None:
    """A refusal of the instants themselves says nothing of offsets."""
    known = {*_WITH_OFFSET, *(_in_utc(text) for text in _WITH_OFFSET)}
    seams = reading(lambda _call, text: "no" if text in known else text)
    main, _ = both(rows_of(OFFSETS, seams, only="shelves"))

    assert main.verdict is Verdict.INCONCLUSIVE
    assert "no such dates are taken, in UTC either" in str(main.cause)


def test_dates_that_are_not_stored_at_all_are_waited_for(rows_of: RowsOf) -> None:
    """A write that loses every date is the verbs chapter's."""
    seams = reading(lambda _call, _text: None)
    main, _ = both(rows_of(OFFSETS, seams, only="shelves"))

    assert main.verdict is Verdict.INCONCLUSIVE
    assert str(main.waits_for).startswith("verbs")


def in_lists(change: Callable[[Any], Any]) -> dict[str, Any]:
    """Let a server's lists show other dates."""

    def around(
        inner: Any, call: Any, record: Any, name: str, schema: Mapping[str, Any]
    ) -> tuple[bool, Any]:
        shown, value = inner(call, record, name, schema)
        dated = call.verb == "LIST" and schema.get("format") == "date-time"
        return (shown, value) if not dated else change(value)

    return {"render_property": around}


def test_a_list_with_other_instants_fails(rows_of: RowsOf) -> None:
    """The list is read too, and named."""
    seams = in_lists(lambda value: (True, value and value + timedelta(hours=6)))
    main, _ = both(rows_of(OFFSETS, seams, only="shelves"))

    assert main.verdict is Verdict.FAIL
    assert main.message.startswith("in the list: Checked: sent ")


def test_a_list_of_summaries_holds(rows_of: RowsOf) -> None:
    """A date that the list leaves out was not changed."""
    seams = in_lists(lambda _value: (False, None))
    main, edge = both(rows_of(OFFSETS, seams, only="shelves"))

    assert main.verdict is edge.verdict is Verdict.PASS
    assert not main.notes


def test_a_list_without_the_item_is_noted(rows_of: RowsOf) -> None:
    """An item that the first pages don't show is other rows' matter, and told."""
    seams: dict[str, Any] = {"visible": lambda _inner, _call: []}
    main, _ = both(rows_of(OFFSETS, seams, only="shelves"))

    assert main.verdict is Verdict.PASS
    assert main.notes == ("the item was not on the first pages of its list",)


def test_a_filter_finds_the_item(rows_of: RowsOf) -> None:
    """Where the ID can be filtered by, the list is asked for this item alone."""
    asked: list[str] = []

    async def around(inner: Any, call: Any) -> Any:
        asked.extend(name for name, _ in call.query)
        return await inner(call)

    main, _ = both(rows_of(OFFSETS, {"do_list": around}, only="shelves"))

    assert main.verdict is Verdict.PASS
    assert "ID" in asked


@pytest.fixture
def unlisted(tmp_path: Path) -> str:
    """A profile whose shelves can't be listed, and so not be filtered."""
    text = find_profile("reference").read_text("utf-8")
    head, mark, shelves = text.partition("[resources.shelves]")
    kept = shelves.replace('"LIST", ', "").splitlines()
    lines = [line for line in kept if not line.startswith("list.")]
    path = tmp_path / "unlisted.toml"
    path.write_text("\n".join([head + mark, *lines]), encoding="utf-8")
    return str(path)


def test_without_a_list_none_is_read(rows_of: RowsOf, unlisted: str) -> None:
    """A resource that offers no LIST is judged by its items."""
    main, _ = both(rows_of(OFFSETS, profile=unlisted, only="shelves"))

    assert main.verdict is Verdict.PASS


@pytest.mark.parametrize("verb", ["CREATE", "PATCH"])
def test_an_impossible_date_that_is_taken_fails(rows_of: RowsOf, verb: str) -> None:
    """A day that rolls over into the next month is named, by the verb that took it."""
    seams = reading(lambda _call, text: text.replace("-02-30T", "-03-01T"))
    [found] = rows_of(IMPOSSIBLE, seams, only=f"shelves-{verb}").values()
    [clean] = rows_of(IMPOSSIBLE, only=f"shelves-{verb}").values()

    assert found.verdict is Verdict.FAIL
    assert f"{verb} with 30 February as Checked was not refused" in found.message
    assert clean.verdict is Verdict.PASS
