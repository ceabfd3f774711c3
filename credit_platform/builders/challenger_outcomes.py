"""The challenger in the scorer: its decisions from the journal beside the champion's, and the outcomes that came in.

In shadow both decide on the same units, and their probabilities are compared by the outcomes, pair by pair. As a canary
each decides for entities of its own: an experiment, whose split is checked over all decisions and whose bad rate is of
those with an outcome, which are approved ones where only of those an outcome can be known.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.experiments import SPLIT_CHECK, compared, comparison_table, split_check
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.challenger import CHAIN, ChallengeMode, Trial
from credit_platform.contracts.experiment import Experiment
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.journal.reading import JournalReader, Recorded
from credit_platform.engine.journal.sealing import master_of
from credit_platform.engine.journal.store import is_off, journal_store
from credit_platform.resources.ledger import Ledger
from credit_platform.resources.tables import qualified, quoted
from credit_platform.resources.warehouse import Warehouse
from credit_platform.statistics.experiments.comparison import ArmComparison, NotCompared
from credit_platform.statistics.experiments.paired import compare_outcomes

PLANNED_UNITS = 1_000
"""Entities at which the intervals are tightest; they hold at every look, however many there are."""
FOLLOWED = dt.timedelta(minutes=1)
"""Scorers take up a challenger within it, one of 725 trees in some 5 s, one use case after the other: what the champion
decided before says nothing of the split."""
DECIDED = ("decision_id", "beside", "role", "release_id", "unit", "label__entity", "probability", "accepted")


@dataclass(frozen=True)
class Tried:
    """The latest challenge in the ledger; ``until`` is None while it lasts."""

    release_id: str
    trial: Trial
    since: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True)
class Turned:
    """How a trial turned out so far; ``arms`` are the comparisons of a canary by name."""

    verdict: str
    shown: Mapping[str, Any] = field(default_factory=dict)
    arms: Mapping[str, ArmComparison | NotCompared] = field(default_factory=dict)


def challenger_asset(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "monitoring", "challenger")
    text = "A canary decided for the share of entities that the ledger gave it: a mismatch voids the comparison."

    @dg.asset(
        key=asset_key,
        deps=[model_key(use_case, use_case.unit.labels_model)],
        check_specs=[check_of(asset_key, SPLIT_CHECK, text)],
        pool=pool(use_case),
        **stage(use_case, "monitoring"),
    )
    def challenger(
        settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult:
        """The latest challenger beside the champion: what the scorer decided, and the outcomes that came in since."""
        tried = latest_trial(settings, use_case.name)
        if tried is None or is_off(settings):
            verdict = "no release was ever tried beside the champion" if tried is None else "no journal is kept"
            return dg.MaterializeResult(metadata={"verdict": verdict}, check_results=[split_check({})])
        frame = with_outcomes(use_case, warehouse, journaled(settings, use_case, tried))
        found = TURNED[tried.trial.mode](frame, tried)
        metadata: dict[str, Any] = {
            "verdict": found.verdict,
            "challenger": tried.release_id,
            "champions": sorted(frame.loc[frame["role"] == "champion", "release_id"].unique()),
            "trial": f"{tried.trial.mode}, {tried.trial.share:g}% of entities",
            "since": tried.since.isoformat(timespec="seconds"),
            "until": "it lasts" if tried.until is None else tried.until.isoformat(timespec="seconds"),
            "decisions": len(frame),
            "outcomes": int(frame["bad"].notna().sum()),
            "population": use_case.known_of("outcomes that came in"),
            **found.shown,
        }
        return dg.MaterializeResult(metadata=metadata, check_results=[split_check(found.arms)])

    return challenger


def latest_trial(settings: Settings, use_case: str) -> Tried | None:
    """The latest challenge, also when it is over: outcomes come in long after a decision. None before the first."""
    entries = [recorded.entry for recorded in Ledger(settings).entries(use_case + CHAIN)]
    places = [place for place, entry in enumerate(entries) if entry.trial is not None]
    if not places:
        return None
    entry, after = entries[places[-1]], entries[places[-1] + 1 :]
    if entry.trial is None:
        raise ValueError(f"{use_case}: challenge {entry.sequence} of the ledger does not say how it is tried")
    return Tried(entry.release_id, entry.trial, entry.recorded_at, after[0].recorded_at if after else None)


def journaled(settings: Settings, use_case: UseCase, tried: Tried) -> pd.DataFrame:
    """Decisions of the trial in their order; columns ``DECIDED``.

    Erased entities are not there, nor units that were sent without their key: no outcome can be theirs.
    """
    reader, since = JournalReader(journal_store(settings), master_of(settings)), tried.since + FOLLOWED
    with closing(reader.store):
        found = reader.decisions(use_case.name, since=since)
        rows = [_row(each, use_case.unit.key) for each in found if _is_of(each, tried)]
    frame = pd.DataFrame(rows, columns=list(DECIDED))
    return frame[frame["unit"].notna()].reset_index(drop=True)


def with_outcomes(use_case: UseCase, warehouse: Warehouse, frame: pd.DataFrame) -> pd.DataFrame:
    """The decisions with ``bad``, missing where no outcome has come in."""
    unit, bad = quoted(use_case.unit.key), quoted(use_case.target.column)
    known = warehouse.read(
        use_case.name,
        f"select cast({unit} as varchar) as unit, cast({bad} as double precision) as bad "
        f"from {qualified(use_case.star_schema, use_case.unit.labels_model)} "
        f"where {bad} is not null and cast({unit} as varchar) in (select unnest(cast(? as varchar[])))",
        [frame["unit"].tolist()],
    )
    return frame.merge(known, on="unit", how="left", validate="many_to_one")


def in_shadow(frame: pd.DataFrame, tried: Tried) -> Turned:
    """Both on the same units, each once: Brier scores of those with an outcome, and who would be decided otherwise."""
    champion, shadow = (frame[frame["role"] == role] for role in ("champion", "shadow"))
    pairs = shadow.merge(champion, left_on="beside", right_on="decision_id", suffixes=("", "_champion"))
    pairs = pairs.drop_duplicates("unit")
    if pairs.empty:
        return Turned("not compared: the journal holds no decision of both")
    otherwise = float((pairs["accepted"] != pairs["accepted_champion"]).mean())
    shown: dict[str, Any] = {"pairs": len(pairs), "decided_otherwise": otherwise}
    shown |= {"accepted/challenger": float(pairs["accepted"].mean())}
    shown |= {"accepted/champion": float(pairs["accepted_champion"].mean())}
    matured = pairs[pairs["bad"].notna()]
    entities = matured["label__entity"].nunique()
    if entities < 2:
        return Turned(f"not compared: outcomes of {entities} entities came in, expected two or more", shown)
    found = compare_outcomes(
        matured["bad"],
        matured["probability_champion"],
        matured["probability"],
        matured["label__entity"].to_numpy(),
        tightest_at=PLANNED_UNITS,
    )
    shown |= {"matured": found.units, "brier/champion": found.champion, "brier/challenger": found.challenger}
    shown |= {"gain": found.gain.estimate, "gain/95% at every look": f"{found.gain.low:.6f} to {found.gain.high:.6f}"}
    return Turned(found.verdict, shown)


def as_canary(frame: pd.DataFrame, tried: Tried) -> Turned:
    """Each for entities of its own: share approved, with the split's check, and bad rate of those with an outcome.

    A unit counts once, as it was decided first.
    """
    once = frame.drop_duplicates("unit")
    arms: dict[str, Any] = {"column": "role", "control": "champion", "treatment": "challenger"}
    arms |= {"planned_units": PLANNED_UNITS}
    # Everybody meets the challenger at 100%: nothing is split.
    split: dict[str, Any] = {"control_share": 1 - tried.trial.share / 100} if tried.trial.share < 100 else {}
    declared = {
        "accepted": Experiment(name="accepted", measure="accepted", **arms, **split),
        "bad_rate": Experiment(name="bad_rate", measure="bad", **arms),
    }
    found = {name: compared(experiment, once) for name, experiment in declared.items()}
    read = found["accepted" if found["accepted"].is_split_broken else "bad_rate"]
    verdict = read.verdict if isinstance(read, NotCompared) else f"bad rates: {read.verdict}"
    return Turned(verdict, {"table": dg.MetadataValue.md(comparison_table(found))}, found)


TURNED: Mapping[ChallengeMode, Callable[[pd.DataFrame, Tried], Turned]] = {"shadow": in_shadow, "canary": as_canary}


def _is_of(found: Recorded, tried: Tried) -> bool:
    """A decision of the challenger, or of whom it was tried beside, while the trial lasted."""
    is_challenger = found.occasion.release_id == tried.release_id
    is_late = tried.until is not None and found.occasion.received_at >= tried.until
    return not is_late and is_challenger == (found.entry.role != "champion")


def _row(found: Recorded, unit: str) -> tuple[Any, ...]:
    payload = json.loads(found.payload or b"{}")
    answer, entry = payload["answer"], found.entry
    named = payload["inputs"].get(unit)
    return (
        entry.decision_id,
        entry.beside,
        entry.role,
        found.occasion.release_id,
        None if named is None else str(named),
        entry.subject,
        float(answer["probability"]),
        float(answer["prediction"] == 0),
    )
