"""A build is by window only where nothing but days changed since a build that passed; tests gate it all the same."""

from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from credit_platform.builders.build_plan import Plan, plan_build
from credit_platform.builders.builds import past_builds, record_build, require_built
from credit_platform.builders.warehouse import build_step
from credit_platform.contracts.settings import Settings
from credit_platform_tests.warehouse.dbt_runs import use_case
from credit_platform_tests.warehouse.desk import Desk

FIRST = pd.Timestamp("2022-12-01")
SECOND = pd.Timestamp("2022-12-02")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(use_case("risk_classifier"), Settings(home=tmp_path / "home"))


def samples(*days: pd.Timestamp, changed: str = "") -> dict[str, pd.DataFrame]:
    """Thirty labelled samples and five to score on each day; ``changed`` names a table whose values are others."""
    case = use_case("risk_classifier")
    measured = [column.canonical for column in case.requests.expanded_columns if column.type == "decimal"]
    values = np.random.default_rng(3).uniform(1, 2, (30 + 5 * len(days), len(measured)))
    rows = pd.DataFrame(values, columns=measured)
    rows.insert(0, "sample_id", [f"s{number:02d}" for number in range(len(rows))])
    frames = {
        "samples": rows[:30].assign(target=np.arange(30) % 2),
        "samples_to_score": rows[30:].assign(source_day=np.repeat(days, 5)),
    }
    if changed:
        frames[changed] = frames[changed].assign(mean_radius=1.5)
    return frames


def planned(desk: Desk, step: str, *, project: str = "p") -> Plan:
    past = past_builds(desk.case, desk.warehouse)
    return plan_build(desk.case, desk.warehouse, step, project=project, past=past)


def built(desk: Desk, *steps: str, is_passed: bool = True) -> list[Plan]:
    """Plan and record these steps as if dbt had run."""
    plans = []
    for step in steps:
        plans.append(planned(desk, step))
        record_build(desk.case, desk.warehouse, plans[-1], is_passed=is_passed)
    return plans


def test_only_changed_days_are_in_the_window_of_both_steps(desk: Desk) -> None:
    desk.deliver(samples(FIRST))
    assert [plan.text for plan in built(desk, "star", "features")] == ["whole: nothing was built before"] * 2
    desk.deliver(samples(FIRST, SECOND))
    assert [plan.window for plan in built(desk, "star", "features")] == [(SECOND.date(),)] * 2
    assert [plan.window for plan in built(desk, "star", "features")] == [(), ()]
    desk.deliver(samples(FIRST, SECOND, changed="samples_to_score"))
    plans = built(desk, "star", "features")
    assert [plan.window for plan in plans] == [(FIRST.date(), SECOND.date())] * 2
    assert plans[0].arguments == ["--vars", '{"window_days": ["2022-12-01", "2022-12-02"]}']
    desk.deliver(samples(FIRST))
    assert planned(desk, "star").window == (FIRST.date(), SECOND.date())


def test_a_changed_history_file_or_project_makes_the_build_whole(desk: Desk) -> None:
    desk.deliver(samples(FIRST))
    built(desk, "star", "features")
    assert planned(desk, "star", project="another").text == "whole: the dbt project changed"
    desk.deliver(samples(FIRST, changed="samples"))
    plan = planned(desk, "star")
    assert (plan.text, plan.arguments) == ("whole: the file of samples changed", ["--full-refresh"])


def test_the_same_files_under_another_contract_make_the_warehouse_stale(desk: Desk) -> None:
    daily = desk.case.requests.name
    desk.deliver(samples(FIRST, SECOND))
    built(desk, "star", "features")
    require_built(desk.case, desk.warehouse, of_present_files=True)
    with desk.warehouse.session(desk.case.name) as session:
        verdicts = f"{desk.case.raw_schema}.verdicts"
        session.execute(
            f"update {verdicts} set contract_sha256 = 'a later one' where source = ? and source_day = ?",
            [daily, SECOND.date()],
        )
    with pytest.raises(dg.Failure, match="from the same under another contract; materialise the warehouse"):
        require_built(desk.case, desk.warehouse, of_present_files=True)
    assert [plan.window for plan in built(desk, "star", "features")] == [(SECOND.date(),)] * 2
    require_built(desk.case, desk.warehouse, of_present_files=True)
    with desk.warehouse.session(desk.case.name) as session:
        session.execute(f"update {verdicts} set contract_sha256 = 'a later one' where source_day is null")
    assert planned(desk, "star").text.startswith("whole: the file of samples")


def test_a_build_that_did_not_pass_is_followed_by_a_whole_one(desk: Desk) -> None:
    desk.deliver(samples(FIRST))
    built(desk, "star", "features")
    desk.deliver(samples(FIRST, SECOND))
    built(desk, "star", is_passed=False)
    assert planned(desk, "star").text == "whole: the last build did not pass"


def test_the_star_is_whole_where_the_features_upon_it_were_never_finished(desk: Desk) -> None:
    """Samples that a window touches are looked up among the inputs that the features step held before."""
    desk.deliver(samples(FIRST))
    built(desk, "star")
    assert planned(desk, "star").text == "whole: the last build of features did not pass"
    built(desk, "features", is_passed=False)
    assert planned(desk, "star").text == "whole: the last build of features did not pass"
    built(desk, "star", "features")
    assert planned(desk, "star").window == ()


def test_features_are_whole_where_the_star_went_on_without_them(desk: Desk) -> None:
    desk.deliver(samples(FIRST))
    built(desk, "star", "features")
    desk.deliver(samples(FIRST, SECOND))
    built(desk, "star")
    desk.deliver(samples(SECOND))
    built(desk, "star")
    assert planned(desk, "features").text == "whole: the last build of star did not continue from the last of features"


def test_a_build_by_window_is_refused_by_its_tests_and_mended_by_a_whole_one(desk: Desk) -> None:
    frames = samples(FIRST, SECOND)
    to_score = frames["samples_to_score"]
    desk.deliver(frames | {"samples_to_score": to_score[to_score["source_day"] == FIRST]})
    for step in ("star", "features"):
        build_step(desk.case, desk.warehouse, desk.dbt, step, command="build")
    require_built(desk.case, desk.warehouse, of_present_files=True)
    doubled = pd.concat([to_score, to_score[to_score["source_day"] == SECOND].iloc[:1]])
    desk.deliver(frames | {"samples_to_score": doubled})
    plan, results = build_step(desk.case, desk.warehouse, desk.dbt, "star", command="build")
    assert plan.window == (SECOND.date(),)
    assert [r.unique_id.split(".")[2] for r in results if r.status == "fail"] == [
        "unique_stg_samples_to_score__samples_sample_id"
    ]
    with pytest.raises(dg.Failure, match="not fit for use: its last build of star did not pass"):
        require_built(desk.case, desk.warehouse, of_present_files=False)
    desk.deliver(frames)
    plans = [build_step(desk.case, desk.warehouse, desk.dbt, step, command="build")[0] for step in ("star", "features")]
    assert [plan.window for plan in plans] == [None, None]
    require_built(desk.case, desk.warehouse, of_present_files=True)
    assert len(desk.read("ftr_samples", order="sample_id")) == 40


def test_a_window_keeps_apart_what_it_wrote_and_a_whole_build_forgets_it(desk: Desk) -> None:
    desk.deliver(samples(FIRST))
    desk.build()
    desk.deliver(samples(FIRST, SECOND))
    assert desk.build()["features"].window == (SECOND.date(),)
    name, touched = desk.case.name, f"{desk.case.star_schema}_touched"
    written = desk.warehouse.read(name, f"select * from {touched}.written_ftr_samples order by sample_id")
    features = desk.read("ftr_samples", order="sample_id")
    pd.testing.assert_frame_equal(written, features[features["scoring_day"] == SECOND].reset_index(drop=True))
    assert len(written) == 5
    desk.build_whole()
    tables = desk.warehouse.columns(
        name, "select table_name from information_schema.tables where table_schema = ?", [touched]
    )
    assert tables["table_name"] == ["int_touched_samples"]


def test_a_source_says_how_fresh_its_newest_day_is(desk: Desk) -> None:
    desk.deliver(samples(FIRST, SECOND))
    source = "source.credit_star_schema.raw.samples_to_score"
    assert desk.dbt.freshness(desk.case.name) == {source: "warn: the newest rows are of 2022-12-02"}
    today = pd.Timestamp.now("UTC").tz_localize(None).normalize()
    desk.deliver(samples(FIRST, today))
    assert desk.dbt.freshness(desk.case.name) == {source: f"pass: the newest rows are of {today:%Y-%m-%d}"}


def test_a_row_without_its_parent_fails_the_relationship(desk: Desk) -> None:
    desk.deliver(samples(FIRST))
    desk.build_whole()
    select = ["test", "--select", "test_name:relationships"]
    assert {result.status for result in desk.dbt.invoke(desk.case.name, select)} == {"pass"}
    with desk.warehouse.session(desk.case.name) as session:
        session.execute(f"delete from {desk.case.star_schema}.int_sample_inputs where sample_id in ('s01', 's02')")
    (result,) = desk.dbt.invoke(desk.case.name, select)
    assert (result.status, result.failures) == ("fail", 2)
