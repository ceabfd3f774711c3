"""Promotions in processes that kill themselves at a chosen moment, and the next start after each."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.resources.governed import problems, promoted, publish, store_at

MOMENTS = ("before the entry", "before its commit", "before the pointer", "before the pointer's rename", "afterwards")
_SCRIPT = """
import os, signal, sys
from pathlib import Path
import fsspec.implementations.local as files
from credit_platform.resources import ledger, pointers
from credit_platform_tests.resources.governed import promote, store_at

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

add = ledger.OpenLedger.add

def add_and_die(*told, **named):
    add(*told, **named)
    die()

def promote_and_die(home, moment):
    if moment == "before the entry":
        ledger.OpenLedger.add = die
    elif moment == "before its commit":
        ledger.OpenLedger.add = add_and_die
    elif moment == "before the pointer":
        pointers.Pointers.write = die
    elif moment == "before the pointer's rename":
        files.LocalFileSystem.mv = die
    promote(store_at(Path(home)), "r2")
    die()

for home, moment in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    child = os.fork()
    if child == 0:
        try:
            promote_and_die(home, moment)
        finally:
            os._exit(1)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended != -signal.SIGKILL:
        sys.exit(f"{home}, {moment}: ended with {ended}")
"""


def killed_promotions(moments: Mapping[Path, str]) -> list[tuple[str, str, list[str]]]:
    """In each of these homes promote r2 in the place of r1 and die at its moment: the champion that a scorer sees
    then, the one after the next start, and what the ledger's verification finds wrong with it and its pointer.

    One process forks them all: its imports take longer than a promotion.
    """
    stores = [_with_a_champion(home) for home in moments]
    asked = [str(each) for pair in moments.items() for each in pair]
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *asked],
        env={**os.environ, "PYTHONPATH": root}, capture_output=True, check=False, timeout=120 + 2 * len(stores),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return [_found(home, store) for home, store in zip(moments, stores, strict=True)]


def _with_a_champion(home: Path) -> ReleaseStore:
    store = store_at(home)
    promoted(store, 1)
    publish(store, "r2", seed=2)
    return store


def _found(home: Path, store: ReleaseStore) -> tuple[str, str, list[str]]:
    seen = (Path(store.settings.releases.removeprefix("file://")) / "tiny" / "champion.json").read_text()
    before = "r2" if '"release_id":"r2"' in seen else "r1"
    after = store_at(home).pointer("tiny")
    assert after is not None
    return before, after.release_id, problems(store)
