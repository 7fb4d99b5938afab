"""Error Handling: the one shape, its code and message, and no crash."""

from conformance import Exchange, Profile, must
from conformance.checks._errors import (
    api,
    errors_told,
    holds,
    insist_on_shape,
    is_error,
    judged,
)
from conformance.exchange import GATEWAY
from conformance.expect import edge, insist
from conformance.profile import METHODS
from conformance.values import at, short


@must(
    "errors.shape",
    passive=True,
    of=judged,
    only=api,
    warns="What may be refused before the platform is asked SHOULD have it too.",
)
def check_errors_have_one_shape(exchange: Exchange, profile: Profile) -> None:
    """The body of every 4xx and 500 MUST have the one standard shape."""
    if is_error(exchange):
        insist_on_shape(profile, exchange)


@must(
    "errors.code",
    passive=True,
    of=judged,
    only=api,
    warns="The member for further data SHOULD be there.",
)
def check_errors_carry_a_code(exchange: Exchange, profile: Profile) -> None:
    """Each error MUST carry a code: text, or a number where the profile says so."""
    claimed, words = profile.errors, exchange.words
    entries = errors_told(profile, exchange)
    if not entries:
        return
    codes = [at(entry, claimed["code"]) for entry in entries]
    numeric = claimed.get("code_type") == "integer"
    wrong = [code for code in codes if not _is_code(code, numeric=numeric)]

    bare = [entry for entry in entries if "data" in claimed]
    edge(all(holds(entry, claimed["data"]) for entry in bare), f"no data: {words}")
    insist(not wrong, f"no code but {short(wrong[:1])}: {words}")


def _is_code(code: object, *, numeric: bool) -> bool:
    if numeric:
        return isinstance(code, int) and not isinstance(code, bool)
    return isinstance(code, str) and bool(code.strip())


@must(
    "errors.message",
    passive=True,
    of=judged,
    only=api,
    warns="A message SHOULD say something.",
)
def check_errors_carry_a_message(exchange: Exchange, profile: Profile) -> None:
    """Each error MUST carry a message that is text."""
    member, words = profile.errors["message"], exchange.words
    entries = errors_told(profile, exchange)
    if not entries:
        return
    messages = [at(entry, member) for entry in entries]
    wrong = [message for message in messages if not isinstance(message, str)]

    insist(not wrong, f"no message but {short(wrong[:1])}: {words}")
    edge(all(str(message).strip() for message in messages), f"empty: {words}")


def _asked(profile: Profile, method: str) -> bool:
    """Say whether some operation of the profile uses an HTTP method."""
    return method in {METHODS[operation.verb] for operation in profile.operations()}


@must(
    "errors.no_5xx",
    passive=True,
    # A gateway's own count when they come in every scope, which no one answer tells.
    of=lambda exchange: exchange.status >= 200 and exchange.status not in GATEWAY,
    warns="HEAD and OPTIONS SHOULD not be answered with 5xx either.",
)
def check_no_answer_is_5xx(exchange: Exchange, profile: Profile) -> None:
    """What a client sends MUST NOT be answered with 5xx."""
    method, fine = exchange.sent.method, exchange.status < 500
    soft = method in ("HEAD", "OPTIONS")
    unknown = exchange.status == 501 and not soft and not _asked(profile, method)

    edge(fine or not soft, exchange.words)
    insist(fine or soft or unknown, exchange.words)
