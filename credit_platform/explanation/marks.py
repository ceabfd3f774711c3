"""Numbers of a report that say where they come from.

``told`` marks a piece of text with the name of its value. The renderings turn the mark into an attribute (HTML) or into
a pair of comments (Markdown), neither of which a reader sees, so that a program finds every value by its name.
"""

import re

_OPEN, _BETWEEN, _CLOSE = "\ue000", "\ue001", "\ue002"
"""Private-use code points: no alphabet has them, and no escaping changes them."""
_NAME = re.compile(r"[a-z][\w.\[\]-]*")
_MARK = re.compile(f"{_OPEN}([^{_BETWEEN}]*){_BETWEEN}([^{_CLOSE}]*){_CLOSE}")


def told(name: str, text: str) -> str:
    """``text`` marked as the value ``name``, a dotted path such as ``metrics.auc.low``; ValueError for other names."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"reference {name!r} is no dotted path of letters, digits, '_', '-' and [number]")
    return f"{_OPEN}{name}{_BETWEEN}{text}{_CLOSE}"


def in_html(text: str) -> str:
    """Marks as ``<span data-ref="name">``."""
    return _MARK.sub(r'<span data-ref="\1">\2</span>', text)


def in_markdown(text: str) -> str:
    """Marks as ``<!--name-->text<!--/-->``."""
    return _MARK.sub(r"<!--\1-->\2<!--/-->", text)


def unmarked(text: str) -> str:
    """The text that a reader sees."""
    return _MARK.sub(r"\2", text)
