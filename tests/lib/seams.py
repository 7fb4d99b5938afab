"""What is put around the seams of a server, for it to do otherwise."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from outcomes import Seams

from conformance.reference.exchange import Problem, refuse

Values = dict[str, Any]


def crashing(when: Callable[[Any], bool]) -> Seams:
    """Let a server break down over some requests."""

    async def around(inner: Any, call: Any) -> Any:
        try:
            answer = await inner(call)
        except Problem:
            if when(call):
                raise RuntimeError from None
            raise
        if when(call):
            raise RuntimeError
        return answer

    return {"dispatch": around}


def reading(change: Callable[[Any], bytes]) -> Seams:
    """Let a server read other bytes than it got."""

    def around(inner: Any, call: Any) -> Any:
        call.body = change(call)
        return inner(call)

    return {"parse": around}


def anywhere(inner: Any, call: Any, key: str) -> Any:
    """Find an item under any parent, around ``lookup``."""
    every = inner.__self__.store.every(call.claimed.name)
    return inner(call, key) or next((r for r in every if r.key == key), None)


def patching(change: Callable[[Any, Any, Values], Values | None]) -> Seams:
    """Let PATCH store what ``change`` makes of the call, the record and the body.

    What it gives stands beside all that PATCH stored; None leaves that as it is.
    """

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        before = dict(record.values)
        inner(call, record, values, rename)
        made = change(call, replace(record, values=before), values)
        if made is not None:
            record.values = record.values | made

    return {"patch": around}


def refusing_patch(wrong: Callable[[Values], object]) -> Seams:
    """Let PATCH be refused whose body is wrong in the server's eyes."""

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        if wrong(values):
            raise refuse(400, "Wrong", "This is not taken.")
        inner(call, record, values, rename)

    return {"patch": around}


def metas(change: Callable[[Any, Values], Any]) -> Seams:
    """Let figures be changed, told the page that they are of."""

    def around(inner: Any, call: Any, page: Any) -> Values:
        figures: Values = inner(call, page)
        return {**figures, **(change(page, figures) or {})}

    return {"meta": around}
