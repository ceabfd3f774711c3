"""The whole graph of one use case, or one placeholder that says why there is none."""

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg

from credit_platform.builders.assurance import assurance_assets
from credit_platform.builders.batch import batch_assets
from credit_platform.builders.benchmarks import benchmark_assets
from credit_platform.builders.catalogue import UseCaseError, validated
from credit_platform.builders.counterfactuals import counterfactual_assets
from credit_platform.builders.dataset import dataset_assets
from credit_platform.builders.ensemble import ensemble_assets
from credit_platform.builders.explanations import explanation_assets
from credit_platform.builders.jobs import jobs, schedules
from credit_platform.builders.lifecycle import lifecycle_asset
from credit_platform.builders.model_version import model_version_asset
from credit_platform.builders.models import model_assets
from credit_platform.builders.monitoring import monitoring_assets
from credit_platform.builders.naming import IN_WAREHOUSE
from credit_platform.builders.online import online_assets
from credit_platform.builders.raw import raw_assets
from credit_platform.builders.release import release_assets
from credit_platform.builders.sensors import sensors
from credit_platform.builders.statistics import statistics_assets
from credit_platform.builders.warehouse import warehouse_assets
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.dbt import DbtError, DbtProjects
from credit_platform.resources.engines import engine_for
from credit_platform.resources.tracking import tracking_key, tracking_resource
from credit_platform.resources.warehouse import WarehouseError


def use_case_definitions(use_case: UseCase, settings: Settings) -> dg.Definitions:
    """Every stage of design section 5 for one use case, in the order of the data."""
    manifest = DbtProjects(settings).manifest(use_case.name)
    with warnings.catch_warnings():
        # Backfill policies have been beta for years; this graph cannot do without them.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _definitions(use_case, settings, manifest)


def _definitions(use_case: UseCase, settings: Settings, manifest: Mapping[str, Any]) -> dg.Definitions:
    assets = [
        *raw_assets(use_case),
        *warehouse_assets(use_case, manifest),
        *statistics_assets(use_case),
        *dataset_assets(use_case),
        *model_assets(use_case),
        *ensemble_assets(use_case),
        *assurance_assets(use_case),
        *explanation_assets(use_case),
        *benchmark_assets(use_case),
        *release_assets(use_case),
        *counterfactual_assets(use_case),
        lifecycle_asset(use_case),
        model_version_asset(use_case),
        *batch_assets(use_case),
        *monitoring_assets(use_case),
        *online_assets(use_case),
    ]
    engine = engine_for(settings, use_case.name).kind
    return dg.Definitions(
        assets=dg.map_asset_specs(lambda spec: _of_engine(spec, engine), assets),
        jobs=jobs(use_case),
        schedules=schedules(use_case),
        sensors=sensors(use_case),
        resources={tracking_key(use_case.name): tracking_resource(settings, use_case.name)},
    )


def _of_engine(spec: dg.AssetSpec, engine: str) -> dg.AssetSpec:
    """The asset with the engine's name for the kind of what the warehouse keeps."""
    if IN_WAREHOUSE not in spec.kinds:
        return spec
    return spec.replace_attributes(kinds={*(spec.kinds - {IN_WAREHOUSE}), engine})


def definitions_or_placeholder(attributes: dict[str, Any], folder: str, settings: Settings) -> dg.Definitions:
    """A use case that is misconfigured shows its error in the UI and leaves every other one running."""
    try:
        return use_case_definitions(validated(attributes, folder), settings)
    except (UseCaseError, DbtError, WarehouseError) as error:
        return placeholder(folder, str(error))


def placeholder(name: str, error: str) -> dg.Definitions:
    """One asset whose description is the error and whose materialisation fails with it."""

    @dg.asset(
        key=[name, "configuration_error"],
        group_name=f"{name}__configuration_error",
        description=f"This use case cannot be loaded. {error}",
        metadata={"error": error},
    )
    def configuration_error() -> None:
        raise dg.Failure(description=error)

    return dg.Definitions(assets=[configuration_error])
