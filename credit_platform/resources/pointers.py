"""Champion pointers as the platform writes them: beside the releases for everybody, and below its home as a witness."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import fsspec

from credit_platform.contracts.release import ChampionPointer
from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.ledger import Recorded, beyond
from credit_platform.engine.releases import POINTER_FILE, SignedPointer, read_pointer
from credit_platform.engine.seen import keep_seen, newest_seen, seen_file
from credit_platform.engine.signing import signer_of
from credit_platform.engine.trust import Purpose, trust_of

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pointers:
    """Call what writes under the ledger's lock: of two writers the one with the older entry could come last."""

    settings: Settings

    def found(self, use_case: str, *, is_needed: bool) -> ChampionPointer | None:
        """The pointer beside the releases; one that cannot be read is none where the ledger can replace it."""
        try:
            return read_pointer(self.settings.releases, use_case, trust=trust_of(self.settings))
        except ReleaseError as error:
            if is_needed:
                raise
            _LOG.warning("%s; the ledger's last entry is written over it", error)
            return None

    def lost(self, use_case: str, entries: Sequence[Recorded], copy: ChampionPointer | None) -> list[str]:
        """What the pointer beside the releases, or the newest that this home has seen, knows and the chain does not.

        ``engine.seen`` says what neither can know.
        """
        seen = newest_seen(self.settings, use_case, trust=trust_of(self.settings))
        file = seen_file(self.settings, use_case)
        newest = f"the newest pointer that this home has seen ({file}; remove it where the ledger was begun anew)"
        return [*beyond(entries, copy), *beyond(entries, seen, witness=newest)]

    def write(self, pointer: ChampionPointer, *, over: ChampionPointer | None) -> None:
        """Put it beside the releases, at once and whole, over the one that was found there."""
        known = 0 if over is None else over.sequence
        if known < pointer.sequence - 1:
            # One behind is a promotion, or one that was killed; nothing of ours leaves it further behind.
            _LOG.warning(
                "the champion pointer of %s was at entry %d, the ledger is at %d: it was taken away, or an older one "
                "put back",
                pointer.use_case,
                known,
                pointer.sequence,
            )
        write_signed(self.settings, f"{pointer.use_case}/{POINTER_FILE}", json_bytes(pointer), "champion")

    def remember(self, pointer: ChampionPointer) -> None:
        """This home has seen it: whoever turns ledger and pointer back is found by what is kept here."""
        trust = trust_of(self.settings)
        kept = newest_seen(self.settings, pointer.use_case, trust=trust)
        if kept is None or kept.sequence < pointer.sequence:
            signed = signer_of(self.settings).sealed(json_bytes(pointer), "champion").data
            keep_seen(self.settings, SignedPointer(pointer, signed), trust=trust)


def write_signed(settings: Settings, name: str, payload: bytes, purpose: Purpose) -> None:
    """Sign a document and put it below the releases, whole or not at all."""
    fs, root = fsspec.url_to_fs(settings.releases)
    path = f"{str(root).rstrip('/')}/{name}"
    fs.pipe_file(f"{path}.new", signer_of(settings).sealed(payload, purpose).data)
    fs.mv(f"{path}.new", path)
