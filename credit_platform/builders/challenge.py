"""The champion in force on the candidate's test rows: what a promotion would gain, and who would get another band."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.frames import labelled_frame
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.releases import LoadedRelease
from credit_platform.modelling.encoding import encode
from credit_platform.modelling.sample import Floats
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse
from credit_platform.statistics.experiments.paired_auc import auc_lift

NOTHING_TO_BEAT = "there is no champion to compare with"


@dataclass(frozen=True)
class Opponent:
    """The champion's own release and its log-odds (n,) on the test rows.

    ``margin`` is None where features that it reads are no longer built (``unread``): then it cannot be asked.
    """

    champion: LoadedRelease
    margin: Floats | None
    unread: tuple[str, ...]

    @property
    def named(self) -> dict[str, str]:
        """What a gate's verdict says that it is about; a promotion replaces just this one."""
        return {"release_id": self.champion.release.release_id, "manifest_sha256": self.champion.manifest_sha256}


def opponent_of(
    use_case: UseCase, candidate: Candidate, releases: ReleaseStore, warehouse: Warehouse
) -> Opponent | None:
    """The champion in force as an opponent; None before the first."""
    if releases.pointer(use_case.name) is None:
        return None
    champion, frame = releases.champion(use_case.name), labelled_frame(use_case, warehouse)
    unread = tuple(sorted({feature.name for feature in champion.release.features} - set(frame.columns)))
    margin = None if unread else _margin(champion, candidate, frame)
    return Opponent(champion, margin, unread)


def comparison(candidate: Candidate, opponent: Opponent | None, *, model_sha256: str, threads: int) -> dict[str, Any]:
    """The paired test of the candidate against the champion on the test rows, as ``gates.json`` keeps it.

    A candidate that is the champion's own model repeats the comparison by which that one came into force, so that
    training the same twice makes the same release.
    """
    if opponent is None:
        return {"champion": None, "metrics": {}, "exempt": dict.fromkeys(LIFT, NOTHING_TO_BEAT)}
    champion = opponent.champion
    if champion.model_sha256 == model_sha256 and "comparison" in champion.gates:
        repeated: dict[str, Any] = champion.gates["comparison"]
        return repeated
    if opponent.margin is None:
        return {"champion": opponent.named, "metrics": dict.fromkeys(LIFT), "unread": list(opponent.unread)}
    test, margin = candidate.test, candidate.test_margin(threads=threads)
    found = auc_lift(test.label, opponent.margin, margin, test.entity)
    return {
        "champion": opponent.named,
        "metrics": {"auc_lift": found.lift, "auc_lift_p_value": found.p_value},
        "standard_error": found.standard_error,
        "auc": {"champion": found.champion, "candidate": found.challenger},
        "rows": len(test),
        "entities_with_a_bad": found.entities,
    }


LIFT = ("auc_lift", "auc_lift_p_value")


def _margin(champion: LoadedRelease, candidate: Candidate, frame: pd.DataFrame) -> Floats:
    rows = frame.set_index(frame["label__key"].astype(str)).loc[candidate.test.key.astype(str)]
    return champion.forest.margin(encode(rows, champion.release.features))
