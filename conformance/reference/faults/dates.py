"""Ways to break "Date Format"."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims, Schema
from conformance.reference.exchange import Call
from conformance.reference.faults import fault
from conformance.reference.schema import Findings, instant
from conformance.reference.store import Record

_FORMAT = "the document says format date-time, which is RFC 3339's"


def _written(server: Server, change: Callable[[Call, str], str]) -> None:
    """Change how date-times are written."""

    def around(inner: Any, call: Call, moment: date) -> str:
        text: str = inner(call, moment)
        return change(call, text) if isinstance(moment, datetime) else text

    server.wrap("render_date", around)


def _shown(
    server: Server, change: Callable[[Call, Record, str, Schema, Any], Any]
) -> None:
    """Change the values that properties show."""

    def around(
        inner: Any, call: Call, record: Record, name: str, schema: Schema
    ) -> tuple[bool, Any]:
        shown, value = inner(call, record, name, schema)
        return shown, change(call, record, name, schema, value)

    server.wrap("render_property", around)


def _read(server: Server, change: Callable[[Call, str], Any]) -> None:
    """Change date-times of the top level before they are read."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        schema = call.claimed.properties[name]
        if schema.get("format") == "date-time" and isinstance(value, str):
            value = change(call, value)
        return inner(call, name, value, findings, **how)

    server.wrap("accept", around)


# How they are written


@fault("dates.iso8601", dimension="body", forces={"contract.responses": _FORMAT})
def dates_with_a_space(server: Server) -> None:
    """A space stands between date and time."""
    _written(server, lambda _call, text: text.replace("T", " "))


@fault(
    "dates.iso8601", dimension="one verb only", forces={"contract.responses": _FORMAT}
)
def lists_show_american_dates(server: Server) -> None:
    """Lists write date-times as month/day/year."""

    def change(call: Call, text: str) -> str:
        if call.verb != "LIST":
            return text
        return datetime.fromisoformat(text).strftime("%m/%d/%Y %H:%M:%S +00:00")

    _written(server, change)


@fault(
    "dates.iso8601",
    dimension="nested objects only",
    forces={"contract.responses": "the document says string"},
    wants=lambda claims: any(
        part.get("format") == "date-time" and not part.get("readOnly")
        for resource in claims.resources.values()
        for schema in resource.properties.values()
        for part in schema.get("properties", {}).values()
    ),
)
def nested_dates_are_numbers(server: Server) -> None:
    """A date-time inside an object is given in milliseconds since the epoch."""

    def change(
        _call: Call, _record: Record, _name: str, _schema: Schema, value: Any
    ) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: int(part.timestamp() * 1000) if isinstance(part, datetime) else part
            for name, part in value.items()
        }

    _shown(server, change)


@fault(
    "dates.iso8601",
    level="SHOULD",
    dimension="body",
    forces={"contract.responses": _FORMAT},
)
def offsets_without_a_colon(server: Server) -> None:
    """The offset is written +0000."""
    _written(server, lambda _call, text: text.replace("+00:00", "+0000"))


@fault(
    "dates.iso8601",
    level="SHOULD",
    dimension="one verb only",
    forces={"contract.responses": _FORMAT},
)
def created_items_show_days(server: Server) -> None:
    """The answer to a POST gives of every date-time the date alone."""
    _written(server, lambda call, text: text[:10] if call.verb == "CREATE" else text)


@fault(
    "dates.utc",
    dimension="body",
    forces={"contract.responses": "format date-time wants an offset"},
)
def dates_local_time_no_offset(server: Server) -> None:
    """Date-times are given without offset, which is local time in ISO 8601."""
    _written(server, lambda _call, text: text.removesuffix("+00:00"))


@fault("dates.utc", dimension="one resource, one verb only")
def lists_show_local_time(server: Server) -> None:
    """Lists give the right instants with another offset."""

    def change(call: Call, text: str) -> str:
        if call.verb != "LIST":
            return text
        local = datetime.fromisoformat(text) + timedelta(hours=2)
        return local.isoformat(timespec="milliseconds").replace("+00:00", "+02:00")

    _written(server, change)


@fault("dates.utc", level="SHOULD", dimension="body")
def utc_is_negative(server: Server) -> None:
    """The offset is written -00:00."""
    _written(server, lambda _call, text: text.replace("+00:00", "-00:00"))


# What they say


def _stamps_off(server: Server, off: timedelta, kinds: tuple[str, ...]) -> None:
    def change(
        _call: Call, _record: Record, _name: str, schema: Schema, value: Any
    ) -> Any:
        return value + off if schema.get("x-stamp") in kinds else value

    _shown(server, change)


@fault("dates.truly_utc", dimension="body")
def stamps_in_local_time(server: Server) -> None:
    """Stamps are local time, two hours ahead, labelled UTC."""
    _stamps_off(server, timedelta(hours=2), ("created", "updated"))


def _stamps_updates(claims: Claims) -> bool:
    """Whether an item shows when it was last updated."""
    return any(
        schema.get("x-stamp") == "updated"
        for resource in claims.resources.values()
        for schema in resource.properties.values()
    )


@fault(
    "dates.truly_utc",
    dimension="one property only",
    wants=_stamps_updates,
)
def update_stamps_in_indian_time(server: Server) -> None:
    """The last-updated stamp is five hours and a half ahead, labelled UTC."""
    _stamps_off(server, timedelta(hours=5, minutes=30), ("updated",))


@fault("dates.truly_utc", dimension="one verb only", wants=_stamps_updates)
def patch_stamps_in_local_time(server: Server) -> None:
    """PATCH sets the last-updated stamp in local time, an hour ahead."""

    def around(inner: Any, call: Call, record: Record) -> datetime:
        moved: datetime = inner(call, record)
        return moved + timedelta(hours=1) if call.verb == "PATCH" else moved

    server.wrap("advance", around)


@fault("dates.truly_utc", level="SHOULD", dimension="body")
def stamps_of_a_slow_clock(server: Server) -> None:
    """Stamps are ten minutes late."""
    _stamps_off(server, timedelta(minutes=-10), ("created", "updated"))


def _without_offset(_call: Call, text: str) -> str:
    return f"{text[:19]}Z"


@fault("dates.offset_converted", dimension="stored state")
def offsets_are_dropped(server: Server) -> None:
    """The offset of a written date-time is taken for UTC."""
    _read(server, _without_offset)


@fault("dates.offset_converted", dimension="one verb only")
def patch_turns_offsets_round(server: Server) -> None:
    """PATCH converts a written date-time in the wrong direction."""

    def change(call: Call, text: str) -> str:
        if call.verb != "PATCH" or len(text) != 25:
            return text
        return text[:19] + text[19:].translate({43: "-", 45: "+"})

    _read(server, change)


@fault("dates.offset_converted", dimension="some values only")
def minutes_of_an_offset_are_lost(server: Server) -> None:
    """Of an offset only the hours are taken."""
    _read(server, lambda _call, text: text[:-2] + "00" if text[-3] == ":" else text)


@fault("dates.offset_converted", dimension="some values only")
def minutes_of_western_offsets_go_east(server: Server) -> None:
    """Of an offset west of Greenwich the minutes are counted as if east."""

    def change(_call: Call, text: str) -> str:
        if len(text) != 25 or text[-6] != "-" or text.endswith("00"):
            return text
        moment = instant(text)
        if moment is None:
            return text
        moved = moment - 2 * timedelta(minutes=int(text[-2:]))
        return moved.strftime("%Y-%m-%dT%H:%M:%SZ")

    _read(server, change)


@fault("dates.offset_converted", level="SHOULD", dimension="status")
def offsets_are_refused(server: Server) -> None:
    """A written date-time with another offset than UTC is refused."""

    def change(_call: Call, text: str) -> str:
        written = instant(text)
        utc = written is None or text.endswith(("Z", "z", "+00:00"))
        return text if utc else "refused"

    _read(server, change)


@fault("dates.bad_date_refused", dimension="stored state")
def impossible_days_roll_over(server: Server) -> None:
    """30 February is taken as 1 March."""
    _read(server, lambda _call, text: text.replace("-02-30T", "-03-01T"))


@fault("dates.bad_date_refused", dimension="one verb only")
def patch_lets_short_months_run_over(server: Server) -> None:
    """PATCH takes day 31 of a month of 30 days as the first of the next month."""

    def change(call: Call, text: str) -> str:
        if call.verb != "PATCH":
            return text
        return text.replace("-06-31T", "-07-01T")

    _read(server, change)


@fault("dates.bad_date_refused", dimension="some values only")
def hours_run_over(server: Server) -> None:
    """Hour 25 is taken as one o'clock of the next day."""
    _read(server, lambda _call, text: text.replace("-15T25:", "-16T01:"))


@fault("dates.bad_date_refused", dimension="one verb only")
def words_clear_a_date(server: Server) -> None:
    """PATCH takes text that is no date as null."""

    def change(call: Call, text: str) -> str | None:
        known = call.verb != "PATCH" or text[:1].isdigit()
        return text if known else None

    _read(server, change)


# Stamps


def _after_update(server: Server, verb: str, change: Callable[[Record], None]) -> None:
    """Change a record behind an update of it."""

    def around(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        inner(call, record, *arguments)
        if call.verb == verb:
            change(record)

    server.wrap("update", around)


@fault("dates.created_stable", level="SHOULD", dimension="one verb only")
def patch_renews_the_creation_stamp(server: Server) -> None:
    """PATCH sets the creation stamp anew."""

    def change(record: Record) -> None:
        record.created = record.updated

    _after_update(server, "PATCH", change)


@fault("dates.created_stable", level="SHOULD", dimension="one verb only")
def rename_renews_the_creation_stamp(server: Server) -> None:
    """A rename sets the creation stamp anew."""

    def around(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        record.created = server.now(call)

    server.wrap("rename", around)


@fault("dates.created_stable", level="SHOULD", dimension="one verb only")
def put_turns_the_creation_stamp_back(server: Server) -> None:
    """PUT sets the creation stamp a day back."""

    def change(record: Record) -> None:
        record.created -= timedelta(days=1)

    _after_update(server, "SAVE", change)


@fault("dates.updated_advances", level="SHOULD", dimension="one verb only")
def put_leaves_the_update_stamp(server: Server) -> None:
    """PUT leaves the last-updated stamp as it was."""

    def around(inner: Any, call: Call, record: Record) -> datetime:
        moved: datetime = inner(call, record)
        return record.updated if call.verb == "SAVE" else moved

    server.wrap("advance", around)


@fault("dates.updated_advances", level="SHOULD", dimension="one verb only")
def patch_turns_the_update_stamp_back(server: Server) -> None:
    """PATCH sets the last-updated stamp back to the creation's."""

    def change(record: Record) -> None:
        record.updated = record.created

    _after_update(server, "PATCH", change)
