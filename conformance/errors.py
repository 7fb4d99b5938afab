"""What can go wrong, and whose fault it is.

ConformanceError              the suite could not do its work; never a verdict
├── UsageError                the person's input: option, profile, target file
├── Disturbed                 no conversation: refused, reset, time-out, throttled
├── Stopped                   the run is ending; nothing more is sent
└── HarnessError              our own bug

Signals of a check's body (not errors of the suite):
Breach                        the target broke the clause: the only accusation
Waits                         another row's breach took the precondition away
NotJudged                     this payload gave nothing to judge
NotClaimed                    the target's own document does not say it
"""


class ConformanceError(Exception):
    """The suite could not do its work."""


class UsageError(ConformanceError):
    """The person's input is wrong: names the file, the place and the mend."""


class Disturbed(ConformanceError):
    """The target could not be talked to; the verdict is inconclusive."""


class Stopped(ConformanceError):
    """The run is ending: the request was not sent."""


class HarnessError(ConformanceError):
    """The suite itself is at fault."""


class Breach(AssertionError):
    """The target broke the clause that the row judges.

    Attributes:
        owners: Other clauses whose breach it is as well, each with what was met:
            when that one's own rows met it too, this row leaves it to them.
    """

    owners: tuple[tuple[str, str], ...] = ()


class Waits(Exception):
    """The row's precondition was taken away by what another row judges.

    Attributes:
        row: The id of the row that is waited for, or a clause when no row has it.
        cause: What was met, in words.
        shared: Many rows met the same; trying again changes nothing.
    """

    def __init__(self, row: str, cause: str, *, shared: bool = False) -> None:
        super().__init__(f"waits for {row}: {cause}")
        self.row = row
        self.cause = cause
        self.shared = shared


class NotJudged(Exception):
    """The payload was refused where the clause leaves the freedom to."""


class NotClaimed(Exception):
    """The target's own document says nothing that could be judged."""


class NotProvided(Exception):
    """The row needs something that only the target's owner can give.

    Attributes:
        means: The name of what is missing, as in the target file's ``absent``.
    """

    def __init__(self, means: str) -> None:
        super().__init__(means)
        self.means = means
