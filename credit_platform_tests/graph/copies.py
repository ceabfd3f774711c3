"""Copies of a project's state to try things on: its folder, and its database where the warehouse is on a server."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from credit_platform_tests.graph.projects import Project
from credit_platform_tests.postgres import Postgres


@dataclass(frozen=True)
class Copies:
    """On DuckDB the folder holds everything; with a server the database is copied as a template."""

    server: Postgres | None = None

    def make(self, base: Project, state: Path, *, data_dir: Path | None = None) -> Project:
        """The base with its state in another folder, which may read other files; nobody may be using the base."""
        copy = base.twin(state, data_dir=data_dir)
        if self.server is None:
            return copy
        return copy.on(self.server.copy(_database(state), of=_database(base.state)))

    def first(self, project: Project) -> Project:
        """The project itself, where nothing has run; on the server with an empty database."""
        project.state.mkdir(parents=True)
        return project if self.server is None else project.on(self.server.database(_database(project.state)))

    def drop(self, project: Project) -> None:
        """Remove a copy, whoever still uses its database."""
        shutil.rmtree(project.state)
        if self.server is not None:
            self.server.run(f"drop database {_database(project.state)} with (force)")


def _database(state: Path) -> str:
    return f"copy_{state.name}"
