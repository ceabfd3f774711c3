"""What a model card is made of: the figures of a release as records, before any of them is printed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from credit_platform.explanation.page import Picture, Section
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.calibration import ReliabilityTable
from credit_platform.statistics.fairness import FairnessTable
from credit_platform.statistics.strategy import StrategyPoint

NO_PROTECTED = "No protected attribute is declared for this portfolio, so nothing could be compared."


@dataclass(frozen=True)
class SampleUsed:
    """One sample and the one thing it was used for."""

    name: str
    purpose: str
    rows: int
    bads: int
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    mature_share: float | None = None
    """Of the units decided in the sample's window, those whose labels were final when it was used: these rows."""


@dataclass(frozen=True)
class GateVerdict:
    """A bound, what was measured, and whether it holds."""

    rule: str
    value: float | None
    """None: it could not be measured, and then no bound holds."""
    holds: bool
    exempt: str | None = None
    """Why it holds although nothing was measured."""


@dataclass(frozen=True)
class CutOffUsed:
    """Probability of bad from which units are declined, with its 95% band, and what other shares would have given.

    All of it is of the selection rows, where the cut-off was chosen by ``objective``.
    """

    threshold: float
    low: float
    high: float
    objective: str
    strategy: tuple[StrategyPoint, ...]
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class ReasonUsed:
    """A reason code: its mean absolute contribution to the log-odds, and how often it is the main adverse reason."""

    code: str
    wording: str
    contribution: float
    main_share: float


@dataclass(frozen=True)
class ReasonsUsed:
    """Reason codes over ``rows`` test rows, most important first.

    Contributions, those of the ``silent`` features included, and ``baseline`` add up to the served log-odds, ``gap``
    off at worst. ``silent``: features that move against their declared sign when swept, so that no reason names them.
    """

    rows: int
    baseline: float
    gap: float
    reasons: tuple[ReasonUsed, ...]
    silent: tuple[str, ...] = ()
    silent_contribution: float = 0.0
    """Mean absolute contribution of the silent features together."""


@dataclass(frozen=True)
class ModelCard:
    """All that a reader must know before using a release; ``metrics`` are of ``population``."""

    title: str
    release_id: str
    algorithm: str
    as_of: dt.date
    purpose: str
    out_of_scope: tuple[str, ...]
    data: tuple[str, ...]
    feature_set: str
    features: int
    samples: tuple[SampleUsed, ...]
    population: str
    metrics: Mapping[str, Interval]
    members: Mapping[str, float]
    cut_off: CutOffUsed
    gates: tuple[GateVerdict, ...]
    further_unmet: tuple[str, ...]
    """What else keeps the release back: findings that no gate is declared on."""
    chance_of_ten: float | None
    """That of ten candidates no better than the champion one is promoted; None where none has to be better."""
    calibration: ReliabilityTable
    fairness: tuple[FairnessTable, ...]
    protected: tuple[str, ...]
    """Attributes declared; one without a table is the same for every test row."""
    limits: tuple[str, ...]
    monitoring: tuple[str, ...]
    owners: tuple[str, ...]
    predictions_sha256: str
    """Digest of the stored predictions that the card's figures are recomputed from."""
    reasons: ReasonsUsed
    is_lift_read: bool = False
    """The gain over the champion is as the release says: what it was computed from is not kept here."""
    pictures: tuple[Picture, ...] = ()
    migration: Section | None = None
    """Against the champion in force; None before the first."""

    @property
    def not_compared(self) -> str:
        """Why attributes have no table of groups; nothing where each has one."""
        if not self.protected:
            return NO_PROTECTED
        alone = [name for name in self.protected if name not in {table.attribute for table in self.fairness}]
        named = ", ".join(name.replace("_", " ") for name in alone)
        return f"Not compared, for every test row is of one group: {named}." if alone else ""
