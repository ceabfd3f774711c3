"""The champions being served: read from the releases, swapped whole, and kept when a new one cannot be used."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from credit_platform.contracts.release import ChampionPointer
from credit_platform.contracts.settings import Settings
from credit_platform.engine.entity_state import open_state_store
from credit_platform.engine.errors import EngineError
from credit_platform.engine.releases import (
    LoadedRelease,
    SignedPointer,
    list_use_cases,
    load_champion,
    read_signed_pointer,
)
from credit_platform.engine.seen import keep_seen, newest_seen
from credit_platform.engine.states import StateStore
from credit_platform.engine.trust import Trust, trust_of
from credit_platform.scorer.answers import AnswerWriter
from credit_platform.scorer.errors import RequestError
from credit_platform.scorer.records import RecordSchema, record_schema

POLL_SECONDS = 0.5
"""A champion of a few trees that changes every second is followed every time; one of 725 is prepared for some seconds,
and the one before it answers meanwhile."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """One champion in service with what answering needs."""

    pointer: ChampionPointer
    loaded: LoadedRelease
    records: RecordSchema
    store: StateStore
    writer: AnswerWriter


@dataclass(frozen=True)
class Snapshot:
    """What is served at one moment; a request uses one snapshot from beginning to end."""

    served: Mapping[str, Served] = field(default_factory=dict)
    without_champion: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    """Use case (or ``releases``) -> why its newest champion is not the one served."""
    swaps: int = 0

    def of(self, use_case: str) -> Served:
        """The champion of a use case. Raises RequestError 503 without a usable champion, 404 for an unknown name."""
        found = self.served.get(use_case)
        if found is not None:
            return found
        if use_case in self.without_champion or use_case in self.problems:
            raise RequestError(503, "no_champion", f"use case {use_case!r} has no champion that can be served yet")
        raise RequestError(404, "unknown_use_case", f"unknown use case; loaded are {sorted(self.served)}")

    def default(self, wanted: str | None) -> Served:
        """The use case that the settings name, else the alphabetically first one. Raises RequestError 503."""
        if wanted is not None:
            return self.of(wanted)
        if not self.served:
            raise RequestError(503, "no_champion", "no use case has a champion yet")
        return self.served[min(self.served)]


class Champions:
    """Follows the champion pointers from a thread of its own, so no request ever waits for a release to load."""

    def __init__(self, settings: Settings, *, settled: Callable[[], None] | None = None) -> None:
        """``settled`` is called when the first releases have been loaded and their reasons are prepared."""
        self.settings = settings
        self._settled = settled or (lambda: None)
        self.snapshot = Snapshot()
        self._refreshing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Loads what there is, then looks again and again."""
        self.refresh()
        self._stop.clear()
        self._thread = threading.Thread(target=self._follow, name="champions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the following and closes the stores."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for served in self.snapshot.served.values():
            served.store.close()

    @property
    def is_following(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _follow(self) -> None:
        for name, served in self.snapshot.served.items():
            try:
                served.loaded.forest.prepare()
            except EngineError as error:
                _LOG.error("%s is served without preparation, slowly: %s", name, error)
        self._settled()
        while not self._stop.wait(POLL_SECONDS):
            self.refresh()

    def refresh(self) -> None:
        """Reads every pointer once and publishes a new snapshot if anything changed."""
        with self._refreshing:
            old = self.snapshot
            new = self._looked_up(old)
            for name in sorted(
                set(new.problems) - {n for n, why in old.problems.items() if new.problems.get(n) == why}
            ):
                _LOG.error("champion of %s is not the newest: %s", name, new.problems[name])
            for name, served in new.served.items():
                if served is not old.served.get(name):
                    _LOG.info("serving %s release %s", name, served.pointer.release_id)
            self.snapshot = new

    def _looked_up(self, old: Snapshot) -> Snapshot:
        served, problems, without = dict(old.served), dict[str, str](), []
        try:
            names = {*list_use_cases(self.settings.releases), *served}
        except OSError as error:
            return Snapshot(old.served, old.without_champion, {"releases": f"cannot be listed: {error}"}, old.swaps)
        try:
            # Read anew each time: a key counts, or counts no more, from the next pointer on. What a key signed that was
            # taken away serves on, and is told as a problem, until another champion comes or this process starts anew.
            trust = trust_of(self.settings)
        except (EngineError, OSError) as error:
            return Snapshot(old.served, old.without_champion, {"trusted_keys": str(error)}, old.swaps)
        for name in sorted(names):
            try:
                found = self._current(name, served.get(name), trust)
            except (EngineError, OSError) as error:
                problems[name] = str(error)
                continue
            if found is None:
                without.append(name)
            else:
                served[name] = found
        swaps = old.swaps + sum(served[name] is not old.served.get(name) for name in served)
        return Snapshot(served, tuple(without), problems, swaps)

    def _current(self, use_case: str, serving: Served | None, trust: Trust) -> Served | None:
        found = read_signed_pointer(self.settings.releases, use_case, trust=trust)
        pointer = None if found is None else found.pointer
        if serving is None:
            # What was put back before a start would be believed, but for what this home has served already: that is
            # served again, and the next look tells why.
            seen = newest_seen(self.settings, use_case, trust=trust)
            if seen is not None and (pointer is None or pointer.sequence < seen.sequence):
                pointer, found = seen, None
            if pointer is None:
                return None
        else:
            if pointer is None:
                raise EngineError("the champion pointer is gone; the release in service stays")
            if pointer == serving.pointer:
                return serving
            if pointer.sequence <= serving.pointer.sequence:
                raise EngineError(
                    f"the champion pointer has sequence {pointer.sequence}, in service is "
                    f"{serving.pointer.sequence}; a rollback is a new entry with a higher number"
                )
        served = self._loaded(use_case, pointer, serving, trust)
        if found is not None:
            self._keep(found, trust)
        return served

    def _keep(self, found: SignedPointer, trust: Trust) -> None:
        try:
            keep_seen(self.settings, found, trust=trust)
        except OSError as error:
            # Serving comes first: without it only a start after this process cannot tell an older pointer.
            _LOG.warning("the newest champion pointer cannot be kept below the home: %s", error)

    def _loaded(self, use_case: str, pointer: ChampionPointer, serving: Served | None, trust: Trust) -> Served:
        loaded = load_champion(self.settings.releases, pointer, trust=trust, threads=self.settings.threads)
        if serving is not None:
            # The old one answers meanwhile. At a start there is no old one: answers come first (see _follow).
            loaded.forest.prepare()
        store = serving.store if serving is not None else open_state_store(self.settings, use_case)
        schema, writer = record_schema(loaded.release), AnswerWriter(loaded)
        return Served(pointer=pointer, loaded=loaded, records=schema, store=store, writer=writer)
