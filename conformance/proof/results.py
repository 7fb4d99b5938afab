"""Outcomes kept on disk, under the hash of the code that they were made with."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import UsageError
from conformance.proof.trial import Outcome, Trial


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of outcomes, one file for each trial.

    Attributes:
        folder: Named by everything that decides an outcome.
    """

    folder: Path

    @classmethod
    def under(cls, out: Path, *, source: str, profile: str, seed: int) -> "Kept":
        """Give the folder for one state of the code, one profile, one seed."""
        return cls(out / "results" / f"{source[:16]}-{profile[:8]}-{seed}")

    def get(self, trial: Trial) -> Outcome | None:
        """Give what came of a trial before; None when it is not there or spoilt."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            told = json.loads(self._file(trial).read_text(encoding="utf-8"))
            if told["trial"] == _named(trial):
                return Outcome.from_json(told["outcome"])
        return None

    def keep(self, trial: Trial, outcome: Outcome) -> None:
        """Keep what came of a trial, whole or not at all.

        Raises:
            UsageError: The folder can't be written.
        """
        file = self._file(trial)
        part = file.with_suffix(f".{os.getpid()}")
        told = {"trial": _named(trial), "outcome": outcome.as_json()}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(told), encoding="utf-8")
            part.replace(file)
        except OSError as error:
            raise UsageError(
                f"--out {self.folder}: can't be written ({error.strerror})"
            ) from error

    def _file(self, trial: Trial) -> Path:
        return self.folder / f"{trial.kind}-{trial.name}.json"


def _named(trial: Trial) -> dict[str, object]:
    return {
        "kind": trial.kind,
        "name": trial.name,
        "faults": list(trial.faults),
        "variants": list(trial.variants),
    }
