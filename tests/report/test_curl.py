"""curl lines: right for a shell, without secrets."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from conformance.report.curl import curl

from .conftest import MARK, exchange

AWKWARD = ["it's", 'say "hi"', "a$b`c`\\d", "wait!", "two\nlines", "\x1b[31m", "", "ü☃"]


def words(body: str, environment: dict[str, str]) -> list[str]:
    """What bash makes of an exchange's curl line."""
    given = exchange(1, "x")
    record = replace(given, sent=replace(given.sent, body=body.encode())).record()
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{curl(record, 'ca.pem')}"
    bash = shutil.which("bash")
    assert bash is not None
    made = subprocess.run(
        [bash, "-c", script], env=environment, capture_output=True, check=True
    )
    return made.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("body", AWKWARD)
def test_a_shell_reads_back_what_was_sent(body: str) -> None:
    """Quotes, dollars, controls and Unicode arrive as they were."""
    found = words(body, {"TOKEN": "t", "LC_ALL": "C.UTF-8"})

    assert found[found.index("--data-binary") + 1] == body
    assert found[:5] == ["-sS", "--cacert", "ca.pem", "-X", "POST"]


@pytest.mark.parametrize("body", [text for text in AWKWARD if text.isprintable()])
def test_marks_become_variables_among_awkward_text(body: str) -> None:
    """The secret comes from the environment of whoever repeats it."""
    environment = {"TOKEN": "t0k", "APP_CLIENT_SECRET": "s", "LC_ALL": "C.UTF-8"}
    found = words(f"{body}{MARK}{body}", environment)

    assert found[found.index("--data-binary") + 1] == f"{body}s{body}"
    assert "Authorization: Bearer t0k" in found


def test_a_long_body_is_left_to_the_report() -> None:
    """A line of a log stays a line."""
    given = exchange(1, "x")
    record = replace(given, sent=replace(given.sent, body=b"a" * 5000)).record()

    assert len(curl(record)) < 500
    assert "5000 characters" in curl(record)
