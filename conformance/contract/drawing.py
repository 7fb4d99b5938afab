"""Requests drawn from the document by Schemathesis, as data; nothing is sent here."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from conformance.contract.document import Described, Document

if TYPE_CHECKING:
    from schemathesis import Case

#: A generated request: ``mode``, ``query`` as pairs, ``headers``, ``json`` or
#: ``bytes`` of the body (as Latin-1), ``id`` for a path, ``exists``: on an item.
Drawing: TypeAlias = Mapping[str, Any]
Step: TypeAlias = tuple[str, Drawing]
"""A verb, and what is sent with it."""
#: Headers that are ours to send.
_OURS = ("authorization", "content-type", "content-length", "host", "accept", "cookie")
_STEPS = (4, 6)


def requests(document: Document, described: Described) -> st.SearchStrategy[Drawing]:
    """Draw requests of an operation: as documented, and in breach of it."""
    operation = _operation(document, described)
    modes = [
        _drawn(operation, mode).map(partial(_data, mode))
        for mode in ("positive", "negative")
    ]
    exists = st.sampled_from([True, True, True, False])
    return st.builds(_existing, st.one_of(modes), exists)


def as_documented(
    document: Document, described: Described
) -> st.SearchStrategy[Drawing]:
    """Draw requests of an operation as the document wants them."""
    operation = _operation(document, described)
    return _drawn(operation, "positive").map(partial(_data, "positive"))


def reads(
    document: Document, found: Sequence[tuple[str, Described]]
) -> st.SearchStrategy[Drawing]:
    """Draw one of several GETs, ``path`` being its whole template."""
    return st.one_of(
        [
            as_documented(document, described).map(partial(_at, path))
            for path, described in found
        ]
    )


def _at(path: str, drawn: Drawing) -> Drawing:
    return {**drawn, "path": path}


def sequences(
    document: Document, steps: Mapping[str, Described]
) -> st.SearchStrategy[list[Step]]:
    """Draw what is done to one item, its creation first.

    Args:
        document: The target's own.
        steps: Verb → operation; CREATE among them.
    """
    drawn = {verb: as_documented(document, one) for verb, one in steps.items()}
    first = drawn["CREATE"].map(partial(_step, "CREATE"))
    later = [
        drawn[verb].map(partial(_step, verb))
        for verb in ("GET", "PATCH", "SAVE", "LIST", "DELETE")
        if verb in drawn
    ]
    least, most = _STEPS if later else (0, 0)
    rest = st.lists(st.one_of(later), min_size=least, max_size=most)
    return st.builds(_in_turn, first, rest)


def _step(verb: str, drawn: Drawing) -> Step:
    return verb, drawn


def _in_turn(first: Step, rest: list[Step]) -> list[Step]:
    return [first, *rest]


def _existing(drawn: Drawing, exists: bool) -> Drawing:  # noqa: FBT001 - drawn
    return {**drawn, "exists": exists}


# ------------------------------------------------------------------ Schemathesis


def _operation(document: Document, described: Described) -> Any:
    schema = document.generator or _loaded(document)
    return schema[described.path][described.method]


def _loaded(document: Document) -> Any:
    """Load the document; the import is late, for runs that have no document."""
    import schemathesis  # noqa: PLC0415
    from schemathesis import Config  # noqa: PLC0415

    config = Config()
    # NUL poisons more than the row that sends it; the errors chapter sends it once.
    config.projects.default.generation.allow_x00 = False
    # The same characters as of UTF-8, which Hypothesis would count one by one.
    config.projects.default.generation.codec = None
    # The right token is sent; a random key beside it may rightly be refused.
    config.projects.default.generation.with_security_parameters = False
    document.generator = schemathesis.openapi.from_dict(document.raw, config=config)
    return document.generator


def _drawn(operation: Any, mode: str) -> "st.SearchStrategy[Case[Any]]":
    from schemathesis import GenerationMode  # noqa: PLC0415

    wanted = GenerationMode(mode)
    made: st.SearchStrategy[Case[Any]] = operation.as_strategy(generation_mode=wanted)
    return made


def _data(mode: str, case: "Case[Any]") -> Drawing:
    """Take what is sent out of a case."""
    from schemathesis.core import NOT_SET  # noqa: PLC0415

    made: dict[str, Any] = {
        "mode": mode,
        "query": _pairs(case.query or {}),
        "headers": _headers(case.headers or {}),
        "media": case.media_type,
        "id": str((case.path_parameters or {}).get(_last(case.path), "")),
    }
    if isinstance(case.body, bytes):
        made["bytes"] = case.body.decode("latin-1")
    elif case.body is not NOT_SET:
        made["json"] = case.body
    return made


def _last(path: str) -> str:
    """Name the last parameter of a path."""
    return path.rpartition("{")[2].partition("}")[0]


def _pairs(query: Mapping[str, Any]) -> list[list[str]]:
    found = []
    for name, value in query.items():
        several = value if isinstance(value, list) else [value]
        found += [[_text(name), _text(one)] for one in several]
    return found


def _headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """Keep what HTTP can carry and is not ours to say."""
    found = {str(name): str(value) for name, value in headers.items()}
    return {
        name: value
        for name, value in found.items()
        if name.lower() not in _OURS
        and name.isascii()
        and value.isascii()
        and value.isprintable()
        and value == value.strip()
    }


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")
