"""Everything that a scorer needs, as data: the parsed content of a release folder."""

import datetime as dt
from typing import Literal

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.score import Reason, ScoreScale
from credit_platform.contracts.source import Column, ColumnType

RELEASE_FILES = ("release.json", "forest.ubj", "reference_histograms.json", "metrics.json", "gates.json")
"""The files that a manifest must list, no more and no fewer."""


class RequestField(Frozen):
    """One field of a scoring request: the source column, its canonical input, and whether a feature reads it."""

    column: Column
    is_used: bool


class StateColumn(Frozen):
    """One column of an entity state."""

    name: str
    type: ColumnType


class StateTable(Frozen):
    """Entity state joined to a request by the value of one of its inputs."""

    name: str
    key: str
    columns: tuple[StateColumn, ...]


class Feature(Frozen):
    """One column of the matrix; a category is coded by position in ``categories``, anything else is missing."""

    name: str
    kind: Literal["numeric", "category"]
    categories: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    """Range seen in training: outside it an answer carries a warning."""


class Member(Frozen):
    """One member of the ensemble and its weight on the log-odds scale."""

    algorithm: str
    weight: float


class Release(Frozen):
    """The served model: features in matrix order, forest, scale, cut-off and reasons. Log-odds are of bad."""

    use_case: str
    release_id: str
    as_of: dt.date
    algorithm: str
    members: tuple[Member, ...]
    feature_set: str
    population: str
    key: str
    """Canonical input that identifies a unit."""
    entity: str | None = None
    """Canonical input that identifies whom a unit is about, if the portfolio has one: erased and assigned as one."""
    decision_date: str | None
    """Canonical input that holds the decision date, if the portfolio has one."""
    request_fields: tuple[RequestField, ...]
    states: tuple[StateTable, ...]
    feature_program: str
    """One SELECT in the DuckDB dialect over the inputs; its columns are the features, in order."""
    features: tuple[Feature, ...]
    scale: ScoreScale
    cut_off: float
    """Probability of bad from which the decision is decline."""
    reasons: tuple[Reason, ...]
    features_without_reason: tuple[str, ...] = ()
    """Left out of every reason: swept, their contribution moved against the sign that is declared for them."""
    baseline: float
    """Mean served log-odds of the reference sample: contributions add up to log-odds minus this."""
    notes: tuple[str, ...]
    training_fingerprint: str
    package_versions: dict[str, str]


Grade = Literal["dev", "production"]
"""``dev``: signed by the key that a home made for itself; good for trying out, refused where it is not trusted."""


class Manifest(Frozen):
    """SHA-256 of every file of a release; stored with a signature over exactly these bytes."""

    use_case: str
    release_id: str
    grade: Grade
    files: dict[str, str]


class Override(Frozen):
    """Why a release is in force although gates of its own were not met, who answers for it, and until when."""

    approvers: tuple[str, ...]
    reason: str
    unmet: tuple[str, ...]
    expires: dt.date
    """Last day that it is good for."""

    def is_good_on(self, day: dt.date) -> bool:
        """Whether it has not expired by a business day: a batch's own, online the one that entity states hold for."""
        return day <= self.expires


class ChampionPointer(Frozen):
    """The derived, signed pointer beside the releases: what is in force, by increasing sequence number."""

    use_case: str
    release_id: str
    sequence: int
    effective_from: dt.date
    manifest_sha256: str
    entry_sha256: str
    """SHA-256 of the ledger entry that it is a copy of."""
    override: Override | None = None
