"""Who asks the scorer, and what that caller may do."""

from typing import Literal

from pydantic import Field

from credit_platform.contracts.base import Frozen

Scope = Literal["score", "read", "admin"]
"""score: decisions; read: models, features and the OpenAPI page; admin: metrics and what is wrong inside. None of
them holds another: a key may do what it lists."""
SCOPES: tuple[Scope, ...] = ("score", "read", "admin")
EVERY = "*"
"""In place of a use case: all of them, those of tomorrow too."""


class Caller(Frozen):
    """A caller as it was recognised; ``id`` is safe in logs and journals, ``name`` may name a person."""

    id: str = Field(min_length=1)
    """``key:<id>``, ``token:<digest of issuer and subject>``, ``open`` or ``anonymous``."""
    name: str = ""
    """What a key was issued for, or a token's subject."""
    use_cases: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    rate_per_second: float | None = None
    """Requests a second over time; None: what the settings say."""

    def may(self, scope: Scope, use_case: str | None = None) -> bool:
        """Whether a scope is held, and for this use case where one is meant."""
        if scope not in self.scopes:
            return False
        return use_case is None or EVERY in self.use_cases or use_case in self.use_cases


OPEN = Caller(id="open", name="open mode", use_cases=(EVERY,), scopes=SCOPES, rate_per_second=1e6)
"""Everybody on this machine, in open mode; nobody's rate is limited there, for all would share one."""
ANONYMOUS = Caller(id="anonymous")
"""Nobody in particular: may ask whether the scorer is alive."""
