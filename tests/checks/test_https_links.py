"""Links in clear: where they are found, and what is none."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange

from conformance.checks import _https, https
from conformance.errors import Breach
from conformance.exchange import Answer, Exchange
from conformance.profile import Profile

BASE = "https://api.test"


# ------------------------------------------------------------------------------ links


def answered(
    body: bytes = b"{}",
    headers: tuple[tuple[str, str], ...] = (),
    operation: str = "buyers-GET",
) -> Exchange:
    """Give an answer of api.test."""
    url = f"{BASE}/v1/buyers/1"
    return exchange(200, body=body, headers=headers, url=url, operation=operation)


LINK = "http://api.test/x"


@pytest.mark.parametrize(
    "given",
    [
        answered(headers=(("location", LINK),)),
        answered(headers=(("content-location", LINK),)),
        answered(headers=(("link", f'<https://api.test/>, <{LINK}>; rel="next"'),)),
        answered(f'{{"Meta": {{"Next": "{LINK}"}}}}'.encode()),
        answered(f'["{LINK}"]'.encode(), operation="elsewhere"),
        answered(rb'{"Help": "\u0068ttp://api.test/x"}'),
        answered(f'{{"Name": "{LINK}"}}'.encode(), operation="elsewhere"),
    ],
)
def test_a_link_in_clear_is_found_wherever_it_stands(
    profile: Profile, unit: Any, given: Exchange
) -> None:
    """Headers and bodies at any depth, escaped or not, are read for links."""
    assert _https.insecure_links(profile, given) == [LINK]
    with pytest.raises(Breach, match=LINK):
        https.check_links_are_secure(given, profile)
    assert unit.asserted == 1


@pytest.mark.parametrize(
    "given",
    [
        answered(),
        answered(f'{{"Name": "{LINK}", "xp": {{"a": "{LINK}"}}}}'.encode()),
        answered(b'{"Next": "https://api.test/x", "Text": "http://b.test/"}'),
        answered(headers=(("location", "https://api.test/x"), ("x-note", LINK))),
        answered(f'{{"Text": "see {LINK}"}}'.encode()),
    ],
)
def test_what_clients_wrote_and_what_leads_elsewhere_is_no_link(
    profile: Profile, unit: Any, given: Exchange
) -> None:
    """Writable properties, other hosts and other headers accuse nobody."""
    assert _https.insecure_links(profile, given) == []
    https.check_links_are_secure(given, profile)
    assert unit.asserted == 1


def test_no_answer_holds_no_link(profile: Profile) -> None:
    """An exchange that got no answer has nothing to look at."""
    lost = replace(answered(), answer=None, trouble="reset")
    assert _https.insecure_links(profile, lost) == []


@pytest.mark.parametrize(
    ("answer", "looked_at"),
    [
        (Answer(200, (), b'{"a": 1}'), False),
        (Answer(200, (("location", "HTTP://x"),), b"{}"), True),
        (Answer(200, (), b'{"a": "HTTP://x"}'), True),
        (Answer(200, (), rb'{"a": "\U0068"}'), True),
        (None, False),
    ],
)
def test_an_answer_without_the_letters_is_not_read_through(
    answer: Answer | None, *, looked_at: bool
) -> None:
    """Most answers hold no such link anywhere, and are let go at once."""
    seen = SimpleNamespace(answer=answer)
    assert _https._may_hold_link(cast("Any", seen)) is looked_at  # noqa: SLF001


@pytest.mark.parametrize(
    ("text", "host", "ours"),
    [
        ("http://api.test", "api.test", True),
        ("http://api.test:80/x", "api.test", True),
        ("http://a:b@c@api.test/x", "api.test", True),
        ("http://[2001:db8::1]:80/x", "2001:db8::1", True),
        ("https://api.test", "api.test", False),
        ("ftp://api.test", "api.test", False),
        ("http://api.test.other:80/", "api.test", False),
    ],
)
def test_a_host_is_known_with_user_port_and_brackets(
    text: str, host: str, *, ours: bool
) -> None:
    """However the authority of a link is written, its host decides."""
    assert _https._leads_in_clear(text, host) is ours  # noqa: SLF001
