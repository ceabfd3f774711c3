"""The head of a request, read once: the headers that decide about it, and their size."""

import re
from dataclasses import dataclass
from typing import Any

from credit_platform.scorer.errors import RequestError

_READ = frozenset(
    b"authorization x-api-key host origin x-request-id content-length traceparent idempotency-key".split()
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Head:
    """Headers by lower-case name; of one that came twice nothing is read."""

    values: dict[bytes, str]
    repeated: frozenset[bytes]
    size: int

    def one(self, name: bytes) -> str | None:
        """The value of a header. Raises RequestError 400 where it came twice: which of them would count?"""
        if name in self.repeated:
            raise RequestError(400, "repeated_header", f"the header {name.decode()} came more than once; send one")
        return self.values.get(name)

    @property
    def request_id(self) -> str | None:
        """The caller's own request id, if it is a short plain one."""
        found = self.values.get(b"x-request-id")
        return found if found is not None and _REQUEST_ID.fullmatch(found) else None


def head_of(scope: Any) -> Head:
    """Reads an ASGI scope's headers, whose names are lower case."""
    values: dict[bytes, str] = {}
    repeated: set[bytes] = set()
    size = 0
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in _READ:
            if name in values:
                repeated.add(name)
            values[name] = value.decode("latin-1")
    return Head(values, frozenset(repeated), size)
