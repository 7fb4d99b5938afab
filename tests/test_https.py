"""Where the checks of "SSL Everywhere" look, and what they call a link."""

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.checks import _https
from conformance.config import Config
from conformance.errors import Disturbed, NotProvided
from conformance.wire import origin_of


def _target(**config: Any) -> Any:
    return SimpleNamespace(
        config=Config(**{"base_url": "https://localhost:8443", **config})
    )


@pytest.mark.parametrize(
    ("base_url", "plain_port", "token_url", "expected"),
    [
        ("https://a.test", None, None, 80),
        ("https://a.test", 8080, None, 8080),
        ("https://a.test:8443", 8080, None, 8080),
        ("http://a.test:8000", None, None, 8000),
        ("https://a.test", None, "https://b.test/token", 80),
        ("https://a.test:8443", 8080, "https://b.test/token", 80),
        ("https://a.test:8443", 8080, "https://b.test:9443/token", 8080),
        ("https://a.test", 0, None, 80),
    ],
)
def test_the_plain_port_is_80_or_the_one_named(
    base_url: str, plain_port: int | None, token_url: str | None, expected: int
) -> None:
    """Port 80 belongs to 443; any other port needs the owner's word."""
    target = _target(base_url=base_url, plain_port=plain_port)
    assert _https.plain_port_of(target, origin_of(token_url or base_url)) == expected


@pytest.mark.parametrize("plain_port", [None, 0])
def test_a_plain_port_that_nobody_named_is_asked_for(plain_port: int | None) -> None:
    """Beside another port than 443 only the owner knows the plain one."""
    target = _target(plain_port=plain_port)
    with pytest.raises(NotProvided, match="plain_port"):
        _https.plain_port_of(target, origin_of(target.config.base_url))


def test_behind_a_proxy_nothing_is_judged() -> None:
    """What answers a probe may be the proxy."""
    with pytest.raises(Disturbed, match="proxy"):
        _https.api_origin(_target(proxy="http://proxy.test:3128"))


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("http://api.test/v1/buyers/1", True),
        ("HTTP://API.test:8443/v1", True),
        ("http://user@api.test/", True),
        ("https://api.test/v1", False),
        ("http://other.test/api.test", False),
        ("http://api.test.other/", False),
        ("see http://api.test/", False),
    ],
)
def test_a_link_in_clear_is_one_to_the_target_itself(text: str, *, ours: bool) -> None:
    """Only a whole http:// link to the target's own host counts."""
    assert _https._leads_in_clear(text, "api.test") is ours  # noqa: SLF001
