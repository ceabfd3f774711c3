"""The gate before every route: recognises the caller, leaves it in ``request.state.caller``, and keeps the limits."""

import time

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from credit_platform.contracts.caller import ANONYMOUS, Caller
from credit_platform.contracts.settings import Settings
from credit_platform.scorer.errors import RequestError, answer_request_error, not_found
from credit_platform.scorer.security.access import Need, need_of
from credit_platform.scorer.security.credentials import Credentials
from credit_platform.scorer.security.head import Head
from credit_platform.scorer.security.limits import RateLimit, Room
from credit_platform.scorer.security.refusals import Forbidden


class Guard:
    """Pure ASGI, inside the envelope that has read the head; it never reads a body."""

    def __init__(self, app: ASGIApp, *, settings: Settings, room: Room) -> None:
        self.app = app
        self._settings = settings
        self._credentials = Credentials(settings)
        self._rate = RateLimit(burst_seconds=settings.rate_burst_seconds)
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is allowed and answers the rest."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self._passed(scope, receive, send)
        except RequestError as error:
            response = await answer_request_error(Request(scope), error)
            await response(scope, receive, send)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        head: Head = scope["state"]["head"]
        if head.size > self._settings.largest_head:
            limit = self._settings.largest_head
            raise RequestError(431, "head_too_large", f"the headers are larger than {limit} bytes; send fewer")
        path = _path(scope)
        if not path.isprintable():
            # A router's pattern may end before a line break that the table of paths does not know.
            raise not_found()
        need = need_of(path)
        caller = scope["state"]["caller"] = self._caller(scope, head, need)
        if need is None:
            await self.app(scope, receive, send)
            return
        refuse_forbidden(caller, need)
        rate = caller.rate_per_second or self._settings.rate_per_second
        self._rate.take(caller.id, rate=rate / self._settings.workers, now=time.monotonic())
        with self._room.one_more() as held:
            scope["state"]["held"] = held
            await self.app(scope, receive, send)

    def _caller(self, scope: Scope, head: Head, need: Need | None) -> Caller:
        try:
            return self._credentials.caller(scope, head)
        except RequestError:
            if need is None:
                # A probe is answered whatever it sends.
                return ANONYMOUS
            raise


def refuse_forbidden(caller: Caller, need: Need) -> None:
    """Raises RequestError 403 for a scope or use case that is not the caller's, 404 for a path that is no route."""
    if not need.is_known:
        if not caller.may(need.scope):
            raise not_found()
        return
    if not caller.may(need.scope):
        raise Forbidden("scope", f"this needs the scope {need.scope!r}; the caller holds {list(caller.scopes)}")
    if not caller.may(need.scope, need.use_case):
        # Not 404: whoever asks learns nothing about which other use cases there are.
        raise Forbidden("use_case", f"the caller may ask for the use cases {list(caller.use_cases)} only")


def _path(scope: Scope) -> str:
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
