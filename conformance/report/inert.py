"""Makes text from a target harmless to look at: in HTML, XML and on a terminal."""

import re

#: Characters of a text that a report shows.
LONGEST = 64 * 2**10
#: Controls, bidirectional controls, line separators, byte order mark, surrogates
#: and non-characters: what hides, reorders or breaks the text around it.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_DELETE = 0x7F


def inert(text: object, longest: int = LONGEST) -> str:
    """Show what can't be seen, keep line breaks and tabs, cut what is too long."""
    words = str(text)
    cut = words[:longest]
    shown = _HIDDEN.sub(lambda found: _shown(found[0]), cut)
    if len(cut) < len(words):
        shown += f" … (cut: {len(cut)} of {len(words)} characters)"
    return shown


def inert_line(text: object, longest: int = 2000) -> str:
    """Show a text on one line."""
    return inert(text, longest).replace("\n", "␊").replace("\t", "␉")


def _shown(character: str) -> str:
    code = ord(character)
    if code < ord(" "):
        return chr(0x2400 + code)
    return "␡" if code == _DELETE else f"⟨U+{code:04X}⟩"
