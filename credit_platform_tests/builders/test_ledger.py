"""The ledger of files: the same bytes under the same contract change nothing, anything else replaces its partition."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from credit_platform.builders.raw import raw_assets
from credit_platform.contracts.source import Column
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.bindings import platform_resources
from credit_platform_tests.graph.projects import Project, of_checkout

DAY, NEXT_DAY = "2022-12-01", "2022-12-02"
DAILY, ONCE = "samples_to_score", "samples"


@dataclass(frozen=True)
class Raw:
    """The raw assets of a committed use case over files of its own."""

    project: Project
    use_case: UseCase

    def load(self, source: str, day: str | None = None) -> dict[str, Any]:
        """Materialise one raw asset; its metadata."""
        chosen = [asset for asset in raw_assets(self.use_case) if asset.key.path[-1] == source]
        with dg.DagsterInstance.ephemeral() as instance:
            result = dg.materialize(
                chosen, partition_key=day, resources=platform_resources(self.project.settings), instance=instance
            )
        (event,) = result.get_asset_materialization_events()
        return {name: value.value for name, value in event.materialization.metadata.items()}

    def verdicts(self) -> dict[str, list[Any]]:
        schema = self.use_case.raw_schema
        return self.project.warehouse.columns(
            self.use_case.name, f"select * from {schema}.verdicts order by source, source_day"
        )


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    project = of_checkout("risk_classifier", tmp_path / "state")
    files = tmp_path / "files"
    shutil.copytree(project.landing, files / project.name)
    project = Project(project.name, project.root, project.state, files)
    return Raw(project, project.use_case)


def test_the_ledger_holds_the_hash_of_the_file_and_of_the_contract(raw: Raw) -> None:
    raw.load(DAILY, DAY)
    found = raw.verdicts()
    content = (raw.project.landing / "new_data_20221201.csv").read_bytes()
    assert found["file_sha256"] == found["sha256"] == [hashlib.sha256(content).hexdigest()]
    assert len(found["contract_sha256"][0]) == 64
    assert (found["total_rows"], found["bad_rows"], found["repeated_rows"]) == ([20], [0], [0])


def test_the_same_file_again_changes_nothing(raw: Raw) -> None:
    first = (raw.load(DAILY, DAY), raw.load(ONCE))
    before = raw.verdicts()
    again = (raw.load(DAILY, DAY), raw.load(ONCE))
    assert raw.verdicts() == before
    assert [told["unchanged"][:6] for told in (*first, *again)] == ["0 of 1", "0 of 1", "1 of 1", "1 of 1"]
    assert [told["rows"] for told in again] == [told["rows"] for told in first] == [20, 529]


def test_a_changed_file_replaces_its_partition_and_no_other(raw: Raw) -> None:
    raw.load(DAILY, DAY)
    raw.load(DAILY, NEXT_DAY)
    before = raw.verdicts()
    file = raw.project.landing / "new_data_20221201.csv"
    file.write_text("\n".join(file.read_text().splitlines()[:11]) + "\n")
    assert raw.load(DAILY, DAY)["rows"] == 10
    after = raw.verdicts()
    assert [old == new for old, new in zip(before["recorded_at"], after["recorded_at"], strict=True)] == [False, True]
    counted = raw.project.read(
        f"select source_day, count(*) as rows from {raw.use_case.raw_schema}.{DAILY} group by 1 order by 1"
    )
    assert counted["rows"].tolist() == [10, 20]


def test_another_contract_reads_the_same_file_again(raw: Raw) -> None:
    raw.load(ONCE)
    stricter = tuple(
        source.model_copy(update={"max_bad_share": 0.01}) if source.name == ONCE else source
        for source in raw.use_case.sources
    )
    changed = Raw(raw.project, raw.use_case.model_copy(update={"sources": stricter}))
    assert changed.load(ONCE)["unchanged"].startswith("0 of 1")


def test_a_contract_that_gains_a_column_reads_days_into_the_table_that_is_there(raw: Raw) -> None:
    """The rows of a day that was not read again have no value; a unit in both is set aside with the new column too."""
    raw.load(f"{DAILY}_history")
    for day in (DAY, NEXT_DAY):
        raw.load(DAILY, day)
    first, second = (raw.project.landing / f"new_data_{day.replace('-', '')}.csv" for day in (DAY, NEXT_DAY))
    header, *lines = second.read_text().splitlines()
    lines[0] = first.read_text().splitlines()[1]
    second.write_text("".join(f"{line}\n" for line in [f"{header},note", *(f"{line},new" for line in lines)]))
    noted = tuple(
        source.model_copy(update={"columns": (*source.columns, Column(name="note", type="text"))})
        if source.name == DAILY
        else source
        for source in raw.use_case.sources
    )
    assert Raw(raw.project, raw.use_case.model_copy(update={"sources": noted})).load(DAILY, NEXT_DAY)["rows"] == 19
    schema = raw.use_case.raw_schema
    for table, counts in ((DAILY, {None: 20, "new": 19}), (f"{DAILY}_set_aside", {"new": 1})):
        found = raw.project.warehouse.columns(
            raw.use_case.name, f"select note, count(*) as rows from {schema}.{table} group by note order by note"
        )
        assert dict(zip(found["note"], found["rows"], strict=True)) == counts


def test_a_file_that_is_gone_is_named(raw: Raw) -> None:
    raw.load(DAILY, DAY)
    (raw.project.landing / "new_data_20221201.csv").unlink()
    assert raw.load(DAILY, NEXT_DAY)["removed_files"] == ["new_data_20221201.csv"]
    assert len(raw.verdicts()["source"]) == 2


def test_a_warehouse_of_an_earlier_version_is_brought_up_to_date(raw: Raw) -> None:
    raw.load(DAILY, DAY)
    schema = raw.use_case.raw_schema
    with raw.project.warehouse.session(raw.use_case.name) as session:
        for column in ("file_sha256", "contract_sha256", "repeated_rows"):
            session.execute(f"alter table {schema}.verdicts drop column {column}")
        session.execute(f"alter table {schema}.{DAILY} drop column raw_text")
    assert raw.load(DAILY, DAY)["rows"] == 20
    assert raw.verdicts()["repeated_rows"] == [0]
    texts = raw.project.read(f"select raw_text from {schema}.{DAILY} order by source_line")["raw_text"]
    assert texts.tolist() == (raw.project.landing / "new_data_20221201.csv").read_text().splitlines()[1:]
