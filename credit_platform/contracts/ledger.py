"""The promotion ledger: one entry for each time that another release came into force, and why."""

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.challenger import CHAIN, Trial
from credit_platform.contracts.release import Override

EntryKind = Literal["promotion", "rollback", "override", "challenge", "withdrawal"]
CHALLENGES = ("challenge", "withdrawal")
"""What stands in the chain of a use case's challengers, and nowhere else: neither moves the champion."""
FIRST = "0" * 64
"""What stands in the first entry for the hash of the one before it."""


class LedgerEntry(Frozen):
    """A release came into force. Each entry names the SHA-256 of the one before it; none is ever changed.

    ``effective_from`` is the first business day that it is in force for, ``recorded_at`` the clock of the machine that
    wrote it down.
    """

    use_case: str
    sequence: int = Field(ge=1)
    kind: EntryKind
    release_id: str
    manifest_sha256: str
    model_sha256: str
    """What decides in this release: two with the same one give every row the same answer."""
    is_passed: bool
    """Whether its gates were met."""
    unmet: tuple[str, ...]
    recorded_by: str
    reason: str = Field(min_length=1)
    approvers: tuple[str, ...] = ()
    """Names as ``recorded_by`` gave them: that they are two people, and agreed, is for those who read this to ask."""
    expires: dt.date | None = None
    effective_from: dt.date
    recorded_at: dt.datetime
    previous_sha256: str
    trial: Trial | None = None
    """How a challenger is tried."""

    @property
    def override(self) -> Override | None:
        """What every answer carries while this entry is in force."""
        if self.kind != "override" or self.expires is None:
            return None
        return Override(approvers=self.approvers, reason=self.reason, unmet=self.unmet, expires=self.expires)

    @model_validator(mode="after")
    def _answered_for(self) -> "LedgerEntry":
        if self.use_case.endswith(CHAIN) != (self.kind in CHALLENGES):
            raise ValueError(f"a {self.kind} has no place in the chain {self.use_case!r}")
        if (self.trial is not None) != (self.kind == "challenge"):
            raise ValueError(f"a challenge says how it is tried, nothing else does; found a {self.kind}")
        if self.kind == "challenge" and self.trial and self.trial.mode == "canary" and not self.is_passed:
            raise ValueError(
                f"a canary answers, and {self.release_id} has unmet gates {list(self.unmet)}; try it in shadow"
            )
        if self.kind == "promotion" and not self.is_passed:
            raise ValueError(
                f"a promotion of {self.release_id} with unmet gates {list(self.unmet)}; override it, or not"
            )
        if self.kind != "override":
            if self.approvers or self.expires:
                raise ValueError(f"a {self.kind} has no approvers and no expiry; only an override has")
            return self
        names = {name.strip().casefold() for name in self.approvers} - {""}
        if len(names) < 2:
            raise ValueError(f"an override needs two different names, found {list(self.approvers)}: --by A --by B")
        if self.expires is None or self.expires < self.effective_from:
            raise ValueError(
                f"an override needs a last day that is not before {self.effective_from}, the first that it is in "
                f"force for; found {self.expires}: --expires YYYY-MM-DD"
            )
        return self
