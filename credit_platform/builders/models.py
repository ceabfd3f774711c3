"""Models: one asset per algorithm, cross-validated on the training set's folds, logged to MLflow, stored as trees."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import numpy as np

from credit_platform.builders.dataset import training_set_key
from credit_platform.builders.naming import check_of, key, stage
from credit_platform.builders.pieces import load_training, model_piece
from credit_platform.builders.tuning import search, search_space
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import Algorithm, UseCase
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.balance_effect import balance_effect
from credit_platform.modelling.forest import Forest, from_arrays
from credit_platform.modelling.monotonicity import TOLERANCE, monotone_breaches, steps_left_open
from credit_platform.modelling.sample import Floats, Sample
from credit_platform.modelling.splits import Split
from credit_platform.modelling.training import Trained, cross_validate
from credit_platform.resources.tracking import child_run, tracking_key
from credit_platform.resources.workbench import Piece, Workbench
from credit_platform.statistics.arrays import expit
from credit_platform.statistics.evaluation import evaluate

FINITE_CHECK = "trained_and_finite"
MONOTONE_CHECK = "monotone_where_declared"
WALKED_ROWS = 60


def model_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_model(use_case, algorithm) for algorithm in use_case.algorithms]


def model_key_of(use_case: UseCase, algorithm: str) -> dg.AssetKey:
    return key(use_case, "models", algorithm)


def _model(use_case: UseCase, algorithm: Algorithm) -> dg.AssetsDefinition:
    asset_key = model_key_of(use_case, algorithm)
    resource = tracking_key(use_case.name)
    text = "Out-of-fold log-odds and leaf values are finite and the model has trees."

    @dg.asset(
        key=asset_key,
        deps=[training_set_key(use_case)],
        description=f"{algorithm.replace('_', ' ').capitalize()} on the gating feature set, as trees on log-odds.",
        check_specs=[
            check_of(asset_key, FINITE_CHECK, text, blocking=True),
            check_of(
                asset_key, MONOTONE_CHECK, "No declared feature moves the log-odds against its sign.", blocking=True
            ),
        ],
        required_resource_keys={resource, "settings", "workbench"},
        metadata=search_space(use_case, algorithm),
        **stage(use_case, "models", "mlflow"),
    )
    def model(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings: Settings = context.resources.settings
        workbench: Workbench = context.resources.workbench
        gating = use_case.features.gating
        sample, split, fingerprint = load_training(workbench, use_case, gating)
        found = search(workbench, use_case, algorithm, sample, split, threads=settings.threads)
        params = use_case.algorithms[algorithm] if found is None else found.params

        def fitted(params: Mapping[str, Parameter]) -> Trained:
            return train(use_case, algorithm, sample, split, params=params, threads=settings.threads)

        trained, training, scored = fitted(params), sample.take(split.train), sample.take(split.out_of_fold)
        metrics = metrics_of(trained, sample, split, threads=settings.threads)
        if found is not None:
            metrics |= found.metrics(trained, training, sample.take(split.selection))
        metrics |= balance_effect(trained, params, scored, refit=fitted)
        checks = [_finite(trained), _monotone(use_case, trained, sample)]
        # Kept with the model: champion asks for it even when it is materialised without these checks.
        problems = [f"check {check.check_name} failed" for check in checks if not check.passed]
        document = {"algorithm": algorithm, "fingerprint": fingerprint, "metrics": metrics, "problems": problems}
        document |= {"params": dict(params)}
        save_model(workbench, use_case, model_piece(algorithm), trained, document)
        mlflow = getattr(context.resources, resource)
        parameters = {**params, "seed": use_case.seed, "training_fingerprint": fingerprint}
        with child_run(mlflow, algorithm, parameters=parameters):
            mlflow.log_metrics({name.replace("/", "_"): value for name, value in metrics.items()})
            for number, trial in enumerate(() if found is None else found.tuned.trials):
                mlflow.log_metric("trial_log_loss", trial.value, step=number)
            drawn = {
                "reliability": _out_of_fold(algorithm, trained, scored),
                **({} if found is None else found.drawn),
            }
            for name, png in drawn.items():
                path = workbench.save_report(use_case.name, f"models/{algorithm}/{name}.png", png)
                mlflow.log_artifact(str(path), "figures")
        shown = {} if found is None else found.metadata(metrics)
        return dg.MaterializeResult(metadata={**metrics, **shown}, check_results=checks)

    return model


def train(
    use_case: UseCase,
    algorithm: Algorithm,
    sample: Sample,
    split: Split,
    *,
    params: Mapping[str, Parameter],
    threads: int,
) -> Trained:
    """Cross-validate one algorithm on the training rows of a sample."""
    return cross_validate(
        algorithm,
        sample.take(split.train),
        split.folds,
        params=params,
        seed=use_case.seed,
        threads=threads,
        monotone=use_case.features.monotone,
    )


def metrics_of(trained: Trained, sample: Sample, split: Split, *, threads: int) -> dict[str, float]:
    """Slashed metric names, so that Dagster plots them over time; the test rows are the leaderboard's alone."""
    scored, selection = sample.take(split.out_of_fold), sample.take(split.selection)
    out = {"fold/auc_mean": float(np.mean(trained.period_auc)), "fold/auc_minimum": float(np.min(trained.period_auc))}
    sides = {
        "oof": (scored, trained.oof_margin),
        "selection": (selection, trained.forest.margin(selection.matrix, threads=threads)),
    }
    for side, (units, margin) in sides.items():
        found = evaluate(units.label, margin, cut_off=0.5, is_log_odds=True, weight=units.weight)
        out |= {f"{side}/{name}": float(found[name]) for name in ("auc", "gini", "ks", "log_loss")}
    return out | {"trees": float(trained.forest.trees)}


def _out_of_fold(algorithm: Algorithm, trained: Trained, scored: Sample) -> bytes:
    """What the folds' models said of rows that they had not seen, before any calibration."""
    from credit_platform.explanation.figures import reliability

    title = f"{algorithm.replace('_', ' ')}, out of fold"
    return reliability(scored.label, expit(trained.oof_margin), weight=scored.weight, title=title)


def _finite(trained: Trained) -> dg.AssetCheckResult:
    is_finite = bool(np.isfinite(trained.oof_margin).all() and np.isfinite(trained.forest.value).all())
    return dg.AssetCheckResult(
        check_name=FINITE_CHECK,
        passed=is_finite and trained.forest.trees > 0,
        metadata={"trees": trained.forest.trees, "nodes": len(trained.forest.value)},
    )


def _monotone(use_case: UseCase, trained: Trained, sample: Sample) -> dg.AssetCheckResult:
    rows = sample.matrix[np.linspace(0, len(sample) - 1, min(WALKED_ROWS, len(sample))).astype(int)]
    signs = use_case.features.monotone
    left_open = steps_left_open(trained.forest, names=sample.names, monotone=signs)
    breaches = monotone_breaches(trained.forest, rows, names=sample.names, monotone=signs)
    proved = sorted(name for name, step in left_open.items() if step <= TOLERANCE)
    metadata: dict[str, Any] = {"declared": sorted(left_open), "proved": proved, "breaches": breaches}
    return dg.AssetCheckResult(check_name=MONOTONE_CHECK, passed=not breaches, metadata=metadata)


def save_model(
    workbench: Workbench, use_case: UseCase, name: str, trained: Trained, document: Mapping[str, object]
) -> None:
    arrays = {**trained.forest.to_arrays(), "oof_margin": trained.oof_margin}
    workbench.save(use_case.name, name, arrays=arrays, document=document)


def load_models(workbench: Workbench, use_case: UseCase) -> dict[str, Piece]:
    """The stored model of every algorithm of the use case, in its order."""
    return {algorithm: workbench.load(use_case.name, model_piece(algorithm)) for algorithm in use_case.algorithms}


def forests_of(pieces: dict[str, Piece]) -> dict[str, Forest]:
    return {name: from_arrays(piece.arrays) for name, piece in pieces.items()}


def oof_of(pieces: dict[str, Piece]) -> dict[str, Floats]:
    return {name: piece.arrays["oof_margin"] for name, piece in pieces.items()}
