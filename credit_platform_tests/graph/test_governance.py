"""Promotion from the command line: the ledger of a run, an override that every row carries, and the way back."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from credit_platform.builders.business_days import scored_otherwise
from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.challenge import comparison, opponent_of
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import USE_CASES, Finished, Project, stricter_release

LAST_DAY = "2022-12-01"


@pytest.fixture(scope="module")
def project(sorter: Ran, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return sorter.project.copied(tmp_path_factory.mktemp("governed") / "project")


@pytest.fixture(scope="module")
def stricter(project: Project) -> str:
    """The champion with another cut-off, as a release whose gates were not met."""
    pointer = project.pointer()
    assert pointer is not None
    return stricter_release(project, pointer.release_id, **{"gates.json": b'{"passed":false,"unmet":["auc is 0.5"]}'})


def test_a_run_leaves_one_entry_that_verifies_and_answers_who_was_in_force(project: Project, sorter: Ran) -> None:
    shown = project.command("ledger", project.name, "--json").summary["entries"]
    pointer = sorter.project.pointer()
    assert pointer is not None
    assert [(each["sequence"], each["kind"], each["release_id"]) for each in shown] == [
        (1, "promotion", pointer.release_id)
    ]
    assert shown[0]["reason"] == "all gates of the use case passed"
    verified = project.command("ledger", project.name, "--verify", "--json")
    assert (verified.exit_code, verified.summary["problems"], verified.summary["entries"]) == (0, [], 1)
    first = pointer.effective_from
    for at, expected in ((first, pointer.release_id), (first - dt.timedelta(days=1), None)):
        found = project.command("ledger", project.name, "--at", f"{at}", "--json").summary["champion"]
        assert (found and found["release_id"]) == expected
    known = project.command("ledger", project.name, "--at", "2030-01-01", "--known-by", "2001-01-01", "--json")
    assert known.summary["champion"] is None
    assert project.metadata("release", "champion")["grade"] == "dev"


def test_a_wrong_request_is_refused_in_one_sentence(project: Project, stricter: str) -> None:
    names = ("--by", "Ada", "--by", "ADA", "--reason", "trial", "--expires", LAST_DAY, "--from", LAST_DAY)
    for arguments, told in (
        (("rollback", project.name, "--reason", "x"), "nothing was in force before the present model"),
        (("override", project.name, stricter, *names), "an override needs two different names"),
        (("override", project.name, "nosuch", *names), "manifest.json: not found"),
        (("ledger", "nosuch"), "there is no use case 'nosuch'"),
    ):
        finished = project.command(*arguments, "--json")
        assert (finished.exit_code, told in finished.summary["error"]) == (2, True), finished.summary


@pytest.fixture(scope="module")
def overridden(project: Project, stricter: str) -> tuple[Finished, Finished]:
    """The command, and the nights of the override's last day and of the day after."""
    names = ("--by", "Ada", "--by", "Bo", "--reason", "trial", "--expires", LAST_DAY, "--from", LAST_DAY)
    done = project.command("override", project.name, stricter, *names, "--json")
    assert done.exit_code == 0, done.stderr
    assert done.summary["champion"]["override"]["approvers"] == ["Ada", "Bo"]
    return (
        project.run("--nightly", "--days", LAST_DAY, "--stage", "batch"),
        project.run("--nightly", "--days", "2022-12-02", "--stage", "batch"),
    )


def test_an_override_marks_every_row_and_fails_a_check_from_the_day_after_its_last(
    project: Project, stricter: str, overridden: tuple[Finished, Finished]
) -> None:
    on_its_last_day, after = overridden
    assert on_its_last_day.exit_code == 0, on_its_last_day.stderr
    assert after.exit_code == 3, after.stderr
    assert "no_expired_override" in after.stderr
    scores = project.read("select release_id, override_until from risk_classifier_output.scores")
    assert len(scores) == 40
    assert set(scores["release_id"]) == {"stricter"}
    assert {str(day)[:10] for day in scores["override_until"]} == {LAST_DAY}
    shown = project.metadata("batch", "scores", partition=LAST_DAY)
    assert (shown["override/until"], shown["override/by"], shown["grade"]) == (LAST_DAY, "Ada, Bo", "dev")
    assert project.metadata("batch", "curated_file", partition=LAST_DAY)["override/reason"] == "trial"
    curated = pd.read_csv(project.curated / "predictions_20221202.csv", dtype=str)
    assert (set(curated["model_version"]), set(curated["override_until"])) == ({stricter}, {LAST_DAY})


def test_the_way_back_is_one_command(
    project: Project, sorter: Ran, overridden: tuple[Finished, Finished], tmp_path: Path
) -> None:
    done = project.command("rollback", project.name, "--reason", "the trial is over", "--json")
    pointer = sorter.project.pointer()
    assert pointer is not None
    assert (done.exit_code, done.summary["champion"]["release_id"]) == (0, pointer.release_id)
    assert done.summary["champion"]["sequence"] == 3
    assert done.summary["champion"]["effective_from"] == "2022-12-03"
    assert done.summary["champion"]["override"] is None
    document = json.loads((project.home / "releases" / project.name / "champion.json").read_text())
    assert (document["release_id"], document["sequence"]) == (pointer.release_id, 3)
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=project.settings.mlflow_uri)
    assert client.get_model_version_by_alias(project.name, "champion").tags["release_id"] == pointer.release_id


def test_the_commands_of_the_readme_work_as_printed_and_name_business_days(
    project: Project, stricter: str, overridden: tuple[Finished, Finished]
) -> None:
    """Days of the portfolio, whatever the clock of this machine says: two were scored, so the third is next."""
    names = ("--by", "A", "--by", "B", "--reason", "...")
    done = project.command("override", project.name, stricter, *names, "--expires", "2023-01-31", "--json")
    assert (done.exit_code, done.summary["champion"]["effective_from"]) == (0, "2022-12-03"), done.stderr
    at = project.command("ledger", project.name, "--at", "2022-12-03", "--json").summary["champion"]
    assert (at["release_id"], at["kind"]) == (stricter, "override")
    _has_two_to_beat(project)
    refused = project.command("rollback", project.name, "--reason", "...", "--from", "2022-12-04", "--json")
    assert "from the next business day on, 2022-12-03" in refused.summary["error"]
    assert project.command("rollback", project.name, "--reason", "...", "--json").exit_code == 0


def _has_two_to_beat(project: Project) -> None:
    """An override let a model in below the bar: who beats only that one is not promoted."""
    use_case, store = project.use_case, ReleaseStore(project.settings)
    candidate, program = (
        load_candidate(project.workbench, use_case),
        store.champion(project.name).release.feature_program,
    )
    opponent = opponent_of(use_case, candidate, store, project.warehouse, program=program)
    assert opponent is not None and opponent.approved is not None and opponent.margin is not None
    assert opponent.approved.named["release_id"] == store.ledger.entries(project.name)[0].entry.release_id
    worse = replace(opponent, margin=-opponent.margin)
    alone = comparison(candidate, replace(worse, approved=None), model_sha256="another", threads=1)["metrics"]
    both = comparison(candidate, worse, model_sha256="another", threads=1)
    assert alone["auc_lift"] > 0.5 and alone["auc_lift_p_value"] < 1e-6
    assert both["metrics"] == both["approved"]["metrics"] == {"auc_lift": 0.0, "auc_lift_p_value": 1.0}
    assert both["champion"] == opponent.named


def test_days_that_a_rollback_takes_back_are_told_until_they_are_scored_again(
    project: Project, stricter: str, overridden: tuple[Finished, Finished]
) -> None:
    day, store = dt.date(2022, 12, 2), ReleaseStore(project.settings)
    names = ("--by", "A", "--by", "B", "--reason", "...", "--expires", "2023-01-31")
    project.command("override", project.name, stricter, *names)
    back = project.command("rollback", project.name, "--reason", "...", "--from", str(day), "--json")
    assert back.exit_code == 0, back.stderr

    def scored() -> dict[str, set[str]]:
        rows = project.read("select cast(scoring_day as varchar) as day, release_id from risk_classifier_output.scores")
        return {str(key): set(group) for key, group in rows.groupby("day")["release_id"]}

    assert scored_otherwise(project.use_case, project.warehouse, store.ledger.entries(project.name)) == [day]
    again = project.run("--nightly", "--days", str(day), "--stage", "batch")
    assert again.exit_code == 0, again.stderr
    pointer = project.pointer()
    assert pointer is not None
    assert scored() == {"2022-12-01": {stricter}, str(day): {pointer.release_id}}
    assert scored_otherwise(project.use_case, project.warehouse, store.ledger.entries(project.name)) == []


def test_a_rollback_needs_the_ledger_and_the_releases_alone_if_it_is_told_the_day(
    sorter: Ran, stricter: str, project: Project, tmp_path: Path
) -> None:
    """An emergency is no time for a broken configuration or a locked warehouse to be in the way."""
    copy = project.copied(tmp_path / "copy")
    names = ("--by", "A", "--by", "B", "--reason", "...", "--expires", "2023-01-31")
    copy.command("override", copy.name, stricter, *names)
    (copy.root / USE_CASES / copy.name / "defs.yaml").write_text("type: [")
    refused = copy.command("rollback", copy.name, "--reason", "...", "--json")
    assert (refused.exit_code, "with --from YYYY-MM-DD" in refused.summary["error"]) == (2, True), refused.summary
    done = copy.command("rollback", copy.name, "--reason", "...", "--from", "2022-12-03", "--json")
    pointer = sorter.project.pointer()
    assert pointer is not None
    assert (done.exit_code, "was not compared with the days scored" in done.stderr) == (0, True), done.stderr
    assert done.summary["champion"]["release_id"] == pointer.release_id


def test_a_run_ends_a_killed_promotion_and_refuses_a_ledger_that_lost_its_end(sorter: Ran, tmp_path: Path) -> None:
    project = sorter.project.twin(tmp_path / "state")
    pointer = project.home / "releases" / project.name / "champion.json"
    written = pointer.read_bytes()
    pointer.unlink()
    verified = project.command("ledger", project.name, "--verify", "--json")
    assert verified.exit_code == 1
    assert "no champion pointer beside the releases that would vouch for entry 1" in verified.summary["problems"][0]
    arguments = ("--nightly", "--days", "1999-01-01")
    key = project.settings.development_key
    key.chmod(0o644)
    assert "others may read or write it" in project.run(*arguments).summary["error"]
    key.chmod(0o600)
    assert "before the first scored day" in project.run(*arguments).summary["error"]
    assert pointer.read_bytes() == written
    (project.home / "ledger.sqlite").unlink()
    assert "the ledger ends with entry 0" in project.run(*arguments).summary["error"]
    assert pointer.read_bytes() == written
