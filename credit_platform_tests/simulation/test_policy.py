"""Declined applicants have no outcome, yet their truth is kept; nobody is declined unless asked for."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import pytest

from credit_platform.simulation import Policy, SimulationError, SimulationSummary, simulate

ROWS, DECLINED, EXPLORED = 4_000, 0.3, 0.2


@dataclass(frozen=True)
class Selected:
    """A portfolio with declined applicants: its summary and files."""

    summary: SimulationSummary
    history: pd.DataFrame
    declined: pd.DataFrame
    explored: pd.Series
    truth: pd.Series


@pytest.fixture(scope="module")
def selected(tmp_path_factory: pytest.TempPathFactory) -> Selected:
    folder = tmp_path_factory.mktemp("selected")
    summary = simulate(
        "credit_default",
        rows=ROWS,
        first_day=dt.date(2022, 12, 1),
        days=2,
        seed=7,
        folder=folder,
        policy=Policy(declined_share=DECLINED, explored_share=EXPLORED),
    )
    tables = {path.stem: pd.read_csv(path) for path in summary.files}
    truth = tables["true_pd"].set_index("ID")["true_pd"]
    return Selected(summary, tables["loans"], tables["declined"], tables["explored"]["ID"], truth)


def test_every_application_is_approved_or_declined_and_the_truth_of_both_is_kept(selected: Selected) -> None:
    daily = sum(rows for _, rows in selected.summary.daily_rows)
    assert len(selected.history) == selected.summary.history_rows
    assert len(selected.declined) == selected.summary.declined_rows
    assert len(selected.history) + len(selected.declined) + daily == len(selected.truth)
    assert set(selected.declined["ID"]).isdisjoint(selected.history["ID"])
    assert selected.truth.index.is_unique
    assert set(selected.declined["ID"]) < set(selected.truth.index)


def test_the_declined_have_no_outcome_anywhere(selected: Selected) -> None:
    outcomes = pd.concat(pd.read_csv(path) for path in selected.summary.files if path.stem.startswith("outcomes"))
    assert "target" not in selected.declined
    assert set(selected.declined["ID"]).isdisjoint(outcomes["ID"])


def test_the_declined_are_riskier_than_the_approved_and_the_explored_are_like_them(selected: Selected) -> None:
    history = selected.history["ID"]
    ordinary = selected.truth[history[~history.isin(selected.explored)]].mean()
    explored = selected.truth[history[history.isin(selected.explored)]].mean()
    declined = selected.truth[selected.declined["ID"]].mean()
    assert declined > 2 * ordinary
    assert explored == pytest.approx(declined, rel=0.25)


def test_shares_are_those_of_the_policy(selected: Selected) -> None:
    applications = len(selected.truth)
    assert len(selected.declined) / applications == pytest.approx(DECLINED * (1 - EXPLORED), abs=0.03)
    assert len(selected.explored) / applications == pytest.approx(DECLINED * EXPLORED, abs=0.02)


@pytest.mark.parametrize("shares", [(1.0, 0.0), (-0.1, 0.0), (0.2, 1.1)])
def test_a_share_outside_its_range_is_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(SimulationError, match="declined share"):
        Policy(*shares)
