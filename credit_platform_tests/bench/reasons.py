"""Reasons of 100,000 loans: how fast, how exactly they add up, and whether noise or a declared sign moves them."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import shap

from credit_platform.contracts.score import Reason
from credit_platform.engine.forest import load_forest
from credit_platform.modelling import algorithms
from credit_platform.modelling.bulk_reasons import bulk_contributions
from credit_platform.modelling.clearance import with_clearance
from credit_platform.modelling.encoding import encode
from credit_platform.modelling.fold import to_xgboost
from credit_platform.modelling.forest import Forest, combine
from credit_platform.modelling.reason_stability import reason_stability
from credit_platform.modelling.reason_sweep import SWEEP_LIMIT, sweep_contributions, without_offenders
from credit_platform.modelling.sample import Matrix, Sample
from credit_platform_tests.bench.lending import lending, lending_frame
from credit_platform_tests.bench.own_members import Own, own_members
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import seconds

SEED, THREADS, REFERENCE_ROWS, ROWS = 5, 2, 5_000, 100_000
PEER_ROWS = 5_000
"""shap takes as long for each row as for the one before; minutes for all of them would tell no more."""
SWEPT_ROWS, FRESH_ROWS = 100, 200
NOISE = 1e-9
REFITS, REFIT_ROWS, REFIT_EXPLAINED = 20, 10_000, 1_000
"""Of all rows a refit of five members takes minutes, and there are twenty."""
SIGNS = {"Total_Amount_to_Repay": 1, "duration": 1, "Lender_portion_Funded": -1}


def benchmarks() -> Iterator[Record]:
    """Speed against shap on the members, additivity, the same reasons under noise, and signs swept."""
    what, sample = lending()
    matrix = explained_rows(sample)
    text = f"{len(matrix):,} rows, {min(len(sample), ROWS):,} {what} as they are and the others with 1% of jitter"
    found = own_members(sample, params={}, seed=SEED, threads=THREADS)
    reference = sample.matrix[:REFERENCE_ROWS]
    yield from _in_bulk(found, matrix, reference, names=sample.names, what=text)
    yield from _under_noise(combined({n: own.forest for n, own in found.items()}, sample), sample, what=what)
    yield from _swept(sample)
    yield from _refitted(sample, what=what)


def explained_rows(sample: Sample) -> Matrix:
    """``ROWS`` rows: those of the sample, and as many again as are missing, every number of theirs off by up to 1%."""
    if len(sample) >= ROWS:
        return sample.matrix[:ROWS]
    generator = np.random.default_rng(SEED)
    again = sample.matrix[generator.integers(0, len(sample), ROWS - len(sample))]
    is_number = np.array([feature.kind == "numeric" for feature in sample.features])
    jitter = generator.uniform(0.99, 1.01, again.shape).astype(np.float32)
    return np.concatenate([sample.matrix, np.where(is_number, again * jitter, again)])


def combined(forests: Mapping[str, Forest], sample: Sample) -> Forest:
    """The forests at equal weights with their thresholds clear of the sample's values, as training leaves them."""
    weight = 1 / len(forests)
    return combine([(with_clearance(each, sample.matrix), weight) for each in forests.values()], bias=0.0)


def _in_bulk(
    found: Mapping[str, Own], matrix: Matrix, reference: Matrix, *, names: tuple[str, ...], what: str
) -> Iterator[Record]:
    whole = combine([(own.forest, 1 / len(found)) for own in found.values()], bias=0.0)
    trees = {name: own for name, own in found.items() if name != "logistic_regression"}
    explainers = {name: shap.TreeExplainer(own.model) for name, own in trees.items()}
    asked = {name: own.prepared(matrix[:PEER_ROWS]) for name, own in trees.items()}
    theirs = seconds(lambda: [explainers[n].shap_values(asked[n], check_additivity=False) for n in trees])
    ours = seconds(lambda: bulk_contributions(whole, reference, matrix, threads=THREADS))
    yield Record(
        name="reasons/bulk",
        value=len(matrix) / ours,
        unit=f"rows/s, {what}",
        peer=f"shap.TreeExplainer of the four tree members, {PEER_ROWS:,} of the rows",
        ratio=(len(matrix) / ours) / (PEER_ROWS / theirs),
        goal=Goal(of="ratio", at_least=5.0),
    )
    served = load_forest(to_xgboost(whole, names, reference, threads=THREADS), feature_count=len(names))
    margin, expected = served.margin(matrix), served.margin(reference)
    values, base = bulk_contributions(whole, reference, matrix, threads=THREADS)
    yield Record(
        name="reasons/additive",
        value=float(np.abs(values.sum(axis=1) + base - margin).max()),
        unit=f"log-odds to the served margin, worst of {len(matrix):,} rows",
        goal=Goal(of="value", at_most=1e-3),
    )
    yield Record(
        name="reasons/baseline",
        value=float(abs(base - expected.mean())),
        unit="log-odds to the mean served of the reference",
        goal=Goal(of="value", at_most=1e-3),
    )


def _under_noise(forest: Forest, sample: Sample, *, what: str) -> Iterator[Record]:
    """The rows that thresholds were cleared of, and rows that no model has seen: the same with 1% of jitter."""
    generator = np.random.default_rng(SEED)
    frame = lending_frame()
    numbers = [feature.name for feature in sample.features if feature.kind == "numeric"]
    fresh = frame.copy()
    for name in numbers:
        fresh[name] = fresh[name] * generator.uniform(0.99, 1.01, len(fresh))
    yield _same_top(forest, sample, frame, "same_top_under_noise", f"{len(frame):,} {what}", all_of_them=True)
    unit = f"{len(frame):,} {what} with 1% of jitter, which thresholds were not cleared of"
    yield _same_top(forest, sample, fresh, "same_top_under_noise_fresh_rows", unit, all_of_them=False)


def _same_top(
    forest: Forest, sample: Sample, frame: pd.DataFrame, name: str, what: str, *, all_of_them: bool
) -> Record:
    """Every row once more with each number of the file 1e-9 off, in itself or, for half of them, of its size."""
    generator, changed = np.random.default_rng(SEED), frame.copy()
    for column in (feature.name for feature in sample.features if feature.kind == "numeric"):
        noise = generator.uniform(-NOISE, NOISE, len(frame))
        changed[column] += noise * np.where(generator.random(len(frame)) < 0.5, 1.0, frame[column])
    matrix, noisy = encode(frame, sample.features), encode(changed, sample.features)
    reference = sample.matrix[:REFERENCE_ROWS]
    before, _ = bulk_contributions(forest, reference, matrix, threads=THREADS)
    after, _ = bulk_contributions(forest, reference, noisy, threads=THREADS)
    other = int((before.argmax(axis=1) != after.argmax(axis=1)).sum())
    moved = int(((matrix != noisy) & ~np.isnan(noisy)).sum())
    return Record(
        name=f"reasons/{name}",
        value=1 - other / len(frame),
        unit=f"share of {what} ({moved:,} cells changed in float32, {other:,} rows with another top reason)",
        goal=Goal(of="value", at_least=1.0 if all_of_them else None),
    )


def _swept(sample: Sample) -> Iterator[Record]:
    """With signs that the members keep, and with signs that nobody told them of."""
    fresh = sample.matrix[np.random.default_rng(SEED).choice(len(sample), FRESH_ROWS, replace=False)]
    reference = sample.matrix[:REFERENCE_ROWS]
    swept_rows = reference[np.linspace(0, len(reference) - 1, SWEPT_ROWS).astype(np.int64)]
    dictionary = tuple(Reason(code=name, wording=name, features=(name,)) for name in sample.names)
    for title, told in (("constrained", SIGNS), ("free", {})):
        members = {
            name: algorithms.fit(name, sample, params={}, seed=SEED, threads=THREADS, monotone=told)
            for name in algorithms.ALGORITHMS
        }
        forest = combined(members, sample)
        swept = sweep_contributions(forest, reference, swept_rows, names=sample.names, monotone=SIGNS, threads=THREADS)
        kept = {reason.code for reason in without_offenders(dictionary, swept)}
        again = sweep_contributions(
            forest, reference, fresh, names=sample.names, monotone=SIGNS, threads=THREADS, with_proved=True
        )
        offenders = sum(each.is_offender for each in swept)
        proved = sum(each.is_proved for each in swept)
        yield Record(
            name=f"reasons/sweep_violations_{title}",
            value=sum(each.feature in kept and each.against > SWEEP_LIMIT for each in again),
            unit=f"of {len(SIGNS)} signs ({proved} proved, {offenders} dropped), swept on {FRESH_ROWS:,} other rows",
            goal=Goal(of="value", at_most=0),
        )


def _refitted(sample: Sample, *, what: str) -> Iterator[Record]:
    """No goal: how stable reasons are is a fact of the data, which the reader of a reason should know."""
    rows = np.random.default_rng(SEED).choice(len(sample), min(REFIT_ROWS, len(sample)), replace=False)
    training = sample.take(np.sort(rows))

    def refit(drawn: Sample) -> Forest:
        members = {
            name: algorithms.fit(name, drawn, params={}, seed=SEED, threads=THREADS, monotone={})
            for name in algorithms.ALGORITHMS
        }
        return combined(members, drawn)

    found = reason_stability(
        refit(training),
        refit,
        training,
        training.matrix[:REFIT_EXPLAINED],
        reference=training.matrix[:REFERENCE_ROWS],
        reasons=tuple(Reason(code=name, wording=name, features=(name,)) for name in sample.names),
        count=REFITS,
        seed=SEED,
        threads=THREADS,
    )
    unit = f"over {REFITS} refits on bootstrapped samples of {len(training):,} {what}, {found.rows:,} rows explained"
    for name, values in (("same_top", found.same_top), ("overlap_of_four", found.overlap)):
        yield Record(
            name=f"reasons/refits_{name}",
            value=float(np.mean(values)),
            unit=f"{unit}; least {min(values):.3f}",
            goal=Goal(of="value"),
        )
