"""What a run left behind: champion, leaderboard, refusals and files, read back from where they are kept."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from credit_platform.builders.execution import RunOutcome
from credit_platform.builders.pieces import LEADERBOARD, benchmark_piece
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

REPORTED = ("auc", "gini", "ks", "brier", "log_loss", "f1")


@dataclass(frozen=True)
class Champion:
    release_id: str
    algorithm: str


@dataclass(frozen=True)
class LeaderboardRow:
    """One candidate on the split's test population."""

    name: str
    metrics: dict[str, float]
    auc_interval: tuple[float, float]
    is_candidate: bool


@dataclass(frozen=True)
class RunSummary:
    """The closing summary, for people and (``as_json``) for machines."""

    use_case: str
    rows: int
    population: str
    measured_on: str
    champion: Champion | None
    metrics: dict[str, float]
    benchmarks: dict[str, dict[str, float]]
    leaderboard: tuple[LeaderboardRow, ...]
    outputs: tuple[str, ...]
    refusals: tuple[str, ...] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        champion = self.champion and {"release_id": self.champion.release_id, "algorithm": self.champion.algorithm}
        rows = [
            {"name": r.name, **r.metrics, "auc_interval": list(r.auc_interval), "is_candidate": r.is_candidate}
            for r in self.leaderboard
        ]
        return {
            "use_case": self.use_case,
            "rows": self.rows,
            "champion": champion,
            "metrics": {self.population: self.metrics, "benchmarks": self.benchmarks},
            "leaderboard": rows,
            "outputs": list(self.outputs),
            "refusals": list(self.refusals),
        }


def summarise(settings: Settings, outcome: RunOutcome) -> RunSummary:
    """Read the state that the run left; everything absent stays empty, nothing is guessed."""
    use_case, warehouse, workbench = outcome.use_case, Warehouse(settings), Workbench(settings)
    releases = ReleaseStore(settings)
    pointer = releases.pointer(use_case.name)
    champion, metrics = None, {}
    if pointer is not None:
        loaded = releases.champion(use_case.name)
        champion = Champion(pointer.release_id, loaded.release.algorithm)
        metrics = {name: loaded.metrics["metrics"][name] for name in REPORTED}
    verdicts = _verdicts(use_case, warehouse)
    return RunSummary(
        use_case=use_case.name,
        rows=_history_rows(use_case, verdicts),
        population=use_case.split.population,
        measured_on=use_case.measured_on,
        champion=champion,
        metrics=metrics,
        benchmarks=_benchmarks(use_case, workbench),
        leaderboard=_leaderboard(use_case, workbench),
        outputs=_outputs(settings, outcome),
        refusals=_refusals(use_case, outcome, verdicts),
    )


def _verdicts(use_case: UseCase, warehouse: Warehouse) -> pd.DataFrame:
    if not warehouse.has_table(use_case.name, use_case.raw_schema, "verdicts"):
        return pd.DataFrame(columns=["source", "source_day", "total_rows", "bad_rows", "is_accepted", "refusal"])
    return warehouse.read(use_case.name, f"select * from {use_case.raw_schema}.verdicts")


def _history_rows(use_case: UseCase, verdicts: pd.DataFrame) -> int:
    """Labelled history rows as read from the files, quarantined ones included."""
    names = [source.name for source in use_case.sources_of("history")]
    return int(verdicts.loc[verdicts["source"].isin(names), "total_rows"].sum())


def _refusals(use_case: UseCase, outcome: RunOutcome, verdicts: pd.DataFrame) -> tuple[str, ...]:
    """Refused files among the days that were asked for, and refused whole files."""
    days = pd.to_datetime(verdicts["source_day"])
    asked = days.isna() | days.isin(pd.to_datetime(list(outcome.days)))
    refused = verdicts[asked & ~verdicts["is_accepted"].astype(bool)]
    return tuple(str(text) for text in refused["refusal"])


def _leaderboard(use_case: UseCase, workbench: Workbench) -> tuple[LeaderboardRow, ...]:
    if not workbench.path(use_case.name, LEADERBOARD).exists():
        return ()
    document = workbench.load(use_case.name, LEADERBOARD).document
    return tuple(
        LeaderboardRow(
            name=row["name"],
            metrics={name: row["metrics"][name] for name in REPORTED},
            auc_interval=(row["intervals"]["auc"][0], row["intervals"]["auc"][1]),
            is_candidate=row["name"] == document["candidate"],
        )
        for row in document["rows"]
    )


def _benchmarks(use_case: UseCase, workbench: Workbench) -> dict[str, dict[str, float]]:
    out = {}
    for name in use_case.features.benchmarks:
        if workbench.path(use_case.name, benchmark_piece(name)).exists():
            document = workbench.load(use_case.name, benchmark_piece(name)).document
            out[name] = {metric: document["metrics"][metric] for metric in REPORTED}
            out[name] |= {"auc_low": document["intervals"]["auc"][0], "auc_high": document["intervals"]["auc"][1]}
    return out


def _outputs(settings: Settings, outcome: RunOutcome) -> tuple[str, ...]:
    """Curated files of the days asked for, and the reports, as paths within the project where they lie in it."""
    name = outcome.use_case.name
    curated = Path(settings.curated_for(name).removeprefix("file://"))
    files = [curated / f"predictions_{day:%Y%m%d}.csv" for day in outcome.days if outcome.is_success]
    files += sorted((settings.home_dir / "reports" / name).glob("*.html"))
    files = [file for file in files if file.exists() and file.stat().st_mtime >= outcome.started_at]
    project = settings.project.resolve()
    shown = [file.relative_to(project) if file.is_relative_to(project) else file for file in files]
    return tuple(str(path) for path in shown)
