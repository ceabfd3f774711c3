"""The calibrator on simulated portfolios, against their true probabilities: what few bads give, and what many do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from credit_platform.modelling.calibration import fit_calibrator
from credit_platform.modelling.logistic import fit_logistic
from credit_platform.modelling.sample import Floats, Indices
from credit_platform.modelling.selection import row_log_loss
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.modelling.dated import Portfolio, dated_portfolio, slope_against

SEEDS = range(100, 120)
FEW = 50
"""Bads of a calibration window like those that are shipped; the whole window of these portfolios holds about 700."""


@dataclass(frozen=True)
class Judged:
    """A stack out of time against the truth: slope, mean probability minus the true one in errors of the rate."""

    slope: float
    level: float
    excess: float
    """Log-loss above that of the true probabilities."""


PEER = "the same likelihood without a prior"
PROMISES: dict[str, Callable[[Judged], bool]] = {
    "slope_within_a_tenth": lambda found: 0.9 < found.slope < 1.1,
    "level_within_two_errors": lambda found: abs(found.level) < 2,
}


def benchmarks() -> Iterator[Record]:
    """Log-loss that few bads cost with the prior and without, and how often the promise of calibration is kept."""
    portfolios = [dated_portfolio(seed) for seed in SEEDS]
    few = [_few(each) for each in portfolios]
    pairs = list(zip(portfolios, few, strict=True))
    shrunk = [_judged(each, *_calibrated(each, rows)) for each, rows in pairs]
    literal = [_judged(each, *_literally(each, rows)) for each, rows in pairs]
    many = [_judged(each, *_calibrated(each, each.split.calibration)) for each in portfolios]
    costs = [float(np.mean([each.excess for each in found])) for found in (shrunk, literal)]
    yield Record(
        name=f"calibration/excess_log_loss/{FEW}_bads",
        value=costs[0],
        unit="per unit, above the truth's",
        peer=PEER,
        ratio=costs[1] / costs[0],
        goal=Goal(of="ratio", at_least=1.0),
    )
    for what, is_kept in PROMISES.items():
        kept, without, of_many = (sum(map(is_kept, found)) for found in (shrunk, literal, many))
        unit = f"of {len(SEEDS)} portfolios"
        # From so few bads nobody can promise it of every portfolio; the prior must at least keep it more often.
        yield Record(
            name=f"calibration/{what}/{FEW}_bads",
            value=kept,
            unit=unit,
            peer=PEER,
            ratio=kept / max(without, 1),
            goal=Goal(of="ratio", at_least=1.0),
        )
        yield Record(name=f"calibration/{what}/all_bads", value=of_many, unit=unit, goal=Goal(of="value", at_least=18))


def _few(portfolio: Portfolio) -> Indices:
    """The first units of the calibration window up to its ``FEW``-th bad."""
    rows = portfolio.split.calibration
    assert portfolio.sample.decided is not None
    ordered = rows[np.argsort(portfolio.sample.decided[rows], kind="stable")]
    return ordered[: int(np.searchsorted(np.cumsum(portfolio.sample.label[ordered]), FEW)) + 1]


def _calibrated(portfolio: Portfolio, rows: Indices) -> tuple[float, float]:
    found = fit_calibrator(_margin(portfolio, rows), portfolio.sample.label[rows], np.ones(len(rows)))
    return found.slope, found.intercept


def _literally(portfolio: Portfolio, rows: Indices) -> tuple[float, float]:
    margin = _margin(portfolio, rows)[:, None]
    found = fit_logistic(margin, portfolio.sample.label[rows], np.ones(len(rows)), ridge=0.0)
    return float(found.coefficient[0]), found.intercept


def _judged(portfolio: Portfolio, slope: float, intercept: float) -> Judged:
    rows = portfolio.split.test
    truth, margin = portfolio.truth[rows], slope * _margin(portfolio, rows) + intercept
    error = np.sqrt((truth * (1 - truth)).mean() / len(truth))
    best = row_log_loss(np.log(truth / (1 - truth)), truth)
    return Judged(
        slope=slope_against(truth, margin),
        level=float((expit(margin).mean() - truth.mean()) / error),
        excess=float((row_log_loss(margin, truth) - best).mean()),
    )


def _margin(portfolio: Portfolio, rows: Indices) -> Floats:
    matrix = portfolio.sample.matrix[rows]
    stack = next(each for each in portfolio.ensembles if each.name == "stacked")
    return stack.margin({name: forest.margin(matrix) for name, forest in portfolio.forests.items()})
