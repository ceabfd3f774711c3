"""Entity keys as keyed pseudonyms: the same entity is unrecognisable across use cases and without the key."""

import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pseudonyms:
    """HMAC-SHA256 (RFC 2104) of entity keys of one use case."""

    use_case: str
    key: bytes = field(repr=False)

    def of(self, entity: str, value: str) -> str:
        """64 hexadecimal digits for one value of one kind of entity."""
        parts = [part.encode("utf-8") for part in (self.use_case, entity, value)]
        # Lengths first, so that no two triples spell the same message.
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self.key, message, "sha256").hex()
