"""A use case with files and state of its own, run through the command line as a person would run it."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import yaml
from click.testing import CliRunner
from pydantic import SecretStr

from credit_platform.builders.catalogue import read_use_case
from credit_platform.cli import main
from credit_platform.contracts.release import RELEASE_FILES, ChampionPointer, Release
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.canonical import json_bytes
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

CHECKOUT = Path(__file__).resolve().parents[2]
USE_CASES = Path("credit_platform") / "defs" / "use_cases"
STAR = Path("dbt_star_schema")
_CLOCK_COLUMNS = "recorded_at"


@dataclass(frozen=True)
class Finished:
    """How a command ended and what it printed."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON object of the last line."""
        found: dict[str, Any] = json.loads(self.stdout.splitlines()[-1])
        return found


@dataclass(frozen=True)
class Project:
    """A project folder, the use case that it runs, and the settings that differ from the defaults."""

    name: str
    root: Path
    state: Path
    data_dir: Path | str
    """A folder, or the URL of one in a store."""
    warehouse_url: str | None = None
    """None: one DuckDB file below the home."""
    tuning_trials: int | None = None
    """None: as many as the use case declares."""

    @property
    def home(self) -> Path:
        return self.state / "home"

    @property
    def curated(self) -> Path:
        return self.state / "curated" / self.name

    @property
    def variables(self) -> dict[str, str | None]:
        """The environment of a command: these settings, and nothing that the tester's own shell has set."""
        cleared: dict[str, str | None] = {name: None for name in os.environ if name.startswith("CREDIT_PLATFORM_")}
        return cleared | {
            "DAGSTER_HOME": None,
            "CREDIT_PLATFORM_PROJECT": str(self.root),
            "CREDIT_PLATFORM_HOME": str(self.home),
            "CREDIT_PLATFORM_CURATED_URL": f"file://{self.curated.parent}",
            "CREDIT_PLATFORM_DATA_DIR": str(self.data_dir),
            "CREDIT_PLATFORM_WAREHOUSE_URL": self.warehouse_url,
            "CREDIT_PLATFORM_TUNING_TRIALS": None if self.tuning_trials is None else str(self.tuning_trials),
        }

    @property
    def settings(self) -> Settings:
        curated = f"file://{self.curated.parent}"
        url = SecretStr(self.warehouse_url) if self.warehouse_url else None
        return Settings(
            project=self.root,
            home=self.home,
            curated_url=curated,
            data_dir=self.data_dir,
            warehouse_url=url,
            tuning_trials=self.tuning_trials,
        )

    @property
    def use_case(self) -> UseCase:
        return read_use_case(self.settings, self.name)

    @property
    def landing(self) -> Path:
        return Path(self.data_dir) / self.name

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings)

    @property
    def workbench(self) -> Workbench:
        return Workbench(self.settings)

    def command(self, *arguments: str) -> Finished:
        """``credit-platform ARGUMENTS`` in this process, without the seconds that a new one spends on imports."""
        found = CliRunner().invoke(main, list(arguments), env=self.variables)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Finished(found.exit_code, found.stdout, found.stderr)

    def run(self, *arguments: str) -> Finished:
        """``credit-platform run NAME ARGUMENTS --json``."""
        return self.command("run", self.name, *arguments, "--json")

    def environment(self) -> dict[str, str]:
        """The environment for a process of its own."""
        merged = {**os.environ, **self.variables}
        return {name: value for name, value in merged.items() if value is not None}

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """The Dagster instance that the commands of this project write to."""
        with dg.DagsterInstance.from_config(str(self.home / "dagster")) as instance:
            yield instance

    def metadata(self, *path: str, partition: str | None = None) -> dict[str, Any]:
        """Metadata values of an asset's latest materialisation."""
        key = dg.AssetKey([self.name, *path])
        chosen = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None)
        with self.instance() as instance:
            found = instance.fetch_materializations(chosen, limit=1).records
        assert found and found[0].asset_materialization, f"{key.to_user_string()} has not been materialised"
        return {name: value.value for name, value in found[0].asset_materialization.metadata.items()}

    def pointer(self) -> ChampionPointer | None:
        return ReleaseStore(self.settings).pointer(self.name)

    def read(self, sql: str) -> pd.DataFrame:
        return self.warehouse.read(self.name, sql)

    def scores_hash(self) -> str:
        return self.table_hash(f"{self.use_case.output_schema}.scores")

    def table_hash(self, table: str) -> str:
        """SHA-256 of a table's rows in a fixed order, without the columns that only say when they were written."""
        rows = self.read(f"select * from {table}")
        rows = rows.drop(columns=[name for name in rows if name == _CLOCK_COLUMNS])
        return hashlib.sha256("\n".join(sorted(rows.to_csv(index=False).splitlines())).encode()).hexdigest()

    def raw_rows(self, source: str) -> int:
        return len(self.read(f"select 1 as found from {self.use_case.raw_schema}.{source}"))

    def table_hashes(self, *schemas: str) -> dict[str, str]:
        """Hash of every table of these schemas."""
        listed = ", ".join(f"'{schema}'" for schema in schemas)
        found = self.read(
            "select table_schema || '.' || table_name as name from information_schema.tables "
            f"where table_schema in ({listed}) order by 1"
        )
        return {name: self.table_hash(name) for name in found["name"]}

    def twin(self, state: Path, *, data_dir: Path | str | None = None) -> "Project":
        """The same project with a copy of its state, which may read other files."""
        shutil.copytree(self.state, state)
        return replace(self, state=state, data_dir=data_dir or self.data_dir)

    def on(self, warehouse_url: str | None, *, data_dir: Path | str | None = None) -> "Project":
        """The same project with its warehouse elsewhere, which may read other files; nothing is copied."""
        return replace(self, warehouse_url=warehouse_url, data_dir=data_dir or self.data_dir)

    def copied(self, root: Path) -> "Project":
        """A copy of a project folder with its configuration, files and state."""
        shutil.copytree(self.root, root)
        moved = {name: root / getattr(self, name).relative_to(self.root) for name in ("state", "data_dir")}
        return replace(self, root=root, **moved)

    def amend(self, **changes: Any) -> None:
        """Replace top-level attributes of the use case's file."""
        path = self.root / USE_CASES / self.name / "defs.yaml"
        document = yaml.safe_load(path.read_text())
        document["attributes"] |= changes
        path.write_text(yaml.safe_dump(document, sort_keys=False))


def stricter_release(project: Project, release_id: str, **changed: bytes) -> str:
    """A release again with half of its cut-off, so that it is another model, and other files where they are named."""
    folder = project.home / "releases" / project.name / release_id
    files = {file: (folder / file).read_bytes() for file in RELEASE_FILES}
    release = Release.model_validate_json(files["release.json"])
    stricter = release.model_copy(update={"release_id": "stricter", "cut_off": release.cut_off / 2})
    files |= {"release.json": json_bytes(stricter), **changed}
    ReleaseStore(project.settings).publish(project.name, "stricter", files)
    return "stricter"


def of_checkout(name: str, state: Path) -> Project:
    """The committed use case and its committed files, run without a search, with all state below ``state``."""
    return Project(name, CHECKOUT, state, CHECKOUT / "data" / "raw", tuning_trials=1)


def of_folder(name: str, root: Path, *, attributes: Mapping[str, Any]) -> Project:
    """A project folder with the committed use case and its files, some attributes replaced, and no state."""
    shutil.copytree(CHECKOUT / USE_CASES / name, root / USE_CASES / name)
    for part in ("macros", "models/common", f"models/{name}", f"tests/{name}"):
        shutil.copytree(CHECKOUT / STAR / part, root / STAR / part)
    for file in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(CHECKOUT / STAR / file, root / STAR / file)
    shutil.copytree(CHECKOUT / "data" / "raw" / name, root / "data" / "raw" / name)
    project = Project(name, root, root / "state", root / "data" / "raw")
    project.amend(**attributes)
    return project
