"""Encryption of the journal: a key for each entity, wrapped by the master key; destroying it erases what it sealed.

AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces; the keys for wrapping, chain and repeats are derived from the
master key by HKDF-SHA256 (RFC 5869), so that none tells anything of another.
"""

import hashlib
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal.rows import JournalError, KeyRow
from credit_platform.engine.keys import journal_key

_KEY, _ID, _NONCE = 32, 16, 12


@dataclass(frozen=True, slots=True)
class EntityKey:
    """An unwrapped key, ready to seal."""

    key_id: bytes
    cipher: AESGCM = field(repr=False)


@dataclass(frozen=True)
class Master:
    """What the journal's key is good for."""

    wrapping: AESGCM = field(repr=False)
    chain: bytes = field(repr=False)
    repeats: bytes = field(repr=False)
    name: str
    """Tells this key from another and tells nothing else of it."""

    def made(self, subject: str) -> tuple[EntityKey, KeyRow]:
        """A new key of an entity, and how it is kept."""
        # One call for all the randomness: a bulk request makes as many keys as it has entities.
        drawn = os.urandom(_KEY + _ID + _NONCE)
        key, key_id, nonce = drawn[:_KEY], drawn[_KEY : _KEY + _ID], drawn[-_NONCE:]
        wrapped = nonce + self.wrapping.encrypt(nonce, key, key_id + subject.encode("ascii"))
        return EntityKey(key_id, AESGCM(key)), KeyRow(key_id, subject, wrapped)

    def unwrapped(self, row: KeyRow) -> EntityKey:
        """A kept key. Raises JournalError where it was altered or belongs to another entity or master key."""
        kept = row.wrapped or b""
        try:
            key = self.wrapping.decrypt(kept[:_NONCE], kept[_NONCE:], row.key_id + row.subject.encode("ascii"))
        except (InvalidTag, ValueError) as error:
            raise JournalError(
                f"the journal's key {row.key_id.hex()} does not open with master key {self.name}: it was altered, or "
                "CREDIT_PLATFORM_JOURNAL_KEY is not the one that it was made with"
            ) from error
        return EntityKey(row.key_id, AESGCM(key))


def seal(key: EntityKey, decision_id: str, payload: bytes) -> bytes:
    """Nonce and ciphertext; bound to the decision, so that it cannot stand for another one."""
    nonce = os.urandom(_NONCE)
    return nonce + key.cipher.encrypt(nonce, payload, decision_id.encode("ascii"))


def unseal(key: EntityKey, decision_id: str, sealed: bytes) -> bytes:
    """The payload. Raises JournalError where a byte of it is not the one that was written."""
    try:
        return key.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], decision_id.encode("ascii"))
    except (InvalidTag, ValueError) as error:
        raise JournalError(
            f"decision {decision_id}: its payload was altered; ask credit-platform journal verify"
        ) from error


def master_of(settings: Settings) -> Master:
    """The master key that the settings give, else this home's development key, made on first use."""
    secret = journal_key(settings)
    return Master(
        wrapping=AESGCM(_derived(secret, "wrapping")),
        chain=_derived(secret, "chain"),
        repeats=_derived(secret, "repeats"),
        name=hashlib.sha256(_derived(secret, "name")).hexdigest()[:16],
    )


def _derived(secret: bytes, purpose: str) -> bytes:
    info = f"credit_platform journal {purpose}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=info).derive(secret)
