"""The scorer's application: routes, errors, metrics, and a life around the champions that it follows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError
from credit_platform.scorer import pages
from credit_platform.scorer.access_lines import apart
from credit_platform.scorer.challengers import Challengers
from credit_platform.scorer.champions import Champions
from credit_platform.scorer.envelope import Envelope
from credit_platform.scorer.errors import (
    RequestError,
    answer_engine_error,
    answer_http_error,
    answer_request_error,
    answer_validation_error,
)
from credit_platform.scorer.journal.gauges import register
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.lifecycle import Lifecycle, settle
from credit_platform.scorer.metrics import Metrics
from credit_platform.scorer.openapi import document
from credit_platform.scorer.repeats import Repeats
from credit_platform.scorer.routes import router, scoring
from credit_platform.scorer.security.guard import Guard
from credit_platform.scorer.security.headers import cross_origin
from credit_platform.scorer.security.limits import Room
from credit_platform.scorer.shortcut import Shortcut
from credit_platform.scorer.state_gauges import register as register_states
from credit_platform.scorer.together import Together
from credit_platform.scorer.tracing import Traced
from credit_platform.scorer.traffic import Traffic
from credit_platform.scorer.worker_metrics import WorkerMetrics

_OWN_TRACES: Any = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own telemetry would be asked at every request whether somebody wants it, 0.04 ms: tracing.py makes ours."""


class ScorerApp(FastAPI):
    """FastAPI whose OpenAPI page follows the champions."""

    def openapi(self) -> dict[str, Any]:
        champions: Champions = self.state.champions
        snapshot = champions.snapshot
        wanted = champions.settings.default_use_case
        default = snapshot.served.get(wanted or min(snapshot.served, default=""))
        return document(list(self.routes), snapshot, default=default)


def create_app(settings: Settings, *, is_server: bool = False) -> FastAPI:
    """The application for these settings; releases are read when it starts, not here.

    ``is_server``: the process is the scorer's alone, which may prepare itself at the expense of anything else in it.
    """
    # FastAPI's own pages load their script from a public host; pages.py serves one that does not.
    app = ScorerApp(
        title="credit_platform scorer", lifespan=_following, docs_url=None, redoc_url=None, telemetry=_OWN_TRACES
    )
    metrics, lifecycle = Metrics(), Lifecycle(settings)
    room = Room(most_requests=settings.most_concurrent, most_bytes=settings.largest_bodies)
    app.state.settings = settings
    app.state.is_server = is_server
    app.state.champions = Champions(settings, settled=settle if is_server else None)
    app.state.journal = journal = Journal(settings)
    app.state.repeats = Repeats(erasures=lambda: journal.erasures)
    app.state.metrics = metrics
    app.state.lifecycle = lifecycle
    app.state.challengers = Challengers(settings, app.state.champions)
    app.state.traffic = Traffic(app.state.challengers, app.state.journal, metrics.registry)
    wait_seconds = settings.journal_wait_seconds
    app.state.together = Together(app.state.traffic, app.state.journal, metrics, wait_seconds=wait_seconds)
    metrics.watch(room)
    register(metrics.registry, app.state.journal)
    register_states(metrics.registry, app.state.champions, app.state.challengers)
    app.state.exposition = partial(metrics.exposition, app.state.champions)
    if settings.workers > 1:
        app.state.workers = WorkerMetrics(settings.home_dir, app.state.exposition)
        app.state.exposition = app.state.workers.exposition
    app.include_router(scoring)
    app.include_router(router)
    app.include_router(pages.router)
    app.add_exception_handler(RequestError, answer_request_error)
    app.add_exception_handler(EngineError, answer_engine_error)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_validation_error)
    # The last one added is the outermost.
    app.add_middleware(Shortcut)
    app.add_middleware(Guard, settings=settings, room=room)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, **cross_origin(settings.cors_origins))
    if settings.traces_url is not None:
        app.add_middleware(Traced, url=settings.traces_url)
    app.add_middleware(Envelope, settings=settings, metrics=metrics, lifecycle=lifecycle)
    return app


@asynccontextmanager
async def _following(app: FastAPI) -> AsyncIterator[None]:
    champions: Champions = app.state.champions
    journal: Journal = app.state.journal
    workers: WorkerMetrics | None = getattr(app.state, "workers", None)
    journal.start(has_room=app.state.is_server)
    champions.start()
    app.state.challengers.start()
    has_lines = app.state.is_server and app.state.settings.access_log
    lines = apart(told=app.state.metrics.dropped_lines.inc) if has_lines else nullcontext()
    with lines, app.state.lifecycle.watching(), workers.writing() if workers is not None else nullcontext():
        yield
    app.state.challengers.stop()
    app.state.traffic.stop()
    champions.stop()
    journal.stop()
