"""SHAP's own pictures of contributions that were computed elsewhere (by the folded forest)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.explanation.figures.canvas import INK, MUTED, new_figure, png, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SEED = 20221130
DOTS = 500


def shap_beeswarm(values: ArrayLike, matrix: ArrayLike, names: Sequence[str], *, max_display: int = 15) -> bytes:
    """Beeswarm of contributions (n, k) in log-odds of bad, coloured by the feature values (n, k); right is riskier.

    Of more than ``DOTS`` units it draws every so-manieth: dots upon dots would show nothing more.
    """
    units = len(np.asarray(values))
    drawn = np.linspace(0, units - 1, min(units, DOTS)).round().astype(np.int64)
    given = _explanation(np.asarray(values)[drawn], np.asarray(matrix)[drawn], names)
    figure, axes = _axes(min(max_display, len(names)))
    _with_jitter_seed(given, axes, max_display)
    _tidy(axes, "Contribution to log-odds of bad (right = riskier)", _dots(len(drawn), of=units))
    for colour_bar in figure.axes[1:]:
        colour_bar.tick_params(labelsize=8.5, colors=MUTED)
        colour_bar.yaxis.label.set_size(9)
    return png(figure)


def _dots(drawn: int, *, of: int) -> str:
    return "What moves the score, one dot a unit" + (f" ({drawn:,} of {of:,} drawn)" if drawn < of else "")


def shap_bar(values: ArrayLike, matrix: ArrayLike, names: Sequence[str], *, max_display: int = 15) -> bytes:
    """Mean absolute contribution of each feature, log-odds, largest first; the rest are summed in the last bar."""
    import shap

    figure, axes = _axes(min(max_display, len(names)))
    shap.plots.bar(_explanation(values, matrix, names), max_display=max_display, ax=axes, show=False)
    for text in axes.texts:
        text.set_fontsize(8.5)
    _tidy(axes, "mean |contribution| to log-odds", "Importance")
    return png(figure)


def _with_jitter_seed(given: Any, axes: "Axes", max_display: int) -> None:
    """Draw with a fixed jitter: shap uses numpy's global generator, whose state is put back afterwards."""
    import shap

    state = np.random.get_state()
    np.random.seed(_SEED)
    try:
        shap.plots.beeswarm(given, max_display=max_display, ax=axes, show=False, plot_size=None, s=9)
    finally:
        np.random.set_state(state)


def _explanation(values: ArrayLike, matrix: ArrayLike, names: Sequence[str]) -> Any:
    import shap

    contributions, data = np.asarray(values, dtype=np.float64), np.asarray(matrix, dtype=np.float64)
    if contributions.shape != data.shape or contributions.ndim != 2 or contributions.shape[1] != len(names):
        raise ValueError(
            f"contributions have shape {contributions.shape}, the matrix {data.shape}, and {len(names)} names; "
            "expected (n, k), (n, k) and k: drop the base column first"
        )
    return shap.Explanation(values=contributions, data=data, feature_names=list(names))


def _axes(rows: int) -> Any:
    return new_figure(width=7.6, height=1.3 + 0.32 * rows)


def _tidy(axes: "Axes", axis_name: str, title: str) -> None:
    axes.tick_params(axis="y", labelsize=9, labelcolor=INK)
    axes.tick_params(axis="x", labelsize=8.5, labelcolor=MUTED)
    axes.set_xlabel(axis_name, fontsize=9, color=MUTED)
    titled(axes, title)
