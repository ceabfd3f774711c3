"""The database of the journal that the settings name."""

from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import Protocol

from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.sqlite import SqliteJournal
from credit_platform.engine.journal.tables import Tables

OFF = "none"


class JournalStore(Protocol):
    """A database that holds the journal. Every method raises JournalError and then starts anew."""

    is_at_hand: bool
    """Whether a commit is a matter of a sync on this machine, which no other process holds up for long."""

    def writing(self) -> AbstractContextManager[Tables]:
        """A transaction that shuts out every other writer until it is committed."""
        ...

    def reading(self) -> AbstractContextManager[Tables]:
        """One snapshot."""
        ...

    def tidy(self) -> None:
        """What a database wants done now and then; other threads may write meanwhile."""
        ...

    def forget(self) -> None:
        """Destroyed keys leave the files."""
        ...

    def close(self) -> None:
        """Lets go of files and connections."""
        ...


def is_off(settings: Settings) -> bool:
    """Whether the settings say that no decision is recorded."""
    return settings.journal.get_secret_value() == OFF


def journal_store(settings: Settings) -> JournalStore:
    """The store of ``CREDIT_PLATFORM_JOURNAL_URL``; nothing is opened yet. Raises JournalError for another URL."""
    url = settings.journal.get_secret_value()
    kind, _, rest = url.partition("://")
    if kind == "sqlite" and rest.startswith("/"):
        return SqliteJournal(settings.project / rest.removeprefix("/"))
    if kind in ("postgresql", "postgres"):
        if find_spec("psycopg2") is None:
            raise JournalError(
                "CREDIT_PLATFORM_JOURNAL_URL names Postgres and psycopg2 is not installed: "
                "pip install 'credit-platform[scorer-postgres]', or name a file by sqlite:///FILE"
            )
        from credit_platform.engine.journal.postgres import PostgresJournal

        return PostgresJournal(url)
    # What stands in it may be a piece of a password, so it is not repeated.
    raise JournalError(
        f"CREDIT_PLATFORM_JOURNAL_URL is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST/DATABASE nor {OFF}"
    )
