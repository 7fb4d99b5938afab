"""The tokens of a run: who asks for them, what was granted, when they end."""

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from conformance.caller import FORM_TYPE
from conformance.config import Config, Identity
from conformance.derived import DERIVED, is_jwt
from conformance.errors import Disturbed, HarnessError, NotProvided, Waits
from conformance.exchange import Exchange
from conformance.target import Target
from conformance.vault import form_text

if TYPE_CHECKING:
    from conformance.session import Session, Unit

#: Why a token may have ended that was granted more than once.
GRANTED_AGAIN = (
    "the server grants the same token again, and what a row does to its own may end"
    " it for others: say single_session = true in the target file"
)
#: Part of a token's life after which the next is asked for.
RENEWED = 0.8
#: Seconds that a token is used for which does not say how long it lasts.
UNTOLD_S = 60.0


class Tokens:
    """The identities of a target file, and the tokens that they were granted."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._secrets = self._keep_secrets(session.config)
        self._renewals: dict[str, int] = {}
        self._ends: dict[str, float] = {}
        # Mark of an access token → the units that it was granted to.
        self._granted: dict[str, set[tuple[str, int, int]]] = {}
        self._lock = threading.Lock()

    def _keep_secrets(self, config: Config) -> dict[str, dict[str, str]]:
        keep = self._session.line.vault.keep
        return {
            identity.name: {
                "client_secret": keep(
                    f"{identity.name}.client_secret", identity.client_secret
                ),
                "password": keep(f"{identity.name}.password", identity.password),
            }
            for identity in config.identities
        }

    def identity(self, name: str) -> Identity:
        """Give an identity of the target file by name."""
        for identity in self._session.config.identities:
            if identity.name == name:
                return identity
        raise HarnessError(f"no identity {name!r}")

    def identity_for(self, roles: tuple[str, ...]) -> Identity:
        """Choose the first lasting identity that one of the roles is given to.

        Raises:
            NotProvided: There is none.
        """
        for identity in self._session.config.identities:
            if not identity.short_lived and identity.may(roles):
                return identity
        raise NotProvided("identity")

    def grant_form(self, who: Identity | str, **changes: str) -> dict[str, str]:
        """Give the form of a right token request; marks stand for secrets."""
        identity = who if isinstance(who, Identity) else self.identity(who)
        kept = self._secrets[identity.name]
        password = identity.flow in ("password", "elevated_password")
        form = {
            "grant_type": "password" if password else "client_credentials",
            "client_id": identity.client_id,
        }
        if kept["client_secret"] and identity.flow != "anonymous":
            form["client_secret"] = kept["client_secret"]
        if password:
            form |= {"username": identity.username, "password": kept["password"]}
        return form | changes

    @property
    def token_url(self) -> str:
        """Give the whole URL of the token endpoint."""
        path = self._session.profile.token_path or "/oauth/token"
        return self._session.config.token_url or self._session.config.base_url + path

    def grant(
        self,
        unit: "Unit",
        form: Mapping[str, str],
        *,
        lane: int = 0,
        spelling: str = "plus",
        **how: Any,
    ) -> Exchange:
        """Send a token request.

        Args:
            unit: Whose request it is.
            form: Marks stand for secrets.
            lane: Number of the simultaneous call.
            spelling: How the form's values are encoded; see `vault.SPELLINGS`.
            how: Anything else that `Target.send` takes.

        Raises:
            Waits: The channel is in clear, or not to be trusted: credentials never
                go over it.
        """
        owner = self._session.plan.owner("https.token_endpoint")
        if self.token_url.startswith("http://"):
            raise Waits(owner, "no credential is sent in clear")
        encoded = form_text(form, spelling).encode()
        how = {"raw": encoded, "content_type": FORM_TYPE, "spelling": spelling, **how}
        target = Target(self._session, unit, identity=None, lane=lane)
        try:
            answer = target.send(
                how.pop("method", "POST"),
                "",
                url=how.pop("url", self.token_url),
                operation="token",
                token=None,
                **how,
            )
        except Disturbed as trouble:
            if "CERTIFICATE_VERIFY_FAILED" in str(trouble):
                raise Waits(owner, f"no trusted channel: {trouble}") from trouble
            raise
        value = answer.value if answer.success else None
        if isinstance(value, dict) and value.get("access_token") is not None:
            whose = unit.name, unit.payload, unit.attempt
            with self._lock:
                self._granted.setdefault(str(value["access_token"]), set()).add(whose)
        return answer

    def granted_again(self, mark: str) -> bool:
        """Say whether an access token was granted to more than one unit of the run.

        What one does to it may then end it for another.
        """
        return len(self._granted.get(mark, ())) > 1

    def token(self, name: str) -> str:
        """Give the mark of an identity's token, renewed before it ends.

        Raises:
            Waits: It was not granted; names the row that judges that.
        """
        identity = self.identity(name)
        number = self._renewals.get(name, 0)
        thing = f"token {name} {number}" if number else f"token {name}"
        mark: str
        mark, renewed_s = self._session.once(
            thing, lambda unit: self._new_token(unit, identity)
        )
        if self._session.clock() < renewed_s:
            return mark
        with self._lock:
            self._renewals[name] = max(number + 1, self._renewals.get(name, 0))
        return self.token(name)

    def _new_token(self, unit: "Unit", identity: Identity) -> tuple[str, float]:
        """Give a token, and when to ask for the next, in seconds since the epoch."""
        from conformance import expect  # noqa: PLC0415 - expect imports this module

        asked_s = self._session.clock()
        answer = self.grant(unit, self.grant_form(identity))
        mark = expect.token_of(answer, identity.flow)
        lasts = answer.value.get("expires_in")
        if not isinstance(lasts, int | float) or lasts < 1:
            lasts = UNTOLD_S
        self._ends[mark] = asked_s + lasts
        return mark, asked_s + lasts * RENEWED

    def forget(self, names: Iterable[str]) -> None:
        """Have the next token of some identities granted anew."""
        with self._lock:
            for name in names:
                self._renewals[name] = self._renewals.get(name, 0) + 1

    def ends(self, mark: str | None) -> float | None:
        """Give when a token that `token` gave ends, in seconds since the epoch."""
        return self._ends.get(mark or "")

    def derive(self, unit: "Unit", mark: str, how: str, lane: int) -> str:
        """Make a secret from a secret; give its mark, or an empty text for none."""
        vault = self._session.line.vault

        def make() -> str:
            made = DERIVED[how](vault.real(mark))
            name = mark.split("~")[2] if "~" in mark else "derived"
            return vault.keep(f"{name}.{how}", made, everywhere=False)

        derived: str = unit.note(f"derived {how}", make, lane)
        return derived

    def is_jwt(self, unit: "Unit", mark: str, lane: int) -> bool:
        """Say whether a token is a signed JWT."""
        real = self._session.line.vault.real
        return bool(unit.note("is jwt", lambda: is_jwt(real(mark)), lane))
