"""Predictions stored with a release, so that its figures can be computed again without training anything.

They lie in the workbench, one piece for each release and never overwritten by another one's, not in the release folder:
a scorer has no use for outcomes of customers. The release's signed files hold their digest.
"""

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.fairness import protected_groups
from credit_platform.builders.pieces import EXPLANATIONS, PredictionsError
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.releases import LoadedRelease
from credit_platform.modelling.predictions import Predictions, predictions
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

DIGEST = "predictions_sha256"
"""Where a release's metrics.json names its predictions."""


def predictions_piece(release_id: str) -> str:
    return f"predictions/{release_id}"


def predictions_of(
    use_case: UseCase, candidate: Candidate, warehouse: Warehouse, workbench: Workbench, *, threads: int
) -> Predictions:
    """The candidate's log-odds of every window after training, with outcomes, protected groups and reasons."""
    explained = workbench.load(use_case.name, EXPLANATIONS)
    candidate.require({EXPLANATIONS: explained})
    later = list(candidate.split.windows.items())[1:]
    groups = protected_groups(use_case, warehouse, candidate)
    return predictions(
        candidate.sample,
        candidate.split,
        {name: candidate.margin(candidate.sample.take(rows), threads=threads) for name, rows in later},
        explained=explained.arrays["rows"],
        reasons=explained.arrays["reasons"],
        groups={name: found.reindex(candidate.test.key).to_numpy(dtype=str) for name, found in groups.items()},
    )


def load_predictions(workbench: Workbench, use_case: str, release: LoadedRelease) -> Predictions:
    """The predictions of a verified release; PredictionsError where they are not those that it names."""
    release_id, named = release.release.release_id, release.metrics.get(DIGEST)
    found = Predictions.from_arrays(workbench.load(use_case, predictions_piece(release_id)).arrays)
    if found.digest != named:
        raise PredictionsError(
            f"the stored predictions of {use_case}/{release_id} have digest {found.digest[:12]}, its metrics.json "
            f"names {str(named)[:12]}: they were changed, or are of an earlier version of the platform; train again"
        )
    return found
