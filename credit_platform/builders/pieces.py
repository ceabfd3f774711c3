"""The pieces that stages hand over: their names, and how a sample and a trained model become arrays and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from credit_platform.contracts.release import Feature
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.folds import Fold
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.splits import Split
from credit_platform.resources.workbench import Piece, Workbench

LEADERBOARD = "leaderboard"
CALIBRATION = "calibration"
FAIRNESS = "fairness"
REASONS = "reasons"
STABILITY = "reason_stability"
EXPLANATIONS = "explanations"
HISTOGRAMS = "reference_histograms"
ADVICE = "split_advice"
CARD = "model_card"
RELEASE = "release"
ENSEMBLES = ("stacked", "weighted_average", "voting")
_OPTIONAL = ("entity", "decided", "final")


def training_piece(feature_set: str) -> str:
    return f"training_set/{feature_set}"


def model_piece(algorithm: str) -> str:
    return f"models/{algorithm}"


def ensemble_piece(name: str) -> str:
    return f"ensemble/{name}"


def benchmark_piece(feature_set: str) -> str:
    return f"benchmarks/{feature_set}"


def segment_piece(column: str) -> str:
    """Array of the reference histograms' piece: the segment of each development row."""
    return f"segment__{column}"


class PredictionsError(RuntimeError):
    """What is stored to compute a release's figures again is not what the release was signed with."""


class StaleError(RuntimeError):
    """Two pieces of one run come from different training sets."""


def save_training(
    workbench: Workbench, use_case: UseCase, feature_set: str, sample: Sample, split: Split, *, fingerprint: str
) -> str:
    """Labelled rows of one feature set with their split; text is stored as unicode, never as objects."""
    arrays: dict[str, np.ndarray] = {
        "matrix": sample.matrix,
        "key": sample.key.astype(str),
        "label": sample.label,
        "weight": sample.weight,
        "train": split.train,
        "calibration": split.calibration,
        "selection": split.selection,
        "test": split.test,
        **fold_arrays(split),
    }
    for name in _OPTIONAL:
        values = getattr(sample, name)
        if values is not None:
            arrays[name] = values.astype(str) if values.dtype == object else values
    document = {
        "features": [feature.model_dump() for feature in sample.features],
        "population": split.population,
        "fingerprint": fingerprint,
        "feature_set": feature_set,
    }
    return workbench.save(use_case.name, training_piece(feature_set), arrays=arrays, document=document)


def load_training(workbench: Workbench, use_case: UseCase, feature_set: str) -> tuple[Sample, Split, str]:
    """Sample (rows of all windows), split and fingerprint; StaleError if it was made before windows had dates."""
    piece = workbench.load(use_case.name, training_piece(feature_set))
    arrays, document = piece.arrays, piece.document
    if absent := sorted({"calibration", "selection", "fold_fit"} - set(arrays)):
        raise StaleError(
            f"the training set of {feature_set} lacks {' and '.join(absent)}: it was made by an earlier "
            "version of the platform; materialise training_set again"
        )
    sample = Sample(
        key=arrays["key"],
        label=arrays["label"],
        weight=arrays["weight"],
        matrix=arrays["matrix"],
        features=tuple(Feature.model_validate(feature) for feature in document["features"]),
        **{name: arrays.get(name) for name in _OPTIONAL},
    )
    windows = {name: arrays[name] for name in ("train", "calibration", "selection", "test")}
    split = Split(**windows, folds=folds_of_arrays(arrays), population=document["population"])
    return sample, split, document["fingerprint"]


def fold_arrays(split: Split) -> dict[str, np.ndarray]:
    """Folds as arrays: the one that scores each training row (n,), -1 for none; the rows that each fits on, one bit a
    row (folds, n / 8); the period of each,
    -1 for none."""
    scored_by = np.full(len(split.train), -1, dtype=np.int64)
    fit = np.zeros((len(split.folds), len(split.train)), dtype=np.bool_)
    for number, fold in enumerate(split.folds):
        scored_by[fold.score], fit[number, fold.fit] = number, True
    period = np.array([-1 if fold.period is None else fold.period for fold in split.folds], dtype=np.int64)
    return {"fold": scored_by, "fold_fit": np.packbits(fit, axis=1), "fold_period": period}


def folds_of_arrays(arrays: Mapping[str, np.ndarray]) -> tuple[Fold, ...]:
    scored_by = arrays["fold"]
    fit = np.unpackbits(arrays["fold_fit"], axis=1, count=len(scored_by)).astype(np.bool_)
    return tuple(
        Fold(
            fit=np.flatnonzero(fit[number]),
            score=np.flatnonzero(scored_by == number),
            period=None if period < 0 else int(period),
        )
        for number, period in enumerate(arrays["fold_period"])
    )


def same_training(pieces: Mapping[str, Piece], fingerprint: str) -> None:
    """Every piece was made from the training set with this fingerprint, or StaleError says which was not."""
    stale = {name: piece.document.get("fingerprint") for name, piece in pieces.items()}
    wrong = [f"{name} ({str(found)[:12]})" for name, found in stale.items() if found != fingerprint]
    if wrong:
        raise StaleError(
            f"{', '.join(wrong)}: made from another training set than the present one ({fingerprint[:12]}); "
            "materialise the models again"
        )


def jsonable(values: Mapping[str, Any]) -> dict[str, float]:
    """Metric values as plain floats."""
    return {name: float(value) for name, value in values.items()}
