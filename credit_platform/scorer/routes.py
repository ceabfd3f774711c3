"""The scorer's routes; each is a few lines over what answers it."""

import datetime as dt
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool

from credit_platform.contracts.journal import Claim
from credit_platform.scorer.champions import Champions, Served
from credit_platform.scorer.descriptions import features_described, model_described, readiness
from credit_platform.scorer.errors import Problem, RequestError, json_response
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.metrics import Metrics
from credit_platform.scorer.recording import Recording, body_of
from credit_platform.scorer.records import Asked, parsed_request
from credit_platform.scorer.repeats import Repeats, decided_once
from credit_platform.scorer.security.access import Need
from credit_platform.scorer.security.bodies import read_body
from credit_platform.scorer.security.guard import refuse_forbidden
from credit_platform.scorer.security.head import Head
from credit_platform.scorer.together import Together
from credit_platform.scorer.tracing import Steps
from credit_platform.scorer.traffic import Part

MOST_BYTES = 16 * 2**10
"""Of a body that is read on the event loop: 60 records of 13 fields, 1 ms. A larger one is for a thread."""
_LONGEST_KEY = 128
_IDEMPOTENCY = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same request under the same key is answered with the same bytes for ten minutes, by "
            "any worker and after a crash; 422 for another request under it, 410 once its entity was erased.",
            "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY},
        }
    ]
}


class Direct(APIRoute):
    """An endpoint that takes the request and gives the response: FastAPI knows it for the page alone.

    What it would do between them is to solve and to check dependencies that there are none of.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint itself."""
        found: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return found


scoring = APIRouter(route_class=Direct, tags=["scoring"])
router = APIRouter()


def _champions(request: Request) -> Champions:
    found: Champions = request.app.state.champions
    return found


def _metrics(request: Request) -> Metrics:
    found: Metrics = request.app.state.metrics
    return found


TheChampions = Annotated[Champions, Depends(_champions)]
TheMetrics = Annotated[Metrics, Depends(_metrics)]


@scoring.post("/predict", summary="Score records by the default use case", openapi_extra=_IDEMPOTENCY)
async def predict_default(request: Request) -> Response:
    """Scores 1 to 10,000 records by the champion of the default use case."""
    body = await read_body(request, request.app.state.settings)
    champions = _champions(request)
    served = champions.snapshot.default(champions.settings.default_use_case)
    # The path names no use case: whether the caller may ask for this one is known only here.
    refuse_forbidden(request.state.caller, Need("score", served.pointer.use_case))
    return await _once(served, body, request)


@scoring.post("/v1/{use_case}/predict", summary="Score records", openapi_extra=_IDEMPOTENCY)
async def predict(request: Request) -> Response:
    """Scores 1 to 10,000 records by the champion of a use case."""
    body = await read_body(request, request.app.state.settings)
    return await _once(_champions(request).snapshot.of(request.path_params["use_case"]), body, request)


async def _once(served: Served, body: bytes, request: Request) -> Response:
    """Answers a request that came before under the same key as it was answered then."""
    head: Head = request.state.head
    key = head.one(b"idempotency-key")
    if key is None:
        answer = await _scored(served, body, request)
    elif not 1 <= len(key) <= _LONGEST_KEY:
        problem = Problem("header.idempotency-key", "length", f"1 to {_LONGEST_KEY} characters")
        raise RequestError(422, "invalid_parameters", "parameters do not fit", [problem])
    else:
        repeats: Repeats = request.app.state.repeats
        name = (request.state.caller.id, served.pointer.use_case, key)
        answer = await repeats.answered(name, body, make=lambda: _claimed(served, body, request, key))
    return Response(answer, media_type="application/json")


async def _claimed(served: Served, body: bytes, request: Request, key: str) -> bytes:
    """Decides what no worker of this journal has decided under this key."""
    journal: Journal = request.app.state.journal
    claim = journal.claim(caller=request.state.caller.id, use_case=served.pointer.use_case, key=key, body=body)
    request.state.claim = claim
    return await decided_once(journal, claim, lambda: _scored(served, body, request))


async def _scored(served: Served, body: bytes, request: Request) -> bytes:
    """Decides, records what was decided, and only then answers."""
    received_at = dt.datetime.now(dt.UTC)
    if len(body) > MOST_BYTES:
        return await run_in_threadpool(_scored_apart, served, body, request, received_at)
    asked = parsed_request(body)
    together: Together = request.app.state.together
    if together.takes(served, asked):
        steps: Steps = getattr(request.state, "steps", [])
        return await together.answer(served, asked, _recording(asked, request, received_at), steps=steps)
    return await run_in_threadpool(_decided_apart, served, asked, request, received_at)


def _scored_apart(served: Served, body: bytes, request: Request, received_at: dt.datetime) -> bytes:
    return _decided_apart(served, parsed_request(body), request, received_at)


def _decided_apart(served: Served, asked: Asked, request: Request, received_at: dt.datetime) -> bytes:
    """In a thread of its own: what is large, or would have to be waited for."""
    state, recording = request.app.state, _recording(asked, request, received_at)
    began = time.time_ns()
    parts: list[Part] = state.traffic.parts(served, asked)
    decided = time.time_ns()
    answers = recording.answers(parts, count=len(asked.records))
    steps: Steps = getattr(request.state, "steps", [])
    steps += [("engine", began, decided), ("journal", decided, time.time_ns())]
    for part in parts:
        state.metrics.count(part)
        state.traffic.shadow(part, asked, recording.shadow)
    return body_of(answers)


def _recording(asked: Asked, request: Request, received_at: dt.datetime) -> Recording:
    state = request.state
    claim: Claim | None = getattr(state, "claim", None)
    return Recording(request.app.state.journal, state.caller.id, received_at, asked.options.recorded(), claim)


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
    """200 with a champion in service and a journal that can be written (``degraded`` while a newer champion or a
    challenger is refused), else 503; why, to callers who hold ``admin``."""
    state = request.app.state
    status, body = readiness(champions, state.challengers, state.journal, is_draining=state.lifecycle.is_draining)
    told = body if request.state.caller.may("admin") else {"status": body["status"]}
    return json_response(told, status=status)


@router.get("/metrics", summary="Prometheus metrics", tags=["health"])
def exposition(request: Request) -> Response:
    """Requests, latencies, decisions by band, champions in service and refused."""
    return Response(request.app.state.exposition(), media_type=CONTENT_TYPE_LATEST)
