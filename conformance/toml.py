"""Reading a person's TOML file: one clear line for whatever is wrong in it."""

import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

from conformance.datafiles import schema
from conformance.errors import UsageError


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        UsageError: It can't be read, is no UTF-8 or no TOML; names file and line.
    """
    try:
        found = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    except (RecursionError, ValueError) as error:
        raise UsageError(
            f"{path}: nested too deeply, or a number of thousands of digits"
        ) from error
    for key, value in _unjson(found, ""):
        raise UsageError(f"{path}: {key}: {value} is not JSON; write it as text")
    return found


def _unjson(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Find what TOML can say and JSON can't: dates, times, inf and nan."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _unjson(member, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _unjson(member, f"{key}.{number}")
    elif not isinstance(value, str | int | float) or not _finite(value):
        yield key, value


def _finite(value: str | float) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def insist_on_schema(value: Mapping[str, Any], name: str, path: Path) -> None:
    """Check a file's content against a shipped schema.

    Raises:
        UsageError: Names the file, the key and what was expected.
    """
    error = best_match(jsonschema.Draft202012Validator(schema(name)).iter_errors(value))
    if error is None:
        return
    key = ".".join(str(part) for part in error.absolute_path) or "(top level)"
    hint = error.schema.get("description") if isinstance(error.schema, dict) else None
    words = f"{path}: {key}: {_words(error)[:300]}"
    raise UsageError(f"{words} (expected: {hint})" if hint else words)


def _words(error: jsonschema.ValidationError) -> str:
    """Say it without the vocabulary of schemas, where it would hide the mend."""
    if error.validator == "additionalProperties" and isinstance(error.schema, dict):
        known = error.schema.get("properties", {})
        members: dict[str, Any] = dict(error.instance)  # type: ignore[arg-type]
        unknown = [name for name in members if name not in known]
        near = difflib.get_close_matches(unknown[0], known, 3) if unknown else []
        hint = f"; is it {' or '.join(near)}?" if near else ""
        return f"unknown key {', '.join(map(repr, unknown))}{hint}"
    if error.validator in ("anyOf", "oneOf"):
        return f"{error.instance!r} is not right"
    return error.message
