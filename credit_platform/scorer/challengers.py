"""The challengers being tried: followed as champions are, and none at all as soon as anything about one is wrong."""

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from credit_platform.contracts.challenger import ChallengeMode, ChallengerPointer
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError, ReleaseError
from credit_platform.engine.releases import LoadedRelease, load_release, read_challenger
from credit_platform.engine.trust import Trust, trust_of
from credit_platform.scorer.answers import AnswerWriter
from credit_platform.scorer.champions import Champions, Served
from credit_platform.scorer.records import RecordSchema, record_schema

POLL_SECONDS = 0.4
"""A withdrawal is followed within a second."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Challenge:
    """One challenger, loaded and verified."""

    pointer: ChallengerPointer
    loaded: LoadedRelease
    records: RecordSchema
    writer: AnswerWriter
    mode: ChallengeMode
    share: float

    def beside(self, champion: Served) -> Served:
        """The challenger in the champion's place: it looks entities up in the same store."""
        return replace(champion, loaded=self.loaded, records=self.records, writer=self.writer)

    def is_tried_on(self, subject: str) -> bool:
        """Whether an entity, by its pseudonym, is of the share: the same answer for as long as the trial lasts.

        A larger share holds a smaller one; another release is tried on other entities.
        """
        drawn = hashlib.sha256(f"{self.pointer.release_id}\0{subject}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") < self.share / 100 * 2**64


class Challengers:
    """Follows the challenger pointers from a thread of its own."""

    def __init__(self, settings: Settings, champions: Champions) -> None:
        self._settings = settings
        self._champions = champions
        self._off = settings.home_dir / "challengers.off"
        self._found: Mapping[str, Challenge] = {}
        self._newest = dict[str, int]()
        self._refreshing = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="challengers", daemon=True)
        self.problems: Mapping[str, str] = {}
        """Use case -> why its challenger is not tried."""

    def start(self) -> None:
        """Loads what there is, then looks again."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def of(self, use_case: str) -> Challenge | None:
        """The challenger of a use case; none while the switch is off: the setting, or the file ``challengers.off`` in
        the home, which is looked for at every request. A home that cannot be looked into counts as switched off."""
        found = self._found.get(use_case)
        if found is None or not self._settings.challengers:
            return None
        try:
            return None if self._off.exists() else found
        except OSError:
            return None

    def _follow(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self.refresh()

    def refresh(self) -> None:
        """Reads every pointer once; what was read first is never published last."""
        with self._refreshing:
            self._refresh()

    def _refresh(self) -> None:
        found, problems = dict[str, Challenge](), dict[str, str]()
        for use_case, champion in self._champions.snapshot.served.items():
            try:
                challenge = self._current(use_case, champion, trust_of(self._settings))
            except (EngineError, OSError) as error:
                problems[use_case] = str(error)
                if self.problems.get(use_case) != str(error):
                    _LOG.error("the challenger of %s is not tried: %s", use_case, error)
                continue
            if challenge is not None:
                found[use_case] = challenge
        self._found, self.problems = found, problems

    def _current(self, use_case: str, champion: Served, trust: Trust) -> Challenge | None:
        pointer = read_challenger(self._settings.releases, use_case, trust=trust)
        if pointer is None:
            return None
        if pointer.sequence < self._newest.get(use_case, 0):
            raise ReleaseError(
                f"the challenger pointer has sequence {pointer.sequence}, {self._newest[use_case]} was seen; "
                "a withdrawal is a new entry with a higher number"
            )
        self._newest[use_case] = pointer.sequence
        if pointer.trial is None or pointer.manifest_sha256 == champion.pointer.manifest_sha256:
            return None
        known = self._found.get(use_case)
        if known is not None and known.pointer == pointer:
            return known
        loaded = load_release(
            self._settings.releases,
            use_case,
            pointer.release_id,
            trust=trust,
            manifest_sha256=pointer.manifest_sha256,
            threads=self._settings.threads,
        )
        # Its first reasons would take longer than a canary is waited for, and the champion would answer for it.
        loaded.forest.prepare()
        _LOG.info("%s tries release %s: %s", use_case, pointer.release_id, pointer.trial)
        schema, writer = record_schema(loaded.release), AnswerWriter(loaded)
        return Challenge(pointer, loaded, schema, writer, mode=pointer.trial.mode, share=pointer.trial.share)
