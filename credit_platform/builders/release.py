"""Release and champion: the candidate as data, and the one place where the champion moves."""

import datetime as dt
from typing import Any

import dagster as dg

from credit_platform.builders.candidate import Candidate, load_candidate
from credit_platform.builders.card_asset import require_card
from credit_platform.builders.gates import gate_results
from credit_platform.builders.lifecycle import lifecycle_link
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.overrides import override_check, override_metadata, override_spec
from credit_platform.builders.pieces import RELEASE
from credit_platform.builders.predictions import DIGEST, predictions_of, predictions_piece
from credit_platform.builders.release_files import PARITY_LIMIT, ReleaseDraft, draft_release
from credit_platform.builders.score_migration import Before, before_promotion, migration_metadata, score_migration
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.dbt import DbtProjects
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

PARITY_CHECK = "forest_equals_members"
GATES_CHECK = "gates_of_this_run_passed"


def release_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_release(use_case), _champion(use_case)]


def _release(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "release", "release")
    text = f"Log-odds of the folded forest are within {PARITY_LIMIT} of the weighted members on every test row."

    @dg.asset(
        key=asset_key,
        deps=[
            key(use_case, "statistics", "reference_histograms"),
            key(use_case, "dataset", "split_advice"),
            *(key(use_case, "assurance", name) for name in ("leaderboard", "calibration", "fairness", "explanations")),
            model_key(use_case, use_case.unit.features_model),
        ],
        check_specs=[check_of(asset_key, PARITY_CHECK, text, blocking=True)],
        pool=pool(use_case),
        **stage(use_case, "release", "xgboost"),
    )
    def release(
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        dbt: dg.ResourceParam[DbtProjects],
        workbench: dg.ResourceParam[Workbench],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> dg.MaterializeResult:
        """The candidate as an immutable, code-free folder: forest, feature program, scale, cut-off, reasons, hashes."""
        candidate = load_candidate(workbench, use_case)
        program = dbt.compiled_sql(use_case.name, use_case.unit.features_model)
        gates = gate_results(use_case, candidate, workbench)
        stored = predictions_of(use_case, candidate, warehouse, workbench, threads=settings.threads)
        draft = draft_release(
            use_case,
            candidate,
            program=program,
            gates=gates,
            evidence={DIGEST: stored.digest},
            warehouse=warehouse,
            workbench=workbench,
            threads=settings.threads,
        )
        passed = draft.parity <= PARITY_LIMIT
        check = dg.AssetCheckResult(
            check_name=PARITY_CHECK, passed=passed, metadata={"largest_difference": draft.parity}
        )
        if not passed:
            raise dg.Failure(
                f"the folded forest differs from its members by {draft.parity:.2e} log-odds, at most "
                f"{PARITY_LIMIT} allowed; nothing was released"
            )
        before = before_promotion(use_case, candidate, releases, warehouse)
        moved = score_migration(use_case, before, candidate.test_margin(threads=settings.threads))
        piece = predictions_piece(draft.release_id)
        workbench.save(use_case.name, piece, arrays=stored.to_arrays(), document={DIGEST: stored.digest})
        sha256 = releases.publish(use_case.name, draft.release_id, draft.files)
        document = {"manifest_sha256": sha256, "gates": gates, "migration": moved, DIGEST: stored.digest}
        _remember(workbench, use_case, draft, before, document)
        metadata = _metadata(candidate, draft, sha256, gates) | migration_metadata(moved)
        metadata |= lifecycle_link(workbench, use_case.name, draft.release_id)
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return release


def _remember(
    workbench: Workbench,
    use_case: UseCase,
    draft: ReleaseDraft,
    before: Before | None,
    document: dict[str, Any],
) -> None:
    document = {"release_id": draft.release_id, "as_of": str(draft.as_of), **document}
    workbench.save(use_case.name, RELEASE, arrays={} if before is None else before.arrays, document=document)


def _metadata(candidate: Candidate, draft: ReleaseDraft, sha256: str, gates: dict[str, object]) -> dict[str, Any]:
    return {
        "release_id": draft.release_id,
        "algorithm": candidate.served.name,
        "trees": candidate.forest.trees,
        "cut_off": candidate.cut_off,
        "manifest_sha256": sha256,
        "gates_passed": bool(gates["passed"]),
        "forest/largest_difference": draft.parity,
        "forest/bytes": len(draft.files["forest.ubj"]),
    }


def _champion(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "release", "champion")
    text = "The champion moves only to a release whose own gates.json says that every gate passed."

    @dg.asset(
        key=asset_key,
        deps=[key(use_case, "release", "release"), key(use_case, "assurance", "model_card")],
        check_specs=[check_of(asset_key, GATES_CHECK, text), override_spec(asset_key)],
        **stage(use_case, "release"),
    )
    def champion(
        workbench: dg.ResourceParam[Workbench], releases: dg.ResourceParam[ReleaseStore]
    ) -> dg.MaterializeResult:
        """The release in force. It moves here and nowhere else; a refused candidate leaves the last one serving."""
        document = workbench.load(use_case.name, RELEASE).document
        require_card(workbench, use_case.name, document["release_id"])
        sha256 = document["manifest_sha256"]
        loaded = releases.load(use_case.name, document["release_id"], manifest_sha256=sha256)
        gates, grade = loaded.gates, loaded.grade
        effective_from = dt.date.fromisoformat(document["as_of"]) + dt.timedelta(days=1)
        champion = releases.pointer(use_case.name)
        outcome = releases.promote(
            use_case.name,
            document["release_id"],
            manifest_sha256=sha256,
            replaces=None if champion is None else champion.manifest_sha256,
            effective_from=effective_from,
        )
        pointer = outcome.pointer
        check = dg.AssetCheckResult(
            check_name=GATES_CHECK,
            passed=outcome.refused is None and bool(gates["passed"]),
            metadata={"candidate": document["release_id"], "unmet": gates["unmet"], "refused": outcome.refused or ""},
        )
        in_date = override_check(asset_key, None if pointer is None else pointer.override, day=effective_from)
        in_force: dict[str, Any] = (
            {"release_id": "none", "sequence": 0}
            if pointer is None
            else pointer.model_dump(mode="json", exclude={"override"}) | override_metadata(pointer.override)
        )
        metadata = {"candidate": document["release_id"], "grade": grade, **in_force}
        if pointer is not None:
            metadata |= lifecycle_link(workbench, use_case.name, pointer.release_id)
        return dg.MaterializeResult(metadata=metadata, check_results=[check, in_date])

    return champion
