"""A use case whose files are in an object store ends in the tables that it has from a folder."""

from pathlib import Path

from credit_platform.resources.dbt import DbtProjects
from credit_platform_tests.graph.projects import Project, of_checkout
from credit_platform_tests.s3 import s3_store, uploaded

TABLES = {
    "risk_classifier_raw.quarantine": 0, "risk_classifier_raw.samples": 529, "risk_classifier_raw.verdicts": 4,
    "risk_classifier_raw.samples_to_score": 40, "risk_classifier_star.ftr_samples": 569,
}  # fmt: skip
"""Some of the tables, and their rows."""


def built(project: Project) -> dict[str, str]:
    """Every file read by the command line, every model made by dbt: the hash of every table."""
    finished = project.run("--stage", "raw", "--days", "2022-12-01..2022-12-02")
    assert finished.exit_code == 0, finished.stderr
    DbtProjects(project.settings).invoke(project.name, ["run"])
    return project.table_hashes(project.use_case.raw_schema, project.use_case.star_schema)


def test_files_in_s3_end_in_the_same_tables_as_files_in_a_folder(tmp_path: Path) -> None:
    local = of_checkout("risk_classifier", tmp_path / "state")
    expected = built(local)
    assert {table: len(local.read(f"select 1 as found from {table}")) for table in TABLES} == TABLES
    # The same home: dbt's manifest names the database after its file, so one does for both.
    stored = local.on(f"duckdb:///{tmp_path}/{local.name}.duckdb", data_dir="s3://landing")
    with s3_store():
        uploaded("s3", {f"{local.name}/{file.name}": file for file in local.landing.iterdir()})
        assert built(stored) == expected
        again = stored.run("--stage", "raw", "--days", "2022-12-01..2022-12-02")
        assert again.exit_code == 0
    told = stored.metadata("raw", "samples_to_score", partition="2022-12-02")
    assert told["unchanged"].startswith("2 of 2")
