"""Secret keys that are no signing keys: from the settings, or a development key made on first use."""

import os
import secrets
import stat
from pathlib import Path

from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError

_SHORTEST = 16


def pseudonym_key(settings: Settings) -> bytes:
    """The key of CREDIT_PLATFORM_PSEUDONYM_KEY, else of ``<home>/keys/pseudonym.key`` (mode 0600, made when absent).

    Raises EngineError for a key below 16 characters or a key file that others may read.
    """
    if settings.pseudonym_key is not None:
        return _long_enough(settings.pseudonym_key.get_secret_value(), where="CREDIT_PLATFORM_PSEUDONYM_KEY")
    return _of_home(settings, "pseudonym.key")


def journal_key(settings: Settings) -> bytes:
    """The master key of the journal: CREDIT_PLATFORM_JOURNAL_KEY, the file that CREDIT_PLATFORM_JOURNAL_KEY_FILE names,
    else ``<home>/keys/journal.key`` (mode 0600, made when absent). Raises EngineError as above."""
    if settings.journal_key is not None:
        return _long_enough(settings.journal_key.get_secret_value(), where="CREDIT_PLATFORM_JOURNAL_KEY")
    if settings.journal_key_file is not None:
        file = settings.project / settings.journal_key_file
        if not file.is_file():
            raise EngineError(f"{file}: no such file; CREDIT_PLATFORM_JOURNAL_KEY_FILE names the journal's master key")
        return _long_enough(file.read_text(encoding="utf-8").strip(), where=f"key file {file}")
    return _of_home(settings, "journal.key")


def _of_home(settings: Settings, name: str) -> bytes:
    path = settings.home_dir / "keys" / name
    if not path.exists():
        _make(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise EngineError(f"key file {path}: found mode {mode:04o}, expected 0600; run chmod 600 on it")
    return _long_enough(path.read_text(encoding="ascii").strip(), where=f"key file {path}")


def _long_enough(text: str, *, where: str) -> bytes:
    if len(text) < _SHORTEST:
        raise EngineError(f"{where}: found {len(text)} characters, expected at least {_SHORTEST} random ones")
    return text.encode("utf-8")


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    # A link appears whole and never replaces: of two processes that make a key at once, one key survives.
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
