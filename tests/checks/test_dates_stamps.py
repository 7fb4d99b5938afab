"""Stamps that the server puts on items: how far they are off, and when they move."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from exchanges import exchange
from outcomes import RowsOf

from conformance.checks import dates_stamps
from conformance.checks.dates_stamps import (
    _advanced,
    _insist_on_advance,
    _insist_on_creation,
    _insist_on_utc,
    _is_update,
    _keeps_a_creation_stamp,
    _moves_an_update_stamp,
    _named,
    _Off,
    _offs,
    _seconds,
    _stamped,
    _stamps,
)
from conformance.errors import Breach, NotJudged, Waits
from conformance.exchange import Exchange
from conformance.profile import Operation, find_profile, load_profile
from conformance.session import Unit
from conformance.verdict import Result, Verdict

if TYPE_CHECKING:
    from conformance.places import Item
    from conformance.target import Target

PROFILE = load_profile("reference")
BUYERS, ADDRESSES = PROFILE.resources["buyers"], PROFILE.resources["addresses"]
SHELVES = PROFILE.resources["shelves"]
NOON_S = 1_894_708_800
NOON = "2030-01-15T12:00:00Z"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference's stamps have milliseconds: no tick of theirs is waited for."""
    monkeypatch.setattr(dates_stamps, "_TICK_S", 0.0)


def told(*headers: tuple[str, str], **shown: Any) -> Exchange:
    """An exchange in which a buyer is shown with these properties."""
    made = exchange(200, body=b" ", headers=headers)
    vars(made.answer)["parsed"] = ({"ID": "b1", **shown}, None, None)
    return made


def off(served: float, ours: float | None = None) -> _Off:
    """So many seconds off the answer's Date, and off our clock."""
    return _Off(Decimal(served), Decimal(served if ours is None else ours))


# ------------------------------------------------------------------ off by a time zone


@pytest.mark.parametrize(
    ("seconds", "quarters"),
    [
        (7200, 8),
        (7205, 8),
        (7194, 0),
        (7206, 0),
        (-12600, -14),
        (900 * 56, 56),
        (-900 * 56, -56),
        (900 * 57, 0),
        (400, 0),
        (4, 0),
    ],
)
def test_whole_quarter_hours_are_a_zone(seconds: int, quarters: int) -> None:
    """Off by quarter-hours, as clocks on Earth are, give or take five seconds."""
    assert off(seconds).zone == quarters


def test_a_zone_that_comes_twice_accuses(unit: Unit) -> None:
    """Two stamps off by the same time zone are local time labelled UTC."""
    with pytest.raises(Breach, match=r"DateCreated is twice \+2.00 h"):
        _insist_on_utc({"DateCreated": off(7200)}, {"DateCreated": off(7199)})

    assert unit.asserted == 1


@pytest.mark.parametrize(("first", "second"), [(7200, 0), (0, 7200), (7200, 3600)])
def test_a_zone_that_comes_once_warns_at_most(
    unit: Unit, first: int, second: int
) -> None:
    """One stamp that is off may be a stopped clock; that it is off is told."""
    _insist_on_utc({"A": off(first)}, {"A": off(second)})

    assert unit.asserted == 1
    assert len(unit.edges) == (first != 0)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (off(0), []),
        (off(300), []),
        (off(-301), ["A is -0.08 h off the answer's own Date"]),
        (off(0, 300), []),
        (off(0, -301), ["A is -301 s off us"]),
        (off(600, 600), ["A is +0.17 h off the answer's own Date"]),
    ],
)
def test_five_minutes_are_granted(unit: Unit, one: _Off, words: list[str]) -> None:
    """Further off than that, from the server's clock or else from ours, warns."""
    _insist_on_utc({"A": one}, {"A": one})

    assert unit.edges == words


@pytest.mark.parametrize("second", [{}, {"B": off(0)}])
def test_without_a_stamp_nothing_is_judged(
    unit: Unit, second: Mapping[str, _Off]
) -> None:
    """A stamp that is not shown both times says nothing."""
    with pytest.raises(NotJudged, match="no stamp"):
        _insist_on_utc({"A": off(7200)}, second)

    assert not unit.asserted


@pytest.mark.parametrize(
    ("headers", "served"),
    [((("date", "Tue, 15 Jan 2030 11:59:50 GMT"),), 10), ((), 30)],
)
@pytest.mark.usefixtures("unit")
def test_stamps_are_compared_with_both_clocks(
    headers: tuple[tuple[str, str], ...], served: int
) -> None:
    """An answer's own Date is the server's clock; without it, ours stands for it."""
    answer = told(*headers, DateCreated=NOON, LastUpdated=None)
    target = cast("Target", SimpleNamespace(now=lambda: NOON_S - 30.0))
    item = cast("Item", None)
    found = _offs(target, item, answer, ["DateCreated"])

    assert found == {"DateCreated": off(served, 30)}


# ------------------------------------------------------------------- reading a stamp


@pytest.mark.parametrize("nothing", [None, "", {}])
@pytest.mark.usefixtures("unit")
def test_an_absent_stamp_has_no_seconds(nothing: object) -> None:
    """A stamp that is not shown, however that is spelt, is None."""
    assert _seconds(told(DateCreated=nothing), "DateCreated") is None
    assert not _named(told(DateCreated=nothing), "DateCreated")


@pytest.mark.usefixtures("unit")
def test_a_stamp_is_read_with_its_digits() -> None:
    """A stamp keeps its fraction of a second."""
    shown = told(DateCreated="2030-01-15T14:00:00.125+02:00")

    assert _seconds(shown, "DateCreated") == Decimal("1894708800.125")
    assert _named(shown, "DateCreated")


@pytest.mark.parametrize(
    ("shown", "clause"),
    [
        ("2030-01-15T12:00:00", "dates.utc"),
        ("2030-01-15", "dates.iso8601"),
        ("15/01/2030", "dates.iso8601"),
        (NOON_S, "dates.iso8601"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_what_names_no_instant_is_left_to_its_clause(
    shown: object, clause: str
) -> None:
    """A stamp that is no instant is judged by the clauses of the form."""
    with pytest.raises(Waits) as waiting:
        _seconds(told(DateCreated=shown), "DateCreated")

    assert waiting.value.row == clause
    assert not _named(told(DateCreated=shown), "DateCreated")


# ------------------------------------------------------------ keeping, and moving on


@pytest.mark.parametrize(
    ("after", "anew"),
    [
        (NOON, False),
        ("2030-01-15T12:00:00.999Z", False),
        ("2030-01-15T11:59:59.001Z", False),
        ("2030-01-15T12:00:01Z", True),
        ("2030-01-16T12:00:00Z", True),
    ],
)
@pytest.mark.usefixtures("unit")
def test_a_creation_stamp_may_keep_fewer_digits(after: str, *, anew: bool) -> None:
    """Within a second it stayed; where the item was replaced it may start anew."""
    _insist_on_creation(told(DateCreated=NOON), told(DateCreated=after), anew=anew)


@pytest.mark.parametrize(
    ("after", "anew"),
    [
        (None, False),
        (None, True),
        ("2030-01-15T12:00:01Z", False),
        ("2030-01-15T12:00:01.500Z", False),
        ("2030-01-15T11:59:58Z", True),
    ],
)
@pytest.mark.usefixtures("unit")
def test_a_creation_stamp_that_moved_accuses(after: str | None, *, anew: bool) -> None:
    """Gone, moved, or turned back by a replacement: each is a breach."""
    with pytest.raises(Breach, match="DateCreated was"):
        _insist_on_creation(told(DateCreated=NOON), told(DateCreated=after), anew=anew)


@pytest.mark.usefixtures("unit")
def test_a_creation_stamp_that_never_was_is_not_judged() -> None:
    """Where the item showed none before the update, none can have moved."""
    with pytest.raises(NotJudged, match="DateCreated is not shown"):
        _insist_on_creation(told(), told(DateCreated=NOON), anew=False)


@pytest.mark.parametrize(
    ("was", "now", "advanced"),
    [
        (10, 11, True),
        (None, 11, True),
        (11, 10, False),
        (11, 11, False),
        (10, None, False),
        (None, None, False),
        # A stamp of whole minutes, within its tick; then one that went back.
        (120, 120, True),
        (180, 120, False),
        (61, 61, False),
    ],
)
def test_an_update_stamp_advances(
    was: int | None, now: int | None, *, advanced: bool
) -> None:
    """A stamp must be later than before, unless it is one of whole minutes."""
    one, two = (None if s is None else Decimal(s) for s in (was, now))

    assert _advanced(one, two) is advanced


@pytest.mark.usefixtures("unit")
def test_an_update_stamp_that_stood_still_accuses() -> None:
    """An update that leaves its stamp is a breach that says both values."""
    second = "2030-01-15T12:00:01Z"
    _insist_on_advance(told(LastUpdated=NOON), told(LastUpdated=second))
    with pytest.raises(Breach, match="LastUpdated was"):
        _insist_on_advance(told(LastUpdated=second), told(LastUpdated=second))


# --------------------------------------------------------------------- which rows


def test_rows_stand_where_a_stamp_is_claimed() -> None:
    """A check of a stamp asks for the stamp, and for somebody who can make an item."""
    assert _stamps(BUYERS, "created") == ["DateCreated"]
    assert _stamps(BUYERS, "created", "updated") == ["DateCreated", "LastUpdated"]
    assert _stamps(SHELVES, "created", "updated") == []
    assert _stamped(BUYERS)
    assert not _stamped(SHELVES)
    assert not _stamped(replace(BUYERS, verbs=("LIST", "GET", "PATCH")))


def test_updates_that_can_be_read_are_judged() -> None:
    """A row of an update needs SAVE or PATCH, and GET to see what became of it."""
    verbs = ("LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE")
    judged = [verb for verb in verbs if _is_update(Operation(BUYERS, verb))]
    blind = replace(BUYERS, verbs=("CREATE", "SAVE", "PATCH"))

    assert judged == ["SAVE", "PATCH"]
    assert not _is_update(Operation(blind, "PATCH"))
    assert _keeps_a_creation_stamp(Operation(ADDRESSES, "SAVE"))
    assert not _keeps_a_creation_stamp(Operation(ADDRESSES, "GET"))
    assert not _keeps_a_creation_stamp(Operation(SHELVES, "PATCH"))
    assert _moves_an_update_stamp(Operation(BUYERS, "PATCH"))
    assert not _moves_an_update_stamp(Operation(BUYERS, "CREATE"))
    assert not _moves_an_update_stamp(Operation(ADDRESSES, "PATCH"))


# ------------------------------------------------------------------ against servers


def showing(change: Callable[[Any, Any, Any], Any]) -> dict[str, Any]:
    """Let a server show other values: by call, schema and value."""

    def around(
        inner: Any, call: Any, record: Any, name: str, schema: Mapping[str, Any]
    ) -> tuple[bool, Any]:
        shown, value = inner(call, record, name, schema)
        return shown, change(call, schema, value)

    return {"render_property": around}


def behind(verb: str, change: Callable[[Any], None]) -> dict[str, Any]:
    """Let a server change a record behind an update by that verb."""

    def around(inner: Any, call: Any, record: Any, *how: Any) -> None:
        inner(call, record, *how)
        if call.verb == verb:
            change(record)

    return {"update": around}


def one(found: Mapping[str, Result], check: str) -> Result:
    """The result of the one row of a check, softer edges aside."""
    [result] = [found[row] for row in found if row.startswith(f"dates_stamps.{check}[")]
    return result


def test_new_stamps_in_local_time_fail(rows_of: RowsOf) -> None:
    """Stamps of new items that are two hours ahead and say UTC are local time."""

    def ahead(_call: Any, schema: Mapping[str, Any], value: Any) -> Any:
        return value + timedelta(hours=2) if "x-stamp" in schema else value

    check = "stamps_are_truly_utc"
    found = rows_of(f"dates_stamps.{check}", showing(ahead), only="addresses")

    assert one(found, check).verdict is Verdict.FAIL
    assert "DateCreated is twice +2.00 h" in one(found, check).message


def test_stamps_are_read_back_where_the_answer_names_no_instant(
    rows_of: RowsOf,
) -> None:
    """A POST that shows days alone is another clause's: GET shows the stamps."""

    def around(inner: Any, call: Any, moment: Any) -> str:
        text: str = inner(call, moment)
        return text[:10] if call.verb == "CREATE" else text

    check = "stamps_are_truly_utc"
    found = rows_of(f"dates_stamps.{check}", {"render_date": around}, only="buyers")

    assert one(found, check).verdict is Verdict.PASS


def test_stamps_of_an_update_in_local_time_fail(rows_of: RowsOf) -> None:
    """A stamp of updates is judged by itself, whatever creation does."""

    def around(inner: Any, call: Any, record: Any) -> datetime:
        moved: datetime = inner(call, record)
        return moved + timedelta(hours=1) if call.verb == "PATCH" else moved

    check, seams = "stamps_of_updates_are_truly_utc", {"advance": around}
    broken = rows_of(f"dates_stamps.{check}", seams, only="buyers-PATCH")
    whole = rows_of(f"dates_stamps.{check}", seams, only="buyers-SAVE")

    assert one(broken, check).verdict is Verdict.FAIL
    assert "LastUpdated is twice +1.00 h" in one(broken, check).message
    assert one(whole, check).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "check", ["stamps_of_updates_are_truly_utc", "an_update_moves_its_stamp"]
)
def test_an_update_that_stores_nothing_is_waited_for(
    rows_of: RowsOf, check: str
) -> None:
    """The stamp of an update that did not happen says nothing of stamps."""

    def around(_inner: Any, _call: Any, _record: Any, *_how: Any) -> None:
        """Store nothing."""

    found = rows_of(f"dates_stamps.{check}", {"update": around}, only="buyers-PATCH")

    assert one(found, check).verdict is Verdict.INCONCLUSIVE
    assert "verbs_patch" in str(one(found, check).waits_for)


@pytest.mark.parametrize(
    ("row", "moved", "verdict"),
    [
        ("buyers-PATCH", timedelta(seconds=2), Verdict.WARN),
        ("buyers-SAVE", timedelta(seconds=-2), Verdict.WARN),
        ("buyers-SAVE", timedelta(seconds=2), Verdict.PASS),
        ("buyers-PATCH", timedelta(0), Verdict.PASS),
    ],
)
def test_an_update_that_moves_the_creation_stamp_warns(
    rows_of: RowsOf, row: str, moved: timedelta, verdict: Verdict
) -> None:
    """PATCH must leave it; PUT, which replaces the item, may only start it anew."""

    def change(record: Any) -> None:
        record.created += moved

    check, verb = "an_update_keeps_the_creation_stamp", row.partition("-")[2]
    found = rows_of(f"dates_stamps.{check}", behind(verb, change), only=row)

    assert one(found, check).verdict is verdict


def renaming(change: Callable[[Any], None]) -> dict[str, Any]:
    """Let a server do something to a record that it renamed."""

    def around(inner: Any, call: Any, record: Any, key: str) -> None:
        inner(call, record, key)
        change(record)

    return {"rename": around}


def test_a_rename_that_moves_the_creation_stamp_warns(rows_of: RowsOf) -> None:
    """A rename replaces nothing, so the stamp may not even start anew."""

    def change(record: Any) -> None:
        record.created += timedelta(seconds=2)

    check = "a_rename_keeps_the_creation_stamp"
    broken = rows_of(f"dates_stamps.{check}", renaming(change), only="buyers")
    whole = rows_of(f"dates_stamps.{check}", only="buyers")

    assert one(broken, check).verdict is Verdict.WARN
    assert one(whole, check).verdict is Verdict.PASS


def test_a_rename_that_crashes_is_waited_for(rows_of: RowsOf) -> None:
    """A rename answered with 500 is left to the clause that judges crashes."""

    def crash(_inner: Any, *_arguments: Any) -> None:
        raise RuntimeError

    check = "a_rename_keeps_the_creation_stamp"
    found = rows_of(f"dates_stamps.{check}", {"rename": crash}, only="buyers")

    assert one(found, check).verdict is Verdict.INCONCLUSIVE
    assert "errors" in str(one(found, check).waits_for)


def test_an_update_that_leaves_its_stamp_warns(rows_of: RowsOf) -> None:
    """The stamp of updates that stands still is told, for the verb that left it."""

    def around(inner: Any, call: Any, record: Any) -> datetime:
        moved: datetime = inner(call, record)
        stood: datetime = record.updated
        return stood if call.verb == "SAVE" else moved

    check, seams = "an_update_moves_its_stamp", {"advance": around}
    broken = rows_of(f"dates_stamps.{check}", seams, only="products-SAVE")
    whole = rows_of(f"dates_stamps.{check}", seams, only="products-PATCH")

    assert one(broken, check).verdict is Verdict.WARN
    assert "LastUpdated was" in one(broken, check).message
    assert one(whole, check).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("row", "verdict"),
    [("buyers-PATCH", Verdict.WARN), ("buyers-SAVE", Verdict.PASS)],
)
def test_a_patch_of_the_extension_is_an_update_too(
    rows_of: RowsOf, row: str, verdict: Verdict
) -> None:
    """A server that stamps all but changes of the free-form object is seen by PATCH."""

    def around(inner: Any, call: Any, record: Any) -> datetime:
        moved: datetime = inner(call, record)
        stood: datetime = record.updated
        return stood if set(json.loads(call.body)) == {"xp"} else moved

    check = "an_update_moves_its_stamp"
    found = rows_of(f"dates_stamps.{check}", {"advance": around}, only=row)

    assert one(found, check).verdict is verdict


@pytest.fixture
def poor(tmp_path: Path) -> str:
    """A profile that knows no other values of buyers."""
    text = find_profile("reference").read_text("utf-8")
    head, _, rest = text.partition("[resources.buyers.other]")
    _, _, tail = rest.partition("\n[")
    path = tmp_path / "poor.toml"
    path.write_text(f"{head}[{tail}", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [("buyers-PATCH", Verdict.PASS), ("buyers-SAVE", Verdict.INCONCLUSIVE)],
)
def test_without_other_values_only_the_extension_is_updated(
    rows_of: RowsOf, poor: str, row: str, verdict: Verdict
) -> None:
    """Where no second value is known PUT changes nothing, so nothing is judged."""
    check = "an_update_moves_its_stamp"
    found = one(rows_of(f"dates_stamps.{check}", profile=poor, only=row), check)

    assert found.verdict is verdict
    assert (found.cause or "nothing to judge").startswith("nothing to judge")
