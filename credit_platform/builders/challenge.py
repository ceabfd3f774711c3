"""The champion in force on the candidate's test rows: what a promotion would gain, and who would get another band."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.frames import history_inputs, labelled_frame
from credit_platform.builders.kept_margins import LIFT, compared_with, worse
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.columns import build_table
from credit_platform.engine.errors import InputError
from credit_platform.engine.ledger import last_approved
from credit_platform.engine.releases import LoadedRelease
from credit_platform.modelling.encoding import encode
from credit_platform.modelling.sample import Floats
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse
from credit_platform.statistics.experiments.paired_auc import auc_lift

NOTHING_TO_BEAT = "there is no champion to compare with"


@dataclass(frozen=True)
class Asked:
    """A release and its log-odds (n,) on the candidate's test rows.

    ``margin`` is None where it reads what is no longer built (``unread``): then it cannot be asked.
    """

    champion: LoadedRelease
    margin: Floats | None
    unread: tuple[str, ...]

    @property
    def named(self) -> dict[str, str]:
        """What a gate's verdict says that it is about; a promotion replaces just this one."""
        return {"release_id": self.champion.release.release_id, "manifest_sha256": self.champion.manifest_sha256}


@dataclass(frozen=True)
class Opponent(Asked):
    """The champion in force; while that is by an override, also the release that was last in force without one.

    A candidate has to beat both: what was let in below the bar must not lower it for those that follow.
    """

    approved: Asked | None = None

    @property
    def margins(self) -> dict[str, Floats]:
        """Log-odds (t,) of those to beat, by their role; none unless every one of them could be asked."""
        asked = {"approved": self.approved, "champion": self} if self.approved else {"champion": self}
        found = {name: each.margin for name, each in asked.items() if each.margin is not None}
        return found if len(found) == len(asked) else {}


def opponent_of(
    use_case: UseCase, candidate: Candidate, releases: ReleaseStore, warehouse: Warehouse, *, program: str
) -> Opponent | None:
    """The champion in force as an opponent; None before the first. ``program`` is the warehouse's feature program.

    A release whose features are defined otherwise is asked through its own program, as it would decide.
    """
    if releases.pointer(use_case.name) is None:
        return None
    frame = labelled_frame(use_case, warehouse)

    def asked(release: LoadedRelease) -> Asked:
        if release.release.feature_program == program:
            return _by_columns(release, candidate, frame)
        return _by_its_own_program(use_case, release, candidate, warehouse)

    champion = releases.champion(use_case.name)
    present = asked(champion)
    entry = last_approved(releases.ledger.entries(use_case.name)) if champion.override is not None else None
    before = None if entry is None or entry.entry.model_sha256 == champion.model_sha256 else entry.entry
    if before is not None:
        approved = releases.load(use_case.name, before.release_id, manifest_sha256=before.manifest_sha256)
        return Opponent(present.champion, present.margin, present.unread, asked(approved))
    return Opponent(present.champion, present.margin, present.unread)


def comparison(candidate: Candidate, opponent: Opponent | None, *, model_sha256: str, threads: int) -> dict[str, Any]:
    """The paired test of the candidate against the champion on the test rows, as ``gates.json`` keeps it.

    Where there are two to beat the metrics are the worse of both, and ``approved`` holds the other's own. A candidate
    that is the champion's own model repeats the comparison by which that one came into force, so that training the
    same twice makes the same release.
    """
    if opponent is None:
        return {"champion": None, "metrics": {}, "exempt": dict.fromkeys(LIFT, NOTHING_TO_BEAT)}
    champion = opponent.champion
    if champion.model_sha256 == model_sha256 and "comparison" in champion.gates:
        repeated: dict[str, Any] = champion.gates["comparison"]
        return repeated
    found, asked = _against(candidate, opponent, threads=threads), opponent.margins
    if asked:
        found |= compared_with(candidate.test, candidate.test_margin(threads=threads), asked)
    if opponent.approved is None:
        return found
    approved = _against(candidate, opponent.approved, threads=threads)
    return {**found, "metrics": worse(found["metrics"], approved["metrics"]), "approved": approved}


def _against(candidate: Candidate, asked: Asked, *, threads: int) -> dict[str, Any]:
    if asked.margin is None:
        return {"champion": asked.named, "metrics": dict.fromkeys(LIFT), "unread": list(asked.unread)}
    test, margin = candidate.test, candidate.test_margin(threads=threads)
    found = auc_lift(test.label, asked.margin, margin, test.entity, weight=test.weight)
    return {
        "champion": asked.named,
        "metrics": {"auc_lift": found.lift, "auc_lift_p_value": found.p_value},
        "standard_error": found.standard_error,
        "auc": {"champion": found.champion, "candidate": found.challenger},
        "rows": len(test),
        "entities_with_a_bad": found.entities,
    }


def _by_columns(release: LoadedRelease, candidate: Candidate, frame: pd.DataFrame) -> Asked:
    """The warehouse's features are its own: read them."""
    unread = tuple(sorted({feature.name for feature in release.release.features} - set(frame.columns)))
    if unread:
        return Asked(release, None, unread)
    rows = frame.set_index(frame["label__key"].astype(str)).loc[candidate.test.key.astype(str)]
    return Asked(release, release.forest.margin(encode(rows, release.release.features)), ())


def _by_its_own_program(use_case: UseCase, release: LoadedRelease, candidate: Candidate, warehouse: Warehouse) -> Asked:
    """Features of its name may mean something else by now: compute its own from the inputs, as batch and online do."""
    present = warehouse.columns(
        use_case.name,
        "select column_name from information_schema.columns where table_schema = ? and table_name = ?",
        [use_case.star_schema, use_case.unit.inputs_model],
    )["column_name"]
    if unread := tuple(sorted(set(release.program.inputs) - set(present))):
        return Asked(release, None, unread)
    wanted = candidate.test.key.astype(str)
    columns = [use_case.unit.key, *sorted(set(release.program.inputs) - {use_case.unit.key})]
    inputs = history_inputs(use_case, warehouse, columns, keys=wanted.tolist())
    keys = [str(key) for key in inputs[use_case.unit.key]]
    try:
        table = build_table(inputs, types=release.program.inputs, size=len(keys))
        margin = release.forest.margin(release.program.encoded(table).matrix)
    except InputError as error:
        # An input of the same name has another type or range by now: as good as not being there.
        return Asked(release, None, (str(error),))
    place = {key: row for row, key in enumerate(keys)}
    return Asked(release, margin[np.array([place[key] for key in wanted], dtype=np.int64)], ())
