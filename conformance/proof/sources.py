"""What a matrix was made with, as hashes: of everything, and of what judges."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from conformance.datafiles import folder
from conformance.tripped import PACKAGE

#: What decides no clause's verdict: who asks, who tells, what is judged.
_AROUND = ("commands", "report", "reference", "proof")
_FRONT = ("__main__.py", "cli.py", "judging.py", "progress.py")


@cache
def source_sha256() -> str:
    """Hash all code, profiles and schemas: a result of other ones proves nothing."""
    code = ((f"conformance/{name}", path) for name, path in _modules())
    data = (
        (f"{kind}/{path.name}", path)
        for kind, pattern in (("profiles", "*.toml"), ("schemas", "*.json"))
        for path in folder(kind).glob(pattern)
    )
    return _hash([*code, *data])


@cache
def instrument_sha256() -> str:
    """Hash the code that judges: checks, expectations, engine, what they stand on."""
    return _hash(
        (name, path)
        for name, path in _modules()
        if name.partition("/")[0] not in _AROUND and name not in _FRONT
    )


def _modules() -> Iterator[tuple[str, Path]]:
    for path in PACKAGE.rglob("*.py"):
        yield path.relative_to(PACKAGE).as_posix(), path


def _hash(files: Iterable[tuple[str, Path]]) -> str:
    whole = hashlib.sha256()
    for name, path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{name} {content}\n".encode())
    return whole.hexdigest()
