"""Raw and warehouse of credit_default in a process of its own: the seconds of every step, model and test, and the
process's peak memory, as one JSON line.

The process is set up, and imports what it needs, as the command line does.
"""

import datetime as dt
import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from credit_platform.commands.process import set_up_process

USE_CASE, STAGES = "credit_default", ("raw", "warehouse")


@dataclass
class Measured:
    """Seconds by name; memory in GiB (DuckDB works inside the process, so it is in there)."""

    steps: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    tests: dict[str, float] = field(default_factory=dict)
    peak_memory: float = 0.0
    wall: float = 0.0
    """Seconds of the process from outside, its start and Dagster's own work included."""
    failures: list[str] = field(default_factory=list)

    def seconds_of(self, stage: str) -> float:
        """Seconds of the steps whose names hold this text."""
        return sum(seconds for step, seconds in self.steps.items() if stage in step)


def measure(days: Sequence[dt.date], *, only_nightly: bool) -> Measured:
    """Run the stages on these days with the settings of the environment."""
    from credit_platform.builders.execution import run_use_case
    from credit_platform.contracts.settings import Settings
    from credit_platform.resources.dbt import DbtProjects, NodeResult

    measured = Measured()
    invoke = DbtProjects.invoke

    def watched(dbt: DbtProjects, use_case: str, arguments: Sequence[str]) -> list[NodeResult]:
        results = invoke(dbt, use_case, arguments)
        for result in results:
            kind, _, name = result.unique_id.split(".", 2)
            into = measured.models if kind == "model" else measured.tests
            into[name] = into.get(name, 0.0) + result.seconds
        return results

    def progress(step: str, state: str, seconds: float | None) -> None:
        if seconds is not None:
            measured.steps[step] = seconds

    DbtProjects.invoke = watched  # type: ignore[assignment, method-assign]
    outcome = run_use_case(Settings(), USE_CASE, days=days, only_nightly=only_nightly, stages=STAGES, progress=progress)
    measured.failures = [*outcome.failures, *outcome.failed_checks]
    measured.peak_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return measured


if __name__ == "__main__":
    set_up_process()
    chosen = [dt.date.fromisoformat(day) for day in sys.argv[2:]]
    sys.stdout.write(json.dumps(asdict(measure(chosen, only_nightly=sys.argv[1] == "nightly"))) + "\n")
