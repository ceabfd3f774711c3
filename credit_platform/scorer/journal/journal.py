"""The journal of a scorer: no answer without its record, unless the settings say that nothing is recorded."""

import logging
import threading
from concurrent.futures import Future

from credit_platform.contracts.journal import Claim, Group
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError
from credit_platform.engine.journal.reading import JournalReader
from credit_platform.engine.journal.repeats import claim_of
from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.sealing import master_of
from credit_platform.engine.journal.store import OFF, is_off, journal_store
from credit_platform.engine.journal.writing import JournalWriter
from credit_platform.engine.keys import pseudonym_key
from credit_platform.engine.pseudonyms import Pseudonyms
from credit_platform.scorer.errors import RepeatedError, RequestError, key_reused
from credit_platform.scorer.journal.commits import GroupCommit, JournalFullError
from credit_platform.scorer.journal.entries import Asked, Given, answer_of, group_of

_LOG = logging.getLogger(__name__)


class Journal:
    """Opened when the scorer starts; what it cannot keep is not answered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.is_on = not is_off(settings)
        """Whether decisions are recorded at all."""
        self._commits: GroupCommit | None = None
        self._reader: JournalReader | None = None
        self._reading = threading.Lock()
        self._secret = b""
        self._problem: str | None = "the journal is not open"

    def start(self, *, has_room: bool = False) -> None:
        """Opens it. A key or a URL that is wrong is told and leaves the scorer without decisions.

        ``has_room``: its log is given its full length before the first decision, as a server wants it.
        """
        if not self.is_on:
            self._problem = None
            _LOG.warning("CREDIT_PLATFORM_JOURNAL_URL is %r: no decision is recorded", OFF)
            return
        try:
            self._secret = pseudonym_key(self._settings)
            master = master_of(self._settings)
            writer = JournalWriter(journal_store(self._settings), master)
            self._reader = JournalReader(journal_store(self._settings), master)
        except EngineError as error:
            self._problem = str(error)
            _LOG.error("decisions cannot be recorded, so none is given: %s", error)
            return
        self._commits = GroupCommit(writer, alone=self._settings.workers == 1)
        self._commits.start(has_room=has_room)

    def stop(self) -> None:
        """Writes what waits and closes it."""
        if self._commits is not None:
            self._commits.stop()
        if self._reader is not None:
            with self._reading:
                self._reader.store.close()

    @property
    def problem(self) -> str | None:
        """Why no decision can be recorded at the moment."""
        return self._problem if self._commits is None else self._commits.problem

    @property
    def waiting(self) -> int:
        """Decisions that wait for their commit."""
        return 0 if self._commits is None else self._commits.waiting

    @property
    def erasures(self) -> str | None:
        """Changes when it is noticed that an entity was erased: at the next decision that is recorded."""
        return None if self._commits is None else self._commits.erasures

    def claim(self, *, caller: str, use_case: str, key: str, body: bytes) -> Claim | None:
        """What a request under an idempotency key is known by; None where nothing is recorded."""
        if self._reader is None:
            return None
        return claim_of(self._reader.master, caller=caller, use_case=use_case, key=key, body=body)

    def repeated(self, claim: Claim) -> list[bytes] | None:
        """The bytes of each answer that a request had under its idempotency key; None where the journal has none.

        Raises RequestError 422 where the key came with another body, 410 where an entity of it was erased since, 503
        where the journal cannot be read.
        """
        reader, seconds = self._reader, self._settings.journal_wait_seconds
        if reader is None or not self._reading.acquire(timeout=seconds):
            raise self.refused(JournalError(f"it could not be read within {seconds:g} s"))
        try:
            found = reader.repeated(claim)
        except JournalError as error:
            raise self.refused(error) from error
        finally:
            self._reading.release()
        if found is None:
            return None
        if not found.is_same:
            raise key_reused()
        if found.payloads is None:
            raise RequestError(
                410, "erased", "this request was decided, and its entity was erased since; a new request has a new key"
            )
        return [answer_of(payload) for payload in found.payloads]

    def group(self, given: Given, asked: Asked) -> Group:
        """What these decisions leave behind."""
        return group_of(given, asked, self.pseudonyms(given.loaded.release.use_case))

    def pseudonyms(self, use_case: str) -> Pseudonyms:
        """How entities and units of a use case are named in the journal."""
        return Pseudonyms(use_case=use_case, key=self._secret)

    def write(self, *groups: Group) -> None:
        """Returns when the decisions are on the disk. Raises RequestError 503 where they are not, RepeatedError where
        another worker's on the same request are."""
        if not self.is_on:
            return
        try:
            late = self._opened().write(*groups, seconds=self._settings.journal_wait_seconds)
        except JournalError as error:
            raise self.refused(error) from error
        if any(group.claim in late for group in groups):
            raise RepeatedError

    def commit_now(self, *groups: Group) -> frozenset[Claim] | None:
        """Commits at once where that is quicker than handing over, on an event loop too, and gives the claims that came
        too late; None where it did nothing. Raises RequestError 503 where the decisions are not on the disk."""
        try:
            return self._opened().commit_now(*groups)
        except JournalError as error:
            raise self.refused(error) from error

    def submit(self, *groups: Group) -> Future[frozenset[Claim]]:
        """Hands decisions over; the future is done when they are on the disk, with the claims that came too late, whose
        decisions are not; or it holds a JournalError for ``refused``.

        Raises RequestError 503 where nothing is taken.
        """
        try:
            return self._opened().submit(*groups)
        except JournalError as error:
            raise self.refused(error) from error

    def refused(self, error: JournalError) -> RequestError:
        """The answer to who may not be answered, since the record is missing."""
        if isinstance(error, JournalFullError):
            return RequestError(503, "journal_full", f"{error}; send it again later")
        _LOG.error("a decision was not given, since it could not be recorded: %s", error)
        # What is wrong with the journal may name places: it is for the operator's log, not for the caller.
        message = "the decision could not be recorded, so it is not given; send it again later"
        return RequestError(503, "journal_unavailable", message)

    def _opened(self) -> GroupCommit:
        if self._commits is None:
            raise JournalError(self._problem or "the journal is not open")
        return self._commits
