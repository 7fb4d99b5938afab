"""A marina's server: one resource, four flows, its own words for everything else.

Written from the conventions' page, by nobody who knows how it is judged. Shares no
code with the suite or its reference server. What `SLOPPY` names can be switched on.
"""

import argparse
import functools
import json
import math
import re
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NoReturn

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server
from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

#: What a tired developer gets wrong.
SLOPPY = ("local_time", "forbidden_for_unknown", "bare_unknown_route")
LIFETIME_S = 3600
SEE, RUN = "fleet.see", "fleet.run"
REF = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
HOME = timezone(timedelta(hours=-6))


@dataclass(frozen=True)
class Party:
    """A client or a user: its secret, None when it has none, and its roles."""

    secret: str | None
    roles: tuple[str, ...]


CLIENTS = {
    "back-office": Party("harbour-4711-secret", (SEE, RUN)),
    "harbour-master": Party("second-4712-secret", (SEE, RUN)),
    "kiosk": Party("kiosk-4713-secret", (SEE,)),
    "visitor": Party("visitor-4714-secret", ()),
    "web": Party(None, (SEE, RUN)),
}
USERS = {"mia": Party("tide-table-8821", (SEE, RUN))}
TYPES: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str) and 1 <= len(value) <= 80,
    "note": lambda value: isinstance(value, str) and len(value) <= 500,
    "berths": lambda value: type(value) is int and 0 <= value <= 500,
    "fee": lambda value: type(value) in (int, float),
    "afloat": lambda value: isinstance(value, bool),
    "surveyed": lambda value: moment(value) is not None,
    "extra": lambda value: isinstance(value, dict),
}


def fail(status: int, kind: str, words: str, **about: Any) -> NoReturn:
    """Refuse the request with the one error body there is."""
    body = {"problem": {"kind": kind, "words": words, "about": about}}
    answer = told(body, status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    abort(answer)


def told(body: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    text = json.dumps(body, allow_nan=False)
    return Response(text, status, content_type="application/json; charset=utf-8")


def moment(text: Any) -> datetime | None:
    """Read a date-time with an offset as UTC."""
    try:
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC) if read.tzinfo and "T" in text else None
    except (TypeError, ValueError, OverflowError):
        return None


def finite(text: str) -> float:
    """Read a number, unless it is too large to be written again."""
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def body_sent() -> dict[str, Any]:
    """Read the request's JSON object."""
    if request.mimetype not in ("", "application/json"):
        fail(415, "media", "send application/json")
    try:
        text = request.get_data().decode("utf-8")
        value = json.loads(text, parse_float=finite, parse_constant=finite)
    except (ValueError, RecursionError):
        fail(400, "syntax", "the body is no JSON")
    if not isinstance(value, dict):
        fail(400, "syntax", "the body is no JSON object")
    return value


def checked(sent: dict[str, Any]) -> dict[str, Any]:
    """Keep the properties that a client may write, each of the right type."""
    found = {}
    for name, right in TYPES.items():
        if name in sent:
            value = sent[name]
            if name == "name" and value is None:
                fail(400, "invalid", "name can't be taken away", field=name)
            if value is not None and not right(value):
                fail(400, "invalid", f"{name} has no right value", field=name)
            found[name] = moment(value) if name == "surveyed" else value
    return found


def ref_in(sent: dict[str, Any]) -> str | None:
    """Read the ref that a client wants, if it wants one."""
    ref = sent.get("ref")
    if ref is not None and not (isinstance(ref, str) and REF.fullmatch(ref)):
        fail(400, "invalid", "ref: 1 to 60 of A-Z a-z 0-9 _ -", field="ref")
    return ref


class Marina:
    """The state: boats in the order they came, tokens, one lock around it all."""

    def __init__(self, sloppy: Collection[str]) -> None:
        self.sloppy = sloppy
        self.lock = threading.Lock()
        self.boats: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, tuple[float, tuple[str, ...]]] = {}
        self.refreshers: dict[str, tuple[str, tuple[str, ...]]] = {}

    # -------------------------------------------------------------------- tokens

    def grant(self) -> Response:
        """Answer a token request."""
        form = request.form
        client = CLIENTS.get(form.get("client_id", ""))
        if client is None or (client.secret or "") != form.get("client_secret", ""):
            fail(401, "login", "unknown client or wrong secret")
        grant, refresher = form.get("grant_type"), None
        if grant == "client_credentials" and client.secret:
            roles = client.roles
        elif grant == "password":
            user = USERS.get(form.get("username", ""))
            if user is None or user.secret != form.get("password"):
                fail(400, "login", "unknown user or wrong password")
            roles = tuple(role for role in user.roles if role in client.roles)
            refresher = secrets.token_urlsafe(24)
        elif grant == "refresh_token":
            refresher = form.get("refresh_token", "")
            owner, roles = self.refreshers.get(refresher, ("", ()))
            if owner != form["client_id"]:
                fail(400, "login", "unknown refresh token")
        else:
            fail(400, "grant", "no such grant for this client")
        return self.token(self.narrowed(roles), refresher)

    def narrowed(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        """Give the roles asked for, which must be had."""
        asked = tuple(request.form.get("scope", "").split())
        if set(asked) - set(roles):
            fail(400, "scope", "that role is not yours to have")
        return asked or roles

    def token(self, roles: tuple[str, ...], refresher: str | None) -> Response:
        """Make a token."""
        token = secrets.token_urlsafe(32)
        self.tokens[token] = (time.monotonic() + LIFETIME_S, roles)
        body = {"access_token": token, "token_type": "bearer"}
        body |= {"expires_in": LIFETIME_S, "scope": " ".join(roles)}
        if refresher:
            self.refreshers.setdefault(refresher, (request.form["client_id"], roles))
            body["refresh_token"] = refresher
        answer = told(body)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def admit(self, *roles: str) -> None:
        """Let nobody by without a valid token and one of the roles."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        ends, had = self.tokens.get(token, (0.0, ()))
        if scheme.lower() != "bearer" or ends < time.monotonic():
            status = 403 if "forbidden_for_unknown" in self.sloppy else 401
            fail(status, "login", "send a valid token")
        if not set(roles) & set(had):
            fail(403, "role", "a role is missing", missing=list(roles))

    # --------------------------------------------------------------------- boats

    def boat(self, ref: str) -> dict[str, Any]:
        """Find a boat."""
        if ref not in self.boats:
            fail(404, "missing", "no such boat", type="boat", ref=ref)
        return self.boats[ref]

    def shown(self, boat: dict[str, Any]) -> dict[str, Any]:
        """Give a boat as clients see it."""
        return {n: self.stamp(v) for n, v in boat.items()}

    def stamp(self, value: Any) -> Any:
        """Write dates; leave the rest."""
        if not isinstance(value, datetime):
            return value
        if "local_time" in self.sloppy:
            return value.astimezone(HOME).replace(tzinfo=None).isoformat()
        return value.isoformat()

    def keep(self, ref: str, sent: dict[str, Any], made: datetime) -> Response:
        """Store a whole boat, in place of the one that is there."""
        if sent.get("name") is None:
            fail(400, "invalid", "name is missing", field="name")
        blank = dict.fromkeys(TYPES) | {"afloat": True}
        self.boats[ref] = {"ref": ref} | blank | checked(sent)
        self.boats[ref] |= {"made": made, "touched": datetime.now(UTC)}
        return told(self.shown(self.boats[ref]))

    def create(self) -> Response:
        """Make a new boat, under a ref of ours if none is given."""
        self.admit(RUN)
        sent = body_sent()
        ref = ref_in(sent) or secrets.token_hex(8)
        if ref in self.boats:
            fail(409, "clash", "that ref is in use", field="ref")
        answer = self.keep(ref, sent, datetime.now(UTC))
        answer.status_code = 201
        answer.headers["Location"] = f"/rest/boats/{ref}"
        return answer

    def save(self, ref: str) -> Response:
        """Create or replace a boat."""
        self.admit(RUN)
        sent = body_sent()
        ref_in({"ref": ref})
        there = self.boats.get(ref)
        answer = self.keep(ref, sent, there["made"] if there else datetime.now(UTC))
        answer.status_code = 200 if there else 201
        return answer

    def patch(self, ref: str) -> Response:
        """Change what was sent; a new ref renames."""
        self.admit(RUN)
        sent = body_sent()
        boat, new, changes = self.boat(ref), ref_in(sent) or ref, checked(sent)
        if new != ref and new in self.boats:
            fail(409, "clash", "that ref is in use", field="ref")
        if isinstance(changes.get("extra"), dict):
            changes["extra"] = (boat["extra"] or {}) | changes["extra"]
        del self.boats[ref]
        stamp = {"ref": new, "touched": datetime.now(UTC)}
        self.boats[new] = boat | changes | stamp
        return told(self.shown(self.boats[new]))

    def get(self, ref: str) -> Response:
        """Show a boat."""
        self.admit(SEE, RUN)
        return told(self.shown(self.boat(ref)))

    def delete(self, ref: str) -> Response:
        """Take a boat away."""
        self.admit(RUN)
        self.boat(ref)
        del self.boats[ref]
        return Response(status=204)

    def index(self) -> Response:
        """List boats, a page at a time."""
        self.admit(SEE, RUN)
        at, size = number("page", 1, 10**6), number("size", 15, 50)
        words = request.args.get("find", "").casefold()
        found = [
            boat
            for boat in self.boats.values()
            if words in f"{boat['ref']}\n{boat['name']}".casefold()
        ]
        key = request.args.get("sort", "")
        if key:
            name = key.removeprefix("-")
            if name not in ("ref", "name", "berths", "made"):
                fail(400, "query", "can't sort by that", field=name)
            found.sort(
                key=lambda boat: (boat[name] is not None, boat[name] or 0),
                reverse=key.startswith("-"),
            )
        shown = [self.shown(boat) for boat in found[(at - 1) * size : at * size]]
        paging = {"at": at, "size": size, "total": len(found)}
        return told({"boats": shown, "paging": paging})


def number(name: str, default: int, most: int) -> int:
    """Read a whole number of the query."""
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
        fail(400, "query", f"{name}: 1 to {most}", field=name)
    return int(text)


def make_app(sloppy: Collection[str] = ()) -> Flask:
    """Give the application, wrong in the ways that are named."""
    marina, app = Marina(sloppy), Flask("marina", static_folder=None)
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000

    def locked(view: Callable[..., Response]) -> Callable[..., Response]:
        @functools.wraps(view)
        def alone(**names: str) -> Response:
            request.get_data(cache=True, parse_form_data=True)
            with marina.lock:
                return view(**names)

        return alone

    all_, one = "/rest/boats", "/rest/boats/<ref>"
    for path, method, view in (
        ("/login/token", "POST", marina.grant),
        (all_, "GET", marina.index),
        (all_, "POST", marina.create),
        (one, "GET", marina.get),
        (one, "PUT", marina.save),
        (one, "PATCH", marina.patch),
        (one, "DELETE", marina.delete),
    ):
        app.add_url_rule(path, view.__name__, locked(view), methods=[method])
    app.register_error_handler(HTTPException, functools.partial(refused, marina))
    return app


def refused(marina: Marina, error: HTTPException) -> Response:
    """Say what the framework has to say in our own shape."""
    if isinstance(error.response, Response):
        return error.response
    status, words = error.code or 500, error.description or error.name
    if status == 404 and "bare_unknown_route" in marina.sloppy:
        return told({"message": error.name}, status)
    problem = {"kind": f"http{status}", "words": words, "about": {}}
    answer = told({"problem": problem}, status)
    for name, value in error.get_headers():
        if name.lower() == "allow":
            answer.headers[name] = value
    return answer


def main() -> None:
    """Serve on a free port of this machine, and print the port."""
    words = argparse.ArgumentParser()
    words.add_argument("certificate", help="PEM file of a key and its chain")
    words.add_argument("--sloppy", action="append", default=[], choices=SLOPPY)
    given = words.parse_args()
    server = Server(("127.0.0.1", 0), make_app(given.sloppy), numthreads=16, timeout=60)
    server.ssl_adapter = BuiltinSSLAdapter(given.certificate, given.certificate)
    server.ssl_adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    server.prepare()
    print(server.bind_addr[1], flush=True)  # noqa: T201 - whoever started it reads it
    server.serve()


if __name__ == "__main__":
    main()
