"""API keys as they are kept: a hash, what it allows and until when; the key itself is kept by nobody but its holder."""

import datetime as dt
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.caller import Scope

KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


class ApiKey(Frozen):
    """One issued key. ``sha256`` is the digest of the whole key text."""

    id: KeyId
    name: str = Field(min_length=1, max_length=100)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    use_cases: tuple[str, ...] = Field(min_length=1)
    scopes: tuple[Scope, ...] = Field(min_length=1)
    rate_per_second: float | None = Field(default=None, gt=0)
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None = None

    def state(self, now: dt.datetime) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if now < self.expires_at else "expired"


class ApiKeys(Frozen):
    """The file of keys."""

    keys: tuple[ApiKey, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> "ApiKeys":
        ids = [key.id for key in self.keys]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"keys listed twice: {twice}")
        return self
