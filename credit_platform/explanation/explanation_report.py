"""Why the model scores as it does: importance, direction, reason codes, and what each member adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.contracts.score import Reason
from credit_platform.explanation import figures
from credit_platform.explanation.page import Cell, Page, Picture, Section, Table, number, percent, table, to_html
from credit_platform.explanation.reason_sums import main_shares, reason_sums
from credit_platform.statistics.arrays import Floats

_TOP = 20


@dataclass(frozen=True)
class Explained:
    """A sample that was explained: contributions and matrix (n, k) in the order of ``names``, log-odds of bad.

    ``categories`` names the features that are codes of categories, which no one reads as higher or lower.
    """

    values: Floats
    matrix: Floats
    names: tuple[str, ...]
    base: float
    categories: tuple[str, ...] = ()


def explanation_report(
    explained: Explained,
    *,
    title: str,
    subtitle: str,
    reasons: Sequence[Reason] = (),
    silent: Sequence[str] = (),
    members: Mapping[str, ArrayLike] | None = None,
    member_weights: Mapping[str, float] | None = None,
    further: Sequence[Section] = (),
    drawn: tuple[bytes, bytes] | None = None,
) -> str:
    """HTML with SHAP's beeswarm and bar, the top features, mean |contribution| by reason code and by member.

    ``reasons`` are those that the release gives, ``silent`` the features that none of them may name.
    ``members`` maps a member's name to how far it moves each unit from its baseline, (n,), after its weight.
    ``member_weights`` are the stacking weights that are printed beside the names. ``further`` sections follow.
    ``drawn`` are the beeswarm and the bar where they were drawn before.
    """
    importance = np.abs(explained.values).mean(axis=0)
    facts = (
        ("rows explained", number(len(explained.values))),
        ("features", number(len(explained.names))),
        ("baseline log-odds", f"{explained.base:.3f}"),
        ("baseline probability", percent(float(1 / (1 + np.exp(-explained.base))), digits=2)),
    )
    sections = [_pictures(explained, drawn), _top_features(explained, importance)]
    if reasons:
        sections.append(_by_reason(explained, reasons, silent))
    if members:
        sections.append(_by_member(members, member_weights or {}))
    return to_html(Page(title, subtitle, facts, (*sections, *further)))


def _pictures(explained: Explained, drawn: tuple[bytes, bytes] | None) -> Section:
    arguments = explained.values, explained.matrix, explained.names
    beeswarm, bar = drawn or (figures.shap_beeswarm(*arguments), figures.shap_bar(*arguments))
    text = (
        "Contributions are exact (TreeSHAP of the served forest) and additive: baseline plus contributions is the "
        "log-odds of bad. They say what the model uses, not what causes the outcome."
    )
    shown = (
        Picture(beeswarm, "SHAP beeswarm: one dot a unit and feature"),
        Picture(bar, "SHAP bar: mean absolute contribution"),
    )
    return Section("What drives the score", (text,), pictures=shown)


def _top_features(explained: Explained, importance: Floats) -> Section:
    order = np.argsort(-importance, kind="stable")[:_TOP]
    total, most = float(importance.sum()) or 1.0, float(importance.max()) or 1.0
    rows = [
        (
            explained.names[i],
            Cell(f"{importance[i]:.4f}", bar=float(importance[i] / most)),
            percent(float(importance[i]) / total),
            _direction(explained, i),
            f"{explained.values[:, i].max():+.3f}",
            f"{explained.values[:, i].min():+.3f}",
        )
        for i in order
    ]
    header = ("feature", "mean |contribution|", "share", "higher value means", "most adverse", "most favourable")
    return Section("Top features", tables=(table(header, rows),))


def _direction(explained: Explained, place: int) -> Cell:
    """Sign of the rank correlation of value and contribution, where it is clear (above .3 either way)."""
    if explained.names[place] in explained.categories:
        return Cell("by category", "muted")
    values, contribution = explained.matrix[:, place], explained.values[:, place]
    held = ~np.isnan(values)
    if held.sum() < 3 or np.ptp(values[held]) == 0 or np.ptp(contribution[held]) == 0:
        return Cell("–", "muted")
    ranks = [np.argsort(np.argsort(x[held], kind="stable"), kind="stable") for x in (values, contribution)]
    rho = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    if abs(rho) < 0.3:
        return Cell("mixed", "muted")
    return Cell("riskier", "bad") if rho > 0 else Cell("safer", "good")


def _by_reason(explained: Explained, reasons: Sequence[Reason], silent: Sequence[str]) -> Section:
    sums = reason_sums(explained.values, explained.names, reasons)
    mean, main = np.abs(sums).mean(axis=0), main_shares(sums)
    order = np.argsort(-mean, kind="stable")
    rows = [
        (
            reasons[i].code,
            reasons[i].wording,
            ", ".join(reasons[i].features),
            Cell(f"{mean[i]:.4f}", bar=float(mean[i] / (mean.max() or 1.0))),
            percent(float(main[i])),
        )
        for i in order
    ]
    header = ("code", "wording", "features", "mean |contribution|", "is the main adverse reason")
    text = "A reason's contribution is the sum of its features'; the last column is the share of explained units."
    left_out = (f"Left out of every reason, see the declared signs: {', '.join(silent)}.",) if silent else ()
    return Section("Reason codes", (text, *left_out), tables=(table(header, rows, text_columns=3),))


def _by_member(members: Mapping[str, ArrayLike], weights: Mapping[str, float]) -> Section:
    mean = {name: float(np.abs(np.asarray(part)).mean()) for name, part in members.items()}
    order = sorted(mean, key=lambda name: -mean[name])
    picture = figures.bars(
        "Members", [name.replace("_", " ") for name in order], [mean[n] for n in order], axis_name="log-odds"
    )
    rows = [(name, f"{weights[name]:.4f}" if name in weights else "–", f"{mean[name]:.4f}") for name in order]
    content: Table = table(("member", "weight", "mean |contribution|"), rows)
    text = "How far each member alone moves a unit from the baseline, on average, after its weight."
    return Section("Members of the ensemble", (text,), tables=(content,), pictures=(Picture(picture, "By member"),))
