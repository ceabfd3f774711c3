"""Figures that several pages of one run show: the card, its recomputation and the page of the release ask for one."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import numpy as np

P = ParamSpec("P")
_KEPT = 8


def drawn_once(figure: Callable[P, bytes]) -> Callable[P, bytes]:
    """The last eight drawings are kept by a digest of all arguments, to the byte: others are drawn anew."""
    kept = OrderedDict[str, bytes]()

    @wraps(figure)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> bytes:
        asked = _digest([*args, *(part for item in sorted(kwargs.items()) for part in item)])
        if asked not in kept:
            kept[asked] = figure(*args, **kwargs)
            if len(kept) > _KEPT:
                kept.popitem(last=False)
        return kept[asked]

    return drawn


def _digest(arguments: list[object]) -> str:
    total = hashlib.sha256()
    for each in arguments:
        is_plain = each is None or isinstance(each, str | int | float)
        array = np.asarray(repr(each) if is_plain else each)
        total.update(f"{array.dtype}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
