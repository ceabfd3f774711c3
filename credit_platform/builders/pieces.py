"""The pieces that stages hand over: their names, and how a sample and a trained model become arrays and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from credit_platform.contracts.release import Feature
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.splits import Fold, Split
from credit_platform.resources.workbench import Piece, Workbench

LEADERBOARD = "leaderboard"
CALIBRATION = "calibration"
FAIRNESS = "fairness"
REASONS = "reasons"
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
        "fold": fold_numbers(split),
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
    if absent := sorted({"calibration", "selection"} - set(arrays)):
        raise StaleError(
            f"the training set of {feature_set} has no rows for {' and '.join(absent)}: it was made by an earlier "
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
    folds = folds_from_numbers(arrays["fold"])
    windows = {name: arrays[name] for name in ("train", "calibration", "selection", "test")}
    split = Split(**windows, folds=folds, population=document["population"])
    return sample, split, document["fingerprint"]


def fold_numbers(split: Split) -> np.ndarray:
    """Fold that scores each training row, (n_train,)."""
    numbers = np.full(len(split.train), -1, dtype=np.int64)
    for number, fold in enumerate(split.folds):
        numbers[fold.score] = number
    return numbers


def folds_from_numbers(numbers: np.ndarray) -> tuple[Fold, ...]:
    return tuple(
        Fold(fit=np.flatnonzero(numbers != number), score=np.flatnonzero(numbers == number))
        for number in range(int(numbers.max()) + 1)
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
