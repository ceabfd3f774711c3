"""What the scorer tells about a model and its fields."""

import datetime as dt
from typing import Any

from credit_platform.engine.errors import StateError
from credit_platform.scorer.challengers import Challengers
from credit_platform.scorer.champions import Champions, Served
from credit_platform.scorer.fields import in_words
from credit_platform.scorer.journal.journal import Journal


def model_described(served: Served) -> dict[str, Any]:
    """The model in service: what it is, since when, its members, scale, cut-off and metrics."""
    release = served.loaded.release
    kept = (
        "use_case", "release_id", "as_of", "algorithm", "members", "feature_set", "population", "scale", "cut_off",
        "baseline", "notes", "training_fingerprint", "package_versions",
    )  # fmt: skip
    return {
        **release.model_dump(mode="json", include=set(kept)),
        "manifest_sha256": served.loaded.manifest_sha256,
        "grade": served.loaded.grade,
        "sequence": served.pointer.sequence,
        "effective_from": served.pointer.effective_from.isoformat(),
        "override": None if served.pointer.override is None else served.pointer.override.model_dump(mode="json"),
        "gates": served.loaded.gates,
        "metrics": served.loaded.metrics,
    }


def features_described(served: Served) -> dict[str, Any]:
    """Request fields with their rules, entity states and the features of the matrix, in order."""
    release = served.loaded.release
    fields = [
        {
            "name": field.column.name,
            "input": field.column.canonical,
            "type": field.column.type,
            "is_read": field.is_read,
            "is_required": field.is_required,
            "expected": in_words(field.column),
        }
        for field in served.records.fields
    ]
    return {
        "use_case": release.use_case,
        "release_id": release.release_id,
        "request_fields": fields,
        "states": [state.model_dump(mode="json") for state in release.states],
        "features": [feature.model_dump(mode="json") for feature in release.features],
    }


def readiness(
    champions: Champions, challengers: Challengers, journal: Journal, *, is_draining: bool
) -> tuple[int, dict[str, Any]]:
    """Status and body: ready to answer, degraded while an older release or an expired override serves or a challenger
    is refused, or not (503) before the first champion, without a journal, and from the signal to end on."""
    snapshot = champions.snapshot
    ready = bool(snapshot.served) and champions.is_following and journal.problem is None and not is_draining
    problems = {**snapshot.problems, **expired_overrides(champions)}
    problems |= {f"challenger of {name}": why for name, why in sorted(challengers.problems.items())}
    if journal.problem is not None:
        problems["journal"] = journal.problem
    status = "degraded" if problems else "ready"
    if not ready:
        status = "draining" if is_draining else "not ready"
    use_cases = {name: served.pointer.release_id for name, served in sorted(snapshot.served.items())}
    body = {
        "status": status,
        "is_following_pointers": champions.is_following,
        "is_recorded": journal.is_on,
        "use_cases": use_cases,
        "without_champion": list(snapshot.without_champion),
        "problems": problems,
    }
    return (200 if ready else 503), body


def expired_overrides(champions: Champions) -> dict[str, str]:
    """Use case -> that its champion is in force by an override whose last day has passed; it serves all the same."""
    found = dict[str, str]()
    for name, served in sorted(champions.snapshot.served.items()):
        override = served.pointer.override
        if override is None or override.is_good_on(day := business_day(served)):
            continue
        found[name] = (
            f"release {served.pointer.release_id} is in force by an override that expired on {override.expires}, and "
            f"decisions are made for {day}; promote a release, roll back, or override anew"
        )
    return found


def business_day(served: Served) -> dt.date:
    """The day that decisions are made for, as the ledger counts: the first one that the published states hold for.

    It is the day that an override was recorded on and that a batch judges it by; a portfolio that is replayed years
    later has it too. Where no state is published, or none can be read, there is no such day and it is the clock's
    (UTC): such an override is told too early rather than not at all.
    """
    try:
        days = [served.store.get_many(table.name, []).as_of for table in served.loaded.release.states]
    except StateError:
        return today()
    return max((day for day in days if day is not None), default=today())


def today() -> dt.date:
    """The day of the clock, UTC."""
    return dt.datetime.now(dt.UTC).date()
