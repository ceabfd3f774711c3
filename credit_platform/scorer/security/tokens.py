"""JSON web tokens (RFC 7519, and 8725 on what goes wrong with them): one algorithm per key, chosen by the key."""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from credit_platform.contracts.caller import Caller, Scope
from credit_platform.scorer.security.refusals import Refusal
from credit_platform.scorer.security.watched import Watched

_SHORTEST_SECRET = 32
"""Bytes of an HS256 key (RFC 7518, section 3.2)."""
_SMALLEST_RSA = 2048
_LEEWAY_SECONDS = 5
_MOST_REMEMBERED = 4096
_SCOPES = get_args(Scope)


@dataclass(frozen=True)
class Verifier:
    """A key, its name in a key set, and the only algorithm that it verifies."""

    key: Any
    algorithm: str
    name: str | None = None


class Tokens:
    """Tokens as callers. A verified token is remembered until it expires: a signature costs 60-200 us, a look 2 us."""

    def __init__(self, file: Path, *, issuer: str, audience: str) -> None:
        self._verifiers: Watched[tuple[Verifier, ...]] = Watched(file, read_verifiers, absent=())
        self._issuer, self._audience = issuer, audience
        self._known: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()
        self._known_by: tuple[Verifier, ...] = ()

    def caller(self, token: str) -> Caller:
        """Whom a token names. Raises Refusal."""
        verifiers = self._verifiers.now()
        if verifiers is not self._known_by:
            self._known.clear()
            self._known_by = verifiers
        digest = hashlib.sha256(token.encode()).digest()
        caller, until = self._known.get(digest, (None, 0.0))
        if caller is None or time.time() >= until:
            claims = self._verified(token, verifiers)
            caller = _caller(claims)
            self._known[digest] = (caller, float(claims["exp"]))
            if len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        return caller

    def _verified(self, token: str, verifiers: tuple[Verifier, ...]) -> Mapping[str, Any]:
        try:
            chosen = _chosen(jwt.get_unverified_header(token).get("kid"), verifiers)
            return jwt.decode(
                token, chosen.key, algorithms=[chosen.algorithm], audience=self._audience, issuer=self._issuer,
                leeway=_LEEWAY_SECONDS, options={"require": ["exp", "iss", "aud", "sub"]},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            raise Refusal("expired_token", "the token has expired; ask its issuer for another") from None
        except (jwt.PyJWTError, ValueError):
            # What is wrong in detail would help who forges it; the issuer knows what it signs.
            message = "the token is not one that counts here: signature, issuer, audience or time"
            raise Refusal("wrong_token", message) from None


def _chosen(name: object, verifiers: tuple[Verifier, ...]) -> Verifier:
    if len(verifiers) == 1 and verifiers[0].name is None:
        return verifiers[0]
    found = [each for each in verifiers if name is not None and each.name == name]
    if len(found) != 1:
        raise Refusal("wrong_token", "the token names no key that is trusted here")
    return found[0]


def _caller(claims: Mapping[str, Any]) -> Caller:
    """``scope`` lists scopes (RFC 8693, section 4.2), ``use_cases`` the use cases; others' scopes are none of ours."""
    scope, use_cases, subject = claims.get("scope", ""), claims.get("use_cases", []), claims["sub"]
    if not isinstance(scope, str) or not isinstance(use_cases, list) or not all(isinstance(u, str) for u in use_cases):
        raise Refusal("wrong_token", "the token needs the claims scope (text) and use_cases (list of text)")
    # A subject may be somebody's address: logs get its digest.
    digest = hashlib.sha256(f"{claims['iss']}\n{subject}".encode()).hexdigest()[:16]
    held = tuple(each for each in _SCOPES if each in scope.split())
    return Caller(id=f"token:{digest}", name=str(subject)[:100], use_cases=tuple(use_cases), scopes=held)


def read_verifiers(content: bytes) -> tuple[Verifier, ...]:
    """The keys of a PEM or JWKS file. Raises ValueError for private, weak or mixed ones."""
    if content.lstrip().startswith(b"-----"):
        return (_public(load_pem_public_key(content)),)
    listed = json.loads(content)
    keys = listed.get("keys") if isinstance(listed, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(each, dict) for each in keys):
        raise ValueError('neither a public key in PEM form nor a key set {"keys": [...]}')
    found = tuple(_of_set(each) for each in keys)
    if len({each.name for each in found}) < len(found) or (len(found) > 1 and None in {each.name for each in found}):
        raise ValueError("several keys need a kid each, and different ones")
    if len({each.algorithm == "HS256" for each in found}) > 1:
        raise ValueError("shared secrets and public keys in one set: a public key could be taken for a secret")
    return found


def _of_set(listed: Mapping[str, Any]) -> Verifier:
    name = listed.get("kid")
    if listed.get("kty") == "oct":
        secret = jwt.utils.base64url_decode(str(listed.get("k", "")))
        if len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"the shared secret {name!r} has {len(secret)} bytes, expected {_SHORTEST_SECRET} or more")
        return Verifier(secret, "HS256", name)
    if "d" in listed:
        raise ValueError(f"key {name!r} is a private one; the scorer needs its public half alone")
    try:
        return _public(jwt.PyJWK.from_dict(dict(listed)).key, name)
    except jwt.PyJWTError as error:
        raise ValueError(f"key {name!r} cannot be used: {error}") from error


def _public(key: object, name: str | None = None) -> Verifier:
    if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_RSA:
        return Verifier(key, "RS256", name)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return Verifier(key, "ES256", name)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1):
        return Verifier(key, "ES384", name)
    if isinstance(key, Ed25519PublicKey):
        return Verifier(key, "EdDSA", name)
    raise ValueError(
        f"found a {type(key).__name__}, expected RSA of {_SMALLEST_RSA} bits or more, EC on P-256 or P-384, or Ed25519"
    )
