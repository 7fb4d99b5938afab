"""One run: from options to results. Knows no pytest and writes no report."""

import contextlib
import gc
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from conformance import firstlook
from conformance.config import (
    Config,
    Identity,
    config_from,
    config_from_public,
    config_from_url,
    read_config,
)
from conformance.contract.document import Document
from conformance.contract.fetching import FILE, document_of, given, is_url
from conformance.draw import no_hypothesis_folder
from conformance.embedded import reference
from conformance.engine import Engine
from conformance.errors import UsageError
from conformance.ledger import Ledger
from conformance.line import Limits, Line
from conformance.live import LiveLine
from conformance.options import DEPTHS, Options, provoking, selected
from conformance.plan import Plan, Row, shipped_checks
from conformance.played import PlayedLine
from conformance.profile import Profile, load_profile, profile_from
from conformance.recorder import Recorder
from conformance.requirement import Check
from conformance.session import Session
from conformance.shrinking import Smaller
from conformance.smoke import smoke_rows
from conformance.trust import trusting
from conformance.urls import insist_on_no_login, parts_of
from conformance.vault import Vault
from conformance.verdict import Result, Verdict
from conformance.wire.bounded import Kept, bounded
from conformance.wire.verbatim import Verbatim

__all__ = ["DEPTHS", "Options", "Run", "played_header", "reference", "trusting"]
#: How a target is treated, so that a rehearsal treats the reference alike.
_TREATMENT = (
    *("allow_writes", "allow_leftovers", "single_session", "list_pages", "absent"),
    *("requests", "failed_logins", "concurrency"),
)
RECORD = "record.jsonl"
LEDGER = "ledger.jsonl"


#: Makes a connection.
Transport: TypeAlias = Callable[[], httpx.BaseTransport]
#: Profile, faults, variants, milliseconds of latency → a target file's content, and
#: perhaps ``around``, which makes a transport that takes a shorter way where it can.
Serve: TypeAlias = Callable[
    [Path, tuple[str, ...], tuple[str, ...], int],
    contextlib.AbstractContextManager[dict[str, Any]],
]


@dataclass(frozen=True, slots=True)
class Bench:
    """What many runs against the reference share, so that each is quick.

    Attributes:
        serve: Starts the reference.
        plan: Made before, with what was drawn for it; without one, each run's own.
        keeping: Write the record and the ledger; the reference needs neither.
    """

    serve: Serve = reference
    plan: Plan | None = None
    keeping: bool = True


_ALONE = Bench()
#: A run makes many objects and few cycles: to look for these as often as Python
#: does took a tenth of its time. What drawing leaves is looked for among the young.
_COLLECTING = (20_000, 5, 50)


class Run:
    """A run that is open: its target is there, its plan is made.

    Attributes:
        results: Row id → result, as they were asked for.
        set_aside: Row id → why somebody else's pytest plugin wants no verdict on it.
        told: The report's document, once the run is judged.
        count: How many payloads a row gets that takes them from a strategy.
    """

    def __init__(
        self,
        options: Options,
        extra_checks: tuple[Check, ...] = (),
        means: Config | None = None,
        bench: Bench = _ALONE,
    ) -> None:
        self.options = options
        self._means = means
        self._bench = bench
        self._around: Callable[[Transport], Transport] | None = None
        self.results: dict[str, Result] = {}
        self.set_aside: dict[str, str] = {}
        self.progress: Callable[[int, int], None] = lambda _done, _total: None
        self._extra = extra_checks
        self._stack = contextlib.ExitStack()
        self.started_s = time.time()
        self.started = False
        self.told: dict[str, Any] | None = None
        self.count: Callable[[Row], int] = lambda _row: DEPTHS[self.options.depth]

    def open(self) -> None:
        """Read the files, and start the reference if asked.

        Raises:
            UsageError: The input is wrong; nothing was sent or written.
        """
        header = played_header(self.options.played)
        if header:
            self.options = self.options.as_kept(header["options"])
        options = self.options
        self._stack.enter_context(no_hypothesis_folder())
        self._stack.enter_context(_seldom_collecting())
        self.profile, self.config = self._documented(*self._inputs())
        checks = (*shipped_checks(), *self._extra)
        self.plan = self._bench.plan or Plan(self.profile, checks, reused=False)
        visited = smoke_rows(self.plan) if options.depth == "smoke" else None
        chosen = selected(options, self.plan)
        self.selected = [r for r in chosen if visited is None or r.id in visited]
        make_transport = None if options.played else self._transport()
        _make_folder(options.out)
        self.seed = _first(options.seed, header.get("seed"), random.randrange(2**32))
        self.prefix = header.get("prefix") or f"ct{random.randbytes(3).hex()}"
        self.vault = Vault()
        keeping = self._bench.keeping and options.played is None
        self.recorder = Recorder(options.out / RECORD if keeping else None)
        self._stack.callback(self.recorder.close)
        self.line = self._line(make_transport)
        self._stack.callback(self.line.close)
        about = {
            "seed": self.seed,
            "prefix": self.prefix,
            "base_url": self.config.base_url,
            "depth": options.depth,
        }
        ledger = Ledger(options.out / LEDGER if keeping else None, about)
        self._stack.callback(ledger.close_unused)
        self.session = Session(
            self.profile,
            self.config,
            self.line,
            ledger,
            prefix=self.prefix,
            seed=self.seed,
            read_only=options.read_only or not self.config.allow_writes,
        )
        self.engine = Engine(
            self.session,
            self.plan,
            concurrency=self.config.concurrency,
            progress=lambda *done: self.progress(*done),  # noqa: PLW0108 - set later
        )
        self.engine.shrinking = options.played is None

    def allow_writes(self) -> None:
        """Take it that the target's owner allows writes after all."""
        self.config = replace(self.config, allow_writes=True)
        self.session.config = self.config
        self.session.read_only = self.options.read_only

    def start(self) -> None:
        """Draw every payload, then queue every selected row, if somebody is there."""
        self.started = True
        self.recorder.add_header(
            {
                "seed": self.seed,
                "prefix": self.prefix,
                "options": self.options.kept(),
                "profile": self.profile.raw,
                "config": self.config.public(),
            }
        )
        longest = self.options.max_time_s
        if longest is None and self.options.first_look:
            longest = firstlook.LONGEST_S
        if longest is not None:
            timer = threading.Timer(longest, self.stop)
            timer.daemon = True
            timer.start()
            self._stack.callback(timer.cancel)
        try:
            also = provoking(self.plan, self.selected) if self.options.partial else []
            rows = [*self.selected, *also]
            self.engine.watch(rows)
            if self.engine.gone is None:
                document = self._document(rows)
                self.plan.draw(self.seed, self.count, self.prefix, rows, document)
            self.engine.start(rows)
        except BaseException:
            # Ctrl-C may come before every unit is queued, and none waits for it.
            self.engine.abandon()
            raise
        if self.options.first_look:
            firstlook.provoke(self.session)

    def _document(self, rows: list[Row]) -> Document | None:
        """Get the target's own document, if a row is judged or made by it."""
        wanted = any(row.claimed and row.check.chapter == "contract" for row in rows)
        return document_of(self.session) if wanted else None

    def result(self, row: Row) -> Result:
        """Give the verdict on a row, waiting for it."""
        found = self.engine.result(row)
        if row.id in self.set_aside:
            cause = f"set aside from elsewhere: {self.set_aside[row.id]}"
            found = Result(Verdict.INCONCLUSIVE, cause=cause)
        self.results[row.id] = found
        return found

    def stop(self) -> None:
        """Let nothing new begin."""
        if hasattr(self, "engine"):
            self.engine.stop()

    def stop_if(self, reason: object) -> None:
        """Stop when there is a reason to."""
        if reason:
            self.stop()

    def finish(self) -> None:
        """Wait for what is under way, clean up, and judge every selected row.

        What verdicts are made from is let go then.
        """
        self.engine.finish()
        for row in self.selected:
            self.result(row)
        for id_, ways in self.engine.smallest.items():
            if id_ in self.results:
                notes = _payload_notes(ways)
                self.results[id_] = replace(self.results[id_], notes=notes)
        self.engine.forget()
        self.finished_s = time.time()

    def close(self) -> None:
        """Close files and connections, end the reference."""
        self._stack.close()

    # ----------------------------------------------------------------------- inputs

    def _inputs(self) -> tuple[Profile, Config]:
        options = self.options
        if options.depth not in DEPTHS:
            raise UsageError(f"--depth {options.depth!r}: one of {', '.join(DEPTHS)}")
        if options.played is not None:
            header = played_header(options.played)
            profile = profile_from(header["profile"], options.played)
            return profile, config_from_public(header["config"])
        if options.target == "reference":
            plan = self._bench.plan
            named = options.profile or "reference"
            profile = plan.profile if plan else load_profile(named)
            told = self._stack.enter_context(
                self._bench.serve(
                    profile.path, options.faults, options.variants, options.latency_ms
                )
            )
            self._around = told.pop("around", None)
            config = config_from(told, Path(told["ca"]))
            config = replace(config, allow_writes=True)
            if self._means is not None and self._means.base_url != config.base_url:
                config = _with_means_of(config, self._means)
            if options.first_look:
                profile = profile_from(firstlook.PROFILE, Path("first look"))
        elif options.first_look:
            config = self._named_config()
            profile = profile_from(firstlook.PROFILE, Path("first look"))
        else:
            config = self._named_config()
            profile = load_profile(options.profile or config.profile or "reference")
        return profile, self._with_options(config)

    def _documented(self, profile: Profile, config: Config) -> tuple[Profile, Config]:
        """Take the document that is given for the one that the profile claims."""
        place = self.options.openapi or config.openapi
        if place is None:
            return profile, config
        if is_url(place):
            named = f"{self.options.target}: openapi"
            where = "--openapi" if self.options.openapi else named
            parts_of(place, where)
            insist_on_no_login(place, where)
        else:
            if self.options.played is None:
                given(place)
            place = FILE + place
        return replace(profile, document=place), config

    def _named_config(self) -> Config:
        target = self.options.target
        if target.endswith(".toml") or Path(target).is_file():
            return read_config(Path(target))
        return config_from_url(target)

    def _with_options(self, config: Config) -> Config:
        options = self.options
        ca = Path(options.ca).resolve() if options.ca else config.ca
        if ca is not None and not ca.is_file():
            raise UsageError(f"--ca {options.ca}: no such file")
        config = replace(
            config,
            ca=ca,
            requests=_first(options.requests, config.requests),
            rate=_first(options.rate, config.rate),
            concurrency=_first(options.concurrency, config.concurrency),
            allow_plain_http=options.allow_plain_http,
            allow_writes=options.allow_writes or config.allow_writes,
        )
        if config.plain and not options.allow_plain_http:
            raise UsageError(
                f"{config.base_url}: plain HTTP, and the conventions want HTTPS; "
                "--allow-plain-http judges it all the same, sending no credential"
            )
        return config

    # ------------------------------------------------------------------------- line

    def _line(self, transport: Transport | None) -> Line:
        if self.options.played is not None or transport is None:
            assert self.options.played is not None  # noqa: S101 - one of the two
            with self.options.played.open(encoding="utf-8") as lines:
                return PlayedLine(self.vault, self.recorder, lines)
        limits = Limits(
            requests=self.config.requests,
            rate=self.config.rate,
            in_flight=self.config.concurrency,
        )
        as_written = None if self.config.proxy else Verbatim(trusting(self.config.ca))
        return LiveLine(
            self.vault, self.recorder, limits, self._transport(), as_written
        )

    def _transport(self) -> Transport:
        context = trusting(self.config.ca)
        proxy = self.config.proxy

        def make() -> httpx.BaseTransport:
            if proxy is None:
                return Kept(context)
            one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
            return bounded(
                httpx.HTTPTransport(
                    verify=context,
                    trust_env=False,
                    http2=False,
                    proxy=proxy,
                    limits=one,
                )
            )

        return self._around(make) if self._around else make


@contextlib.contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Have Python look for cycles of garbage less often, while a run is open."""
    before = gc.get_threshold()
    gc.set_threshold(*_COLLECTING)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def played_header(record: Path | None) -> dict[str, Any]:
    """Give what a record says of its run; nothing when there is none.

    Raises:
        UsageError: It can't be read or is no record.
    """
    if record is None:
        return {}
    try:
        with record.open(encoding="utf-8") as lines:
            header: dict[str, Any] = json.loads(next(lines))["run"]
            return header
    except OSError as error:
        raise UsageError(f"{record}: can't be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise UsageError(f"{record}: line 1: not the record of a run") from error


def _payload_notes(ways: Sequence[Smaller]) -> tuple[str, ...]:
    """Say on which payloads a row failed, and on which smaller ones it still does."""
    notes: list[str] = []
    for number, one in enumerate(ways):
        if number:
            notes.append(f"it fails in another way too: {one.words}"[:2000])
        notes.append(f"first payload that failed: {one.first!r}"[:2000])
        if one.smallest != one.first:
            notes.append(f"smallest that still fails: {one.smallest!r}"[:2000])
    return tuple(notes)


def _with_means_of(config: Config, other: Config) -> Config:
    """Give the reference no other means than another target has, for a rehearsal."""
    pool, kept = list(config.identities), []
    widest = max((len(one.roles or ()) for one in pool), default=0)

    def alike(one: Identity, wanted: Identity) -> tuple[bool, ...]:
        limited = wanted.roles is not None and len(wanted.roles) < widest
        return (
            one.flow == wanted.flow,
            one.short_lived == wanted.short_lived,
            (len(one.roles or ()) < widest) == limited,
            one.roles == wanted.roles,
        )

    for wanted in other.identities:
        if pool:
            best = max(pool, key=lambda one, w=wanted: alike(one, w))  # type: ignore[misc]  # bound early
            kept.append(best)
            pool.remove(best)
    return replace(
        config,
        identities=tuple(kept),
        **{name: getattr(other, name) for name in _TREATMENT},
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"--out {folder}: can't be written ({error.strerror})"
        ) from error


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
