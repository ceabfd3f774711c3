"""A training step and two models that only log, in the shape of the platform's graph, for several processes."""

import os
import time
from pathlib import Path
from typing import Any

import dagster as dg

from credit_platform.contracts.settings import Settings
from credit_platform.resources.tracking import child_run, tracking_key, tracking_resource

USE_CASE = "tiny"
MODELS = ("first", "second")
HOME = "TINY_GRAPH_HOME"


def _model(name: str) -> dg.AssetsDefinition:
    resource = tracking_key(USE_CASE)

    @dg.asset(key=[USE_CASE, name], deps=[[USE_CASE, "training_set"]], required_resource_keys={resource})
    def model(context: dg.AssetExecutionContext) -> None:
        mlflow: Any = getattr(context.resources, resource)
        with child_run(mlflow, name, parameters={"seed": 7}):
            mlflow.log_metrics({"auc": 0.5})
            time.sleep(0.2)

    return model


def tiny_job() -> dg.JobDefinition:
    """The job of this graph, with the platform's tracking below the folder that the environment names."""

    @dg.asset(key=[USE_CASE, "training_set"], required_resource_keys={tracking_key(USE_CASE)})
    def training_set() -> None:
        """The one step before the models fan out; it opens the parent run."""

    settings = Settings(home=Path(os.environ[HOME]))
    definitions = dg.Definitions(
        assets=[training_set, *(_model(name) for name in MODELS)],
        jobs=[dg.define_asset_job("all_models", executor_def=dg.multiprocess_executor)],
        resources={tracking_key(USE_CASE): tracking_resource(settings, USE_CASE)},
    )
    return definitions.resolve_job_def("all_models")
