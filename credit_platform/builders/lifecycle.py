"""The page of one release, for people who were not there when it was made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.model_card import recorded_card
from credit_platform.builders.naming import key, stage
from credit_platform.builders.pieces import CALIBRATION, LEADERBOARD, RELEASE
from credit_platform.builders.score_migration import moved_counts
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.workbench import Workbench, write_atomically
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.segment_calibration import SegmentCalibration

LATEST = "lifecycle.html"
"""The page of the newest release; each release's own is kept beside it under its name."""


def lifecycle_path(workbench: Workbench, use_case: str, release_id: str) -> Path:
    """Where the page of a release is kept."""
    return workbench.report_path(use_case, f"releases/{release_id}.html")


def lifecycle_link(workbench: Workbench, use_case: str, release_id: str) -> dict[str, dg.MetadataValue[str]]:
    """Metadata of an asset that speaks of a release: where its page is."""
    return {"page": dg.MetadataValue.path(str(lifecycle_path(workbench, use_case, release_id)))}


def lifecycle_asset(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "release", "lifecycle"),
        deps=[key(use_case, "assurance", "model_card"), key(use_case, "assurance", "calibration")],
        **stage(use_case, "release", "html"),
    )
    def lifecycle(settings: dg.ResourceParam[Settings], workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult:
        """The release on one page: leaderboard, calibration, cut-off, fairness, reasons, migration and its card.

        The page of a release is written from its own candidate or not at all.
        """
        from credit_platform.explanation.lifecycle_page import Contended, lifecycle_page

        candidate, release = load_candidate(workbench, use_case), workbench.load(use_case.name, RELEASE).document
        calibration = workbench.load(use_case.name, CALIBRATION)
        candidate.require({CALIBRATION: calibration})
        rows = workbench.load(use_case.name, LEADERBOARD).document["rows"]
        page = lifecycle_page(
            recorded_card(use_case, candidate, workbench, threads=settings.threads),
            [Contended(row["name"], row["metrics"], row["intervals"]) for row in rows],
            segments={n: tuple(map(_segment, parts)) for n, parts in calibration.document["segments"].items()},
            migration=_moved(release["migration"]),
        )
        workbench.save_report(use_case.name, LATEST, page)
        release_id = release["release_id"]
        write_atomically(lifecycle_path(workbench, use_case.name, release_id), page.encode())
        metadata = {"release_id": release_id, "bytes": len(page)}
        return dg.MaterializeResult(metadata=metadata | lifecycle_link(workbench, use_case.name, release_id))

    return lifecycle


def _segment(stored: Mapping[str, Any]) -> SegmentCalibration:
    gap = stored["gap"]
    return SegmentCalibration(**{**stored, "gap": None if gap is None else Interval(**gap)})


def _moved(migration: Mapping[str, Any] | None) -> dict[str, list[int]] | None:
    """Counts by band where there was a champion that could be asked."""
    return None if migration is None or "unread" in migration else moved_counts(migration)
