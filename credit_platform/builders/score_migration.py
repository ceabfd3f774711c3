"""The champion's bands against the candidate's on the same rows: who gets another offer by a promotion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.challenge import Opponent
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.score_scale import points
from credit_platform.explanation.migration_section import migration_section, unread_section
from credit_platform.explanation.page import Section
from credit_platform.modelling.sample import Floats
from credit_platform.resources.workbench import Piece
from credit_platform.statistics.migration import Migration, migration

CHAMPION_POINTS = "champion_points"
"""Array of the release's piece: the champion's points of the candidate's test rows, where it could be asked."""


@dataclass(frozen=True, eq=False)
class Before:
    """The champion in force and its points of the candidate's test rows (t,); None where some are ``unread``."""

    champion: str
    points: Floats | None
    unread: tuple[str, ...] = ()

    @property
    def arrays(self) -> dict[str, Floats]:
        return {} if self.points is None else {CHAMPION_POINTS: self.points}


def before_promotion(use_case: UseCase, opponent: Opponent | None) -> Before | None:
    """What the champion gives the candidate's test rows, on the present scale; None before the first champion."""
    if opponent is None:
        return None
    release_id = opponent.champion.release.release_id
    if opponent.margin is None:
        return Before(release_id, None, opponent.unread)
    return Before(release_id, points(opponent.margin, use_case.score))


def score_migration(use_case: UseCase, before: Before | None, margin: Floats) -> dict[str, Any] | None:
    """Migration of test rows from the champion's bands to those of new log-odds (t,), as JSON."""
    if before is None:
        return None
    found: dict[str, Any] = {"champion": before.champion, "rows": len(margin)}
    if before.points is None:
        return found | {"unread": list(before.unread)}
    bands = use_case.score.bands
    moved = migration(
        before.points,
        points(margin, use_case.score),
        floors=[float(band.minimum) for band in bands if band.minimum is not None],
        names=[band.name for band in bands],
    )
    return found | _plain(moved)


def migration_of(use_case: UseCase, release: Piece, margin: Floats) -> dict[str, Any] | None:
    """The migration of a release's piece once more, from the champion's points that it keeps."""
    recorded = release.document.get("migration")
    if recorded is None:
        return None
    kept = release.arrays.get(CHAMPION_POINTS)
    before = Before(recorded["champion"], kept, tuple(recorded.get("unread", ())))
    return score_migration(use_case, before, margin)


def migration_metadata(found: dict[str, Any] | None) -> dict[str, Any]:
    """What the release shows of it: nothing before the first champion."""
    if found is None:
        return {}
    if "unread" in found:
        return {"migration/champion": found["champion"], "migration/not_built_any_more": found["unread"]}
    names, counts = found["bands"], moved_counts(found)
    table = pd.DataFrame(counts.values(), index=pd.Index(names, name="was / is"), columns=names)
    shares = {f"migration/{name}": found[name] for name in ("unmoved", "far", "median", "mean")}
    markdown = dg.MetadataValue.md(table.to_markdown())
    return {"migration/champion": found["champion"], "migration": markdown, **shares}


def section_of(found: dict[str, Any] | None) -> Section | None:
    """The model card's section of it."""
    if found is None:
        return None
    if "unread" in found:
        return unread_section(found["champion"], found["unread"])
    told = {name: found[name] for name in ("unmoved", "far", "median")}
    return migration_section(found["champion"], moved_counts(found), **told)


def moved_counts(found: Mapping[str, Any]) -> dict[str, list[int]]:
    """Rows by the champion's band and the new one, best band first, however the document was stored."""
    return {name: found["table"][name] for name in found["bands"]}


def _plain(moved: Migration) -> dict[str, Any]:
    table = {str(name): row.tolist() for name, row in zip(moved.table.index, moved.table.to_numpy(), strict=True)}
    return {
        # A stored document sorts its keys, and bands have an order of their own.
        "bands": list(table),
        "table": table,
        "unmoved": moved.unmoved,
        "far": moved.far,
        "median": moved.median,
        "mean": moved.mean,
    }
