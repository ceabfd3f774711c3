"""A use case's raw tables in a scratch DuckDB file, and dbt over them in process."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import duckdb
import pandas as pd
import yaml
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner

from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.dbt import release_database
from credit_platform.resources.tables import PROVENANCE, SQL_TYPES

ROOT = Path(__file__).resolve().parents[2]
STAR = ROOT / "dbt_star_schema"


def use_case(name: str) -> UseCase:
    """The committed use case of that name."""
    document = yaml.safe_load((ROOT / "credit_platform" / "defs" / "use_cases" / name / "defs.yaml").read_text())
    return UseCase.model_validate(document["attributes"])


def raw_columns(case: UseCase) -> dict[str, dict[str, str]]:
    """Raw table -> column -> SQL type; a requests source also has its history table."""
    tables = {}
    for source in case.sources:
        columns = {column.canonical: SQL_TYPES[column.type] for column in source.expanded_columns} | dict(PROVENANCE)
        tables[source.name] = columns
        if source.role == "requests":
            tables[f"{source.name}_history"] = columns
    return tables


@dataclass(frozen=True)
class Star:
    """One scratch warehouse: its file, and the folder that dbt writes its target and logs to."""

    case: UseCase
    database: Path
    scratch: Path

    def load(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """Write the raw tables anew; a table without a frame is empty, a column without values null."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(f"create schema if not exists {self.case.raw_schema}")
            for table, columns in raw_columns(self.case).items():
                name = f"{self.case.raw_schema}.{table}"
                listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
                connection.execute(f"create or replace table {name} ({listed})")
                if table in frames:
                    connection.register("rows_to_load", frames[table])
                    connection.execute(f"insert into {name} by name select * from rows_to_load")

    def dbt(self, *arguments: str) -> dict[str, str]:
        """Run a command; node -> status (pass, success, warn, fail, error, skipped, no-op)."""
        places = ["--project-dir", str(STAR), "--profiles-dir", str(STAR)]
        places += ["--target-path", str(self.scratch / "target"), "--log-path", str(self.scratch / "logs")]
        variables = {
            "CREDIT_PLATFORM_USE_CASE": self.case.name,
            "CREDIT_PLATFORM_DBT_TARGET": "duckdb",
            "CREDIT_PLATFORM_DBT_DUCKDB_PATH": str(self.database),
        }
        with patch.dict(os.environ, variables):
            outcome = dbtRunner().invoke(["--quiet", *arguments, *places])
        release_database()
        if outcome.exception is not None:
            raise outcome.exception
        assert isinstance(outcome.result, RunExecutionResult), f"dbt {arguments[0]} gives no node results"
        return {row.node.unique_id: str(row.status) for row in outcome.result.results}

    def read(self, model: str, order: Sequence[str]) -> pd.DataFrame:
        """A model's rows in a stated order."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.sql(f"select * from {self.case.star_schema}.{model} order by {', '.join(order)}").df()


def failed(statuses: Mapping[str, str]) -> dict[str, str]:
    """Nodes that did not pass; an exposure has nothing to do."""
    return {node: status for node, status in statuses.items() if status not in {"pass", "success", "no-op"}}
