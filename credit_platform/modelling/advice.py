"""Advice on a split and a leakage scan of one feature set: figures first, then what they mean."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from credit_platform.modelling.fold_figures import unknown_labels
from credit_platform.modelling.leakage import post_outcome_test, single_feature_auc
from credit_platform.modelling.repeats import copies_across, same_decision
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.splits import Split

SUSPICIOUS_AUC = 0.95
SUSPICIOUS_SHARE = 0.90
FEWEST_ENTITIES = 20
SUSPICIOUS_P = 1e-6
COPIED_SHARE = 0.01
TREND_SHARE = 0.75
"""Within-entity test: a value on one side in .90 of at least 20 entities, where goods alone move to that side in
less than .75 of their steps (above, it is a trend in time: an entity's bad unit tends to be its last)."""

Kind = Literal[
    "entity_repeats", "same_decision", "time_order", "duplicates", "entities_across_time", "entities_across_split",
    "entities_across_folds", "unknown_labels_in_folds", "single_feature_auc", "post_outcome",
]  # fmt: skip
Level = Literal["info", "warning", "blocking"]


@dataclass(frozen=True)
class Finding:
    """One observation: ``figure`` in the unit that ``message`` names; a blocking one closes the gate."""

    kind: Kind
    level: Level
    figure: float
    message: str
    feature: str | None = None


@dataclass(frozen=True)
class SplitAdvice:
    """How the portfolio should be split, what was found, and whether training on this feature set is refused."""

    recommended: Literal["time", "stratified"]
    grouped_by_entity: bool
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        return any(finding.level == "blocking" for finding in self.findings)

    @property
    def suspects(self) -> tuple[str, ...]:
        """Features that look like values from after the outcome, each once."""
        return tuple(dict.fromkeys(each.feature for each in self.findings if each.feature is not None))


def advise_split(sample: Sample, split: Split, *, is_gating: bool) -> SplitAdvice:
    """Advise on a split of ``sample`` (all labelled units) and scan its features for what no decision could know.

    Only the gating feature set can block: for a feature that looks like a value from after the outcome, for one whose
    AUC alone is above .95 in a portfolio with entities, for labels used before the test that were not final by then,
    or for entities on both sides of a fold inside training or of a split that is not by time. Without entities a high
    single-feature AUC only warns: nothing can then tell a leak from a feature that is simply that good, and tables of
    measurements hold such features. Entities on both sides of a time window are reported: customers come back.
    Development rows are those of every window before the test.
    """
    # A scan fits nothing that is served, so it takes all rows before the test: a leak shows in repeats of an entity.
    training, development = sample.take(split.train), sample.take(split.development)
    order = _time_order(sample, split, is_gating=is_gating)
    units = (order, _duplicates(sample, split), _entity_repeats(sample), _same_decision(sample))
    is_in_order = order is not None and order.level == "info"
    across = _across_time(sample, split) if is_in_order else _across_split(sample, split, is_gating=is_gating)
    folds = (_across_folds(training, split, is_gating=is_gating), _unknown_in_folds(training, split))
    findings = [finding for finding in (*units, across, *folds) if finding is not None]
    for position in range(len(sample.features)):
        findings += _scan(development, position, is_gating=is_gating)
    return SplitAdvice(
        recommended="time" if sample.decided is not None else "stratified",
        grouped_by_entity=sample.entity is not None,
        findings=tuple(findings),
    )


def _scan(sample: Sample, position: int, *, is_gating: bool) -> list[Finding]:
    name, found = sample.names[position], []
    alone = single_feature_auc(sample, position)
    if alone > SUSPICIOUS_AUC:
        level: Literal["blocking", "warning"] = "blocking" if is_gating and sample.entity is not None else "warning"
        message = f"{name} alone ranks bads with AUC {alone:.3f}; check that it is known at the decision"
        found.append(Finding("single_feature_auc", level, alone, message, name))
    if sample.entity is None:
        return found
    test = post_outcome_test(sample, position)
    is_one_sided = test.share >= SUSPICIOUS_SHARE and test.p_value < SUSPICIOUS_P
    if test.entities >= FEWEST_ENTITIES and is_one_sided and test.control_share < TREND_SHARE:
        message = (
            f"{name} separates the bads from the goods of one entity in {test.share:.1%} of {test.entities} entities; "
            "it looks like a value written after the outcome"
        )
        found.append(Finding("post_outcome", "blocking" if is_gating else "warning", test.share, message, name))
    return found


def _time_order(sample: Sample, split: Split, *, is_gating: bool) -> Finding | None:
    if sample.decided is None or sample.final is None:
        return None
    opens = sample.decided[split.test].min()
    gap = int((opens - sample.decided[split.development].max()) / np.timedelta64(1, "D"))
    late = int((sample.final[split.development] >= opens).sum())
    message = (
        f"the last development decision is {gap} days before the first test decision ({opens}); "
        f"{late} development labels were not final by then"
    )
    return Finding("time_order", _level(late or gap <= 0, is_gating=is_gating), float(gap), message)


def _duplicates(sample: Sample, split: Split) -> Finding:
    found = copies_across(sample, split.development, split.test)
    share = found.rows / len(split.test)
    message = (
        f"{found.rows} of {len(split.test)} test rows ({share:.1%}) have the features of a development row, "
        f"{found.distinctive} of them with a value that is too rare for a chance"
    )
    is_suspicious = found.distinctive > COPIED_SHARE * len(split.test)
    return Finding("duplicates", "warning" if is_suspicious else "info", share, message)


def _same_decision(sample: Sample) -> Finding | None:
    if sample.entity is None or sample.decided is None:
        return None
    found = same_decision(sample)
    share = found.rows / len(sample)
    message = (
        f"{found.rows} rows ({share:.1%}) share entity and decision day with another row: {found.pairs} pairs where "
        f"chance gives {found.expected_pairs:.0f}, {found.agreement:.1%} of them with one outcome; "
        "they count as one decision, not as several, in folds, weights and intervals"
    )
    return Finding("same_decision", "warning" if found.p_value < SUSPICIOUS_P else "info", share, message)


def _entity_repeats(sample: Sample) -> Finding | None:
    if sample.entity is None:
        return None
    entities = len(np.unique(sample.entity.astype(str)))
    mean = len(sample) / entities
    return Finding("entity_repeats", "info", mean, f"{len(sample)} units of {entities} entities, {mean:.1f} each")


def _across_time(sample: Sample, split: Split) -> Finding | None:
    if sample.entity is None:
        return None
    shared = np.isin(sample.entity[split.test], sample.entity[split.development])
    message = f"{shared.mean():.1%} of test units belong to entities seen in development, as at deployment"
    return Finding("entities_across_time", "info", float(shared.mean()), message)


def _across_split(sample: Sample, split: Split, *, is_gating: bool) -> Finding | None:
    if sample.entity is None:
        return None
    shared = np.isin(sample.entity[split.test], sample.entity[split.development])
    message = (
        f"{shared.mean():.1%} of test units belong to entities seen in development, in a split that is not by time"
    )
    return Finding("entities_across_split", _level(shared.any(), is_gating=is_gating), float(shared.mean()), message)


def _across_folds(training: Sample, split: Split, *, is_gating: bool) -> Finding | None:
    if training.entity is None:
        return None
    entity = training.entity
    both = max(len(np.intersect1d(entity[fold.fit], entity[fold.score])) for fold in split.folds)
    message = f"{both} entities on both sides of a fold inside training"
    return Finding("entities_across_folds", _level(both, is_gating=is_gating), float(both), message)


def _unknown_in_folds(training: Sample, split: Split) -> Finding | None:
    """Never blocking: a use case may declare folds that mix the weeks, and is told what that means."""
    late = [count for fold in split.folds if (count := unknown_labels(training, fold)) is not None]
    if not late:
        return None
    message = (
        f"up to {max(late)} labels that a fold inside training learns from were not final on the first day that it "
        "scores; out-of-fold figures of such folds flatter, split.expanding: true has none"
    )
    return Finding("unknown_labels_in_folds", "warning" if max(late) else "info", float(max(late)), message)


def _level(is_wrong: object, *, is_gating: bool) -> Level:
    return "info" if not is_wrong else "blocking" if is_gating else "warning"
