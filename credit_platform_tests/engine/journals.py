"""Groups of made-up decisions, and a journal in a folder."""

import datetime as dt
from pathlib import Path

from pydantic import SecretStr

from credit_platform.contracts.journal import Entry, Group, Occasion
from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal.sealing import Master, master_of
from credit_platform.engine.journal.store import JournalStore, journal_store
from credit_platform.engine.journal.writing import JournalWriter

OCCASION = Occasion(
    use_case="tiny", release_id="r1", manifest_sha256="0" * 64, override=None, caller="key:1",
    received_at=dt.datetime(2022, 12, 1, tzinfo=dt.UTC),
)  # fmt: skip


def group(*decisions: str, subject: str = "s1") -> Group:
    """Decisions on one entity."""
    made = (Entry(each, "champion", subject, f"u-{each}", None, b"of " + each.encode()) for each in decisions)
    return Group(OCCASION, tuple(made))


def settings_in(home: Path, url: str | None = None) -> Settings:
    """Settings of a journal in a folder, or at a URL."""
    return Settings(home=home, journal_url=None if url is None else SecretStr(url))


def opened(settings: Settings) -> tuple[JournalStore, Master]:
    """A store and the key, as a command opens them."""
    return journal_store(settings), master_of(settings)


def writer(settings: Settings) -> JournalWriter:
    """A writer of its own, as each worker has one."""
    return JournalWriter(*opened(settings))
