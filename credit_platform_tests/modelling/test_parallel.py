"""Fits side by side: the order of the items, their share of the threads, and the same models as one after another."""

import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.one_core import one_core
from credit_platform.modelling.parallel import side_by_side
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.training import Trained, cross_validate
from credit_platform_tests.modelling.test_algorithms import SMALL


@pytest.mark.parametrize(("threads", "share"), [(1, 1), (2, 1), (3, 1), (8, 2)])
def test_results_come_in_the_order_of_the_items_whoever_ends_first(threads: int, share: int) -> None:
    first_ends_last = threading.Event()

    def work(item: int, given: int) -> tuple[int, int]:
        if item == 0 and threads > 1:
            assert first_ends_last.wait(timeout=30)
        first_ends_last.set()
        return item, given

    assert list(side_by_side(work, range(4), threads=threads)) == [(item, share) for item in range(4)]


def test_an_error_is_raised_and_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def work(item: int, _: int) -> int:
        begun.append(item)
        if item == 1:
            raise ValueError(f"item {item}")
        time.sleep(0.01)
        return item

    with pytest.raises(ValueError, match="item 1"):
        list(side_by_side(work, range(1000), threads=2))
    assert len(begun) < 1000


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "random_forest", "logistic_regression"])
def test_the_same_models_whatever_the_threads(name: str, sample: Sample) -> None:
    def trained(threads: int) -> Trained:
        folds = make_folds(sample, count=3, seed=1)
        return cross_validate(name, sample, folds, params=SMALL[name], seed=1, threads=threads, monotone={})

    one, three = trained(1), trained(3)
    np.testing.assert_array_equal(one.oof_margin, three.oof_margin)
    np.testing.assert_array_equal(one.forest.value, three.forest.value)


def test_blas_works_on_one_thread_while_any_fit_is_under_way_and_then_as_before() -> None:
    def threads() -> list[int]:
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

    before, first, second = threads(), one_core(), one_core()
    first.__enter__()
    second.__enter__()
    assert set(threads()) == {1}
    # Whoever came first may leave first.
    first.__exit__(None, None, None)
    assert set(threads()) == {1}
    second.__exit__(None, None, None)
    assert threads() == before
