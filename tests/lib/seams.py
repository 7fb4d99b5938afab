"""What is put around the seams of a server, for it to do otherwise."""

from collections.abc import Callable
from typing import Any

from conformance.reference.exchange import Problem


def crashing(when: Callable[[Any], bool]) -> dict[str, Any]:
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


def reading(change: Callable[[Any], bytes]) -> dict[str, Any]:
    """Let a server read other bytes than it got."""

    def around(inner: Any, call: Any) -> Any:
        call.body = change(call)
        return inner(call)

    return {"parse": around}
