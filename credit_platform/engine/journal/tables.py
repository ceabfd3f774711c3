"""The journal's tables inside one transaction, in the SQL that SQLite and Postgres share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from credit_platform.contracts.journal import FIRST_MAC
from credit_platform.engine.journal.rows import EntryRow, GroupRow, JournalError, KeyRow

_AT_ONCE = 500
_GROUPS = "sequence, kind, header, digest, mac"
_ENTRIES = "sequence, position, decision_id, role, subject, unit, beside, key_id, sealed"
TABLES = """
create table if not exists journal_facts (name text primary key, value text not null);
create table if not exists journal_groups (
    sequence bigint primary key, kind text not null, header text not null, digest {bytes} not null, mac {bytes} not null
);
create table if not exists journal_entries (
    sequence bigint not null, position integer not null, decision_id text not null unique, role text not null,
    subject text not null, unit text not null, beside text, key_id {bytes} not null, sealed {bytes} not null,
    primary key (sequence, position)
);
create table if not exists journal_keys (key_id {bytes} primary key, subject text not null, wrapped {bytes});
create index if not exists journal_keys_of on journal_keys (subject);
create table if not exists journal_repeats (
    name {bytes} primary key, body {bytes}, first bigint not null, last bigint not null, places text not null,
    kept_at bigint not null, mac {bytes} not null
);
create index if not exists journal_repeats_by_age on journal_repeats (kept_at);
"""
"""Entries lie in the order of the chain, so that verifying reads them front to back."""
APPEND_ONLY = ("journal_groups", "journal_entries")


class Driver(Protocol):
    """What the two databases do differently; everything else is the SQL of Tables."""

    mark: str

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        ...

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query that may not fit in memory."""
        ...

    def insert(self, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Many rows at once."""
        ...

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """A statement without an answer."""
        ...


@dataclass(frozen=True)
class Tables:
    """Reads and writes; nothing is kept unless the transaction around it is committed."""

    driver: Driver

    def tail(self) -> tuple[int, bytes]:
        """Sequence and mac of the last group; 0 and zeros before the first."""
        found = self.driver.rows("select sequence, mac from journal_groups order by sequence desc limit 1")
        return (int(found[0][0]), bytes(found[0][1])) if found else (0, FIRST_MAC)

    def erasures(self) -> str:
        """Changes with every erasure: a key cached before it may be gone."""
        return self._fact("erasures") or "0"

    def count_erasure(self) -> None:
        self._note("erasures", str(int(self.erasures()) + 1))

    def note_master(self, name: str) -> None:
        """Gives a new journal its master key's name."""
        if self._fact("master_key") is None:
            self._note("master_key", name)

    def require_master(self, name: str) -> None:
        """Raises JournalError where the journal was made with another master key."""
        found = self._fact("master_key")
        if found not in (None, name):
            raise JournalError(
                f"this journal was made with master key {found}, the key at hand is {name}: set "
                "CREDIT_PLATFORM_JOURNAL_KEY (or _FILE) to the journal's own, or CREDIT_PLATFORM_JOURNAL_URL to another"
            )

    def add(self, *, groups: Sequence[GroupRow], entries: Sequence[EntryRow], keys: Sequence[KeyRow]) -> None:
        """Appends; a decision that is there already is an error of the database."""
        self.driver.insert("journal_keys", "key_id, subject, wrapped", keys)
        self.driver.insert("journal_groups", _GROUPS, groups)
        self.driver.insert("journal_entries", _ENTRIES, entries)

    def live_keys(self, subjects: Sequence[str]) -> list[KeyRow]:
        """Keys of these entities that are not destroyed; two workers may have made two for one entity at once."""
        found = list[KeyRow]()
        for start in range(0, len(subjects), _AT_ONCE):
            part = subjects[start : start + _AT_ONCE]
            where = f"subject in ({', '.join([self.driver.mark] * len(part))}) and wrapped is not null"
            found += self._keys(where, part)
        return found

    def keys(self, key_ids: Sequence[bytes]) -> list[KeyRow]:
        """Keys by name, destroyed ones too."""
        found = list[KeyRow]()
        for start in range(0, len(key_ids), _AT_ONCE):
            part = key_ids[start : start + _AT_ONCE]
            found += self._keys(f"key_id in ({', '.join([self.driver.mark] * len(part))})", part)
        return found

    def all_keys(self) -> list[KeyRow]:
        """Every key, destroyed ones too."""
        return self._keys("true", [])

    def destroy(self, key_ids: Sequence[bytes]) -> None:
        """What they sealed can never be read again."""
        for key_id in key_ids:
            self.driver.run(f"update journal_keys set wrapped = null where key_id = {self.driver.mark}", [key_id])

    def group(self, sequence: int) -> GroupRow | None:
        found = self.driver.rows(
            f"select {_GROUPS} from journal_groups where sequence = {self.driver.mark}", [sequence]
        )
        return _group(found[0]) if found else None

    def entry(self, decision_id: str) -> EntryRow | None:
        where = f"decision_id = {self.driver.mark}"
        found = self.driver.rows(f"select {_ENTRIES} from journal_entries where {where}", [decision_id])
        return _entry(found[0]) if found else None

    def entries_of(self, first: int, last: int) -> list[EntryRow]:
        """Those of some groups that follow each other, in order."""
        where = f"sequence between {self.driver.mark} and {self.driver.mark} order by sequence, position"
        found = self.driver.rows(f"select {_ENTRIES} from journal_entries where {where}", [first, last])
        return [_entry(row) for row in found]

    def groups(self) -> Iterator[GroupRow]:
        """The whole chain, first to last."""
        return map(_group, self.driver.stream(f"select {_GROUPS} from journal_groups order by sequence"))

    def entries(self) -> Iterator[EntryRow]:
        """Every entry in the order of the chain."""
        return map(_entry, self.driver.stream(f"select {_ENTRIES} from journal_entries order by sequence, position"))

    def _keys(self, where: str, values: Sequence[object]) -> list[KeyRow]:
        found = self.driver.rows(f"select key_id, subject, wrapped from journal_keys where {where}", values)
        return [KeyRow(bytes(row[0]), row[1], None if row[2] is None else bytes(row[2])) for row in found]

    def _fact(self, name: str) -> str | None:
        found = self.driver.rows(f"select value from journal_facts where name = {self.driver.mark}", [name])
        return str(found[0][0]) if found else None

    def _note(self, name: str, value: str) -> None:
        self.driver.run(
            f"insert into journal_facts values ({self.driver.mark}, {self.driver.mark}) "
            "on conflict (name) do update set value = excluded.value",
            [name, value],
        )


def _group(row: Iterable[Any]) -> GroupRow:
    sequence, kind, header, digest, mac = row
    return GroupRow(int(sequence), kind, header, bytes(digest), bytes(mac))


def _entry(row: Iterable[Any]) -> EntryRow:
    sequence, position, decision_id, role, subject, unit, beside, key_id, sealed = row
    return EntryRow(
        int(sequence), int(position), decision_id, role, subject, unit, beside, bytes(key_id), bytes(sealed)
    )
