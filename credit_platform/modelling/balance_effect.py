"""What balancing the classes did to a model, told beside the same model without it."""

from collections.abc import Callable, Mapping

from credit_platform.modelling.algorithms.balance import BALANCE, NONE
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.sample import Units
from credit_platform.modelling.training import Trained
from credit_platform.statistics.evaluation import evaluate

TOLD = ("calibration_slope", "calibration_intercept", "expected_calibration_error", "log_loss", "auc")


def balance_effect(
    trained: Trained,
    params: Mapping[str, Parameter],
    scored: Units,
    *,
    refit: Callable[[Mapping[str, Parameter]], Trained],
) -> dict[str, float]:
    """Out-of-fold metrics before any calibrator, with the balance of ``params`` and without; empty if it has none.

    ``scored`` are the units that folds score (n,), ``refit`` cross-validates other parameters: the cost of the model
    again.
    """
    if params.get(BALANCE, NONE) == NONE:
        return {}
    sides = {"balanced": trained, "not_balanced": refit({**params, BALANCE: NONE})}
    out: dict[str, float] = {}
    for side, model in sides.items():
        found = evaluate(scored.label, model.oof_margin, cut_off=0.5, is_log_odds=True, weight=scored.weight)
        out |= {f"{side}/{name}": found[name] for name in TOLD}
    return out
