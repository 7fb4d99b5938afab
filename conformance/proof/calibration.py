"""The calibration: what the matrix of this suite's version proved, for every report."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.proof.sources import instrument_sha256
from conformance.tripped import PACKAGE

SCHEMA = "urn:ordercloud-conformance:calibration:1"
#: Travels with the package.
FILE = PACKAGE / "calibration.json"


def calibration(file: Path = FILE) -> dict[str, Any]:
    """Say how the instrument that is running is known to see.

    Returns:
        Whether the matrix was made with this very instrument, why not, the matrix.
    """
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        made_with = kept["instrument_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        why = "no kill matrix travels with this suite"
        return {"calibrated": False, "why": why, "matrix": None}
    if made_with != instrument_sha256():
        why = "checks or engine were changed after the kill matrix was made"
        return {"calibrated": False, "why": why, "matrix": kept}
    return {"calibrated": True, "why": None, "matrix": kept}


def short(told: Mapping[str, Any]) -> dict[str, Any]:
    """Shorten a matrix to what a report shows of it."""
    totals = told["totals"]
    return {
        "schema": SCHEMA,
        "date": told["finished"][:10],
        "size": told["size"],
        "profile": told["profile"]["name"],
        "seed": told["seed"],
        "suite_version": told["suite"]["version"],
        "source_sha256": told["suite"]["source_sha256"],
        "instrument_sha256": told["suite"]["instrument_sha256"],
        "catalogue_sha256": told["suite"]["catalogue_sha256"],
        "faults": {"killed": totals["killed"], "of": totals["faults"]},
        "undeclared": totals["undeclared"],
        "variants": {"green": totals["green"], "of": totals["variants"]},
        "combinations": {
            "green": totals["combinations_green"],
            "of": totals["combinations"],
        },
        "clauses": {
            row["id"]: {
                "killed": len(row["judged"]) - len(row["survivors"]),
                "of": row["faults"],
            }
            for row in told["clauses"]
        },
    }


def keep(told: Mapping[str, Any], file: Path = FILE) -> None:
    """Let a matrix travel with the package.

    Raises:
        UsageError: It is not whole, or the package can't be written to.
    """
    if told["scope"] != "whole" or told["troubles"]:
        raise UsageError("--keep: only a whole matrix without own errors can be kept")
    part = file.with_suffix(".part")
    try:
        text = json.dumps(short(told), indent=1)
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise UsageError(
            f"--keep {file}: can't be written ({error.strerror})"
        ) from error
