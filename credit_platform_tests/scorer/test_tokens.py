"""Tokens count by their signature, issuer, audience and time, and by the algorithm of the key alone."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.security.refusals import Refusal
from credit_platform.scorer.security.tokens import Tokens, read_verifiers
from credit_platform_tests.scorer.guarded import AUDIENCE, ISSUER, PRIVATE, STRANGER, public_pem, token

SECRET = b"s" * 32


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def signed_with_the_public_key() -> str:
    """HS256 with the public key's text as secret: what a careless verifier takes (CVE-2015-9235)."""
    claims = jwt.decode(token(), options={"verify_signature": False})
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    mac = hmac.new(public_pem(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def unsigned() -> str:
    return f"{_part({'alg': 'none'})}.{_part(jwt.decode(token(), options={'verify_signature': False}))}."


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    (tmp_path / "issuer.pem").write_bytes(public_pem())
    return Tokens(tmp_path / "issuer.pem", issuer=ISSUER, audience=AUDIENCE)


def test_a_right_token_names_its_caller_and_its_subject_is_not_the_id(tokens: Tokens) -> None:
    caller = tokens.caller(token(scope="read openid score", use_cases=["tiny", "more"]))
    assert (caller.name, caller.scopes, caller.use_cases) == ("ada@example.org", ("score", "read"), ("tiny", "more"))
    assert caller.id.startswith("token:")
    assert "ada" not in caller.id


@pytest.mark.parametrize(
    "made",
    [
        lambda: token(STRANGER), lambda: token(iss="https://other.example.org"), lambda: token(aud="other"),
        lambda: token(exp=int(time.time()) - 60), lambda: token(nbf=int(time.time()) + 60), lambda: token(exp=None),
        lambda: token(sub=None), lambda: token(iss=None), lambda: token(aud=None), lambda: token(scope=["score"]),
        lambda: token(use_cases="tiny"), lambda: token(SECRET, algorithm="HS256"), signed_with_the_public_key, unsigned,
        lambda: token()[:-4], lambda: "a.b.c", lambda: "", lambda: token(headers={"crit": ["x"], "x": 1}),
    ],
)  # fmt: skip
def test_any_other_token_is_refused(tokens: Tokens, made: Callable[[], str]) -> None:
    with pytest.raises(Refusal):
        tokens.caller(made())


def test_a_token_that_was_taken_once_is_refused_when_it_has_expired(tokens: Tokens) -> None:
    short = token(exp=int(time.time()) + 1)
    assert tokens.caller(short).name == "ada@example.org"
    time.sleep(1.1)
    tokens.caller(short)  # five seconds of leeway between two clocks
    old = token(exp=int(time.time()) - 6)
    with pytest.raises(Refusal, match="401|expired"):
        tokens.caller(old)


def test_a_key_that_is_taken_out_of_the_file_ends_its_tokens(tmp_path: Path) -> None:
    file = tmp_path / "issuer.pem"
    file.write_bytes(public_pem())
    tokens = Tokens(file, issuer=ISSUER, audience=AUDIENCE)
    assert tokens.caller(token()).scopes
    file.write_bytes(public_pem(STRANGER))
    time.sleep(0.3)
    assert tokens.caller(token(STRANGER)).scopes
    with pytest.raises(Refusal):
        tokens.caller(token())


def _listed(key: Any, name: str | None) -> dict[str, Any]:
    algorithm = {"Ed25519PublicKey": "EdDSA", "ECPublicKey": "ES256", "RSAPublicKey": "RS256"}[type(key).__name__]
    found: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True)
    return found if name is None else {**found, "kid": name}


def test_a_set_of_keys_is_chosen_from_by_name(tmp_path: Path) -> None:
    curve = generate_private_key(SECP256R1())
    listed = [_listed(PRIVATE.public_key(), "a"), _listed(curve.public_key(), "b")]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": listed}))
    tokens = Tokens(tmp_path / "keys.json", issuer=ISSUER, audience=AUDIENCE)
    assert tokens.caller(token(headers={"kid": "a"})).scopes
    assert tokens.caller(token(curve, algorithm="ES256", headers={"kid": "b"})).scopes
    for wrong in (token(), token(headers={"kid": "b"}), token(headers={"kid": "c"})):
        with pytest.raises(Refusal):
            tokens.caller(wrong)


def test_private_weak_and_mixed_keys_are_refused() -> None:
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET).decode(), "kid": "s"}
    public = _listed(PRIVATE.public_key(), "a")
    small = _listed(generate_rsa(65537, 1024).public_key(), "r")
    for keys, told in (
        ([secret, public], "could be taken for a secret"),
        ([{**secret, "k": "c2hvcnQ"}], "has 5 bytes"),
        ([{**public, "d": public["x"]}], "is a private one"),
        ([public, public], "different ones"),
        ([public, _listed(STRANGER.public_key(), None)], "a kid each"),
        ([small], "RSA of 2048 bits"),
        ([], "neither a public key"),
    ):
        with pytest.raises(ValueError, match=told):
            read_verifiers(json.dumps({"keys": keys}).encode())
    assert [each.algorithm for each in read_verifiers(json.dumps({"keys": [secret]}).encode())] == ["HS256"]


def test_settings_for_tokens_are_all_there_or_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\['jwt_audience'\] are not set"):
        Settings(home=tmp_path, jwt_keys_file=tmp_path / "issuer.pem", jwt_issuer=ISSUER)
