"""Of the requests that a fault could touch, how many it touches.

    python benchmarks/narrowness.py [--jobs N] [--part I/N] [--out FILE]

Each fault of the reference is judged as ``conformance proof`` judges it, while every
seam that it wraps is watched: a request *reaches* the fault when it comes to one of
them, and is *touched* when the seam's result, arguments or stored items are other than
without the fault. A fault is narrow when it touches less than a fifth of what reaches
it. Faults of the connection, which no request reaches, count as wide.
"""

import argparse
import contextlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from conformance.proof.aim import at_clause
from conformance.proof.pool import each
from conformance.proof.prove import Proof
from conformance.proof.trial import Trial, judged
from conformance.reference.exchange import Answer, Call, Problem
from conformance.reference.faults import all_faults
from conformance.reference.store import Record, Store

PROFILE = "ordercloud-core"
NARROW = 1 / 5
LIMIT_S = 300.0
#: Seams that change what is stored: never asked only to be compared with.
WRITING = ("create", "replace", "patch", "update", "rename", "remove", "save_new")


@dataclass
class Reach:
    """Numbers of the requests that reached a fault, and of those that it touched."""

    reached: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)


@dataclass
class Passing:
    """One passing through a seam: what the fault did to it.

    Attributes:
        inside: What the seam gave without the fault, once it was asked.
        changed: The fault wrote, or asked with other arguments, or not once.
    """

    before: Any
    asked: int = 0
    inside: Any = None
    raised: BaseException | None = None
    changed: bool = False


_passing: ContextVar[Passing | None] = ContextVar("passing", default=None)


def told(value: Any) -> Any:
    """Give a value as it is now, so that a later change shows."""
    if isinstance(value, Record):
        return id(value)
    if isinstance(value, Call):
        return repr((value.method, value.path, value.query, value.body, value.verb))
    if isinstance(value, Answer):
        return (value.status, repr(value.value), dict(value.headers), value.body)
    if isinstance(value, list | tuple):
        return [told(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return [told(getattr(value, one.name)) for one in fields(value)]
    return repr(value)


def _watched(inner: Any, state: Passing) -> Callable[..., Any]:
    """Give the seam as it was, to be asked by the fault."""

    def entered(given: Any) -> Any:
        state.asked += 1
        state.changed |= told(given) != state.before
        return _passing.set(None)

    def left(token: Any, result: Any) -> Any:
        _passing.reset(token)
        state.inside = told(result)
        return result

    def failed(token: Any, error: BaseException) -> None:
        _passing.reset(token)
        state.raised = error

    async def waited(*given: Any, **named: Any) -> Any:
        token = entered((given, named))
        try:
            result = await inner(*given, **named)
        except BaseException as error:
            failed(token, error)
            raise
        return left(token, result)

    def called(*given: Any, **named: Any) -> Any:
        token = entered((given, named))
        try:
            result = inner(*given, **named)
        except BaseException as error:
            failed(token, error)
            raise
        return left(token, result)

    return waited if inspect.iscoroutinefunction(inner) else called


def _wrapping(reach: Reach) -> Callable[..., None]:
    """Give what stands for ``Server.wrap`` while a fault is watched."""

    def wrap(server: Any, seam: str, around: Callable[..., Any]) -> None:
        inner = getattr(server, seam)

        @contextlib.contextmanager
        def passing(given: Any) -> Iterator[tuple[Passing, list[Any]]]:
            state, ended = Passing(told(given)), []  # type: ignore[var-annotated]
            call = given[0][0] if given[0] and isinstance(given[0][0], Call) else None
            token = _passing.set(state)
            error: BaseException | None = None
            try:
                yield state, ended
            except BaseException as raised:
                error = raised
                raise
            finally:
                _passing.reset(token)
                if call is not None:
                    same = repr(error) == repr(state.raised)
                    if error is None and state.raised is None:
                        same = bool(ended) and told(ended[0]) == state.inside
                    reach.reached.add(call.number)
                    if state.changed or state.asked != 1 or not same:
                        reach.touched.add(call.number)

        async def waited(*given: Any, **named: Any) -> Any:
            with passing((given, named)) as (state, ended):
                ended.append(await around(_watched(inner, state), *given, **named))
            return ended[0]

        def called(*given: Any, **named: Any) -> Any:
            with passing((given, named)) as (state, ended):
                try:
                    ended.append(around(_watched(inner, state), *given, **named))
                finally:
                    if not state.asked and seam not in WRITING:
                        # Replaced whole: what would it have been?
                        with contextlib.suppress(Problem):
                            _watched(inner, state)(*given, **named)
            return ended[0]

        awaited = inspect.iscoroutinefunction(around)
        setattr(server, seam, waited if awaited else called)

    return wrap


def _note_writes() -> None:
    """Have each write to the store say in which fault it was made."""

    def noting(method: Any) -> Any:
        def noted(*given: Any) -> Any:
            state = _passing.get()
            if state is not None:
                state.changed = True
            return method(*given)

        return noted

    Record.__setattr__ = noting(Record.__setattr__)  # type: ignore[method-assign]
    for name in ("add", "remove", "rename"):
        setattr(Store, name, noting(getattr(Store, name)))


class Watching:
    """Judges one fault as the proof does, and gives what it reached and touched."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def __call__(self, trial: Trial) -> tuple[int, int]:
        """Judge one fault."""
        from conformance.reference.core import Core  # noqa: PLC0415 - changed here

        reach = Reach()
        Core.wrap = _wrapping(reach)  # type: ignore[method-assign]
        _note_writes()
        plan = self.proof.plan(trial)
        aim = at_clause(plan, all_faults()[trial.name].breaks)
        judged(trial, plan, aim, self.proof.seed)
        return len(reach.reached), len(reach.touched)


def main(words: Sequence[str]) -> int:
    """Print each fault's share; 1 when less than half of all are narrow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(words)
    nth, of = (int(part) for part in asked.part.split("/"))
    proof = Proof(PROFILE, seed=20, jobs=asked.jobs, part=(nth, of))
    trials = [trial for trial in proof.trials() if trial.kind == "fault"]
    proof.warm_up(trials)
    found: dict[str, Any] = {}
    for trial, made in each(trials, Watching(proof), asked.jobs, LIMIT_S):
        if not isinstance(made, tuple):
            print(f"{trial.name}: {made}")
            continue
        reached, touched = made
        share = touched / reached if reached else 1.0
        found[trial.name] = {"reached": reached, "touched": touched, "share": share}
        print(f"{share:6.3f} {touched:5} of {reached:5}  {trial.name}", flush=True)
    narrow = [name for name, one in found.items() if one["share"] < NARROW]
    print(f"{len(narrow)} of {len(trials)} faults touch less than a fifth")
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if 2 * len(narrow) >= len(trials) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
