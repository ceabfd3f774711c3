"""Day by day from the opening of the book to the last daily file, written as it goes: memory holds the customers, the
loans that are not yet due and one chunk of rows."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from credit_platform.simulation.credit_default.catalogue import LONGEST_TERM, PRODUCT_DAYS, Flags, Indices
from credit_platform.simulation.credit_default.customers import Customers
from credit_platform.simulation.credit_default.economy import Economy, simulate_economy
from credit_platform.simulation.credit_default.fundings import (
    Fundings,
    fundings_of,
    label_table,
    loans_for,
    request_table,
)
from credit_platform.simulation.credit_default.lending import Loans, lend
from credit_platform.simulation.credit_default.volume import Volume, first_identifier, plan_volume
from credit_platform.simulation.drift import effects_on
from credit_platform.simulation.errors import SimulationError
from credit_platform.simulation.request import SimulationRequest, SimulationSummary
from credit_platform.simulation.staging import Staging

HISTORY_CHUNK = 100_000
"""Rows written at once: a day's few would spend most of the time in pandas' overhead."""
HISTORY, ECONOMY, TRUTH = "loans.csv", "economic_indicators.csv", "true_pd.csv"
DECLINED, EXPLORED = "declined.csv", "explored.csv"


def daily_name(prefix: str, day: dt.date) -> str:
    """``new_data_20221201.csv``"""
    return f"{prefix}_{day:%Y%m%d}.csv"


@dataclass
class Book:
    """Everything that lives from one day to the next."""

    customers: Customers
    loans: int = 0
    rows: int = 0
    declined: int = 0
    rows_written: int = 0
    history_rows: int = 0
    bads: int = 0
    expected_bads: float = 0.0
    due: dict[int, list[tuple[Indices, Flags]]] = field(default_factory=lambda: defaultdict(list))
    """Day number on which labels become final -> customers and whether the loan was bad."""
    outcomes: dict[int, list[pd.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    """Day number -> outcome rows of daily files; written as soon as no later loan can add to them."""
    unwritten: list[Fundings] = field(default_factory=list)
    daily_rows: list[tuple[dt.date, int]] = field(default_factory=list)
    outcome_rows: list[tuple[dt.date, int]] = field(default_factory=list)

    def settle(self, day: int) -> None:
        """Labels final by today enter the customers' histories."""
        for customers, is_bad in self.due.pop(day, []):
            self.customers.settle(customers, is_bad=is_bad)

    def enter(self, loans: Loans, *, fundings: Fundings, day: int) -> None:
        """Remember a day's loans until they are due, and count their rows."""
        days_to_final = PRODUCT_DAYS[loans.product] + 1
        for days in np.unique(days_to_final):
            chosen = (days_to_final == days) & ~loans.is_declined
            self.due[day + int(days)].append((loans.customer[chosen], loans.is_bad[chosen]))
        approved = fundings.only(~fundings.is_declined)
        self.loans += len(loans.amount)
        self.rows += len(fundings.target)
        self.declined += int(fundings.is_declined.sum())
        self.bads += int(approved.target.sum())
        self.expected_bads += float(approved.true_pd.sum())


def _claimed_names(request: SimulationRequest) -> frozenset[str]:
    """Every file name that this request may write, and so may replace."""
    days = [request.first_day + dt.timedelta(days=n) for n in range(request.days + LONGEST_TERM + 1)]
    names = {daily_name("new_data", day) for day in days[: request.days]}
    return frozenset(
        names | {daily_name("outcomes", day) for day in days} | {HISTORY, ECONOMY, TRUTH, DECLINED, EXPLORED}
    )


def _refuse_strangers(folder: Path, *, claimed: frozenset[str]) -> None:
    strangers = sorted(path.name for path in folder.glob("*.csv") if path.name not in claimed)
    if strangers:
        raise SimulationError(
            f"{folder}: holds {strangers[0]} ({len(strangers)} file(s) of another portfolio), expected an empty "
            "folder or an earlier run of the same days; choose another folder or move them away"
        )


def simulate_credit_default(request: SimulationRequest) -> SimulationSummary:
    """Simulate the loan book; see ``simulate``. Peak memory grows with customers, about an eighth of the rows."""
    claimed = _claimed_names(request)
    _refuse_strangers(request.folder, claimed=claimed)
    volume = plan_volume(rows=request.rows, first_day=request.first_day, days=request.days, seed=request.seed)
    economy = simulate_economy(request.seed)
    book = Book(Customers(int(volume.rows.sum())))
    with Staging(request.folder) as staging:
        staging.append(ECONOMY, economy.table)
        for day in range(len(volume.rows)):
            book.settle(day)
            fundings = _one_day(book, day=day, request=request, volume=volume, economy=economy)
            _write_day(book, fundings, day=day, volume=volume, staging=staging)
            _write_outcomes(book, until=day, volume=volume, staging=staging)
        _write_outcomes(book, until=len(volume.rows) + LONGEST_TERM, volume=volume, staging=staging)
        files = staging.publish(replaces=claimed)
    return SimulationSummary(
        use_case="credit_default",
        folder=request.folder,
        history_rows=book.history_rows,
        daily_rows=tuple(book.daily_rows),
        outcome_rows=tuple(book.outcome_rows),
        customers=book.customers.count,
        bad_rate=book.bads / (book.rows - book.declined),
        mean_true_pd=book.expected_bads / (book.rows - book.declined),
        files=files,
        declined_rows=book.declined,
    )


def _one_day(book: Book, *, day: int, request: SimulationRequest, volume: Volume, economy: Economy) -> Fundings:
    # Streams are per day and purpose, so neither a drift nor a longer run changes an earlier day.
    lending, drifting, funding, deciding = (
        np.random.default_rng([request.seed, stream, day]) for stream in (3, 4, 5, 6)
    )
    date, rows = volume.day(day), int(volume.rows[day])
    loans = lend(
        book.customers,
        day=day,
        loans=loans_for(rows, rng=funding),
        new_share=float(volume.new_share[day]),
        inflation=economy.inflation_in(date.year),
        effects=effects_on(date, request.drift),
        policy=request.policy,
        streams=(lending, drifting, deciding),
    )
    first = first_identifier(int(volume.rows.sum()))
    fundings = fundings_of(loans, rows=rows, day=date, first_loan=first + book.loans, first_customer=first, rng=funding)
    book.enter(loans, fundings=fundings, day=day)
    return fundings


def _write_day(book: Book, fundings: Fundings, *, day: int, volume: Volume, staging: Staging) -> None:
    book.unwritten.append(fundings)
    if day >= volume.history_days:
        _write_daily_file(book, day=day, volume=volume, staging=staging)
    elif day == volume.history_days - 1 or book.rows - book.rows_written >= HISTORY_CHUNK:
        requests, labels = _approved(book, staging)
        staging.append(HISTORY, requests.assign(target=labels["target"]))
        book.history_rows += len(labels)
        book.rows_written = book.rows


def _approved(book: Book, staging: Staging) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Requests and labels of what was approved since the last time; the truth of all and the others are written."""
    batch = book.unwritten
    staging.append(TRUTH, label_table(batch)[["ID", "true_pd"]])
    approved = [each.only(~each.is_declined) for each in batch]
    for name, frame in (
        (DECLINED, request_table([each.only(each.is_declined) for each in batch])),
        (EXPLORED, label_table([each.only(each.is_explored) for each in batch])[["ID"]]),
    ):
        if len(frame):
            staging.append(name, frame)
    batch.clear()
    return request_table(approved), label_table(approved)


def _write_daily_file(book: Book, *, day: int, volume: Volume, staging: Staging) -> None:
    date = volume.day(day)
    requests, labels = _approved(book, staging)
    staging.append(daily_name("new_data", date), requests)
    book.daily_rows.append((date, len(labels)))
    for days, final in labels.groupby("days_to_final"):
        book.outcomes[day + int(days)].append(final[["ID", "target"]])


def _write_outcomes(book: Book, *, until: int, volume: Volume, staging: Staging) -> None:
    for day in sorted(each for each in book.outcomes if each <= until):
        frame = pd.concat(book.outcomes.pop(day))
        date = volume.day(day)
        staging.append(daily_name("outcomes", date), frame)
        book.outcome_rows.append((date, len(frame)))
