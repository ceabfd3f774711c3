"""``credit-platform quarantine``: from a broken row to a corrected one, through the files of the landing folder."""

import json
import shutil
from pathlib import Path

import pytest

from credit_platform_tests.graph.projects import Project, of_checkout

DAY, FILE, SOURCE = "2022-12-01", "new_data_20221201.csv", "samples_to_score"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A day of requests whose fifth row has no measurement, loaded."""
    root = tmp_path_factory.mktemp("quarantine")
    committed = of_checkout("risk_classifier", root / "state")
    shutil.copytree(committed.landing, root / "files" / committed.name)
    project = Project(committed.name, committed.root, committed.state, root / "files")
    lines = (project.landing / FILE).read_text().splitlines()
    cells = lines[5].split(",")
    cells[1] = "-1"
    lines[5] = ",".join(cells)
    (project.landing / FILE).write_text("\n".join(lines) + "\n")
    assert project.run("--stage", "raw", "--days", DAY).exit_code == 0
    return project


def _loaded(project: Project) -> dict[str, str]:
    schema = project.use_case.raw_schema
    tables = (f"{schema}.{SOURCE}", f"{schema}.quarantine", f"{schema}.verdicts")
    return {table: project.table_hash(table) for table in tables}


def test_a_broken_row_is_listed_exported_mended_and_taken_back(project: Project, tmp_path: Path) -> None:
    listed = project.command("quarantine", project.name, "--day", DAY, "--json").summary
    (rule,) = listed["rules"]
    assert (rule["source"], rule["source_file"], rule["source_line"], rule["found"]) == (SOURCE, FILE, 6, "-1")
    assert rule["raw_text"] == (project.landing / FILE).read_text().splitlines()[5]
    edited = tmp_path / "edited.csv"
    assert project.command("quarantine", project.name, "--source", SOURCE, "--export", str(edited)).exit_code == 0
    edited.write_text(edited.read_text().replace(",-1,", ",14.5,"))
    taken = project.command("quarantine", project.name, "--reingest", str(edited), "--json")
    assert (taken.exit_code, taken.summary["is_changed"], taken.summary["still_in_quarantine"]) == (0, True, 0)
    first = _loaded(project)
    rows = project.read(f"select * from {project.use_case.raw_schema}.{SOURCE} where source_file like 'corrections/%'")
    assert (rows["source_file"].tolist(), rows["mean_radius"].tolist()) == ([f"corrections/{FILE}"], [14.5])
    again = project.command("quarantine", project.name, "--reingest", str(edited), "--json")
    assert (again.exit_code, again.summary["is_changed"]) == (0, False)
    assert _loaded(project) == first
    rebuilt = Project(project.name, project.root, tmp_path / "rebuilt", project.data_dir)
    assert rebuilt.run("--stage", "raw", "--days", DAY).exit_code == 0
    assert _loaded(rebuilt) == first


def test_a_wrong_request_is_answered_with_what_exists(project: Project, tmp_path: Path) -> None:
    unknown = project.command("quarantine", project.name, "--source", "nosuch", "--json")
    assert (unknown.exit_code, "it has samples, samples_to_score" in unknown.summary["error"]) == (2, True)
    plain = tmp_path / "plain.csv"
    shutil.copy(project.landing / FILE, plain)
    refused = project.command("quarantine", project.name, "--reingest", str(plain), "--json")
    assert refused.exit_code == 2
    assert "expected a file that --export wrote" in json.dumps(refused.summary)
