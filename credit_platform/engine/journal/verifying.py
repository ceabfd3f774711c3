"""Is the journal whole: each group follows the one before it, each entry is in its group, each key is accounted for."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from credit_platform.contracts.journal import FIRST_MAC, Erasure
from credit_platform.engine.journal.rows import EntryRow, GroupRow, digest_of, mac_of
from credit_platform.engine.journal.sealing import Master
from credit_platform.engine.journal.store import JournalStore
from credit_platform.engine.journal.tables import Tables

_MOST_TOLD = 20


@dataclass(frozen=True)
class Verdict:
    """What was read, and a sentence for everything that is wrong (the first twenty)."""

    groups: int
    decisions: int
    erased: int
    """Decisions that nobody can read any more."""
    head: str
    """``<sequence>:<mac>`` of the last group: kept elsewhere, it shows later that nothing was cut off the end."""
    problems: tuple[str, ...]


def verify(store: JournalStore, master: Master, *, known_head: str | None = None) -> Verdict:
    """Reads the whole journal once. ``known_head``: the head of an earlier verification, which must still be in it."""
    with store.reading() as tables:
        tables.require_master(master.name)
        return _Reading(tables, master, known_head).verdict()


class _Reading:
    """One pass over groups and entries side by side."""

    def __init__(self, tables: Tables, master: Master, known_head: str | None) -> None:
        self._tables, self._master, self._known_head = tables, master, known_head
        self._gone = {row.key_id for row in tables.all_keys() if row.wrapped is None}
        self._kept = {row.key_id for row in tables.all_keys()} - self._gone
        self._destroyed = set[bytes]()
        self._problems = list[str]()
        self._decisions = self._erased = 0

    def verdict(self) -> Verdict:
        known = {self._known_head} if self._known_head else set[str]()
        entries = groupby(self._tables.entries(), key=lambda entry: entry.sequence)
        sequence, mac, at = 0, FIRST_MAC, next(entries, None)
        for group in self._tables.groups():
            while at is not None and at[0] < group.sequence:
                self._tell(f"entries name group {at[0]}, which is not there")
                at = next(entries, None)
            own: Iterator[EntryRow] = iter(())
            if at is not None and at[0] == group.sequence:
                own = at[1]
            self._examine(group, own, follows=sequence, mac=mac)
            if at is not None and at[0] == group.sequence:
                at = next(entries, None)
            sequence, mac = group.sequence, group.mac
            known.discard(f"{sequence}:{mac.hex()}")
        if at is not None:
            self._tell(f"entries name group {at[0]}, which is not there")
        if known:
            self._tell(f"the head {self._known_head} of an earlier verification is not in it: its end was cut off")
        self._keys()
        told = tuple(self._problems[:_MOST_TOLD])
        return Verdict(sequence, self._decisions, self._erased, f"{sequence}:{mac.hex()}", told)

    def _examine(self, group: GroupRow, entries: Iterator[EntryRow], *, follows: int, mac: bytes) -> None:
        where = f"group {group.sequence}"
        if group.sequence != follows + 1:
            self._tell(f"{where} follows group {follows}: what was between them is not there")
        if digest_of(self._counted(entries)) != group.digest:
            self._tell(f"{where}: its decisions are not the ones that were written")
        found = mac_of(
            self._master.chain, mac, sequence=group.sequence, kind=group.kind, header=group.header, digest=group.digest
        )
        if found != group.mac:
            self._tell(f"{where}: it, or the group before it, is not the one that was written")
        elif group.kind == "erasure":
            self._destroyed |= {bytes.fromhex(each) for each in Erasure.model_validate_json(group.header).key_ids}

    def _counted(self, entries: Iterator[EntryRow]) -> Iterator[EntryRow]:
        for entry in entries:
            self._decisions += 1
            self._erased += entry.key_id in self._gone
            if entry.key_id not in self._gone and entry.key_id not in self._kept:
                self._tell(f"decision {entry.decision_id}: its key is not there")
            yield entry

    def _keys(self) -> None:
        for key_id in sorted(self._gone - self._destroyed):
            self._tell(f"key {key_id.hex()} was destroyed, and no erasure says so")
        for key_id in sorted(self._destroyed & self._kept):
            self._tell(f"key {key_id.hex()} is back after its erasure, as from a backup; erase the entity again")

    def _tell(self, problem: str) -> None:
        self._problems.append(problem)
