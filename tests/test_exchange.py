"""Strict JSON, and exchanges that survive their record."""

import json
from dataclasses import replace

import pytest

from conformance.checks import errors_effects, json_
from conformance.errors import Disturbed
from conformance.exchange import (
    Answer,
    Exchange,
    Key,
    Malformed,
    Sent,
    exchange_from,
    strict_json,
)
from conformance.profile import load_profile


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[Infinity]",
        "-Infinity",
        '{"a": 1} x',
        "{'a': 1}",
        "[1,]",
        "",
        "\ufeff{}",
        "[" * 100_000,
    ],
    ids=[
        *("nan", "infinity", "minus-infinity"),
        *("trailing", "single-quotes", "trailing-comma", "empty", "bom", "deep"),
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    """Whatever RFC 8259 leaves out is refused with our own error."""
    with pytest.raises(Malformed):
        strict_json(text)


def test_a_repeated_name_is_told() -> None:
    """A member name that stands twice is named, at any depth."""
    assert strict_json('{"a": {"b": 1, "b": 2}}') == ({"a": {"b": 2}}, "b")


def test_a_surrogate_pair_is_one_character() -> None:
    """An escaped pair is read as the character that it stands for."""
    assert strict_json('"\\ud83d\\ude00"')[0] == "\U0001f600"


def test_a_lone_surrogate_is_read_as_a_replacement() -> None:
    """RFC 8259's grammar allows it; an escaped backslash before it is no escape."""
    text = r'"\ud800x \udc00\ud83d\ude00 \\ud800 \uD83D"'

    assert strict_json(text)[0] == "\ufffdx \ufffd\U0001f600 \\ud800 \ufffd"


def test_a_number_of_any_length_is_json() -> None:
    """RFC 8259 sets no bound: ten thousand digits are read, and kept."""
    digits = "9" * 10_000
    value, _ = strict_json(f'{{"n": {digits}, "m": -{digits}, "k": 1{digits}e9}}')

    assert [str(value[name]) for name in "nm"] == [digits, f"-{digits}"]


def test_exact_numbers_keep_their_digits() -> None:
    """Decimals read exactly are written as they were sent."""
    value, _ = strict_json('{"n": 12345678.1234567890}', exact=True)

    assert str(value["n"]) == "12345678.1234567890"


@pytest.mark.parametrize(
    "body",
    [b"{}", b"\xff\xfe", b"", "ö".encode()],
    ids=["json", "binary", "empty", "text"],
)
def test_an_exchange_survives_its_record(body: bytes) -> None:
    """What is written to the record reads back the same."""
    exchange = Exchange(
        id="x1",
        key=Key("row", 0, 1, 2, 3, 4),
        operation="buyers-GET",
        identity="app",
        sent=Sent("GET", "https://h/v1/buyers", (("Accept", "*/*"),), body),
        answer=Answer(200, (("content-type", "application/json"),), body),
        trouble=None,
        started_s=1.0,
        elapsed_s=0.5,
    )

    assert exchange_from(json.loads(json.dumps(exchange.record()))) == exchange


def test_an_answer_that_was_cut_is_not_called_no_json() -> None:
    """What is longer than is read may be JSON to its end: no verdict, no breach."""
    exchange = Exchange(
        id="x1",
        key=Key("row", 0, 0, 0, 0),
        operation="elsewhere",
        identity=None,
        sent=Sent("GET", "https://target.invalid/", (), None),
        answer=Answer(200, (), b'["a", ', truncated=True),
        trouble=None,
        started_s=0.0,
        elapsed_s=0.0,
    )

    with pytest.raises(Disturbed, match="longer than is read"):
        json_._insist_on_json(exchange, "text/html")  # noqa: SLF001


@pytest.mark.parametrize("required", [(), ("Name",)])
def test_an_item_may_show_its_id_alone_where_nothing_is_required(
    required: tuple[str, ...],
) -> None:
    """What has no value may be left out."""
    buyers = load_profile("reference").resources["buyers"]
    resource = replace(buyers, schema={**buyers.schema, "required": list(required)})

    assert errors_effects._item(resource, {"ID": "a"}) == (not required)  # noqa: SLF001
