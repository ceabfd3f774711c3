"""Release and champion: the candidate as data, and the one place where the champion moves."""

import datetime as dt
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.business_days import next_business_day
from credit_platform.builders.candidate import Candidate, load_candidate
from credit_platform.builders.card_asset import require_card
from credit_platform.builders.challenge import comparison, opponent_of
from credit_platform.builders.gates import Trial, gate_results
from credit_platform.builders.kept_margins import keep_margins
from credit_platform.builders.lifecycle import lifecycle_link
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.overrides import override_check, override_metadata, override_spec
from credit_platform.builders.pieces import RELEASE
from credit_platform.builders.predictions import DIGEST, predictions_of, predictions_piece
from credit_platform.builders.release_files import PARITY_LIMIT, JudgedRelease, draft_release
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
        threads = settings.threads
        stored = predictions_of(use_case, candidate, warehouse, workbench, threads=threads)
        draft = draft_release(
            use_case,
            candidate,
            program=program,
            evidence={DIGEST: stored.digest},
            warehouse=warehouse,
            workbench=workbench,
            threads=threads,
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
        opponent = opponent_of(use_case, candidate, releases, warehouse, program=program)
        compared = comparison(candidate, opponent, model_sha256=draft.model_sha256, threads=threads)
        keep_margins(use_case, compared, {} if opponent is None else opponent.margins, workbench)
        judged = draft.judged(gate_results(Trial(use_case, candidate, workbench, compared, threads)))
        before = before_promotion(use_case, opponent)
        moved = score_migration(use_case, before, candidate.test_margin(threads=threads))
        piece = predictions_piece(judged.release_id)
        workbench.save(use_case.name, piece, arrays=stored.to_arrays(), document={DIGEST: stored.digest})
        sha256 = releases.publish(use_case.name, judged.release_id, judged.files)
        document = {"manifest_sha256": sha256, "migration": moved, DIGEST: stored.digest} | candidate.told
        _remember(workbench, use_case, judged, before, document)
        metadata = _metadata(candidate, judged, sha256, parity=draft.parity) | migration_metadata(moved)
        metadata |= lifecycle_link(workbench, use_case.name, judged.release_id)
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return release


def _remember(
    workbench: Workbench,
    use_case: UseCase,
    judged: JudgedRelease,
    before: Before | None,
    document: dict[str, Any],
) -> None:
    told = {"release_id": judged.release_id, "as_of": str(judged.as_of), "gates": judged.gates}
    workbench.save(use_case.name, RELEASE, arrays={} if before is None else before.arrays, document=told | document)


def _metadata(candidate: Candidate, judged: JudgedRelease, sha256: str, *, parity: float) -> dict[str, Any]:
    gates = judged.gates
    values = {result["metric"]: result["value"] for result in gates["results"] if result["value"] is not None}
    return {
        "release_id": judged.release_id,
        "algorithm": candidate.served.name,
        "trees": candidate.forest.trees,
        "cut_off": candidate.cut_off,
        "manifest_sha256": sha256,
        "gates_passed": bool(gates["passed"]),
        "forest/largest_difference": parity,
        "forest/bytes": len(judged.files["forest.ubj"]),
        "gates": dg.MetadataValue.md(_gates_table(gates)),
        **{f"gates/{name}": value for name, value in values.items()},
    }


def _gates_table(gates: dict[str, Any]) -> str:
    rows = [
        {
            "gate": result["rule"],
            "value": "" if result["value"] is None else f"{result['value']:.4f}",
            "holds": result["exempt"] or ("no" if result["unmet"] else "yes"),
        }
        for result in gates["results"]
    ]
    return pd.DataFrame(rows).to_markdown(index=False)


def _champion(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "release", "champion")
    text = (
        "The champion moves only to a release whose own gates.json says that every gate passed, compared with the "
        "very champion that is in force, and that nobody has rolled back."
    )

    @dg.asset(
        key=asset_key,
        deps=[key(use_case, "release", "release"), key(use_case, "assurance", "model_card")],
        check_specs=[check_of(asset_key, GATES_CHECK, text), override_spec(asset_key)],
        pool=pool(use_case),
        **stage(use_case, "release"),
    )
    def champion(
        warehouse: dg.ResourceParam[Warehouse],
        workbench: dg.ResourceParam[Workbench],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> dg.MaterializeResult:
        """The release in force. It moves here, or by a person's rollback or override; each is an entry in the ledger.

        A refused candidate leaves the last one serving.
        """
        document = workbench.load(use_case.name, RELEASE).document
        require_card(workbench, use_case.name, document["release_id"])
        sha256 = document["manifest_sha256"]
        loaded = releases.load(use_case.name, document["release_id"], manifest_sha256=sha256)
        gates, grade = loaded.gates, loaded.grade
        unknown = dt.date.fromisoformat(document["as_of"]) + dt.timedelta(days=1)
        effective_from = max(unknown, next_business_day(use_case, warehouse))
        compared = gates["comparison"]["champion"]
        outcome = releases.promote(
            use_case.name,
            document["release_id"],
            manifest_sha256=sha256,
            replaces=None if compared is None else compared["manifest_sha256"],
            effective_from=effective_from,
        )
        pointer = outcome.pointer
        check = dg.AssetCheckResult(
            check_name=GATES_CHECK,
            passed=outcome.refused is None and bool(gates["passed"]),
            metadata={"candidate": document["release_id"], "unmet": gates["unmet"], "refused": outcome.refused or ""},
        )
        in_date = override_check(asset_key, {effective_from: None if pointer is None else pointer.override})
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
