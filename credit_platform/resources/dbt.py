"""dbt in process: 0.5 s a command where the executable takes 5.5 s, and no shell in between."""

import functools
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from credit_platform.contracts.settings import Settings
from credit_platform.resources.engines import engine_for
from credit_platform.resources.tables import quoted
from credit_platform.resources.workbench import write_atomically

PROJECT_FOLDER = "dbt_star_schema"


class DbtError(RuntimeError):
    """dbt refused the project or could not run it."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or test: status pass, success, warn, fail, error or skipped."""

    unique_id: str
    status: str
    message: str
    failures: int
    seconds: float


@dataclass(frozen=True)
class DbtProjects:
    """One project, but one manifest, target folder and warehouse schema per use case."""

    settings: Settings

    @property
    def project_dir(self) -> Path:
        return self.settings.project / PROJECT_FOLDER

    def target_dir(self, use_case: str) -> Path:
        """Where dbt writes; apart for each engine, because a manifest is rendered for the one that is in use."""
        return self.settings.home_dir / "dbt" / use_case / engine_for(self.settings, use_case).kind

    def content_hash(self, use_case: str) -> str:
        """SHA-256 of every project file that this use case's models are made from."""
        return _content_hash(self.project_dir, use_case)

    def manifest(self, use_case: str) -> Mapping[str, Any]:
        """The parsed manifest; parsed anew when a project file changed since."""
        content_hash = self.content_hash(use_case)
        # A copy of our own: every dbt command rewrites target/manifest.json in place, and may be killed in the middle.
        manifest = self.target_dir(use_case) / "manifests" / f"{content_hash}.json"
        if not manifest.exists():
            write_atomically(manifest, _parsed(self._command(use_case), content_hash).content)
        return json.loads(manifest.read_bytes())

    def compiled_sql(self, use_case: str, model: str) -> str:
        """A model's SQL as the warehouse runs it, compiled now; relations go by schema and name.

        The database's own name is left out: it says where the SQL runs, and is another one on every engine.
        """
        self.invoke(
            use_case, ["compile", "--select", model, "--exclude", "resource_type:unit_test", "resource_type:test"]
        )
        paths = sorted((self.target_dir(use_case) / "compiled").rglob(f"{model}.sql"))
        if len(paths) != 1:
            raise DbtError(
                f"model {model!r} of use case {use_case!r}: {len(paths)} compiled files, expected one; "
                "name a model that exists exactly once below dbt_star_schema/models"
            )
        database = quoted(engine_for(self.settings, use_case).database)
        return paths[0].read_text(encoding="utf-8").replace(f"{database}.", "")

    def invoke(self, use_case: str, arguments: Sequence[str]) -> list[NodeResult]:
        """Run a dbt command; a node that fails is a result, a project that does not parse is a DbtError."""
        command = self._command(use_case)
        result = command.run(arguments, manifest=_parsed(command, self.content_hash(use_case)).manifest)
        return [_node_result(row) for row in getattr(result, "results", None) or []]

    def freshness(self, use_case: str) -> dict[str, str]:
        """Source that declares its freshness -> how old its newest rows are against what it allows."""
        command = self._command(use_case)
        result = command.run(["source", "freshness"], manifest=_parsed(command, self.content_hash(use_case)).manifest)
        return {row.node.unique_id: _freshness_text(row) for row in result.results}

    def _command(self, use_case: str) -> "_Command":
        engine = engine_for(self.settings, use_case)
        return _Command(
            use_case,
            engine.kind,
            engine.database,
            self.project_dir,
            self.target_dir(use_case),
            tuple(engine.dbt_environment.items()),
        )


@dataclass(frozen=True)
class _Command:
    """Where dbt works, for whom, and the environment that its profile reads (a password may be in it: not shown).

    Commands are equal where a manifest is the same: it names relations by database, and nothing after a folder.
    """

    use_case: str
    kind: str
    database: str
    project: Path = field(compare=False)
    target: Path = field(compare=False)
    variables: tuple[tuple[str, str], ...] = field(compare=False, repr=False)

    def run(self, arguments: Sequence[str], *, manifest: Any = None) -> Any:
        """What dbt's own runner gives back; what keeps it from running is a DbtError."""
        from dbt.cli.main import dbtRunner

        self.target.mkdir(parents=True, exist_ok=True)
        places = ["--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        places += ["--target-path", str(self.target), "--log-path", str(self.target / "logs")]
        variables = {"CREDIT_PLATFORM_USE_CASE": self.use_case, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        with _environment(variables | dict(self.variables)):
            outcome = dbtRunner(manifest=manifest).invoke(["--log-level", "none", *arguments, *places])
            release_database()
        if outcome.exception is not None:
            raise DbtError(f"dbt {arguments[0]} of use case {self.use_case!r}: {outcome.exception}")
        return outcome.result


@dataclass(frozen=True)
class _Parsed:
    """dbt's manifest as the object that its commands are given, and as the file that the graph is made from."""

    manifest: Any
    content: bytes


@functools.lru_cache(maxsize=8)
def _parsed(command: _Command, content_hash: str) -> _Parsed:
    """dbt's manifest of the project files of that hash. A build by window has other variables than the last command,
    and dbt would parse everything again for them: 3 to 9 s, where most builds by window take less."""
    manifest = command.run(["parse"])
    return _Parsed(manifest, (command.target / "manifest.json").read_bytes())


def _freshness_text(row: Any) -> str:
    """A table without rows has no newest one: dbt then says why it could not tell."""
    if not hasattr(row, "max_loaded_at"):
        return f"unknown, no rows yet: {row.message}"
    return f"{row.status}: the newest rows are of {row.max_loaded_at:%Y-%m-%d}"


def _node_result(row: Any) -> NodeResult:
    return NodeResult(
        unique_id=row.node.unique_id,
        status=str(row.status),
        message=row.message or "",
        failures=row.failures or 0,
        seconds=row.execution_time,
    )


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def release_database() -> None:
    """Close dbt's connections: DuckDB keeps its file locked for as long as one is open, Postgres a backend each."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    reset_adapters()
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
        DuckDBConnectionManager.close_all_connections()


def _content_hash(project: Path, use_case: str) -> str:
    digest = hashlib.sha256()
    folders = [
        project / "macros",
        *(project / kind / name for kind in ("models", "tests") for name in ("common", use_case)),
    ]
    files = [project / "dbt_project.yml", project / "profiles.yml"]
    files += [path for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files):
        digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
