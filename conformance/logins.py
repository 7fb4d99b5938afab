"""Logging in anew as accounts of the target file. No verdicts here."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.config import Config, Identity
from conformance.errors import NotProvided, Stopped
from conformance.exchange import Exchange

if TYPE_CHECKING:
    from conformance.session import Session
    from conformance.target import Target


class Accounts:
    """What rows that log in must keep to, so that no account is locked.

    Attributes:
        failed: Wrong requests so far, in the whole run.
        owing: Accounts whose last wrong request no right one has made up for.
    """

    def __init__(self, config: Config) -> None:
        self._limit = config.failed_logins
        self._locks: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()
        self.failed = 0
        self.owing: set[str] = set()

    def alone(self, identity: Identity) -> threading.RLock:
        """Give the lock of the user, or of the client that has none."""
        with self._lock:
            return self._locks.setdefault(account(identity), threading.RLock())

    def may_fail(self) -> bool:
        """Count one more wrong request; say whether the budget has room for it."""
        with self._lock:
            room = self.failed < self._limit
            self.failed += room
        return room


def account(identity: Identity) -> str:
    """Name whom a server would lock: the user, or the client that has none."""
    return identity.username or identity.client_id


@dataclass(frozen=True, slots=True)
class Login:
    """An identity that is granted tokens anew, as one unit sees it."""

    target: "Target"
    identity: Identity

    def form(self, **changes: str) -> dict[str, str]:
        """Give the form of a right request; marks stand for secrets."""
        return self.target.grant_form(self.identity, **changes)

    def refresh_form(self, mark: str, **changes: str) -> dict[str, str]:
        """Give the form of a right refresh request, as the client that got ``mark``."""
        form = {name: self.form()[name] for name in _CLIENT if name in self.form()}
        return {"grant_type": "refresh_token", **form, "refresh_token": mark} | changes

    def grant(self, **changes: str) -> Exchange:
        """Send a right request, changed as the row wants it."""
        return self.target.grant(self.form(**changes))

    def refresh(self, mark: str, **changes: str) -> Exchange:
        """Send a right refresh request, changed as the row wants it."""
        return self.target.grant(self.refresh_form(mark, **changes))

    def wrong(
        self, form: Mapping[str, str], right: Callable[[], Exchange], **how: Any
    ) -> tuple[Exchange, Exchange]:
        """Send a wrong request, then a right one.

        No other row fails as the same account in between, nor before a right one was
        granted: so nobody fails twice without a success, however many rows try and
        whatever is lost on the way.

        Raises:
            Stopped: The owner's budget of failed logins is spent, or the first
                failure would lock the account.
            Waits: No right request is granted since the last wrong one.
        """
        session, name = self.target.session, account(self.identity)
        owing = session.accounts.owing
        if self.identity.lockout_limit == 1:
            raise Stopped("the first failed login would lock the account")
        with session.accounts.alone(self.identity):
            if not self.target.note("failed login", session.accounts.may_fail):
                limit = self.target.config.failed_logins
                raise Stopped(f"the budget of {limit} failed logins is spent")
            if self.target.note("login owed", lambda: name in owing):
                self._make_up()
            owing.add(name)
            answer = self.target.grant(form, deliberate=True, **how)
            granted = right()
            if granted.success:
                owing.discard(name)
            return answer, granted

    def _make_up(self) -> None:
        """Log in as one should, before the next wrong request is the second in turn."""
        from conformance import expect  # noqa: PLC0415 - expect imports this module

        expect.token_of(self.grant(), self.identity.flow)


_CLIENT = ("client_id", "client_secret")


@contextlib.contextmanager
def login(target: "Target", who: Identity | str) -> Iterator[Login]:
    """Log in anew; see `Target.login`."""
    session, single = target.session, target.config.single_session
    identity = who if isinstance(who, Identity) else spare(session, who)
    if not free(session, identity) and not expendable(session, identity):
        raise NotProvided("second_user")
    lock = target.session.accounts.alone(identity)
    with lock if single else contextlib.nullcontext():
        try:
            yield Login(target, identity)
        finally:
            if single:
                # Rows run one after another: the next one asks for a token anew.
                session.tokens.forget(i.name for i in _of_account(session, identity))


def spare(session: "Session", flow: str) -> Identity:
    """Choose an identity of a flow, one whose tokens no other row stands on.

    Raises:
        NotProvided: The target file has none.
    """
    known = session.config.identities
    found = [i for i in known if i.flow == flow and not i.short_lived]
    if not found:
        raise NotProvided(flow)
    return next((i for i in found if free(session, i)), found[0])


def free(session: "Session", identity: Identity) -> bool:
    """Say whether an identity may be granted a token that ends its earlier one."""
    if not session.config.single_session or identity.short_lived:
        return True
    busy = {account(other) for other in (*_doing(session), *_lacking(session))}
    return account(identity) not in busy


def expendable(session: "Session", identity: Identity) -> bool:
    """Say whether only rows about a lack of roles stand on an identity's tokens."""
    return account(identity) not in {account(other) for other in _doing(session)}


def _of_account(session: "Session", identity: Identity) -> list[Identity]:
    known = session.config.identities
    return [i for i in known if account(i) == account(identity)]


def _doing(session: "Session") -> Iterator[Identity]:
    """Give whoever does some operation."""
    for operation in session.profile.operations():
        roles = operation.resource.roles.get(operation.verb, ())
        yield from [i for i in _lasting(session) if i.may(roles)][:1]


def _lacking(session: "Session") -> Iterator[Identity]:
    """Give whoever is the first that lacks the role for some operation."""
    for operation in session.profile.operations():
        roles = operation.resource.roles.get(operation.verb, ())
        yield from [i for i in _lasting(session) if not i.may(roles)][:1]


def _lasting(session: "Session") -> list[Identity]:
    return [i for i in session.config.identities if not i.short_lived]
