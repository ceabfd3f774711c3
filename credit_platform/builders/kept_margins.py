"""What a comparison with the champion was made with, kept so that its gain can be computed again without a model.

Beside the predictions, one piece for each set of releases asked. A comparison's digests, which its release signs in
``gates.json``, say of which rows it was and of which log-odds.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.builders.pieces import PredictionsError
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.manifest import digest
from credit_platform.modelling.sample import Floats, Units
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.experiments.paired_auc import auc_lift

ROWS, MARGINS = "rows_sha256", "margins_sha256"
LIFT = ("auc_lift", "auc_lift_p_value")


def compared_with(test: Units, margin: Floats, asked: Mapping[str, Floats]) -> dict[str, str]:
    """Digests of a comparison: of the rows with the candidate's log-odds (t,), and of those of each release asked."""
    return {ROWS: _digest(test.label, margin), MARGINS: _digest(*asked.values())}


def keep_margins(use_case: UseCase, compared: Mapping[str, Any], asked: Mapping[str, Floats], at: Workbench) -> None:
    """Keep the log-odds of the releases asked. A comparison that is repeated was made, and kept, with others."""
    if asked and compared.get(MARGINS) == _digest(*asked.values()):
        at.save(use_case.name, _piece(compared), arrays=dict(asked), document={})


def is_kept(use_case: UseCase, compared: Mapping[str, Any], test: Units, margin: Floats, at: Workbench) -> bool:
    """Whether the gain was of these very rows and can be computed again here.

    It cannot where it was made elsewhere, repeats one that was of other rows, or is of an earlier version.
    """
    same_rows = compared.get(ROWS) == _digest(test.label, margin)
    return same_rows and at.path(use_case.name, _piece(compared)).exists()


def lift_again(
    use_case: UseCase, compared: Mapping[str, Any], test: Units, margin: Floats, at: Workbench
) -> dict[str, float | None]:
    """The gain and its p-value once more, {} where it is not kept; PredictionsError for log-odds that were changed."""
    if not is_kept(use_case, compared, test, margin, at):
        return {}
    kept = at.load(use_case.name, _piece(compared)).arrays
    if (found := _digest(*kept.values())) != compared[MARGINS]:
        raise PredictionsError(
            f"the champion's log-odds kept for {use_case.name} have digest {found[:12]}, the signed comparison names "
            f"{compared[MARGINS][:12]}: they were changed; train again"
        )
    lifts = [auc_lift(test.label, each, margin, test.entity, weight=test.weight) for each in kept.values()]
    return worse(*({"auc_lift": each.lift, "auc_lift_p_value": each.p_value} for each in lifts))


def worse(*found: Mapping[str, float | None]) -> dict[str, float | None]:
    """The smallest gain and the largest chance of it; None where any was not measured."""
    (lifts, p_values) = ([each[name] for each in found] for name in LIFT)
    return {
        "auc_lift": None if None in lifts else min(value for value in lifts if value is not None),
        "auc_lift_p_value": None if None in p_values else max(value for value in p_values if value is not None),
    }


def _piece(compared: Mapping[str, Any]) -> str:
    return f"opponents/{compared[MARGINS]}"


def _digest(*values: ArrayLike) -> str:
    return digest(b"".join(np.ascontiguousarray(each, dtype="<f8").tobytes() for each in values))
