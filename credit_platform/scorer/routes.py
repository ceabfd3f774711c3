"""The scorer's routes; each is a few lines over what answers it."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from credit_platform.scorer.champions import Champions, Served
from credit_platform.scorer.descriptions import features_described, model_described, readiness
from credit_platform.scorer.errors import json_response
from credit_platform.scorer.metrics import Metrics
from credit_platform.scorer.recording import Recording
from credit_platform.scorer.records import parsed_request
from credit_platform.scorer.repeats import Repeats
from credit_platform.scorer.security.access import Need
from credit_platform.scorer.security.bodies import read_body
from credit_platform.scorer.security.guard import refuse_forbidden
from credit_platform.scorer.traffic import Part

router = APIRouter()


async def _body(request: Request) -> bytes:
    return await read_body(request, request.app.state.settings)


def _champions(request: Request) -> Champions:
    found: Champions = request.app.state.champions
    return found


def _metrics(request: Request) -> Metrics:
    found: Metrics = request.app.state.metrics
    return found


Body = Annotated[bytes, Depends(_body)]
TheChampions = Annotated[Champions, Depends(_champions)]
TheMetrics = Annotated[Metrics, Depends(_metrics)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=128,
        description="The same request under the same key is answered with the same decisions for ten minutes.",
    ),
]


@router.post("/predict", summary="Score records by the default use case", tags=["scoring"])
def predict_default(
    request: Request, body: Body, champions: TheChampions, idempotency_key: IdempotencyKey = None
) -> Response:
    """Scores 1 to 10,000 records by the champion of the default use case."""
    served = champions.snapshot.default(champions.settings.default_use_case)
    # The path names no use case: whether the caller may ask for this one is known only here.
    refuse_forbidden(request.state.caller, Need("score", served.pointer.use_case))
    return _once(served, body, request, idempotency_key)


@router.post("/v1/{use_case}/predict", summary="Score records", tags=["scoring"])
def predict(
    use_case: str, request: Request, body: Body, champions: TheChampions, idempotency_key: IdempotencyKey = None
) -> Response:
    """Scores 1 to 10,000 records by the champion of a use case."""
    return _once(champions.snapshot.of(use_case), body, request, idempotency_key)


def _once(served: Served, body: bytes, request: Request, key: str | None) -> Response:
    """Answers a request that came before under the same key as it was answered then."""
    if key is None:
        return _scored(served, body, request)
    repeats: Repeats = request.app.state.repeats
    name = (request.state.caller.id, served.pointer.use_case, key)
    answer = repeats.answered(name, body, make=lambda: bytes(_scored(served, body, request).body))
    return Response(answer, media_type="application/json")


def _scored(served: Served, body: bytes, request: Request) -> Response:
    """Decides, records what was decided, and only then answers."""
    state, caller, received_at = request.app.state, request.state.caller, dt.datetime.now(dt.UTC)
    asked = parsed_request(body)
    recording = Recording(state.journal, caller.id, received_at, asked.options.recorded())
    parts: list[Part] = state.traffic.parts(served, asked)
    answers = recording.answers(parts, count=len(asked.records))
    for part in parts:
        state.metrics.count(served.pointer.use_case, part.results)
        state.traffic.shadow(part, asked, recording.shadow)
    return Response(b'{"results":[%b]}' % b",".join(answers), media_type="application/json")


@router.get("/v1/{use_case}/model", summary="The model in service", tags=["models"])
def model(use_case: str, champions: TheChampions) -> Response:
    """What the champion is, since when it is in service, and how it was measured."""
    return json_response(model_described(champions.snapshot.of(use_case)))


@router.get("/v1/{use_case}/features", summary="Request fields and features", tags=["models"])
def features(use_case: str, champions: TheChampions) -> Response:
    """Every request field with its rules, the entity states that are joined, and the features."""
    return json_response(features_described(champions.snapshot.of(use_case)))


@router.get("/health/live", summary="Is the process alive", tags=["health"])
def live() -> Response:
    """Answers as long as the process does."""
    return json_response({"status": "live"})


@router.get("/health/ready", summary="Can it score", tags=["health"])
def ready(request: Request, champions: TheChampions) -> Response:
    """200 with a champion in service and a journal that can be written (``degraded`` while a newer champion is
    refused), else 503; why, to callers who hold ``admin``."""
    state = request.app.state
    status, body = readiness(champions, state.journal, is_draining=state.lifecycle.is_draining)
    told = body if request.state.caller.may("admin") else {"status": body["status"]}
    return json_response(told, status=status)


@router.get("/metrics", summary="Prometheus metrics", tags=["health"])
def exposition(request: Request) -> Response:
    """Requests, latencies, decisions by band, champions in service and refused."""
    return Response(request.app.state.exposition(), media_type=CONTENT_TYPE_LATEST)
