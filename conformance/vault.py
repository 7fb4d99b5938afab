"""Secrets: kept here alone. Everybody else holds marks that stand for them.

A mark is plain ASCII that no encoding changes, so that it can stand in a URL, a
header, a form and a JSON text alike. The recorder turns marks into secrets on
the way out, and secrets into marks on the way in.
"""

import base64
import functools
import hashlib
import hmac
import html
import json
import re
import secrets
import threading
import urllib.parse
from collections.abc import Callable, Iterable, Mapping

MARK = re.compile(r"~SECRET~([A-Za-z0-9_.-]+)~[0-9a-f]{8}~")
_MARK_BYTES = re.compile(rb"~SECRET~([A-Za-z0-9_.-]+)~[0-9a-f]{8}~")
#: A string of a JSON text, quotes and all.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
#: What every mark begins with.
BEGIN = "~SECRET~"
_BEGIN_BYTES = BEGIN.encode()
#: Shorter secrets are struck out as whole values only, and their marks say so.
SHORTEST = 8
SHORT = ".short"
#: Forms this long are met by a walk over a text that looks at a few bytes each step:
#: one of the form's first grams, one for each byte of a step, stands where it looks.
_LONG = 24
_GRAM = 8
_STEP = _LONG - _GRAM + 1


def _every_byte(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


#: Ways to encode a value in a form, all of which mean the same.
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "plus": urllib.parse.quote_plus,
    "percent": functools.partial(urllib.parse.quote, safe=""),
    "every byte": _every_byte,
}


class Vault:
    """Holds secrets by name and strikes them out of texts."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._marks: dict[str, str] = {}
        self._reals: dict[str, str] = {}
        self._forms: dict[bytes, bytes] = {}
        self._short: dict[bytes, bytes] = {}
        self._grams: set[bytes] = set()
        self._lock = threading.Lock()

    def keep(self, name: str, secret: str, *, everywhere: bool = True) -> str:
        """Keep a secret and give its mark; the same secret keeps its first mark.

        Args:
            name: Letters, digits, dots and dashes.
            secret: The real text; an empty one is no secret and is given back.
            everywhere: Look for it in encoded forms too.
        """
        if not secret:
            return secret
        with self._lock:
            if secret in self._marks:
                return self._marks[secret]
            digest = hmac.new(self._key, secret.encode(), hashlib.sha256).hexdigest()
            name += SHORT if len(secret) < SHORTEST else ""
            mark = f"~SECRET~{name}~{digest[:8]}~"
            self._marks[secret] = mark
            self._reals[mark] = secret
            self._add_forms(name, secret, digest[:8], everywhere=everywhere)
        return mark

    def _add_forms(
        self, name: str, secret: str, digest: str, *, everywhere: bool
    ) -> None:
        forms = encodings(secret)
        if not everywhere:
            forms = {suffix: forms[suffix] for suffix in ("", ".percent")}
        whole = len(secret) < SHORTEST
        added: dict[bytes, bytes] = {}
        for suffix, form in forms.items():
            mark = f"~SECRET~{name}{suffix}~{digest}~".encode()
            if whole:
                added.setdefault(b'"' + form + b'"', b'"' + mark + b'"')
            else:
                added.setdefault(form, mark)
        # Replaced whole, as other threads are striking by the one before.
        # Older ones first: what is derived from a secret may be a part of it.
        new = {form: mark for form, mark in added.items() if form not in self._forms}
        long = [form for form in new if len(form) >= _LONG]
        self._grams = self._grams.union(
            form[i : i + _GRAM] for form in long for i in range(_STEP)
        )
        self._forms = self._forms | new
        self._short = self._short | {f: new[f] for f in new if len(f) < _LONG}

    def _possible(self, text: bytes) -> Mapping[bytes, bytes]:
        """Give the forms that a text may hold: all, or only the short ones."""
        places = range(0, len(text) - _GRAM + 1, _STEP)
        if self._grams.isdisjoint([text[i : i + _GRAM] for i in places]):
            return self._short
        return self._forms

    def strike(self, text: bytes) -> bytes:
        """Replace every secret in a text by its mark."""
        for form, mark in self._possible(text).items():
            if form in text:
                text = text.replace(form, mark)
        return text

    def strike_json(self, text: bytes) -> bytes:
        """Replace secrets in the strings of a JSON text that holds escapes, too."""
        if b"\\" in text:
            text = _STRING.sub(self._struck_string, text)
        return self.strike(text)

    def _struck_string(self, found: re.Match[bytes]) -> bytes:
        """Give a string as it stands, or decoded and struck, if a secret is in it."""
        if b"\\" not in found[0]:
            return found[0]
        try:
            value = as_bytes(json.loads(found[0]))
        except ValueError:
            return found[0]
        struck = self.strike(b'"' + value + b'"')[1:-1]
        if struck == value:
            return found[0]
        return json.dumps(struck.decode("utf-8", "surrogateescape")).encode()

    def strike_headers(
        self, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[tuple[str, str], ...]:
        """Replace every secret in the values of headers; give names in lower case."""
        return named((name, self.strike(value)) for name, value in headers)

    def strike_text(self, text: str) -> str:
        """Replace every secret in a text by its mark."""
        return self.strike(as_bytes(text)).decode("utf-8", "surrogateescape")

    def real(self, mark: str) -> str:
        """Give the secret that a mark stands for; any other text as it is."""
        return self._reals.get(mark, mark)

    def fill(self, text: str, encode: Callable[[str], str] = str) -> str:
        """Replace every mark in a text by its secret, encoded."""
        if BEGIN not in text:
            return text
        return MARK.sub(lambda found: encode(self.real(found[0])), text)

    def fill_bytes(self, text: bytes, encode: Callable[[str], str]) -> bytes:
        """Replace every mark in bytes by its secret, encoded."""
        if _BEGIN_BYTES not in text:
            return text
        return _MARK_BYTES.sub(
            lambda found: encode(self.real(found[0].decode())).encode(), text
        )

    def holds(self, text: bytes) -> str | None:
        """Name a secret that stands in a text, or None."""
        for form, mark in self._possible(text).items():
            if form in text:
                return mark.decode()
        return None


def as_bytes(text: str) -> bytes:
    """Give a text's bytes; what was no UTF-8 when it was read stays as it was."""
    return text.encode("utf-8", "surrogateescape")


def named(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Give headers as texts, their names in lower case."""
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in headers
    )


def marks_in(text: str) -> list[str]:
    """Give every mark that stands in a text."""
    return [found[0] for found in MARK.finditer(text)]


@functools.lru_cache(maxsize=256)
def encodings(secret: str) -> Mapping[str, bytes]:
    """Give suffix of a mark → the form of a secret that it stands for."""
    raw = secret.encode()
    return {
        "": raw,
        ".percent": urllib.parse.quote(secret, safe="").encode(),
        ".plus": urllib.parse.quote_plus(secret).encode(),
        ".json": json.dumps(secret)[1:-1].encode(),
        ".html": html.escape(secret).encode(),
        ".base64": base64.b64encode(raw).rstrip(b"="),
        ".base64url": base64.urlsafe_b64encode(raw).rstrip(b"="),
        ".hex": raw.hex().encode(),
    }


def form_text(form: Mapping[str, str], spelling: str = "plus") -> str:
    """Write a form; marks stay as they are, to be encoded on the way out."""
    encode = SPELLINGS[spelling]
    return "&".join(
        f"{name}={value if MARK.fullmatch(value) else encode(value)}"
        for name, value in form.items()
    )
