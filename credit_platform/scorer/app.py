"""The scorer's application: routes, errors, metrics, and a life around the champions that it follows."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response

from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError
from credit_platform.scorer import pages
from credit_platform.scorer.champions import Champions
from credit_platform.scorer.errors import RequestError, answer_engine_error, answer_request_error
from credit_platform.scorer.journal.gauges import register
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.metrics import Metrics
from credit_platform.scorer.openapi import document
from credit_platform.scorer.routes import router
from credit_platform.scorer.security.guard import Guard


class ScorerApp(FastAPI):
    """FastAPI whose OpenAPI page follows the champions."""

    def openapi(self) -> dict[str, Any]:
        champions: Champions = self.state.champions
        snapshot = champions.snapshot
        wanted = champions.settings.default_use_case
        default = snapshot.served.get(wanted or min(snapshot.served, default=""))
        return document(list(self.routes), snapshot, default=default)


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings; releases are read when it starts, not here."""
    # FastAPI's own pages load their script from a public host; pages.py serves one that does not.
    app = ScorerApp(title="credit_platform scorer", lifespan=_following, docs_url=None, redoc_url=None)
    app.state.champions = Champions(settings)
    app.state.journal = Journal(settings)
    app.state.metrics = Metrics()
    register(app.state.metrics.registry, app.state.journal)
    app.include_router(router)
    app.include_router(pages.router)
    app.add_exception_handler(RequestError, answer_request_error)
    app.add_exception_handler(EngineError, answer_engine_error)
    app.add_middleware(Guard)
    app.middleware("http")(_measured)
    return app


@asynccontextmanager
async def _following(app: FastAPI) -> AsyncIterator[None]:
    champions: Champions = app.state.champions
    journal: Journal = app.state.journal
    journal.start()
    champions.start()
    yield
    champions.stop()
    journal.stop()


async def _measured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    metrics: Metrics = request.app.state.metrics
    began, status = time.perf_counter(), "500"
    try:
        response = await call_next(request)
        status = str(response.status_code)
        return response
    finally:
        # The route's pattern, not the path: a path is the caller's text and would be a label without bound.
        route = getattr(request.scope.get("route"), "path", "unmatched")
        metrics.seconds.labels(route).observe(time.perf_counter() - began)
        metrics.requests.labels(route, status).inc()
