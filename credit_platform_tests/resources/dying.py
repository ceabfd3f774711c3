"""A promotion in a process that kills itself at a chosen moment, and the next start after it."""

import os
import subprocess
import sys
from pathlib import Path

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

moment = sys.argv[2]
if moment == "before the entry":
    ledger.OpenLedger.add = die
elif moment == "before its commit":
    ledger.OpenLedger.add = add_and_die
elif moment == "before the pointer":
    pointers.Pointers.write = die
elif moment == "before the pointer's rename":
    files.LocalFileSystem.mv = die
promote(store_at(Path(sys.argv[1])), "r2")
die()
"""


def killed_promotion(home: Path, moment: str) -> tuple[str, str, list[str]]:
    """Promote r2 in the place of r1 and die at ``moment``: the champion that a scorer sees then, the one after the next
    start, and what the ledger's verification finds wrong with it and its pointer."""
    store = store_at(home)
    promoted(store, 1)
    publish(store, "r2", seed=2)
    root = str(Path(__file__).resolve().parents[2])
    died = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(home), moment],
        env={**os.environ, "PYTHONPATH": root}, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert died.returncode == -9, died.stderr.decode()
    seen = (Path(store.settings.releases.removeprefix("file://")) / "tiny" / "champion.json").read_text()
    before = "r2" if '"release_id":"r2"' in seen else "r1"
    after = store_at(home).pointer("tiny")
    assert after is not None
    return before, after.release_id, problems(store)
