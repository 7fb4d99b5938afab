"""What ``conformance doctor`` looks at, before any verdict."""

import email.utils
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.errors import ConformanceError, NotProvided, Waits
from conformance.run import Run
from conformance.session import Unit, current_unit


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    good: bool
    words: str


def examine(run: Run) -> Iterator[Finding]:
    """Look at profile, channel, clock, credentials and rights, in this order."""
    profile = run.profile
    yield Finding(good=True, words=f"profile {profile.name}: "
                  f"{len(profile.resources)} resources")
    for words in run.config.warnings:
        yield Finding(good=False, words=words)
    unit = Unit(run.session, "doctor")
    run.session.plan = run.plan
    token = current_unit.set(unit)
    try:
        yield from _channel(unit)
        yield from _credentials(run)
        yield from _rights(run, unit)
    finally:
        current_unit.reset(token)


def _channel(unit: Unit) -> Iterator[Finding]:
    config = unit.session.config
    try:
        base_path = unit.session.profile.base_path
        answer = unit.target.anonymous.send("GET", base_path + "/", deadline_s=10)
    except ConformanceError as trouble:
        mend = "; name its CA with ca = …" if "CERTIFICATE" in str(trouble) else ""
        yield Finding(good=False, words=f"{config.base_url}: {trouble}{mend}")
        return
    yield Finding(good=True, words=f"{config.base_url} answers: {answer.status}")
    stamp = answer.header("date")
    if stamp is not None:
        told = email.utils.parsedate_to_datetime(stamp).timestamp()
        skew = told - answer.started_s
        yield Finding(abs(skew) < 300, f"clocks differ by {skew:+.0f} s")


def _credentials(run: Run) -> Iterator[Finding]:
    for identity in run.config.identities:
        try:
            run.session.token(identity.name)
        except (ConformanceError, Waits, NotProvided) as trouble:
            yield Finding(good=False, words=f"identity {identity.name}: {trouble}")
        else:
            yield Finding(good=True, words=f"identity {identity.name}: token granted")
    if run.profile.flows and not run.config.identities:
        yield Finding(good=False, words="no identities: nothing that needs a token "
                      "can be judged")


def _rights(run: Run, unit: Unit) -> Iterator[Finding]:
    for resource in run.profile.resources.values():
        if "LIST" not in resource.verbs or resource.parents:
            continue
        try:
            answer = unit.target.page(unit.target.place(resource))
        except (ConformanceError, Waits, NotProvided) as trouble:
            yield Finding(good=False, words=f"list {resource.name}: {trouble}")
        else:
            yield Finding(answer.success, f"list {resource.name}: {answer.status}")
