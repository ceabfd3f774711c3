"""A closed scorer with keys and tokens of every kind, for the tests of who is let in."""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from credit_platform.contracts.api_key import ApiKeys
from credit_platform.contracts.caller import SCOPES, Scope
from credit_platform.contracts.settings import Settings
from credit_platform.scorer.app import create_app
from credit_platform.scorer.security.api_keys import issue, revoke
from credit_platform_tests.engine import tiny

ISSUER, AUDIENCE = "https://issuer.example.org", "scorer"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x0a" * 32)
YEAR = dt.timedelta(days=365)


@dataclass(frozen=True)
class Guarded:
    """A closed scorer that serves ``tiny`` and the headers of callers of every kind."""

    app: FastAPI
    settings: Settings
    callers: Mapping[str, Mapping[str, str]]


def public_pem(key: Ed25519PrivateKey = PRIVATE) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def token(key: Any = PRIVATE, *, algorithm: str = "EdDSA", headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token of an hour for every scope of ``tiny``, with some claims changed; None leaves one out."""
    now = int(time.time())
    said = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ada@example.org", "iat": now, "exp": now + 3600,
        "scope": " ".join(SCOPES), "use_cases": ["tiny"], **claims,
    }  # fmt: skip
    return jwt.encode({k: v for k, v in said.items() if v is not None}, key, algorithm=algorithm, headers=headers)


def key(file: Path, *, scopes: tuple[Scope, ...] = SCOPES, use_case: str = "tiny", **changes: Any) -> str:
    given: dict[str, Any] = {"name": "app", "use_cases": (use_case,), "scopes": scopes, "lifetime": YEAR, **changes}
    return issue(file, **given)[0]


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def aged(file: Path, text: str) -> str:
    """A key, expired since a second."""
    keys = ApiKeys.model_validate_json(file.read_bytes()).keys
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    changed = tuple(each.model_copy(update={"expires_at": past}) if each.id in text else each for each in keys)
    file.write_text(ApiKeys(keys=changed).model_dump_json())
    return text


def guarded(home: Path) -> Guarded:
    """The scorer of the tiny release, closed, with its callers."""
    tiny.trusted_in(home)
    root = home / "releases"
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    (home / "issuer.pem").write_bytes(public_pem())
    settings = Settings(
        home=home, jwt_keys_file=home / "issuer.pem", jwt_issuer=ISSUER, jwt_audience=AUDIENCE, scorer_open=False
    )
    tiny.publish_states(settings)
    file = settings.api_keys
    revoked = key(file)
    revoke(file, revoked[3:15])
    callers = {
        "none": {},
        "wrong": bearer("cp_0123456789ab_" + "A" * 43),
        "expired": bearer(aged(file, key(file))),
        "revoked": bearer(revoked),
        "other use case": bearer(key(file, use_case="another")),
        **{f"only {scope}": bearer(key(file, scopes=(scope,))) for scope in SCOPES},
        "right": bearer(key(file)),
        "right in its own header": {"X-API-Key": key(file)},
        "forged token": bearer(token(STRANGER)),
        "expired token": bearer(token(exp=int(time.time()) - 60)),
        "other token": bearer(token(use_cases=["another"])),
        "token": bearer(token()),
    }
    return Guarded(app=create_app(settings), settings=settings, callers=callers)
