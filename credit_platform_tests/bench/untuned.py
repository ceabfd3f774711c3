"""What the graph's models are worth out of time, against learners as they come out of the box.

Those learn from every row of the windows before the test, three where a member learns from one. The benchmark set is
compared on its own columns. Differences are paired, with an interval from a bootstrap of whole customers.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.ensemble import ensembles_of, load_ensembles
from credit_platform.builders.models import forests_of, load_models
from credit_platform.builders.pieces import benchmark_piece, load_training
from credit_platform.modelling.sample import Floats, Sample
from credit_platform.modelling.splits import Split
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap
from credit_platform.statistics.discrimination import auc, average_precision
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.graph.projects import Project

SEED, RESAMPLES = 7, 1_000
PEERS: dict[str, Callable[[], Any]] = {
    "LightGBM": lambda: LGBMClassifier(random_state=SEED, verbosity=-1),
    "random forest": lambda: RandomForestClassifier(random_state=SEED),
}


def against_untuned(project: Project) -> Iterator[Record]:
    """The candidate beside each peer, the stack beside each member, and the benchmark set beside each peer."""
    case, workbench, threads = project.use_case, project.workbench, project.settings.threads
    candidate = load_candidate(workbench, case)
    sample, split = candidate.sample, candidate.split
    test, ours = candidate.test, candidate.test_margin(threads=threads)
    for name, theirs in _peers(sample, split).items():
        gain = _paired(test, ours, theirs)
        yield Record(
            name=f"training/gain_over_{name}",
            value=gain.high,
            unit=f"AUC, upper end of 95% (estimate {gain.estimate:+.4f}, low {gain.low:+.4f})",
            peer=f"{name} untuned, {_told(test, theirs)}; ours ({candidate.served.name}) {_told(test, ours)}",
            goal=Goal(of="value", at_least=0.0),
        )
    forests = forests_of(load_models(workbench, case))
    margins = {name: forest.margin(test.matrix, threads=threads) for name, forest in forests.items()}
    ensembles = ensembles_of(load_ensembles(workbench, case))
    best = max(margins, key=lambda name: auc(test.label, margins[name], weight=test.weight))
    alone = {each.name: each.margin(margins) for each in ensembles} | margins
    gain = _paired(test, alone["stacked"], margins[best])
    yield Record(
        name="training/stack_over_its_best_member",
        value=gain.high,
        unit=f"AUC, upper end of 95% (estimate {gain.estimate:+.4f}, low {gain.low:+.4f})",
        peer="; ".join(f"{name} {_told(test, margin)}" for name, margin in alone.items()),
        goal=Goal(of="value", at_least=0.0),
    )
    for feature_set in case.features.benchmarks:
        sample, split, _ = load_training(workbench, case, feature_set)
        test, found = sample.take(split.test), workbench.load(case.name, benchmark_piece(feature_set)).document
        peers = "; ".join(f"{name} {_told(test, margin)}" for name, margin in _peers(sample, split).items())
        yield Record(
            name=f"training/{feature_set}",
            value=found["metrics"]["auc"],
            unit=f"AUC, AP {found['metrics']['average_precision']:.4f}",
            peer=f"untuned: {peers}",
            goal=Goal(of="value"),
        )


def _peers(sample: Sample, split: Split) -> dict[str, Floats]:
    """Probability (n,) of bad on the test rows by each peer, fitted to all rows before them."""
    rows = split.development
    out = {}
    for name, build in PEERS.items():
        fitted = build().fit(sample.matrix[rows], sample.label[rows], sample_weight=sample.weight[rows])
        out[name] = np.asarray(fitted.predict_proba(sample.matrix[split.test])[:, 1])
    return out


def _told(test: Sample, score: Floats) -> str:
    found = [measure(test.label, score, weight=test.weight) for measure in (auc, average_precision)]
    return f"{found[0]:.4f} AUC, {found[1]:.4f} AP"


def _paired(test: Sample, ours: Floats, theirs: Floats) -> Interval:
    measured = entity_bootstrap(
        lambda label, a, b, weight: {"gain": auc(label, a, weight=weight) - auc(label, b, weight=weight)},
        [test.label, ours, theirs, test.weight],
        test.entity,
        count=RESAMPLES,
        seed=SEED,
    )
    return measured["gain"]
