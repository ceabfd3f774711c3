"""Linear algebra on one core: matrices here are narrow, and threads of BLAS wait for each other longer than they work.

A logistic regression of 20,000 rows and 36 columns took 2 s of processor time and 10 to 20 s of the clock on the two
threads of OpenBLAS, where other programs used the cores as well, and .08 s and .4 s on one.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


class _Limit:
    """BLAS at one thread: a setting of the whole process, so the first thread of ours sets it, the last undoes it."""

    def __init__(self) -> None:
        self.controller = ThreadpoolController()
        self.lock = threading.Lock()
        self.inside = 0
        self.kept = ExitStack()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.lock:
            if not self.inside:
                self.kept.enter_context(self.controller.limit(limits=1, user_api="blas"))
            self.inside += 1
        try:
            yield
        finally:
            with self.lock:
                self.inside -= 1
                if not self.inside:
                    self.kept.close()


@cache
def _limit() -> _Limit:
    # To look through the libraries of the process takes 25 ms, to set their threads .1 ms.
    return _Limit()


@contextmanager
def one_core() -> Iterator[None]:
    """While it lasts BLAS uses one thread for each of ours."""
    with _limit().held():
        yield
