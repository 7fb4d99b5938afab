"""OAuth 2: what every exchange of the run shows of tokens, roles and secrets."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance import Exchange, Profile, Resource, Watched, must, should
from conformance.checks._errors import value_of
from conformance.checks._oauth import guarded
from conformance.checks._oauth_roles import texts
from conformance.exchange import Malformed, strict_json
from conformance.expect import edge, insist, resource_of, unit, waits_for
from conformance.vault import BEGIN, SHORT, SHORTEST, encodings, marks_in

#: What a token answer is there to hold.
_TOKENS = ("access_token", "refresh_token", "id_token")
#: What a gateway says before the platform is asked.
_BEFORE_THE_PLATFORM = (413, 414, 429, 431)


@must(
    "oauth.lifetime",
    passive=True,
    when=guarded,
    only=lambda watched: watched.resource is not None,
    # 401 for want of a role is another clause's.
    of=lambda exchange: exchange.valid_token and not exchange.notes.get("lacks_role"),
)
def check_a_valid_token_is_honoured(exchange: Exchange) -> None:
    """A token that has not ended MUST NOT be answered with 401."""
    single = unit().session.config.single_session
    # A grant under way elsewhere may have ended the token a moment before.
    replaced = single and exchange.status == 401
    insist(exchange.status != 401 or replaced, f"a valid token: {exchange.words}")


# ------------------------------------------------------------------------------ roles


def _with_roles(watched: Watched) -> bool:
    resource, verb = watched.resource, watched.verb
    return resource is not None and bool(resource.roles.get(verb or ""))


def _for_want_of_a_role(exchange: Exchange) -> bool:
    early = exchange.status in _BEFORE_THE_PLATFORM
    return bool(exchange.notes.get("lacks_role")) and exchange.refusal and not early


@must(
    "oauth.missing_roles_listed",
    passive=True,
    when=guarded,
    only=_with_roles,
    of=_for_want_of_a_role,
    needs=("low_role_identity",),
    warns="The roles SHOULD stand in a member of their own, not in the message alone.",
)
def check_missing_roles_are_listed(exchange: Exchange, profile: Profile) -> None:
    """A refusal for want of a role MUST list a role that is missing."""
    if exchange.status == 401:
        # It says that the token is none, not what the token lacks.
        raise waits_for("status.forbidden_403", exchange.words, exchange.operation)
    verb = exchange.operation.rpartition("-")[2]
    opening = set(resource_of(exchange).roles[verb])
    had = set(unit().session.tokens.identity(exchange.identity or "").roles or ())
    value = value_of(exchange)
    message = profile.errors["message"].rpartition(".")[2]

    lists = _lists(value, (message, "error_description"))
    listed = any(found & opening and not found & had for found in lists)
    words = " ".join(texts(value))
    edge(listed, f"only in a message: {exchange.words}")
    insist(
        listed or any(role in words for role in opening),
        f"none of {sorted(opening)} is listed: {exchange.words}: {words[:200]}",
    )


def _lists(value: Any, but: tuple[str, ...]) -> Iterator[set[str]]:
    """Give every array and delimited text at any depth, each as a set of words."""
    if isinstance(value, str):
        yield set(value.translate(str.maketrans(",;|[]()\"'", " " * 9)).split())
        yield {part.strip() for part in value.split(",")}
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in but:
                yield from _lists(part, but)
    elif isinstance(value, list):
        words = {part for part in value if isinstance(part, str)}
        objects = [part for part in value if isinstance(part, Mapping)]
        named = [p for part in objects for n, p in part.items() if n not in but]
        yield words
        yield {part for part in named if isinstance(part, str)}
        for part in value:
            if not isinstance(part, str):
                yield from _lists(part, but)


# ---------------------------------------------------------------------------- secrets


@should("oauth.no_secret_echo", passive=True, when=guarded)
def check_no_secret_is_sent_back(exchange: Exchange) -> None:
    """No answer SHOULD hold a secret, a password or a token that is ours."""
    about = exchange.operation not in ("token", "elsewhere")
    resource = resource_of(exchange) if about else None
    found = set()
    if _marked(exchange):
        found = {m for m in marks_in(_shown(exchange, resource)) if SHORT not in m}
    if resource is not None:
        found |= _passwords(exchange, resource)
    insist(not found, f"{', '.join(sorted(found))} in {exchange.words}")


def _marked(exchange: Exchange) -> bool:
    """Say whether a mark stands anywhere in an answer: reading all takes longer."""
    answer = exchange.answer
    if answer is None:
        return False
    headed = any(BEGIN in value for _, value in answer.headers)
    return headed or BEGIN.encode() in answer.body


def _shown(exchange: Exchange, resource: Resource | None) -> str:
    """Give all that an answer holds, but for what it is there to hold."""
    answer = exchange.answer
    if answer is None:
        return ""
    but: list[str] = []
    if resource is not None:
        but = [n for n, c in resource.properties.items() if c.get("x-readable")]
    elif exchange.operation == "token" and answer.success:
        but = list(_TOKENS)
    headers = [value for _, value in answer.headers]
    body = texts(answer.value, but) if but and answer.value else [answer.text or ""]
    return "\n".join([*headers, *body])


def _passwords(exchange: Exchange, resource: Resource) -> set[str]:
    """Name the secret properties whose value, as we send it, stands in an answer."""
    secret = [n for n, claimed in resource.properties.items() if _secret(claimed)]
    if not secret or exchange.answer is None:
        return set()
    sent, body = _sent(exchange), exchange.answer.body
    # A text that stands elsewhere in the item too comes back by right.
    plain = [str(value) for name, value in sent.items() if name not in secret]
    return {
        name
        for name in secret
        for values in (resource.example, resource.other, sent)
        for text in [values.get(name)]
        if isinstance(text, str) and len(text) >= SHORTEST and text not in plain
        if any(form in body for form in encodings(text).values())
    }


def _secret(claimed: Mapping[str, Any]) -> bool:
    return claimed.get("format") == "password" and not claimed.get("x-readable")


def _sent(exchange: Exchange) -> Mapping[str, Any]:
    """Give the item that was sent, if a right one was."""
    if exchange.deliberate or not exchange.sent.body:
        return {}
    try:
        value, _ = strict_json(exchange.sent.body.decode("utf-8", "replace"))
    except Malformed:
        return {}
    return value if isinstance(value, dict) else {}
