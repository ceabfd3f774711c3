"""Everything that a hand in the database could do to the rows of a ledger."""

from collections.abc import Iterator
from dataclasses import replace

from credit_platform.engine.ledger import StoredEntry


def tampered(rows: list[StoredEntry]) -> Iterator[list[StoredEntry]]:
    """Each entry edited, dropped, and swapped with each other one."""
    for n, row in enumerate(rows):
        for edited in (
            replace(row, body=row.body.replace('"tester"', '"nobody"')),
            replace(row, sha256="f" * 64),
            replace(row, previous_sha256="f" * 64),
            replace(row, sequence=row.sequence + 1),
        ):
            yield [*rows[:n], edited, *rows[n + 1 :]]
        yield [*rows[:n], *rows[n + 1 :]]
        for m in range(n):
            order = list(rows)
            order[n], order[m] = rows[m], row
            yield order
