"""What a check declares: clause, level, rows, payloads. No pytest, no HTTP here."""

import ast
import enum
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

#: Chapter of a clause → heading of the conventions page.
HEADINGS: Mapping[str, str] = {
    "https": "SSL Everywhere",
    "json": "JSON Everywhere",
    "dates": "Date Format",
    "oauth": "OAuth 2",
    "ids": "Writeable IDs",
    "errors": "Error Handling",
    "verbs": "HTTP Methods",
    "status": "HTTP Status Code Summary",
    "contract": "the server's own OpenAPI document",
}
#: Chapters that a conformant server need not have.
OPTIONAL = ("contract",)


class Level(enum.Enum):
    """How binding a clause is; it follows the source, never taste."""

    MUST = "MUST"
    SHOULD = "SHOULD"


Function = TypeVar("Function", bound=Callable[..., object])
Draws: TypeAlias = Callable[..., object]
"""(profile, **row arguments) → a list of payloads, or a Hypothesis strategy."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What stands on a check.

    Attributes:
        clause: Stable id; ``{flow}`` in it is filled from the row.
        level: MUST or SHOULD.
        warns: Sentence of the clause's softer edge, a second row of level SHOULD.
        only: Keeps the rows whose argument it accepts (a resource, an operation).
        when: Whether the profile claims what is judged; without it, no rows.
        needs: Means that the target's owner must give, as named in the target file.
        passive: The check judges exchanges, it provokes none.
        of: Which exchanges a passive check is concerned with.
        draws: Makes the payloads, each a unit of work.
        drawn: Payloads come from a strategy, as many as the depth says.
        generated: Payloads come from the target's own document; what errors and
            json say of the answers is this row's to judge, but for `SHOWN`.
        yields: What a passive row of another clause accuses too is left to that one.
        wire: Speaks below HTTP; needs no token and no channel.
        cost: Requests of one unit on a conforming target, for the order of work.
    """

    clause: str
    level: Level
    warns: str | None = None
    only: Callable[[Any], bool] | None = None
    when: Callable[[Any], bool] | None = None
    needs: tuple[str, ...] = ()
    passive: bool = False
    of: Callable[[Any], bool] | None = None
    draws: Draws | None = None
    drawn: bool = False
    generated: bool = False
    yields: bool = False
    wire: bool = False
    cost: int = 4


def must(clause: str, **declared: Any) -> Callable[[Function], Function]:
    """Declare a check of a MUST clause; keywords as in `Requirement`."""
    return _declare(Requirement(clause, Level.MUST, **declared))


def should(clause: str, **declared: Any) -> Callable[[Function], Function]:
    """Declare a check of a SHOULD clause; keywords as in `Requirement`."""
    return _declare(Requirement(clause, Level.SHOULD, **declared))


def _declare(requirement: Requirement) -> Callable[[Function], Function]:
    def mark(function: Function) -> Function:
        function.__requirement__ = requirement  # type: ignore[attr-defined]  # our mark
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Check:
    """One check function and what is known of it.

    Attributes:
        id: ``chapter.name``, from the module and the function.
        arguments: Names of the body's arguments, in order.
        sentence: The requirement, in one sentence.
        reading: Why the level leaves the rule, where it does.
    """

    id: str
    function: Callable[..., object]
    requirement: Requirement
    arguments: tuple[str, ...]
    sentence: str
    reading: str | None

    @property
    def chapter(self) -> str:
        """Give the chapter that the clause stands in."""
        return self.requirement.clause.partition(".")[0]

    @property
    def source(self) -> str:
        """Give the heading of the conventions page."""
        return HEADINGS.get(self.chapter, self.chapter)


@functools.cache
def asserts_last(function: Callable[..., object]) -> bool:
    """Say whether a body that returned must have met a bare assert.

    So it is when its last statement is one and it has no ``return``.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):
        return False
    body = tree.body[0]
    if not isinstance(body, ast.FunctionDef):
        return False
    returns = any(isinstance(node, ast.Return) for node in ast.walk(body))
    return isinstance(body.body[-1], ast.Assert) and not returns


def check_of(function: Callable[..., object]) -> Check | None:
    """Read a function as a check; None when it is not declared as one."""
    requirement = getattr(function, "__requirement__", None)
    if requirement is None:
        return None
    module = function.__module__.rpartition(".")[2].rstrip("_")
    name = function.__name__.removeprefix("check_")
    sentence, _, rest = (inspect.getdoc(function) or "").partition("\n\n")
    reading = rest.partition("Reading:")[2].strip() if "Reading:" in rest else None
    return Check(
        id=f"{module}.{name}",
        function=function,
        requirement=requirement,
        arguments=tuple(inspect.signature(function).parameters),
        sentence=" ".join(sentence.split()),
        reading=" ".join(reading.split()) if reading else None,
    )


def checks_in(namespace: Iterable[object]) -> list[Check]:
    """Give the checks among a module's values, in the order written."""
    found = (check_of(value) for value in namespace if inspect.isfunction(value))
    return [check for check in found if check is not None]
