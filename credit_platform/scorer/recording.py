"""From decisions to bytes and their record: what is written is what is sent."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credit_platform.contracts.journal import Group
from credit_platform.engine.canonical import json_bytes
from credit_platform.scorer.journal.entries import Asked, Given
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.traffic import Part


@dataclass(frozen=True)
class Recording:
    """A request's place in the journal: who asked, when, and what the answer was to hold."""

    journal: Journal
    caller: str
    received_at: dt.datetime
    options: Mapping[str, str]

    def answers(self, parts: Sequence[Part], *, count: int) -> list[bytes]:
        """The bytes of each answer in the order of the records, on the disk when this returns.

        Raises RequestError 503 where they are not.
        """
        found, groups = [b""] * count, list[Group]()
        for part in parts:
            written = [json_bytes(result.plain()) for result in part.results]
            for place, answer in zip(part.at, written, strict=True):
                found[place] = answer
            if self.journal.is_on:
                groups.append(self._group(part, written, beside=None))
        self.journal.write(*groups)
        return found

    def shadow(self, part: Part, beside: Sequence[str] | None) -> None:
        """Records what a challenger decided beside answers that were sent before."""
        if self.journal.is_on:
            written = [json_bytes(result.plain()) for result in part.results]
            self.journal.write(self._group(part, written, beside=beside))

    def _group(self, part: Part, answers: Sequence[bytes], *, beside: Sequence[str] | None) -> Group:
        given = Given(part.served.loaded, part.looked, part.identifiers, answers, part.role, beside)
        asked = Asked(self.caller, self.received_at, options=self.options, timings=part.milliseconds)
        return self.journal.group(given, asked)
