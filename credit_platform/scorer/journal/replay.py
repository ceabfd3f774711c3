"""A recorded decision made again from its inputs by its release: the same bytes, or the first that differ."""

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, cast

from credit_platform.contracts.decision import Role
from credit_platform.contracts.journal import Erasure, Occasion
from credit_platform.contracts.release import Release
from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.columns import input_types
from credit_platform.engine.decisions import decide
from credit_platform.engine.journal.reading import JournalReader
from credit_platform.engine.journal.sealing import master_of
from credit_platform.engine.journal.store import journal_store
from credit_platform.engine.releases import load_release
from credit_platform.engine.trust import trust_of
from credit_platform.scorer.answers import AnswerWriter
from credit_platform.scorer.options import Options
from credit_platform.scorer.scoring import Looked, Row, columns, written


@dataclass(frozen=True)
class Replayed:
    """What was recorded of a decision, and what became of making it again."""

    occasion: Occasion
    role: str
    erasure: Erasure | None = None
    is_erased: bool = False
    answer: Mapping[str, Any] | None = None
    """What was answered, None where it was erased."""
    difference: str | None = None
    """The first difference of the answer made again; None where every byte is the same, or nothing can be made."""


def replay(settings: Settings, decision_id: str) -> Replayed | None:
    """Makes a decision again; None where the journal does not know it.

    Raises JournalError where its record was altered, ReleaseError where its release is gone, altered or not trusted.
    """
    reader = JournalReader(journal_store(settings), master_of(settings))
    with closing(reader.store):
        found = reader.decision(decision_id)
    if found is None:
        return None
    occasion = found.occasion
    if found.payload is None:
        return Replayed(occasion, found.entry.role, found.erasure, is_erased=True)
    kept = json.loads(found.payload)
    loaded = load_release(
        settings.releases,
        occasion.use_case,
        occasion.release_id,
        trust=trust_of(settings),
        manifest_sha256=occasion.manifest_sha256,
        threads=settings.threads,
    )
    answer: dict[str, Any] = kept["answer"]
    state_as_of = {name: _date(day) for name, day in answer["state_as_of"].items()}
    looked = Looked([_typed(kept["inputs"], loaded.release)], [kept["told"]], state_as_of)
    role = cast(Role, found.entry.role)
    options, in_force = Options.of_record(occasion.options), replace(loaded, override=occasion.override)
    decisions = decide(loaded, columns(looked.rows, loaded.release, [decision_id]), reasons=options.reasons)
    records = [answer.get("input", {})]
    made = written(AnswerWriter(in_force), decisions, looked, records, [decision_id], options=options, role=role)[0]
    is_same = found.payload.startswith(b'{"answer":%b,"inputs":' % made)
    difference = None if is_same else first_difference(answer, json.loads(made))
    return Replayed(occasion, found.entry.role, answer=answer, difference=difference)


def first_difference(recorded: object, made: object, *, path: str = "answer") -> str:
    """Where two JSON values part, and what stands there in each."""
    if isinstance(recorded, dict) and isinstance(made, dict) and recorded.keys() == made.keys():
        name = next((name for name in sorted(recorded) if recorded[name] != made[name]), None)
        if name is not None:
            return first_difference(recorded[name], made[name], path=f"{path}.{name}")
    if isinstance(recorded, list) and isinstance(made, list) and len(recorded) == len(made):
        at = next((at for at, pair in enumerate(zip(recorded, made, strict=True)) if pair[0] != pair[1]), None)
        if at is not None:
            return first_difference(recorded[at], made[at], path=f"{path}[{at}]")
    return f"{path}: recorded {json_bytes(recorded).decode()}, made again {json_bytes(made).decode()}"


def _typed(inputs: Mapping[str, object], release: Release) -> Row:
    """Inputs as the engine was given them: JSON has no dates."""
    dates = {name for name, kind in input_types(release).items() if kind == "date"}
    return {name: _date(value) if name in dates else value for name, value in inputs.items()}


def _date(value: object) -> dt.date | None:
    return None if value is None else dt.date.fromisoformat(str(value))
