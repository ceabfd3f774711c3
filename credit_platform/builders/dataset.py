"""Dataset: which split matches deployment, what would leak, and the exact rows that models learn from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from credit_platform.builders.builds import require_built
from credit_platform.builders.frames import labelled_frame, units_of
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.pieces import ADVICE, load_training, save_training
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.split import TimeSplit
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.advice import Finding, advise_split
from credit_platform.modelling.candidate_splits import CandidateSplit, candidate_splits, explain_gap
from credit_platform.modelling.encoding import encode, fit_features
from credit_platform.modelling.fold_figures import FoldFigures, fold_figures
from credit_platform.modelling.maturity import Maturity, mature_shares, maturity
from credit_platform.modelling.sample import Sample, fingerprint
from credit_platform.modelling.splits import Split, split_sample
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tracking import tracking_key
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

LEAKAGE_CHECK = "no_leakage_in_the_gating_set"


def dataset_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_training_set(use_case), _split_advice(use_case)]


def training_set_key(use_case: UseCase) -> dg.AssetKey:
    return key(use_case, "dataset", "training_set")


def _training_set(use_case: UseCase) -> dg.AssetsDefinition:
    tracking = tracking_key(use_case.name)

    @dg.asset(
        key=training_set_key(use_case),
        deps=[model_key(use_case, use_case.unit.features_model), model_key(use_case, use_case.unit.labels_model)],
        pool=pool(use_case),
        # Opens the parent run before the models fan out: in processes of their own, each would open one.
        required_resource_keys={tracking, "warehouse", "workbench", "releases"},
        **stage(use_case, "dataset", "numpy"),
    )
    def training_set(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Four windows (training, calibration, selection, test) of every feature set, coded as they will be served."""
        warehouse: Warehouse = context.resources.warehouse
        workbench: Workbench = context.resources.workbench
        releases: ReleaseStore = context.resources.releases
        require_built(use_case, warehouse, of_present_files=False)
        frame = labelled_frame(use_case, warehouse)
        units = units_of(use_case, frame)
        split = split_sample(units, use_case.split, seed=use_case.seed)
        metadata: dict[str, Any] = {}
        for feature_set in use_case.features.sets:
            sample = sample_of(use_case, frame, split, feature_set)
            content = fingerprint(sample, split.windows, overlapping=split.fold_rows)
            save_training(workbench, use_case, feature_set, sample, split, fingerprint=content)
            metadata[f"fingerprint/{feature_set}"] = content
            metadata[f"features/{feature_set}"] = len(sample.features)
        # With windows of fixed dates a retraining learns nothing new until history arrives: say so.
        learned = metadata[f"fingerprint/{use_case.features.gating}"]
        metadata["is_what_the_champion_learned"] = learned == releases.champion_fingerprint(use_case.name)
        getattr(context.resources, tracking).log_params({"training_fingerprint": learned, "rows": len(frame)})
        if isinstance(use_case.split, TimeSplit):
            metadata |= _maturity(maturity(units, use_case.split, split))
        metadata |= _folds(fold_figures(units.take(split.train), split.folds), len(split.train))
        return dg.MaterializeResult(metadata=metadata | _counts(use_case, units.label, split))

    return training_set


def sample_of(use_case: UseCase, frame: pd.DataFrame, split: Split, feature_set: str) -> Sample:
    """All labelled units with one feature set, whose coding is learned from the training rows alone."""
    columns = use_case.features.columns_of(feature_set)
    units = units_of(use_case, frame)
    features = fit_features(frame.iloc[split.train], columns, units.label[split.train])
    return Sample(**vars(units), matrix=encode(frame, features), features=features)


def _counts(use_case: UseCase, label: np.ndarray, split: Split) -> dict[str, Any]:
    out: dict[str, Any] = {"population": use_case.measured_on, "seed": use_case.seed}
    for name in ("train", "calibration", "selection", "test"):
        rows = getattr(split, name)
        out |= {f"{name}/rows": len(rows), f"{name}/bads": int(label[rows].sum())}
        out[f"{name}/bad_rate"] = float(label[rows].mean())
    return out


def _maturity(found: Sequence[Maturity]) -> dict[str, Any]:
    """Share of each window's decisions whose labels were final in time, and who the others are."""
    table = pd.DataFrame([vars(each) for each in found])
    shares = {f"{name}/mature_share": share for name, share in mature_shares(found).items()}
    return shares | {"maturity": dg.MetadataValue.md(table.to_markdown(index=False, floatfmt=".3f"))}


def _folds(found: Sequence[FoldFigures], training_rows: int) -> dict[str, Any]:
    """How many training rows have an out-of-fold output, what the least of the models knew, and each period's rows."""
    scored = sum(each.scored_rows for each in found)
    table = pd.DataFrame([vars(each) for each in found])
    figures = {
        "folds/models": sum(each.models for each in found),
        "folds/scored_rows": scored,
        "folds/scored_bads": sum(each.scored_bads for each in found),
        "folds/unscored_rows": training_rows - scored,
        "folds/fewest_fit_bads": min(each.fit_bads for each in found),
    }
    return figures | {"folds": dg.MetadataValue.md(table.to_markdown(index=False))}


def _split_advice(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "dataset", "split_advice")
    text = "The gating set has no feature that no decision could know and no entity on both sides of a fold."

    @dg.asset(
        key=asset_key,
        deps=[training_set_key(use_case)],
        check_specs=[check_of(asset_key, LEAKAGE_CHECK, text, blocking=True)],
        **stage(use_case, "dataset"),
    )
    def split_advice(workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult:
        """Which split matches deployment and what would leak, for every feature set; only the gating one can block."""
        advice, scored, fingerprints = {}, {}, {}
        for feature_set in use_case.features.sets:
            sample, split, fingerprints[feature_set] = load_training(workbench, use_case, feature_set)
            found = advise_split(sample, split, is_gating=feature_set == use_case.features.gating)
            advice[feature_set] = found
            scored[feature_set] = candidate_splits(
                sample,
                split.development,
                split.test,
                suspects=found.suspects,
                seed=use_case.seed,
                threads=workbench.settings.threads,
            )
        gating = advice[use_case.features.gating]
        findings = {name: _plain(each.findings) for name, each in advice.items()}
        gaps = {name: explain_gap(each) for name, each in scored.items()}
        document: dict[str, Any] = {
            "blocks": gating.blocks,
            "fingerprint": fingerprints[use_case.features.gating],
            "findings": findings,
            "candidate_splits": {name: _plain(each) for name, each in scored.items()},
            "gaps": gaps,
        }
        workbench.save(use_case.name, ADVICE, arrays={}, document=document)
        check = dg.AssetCheckResult(
            check_name=LEAKAGE_CHECK,
            passed=not gating.blocks,
            metadata={"blocking": [f.message for f in gating.findings if f.level == "blocking"]},
        )
        metadata: dict[str, Any] = {"recommended": gating.recommended}
        metadata |= {"findings": sum(map(len, findings.values())), "table": _shown(findings)}
        metadata |= {"candidate_splits": _shown(document["candidate_splits"])}
        metadata |= {f"gap/{name}": text for name, text in gaps.items() if text}
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return split_advice


def _plain(records: Iterable[Finding | CandidateSplit]) -> list[dict[str, object]]:
    return [dict(vars(record)) for record in records]


def _shown(rows_by_set: Mapping[str, list[dict[str, object]]]) -> dg.MarkdownMetadataValue:
    table = pd.DataFrame([{"feature_set": name} | row for name, rows in rows_by_set.items() for row in rows])
    return dg.MetadataValue.md(table.to_markdown(index=False, floatfmt=".3f") if len(table) else "Nothing found.")
