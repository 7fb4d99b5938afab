"""Checks of lifetimes, by a clock that a test turns."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from units import unit_of

from conformance.caller import After
from conformance.checks import oauth_late
from conformance.config import Config, Identity
from conformance.errors import Breach, Disturbed, NotProvided, Waits
from conformance.exchange import Exchange

APP = Identity("app", "client_credentials", "a")
SHORT = Identity("short", "client_credentials", "s", short_lived=True)


@pytest.fixture(autouse=True)
def unit() -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    with unit_of(identity={"app": APP, "short": SHORT}.__getitem__) as unit:
        yield unit
    assert not unit.edges


def said(status: int, value: Any = None, operation: str = "buyers-GET") -> Exchange:
    """Give an answer with a JSON body."""
    return exchange(status, value, operation=operation, identity="short")


class Clocked:
    """A target whose tokens end by a clock that only its rows turn.

    Attributes:
        clock: Seconds.
        lasts: What expires_in says.
        ends: Seconds of a token's life after which it is refused.
        late: Seconds that an answer to a read takes.
        tried: Token, and seconds of its life, of each read.
    """

    def __init__(
        self, *identities: Identity, lasts: Any = 10, ends: float = 10
    ) -> None:
        self.clock = 1000.0
        self.lasts = lasts
        self.ends = ends
        self.late = 0.0
        self.refusal = 401
        self.refusing: set[str] = set()
        self.granting = True
        self.tried: list[tuple[str, float]] = []
        self.waited: list[float] = []
        self.config = Config("https://api.test", identities=identities)
        self.session = self
        self._granted: dict[str, float] = {}
        self._shared: dict[str, Any] = {}

    def identities(self) -> list[Identity]:
        """List those whose tokens last."""
        return [i for i in self.config.identities if not i.short_lived]

    def once(self, name: str, make: Any) -> Any:
        """Make a thing once."""
        if name not in self._shared:
            self._shared[name] = make(SimpleNamespace(target=self))
        return self._shared[name]

    @contextlib.contextmanager
    def login(self, who: Any) -> Iterator[Any]:
        """Log in."""
        known = self.config.identities
        identity = who if isinstance(who, Identity) else known[0]
        yield SimpleNamespace(identity=identity, grant=self._grant)

    def _grant(self) -> Exchange:
        if not self.granting:
            return said(400, {}, "token")
        token = f"t{len(self._granted) + 1}"
        self._granted[token] = self.clock
        told = {"access_token": token, "expires_in": self.lasts}
        return said(200, told, "token")

    def now(self) -> float:
        """Give the clock."""
        return self.clock

    def after(self, seconds: float) -> After:
        """Say when to go on."""
        self.waited.append(seconds)
        return After(seconds)

    def attempt(self, _target: Any, *, token: str) -> Exchange:
        """Read with a token."""
        self.clock += self.late
        age = self.clock - self._granted[token]
        self.tried.append((token, age))
        if token in self.refusing:
            return said(self.refusal)
        return said(200 if age < self.ends else self.refusal)

    def run(self, rows: Any) -> None:
        """Run a late check, turning the clock as it asks."""
        for pause in rows:
            assert pause.seconds >= 0
            self.clock += pause.seconds


@pytest.fixture(autouse=True)
def readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the target itself be the read that is tried."""
    monkeypatch.setattr(oauth_late, "readable", lambda target, _identity: target)


def expiry(target: Clocked) -> None:
    """Judge by the end of a token."""
    target.run(oauth_late.check_an_expired_token_opens_nothing(cast("Any", target)))


def lifetime(target: Clocked) -> None:
    """Judge by the last moment of a token."""
    target.run(oauth_late.check_a_token_is_honoured_to_its_end(cast("Any", target)))


# ----------------------------------------------------------------------------- expiry


def test_a_token_that_ends_in_time_is_tried_once(unit: Any) -> None:
    """It works at first, is refused a second past its end, and another one works."""
    target = Clocked(SHORT)
    expiry(target)
    assert target.tried == [("t1", 0), ("t1", 11), ("t2", 0)]
    assert unit.asserted


def test_a_token_may_be_honoured_for_a_leeway() -> None:
    """Looks come in turn, until one is refused."""
    target = Clocked(SHORT, ends=25)
    expiry(target)
    assert [age for token, age in target.tried if token == "t1"] == [0, 11, 15, 22, 30]


@pytest.mark.parametrize(("ends", "held"), [(41.9, True), (42.1, False), (1e9, False)])
def test_a_token_past_its_leeway_accuses(ends: float, *, held: bool) -> None:
    """Thirty seconds, and two for what clocks count otherwise."""
    target = Clocked(SHORT, ends=ends)
    if held:
        expiry(target)
        return
    with pytest.raises(Breach, match="a token 30 s past its end was not refused"):
        expiry(target)
    assert target.tried[-1] == ("t1", 42)


def test_a_second_attempt_looks_at_the_same_token() -> None:
    """It need not wait again: what is due is what lies ahead, or the last look."""
    target = Clocked(SHORT)
    expiry(target)
    target.clock = 1000.0 + 22
    expiry(target)
    assert target.tried[3:] == [("t1", 30), ("t3", 0)]
    target.clock = 1000.0 + 300
    target.waited.clear()
    expiry(target)
    assert target.tried[5:] == [("t1", 300), ("t4", 0)]
    assert target.waited == [0]


def test_an_expiry_waits_for_what_others_judge() -> None:
    """A token that never worked, a crash, and a fresh one that is refused."""
    never = Clocked(SHORT)
    never.refusing = {"t1"}
    with pytest.raises(Waits):
        expiry(never)
    crashed = Clocked(SHORT)
    crashed.refusal = 500
    with pytest.raises(Waits) as met:
        expiry(crashed)
    assert met.value.row == "errors.no_5xx"
    control = Clocked(SHORT)
    control.refusing = {"t2"}
    with pytest.raises(Waits):
        expiry(control)


# --------------------------------------------------------------------------- lifetime


@pytest.mark.parametrize(
    ("lasts", "near"), [(10, 8.5), (3, 1.5), (3.5, 2.0), (2, 1.0), (1, 0.5)]
)
def test_a_token_is_tried_shortly_before_its_end(
    lasts: float, near: float, unit: Any
) -> None:
    """A second and a half before; of a life too short for that, at its half."""
    target = Clocked(SHORT, lasts=lasts, ends=lasts)
    lifetime(target)
    assert target.tried == [("t1", near)]
    assert unit.asserted


def test_a_token_that_ends_too_soon_accuses() -> None:
    """401 before the end that was told."""
    with pytest.raises(Breach, match=r"8.5 s of 10.0 s"):
        lifetime(Clocked(SHORT, ends=8.4))


def test_another_refusal_before_the_end_is_another_clauses() -> None:
    """What is refused for a reason of its own says nothing of the token's life."""
    target = Clocked(SHORT, ends=5)
    target.refusal = 404
    with pytest.raises(Waits) as met:
        lifetime(target)
    assert met.value.row == "verbs.get.returns"


@pytest.mark.parametrize(
    ("late", "ends", "raised"),
    [
        # A refusal that came within the last second, or after, may be right.
        (0.75, 8.4, Disturbed),
        (3.0, 10, Disturbed),
        (0.25, 8.4, Breach),
        (0.5, 8.4, Breach),
        # An answer that is right is right however late it comes.
        (3.0, 20, None),
    ],
)
def test_an_answer_that_comes_too_late_accuses_nobody(
    late: float, ends: float, raised: type[Exception] | None
) -> None:
    """A slow way to the target is no short life."""
    target = Clocked(SHORT, ends=ends)
    target.late = late
    if raised is None:
        lifetime(target)
        return
    with pytest.raises(raised):
        lifetime(target)


# --------------------------------------------------------------- whose life is short


def short_lived(target: Clocked) -> Identity:
    """Choose whose tokens end within the run."""
    return oauth_late._short_lived(cast("Any", target))  # noqa: SLF001


def test_who_is_said_to_be_short_lived_is_taken() -> None:
    """The target file's word is enough: no token is asked for."""
    target = Clocked(APP, SHORT)
    target.granting = False
    assert short_lived(target) is SHORT


@pytest.mark.parametrize(("lasts", "fits"), [(10, True), (90, True), (91, False)])
def test_a_life_that_fits_into_the_run_will_do(lasts: int, *, fits: bool) -> None:
    """The first identity is asked, where the target file names nobody."""
    target = Clocked(APP, lasts=lasts)
    if fits:
        assert short_lived(target) is APP
        return
    with pytest.raises(NotProvided, match="short_lived_client"):
        short_lived(target)


def test_only_one_identity_is_asked_for_its_life() -> None:
    """Where it lasts, so do the others'; without any, the owner is asked."""
    target = Clocked(APP, APP, lasts=3600)
    with pytest.raises(NotProvided):
        short_lived(target)
    assert len(target._granted) == 1  # noqa: SLF001
    with pytest.raises(NotProvided):
        short_lived(Clocked())


def test_a_life_is_not_learnt_from_a_refusal() -> None:
    """Without a token the flow's own row is waited for."""
    target = Clocked(APP)
    target.granting = False
    with pytest.raises(Waits) as met:
        short_lived(target)
    assert met.value.row == "oauth.client_credentials.grants"
    assert "no token" in met.value.cause
