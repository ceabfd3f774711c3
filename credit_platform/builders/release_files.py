"""The content of a release folder, made from the candidate; the same candidate gives the same bytes and id."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.frames import decision_column
from credit_platform.builders.models import load_models, oof_of
from credit_platform.builders.pieces import HISTOGRAMS, same_training, segment_piece
from credit_platform.builders.reasons import kept_reasons
from credit_platform.builders.references import references
from credit_platform.contracts.release import Release, RequestField, StateColumn, StateTable
from credit_platform.contracts.split import TimeSplit
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.feature_program import compile_program
from credit_platform.engine.forest import load_forest
from credit_platform.engine.manifest import digest
from credit_platform.engine.releases import model_digest
from credit_platform.engine.score_scale import points
from credit_platform.modelling.fold import baseline
from credit_platform.modelling.folds import periods_of
from credit_platform.modelling.sample import Indices
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

PARITY_LIMIT = 1e-3
_PACKAGES = ("numpy", "pandas", "scikit-learn", "lightgbm", "xgboost", "duckdb", "dbt-core", "dagster")


@dataclass(frozen=True)
class ReleaseDraft:
    """A release before it was judged; ``parity`` is the largest |forest - members| in log-odds on test rows."""

    release: Release
    files: dict[str, bytes]
    parity: float

    @property
    def model_sha256(self) -> str:
        """Names what decides, whatever the gates say of it."""
        return model_digest(self.release, digest(self.files["forest.ubj"]))

    def judged(self, gates: dict[str, Any]) -> "JudgedRelease":
        """With the verdicts of its gates; content and verdicts give the release its name."""
        files = {**self.files, "gates.json": json_bytes(gates)}
        release_id = f"{self.release.as_of:%Y%m%d}-{_content_hash(self.release, files)[:12]}"
        files["release.json"] = json_bytes(self.release.model_copy(update={"release_id": release_id}))
        return JudgedRelease(release_id, self.release.as_of, files, gates)


@dataclass(frozen=True)
class JudgedRelease:
    """A release ready to be published: every file of its folder but the manifest."""

    release_id: str
    as_of: dt.date
    files: dict[str, bytes]
    gates: dict[str, Any]


def draft_release(
    use_case: UseCase,
    candidate: Candidate,
    *,
    program: str,
    evidence: dict[str, str],
    warehouse: Warehouse,
    workbench: Workbench,
    threads: int,
) -> ReleaseDraft:
    """Fold the candidate and write down everything that a scorer needs; ``evidence`` goes beside the metrics.

    Its gates are not judged yet.
    """
    reference = candidate.reference(use_case)
    forest = candidate.folded(use_case, threads=threads)
    as_of = _as_of(use_case)
    reasons, silent = kept_reasons(use_case, candidate, workbench)
    release = Release(
        use_case=use_case.name,
        release_id="draft",
        as_of=as_of,
        algorithm=candidate.served.name,
        members=candidate.served.members,
        feature_set=use_case.features.gating,
        population=use_case.measured_on,
        key=use_case.unit.key,
        entity=_entity(use_case),
        decision_date=decision_column(use_case),
        request_fields=(),
        states=_states(use_case, warehouse),
        feature_program=program,
        features=candidate.sample.features,
        scale=use_case.score,
        cut_off=candidate.cut_off,
        reasons=reasons,
        features_without_reason=silent,
        baseline=baseline(candidate.forest, reference, threads=threads),
        notes=release_notes(use_case),
        training_fingerprint=candidate.fingerprint,
        package_versions={name: version(name) for name in _PACKAGES},
    )
    release = release.model_copy(update={"request_fields": _request_fields(use_case, release)})
    files = {
        "forest.ubj": forest,
        "reference_histograms.json": json_bytes(_histograms(use_case, candidate, workbench, threads=threads)),
        "metrics.json": json_bytes(_metrics(candidate.document) | evidence),
    }
    return ReleaseDraft(release, files, _parity(forest, candidate, threads=threads))


def _metrics(document: dict[str, Any]) -> dict[str, Any]:
    """The candidate's row and everybody else's with their population, and what the selection window showed."""
    told = {"population": document["population"], "leaderboard": document["rows"], "selection": document["selection"]}
    return document["row"] | told


def _as_of(use_case: UseCase) -> dt.date:
    """Last day that the training could know."""
    if isinstance(use_case.split, TimeSplit):
        return use_case.split.history_until
    return use_case.scoring.first_day - dt.timedelta(days=1)


def _states(use_case: UseCase, warehouse: Warehouse) -> tuple[StateTable, ...]:
    tables = []
    for state in use_case.states:
        types = warehouse.types(use_case.name, use_case.star_schema, state.model, columns=state.columns)
        columns = tuple(StateColumn(name=name, type=kind) for name, kind in types.items())
        tables.append(StateTable(name=state.name, key=state.key, columns=columns))
    return tuple(tables)


def _entity(use_case: UseCase) -> str | None:
    """The entity where a request names it."""
    names = {column.canonical for column in use_case.requests.expanded_columns}
    return use_case.entity if use_case.entity in names else None


def _request_fields(use_case: UseCase, release: Release) -> tuple[RequestField, ...]:
    """Source columns; used are those that a feature or a state look-up reads, the key and the decision date."""
    columns = use_case.requests.expanded_columns
    types = {column.canonical: column.type for column in columns}
    types |= {column.name: column.type for state in release.states for column in state.columns}
    read = set(compile_program(release.feature_program, release.features, inputs=types).inputs)
    read |= {state.key for state in release.states} | {release.key}
    read |= {release.decision_date} if release.decision_date else set()
    return tuple(RequestField(column=column, is_used=column.canonical in read) for column in columns)


def _histograms(use_case: UseCase, candidate: Candidate, workbench: Workbench, *, threads: int) -> dict[str, object]:
    """Reference histograms of the features, and of the points of development rows by models without them."""
    piece = workbench.load(use_case.name, HISTOGRAMS)
    same_training({HISTOGRAMS: piece}, candidate.fingerprint)
    unseen, margin = _unseen(use_case, candidate, workbench, threads=threads)
    rows, scores = candidate.sample.take(unseen), pd.Series(points(margin, use_case.score).astype(float))
    held = np.isin(candidate.split.development, unseen)
    segments = {column: piece.arrays[segment_piece(column)][held] for column in use_case.monitoring.segments}
    found = references("score", scores, rows.entity, rows.decided, segments, seed=use_case.seed)
    return {**piece.document["columns"], **found}


def _unseen(
    use_case: UseCase, candidate: Candidate, workbench: Workbench, *, threads: int
) -> tuple[Indices, np.ndarray]:
    """Development rows (m,) with the log-odds that the release would have given them, not having learned from them.

    The windows after training, and out of fold the rows of training; but not where folds go forward in time: models of
    a fifth to four fifths of the labels say of a period's level what the release would not (``levels``).
    """
    split, margin = candidate.split, np.full(len(candidate.sample), np.nan)
    if periods_of(split.folds) is None:
        margin[split.out_of_fold] = candidate.served.margin(oof_of(load_models(workbench, use_case)))
    for rows in (split.calibration, split.selection):
        margin[rows] = candidate.margin(candidate.sample.take(rows), threads=threads)
    unseen = split.development[np.isfinite(margin[split.development])]
    return unseen, margin[unseen]


_OF_THE_APPROVED = (
    "Outcomes are known of approved applicants only, and every metric is of them. What the model would do among the "
    "declined is unproven, and so is any gain from inferring their outcomes: none was approved at random."
)
_ONE_DECISION = (
    "Metrics and their intervals count every decision once: units of one {shared} share its weight. Numbers of rows "
    "and bads are of units."
)
_SELECTIVE: dict[str, tuple[str, ...]] = {"everyone": (), "approved": (_OF_THE_APPROVED,)}


def release_notes(use_case: UseCase) -> tuple[str, ...]:
    """What a reader of any metric of this release must know."""
    split = use_case.split
    if isinstance(split, TimeSplit):
        population = (
            f"Metrics are out of time: decided from {split.oot_from} to {split.oot_until}. Members were trained on "
            f"labels final before {split.calibration_from}; the calibrator on decisions from then on, candidate and "
            f"cut-off chosen on decisions from {split.selection_from} on, both with labels final before "
            f"{split.oot_from}."
        )
    else:
        population = (
            f"Metrics are of a stratified hold-out ({split.test_share:.0%}): this portfolio has no time and no entity, "
            "so nothing is said about later units."
        )
    shared = use_case.unit.decision_key
    parts = () if shared is None else (_ONE_DECISION.format(shared=shared),)
    return (population, *parts, *_SELECTIVE[use_case.target.known_for])


def _content_hash(release: Release, files: dict[str, bytes]) -> str:
    content = hashlib.sha256(json_bytes(release))
    for name in sorted(files):
        content.update(name.encode() + hashlib.sha256(files[name]).digest())
    return content.hexdigest()


def _parity(forest: bytes, candidate: Candidate, *, threads: int) -> float:
    folded = load_forest(forest, feature_count=len(candidate.sample.features), threads=threads)
    difference = folded.margin(candidate.test.matrix) - candidate.test_margin(threads=threads)
    return float(np.abs(difference).max())
