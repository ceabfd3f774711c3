"""From decisions to bytes and their record: what is written is what is sent."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from credit_platform.contracts.journal import Claim, Group
from credit_platform.scorer.journal.entries import Asked, Given
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.traffic import Part


def body_of(answers: Sequence[bytes]) -> bytes:
    """The body of an answer to a request."""
    return b'{"results":[%b]}' % b",".join(answers)


@dataclass(frozen=True)
class Recording:
    """A request's place in the journal: who asked, when, and what the answer was to hold."""

    journal: Journal
    caller: str
    received_at: dt.datetime
    options: Mapping[str, str]
    claim: Claim | None = None
    """What the request's idempotency key is known by, if it has one."""

    def answers(self, parts: Sequence[Part], *, count: int) -> list[bytes]:
        """The bytes of each answer in the order of the records, on the disk when this returns.

        Raises RequestError 503 where they are not, RepeatedError where other answers to this request are.
        """
        if self.journal.is_on:
            claim = self.claim
            if claim is not None and len(parts) > 1:
                claim = replace(claim, places=tuple(place for part in parts for place in part.at))
            self.journal.write(*(self._group(part, claim=claim) for part in parts))
        if len(parts) == 1:
            return list(parts[0].written)
        found = [b""] * count
        for part in parts:
            for place, answer in zip(part.at, part.written, strict=True):
                found[place] = answer
        return found

    def shadow(self, part: Part, beside: Sequence[str] | None) -> None:
        """Records what a challenger decided beside answers that were sent before."""
        if self.journal.is_on:
            self.journal.write(self._group(part, beside=beside))

    def group(self, part: Part) -> Group:
        """What the only part of a request leaves in the journal."""
        return self._group(part, claim=self.claim)

    def _group(self, part: Part, *, claim: Claim | None = None, beside: Sequence[str] | None = None) -> Group:
        given = Given(part.served.loaded, part.looked, part.identifiers, part.written, part.role, beside)
        asked = Asked(self.caller, self.received_at, options=self.options, timings=part.milliseconds, claim=claim)
        return self.journal.group(given, asked)
