"""pytest's hooks: collects checks as rows, reports their verdicts. Inert elsewhere.

What is pytest's alone; `conformance.judging` has what only the command line does.
"""

import contextlib
import inspect
import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

# Before any check module is imported, or a bare assert would fail without words.
pytest.register_assert_rewrite("conformance.checks")

from typing_extensions import override

from conformance.errors import ConformanceError, UsageError
from conformance.options import DEPTHS, Options, failed_rows
from conformance.plan import AXES, Row
from conformance.report.document import document, exit_code, write_reports
from conformance.report.html_plugin import HtmlColumns
from conformance.report.terminal import summary
from conformance.requirement import check_of
from conformance.run import Run
from conformance.verdict import Result, Verdict

CHECKS = Path(__file__).resolve().parent / "checks"
RUN = pytest.StashKey[Run]()
#: Attribute of an item that is a row: a stash of its own is half of what one holds.
ROW = "conformance_row"
COLUMNS = "conformance.columns"
OWN_FAULT = 4
#: pytest's own words for: the checks could not even be collected.
_FAILED = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
_GIVEN = ("target", "profile", "payload")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run; without ``--target`` nothing happens."""
    group = parser.getgroup("conformance", "contract conformance")
    add = group.addoption
    add("--target", help="judge this server: a URL, a target file, or 'reference'")
    add("--conformance-profile", help="a shipped profile's name or a file")
    add("--conformance-openapi", help="the server's OpenAPI document: a file or URL")
    add("--conformance-out", help="folder of the reports")
    add("--conformance-ca", help="PEM file of the CA to trust")
    add("--conformance-depth", default="standard", choices=list(DEPTHS))
    for words in ("chapter", "clause", "resource", "fault", "variant"):
        add(f"--conformance-{words}", action="append", default=[])
    for words in ("read-only", "allow-plain-http", "allow-writes"):
        add(f"--conformance-{words}", action="store_true", default=False)
    for words in ("seed", "budget", "concurrency", "latency"):
        add(f"--conformance-{words}", type=int)
    for words in ("rate", "max-time"):
        add(f"--conformance-{words}", type=float)
    add("--conformance-failed", help="only what failed in this report.json")
    add("--conformance-record", help="judge this record again, without a network")


def options_of(config: pytest.Config) -> Options:
    """Take a run's options from pytest's."""
    option = config.option
    record = option.conformance_record
    out, failed = option.conformance_out, option.conformance_failed
    return Options(
        target=option.target,
        out=Path(out) if out else new_folder(Path("reports")),
        profile=option.conformance_profile,
        openapi=option.conformance_openapi,
        ca=option.conformance_ca,
        chapters=tuple(option.conformance_chapter),
        clauses=tuple(option.conformance_clause),
        resources=tuple(option.conformance_resource),
        rows=failed_rows(Path(failed)) if failed else (),
        depth=option.conformance_depth,
        read_only=option.conformance_read_only,
        allow_plain_http=option.conformance_allow_plain_http,
        allow_writes=option.conformance_allow_writes,
        seed=option.conformance_seed,
        requests=option.conformance_budget,
        concurrency=option.conformance_concurrency,
        rate=option.conformance_rate,
        max_time_s=option.conformance_max_time,
        faults=tuple(option.conformance_fault),
        variants=tuple(option.conformance_variant),
        latency_ms=option.conformance_latency or 0,
        played=Path(record) if record else None,
    )


def new_folder(reports: Path) -> Path:
    """Name a folder for a run that starts now."""
    now = datetime.now(UTC)
    return reports / now.strftime("%Y%m%dT%H%M%S%fZ")


def pytest_configure(config: pytest.Config) -> None:
    """Open the run when a target is named."""
    config.addinivalue_line(
        "markers", "requirement(level, clause): what a check judges"
    )
    if not config.getoption("--target", default=None):
        return
    run = Run(options_of(config))
    try:
        run.open()
    except UsageError as error:
        run.close()
        pytest.exit(f"conformance: {error}", returncode=3)
    except ConformanceError as error:
        run.close()
        pytest.exit(f"conformance: {error}", returncode=4)
    take(config, run)
    _honour_exitfirst_from_the_command_line_only(config)


def take(config: pytest.Config, run: Run) -> None:
    """Make the run this session's, before pytest-html asks for its columns."""
    config.stash[RUN] = run
    config.addinivalue_line("python_files", str(CHECKS / "*.py"))
    title = f"Conformance of {run.config.base_url}"
    config.pluginmanager.register(HtmlColumns(title), COLUMNS)


def _honour_exitfirst_from_the_command_line_only(config: pytest.Config) -> None:
    """Keep another project's ``addopts = -x`` from cutting the row list."""
    asked = [str(word) for word in config.invocation_params.args]
    words = ("-x", "--exitfirst", "--maxfail")
    if not any(word.startswith(words) for word in asked):
        config.option.maxfail = 0


class CheckModule(pytest.Module):
    """A module of checks: collects ``check_*`` functions and nothing else."""

    @override
    def funcnamefilter(self, name: str) -> bool:
        return name.startswith("check_")

    @override
    def classnamefilter(self, name: str) -> bool:
        return False


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Collector, name: str, obj: object
) -> list[pytest.Function] | None:
    """Take late checks too: pytest itself refuses a test that yields."""
    late = isinstance(collector, CheckModule) and inspect.isgeneratorfunction(obj)
    if not late or not isinstance(collector, CheckModule):
        return None
    if not collector.funcnamefilter(name):
        return []
    return list(collector._genfunctions(name, obj))  # noqa: SLF001 - the only way


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Collect modules of checks as such, when there is a target."""
    if RUN in parent.config.stash and module_path.parent == CHECKS:
        module: pytest.Module = CheckModule.from_parent(parent, path=module_path)
        return module
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item of each row."""
    check = check_of(metafunc.function)
    run = metafunc.config.stash.get(RUN, None)
    if check is None or run is None:
        return
    rows = run.plan.by_check[check.id]
    names = _given(rows[0])
    metafunc.parametrize(
        names,
        [_values(row, names) for row in rows],
        ids=[row.label or ("target" if row.claimed else "not_claimed") for row in rows],
    )


def _given(row: Row) -> list[str]:
    """Name what a check is called with that a row gives; fixtures are none of it."""
    return [n for n in row.check.arguments if n in AXES or n in _GIVEN]


def _values(row: Row, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(row.arguments.get(name) for name in names)


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Tie items to rows; passive ones come last, as they see every exchange."""
    del session
    run = config.stash.get(RUN, None)
    if run is None:
        return
    selected = {row.id for row in run.selected}
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    marks: dict[tuple[str, str], pytest.MarkDecorator] = {}
    for item in items:
        row = _row_of(run, item)
        if row is not None:
            setattr(item, ROW, row)
            item.add_marker(_mark(marks, row))
        (kept if row is None or row.id in selected else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    kept.sort(key=_passive)
    items[:] = kept


def _mark(
    marks: dict[tuple[str, str], pytest.MarkDecorator], row: Row
) -> pytest.MarkDecorator:
    """Give a row's mark, one for all rows of its clause and level."""
    level, clause = row.level.value, row.clause
    if (level, clause) not in marks:
        marks[level, clause] = pytest.mark.requirement(level=level, clause=clause)
    return marks[level, clause]


def _row(item: pytest.Item) -> Row | None:
    """Give the row that an item is, if it is one."""
    return getattr(item, ROW, None)


def _passive(item: pytest.Item) -> bool:
    row = _row(item)
    return row is not None and row.passive


def _row_of(run: Run, item: pytest.Item) -> Row | None:
    if not isinstance(item, pytest.Function):
        return None
    check = check_of(item.function)
    if check is None:
        return None
    for row in run.plan.by_check[check.id]:
        label = row.label or ("target" if row.claimed else "not_claimed")
        if item.callspec.id == label:
            return row
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Queue every row before the first is reported."""
    run = session.config.stash.get(RUN, None)
    if run is not None and not session.config.option.collectonly:
        rows = [_row(item) for item in session.items]
        run.selected = [row for row in rows if row is not None]
        run.start()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Hand a row's values over: as fixtures of pytest's they cost more than the row."""
    row = _row(item)
    if row is not None and isinstance(item, pytest.Function):
        given = _given(row)
        item.funcargs.update(zip(given, _values(row, given), strict=True))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Wait for the row's verdict instead of calling the body here."""
    row = _row(pyfuncitem)
    if row is None:
        return None
    result = pyfuncitem.config.stash[RUN].result(row)
    match result.verdict:
        case Verdict.FAIL:
            pytest.fail(result.message, pytrace=False)
        case Verdict.INCONCLUSIVE:
            pytest.fail(f"inconclusive: {result.cause}", pytrace=False)
        case Verdict.NOT_APPLICABLE:
            raise pytest.skip.Exception(result.message)  # noqa: TID251 - no check says so
        case _:
            return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report carry the row's verdict, duration and evidence."""
    report = yield
    row = _row(item)
    run = item.config.stash.get(RUN, None)
    if row is None or run is None:
        return report
    reason = _set_aside(item, report)
    if reason is not None:
        run.set_aside[row.id] = reason
        run.result(row)
    if call.when != "call":
        return report
    result = run.results.get(row.id)
    if result is None:
        return report
    report.duration = result.duration_s
    if result.verdict is Verdict.NOT_APPLICABLE:
        # pytest would name a line of this file, at its place on this machine.
        report.longrepr = ("", 0, f"not applicable: {result.message}")
    report.user_properties += [
        ("row", row.id),
        ("clause", row.clause),
        ("level", row.level.value),
        ("verdict", result.verdict.value),
        ("sentence", row.check.sentence),
    ]
    for words in _evidence(run, result):
        report.sections.append(("Captured exchange call", words))
    return report


def _set_aside(item: pytest.Item, report: pytest.TestReport) -> str | None:
    """Say why a row has no verdict, though the engine has judged it.

    A skip or an xfail that somebody's conftest puts on a check must not read as a
    pass, and a fixture of theirs that fails is nothing the target did.
    """
    mark = item.get_closest_marker("xfail")
    if mark is not None:
        return f"marked as expected to fail: {mark.kwargs.get('reason', '')}"
    if report.when == "setup" and not report.passed:
        return f"{report.outcome} before it began: {report.longreprtext[-200:]}"
    return None


def _evidence(run: Run, result: Result) -> list[str]:
    if result.verdict not in (Verdict.FAIL, Verdict.WARN):
        return []
    return [one.words for one in run.recorder.find(result.exchanges[:20])]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Clean up, write the reports, and set the exit status."""
    run = session.config.stash.get(RUN, None)
    if run is None or not hasattr(run, "engine"):
        return
    try:
        if run.started:
            interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
            run.stop_if(session.shouldstop or session.shouldfail or interrupted)
            with uninterrupted():
                run.finish()
                run.told = document(run)
                write_reports(run.told, run)
                _say_in_html(session.config, run)
            session.exitstatus = exit_code(run.told)
        elif session.exitstatus in _FAILED and session.testsfailed:
            session.exitstatus = OWN_FAULT
    finally:
        run.close()


def _say_in_html(config: pytest.Config, run: Run) -> None:
    columns = config.pluginmanager.get_plugin(COLUMNS)
    if isinstance(columns, HtmlColumns) and run.told is not None:
        lines = summary(run.told, run.options.out).splitlines()
        columns.words = tuple(lines[:2])


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C not keep the run from removing what it made."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say the verdict where plain pytest says its own."""
    run = config.stash.get(RUN, None)
    if run is not None and run.told is not None:
        terminalreporter.section("conformance")
        terminalreporter.write_line(summary(run.told, run.options.out))
