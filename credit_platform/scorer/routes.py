"""The scorer's routes; each is a few lines over what answers it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from credit_platform.scorer.champions import Champions, Served
from credit_platform.scorer.descriptions import features_described, model_described, readiness
from credit_platform.scorer.errors import RequestError, json_response
from credit_platform.scorer.metrics import Metrics
from credit_platform.scorer.records import parsed_records
from credit_platform.scorer.scoring import score

LARGEST_BODY = 32 * 2**20
router = APIRouter()


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise RequestError(413, "too_large", f"the body is larger than {LARGEST_BODY} bytes; send fewer records")
        chunks.append(chunk)
    return b"".join(chunks)


def _champions(request: Request) -> Champions:
    found: Champions = request.app.state.champions
    return found


def _metrics(request: Request) -> Metrics:
    found: Metrics = request.app.state.metrics
    return found


Body = Annotated[bytes, Depends(_body)]
TheChampions = Annotated[Champions, Depends(_champions)]
TheMetrics = Annotated[Metrics, Depends(_metrics)]


@router.post("/predict", summary="Score records by the default use case", tags=["scoring"])
def predict_default(body: Body, champions: TheChampions, metrics: TheMetrics) -> Response:
    """Scores 1 to 10,000 records by the champion of the default use case."""
    return _scored(champions.snapshot.default(champions.settings.default_use_case), body, metrics)


@router.post("/v1/{use_case}/predict", summary="Score records", tags=["scoring"])
def predict(use_case: str, body: Body, champions: TheChampions, metrics: TheMetrics) -> Response:
    """Scores 1 to 10,000 records by the champion of a use case."""
    return _scored(champions.snapshot.of(use_case), body, metrics)


def _scored(served: Served, body: bytes, metrics: Metrics) -> Response:
    results = score(served, parsed_records(body))
    metrics.count(served.pointer.use_case, results)
    return json_response(results.model_dump(mode="json"))


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
def ready(champions: TheChampions) -> Response:
    """200 with a champion in service (``degraded`` while a newer one is refused), else 503."""
    status, body = readiness(champions)
    return json_response(body, status=status)


@router.get("/metrics", summary="Prometheus metrics", tags=["health"])
def exposition(champions: TheChampions, metrics: TheMetrics) -> Response:
    """Requests, latencies, decisions by band, champions in service and refused."""
    return Response(metrics.exposition(champions), media_type=CONTENT_TYPE_LATEST)
