"""Assurance: every contender on the test rows, and the candidate's treatment of protected groups."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.calibration import calibration_asset
from credit_platform.builders.candidate import leaderboard_document, leaderboard_key
from credit_platform.builders.ensemble import ensembles_of, load_ensembles
from credit_platform.builders.evidence import gate_evidence, picture
from credit_platform.builders.fairness import fairness_asset
from credit_platform.builders.gates import leaderboard_gates, unmet_gates
from credit_platform.builders.models import forests_of, load_models
from credit_platform.builders.naming import check_of, key, stage
from credit_platform.builders.pieces import ENSEMBLES, LEADERBOARD, load_training, same_training
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.leaderboard import rank
from credit_platform.resources.workbench import Workbench

GATE_CHECK = "declared_gates"
SHOWN = ("auc", "gini", "ks", "average_precision", "brier", "log_loss", "f1", "calibration_slope")


def assurance_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_leaderboard(use_case), calibration_asset(use_case), fairness_asset(use_case)]


def _leaderboard(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = leaderboard_key(use_case)
    text = (
        "The candidate meets every bound that is declared on its own metrics; an unmet one keeps the champion "
        "in force. Bounds on its gain over the champion and over time are judged when the release is made."
    )

    @dg.asset(
        key=asset_key,
        deps=[key(use_case, "ensemble", name) for name in ENSEMBLES],
        check_specs=[check_of(asset_key, GATE_CHECK, text)],
        **stage(use_case, "assurance"),
    )
    def leaderboard(
        settings: dg.ResourceParam[Settings], workbench: dg.ResourceParam[Workbench]
    ) -> dg.MaterializeResult:
        """Models and ensembles on the test rows with entity-bootstrap intervals, and the candidate among them."""
        from credit_platform.explanation.figures import strategy

        sample, split, fingerprint = load_training(workbench, use_case, use_case.features.gating)
        models, ensembles = load_models(workbench, use_case), load_ensembles(workbench, use_case)
        same_training({**models, **ensembles}, fingerprint)
        board = rank(
            ensembles_of(ensembles),
            forests_of(models),
            sample,
            split,
            rule=use_case.cut_off,
            seed=use_case.seed,
            threads=settings.threads,
        )
        document = leaderboard_document(board, population=use_case.measured_on, fingerprint=fingerprint)
        workbench.save(use_case.name, LEADERBOARD, arrays={}, document=document)
        metrics = board.candidate.metrics
        gates = leaderboard_gates(use_case)
        unmet = unmet_gates(gates, metrics)
        evidence = gate_evidence(gates, candidate_row(document), population=use_case.measured_on)
        check = dg.AssetCheckResult(
            check_name=GATE_CHECK,
            passed=not unmet,
            metadata={"unmet": unmet, "candidate": board.candidate.name} | evidence,
        )
        metadata: dict[str, Any] = {f"{split.population}/{name}": float(value) for name, value in metrics.items()}
        metadata |= {"candidate": board.candidate.name, "population": use_case.measured_on}
        metadata |= selection_metadata(document)
        metadata["table"] = dg.MetadataValue.md(_table(document))
        selection, cut_off = sample.take(split.selection), board.candidate.cut_off.threshold
        drawn = strategy(
            selection.label,
            board.probability,
            weight=selection.weight,
            cut_off=cut_off,
            title="Strategy curve of the selection rows",
        )
        workbench.save_report(use_case.name, "strategy.png", drawn)
        metadata["selection/strategy"] = picture(drawn)
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return leaderboard


def candidate_row(document: Mapping[str, Any]) -> dict[str, Any]:
    """The leaderboard's row of the candidate."""
    found: dict[str, Any] = next(row for row in document["rows"] if row["name"] == document["candidate"])
    return found


def selection_metadata(document: dict[str, Any]) -> dict[str, Any]:
    """What was chosen on the selection window: the candidate's gain and cut-off, with their bands."""
    found, row = document["selection"], candidate_row(document)
    metadata: dict[str, Any] = {f"calibration/{name}": value for name, value in row["calibrator"].items()}
    metadata |= {f"selection/log_loss/{name}": value for name, value in found["log_loss"].items()}
    metadata |= {f"selection/cut_off/{name}": value for name, value in found["cut_off"].items()}
    bands = {"log_loss_gain": found["gain_interval"]} | {f"cut_off/{n}": b for n, b in found["cut_off_band"].items()}
    metadata |= {f"selection/{name}/95%": f"{low:.6f} to {high:.6f}" for name, (low, high) in bands.items()}
    return metadata | {"selection/log_loss_gain": found["log_loss_gain"]}


def _table(document: dict) -> str:
    rows = []
    for row in document["rows"]:
        low, high = row["intervals"]["auc"]
        name = f"**{row['name']}**" if row["name"] == document["candidate"] else row["name"]
        rows.append({"candidate": name, "AUC 95%": f"{low:.3f}-{high:.3f}"} | {m: row["metrics"][m] for m in SHOWN})
    return pd.DataFrame(rows).round(4).to_markdown(index=False)
