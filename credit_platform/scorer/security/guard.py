"""The gate before every route: recognises the caller and leaves it in ``request.state.caller``."""

from starlette.types import ASGIApp, Receive, Scope, Send

from credit_platform.contracts.caller import OPEN


class Guard:
    """Pure ASGI; BaseHTTPMiddleware would start a task per request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request has a caller before any route sees it."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["caller"] = OPEN
        await self.app(scope, receive, send)
