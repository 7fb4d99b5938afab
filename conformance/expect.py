"""The words that checks insist with. A `Breach` raised here accuses the target.

Each word knows whose clause a surprise belongs to: an answer that another row
judges makes the row wait for that row instead of accusing twice.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import Breach, Disturbed, NotJudged, Waits
from conformance.exchange import GATEWAY, Exchange
from conformance.profile import Resource
from conformance.session import Unit, current_unit, told_id
from conformance.tripped import called_from
from conformance.values import at, holds, same, short, stateful

if TYPE_CHECKING:
    from conformance.places import Item
    from conformance.target import Target

#: Verb → the clause that judges whether the profile's own example is taken.
FIRST: Mapping[str, str] = {
    "CREATE": "verbs.create.stores",
    "SAVE": "verbs.save.creates",
    "PATCH": "verbs.patch.merges",
    "GET": "verbs.get.returns",
    "LIST": "verbs.list.contains",
    "DELETE": "verbs.delete.removes",
}

# --------------------------------------------------------------------- insisting


def insist(condition: object, words: str, also: str | None = None) -> None:
    """Insist that something holds.

    Args:
        condition: What must hold.
        words: What was found instead.
        also: Another clause that it would be a breach of as well: what that one's
            own rows met too is left to them.

    Raises:
        Breach: It does not hold.
    """
    current_unit.get().asserted += 1
    if not condition:
        breach = Breach(words)
        if also is not None:
            breach.owners = ((also, words),)
        raise breach


def edge(condition: object, words: str) -> None:
    """Judge the clause's softer edge: a warning of its own row, no failure."""
    unit = current_unit.get()
    unit.edges_seen += 1
    if not condition:
        unit.edges.append(words)
        unit.session.tripped |= called_from(sys._getframe(1))  # noqa: SLF001 - no other way


def noted(words: str) -> None:
    """Have the report mention something, whatever the verdict."""
    current_unit.get().noted.append(words)


def unjudged(words: str) -> NotJudged:
    """Say that a payload gave nothing to judge; to be raised."""
    return NotJudged(words)


def waits_for(clause: str, cause: str, operation: str | None = None) -> Exception:
    """Give the signal to wait for the row that owns a deviation; to be raised.

    Args:
        clause: Whose deviation it is; when the row's own, it is the breach.
        cause: What was met.
        operation: ``buyers-CREATE`` or the like, to name the row by.
    """
    unit = current_unit.get()
    own = unit.row is not None and unit.row.clause == clause
    if own:
        unit.asserted += 1
        return Breach(cause)
    return Waits(unit.session.plan.owner(clause, operation), cause)


# ----------------------------------------------------------------------- answers


def succeeded(answer: Exchange) -> Exchange:
    """Insist on a 2xx answer to a right request.

    Raises:
        Waits: Another row judges what came instead.
        Breach: This row does.
    """
    _insist_on_api(answer)
    verb = answer.operation.rpartition("-")[2]
    if answer.refusal:
        clause = FIRST.get(verb, "status.success")
        if answer.status == 401 and answer.valid_token:
            clause = "oauth.lifetime"
        elif answer.status == 403 and answer.valid_token:
            clause = grants_clause(answer)
        raise waits_for(
            clause, f"a right request was refused: {answer.words}", answer.operation
        )
    current_unit.get().asserted += 1
    return answer


def grants_clause(answer: Exchange) -> str:
    """Name the clause that judges whether the identity's token is usable."""
    session = current_unit.get().session
    identity = session.tokens.identity(answer.identity) if answer.identity else None
    return f"oauth.{identity.flow if identity else 'password'}.grants"


def unusable(answer: Exchange) -> str | None:
    """Name the clause to which a 401 belongs, where no token opens anything.

    To be given to `insist`, which asks whether that one accuses.
    """
    valid = answer.status == 401 and answer.valid_token
    return grants_clause(answer) if valid else None


def taken(answer: Exchange) -> Exchange:
    """Go on when a generated value was taken; a refusal leaves nothing to judge."""
    if answer.refusal and unusable(answer) is None:
        raise NotJudged(f"refused: {answer.words}")
    return succeeded(answer)


def refused(answer: Exchange, what: str) -> Exchange:
    """Insist on a 4xx answer.

    Args:
        answer: The answer to a wrong request.
        what: What was wrong with the request.
    """
    _insist_on_api(answer)
    insist(answer.refusal, f"{what} was not refused: {answer.words}")
    return answer


def unsuccessful(answer: Exchange, what: str) -> Exchange:
    """Insist on no success: a 4xx, or a 5xx, which another row judges.

    To be followed by a look at the effect. Arguments as in `refused`.
    """
    if answer.status < 500 or answer.status in GATEWAY:
        return refused(answer, what)
    current_unit.get().asserted += 1
    return answer


def allowed(answer: Exchange, what: str) -> Exchange:
    """Insist on a 2xx answer to what the row's own clause allows.

    Args:
        answer: The answer to a right request.
        what: What was asked for, as a noun: a refusal of it is the breach.
    """
    if answer.status not in (401, 403):
        insist(not answer.refusal, f"{what} was refused: {answer.words}")
    return succeeded(answer)


def turned_down(answer: Exchange, what: str) -> bool:
    """Warn of a refusal of what SHOULD be taken, and say whether it was refused.

    Raises:
        Waits: The token was refused, which says nothing of what was asked.
    """
    if answer.status in (401, 403):
        succeeded(answer)
    edge(not answer.refusal, f"{what} was refused: {answer.words}")
    return answer.refusal


def untouched(before: Exchange, after: Exchange, what: str) -> None:
    """Insist that an item reads as it did, in all that only a write changes.

    Args:
        before: The item, read before.
        after: The item, read again.
        what: What must have left it alone.
    """
    resource, was = resource_of(before), stateful(resource_of(before), item_of(before))
    if after.status in (401, 403):
        succeeded(after)
    insist(not after.refusal, f"{what} made the item vanish: {after.words}")
    now = stateful(resource, item_of(after))
    wrong = [
        f"{name} was {short(was.get(name))}, is {short(now.get(name))}"
        for name in was | now
        # Both ways: an object may have gained a member.
        if not same(was.get(name), now.get(name), resource.properties.get(name))
        or not same(now.get(name), was.get(name), resource.properties.get(name))
    ]
    insist(not wrong, f"{what} changed the item: {'; '.join(wrong)}")


def _insist_on_api(answer: Exchange) -> None:
    """Leave 5xx and 3xx to the rows that judge them."""
    if answer.answer is not None and answer.answer.truncated:
        raise Disturbed(f"the answer is longer than is read: {answer.words}")
    if answer.status in GATEWAY:
        raise Disturbed(f"a gateway's own answer: {answer.words}")
    if answer.status >= 500:
        raise waits_for("errors.no_5xx", answer.words, answer.operation)
    if 300 <= answer.status <= 399:
        raise waits_for("status.no_redirect", answer.words, answer.operation)
    if answer.status < 200:
        raise Disturbed(f"no final answer: {answer.words}")


def json_of(answer: Exchange) -> Any:
    """Give the JSON value of an answer; what is no JSON is another row's."""
    assert answer.answer is not None  # noqa: S101 - it was recorded
    wrong = answer.answer.parsed[2]
    if wrong is not None:
        clause = "json.utf8" if answer.answer.text is None else "json.well_formed"
        raise waits_for(clause, f"{wrong}: {answer.words}", answer.operation)
    return answer.value


def item_of(answer: Exchange) -> dict[str, Any]:
    """Give the item that a success carries.

    Raises:
        Waits: No success, no JSON, or no item with its ID; names the row.
    """
    member = id_member(answer)
    value = _created(succeeded(answer), member) or json_of(answer)
    if not isinstance(value, dict) or member not in value:
        clause = "errors.no_false_success"
        if answer.status == 201:
            clause = "status.body_201"
        raise waits_for(
            clause, f"no item with its {member}: {answer.words}", answer.operation
        )
    return value


def item_after(target: "Target", item: "Item", answer: Exchange) -> dict[str, Any]:
    """Give the item that an update carries, or that is there after an empty success."""
    looked = answer.bare and "GET" in item.resource.verbs
    return item_of(target.get(item) if looked else answer)


def _created(answer: Exchange, member: str) -> dict[str, Any] | None:
    """Give what was created when its ID is in Location alone; None otherwise.

    status.body_201 warns of it, and nothing else has to stop for it.
    """
    value = answer.value if answer.answer and answer.answer.body else {}
    if answer.status != 201 or not isinstance(value, dict) or member in value:
        return None
    id_ = told_id(answer, member)
    return None if id_ is None else {**value, member: id_}


def id_member(answer: Exchange) -> str:
    """Name the ID's member of the resource that an exchange is about."""
    return resource_of(answer).id.member


def resource_of(answer: Exchange) -> Resource:
    """Give the resource that an exchange is about."""
    name = answer.operation.rpartition("-")[0]
    return current_unit.get().session.profile.resources[name]


def token_of(answer: Exchange, flow: str) -> str:
    """Give the mark of a granted access token.

    Raises:
        Waits: None was granted; names the row of the flow.
    """
    _insist_on_api(answer)
    value = json_of(answer) if answer.success else None
    token = value.get("access_token") if isinstance(value, dict) else None
    if not isinstance(token, str) or not token:
        raise waits_for(f"oauth.{flow}.grants", f"no token: {answer.words}", "token")
    current_unit.get().asserted += 1
    return token


# ------------------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class Page:
    """A list answer; members that the profile does not name are None.

    Attributes:
        items: In the order sent.
        page: 1-based.
        item_range: First and last item, 1-based.
        next: Link to the next page.
    """

    items: list[Any]
    page: int | None
    page_size: int | None
    total_count: int | None
    total_pages: int | None
    item_range: tuple[int, int] | None
    next: str | None
    answer: Exchange


def page_of(answer: Exchange) -> Page:
    """Read a list answer as the profile's envelope.

    Raises:
        Waits: No success, or no envelope: rows of other clauses judge that.
    """
    value = json_of(succeeded(answer))
    lists = current_unit.get().session.profile.lists
    items = at(value, lists["items"])
    if items is None and lists["items"] and holds(value, lists["items"]):
        items = []  # an empty list may be spelt as null
    if not isinstance(items, list):
        raise waits_for(
            "errors.no_false_success",
            f"no list of items: {answer.words}",
            answer.operation,
        )
    told = {
        name: at(value, lists[name])
        for name in (
            "page",
            "page_size",
            "total_count",
            "total_pages",
            "item_range",
            "next",
        )
        if name in lists
    }
    span = told.pop("item_range", None)
    pair = tuple(span) if isinstance(span, list) and len(span) == 2 else None
    return Page(
        items=items,
        item_range=pair,
        answer=answer,
        **{
            name: told.get(name)
            for name in ("page", "page_size", "total_count", "total_pages", "next")
        },
    )


def ids_of(items: Iterable[Any], member: str) -> list[str]:
    """Give the IDs of listed items, as text, in order."""
    return [str(item.get(member)) for item in items if isinstance(item, dict)]


def unit() -> Unit:
    """Give the unit whose body is running."""
    return current_unit.get()
