"""Who asks: an API key, a token, or in open mode anybody on this machine's loopback."""

import ipaddress
import logging
from functools import lru_cache
from typing import Any

from credit_platform.contracts.caller import OPEN, Caller
from credit_platform.contracts.settings import Settings
from credit_platform.scorer.security.api_keys import KeyRing, is_key
from credit_platform.scorer.security.head import Head
from credit_platform.scorer.security.refusals import Forbidden, Refusal
from credit_platform.scorer.security.tokens import Tokens

_LOG = logging.getLogger(__name__)
_BEARER = "bearer "
_CLOSE_IT = "issue keys (credit-platform keys issue) and unset CREDIT_PLATFORM_SCORER_OPEN"


class Credentials:
    """Recognises callers by the settings' key files."""

    def __init__(self, settings: Settings) -> None:
        self.is_open = settings.scorer_open is True
        self._keys = KeyRing(settings.api_keys)
        self._tokens: Tokens | None = None
        if settings.jwt_keys_file is not None and settings.jwt_issuer and settings.jwt_audience:
            file = (settings.project / settings.jwt_keys_file).resolve()
            self._tokens = Tokens(file, issuer=settings.jwt_issuer, audience=settings.jwt_audience)
        if self.is_open:
            _LOG.warning("open mode: everybody on this machine may ask everything; to end it %s", _CLOSE_IT)

        elif self._tokens is None and not settings.api_keys.exists():
            _LOG.warning("no key was issued (%s): nobody is let in; credit-platform keys issue", settings.api_keys)

    def caller(self, scope: Any, head: Head) -> Caller:
        """Whoever sent a request. Raises Refusal or Forbidden. A credential that was sent counts in open mode too."""
        presented = self._presented(head)
        if presented is None:
            if self.is_open:
                refuse_others(scope, head)
                return OPEN
            raise Refusal("no_credentials", "send Authorization: Bearer <API key or token>, or X-API-Key: <API key>")
        if is_key(presented) or self._tokens is None:
            return self._keys.caller(presented)
        return self._tokens.caller(presented)

    def _presented(self, head: Head) -> str | None:
        bearer, key = head.one(b"authorization"), head.one(b"x-api-key")
        if bearer is not None and key is not None:
            raise Refusal("two_credentials", "both Authorization and X-API-Key came; send one of them")
        if bearer is None:
            return key
        if not bearer.lower().startswith(_BEARER):
            raise Refusal("wrong_scheme", "Authorization needs the scheme Bearer")
        return bearer[len(_BEARER) :].strip()


def refuse_others(scope: Any, head: Head) -> None:
    """Raises Forbidden unless both ends of the connection, and the name that was called, are this machine's loopback.

    The name too, for a page of another site may have its own name resolve to 127.0.0.1 (DNS rebinding), and the page
    that asks, for a browser lets any page send.
    """
    ends = {"this server's address": scope.get("server"), "the caller's address": scope.get("client")}
    for what, end in ends.items():
        if end is None or not is_loopback(str(end[0])):
            raise Forbidden("not_loopback", f"open mode answers on loopback only and {what} is another: {_CLOSE_IT}")
    for name in (b"host", b"origin"):
        value = head.one(name)
        if value is not None and not is_loopback(_host(value)):
            message = f"open mode answers requests to loopback only and {name.decode()} names another: {_CLOSE_IT}"
            raise Forbidden("not_loopback", message)


def _host(value: str) -> str:
    """``http://[::1]:80`` -> ``::1``, ``localhost:8000`` -> ``localhost``."""
    name = value.rpartition("://")[2]
    return name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
