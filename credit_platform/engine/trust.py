"""Ed25519 signatures around JSON documents, split off and verified before any parser reads a byte (RFC 8032).

A sealed document is the canonical JSON object with two more members at its very end, ``signed_by`` (SHA-256 of the
public key) and ``signature``. Both have a fixed length, so the signed bytes are cut out by position, not by parsing.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError

Purpose = Literal["manifest", "champion", "challenger", "ledger"]
_SEAL = re.compile(rb',"signed_by":"([0-9a-f]{64})","signature":"([0-9a-f]{128})"\}\Z')
_NOT_AFTER = re.compile(rb"^not-after:[ \t]*(\S*)", re.MULTILINE)
_OUGHT = "restore the file, or move the releases of this use case away and run it again"


@dataclass(frozen=True)
class Sealed:
    """A document and the signature that came with it, not verified yet."""

    payload: bytes
    key_id: str
    signature: bytes

    @property
    def data(self) -> bytes:
        """The document as it is stored: a JSON object still."""
        tail = f',"signed_by":"{self.key_id}","signature":"{self.signature.hex()}"}}'
        return self.payload[:-1] + tail.encode("ascii")


def unsealed(data: bytes, *, where: str) -> Sealed:
    """Cut the signature off. Raises ReleaseError where there is none."""
    found = _SEAL.search(data)
    if found is None:
        raise ReleaseError(
            f"{where}: carries no signature; it was written before releases were signed, or cut short: {_OUGHT}"
        )
    return Sealed(data[: found.start()] + b"}", found[1].decode("ascii"), bytes.fromhex(found[2].decode("ascii")))


def message(payload: bytes, purpose: Purpose) -> bytes:
    """What is signed: a signature on one kind of document is none on another."""
    return f"credit_platform {purpose}\n".encode("ascii") + payload


def key_id_of(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, in lower-case hexadecimal."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


@dataclass(frozen=True)
class Trust:
    """The public keys whose signatures count, by their id. Whoever holds them can verify and can sign nothing."""

    keys: Mapping[str, Ed25519PublicKey]
    place: str
    development: frozenset[str] = frozenset()
    """Those that a home made for itself, by the name of their file: what they sign is never of production grade."""
    expired: Mapping[str, dt.date] = field(default_factory=dict)
    """Keys that were good until a day that has passed."""

    def verified(self, sealed: Sealed, purpose: Purpose, *, where: str) -> bytes:
        """The payload, if a trusted key signed exactly these bytes for this purpose. Raises ReleaseError."""
        key = self.keys.get(sealed.key_id)
        if key is None and (last := self.expired.get(sealed.key_id)) is not None:
            raise ReleaseError(
                f"{where}: its signature has expired: key {sealed.key_id[:16]} was good until {last}. Sign with "
                f"another key, or write a later day into its file in {self.place}"
            )
        if key is None:
            raise ReleaseError(
                f"{where}: signed by the unknown key {sealed.key_id[:16]}, trusted are "
                f"{sorted(each[:16] for each in self.keys) or 'none'} in {self.place}; put its public key there "
                "(CREDIT_PLATFORM_TRUSTED_KEYS) if it ought to be trusted"
            )
        try:
            key.verify(sealed.signature, message(sealed.payload, purpose))
        except InvalidSignature as error:
            raise ReleaseError(
                f"{where}: its signature by key {sealed.key_id[:16]} is not one of these bytes as a {purpose}; "
                f"it was altered or copied from elsewhere: {_OUGHT}"
            ) from error
        return sealed.payload

    def opened(self, data: bytes, purpose: Purpose, *, where: str) -> bytes:
        """The verified payload of a stored document. Raises ReleaseError."""
        return self.verified(unsealed(data, where=where), purpose, where=where)


def trust_of(settings: Settings) -> Trust:
    """The keys that the settings name: a file or every ``*.pem`` of a folder; none where there is no such place.

    A line ``not-after: 2027-12-31`` before the key is the last day (UTC) that its signatures count.
    """
    place = settings.trusted
    files = sorted(place.glob("*.pem")) if place.is_dir() else [place] if place.exists() else []
    read = [(file, file.read_bytes()) for file in files]
    keys = {file: (_public(content, file), _last_day(content, file)) for file, content in read}
    own = {key_id_of(key) for file, (key, _) in keys.items() if file.name == settings.development_key.name}
    today = dt.datetime.now(dt.UTC).date()
    expired = {key_id_of(key): last for key, last in keys.values() if last is not None and last < today}
    trusted = {key_id_of(key): key for key, _ in keys.values()}
    good = {name: key for name, key in trusted.items() if name not in expired}
    return Trust(good, str(place), frozenset(own), expired)


def _last_day(content: bytes, file: Path) -> dt.date | None:
    found = _NOT_AFTER.search(content.partition(b"-----")[0])
    if found is None:
        return None
    try:
        return dt.date.fromisoformat(found.group(1).decode("ascii"))
    except ValueError as error:
        raise ReleaseError(f"{file}: found not-after: {found.group(1)!r}, expected a day such as 2027-12-31") from error


def _public(content: bytes, file: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(content)
    except ValueError as error:
        raise ReleaseError(
            f"{file}: not a public key in PEM form: {error}; openssl pkey -in signing.pem -pubout"
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ReleaseError(f"{file}: holds a {type(key).__name__}, expected an Ed25519 public key")
    return key
