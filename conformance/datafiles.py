"""Where schemas and profiles are, in a checkout and in a wheel."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Give the folder of shipped files called ``schemas`` or ``profiles``."""
    inside = _PACKAGE / f"_{name}"
    return inside if inside.is_dir() else _PACKAGE.parent / name


@cache
def schema(name: str) -> dict[str, Any]:
    """Read a shipped JSON Schema by its word, such as ``profile``."""
    text = (folder("schemas") / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def profile_names() -> list[str]:
    """List the shipped profiles, sorted."""
    return sorted(path.stem for path in folder("profiles").glob("*.toml"))
