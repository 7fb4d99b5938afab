"""HTTP Methods together: the server against a plain dictionary."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from conformance import Exchange, Item, Place, Profile, Resource, Target, must
from conformance.checks._verbs import countable, gettable, look, narrowing
from conformance.checks._verbs_values import (
    Values,
    different,
    other_values,
    summarised,
    told,
)
from conformance.expect import insist, item_of, page_of, succeeded

#: One thing to do: verb, collection, slot, slot to rename to, other values to send.
Step = Mapping[str, Any]
#: Collection and slot: where a step acts. A slot is an ID, the same everywhere
#: where the scope of IDs allows that.
Slot = tuple[int, int]
SLOTS = 2
RENAMERS = {"PATCH": "PATCH", "SAVE": "PUT"}


def _verbs(resource: Resource) -> list[str]:
    """Name the steps that can be drawn; RENAME is an update that writes the ID."""
    claimed = [
        verb for verb in resource.verbs if verb != "LIST" or not resource.eventual
    ]
    return [*claimed, "RENAME"] if _renamer(resource) else claimed


def _renamer(resource: Resource) -> str | None:
    """Name the verb that renames, if one does."""
    for verb, method in RENAMERS.items():
        if verb in resource.verbs and method in resource.id.rename:
            return verb if resource.id.writable else None
    return None


def _step(
    verb: str, at: int = 0, slot: int = 0, *, to: int = 1, other: Any = ()
) -> Step:
    return {"verb": verb, "in": at, "slot": slot, "to": to, "other": list(other)}


def _steps(resource: Resource) -> st.SearchStrategy[list[Step]]:
    """Draw what follows one life; most steps go to few slots, so that they meet.

    What every update of an item owes is met in each sequence, whatever is drawn.
    """
    names = sorted(other_values(resource))
    others = st.lists(st.sampled_from(names), max_size=3, unique=True)
    places = [0, 0, 1] if resource.parents else [0]
    one = st.fixed_dictionaries(
        {
            "verb": st.sampled_from(_verbs(resource)),
            "in": st.sampled_from(places),
            "slot": st.sampled_from([0, 0, 1]),
            "to": st.sampled_from([1, 0]),
            "other": others if names else st.just([]),
        }
    )
    drawn = st.lists(one, min_size=10, max_size=14)
    return drawn.map(lambda steps: [*_life(resource), *steps])


def _life(resource: Resource) -> list[Step]:
    """Write down one life of an item, and of its namesake in another collection."""
    names = sorted(other_values(resource))
    steps = [
        _step("CREATE"),
        _step("SAVE", 1, other=names),
        _step("PATCH", other=names[:1]),
        _step("SAVE", other=names[1:]),
        _step("GET"),
        _step("RENAME", to=1),
        _step("SAVE", slot=1, other=names[1:]),
        _step("GET", slot=1),
        _step("CREATE", other=names),
        _step("DELETE", slot=1),
        _step("PATCH", 1, other=names[-1:]),
        _step("LIST"),
        _step("DELETE", slot=0),
        _step("CREATE"),
    ]
    return [step for step in steps if step["verb"] in _verbs(resource)]


def _sequences(profile: Profile, resource: Resource) -> Any:
    """Draw for one resource of each scope; the others live one life each."""
    drawn = resource in profile.typical()
    return _steps(resource) if drawn else [_life(resource)]


@must("verbs.model", draws=_sequences, only=gettable, cost=30)
def check_sequences_agree_with_a_dictionary(
    target: Target, resource: Resource, payload: list[Step]
) -> None:
    """Any sequence of the verbs MUST leave what it leaves in a plain dictionary."""
    model = _Model(target, resource, _places(target, resource))
    for step in payload:
        model.take(step)
    for at in sorted(model.ids):
        model.read(at)
    for number in range(len(model.places)):
        model.list((number, 0))


def _places(target: Target, resource: Resource) -> list[Place]:
    """Give one collection, or two under parents of their own."""
    first = target.fresh_place(resource)
    if not resource.parents:
        return [first]
    above = target.profile.resources[resource.parents[-1]]
    beside = Place(above, first.parents[:-1], fresh=len(first.parents) > 1)
    sibling = target.create(beside)
    return [first, replace(first, parents=(*beside.parents, sibling.id))]


@dataclass
class _Model:
    """What must be there, and the means to do a step and to look.

    Attributes:
        ids: Slot to ID, where one is chosen or was told.
        held: Slot to what the item there must show.
        left: Slots whose item was deleted or renamed away: whether their IDs
            serve again is another clause's, and no more than a SHOULD.
        story: The steps done, for a person.
    """

    target: Target
    resource: Resource
    places: list[Place]
    ids: dict[Slot, str] = field(default_factory=dict)
    held: dict[Slot, dict[str, Any]] = field(default_factory=dict)
    left: set[Slot] = field(default_factory=set)
    story: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Choose the IDs; under every parent the same, where that is allowed."""
        if self.resource.id.writable:
            for slot in range(SLOTS):
                same = self.target.new_id(self.resource)
                for number in range(len(self.places)):
                    own = self.resource.scope != "parent" and number
                    id_ = self.target.new_id(self.resource) if own else same
                    self.ids[number, slot] = id_

    def take(self, step: Step) -> None:
        """Do a step, and see that the answer is what a dictionary's would be."""
        at = (min(step["in"], len(self.places) - 1), step["slot"])
        self.story.append(f"{step['verb']} {at[0]}/{at[1]}")
        if step["verb"] == "RENAME":
            self.story[-1] += f" to {at[0]}/{step['to']}"
            self._rename(at, (at[0], step["to"]))
        elif step["verb"] in ("CREATE", "SAVE", "PATCH"):
            write = {"CREATE": self._create, "SAVE": self._save, "PATCH": self._patch}
            write[step["verb"]](at, step["other"])
        else:
            look_at = {"DELETE": self._delete, "GET": self.read, "LIST": self.list}
            look_at[step["verb"]](at)

    def _item(self, at: Slot) -> Item:
        place, id_ = self.places[at[0]], self.ids.get(at)
        return self.target.missing(place) if id_ is None else place.item(id_)

    def _insist(self, condition: object, words: str, also: str | None = None) -> None:
        insist(condition, f"{words}; after {', '.join(self.story)}", also)

    def _taken(self, answer: Exchange) -> None:
        if answer.status not in (401, 403):
            self._insist(not answer.refusal, f"refused: {answer.words}")
        succeeded(answer)

    def _mixed(self, answer: Exchange, other: Collection[str]) -> bool:
        """Say whether some values were refused beside others: a step not done."""
        some = 0 < len(other) < len(other_values(self.resource))
        return some and answer.status in (400, 409, 422)

    def _put_there(self, at: Slot, answer: Exchange, body: dict[str, Any]) -> bool:
        """Say whether an item is now there; an ID left before may be refused."""
        writable = self.resource.id.writable
        if writable and at in self.left and answer.refusal:
            return False
        self._taken(answer)
        if not writable and at not in self.held:
            self.ids[at] = str(item_of(answer)[self.resource.id.member])
        self.held[at] = body
        self.left.discard(at)
        return True

    def _refused(self, answer: Exchange, what: str) -> None:
        if not answer.refusal:
            succeeded(answer)
        self._insist(answer.refusal, f"{what} was not refused: {answer.words}")

    def _body(self, at: Slot, other: list[str]) -> dict[str, Any]:
        values = {name: self.resource.other[name] for name in other}
        if self.resource.id.writable:
            values[self.resource.id.member] = self.ids[at]
        return self.target.body(self.resource, **values)

    def _update(self, at: Slot, other: list[str]) -> dict[str, Any]:
        """Give a whole body; what is unique stays: it may be fixed once it is there."""
        held, claims = self.held.get(at, {}), self.resource.properties
        own = {n: v for n, v in held.items() if "x-unique" in claims.get(n, {})}
        return {**self._body(at, other), **own}

    def _create(self, at: Slot, other: list[str]) -> None:
        place = self.places[at[0]]
        if at not in self.held:
            body = self._body(at, other)
            answer = self.target.post(place, body)
            if not self._mixed(answer, other):
                self._put_there(at, answer, body)
        elif self.resource.id.writable:
            answer = self.target.post(place, self._body(at, other))
            self._refused(answer, "CREATE of an ID in use")

    def _save(self, at: Slot, other: list[str]) -> None:
        if at in self.held or self.resource.id.writable:
            body = self._update(at, other)
            answer = self.target.put(self._item(at), body)
            if not self._mixed(answer, other):
                self._put_there(at, answer, body)

    def _patch(self, at: Slot, other: list[str]) -> None:
        change = {n: self.resource.other[n] for n in other}
        change = change or self.target.patch_body(self.resource)
        if not change:
            return
        answer = self.target.patch(self._item(at), change)
        if at not in self.held:
            self._refused(answer, "PATCH of what is not there")
        elif not self._mixed(answer, change):
            self._taken(answer)
            self.held[at] = self.held[at] | change

    def _rename(self, at: Slot, to: Slot) -> None:
        if at not in self.held or at == to:
            return
        new = {self.resource.id.member: self.ids[to]}
        if _renamer(self.resource) == "PATCH":
            body = self.held[at] | new
            answer = self.target.patch(self._item(at), new)
        else:
            body = self._update(at, []) | new
            answer = self.target.put(self._item(at), body)
        if to in self.held:
            self._refused(answer, "an ID in use")
        elif self._put_there(to, answer, body):
            del self.held[at]
            self.left.add(at)

    def _delete(self, at: Slot) -> None:
        answer = self.target.delete(self._item(at))
        if at in self.held:
            self._taken(answer)
            del self.held[at]
            self.left.add(at)

    def read(self, at: Slot) -> None:
        """Look at a slot."""
        item = self._item(at)
        shown = look(self.target, item)
        self._agree(item, shown, self.held.get(at), "GET")

    def list(self, at: Slot) -> None:
        """Look at a list: of the whole collection, or narrowed to the slot."""
        item = self._item(at)
        if not countable(self.target, item.place) or self.resource.eventual:
            return
        page = page_of(self.target.page(item.place, narrowing(self.target, item)))
        member = self.resource.id.member
        shown = {str(e.get(member)): e for e in page.items if isinstance(e, dict)}
        whole = item.place.fresh
        slots = [s for s in self.ids if s[0] == at[0]] if whole else [at]
        for slot in slots:
            entry = shown.pop(self._item(slot).id, None)
            self._agree(self._item(slot), entry, self.held.get(slot), "LIST")
        self._insist(not (whole and shown), f"LIST shows {sorted(shown)} as well")

    def _agree(
        self, item: Item, shown: Values | None, held: Values | None, verb: str
    ) -> None:
        words = f"{verb} shows {item.path}" if shown else f"{verb} lacks {item.path}"
        also = "verbs.get.returns" if verb == "GET" and shown is None else None
        self._insist((shown is None) == (held is None), words, also)
        if shown is not None and held is not None:
            held = held if verb == "GET" else summarised(held, shown)
            wrong = different(self.resource, held, shown)
            self._insist(not wrong, f"{words} with {told(wrong, held, shown)}")
