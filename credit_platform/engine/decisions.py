"""Decisions: inputs to probability, score, band, reasons and warnings; batch, online and replay all come here."""

from collections.abc import Mapping, Sequence

import numpy as np

from credit_platform.contracts.decision import Decision, ReasonGiven
from credit_platform.engine.canonical import probabilities
from credit_platform.engine.columns import build_table
from credit_platform.engine.errors import InputError
from credit_platform.engine.reasons import reasons_given
from credit_platform.engine.releases import LoadedRelease
from credit_platform.engine.score_scale import band_of, points


def decide(
    loaded: LoadedRelease, inputs: Mapping[str, Sequence[object]], *, with_reasons: bool = True
) -> list[Decision]:
    """One Decision per unit, in order, from sequences of Python values (None is null) by canonical input name.

    ``inputs`` holds at least the release's key and what its features read; anything else is left unread.
    Raises InputError where an input is missing, has another type, or cannot be computed with.
    """
    release = loaded.release
    keys = _keys(inputs, release.key)
    table = build_table(inputs, types=loaded.program.inputs, size=len(keys))
    encoded = loaded.program.encoded(table)
    margin = loaded.forest.margin(encoded.matrix)
    reasons = _reasons(loaded, encoded.matrix) if with_reasons else [()] * len(keys)
    probability = probabilities(margin).tolist()
    scores = points(margin, release.scale).tolist()
    return [
        Decision(
            key=key,
            prediction=int(bad >= release.cut_off),
            probability=bad,
            score=score,
            band=band_of(score, release.scale),
            reasons=given,
            warnings=warnings,
        )
        for key, bad, score, given, warnings in zip(keys, probability, scores, reasons, encoded.warnings, strict=True)
    ]


def _keys(inputs: Mapping[str, Sequence[object]], name: str) -> list[str]:
    if name not in inputs:
        raise InputError(f"input {name!r}, which identifies a unit, is missing; the inputs are {sorted(inputs)}")
    keyless = [row for row, key in enumerate(inputs[name]) if key is None]
    if keyless:
        raise InputError(f"input {name!r}, which identifies a unit, is null in rows {keyless[:5]}; give every unit one")
    return [str(key) for key in inputs[name]]


def _reasons(loaded: LoadedRelease, matrix: np.ndarray) -> list[tuple[ReasonGiven, ...]]:
    release = loaded.release
    return reasons_given(loaded.forest.contributions(matrix), reasons=release.reasons, features=release.features)
