"""Requests for decisions go past the framework's routers: two searches and six wrappers a request.

The routes stay declared where all are: the page tells them from there, and any other request finds its way as ever.
"""

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from credit_platform.engine.errors import EngineError
from credit_platform.scorer.errors import RequestError, answer_engine_error, answer_request_error
from credit_platform.scorer.routes import scoring

_DEFAULT, _OF_A_USE_CASE = "/predict", "/v1/{use_case}/predict"
_BEFORE, _AFTER = _OF_A_USE_CASE.split("{use_case}")


class Shortcut:
    """Pure ASGI, inside the guard: the endpoint is called, and its errors answered, as the router would."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._routes = {each.path: each for each in scoring.routes if isinstance(each, APIRoute)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers POST of the two paths that decide, and passes on everything else."""
        route = self._found(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        request = Request(scope, receive, send)
        try:
            response = await route.endpoint(request)
        except RequestError as error:
            response = await answer_request_error(request, error)
            _let_go(error)
        except EngineError as error:
            response = await answer_engine_error(request, error)
            _let_go(error)
        await response(scope, receive, send)

    def _found(self, scope: Scope) -> APIRoute | None:
        path: str = scope["path"]
        if path == _DEFAULT:
            return self._routes[_DEFAULT]
        name = path[len(_BEFORE) : -len(_AFTER)]
        # A server below a prefix sends the prefix along: the router knows what to do.
        if scope.get("root_path") or not name or "/" in name or path != f"{_BEFORE}{name}{_AFTER}":
            return None
        scope["path_params"] = {"use_case": name}
        return self._routes[_OF_A_USE_CASE]


def _let_go(error: Exception) -> None:
    """What was raised in a thread and the frames that it came through hold each other, and those the request's body:
    32 MiB each, until the garbage collector comes by."""
    error.__traceback__ = None
