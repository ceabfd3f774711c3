"""A decision as the journal keeps it, opened again; or that it was erased, by whom and why."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from credit_platform.contracts.journal import Claim, Erasure, Occasion
from credit_platform.engine.journal.repeats import row_of
from credit_platform.engine.journal.rows import EntryRow, JournalError, KeyRow
from credit_platform.engine.journal.sealing import Master, unseal
from credit_platform.engine.journal.store import JournalStore
from credit_platform.engine.journal.tables import Tables


@dataclass(frozen=True)
class Recorded:
    """An entry with its occasion; ``payload`` is None where its entity was erased."""

    sequence: int
    entry: EntryRow
    occasion: Occasion
    payload: bytes | None
    erasure: Erasure | None = None


@dataclass(frozen=True)
class Repeated:
    """A request that was decided before under its idempotency key."""

    is_same: bool
    """Whether it came with the same body."""
    payloads: tuple[bytes, ...] | None
    """Of its decisions in the order of its records; None where one of them was erased, or the body is another."""


@dataclass(frozen=True)
class JournalReader:
    """Reads one journal with its master key."""

    store: JournalStore
    master: Master

    def decision(self, decision_id: str) -> Recorded | None:
        """One decision; None where the journal does not know it. Raises JournalError where it was altered."""
        with self.store.reading() as tables:
            tables.require_master(self.master.name)
            entry = tables.entry(decision_id)
            if entry is None:
                return None
            group, keys = tables.group(entry.sequence), tables.keys([entry.key_id])
            if group is None or not keys:
                raise JournalError(
                    f"decision {decision_id}: its group or its key is missing; ask credit-platform journal verify"
                )
            occasion = Occasion.model_validate_json(group.header)
            if keys[0].wrapped is None:
                return Recorded(entry.sequence, entry, occasion, None, _erasure(tables, entry.key_id))
            return Recorded(entry.sequence, entry, occasion, self._opened(entry, keys[0]))

    def decisions(self, use_case: str, *, since: dt.datetime | None = None) -> Iterator[Recorded]:
        """Every decision of a use case that was not erased, in the order of the chain; those asked ``since`` alone."""
        with self.store.reading() as tables:
            tables.require_master(self.master.name)
            headers = {group.sequence: group.header for group in tables.groups() if group.kind == "decisions"}
            occasions = {n: Occasion.model_validate_json(header) for n, header in headers.items()}
            keys = {row.key_id: row for row in tables.all_keys()}
            for entry in tables.entries():
                occasion, key = occasions[entry.sequence], keys[entry.key_id]
                is_early = since is not None and occasion.received_at < since
                if occasion.use_case == use_case and key.wrapped is not None and not is_early:
                    yield Recorded(entry.sequence, entry, occasion, self._opened(entry, key))

    def repeated(self, claim: Claim) -> Repeated | None:
        """What answered the request of this name; None where there is none, or it was long ago. Raises JournalError."""
        with self.store.reading() as tables:
            tables.require_master(self.master.name)
            row = row_of(tables, self.master, claim)
            if row is None or row.body is None:
                return None if row is None else Repeated(True, None)
            if row.body != claim.body:
                return Repeated(False, None)
            entries = tables.entries_of(row.first, row.last)
            keys = {each.key_id: each for each in tables.keys(list({entry.key_id for entry in entries}))}
        if any(key.wrapped is None for key in keys.values()):
            return Repeated(True, None)
        payloads = [self._opened(entry, keys[entry.key_id]) for entry in entries]
        places = [int(place) for place in row.places.split()] or range(len(payloads))
        return Repeated(True, tuple(payload for _, payload in sorted(zip(places, payloads, strict=True))))

    def _opened(self, entry: EntryRow, key: KeyRow) -> bytes:
        return unseal(self.master.unwrapped(key), entry.decision_id, entry.sealed)


def _erasure(tables: Tables, key_id: bytes) -> Erasure | None:
    """The act by which a key was destroyed, if the chain has it."""
    acts = (Erasure.model_validate_json(group.header) for group in tables.groups() if group.kind == "erasure")
    return next((act for act in acts if key_id.hex() in act.key_ids), None)
