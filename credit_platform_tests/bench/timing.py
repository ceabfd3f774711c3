"""Times two ways of doing the same work side by side, so that a busy machine slows both."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """Median seconds of one call."""

    ours: float
    peer: float

    @property
    def times_faster(self) -> float:
        return self.peer / self.ours


def seconds(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def side_by_side(ours: Work, *, peer: Work, rounds: int) -> Seconds:
    """Both in turn, ``rounds`` times after one unmeasured call each."""
    ours(), peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    return Seconds(ours=median(pair[0] for pair in pairs), peer=median(pair[1] for pair in pairs))
