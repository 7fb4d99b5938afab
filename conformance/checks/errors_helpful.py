"""Error Handling: an error says the same each time, what was wrong, and no more."""

from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from conformance import Exchange, Operation, Profile, Resource, Target, should
from conformance.checks._errors import (
    answered,
    crashed,
    early,
    errors_told,
    is_error,
    judged,
    leaves,
    missing_place,
    names_in,
    path_ids,
    too_long,
    truncated,
    wrong_type,
)
from conformance.expect import insist, succeeded, unjudged, unusable, waits_for
from conformance.values import at

#: What a body that breaks the schema is refused with.
_INVALID = (400, 422)
#: What only the inside of a server writes: all the words of one line together.
_INSIDE: dict[str, Sequence[tuple[str, ...]]] = {
    "a stack trace": (
        ("Traceback (most recent call last)",),
        ("\n   at ",),
        ("\n\tat ",),
        ("goroutine ", "[running]"),
        (".cs:line ",),
        (".java:", ")"),
        ('.py", line ',),
        ("node:internal/",),
        ("/node_modules/",),
        ("NullReferenceException",),
        ("NullPointerException",),
    ),
    "SQL": (
        ("SELECT ", " FROM "),
        ("INSERT INTO ",),
        ("UPDATE ", " SET "),
        ("DELETE FROM ",),
        ("SQLSTATE",),
        ("SqlException",),
        ("ORA-0", ": "),
        ("syntax error at or near",),
        ("violates unique constraint",),
        ("violates not-null constraint",),
        ("Violation of UNIQUE KEY",),
        ("Violation of PRIMARY KEY",),
        ("UNIQUE constraint failed",),
        ("duplicate key value",),
        ("E11000", "duplicate key"),
    ),
}
#: How paths of file systems begin.
_ROOTS = (
    "/home/",
    "/usr/",
    "/var/",
    "/opt/",
    "/srv/",
    "/etc/",
    "/root/",
    "/tmp/",  # noqa: S108 - looked for in answers
    "C:\\",
    "D:\\",
    "file:///",
)
_BEFORE_PATH = " \n\t\"'`([{<=,;"


@should(
    "errors.stable",
    only=lambda operation: operation.verb != "LIST" or bool(operation.resource.parents),
    cost=2,
)
def check_same_mistake_same_error(target: Target, operation: Operation) -> None:
    """The same mistake SHOULD be answered with the same status and code."""
    first, again = (_mistake(target, operation) for _ in range(2))
    if not (answered(first).refusal and answered(again).refusal):
        raise unjudged(f"not refused: {first.words}, {again.words}")
    told = [(a.status, _codes(target.profile, a)) for a in (first, again)]
    for answer in (first, again) if told[0] != told[1] else ():
        if answer.status == 401 and answer.valid_token:
            succeeded(answer)  # the token's row judges that
    insist(told[0] == told[1], f"first {told[0]}, then {told[1]}: {again.words}")


def _mistake(target: Target, operation: Operation) -> Exchange:
    resource, verb = operation.resource, operation.verb
    if verb == "LIST":
        return target.page(missing_place(target, resource))
    missing = target.missing(target.place(resource))
    if verb not in ("CREATE", "SAVE"):
        return target.perform(verb, missing)
    raw = truncated(target, target.body(resource))
    if verb == "CREATE":
        return target.post(missing.place, None, raw=raw, deliberate=True)
    return target.put(missing, None, raw=raw, deliberate=True)


def _codes(profile: Profile, answer: Exchange) -> list[object]:
    return [at(e, profile.errors["code"]) for e in errors_told(profile, answer)]


def _mistakes(resource: Resource) -> Iterator[tuple[str, dict[str, object] | None]]:
    """Give properties with what makes them wrong; None for leaving them out."""
    for name in resource.required[:1]:
        yield name, None
    for wrong in (wrong_type(resource), too_long(resource)):
        for name in wrong:
            yield name, wrong


@should(
    "errors.names_the_field",
    only=lambda creatable: any(True for _ in _mistakes(creatable)),
    cost=3,
)
def check_error_names_the_property(target: Target, creatable: Resource) -> None:
    """The refusal of an invalid body SHOULD name the property that is wrong."""
    unnamed, refused = [], 0
    for name, wrong in _mistakes(creatable):
        body = target.body(creatable) | (wrong or {})
        if wrong is None:
            del body[name]
        answer = answered(target.post(target.place(creatable), body, deliberate=True))
        if unusable(answer):
            raise waits_for("oauth.lifetime", answer.words, answer.operation)
        if answer.status not in _INVALID or early(answer):
            continue
        refused += 1
        told = "".join(_told(target.profile, answer))
        if _letters(name) not in _letters(told):
            unnamed.append(f"{name}: {answer.words}")
    if not refused:
        raise unjudged("no wrong property was refused")

    insist(not unnamed, f"not named: {'; '.join(unnamed)}")


def _told(profile: Profile, answer: Exchange) -> Iterator[str]:
    """Give all that a refusal says: values, and names that are not the shape's own."""
    errors = errors_told(profile, answer)
    yield from leaves(errors)
    paths = (profile.errors.get(part, "") for part in ("code", "message", "data"))
    own = {name for path in paths for name in path.split(".")}
    for error in errors:
        yield from (name for name in error if name not in own)
        yield from (name for part in error.values() for name in names_in(part))


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


@should("errors.no_leak", passive=True, of=judged)
def check_errors_show_no_inside(exchange: Exchange) -> None:
    """An error SHOULD NOT show a stack trace, SQL or a path of a file."""
    if is_error(exchange) or crashed(exchange):
        found = _leak(exchange)
        insist(found is None, f"{found}: {exchange.words}")


def _leak(exchange: Exchange) -> str | None:
    """Name what an answer shows of the server's inside that nobody had sent it."""
    text = _plain(exchange.answer.body if exchange.answer else b"")
    sent = _plain(exchange.sent.body or b"") + unquote(exchange.sent.url)
    for what, marks in _INSIDE.items():
        for words in marks:
            if all(w in text for w in words) and not all(w in sent for w in words):
                return f"{what} ({words[0].strip()})"
    root = next((r for r in _ROOTS if r not in sent and _begins(text, r)), None)
    return root and f"a path ({root})"


def _plain(body: bytes) -> str:
    """Give a body's text with the escapes of JSON undone that hide such words."""
    text = body.decode("utf-8", "replace").replace("\\\\", "\\")
    for written, meant in (
        ("\\r", ""),
        ("\\n", "\n"),
        ("\\t", "\t"),
        ("\\/", "/"),
        ('\\"', '"'),
    ):
        text = text.replace(written, meant)
    return text.replace("\r", "")


def _begins(text: str, root: str) -> bool:
    """Say whether a path begins in a text, and no URL goes on with it."""
    start = text.find(root)
    while start > 0 and text[start - 1] not in _BEFORE_PATH:
        start = text.find(root, start + 1)
    return start >= 0


@should(
    "errors.not_found_data",
    passive=True,
    of=judged,
    only=lambda watched: watched.resource is not None,
)
def check_not_found_says_what(exchange: Exchange, profile: Profile) -> None:
    """An answer of 404 SHOULD tell type and ID of what was not found."""
    allowed = exchange.valid_token or not profile.flows
    if exchange.status != 404 or exchange.deliberate or not allowed:
        return
    resource = profile.resources[exchange.operation.rpartition("-")[0]]
    ids = path_ids(resource, exchange)
    if not ids or _paged(profile, exchange):
        return
    told = [
        text
        for error in errors_told(profile, exchange)
        for text in leaves(_further(profile, error))
    ]

    insist(any(id_ in text for id_ in ids for text in told), f"no ID: {exchange.words}")
    types = [text for text in told if text not in ids and not text.isdigit()]
    kinds = [_letters(name)[:4] for name in (resource.name, *resource.parents)]
    types += [
        name
        for error in errors_told(profile, exchange)
        for name in names_in(_further(profile, error))
        if any(kind in _letters(name) for kind in kinds)
    ]
    insist(any(types), f"no type: {exchange.words}")


def _paged(profile: Profile, exchange: Exchange) -> bool:
    """Say whether a page of a list was asked for: it may be what was not found."""
    page = profile.query.get("page")
    listed = exchange.operation.endswith("-LIST")
    return listed and f"{page}=" in exchange.sent.url.partition("?")[2]


def _further(profile: Profile, error: dict[str, object]) -> object:
    """Give the member that tells what was wrong; the whole error without one."""
    claimed = profile.errors.get("data")
    return at(error, claimed) if claimed else error
