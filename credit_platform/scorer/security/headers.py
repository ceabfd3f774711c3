"""Headers that every answer carries, and which pages of other origins may read one."""

from collections.abc import Sequence
from typing import Any

_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    b"default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    # Decisions about people: no proxy or browser keeps them.
    (b"cache-control", b"no-store"),
)
_DATA = (*_ALWAYS, (b"content-security-policy", _POLICY))
_PAGE = (*_ALWAYS, (b"content-security-policy", _PAGE_POLICY))
_TLS = (b"strict-transport-security", b"max-age=31536000")


def security_headers(path: str, scheme: str) -> list[tuple[bytes, bytes]]:
    """For a path; the documentation page runs its own script and style, whatever it holds comes from here."""
    headers = list(_PAGE if path == "/docs" else _DATA)
    if scheme == "https":
        headers.append(_TLS)
    return headers


def cross_origin(origins: Sequence[str]) -> dict[str, Any]:
    """Arguments of the CORS middleware: these origins, the headers that callers send, and no cookies."""
    return {
        "allow_origins": list(origins),
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Request-ID"],
        "expose_headers": ["Retry-After", "X-Request-ID"],
        "max_age": 600,
    }
