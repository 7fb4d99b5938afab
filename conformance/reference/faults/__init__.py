"""Named ways to break one clause each; they prove that the checks can see.

A fault is a function of the server that wraps seams (``app``'s docstring lists them).
Its docstring is one sentence. Its level is that of the verdict it must cause.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from conformance.reference.app import Server
from conformance.reference.claims import Claims

Level = Literal["MUST", "SHOULD"]
Install = Callable[[Server], None]
Wants = Callable[[Claims], bool]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break a clause.

    Attributes:
        breaks: The clause's id.
        level: MUST if the clause must fail, SHOULD if it must warn.
        dimension: Where it shows: status, header, body, side effect, stored state,
            token, connection.
        forces: Other clauses that break along, each with the reason.
        wants: Whether a profile has anything for the fault to break.
    """

    name: str
    breaks: str
    level: Level
    dimension: str
    forces: Mapping[str, str]
    install: Install
    sentence: str
    wants: Wants


_FAULTS: dict[str, Fault] = {}


def fault(
    breaks: str,
    *,
    dimension: str,
    level: Level = "MUST",
    forces: Mapping[str, str] | None = None,
    wants: Wants = lambda _claims: True,
) -> Callable[[Install], Install]:
    """Register a function as the fault of its name, dashes for underscores."""

    def register(install: Install) -> Install:
        name = install.__name__.replace("_", "-")
        if name in _FAULTS:
            raise ValueError(f"two faults named {name!r}")
        sentence = " ".join((install.__doc__ or "").split())
        made = Fault(
            name, breaks, level, dimension, forces or {}, install, sentence, wants
        )
        _FAULTS[name] = made
        return install

    return register


def all_faults() -> dict[str, Fault]:
    """Every fault of every module of this package, by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(_FAULTS)


#: What a fault breaks → why hardly any other clause can be judged beside it.
_HIDING: Mapping[str, str] = {
    "https.certificate": "no credential is sent where the certificate is not trusted",
    "https.token_endpoint": "no credential is sent there, and so no token had",
}
#: Begins the names of faults that take away what most rows stand on: these wait.
_PREREQUISITE = "prerequisite-"


def hides(fault: Fault, clause: str) -> bool:
    """Say whether a fault keeps a clause of another from being judged."""
    hiding = fault.breaks in _HIDING or fault.name.startswith(_PREREQUISITE)
    return hiding and not clause.startswith("https.")
