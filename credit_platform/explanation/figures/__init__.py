"""Figures as PNG bytes, drawn with the Agg backend and without pyplot's global state (shap's own plots excepted)."""

from credit_platform.explanation.figures.attributions import (
    Case,
    beeswarm_panels,
    dependence_panels,
    importance_matrix,
    waterfall_columns,
    waterfall_panels,
)
from credit_platform.explanation.figures.bounds import Bounded, Judged, against_thresholds, within_bounds
from credit_platform.explanation.figures.calibration import (
    reliability,
    reliability_by_part,
    roc,
    score_distribution,
    strategy,
)
from credit_platform.explanation.figures.contributions import shap_bar, shap_beeswarm
from credit_platform.explanation.figures.effects import Cost, Curve, partial_dependence_panels, permutation_panels
from credit_platform.explanation.figures.table import (
    bars,
    distances,
    intervals,
    shares,
    windows,
)
from credit_platform.explanation.figures.trials import trials

__all__ = [
    "Bounded",
    "Case",
    "Cost",
    "Curve",
    "Judged",
    "against_thresholds",
    "bars",
    "beeswarm_panels",
    "dependence_panels",
    "distances",
    "importance_matrix",
    "intervals",
    "partial_dependence_panels",
    "permutation_panels",
    "reliability",
    "reliability_by_part",
    "roc",
    "score_distribution",
    "shap_bar",
    "shap_beeswarm",
    "shares",
    "strategy",
    "trials",
    "waterfall_columns",
    "waterfall_panels",
    "windows",
    "within_bounds",
]
