"""How a process that runs the platform is set up, before anything heavy is imported."""

import gc
import os

OBJECTS_BETWEEN_COLLECTIONS, YOUNG, MIDDLE = 50_000, 20, 20


def set_up_process() -> None:
    """Threads that wait do not spin, and Python looks for reference cycles seldom.

    Spinning OpenMP threads made LightGBM eight times slower on a busy machine; passive ones cost an idle one nothing.
    The imports of a run and dbt's manifest are some million objects that live until the end: looking through them
    after every 700 new ones, as Python does by default, took 1.2 of the 6.5 s of the imports alone.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, YOUNG, MIDDLE)
