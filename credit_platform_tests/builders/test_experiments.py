"""Declared comparisons of a labelled history: rates, means, planned splits, any-time readings."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from credit_platform.builders.experiments import _plots, compared, comparison_table, split_check
from credit_platform.contracts.experiment import Experiment
from credit_platform.contracts.use_case import UseCase
from credit_platform.statistics.experiments.comparison import ArmComparison, NotCompared

SAFE = {"name": "product", "column": "product", "control": "old", "treatment": "new"}


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    """4,000 loans of 1,000 customers, each with one product; the new one is worse by 8 points and costs 50 more."""
    generator = np.random.default_rng(0)
    customer = np.arange(4_000) // 4
    is_new = (generator.random(1_000) < 0.5)[customer]
    risk = generator.normal(0, 0.03, 1_000)[customer]
    bad = generator.random(4_000) < np.clip(np.where(is_new, 0.18, 0.10) + risk, 0, 1)
    amount = generator.normal(1_000, 100, 4_000) + 50 * is_new
    return pd.DataFrame(
        {
            "product": np.where(is_new, "new", "old"),
            "amount": np.where(np.arange(4_000) % 10 == 0, np.nan, amount),
            "label__bad": bad.astype(int),
            "label__entity": customer,
        }
    )


def run(history: pd.DataFrame, **changes: object) -> ArmComparison:
    found = compared(Experiment.model_validate(SAFE | changes), history)
    assert isinstance(found, ArmComparison)
    return found


def test_a_rate_is_compared_with_the_design_effect_of_its_customers(history: pd.DataFrame) -> None:
    found = run(history)
    rates = history.groupby("product")["label__bad"].mean()
    assert found.difference == pytest.approx(rates["new"] - rates["old"])
    assert found.low < 0.08 < found.high
    assert (found.verdict, found.split_p_value) == ("different", None)
    assert 1 <= found.design_effect < 2
    assert 0.02 < found.detectable < 0.06


def test_a_mean_leaves_out_rows_without_the_measure(history: pd.DataFrame) -> None:
    found = run(history, measure="amount")
    assert found.control_rows + found.treatment_rows == 3_600
    assert found.low < 50 < found.high


def test_an_interval_for_every_look_is_wider_and_has_no_p_value(history: pd.DataFrame) -> None:
    once, always = run(history), run(history, planned_units=1_000)
    assert always.p_value is None
    assert always.high - always.low > 1.2 * (once.high - once.low)


def test_a_split_of_customers_that_was_not_the_planned_one_voids_the_comparison(history: pd.DataFrame) -> None:
    fair, broken = run(history, control_share=0.5), run(history, control_share=0.8)
    assert (fair.is_split_broken, broken.is_split_broken) == (False, True)
    assert broken.verdict.startswith("not read")
    check = split_check({"fair": fair, "broken": broken})
    assert (check.passed, check.metadata["broken"].value) == (False, ["broken"])
    assert check.metadata["statistic"].value == broken.split_p_value
    assert split_check({"fair": fair}).passed


def test_an_arm_without_rows_is_said_to_be_so(history: pd.DataFrame) -> None:
    found = compared(Experiment.model_validate(SAFE | {"treatment": "none"}), history)
    assert isinstance(found, NotCompared)
    assert found.verdict.startswith("not run: rows of ('old', 'none') are ")
    assert split_check({"unplanned": found}).passed


def test_an_arm_that_was_planned_and_is_empty_breaks_the_split(history: pd.DataFrame) -> None:
    found = compared(Experiment.model_validate(SAFE | {"treatment": "none", "control_share": 0.5}), history)
    check = split_check({"nobody met it": found})
    assert (check.passed, check.metadata["broken"].value) == (False, ["nobody met it"])
    assert found.verdict.endswith("and 0: not the planned sizes")
    # Of two rows, none in the second arm is luck.
    few = compared(Experiment.model_validate(SAFE | {"treatment": "none", "control_share": 0.5}), history.iloc[:2])
    assert split_check({"few": few}).passed


def test_a_measure_that_is_no_feature_is_named(history: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"experiment 'product': columns \['amounts'\] are not in the features"):
        run(history, measure="amounts")


def test_a_share_of_everything_is_no_split() -> None:
    with pytest.raises(ValidationError, match="control_share"):
        Experiment.model_validate(SAFE | {"control_share": 1.0})


def test_each_measure_has_its_plot_and_each_experiment_its_line(history: pd.DataFrame) -> None:
    listed = [
        Experiment.model_validate(SAFE | {"name": n, "measure": m}) for n, m in (("rates", None), ("means", "amount"))
    ]
    use_case = UseCase.model_construct(experiments=tuple(listed))
    found = {experiment.name: compared(experiment, history) for experiment in listed}
    assert sorted(_plots(use_case, found)) == ["plot/amount", "plot/bad_rate"]
    assert [line.split("|")[1].strip() for line in comparison_table(found).splitlines()[2:]] == ["rates", "means"]
    assert comparison_table({}) == "No experiment is declared."
