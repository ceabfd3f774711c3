"""A scorer with clocks around the functions of each step, in a process of its own that a bench puts under load."""

import functools
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from credit_platform.contracts.settings import Settings
from credit_platform_tests.bench.served_stack import free_port, serving


@dataclass
class Clocks:
    """Milliseconds of each call by step."""

    spent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def around(self, owner: Any, name: str, step: str) -> None:
        """Replaces a function by one that is timed."""
        own: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(own)
        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return own(*given, **named)
            finally:
                self.spent[step].append((time.perf_counter() - began) * 1e3)

        setattr(owner, name, timed)

    def median(self, step: str) -> float:
        return median(self.spent[step]) if self.spent[step] else 0.0


def measured(module: str, settings: Settings) -> dict[str, float]:
    """What a bench's module prints that serves with clocks when it is run with a home and a port."""
    done = subprocess.run(
        [sys.executable, "-m", module, str(settings.home_dir), str(free_port())],
        env={**os.environ, **serving(settings, journal=True)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the server in the bench failed: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def serve(load: Callable[[int, Path], dict[str, float]]) -> None:
    """Serves on the port and for the home of the command line until ``load`` is over; prints what it found as JSON."""
    import uvicorn

    from credit_platform.scorer import main, protocol

    home, port = Path(sys.argv[1]), int(sys.argv[2])
    application = main.app()
    server = uvicorn.Server(
        uvicorn.Config(
            application, host="127.0.0.1", port=port, http=protocol.BoundedHead, ws="none", log_config=None,
            access_log=False, server_header=False,
        )
    )  # fmt: skip
    found = dict[str, float]()

    def loading() -> None:
        try:
            while not server.started or not all(
                served.loaded.forest.is_prepared for served in application.state.champions.snapshot.served.values()
            ):
                time.sleep(0.1)
            found.update(load(port, home))
        finally:
            server.should_exit = True

    thread = threading.Thread(target=loading)
    thread.start()
    server.run()
    thread.join()
    sys.stdout.write(json.dumps(found))
