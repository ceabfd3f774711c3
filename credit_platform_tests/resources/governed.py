"""Tiny releases that differ in their forest, published and put in force as the platform does it."""

import datetime as dt
from pathlib import Path

from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.ledger import StoredEntry
from credit_platform.engine.releases import read_pointer
from credit_platform.engine.trust import trust_of
from credit_platform.resources.ledger_store import ledger_store
from credit_platform.resources.promotion import Promotion
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.engine import tiny

FIRST_DAY = dt.date(2022, 12, 1)


def store_at(home: Path, *, ledger_url: str | None = None) -> ReleaseStore:
    """A home of its own with a development key; the ledger in a file there, or where the URL says."""
    return ReleaseStore(Settings(home=home, actor="tester", ledger_url=SecretStr(ledger_url) if ledger_url else None))


def publish(store: ReleaseStore, release_id: str, *, seed: int, unmet: tuple[str, ...] = ()) -> str:
    """A release with the forest of that seed; returns its manifest's SHA-256."""
    files = tiny.files_of(tiny.release(release_id=release_id), forest=tiny.forest_bytes(seed))
    files["gates.json"] = json_bytes({"passed": not unmet, "unmet": unmet})
    return store.publish("tiny", release_id, files)


def promote(store: ReleaseStore, release_id: str, *, day: dt.date = FIRST_DAY, replaces: str | None = "") -> Promotion:
    """Promote a published release that was compared with what is in force now, or with ``replaces``."""
    present = store.pointer("tiny")
    known = None if present is None else present.manifest_sha256
    return store.promote(
        "tiny",
        release_id,
        manifest_sha256=store.load("tiny", release_id).manifest_sha256,
        replaces=known if replaces == "" else replaces,
        effective_from=day,
    )


def promoted(store: ReleaseStore, count: int) -> None:
    """Releases r1, r2, ... in force one after the other, a day each."""
    for number in range(1, count + 1):
        publish(store, f"r{number}", seed=number)
        assert promote(store, f"r{number}", day=FIRST_DAY + dt.timedelta(days=number - 1)).refused is None


def problems(store: ReleaseStore) -> list[str]:
    """What ``credit-platform ledger --verify`` would tell."""
    entries, found = store.ledger.examined("tiny")
    pointer = read_pointer(store.settings.releases, "tiny", trust=trust_of(store.settings))
    return [*found, *store.pointers.lost("tiny", entries, pointer)]


def rows_of(store: ReleaseStore) -> list[StoredEntry]:
    """The entries as the database has them."""
    with ledger_store(store.settings).locked("tiny") as table:
        return table.rows("tiny")
