"""The journal of decisions: what is kept of each, and in which words."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.decision import Role
from credit_platform.contracts.release import Override

GroupKind = Literal["decisions", "erasure"]
FIRST_MAC = b"\0" * 32
"""What stands for the group before the first one."""
REPEATS_KEPT_SECONDS = 600
"""How long a request that comes again under its idempotency key is answered as it was."""


class Occasion(Frozen):
    """What the decisions of one request have in common; kept readable, it names no person."""

    use_case: str
    release_id: str
    manifest_sha256: str
    override: Override | None
    """What the release was in force by, where that was an override: part of each answer."""
    caller: str
    received_at: dt.datetime
    options: Mapping[str, str] = {}
    """What the caller asked the answer to hold."""
    timings: Mapping[str, float] = {}
    """Milliseconds of each step before the journal."""


class Erasure(Frozen):
    """An entity whose keys were destroyed: its decisions stay in the chain, and nobody can read them any more."""

    use_case: str
    subject: str
    key_ids: tuple[str, ...]
    recorded_by: str
    reason: str
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision before it is encrypted. ``subject`` and ``unit`` are pseudonyms of the entity and of the unit."""

    decision_id: str
    role: Role
    subject: str
    unit: str
    beside: str | None
    """The decision that was answered, where this one was made in its shadow."""
    payload: bytes
    """JSON: ``answer``, the very bytes that were sent, and ``inputs``, what the engine was given."""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A request under an idempotency key: of those that come with one name, the first to be written has decided.

    Two of them are two requests, whatever they hold; groups of one request share the very object.
    """

    name: bytes
    """Keyed digest of caller, use case and key."""
    body: bytes
    """Keyed digest of the request's body: another one under the same name is refused."""
    places: tuple[int, ...] = ()
    """Place in the answer of each decision of its groups, one after the other; empty where that is their order."""


@dataclass(frozen=True, slots=True)
class Group:
    """The decisions of one request by one release; committed together or not at all."""

    occasion: Occasion
    entries: tuple[Entry, ...]
    claim: Claim | None = None
