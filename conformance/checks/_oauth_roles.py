"""What the checks of tokens and roles share: who may not do what, and the trial.

No checks here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance import Exchange, Item, Operation, Profile, Target
from conformance.checks._status import subject
from conformance.config import Identity
from conformance.errors import NotProvided
from conformance.exchange import GATEWAY
from conformance.expect import item_of, refused, succeeded, untouched
from conformance.logins import expendable, free
from conformance.profile import makeable
from conformance.writing import aim

READS = ("LIST", "GET")
_ORDER = (*READS, "CREATE", "PATCH", "SAVE", "DELETE")


# -------------------------------------------------------------------- wrong requests


@dataclass(frozen=True, slots=True)
class Trial:
    """An operation that is right in itself, to be tried by who may not do it.

    Attributes:
        item: What it is tried on; for CREATE, what its body would make.
        body: Would be seen on the item.
        before: The item as it was; None where nothing can be read back.
    """

    operation: Operation
    item: Item
    body: Mapping[str, Any]
    before: Exchange | None = None

    def attempt(self, target: Target, **how: Any) -> Exchange:
        """Send the request, as ``target`` speaks and as ``how`` says."""
        match self.operation.verb:
            case "LIST":
                return target.page(self.item.place, **how)
            case "CREATE":
                return target.post(self.item.place, dict(self.body), **how)
            case "SAVE":
                return target.put(self.item, dict(self.body), **how)
            case "PATCH":
                return target.patch(self.item, dict(self.body), **how)
            case "GET":
                return target.get(self.item, **how)
            case _:
                return target.delete(self.item, **how)

    def insist_refused(self, answer: Exchange, what: str) -> None:
        """Insist on a refusal; of a write that crashed the effect alone is judged."""
        crashed = answer.status >= 500 and answer.status not in GATEWAY
        if crashed and self.operation.verb not in READS:
            return
        refused(answer, what)

    def insist_untouched(self, target: Target, what: str) -> None:
        """Insist that nothing came of the refused requests."""
        if self.before is not None:
            untouched(self.before, target.get(self.item), what)
        elif self.operation.verb == "CREATE" and self._readable:
            found = target.get(self.item)
            refused(found, f"GET of the item that {what} described")

    @property
    def _readable(self) -> bool:
        resource = self.item.resource
        return resource.id.writable and "GET" in resource.verbs


def trial_of(target: Target, operation: Operation) -> Trial:
    """Make ready for an operation: an item that is there, a right body."""
    resource, verb = operation.resource, operation.verb
    if verb in READS:
        return Trial(operation, subject(target, operation), {})
    if verb == "DELETE" or not makeable(resource):
        made = Trial(operation, subject(target, operation), {})
    else:
        found = aim(target, resource, verb)
        made = Trial(operation, found.item, found.other)
    if verb == "CREATE" or "GET" not in resource.verbs:
        return made
    before = target.get(made.item)
    item_of(before)
    return replace(made, before=before)


def readable(target: Target, identity: Identity) -> Trial:
    """Give a read that an identity's roles open.

    Raises:
        NotProvided: They open none.
    """
    operations = [o for o in target.profile.operations() if o.verb in READS]
    for operation in sorted(operations, key=lambda o: len(o.resource.parents)):
        if identity.may(operation.resource.roles.get(operation.verb, ())):
            return trial_of(target, operation)
    raise NotProvided("identity")


def lacking(target: Target, roles: Iterable[str]) -> list[Identity]:
    """Give two identities, or one, that the roles are not given to.

    Raises:
        NotProvided: There is none.
    """
    asked = set(roles)
    found: dict[tuple[str, ...], Identity] = {}
    for identity in target.identities():
        if identity.roles is not None and not asked & set(identity.roles):
            found.setdefault(identity.roles, identity)
    if not found:
        raise NotProvided("low_role_identity")
    return list(found.values())[: 1 if target.config.single_session else 2]


def works(target: Target, identity: Identity) -> None:
    """See once in a run that an identity's token opens what its roles do.

    Raises:
        Waits: It does not; names the row that judges that.
    """
    roles = set(identity.roles or ())
    opened = [
        operation
        for operation in target.profile.operations()
        if operation.verb == "LIST"
        and roles & set(operation.resource.roles.get("LIST", ()))
    ]
    if opened:
        place = target.place(opened[0].resource)
        target.session.once(
            f"works {identity.name}",
            lambda unit: succeeded(unit.target.using(identity).page(place)).id,
        )


def beyond(target: Target, *, anew: bool = False) -> tuple[Identity, Operation]:
    """Give an identity of few roles, and an operation that they don't open.

    Args:
        target: The target.
        anew: The identity is to log in anew.

    Raises:
        NotProvided: Every identity opens everything.
    """
    session = target.session
    fit = [
        identity
        for identity in target.identities()
        if not anew or free(session, identity) or expendable(session, identity)
    ]
    operations = sorted(target.profile.operations(), key=lambda o: _ORDER.index(o.verb))
    for operation in operations:
        roles = operation.resource.roles.get(operation.verb)
        for identity in fit:
            if roles and not identity.may(roles) and speakable(roles[0]):
                return identity, operation
    raise NotProvided("low_role_identity")


def narrowing(
    profile: Profile, roles: Iterable[str] | None = None
) -> tuple[str, Operation] | None:
    """Give a role and an operation that it does not open, though another role does.

    Args:
        profile: What the server claims.
        roles: The roles to choose among; None: all that the profile names.
    """
    had = tuple(roles if roles is not None else profile.roles)
    for operation in sorted(profile.operations(), key=lambda o: _ORDER.index(o.verb)):
        opening = operation.resource.roles.get(operation.verb, ())
        others = [role for role in had if role not in opening and speakable(role)]
        if others and set(opening) & set(had):
            return others[0], operation
    return None


def speakable(role: str) -> bool:
    """Say whether a role can stand in a scope."""
    return " " not in role


def texts(value: Any, but: Iterable[str] = ()) -> Iterator[str]:
    """Give every text in a JSON value, names too, without what some members hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield name
            if name not in but:
                yield from texts(part, but)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, but)
