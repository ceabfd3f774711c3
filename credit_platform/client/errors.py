"""What can go wrong between a caller and the scorer."""

from collections.abc import Sequence
from dataclasses import dataclass, field


class ClientError(Exception):
    """Base of every error that the client raises."""


@dataclass
class Refused(ClientError):
    """The scorer refuses the request; to send it again changes nothing."""

    status: int
    code: str
    message: str
    details: Sequence[dict[str, str]] = field(default_factory=tuple)
    """Path, rule and what was expected, of each problem."""

    def __str__(self) -> str:
        where = "".join(f"; {each.get('path')}: expected {each.get('expected')}" for each in self.details[:5])
        return f"{self.status} {self.code}: {self.message}{where}"


@dataclass
class Unavailable(ClientError):
    """The scorer could not be reached, or was too busy, at every attempt."""

    attempts: int
    last: str

    def __str__(self) -> str:
        return f"no answer after {self.attempts} attempts; the last one: {self.last}"
