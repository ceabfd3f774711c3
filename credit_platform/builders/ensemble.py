"""Ensembles on the log-odds scale: stacked, weighted average, voting."""

from collections.abc import Callable
from typing import Any

import dagster as dg

from credit_platform.builders.evidence import gain_picture
from credit_platform.builders.models import forests_of, load_models, model_key_of, oof_of
from credit_platform.builders.naming import check_of, key, stage
from credit_platform.builders.pieces import ENSEMBLES, ensemble_piece, load_training, same_training
from credit_platform.contracts.release import Member
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.ensemble import Ensemble, stacked, voting, weighted_average
from credit_platform.modelling.folds import periods_of
from credit_platform.modelling.sample import Floats, Indices, Sample
from credit_platform.modelling.selection import (
    Window,
    contenders_of,
    fit_calibrators,
    judged_margins,
    paired_difference,
    window_of,
)
from credit_platform.modelling.splits import Split
from credit_platform.resources.workbench import Piece, Workbench
from credit_platform.statistics.discrimination import auc

NOT_WORSE_CHECK = "not_significantly_worse_than_its_best_member"
_BUILDERS: dict[str, Callable[[dict[str, Floats], Sample, Indices | None], Ensemble]] = {
    "stacked": lambda oof, scored, period: stacked(oof, scored.label, scored.weight, period=period),
    "weighted_average": lambda oof, scored, period: weighted_average(oof, scored.label, scored.weight, period=period),
    "voting": lambda oof, scored, period: voting(oof),
}
_TEXT = {
    "stacked": "Non-negative logistic meta-model on the members' out-of-fold log-odds.",
    "weighted_average": "Convex combination of the members' log-odds with the least out-of-fold log-loss.",
    "voting": "Equal weights on the members' log-odds.",
}


def ensemble_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_ensemble(use_case, name) for name in ENSEMBLES]


def build_ensembles(oof: dict[str, Floats], sample: Sample, split: Split) -> tuple[Ensemble, ...]:
    """Every ensemble of the same members, from their out-of-fold log-odds of the split of this sample."""
    scored, period = sample.take(split.out_of_fold), periods_of(split.folds)
    return tuple(_BUILDERS[name](oof, scored, period) for name in ENSEMBLES)


def load_ensembles(workbench: Workbench, use_case: UseCase) -> dict[str, Piece]:
    return {name: workbench.load(use_case.name, ensemble_piece(name)) for name in ENSEMBLES}


def ensembles_of(pieces: dict[str, Piece]) -> tuple[Ensemble, ...]:
    return tuple(
        Ensemble(
            name=name,
            members=tuple(Member(algorithm=a, weight=w) for a, w in piece.document["weights"].items()),
            bias=piece.document["bias"],
        )
        for name, piece in pieces.items()
    )


def _ensemble(use_case: UseCase, name: str) -> dg.AssetsDefinition:
    asset_key = key(use_case, "ensemble", name)
    text = "Log-loss on the selection rows, at their own level, is not significantly above the best member's (paired)."

    @dg.asset(
        key=asset_key,
        deps=[model_key_of(use_case, algorithm) for algorithm in use_case.algorithms],
        description=_TEXT[name],
        check_specs=[check_of(asset_key, NOT_WORSE_CHECK, text)],
        **stage(use_case, "ensemble"),
    )
    def ensemble(settings: dg.ResourceParam[Settings], workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult:
        sample, split, fingerprint = load_training(workbench, use_case, use_case.features.gating)
        models = load_models(workbench, use_case)
        same_training(models, fingerprint)
        scored, oof = sample.take(split.out_of_fold), oof_of(models)
        built = _BUILDERS[name](oof, scored, periods_of(split.folds))
        weights = {member.algorithm: member.weight for member in built.members}
        document = {"weights": weights, "bias": built.bias, "fingerprint": fingerprint}
        workbench.save(use_case.name, ensemble_piece(name), arrays={}, document=document)
        metadata: dict[str, Any] = {f"weight/{algorithm}": weight for algorithm, weight in weights.items()}
        metadata |= {"bias": built.bias, "oof/rows": len(scored)}
        metadata |= {"oof/auc": auc(scored.label, built.margin(oof), weight=scored.weight)}
        calibration, selection = (
            window_of(forests_of(models), sample.take(rows), threads=settings.threads)
            for rows in (split.calibration, split.selection)
        )
        check = _not_worse(built, calibration, selection, seed=use_case.seed)
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return ensemble


def _not_worse(built: Ensemble, calibration: Window, selection: Window, *, seed: int) -> dg.AssetCheckResult:
    contenders = contenders_of((built,), selection.margins)
    margins = judged_margins(contenders, fit_calibrators(contenders, calibration), selection)
    mine, units = margins.pop(built.name), selection.units
    found = {n: paired_difference(mine, m, units, seed=seed) for n, m in margins.items()}
    best = min(found, key=lambda member: found[member].estimate)
    return dg.AssetCheckResult(
        check_name=NOT_WORSE_CHECK,
        passed=not found[best].is_below_zero,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "best_member": best,
            "statistic": found[best].estimate,
            "threshold": 0.0,
            "statistic_is": f"log-loss gain over {best}; worse if its whole interval is below the threshold",
            "low": found[best].low,
            "high": found[best].high,
            "plot": gain_picture(built.name, found),
        },
    )
