"""What a check holds in its hand: `Target`, `Place`, `Item`. No verdicts here."""

import contextlib
import json
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import override

from conformance import logins
from conformance.errors import Disturbed, NotProvided
from conformance.exchange import GATEWAY, Exchange
from conformance.line import Request
from conformance.profile import METHODS, Profile, Resource

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from conformance.config import Config, Identity
    from conformance.crowding import Crowd
    from conformance.logins import Login
    from conformance.seeding import Collection
    from conformance.session import Session, Unit

Value = TypeVar("Value")
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
#: Refusals of a DELETE that do not say what the item holds.
_NOT_HELD = (401, 403, 404, 405)
#: Stands for: the token of the identity in use.
OWN_TOKEN = "~own~"  # noqa: S105 - a sign, no token


@dataclass(frozen=True, slots=True)
class Place:
    """A collection of a resource, under certain parents.

    Attributes:
        parents: IDs, outermost first.
        fresh: The parents were made for this unit alone.
    """

    resource: Resource
    parents: tuple[str, ...] = ()
    fresh: bool = False

    @property
    def path(self) -> str:
        """Give the collection's path under the base path, escaped."""
        return self._fill(self.resource.path)

    def item(self, id_: str | int, body: Mapping[str, Any] | None = None) -> "Item":
        """Name the item of that ID, whether it exists or not."""
        return Item(self, str(id_), body or {})

    def _fill(self, path: str) -> str:
        for name, id_ in zip(self.resource.parents, self.parents, strict=True):
            path = path.replace(f"{{{name}}}", urllib.parse.quote(id_, safe=""))
        return path


@dataclass(frozen=True, slots=True)
class Item:
    """An item's address, and what was sent to make it.

    Attributes:
        body: What was sent, without what the server added.
        exchange: The exchange that made it, if one did.
    """

    place: Place
    id: str
    body: Mapping[str, Any] = field(default_factory=dict)
    exchange: Exchange | None = None

    @property
    def resource(self) -> Resource:
        """Give the resource."""
        return self.place.resource

    @property
    def path(self) -> str:
        """Give the item's path under the base path, escaped."""
        path = self.place._fill(self.resource.item_path)  # noqa: SLF001 - of one piece
        return path.replace("{id}", urllib.parse.quote(self.id, safe=""))


@dataclass(frozen=True)
class Target:
    """The server under judgement, as one unit of work and one identity see it.

    Attributes:
        identity: Who speaks; None for nobody, ``""`` for whoever has the role.
        lane: Number of the simultaneous call.
    """

    session: "Session"
    unit: "Unit"
    identity: str | None = ""
    lane: int = 0

    @property
    def profile(self) -> Profile:
        """Give what the server claims."""
        return self.session.profile

    @property
    def config(self) -> "Config":
        """Give the target file."""
        return self.session.config

    @property
    def anonymous(self) -> "Target":
        """Speak without a token."""
        return replace(self, identity=None)

    def using(self, identity: "Identity | str") -> "Target":
        """Speak with the token of another identity."""
        name = identity if isinstance(identity, str) else identity.name
        return replace(self, identity=name)

    # ------------------------------------------------------------ places, items

    def place(self, resource: Resource) -> Place:
        """Give a collection under parents that the run's rows share."""
        ids = tuple(
            self.session.shared(self.profile.resources[parent]).id
            for parent in resource.parents
        )
        return Place(resource, ids)

    def fresh_place(self, resource: Resource) -> Place:
        """Give a collection under parents made for this unit alone.

        An organisation-wide resource without parents has one collection only, and one
        that the server fills itself, whatever the parent, is taken for a shared one.
        """
        place = Place(resource)
        if resource.parents:
            from conformance import sharing  # noqa: PLC0415 - sharing imports this module

            filled = self.session.once(
                f"filled {resource.name}", partial(sharing.filled, resource)
            )
            place = replace(self.new_place(resource), fresh=not filled)
        return place

    def new_place(self, resource: Resource) -> Place:
        """Give a collection under a new parent, whoever else fills it."""
        above = self.fresh_place(self.profile.resources[resource.parents[-1]])
        return Place(resource, (*above.parents, self.create(above).id))

    def shared(self, resource: Resource) -> Item:
        """Give an item that many rows read and none changes."""
        return self.session.shared(resource)

    def collection(self, resource: Resource) -> "Collection":
        """Give a place of known items, seeded once in a run, that no row changes."""
        from conformance import seeding  # noqa: PLC0415 - seeding imports this module

        made: Collection = self.session.once(
            f"collection {resource.name}", lambda unit: seeding.seed(unit, resource)
        )
        return made

    def crowd(self, resource: Resource) -> "Crowd":
        """Give more items than a page holds, made, listed and removed once in a run."""
        from conformance import crowding  # noqa: PLC0415 - crowding imports this module

        made: Crowd = self.session.once(
            f"crowd {resource.name}", lambda unit: crowding.gather(unit, resource)
        )
        return made

    def cite(self, exchanges: Iterable[Exchange]) -> None:
        """Cite exchanges of what rows share as evidence of this one."""
        self.unit.exchanges.extend(exchanges)

    def create(self, where: Resource | Place, **changes: Any) -> Item:
        """Make an item as an arrangement; removed after the unit.

        Args:
            where: A collection, or a resource whose shared place is taken.
            changes: Property → value; ``None`` as value is sent as null, the
                ID's member as `LEFT_OUT` lets the server make one.

        Raises:
            Waits: It could not be made; names the row that judges that.
        """
        from conformance import expect  # noqa: PLC0415 - expect imports this module

        place = where if isinstance(where, Place) else self.place(where)
        body = self.body(place.resource, **changes)
        given = body.get(place.resource.id.member)
        if "CREATE" not in place.resource.verbs:
            item = place.item(str(given or self.new_id(place.resource)))
            answer = self.twice(lambda: self.put(item, body))
            if answer.bare:
                return replace(item, body=body, exchange=answer)
        elif given:
            answer = self.twice(lambda: self.post(place, body))
        else:
            answer = self.post(place, body)
        made = expect.item_of(answer)
        return Item(place, str(made[place.resource.id.member]), body, answer)

    def twice(self, make: Callable[[], Exchange]) -> Exchange:
        """Make what is no judged request, again where nobody there answered.

        Raises:
            Disturbed: The first may have made it, unseen: the second is refused.
        """
        with contextlib.suppress(Disturbed):
            answer = make()
            if answer.status not in GATEWAY:
                return answer
        answer = make()
        if answer.refusal:
            raise Disturbed(f"refused, after no answer: {answer.words}")
        return answer

    def seed(self, place: Place, bodies: Iterable[Mapping[str, Any]]) -> list[Item]:
        """Make several items, in order."""
        return [self.create(place, **body) for body in bodies]

    def body(self, resource: Resource, **changes: Any) -> dict[str, Any]:
        """Give the profile's example with an ID of ours and unique values."""
        return self.session.body(self.unit, resource, changes)

    def new_id(self, resource: Resource) -> str:
        """Give an ID that carries the run's prefix and nobody has."""
        return self.session.new_id(self.unit, resource)

    def beside(self, place: Place) -> None:
        """Make what the items of a place must refer to under the same parents.

        Raises:
            Waits: It could not be made; names the row that judges that.
        """
        from conformance import sharing  # noqa: PLC0415 - sharing imports this module

        for name in dict.fromkeys(place.resource.references.values()):
            referred = self.profile.resources[name]
            where = Place(referred, place.parents[: len(referred.parents)], place.fresh)
            if not referred.parents or not self._made_above(where):
                continue
            if where.parents == self.place(referred).parents:
                self.session.once(f"beside {where.path}", partial(sharing.refer, where))
            elif self.unit.first_at(where.path):
                sharing.refer(where, self.unit)

    def _made_above(self, place: Place) -> bool:
        above = self.profile.resources[place.resource.parents[-1]]
        parent = Place(above, place.parents[:-1]).item(place.parents[-1])
        return self.session.made(parent.path)

    def missing(self, place: Place) -> Item:
        """Name an item that does not exist."""
        if place.resource.id.type == "integer":
            return place.item(2_000_000_000 - self.unit.next_number())
        return place.item(self.new_id(place.resource))

    # --------------------------------------------------------------------- verbs

    def get(self, item: Item, **how: Any) -> Exchange:
        """Read an item."""
        return self._call(item.resource, "GET", item.path, item=item, **how)

    def page(self, place: Place, query: Any = None, **how: Any) -> Exchange:
        """Read a page of a list; ``query`` is a mapping or a list of pairs."""
        return self._call(place.resource, "LIST", place.path, query=query, **how)

    def post(self, place: Place, body: Any, **how: Any) -> Exchange:
        """Create an item."""
        return self._call(
            place.resource, "CREATE", place.path, body=body, place=place, **how
        )

    def put(self, item: Item, body: Any, **how: Any) -> Exchange:
        """Save an item under its ID."""
        return self._call(item.resource, "SAVE", item.path, body=body, item=item, **how)

    def patch(self, item: Item, body: Any, **how: Any) -> Exchange:
        """Update an item."""
        return self._call(
            item.resource, "PATCH", item.path, body=body, item=item, **how
        )

    def delete(self, item: Item, **how: Any) -> Exchange:
        """Delete an item; one that the run has made also from what it was born with.

        A server may put something under each new item, and refuse to delete what
        holds anything.
        """
        answer = self._call(item.resource, "DELETE", item.path, item=item, **how)
        right = not how.keys() & {"deliberate", "token"}
        held = answer.refusal and answer.status not in _NOT_HELD
        if held and right and self.session.made(item.path):
            from conformance import sharing  # noqa: PLC0415 - sharing imports this module

            if sharing.emptied(item, self):
                return self._call(item.resource, "DELETE", item.path, item=item, **how)
        return answer

    def perform(self, verb: str, item: Item, **how: Any) -> Exchange:
        """Do any verb on an item or its collection, with a valid body of its own."""
        match verb:
            case "LIST":
                return self.page(item.place, **how)
            case "CREATE":
                return self.post(item.place, self.body(item.resource), **how)
            case "GET":
                return self.get(item, **how)
            case "SAVE":
                return self.put(item, self.save_body(item), **how)
            case "PATCH":
                return self.patch(item, self.patch_body(item.resource), **how)
            case _:
                return self.delete(item, **how)

    def save_body(self, item: Item, **changes: Any) -> dict[str, Any]:
        """Give a whole valid body for that item's ID."""
        rule = item.resource.id
        own = {rule.member: item.id if rule.writable else LEFT_OUT}
        kept = {n: item.body[n] for n in self._unique(item.resource) if n in item.body}
        return self.body(item.resource, **{**own, **kept, **changes})

    def patch_body(self, resource: Resource) -> dict[str, Any]:
        """Give a small valid change of one property."""
        for values in (resource.other, resource.example):
            for name in resource.compared:
                if name in values and name not in self._unique(resource):
                    return {name: values[name]}
        return {}

    def encoded(self, body: Any) -> bytes:
        """Give a body's bytes as they would be sent, for ``raw``, to be spoilt."""
        return _encode(body) or b""

    def _unique(self, resource: Resource) -> list[str]:
        return [
            n for n, claimed in resource.properties.items() if "x-unique" in claimed
        ]

    # --------------------------------------------------------------------- sending

    def _call(
        self,
        resource: Resource,
        verb: str,
        path: str,
        *,
        item: Item | None = None,
        place: Place | None = None,
        **how: Any,
    ) -> Exchange:
        made_of = place or (item.place if item else None)
        if verb in ("CREATE", "SAVE") and made_of is not None:
            self.beside(made_of)
        answer = self.send(
            how.pop("method", METHODS[verb]),
            self.profile.base_path + path,
            operation=f"{resource.name}-{verb}",
            roles=resource.roles.get(verb, ()),
            before=lambda body: self.session.before(
                verb, item=item, place=place, body=body
            ),
            **how,
        )
        self.session.after(self.unit, verb, answer, item=item, place=place)
        return answer

    def send(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        body: Any = None,
        raw: bytes | None = None,
        content_type: str | None = JSON_TYPE,
        headers: Mapping[str, str] | None = None,
        token: str | None = OWN_TOKEN,
        operation: str = "elsewhere",
        roles: tuple[str, ...] = (),
        deliberate: bool = False,
        before: Callable[[Any], None] | None = None,
        url: str | None = None,
        notes: dict[str, Any] | None = None,
        deadline_s: float | None = None,
        verbatim: bool = False,
        spelling: str = "plus",
    ) -> Exchange:
        """Send any request and record it as this unit's.

        Args:
            method: HTTP method.
            path: Path on the target, base path included, escaped.
            query: Parameters, encoded here.
            body: A JSON value to send; None for no body.
            raw: The body's bytes instead of a value.
            content_type: Label of the body; None for none.
            headers: Further headers, or others than those made here.
            token: A token's mark, None for none, or the identity's own.
            operation: Name under which passive checks see the exchange.
            roles: Roles that open the operation, to choose the identity by.
            deliberate: The request breaks the profile on purpose.
            before: Called before sending, with the body.
            url: A whole URL instead of base URL and path.
            notes: What passive checks should know, as JSON.
            deadline_s: For this exchange, another than the run's.
            verbatim: Send the path as it is written, on a connection of its own,
                and take what follows a head that must have no body for its body.
            spelling: How a form's secrets are encoded; see `vault.SPELLINGS`.

        Raises:
            Disturbed: No answer.
            NotProvided: No identity has the role.
            Waits: No token could be got.
        """
        content = raw if raw is not None else _encode(body)
        if before is not None:
            before(body)
        made = {"Accept": JSON_TYPE, "User-Agent": "ordercloud-conformance"}
        if content is not None and content_type is not None:
            made["Content-Type"] = content_type
        made |= headers or {}

        def signed() -> Request:
            name, mark = self._token(token, roles)
            own = mark is not None and token == OWN_TOKEN
            bearer = {"Authorization": f"Bearer {mark}"} if mark is not None else {}
            return Request(
                method=method,
                url=(url or self.config.base_url + path) + _query(query),
                headers=tuple((bearer | made).items()),
                body=content,
                operation=operation,
                identity=name,
                deliberate=deliberate,
                valid_token=own,
                notes={**self._lack(name, roles), **(notes or {})},
                deadline_s=deadline_s,
                verbatim=verbatim,
                spelling=spelling,
                valid_until_s=self.session.tokens.ends(mark) if own else None,
                renewed=signed,
            )

        return self.unit.http(signed(), self.lane)

    def _token(
        self, token: str | None, roles: tuple[str, ...]
    ) -> tuple[str | None, str | None]:
        if token != OWN_TOKEN or self.identity is None:
            return None, None if token == OWN_TOKEN else token
        if not self.profile.flows:
            return None, None
        identity = self.identity or self.session.tokens.identity_for(roles).name
        return identity, self.session.tokens.token(identity)

    def _lack(self, name: str | None, roles: tuple[str, ...]) -> dict[str, Any]:
        """Note that whoever speaks has no role that opens the operation."""
        lacks = name is not None and not self.session.tokens.identity(name).may(roles)
        return {"lacks_role": True} if lacks else {}

    # ------------------------------------------------------------------ identities

    def identities(self, flow: str | None = None) -> "list[Identity]":
        """List the identities of the target file, of one flow or all."""
        found = [i for i in self.config.identities if flow in (None, i.flow)]
        return [i for i in found if not i.short_lived]

    def identity_without(self, roles: Sequence[str]) -> "Identity":
        """Give an identity that none of the roles reaches.

        Raises:
            NotProvided: The target file has no such identity.
        """
        for identity in self.identities():
            if identity.roles is not None and not set(identity.roles) & set(roles):
                return identity
        raise NotProvided("low_role_identity")

    def identity_with(self, roles: Sequence[str]) -> "Identity":
        """Give the identity that acts for whoever has one of the roles.

        Raises:
            NotProvided: The target file has no such identity.
        """
        return self.session.tokens.identity_for(tuple(roles))

    def login(self, who: "Identity | str") -> "AbstractContextManager[Login]":
        """Log in anew as an identity, or as one of a flow that no row stands on.

        Raises:
            NotProvided: The target file has no such identity.
        """
        return logins.login(self, who)

    def token(self, identity: "Identity | str") -> str:
        """Give the mark of a token of that identity; the same in the whole run."""
        name = identity if isinstance(identity, str) else identity.name
        return self.session.tokens.token(name)

    def grant(self, form: Mapping[str, str], **how: Any) -> Exchange:
        """Send a token request; ``form`` holds marks for secrets."""
        return self.session.tokens.grant(self.unit, form, lane=self.lane, **how)

    def grant_form(self, identity: "Identity | str", **changes: str) -> dict[str, str]:
        """Give the form of a right token request of that identity."""
        return self.session.tokens.grant_form(identity, **changes)

    def derive(self, mark: str, how: str) -> str:
        """Give the mark of what is made from a secret.

        Args:
            mark: Of the secret.
            how: ``shortened``, ``case``, ``changed``, ``lengthened``,
                ``signature_changed``, ``signature_empty``, ``alg_none``,
                ``reversed``.

        Returns:
            The mark; an empty text when nothing is left, or nothing changes.
        """
        return self.session.tokens.derive(self.unit, mark, how, self.lane)

    def is_jwt(self, mark: str) -> bool:
        """Say whether a token is a signed JWT."""
        return self.session.tokens.is_jwt(self.unit, mark, self.lane)

    # ---------------------------------------------------------------- time, lanes

    def now(self) -> float:
        """Give our clock, in seconds since the epoch."""
        return float(self.unit.note("now", self.session.clock, self.lane))

    def note(self, kind: str, learn: Callable[[], Any]) -> Any:
        """Learn something of the world once, as JSON; played back later."""
        return self.unit.note(kind, learn, self.lane)

    def pause(self, seconds: float) -> None:
        """Wait a moment, as for a list that follows its writes late."""
        self.session.line.wait(seconds)

    def after(self, seconds: float) -> "After":
        """Say, in a late check, when to go on: ``yield target.after(3)``."""
        return After(seconds)

    def lanes(self) -> int:
        """Say how many connections the server holds at once, as tried once in a run.

        Returns:
            16, 8, 4, 2; 1 when it does not hold even two.
        """
        from conformance import sharing  # noqa: PLC0415 - sharing imports this module

        held: int = self.session.once("lanes", lambda unit: sharing.lanes(unit.target))
        return held

    def together(
        self, calls: Sequence[Callable[["Target"], Exchange]]
    ) -> list[Exchange | Disturbed]:
        """Make calls at the same moment, each in a lane of its own.

        Returns:
            What came of each, in the order given; a `Disturbed` for no answer.
        """
        lanes = [replace(self, lane=number) for number in range(1, len(calls) + 1)]
        return self.session.races.run(
            [
                partial(copy_context().run, call, lane)
                for call, lane in zip(calls, lanes, strict=True)
            ],
            lanes,
        )


@dataclass(frozen=True, slots=True)
class After:
    """What a late check yields: go on so many seconds later."""

    seconds: float


class _LeftOut:
    """Stands for a property that is not sent."""

    @override
    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT = _LeftOut()


def _encode(body: Any) -> bytes | None:
    if body is None:
        return None
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _query(query: Mapping[str, Any] | Sequence[tuple[str, Any]] | None) -> str:
    return f"?{urllib.parse.urlencode(query)}" if query else ""
