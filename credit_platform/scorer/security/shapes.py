"""JSON that is small on the wire and large or deep in memory."""

import re
from collections.abc import Iterable

from credit_platform.scorer.errors import Problem, RequestError

MOST_VALUES = 2_000_000
"""10,000 records of 200 fields. As Python objects some 116 MB, where 32 MiB of ``"a",`` would be 470 MB."""
MOST_CONTAINERS = 100_000
"""Objects and lists; 10,000 records are 10,002. An empty one is 3 bytes as text and 64 in memory."""
DEEPEST = 8
"""Levels below a record: what is accepted must be writable again by code that recurses."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def refuse_bombs(body: bytes) -> None:
    """Raises RequestError 422 for a body of more values than any request has; it counts in 1 ms for a megabyte."""
    counts = {"values": (body.count(b","), MOST_VALUES), "objects and lists": (_containers(body), MOST_CONTAINERS)}
    for what, (found, most) in counts.items():
        if found > most:
            problem = Problem("body", "length", f"at most {most} {what}")
            raise RequestError(422, "invalid_body", f"the body holds more than {most} {what}", [problem])


def refuse_deep(records: list[object], body: bytes) -> None:
    """Raises RequestError 422 for a value nested too deep; free where the body has no containers but its records."""
    # Body, list and options; one more cannot nest deep.
    if _containers(body) <= len(records) + 4:
        return
    for number, record in enumerate(records):
        if not _is_within(record, DEEPEST):
            problem = Problem(f"records[{number}]", "depth", f"at most {DEEPEST} levels of objects and lists")
            raise RequestError(422, "invalid_body", "a record is nested too deep", [problem])


def _containers(body: bytes) -> int:
    return body.count(b"{") + body.count(b"[")


def _is_within(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner: Iterable[object] = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_within(each, levels - 1) for each in inner)


def refuse_halves(parsed: object, text: str) -> None:
    """Raises RequestError 422 for text that holds half of a surrogate pair: no UTF-8 can be written of it.

    Free unless the body escapes a surrogate; raises RecursionError for what nests deeper than Python recurses.
    """
    if _SURROGATE.search(text) is None:
        return
    path = _half(parsed, "")
    if path is not None:
        problem = Problem(path.lstrip("."), "type", "text of whole Unicode characters")
        raise RequestError(422, "invalid_body", "the body holds half a character", [problem])


def _half(value: object, path: str) -> str | None:
    if isinstance(value, str):
        return None if _is_whole(value) else path
    if isinstance(value, list):
        inner = ((f"{path}[{number}]", each) for number, each in enumerate(value))
    elif isinstance(value, dict):
        if not all(map(_is_whole, value)):
            return path
        inner = ((f"{path}.{name[:64]}", each) for name, each in value.items())
    else:
        return None
    return next((found for where, each in inner if (found := _half(each, where)) is not None), None)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
