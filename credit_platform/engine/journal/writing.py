"""From groups of decisions to rows of the journal: sealed under their entities' keys, chained, in one transaction."""

import time
from collections.abc import Callable, Sequence
from itertools import compress

from credit_platform.contracts.journal import Claim, Group
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.journal.repeats import Repeats
from credit_platform.engine.journal.rows import EntryRow, GroupRow, KeyRow, digest_of, mac_of
from credit_platform.engine.journal.sealing import EntityKey, Master, seal
from credit_platform.engine.journal.store import JournalStore
from credit_platform.engine.journal.tables import Tables

MOST_KEYS = 50_000
"""Unwrapped keys that are remembered: about 1 kB each."""


class JournalWriter:
    """Appends whole groups. One thread at a time; several processes take turns."""

    def __init__(self, store: JournalStore, master: Master, *, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self._master, self._clock = master, clock
        self._known = dict[str, EntityKey]()
        self._erasures: str | None = None

    def prepare(self) -> None:
        """Opens the journal and proves that it can be written with this master key. Raises JournalError."""
        with self.store.writing() as tables:
            tables.note_master(self._master.name)
            tables.require_master(self._master.name)
            self._begin(tables.erasures())

    @property
    def erasures(self) -> str | None:
        """Changes when this writer notices that an entity was erased."""
        return self._erasures

    def append(self, groups: Sequence[Group]) -> frozenset[Claim]:
        """Commits the groups together, but for those whose claim another request has made: these claims are returned.

        Raises JournalError, and then none of the groups is kept.
        """
        if self._erasures is None:
            self.prepare()
        subjects = list(dict.fromkeys(entry.subject for group in groups for entry in group.entries))
        try:
            return self._append(groups, subjects)
        except BaseException:
            # Keys that were made for it were not kept: nothing more may be sealed under them.
            self._erasures = None
            raise

    def _append(self, groups: Sequence[Group], subjects: Sequence[str]) -> frozenset[Claim]:
        # Sealed before the transaction: others write meanwhile, and a bulk request seals 10,000 payloads.
        made = self._learnt(subjects)
        sealed = [self._sealed(group) for group in groups]
        with self.store.writing() as tables:
            if tables.erasures() != self._erasures:
                # An entity was erased since: what a destroyed key seals could never be read.
                self._begin(tables.erasures())
                made = self._keys_for(subjects, tables)
                sealed = [self._sealed(group) for group in groups]
            claims = [group.claim for group in groups if group.claim is not None]
            repeats = Repeats(tables.driver, self._master.repeats, now=self._clock()) if claims else None
            refused = frozenset[Claim]() if repeats is None else repeats.refused(claims)
            if refused:
                kept = [group.claim not in refused for group in groups]
                groups, sealed = list(compress(groups, kept)), list(compress(sealed, kept))
                made = self._needed(made, groups)
            rows, entries = self._chained(groups, sealed, tables)
            tables.add(groups=rows, entries=entries, keys=made)
            if repeats is not None:
                repeats.keep(groups, rows)
        return refused

    def _needed(self, made: Sequence[KeyRow], groups: Sequence[Group]) -> list[KeyRow]:
        """New keys under which something is kept; the others never were."""
        subjects = {entry.subject for group in groups for entry in group.entries}
        for row in made:
            if row.subject not in subjects:
                del self._known[row.subject]
        return [row for row in made if row.subject in subjects]

    def _begin(self, erasures: str) -> None:
        self._known.clear()
        self._erasures = erasures

    def _learnt(self, subjects: Sequence[str]) -> list[KeyRow]:
        absent = [subject for subject in subjects if subject not in self._known]
        if not absent:
            return []
        # Forgotten all at once when full: to know the oldest would cost more than to read some again.
        if len(self._known) + len(absent) > MOST_KEYS:
            self._known.clear()
            absent = list(subjects)
        with self.store.reading() as tables:
            return self._keys_for(absent, tables)

    def _keys_for(self, subjects: Sequence[str], tables: Tables) -> list[KeyRow]:
        """Learns the keys of these entities; gives those that are new."""
        for row in tables.live_keys(subjects):
            self._known[row.subject] = self._master.unwrapped(row)
        made = list[KeyRow]()
        for subject in subjects:
            if subject not in self._known:
                self._known[subject], row = self._master.made(subject)
                made.append(row)
        return made

    def _sealed(self, group: Group) -> list[tuple[bytes, bytes]]:
        """Key and sealed payload of each entry."""
        known = self._known
        return [
            (known[entry.subject].key_id, seal(known[entry.subject], entry.decision_id, entry.payload))
            for entry in group.entries
        ]

    def _chained(
        self, groups: Sequence[Group], sealed: Sequence[Sequence[tuple[bytes, bytes]]], tables: Tables
    ) -> tuple[list[GroupRow], list[EntryRow]]:
        sequence, mac = tables.tail()
        rows, entries = list[GroupRow](), list[EntryRow]()
        for group, boxes in zip(groups, sealed, strict=True):
            sequence += 1
            own = [
                EntryRow(sequence, at, e.decision_id, e.role, e.subject, e.unit, e.beside, key_id, box)
                for at, (e, (key_id, box)) in enumerate(zip(group.entries, boxes, strict=True))
            ]
            header, digest = json_bytes(group.occasion).decode("ascii"), digest_of(own)
            mac = mac_of(self._master.chain, mac, sequence=sequence, kind="decisions", header=header, digest=digest)
            rows.append(GroupRow(sequence, "decisions", header, digest, mac))
            entries += own
        return rows, entries
