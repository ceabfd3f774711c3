"""Entity keys as keyed pseudonyms: the same entity is unrecognisable across use cases and without the key."""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True)
class Pseudonyms:
    """HMAC-SHA256 (RFC 2104) of entity keys of one use case."""

    use_case: str
    key: bytes = field(repr=False)

    def of(self, entity: str, value: str) -> str:
        """64 hexadecimal digits for one value of one kind of entity."""
        # Lengths first, so that no two triples spell the same message.
        message = _known(self.use_case) + _known(entity) + _lengthy(value)
        return hmac.digest(self.key, message, "sha256").hex()


def _lengthy(text: str) -> bytes:
    part = text.encode("utf-8")
    return len(part).to_bytes(8, "big") + part


_known = lru_cache(256)(_lengthy)
"""Use cases and kinds of entities are a handful; their values are not kept."""
