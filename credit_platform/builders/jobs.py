"""Jobs and schedules of one use case: everything, the nightly scoring, a retraining."""

from typing import Any

import dagster as dg

from credit_platform.builders.naming import key
from credit_platform.contracts.use_case import UseCase

AssetJob = Any
"""What dg.define_asset_job returns; Dagster does not export its class."""

TRAINING_STAGES = ("statistics", "dataset", "models", "ensemble", "assurance", "release")
NIGHTLY_STAGES = ("warehouse", "batch", "monitoring", "online")
NIGHT_HOUR = 2


def everything_job_name(use_case: UseCase) -> str:
    return f"{use_case.name}__everything"


def nightly_job_name(use_case: UseCase) -> str:
    return f"{use_case.name}__nightly"


def retraining_job_name(use_case: UseCase) -> str:
    return f"{use_case.name}__retraining"


def jobs(use_case: UseCase) -> list[AssetJob]:
    """``everything`` from files to champion and scores; ``nightly`` new days only; ``retraining`` models only."""
    own = dg.AssetSelection.key_prefixes([use_case.name])
    daily_raw = dg.AssetSelection.assets(
        *(key(use_case, "raw", source.name) for source in use_case.sources if source.cadence == "daily")
    )
    return [
        dg.define_asset_job(
            everything_job_name(use_case),
            selection=own,
            description="From the raw files to the champion and the scores of the chosen days.",
        ),
        dg.define_asset_job(
            nightly_job_name(use_case),
            selection=daily_raw | _stages(use_case, NIGHTLY_STAGES),
            description="The new day's files, scored by the champion in force, and watched.",
        ),
        dg.define_asset_job(
            retraining_job_name(use_case),
            selection=_stages(use_case, TRAINING_STAGES),
            description="A new candidate from the present warehouse; it becomes champion only if its gates pass.",
        ),
    ]


def schedules(use_case: UseCase) -> list[AssetJob]:
    """Nightly scoring of yesterday's file."""
    nightly = jobs(use_case)[1]
    return [
        dg.build_schedule_from_partitioned_job(
            nightly,
            name=f"{use_case.name}__nightly_schedule",
            hour_of_day=NIGHT_HOUR,
            description=f"Scores the day before, every night at {NIGHT_HOUR:02d}:00 UTC.",
        )
    ]


def _stages(use_case: UseCase, names: tuple[str, ...]) -> dg.AssetSelection:
    return dg.AssetSelection.groups(*(f"{use_case.name}__{name}" for name in names))
