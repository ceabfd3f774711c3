"""What an answer leaves in the journal: pseudonyms, the bytes that are sent, and what the engine was given for them."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credit_platform.contracts.decision import Role
from credit_platform.contracts.journal import Claim, Entry, Group, Occasion
from credit_platform.contracts.release import Release
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.pseudonyms import Pseudonyms
from credit_platform.engine.releases import LoadedRelease
from credit_platform.scorer.scoring import Looked, Row


@dataclass(frozen=True)
class Given:
    """Decisions by one release: their ids, what was looked up for them, and the bytes of each answer."""

    loaded: LoadedRelease
    looked: Looked
    identifiers: Sequence[str]
    answers: Sequence[bytes]
    role: Role = "champion"
    beside: Sequence[str] | None = None
    """The decisions that were answered, where these were made in their shadow."""


@dataclass(frozen=True)
class Asked:
    """A request: whose, when it came, what it asked the answer to hold, milliseconds of the steps since, and what its
    idempotency key is known by, if it has one."""

    caller: str
    received_at: dt.datetime
    options: Mapping[str, str]
    timings: Mapping[str, float]
    claim: Claim | None = None


def group_of(given: Given, asked: Asked, pseudonyms: Pseudonyms) -> Group:
    """The journal's group of these decisions."""
    release = given.loaded.release
    occasion = Occasion(
        use_case=release.use_case,
        release_id=release.release_id,
        manifest_sha256=given.loaded.manifest_sha256,
        override=given.loaded.override,
        caller=asked.caller,
        received_at=asked.received_at,
        options=asked.options,
        timings=asked.timings,
    )
    besides: Sequence[str | None] = given.beside or [None] * len(given.identifiers)
    parts = zip(given.identifiers, given.answers, given.looked.rows, given.looked.told, besides, strict=True)
    entries = list[Entry]()
    for identifier, answer, row, told, beside in parts:
        unit = _pseudonym(row, release.key, pseudonyms, identifier)
        has_entity = release.entity is not None and row.get(release.entity) is not None
        subject = subject_of(row, release, pseudonyms, identifier) if has_entity else unit
        said = json_bytes(told) if told else b"[]"
        payload = b'{"answer":%b,"inputs":%b,"told":%b}' % (answer, json_bytes(row), said)
        entries.append(Entry(identifier, given.role, subject, unit, beside, payload))
    return Group(occasion, tuple(entries), asked.claim)


def answer_of(payload: bytes) -> bytes:
    """The very bytes that were sent, from the payload of an entry."""
    text = payload.decode("ascii")
    start = len('{"answer":')
    return payload[start : json.JSONDecoder().raw_decode(text, start)[1]]


def subject_of(row: Row, release: Release, pseudonyms: Pseudonyms, identifier: str) -> str:
    """Pseudonym of whom a decision is about: the entity, else the unit, else the decision itself."""
    if release.entity is not None and row.get(release.entity) is not None:
        return _pseudonym(row, release.entity, pseudonyms, identifier)
    return _pseudonym(row, release.key, pseudonyms, identifier)


def _pseudonym(row: Row, name: str, pseudonyms: Pseudonyms, identifier: str) -> str:
    value = row.get(name)
    return pseudonyms.of(name, identifier if value is None else str(value))
