"""What the scorer's image holds and how soon it answers: a fresh environment with the wheel's [scorer] alone."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from credit_platform.contracts.settings import Settings
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.scorer_load import body
from credit_platform_tests.bench.served_stack import five_members, free_port, home_with_stack

STARTS, PATIENCE = 5, 60.0
ROOT = Path(__file__).resolve().parents[2]
UV = str(Path(sys.executable).parent / "uv")


def benchmarks() -> Iterator[Record]:
    """Megabytes of site-packages; seconds from the start of the process to its first answer."""
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        python = _environment(Path(folder))
        settings = home_with_stack(Path(folder) / "home", five_members())
        packages = next((Path(folder) / "venv" / "lib").glob("python*/site-packages"))
        size = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
        seconds = [_first_answer(python, settings, Path(folder)) for _ in range(STARTS + 1)]
    yield Record(
        name="scorer_image/site_packages",
        value=size / 1e6,
        unit="MB, bytecode included",
        goal=Goal(of="value", at_most=400),
    )
    yield Record(
        name="scorer_image/cold_start_to_first_answer",
        value=median(seconds[1:]),
        unit=f"s, p50 of {STARTS}, five members; the first of all {seconds[0]:.1f} s",
        goal=Goal(of="value", at_most=3),
    )


def _environment(folder: Path) -> Path:
    """Python of an environment with the locked requirements of the scorer and the package's own wheel."""
    python = folder / "venv" / "bin" / "python"
    lock = str(ROOT / "docker" / "requirements" / "scorer.txt")
    install = [UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), "--no-deps"]
    for command in (
        [UV, "build", "--quiet", "--wheel", "--out-dir", str(folder / "dist"), str(ROOT)],
        [UV, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")],
        [*install, "--require-hashes", "-r", lock],
    ):
        _run(command)
    _run([*install, *map(str, (folder / "dist").glob("*.whl"))])
    return python


def _run(command: Sequence[str]) -> None:
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed: {done.stderr[-2000:]}")


def _first_answer(python: Path, settings: Settings, folder: Path) -> float:
    port, request = free_port(), body(1, reasons="none")
    environment: Mapping[str, str] = {
        "PATH": os.environ["PATH"], "CREDIT_PLATFORM_HOME": str(settings.home_dir), "CREDIT_PLATFORM_THREADS": "1",
        "CREDIT_PLATFORM_SCORER_OPEN": "true",
    }  # fmt: skip
    with (folder / "scorer.log").open("w") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(python), "-m", "credit_platform.scorer", "127.0.0.1", str(port)],
            env=environment,
            cwd=folder,
            stderr=log,
        )
    try:
        while not _is_answered(port, request):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"the scorer did not answer: {(folder / 'scorer.log').read_text()[-2000:]}")
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


def _is_answered(port: int, request: bytes) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/predict", request)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
