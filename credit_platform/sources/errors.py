"""The one error of this layer, and the one sentence that says where a file breaks its contract."""

SHOWN_CHARACTERS = 60
"""A found value is cut at this length: one swallowed quote can make a field of a hundred thousand."""

STRUCTURAL_RULES = frozenset({"fields", "quoting", "header", "empty", "lines", "compression"})
"""Rules whose ``found`` is a description and not a value of the file."""


class SourceError(ValueError):
    """Raw data cannot be read as declared: says what was found, what was expected, where, and what to do."""


class FileRefused(SourceError):
    """A whole file cannot be read as declared; its batch carries this text as its refusal."""


def breach_text(file: str, *, line: int, column: str, rule: str, found: str, expected: str) -> str:
    """One broken rule as a sentence; ``column`` is empty where the rule is about a whole line."""
    where = f"file {file} line {line}" + (f" column {column}" if column else "")
    short = found if len(found) <= SHOWN_CHARACTERS else found[:SHOWN_CHARACTERS] + "..."
    is_described = rule in STRUCTURAL_RULES or column.count(",") or not column
    shown = short if is_described else f"'{short}'"
    return f"{where}: found {shown}, expected {expected} (rule {rule})"
