"""Figures of a scored sample: ROC, reliability, scores by class, and what each cut-off would do."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.explanation.figures.canvas import (
    BLUE,
    GRID,
    MUTED,
    ORANGE,
    PALETTE,
    in_percent,
    new_figure,
    png,
    short,
    titled,
)
from credit_platform.explanation.figures.once import drawn_once
from credit_platform.statistics.arrays import labels, probabilities, ranked, weights
from credit_platform.statistics.calibration import ReliabilityTable, error_of, reliability_table
from credit_platform.statistics.discrimination import auc, roc_curve
from credit_platform.statistics.proportions import wilson_interval


def roc(label: ArrayLike, scores: Mapping[str, ArrayLike], *, title: str = "ROC") -> bytes:
    """One curve a model over the same labels (n,), with its AUC in the legend; first model on top."""
    figure, axes = new_figure(width=5.2, height=4.6)
    axes.plot([0, 1], [0, 1], color="#b8c0c8", lw=1, ls="--")
    for i, (name, score) in enumerate(scores.items()):
        curve = roc_curve(label, score)
        text = f"{name}  {auc(label, score):.3f}"
        colour = PALETTE[i % len(PALETTE)]
        axes.plot(curve.false_positive_rate, curve.true_positive_rate, color=colour, lw=1.6, label=text, zorder=9 - i)
    axes.set_xlabel("share of goods called bad")
    axes.set_ylabel("share of bads found")
    axes.set_aspect("equal")
    axes.legend(frameon=False, fontsize=8.5, loc="lower right", title="AUC", title_fontsize=8.5)
    titled(axes, title)
    return png(figure)


@drawn_once
def reliability(
    label: ArrayLike,
    probability: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    bins: int = 10,
    title: str = "Reliability",
) -> bytes:
    """Bad rate with its Wilson interval against mean probability, equal-frequency bins, log axes for rare bads."""
    table = reliability_table(label, probability, bins=bins, weight=weight)
    return _reliability({"all": table}, title=f"{title} (ECE {error_of(table):.4f})")


def reliability_by_part(
    label: ArrayLike,
    probability: ArrayLike,
    parts: Mapping[str, ArrayLike],
    *,
    weight: ArrayLike | None = None,
    bins: int = 5,
    title: str,
) -> bytes:
    """One reliability line for each part: a mask (n,) of labels and probabilities (n,). Parts need both classes."""
    y, p = labels(label), probabilities(probability)
    w, masks = weights(weight, rows=y.size), {name: np.asarray(mask, dtype=bool) for name, mask in parts.items()}
    tables = {name: reliability_table(y[mask], p[mask], bins=bins, weight=w[mask]) for name, mask in masks.items()}
    return _reliability(tables, title=title)


def _reliability(tables: Mapping[str, ReliabilityTable], *, title: str) -> bytes:
    bounds = [wilson_interval(each.bad_rate * each.weight, each.weight) for each in tables.values()]
    lowest = min(float(each.mean_probability.min()) for each in tables.values())
    highest = max(float(each.mean_probability.max()) for each in tables.values())
    ends = [
        min(lowest, *(float(each.low.min()) for each in bounds)),
        max(highest, *(float(each.high.max()) for each in bounds)),
    ]
    figure, axes = new_figure(width=5.2, height=4.6)
    if ends[1] < 0.5 and lowest > 0:
        ends[0] = lowest / 2
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(ends[0], ends[1] * 1.2)
        axes.set_ylim(ends[0], ends[1] * 1.2)
    axes.plot(ends, ends, color="#b8c0c8", lw=1, ls="--")
    for number, ((name, table), (low, high)) in enumerate(zip(tables.items(), bounds, strict=True)):
        spread = np.vstack([np.maximum(table.bad_rate - low, 0), np.maximum(high - table.bad_rate, 0)])
        at, colour = table.mean_probability, PALETTE[number % len(PALETTE)]
        axes.errorbar(
            at, table.bad_rate, yerr=spread, fmt="o-", color=colour, ms=4.5, lw=1.3, capsize=2.5, label=short(name)
        )
    if len(tables) > 1:
        axes.legend(frameon=False, fontsize=8.5, loc="lower right")
    in_percent(axes.xaxis)
    in_percent(axes.yaxis)
    axes.grid(True, axis="x", color=GRID, linewidth=0.8)
    axes.set_xlabel("mean predicted probability")
    axes.set_ylabel("observed bad rate")
    titled(axes, title)
    return png(figure)


def score_distribution(label: ArrayLike, points: ArrayLike, *, cut_off: float | None = None) -> bytes:
    """Distribution of score points (n,) among goods and among bads, each with area 1, and the cut-off line."""
    y, values = labels(label), np.asarray(points, dtype=np.float64)
    low, high = (float(end) for end in np.quantile(values, [0.001, 0.999]))
    edges = np.linspace(low, high, 41) if low < high else np.linspace(low - 1, low + 1, 41)
    figure, axes = new_figure(height=3.2)
    for wanted, colour, name in ((0, BLUE, "goods"), (1, ORANGE, "bads")):
        chosen = np.clip(values[y == wanted], edges[0], edges[-1])
        axes.hist(chosen, bins=edges.tolist(), density=True, color=colour, alpha=0.5, label=f"{name} ({chosen.size:,})")
    if cut_off is not None:
        axes.axvline(cut_off, color=MUTED, lw=1.2, ls="--", label=f"cut-off {cut_off:.0f}")
    axes.set_xlabel("score")
    axes.set_yticks([])
    axes.grid(False)
    axes.legend(frameon=False, fontsize=8.5)
    titled(axes, "Score by outcome")
    return png(figure)


@drawn_once
def strategy(
    label: ArrayLike,
    probability: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    cut_off: float | None = None,
    title: str = "Strategy curve",
) -> bytes:
    """Bad rate among accepted units at every acceptance rate: what moving the cut-off buys."""
    sample = ranked(label, probabilities(probability), weight=weight)
    rows = np.cumsum(sample.bad + sample.good)
    accepted, rate = rows / rows[-1], np.cumsum(sample.bad) / rows
    figure, axes = new_figure(height=3.2)
    settled = rows >= min(50.0, rows[-1])
    axes.plot(accepted[settled], rate[settled], color=BLUE, lw=1.8)
    axes.axhline(rate[-1], color="#b8c0c8", lw=1, ls="--")
    if cut_off is not None and bool((sample.score < cut_off).any()):
        at = int((sample.score < cut_off).sum()) - 1
        axes.plot(accepted[at], rate[at], "o", color=ORANGE, ms=7)
        text = f"cut-off {cut_off:.1%}: {accepted[at]:.0%} accepted, {rate[at]:.2%} bad"
        axes.annotate(text, (accepted[at], rate[at]), (-8, 10), textcoords="offset points", ha="right", size=8.5)
    axes.set_xlabel("share accepted")
    axes.set_ylabel("bad rate among accepted")
    in_percent(axes.xaxis)
    in_percent(axes.yaxis)
    axes.set_ylim(bottom=0)
    axes.margins(y=0.15)
    titled(axes, title)
    return png(figure)
