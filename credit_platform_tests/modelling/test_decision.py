"""Ensembles, calibration, selection and the cut-off."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from credit_platform.contracts.score import CutOff
from credit_platform.modelling.calibration import fit_calibrator
from credit_platform.modelling.cut_off import choose_cut_off, cut_off_band
from credit_platform.modelling.ensemble import Ensemble, single, stacked, voting, weighted_average
from credit_platform.modelling.leaderboard import measured_intervals
from credit_platform.modelling.logistic import fit_logistic
from credit_platform.modelling.sample import Floats, Units
from credit_platform.modelling.selection import (
    Selection,
    Window,
    contenders_of,
    fit_calibrators,
    paired_difference,
    row_log_loss,
    select_candidate,
)

ROWS = 6000
ONES = np.ones(ROWS)


def portfolio() -> tuple[dict[str, Floats], Floats, Floats]:
    """True log-odds seen by two members through noise of their own, by one as noise, by one upside down."""
    generator = np.random.default_rng(3)
    truth = generator.normal(-2, 1.2, ROWS)
    members = {
        "first": truth + generator.normal(0, 0.8, ROWS),
        "second": truth + generator.normal(0, 0.8, ROWS),
        "noise": generator.normal(-2, 1, ROWS),
        "reversed": -truth + generator.normal(0, 2, ROWS),
    }
    return members, (generator.random(ROWS) < expit(truth)).astype(float), truth


def loss(margin: Floats, label: Floats) -> float:
    return float(row_log_loss(margin, label).mean())


def test_stacking_weights_are_not_negative_and_favour_what_informs() -> None:
    members, label, _ = portfolio()
    weights = {m.algorithm: m.weight for m in stacked(members, label, ONES).members}
    assert min(weights.values()) >= 0
    assert weights["reversed"] == 0
    assert min(weights["first"], weights["second"]) > 5 * weights["noise"]


def test_the_stack_beats_its_best_member_and_the_average_lies_between() -> None:
    members, label, _ = portfolio()
    stack, average = stacked(members, label, ONES), weighted_average(members, label, ONES)
    best = min(loss(margin, label) for margin in members.values())
    assert loss(stack.margin(members), label) < loss(average.margin(members), label) < best
    assert sum(m.weight for m in average.members) == pytest.approx(1)
    assert [m.weight for m in voting(members).members] == [0.25] * 4


def test_the_calibrator_recovers_a_planted_slope_and_intercept() -> None:
    generator = np.random.default_rng(4)
    margin = generator.normal(-1, 1.5, 60_000)
    label = generator.random(60_000) < expit(0.6 * margin - 0.5)
    found = fit_calibrator(margin, label, np.ones(60_000))
    assert found.slope == pytest.approx(0.6, abs=0.03)
    assert found.intercept == pytest.approx(-0.5, abs=0.04)
    # 17,000 bads leave the prior a tenth of the standard error of their rate.
    assert found.probability(margin).mean() == pytest.approx(label.mean(), abs=0.1 * np.sqrt(0.25 / 60_000))


def test_forty_bads_shrunk_towards_no_change_predict_better_than_taken_at_their_word() -> None:
    generator = np.random.default_rng(8)
    shrunk: list[float] = []
    literal: list[float] = []
    for _ in range(300):
        margin, later = generator.normal(-3.3, 1.1, (2, 800))
        moved = np.array([-3.3, 1.0]) + generator.normal(0, 0.2, 2)
        label = generator.random(800) < expit(moved[0] + moved[1] * (margin + 3.3))
        truth = expit(moved[0] + moved[1] * (later + 3.3))
        free = fit_logistic(margin[:, None], label, np.ones(800), ridge=0.0)
        for losses, log_odds in (
            (shrunk, fit_calibrator(margin, label, np.ones(800)).margin(later)),
            (literal, free.margin(later[:, None])),
        ):
            losses.append(float(row_log_loss(log_odds, truth).mean()))
    gain = np.array(literal) - shrunk
    assert gain.mean() > 3 * gain.std() / np.sqrt(len(gain))


def test_the_errors_of_a_calibrator_are_those_of_many_samples() -> None:
    generator = np.random.default_rng(9)
    slopes, said = [], []
    for _ in range(100):
        margin = generator.normal(-1, 1, 5_000)
        found = fit_calibrator(margin, generator.random(5_000) < expit(margin), np.ones(5_000))
        slopes.append(found.slope)
        said.append(found.slope_error)
    assert np.mean(said) == pytest.approx(np.std(slopes), rel=0.2)
    assert found.level_error == pytest.approx(1 / np.sqrt(5_000 * 0.18), rel=0.1)


def test_separated_classes_still_calibrate() -> None:
    margin = np.linspace(-2, 2, 40)
    found = fit_calibrator(margin, margin > 0, np.ones(40))
    assert 1 < found.slope < 20
    assert found.intercept == pytest.approx(0, abs=1e-6)


def test_nearly_equal_members_share_their_weight() -> None:
    members, label, _ = portfolio()
    twin = members["first"] + np.random.default_rng(5).normal(0, 1e-6, ROWS)
    weights = [m.weight for m in stacked({"first": members["first"], "twin": twin}, label, ONES).members]
    assert weights[0] == pytest.approx(weights[1], rel=0.01)


def test_a_score_that_is_upside_down_is_flattened_not_turned() -> None:
    members, label, _ = portfolio()
    assert 0 < fit_calibrator(members["reversed"], label, ONES).slope <= 1e-3


def test_a_calibrated_ensemble_is_the_ensemble_and_its_calibrator() -> None:
    members, label, _ = portfolio()
    stack = stacked(members, label, ONES)
    calibrated = stack.calibrated(slope=0.8, intercept=-0.1)
    assert calibrated.margin(members) == pytest.approx(0.8 * stack.margin(members) - 0.1)


def window(margins: dict[str, Floats], label: Floats, rows: slice) -> Window:
    """Every fifth customer has two rows."""
    part = label[rows].astype(np.int8)
    units = Units(
        key=np.arange(len(part)).astype(str),
        label=part,
        weight=np.ones(len(part)),
        entity=np.arange(len(part)) * 5 // 6,
    )
    return Window(units, {name: margin[rows] for name, margin in margins.items()})


def selected(ensembles: tuple[Ensemble, ...], margins: dict[str, Floats], label: Floats) -> Selection:
    """Calibrated on the first half of the rows, chosen on the second."""
    calibration, selection = (window(margins, label, rows) for rows in (slice(0, 3000), slice(3000, ROWS)))
    calibrators = fit_calibrators(contenders_of(ensembles, margins), calibration)
    return select_candidate(ensembles, calibrators, selection, seed=1)


def test_an_ensemble_that_gains_is_the_candidate() -> None:
    members, label, _ = portfolio()
    ensembles = (stacked(members, label, ONES), voting(members))
    selection = selected(ensembles, members, label)
    assert (selection.chosen.name, selection.best_ensemble) == ("stacked", "stacked")
    assert selection.best_member in ("first", "second")
    assert selection.difference.low > 0
    assert not selection.ensemble_is_significantly_worse
    assert set(selection.log_loss) == {"stacked", "voting", *members}


def test_an_ensemble_that_loses_gives_way_to_its_best_member() -> None:
    members, label, truth = portfolio()
    oof = {"first": truth, "noise": members["noise"]}
    selection = selected((voting(oof),), oof, label)
    assert selection.chosen == single("first")
    assert selection.ensemble_is_significantly_worse


def test_a_unit_of_weight_two_counts_as_two_in_the_choice_of_the_candidate() -> None:
    members, label, truth = portfolio()
    units = window(members, label, slice(0, ROWS)).units
    doubled = replace(units, weight=np.where(np.arange(ROWS) < 1_000, 2.0, 1.0))
    rows = np.concatenate([np.arange(ROWS), np.arange(1_000)])
    once = paired_difference(truth, members["noise"], doubled, seed=1, count=20)
    twice = paired_difference(truth[rows], members["noise"][rows], units.take(rows), seed=1, count=20)
    assert once.estimate == pytest.approx(twice.estimate, rel=1e-12)


def test_the_cut_off_by_cost_is_the_cheapest_of_all_and_near_the_bayes_threshold() -> None:
    _, label, truth = portfolio()
    probability, rule = expit(truth), CutOff(objective="cost", cost_of_accepted_bad=5, cost_of_declined_good=1)
    chosen = choose_cut_off(probability, label, ONES, rule=rule)
    costs = [(5 * label * (probability < t) + (1 - label) * (probability >= t)).mean() for t in np.linspace(0, 1, 400)]
    assert chosen.cost_per_unit <= min(costs) + 1e-12
    assert chosen.threshold == pytest.approx(1 / 6, abs=0.05)


def test_the_band_of_the_cut_off_holds_it_and_resamples_whole_customers() -> None:
    _, label, truth = portfolio()
    rule = CutOff(objective="cost", cost_of_accepted_bad=5, cost_of_declined_good=1)
    probability = expit(truth)
    units = Units(key=np.arange(ROWS).astype(str), label=label.astype(np.int8), weight=ONES)
    chosen = choose_cut_off(probability, label, ONES, rule=rule)
    band = cut_off_band(probability, units, rule=rule, seed=1, count=100)
    assert band["threshold"].estimate == chosen.threshold
    assert band["threshold"].low < 1 / 6 < band["threshold"].high
    assert band["cost_per_unit"].estimate == pytest.approx(chosen.cost_per_unit, abs=1e-12)
    assert band["cost_per_unit"].low < chosen.cost_per_unit < band["cost_per_unit"].high
    twins = np.repeat(np.arange(ROWS), 4)
    four = replace(units.take(twins), entity=twins)
    wider = cut_off_band(probability[twins], four, rule=rule, seed=1, count=100)["cost_per_unit"]
    one = band["cost_per_unit"]
    assert wider.high - wider.low == pytest.approx(one.high - one.low, rel=1e-9)


def test_the_cut_off_by_f1_reports_what_it_gives() -> None:
    _, label, truth = portfolio()
    probability = expit(truth)
    chosen = choose_cut_off(probability, label, ONES, rule=CutOff(objective="f1"))
    declined = np.round(probability, 6) >= chosen.threshold
    f1 = 2 * (declined * label).sum() / (declined.sum() + label.sum())
    assert chosen.f1 == pytest.approx(f1, abs=1e-12)
    assert chosen.accepted_share == pytest.approx(1 - declined.mean())
    assert chosen.bad_rate_of_accepted == pytest.approx(label[~declined].mean())


@pytest.mark.parametrize("shift", [0.0, 2e-6, 4e-6, 6e-6])
def test_rows_of_one_leaf_at_the_cut_off_count_as_the_service_decides_them(shift: float) -> None:
    """A whole leaf has one score; its sixth decimal rounds up or down, and the service declines it either way."""
    generator = np.random.default_rng(0)
    margin = np.array([-3.0, -1.23456, 0.7])[generator.integers(0, 3, ROWS)] + shift
    label = (generator.random(ROWS) < expit(margin)).astype(np.int8)
    chosen = choose_cut_off(expit(margin), label, ONES, rule=CutOff(objective="f1"))
    units = Units(key=np.arange(ROWS).astype(str), label=label, weight=ONES)
    found = measured_intervals(units, margin, cut_off=chosen.threshold, seed=1, resamples=20)["f1"]
    assert found.estimate == pytest.approx(chosen.f1, abs=1e-12)
    assert found.estimate > 0.6


def test_a_decision_in_two_parts_counts_once_in_every_metric_and_interval() -> None:
    """Half of the units in two rows of half the weight each: as if each were one row."""
    _, label, truth = portfolio()
    bad = label.astype(np.int8)
    whole = Units(key=np.arange(ROWS).astype(str), label=bad, weight=ONES, entity=np.arange(ROWS) // 2)
    parts = np.sort(np.concatenate([np.arange(ROWS), np.arange(0, ROWS, 2)]))
    in_parts = replace(whole.take(parts), weight=np.where(parts % 2, 1.0, 0.5))
    wanted = measured_intervals(whole, truth, cut_off=0.2, seed=1, resamples=10)
    found = measured_intervals(in_parts, truth[parts], cut_off=0.2, seed=1, resamples=10)
    for name, interval in wanted.items():
        each = found[name]
        assert (each.estimate, each.low, each.high) == pytest.approx((interval.estimate, interval.low, interval.high))


def test_where_every_bad_is_cheap_nobody_is_declined() -> None:
    rule = CutOff(objective="cost", cost_of_accepted_bad=1, cost_of_declined_good=1000)
    chosen = choose_cut_off(np.array([0.1, 0.2, 0.3]), np.array([0, 1, 0]), np.ones(3), rule=rule)
    assert chosen.accepted_share == 1.0
    assert chosen.threshold > 0.3
