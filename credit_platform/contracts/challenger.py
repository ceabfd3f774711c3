"""A challenger: a release that decides beside the champion, for some of the entities, and how."""

from typing import Literal

from pydantic import Field

from credit_platform.contracts.base import Frozen

ChallengeMode = Literal["shadow", "canary"]
"""shadow: the champion answers and the challenger only decides beside it; canary: the challenger answers."""
CHAIN = "/challenger"
"""What follows the use case in the name of its challengers' chain in the ledger: no use case has a slash."""


class Trial(Frozen):
    """How a challenger takes part: its mode, and the percentage of entities that it is tried on."""

    mode: ChallengeMode
    share: float = Field(gt=0, le=100)


class ChallengerPointer(Frozen):
    """The derived, signed pointer beside the champion's; ``trial`` is None once the challenger was withdrawn."""

    use_case: str
    release_id: str
    sequence: int
    manifest_sha256: str
    entry_sha256: str
    """SHA-256 of the ledger entry that it is a copy of."""
    trial: Trial | None
