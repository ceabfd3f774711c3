"""A use case that contradicts itself is refused with what was found and what to do."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.gate import Gate
from credit_platform.contracts.score import Band, ScoreScale
from credit_platform.contracts.source import Column, FileLayout, Source
from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.contracts.use_case import Features, FeatureSet, UseCase
from credit_platform_tests.graph.projects import CHECKOUT, USE_CASES


def split_backwards() -> Frozen:
    later, earlier = dt.date(2022, 11, 30), dt.date(2022, 10, 15)
    return TimeSplit(
        kind="time",
        column="decided",
        history_until=later,
        calibration_from=dt.date(2022, 8, 25),
        selection_from=dt.date(2022, 9, 20),
        oot_from=later,
        oot_until=earlier,
    )


def selection_before_calibration() -> Frozen:
    return TimeSplit(
        kind="time",
        column="decided",
        history_until=dt.date(2022, 11, 30),
        calibration_from=dt.date(2022, 9, 20),
        selection_from=dt.date(2022, 8, 25),
        oot_from=dt.date(2022, 10, 15),
        oot_until=dt.date(2022, 11, 30),
    )


def shares_without_training_rows() -> Frozen:
    return StratifiedSplit(kind="stratified", test_share=0.5, calibration_share=0.25, selection_share=0.25)


def bands_rising() -> Frozen:
    return ScoreScale(bands=(Band(name="low", minimum=570), Band(name="high", minimum=660), Band(name="rest")))


def bands_without_a_floor() -> Frozen:
    return ScoreScale(bands=(Band(name="high", minimum=660), Band(name="low", minimum=570)))


def gate_without_a_bound() -> Frozen:
    return Gate(metric="auc")


def set_that_is_not_declared() -> Frozen:
    return Features(gating="plain", sets={"wide": FeatureSet(columns=("amount",))})


def sets_that_extend_each_other() -> Frozen:
    return Features(gating="a", sets={"a": FeatureSet(extends="b"), "b": FeatureSet(extends="a")})


def daily_file_read_once() -> Frozen:
    return Source(
        name="requests",
        role="requests",
        layouts=(FileLayout(path="new_data_{day}.csv"),),
        columns=(Column(name="ID", type="text"),),
    )


def column_declared_twice() -> Frozen:
    columns = (Column(name="Loan ID", type="text"), Column(name="loan_id", type="text"))
    return Source(name="loans", role="history", layouts=(FileLayout(path="loans.csv"),), columns=columns)


CONTRADICTIONS: list[tuple[Callable[[], Frozen], str]] = [
    (split_backwards, "oot_from 2022-11-30, oot_until 2022-10-15 .* expected them in this order; correct the dates"),
    (selection_before_calibration, "calibration_from 2022-09-20, selection_from 2022-08-25, .* correct the dates"),
    (shares_without_training_rows, "add up to 1.00, expected less than 1, so that rows are left to train on"),
    (bands_rising, r"found bands with minimum \[570, 660, None\], expected falling minima"),
    (bands_without_a_floor, r"minimum \[660, 570\], .* a last band without one; order them from the best score down"),
    (gate_without_a_bound, "gate on 'auc' names neither minimum nor maximum; give it one, or remove it"),
    (set_that_is_not_declared, r"set \['plain'\] is named but not declared; declared: \['wide'\]"),
    (sets_that_extend_each_other, r"set 'a' extends itself \(a -> b -> a\); remove one extends"),
    (daily_file_read_once, "layout 'new_data_{day}.csv' does not fit cadence 'once'"),
    (column_declared_twice, r"source 'loans': columns \['loan_id'\] are declared twice"),
]


@pytest.mark.parametrize(("made", "told"), CONTRADICTIONS, ids=[made.__name__ for made, _ in CONTRADICTIONS])
def test_a_contradiction_is_named(made: Callable[[], Frozen], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        made()


def test_a_set_holds_the_columns_of_those_it_extends_first_and_once() -> None:
    sets = {
        "all": FeatureSet(extends="more", columns=("rate", "amount")),
        "more": FeatureSet(extends="few", columns=("term",)),
        "few": FeatureSet(columns=("amount",)),
    }
    features = Features(gating="few", sets=sets)
    assert features.columns_of("all") == ("amount", "term", "rate")
    assert features.benchmarks == ("all", "more")


def classifier(**changes: object) -> UseCase:
    """The committed portfolio of samples, with some of its attributes changed."""
    path = CHECKOUT / USE_CASES / "risk_classifier" / "defs.yaml"
    attributes: dict[str, Any] = yaml.safe_load(path.read_text())["attributes"]
    return UseCase.model_validate(attributes | changes)


def test_a_protected_attribute_is_no_feature_of_any_set_and_no_reason() -> None:
    with pytest.raises(ValidationError, match=r"protected attributes used as features: \['mean_radius'\]"):
        classifier(protected=["mean_radius"])
    features = classifier().features.model_dump()
    features["sets"]["wide"] = {"extends": "measurements", "columns": ["age"]}
    with pytest.raises(ValidationError, match=r"protected attributes used as features: \['age'\]"):
        classifier(protected=["age"], features=features)
    reasons = [reason.model_dump() for reason in classifier().reasons]
    reasons.append({"code": "RC99", "wording": "Age of the applicant", "features": ["age"]})
    with pytest.raises(ValidationError, match=r"outside the gating set: \['age'\].* named in a reason: \['age'\]"):
        classifier(protected=["age"], reasons=reasons)
    assert classifier(protected=["age"]).protected == ("age",)


def test_a_gate_on_fairness_needs_a_protected_attribute() -> None:
    gates = [{"metric": "auc", "minimum": 0.9}, {"metric": "fairness_selection_ratio", "minimum": 0.8}]
    with pytest.raises(ValidationError, match=r"without protected attributes: \['fairness_selection_ratio'\]"):
        classifier(gates=gates)
    found = classifier(gates=gates, protected=["age"]).gates
    assert [gate.is_of_fairness for gate in found] == [False, True]
    assert found[1].rule == "fairness_selection_ratio (upper end of the lowest interval) at least 0.8"


def test_only_numbers_of_a_request_can_be_changed_by_an_applicant() -> None:
    with pytest.raises(ValidationError, match=r"no number of a request: \['sample_id', 'shoe_size'\]"):
        classifier(actionable=[{"field": "sample_id", "direction": "lower", "together": ["shoe_size"]}])
    moved = [
        {"field": "mean_area", "direction": "lower", "together": ["mean_radius"]},
        {"field": "mean_radius", "direction": "either"},
    ]
    with pytest.raises(ValidationError, match=r"change together with another: \['mean_radius'\]"):
        classifier(actionable=moved)
    with pytest.raises(ValidationError, match=r"actionable fields that are protected: \['mean_area'\]"):
        classifier(actionable=[{"field": "mean_area", "direction": "lower"}], protected=["mean_area"])


def test_a_portfolio_without_time_has_no_gate_by_month() -> None:
    gates = [{"metric": "score_psi", "maximum": 0.25}, {"metric": "worst_month_auc", "minimum": 0.6}]
    with pytest.raises(ValidationError, match=r"gates by month of a portfolio without time: \['worst_month_auc'\]"):
        classifier(gates=gates)
    assert classifier(gates=gates[:1]).gates[0].rule == "score_psi at most 0.25"
