"""The one number format: what is stored, sent and compared with the cut-off is the same rounded number."""

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping

import numpy as np

from credit_platform.contracts.base import Frozen

DECIMALS = 6
_SCALE = 10.0**DECIMALS


def rounded(value: float) -> float:
    """The float nearest to ``value`` with six decimals (half to even); never minus zero."""
    return round(value * _SCALE) / _SCALE


def probabilities(margin: np.ndarray) -> np.ndarray:
    """Probability of bad, float64 (n,), from log-odds of bad (n,), rounded once to six decimals.

    Element by element through libm: vectorised exponentials differ in the last bit between batch lengths and
    processors, and a scored row must not depend on its neighbours.
    """
    return np.fromiter((rounded(_sigmoid(float(m))) for m in margin), dtype=np.float64, count=len(margin))


def _sigmoid(margin: float) -> float:
    if margin >= 0:
        return 1.0 / (1.0 + math.exp(-margin))
    odds = math.exp(margin)
    return odds / (1.0 + odds)


def json_bytes(value: object) -> bytes:
    """ASCII JSON with sorted keys and no spaces: equal content gives equal bytes; NaN and infinity are refused."""
    return json_text(value).encode("ascii")


def json_text(value: object) -> str:
    """The same as text."""
    return _ENCODER.encode(value)


def _plain(value: object) -> object:
    if isinstance(value, Frozen):
        return value.model_dump(mode="json")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON; expected records, mappings, sequences or scalars")


# Made once: json.dumps makes one at every call, a third of the time of a short document.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_plain)
