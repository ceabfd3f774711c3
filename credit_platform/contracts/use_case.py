"""A use case: everything that makes one portfolio different from another, as data."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from credit_platform.contracts.base import Frozen, Name
from credit_platform.contracts.experiment import Experiment
from credit_platform.contracts.gate import Gate
from credit_platform.contracts.monitoring import Monitoring
from credit_platform.contracts.score import Actionable, CutOff, Reason, ScoreScale
from credit_platform.contracts.source import Source
from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.contracts.tuning import Tuning

Algorithm = Literal["logistic_regression", "decision_tree", "random_forest", "lightgbm", "xgboost"]


class Unit(Frozen):
    """The scored unit and where the warehouse keeps it."""

    name: Name
    key: str
    inputs_model: str
    """dbt model ``int_*``: request fields plus entity state as of the decision; column scoring_day is the
    partition a request arrived in (null for history)."""
    features_model: str
    """dbt model ``ftr_*``: one row-wise SELECT over the inputs, carried into the release."""
    labels_model: str
    """dbt model with the key and the label columns below, one row per labelled unit."""
    decision_key: str | None = None
    """Column of the labels model: units that share its value are parts of one decision and weigh one
    together, in training and in every metric of a release."""


class Target(Frozen):
    """The label: 1 is bad."""

    column: str
    meaning: str
    final_date: str | None = None
    """Column of the labels model: first day on which the label is final."""
    known_for: Literal["everyone", "approved"] = "everyone"
    """Whose outcomes there can be. A lender sees those of approved applicants only: every metric is then of them."""


class FeatureSet(Frozen):
    """Named list of feature columns; ``extends`` adds to another set."""

    extends: str | None = None
    columns: tuple[str, ...] = ()


class Features(Frozen):
    """Feature sets: one gates and serves, the others are benchmarks that are never released."""

    gating: str
    sets: dict[str, FeatureSet]
    monotone: dict[str, Literal[-1, 1]] = Field(default_factory=dict)
    """Feature -> sign of its effect on the probability of bad, enforced where an algorithm can."""

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Columns of a set, those it extends first."""
        chosen = self.sets[name]
        inherited = self.columns_of(chosen.extends) if chosen.extends else ()
        return inherited + tuple(c for c in chosen.columns if c not in inherited)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        return tuple(name for name in self.sets if name != self.gating)

    @model_validator(mode="after")
    def _sets_exist(self) -> "Features":
        named = {self.gating, *(s.extends for s in self.sets.values() if s.extends)}
        missing = sorted(named - set(self.sets))
        if missing:
            raise ValueError(f"features: set {missing} is named but not declared; declared: {sorted(self.sets)}")
        for name in self.sets:
            chain = [name]
            while (parent := self.sets[chain[-1]].extends) is not None:
                chain.append(parent)
                if chain.count(parent) > 1:
                    raise ValueError(
                        f"features: set {parent!r} extends itself ({' -> '.join(chain)}); remove one extends"
                    )
        return self


class State(Frozen):
    """Entity state that a decision needs: an SCD2 model with its key, valid_from and valid_to (exclusive)."""

    name: Name
    model: str
    key: str
    columns: tuple[str, ...]


class Scoring(Frozen):
    """Daily scoring: the first partition and how many days ``run`` takes by default."""

    first_day: dt.date
    days: int = Field(default=5, ge=1)


class UseCase(Frozen):
    """One portfolio from its files to its gates."""

    name: Name
    title: str
    description: str
    owners: tuple[str, ...] = Field(min_length=1)
    task: Literal["binary"]
    folders: tuple[str, ...] = ()
    """Folder names under the landing root, first present wins; default: the use case's name."""
    sources: tuple[Source, ...] = Field(min_length=1)
    unit: Unit
    target: Target
    entity: str | None = None
    split: Annotated[TimeSplit | StratifiedSplit, Field(discriminator="kind")]
    features: Features
    states: tuple[State, ...] = ()
    algorithms: dict[Algorithm, dict[str, float | int | str | bool | None]] = Field(min_length=1)
    tuning: Tuning = Tuning()
    score: ScoreScale
    cut_off: CutOff = CutOff()
    gates: tuple[Gate, ...] = Field(min_length=1)
    reasons: tuple[Reason, ...] = Field(min_length=1)
    protected: tuple[str, ...] = ()
    actionable: tuple[Actionable, ...] = ()
    """What an applicant can change of a request, for the nearest request that would have been accepted."""
    experiments: tuple[Experiment, ...] = ()
    scoring: Scoring
    monitoring: Monitoring = Monitoring()
    seed: int = 20221130

    def source(self, name: str) -> Source:
        """The source of that name; a KeyError names those that exist."""
        for source in self.sources:
            if source.name == name:
                return source
        raise KeyError(f"use case {self.name!r} has no source {name!r}; it has {[s.name for s in self.sources]}")

    def sources_of(self, role: str) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.role == role)

    @property
    def requests(self) -> Source:
        return self.sources_of("requests")[0]

    @property
    def measured_on(self) -> str:
        """Of whom every metric of the test rows is."""
        return self.known_of(self.split.population)

    def known_of(self, rows: str) -> str:
        """``rows`` in words, and of those the ones whose outcomes there can be."""
        return rows if self.target.known_for == "everyone" else f"{rows}, {self.target.known_for}"

    @property
    def raw_schema(self) -> str:
        """Warehouse schema of the typed raw tables, the quarantine and the verdicts."""
        return f"{self.name}_raw"

    @property
    def star_schema(self) -> str:
        """Warehouse schema that dbt builds."""
        return f"{self.name}_star"

    @property
    def output_schema(self) -> str:
        """Warehouse schema of what the platform decides and measures: scores, run log, drift."""
        return f"{self.name}_output"

    @model_validator(mode="after")
    def _consistent(self) -> "UseCase":
        requests = [source.name for source in self.sources_of("requests")]
        if len(requests) != 1:
            raise ValueError(
                f"use case {self.name!r}: found sources {requests} with role 'requests', expected exactly one; "
                "correct the roles under sources:"
            )
        gating = set(self.features.columns_of(self.features.gating))
        of_any_set = {column for name in self.features.sets for column in self.features.columns_of(name)}
        worded = [feature for reason in self.reasons for feature in reason.features]
        numbers = {c.canonical for c in self.requests.expanded_columns if c.type in ("integer", "decimal")}
        moved = [name for each in self.actionable for name in (each.field, *each.together)]
        changed = set(moved)
        problems = {
            "actionable fields that are no number of a request": sorted(changed - numbers),
            "actionable fields that are protected": sorted(changed & set(self.protected)),
            "actionable fields that change together with another": sorted(
                {name for name in moved if moved.count(name) > 1}
            ),
            "gates by month of a portfolio without time": sorted(
                gate.metric
                for gate in self.gates
                if gate.metric == "worst_month_auc" and not isinstance(self.split, TimeSplit)
            ),
            "reasons name features outside the gating set": sorted(set(worded) - gating),
            "features of the gating set without a reason code": sorted(gating - set(worded)),
            "features in two reasons": sorted({f for f in worded if worded.count(f) > 1}),
            "protected attributes used as features": sorted(of_any_set & set(self.protected)),
            "protected attributes named in a reason": sorted(set(worded) & set(self.protected)),
            "gates on fairness of a portfolio without protected attributes": sorted(
                gate.metric for gate in self.gates if gate.is_of_fairness and not self.protected
            ),
            "monotone features that no set holds": sorted(set(self.features.monotone) - of_any_set),
        }
        found = [f"{what}: {names}" for what, names in problems.items() if names]
        if found:
            raise ValueError(f"use case {self.name!r}: " + "; ".join(found))
        return self
