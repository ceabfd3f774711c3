"""API keys: recognised by the digest of a random text, issued and revoked in one file that is replaced whole.

SHA-256 and no slow password hash: a key has 256 random bits, so there is nothing to guess faster or slower, and a hash
of 50 ms would let anybody stop the scorer with wrong keys.
"""

import datetime as dt
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from credit_platform.contracts.api_key import ApiKey, ApiKeys
from credit_platform.contracts.caller import Caller, Scope
from credit_platform.engine.errors import EngineError
from credit_platform.scorer.security.refusals import Refusal
from credit_platform.scorer.security.watched import Watched

_TEXT = re.compile(r"cp_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NOBODY = "0" * 64


class KeyFileError(EngineError):
    """The file of keys cannot be changed as asked."""


def is_key(text: str) -> bool:
    """Whether a text has the shape of a key."""
    return _TEXT.fullmatch(text) is not None


class KeyRing:
    """The keys of a file as callers."""

    def __init__(self, file: Path) -> None:
        self._keys: Watched[Mapping[str, ApiKey]] = Watched(file, _by_id, absent={})

    def caller(self, presented: str) -> Caller:
        """Whose key it is. Raises Refusal; a holder of the right key is told that it expired or was revoked."""
        shape = _TEXT.fullmatch(presented)
        key = self._keys.now().get(shape.group(1)) if shape is not None else None
        # Compared in constant time, and compared where there is nothing to compare with.
        is_right = hmac.compare_digest(_digest(presented), _NOBODY if key is None else key.sha256)
        if key is None or not is_right:
            raise Refusal("unknown_key", "the API key is not one that was issued here")
        if (state := key.state(dt.datetime.now(dt.UTC))) != "active":
            raise Refusal(f"{state}_key", f"API key {key.id} is {state}; ask the operator for another")
        return Caller(
            id=f"key:{key.id}", name=key.name, use_cases=key.use_cases, scopes=key.scopes,
            rate_per_second=key.rate_per_second,
        )  # fmt: skip


def read_keys(file: Path) -> ApiKeys:
    """Every key ever issued. Raises KeyFileError."""
    try:
        return ApiKeys.model_validate_json(file.read_bytes()) if file.exists() else ApiKeys()
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{file}: not a file of API keys: {error}; restore it, or move it away") from error


def issue(
    file: Path,
    *,
    name: str,
    use_cases: tuple[str, ...],
    scopes: tuple[Scope, ...],
    lifetime: dt.timedelta,
    rate_per_second: float | None = None,
) -> tuple[str, ApiKey]:
    """A new key: its text, which is kept nowhere, and its record in the file."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with _exclusive(file):
        known = read_keys(file)
        identifier = secrets.token_hex(6)
        text = f"cp_{identifier}_{secrets.token_urlsafe(32)}"
        key = ApiKey(
            id=identifier, name=name, sha256=_digest(text), use_cases=use_cases, scopes=scopes,
            rate_per_second=rate_per_second, issued_at=now, expires_at=now + lifetime,
        )  # fmt: skip
        _replace(file, ApiKeys(keys=(*known.keys, key)))
    return text, key


def revoke(file: Path, identifier: str) -> ApiKey:
    """The key, revoked from now on; revoking twice keeps the first time. Raises KeyFileError for an unknown one."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with _exclusive(file):
        known = read_keys(file)
        found = next((key for key in known.keys if key.id == identifier), None)
        if found is None:
            raise KeyFileError(f"{file}: holds no key {identifier!r}; it holds {[key.id for key in known.keys]}")
        revoked = found.model_copy(update={"revoked_at": found.revoked_at or now})
        _replace(file, ApiKeys(keys=tuple(revoked if key is found else key for key in known.keys)))
    return revoked


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _by_id(content: bytes) -> Mapping[str, ApiKey]:
    return {key.id: key for key in ApiKeys.model_validate_json(content).keys}


@contextmanager
def _exclusive(file: Path) -> Iterator[None]:
    """One who changes the file at a time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(file: Path, keys: ApiKeys) -> None:
    # Readable by all: the scorer's container runs as another user, and no digest of 256 random bits is worth hiding.
    _written(file, keys.model_dump_json(indent=1).encode() + b"\n", opener=lambda p, f: os.open(p, f, 0o644))


def _written(file: Path, content: bytes, *, opener: Callable[[str, int], int]) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with open(draft, "wb", opener=opener) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
