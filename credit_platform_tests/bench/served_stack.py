"""Five members on the invented portfolio, served two ways: a release of ours, and one pyfunc of their own libraries."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from credit_platform.contracts.release import Member, RequestField
from credit_platform.contracts.settings import Settings
from credit_platform.modelling.fold import baseline, to_xgboost
from credit_platform.modelling.forest import combine
from credit_platform_tests.bench.load import Measured
from credit_platform_tests.bench.own_members import Own, own_members
from credit_platform_tests.bench.portfolio import SEED, encoded, invented_inputs, loaded_release, members
from credit_platform_tests.engine import tiny

USE_CASE, PATIENCE = "invented", 180.0


def five_members() -> dict[str, Own]:
    """Every algorithm of the platform with its defaults."""
    return own_members(members().sample, params={}, seed=SEED, threads=1)


def home_with_stack(home: Path, own: Mapping[str, Own]) -> Settings:
    """A home whose champion is the equally weighted stack of the five, folded."""
    sample = members().sample
    whole = combine([(each.forest, 1 / len(own)) for each in own.values()], bias=0.0)
    reference = sample.matrix[:2_000]
    made = loaded_release(threads=1).release
    # A twentieth of the amounts is missing, and a caller leaves them out.
    optional = [field.column.model_copy(update={"required": False}) for field in made.request_fields]
    release = made.model_copy(
        update={
            "request_fields": tuple(RequestField(column=column, is_used=True) for column in optional),
            "use_case": USE_CASE,
            "release_id": "r1",
            "members": tuple(Member(algorithm=name, weight=1 / len(own)) for name in own),
            "baseline": baseline(whole, reference, threads=1),
        }
    )
    settings = Settings(home=home)
    tiny.trusted_in(home)
    root = Path(settings.releases.removeprefix("file://"))
    files = tiny.files_of(release, forest=to_xgboost(whole, sample.names, reference, threads=1))
    sha = tiny.write(root, files, use_case=USE_CASE)
    tiny.promote(root, sha, use_case=USE_CASE)
    return settings


def our_records(rows: int) -> list[dict[str, Any]]:
    """Records of the invented portfolio as a caller sends them."""
    inputs = invented_inputs(rows, seed=5)
    return [{name: values[row] for name, values in inputs.items()} for row in range(rows)]


def peer_request() -> bytes:
    """One row of finished features: the peer has no feature program to run."""
    matrix = encoded(invented_inputs(1, seed=5))
    row = [[None if np.isnan(value) else float(value) for value in matrix[0]]]
    return json.dumps({"dataframe_split": {"columns": list(members().sample.names), "data": row}}).encode()


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str], *, port: int, log: Path) -> Iterator[None]:
    """A server process until its port answers; ended with the block."""
    with log.open("w") as stream:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=stream, stderr=stream)
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def serving(settings: Settings, *, journal: bool) -> dict[str, str]:
    """Variables of one worker in open mode whose callers have no limit."""
    told = {
        "HOME": str(settings.home_dir), "THREADS": "1", "SCORER_OPEN": "true", "ACCESS_LOG": "false",
        "RATE_PER_SECOND": "1000000", **({} if journal else {"JOURNAL_URL": "none"}),
    }  # fmt: skip
    return {f"CREDIT_PLATFORM_{name}": value for name, value in told.items()}


@contextmanager
def our_scorer(settings: Settings, *, journal: bool) -> Iterator[int]:
    """One worker of the scorer as ``credit-platform serve`` starts it; yields its port."""
    port = free_port()
    command = [sys.executable, "-c", "from credit_platform.cli import main; main()", "serve", "--port", str(port)]
    with started(command, serving(settings, journal=journal), port=port, log=settings.home_dir / "scorer.log"):
        yield port


@contextmanager
def bare_server(answer: bytes, folder: Path) -> Iterator[int]:
    """A server that sends these bytes to every request; yields its port."""
    port, file = free_port(), folder / "answer.json"
    file.write_bytes(answer)
    command = [sys.executable, "-m", "credit_platform_tests.bench.bare_server", str(port), str(file)]
    with started(command, {}, port=port, log=folder / "bare.log"):
        yield port


def save_as_pyfunc(own: Mapping[str, Own], path: Path) -> None:
    """The mean log-odds of the members, each asked through its own library, as MLflow keeps a model."""
    import mlflow.pyfunc  # 4 s, which the list of all benchmarks need not wait for

    class Stack(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined]
        def predict(self, context: object, model_input: pd.DataFrame, params: object = None) -> np.ndarray:
            matrix = model_input.to_numpy(dtype=np.float32)
            return np.asarray(np.mean([each.margin(matrix) for each in own.values()], axis=0))

    mlflow.pyfunc.save_model(path=str(path), python_model=Stack())


@contextmanager
def peer_server(own: Mapping[str, Own], folder: Path) -> Iterator[int]:
    """``mlflow models serve`` of the members as one pyfunc, one worker; yields its port."""
    port, model = free_port(), folder / "pyfunc"
    save_as_pyfunc(own, model)
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model), "--env-manager", "local", "-p", str(port),
        "-w", "1",
    ]  # fmt: skip
    # It starts uvicorn by name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with started(command, {"OMP_NUM_THREADS": "1", "PATH": path}, port=port, log=folder / "peer.log"):
        yield port


def loaded(
    port: int, path: str, body: bytes, folder: Path, *, seconds: float, connections: int, rate: float | None = None
) -> Measured:
    """What the load generator measured from a process of its own."""
    file, into = folder / "body.json", folder / "measured.json"
    file.write_bytes(body)
    words = [
        str(port),
        path,
        str(file),
        str(into),
        str(seconds),
        str(connections),
        *([] if rate is None else [str(rate)]),
    ]
    command = [sys.executable, "-m", "credit_platform_tests.bench.load", *words]
    subprocess.run(command, check=True)
    found = Measured(**json.loads(into.read_text(encoding="utf-8")))
    if found.failed:
        raise RuntimeError(f"{found.failed} of {len(found.milliseconds)} answers are not 200; the last: {found.last}")
    return found
