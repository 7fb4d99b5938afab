"""Date-times as ISO 8601 writes them, read strictly. No verdicts, no HTTP here.

The standard library reads less than ISO 8601 in some forms and more in others,
and drops the digits behind the sixth: neither will do to judge by.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

_DAYS = re.compile(
    r"(?P<year>\d{4})"
    r"(?:(?P<dash>-)?(?P<month>\d\d)(?(dash)-)(?P<day>\d\d)"
    r"|-?W(?P<week>\d\d)-?(?P<weekday>\d)"
    r"|-?(?P<ordinal>\d{3}))",
    re.ASCII | re.IGNORECASE,
)
_TIME = re.compile(
    r"(?P<hour>\d\d)(?:(?P<colon>:)?(?P<minute>\d\d)(?::?(?P<second>\d\d))?)?"
    r"(?:(?P<mark>[.,])(?P<fraction>\d+))?"
    r"(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
#: What a date looks like in a text that nobody typed.
_LOOK = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 9
#: Dates that a check writes on purpose, and what is wrong with them.
IMPOSSIBLE = (
    ("month 13", "2030-13-01"),
    ("30 February", "2030-02-30"),
    ("31 June", "2030-06-31"),
    ("29 February of a common year", "2030-02-29"),
    ("hour 25", "2030-01-15T25:00:00Z"),
    ("a word", "soon"),
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Moment:
    """What a text in one of ISO 8601's forms says.

    Attributes:
        offset: As it was written; None when the text has none.
        seconds: Since the epoch, with every digit; None without an offset.
        rare: The rarer forms that it uses, in words.
        timed: False for a calendar date alone.
    """

    offset: str | None = None
    seconds: Decimal | None = None
    rare: tuple[str, ...] = ()
    timed: bool = True

    @property
    def utc(self) -> bool:
        """Say whether it is in UTC and says so, ``-00:00`` included."""
        return self.offset is not None and not self.offset.strip("zZ+-0:")


@functools.lru_cache(maxsize=4096)
def read(text: str) -> Moment | None:
    """Read an ISO 8601 date or date-time that exists in the calendar.

    Returns:
        None when the text is none.
    """
    day_text, mark, time_text = text.replace("t", "T").partition("T")
    days = _DAYS.fullmatch(day_text)
    day = _day(days) if days else None
    if days is None or day is None:
        return None
    rare = [*_rare_day(days), *(["lower case"] if text != text.upper() else [])]
    if not mark:
        return Moment(rare=tuple(rare), timed=False)
    time = _TIME.fullmatch(time_text)
    seconds = _seconds(time) if time else None
    if time is None or seconds is None:
        return None
    offset = time["offset"]
    shift = _shift(offset) if offset else 0
    if shift is None:
        return None
    whole = (day - _EPOCH_DAY) * DAY_S + seconds - shift
    rare += _rare_time(time)
    return Moment(offset, whole if offset else None, tuple(rare))


def _day(found: re.Match[str]) -> int | None:
    """Give the proleptic ordinal of a day, None when there is no such day."""
    year = int(found["year"])
    try:
        if found["month"]:
            return date(year, int(found["month"]), int(found["day"])).toordinal()
        if found["week"]:
            week, weekday = int(found["week"]), int(found["weekday"])
            return date.fromisocalendar(year, week, weekday).toordinal()
        first = date(year, 1, 1).toordinal()
        day = first + int(found["ordinal"]) - 1
        same_year = date.fromordinal(day).year == year
    except ValueError:
        return None
    return day if same_year else None


def _seconds(found: re.Match[str]) -> Decimal | None:
    """Give the seconds since midnight, None when the clock has no such time."""
    hour, minute, second = (
        int(found[name] or 0) for name in ("hour", "minute", "second")
    )
    fraction = Decimal(f"0.{found['fraction'] or 0}")
    midnight = hour == 24 and not (minute or second or fraction)
    if (hour > 23 and not midnight) or minute > 59 or second > 60:
        return None
    unit = next(size for name, size in _SIZES.items() if found[name])
    return hour * 3600 + minute * 60 + second + fraction * unit


#: Smallest part first: a fraction belongs to the smallest that is written.
_SIZES: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600}


def _shift(offset: str) -> int | None:
    """Give an offset in seconds, None when no clock is so far from UTC."""
    if offset in "zZ":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[3:].strip(":") or 0)
    if hours > 23 or minutes > 59:
        return None
    shift = hours * 3600 + minutes * 60
    return -shift if offset[0] == "-" else shift


def _rare_day(found: re.Match[str]) -> list[str]:
    forms = {
        "week date": found["week"],
        "ordinal date": found["ordinal"],
        "basic format": found["month"] and not found["dash"],
    }
    return [words for words, met in forms.items() if met]


def _rare_time(found: re.Match[str]) -> list[str]:
    offset, fraction = found["offset"] or "Z", found["fraction"] or ""
    forms = {
        "basic format": found["minute"] and not found["colon"],
        "no seconds": not found["second"],
        "a comma before the fraction": found["mark"] == ",",
        "more than nine digits of a fraction": len(fraction) > _MOST_DIGITS,
        "24:00": found["hour"] == "24",
        "second 60": found["second"] == "60",
        f"offset {offset}": len(offset) > 1 and ":" not in offset,
    }
    return [words for words, met in forms.items() if met]


@dataclass(frozen=True, slots=True)
class Guess:
    """The instant that a value may mean; sure where the value names it."""

    seconds: Decimal
    sure: bool


def guess(value: object) -> Guess | None:
    """Guess the instant that a value means, a missing offset being UTC's.

    For comparing what another clause judges the form of: None can't be compared.
    """
    text = value.replace(" ", "T", 1) if isinstance(value, str) else ""
    moment = read(text)
    if moment is None:
        return None
    if moment.seconds is not None:
        return Guess(moment.seconds, sure=True)
    whole = read(text + ("Z" if moment.timed else "T00:00:00Z"))
    sought = whole.seconds if whole else None
    return None if sought is None else Guess(sought, sure=False)


def looks_like_a_date(text: str) -> bool:
    """Say whether a text looks like a date or date-time, right or wrong."""
    return _LOOK.fullmatch(text) is not None


def http_date(text: str | None) -> int | None:
    """Read a ``Date`` header, in seconds since the epoch; None if it is none."""
    try:
        read_as = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    if read_as.tzinfo is None:
        read_as = read_as.replace(tzinfo=UTC)
    return int(read_as.timestamp())


def spelt(seconds: int, hours: int = 0, minutes: int = 0) -> str:
    """Write an instant with an offset from UTC; minutes have the sign of hours."""
    shift = hours * 3600 + (minutes if hours >= 0 else -minutes) * 60
    local = datetime.fromtimestamp(seconds + shift, UTC).replace(tzinfo=None)
    sign = "-" if shift < 0 else "+"
    return f"{local.isoformat()}{sign}{abs(hours):02}:{minutes:02}"
