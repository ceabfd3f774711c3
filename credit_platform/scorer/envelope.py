"""Around every request: an id, a clock, a log line, metrics, headers, and an answer whatever happens inside."""

import asyncio
import logging
import time
import uuid

from starlette.types import ASGIApp, Receive, Scope, Send

from credit_platform.contracts.caller import ANONYMOUS
from credit_platform.contracts.settings import Settings
from credit_platform.scorer.errors import failure
from credit_platform.scorer.exchange import Exchange
from credit_platform.scorer.lifecycle import Lifecycle
from credit_platform.scorer.logs import ACCESS, FIELDS, REQUEST_ID, frames
from credit_platform.scorer.metrics import Metrics
from credit_platform.scorer.security.head import head_of
from credit_platform.scorer.security.headers import security_headers

_LOG = logging.getLogger(__name__)
_ACCESS = logging.getLogger(ACCESS)
_CLOSE = (b"connection", b"close")


class Envelope:
    """Pure ASGI: 62 us a request with the guard, 50 more for its log line; one BaseHTTPMiddleware alone costs 188."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics, lifecycle: Lifecycle) -> None:
        self.app = app
        self._settings, self._metrics, self._lifecycle = settings, metrics, lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers every HTTP request; what is no HTTP but the server's lifespan is refused."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1003})
            return
        began = time.perf_counter()
        head = head_of(scope)
        request_id = head.request_id or uuid.uuid4().hex
        state = scope.setdefault("state", {})
        state.update(head=head, request_id=request_id, caller=ANONYMOUS)
        fixed = [*security_headers(scope["path"], scope["scheme"]), (b"x-request-id", request_id.encode())]
        exchange = Exchange(
            scope, receive, send, headers=lambda: [*fixed, _CLOSE] if self._lifecycle.is_draining else fixed
        )
        seconds = self._settings.request_timeout_seconds
        timer = asyncio.get_running_loop().call_later(seconds, exchange.time_out, seconds)
        token = REQUEST_ID.set(request_id)
        try:
            await self._answered(scope, exchange)
        finally:
            timer.cancel()
            self._told(scope, exchange, seconds=time.perf_counter() - began)
            REQUEST_ID.reset(token)

    async def _answered(self, scope: Scope, exchange: Exchange) -> None:
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001
            # The last boundary: an error of ours is answered and logged without its message, which may quote a value.
            _LOG.error(
                "request failed: %s", type(error).__name__, extra={FIELDS: {"frames": frames(error.__traceback__)}}
            )
            if exchange.status is not None:
                # Half an answer cannot be taken back: the server cuts the connection.
                raise ConnectionAbortedError("the answer had begun when the request failed") from None
            message = "this is our fault; the operator finds it by the request id"
            response = failure("internal_error", message, status=500)
            await response(scope, exchange.receive, exchange.send)

    def _told(self, scope: Scope, exchange: Exchange, *, seconds: float) -> None:
        # The route's pattern, not the path: a path is the caller's text and would be a label without bound.
        route = getattr(scope.get("route"), "path", "unmatched")
        status = exchange.status or 499
        self._metrics.answered(route, status, seconds=seconds)
        if not self._settings.access_log:
            return
        fields = {
            "method": scope["method"], "route": route, "status": status, "ms": round(1000 * seconds, 3),
            "bytes_in": exchange.bytes_in, "caller": scope["state"]["caller"].id,
        }  # fmt: skip
        _ACCESS.info("answered", extra={FIELDS: fields})
