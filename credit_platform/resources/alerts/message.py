"""What a hook is given and what it says of its delivery."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Event = Literal["opened", "closed"]


@dataclass(frozen=True)
class Alert:
    """One event of one incident, in words and as fields. It names columns and days, never a unit."""

    use_case: str
    incident_id: str
    kind: str
    event: Event
    day: dt.date
    alarmed: tuple[str, ...]
    text: str

    @property
    def key(self) -> str:
        """The same event has the same key however often it is sent, so that a receiver can drop repeats."""
        return hashlib.sha256(f"{self.incident_id}:{self.event}".encode()).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        """Fields for a receiver; ``text`` alone is what chat programs show."""
        return asdict(self) | {"day": str(self.day), "alarmed": list(self.alarmed), "key": self.key}


@dataclass(frozen=True)
class Delivery:
    """Whether an alert arrived, after how many attempts, and the last answer in words without any address."""

    is_delivered: bool
    attempts: int
    detail: str


Hook = Callable[[Alert], Delivery]
