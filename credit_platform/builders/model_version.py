"""The release in MLflow: what was set and measured, its figures and pages, its files as a registered version."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.lifecycle import LATEST
from credit_platform.builders.model_card import HTML, MARKDOWN
from credit_platform.builders.naming import check_of, key, stage
from credit_platform.builders.pieces import RELEASE
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.model_registry import GATES_TAG, MODEL_TAG, align_aliases, register_release
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tracking import tracking_key
from credit_platform.resources.workbench import Workbench

ALIAS_CHECK = "aliases_follow_the_champion"
FIGURES = ("calibration.png", "strategy.png", "shap_beeswarm.png", "shap_bar.png")
PAGES = (HTML, MARKDOWN, "explanations.html", "fairness.html", "counterfactuals.html", LATEST)
PAGE = f"pages/{LATEST}"
"""Artifact of the run that a version's tag ``page`` names."""


def model_version_asset(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key, resource = key(use_case, "release", "model_version"), tracking_key(use_case.name)
    text = "MLflow's alias champion is the version of the release that the platform's pointer names."

    @dg.asset(
        key=asset_key,
        deps=[
            key(use_case, "release", "champion"),
            key(use_case, "release", "lifecycle"),
            *([key(use_case, "assurance", "counterfactuals")] if use_case.actionable else []),
        ],
        check_specs=[check_of(asset_key, ALIAS_CHECK, text)],
        required_resource_keys={resource, "settings", "workbench", "releases"},
        **stage(use_case, "release", "mlflow"),
    )
    def model_version(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """The release in MLflow's registry, beside the models' runs, with the alias that it has earned."""
        settings: Settings = context.resources.settings
        workbench: Workbench = context.resources.workbench
        releases: ReleaseStore = context.resources.releases
        mlflow: Any = getattr(context.resources, resource)
        released, candidate = workbench.load(use_case.name, RELEASE), load_candidate(workbench, use_case)
        candidate.require({RELEASE: released})
        document = released.document
        release_id = document["release_id"]
        loaded = releases.load(use_case.name, release_id, manifest_sha256=document["manifest_sha256"])
        run = mlflow.active_run()
        _log(mlflow, use_case, workbench, document, row=candidate.document["row"])
        tags = {"manifest_sha256": loaded.manifest_sha256, MODEL_TAG: loaded.model_sha256, "page": PAGE}
        tags |= {GATES_TAG: str(document["gates"]["passed"])}
        version = register_release(settings, use_case.name, release_id, run_id=run.info.run_id, tags=tags)
        aliases, pointer = align_aliases(settings, use_case.name), releases.pointer(use_case.name)
        in_force = None if pointer is None else pointer.release_id
        aliased = {"champion": str(aliases.champion), "challenger": str(aliases.challenger)}
        check = dg.AssetCheckResult(
            check_name=ALIAS_CHECK,
            passed=aliases.champion == in_force,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={**aliased, "pointer": str(in_force)},
        )
        metadata = {"release_id": release_id, "version": version, "mlflow_run": run.info.run_id}
        return dg.MaterializeResult(metadata=metadata | aliased, check_results=[check])

    return model_version


def _log(
    mlflow: Any, use_case: UseCase, workbench: Workbench, document: Mapping[str, Any], *, row: Mapping[str, Any]
) -> None:
    """What the release is, on the parent run: its parameters, metrics with their population, figures and pages."""
    parameters = {"algorithm": row["name"], "feature_set": use_case.features.gating, "cut_off": row["cut_off"]}
    parameters |= {"seed": use_case.seed, "as_of": document["as_of"]}
    mlflow.log_params({f"release_{name}": value for name, value in parameters.items()})
    population = use_case.split.population
    mlflow.log_metrics({f"{population}_{name}": v for name, v in row["metrics"].items() if v is not None})
    mlflow.set_tags({"release_id": document["release_id"], "population": use_case.measured_on})
    for folder, names in (("figures", FIGURES), ("pages", PAGES)):
        for path in _present(workbench, use_case, names):
            mlflow.log_artifact(str(path), folder)


def _present(workbench: Workbench, use_case: UseCase, names: tuple[str, ...]) -> list[Path]:
    return [path for name in names if (path := workbench.report_path(use_case.name, name)).exists()]
