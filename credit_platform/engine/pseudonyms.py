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
        found = _begun(self.key, self.use_case, entity).copy()
        found.update(_lengthy(value))
        return found.hexdigest()


def _lengthy(text: str) -> bytes:
    part = text.encode("utf-8")
    return len(part).to_bytes(8, "big") + part


@lru_cache(256)
def _begun(key: bytes, use_case: str, entity: str) -> hmac.HMAC:
    """What comes before the value, to be copied: to prepare a key took longer than to digest a value under it.

    Use cases and kinds of entities are a handful; their values are not kept.
    """
    # Lengths first, so that no two triples spell the same message.
    return hmac.new(key, _lengthy(use_case) + _lengthy(entity), "sha256")
