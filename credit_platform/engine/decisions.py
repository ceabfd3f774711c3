"""Decisions: inputs to probability, score, band, reasons and warnings; batch, online and replay all come here."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from credit_platform.contracts.decision import Decision, ReasonGiven, ReasonsWanted
from credit_platform.engine.canonical import probabilities
from credit_platform.engine.errors import InputError
from credit_platform.engine.reasons import reasons_given
from credit_platform.engine.releases import LoadedRelease
from credit_platform.engine.score_scale import band_of, points


def decide(
    loaded: LoadedRelease, inputs: Mapping[str, Sequence[object]], *, reasons: ReasonsWanted = "all"
) -> list[Decision]:
    """One Decision per unit, in order, from sequences of Python values (None is null) by canonical input name.

    A unit's reasons are the same bytes whether or not its neighbours' were wanted too.

    ``inputs`` holds at least the release's key and what its features read; anything else is left unread.
    Raises InputError where an input is missing, has another type, or cannot be computed with.
    """
    release = loaded.release
    keys = _keys(inputs, release.key)
    encoded = loaded.program.encoded_inputs(inputs, size=len(keys))
    margin = loaded.forest.margin(encoded.matrix)
    probability = probabilities(margin)
    prediction = probability >= release.cut_off
    given = _reasons(loaded, encoded.matrix, _WANTED[reasons](prediction))
    scores = points(margin, release.scale).tolist()
    return [
        Decision(
            key=key,
            prediction=int(is_bad),
            probability=bad,
            score=score,
            band=band_of(score, release.scale),
            reasons=given.get(row, ()),
            warnings=warnings,
        )
        for row, (key, is_bad, bad, score, warnings) in enumerate(
            zip(keys, prediction.tolist(), probability.tolist(), scores, encoded.warnings, strict=True)
        )
    ]


_WANTED: dict[ReasonsWanted, Callable[[np.ndarray], np.ndarray]] = {
    "adverse": np.flatnonzero,
    "all": lambda prediction: np.arange(len(prediction)),
    "none": lambda prediction: np.arange(0),
}
"""Row positions to explain, from the predictions (n,) of bool."""


def _keys(inputs: Mapping[str, Sequence[object]], name: str) -> list[str]:
    if name not in inputs:
        raise InputError(f"input {name!r}, which identifies a unit, is missing; the inputs are {sorted(inputs)}")
    keyless = [row for row, key in enumerate(inputs[name]) if key is None]
    if keyless:
        raise InputError(f"input {name!r}, which identifies a unit, is null in rows {keyless[:5]}; give every unit one")
    return [str(key) for key in inputs[name]]


def _reasons(loaded: LoadedRelease, matrix: np.ndarray, rows: np.ndarray) -> dict[int, tuple[ReasonGiven, ...]]:
    if not len(rows):
        return {}
    release, found = loaded.release, loaded.forest.contributions(matrix[rows])
    given = reasons_given(found, reasons=release.reasons, features=release.features)
    return dict(zip(rows.tolist(), given, strict=True))
