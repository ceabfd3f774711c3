"""The files are those of the declared contract, whole, and the same for the same request."""

import datetime as dt
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from credit_platform.contracts.source import Source
from credit_platform.simulation import SimulationError, simulate
from credit_platform.simulation.credit_default import portfolio as portfolio_module
from credit_platform_tests.simulation.portfolios import FIRST_DAY, Portfolio

CONTRACT = Path("credit_platform/defs/use_cases/credit_default/defs.yaml")
NUMBER = re.compile(r"\d+\.\d+(e-\d+)?")


@pytest.fixture(scope="module")
def sources(project_root: Path) -> dict[str, Source]:
    declared = yaml.safe_load((project_root / CONTRACT).read_text(encoding="utf-8"))["attributes"]["sources"]
    return {source["name"]: Source.model_validate(source) for source in declared}


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("loans.csv", "loans"),
        ("new_data_20221201.csv", "applications"),
        ("outcomes_20221209.csv", "outcomes"),
        ("economic_indicators.csv", "economic_indicators"),
    ],
)
def test_columns_are_the_declared_ones_in_order_and_type(
    portfolio: Portfolio, sources: dict[str, Source], name: str, source: str
) -> None:
    rows = pd.read_csv(portfolio.summary.folder / name, dtype=str)
    declared = sources[source].expanded_columns
    assert list(rows.columns) == [column.name for column in declared]
    for column in declared:
        values = rows[column.name].dropna()
        assert len(values) == len(rows) or not column.required
        if column.type == "decimal" and column.required:
            assert values.map(lambda text: NUMBER.fullmatch(text) is not None).all(), column.name
        if column.type == "integer":
            assert values.str.fullmatch(r"\d+").all(), column.name
        if column.type == "date":
            assert values.str.fullmatch(r"\d{4}-\d\d-\d\d").all(), column.name
        if column.allowed:
            assert set(values) <= set(column.allowed)


def test_identifiers_join_customer_loan_and_lender(portfolio: Portfolio) -> None:
    rows = portfolio.requests.astype({"customer_id": str, "tbl_loan_id": str, "lender_id": str})
    assert (rows["ID"] == "ID_" + rows["customer_id"] + rows["tbl_loan_id"] + rows["lender_id"]).all()
    assert set(rows["ID"].str.len()) == {21}


def test_derived_columns_agree_with_each_other(portfolio: Portfolio) -> None:
    rows = portfolio.requests
    term = (rows["due_date"] - rows["disbursement_date"]).dt.days
    assert (term == rows["duration"]).all()
    ratio = rows["Amount_Funded_By_Lender"] / rows["Total_Amount"]
    assert (ratio - rows["Lender_portion_Funded"]).abs().max() < 1e-14
    share = rows["Lender_portion_Funded"] * rows["Total_Amount_to_Repay"]
    assert (share - rows["Lender_portion_to_be_repaid"]).abs().max() <= 0.5 + 1e-6


def test_counts_are_those_asked_for_and_reported(portfolio: Portfolio) -> None:
    summary = portfolio.summary
    assert len(portfolio.loans) == summary.history_rows == 20_000
    found = portfolio.daily["disbursement_date"].value_counts().sort_index()
    assert summary.daily_rows == tuple((day.date(), int(rows)) for day, rows in found.items())
    assert [day for day, _ in summary.daily_rows] == [FIRST_DAY + dt.timedelta(days=n) for n in range(5)]
    assert sum(rows for _, rows in summary.outcome_rows) == len(portfolio.daily)


def test_outcome_files_hold_exactly_the_daily_rows_the_day_after_they_are_due(portfolio: Portfolio) -> None:
    joined = portfolio.daily.merge(portfolio.outcomes, on="ID", validate="one_to_one")
    assert len(joined) == len(portfolio.daily) == len(portfolio.outcomes)
    assert (joined["final_day"] == joined["due_date"] + pd.Timedelta(days=1)).all()
    assert set(joined["target"]) == {0, 1}


def test_the_committed_sample_is_what_the_command_writes(portfolio: Portfolio, project_root: Path) -> None:
    committed = _bytes_of(project_root / "data" / "raw" / "credit_default")
    assert committed == _bytes_of(portfolio.summary.folder)
    assert sum(len(content) for content in committed.values()) < 5_000_000


def _small(folder: Path, *, days: int = 4, seed: int = 3) -> Path:
    simulate("credit_default", rows=500, first_day=FIRST_DAY, days=days, seed=seed, folder=folder)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _small(tmp_path_factory.mktemp("small"))


def test_the_same_request_gives_the_same_bytes_over_whatever_it_wrote_before(small: Path, tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("ID\n")
    (tmp_path / "outcomes_20221205.csv").write_text("ID,target\nID_1,0\n")
    assert _bytes_of(_small(tmp_path)) == _bytes_of(small)
    assert not (small / "outcomes_20221205.csv").exists()


def test_another_seed_gives_another_portfolio(small: Path, tmp_path: Path) -> None:
    other = _small(tmp_path, seed=4)
    for name in ("loans.csv", "economic_indicators.csv", "new_data_20221201.csv"):
        assert (other / name).read_bytes() != (small / name).read_bytes()


def test_more_days_leave_the_earlier_days_as_they_were(small: Path, tmp_path: Path) -> None:
    shorter = _small(tmp_path, days=2)
    for name in ("loans.csv", "new_data_20221201.csv", "new_data_20221202.csv"):
        assert (shorter / name).read_bytes() == (small / name).read_bytes()


def test_a_broken_run_leaves_the_old_files_and_nothing_half_written(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(small, tmp_path / "broken")

    def out_of_space(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(portfolio_module, "_write_daily_file", out_of_space)
    with pytest.raises(OSError, match="no space left"):
        _small(folder, seed=4)
    assert _bytes_of(folder) == _bytes_of(small)


def test_another_portfolio_in_the_folder_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "applications.csv").write_text("ID\n1\n")
    with pytest.raises(SimulationError, match=r"holds applications\.csv .* choose another folder"):
        simulate("credit_default", rows=500, first_day=FIRST_DAY, days=1, seed=3, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["applications.csv"]


def test_wrong_requests_say_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="no simulator for use case 'leasing'; known: credit_default"):
        simulate("leasing", rows=500, first_day=FIRST_DAY, days=1, seed=3, folder=tmp_path)
    with pytest.raises(SimulationError, match="rows is 20, expected at least 500"):
        simulate("credit_default", rows=20, first_day=FIRST_DAY, days=1, seed=3, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
