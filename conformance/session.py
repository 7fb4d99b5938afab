"""What all rows of a run share: items, IDs, the ledger, races, its tokens."""

import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.config import Config
from conformance.errors import Disturbed, HarnessError, NotProvided, Stopped, Waits
from conformance.exchange import Exchange, Key
from conformance.ledger import Ledger
from conformance.line import Line, Request
from conformance.logins import Accounts
from conformance.naming import fresh_id, fresh_uuid, fresh_value
from conformance.places import LEFT_OUT, Item, Place
from conformance.profile import Profile, Resource
from conformance.racing import Races
from conformance.target import Target
from conformance.tokens import Tokens
from conformance.verdict import ATTEMPTS

if TYPE_CHECKING:
    from conformance.plan import Plan, Row

READING = ("GET", "HEAD", "OPTIONS")
#: The means that lets a run write, as the target file calls it.
WRITES = "allow_writes"
LEFTOVERS = "allow_leftovers"


@dataclass(slots=True)
class Unit:
    """One attempt at one payload of one row, or the making of a shared thing.

    Attributes:
        name: A row's id, or the name of what rows share.
        created: What may exist because of this unit, oldest first.
        asserted: How often the body insisted on something.
        edges: What the softer edge of the clause has to say.
        noted: What the report should mention, whatever the verdict.
        beside: Collections in which this unit made what others refer to.
    """

    session: "Session"
    name: str
    row: "Row | None" = None
    attempt: int = 0
    payload: int = 0
    created: list[Item] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    exchanges: list[Exchange] = field(default_factory=list)
    asserted: int = 0
    edges: list[str] = field(default_factory=list)
    edges_seen: int = 0
    noted: list[str] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)
    _numbers: dict[int, int] = field(default_factory=dict)
    _ids: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def target(self) -> Target:
        """Give the target as this unit sees it."""
        return Target(self.session, self)

    def key(self, lane: int) -> Key:
        """Give the key of the lane's next event."""
        with self._lock:
            number = self._numbers[lane] = self._numbers.get(lane, -1) + 1
        return Key(self.name, self.attempt, self.payload, lane, number)

    def next_number(self) -> int:
        """Count what this unit names."""
        with self._lock:
            self._ids += 1
            return self._ids

    def http(self, request: Request, lane: int) -> Exchange:
        """Send a request as this unit's.

        Raises:
            NotProvided: It would write, and the owner did not allow writes.
        """
        reads = request.method in READING or request.operation == "token"
        if self.session.read_only and not reads:
            raise NotProvided(WRITES)
        exchange = self.session.line.http(self.key(lane), request)
        with self._lock:
            self.exchanges.append(exchange)
        return exchange

    def first_at(self, path: str) -> bool:
        """Say whether what others refer to is still to be made in a collection."""
        with self._lock:
            first = path not in self.beside
            self.beside.add(path)
        return first

    def note(self, kind: str, learn: Callable[[], Any], lane: int = 0) -> Any:
        """Learn something of the world as this unit."""
        return self.session.line.note(self.key(lane), kind, learn)


#: The unit whose body is running on this thread.
current_unit: ContextVar[Unit] = ContextVar("current_unit")


@dataclass
class _Shared:
    """A thing that rows share: made once, by whoever asks first.

    Attributes:
        made: Somebody began to make it, and whoever has the lock finds it done.
        ready: Its value stands, and is read without the lock.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    failure: Exception | None = None
    made: bool = False
    ready: bool = False


class Session:
    """The state of one run.

    Attributes:
        prefix: Stands in every ID and label that the run makes.
        seed: Everything drawn follows from it.
        tripped: Lines of checks and expectations that accused the target.
    """

    def __init__(  # noqa: PLR0913 - the parts of a run
        self,
        profile: Profile,
        config: Config,
        line: Line,
        ledger: Ledger,
        *,
        prefix: str,
        seed: int,
        read_only: bool = False,
    ) -> None:
        self.profile = profile
        self.config = config
        self.line = line
        self.ledger = ledger
        self.prefix = prefix
        self.seed = seed
        self.read_only = read_only
        self.plan: Plan
        # Exchange → the generated row that met a breach of errors or json in it.
        self.met: dict[str, str] = {}
        self.units: list[Unit] = []
        self.tripped: set[str] = set()
        self.clock: Callable[[], float] = time.time
        self._shared: dict[str, _Shared] = {}
        # Name of a shared thing → ids of what was said in its making.
        self._said: dict[str, list[str]] = {}
        # Paths that some unit answers for; another that reads them does not.
        self._made: set[str] = set()
        self._lock = threading.Lock()
        self.races = Races()
        self.accounts = Accounts(config)
        self.tokens = Tokens(self)

    # --------------------------------------------------------------- shared things

    def once(self, name: str, make: Callable[[Unit], Any]) -> Any:
        """Make a thing that rows share, once; a failure is shared too.

        Where there was no answer it is made again, as a row would be tried again.

        Args:
            name: Of the thing; events of its making have this as their unit.
            make: Gets a unit of its own.
        """
        known = self._shared.get(name)
        if known is not None and known.ready:
            return known.value
        with self._lock:
            shared = self._shared.setdefault(name, _Shared())
        with shared.lock:
            if not shared.made:
                shared.made = True
                for attempt in range(ATTEMPTS):
                    self._make(name, shared, make, attempt)
                    if not self._disturbed(shared):
                        break
        if shared.failure is not None:
            raise _told_again(shared.failure)
        return shared.value

    def _make(
        self, name: str, shared: _Shared, make: Callable[[Unit], Any], attempt: int
    ) -> None:
        unit = Unit(self, name, attempt=attempt)
        with self._lock:
            self.units.append(unit)
        token = current_unit.set(unit)
        try:
            shared.value = make(unit)
            shared.ready, shared.failure = True, None
        except (Waits, Disturbed, NotProvided, Stopped) as failure:
            shared.failure = failure
        except Exception as error:
            words = f"{name}: {type(error).__name__}: {error}"
            shared.failure = HarnessError(words)
            raise
        finally:
            current_unit.reset(token)
            with self._lock:
                said = self._said.setdefault(name, [])
                said += [exchange.id for exchange in unit.exchanges]
            # The record has them; as in a row's unit, only what was made of them stays.
            unit.exchanges.clear()

    def _disturbed(self, shared: _Shared) -> bool:
        """Say whether a thing that was not made may be at the next attempt."""
        over = self.line.stop.is_set() or self.line.dead is not None
        return isinstance(shared.failure, Disturbed) and not over

    def exchanges_of(self, name: str) -> list[Exchange]:
        """Give what was said in the making of a shared thing."""
        with self._lock:
            ids = list(self._said.get(name, ()))
        return self.line.recorder.find(ids)

    def shared(self, resource: Resource) -> Item:
        """Give the run's own item of a resource, that no row changes."""
        make = _first_listed if self.read_only else _created
        made: Item = self.once(
            f"shared {resource.name}", lambda unit: make(unit, resource)
        )
        return made

    # ------------------------------------------------------------------ IDs, bodies

    def new_id(self, unit: Unit, resource: Resource) -> str:
        """Give an ID with the run's prefix, the same in every playback."""
        return fresh_id(resource.id, self.prefix, _whose(unit))

    def new_uuid(self, unit: Unit) -> str:
        """Give a UUID that nothing has, the same in every playback."""
        return fresh_uuid(self.prefix, _whose(unit))

    def body(
        self, unit: Unit, resource: Resource, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Give a valid body: example, an ID of ours, unique values, a label."""
        member = resource.id.member
        made = {**resource.example}
        if resource.id.writable and member not in changes:
            made[member] = self.new_id(unit, resource)
        for name, referred in resource.references.items():
            if name not in made and name not in changes:
                made[name] = self.reference(self.profile.resources[referred])
        for name, claimed in resource.properties.items():
            if "x-unique" in claimed and name in made and name not in changes:
                made[name] = self.unique_value(unit, resource, name)
        label = resource.label
        no_id = changes.get(member) is LEFT_OUT or member not in {**made, **changes}
        if no_id and label and label not in changes:
            made[label] = resource.labelled(f"{self.prefix} {made.get(label, '')}")
        made |= changes
        return {name: value for name, value in made.items() if value is not LEFT_OUT}

    def reference(self, referred: Resource) -> str:
        """Give the ID of an item for others to refer to.

        What has parents is referred to under the same parents, so it has one ID
        under them all: see `Target.beside`.
        """
        if not referred.parents:
            return self.shared(referred).id
        unit = Unit(self, f"beside {referred.name}")
        return self.new_id(unit, referred)

    def made(self, path: str) -> bool:
        """Say whether the run made what is at a path."""
        return path in self._made

    def unique_value(self, unit: Unit, resource: Resource, name: str) -> Any:
        """Give a value that no other item has, in the form of the example's."""
        words = f"{unit.name}{unit.attempt}{unit.payload}|{unit.next_number()}"
        example = resource.example[name]
        return fresh_value(resource.properties[name], example, self.prefix, words)

    # ------------------------------------------------------------- the ledger's view

    def before(
        self,
        verb: str,
        *,
        item: Item | None,
        place: Place | None,
        body: Any,
    ) -> None:
        """Write down what a request may create, before it is sent.

        Raises:
            NotProvided: The owner did not allow writes, or leftovers.
        """
        if verb in ("LIST", "GET"):
            return
        if self.read_only:
            raise NotProvided(WRITES)
        made_of = place or (item.place if item else None)
        if verb in ("CREATE", "SAVE") and made_of and not self._may_leave(made_of):
            raise NotProvided(LEFTOVERS)
        if verb == "CREATE" and place is not None:
            given = (
                body.get(place.resource.id.member) if isinstance(body, dict) else None
            )
            made = place.item(given) if isinstance(given, str) and given else None
            self.ledger.intend(made.path if made else place.path, place.resource.name)
        elif verb == "SAVE" and item is not None:
            self.ledger.intend(item.path, item.resource.name)
        if verb in ("SAVE", "PATCH") and item is not None and isinstance(body, dict):
            renamed = body.get(item.resource.id.member)
            if isinstance(renamed, str) and renamed not in ("", item.id):
                made = item.place.item(renamed)
                self.ledger.intend(made.path, made.resource.name)

    def _may_leave(self, place: Place) -> bool:
        """Say whether what is made there can be removed, or may stay."""
        return "DELETE" in place.resource.verbs or self.config.allow_leftovers

    def after(
        self,
        unit: Unit,
        verb: str,
        answer: Exchange,
        *,
        item: Item | None,
        place: Place | None,
    ) -> None:
        """Note what now exists, or is gone, as far as the answer tells."""
        where = place or (item.place if item else None)
        if where is None or verb == "LIST":
            return
        if verb in ("CREATE", "SAVE", "PATCH") and answer.success:
            id_ = told_id(answer, where.resource.id.member)
            made = where.item(id_) if id_ is not None else item
            if verb != "PATCH" or (made and item and made.id != item.id):
                self._note_created(unit, made)
            if verb == "SAVE" and item and made and made.id != item.id:
                self._note_created(unit, item)
        elif verb == "DELETE" and answer.success and item:
            unit.gone.add(item.path)
            unit.beside.clear()
        elif verb == "GET" and answer.success and item:
            unit.gone.discard(item.path)
            if self.prefix in item.id and item.path not in self._made:
                self._note_created(unit, item)

    def _note_created(self, unit: Unit, item: Item | None) -> None:
        if item is None:
            return
        self._made.add(item.path)
        unit.gone.discard(item.path)
        if all(known.path != item.path for known in unit.created):
            unit.created.append(item)
            self.ledger.made(item.path, item.resource.name)

    def close(self) -> None:
        """End what races."""
        self.races.close()


def _whose(unit: Unit) -> str:
    return f"{unit.name}|{unit.attempt}|{unit.payload}|{unit.next_number()}"


def _created(unit: Unit, resource: Resource) -> Item:
    return unit.target.create(resource)


def _first_listed(unit: Unit, resource: Resource) -> Item:
    """Take somebody's item to read, where nothing may be written.

    Raises:
        NotProvided: There is none.
    """
    from conformance import expect  # noqa: PLC0415 - expect imports this module

    if "LIST" not in resource.verbs:
        raise NotProvided(WRITES)
    place = unit.target.place(resource)
    member = resource.id.member
    for body in expect.page_of(unit.target.page(place)).items:
        if isinstance(body, dict) and body.get(member) not in (None, ""):
            return place.item(body[member], body)
    raise NotProvided(WRITES)


def _told_again(failure: Exception) -> Exception:
    """Give a failure that many rows share as one of the row's own."""
    if isinstance(failure, Waits):
        return Waits(failure.row, failure.cause, shared=True)
    return type(failure)(*failure.args)


def told_id(answer: Exchange, member: str) -> str | int | None:
    """Give the ID that an answer tells: in its body, or else a 201 in Location."""
    value = answer.value
    told = value.get(member) if isinstance(value, dict) else None
    if isinstance(told, str | int) and told != "":
        return told
    location = answer.header("location") if answer.status == 201 else None
    path = urllib.parse.urlsplit(location or "").path.rstrip("/")
    return urllib.parse.unquote(path.rpartition("/")[2]) or None
