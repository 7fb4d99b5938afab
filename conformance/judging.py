"""Runs pytest over the checks, as a part of the command line. Alone in the world."""

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import typer
from rich.console import Console

from conformance.commands.consent import settle_writes
from conformance.errors import HarnessError
from conformance.firstlook import next_lines
from conformance.plugin import take, uninterrupted
from conformance.progress import shown
from conformance.report.terminal import LINES, summary
from conformance.run import Options, Run

#: Plugins of ours and of pytest's that a run has; no other.
_PLUGINS = (
    *("no:cacheprovider", "no:terminal", "no:faulthandler", "no:unraisableexception"),
    *("no:threadexception", "no:pastebin", "no:debugging", "no:subtests"),
    *("no:logging", "no:doctest", "no:unittest", "no:setuponly", "no:stepwise"),
    "no:tmpdir",
    *("pytest_metadata.plugin", "pytest_html.plugin", "conformance.plugin"),
)


class Opened:
    """Hands a run that is open already to pytest."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._done = 0
        self.trouble = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take the run as this session's."""
        take(config, self._run)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Let go of what chose the items: of many rows it is most that they hold."""
        markers: list[pytest.Mark] = []
        properties: list[tuple[str, object]] = []
        words: set[str] = set()
        for item in session.items:
            item.own_markers, item.user_properties = markers, properties
            item.extra_keyword_matches = words
            if item.parent is not None:
                item.keywords = item.parent.keywords
            if isinstance(item, pytest.Function):
                item.__dict__.pop("callspec", None)
                # As pytest leaves an item that it has run, and may run again.
                item._request = False  # type: ignore[assignment]  # noqa: SLF001
                item.funcargs = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Let go of an item that is done: pytest asks for those behind it alone."""
        done = yield
        item.session.items[self._done] = nextitem or item
        self._done += 1
        return done

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let go of the last items: reports need room."""
        with uninterrupted():
            session.items.clear()
            gc.collect()
            _give_back()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why checks could not be collected: our own bug."""
        if report.failed and not self.trouble:
            lines = report.longreprtext.strip().splitlines() or ["?"]
            self.trouble = f"{report.nodeid}: {lines[-1]}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> bool:
        """Keep what broke, instead of printing where."""
        self.trouble = self.trouble or excinfo.exconly()
        return True


def judge(options: Options) -> int:
    """Judge a target, leave the reports, say the sum, and give the exit code.

    Raises:
        UsageError: The input is wrong; nothing was sent and nothing is left behind.
        HarnessError: pytest could not run the checks.
    """
    _share_arenas()
    console = Console(stderr=True)
    fresh = not options.out.exists()
    opened = Run(options)
    try:
        opened.open()
        for words in opened.config.warnings:
            print(f"conformance: {words}", file=sys.stderr)  # noqa: T201
        settle_writes(opened, console)
        with shown(opened), _alone(opened):
            code = _pytest(opened)
    finally:
        opened.close()
        if fresh and not opened.started:
            _forget(options.out)
    if opened.told is not None:
        typer.echo(_summed_up(opened))
    return code


def _summed_up(opened: Run) -> str:
    assert opened.told is not None  # noqa: S101 - the caller looked
    options = opened.options
    words = summary(opened.told, options.out)
    if not options.first_look:
        return words
    *lines, last = words.splitlines()
    steps = next_lines(opened.config.base_url, options.ca)
    next_ = [f"next: {steps[0]}", *(f"      {step}" for step in steps[1:])]
    return "\n".join([*lines[: LINES - 1 - len(next_)], last, *next_])


def _pytest(opened: Run) -> int:
    out = opened.options.out
    plugin = Opened(opened)
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        ini = Path(folder) / "pytest.ini"
        ini.write_text("[pytest]\n", encoding="utf-8")
        words = ["-c", str(ini), "--rootdir", folder, "--noconftest"]
        words += [word for name in _PLUGINS for word in ("-p", name)]
        words += ["--capture=sys"]  # of files, it is changed a dozen times a row
        words += [f"--html={out / 'pytest.html'}", "--self-contained-html"]
        code = int(pytest.main([*words, "--pyargs", "conformance.checks"], [plugin]))
    if plugin.trouble:
        raise HarnessError(plugin.trouble)
    if opened.told is None and code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if opened.told is None:
        raise HarnessError(f"pytest ended with {code}")
    return code


#: M_ARENA_MAX of glibc's malloc.h: heaps that threads share.
_ARENA_MAX, _ARENAS = -8, 2


def _share_arenas() -> None:
    """Let a hundred threads share two heaps: of many, each keeps what it has had."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def _give_back() -> None:
    """Give the system back what is free, where the C library knows how to."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _forget(folder: Path) -> None:
    """Remove the folder of a run that never began, and what was made for it."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


@contextlib.contextmanager
def _alone(run: Run) -> Iterator[None]:
    """Let nothing around the run have an effect on it, but Ctrl-C."""
    kept = dict(os.environ)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)

    def stop(*_: object) -> None:
        # Python drops what is raised while it collects garbage: the flag stays.
        run.stop()
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [(number, signal.signal(number, stop)) for number in numbers]
    hook, sys.unraisablehook = sys.unraisablehook, _said_unless_interrupted
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in handlers:
            signal.signal(number, handler)
        os.environ.clear()
        os.environ.update(kept)


def _said_unless_interrupted(unraisable: "sys.UnraisableHookArgs") -> None:
    """Say what could not be raised, as Python does; Ctrl-C is acted on elsewhere."""
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
