"""The reasons that a release may give: those declared, without what moves against its declared sign when swept."""

from dataclasses import asdict
from typing import Any

import numpy as np

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.pieces import REASONS, StaleError, same_training
from credit_platform.contracts.score import Reason
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.reason_sweep import Swept, sweep_contributions, without_offenders
from credit_platform.resources.workbench import Workbench

SWEPT_ROWS = 100
"""Reference rows walked for a sign that is not proved: 2 s for a feature of 300 thresholds in 300 trees."""


def sweep_reasons(use_case: UseCase, candidate: Candidate, workbench: Workbench, *, threads: int) -> tuple[Swept, ...]:
    """Prove or sweep every declared sign of the served forest, and keep what was found for the release."""
    reference = candidate.reference(use_case)
    swept = sweep_contributions(
        candidate.forest,
        reference,
        reference[np.linspace(0, len(reference) - 1, min(SWEPT_ROWS, len(reference))).astype(np.int64)],
        names=candidate.sample.names,
        monotone=use_case.features.monotone,
        threads=threads,
    )
    document = {
        "fingerprint": candidate.fingerprint,
        "forest": candidate.forest.sha256(),
        "swept": [asdict(each) for each in swept],
    }
    workbench.save(use_case.name, REASONS, arrays={}, document=document)
    return swept


def kept_reasons(
    use_case: UseCase, candidate: Candidate, workbench: Workbench
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """The reasons of this candidate's release and the features left out; StaleError if another forest was swept."""
    piece = workbench.load(use_case.name, REASONS)
    same_training({REASONS: piece}, candidate.fingerprint)
    if piece.document["forest"] != candidate.forest.sha256():
        raise StaleError("the reasons were swept for another forest than the candidate's; materialise explanations")
    swept = tuple(Swept(**each) for each in piece.document["swept"])
    dropped = tuple(each.feature for each in swept if each.is_offender)
    return without_offenders(use_case.reasons, swept), dropped


def sweep_metadata(swept: tuple[Swept, ...]) -> dict[str, Any]:
    """What the UI shows of the sweep."""
    offenders = [each.feature for each in swept if each.is_offender]
    return {
        "reasons/signs_declared": len(swept),
        "reasons/signs_proved": sum(each.is_proved for each in swept),
        "reasons/features_dropped": len(offenders),
        "reasons/dropped": offenders,
        "reasons/furthest_against_sign": max((each.against for each in swept), default=0.0),
    }
