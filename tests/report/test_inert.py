"""Text from a target, made harmless to look at."""

import pytest

from conformance.report.inert import inert, inert_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x00\x1b[2J", "␀␛[2J"),
        ("a\x7fb", "a␡b"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("\ud800", "⟨U+D800⟩"),
        ("a\r\nb", "a␍\nb"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("naïve ☃ 👩‍🚀\tb", "naïve ☃ 👩‍🚀\tb"),
    ],
)
def test_what_hides_is_shown(text: str, shown: str) -> None:
    """Controls get pictures, what reorders gets its code; the rest stays."""
    assert inert(text) == shown


def test_a_line_stays_a_line() -> None:
    """A message can't forge a second line of a log."""
    assert inert_line("ok\nPASS") == "ok␊PASS"


def test_a_long_text_is_cut_and_its_length_said() -> None:
    """A hostile body does not fill the page."""
    assert inert("a" * 50, 10) == "a" * 10 + " … (cut: 10 of 50 characters)"
