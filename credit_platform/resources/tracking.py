"""MLflow through dagster-mlflow: one parent run per Dagster run, one nested child per algorithm."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from credit_platform.contracts.settings import Settings


def tracking_resource(settings: Settings, use_case: str) -> dg.ResourceDefinition:
    """dagster-mlflow's resource, imported when a run needs it: ``import mlflow`` takes 4 s.

    The parent run is closed when the last step of this process lets the resource go, so that no run
    stays RUNNING (dagster-mlflow leaves that to a hook).
    """

    @dg.resource(description="MLflow tracking of this run (dagster-mlflow).")
    def mlflow(context: dg.InitResourceContext) -> Iterator[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            from dagster_mlflow.resources import MlFlow
        from mlflow.entities import RunStatus

        Path(settings.home_dir / "mlflow").mkdir(parents=True, exist_ok=True)
        _quiet_first_migration()
        _ensure_experiment(settings, use_case)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            # Any: its methods are those of the mlflow module, attached at run time.
            client: Any = MlFlow(_WithConfig(context, settings.mlflow_uri, use_case))
        try:
            yield client
        except BaseException:
            client.end_run(status=RunStatus.to_string(RunStatus.FAILED))
            raise
        client.end_run()

    return mlflow


class _WithConfig:
    """The init context as dagster-mlflow reads it, with its configuration filled in from the settings."""

    def __init__(self, context: dg.InitResourceContext, uri: str, experiment: str) -> None:
        self.log = context.log
        self.dagster_run = context.run
        self.run_id = None if context.run is None else context.run.run_id
        self.resource_config = {
            "experiment_name": experiment,
            "mlflow_tracking_uri": uri,
            "env": {},
            "extra_tags": {"use_case": experiment},
        }


def _ensure_experiment(settings: Settings, use_case: str) -> None:
    """Create the experiment with its artifacts below the platform's home, not below the current folder."""
    import mlflow

    mlflow.set_tracking_uri(settings.mlflow_uri)
    if settings.mlflow_tracking_uri is None and mlflow.get_experiment_by_name(use_case) is None:
        mlflow.create_experiment(
            use_case, artifact_location=f"file://{settings.home_dir / 'mlflow' / 'artifacts' / use_case}"
        )


def _quiet_first_migration() -> None:
    import logging

    for name in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def child_run(mlflow: Any, name: str, *, parameters: Mapping[str, Any]) -> Iterator[None]:
    """A nested run for one algorithm, always closed."""
    with mlflow.start_run(run_name=name, nested=True):
        mlflow.log_params(dict(parameters))
        yield


def tracking_key(use_case: str) -> str:
    """Resource key of a use case's tracking: each has its own experiment."""
    return f"mlflow__{use_case}"
