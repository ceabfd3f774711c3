"""The newest champion pointer that a home has seen: a witness that whoever turns back the ledger has to find as well.

A chain of hashes shows what was changed inside it, not that its end was cut off, and an old signed pointer put back
beside the releases agrees with a chain that was cut. So the platform's home, and each scorer's, keeps the highest
signed pointer that it has come across, and refuses what knows less. Every home is a witness of its own.

What this cannot find: a ledger and pointer turned back together in the eyes of a home that is new, or whose copy was
taken away or turned back too; and, by a scorer, which never reads the ledger, entries that were exchanged and then
outnumbered by others, signed with the platform's own key.
"""

import logging
import os
from pathlib import Path

from credit_platform.contracts.release import ChampionPointer
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.releases import SignedPointer, opened_pointer
from credit_platform.engine.trust import Trust

_LOG = logging.getLogger(__name__)


def seen_file(settings: Settings, use_case: str) -> Path:
    """Where this home keeps it; removed by hand where a ledger is begun anew on purpose."""
    return settings.home_dir / "seen" / f"{use_case}.json"


def newest_seen(settings: Settings, use_case: str, *, trust: Trust) -> ChampionPointer | None:
    """The highest pointer that this home kept; None before the first, or where no trusted key signed what is there."""
    file = seen_file(settings, use_case)
    if not file.exists():
        return None
    try:
        return opened_pointer(file.read_bytes(), use_case, trust=trust, where=str(file)).pointer
    except ReleaseError as error:
        _LOG.warning("%s; it is written anew and is no witness until then", error)
        return None


def keep_seen(settings: Settings, found: SignedPointer, *, trust: Trust) -> None:
    """Remember a pointer, whole and at once, unless a higher one is kept already."""
    use_case, sequence = found.pointer.use_case, found.pointer.sequence
    kept = newest_seen(settings, use_case, trust=trust)
    if kept is not None and kept.sequence >= sequence:
        return
    file = seen_file(settings, use_case)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(found.data)
    draft.replace(file)
