"""``credit-platform journal verify`` and ``erase``, and ``replay``: is the record whole, and what does it say."""

import json
import sys
from collections.abc import Callable
from typing import Any

from credit_platform.commands.exits import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError
from credit_platform.engine.journal.erasing import erase
from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.sealing import master_of
from credit_platform.engine.journal.store import journal_store
from credit_platform.engine.journal.verifying import verify
from credit_platform.engine.keys import pseudonym_key
from credit_platform.engine.pseudonyms import Pseudonyms
from credit_platform.engine.releases import load_champion, read_pointer
from credit_platform.engine.trust import trust_of
from credit_platform.scorer.journal.replay import replay

Told = tuple[int, list[str], dict[str, Any]]


def verify_command(*, head: str | None, as_json: bool) -> int:
    """Exit code 0 where the whole journal verifies, 1 where it does not, 2 where it cannot be read."""

    def work(settings: Settings) -> Told:
        found = verify(journal_store(settings), master_of(settings), known_head=head)
        lines = [f"broken  {problem}" for problem in found.problems]
        lines.append(
            f"{found.decisions} decisions in {found.groups} groups, {found.erased} of them erased: "
            + ("the journal does not verify." if found.problems else f"the journal verifies. Head: {found.head}")
        )
        document = {name: getattr(found, name) for name in ("groups", "decisions", "erased", "head")}
        return EXIT_FAILED if found.problems else EXIT_OK, lines, {**document, "problems": list(found.problems)}

    return _told(work, as_json=as_json)


def erase_command(use_case: str, value: str, *, is_unit: bool, by: str, reason: str, as_json: bool) -> int:
    """Destroys the keys of an entity; exit code 2 where the journal knows none."""

    def work(settings: Settings) -> Told:
        subject = _subject(settings, use_case, value, is_unit=is_unit)
        store, master = journal_store(settings), master_of(settings)
        found = erase(store, master, use_case=use_case, subject=subject, recorded_by=by, reason=reason)
        if found is None:
            # Also after an erasure that a reader interrupted: nothing is destroyed twice, but the files are cleaned.
            store.forget()
            raise JournalError(f"{use_case}: the journal holds nothing that can be read of this entity")
        said = f"{len(found.key_ids)} keys destroyed: what they sealed is in the journal and can never be read again."
        return EXIT_OK, [said], found.model_dump(mode="json")

    return _told(work, as_json=as_json)


def replay_command(decision_id: str, *, as_json: bool) -> int:
    """Exit code 0 where the answer is the same to the byte, 1 where it is not, 2 where it cannot be made again."""

    def work(settings: Settings) -> Told:
        found = replay(settings, decision_id)
        if found is None:
            raise JournalError(f"decision {decision_id!r} is not in the journal")
        occasion = found.occasion
        who = f"{found.role} {occasion.use_case}/{occasion.release_id}, {occasion.received_at:%Y-%m-%d %H:%M:%S} UTC"
        document: dict[str, Any] = {"role": found.role, "occasion": occasion.model_dump(mode="json")}
        if found.is_erased:
            act = found.erasure
            told = "" if act is None else f" on {act.recorded_at:%Y-%m-%d} by {act.recorded_by}: {act.reason}"
            lines = [f"{who}: its entity was erased{told}. Nothing of the decision can be read or made again."]
            return EXIT_USAGE, lines, {**document, "is_erased": True}
        document |= {"is_erased": False, "is_same": found.difference is None, "answer": found.answer}
        if found.difference is not None:
            return EXIT_FAILED, [f"{who}: differs", found.difference], {**document, "difference": found.difference}
        return EXIT_OK, [f"{who}: made again, the same to the byte."], document

    return _told(work, as_json=as_json)


def _subject(settings: Settings, use_case: str, value: str, *, is_unit: bool) -> str:
    """Pseudonym of an entity, or of a unit, by the input that the champion names it by."""
    trust = trust_of(settings)
    pointer = read_pointer(settings.releases, use_case, trust=trust)
    if pointer is None:
        raise JournalError(
            f"{use_case}: has no champion, so it has decided nothing; name the use case as in /v1/NAME/predict"
        )
    release = load_champion(settings.releases, pointer, trust=trust, threads=1).release
    if release.entity is None and not is_unit:
        raise JournalError(f"{use_case}: its units are about nobody else; name one by its {release.key} with --unit")
    name = release.key if is_unit or release.entity is None else release.entity
    return Pseudonyms(use_case=use_case, key=pseudonym_key(settings)).of(name, value)


def _told(work: Callable[[Settings], Told], *, as_json: bool) -> int:
    try:
        code, lines, document = work(Settings())
    except EngineError as error:
        code, lines, document = EXIT_USAGE, [f"error  {error}"], {"error": str(error)}
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    if as_json:
        sys.stdout.write(json.dumps(document) + "\n")
    return code
