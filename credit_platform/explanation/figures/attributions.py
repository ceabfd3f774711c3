"""Contributions as small multiples: by algorithm, by feature, and of single rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from credit_platform.explanation.figures.canvas import BLUE, GRID, INK, MUTED, ORANGE, png, short
from credit_platform.explanation.figures.panels import across, headed, panels, scaled
from credit_platform.statistics.arrays import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SEED = 20221130
_DOTS = 400
_COLOURS = "coolwarm"
_MISSING = "#9aa4ae"


@dataclass(frozen=True, eq=False)
class Case:
    """One row, unnamed: what it is in words, its contributions (k,), and for each feature what value it has."""

    title: str
    base: float
    contributions: Floats
    labels: tuple[str, ...]

    @property
    def reached(self) -> float:
        """Its log-odds."""
        return self.base + float(self.contributions.sum())


def importance_matrix(parts: Mapping[str, Floats], names: Sequence[str], *, top: int = 12) -> bytes:
    """Mean absolute contribution, log-odds, of the ``top`` features of the first part: a row each, a column a part."""
    mean = np.stack([np.abs(values).mean(axis=0) for values in parts.values()], axis=1)
    order = np.argsort(-mean[:, 0], kind="stable")[:top]
    figure, (axes,) = panels(1, columns=1, width=7.4, height=0.7 + 0.27 * len(order))
    axes.imshow(mean[order] / (mean.max(axis=0) + 1e-300), cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    for row, feature in enumerate(order):
        for column in range(len(parts)):
            axes.text(column, row, f"{mean[feature, column]:.2f}", ha="center", va="center", size=7.5, color=INK)
    axes.set_xticks(range(len(parts)), [name[:20] for name in parts])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(order)), [short(names[i]) for i in order])
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return png(figure)


def beeswarm_panels(parts: Mapping[str, Floats], matrix: Floats, names: Sequence[str], *, top: int = 7) -> bytes:
    """Dots of contributions by algorithm: right is riskier, red a high value, grey a missing one."""
    figure, grid = panels(len(parts), columns=3, width=3.4, height=0.5 + 0.3 * top)
    generator = np.random.default_rng(_SEED)
    drawn = np.linspace(0, len(matrix) - 1, min(len(matrix), _DOTS)).round().astype(np.int64)
    for axes, (name, values) in zip(grid, parts.items(), strict=True):
        order = np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:top][::-1]
        x = [values[drawn, column] for column in order]
        y = [place + 0.36 * _spread(each, generator) for place, each in enumerate(x)]
        colour = [scaled(matrix[drawn, column]) for column in order]
        _dots(axes, np.concatenate(x), np.concatenate(y), np.concatenate(colour))
        axes.axvline(0, color="#b8c0c8", lw=0.8, zorder=0)
        axes.set_yticks(np.arange(len(order)), [short(names[i]) for i in order])
        across(axes)
        headed(axes, name)
    return png(figure)


def _spread(x: Floats, generator: np.random.Generator) -> Floats:
    """Vertical place from -1 to 1: wide where many dots share a value."""
    count, edges = np.histogram(x, bins=40)
    density = count[np.clip(np.searchsorted(edges, x, side="right") - 1, 0, 39)] / max(count.max(), 1)
    return generator.uniform(-1, 1, x.size) * np.sqrt(density)


def _dots(axes: "Axes", x: Floats, y: Floats, colour: Floats) -> None:
    held = ~np.isnan(colour)
    axes.scatter(x[~held], y[~held], s=4, color=_MISSING, linewidths=0)
    axes.scatter(x[held], y[held], s=4, c=colour[held], cmap=_COLOURS, vmin=0, vmax=1, linewidths=0)


def dependence_panels(
    parts: Mapping[str, Floats],
    matrix: Floats,
    names: Sequence[str],
    categories: Mapping[str, Sequence[str]],
    *,
    top: int = 3,
) -> bytes:
    """Contribution against value, by feature (the ``top`` of the first part) in rows and part in columns.

    The horizontal axis runs over the middle 98% of the values; missing values stand at the left edge in grey. Panels
    of one row share both axes.
    """
    first = next(iter(parts.values()))
    order = np.argsort(-np.abs(first).mean(axis=0), kind="stable")[:top]
    figure, grid = panels(len(order) * len(parts), columns=len(parts), width=2.3, height=1.75)
    drawn = np.linspace(0, len(matrix) - 1, min(len(matrix), 2 * _DOTS)).round().astype(np.int64)
    at = iter(grid)
    for column in order:
        both = np.concatenate([values[drawn, column] for values in parts.values()])
        room = 0.06 * (np.ptp(both) or 1.0)
        for name, values in parts.items():
            axes = next(at)
            axes.set_ylim(both.min() - room, both.max() + room)
            is_first = name == next(iter(parts))
            axes.tick_params(labelleft=is_first, labelbottom=is_first)
            _scatter(axes, matrix[drawn, column], values[drawn, column], categories.get(names[column], ()))
            if is_first:
                axes.set_ylabel(short(names[column])[:24], color=INK)
            if column == order[0]:
                headed(axes, name)
    return png(figure)


def _scatter(axes: "Axes", x: Floats, y: Floats, categories: Sequence[str]) -> None:
    held = ~np.isnan(x)
    axes.axhline(0, color="#b8c0c8", lw=0.8, zorder=0)
    if not held.any():
        return
    low, high = (0.0, len(categories) - 1.0) if categories else np.quantile(x[held], (0.01, 0.99))
    margin = 0.06 * ((high - low) or 1.0)
    axes.scatter(np.full((~held).sum(), low - margin), y[~held], s=5, color=_MISSING, linewidths=0)
    jitter = np.random.default_rng(_SEED).uniform(-0.25, 0.25, held.sum()) if categories else 0.0
    axes.scatter(x[held] + jitter, y[held], s=5, color=BLUE, alpha=0.45, linewidths=0)
    axes.set_xlim(low - (0.5 if categories else 2 * margin), high + (0.5 if categories else margin))
    if categories:
        step = -(-len(categories) // 6)
        axes.set_xticks(range(0, len(categories), step), [c[:8] for c in categories[::step]], rotation=30)


def waterfall_panels(cases: Sequence[Case], *, top: int = 8) -> bytes:
    """How each row comes from the baseline to its log-odds: its largest contributions in turn, the others as one."""
    figure, grid = panels(len(cases), columns=3, width=4.1, height=0.8 + 0.27 * (top + 1))
    for axes, case in zip(grid, cases, strict=True):
        order = np.argsort(-np.abs(case.contributions), kind="stable")
        steps = [(case.labels[i], float(case.contributions[i])) for i in order[:top]]
        steps.append((f"{len(order) - top} others", float(case.contributions[order[top:]].sum())))
        _waterfall(axes, case, steps)
    return png(figure)


def waterfall_columns(columns: Mapping[str, Sequence[Case]], *, top: int = 4) -> bytes:
    """A column a row of the sample, in it one waterfall a case below the other, all of a column on one axis."""
    blocks = max(len(cases) for cases in columns.values())
    figure, grid = panels(len(columns), columns=3, width=4.1, height=0.6 + 0.19 * blocks * (top + 2))
    for axes, (title, cases) in zip(grid, columns.items(), strict=True):
        _blocks(axes, cases, top)
        headed(axes, title)
    return png(figure)


def _blocks(axes: "Axes", cases: Sequence[Case], top: int) -> None:
    """Bars of all cases at once: single ones would take a second a page."""
    starts, steps, names, heads = list[float](), list[float](), list[str](), list[int]()
    for case in cases:
        order = np.argsort(-np.abs(case.contributions), kind="stable")
        found = [*case.contributions[order[:top]].tolist(), float(case.contributions[order[top:]].sum())]
        heads.append(len(names))
        names += [case.title, *(case.labels[i] for i in order[:top]), f"{max(len(order) - top, 0)} others"]
        steps += [0.0, *found]
        starts += [case.base, *(case.base + np.concatenate([[0.0], np.cumsum(found)[:-1]])).tolist()]
    place, step = -np.arange(len(names)), np.array(steps)
    axes.barh(place, step, left=starts, color=np.where(step > 0, ORANGE, BLUE), height=0.66)
    for at, start, size in zip(place.tolist(), starts, steps, strict=True):
        if size:
            axes.text(max(start, start + size), at, f" {size:+.2f}", va="center", size=6.5, color=MUTED, clip_on=True)
    for head, case in zip(heads, cases, strict=True):
        text = f"{case.base:.2f} becomes {case.reached:.2f}"
        axes.text(0.99, -head, text, transform=axes.get_yaxis_transform(), ha="right", va="center", size=6.5, color=INK)
        axes.axhline(-head + 0.5, color=GRID, lw=0.8)
    axes.set_yticks(place, [short(name) for name in names])
    for head in heads:
        axes.get_yticklabels()[head].set(color=INK, fontweight="bold")
    axes.set_ylim(place[-1] - 0.6, 0.6)
    # A bar's start would hold the limits to itself, and its label be cut.
    axes.use_sticky_edges = False
    axes.margins(x=0.28)
    axes.locator_params(axis="x", nbins=5)
    axes.tick_params(axis="y", length=0)
    across(axes)
    axes.set_xlabel("log-odds of bad")


def _waterfall(axes: "Axes", case: Case, steps: Sequence[tuple[str, float]]) -> None:
    reached = case.base
    for place, (_, step) in zip(range(len(steps))[::-1], steps, strict=True):
        colour = ORANGE if step > 0 else BLUE
        axes.barh(place, step, left=reached, color=colour, height=0.62)
        end, side = (max(reached, reached + step), "left") if step > 0 else (min(reached, reached + step), "right")
        axes.annotate(
            f"{step:+.2f}",
            (end, place),
            (3 if step > 0 else -3, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            size=7,
            color=MUTED,
        )
        reached += step
    axes.axvline(case.base, color=MUTED, lw=0.8, ls="--")
    axes.axvline(reached, color=INK, lw=0.9)
    axes.set_yticks(range(len(steps))[::-1], [short(label) for label, _ in steps])
    # A bar's start would hold the limits to itself, and its label be cut.
    axes.use_sticky_edges = False
    axes.margins(x=0.28)
    axes.locator_params(axis="x", nbins=5)
    across(axes)
    axes.set_xlabel(f"log-odds of bad: {case.base:.2f} becomes {reached:.2f}")
    headed(axes, case.title)
