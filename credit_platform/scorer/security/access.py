"""What a path needs. A path that is not listed needs a scope that routes nothing else: a new route is shut at first."""

import re
from dataclasses import dataclass

from credit_platform.contracts.caller import Scope

PUBLIC = frozenset({"/health/live", "/health/ready", "/docs"})
"""For probes and browsers: they tell a status and nothing of any use case; who may read is told more."""
_NEEDS: dict[str, Scope] = {"/predict": "score", "/openapi.json": "read", "/metrics": "admin"}
_OF_A_USE_CASE: dict[str, Scope] = {"predict": "score", "model": "read", "features": "read"}
_PATH = re.compile(r"/v1/([^/]+)/([a-z]+)")


@dataclass(frozen=True)
class Need:
    """The scope that a path needs, for which use case; ``is_known`` False where no route is listed for it."""

    scope: Scope
    use_case: str | None = None
    is_known: bool = True


def need_of(path: str) -> Need | None:
    """What a path needs; None for a public one. /predict names its use case only when it is answered."""
    if path in PUBLIC:
        return None
    if path in _NEEDS:
        return Need(_NEEDS[path])
    found = _PATH.fullmatch(path)
    if found is not None and found.group(2) in _OF_A_USE_CASE:
        return Need(_OF_A_USE_CASE[found.group(2)], found.group(1))
    return Need("admin", is_known=False)
