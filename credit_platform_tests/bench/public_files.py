"""German credit, Taiwan credit cards and bank churn: the stack against the usual learners as they come out of the box.

Five times five folds; sex and marital status are left out. ``CREDIT_PLATFORM_REAL_DATA_DIR`` names the folder that has
the public files (german_credit/germancredit.csv and so on); without it there is nothing to measure, and a line says
so. ``CREDIT_PLATFORM_BENCH_REPEATS`` sets another number of repeats than five.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from xgboost import XGBClassifier

from credit_platform.contracts.settings import Settings
from credit_platform.modelling.algorithms import ALGORITHMS
from credit_platform.modelling.encoding import encode, fit_features
from credit_platform.modelling.ensemble import stacked
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.sample import Floats, Matrix, Sample
from credit_platform.modelling.training import cross_validate
from credit_platform_tests.bench.records import Goal, Record

FOLDS, REPEATS = 5, int(os.environ.get("CREDIT_PLATFORM_BENCH_REPEATS", "5"))
SEED = 7


@dataclass(frozen=True)
class PublicFile:
    """A file of one row a unit: its label, the value of it that is bad, and columns that no model sees."""

    path: str
    label: str
    bad: Any
    left_out: tuple[str, ...]
    goal: float | None = None
    """Least mean AUC of the stack."""

    @property
    def name(self) -> str:
        return Path(self.path).parent.name


FILES = (
    PublicFile("german_credit/germancredit.csv", "creditability", "bad", ("personal_status_and_sex",), goal=0.79),
    PublicFile(
        "taiwan_credit_card/UCI_Credit_Card.csv",
        "default.payment.next.month",
        1,
        ("ID", "SEX", "MARRIAGE"),
        goal=0.783,
    ),
    PublicFile("bank_churn/Churn_Modelling.csv", "Exited", 1, ("RowNumber", "CustomerId", "Surname", "Gender")),
)

PEERS: dict[str, Callable[[int], Any]] = {
    "LightGBM": lambda threads: LGBMClassifier(n_jobs=threads, random_state=SEED, verbosity=-1),
    "XGBoost": lambda threads: XGBClassifier(n_jobs=threads, random_state=SEED),
    "random forest": lambda _: RandomForestClassifier(random_state=SEED),
}


def benchmarks() -> Iterator[Record]:
    """Mean AUC of the stack, and its mean paired difference to the best of the peers."""
    if (folder := os.environ.get("CREDIT_PLATFORM_REAL_DATA_DIR")) is None:
        sys.stderr.write("public files: set CREDIT_PLATFORM_REAL_DATA_DIR to the folder that holds them\n")
        return
    threads = Settings().threads
    for each in FILES:
        scores = _scores(each, pd.read_csv(Path(folder) / each.path), threads=threads)
        best = max(PEERS, key=lambda name: float(np.mean(scores[name])))
        difference = np.subtract(scores["stack"], scores[best])
        yield Record(
            name=f"public/{each.name}/auc",
            value=float(np.mean(scores["stack"])),
            unit=f"mean of {len(difference)} folds",
            peer=", ".join(f"{name} {np.mean(scores[name]):.4f}" for name in PEERS),
            goal=Goal(of="value", at_least=each.goal),
        )
        yield Record(
            name=f"public/{each.name}/gain",
            value=float(difference.mean()),
            unit=f"AUC, paired (standard deviation over folds {difference.std(ddof=1):.4f})",
            peer=best,
            goal=Goal(of="value", at_least=0.0),
        )


def _scores(file: PublicFile, frame: pd.DataFrame, *, threads: int) -> dict[str, list[float]]:
    """Contender -> AUC of each fold; every contender learns from the same coded rows."""
    label = (frame[file.label] == file.bad).to_numpy(dtype=np.int8)
    columns = tuple(name for name in frame.columns if name not in {file.label, *file.left_out})
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=SEED)
    scores: dict[str, list[float]] = {name: [] for name in ("stack", *PEERS)}
    for fit, score in folds.split(frame, label):
        features = fit_features(frame.iloc[fit], columns, label[fit])
        train, test = encode(frame.iloc[fit], features), encode(frame.iloc[score], features)
        sample = Sample(key=fit, label=label[fit], weight=np.ones(len(fit)), matrix=train, features=features)
        scores["stack"].append(float(roc_auc_score(label[score], _stack(sample, test, threads=threads))))
        for name, build in PEERS.items():
            peer = build(threads).fit(train, label[fit])
            scores[name].append(float(roc_auc_score(label[score], peer.predict_proba(test)[:, 1])))
    return scores


def _stack(train: Sample, rows: Matrix, *, threads: int) -> Floats:
    """Log-odds of the stack of all algorithms with their declared parameters, trained on ``train`` alone."""
    folds = make_folds(train, count=FOLDS, seed=SEED)
    trained = {
        name: cross_validate(name, train, folds, params={}, seed=SEED, threads=threads, monotone={})
        for name in ALGORITHMS
    }
    ensemble = stacked({n: each.oof_margin for n, each in trained.items()}, train.label, train.weight)
    return ensemble.margin({n: each.forest.margin(rows, threads=threads) for n, each in trained.items()})
