"""Secrets are struck out in every encoding, and put back on the way out."""

import base64
import urllib.parse

import pytest

from conformance.vault import MARK, Vault

SECRET = 'pä ss+/w%rd"<&>1234'


@pytest.mark.parametrize(
    "spelt",
    [rb"ey\/Jab\/cdef", rb"\u0065y/Jab/cdef", rb"ey/Jab/cdef"],
    ids=["slash", "letter", "plain"],
)
def test_a_secret_is_struck_out_of_escaped_json(spelt: bytes) -> None:
    """However JSON spells its letters; other escapes stay as they were sent."""
    vault = Vault()
    mark = vault.keep("token", "ey/Jab/cdef", everywhere=False)
    struck = vault.strike_json(rb'{"t": "' + spelt + rb'", "\u0061": "\/ \ud800"}')

    assert struck == b'{"t": "' + mark.encode() + rb'", "\u0061": "\/ \ud800"}'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        urllib.parse.quote(SECRET, safe=""),
        urllib.parse.quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        SECRET.encode().hex(),
    ],
    ids=["raw", "percent", "plus", "base64", "base64url", "hex"],
)
def test_a_secret_is_struck_out_in_every_form(form: str) -> None:
    """No form of the secret is left, and a mark stands in its place."""
    vault = Vault()
    vault.keep("app.password", SECRET)
    struck = vault.strike(f"before {form} after".encode()).decode()

    assert form not in struck
    assert MARK.search(struck)


@pytest.mark.parametrize("length", [8, 15, 16, 17, 24, 25, 60])
def test_a_secret_is_met_wherever_it_stands(length: int) -> None:
    """At each place of a text, among many others, as its first and its last bytes."""
    vault = Vault()
    for number in range(50):
        vault.keep(f"other.{number}", f"{number:x}".rjust(40, "z"))
    secret = "".join(chr(97 + i % 23) for i in range(length))
    mark = vault.keep("one", secret).encode()

    for before in range(30):
        for after in (0, 1, 20):
            text = b"." * before + secret.encode() + b"." * after
            assert vault.holds(text) == mark.decode()
            assert vault.strike(text) == b"." * before + mark + b"." * after


def test_a_mark_becomes_the_secret_on_the_way_out() -> None:
    """What is sent holds the secret, encoded as its place wants it."""
    vault = Vault()
    mark = vault.keep("app.password", SECRET)
    sent = vault.fill_bytes(f"password={mark}&x=1".encode(), urllib.parse.quote_plus)

    assert urllib.parse.parse_qs(sent.decode())["password"] == [SECRET]


def test_a_short_secret_is_struck_out_as_a_whole_value_only() -> None:
    """Four letters are no secret inside a word, but are one as a value."""
    vault = Vault()
    vault.keep("app.password", "able")

    assert vault.strike(b'{"word": "tables"}') == b'{"word": "tables"}'
    assert b'"able"' not in vault.strike(b'{"word": "able"}')


def test_the_same_secret_keeps_its_mark() -> None:
    """Two names for one secret give one mark, so that an echo is found."""
    vault = Vault()

    assert vault.keep("a", "same-secret") == vault.keep("b", "same-secret")
