"""What was said: `Key`, `Sent`, `Answer`, `Exchange`, and strict JSON."""

import base64
import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

#: Levels of nesting that are read; a check of the json chapter sends 1,000.
DEEPEST = 2500
#: Digits that Python counts with; int() refuses more than 4,300.
LONGEST_WHOLE = 4_000
#: Escapes, a pair of surrogates as one; a lone one is the group. RFC 8259 allows it
#: and no text can hold it, so it is read as U+FFFD.
_SURROGATES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."
)
#: What a gateway says when the platform behind it did not answer; past 504 those of
#: a well-known network, which servers do not send of their own accord.
GATEWAY = (502, 503, 504, *range(520, 528), 530)
#: Characters of a URL that messages repeat.
LONGEST_SAID = 300


class Key(NamedTuple):
    """Where in the run an event belongs; the same in every run of a profile.

    Attributes:
        unit: A row's id, or the name of what rows share.
        attempt: 0 for the first, then each repetition in a fresh scope.
        payload: Number of the payload.
        lane: 0, or the number that the check gave to a simultaneous call.
        n: Number of the event in its lane.
        sending: 0, then each resending that the target asked for.
    """

    unit: str
    attempt: int
    payload: int
    lane: int
    n: int
    sending: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out, secrets struck out."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


class Malformed(ValueError):
    """The text is not one RFC 8259 value.

    Attributes:
        repeated: The only fault is a member name that stands twice.
    """

    def __init__(self, words: str) -> None:
        super().__init__(words)


def strict_json(text: str, *, exact: bool = False) -> tuple[Any, str | None]:
    """Read one JSON value strictly.

    Args:
        text: The text, decoded.
        exact: Give decimals as `Decimal`, for comparing them digit by digit.

    Returns:
        The value, and a member name that stood twice or None.

    Raises:
        Malformed: NaN, Infinity, trailing text, or no JSON at all.
    """
    if "\\ud" in text.lower():
        text = _SURROGATES.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
    repeated: list[str] = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(members)
        if len(value) != len(members) and not repeated:
            names = [name for name, _ in members]
            repeated.append(next(n for n in names if names.count(n) > 1))
        return value

    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_constant=_refuse_constant,
            parse_float=Decimal if exact else _number,
            parse_int=_whole,
        )
    except RecursionError as error:
        if sys.getrecursionlimit() >= DEEPEST:
            raise Malformed("nested too deeply to be read") from error
        # CPython 3.11 counts levels of JSON as calls, of which it grants 1,000.
        sys.setrecursionlimit(DEEPEST)
        return strict_json(text, exact=exact)
    except Malformed:
        raise
    except ValueError as error:
        raise Malformed(str(error)) from error
    return value, repeated[0] if repeated else None


def _refuse_constant(name: str) -> float:
    raise Malformed(f"{name} is no JSON number")


def _number(text: str) -> float | Decimal:
    """Read a number; RFC 8259 sets no bound, so one beyond doubles keeps its text."""
    value = float(text)
    return value if math.isfinite(value) else Decimal(text)


def _whole(text: str) -> int | Decimal:
    """Read a whole number; what is too long for Python to count keeps its text."""
    return int(text) if len(text) <= LONGEST_WHOLE else Decimal(text)


@dataclass(frozen=True)
class Answer:
    """What the target sent back, secrets struck out.

    Attributes:
        headers: Names in lower case, in the order received.
        body: Content, after content coding was undone.
        truncated: The body was longer than what is read.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool = False

    def header(self, name: str) -> str | None:
        """Give a header's value; several are joined as HTTP allows."""
        found = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(found) if found else None

    @cached_property
    def text(self) -> str | None:
        """Give the body as text; None when it is not UTF-8."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return None

    @cached_property
    def parsed(self) -> tuple[Any, str | None, str | None]:
        """Give value, repeated member name, and what is wrong with the text."""
        if self.text is None:
            return None, None, "not UTF-8"
        try:
            value, repeated = strict_json(self.text.removeprefix("\ufeff"))
        except Malformed as error:
            return None, None, str(error)
        return value, repeated, None

    @property
    def value(self) -> Any:
        """Give the body's JSON value; None when it has none."""
        return self.parsed[0]

    @cached_property
    def exact(self) -> Any:
        """Give the body's JSON value with decimals as `Decimal`."""
        text = (self.text or "null").removeprefix("\ufeff")
        return strict_json(text, exact=True)[0]

    @cached_property
    def success(self) -> bool:
        """Say whether the status is in the 2xx range."""
        return 200 <= self.status <= 299

    @cached_property
    def refusal(self) -> bool:
        """Say whether the status is in the 4xx range."""
        return 400 <= self.status <= 499

    @cached_property
    def media_type(self) -> str:
        """Give type and subtype in lower case, without parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Attributes:
        id: Name in the report, such as ``x17``; unique in a run.
        operation: ``buyers-CREATE``, ``token``, or ``elsewhere``.
        identity: Whose token was sent; None without one.
        answer: None when no answer came.
        trouble: Why no answer came.
        started_s: Seconds since the epoch.
        deliberate: The check sent something malformed on purpose.
        valid_token: The token sent is one that the target must honour.
    """

    id: str
    key: Key
    operation: str
    identity: str | None
    sent: Sent
    answer: Answer | None
    trouble: str | None
    started_s: float
    elapsed_s: float
    deliberate: bool = False
    valid_token: bool = False
    notes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def status(self) -> int:
        """Give the answer's status; 0 when no answer came."""
        return self.answer.status if self.answer else 0

    @property
    def value(self) -> Any:
        """Give the answer's JSON value; None when it has none."""
        return self.answer.value if self.answer else None

    @cached_property
    def success(self) -> bool:
        """Say whether the answer's status is in the 2xx range."""
        return 200 <= self.status <= 299

    @cached_property
    def refusal(self) -> bool:
        """Say whether the answer's status is in the 4xx range."""
        return 400 <= self.status <= 499

    @property
    def bare(self) -> bool:
        """Say whether it is a success without a body."""
        return self.success and not (self.answer and self.answer.body)

    def header(self, name: str) -> str | None:
        """Give a header of the answer, or None."""
        return self.answer.header(name) if self.answer else None

    @cached_property
    def words(self) -> str:
        """Say in short what was sent and what came of it."""
        url = self.sent.url
        asked = url if len(url) <= LONGEST_SAID else f"{url[:LONGEST_SAID]}..."
        return f"{self.sent.method} {asked} -> {self.status or self.trouble}"

    def record(self) -> dict[str, Any]:
        """Give the exchange as JSON."""
        answer = self.answer
        return {
            "id": self.id,
            "key": list(self.key),
            "operation": self.operation,
            "identity": self.identity,
            "sent": {
                "method": self.sent.method,
                "url": self.sent.url,
                "headers": [list(pair) for pair in self.sent.headers],
                **_content(self.sent.body),
            },
            "answer": answer
            and {
                "status": answer.status,
                "headers": [list(pair) for pair in answer.headers],
                "truncated": answer.truncated,
                **_content(answer.body),
            },
            "trouble": self.trouble,
            "started_s": self.started_s,
            "elapsed_s": self.elapsed_s,
            "deliberate": self.deliberate,
            "valid_token": self.valid_token,
            "notes": dict(self.notes),
        }


def exchange_from(record: Mapping[str, Any]) -> Exchange:
    """Read back what `Exchange.record` gave."""
    sent, answer = record["sent"], record["answer"]
    return Exchange(
        id=record["id"],
        key=Key(*record["key"]),
        operation=record["operation"],
        identity=record["identity"],
        sent=Sent(sent["method"], sent["url"], _headers(sent["headers"]), _body(sent)),
        answer=answer
        and Answer(
            answer["status"],
            _headers(answer["headers"]),
            _body(answer) or b"",
            answer["truncated"],
        ),
        trouble=record["trouble"],
        started_s=record["started_s"],
        elapsed_s=record["elapsed_s"],
        deliberate=record["deliberate"],
        valid_token=record["valid_token"],
        notes=record["notes"],
    )


def _content(body: bytes | None) -> dict[str, str]:
    if body is None:
        return {}
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _body(part: Mapping[str, Any]) -> bytes | None:
    if "text" in part:
        return str(part["text"]).encode("utf-8")
    return base64.b64decode(part["base64"]) if "base64" in part else None


def _headers(pairs: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs)


def age_of(id_: str) -> int:
    """Give the number in an exchange's id: the lower, the older."""
    return int(id_[1:])
