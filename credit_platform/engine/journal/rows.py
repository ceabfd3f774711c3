"""The journal as a database keeps it: groups in a chain, their entries, and the wrapped keys of entities."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import NamedTuple

from credit_platform.engine.errors import EngineError

Mac = bytes


class JournalError(EngineError):
    """The journal cannot be written or read. Its text never holds a password or anything of a decision."""


class GroupRow(NamedTuple):
    """One link of the chain: ``digest`` is of its entries, ``mac`` of all this and of the mac before it."""

    sequence: int
    kind: str
    header: str
    digest: bytes
    mac: Mac


class EntryRow(NamedTuple):
    """One decision; ``sealed`` is nonce and ciphertext under the entity's key ``key_id``."""

    sequence: int
    position: int
    decision_id: str
    role: str
    subject: str
    unit: str
    beside: str | None
    key_id: bytes
    sealed: bytes


class KeyRow(NamedTuple):
    """An entity's key, wrapped by the master key; ``wrapped`` is None once it was destroyed."""

    key_id: bytes
    subject: str
    wrapped: bytes | None


class RepeatRow(NamedTuple):
    """A request under an idempotency key and the groups that answered it; ``body`` is None once one of its entities
    was erased. See repeats.py."""

    name: bytes
    body: bytes | None
    first: int
    last: int
    places: str
    kept_at: int
    mac: Mac


def digest_of(entries: Iterable[EntryRow]) -> bytes:
    """SHA-256 over the entries of a group in order; every field with its length, so that none can move into another."""
    found = hashlib.sha256()
    for entry in entries:
        texts = (entry.decision_id, entry.role, entry.subject, entry.unit, entry.beside or "")
        head = "\0".join(texts).encode("ascii") + entry.key_id
        found.update(len(head).to_bytes(4, "big") + head + len(entry.sealed).to_bytes(4, "big"))
        found.update(entry.sealed)
    return found.digest()


def mac_of(key: bytes, before: Mac, *, sequence: int, kind: str, header: str, digest: bytes) -> Mac:
    """HMAC-SHA256 (RFC 2104) of a group and of the mac before it: whoever lacks the key can add nothing unnoticed."""
    said = f"{sequence}\0{kind}\0".encode("ascii") + digest + header.encode("ascii")
    return hmac.digest(key, before + said, hashlib.sha256)
