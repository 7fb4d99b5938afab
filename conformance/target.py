"""What a check holds in its hand: `Target`. No verdicts here."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance import logins
from conformance.caller import Caller, encoded
from conformance.errors import Disturbed
from conformance.exchange import GATEWAY, Exchange
from conformance.places import LEFT_OUT, Item, Place
from conformance.profile import METHODS, Resource

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from conformance.config import Identity
    from conformance.crowding import Crowd
    from conformance.logins import Login
    from conformance.seeding import Collection

#: Refusals of a DELETE that do not say what the item holds.
_NOT_HELD = (401, 403, 404, 405)


class Target(Caller):
    """The server under judgement: its collections, its items, the verbs on them."""

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
        there = parent.path not in self.unit.gone
        return there and self.session.made(parent.path)

    def missing(self, place: Place) -> Item:
        """Name an item that does not exist."""
        rule = place.resource.id
        if rule.type == "integer":
            return place.item(2_000_000_000 - self.unit.next_number())
        claimed = place.resource.properties.get(rule.member, {})
        if claimed.get("format") == "uuid" and not rule.writable:
            return place.item(self.session.new_uuid(self.unit))
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
        # What each item must have, as its name, goes with anything else.
        names = sorted(
            resource.compared,
            key=lambda name: (name not in resource.required, name != resource.label),
        )
        for values in (resource.other, resource.example):
            for name in names:
                if name in values and name not in self._unique(resource):
                    return {name: values[name]}
        return {}

    def encoded(self, body: Any) -> bytes:
        """Give a body's bytes as they would be sent, for ``raw``, to be spoilt."""
        return encoded(body) or b""

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

    # ------------------------------------------------------------- shared means

    def login(self, who: "Identity | str") -> "AbstractContextManager[Login]":
        """Log in anew as an identity, or as one of a flow that no row stands on.

        Raises:
            NotProvided: The target file has no such identity.
        """
        return logins.login(self, who)

    def lanes(self) -> int:
        """Say how many connections the server holds at once, as tried once in a run.

        Returns:
            16, 8, 4, 2; 1 when it does not hold even two.
        """
        from conformance import sharing  # noqa: PLC0415 - sharing imports this module

        held: int = self.session.once("lanes", lambda unit: sharing.lanes(unit.target))
        return held
