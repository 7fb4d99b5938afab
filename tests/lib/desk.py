"""A target at which somebody who may little and somebody who may all are told apart."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from granting import Accounts

from conformance import Operation
from conformance.checks import oauth_roles
from conformance.checks._oauth_roles import Trial
from conformance.config import Identity
from conformance.exchange import Exchange
from conformance.profile import Resource

CLERK = Identity("clerk", "password", "c", roles=("Clerk",))
BOSS = Identity("boss", "password", "b", roles=("FullAccess", "BuyerAdmin"))
UNSAID = Identity("unsaid", "password", "u")
ITEM = {"ID": "1", "Name": "n"}
Answering = Callable[[str, str], Exchange]


def said(status: int, value: Any = None, operation: str = "buyers-GET") -> Exchange:
    """Give an answer with a JSON body."""
    return exchange(status, value, operation=operation, identity="boss")


class Desk(Accounts):
    """A target that answers by who asks for what, and keeps a log of it."""

    def __init__(
        self,
        answering: Answering,
        *identities: Identity,
        profile: Any = None,
        grants: Sequence[Any] = (),
        who: str = "",
        log: list[tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(*identities)
        self.answering = answering
        self.profile = profile
        self.who = who
        self.log: list[tuple[str, str]] = [] if log is None else log
        self.grants = iter(grants)
        self.asked: list[Any] = []
        self.held = 4
        self.session: Any = None

    def identity_with(self, _roles: Any) -> Identity:
        """Give whoever may."""
        return BOSS

    def using(self, who: Identity) -> "Desk":
        """Speak as somebody."""
        return Desk(self.answering, who=who.name, log=self.log)

    def _done(self, verb: str, token: str | None = None) -> Exchange:
        who = self.who if token is None else token
        self.log.append((who, verb))
        return self.answering(who, verb)

    def page(self, _place: Any, **how: Any) -> Exchange:
        """List."""
        return self._done("LIST", **how)

    def get(self, _item: Any, **how: Any) -> Exchange:
        """Read."""
        return self._done("GET", **how)

    def post(self, _place: Any, _body: Any, **how: Any) -> Exchange:
        """Create."""
        return self._done("CREATE", **how)

    def put(self, _item: Any, _body: Any, **how: Any) -> Exchange:
        """Save."""
        return self._done("SAVE", **how)

    def patch(self, _item: Any, _body: Any, **how: Any) -> Exchange:
        """Update."""
        return self._done("PATCH", **how)

    def delete(self, _item: Any, **how: Any) -> Exchange:
        """Remove."""
        return self._done("DELETE", **how)

    def body(self, _resource: Resource) -> dict[str, Any]:
        """Give a right body."""
        return dict(ITEM)

    def place(self, resource: Resource) -> Any:
        """Give a collection."""
        return SimpleNamespace(
            item=lambda id_, _body: SimpleNamespace(resource=resource, id=id_)
        )

    @contextlib.contextmanager
    def login(self, who: Any) -> Iterator[Any]:
        """Log in; what is granted was told beforehand."""
        identity = who if isinstance(who, Identity) else self.identities(who)[0]
        yield SimpleNamespace(identity=identity, grant=self._grant, refresh=self._grant)

    def _grant(self, *mark: str, **scope: str) -> Exchange:
        self.asked.append((*mark, *scope.values()))
        return cast("Exchange", next(self.grants))

    def lanes(self) -> int:
        """Say how many connections are held at once."""
        return self.held

    def together(self, calls: Sequence[Any]) -> list[Any]:
        """Make calls, one after the other."""
        return [call(self) for call in calls]


def answers(changes: Mapping[tuple[str, str], int] | None = None) -> Answering:
    """Let the clerk be refused and everybody else be served, but for some."""

    def answering(who: str, verb: str) -> Exchange:
        usual = 403 if who == "clerk" else 204 if verb == "DELETE" else 200
        status = (changes or {}).get((who, verb), usual)
        value = [] if verb == "LIST" else ITEM
        return said(status, value if status < 300 else None, f"buyers-{verb}")

    return answering


def trial_of(
    resource: Any, verb: str, before: Exchange | None = None, **more: Any
) -> Trial:
    """Give an operation that is right in itself."""
    item = SimpleNamespace(resource=resource, place=None, id="1")
    return Trial(Operation(resource, verb), cast("Any", item), {}, before, **more)


def make_ready(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every trial be ready; give who was to show that it works."""
    shown: list[str] = []

    def make(_target: Any, operation: Operation) -> Trial:
        read = operation.verb in ("LIST", "CREATE")
        before = None if read else said(200, ITEM)
        return trial_of(operation.resource, operation.verb, before)

    def works(_target: Any, identity: Identity) -> None:
        shown.append(identity.name)

    monkeypatch.setattr(oauth_roles, "trial_of", make)
    monkeypatch.setattr(oauth_roles, "works", works)
    return shown
