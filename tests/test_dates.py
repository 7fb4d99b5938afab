"""Tests of `conformance.dates`."""

from decimal import Decimal

import pytest

from conformance.dates import guess, http_date, looks_like_a_date, read

NOON = Decimal(1894708800)


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-15T12:00:00Z",
        "2030-01-15T12:00:00+00:00",
        "2030-01-15T12:00:00.000000000Z",
        "2030-01-15T06:00:00-06:00",
        "2030-01-15T17:30:00+05:30",
    ],
)
def test_the_common_form_is_read_without_remark(text: str) -> None:
    """The common form of ISO 8601 names its instant and nothing rare."""
    moment = read(text)

    assert moment is not None
    assert (moment.seconds, moment.rare) == (NOON, ())


@pytest.mark.parametrize(
    ("text", "rare"),
    [
        ("20300115T120000Z", "basic format"),
        ("2030-W03-2T12:00:00Z", "week date"),
        ("2030-015T12:00:00Z", "ordinal date"),
        ("2030-01-15T12:00Z", "no seconds"),
        ("2030-01-15T12:00:00,5Z", "a comma before the fraction"),
        ("2030-01-15T24:00:00Z", "24:00"),
        ("2016-12-31T23:59:60Z", "second 60"),
        ("2030-01-15t12:00:00z", "lower case"),
        ("2030-01-15T12:00:00+00", "offset +00"),
        ("2030-01-15T12:00:00+0000", "offset +0000"),
        ("2030-01-15T12:00:00.0123456789Z", "more than nine digits of a fraction"),
    ],
)
def test_a_rarer_form_is_read_and_named(text: str, rare: str) -> None:
    """The rarer forms of ISO 8601 are read, with the name of what is rare."""
    moment = read(text)

    assert moment is not None
    assert rare in moment.rare


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "1894708800",
        "2030-13-01T00:00:00Z",
        "2030-02-30T00:00:00Z",
        "2029-366T00:00:00Z",
        "2030-01-15T24:00:01Z",
        "2030-01-15T12:00:61Z",
        "2030-01-15T12:00:00+25:00",
        "2030-01-15 12:00:00Z",
        "2030-01-15T12:00:00Z\n",
        "2030-01-1\u0665T12:00:00Z",
        "01/15/2030",
    ],
)
def test_what_is_no_date_that_exists_is_not_read(text: str) -> None:
    """Text in no ISO 8601 form, or of no calendar day, is not read."""
    assert read(text) is None


def test_every_digit_of_a_fraction_counts() -> None:
    """Fractions keep more digits than a `datetime` holds."""
    moment = read("2030-01-15T12:00:00.123456789Z")

    assert moment is not None
    assert moment.seconds == NOON + Decimal("0.123456789")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2030-01-15T12:00:00Z", True),
        ("2030-01-15T12:00:00-00:00", True),
        ("2030-01-15T12:00:00+00", True),
        ("2030-01-15T12:00:00+01:00", False),
        ("2030-01-15T12:00:00", False),
    ],
)
def test_utc_is_told_from_other_offsets(text: str, *, utc: bool) -> None:
    """A date-time is in UTC when its offset is written, and zero."""
    moment = read(text)

    assert moment is not None
    assert moment.utc is utc


def test_a_guess_fills_in_what_is_missing_and_says_so() -> None:
    """Without an offset a date-time may be UTC; a guess is not sure of it."""
    local, sure = guess("2030-01-15T12:00:00"), guess("2030-01-15 12:00:00Z")

    assert local is not None
    assert sure is not None
    assert (local.seconds, local.sure) == (NOON, False)
    assert (sure.seconds, sure.sure) == (NOON, True)
    assert guess("01/15/2030") is None


def test_a_date_header_is_read() -> None:
    """A ``Date`` header gives seconds since the epoch; anything else, nothing."""
    assert http_date("Tue, 15 Jan 2030 12:00:00 GMT") == NOON
    assert http_date("yesterday") is None
    assert http_date(None) is None


def test_text_that_looks_like_a_date_is_found() -> None:
    """A date or date-time is known by its look, whether it exists or not."""
    assert looks_like_a_date("2030-99-99 12:00")
    assert not looks_like_a_date("555-0100")
