"""Tests of `conformance.bodies`."""

import json
from typing import Any

import pytest

from conformance.bodies import (
    Raw,
    as_form,
    as_parts,
    as_xml,
    deep,
    depth,
    escaped,
    extended,
    malformed,
    not_utf8,
)

BODY = {"Name": 'Zo\u00eb \U0001f600 "quoted" \\', "Active": True, "xp": {"a": [1, 2]}}


def _strictly(raw: Raw) -> Any:
    """Read a body as RFC 8259 has it; None when it is no JSON in UTF-8."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(raw.content.decode(), parse_constant=refuse)
    except ValueError:
        return None


def test_escaped_json_is_ascii_and_means_the_same() -> None:
    """Every character of a text is an escape, names and surrogate pairs too."""
    text = escaped(BODY)

    assert json.loads(text) == BODY
    assert b"\\ud83d\\ude00" in text
    assert b"Name" not in text


@pytest.mark.parametrize("raw", [*malformed(BODY), *extended(BODY)], ids=str)
def test_a_wrong_body_is_no_json_object(raw: Raw) -> None:
    """Neither what is malformed nor what a parser may forgive is one object."""
    assert not isinstance(_strictly(raw), dict)


@pytest.mark.parametrize("raw", not_utf8(BODY, "Name"), ids=str)
def test_bytes_that_are_not_utf8_do_not_decode(raw: Raw) -> None:
    """Each wrong sequence of bytes is refused by a strict decoder."""
    with pytest.raises(UnicodeDecodeError):
        raw.content.decode("utf-8")


def test_foreign_formats_hold_the_same_values() -> None:
    """XML and forms hold what the JSON body held, markup escaped."""
    assert as_xml("item", {"Name": "a<b", "Tags": ["x", "y"]}).endswith(
        b"<item><Name>a&lt;b</Name><Tags>x</Tags><Tags>y</Tags></item>"
    )
    assert as_form({"Name": "a b", "Active": True, "xp": {}}) == b"Name=a+b&Active=true"
    assert b'name="Name"\r\n\r\na b\r\n--' in as_parts({"Name": "a b", "xp": {}})


def test_the_depth_of_a_deep_body_is_counted() -> None:
    """A deep body holds the levels asked for, and anything else has no depth."""
    value = json.loads(deep(BODY, "xp", "Deep", 50))

    assert depth(value["xp"]["Deep"]) == 50
    assert depth([["elsewhere"]]) == -1
