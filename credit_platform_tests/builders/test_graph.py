"""The shape of the graph: every stage is there, and every asset says what it is, whose, and where it belongs."""

import datetime as dt

import dagster as dg

from credit_platform.builders.catalogue import read_use_case
from credit_platform.contracts.settings import Settings

Defined = tuple[str, dg.Definitions]
MODELS = {"logistic_regression", "decision_tree", "random_forest", "lightgbm", "xgboost"}
STAGES = {
    "statistics": {"profile", "distribution_checks", "experiments", "reference_histograms"},
    "dataset": {"split_advice", "training_set"},
    "models": MODELS,
    "ensemble": {"stacked", "weighted_average", "voting"},
    "assurance": {"leaderboard", "calibration", "fairness", "explanations", "model_card"},
    "release": {"release", "champion", "lifecycle", "model_version"},
    "batch": {"scores", "curated_file", "score_monitor"},
    "monitoring": {"drift", "performance", "challenger", "incidents", "alerts", "vintages"},
    "online": {"online_features"},
}
ONLY_WHERE_DECLARED = {"credit_default": {"assurance": {"counterfactuals"}}}
"""Assets of a stage that only some use cases ask for."""
DAILY = {"scores", "curated_file", "score_monitor", "drift"}


def _specs(defined: Defined) -> list[dg.AssetSpec]:
    return list(defined[1].resolve_all_asset_specs())


def test_every_stage_has_its_assets(definitions: Defined, settings: Settings) -> None:
    name, _ = definitions
    use_case = read_use_case(settings, name)
    found: dict[str, set[str]] = {}
    for spec in _specs(definitions):
        assert spec.key.path[0] == name
        found.setdefault(spec.key.path[1], set()).add(spec.key.path[-1])
    sources = {source.name for source in use_case.sources} | {f"{use_case.requests.name}_history"}
    models = {use_case.unit.inputs_model, use_case.unit.features_model, use_case.unit.labels_model, "dim_date"}
    assert found.pop("raw") == sources
    assert found.pop("warehouse") >= models | {state.model for state in use_case.states}
    assert found.pop("benchmarks", set()) == set(use_case.features.benchmarks)
    declared = ONLY_WHERE_DECLARED.get(name, {})
    assert found == {stage: names | declared.get(stage, set()) for stage, names in STAGES.items()}


def test_every_asset_has_an_owner_kinds_a_group_and_a_description(definitions: Defined) -> None:
    name, _ = definitions
    poor = {
        spec.key.to_user_string(): (spec.owners, spec.kinds, spec.group_name)
        for spec in _specs(definitions)
        if not (spec.owners and spec.kinds and spec.description and len(spec.description) > 20)
    }
    assert poor == {}
    stages = {"raw", "warehouse", *STAGES}
    assert {spec.group_name for spec in _specs(definitions)} == {f"{name}__{stage}" for stage in stages}


def test_daily_assets_share_one_definition_of_days_and_backfill_in_one_run(definitions: Defined) -> None:
    name, defs = definitions
    graph = defs.resolve_asset_graph()
    partitioned = [node for node in graph.asset_nodes if node.partitions_def is not None]
    assert {node.key.path[-1] for node in partitioned if node.key.path[1] != "raw"} == DAILY
    assert len({node.partitions_def for node in partitioned}) == 1
    assert {node.backfill_policy for node in partitioned} == {dg.BackfillPolicy.single_run()}
    first = read_use_case(Settings(), name).scoring.first_day
    assert partitioned[0].partitions_def == dg.DailyPartitionsDefinition(start_date=str(first))


def test_gates_and_contracts_show_as_asset_checks(definitions: Defined) -> None:
    checks = {(key.asset_key.path[1], key.name) for key in definitions[1].resolve_asset_graph().asset_check_keys}
    expected = {
        ("raw", "file_contract"),
        ("statistics", "test_rows_look_like_training_rows"),
        ("dataset", "no_leakage_in_the_gating_set"),
        ("models", "trained_and_finite"),
        ("ensemble", "not_significantly_worse_than_its_best_member"),
        ("assurance", "declared_gates"),
        ("assurance", "contributions_add_up"),
        ("assurance", "reasons_keep_their_signs"),
        ("assurance", "declared_fairness_gates"),
        ("release", "forest_equals_members"),
        ("release", "gates_of_this_run_passed"),
        ("release", "no_expired_override"),
        ("batch", "no_expired_override"),
        ("batch", "rows_in_equal_rows_out"),
        ("batch", "scored_by_the_release_in_force"),
        ("batch", "no_null_score"),
        ("batch", "scores_look_like_the_reference"),
        ("assurance", "calibrated_on_the_test_rows"),
        ("assurance", "numbers_are_recomputed"),
        ("release", "aliases_follow_the_champion"),
        ("monitoring", "day_looks_like_the_reference"),
        ("monitoring", "outcomes_follow_the_probabilities"),
        ("monitoring", "every_alert_has_arrived"),
    }
    assert expected - checks == set()
    assert len([check for check in checks if check[0] == "warehouse"]) >= 10


def test_jobs_of_mixed_partitions_resolve(definitions: Defined) -> None:
    name, defs = definitions
    for job in ("everything", "nightly", "retraining"):
        assert defs.resolve_job_def(f"{name}__{job}").name == f"{name}__{job}"


def test_the_nightly_schedule_asks_for_the_day_before(definitions: Defined) -> None:
    name, defs = definitions
    schedule = defs.resolve_schedule_def(f"{name}__nightly_schedule")
    assert schedule.cron_schedule == "0 2 * * *"
    with dg.DagsterInstance.ephemeral() as instance:
        at = dt.datetime(2022, 12, 7, 2, tzinfo=dt.UTC)
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=at, repository_def=defs.get_repository_def()
        )
        requests = schedule.evaluate_tick(context).run_requests
    assert requests is not None
    assert [request.partition_key for request in requests] == ["2022-12-06"]


def test_the_nightly_job_trains_nothing(definitions: Defined) -> None:
    name, defs = definitions
    keys = defs.resolve_job_def(f"{name}__nightly").asset_layer.selected_asset_keys
    stages = {key.path[1] for key in keys}
    assert stages == {"raw", "warehouse", "batch", "monitoring", "online"}
    assert {key.path[-1] for key in keys if key.path[1] == "raw"}.isdisjoint({"loans", "samples"})
