"""SQL written with ``?`` for the engines of the platform, in the marks of Postgres's driver."""

import re

_TOKENS = re.compile(
    r"""
    (?P<kept> '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ )
    | (?P<mark> \? )
    | (?P<percent> % )
    """,
    re.VERBOSE | re.DOTALL,
)


def in_driver_marks(sql: str) -> str:
    """``?`` becomes ``%s`` and ``%`` becomes ``%%``, but a question mark in a text, a name or a comment stays.

    >>> in_driver_marks("select '?', a % 2 from t where b = ? -- why?")
    "select '?', a %% 2 from t where b = %s -- why?"
    """
    return _TOKENS.sub(_translated, sql)


def _translated(found: re.Match[str]) -> str:
    if found["mark"]:
        return "%s"
    return found[0].replace("%", "%%")
