import io
from collections.abc import Callable
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest

from credit_platform.explanation import figures
from credit_platform.statistics.bootstrap import Interval

GENERATOR = np.random.default_rng(0)
LABEL = (GENERATOR.random(800) < 0.2).astype(float)
PROBABILITY = np.clip(0.15 + 0.1 * LABEL + 0.05 * GENERATOR.normal(size=800), 0.01, 0.99)
VALUES = GENERATOR.normal(size=(200, 4))
PLACE = GENERATOR.normal(size=800)
NAMES = ["amount", "duration", "age", "a feature with a very long name that must not fill the page"]

HOLES = np.where(GENERATOR.random((200, 4)) < 0.2, np.nan, np.abs(VALUES).round() % 3)
PARTS = {"served model": VALUES, "decision tree": VALUES / 2}
CASE = figures.Case("declined, PD 15.3%", -2.0, VALUES[0], tuple(f"{name} (p90)" for name in NAMES))
BAND = Interval(0.01, -0.01, 0.03, 0.95, 100)
CURVE = figures.Curve("amount", np.arange(3.0), VALUES[:3, 0], VALUES[:3, 0] - 1, VALUES[:3, 0] + 1)

DRAWINGS: dict[str, Callable[[], bytes]] = {
    "shares": lambda: figures.shares("amount", ["a", "b"], [0.4, 0.6], [0.7, 0.3]),
    "intervals": lambda: figures.intervals("AUC", ["stack"], [Interval(0.8, 0.7, 0.9, 0.95, 100)], axis_name="AUC"),
    "roc": lambda: figures.roc(LABEL, {"stack": PROBABILITY, "constant": np.ones(800)}),
    "reliability": lambda: figures.reliability(LABEL, PROBABILITY),
    "reliability_by_part": lambda: figures.reliability_by_part(
        LABEL, PROBABILITY, {"north": PLACE < 0, "south": PLACE >= 0}, title="Reliability by region"
    ),
    "score_distribution": lambda: figures.score_distribution(LABEL, 600 - 100 * PROBABILITY, cut_off=580),
    "constant_score": lambda: figures.score_distribution(LABEL, np.full(800, 600.0)),
    "strategy": lambda: figures.strategy(LABEL, PROBABILITY, cut_off=0.25),
    "against_thresholds": lambda: figures.against_thresholds(
        "Drift", [figures.Judged(f"c{i}", 0.01 * i, 0.05, i > 28) for i in range(30)], axis_name="PSI"
    ),
    "within_bounds": lambda: figures.within_bounds(
        "Gates", [figures.Bounded("auc", 0.8, 0.7, 0.9, 0.7, None), figures.Bounded("ece", None, None, None, None, 1)]
    ),
    "shap_beeswarm": lambda: figures.shap_beeswarm(VALUES, VALUES, NAMES),
    "importance_matrix": lambda: figures.importance_matrix(PARTS, NAMES),
    "beeswarm_panels": lambda: figures.beeswarm_panels(PARTS, HOLES, NAMES),
    "dependence_panels": lambda: figures.dependence_panels(PARTS, HOLES, NAMES, {"age": ("a", "b", "c")}),
    "waterfall_panels": lambda: figures.waterfall_panels([CASE, CASE], top=3),
    "waterfall_columns": lambda: figures.waterfall_columns({"declined": [CASE, CASE], "approved": [CASE]}, top=3),
    "partial_dependence_panels": lambda: figures.partial_dependence_panels(
        [CURVE, replace(CURVE, categories=("a", "b", "c"))]
    ),
    "permutation_panels": lambda: figures.permutation_panels([figures.Cost(name, BAND, BAND) for name in NAMES]),
    "shap_bar": lambda: figures.shap_bar(VALUES, VALUES, NAMES),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_figure_is_a_png_of_readable_size_with_something_on_it(name: str) -> None:
    image = matplotlib.image.imread(io.BytesIO(DRAWINGS[name]()), format="png")
    height, width, _ = image.shape
    assert width >= 500 and height >= 150
    assert (image[..., :3].min(axis=2) < 0.9).mean() > 0.01


def test_the_same_input_gives_the_same_bytes_and_leaves_the_random_state_alone() -> None:
    np.random.seed(1)
    expected = np.random.random()
    np.random.seed(1)
    assert figures.shap_beeswarm(VALUES, VALUES, NAMES) == figures.shap_beeswarm(VALUES, VALUES, NAMES)
    assert np.random.random() == expected


@pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning")  # shap's colour range of a feature without values
def test_missing_feature_values_do_not_stop_the_beeswarm() -> None:
    matrix = VALUES.copy()
    matrix[:50, 0], matrix[:, 1] = np.nan, np.nan
    assert figures.shap_beeswarm(VALUES, matrix, NAMES)[:4] == b"\x89PNG"


def test_contributions_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="drop the base column first"):
        figures.shap_bar(VALUES, VALUES[:, :3], NAMES)
