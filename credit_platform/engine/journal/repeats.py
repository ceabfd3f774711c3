"""Requests under an idempotency key: which decisions answered them, for whichever worker gets one again.

Looked for inside the transaction that writes, under the lock that lets one writer in at a time: of two workers that
decide on one request at once, one writes, and the other learns that it was too late and writes nothing of it.

No part of the chain, since rows go after ten minutes; what they point at is. A row holds no value of a request: keyed
digests (HMAC-SHA256, RFC 2104) of the caller's key and of the body, and numbers of groups, under a MAC of its own, so
that whoever can write to the database cannot have one caller answered with the decisions of another. Erasing an entity
takes the digest of the body away.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from credit_platform.contracts.journal import REPEATS_KEPT_SECONDS, Claim, Group
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.journal.rows import GroupRow, JournalError, RepeatRow
from credit_platform.engine.journal.sealing import Master
from credit_platform.engine.journal.tables import Driver, Tables

_COLUMNS = "name, body, first, last, places, kept_at, mac"
_AT_ONCE = 500
_MOST_DROPPED = 100
"""Old rows that go with one commit: more than any commit of small requests adds."""


def claim_of(master: Master, *, caller: str, use_case: str, key: str, body: bytes) -> Claim:
    """What a request under an idempotency key is known by."""
    name = hmac.digest(master.repeats, b"name" + json_bytes([caller, use_case, key]), "sha256")
    return Claim(name, hmac.digest(master.repeats, b"body" + name + hashlib.sha256(body).digest(), "sha256"))


@dataclass(frozen=True)
class Repeats:
    """The table of repeats inside one transaction at one time, in seconds since 1970."""

    driver: Driver
    key: bytes = field(repr=False)
    now: float

    def found(self, name: bytes) -> RepeatRow | None:
        """The request that has a name. Raises JournalError where its row was altered."""
        row = self._rows([name]).get(name)
        if row is None or row.body is None or row.mac == self._mac(row):
            return row
        raise JournalError(f"the request of groups {row.first} to {row.last} was altered in journal_repeats")

    def refused(self, claims: Iterable[Claim]) -> frozenset[Claim]:
        """Claims whose name another request has, in the journal or earlier among these; who is too old has none."""
        in_order = list(dict.fromkeys(claims))
        taken = self._rows([claim.name for claim in in_order])
        old = [name for name, row in taken.items() if row.kept_at < self.now - REPEATS_KEPT_SECONDS]
        self._drop(old)
        firsts = {claim.name: claim for claim in reversed(in_order)}
        held = taken.keys() - old
        return frozenset(claim for claim in in_order if claim.name in held or firsts[claim.name] is not claim)

    def keep(self, groups: Sequence[Group], rows: Sequence[GroupRow]) -> None:
        """Notes which groups answered which request, and forgets some that are too old."""
        spans = dict[Claim, tuple[int, int]]()
        for group, row in zip(groups, rows, strict=True):
            if group.claim is not None:
                spans[group.claim] = (spans.get(group.claim, (row.sequence, 0))[0], row.sequence)
        if not spans:
            return
        made = [_row(claim, span, int(self.now)) for claim, span in spans.items()]
        self.driver.insert("journal_repeats", _COLUMNS, [each._replace(mac=self._mac(each)) for each in made])
        mark = self.driver.mark
        oldest = f"select name from journal_repeats where kept_at < {mark} order by kept_at limit {_MOST_DROPPED}"
        self.driver.run(f"delete from journal_repeats where name in ({oldest})", [self.now - REPEATS_KEPT_SECONDS])

    def _rows(self, names: Sequence[bytes]) -> dict[bytes, RepeatRow]:
        found = dict[bytes, RepeatRow]()
        for start in range(0, len(names), _AT_ONCE):
            part = names[start : start + _AT_ONCE]
            where = f"name in ({', '.join([self.driver.mark] * len(part))})"
            for name, body, first, last, places, kept_at, mac in self.driver.rows(
                f"select {_COLUMNS} from journal_repeats where {where}", part
            ):
                kept = None if body is None else bytes(body)
                found[bytes(name)] = RepeatRow(bytes(name), kept, first, last, places, kept_at, bytes(mac))
        return found

    def _drop(self, names: Iterable[bytes]) -> None:
        for name in names:
            self.driver.run(f"delete from journal_repeats where name = {self.driver.mark}", [name])

    def _mac(self, row: RepeatRow) -> bytes:
        said = f"{row.first}\0{row.last}\0{row.places}\0{row.kept_at}".encode("ascii")
        return hmac.digest(self.key, b"row" + row.name + (row.body or b"") + said, "sha256")


def erase_bodies(tables: Tables, key_ids: Sequence[bytes]) -> None:
    """Takes the body's digest from every request that was answered with a decision under one of these keys."""
    theirs = (
        "select asked.name from journal_repeats asked join journal_entries entry "
        f"on entry.sequence between asked.first and asked.last where entry.key_id = {tables.driver.mark}"
    )
    for key_id in key_ids:
        tables.driver.run(f"update journal_repeats set body = null where name in ({theirs})", [key_id])


def row_of(tables: Tables, master: Master, claim: Claim) -> RepeatRow | None:
    """The request that has a claim's name. Raises JournalError where its row was altered."""
    return Repeats(tables.driver, master.repeats, now=0).found(claim.name)


def _row(claim: Claim, span: tuple[int, int], kept_at: int) -> RepeatRow:
    return RepeatRow(claim.name, claim.body, *span, " ".join(map(str, claim.places)), kept_at, b"")
