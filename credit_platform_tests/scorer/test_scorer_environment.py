"""The scorer runs in an environment built from its own lock, where no training library exists."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from credit_platform.contracts.settings import Settings
from credit_platform_tests.engine import tiny

BARRED = ("dagster", "mlflow", "sklearn", "pandas", "joblib", "cloudpickle", "lightgbm", "shap", "dbt", "duckdb")
SCRIPT = """
import importlib.util, json, sys, threading, time, urllib.request
import uvicorn
from credit_platform.contracts.settings import Settings
from credit_platform.scorer.app import create_app

unpickled = []
sys.addaudithook(lambda event, given: unpickled.append(event) if event == "pickle.find_class" else None)
barred, body = json.loads(sys.argv[1]), sys.argv[2].encode()
server = uvicorn.Server(uvicorn.Config(create_app(Settings()), port=0, log_level="warning"))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    time.sleep(0.02)
port = server.servers[0].sockets[0].getsockname()[1]
request = urllib.request.Request(f"http://127.0.0.1:{port}/predict", data=body)
for _ in range(30):
    answer = json.load(urllib.request.urlopen(request, timeout=30))
print(json.dumps({
    "result": answer["results"][0],
    "unpickled": unpickled,
    "imported": [name for name in barred if name in sys.modules],
    "importable": [name for name in barred if importlib.util.find_spec(name) is not None],
}))
server.should_exit = True
"""


@pytest.fixture(scope="module")
def scorer_python(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a fresh environment that holds exactly docker/requirements/scorer.txt."""
    folder = tmp_path_factory.mktemp("scorer") / "venv"
    uv = str(Path(sys.executable).parent / "uv")
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    lock = str(project_root / "docker" / "requirements" / "scorer.txt")
    python = folder / "bin" / "python"
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps", "--require-hashes", "-r", lock],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command[:4])} failed: {done.stderr}"
    return python


@pytest.mark.slow
def test_the_scorer_scores_where_no_training_library_exists(
    scorer_python: Path, project_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "releases"
    tiny.trusted_in(tmp_path)
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    tiny.publish_states(Settings(home=tmp_path))
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(project_root), "PYTHONDONTWRITEBYTECODE": "1",
        "CREDIT_PLATFORM_HOME": str(tmp_path), "CREDIT_PLATFORM_SCORER_OPEN": "true",
    }  # fmt: skip
    body = json.dumps({"records": [{**tiny.RECORD, "lender": "Atlantis"}]})
    done = subprocess.run(
        [str(scorer_python), "-c", SCRIPT, json.dumps(BARRED), body],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["imported"] == []
    assert found["unpickled"] == []
    assert found["importable"] == []
    assert 0 < found["result"]["probability"] < 1
    assert found["result"]["warnings"][-1] == "lender: 'Atlantis' was not seen in training"
