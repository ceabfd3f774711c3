"""A lending desk: raw tables and verdicts as deliveries leave them, and the platform's own builds over them."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from credit_platform.builders.build_plan import STEPS, Plan
from credit_platform.builders.warehouse import build_step
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.dbt import DbtProjects
from credit_platform.resources.tables import VERDICTS
from credit_platform.resources.warehouse import Replacement, Warehouse
from credit_platform_tests.warehouse.dbt_runs import raw_columns

Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Desk:
    """One use case's warehouse on the engine that the settings name."""

    case: UseCase
    settings: Settings

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings)

    @property
    def dbt(self) -> DbtProjects:
        return DbtProjects(self.settings)

    def deliver(self, frames: Frames, *, refused: Collection[tuple[str, pd.Timestamp]] = ()) -> None:
        """Make these the rows of the raw tables, with a verdict for each source and day that names their content.

        ``refused``: sources and days whose last file was not accepted; rows of an earlier one stay.
        """
        schema, writes = self.case.raw_schema, []
        for table, columns in raw_columns(self.case).items():
            writes.append(Replacement((schema, table), columns, _shaped(frames.get(table, pd.DataFrame()), columns)))
        writes.append(Replacement((schema, "verdicts"), VERDICTS, _shaped(verdicts(frames, refused), VERDICTS)))
        self.warehouse.write(self.case.name, writes)

    def build(self) -> dict[str, Plan]:
        """Both steps without their tests; step -> what was planned."""
        out = {}
        for step in STEPS:
            out[step], results = build_step(self.case, self.warehouse, self.dbt, step, command="run")
            assert {result.status for result in results} == {"success"}, results
        return out

    def build_whole(self) -> None:
        """Every table anew, whatever was built before."""
        results = self.dbt.invoke(self.case.name, ["run", "--full-refresh"])
        assert {result.status for result in results} == {"success"}, results

    def read(self, model: str, *, order: str) -> pd.DataFrame:
        """A model's rows in the order of a column."""
        return self.warehouse.read(self.case.name, f"select * from {self.case.star_schema}.{model} order by {order}")

    def table_hashes(self) -> dict[str, str]:
        """Table of the star schema -> hash of its rows in whatever order."""
        found = self.warehouse.columns(
            self.case.name,
            "select table_name from information_schema.tables where table_schema = ? and table_type = 'BASE TABLE'",
            [self.case.star_schema],
        )
        return {name: self._hash(name) for name in sorted(found["table_name"])}

    def _hash(self, table: str) -> str:
        rows = self.warehouse.read(self.case.name, f"select * from {self.case.star_schema}.{table}")
        return hashlib.sha256("\n".join(sorted(rows.to_csv(index=False).splitlines())).encode()).hexdigest()


def verdicts(frames: Frames, refused: Collection[tuple[str, pd.Timestamp]] = ()) -> pd.DataFrame:
    """A verdict for each source and day; a source without days is one file."""
    rows = {}
    for source, frame in frames.items():
        days = frame.groupby("source_day") if "source_day" in frame else [(None, frame)]
        for day, part in days:
            content = hashlib.sha256(part.to_csv(index=False).encode()).hexdigest()
            row = {"source": source, "source_day": day, "source_file": f"{source}.csv", "sha256": content}
            rows[source, day] = row | {"total_rows": len(part), "bad_rows": 0, "is_accepted": True, "refusal": None}
    for source, day in refused:
        row = {"source": source, "source_day": day, "source_file": f"{source}.csv", "sha256": f"refused {day}"}
        rows[source, day] = row | {"total_rows": 1, "bad_rows": 1, "is_accepted": False, "refusal": "every row is bad"}
    return pd.DataFrame(list(rows.values()))


def _shaped(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The table's columns in order; one without a value is null whatever its type."""
    rows = frame.reindex(columns=list(columns))
    return rows.astype({column: object for column in columns if rows[column].isna().all()})
