"""The champion's bands against the candidate's on the same rows: who gets another offer by a promotion."""

from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.frames import labelled_frame
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.releases import LoadedRelease
from credit_platform.engine.score_scale import points
from credit_platform.explanation.migration_section import migration_section, unread_section
from credit_platform.explanation.page import Section
from credit_platform.modelling.encoding import encode
from credit_platform.modelling.sample import Floats
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse
from credit_platform.statistics.migration import Migration, migration


def score_migration(
    use_case: UseCase, candidate: Candidate, releases: ReleaseStore, warehouse: Warehouse, *, threads: int
) -> dict[str, Any] | None:
    """Migration of the candidate's test rows as JSON, on the present scale; None before the first champion.

    Under ``unread`` the features of the champion that are no longer built, where there are some: it cannot be asked.
    """
    if releases.pointer(use_case.name) is None:
        return None
    champion, frame = releases.champion(use_case.name), labelled_frame(use_case, warehouse)
    found: dict[str, Any] = {"champion": champion.release.release_id, "rows": len(candidate.test)}
    unread = sorted({feature.name for feature in champion.release.features} - set(frame.columns))
    if unread:
        return found | {"unread": unread}
    score, bands = use_case.score, use_case.score.bands
    moved = migration(
        points(_champions_margin(champion, candidate, frame), score),
        points(candidate.test_margin(threads=threads), score),
        floors=[float(band.minimum) for band in bands if band.minimum is not None],
        names=[band.name for band in bands],
    )
    return found | _plain(moved)


def migration_metadata(found: dict[str, Any] | None) -> dict[str, Any]:
    """What the release shows of it: nothing before the first champion."""
    if found is None:
        return {}
    if "unread" in found:
        return {"migration/champion": found["champion"], "migration/not_built_any_more": found["unread"]}
    names = list(found["table"])
    table = pd.DataFrame(found["table"].values(), index=pd.Index(names, name="was / is"), columns=names)
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
    return migration_section(found["champion"], found["table"], **told)


def _champions_margin(champion: LoadedRelease, candidate: Candidate, frame: pd.DataFrame) -> Floats:
    rows = frame.set_index(frame["label__key"].astype(str)).loc[candidate.test.key.astype(str)]
    return champion.forest.margin(encode(rows, champion.release.features))


def _plain(moved: Migration) -> dict[str, Any]:
    table = {str(name): row.tolist() for name, row in zip(moved.table.index, moved.table.to_numpy(), strict=True)}
    return {
        "table": table,
        "unmoved": moved.unmoved,
        "far": moved.far,
        "median": moved.median,
        "mean": moved.mean,
    }
