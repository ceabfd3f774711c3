"""Benchmarks: the same algorithms and stack on another feature set, shown beside the candidate, never released."""

from typing import Any

import dagster as dg

from credit_platform.builders.candidate import leaderboard_document, leaderboard_key
from credit_platform.builders.dataset import training_set_key
from credit_platform.builders.ensemble import build_ensembles
from credit_platform.builders.models import train
from credit_platform.builders.naming import key, stage
from credit_platform.builders.pieces import benchmark_piece, load_training
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.leaderboard import rank
from credit_platform.modelling.training import Trained
from credit_platform.resources.workbench import Workbench


def benchmark_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_benchmark(use_case, name) for name in use_case.features.benchmarks]


def _benchmark(use_case: UseCase, feature_set: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "benchmarks", feature_set),
        deps=[training_set_key(use_case), leaderboard_key(use_case)],
        description=f"All algorithms, as declared, and ensembles on feature set {feature_set}; never released.",
        **stage(use_case, "assurance"),
    )
    def benchmark(settings: dg.ResourceParam[Settings], workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult:
        sample, split, fingerprint = load_training(workbench, use_case, feature_set)
        trained: dict[str, Trained] = {
            name: train(use_case, name, sample, split, params=declared, threads=settings.threads)
            for name, declared in use_case.algorithms.items()
        }
        oof = {name: model.oof_margin for name, model in trained.items()}
        board = rank(
            build_ensembles(oof, sample, split),
            {name: model.forest for name, model in trained.items()},
            sample,
            split,
            rule=use_case.cut_off,
            seed=use_case.seed,
            threads=settings.threads,
        )
        document = leaderboard_document(board, population=use_case.measured_on, fingerprint=fingerprint)
        row = next(row for row in document["rows"] if row["name"] == document["candidate"])
        document |= {"metrics": row["metrics"], "intervals": row["intervals"]}
        workbench.save(use_case.name, benchmark_piece(feature_set), arrays={}, document=document)
        metadata: dict[str, Any] = {f"{split.population}/{name}": value for name, value in row["metrics"].items()}
        metadata["population"] = use_case.measured_on
        low, high = row["intervals"]["auc"]
        return dg.MaterializeResult(metadata=metadata | {"best": row["name"], "auc_low": low, "auc_high": high})

    return benchmark
