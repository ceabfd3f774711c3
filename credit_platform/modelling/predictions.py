"""Stored predictions: what a validator needs to compute a release's figures again, without a model or a feature."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from credit_platform.modelling.sample import Floats, Indices, Units
from credit_platform.modelling.splits import Split
from credit_platform.statistics.bootstrap import entity_codes

_NO_WINDOW = -1
_GROUP = "group__"


@dataclass(frozen=True, eq=False, kw_only=True)
class Predictions:
    """All labelled units (n,) by window, and the candidate's log-odds of those that no member learned from.

    ``window`` counts calibration, selection and test from 1 (0 training, -1 none of them); ``margin`` is nan where it
    is below 1. ``entity`` numbers the customers, so that intervals can resample whole ones: it names nobody.
    Of the test rows (t,), in order: ``groups``, protected attribute -> value as text. Of the ``explained`` test rows
    (e,), by position among them: ``reasons``, contributions to the log-odds by reason code (e, r), with those of the
    features that no reason names as one more column, where there are any.
    """

    label: NDArray[np.int8]
    weight: Floats
    window: NDArray[np.int8]
    margin: Floats
    explained: Indices
    reasons: Floats
    groups: Mapping[str, NDArray[np.str_]]
    entity: Indices | None = None
    decided: NDArray[np.datetime64] | None = None
    final: NDArray[np.datetime64] | None = None

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Named arrays; ``from_arrays`` gives the same predictions back."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "groups"}
        arrays |= {f"{_GROUP}{name}": values for name, values in self.groups.items()}
        return {name: values for name, values in arrays.items() if values is not None}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        groups = {name.removeprefix(_GROUP): values for name, values in arrays.items() if name.startswith(_GROUP)}
        held = {f.name: arrays[f.name] for f in fields(cls) if f.name in arrays}
        return cls(**held, groups=groups)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the names, types, shapes and bytes of all arrays."""
        digest = hashlib.sha256()
        for name, values in sorted(self.to_arrays().items()):
            digest.update(f"{name}:{values.dtype.str}:{values.shape};".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    @property
    def units(self) -> Units:
        """All units, by number: whose they are is not stored."""
        numbers = np.arange(len(self.label)).astype(str)
        return Units(
            key=numbers,
            label=self.label,
            weight=self.weight,
            entity=self.entity,
            decided=self.decided,
            final=self.final,
        )

    def split(self, population: str) -> Split:
        """The four windows, without the folds."""
        train, calibration, selection, test = (np.flatnonzero(self.window == number) for number in range(4))
        windows = {"train": train, "calibration": calibration, "selection": selection, "test": test}
        return Split(**windows, folds=(), population=population)


def predictions(
    units: Units,
    split: Split,
    margins: Mapping[str, Floats],
    *,
    explained: Indices,
    reasons: Floats,
    groups: Mapping[str, NDArray[np.str_]],
) -> Predictions:
    """Predictions of labelled units from the log-odds of each window but the first, by the window's name."""
    window = np.full(len(units), _NO_WINDOW, dtype=np.int8)
    margin = np.full(len(units), np.nan)
    for number, (name, rows) in enumerate(split.windows.items()):
        window[rows] = number
        if number:
            margin[rows] = margins[name]
    return Predictions(
        label=units.label.astype(np.int8),
        weight=units.weight,
        window=window,
        margin=margin,
        explained=explained,
        reasons=reasons,
        groups=groups,
        entity=None if units.entity is None else entity_codes(units.entity, rows=len(units)),
        decided=units.decided,
        final=units.final,
    )
