"""The promotion ledger of every use case: what was in force since when, who said so, and whether anybody touched it."""

import datetime as dt
import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from credit_platform.contracts.ledger import FIRST, LedgerEntry
from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.ledger import Recorded, StoredEntry, chain, examined
from credit_platform.engine.manifest import digest
from credit_platform.engine.signing import Signer, signer_of
from credit_platform.engine.trust import trust_of
from credit_platform.resources.ledger_store import LedgerError, LedgerTable, ledger_store


@dataclass(frozen=True)
class OpenLedger:
    """The verified entries of one use case while nobody else can add one."""

    settings: Settings
    use_case: str
    table: LedgerTable
    entries: tuple[Recorded, ...]

    @property
    def last(self) -> Recorded | None:
        return self.entries[-1] if self.entries else None

    def add(self, **told: Any) -> Recorded:
        """Append an entry after the last; ``told`` are the fields of LedgerEntry that the chain does not give.

        Raises ValueError for an entry that may not stand, LedgerConflictError if the last is no longer the last.
        """
        # Of two hosts one clock is behind: what follows an entry was not recorded before it.
        last, now = self.last, dt.datetime.now(dt.UTC)
        entry = LedgerEntry(
            use_case=self.use_case,
            sequence=len(self.entries) + 1,
            previous_sha256=FIRST if last is None else last.sha256,
            recorded_by=actor(self.settings),
            recorded_at=now if last is None else max(now, last.entry.recorded_at),
            **told,
        )
        row = stored(entry, signer=signer_of(self.settings))
        self.table.add(row)
        return Recorded(entry, row.sha256)


@dataclass(frozen=True)
class Ledger:
    """Reads and appends; the database is the truth, the pointers beside the releases are copies of its last entries."""

    settings: Settings

    @contextmanager
    def locked(self, use_case: str) -> Iterator[OpenLedger]:
        """The chain under a lock; what was added is kept if the block ends well. ReleaseError on a broken chain."""
        with ledger_store(self.settings).locked(use_case) as table:
            rows = table.rows(use_case)
            yield OpenLedger(self.settings, use_case, table, chain(rows, trust_of(self.settings), use_case=use_case))

    def entries(self, use_case: str) -> tuple[Recorded, ...]:
        """The verified chain, first to last."""
        with self.locked(use_case) as ledger:
            return ledger.entries

    def knows(self, use_case: str) -> bool:
        """Whether there is an entry of this name, sound or not."""
        with ledger_store(self.settings).locked(use_case) as table:
            return bool(table.rows(use_case))

    def examined(self, use_case: str) -> tuple[tuple[Recorded, ...], list[str]]:
        """The readable entries, and every sign that one was edited, dropped, swapped or forged."""
        with ledger_store(self.settings).locked(use_case) as table:
            rows = table.rows(use_case)
        return examined(rows, trust_of(self.settings), use_case=use_case)


def stored(entry: LedgerEntry, *, signer: Signer) -> StoredEntry:
    """An entry as it is kept, signed."""
    sealed = signer.sealed(json_bytes(entry), "ledger")
    sha256 = digest(sealed.payload)
    return StoredEntry(entry.use_case, entry.sequence, entry.previous_sha256, sha256, sealed.data.decode("ascii"))


def actor(settings: Settings, *, user: Callable[[], str] = getpass.getuser) -> str:
    """Who acts: the setting, else the user of the process."""
    if settings.actor is not None:
        return settings.actor
    try:
        return user()
    except (OSError, KeyError) as error:
        raise LedgerError(
            "the ledger records who acts, and this process runs as a user without a name; set CREDIT_PLATFORM_ACTOR"
        ) from error
