"""Linear algebra on one core: matrices here are narrow, and threads of BLAS wait for each other longer than they work.

A logistic regression of 20,000 rows and 36 columns took 2 s of processor time and 10 to 20 s of the clock on the two
threads of OpenBLAS, where other programs used the cores as well, and .08 s and .4 s on one.
"""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def one_core() -> AbstractContextManager[object]:
    """While it lasts BLAS uses one thread; every library that was loaded before the first use follows."""
    return _loaded().limit(limits=1, user_api="blas")


@cache
def _loaded() -> ThreadpoolController:
    # Looks through the libraries of the process, 25 ms; to set their threads takes .1 ms.
    return ThreadpoolController()
