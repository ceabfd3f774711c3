"""How a challenger turned out: what a scorer wrote into its journal, joined to the outcomes that came in since."""

import datetime as dt
import json
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from credit_platform.builders import challenger_outcomes
from credit_platform.builders.challenger_outcomes import Tried, as_canary, challenger_asset, in_shadow, latest_trial
from credit_platform.builders.experiments import split_check
from credit_platform.contracts.challenger import CHAIN, Trial
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import Target, Unit, UseCase
from credit_platform.resources.ledger import Ledger
from credit_platform.resources.warehouse import Warehouse
from credit_platform_tests.scorer.conftest import Running
from credit_platform_tests.scorer.test_champions import within
from credit_platform_tests.scorer.test_traffic import by_customer, challenge, recorded

USE_CASE = UseCase.model_construct(
    name="tiny",
    owners=("team:tests",),
    unit=Unit(name="loans", key="loan_key", inputs_model="int_i", features_model="ftr_f", labels_model="fct_loans"),
    target=Target(column="is_bad", meaning="not repaid", known_for="approved"),
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """These scorers are told of a challenger; others take a second to look."""
    monkeypatch.setattr(challenger_outcomes, "FOLLOWED", dt.timedelta(0))


def tell(settings: Settings, trial: Trial | None) -> None:
    """An entry of the challengers' chain."""
    with Ledger(settings).locked("tiny" + CHAIN) as ledger:
        ledger.add(
            kind="withdrawal" if trial is None else "challenge", trial=trial, reason="a test", release_id="r2",
            manifest_sha256="0" * 64, model_sha256="0" * 64, is_passed=True, unmet=(),
            effective_from=dt.date(2022, 12, 1),
        )  # fmt: skip


def outcomes(settings: Settings, bad: dict[str, int]) -> None:
    """The warehouse's table of labels."""
    rows = pd.DataFrame({"loan_key": list(bad), "is_bad": list(bad.values())})
    columns = {"loan_key": "varchar", "is_bad": "integer"}
    Warehouse(settings).replace("tiny", (USE_CASE.star_schema, "fct_loans"), columns=columns, rows=rows)


def turned(settings: Settings) -> tuple[dict[str, Any], dg.AssetCheckEvaluation]:
    """Metadata and check of the materialised asset."""
    ran = dg.materialize(
        [challenger_asset(USE_CASE)], resources={"settings": settings, "warehouse": Warehouse(settings)}
    )
    (event,) = ran.get_asset_materialization_events()
    found = {name: value.value for name, value in event.materialization.metadata.items()}
    return found, ran.get_asset_check_evaluations()[0]


def test_a_shadow_is_compared_with_the_champion_by_the_outcomes_of_the_same_units(running: Running) -> None:
    tell(running.settings, Trial(mode="shadow", share=100))
    challenge(running, Trial(mode="shadow", share=100), sequence=1)
    answered = by_customer(running)
    assert within(10, lambda: len(recorded(running)) == 120)
    # A second decision on a unit is not another unit, and of ten no outcome came in.
    running.one(customer="C-1", **{"Loan Key": "L-C-1"})
    assert within(10, lambda: len(recorded(running)) == 122)
    bad = {f"L-C-{n}": int(n % 3 == 0) for n in range(50)}
    outcomes(running.settings, bad)
    shadows = {
        json.loads(each.payload or b"")["inputs"]["loan_key"]: json.loads(each.payload or b"")["answer"]
        for each in recorded(running)
        if each.entry.role == "shadow"
    }
    errors = {
        name: np.mean([(p - bad[f"L-{customer}"]) ** 2 for customer, p in each.items() if f"L-{customer}" in bad])
        for name, each in {
            "champion": {customer: result["probability"] for customer, result in answered.items()},
            "challenger": {unit.removeprefix("L-"): answer["probability"] for unit, answer in shadows.items()},
        }.items()
    }
    found, check = turned(running.settings)
    assert (found["challenger"], found["champions"], found["decisions"]) == ("r2", ["r1"], 122)
    assert (found["pairs"], found["matured"], found["outcomes"]) == (60, 50, 102)
    assert (found["brier/champion"], found["brier/challenger"]) == pytest.approx(tuple(errors.values()), abs=1e-12)
    assert found["gain"] == pytest.approx(errors["champion"] - errors["challenger"], abs=1e-12)
    assert found["accepted/champion"] == np.mean([result["prediction"] == 0 for result in answered.values()])
    assert (check.passed, found["population"]) == (True, "outcomes that came in, approved")


def test_a_canary_is_compared_by_entities_until_it_was_withdrawn(running: Running) -> None:
    tell(running.settings, Trial(mode="canary", share=50))
    challenge(running, Trial(mode="canary", share=50), sequence=1)
    answered = by_customer(running, count=100)
    tell(running.settings, None)
    challenge(running, None, sequence=2)
    running.one(customer="C-late", **{"Loan Key": "L-late"})
    outcomes(running.settings, {f"L-C-{n}": n % 2 for n in range(100)} | {"L-late": 1})
    found, check = turned(running.settings)
    assert (found["decisions"], found["outcomes"], found["trial"]) == (100, 100, "canary, 50% of entities")
    assert found["until"] != "it lasts"
    challengers = sum(result["model"]["role"] == "challenger" for result in answered.values())
    cells = [cell.strip() for cell in found["table"].splitlines()[-1].split("|")]
    assert (cells[1], cells[3:5]) == ("bad_rate", [str(100 - challengers), str(challengers)])
    statistic = check.metadata["statistic"].value
    assert check.passed and isinstance(statistic, float) and statistic > 0.001


def test_a_release_that_was_never_tried_opens_no_journal(running: Running) -> None:
    assert latest_trial(running.settings, "tiny") is None
    assert turned(running.settings)[0] == {"verdict": "no release was ever tried beside the champion"}


def decisions(rows: int, *, challenger: float, bad: tuple[float, float]) -> pd.DataFrame:
    """Decisions of as many entities, ``challenger`` of them the challenger's, with the bad rates of the two arms."""
    generator = np.random.default_rng(4)
    is_challenger = generator.random(rows) < challenger
    names = np.arange(rows).astype(str)
    return pd.DataFrame(
        {
            "role": np.where(is_challenger, "challenger", "champion"),
            "unit": names,
            "label__entity": names,
            "accepted": np.ones(rows),
            "bad": (generator.random(rows) < np.where(is_challenger, bad[1], bad[0])).astype(float),
        }
    )


def test_a_canary_with_fewer_bads_is_found_and_a_split_that_is_not_the_planned_one_voids_it() -> None:
    tried = Tried("r2", Trial(mode="canary", share=50), dt.datetime(2022, 12, 1, tzinfo=dt.UTC), None)
    better = decisions(4_000, challenger=0.5, bad=(0.2, 0.1))
    assert as_canary(better, tried).verdict == "bad rates: different"
    assert as_canary(decisions(4_000, challenger=0.5, bad=(0.15, 0.15)), tried).verdict.endswith("no difference shown")
    lopsided = as_canary(decisions(4_000, challenger=0.4, bad=(0.2, 0.1)), tried)
    assert lopsided.verdict == "bad rates: not read: the arms have not the planned sizes"
    waiting = as_canary(better.assign(bad=np.nan), tried)
    assert waiting.verdict == "not run: rows of ('champion', 'challenger') are 0 and 0"


def test_a_canary_that_nobody_met_breaks_the_planned_split() -> None:
    tried = Tried("r2", Trial(mode="canary", share=10), dt.datetime(2022, 12, 1, tzinfo=dt.UTC), None)
    found = as_canary(decisions(200, challenger=0.0, bad=(0.2, 0.1)), tried)
    assert not split_check(found.arms).passed
    assert found.verdict == "not run: rows of ('champion', 'challenger') are 200 and 0: not the planned sizes"
    # A trial without any decision yet breaks none.
    empty = pd.DataFrame(columns=[*challenger_outcomes.DECIDED, "bad"])
    assert split_check(as_canary(empty, tried).arms).passed


def test_a_shadow_without_outcomes_says_so() -> None:
    tried = Tried("r2", Trial(mode="shadow", share=100), dt.datetime(2022, 12, 1, tzinfo=dt.UTC), None)
    empty = pd.DataFrame(columns=[*challenger_outcomes.DECIDED, "bad"])
    assert in_shadow(empty, tried).verdict == "not compared: the journal holds no decision of both"
