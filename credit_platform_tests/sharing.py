"""How two workers share the tests: what shares a session fixture stays on one worker, and the longest start first."""

from pathlib import PurePath

import pytest

TOGETHER = {
    "lender": (
        "test_demo_run",
        "test_hand_written_tables",
        "test_lifecycle",
        "test_nights",
        "test_online",
        "test_release",
    ),
    "sorter": (
        "test_broken_use_cases",
        "test_card",
        "test_challenge",
        "test_deliveries",
        "test_fairness",
        "test_faults",
        "test_governance",
        "test_kills",
        "test_kills_of_the_warehouse",
        "test_postgres",
        "test_reasons",
        "test_searches",
    ),
}
"""Files of the graph's tests that share whole runs; every other folder is a group of its own. In this order: the
first two take minutes each, so they start at once, one on each worker."""
LONG = ("warehouse", "builders", "scorer", "modelling", "engines", "resources", "sources", "ui")
"""Folders of half a minute and more come next, the longest first: the short ones are left to fill what time either
worker has."""


def group_of(nodeid: str) -> str:
    """Group of the test with this id, such as ``credit_platform_tests/graph/test_kills.py::test_x``."""
    path = PurePath(nodeid.split("::", 1)[0])
    return next((name for name, files in TOGETHER.items() if path.stem in files), str(path.parent))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which groups are handed out; within a group the order of the files stays."""
    first = [*TOGETHER, *LONG]
    items.sort(key=lambda item: first.index(name) if (name := _name(item.nodeid)) in first else len(first))


def _name(nodeid: str) -> str:
    """The group's name, without the folders above it."""
    return PurePath(group_of(nodeid)).name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Whole groups to workers. (``--dist loadgroup`` marks test ids in a way that pytest 9.2 no longer reads.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log)
