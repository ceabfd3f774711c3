"""Whether other customers would have given the same reasons: the candidate refitted, where a setting asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.models import load_models
from credit_platform.builders.pieces import STABILITY
from credit_platform.contracts.score import Reason
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.algorithms import fit
from credit_platform.modelling.clearance import with_clearance
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.reason_stability import ReasonStability, reason_stability
from credit_platform.modelling.sample import Sample
from credit_platform.resources.workbench import Workbench

EXPLAINED_ROWS = 1_000


def stability_of(
    use_case: UseCase,
    candidate: Candidate,
    reasons: Sequence[Reason],
    workbench: Workbench,
    *,
    refits: int,
    threads: int,
) -> ReasonStability | None:
    """What so many refits say, measured once for each candidate and its reasons; with 0, what was measured, or None."""
    asked = {**candidate.told, "reasons": [[reason.code, *reason.features] for reason in reasons]}
    kept = _kept(use_case, asked, workbench)
    if refits == 0 or (kept is not None and kept.refits == refits):
        return kept
    test = candidate.test.matrix
    found = reason_stability(
        candidate.forest,
        lambda drawn: _refitted(use_case, candidate, drawn, workbench, threads=threads),
        candidate.training,
        test[np.linspace(0, len(test) - 1, min(EXPLAINED_ROWS, len(test))).astype(np.int64)],
        reference=candidate.reference(use_case),
        reasons=reasons,
        count=refits,
        seed=use_case.seed,
        threads=threads,
    )
    workbench.save(use_case.name, STABILITY, arrays={}, document=asdict(found) | asked)
    return found


def _kept(use_case: UseCase, asked: Mapping[str, Any], workbench: Workbench) -> ReasonStability | None:
    """What was measured of the same candidate by the same reasons."""
    if not workbench.path(use_case.name, STABILITY).exists():
        return None
    told = workbench.load(use_case.name, STABILITY).document
    if not asked.items() <= told.items():
        return None
    return ReasonStability(told["refits"], told["rows"], tuple(told["same_top"]), tuple(told["overlap"]))


def _refitted(use_case: UseCase, candidate: Candidate, drawn: Sample, workbench: Workbench, *, threads: int) -> Forest:
    """The served members with their parameters on other rows, at the weights and calibration that are served."""
    models = load_models(workbench, use_case)
    return candidate.served.fold(
        {
            name: with_clearance(
                fit(
                    name,
                    drawn,
                    params=models[name].document["params"],
                    seed=use_case.seed,
                    threads=threads,
                    monotone=use_case.features.monotone,
                ),
                drawn.matrix,
            )
            for name in candidate.forests
        }
    )
