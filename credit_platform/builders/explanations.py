"""Explanations: what drives the candidate's score, exactly, from its one forest."""

from dataclasses import asdict
from typing import Any

import dagster as dg
import numpy as np

from credit_platform.builders.candidate import Candidate, leaderboard_key, load_candidate
from credit_platform.builders.card_asset import model_card_asset
from credit_platform.builders.evidence import picture
from credit_platform.builders.explained import explain
from credit_platform.builders.explanation_sections import further_sections
from credit_platform.builders.naming import check_of, key, stage
from credit_platform.builders.pieces import EXPLANATIONS
from credit_platform.builders.reasons import kept_reasons, sweep_metadata, sweep_reasons
from credit_platform.builders.stability import stability_of
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.forest import load_forest
from credit_platform.explanation.reason_sums import ADDITIVE_LIMIT
from credit_platform.modelling.fold import baseline
from credit_platform.modelling.reason_sweep import SWEEP_LIMIT, Swept
from credit_platform.resources.workbench import Workbench

ADDITIVE_CHECK = "contributions_add_up"
SIGN_CHECK = "reasons_keep_their_signs"
SIGN_TEXT = (
    f"No contribution moves against its declared sign by more than {SWEEP_LIMIT} log-odds, all else equal; a feature "
    "that does is left out of every reason of the release."
)


def explanation_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_explanations(use_case), model_card_asset(use_case)]


def _explanations(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "assurance", "explanations")
    text = f"Baseline plus contributions equals the served log-odds within {ADDITIVE_LIMIT} on every explained row."

    @dg.asset(
        key=asset_key,
        deps=[leaderboard_key(use_case)],
        check_specs=[
            check_of(asset_key, ADDITIVE_CHECK, text, blocking=True),
            check_of(asset_key, SIGN_CHECK, SIGN_TEXT),
        ],
        **stage(use_case, "assurance", "html"),
    )
    def explanations(
        settings: dg.ResourceParam[Settings], workbench: dg.ResourceParam[Workbench]
    ) -> dg.MaterializeResult:
        """Exact SHAP of the served model and of each algorithm, three decisions, effects and LIME, as one HTML page."""
        from credit_platform.explanation.figures import shap_bar, shap_beeswarm
        from credit_platform.explanation.reason_sums import reason_sums, reasons_used, with_silent
        from credit_platform.explanation.reports import (
            Explained,
            SignKept,
            explanation_report,
            sign_section,
            stability_section,
        )

        candidate = load_candidate(workbench, use_case)
        names, threads = candidate.sample.names, settings.threads
        found = explain(use_case, candidate, workbench, threads=threads)
        values, matrix = found.values, found.matrix
        served = load_forest(candidate.folded(use_case, threads=threads), feature_count=len(names), threads=threads)
        margin = served.margin(matrix)
        gap = float(np.abs(values.sum(axis=1) + found.base - margin).max())
        swept = sweep_reasons(use_case, candidate, workbench, threads=threads)
        reasons, silent = kept_reasons(use_case, candidate, workbench)
        sums = with_silent(reason_sums(values, names, reasons), values, names, silent)
        level = baseline(candidate.forest, candidate.reference(use_case), threads=threads)
        told = asdict(reasons_used(sums, reasons, silent=silent, margin=margin, baseline=level))
        document = {"reasons": told} | candidate.told
        workbench.save(use_case.name, EXPLANATIONS, arrays={"rows": found.rows, "reasons": sums}, document=document)
        signs = sign_section([SignKept(**asdict(each), is_dropped=each.is_offender) for each in swept])
        stable = stability_of(use_case, candidate, reasons, workbench, refits=settings.reason_refits, threads=threads)
        refitted = stability_section(None if stable is None else (stable.rows, stable.same_top, stable.overlap))
        sections, lime = further_sections(use_case, candidate, found, served)
        drawn = (shap_beeswarm(values, matrix, names), shap_bar(values, matrix, names))
        html = explanation_report(
            Explained(values, matrix.astype(float), names, found.base, categories=_categories(candidate)),
            title=f"{use_case.title}: why the model scores as it does",
            subtitle=(
                f"Candidate {candidate.served.name.replace('_', ' ')}, "
                f"on {len(matrix):,} rows of its test sample ({use_case.measured_on})."
            ),
            reasons=reasons,
            silent=silent,
            members=found.moved,
            member_weights={member.algorithm: member.weight for member in candidate.served.members},
            further=[signs, refitted, *sections],
            drawn=drawn,
        )
        page = workbench.save_report(use_case.name, "explanations.html", html)
        beeswarm = workbench.save_report(use_case.name, "shap_beeswarm.png", drawn[0])
        bar = workbench.save_report(use_case.name, "shap_bar.png", drawn[1])
        order = np.argsort(-np.abs(values).mean(axis=0))[:5]
        metadata: dict[str, Any] = sweep_metadata(swept)
        metadata |= {} if stable is None else {"reasons/refits_same_top": float(np.mean(stable.same_top))}
        metadata |= {"lime/rank_correlation": lime.rank_correlation, "lime/same_top_feature": lime.same_top}
        return dg.MaterializeResult(
            metadata=metadata
            | {
                "rows": len(matrix),
                "top_features": [names[i] for i in order],
                "largest_additivity_gap": gap,
                "report": dg.MetadataValue.path(page),
                "beeswarm": picture(beeswarm.read_bytes()),
                "bar": picture(bar.read_bytes()),
            },
            check_results=[
                dg.AssetCheckResult(check_name=ADDITIVE_CHECK, passed=gap <= ADDITIVE_LIMIT, metadata={"gap": gap}),
                _signs(swept),
            ],
        )

    return explanations


def _signs(swept: tuple[Swept, ...]) -> dg.AssetCheckResult:
    offenders = {each.feature: each.against for each in swept if each.is_offender}
    return dg.AssetCheckResult(
        check_name=SIGN_CHECK,
        passed=not offenders,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"dropped": offenders},
    )


def _categories(candidate: Candidate) -> tuple[str, ...]:
    return tuple(feature.name for feature in candidate.sample.features if feature.kind == "category")
