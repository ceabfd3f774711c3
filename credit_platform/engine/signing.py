"""The platform's private key: signs releases, champion pointers and ledger entries. No scorer imports this module."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from credit_platform.contracts.release import Grade
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.trust import Purpose, Sealed, key_id_of, message, trust_of

_OTHERS, _OTHERS_WRITE = 0o077, 0o022


@dataclass(frozen=True)
class Signer:
    """A private key and what its signatures are worth."""

    key: Ed25519PrivateKey
    grade: Grade

    @property
    def key_id(self) -> str:
        return key_id_of(self.key.public_key())

    def sealed(self, payload: bytes, purpose: Purpose) -> Sealed:
        """The signed document; Ed25519 has no randomness, so equal bytes give an equal signature."""
        return Sealed(payload, self.key_id, self.key.sign(message(payload, purpose)))

    @property
    def public_pem(self) -> bytes:
        """The public half, as trusted keys are stored."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signer_of(settings: Settings) -> Signer:
    """The key that the settings give, else this home's own development key, made on first use.

    Raises ReleaseError for a key that cannot be read, that others may write (the development key: or read), or that is
    not among the trusted ones.
    """
    signer = _given(settings) or _development(settings)
    trust = trust_of(settings)
    if signer.key_id not in trust.keys:
        raise ReleaseError(
            f"the {signer.grade} key {signer.key_id[:16]} signs, but is not among the trusted keys in {trust.place}: "
            "nobody would take its releases. Put its public key there (openssl pkey -in signing.pem -pubout), or set "
            "CREDIT_PLATFORM_SIGNING_KEY_FILE to the private key of one that is there"
        )
    return signer


def _given(settings: Settings) -> Signer | None:
    if settings.signing_key is not None:
        text = settings.signing_key.get_secret_value().strip()
        # A variable of one line holds what stands between the lines of dashes.
        pem = text if text.startswith("-----") else f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"
        return Signer(_private(pem.encode(), "CREDIT_PLATFORM_SIGNING_KEY"), "production")
    if settings.signing_key_file is not None:
        file = settings.project / settings.signing_key_file
        if not file.is_file():
            raise ReleaseError(f"{file}: no such file; CREDIT_PLATFORM_SIGNING_KEY_FILE names the private key")
        # A mounted secret is often readable by its group; that others may replace it is another matter.
        if (mode := file.stat().st_mode) & _OTHERS_WRITE:
            raise ReleaseError(f"{file}: others may write it (mode {mode & 0o777:04o}); chmod go-w {file}")
        return Signer(_private(file.read_bytes(), str(file)), "production")
    return None


def _development(settings: Settings) -> Signer:
    file = settings.development_key
    if not file.exists():
        _make(file)
    mode = file.stat().st_mode
    if mode & _OTHERS:
        raise ReleaseError(f"{file}: others may read or write it (mode {mode & 0o777:04o}); chmod 600 {file}")
    signer = Signer(_private(file.read_bytes(), str(file)), "dev")
    if settings.trusted_keys is None:
        public = settings.trusted / file.name
        if not public.exists() or public.read_bytes() != signer.public_pem:
            public.parent.mkdir(parents=True, exist_ok=True)
            _replace(public, signer.public_pem, mode=0o644)
    return signer


def _make(file: Path) -> None:
    """A new key under its name at once and whole; of two processes that make one, the first one's counts."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = _written(file, pem, mode=0o600)
    try:
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _replace(file: Path, content: bytes, *, mode: int) -> None:
    _written(file, content, mode=mode).replace(file)


def _written(file: Path, content: bytes, *, mode: int) -> Path:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return draft


def _private(pem: bytes, where: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        # "from None": the message of the cause may quote the key.
        raise ReleaseError(
            f"{where}: not a private key in PEM form without a password; openssl genpkey -algorithm ed25519"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseError(
            f"{where}: holds a {type(key).__name__}, expected Ed25519; openssl genpkey -algorithm ed25519"
        )
    return key
