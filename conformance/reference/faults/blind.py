"""Faults that were described before the checks were read: wire, text, dates, tokens.

``docs/blind-faults.md`` tells of all thirty, and how many were seen at first sight.
"""

import asyncio
import contextlib
import itertools
import re
import struct
import time
from collections import Counter, deque
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from typing_extensions import override

from conformance.reference.admission import Canned, listen_in_clear
from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Grant, Mistake, Problem, refuse
from conformance.reference.faults import fault
from conformance.reference.faults.oauth_roles import crowding
from conformance.reference.lists import Page
from conformance.reference.schema import Findings, instant
from conformance.reference.store import Record

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(T.*)")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class _OneRule(Canned):
    """Answers POST to one path and hangs up on everything else."""

    def __init__(self, path: str, location: str) -> None:
        super().__init__("301 Moved Permanently", f"location: {location}\r\n")
        self.line = f"POST {path} ".encode()

    @override
    def chosen(self, data: bytes) -> bytes:
        return self.answer if data.startswith(self.line) else b""


@fault("https.plain_port_refused", dimension="one path only")
def plain_port_redirects_token_posts(server: Server) -> None:
    """The plain port redirects token requests and hangs up on everything else."""
    path = server.claims.token_path
    listen_in_clear(server, lambda _running: _OneRule(path, server.token_url()))


@fault("https.no_insecure_links", level="SHOULD", dimension="resources with a parent")
def nested_location_in_clear(server: Server) -> None:
    """Location begins with http under a parent, and is relative elsewhere."""

    def around(inner: Any, call: Call, record: Record) -> str:
        address: str = inner(call, record)
        if call.claimed.parents:
            return address.replace("https://", "http://", 1)
        return address.removeprefix(server.authority(call))

    server.wrap("location", around)


@fault("json.utf8", dimension="one error in 25")
def rare_error_bom(server: Server) -> None:
    """Every 25th answer in the 4xx range begins with a byte order mark."""
    errors = itertools.count(1)

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if 400 <= answer.status < 500 and answer.body and next(errors) % 25 == 0:
            answer.body = b"\xef\xbb\xbf" + answer.body
        return answer

    server.wrap("finish", around)


def _accepting(server: Server, change: Any) -> None:
    """Let ``change(call, name, value)`` rewrite what is about to be stored."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        return inner(call, name, change(call, name, value), findings, **how)

    server.wrap("accept", around)


@fault("json.unicode_roundtrip", dimension="one verb, beyond the BMP only")
def patched_text_loses_astral(server: Server) -> None:
    """PATCH turns each character beyond U+FFFF of a text into a question mark."""

    def change(call: Call, _name: str, value: Any) -> Any:
        patched = call.verb == "PATCH" and isinstance(value, str)
        return _ASTRAL.sub("?", value) if patched else value

    _accepting(server, change)


def _single(value: Any, *, listed: bool = False) -> Any:
    """Let whole numbers that are elements of arrays go through a 32-bit float."""
    match value:
        case dict():
            return {name: _single(part) for name, part in value.items()}
        case list():
            return [_single(part, listed=True) for part in value]
        case int() if listed and not isinstance(value, bool) and abs(value) < 2**100:
            return int(struct.unpack("f", struct.pack("f", value))[0])
    return value


@fault("json.numbers", dimension="arrays inside the extension only")
def xp_array_ints_single_precision(server: Server) -> None:
    """Whole numbers in arrays of the extension are stored as 32-bit floats."""

    def change(_call: Call, name: str, value: Any) -> Any:
        return _single(value) if name == server.claims.extension else value

    _accepting(server, change)


@fault("json.takes_label", dimension="only when a header is present")
def labelled_delete_refused(server: Server) -> None:
    """DELETE without a body but with a media type is refused with 400."""

    async def around(inner: Any, call: Call) -> Answer:
        if "content-type" in call.request.headers and not call.body:
            raise refuse(400, "Request.InvalidRequestBody", "The body is no JSON.")
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_delete", around)


# Dates


@fault(
    "dates.iso8601",
    dimension="last page only",
    forces={
        "contract.responses": "the document says format date-time, which is RFC 3339's"
    },
)
def last_page_dates_with_blank(server: Server) -> None:
    """The last of several pages writes date-times with a blank before the time."""

    def paginate(inner: Any, call: Call, *arguments: Any) -> Page:
        page: Page = inner(call, *arguments)
        end = page.start + len(page.records)
        call.notes["last"] = page.number > 1 and end == page.total
        return page

    def around(inner: Any, call: Call, moment: date) -> str:
        text: str = inner(call, moment)
        return text.replace("T", " ") if call.notes.get("last") else text

    server.wrap("paginate", paginate)
    server.wrap("render_date", around)


def _past_leap_day(sent: Any, stored: Any) -> Any:
    if isinstance(sent, dict) and isinstance(stored, dict):
        return {n: _past_leap_day(sent.get(n), part) for n, part in stored.items()}
    converted = isinstance(sent, str) and not sent.endswith(("Z", "z", "+00:00"))
    leap = isinstance(stored, datetime) and (stored.month, stored.day) == (2, 29)
    return stored + timedelta(days=1) if converted and leap else stored


@fault("dates.offset_converted", dimension="leap day only")
def leap_day_lands_on_march(server: Server) -> None:
    """A written date-time that is converted to 29 February is stored as 1 March."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        return _past_leap_day(value, inner(call, name, value, findings, **how))

    server.wrap("accept", around)


def _rolled(text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None or instant(text) is not None:
        return text
    with contextlib.suppress(ValueError):
        year, month, day = (int(found[n]) for n in (1, 2, 3))
        first = date(year, month, 1)
        if day <= 31:
            return f"{first + timedelta(days=day - 1)}{found[4]}"
    return text


@fault("dates.bad_date_refused", dimension="one verb only")
def patch_rolls_bad_dates_over(server: Server) -> None:
    """PATCH takes a day that the month has not for one of the next month."""

    def change(call: Call, name: str, value: Any) -> Any:
        schema = call.claimed.properties[name]
        dated = schema.get("format") == "date-time" and isinstance(value, str)
        return _rolled(value) if dated and call.verb == "PATCH" else value

    _accepting(server, change)


# Tokens


@fault("oauth.bearer_required", dimension="token, once it was used")
def seen_token_unsigned(server: Server) -> None:
    """Once a token was taken, its first two parts are, with any signature."""
    seen: dict[str, str] = {}

    def around(inner: Any, call: Call, token: str) -> Grant | None:
        signed = token.rpartition(".")[0]
        grant: Grant | None = inner(call, token)
        if grant is not None:
            seen[signed] = token
        elif token.count(".") == 2 and signed in seen:
            grant = inner(call, seen[signed])
        return grant

    server.wrap("token_ok", around)


@fault(
    "oauth.lifetime",
    dimension="hundredth request of a token",
    forces={"status.forbidden_403": "the hundredth may be one that lacks its role"},
)
def hundredth_use_unauthorized(server: Server) -> None:
    """The hundredth request with a token is refused for want of a valid one."""
    used: Counter[str] = Counter()

    def around(inner: Any, call: Call) -> Grant:
        grant: Grant = inner(call)
        token = server.bearer(call) or ""
        used[token] += 1
        if used[token] == 100:
            told = Mistake("InvalidToken", "Access token is invalid or expired.")
            raise Problem(401, told, headers={"www-authenticate": "Bearer"})
        return grant

    server.wrap("authenticate", around)


@fault("oauth.no_escalation", dimension="token")
def refresh_widens_scope(server: Server) -> None:
    """A refresh with a scope gives what the user may have, not what was granted."""

    def around(inner: Any, call: Call, grant: Grant, scope: str | None) -> Grant:
        if scope and b"grant_type=refresh_token" in call.body:
            had = server.registry.clients[grant.client_id].roles
            if grant.username is not None:
                user = server.registry.users[grant.username]
                had = tuple(role for role in had if role in user.roles)
            grant = replace(grant, roles=had)
        narrow: Grant = inner(call, grant, scope)
        return narrow

    server.wrap("narrowed", around)


@fault(
    "oauth.scope_enforced", dimension="side effect, one verb, resources with a parent"
)
def nested_delete_forbidden_yet_done(server: Server) -> None:
    """DELETE under a parent is refused for want of a role, and done."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            answer: Answer = await inner(call)
        except Problem as problem:
            nested = call.resource is not None and call.resource.parents
            if problem.status == 403 and call.verb == "DELETE" and nested:
                with contextlib.suppress(Problem):
                    call.parents = server.find_parents(call)
                    await server.do_delete(call)
            raise
        return answer

    server.wrap("dispatch", around)


_GRANTS = (
    "oauth.password.grants",
    "oauth.client_credentials.grants",
    "oauth.elevated_password.grants",
    "oauth.anonymous.grants",
    "oauth.refresh_token.grants",
)
_LATEST = "what is asked beside others is judged by another's roles"


@fault(
    "oauth.own_identity",
    dimension="only under concurrency",
    forces={
        "oauth.missing_roles_listed": "the roles told are another's",
        "oauth.no_escalation": _LATEST,
        **dict.fromkeys(_GRANTS, "a right request is refused for another's roles"),
        "oauth.scope_enforced": _LATEST,
        "status.bad_request_400": "a 403 comes before the 400",
        "status.forbidden_403": _LATEST,
        "status.not_found_404": "a 403 comes before the 404",
    },
)
def roles_of_the_latest_request(server: Server) -> None:
    """Requests that crowd one path are judged by the roles of the one that came last.

    One or two strangers at a time are told apart, or any row of a run might meet it.
    """
    recent: deque[tuple[float, str, Grant]] = deque(maxlen=64)
    authenticate = server.authenticate

    async def dispatch(inner: Any, call: Call) -> Answer:
        path = call.request.scope["raw_path"].decode("ascii")
        with contextlib.suppress(Problem):
            recent.append((time.monotonic(), path, authenticate(call)))
        await asyncio.sleep(0.003)
        answer: Answer = await inner(call)
        return answer

    def around(inner: Any, call: Call) -> Grant:
        grant: Grant = inner(call)
        seen = crowding(recent, call.path)
        return replace(grant, roles=seen[-1].roles) if seen else grant

    server.wrap("dispatch", dispatch)
    server.wrap("authenticate", around)
