"""A model card of invented figures, and every way to change one of its numbers."""

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from credit_platform.explanation.figures import reliability
from credit_platform.explanation.migration_section import migration_section
from credit_platform.explanation.page import Picture
from credit_platform.explanation.reports import CutOffUsed, GateVerdict, ModelCard, ReasonsUsed, ReasonUsed, SampleUsed
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.calibration import reliability_table
from credit_platform.statistics.fairness import fairness
from credit_platform.statistics.strategy import strategy_curve

_NAMED = re.compile(r'(<span data-ref="[^"]+">|<!--[a-z][\w.\[\]-]*-->)(.*?)(</span>|<!--/-->)', re.DOTALL)


@cache
def invented_card() -> ModelCard:
    """1,000 rows, two groups, one reason, and a champion before it."""
    generator = np.random.default_rng(0)
    probability = generator.beta(2, 8, 1_000)
    label = (generator.random(1_000) < probability).astype(float)
    group = pd.Series(generator.choice(["f", "m"], 1_000))
    return ModelCard(
        title="A model",
        release_id="r-1",
        algorithm="stacked",
        as_of=dt.date(2022, 12, 1),
        purpose="Probability of bad",
        out_of_scope=("Pricing",),
        data=("Simulated | rows",),
        feature_set="gating",
        features=12,
        samples=(SampleUsed("oot", "read once", 1_000, 200, dt.date(2022, 10, 15), dt.date(2022, 11, 30), 0.531),),
        population="oot",
        metrics={"auc": Interval(0.81234, 0.79, 0.83, 0.95, 300)},
        members={"xgboost": 0.625},
        cut_off=CutOffUsed(0.25, 0.21, 0.31, "cost", strategy_curve(label, probability)),
        gates=(GateVerdict("auc >= 0.7", 0.81234, True), GateVerdict("ks >= 0.9", 0.5, False)),
        further_unmet=("the leakage scan found 2 columns",),
        chance_of_ten=0.4013,
        calibration=reliability_table(label, probability),
        fairness=(fairness("sex", group, label, probability, cut_off=0.25, seed=1, count=50),),
        protected=("sex", "age"),
        limits=("Tiny",),
        monitoring=("Daily from 100 rows on",),
        owners=("team:risk",),
        predictions_sha256="0f" * 32,
        reasons=ReasonsUsed(900, -2.5, 4e-6, (ReasonUsed("R01", "Repayment history", 0.75, 0.4),), ("age_3",), 0.0125),
        pictures=(Picture(reliability(label, probability), "Observed against predicted bad rates"),),
        migration=migration_section("r-0", {"A": (7, 1), "B": (2, 9)}, unmoved=0.842, far=0.0, median=-1.4),
    )


def changed_numbers(card: str) -> Iterator[tuple[str, str]]:
    """The card with one digit of one number changed, for every number that it tells, and the text that was changed."""
    for named in _NAMED.finditer(card):
        for number in re.finditer(r"\d[\d,.]*\d|\d", named[2]):
            at = named.start(2) + number.end() - 1
            yield named[2], card[:at] + str((int(card[at]) + 1) % 10) + card[at + 1 :]
