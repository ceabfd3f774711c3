"""Counterfactuals: what the declined of the test sample could have asked for instead, decided by the release itself."""

from typing import Any

import dagster as dg
import numpy as np

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.frames import history_inputs
from credit_platform.builders.naming import key, pool, stage
from credit_platform.builders.pieces import RELEASE
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.counterfactual import MOST_VALUES, Counterfactual, counterfactual
from credit_platform.engine.decisions import decide
from credit_platform.engine.releases import LoadedRelease
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

SEARCHED_ROWS = 60
"""Declined units searched; each takes some hundred decisions, or all observed values where no change is accepted."""


def counterfactual_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    """One asset where the use case names what an applicant can change, else none."""
    return [_counterfactuals(use_case)] if use_case.actionable else []


def _counterfactuals(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "assurance", "counterfactuals"),
        deps=[key(use_case, "release", "release")],
        pool=pool(use_case),
        **stage(use_case, "assurance", "html"),
    )
    def counterfactuals(
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        workbench: dg.ResourceParam[Workbench],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> dg.MaterializeResult:
        """The smallest change of what an applicant can change that this release would have accepted."""
        from credit_platform.explanation.reports import WayBack, counterfactual_report

        released, candidate = workbench.load(use_case.name, RELEASE), load_candidate(workbench, use_case)
        candidate.require({RELEASE: released})
        document = released.document
        loaded = releases.load(use_case.name, document["release_id"], manifest_sha256=document["manifest_sha256"])
        inputs = history_inputs(use_case, warehouse, _columns(use_case, loaded))
        test = {str(unit) for unit in candidate.test.key}
        declined = _declined(loaded, inputs, test, seed=use_case.seed)
        found = search(use_case, loaded, inputs, declined)
        ways = [
            None if each is None else WayBack(tuple((s.field, s.before, s.after) for s in each.steps), each.distance)
            for each in found
        ]
        html = counterfactual_report(
            ways,
            title=f"{use_case.title}: what would have been accepted",
            subtitle=f"Release {document['release_id']}, {len(ways)} declined units of its test sample.",
            fields=tuple(each.field for each in use_case.actionable),
            most_values=MOST_VALUES,
            known_for=use_case.target.known_for,
        )
        page = workbench.save_report(use_case.name, "counterfactuals.html", html)
        return dg.MaterializeResult(metadata=_metadata(found) | {"report": dg.MetadataValue.path(page)})

    return counterfactuals


def _columns(use_case: UseCase, loaded: LoadedRelease) -> list[str]:
    """What the release reads, and what can change."""
    changed = {name for each in use_case.actionable for name in (each.field, *each.together)}
    return sorted({loaded.release.key, *loaded.program.inputs, *changed})


def _declined(loaded: LoadedRelease, inputs: dict[str, list[Any]], test: set[str], *, seed: int) -> list[int]:
    """Positions of the units to search for: a seeded choice of those that the release declines."""
    keys = inputs[loaded.release.key]
    rows = [row for row, unit in enumerate(keys) if str(unit) in test]
    decided = decide(loaded, {name: [held[row] for row in rows] for name, held in inputs.items()}, reasons="none")
    declined = np.array([row for row, each in zip(rows, decided, strict=True) if each.prediction], dtype=np.int64)
    if len(declined) <= SEARCHED_ROWS:
        return [int(row) for row in declined]
    chosen = np.random.default_rng(seed).choice(declined, SEARCHED_ROWS, replace=False)
    return [int(row) for row in np.sort(chosen)]


def search(
    use_case: UseCase, loaded: LoadedRelease, inputs: dict[str, list[Any]], rows: list[int]
) -> list[Counterfactual | None]:
    """The way back of each of these rows of the inputs; what is observed is the whole history."""
    fields = [each.field for each in use_case.actionable]
    observed = {
        field: np.sort(np.array([float(value) for value in inputs[field] if value is not None])) for field in fields
    }
    return [
        counterfactual(
            loaded,
            {name: held[row] for name, held in inputs.items()},
            actionable=use_case.actionable,
            observed=observed,
        )
        for row in rows
    ]


def _metadata(found: list[Counterfactual | None]) -> dict[str, Any]:
    ways = [each for each in found if each is not None]
    metadata: dict[str, Any] = {"declined": len(found), "with_a_way_back": len(ways)}
    if ways:
        metadata["median_distance"] = float(np.median([each.distance for each in ways]))
    return metadata
