"""Daily files as they come: a refused one stops no other day, and a corrected one is taken later."""

import shutil
from pathlib import Path

import pytest

from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import Project

DAYS = ["2022-12-01", "2022-12-02", "2022-12-03"]
REFUSED_FILE = "new_data_20221203.csv"


def _delivered(project: Project, root: Path, *, header: tuple[str, str] = ("", "")) -> Project:
    """A project whose landing folder also has a third day, with part of its header replaced."""
    shutil.copytree(project.data_dir, root / "files")
    twin = project.twin(root / "state", data_dir=root / "files")
    second = (twin.landing / "new_data_20221202.csv").read_text()
    (twin.landing / REFUSED_FILE).write_text(second.replace("\nsample_", "\nlater_").replace(*header, 1))
    return twin


def _scored(project: Project) -> list[int]:
    """Rows of the three days in the score table."""
    found = project.read(
        "select scoring_day, count(*) as rows from risk_classifier_output.scores group by 1 order by 1"
    )
    by_day = {str(day.date()): int(rows) for day, rows in zip(found["scoring_day"], found["rows"], strict=True)}
    return [by_day.get(day, 0) for day in DAYS]


@pytest.fixture(scope="module")
def refused(sorter: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Three days as one range, the third file without one of its columns."""
    header = ("worst_radius", "radius_worst")
    project = _delivered(sorter.project, tmp_path_factory.mktemp("refused"), header=header)
    return Ran(project, project.run("--nightly", "--days", f"{DAYS[0]}..{DAYS[2]}"))


@pytest.fixture(scope="module")
def corrected(refused: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The refused file as it should have been, scored alone."""
    project = _delivered(refused.project, tmp_path_factory.mktemp("corrected"))
    return Ran(project, project.run("--nightly", "--days", DAYS[2]))


def test_a_refused_day_stops_no_other_day_and_is_named(refused: Ran) -> None:
    assert refused.finished.exit_code == 3, refused.finished.stderr
    (told,) = refused.finished.summary["refusals"]
    assert [part for part in (REFUSED_FILE, "line 1", "worst_radius", "header") if part not in told] == []
    assert _scored(refused.project) == [20, 20, 0]
    curated = sorted(path.name for path in refused.project.curated.glob("predictions_*.csv"))
    assert curated == ["predictions_20221201.csv", "predictions_20221202.csv"]


def test_a_corrected_file_is_accepted_later(corrected: Ran) -> None:
    assert corrected.finished.exit_code == 0, corrected.finished.stderr
    assert corrected.finished.summary["refusals"] == []
    assert _scored(corrected.project) == [20, 20, 20]
    verdicts = corrected.project.read(
        "select is_accepted, refusal from risk_classifier_raw.verdicts "
        "where source = 'samples_to_score' and source_day = date '2022-12-03'"
    )
    assert verdicts.to_dict("records") == [{"is_accepted": True, "refusal": None}]


def test_a_day_by_itself_is_scored_as_the_same_rows_were_in_a_range(corrected: Ran) -> None:
    """The third file holds the rows of the second under other names."""
    columns = "prediction, score, probability, band, reasons, warnings, release_id"
    in_range, alone = (
        corrected.project.read(
            f"select {columns} from risk_classifier_output.scores where scoring_day = date '{day}' order by row_number"
        )
        for day in DAYS[1:]
    )
    assert len(alone) == 20
    assert alone.to_csv(index=False) == in_range.to_csv(index=False)
