"""What the checks of grants share: right requests, errands, wrong values.

No checks here.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from conformance import Exchange, Item, Profile, Resource, Target
from conformance.config import Identity
from conformance.errors import Disturbed, NotProvided, Waits
from conformance.expect import (
    edge,
    insist,
    json_of,
    succeeded,
    token_of,
    unjudged,
    waits_for,
)
from conformance.logins import Login
from conformance.profile import makeable
from conformance.tokens import GRANTED_AGAIN
from conformance.values import at

READS = ("LIST", "GET")
REFRESH = "refresh_token"


def guarded(profile: Profile) -> bool:
    """Say whether the profile claims any flow."""
    return bool(profile.flows)


def granting(flow: str) -> bool:
    """Say whether a flow starts from credentials, not from an earlier grant."""
    return flow != REFRESH


def starting(profile: Profile) -> list[str]:
    """Name the claimed flows that start from credentials."""
    return [flow for flow in profile.flows if granting(flow)]


def refreshed_flows(profile: Profile) -> list[str]:
    """Name the flows whose answer carries a refresh token."""
    return list(profile.refresh_from) if REFRESH in profile.flows else []


# ------------------------------------------------------------------ right requests


def logging_in(
    target: Target, flow: str, others: Iterable[str]
) -> AbstractContextManager[Login]:
    """Log in by one of several flows that a row has payloads for.

    Raises:
        NotJudged: Nobody uses this flow, and somebody another of them.
        NotProvided: Nobody uses any of them.
    """
    if not target.identities(flow) and any(target.identities(f) for f in others):
        raise unjudged(f"no identity has the flow {flow}")
    return target.login(flow)


def granted(login: Login, answer: Exchange, flow: str) -> str:
    """Insist that a right request is granted a token; give its mark.

    Raises:
        NotJudged: It was refused, and nothing shows that the credentials are right.
    """
    if answer.refusal:
        told = at(answer.value, "error")
        words = f"a right request was refused: {answer.words}"
        if told == "unsupported_grant_type":
            raise waits_for("oauth.four_flows", words)
        insist(
            flow != REFRESH and not _known(login),
            f"{words}, though the same client or user got a token elsewhere",
        )
        raise unjudged(f"are the credentials right? {answer.words}")
    return token_of(answer, flow)


def _known(login: Login) -> bool:
    """Say whether the same client or user gets a token in another row."""
    mine = login.identity
    for other in login.target.identities():
        same_user = bool(mine.username) and other.username == mine.username
        if same_user or other.client_id == mine.client_id:
            try:
                login.target.token(other)
            except (Waits, Disturbed, NotProvided):
                continue
            return True
    return False


def insist_on_members(answer: Exchange) -> None:
    """Insist on what a token answer must tell besides the token."""
    value, words = json_of(answer), answer.words
    kind, lasts = value.get("token_type"), value.get("expires_in")
    number = isinstance(lasts, int | float) and not isinstance(lasts, bool)

    insist(answer.status == 200, f"not 200: {words}")
    insist(str(kind).lower() == "bearer", f"token_type is {kind!r}: {words}")
    edge(lasts is not None, f"no expires_in: {words}")
    insist(
        lasts is None or (number and lasts > 0 and lasts == int(lasts)),
        f"expires_in is {lasts!r}, no positive whole number: {words}",
    )


def lifetime_of(answer: Exchange, flow: str) -> float:
    """Give the seconds that a token lasts.

    Raises:
        Waits: The answer does not say; another row judges that.
    """
    lasts = at(json_of(answer), "expires_in")
    if isinstance(lasts, bool) or not isinstance(lasts, int | float) or lasts <= 0:
        words = f"expires_in is {lasts!r}: {answer.words}"
        raise waits_for(f"oauth.{flow}.grants", words, "token")
    return float(lasts)


def refresh_mark(answer: Exchange, flow: str) -> str:
    """Give the mark of a refresh token.

    Raises:
        Waits: There is none, where the flow's own row wants one.
    """
    mark = at(json_of(answer), REFRESH)
    if not isinstance(mark, str) or not mark:
        words = f"no refresh token: {answer.words}"
        raise waits_for(f"oauth.{flow}.grants", words, "token")
    return mark


class Family:
    """The right requests of a flow, one after another, each with its own answer."""

    def __init__(self, login: Login, flow: str) -> None:
        self.login = login
        self.flow = flow
        self._mark = ""

    def form(self) -> dict[str, str]:
        """Give the form of the next right request."""
        if self.flow != REFRESH:
            return self.login.form()
        return self.login.refresh_form(self._mark or self._first())

    def right(self) -> Exchange:
        """Send a right request; a family that a wrong one ended is begun anew."""
        answer = self.login.target.grant(self.form())
        if self.flow == REFRESH and answer.refusal:
            self._mark = ""
            answer = self.login.target.grant(self.form())
        if self.flow == REFRESH:
            told = at(answer.value, REFRESH)
            self._mark = told if isinstance(told, str) and told else self._mark
        return answer

    def _first(self) -> str:
        flow = self.login.identity.flow
        answer = self.login.grant()
        token_of(answer, flow)
        self._mark = refresh_mark(answer, flow)
        return self._mark


# --------------------------------------------------------------------------- errands


def errands(target: Target, identity: Identity, token: str) -> dict[str, Exchange]:
    """Use a token on the verbs of one resource that the identity's roles open.

    Returns:
        Verb → answer; an item made on the way is removed again.

    Raises:
        NotJudged: It is refused, and was granted elsewhere in the run as well.
    """
    resource = max(target.profile.resources.values(), key=_ease(target, identity))
    verbs = _opened(target, identity, resource)
    place, made = target.place(resource), None
    found: dict[str, Exchange] = {}
    if "LIST" in verbs:
        found["LIST"] = target.page(place, token=token)
    if "CREATE" in verbs:
        found["CREATE"] = target.post(place, target.body(resource), token=token)
        made = _made(place.item, found["CREATE"], resource)
    elif "GET" in verbs and makeable(resource):
        made = target.shared(resource)
        verbs = ["GET"]
    for verb in ("GET", "DELETE"):
        if made is not None and verb in verbs:
            found[verb] = target.perform(verb, made, token=token)
    if any(answer.status == 401 for answer in found.values()) and target.note(
        "granted again", lambda: target.session.tokens.granted_again(token)
    ):
        raise unjudged(GRANTED_AGAIN)
    return found


def _made(item: Any, answer: Exchange, resource: Resource) -> Item | None:
    id_ = at(answer.value, resource.id.member) if answer.success else None
    return item(id_) if isinstance(id_, str | int) else None


def _opened(target: Target, identity: Identity, resource: Resource) -> list[str]:
    writes = not target.session.read_only
    return [
        verb
        for verb in resource.verbs
        if identity.may(resource.roles.get(verb, ())) and (writes or verb in READS)
    ]


def _ease(target: Target, identity: Identity) -> Any:
    def ease(resource: Resource) -> tuple[int, int]:
        return len(_opened(target, identity, resource)), -len(resource.parents)

    return ease


def insist_usable(
    identity: Identity,
    found: Mapping[str, Exchange],
    before: Iterable[str] = (),
    tried: Iterable[Exchange] = (),
) -> None:
    """Insist that a token just granted opens what the identity's roles do.

    Args:
        identity: Whose token it is.
        found: Verb → what came of it.
        before: Verbs that an earlier token of the same identity did.
        tried: What came of the others that it tried.
    """
    for verb, answer in found.items():
        words = f"the token just granted is not taken: {answer.words}"
        insist(answer.status != 401, words, also="oauth.lifetime")
        if answer.status == 403 and identity.roles is None and verb not in before:
            raise unjudged(f"the roles of {identity.name} are not said: {answer.words}")
        insist(
            answer.status != 403,
            f"the token just granted opens nothing: {answer.words}",
        )
    if not any(answer.success for answer in found.values()):
        for answer in [*found.values(), *tried]:
            succeeded(answer)
        raise unjudged(f"no operation is open to {identity.name}")


# ---------------------------------------------------------------------- wrong values


def wrong_values(family: Family, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give forms with one parameter wrong, missing, empty or cut short.

    Left out is what a server may take: a secret's absence where the client may use
    a flow without, a refresh request's client, another right value.
    """
    form, login = family.form(), family.login
    if name not in form:
        raise unjudged(f"{login.identity.name} sends no {name}")
    if name == "grant_type":
        yield "an unregistered grant_type", {**form, name: "no_such_grant"}
    # One after another: each is made of the latest right one.
    near = _near(login.target, name, lambda: family.form()[name])
    for what, wrong in itertools.chain(near, _others(login, name)):
        if wrong and wrong not in _rights(login.target, name):
            yield f"{what} {name}", {**family.form(), name: wrong}
    if not _dispensable(login, family.flow, name):
        yield f"no {name}", {k: v for k, v in family.form().items() if k != name}
        yield f"an empty {name}", {**family.form(), name: ""}


def _near(
    target: Target, name: str, right: Callable[[], str]
) -> Iterator[tuple[str, str]]:
    """Give values that are nearly right; of a refresh token, of the latest one."""
    if name == "grant_type":
        return
    if name in ("client_id", "username"):
        other = "b" if right()[0] in "aA" else "a"
        yield "a wrong", other + right()[1:]
        # user10 without its last character may well be user1.
        yield "a shortened", right()[:-1].rstrip("0123456789")
        return
    yield "a wrong", target.derive(right(), "changed")
    yield "a shortened", target.derive(right(), "shortened")
    yield "a lengthened", target.derive(right(), "lengthened")
    if name != REFRESH:
        yield "an otherwise cased", target.derive(right(), "case")


def _others(login: Login, name: str) -> Iterator[tuple[str, str]]:
    """Give the secret of another client, that surely is another."""
    mine = login.identity
    for other in login.target.identities() if name == "client_secret" else ():
        differs = other.client_secret not in ("", mine.client_secret)
        sent = other.flow != "anonymous" and other.client_id != mine.client_id
        if sent and differs:
            yield "another client's", login.target.grant_form(other)[name]
            return


def _rights(target: Target, name: str) -> set[str]:
    """Give the values that would be right with another identity."""
    if name not in ("client_id", "username"):
        return set()
    return {getattr(identity, name) for identity in target.config.identities}


def _dispensable(login: Login, flow: str, name: str) -> bool:
    if name == "client_id":
        return flow == REFRESH
    mine = login.identity
    return name == "client_secret" and any(
        other.secretless or not other.client_secret
        for other in login.target.config.identities
        if other.client_id == mine.client_id
    )
