"""One answer: what it holds, and its bytes, which are sent, recorded and made again by a replay."""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.decision import Decision, ModelUsed, ReasonGiven, Role
from credit_platform.engine.canonical import json_text
from credit_platform.engine.releases import LoadedRelease

_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii


class Result(Frozen):
    """One scored record: prediction 1 is bad (decline), probability of bad, points (higher is better)."""

    input: dict[str, Any] | None = None
    """The record as it came; left out where it was not wanted."""
    prediction: int
    probability: float
    score: int
    band: str
    reasons: tuple[ReasonGiven, ...]
    warnings: tuple[str, ...]
    decision_id: str
    model: ModelUsed
    state_as_of: dict[str, dt.date | None]
    """Day that each entity state is as of; null where none has been published."""


class Results(Frozen):
    """The answer to a scoring request, in the order of its records."""

    results: tuple[Result, ...]


class AnswerWriter:
    """Writes the canonical JSON of results of one release, from decisions, without making a result of each first.

    Names in alphabetical order, as everywhere; a test holds the bytes against those of the result.
    """

    def __init__(self, loaded: LoadedRelease) -> None:
        self._used = loaded.used
        self._reasons = loaded.release.reasons
        self._models = dict[Role, str]()

    @cached_property
    def _worded(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """Reason's code and wording -> what stands before and after its contribution."""
        return {
            (reason.code, reason.wording): (
                f'{{"code":{_quoted(reason.code)},"contribution":',
                f',"wording":{_quoted(reason.wording)}}}',
            )
            for reason in self._reasons
        }

    def model(self, role: Role) -> str:
        """The release in a role, as JSON."""
        if role not in self._models:
            self._models[role] = json_text(self._used.model_copy(update={"role": role}))
        return self._models[role]

    def answers(
        self,
        decisions: Sequence[Decision],
        *,
        told: Sequence[Sequence[str]],
        identifiers: Sequence[str],
        records: Sequence[Mapping[str, Any]] | None,
        state_as_of: Mapping[str, dt.date | None],
        role: Role,
    ) -> list[bytes]:
        """Bytes of each result; ``records`` are echoed unless there are none."""
        model, states = self.model(role), json_text(state_as_of)
        echoed = [""] * len(decisions) if records is None else [f'"input":{json_text(each)},' for each in records]
        parts = zip(decisions, told, identifiers, echoed, strict=True)
        return [
            (
                f'{{"band":{_quoted(each.band)},"decision_id":"{identifier}",{echo}"model":{model},'
                f'"prediction":{each.prediction},"probability":{each.probability!r},"reasons":{self._given(each)},'
                f'"score":{each.score},"state_as_of":{states},"warnings":{_listed(warned, each.warnings)}}}'
            ).encode("ascii")
            for each, warned, identifier, echo in parts
        ]

    def _given(self, decision: Decision) -> str:
        if not decision.reasons:
            return "[]"
        worded = self._worded
        given = [f"{each.contribution!r}".join(worded[each.code, each.wording]) for each in decision.reasons]
        return f"[{','.join(given)}]"


def _listed(told: Sequence[str], warnings: Sequence[str]) -> str:
    return "[]" if not told and not warnings else f"[{','.join(map(_quoted, (*told, *warnings)))}]"
