"""The candidate as later stages read it: the leaderboard's choice, its served forest and its test rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg
import numpy as np

from credit_platform.builders.ensemble import ensembles_of, load_ensembles
from credit_platform.builders.models import forests_of, load_models
from credit_platform.builders.naming import key
from credit_platform.builders.pieces import LEADERBOARD, StaleError, load_training, same_training
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.ensemble import Ensemble, single
from credit_platform.modelling.fold import reference_rows, to_xgboost
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.leaderboard import Contender, Leaderboard
from credit_platform.modelling.sample import Floats, Matrix, Sample
from credit_platform.modelling.splits import Split
from credit_platform.resources.workbench import Piece, Workbench

REFERENCE_ROWS = 5_000
"""Training rows that count the covers of the folded forest: enough for stable reasons, cheap to route."""


@dataclass(frozen=True)
class Candidate:
    """The chosen model: ``served`` has the calibrator folded in, so its forest's margin is the served log-odds."""

    served: Ensemble
    forests: dict[str, Forest]
    forest: Forest
    cut_off: float
    sample: Sample
    split: Split
    fingerprint: str
    document: dict[str, Any]
    problems: dict[str, str]
    """Member -> what its own checks found wrong."""

    @property
    def test(self) -> Sample:
        return self.sample.take(self.split.test)

    @property
    def training(self) -> Sample:
        return self.sample.take(self.split.train)

    @property
    def calibration(self) -> Sample:
        return self.sample.take(self.split.calibration)

    @property
    def selection(self) -> Sample:
        return self.sample.take(self.split.selection)

    @property
    def told(self) -> dict[str, str]:
        """What a piece that was made of this candidate says of it: rows alone do not tell one forest from another."""
        decides = f"{self.forest.sha256()} {self.cut_off!r}"
        return {"fingerprint": self.fingerprint, "candidate": hashlib.sha256(decides.encode()).hexdigest()}

    def made(self, piece: Piece) -> bool:
        """Whether a piece says that it was made of this candidate."""
        return self.told.items() <= piece.document.items()

    def require(self, pieces: Mapping[str, Piece]) -> None:
        """StaleError names every piece that was made of another candidate: other rows, trees or cut-off."""
        wrong = [name for name, piece in pieces.items() if not self.made(piece)]
        if wrong:
            raise StaleError(
                f"{', '.join(wrong)}: of another candidate than the leaderboard's {self.served.name}, trained or cut "
                f"off otherwise, or of an earlier version of the platform; materialise {', '.join(wrong)} again"
            )

    def reference(self, use_case: UseCase) -> Matrix:
        """The declared reference sample that reasons are measured against: seeded training rows."""
        training = self.training
        return training.matrix[reference_rows(len(training), size=REFERENCE_ROWS, seed=use_case.seed)]

    def folded(self, use_case: UseCase, *, threads: int) -> bytes:
        """The served forest as one XGBoost model (UBJSON)."""
        return to_xgboost(self.forest, self.sample.names, self.reference(use_case), threads=threads)

    def margin(self, sample: Sample, *, threads: int) -> Floats:
        """Served log-odds of a sample's rows, from the members themselves."""
        return self.served.margin({n: f.margin(sample.matrix, threads=threads) for n, f in self.forests.items()})

    def test_margin(self, *, threads: int) -> Floats:
        """Served log-odds of the test rows."""
        return self.margin(self.test, threads=threads)


def leaderboard_key(use_case: UseCase) -> dg.AssetKey:
    return key(use_case, "assurance", "leaderboard")


def load_candidate(workbench: Workbench, use_case: UseCase) -> Candidate:
    """The candidate of the present leaderboard; StaleError if any part is of another training set."""
    sample, split, fingerprint = load_training(workbench, use_case, use_case.features.gating)
    leaderboard = workbench.load(use_case.name, LEADERBOARD)
    models, ensembles = load_models(workbench, use_case), load_ensembles(workbench, use_case)
    same_training({LEADERBOARD: leaderboard, **models, **ensembles}, fingerprint)
    document = dict(leaderboard.document)
    row = next(row for row in document["rows"] if row["name"] == document["candidate"])
    named = {each.name: each for each in (*ensembles_of(ensembles), *(single(name) for name in models))}
    served = named[row["name"]].calibrated(slope=row["calibrator"]["slope"], intercept=row["calibrator"]["intercept"])
    kept = tuple(member for member in served.members if member.weight > 0)
    served = Ensemble(name=served.name, members=kept, bias=served.bias)
    forests = {n: f for n, f in forests_of(models).items() if n in {m.algorithm for m in kept}}
    return Candidate(
        served=served,
        forests=forests,
        forest=served.fold(forests),
        cut_off=row["cut_off"],
        sample=sample,
        split=split,
        fingerprint=fingerprint,
        document=document | {"row": row},
        problems={n: "; ".join(models[n].document["problems"]) for n in forests if models[n].document["problems"]},
    )


def leaderboard_document(leaderboard: Leaderboard, *, population: str, fingerprint: str) -> dict[str, Any]:
    """A leaderboard as JSON: metrics of ``population``, and under ``selection`` figures of the selection window."""
    selection = leaderboard.selection
    return {
        "candidate": leaderboard.candidate.name,
        "population": population,
        "fingerprint": fingerprint,
        "rows": [_row(contender) for contender in leaderboard.contenders],
        "selection": {
            "best_ensemble": selection.best_ensemble,
            "best_member": selection.best_member,
            "log_loss_gain": selection.difference.estimate,
            "gain_interval": [selection.difference.low, selection.difference.high],
            "log_loss": selection.log_loss,
            "cut_off": asdict(leaderboard.candidate.cut_off),
            "cut_off_band": {name: [band.low, band.high] for name, band in leaderboard.cut_off_band.items()},
            "strategy": [asdict(point) for point in leaderboard.strategy],
        },
    }


def _row(contender: Contender) -> dict[str, Any]:
    return {
        "name": contender.name,
        "weights": {member.algorithm: member.weight for member in contender.ensemble.members},
        "calibrator": asdict(contender.calibrator),
        "cut_off": contender.cut_off.threshold,
        "metrics": {name: _finite(value) for name, value in contender.metrics.items()},
        "intervals": {name: [_finite(i.low), _finite(i.high)] for name, i in contender.intervals.items()},
    }


def _finite(value: float) -> float | None:
    """JSON has no infinity: an interval end that is not finite is null."""
    return float(value) if np.isfinite(value) else None
