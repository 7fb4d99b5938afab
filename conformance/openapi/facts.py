"""How each line of a drafted profile came to be known."""

from dataclasses import dataclass
from typing import Any

READ = "read"
INFERRED = "inferred"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of the profile, and where it comes from.

    Attributes:
        how: `READ`, `INFERRED` or `UNKNOWN`; unknown values are defaults.
        words: Why, or from what.
    """

    value: Any
    how: str = READ
    words: str = ""

    @property
    def comment(self) -> str:
        """Give what stands beside the line."""
        return f"{self.how}: {self.words}" if self.words else self.how


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the document that the profile does not claim, and why."""

    what: str
    why: str
