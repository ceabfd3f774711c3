"""Figure of a search: every trial's loss in order, and the best so far."""

from collections.abc import Sequence

import numpy as np

from credit_platform.explanation.figures.canvas import BLUE, MUTED, ORANGE, new_figure, png, titled


def trials(title: str, losses: Sequence[float], is_pruned: Sequence[bool], *, axis_name: str) -> bytes:
    """One mark a trial; the dashed line is trial 0, what was declared. A pruned trial's loss is of fewer folds, so it
    is hollow and never the best so far."""
    loss, pruned = np.asarray(losses, dtype=float), np.asarray(is_pruned, dtype=bool)
    number = np.arange(loss.size)
    figure, axes = new_figure()
    axes.axhline(loss[0], color=ORANGE, lw=1, ls="--", label="as declared")
    axes.step(number, np.minimum.accumulate(np.where(pruned, np.inf, loss)), where="post", color=BLUE, lw=1.4)
    axes.scatter(number[~pruned], loss[~pruned], color=BLUE, s=22, zorder=3, label="all folds")
    if pruned.any():
        axes.scatter(number[pruned], loss[pruned], edgecolors=MUTED, facecolors="none", s=22, zorder=3, label="pruned")
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("trial")
    axes.set_ylabel(axis_name)
    axes.legend(frameon=False, fontsize=8.5)
    titled(axes, title)
    return png(figure)
