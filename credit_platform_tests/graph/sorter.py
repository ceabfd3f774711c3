"""A portfolio small enough to be run again for every fault: five measurements, models of few trees, two days."""

from pathlib import Path
from typing import Any

from credit_platform_tests.graph.projects import Project, of_folder

FEATURES = ["mean_radius", "mean_texture", "mean_smoothness", "worst_radius", "worst_symmetry"]
ATTRIBUTES: dict[str, Any] = {
    "features": {"gating": "few", "sets": {"few": {"columns": FEATURES}}},
    "reasons": [{"code": f"S{n}", "wording": name, "features": [name]} for n, name in enumerate(FEATURES)],
    "algorithms": {
        "logistic_regression": {},
        "decision_tree": {},
        "random_forest": {"n_estimators": 10, "max_depth": 4},
        "lightgbm": {"num_iterations": 15},
        "xgboost": {"num_boost_round": 15},
    },
    "gates": [{"metric": "auc", "minimum": 0.9}, {"metric": "auc_lift_p_value", "maximum": 0.05}],
}


def small_project(root: Path) -> Project:
    """The project folder; nothing has run in it."""
    return of_folder("risk_classifier", root, attributes=ATTRIBUTES)
