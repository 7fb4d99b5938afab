"""JSON Everywhere: Unicode text comes back as it was sent."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from conformance import Profile, Resource, Target, must
from conformance.bodies import Raw, as_json, escaped
from conformance.checks._controls import insist_on_values
from conformance.expect import edge, insist, item_of, turned_down, unjudged
from conformance.profile import comes_back, is_free
from conformance.strategies import TREACHEROUS, treacherous
from conformance.values import at, short
from conformance.writing import (
    aim,
    in_turn,
    leaves,
    placed,
    read_back,
    send,
    took,
    waves,
    writing,
    written,
)

#: From this length on a text may have several lines.
_LONG = 500
_LINES = "one\ntwo\tthree\r\nfour"
_WIDE = "\u00e9\u6f22\U0001f600"
#: What JSON itself may write in two ways, and every length of UTF-8 and UTF-16.
_TWO_WAYS = '\u00e9 \u6f22 \U0001f600 "quoted" \\ / end'


def _free(resource: Resource) -> dict[str, Mapping[str, Any]]:
    """Give the properties that may hold any text."""
    return {
        name: resource.properties[name]
        for name in resource.texts()
        if "x-unique" not in resource.properties[name]
    }


def _texts(resource: Resource) -> dict[str, Mapping[str, Any]]:
    """Give the places of any text, by path: within the example's objects, too."""
    inner = {
        path: claimed
        for path, claimed in leaves(resource)
        if "." in path and is_free(claimed) and at(resource.example, path) is not None
    }
    return _free(resource) | inner


def _holds_text(resource: Resource) -> bool:
    return written(resource) and bool(_free(resource) or resource.extensions)


def _joined(claimed: Mapping[str, Any], kinds: Sequence[str]) -> str | None:
    """Put as many kinds of text into one as the property has room for."""
    longest, found = int(claimed.get("maxLength", 1024)), ""
    for kind in kinds if longest < _LONG else (*kinds, _LINES):
        longer = f"{found} | {kind}" if found else kind
        found = longer if len(longer) <= longest else found
    return found if len(found) >= int(claimed.get("minLength", 1)) else None


def _kinds(profile: Profile, resource: Resource) -> list[list[Mapping[str, Any]]]:
    """Every kind of text in every property, then wide characters to the brim."""
    del profile
    made = [_of_kinds(resource, number) for number in range(3)]
    full = {
        name: (_WIDE * 400)[: int(claimed.get("maxLength", 1024))]
        for name, claimed in _texts(resource).items()
    }
    brim = {name: {"Wide@run": _WIDE * 200} for name in resource.extensions}
    return waves(resource, [*made, placed(resource, full) | brim])


def _of_kinds(resource: Resource, number: int) -> dict[str, Any]:
    """Give the extension every kind of text, a property what it has room for."""
    texts = {}
    for turn, (name, claimed) in enumerate(_texts(resource).items()):
        first = (5 * number + turn) % len(TREACHEROUS)
        texts[name] = _joined(claimed, TREACHEROUS[first:] + TREACHEROUS[:first])
    held = {
        f"Text{number}@run": _LINES,
        f"Texts{number}@run": list(TREACHEROUS),
        f"Part{number}@run": {"inner": TREACHEROUS[number]},
    }
    found = {name: text for name, text in texts.items() if text}
    return placed(resource, found) | dict.fromkeys(resource.extensions, held)


@must(
    "json.unicode_roundtrip",
    only=_holds_text,
    draws=_kinds,
    cost=10,
    warns="No character SHOULD be refused, and no text be normalised.",
)
def check_every_kind_of_text_comes_back(
    target: Target, resource: Resource, payload: list[Mapping[str, Any]]
) -> None:
    """Text of every kind MUST come back as it was sent, whichever verb wrote it."""
    _insist_on_roundtrip(target, resource, payload)


def _any_text(profile: Profile, resource: Resource) -> st.SearchStrategy[Any]:
    del profile
    lines = st.lists(treacherous({"maxLength": 20}), min_size=2, max_size=4).map(
        "\n".join
    )
    drawn: dict[str, st.SearchStrategy[Any]] = {
        name: treacherous(claimed) for name, claimed in _texts(resource).items()
    }
    inner = {"Any@run": treacherous({"maxLength": 1024}), "Lines@run": lines}
    held = {name: st.fixed_dictionaries(inner) for name in resource.extensions}
    return st.fixed_dictionaries(drawn | held).map(
        lambda change: [placed(resource, change)]
    )


@must(
    "json.unicode_roundtrip",
    only=_holds_text,
    draws=_any_text,
    warns="No character SHOULD be refused, and no text be normalised.",
)
def check_any_text_comes_back(
    target: Target, resource: Resource, payload: list[Mapping[str, Any]]
) -> None:
    """Any Unicode text MUST come back as it was sent."""
    _insist_on_roundtrip(target, resource, payload)


def _insist_on_roundtrip(
    target: Target, resource: Resource, payload: Sequence[Mapping[str, Any]]
) -> None:
    for change, answer, item in writing(target, resource, payload):
        if item is None:
            turned_down(answer, "text")
            continue
        shown = item_of(read_back(target, item, answer))
        wrong = list(_changed("", change, shown, resource.schema))
        insist_on_values(target, answer, wrong, [*change])


def _changed(
    where: str, sent: Any, got: Any, claimed: Mapping[str, Any]
) -> Iterator[str]:
    """Say which texts within a value are not what was sent.

    What is claimed to be hidden, or no free text, stands there as the example's.
    """
    if isinstance(sent, Mapping):
        for name, part in sent.items():
            held = got.get(name) if isinstance(got, dict) else None
            inner = claimed.get("properties", {}).get(name, {})
            if comes_back(inner):
                yield from _changed(f"{where}.{name}".lstrip("."), part, held, inner)
    elif isinstance(sent, list):
        within = claimed.get("items", {})
        for number, part in enumerate(sent):
            fits = isinstance(got, list) and len(got) == len(sent)
            yield from _changed(
                f"{where}[{number}]", part, got[number] if fits else None, within
            )
    elif isinstance(sent, str) and (not claimed or is_free(claimed)):
        composed = got == unicodedata.normalize("NFC", sent)
        edge(got == sent or not composed, f"{where} came back in form NFC")
        if got != sent and not composed:
            yield f"{where}: sent {ascii(sent)[:200]}, got {ascii(got)[:200]}"


def _escapable(resource: Resource, text: str) -> dict[str, Any]:
    """Give the properties that have room for a text, and the extension, that text."""
    roomy = {
        name: text.ljust(int(claimed.get("minLength", 0)), ".")
        for name, claimed in _free(resource).items()
        if int(claimed.get("maxLength", 100)) >= len(text)
    }
    return roomy | {name: {"Text@run": text} for name in resource.extensions}


def _two_ways(profile: Profile, resource: Resource) -> list[dict[str, Any]]:
    changes = [_escapable(resource, _TWO_WAYS), _escapable(resource, "plain")]
    return [{"verb": v, "changes": changes} for v in in_turn(profile, resource)]


@must("json.escapes", only=_holds_text, draws=_two_ways, cost=8)
def check_escapes_are_read_as_characters(
    target: Target, resource: Resource, payload: dict[str, Any]
) -> None:
    r"""A character written as ``\uXXXX`` MUST be treated like the character itself."""
    for change in payload["changes"]:
        raw = _shown(target, resource, payload["verb"], change, as_json)
        told = _shown(target, resource, payload["verb"], change, escaped)
        if raw is None and told is None:
            continue
        insist(
            raw == told,
            f"raw characters gave {short(raw)}, escaped ones {short(told)}",
        )
        return
    raise unjudged("the text was refused, raw and escaped")


def _shown(
    target: Target,
    resource: Resource,
    verb: str,
    change: Mapping[str, Any],
    in_bytes: Callable[[Any], bytes],
) -> dict[str, Any] | None:
    """Write an item by a body spelt in one way; give what it shows of the change."""
    trial = aim(target, resource, verb)
    body = {**({} if verb == "PATCH" else trial.other), **change}
    answer = send(target, verb, trial.item, Raw("a text", in_bytes(body)))
    if not took(answer):
        return None
    id_ = item_of(answer)[resource.id.member] if verb == "CREATE" else trial.item.id
    shown = item_of(read_back(target, trial.item.place.item(id_, body), answer))
    return {name: shown.get(name) for name in change}
