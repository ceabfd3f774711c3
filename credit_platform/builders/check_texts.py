"""What each dbt test says, in a sentence: the text of its asset check."""

from collections.abc import Callable, Mapping
from typing import Any

Arguments = Mapping[str, Any]


def check_text(test: Mapping[str, Any]) -> str:
    """The test's own description, else a sentence for its kind, else the comment that its SQL file opens with."""
    if test.get("description"):
        return str(test["description"])
    metadata = test.get("test_metadata")
    if metadata is None:
        return _opening_comment(test["raw_code"])
    text = TEXTS.get(metadata["name"])
    return text(test["column_name"], metadata["kwargs"]) if text else f"{metadata['name']} of {test['column_name']}."


def _opening_comment(sql: str) -> str:
    lines = [line.strip() for line in sql.strip().splitlines()]
    last = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return " ".join(line.removeprefix("--").strip() for line in lines[:last])


def _relationships(column: str, arguments: Arguments) -> str:
    parent = arguments["to"].removeprefix("ref('").removesuffix("')")
    return f"Every {column} that is present stands in {parent}.{arguments['field']}."


def _between(column: str, arguments: Arguments) -> str:
    bounds = [
        f"{words} {arguments[name]}"
        for name, words in {"minimum": "at least", "maximum": "at most"}.items()
        if name in arguments
    ]
    return f"Every {column} that is present is {' and '.join(bounds)}."


TEXTS: Mapping[str, Callable[[str, Arguments], str]] = {
    "not_null": lambda column, _: f"No {column} is missing.",
    "unique": lambda column, _: f"No {column} occurs twice.",
    "relationships": _relationships,
    "accepted_values": lambda column, arguments: (
        f"Every {column} that is present is one of {', '.join(map(str, arguments['values']))}."
    ),
    "value_between": _between,
    "ranges_do_not_overlap": lambda column, _: (
        f"The versions of a {column} follow one another: none overlaps the next or ends before it begins."
    ),
}
"""Generic test -> its sentence, from the column and the arguments."""
