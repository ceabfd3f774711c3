"""Erasing an entity: its keys are destroyed, and the chain says that they were; nothing else of it changes."""

import datetime as dt

from credit_platform.contracts.journal import Erasure
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.journal.repeats import erase_bodies
from credit_platform.engine.journal.rows import GroupRow, digest_of, mac_of
from credit_platform.engine.journal.sealing import Master
from credit_platform.engine.journal.store import JournalStore


def erase(
    store: JournalStore, master: Master, *, use_case: str, subject: str, recorded_by: str, reason: str
) -> Erasure | None:
    """Destroys every key of an entity, by its pseudonym; None where it has none. Raises JournalError.

    Workers that remember a key notice before their next commit. Copies of the database made before keep it.
    """
    with store.writing() as tables:
        tables.require_master(master.name)
        keys = tables.live_keys([subject])
        if not keys:
            return None
        act = Erasure(
            use_case=use_case,
            subject=subject,
            key_ids=tuple(key.key_id.hex() for key in keys),
            recorded_by=recorded_by,
            reason=reason,
            recorded_at=dt.datetime.now(dt.UTC),
        )
        sequence, mac = tables.tail()
        sequence, header, digest = sequence + 1, json_bytes(act).decode("ascii"), digest_of(())
        mac = mac_of(master.chain, mac, sequence=sequence, kind="erasure", header=header, digest=digest)
        tables.destroy([key.key_id for key in keys])
        erase_bodies(tables, [key.key_id for key in keys])
        tables.count_erasure()
        tables.add(groups=[GroupRow(sequence, "erasure", header, digest, mac)], entries=[], keys=[])
    store.forget()
    return act
